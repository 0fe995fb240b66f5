"""The interval that the linter gives an expression holds every value that it can have."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.script import Script

HEAD = "//VERSION=3\nfunction setup() { return { input: ['B04', 'dataMask'], output: { bands: 1 } }; }\n"

# Expressions over the mask `m`, which is 0 or 1: (JavaScript, what it is worth for a mask).
leaves = st.one_of(
    st.integers(-9, 9).map(lambda n: (f"({n})", lambda m, n=n: n)),
    st.just(("s.dataMask", lambda m: m)),
    st.just(("(s.dataMask === 1)", lambda m: m == 1)),
)


def combined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def both(operator: str, one: Any, other: Any) -> Any:
        run = {
            "+": lambda m: one[1](m) + other[1](m),
            "-": lambda m: one[1](m) - other[1](m),
            "*": lambda m: one[1](m) * other[1](m),
            "<": lambda m: one[1](m) < other[1](m),
        }[operator]
        return f"({one[0]} {operator} {other[0]})", run

    def called(name: str, one: Any, other: Any) -> Any:
        return f"Math.{name}({one[0]}, {other[0]})", lambda m: {"min": min, "max": max}[name](one[1](m), other[1](m))

    return st.one_of(
        st.builds(both, st.sampled_from("+-*<"), inner, inner),
        st.builds(called, st.sampled_from(["min", "max"]), inner, inner),
        inner.map(lambda one: (f"(-{one[0]})", lambda m: -one[1](m))),
        st.tuples(inner, inner).map(
            lambda two: (
                f"(s.dataMask ? {two[0][0]} : {two[1][0]})",
                lambda m: two[0][1](m) if m else two[1][1](m),
            )
        ),
    )


@given(st.recursive(leaves, combined, max_leaves=8))
def test_an_interval_holds_every_value(expression: Any) -> None:
    text, run = expression
    script = Script(parse(Source(f"{HEAD}function evaluatePixel(s) {{ return [{text}]; }}")))
    (returned,) = script.returned
    assert returned.values is not None
    (element,) = returned.values[0].elements or ()
    interval = script.ranges.of(element)
    assert interval is not None
    for mask in (0, 1):
        assert interval[0] <= run(mask) <= interval[1]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("int2rgb(s.B04)", (0, 255)),
        ("new ColorMapVisualizer([[0, 0xff0000]]).process(s.B04)", (0, 1)),
        ("new ColorMapVisualizer([[0, [10, 20, 30]]]).process(s.B04)", (10, 30)),
        ("new HighlightCompressVisualizer(0, 1).process(s.B04)", (0, 1)),
        ("ColorRampVisualizer.createBlueRed(0, 1).process(s.B04)", (0, 1)),
        ("colorBlend(s.B04, [0, 1], [[0, 0, 0], [1, 0.5, 1]])", (0, 1)),
        ("Math.min(s.B04, 3)", (-math.inf, 3)),
        ("2 * s.B04", None),
        ("f(s.B04)", None),
        ("1 / s.dataMask", (1, math.inf)),
        ("s.B04 + s.dataMask", None),
        ("Math.sqrt(2)", (math.sqrt(2), math.sqrt(2))),
    ],
)
def test_intervals_of_helpers(expression: str, expected: tuple[float, float] | None) -> None:
    script = Script(parse(Source(f"{HEAD}function evaluatePixel(s) {{ return {expression}; }}")))
    (returned,) = script.returned
    assert returned.node is not None
    assert script.ranges.of(returned.node) == expected
