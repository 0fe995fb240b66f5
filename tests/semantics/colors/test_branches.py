"""Chains of branches: what is read from them against what they do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.javascript.syntax import Node, parse
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.colors.branches import Branches, all_branches
from tests.model.host.test_library import evaluate
from tests.strategies import unshrunk

codes = st.integers(0, 9)
results = st.integers(10, 99).map("return {};".format) | st.integers(10, 99).map("{{ return [{}]; }}".format)
tests = st.lists(codes, min_size=1, max_size=3).map(lambda found: " || ".join(f"c === {code}" for code in found))
ends = st.sampled_from(["", "return 0;"])
ifs = st.builds(
    lambda rows, joint, end: joint.join(f"if ({test}) {result}" for test, result in rows) + f" {end}",
    st.lists(st.tuples(tests, results), min_size=2, max_size=4),
    st.sampled_from([" ", " else "]),
    ends,
)
switches = st.builds(
    lambda rows, default, end: (
        f"switch (c) {{ {' '.join(f'case {code}: {result}' for code, result in rows)} {default} }} {end}"
    ),
    st.lists(st.tuples(codes, st.just("") | results), min_size=1, max_size=5).map(
        lambda rows: [*rows, (rows[-1][0], "return 5;"), (7, "return 6;")]
    ),
    st.sampled_from(["", "default: return 1;"]),
    ends,
)


def branches(body: str) -> list[Branches]:
    return list(all_branches(parse(Source(f"function f(c) {{ {body} }}"))))


@unshrunk
@given(st.lists(ifs | switches, min_size=10, max_size=10))
def test_a_chain_gives_each_value_its_result(bodies: list[str]) -> None:
    functions = ", ".join(f"(c) => {{ {body} }}" for body in bodies)
    ran = evaluate(f"[{functions}].map((f) => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 99].map((c) => f(c)))")
    assert [body for body, results in zip(bodies, ran, strict=True) if not agrees(body, results)] == []


def plain(node: Node) -> Any:
    """The value of a number, or of a list of numbers."""
    if node.type == "ArrayExpression":
        return [plain(item) for item in node.elements if item is not None]
    assert node.type == "Literal"
    return node.value


def agrees(body: str, results: list[Any]) -> bool:
    """Whether what is read agrees with the results for 0 to 9, and for 99, which has no branch."""
    (chain,) = branches(body)
    first: dict[int, Any] = {}
    for value, result in chain.pairs:
        first.setdefault(plain(value), plain(result))
    others = {str(results[code]) for code in range(10) if code not in first} | {str(results[-1])}
    return (
        (chain.subject, chain.complete) == ("c", True)
        and all(results[code] == result for code, result in first.items())
        and (others == {"None"}) != chain.has_default
        and len(others) == 1
    )


@pytest.mark.parametrize(
    "body",
    [
        "if (c === 1) return 1; if (d === 2) return 2;",
        "if (c < 1) return 1; if (c < 2) return 2;",
        "if (c === 1 && d) return 1; if (c === 2) return 2;",
        "if (c === 1) return 1;",
        "if (c === 1 || d === 2) return 1; if (c === 2) return 2;",
        "if (c === '1') return 1; if (c === '2') return 2;",
        "switch (c) { case 1: return 1; }",
    ],
)
def test_what_is_no_chain(body: str) -> None:
    assert branches(body) == []


@pytest.mark.parametrize(
    ("body", "complete", "results"),
    [
        ("if (c === 1) r = 1; else if (c === 2) r = 2;", True, ["1", "2"]),
        ("if (c === 1) { r = 1;; } else if (c === 2) { ; r = 2; }", True, ["1", "2"]),
        ("if (1 == c) { r = 1; } else if (c == 2) { { r = 2; } }", True, ["1", "2"]),
        ("switch (c) { case 1: r = 1; break; case 2: r = 2; }", True, ["1", "2"]),
        ("switch (c) { case 1: r = 1; break; case 2: r += 2; break; case 3: r = 3; }", False, ["1", "3"]),
        ("if (c === 1) return 1; else if (c === 2) { go(); return 2; } else if (c === 3) return 3;", False, ["1", "3"]),
        ("if (c === 1) r.x = 1; else if (c === 2) r = 2; else if (c === 3) r = 3;", False, ["2", "3"]),
    ],
)
def test_what_a_branch_assigns_is_its_result(body: str, complete: bool, results: list[str]) -> None:
    (chain,) = branches(body)
    assert chain.complete == complete
    assert [str(plain(result)) for _, result in chain.pairs] == results
    assert not chain.has_default


@pytest.mark.parametrize(
    ("body", "has_default"),
    [
        ("if (c === 1) r = 1; else if (c === 2) r = 2; return r;", True),
        ("if (c === 1) r = 1; else if (c === 2) r = 2; else r = 3;", True),
        ("{ if (c === 1) return 1; else if (c === 2) return 2; }", True),  # not known
        ("switch (c) { case 1: r = 1; break; case 2: r = 2; } return r;", True),
        ("switch (c) { case 1: return 1; case 2: return 2; }", False),
    ],
)
def test_what_follows_a_chain_is_its_default(body: str, has_default: bool) -> None:
    assert [chain.has_default for chain in branches(body)] == [has_default]
