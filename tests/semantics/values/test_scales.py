"""What is usual of expressions: limits, fractions, and the cases that they stand for."""

from __future__ import annotations

import math

import pytest

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.script import Script

HEAD = (
    "//VERSION=3\nfunction setup() { return { input: ['B04', 'B08', 'VV', 'SCL', 'dataMask'], output: { bands: 1 } }; }\n"
    "function nd(a, b) { return (a - b) / (a + b); }\nfunction code(v) { if (v > 1) return -2; return 1e4 * v; }\n"
)


def script_of(pixel: str) -> Script:
    return Script(parse(Source(f"{HEAD}function evaluatePixel(s) {{ {pixel} }}")))


def cases(pixel: str) -> list[tuple[str, object]]:
    script = script_of(pixel)
    found: list[tuple[str, object]] = []
    for returned in script.returned:
        for value in returned.values or ():
            for element in value.elements or ((value.node,) if value.sure else ()):
                for node, scale in script.scales.cases(element):
                    found.append((script.tree.text(node), scale and (scale.low, scale.high, scale.whole, scale.many)))
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("s.B04", (0, 1, False, True)),
        ("s.dataMask", (0, 1, True, False)),
        ("s.B04 > 0.5", (0, 1, True, False)),
        ("2.5 * s.B04", (0, 2.5, False, True)),
        ("index(s.B08, s.B04)", (-1, 1, False, True)),
        ("(s.B08 - s.B04) / (s.B08 + s.B04)", (-1, 1, False, True)),
        ("nd(s.B08, s.B04)", (-1, 1, False, True)),
        ("(s.B08 - s.B04) / (s.B08 + s.B08)", (-math.inf, math.inf, False, True)),
        ("10 * Math.log10(s.VV)", (-math.inf, 0, False, True)),
        ("Math.round(100 * s.B04)", (0, 100, True, True)),
        ("Math.max(0, Math.min(1, s.B04 * 3))", (0, 1, False, True)),
        ("unknown - 273.15", (-60, 60, False, True)),
        ("s.dataMask * 255", (0, 255, True, False)),
        ("int2rgb(s.SCL)", (0, 255, True, False)),
        ("-s.B04 + 1", (0, 1, False, True)),
        ("~~(9 * s.B04)", (0, 9, True, True)),
        ("Number(s.B04)", (0, 1, False, True)),
        ("unknown", None),
        ("s.B04 + unknown", None),
        ("s.B04 & 1", None),
    ],
)
def test_what_is_usual_of_an_expression(expression: str, expected: object) -> None:
    ((_, found),) = cases(f"return [{expression}];")
    if expected == (-math.inf, math.inf, False, True):
        expected = None  # a difference over what may be 0
    assert found == expected


@pytest.mark.parametrize(
    ("pixel", "expected"),
    [
        ("return [s.B04 > 1 ? -1 : 3];", ["-1", "3"]),
        ("const none = -1; return [none];", ["-1"]),
        ("let v = 2; if (s.B04 > 1) { v = 3; } else { v = 4; } return [v];", ["3", "4"]),
        ("let v = 2; for (const x of [1]) v = x; return [v];", ["v"]),
        ("return [code(s.B04)];", ["-2", "1e4 * v"]),
        ("return [s.B04, s.B08].map(code);", ["-2", "1e4 * v"]),
        ("return [s.B04, s.B08].map((v) => (v > 1 ? 300 : v));", ["300", "v"]),
        ("const v = []; v.push(s.B04 > 1 ? 7 : 8); return v;", ["7", "8"]),
    ],
)
def test_the_cases_of_what_is_returned(pixel: str, expected: list[str]) -> None:
    assert [text for text, _ in cases(pixel)] == expected


def test_a_function_that_calls_itself_is_not_known() -> None:
    script = script_of("const f = (v) => (v > 1 ? f(v - 1) : v); return [f(s.B04)];")
    (returned,) = script.returned
    assert returned.values is None or all(value.elements for value in returned.values)


def test_deep_expressions_end() -> None:
    deep = "+".join(["s.B04"] * 3000)
    assert cases(f"return [{deep}];")[0][1] is None
