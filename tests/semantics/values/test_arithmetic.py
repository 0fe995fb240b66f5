"""Interval arithmetic holds what arithmetic on numbers inside gives."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oso_evalscript.semantics.values.arithmetic import combine, hull, of_math, power

numbers = st.integers(-30, 30).map(lambda n: n / 4)
intervals = st.tuples(numbers, numbers).map(lambda two: (min(two), max(two)))
_OPERATORS: dict[str, Any] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else math.nan,
    "%": lambda a, b: math.fmod(a, b) if b else math.nan,
}
_FUNCTIONS: dict[str, Any] = {
    "abs": abs,
    "sqrt": lambda x: math.sqrt(x) if x >= 0 else math.nan,
    "log": lambda x: math.log(x) if x > 0 else math.nan,
    "log10": lambda x: math.log10(x) if x > 0 else math.nan,
    "exp": math.exp,
    "atan": math.atan,
    "sin": math.sin,
    "round": lambda x: math.floor(x + 0.5),
    "floor": math.floor,
    "trunc": math.trunc,
    "sign": lambda x: math.copysign(1, x) if x else 0,
}


def inside(interval: tuple[float, float] | None, value: float) -> bool:
    """Whether a value lies in an interval, NaN and the rounding of the last digit left aside."""
    return interval is None or math.isnan(value) or interval[0] - 1e-9 <= value <= interval[1] + 1e-9


@settings(max_examples=200)
@given(st.sampled_from(sorted(_OPERATORS)), intervals, intervals, st.floats(0, 1), st.floats(0, 1))
def test_an_operator(operator: str, left: Any, right: Any, one: float, other: float) -> None:
    a, b = (low + share * (high - low) for (low, high), share in ((left, one), (right, other)))
    assert inside(combine(operator, left, right), _OPERATORS[operator](a, b))


@settings(max_examples=200)
@given(st.sampled_from(sorted(_FUNCTIONS)), intervals, st.floats(0, 1))
def test_a_function(name: str, given_: Any, share: float) -> None:
    value = given_[0] + share * (given_[1] - given_[0])
    assert inside(of_math(name, [given_]), _FUNCTIONS[name](value))


@settings(max_examples=100)
@given(intervals, st.integers(-4, 4), st.floats(0, 1))
def test_a_power(base: Any, exponent: int, share: float) -> None:
    value = base[0] + share * (base[1] - base[0])
    assert inside(power(base, (exponent, exponent)), value**exponent if value else math.nan)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (of_math("log10", [(0, 1)]), (-math.inf, 0)),
        (of_math("min", [(0, 5), None]), (-math.inf, 5)),
        (of_math("max", [(0, 5), (1, 2)]), (1, 5)),
        (of_math("atan2", [None, None]), (-math.pi, math.pi)),
        (of_math("pow", [(0, 3), (2, 2)]), (0, 9)),
        (of_math("fround", [(0, 3)]), None),
        (of_math("hypot", [(-3, 3), (0, 4)]), (0, 5)),
        (combine("/", (1, 2), (-1, 1)), None),
        (combine("/", (1, 2), (0, 1)), (1, math.inf)),
        (combine("&", (1, 2), (0, 1)), None),
        (combine("*", (0, 1), (0, math.inf)), (0, math.inf)),
        (power((-2, 3), (2, 2)), (0, 9)),
        (power((-2, 3), (0.5, 0.5)), None),
        (hull([(0, 1), (3, 4)]), (0, 4)),
        (hull([(0, 1), None]), None),
    ],
)
def test_what_is_known(found: Any, expected: Any) -> None:
    assert found == expected
