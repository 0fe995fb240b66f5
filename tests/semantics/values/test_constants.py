"""What is known of an expression's value is what JavaScript makes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.javascript.syntax import Node, parse
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.names import Names
from oso_evalscript.semantics.values.constants import UNKNOWN, Constants, is_number
from tests.model.host.test_library import evaluate
from tests.strategies import unshrunk

BEFORE = """
const N = 7, T = "text", L = [1, 2, 3], O = { a: 1, b: [4, 5] }, ALIAS = L, MIXED = [N, T, L, O];
let changed = 1; changed = 2;
"""

numbers = st.integers(-9, 9).map("({})".format) | st.sampled_from(
    ["0.5", "N", "L.length", "O.a", "L[1]", "MIXED[2][0]"]
)
arithmetic = st.recursive(
    numbers,
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner) | inner.map("(-{})".format),
)
texts = st.recursive(
    st.sampled_from(["'a'", '""', "T", "MIXED[1]"]),
    lambda inner: st.builds("({} + {})".format, inner, inner) | st.builds("`x${{{}}}y`".format, inner),
    max_leaves=3,
)
plain = arithmetic | texts | st.sampled_from(["true", "null", "undefined"])
expressions = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner | st.sampled_from(["...L", "...ALIAS"]), max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.builds("{{ a: {}, 'b-c': {}, 3: 1 }}".format, inner, inner)
        | st.builds("[{}].concat({}, L)".format, inner, plain)
        | st.builds("[0, {}][1]".format, inner)
        | st.builds("({{ a: {} }}).a".format, inner)
    ),
    max_leaves=6,
)  # fmt: skip


def read(expressions: list[str], before: str = BEFORE) -> tuple[Constants, list[Node]]:
    tree = parse(Source(f"{before}\nif ([{', '.join(expressions)}]) ;"))
    return Constants(Names(tree)), tree.of_type("IfStatement")[0].test.elements


def constant(expression: str, before: str = BEFORE) -> Any:
    values, (node,) = read([expression], before)
    return values.constant(node)


@unshrunk
@given(st.lists(expressions, min_size=10, max_size=10))
def test_a_constant_is_the_value_that_a_run_gives(written: list[str]) -> None:
    values, nodes = read(written)
    known = [(text, values.constant(node)) for text, node in zip(written, nodes, strict=True)]
    known = [(text, value) for text, value in known if "UNKNOWN" not in repr(value)]
    assert len(known) >= 3  # a division by 0 and `undefined` inside a template are left out
    actual = evaluate(f"[{', '.join(text for text, _ in known)}]", before=BEFORE)
    wrong = [item for item, value in zip(known, actual, strict=True) if not is_same(item[1], value)]
    assert wrong == []


def is_same(known: Any, actual: Any) -> bool:
    """Whether what is known is what JSON tells of a value; there is only one kind of number, which may be rounded."""
    if isinstance(known, list):
        return isinstance(actual, list) and len(known) == len(actual) and all(map(is_same, known, actual))
    if isinstance(known, dict):
        items = {key: value for key, value in known.items() if value is not None}
        return isinstance(actual, dict) and all(key in actual and is_same(items[key], actual[key]) for key in items)
    if is_number(known):
        return bool(is_number(actual) and known == pytest.approx(actual))
    return bool(known == actual)


arrays = st.recursive(
    st.integers(0, 3).map(lambda length: json.dumps([0] * length)) | st.sampled_from(["L", "ALIAS", "int2rgb(1)"]),
    lambda inner: (
        st.builds("[1, ...{}, ...{}]".format, inner, inner)
        | st.builds("{}.concat({}, {})".format, inner, inner, inner)
        | st.builds("{}.map((x) => [x])".format, inner)
        | st.builds("{}.slice()".format, inner)
    ),
    max_leaves=5,
)


@unshrunk
@given(st.lists(arrays, min_size=10, max_size=10))
def test_a_length_is_the_one_that_a_run_gives(written: list[str]) -> None:
    values, nodes = read(written)
    lengths = [values.length(node) for node in nodes]
    assert lengths == evaluate(f"[{', '.join(written)}].map((list) => list.length)", before=BEFORE)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("Mosaicking.ORBIT", "ORBIT"),
        ("SampleType.UINT9", None),  # a misspelt member is undefined
        ("[1, f()]", [1, UNKNOWN]),
        ("({ a: f() }).a", UNKNOWN),
        ("({ [T]: 1 })", UNKNOWN),
        ("({ get a() { return 1; } })", UNKNOWN),
        ("[1, , 2]", UNKNOWN),
        ("[...f()]", UNKNOWN),
        ("[1].concat(f())", UNKNOWN),
        ("changed", UNKNOWN),
        ("L[3]", UNKNOWN),
        ("O.c", UNKNOWN),
        ("1 / 0", UNKNOWN),
        ("true + 1", UNKNOWN),
        ("-true", UNKNOWN),
        ("2 ** 60 + 1", UNKNOWN),
        ("`${N}`", UNKNOWN),
        ("/a/", UNKNOWN),
        ("nowhere", UNKNOWN),
    ],
)
def test_what_is_told_of_single_expressions(expression: str, value: Any) -> None:
    assert constant(expression) == value


def test_what_is_made_of_itself_or_too_large_is_not_known() -> None:
    assert constant("a", "const a = b + 1, b = a + 1;") is UNKNOWN
    assert constant("a", "const a = [a];") == [UNKNOWN]
    doubled = "const l0 = [1];" + "".join(f"const l{n + 1} = [...l{n}, ...l{n}];" for n in range(20))
    assert constant("l10", doubled) == [1] * 1024
    assert constant("l20", doubled) is UNKNOWN
    nested = "const n0 = [1];" + "".join(f"const n{n + 1} = {{ a: n{n}, b: n{n} }};" for n in range(20))
    assert constant("n1", nested) == {"a": [1], "b": [1]}
    assert "UNKNOWN" in repr(constant("n20", nested))
    assert constant("[" * 300 + "]" * 300) is not UNKNOWN  # a list, of what is too deep
    assert "UNKNOWN" in repr(constant("[" * 300 + "]" * 300))


@pytest.mark.parametrize(
    ("expression", "length"),
    [
        ("normalizeRGB(f())", 3),
        ("new ColorMapVisualizer([[0, 0xff0000], [1, 0]]).process(1)", 3),
        ("new ColorMapVisualizer([[0, [1, 0, 0]], [1, [0, 0, 0]]]).process(1)", 3),
        ("new ColorMapVisualizer([[0, [1, 0, 0, 1]]]).process(1)", None),
        ("ColorRampVisualizer.createBlueRed(0, 1).process(1)", 3),
        ("new Mine([]).process(1)", None),
        ("L.slice(1)", None),
        ("L.filter((x) => x > 1)", None),
        ("[...f()]", None),
        ("T", None),
    ],
)
def test_lengths_of_helpers_and_of_what_is_not_followed(expression: str, length: int | None) -> None:
    values, (node,) = read([expression])
    assert values.length(node) == length


def test_a_helper_that_the_script_makes_itself_is_none() -> None:
    values, (node,) = read(["int2rgb(1)"], "const int2rgb = (x) => [x];")
    assert values.length(node) is None


def test_each_branch_is_a_leaf() -> None:
    values, (node,) = read(["a ? 1 : b ? (0, 2) : (3, c ? 4 : 5)"])
    assert sorted(leaf.raw for leaf in values.leaves(node)) == ["1", "2", "4", "5"]


def test_the_expression_behind_names_is_found() -> None:
    values, (node,) = read(["c"], "const a = [1], b = a, c = b;")
    assert values.resolve(node).type == "ArrayExpression"
