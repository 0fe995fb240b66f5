"""Arithmetic with intervals: between which numbers a sum, a product, a logarithm lies; None where that is not known."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import product

from oso_evalscript.model.host.signatures import Interval

_LARGEST_POWER = 12
_STEEP = 700.0  # beyond it `exp` leaves the numbers


def hull(parts: Sequence[Interval | None]) -> Interval | None:
    """Return the interval around several, None where one of them is not known."""
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(parts):
        return None
    return min(part[0] for part in known), max(part[1] for part in known)


def combine(operator: str, left: Interval, right: Interval) -> Interval | None:
    """Return where `left operator right` lies."""
    match operator:
        case "+":
            ends = [left[0] + right[0], left[1] + right[1]]
        case "-":
            ends = [left[0] - right[1], left[1] - right[0]]
        case "*":
            ends = [_times(one, other) for one, other in product(left, right)]
        case "/" if right[0] > 0 or right[1] < 0:
            ends = [one / other for one, other in product(left, right)]
        case "/" if right[0] == 0 and left[0] >= 0:
            ends = [left[0] / right[1] if right[1] else math.nan, math.inf]
        case "%" if right[0] == right[1] and right[0] > 0 and left[0] >= 0:
            ends = [0.0, min(left[1], right[0])]
        case "**":
            return power(left, right)
        case _:
            return None
    return _between(ends)


def power(base: Interval, exponent: Interval) -> Interval | None:
    """Return where a power with a constant exponent lies."""
    number = exponent[0]
    if number != exponent[1] or abs(number) > _LARGEST_POWER:
        return None
    if base[0] < 0:
        if not float(number).is_integer() or number < 0:
            return None
        ends = [end**number for end in base if math.isfinite(end)]
        if len(ends) < 2:
            return None
        return (0.0, max(ends)) if number % 2 == 0 and base[1] > 0 else _between(ends)
    if number < 0 and base[0] == 0:
        return None if base[1] == 0 else (base[1] ** number, math.inf)
    return _between([end**number for end in base])


def of_math(name: str, given: Sequence[Interval | None]) -> Interval | None:
    """Return where a call of `Math.name` lies, given its arguments."""
    known = [item for item in given if item is not None]
    if name in ("min", "max"):
        return _extreme(name, known, all_known=len(known) == len(given))
    if name in _BOUNDED:
        return _BOUNDED[name]
    if not given or given[0] is None:
        return (0, math.inf) if name in ("abs", "sqrt", "exp", "hypot") else None
    first = given[0]
    if name == "pow":
        return power(first, given[1]) if len(given) > 1 and given[1] is not None else None
    if name == "hypot" and len(known) == len(given):
        tops = [max(abs(item[0]), abs(item[1])) for item in known]
        return 0, math.hypot(*tops)
    if name == "abs":
        return (0 if first[0] <= 0 <= first[1] else min(map(abs, first))), max(map(abs, first))
    rising = _RISING.get(name)
    return None if rising is None else _between([rising(end) for end in first])


def _extreme(name: str, known: list[Interval], *, all_known: bool) -> Interval | None:
    if not known:
        return None
    if name == "min":
        return min(item[0] for item in known) if all_known else -math.inf, min(item[1] for item in known)
    return max(item[0] for item in known), max(item[1] for item in known) if all_known else math.inf


def _times(one: float, other: float) -> float:
    return 0.0 if one == 0 or other == 0 else one * other


def _between(ends: Sequence[float]) -> Interval | None:
    return None if any(math.isnan(end) for end in ends) else (min(ends), max(ends))


def _logarithm(of: Callable[[float], float]) -> Callable[[float], float]:
    return lambda end: math.nan if end < 0 else -math.inf if end == 0 else of(end)


def _whole(of: Callable[[float], float]) -> Callable[[float], float]:
    return lambda end: of(end) if math.isfinite(end) else end


_RISING: Mapping[str, Callable[[float], float]] = {
    "log": _logarithm(math.log),
    "log10": _logarithm(math.log10),
    "log2": _logarithm(math.log2),
    "log1p": lambda end: math.nan if end < -1 else math.log1p(end) if end > -1 else -math.inf,
    "sqrt": lambda end: math.sqrt(max(end, 0.0)),
    "cbrt": lambda end: math.copysign(abs(end) ** (1 / 3), end),
    "exp": lambda end: math.exp(end) if end < _STEEP else math.inf,
    "tanh": math.tanh,
    "atan": math.atan,
    "sign": lambda end: math.copysign(1.0, end) if end else 0.0,
    "round": _whole(lambda end: math.floor(end + 0.5)),
    "floor": _whole(math.floor),
    "ceil": _whole(math.ceil),
    "trunc": _whole(math.trunc),
}
"""The functions that rise with their argument."""

_BOUNDED: Mapping[str, Interval] = {
    "sin": (-1, 1),
    "cos": (-1, 1),
    "asin": (-math.pi / 2, math.pi / 2),
    "acos": (0, math.pi),
    "atan2": (-math.pi, math.pi),
    "random": (0, 1),
}
"""The functions whose result is bounded whatever they are given."""
