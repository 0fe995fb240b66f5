"""Bands that need not be asked for: those that a script tests for being there, or puts there itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.names import Names
from oso_evalscript.semantics.samples.presence import property_name
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.values.constants import Constants
from tests.model.host.test_library import evaluate
from tests.strategies import unshrunk

HEAD = "//VERSION=3\nfunction setup() { return { input: ['B04', 'dataMask'], output: { bands: 1 } }; }\n"

# What may stand around a read of `s.NAME`, of which a script relies on nothing where the band is missing.
TESTS = (
    "typeof s.NAME === 'undefined' ? 0 : 1",
    "!s.NAME",
    "s.NAME || 0",
    "s.NAME ?? 0",
    "s.NAME && s.NAME + 1",
    "s.NAME ? 1 : 0",
    "s.NAME === undefined",
    "null != s.NAME",
    "s.NAME == void 0",
    "'NAME' in s",
    "isNaN(s.NAME)",
    "Number.isFinite(s.NAME)",
    "s.hasOwnProperty('NAME')",
    "Object.hasOwn(s, 'NAME')",
    "((v) => v)(s.NAME = 1)",
)
USES = ("s.NAME", "s.NAME + 1", "f(s.NAME)", "s.NAME === 1", "-s.NAME", "s.NAME < 1", "[s.NAME][0]")


def excused(expression: str) -> set[str] | frozenset[str]:
    script = Script(parse(Source(f"{HEAD}function evaluatePixel(s) {{ return [{expression}]; }}")))
    assert script.samples is not None
    return script.samples.excused


@given(st.sampled_from(TESTS), st.lists(st.sampled_from(USES), max_size=3), st.sampled_from(["B99", "CLM", "q"]))
def test_a_band_that_is_tested_may_be_missing(test: str, uses: list[str], band: str) -> None:
    expressions = [item.replace("NAME", band) for item in (test, *uses)]
    assert band in excused(", ".join(expressions))
    assert band in excused(f"(() => {{ const v = {expressions[0]}; return v; }})()")
    assert excused(", ".join(expressions[1:]) or "1") == frozenset()


@pytest.mark.parametrize(
    "body",
    [
        "if (s.B99) return [1]; return [0];",
        "while (s.B99) { } return [0];",
        "do { } while (s.B99); return [0];",
        "for (; s.B99; ) { } return [0];",
        "switch (s.B99) { default: return [1]; }",
        "const v = s.B99; if (v) return [v]; return [0];",
        "const { B99 } = s; return [B99 === undefined ? 0 : B99];",
        "s['B99'] = 2; return [s.B99];",
    ],
)
def test_statements_test_as_well(body: str) -> None:
    script = Script(parse(Source(f"{HEAD}function evaluatePixel(s) {{ {body} }}")))
    assert script.samples is not None
    assert "B99" in script.samples.excused


@pytest.mark.parametrize(
    ("test", "expected"), [("s.dataMask ? 1 : 0", False), ("!s.dataMask", False), ("s.dataMask ?? 1", True)]
)
def test_the_mask_is_a_truth_value_and_no_test_of_itself(test: str, expected: bool) -> None:
    assert ("dataMask" in excused(test)) == expected


keys = st.sampled_from(
    [
        ".a",
        "['a']",
        "['a' + 'b']",
        "[1]",
        "[2 - 1]",
        "[1.5]",
        "[K]",
        "['1']",
        "[`a`]",
        "[-1]",
        "[undefined]",
        "[f()]",
        "[true]",
    ]
)


@unshrunk
@given(st.lists(keys, min_size=13, max_size=13))
def test_the_name_of_a_property_is_the_one_that_is_read(written: list[str]) -> None:
    tree = parse(Source("const K = 'k'; " + " ".join(f"x{key};" for key in written)))
    values = Constants(Names(tree))
    names = [property_name(node, values) for node in tree.of_type("MemberExpression")]
    read = "new Proxy({}, { get: (_, key) => key })"
    actual = evaluate(
        f"((x, f) => [{', '.join('x' + key for key in written)}])({read}, () => 1)", before="const K = 'k';"
    )
    assert [str(name) for name in names if name is not None] == [
        key for key, name in zip(actual, names, strict=True) if name is not None
    ]
    assert {key for key, name in zip(written, names, strict=True) if name is None} <= {
        "[1.5]",
        "[undefined]",
        "[f()]",
        "[true]",
    }
