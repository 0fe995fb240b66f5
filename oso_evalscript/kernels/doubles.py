"""Operations on doubles that are known, as JavaScript has them."""

from __future__ import annotations

import math
from collections.abc import Callable

COMPARED: dict[str, Callable[[float, float], bool]] = {
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
}


def divide(a: float, b: float) -> float:
    """Return the quotient of two doubles, as in JavaScript."""
    if b != 0:
        return a / b
    if a == 0 or a != a:
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1, b)


def round_half_up(a: float) -> float:
    """Return what `Math.round` gives."""
    if a != a or math.isinf(a):
        return a
    up = _ceil(a)
    return up if up - 0.5 <= a else up - 1


def to_int32(a: float) -> int:
    """Return the 32 bits of a number, with a sign."""
    if a != a or math.isinf(a):
        return 0
    bits = int(a) & 0xFFFFFFFF
    return bits - 2**32 if bits >= 2**31 else bits


def _floor(a: float) -> float:
    return a if a != a or math.isinf(a) else math.copysign(float(math.floor(a)), a)


def _ceil(a: float) -> float:
    return a if a != a or math.isinf(a) else math.copysign(float(math.ceil(a)), a)


def trunc(a: float) -> float:
    """Return the whole part."""
    return a if a != a or math.isinf(a) else math.copysign(float(math.trunc(a)), a)


def _sqrt(a: float) -> float:
    return math.sqrt(a) if a >= 0 else math.nan


def _least(a: float, b: float) -> float:
    if a != a or b != b:
        return math.nan
    if a == b == 0:
        return a if math.copysign(1, a) < 0 else b
    return min(a, b)


def _greatest(a: float, b: float) -> float:
    return -_least(-a, -b)


UNARY: dict[str, Callable[[float], float]] = {
    "neg": lambda a: -a,
    "abs": abs,
    "sqrt": _sqrt,
    "floor": _floor,
    "ceil": _ceil,
    "trunc": trunc,
}
BINARY: dict[str, Callable[[float, float], float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": divide,
    "min": _least,
    "max": _greatest,
}
