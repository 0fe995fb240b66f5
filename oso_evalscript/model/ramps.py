"""Ramps: the named perceptually uniform ones, stretched between two values, cut into steps, with rounded stops."""

from __future__ import annotations

import math
import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, TypeAlias

from oso_evalscript.model.color import Color

Stops: TypeAlias = tuple[tuple[float, Color], ...]
"""Values, ascending, each with its colour."""

_DECIMALS = 4


class RampName(StrEnum):
    """The ramps that come with the package."""

    VIRIDIS = "viridis"
    MAGMA = "magma"
    INFERNO = "inferno"
    PLASMA = "plasma"
    CIVIDIS = "cividis"


RampWord: TypeAlias = Literal["viridis", "magma", "inferno", "plasma", "cividis"]


def named_ramp(name: RampName | RampWord, low: float, high: float) -> Stops:
    """Return a ramp of the package with its first colour at `low` and its last one at `high`."""
    colors = tuple(Color.parse(word) for word in _data()[name].split())
    last = len(colors) - 1
    return tuple(((low * (last - i) + high * i) / last, color) for i, color in enumerate(colors))


def stepped(stops: Stops, bins: int) -> Stops:
    """Return where each of `bins` steps of equal width begins, and its colour: that of the ramp at its middle."""
    low, high = stops[0][0], stops[-1][0]
    starts = [(low * (bins - i) + high * i) / bins for i in range(bins)]
    middles = [(low * (2 * bins - 2 * i - 1) + high * (2 * i + 1)) / (2 * bins) for i in range(bins)]
    return tuple((start, _middle_color(stops, middle)) for start, middle in zip(starts, middles, strict=True))


def shade_at(stops: Stops, value: float) -> Color:
    """Return the colour that a `ColorRampVisualizer` gives a value, computed as it does: each channel is cut."""
    (below, above), share = _around(stops, value)
    return _color(int(a * (1 - share) + b * share) for a, b in zip(below.rgb, above.rgb, strict=True))


def step_at(stops: Stops, value: float) -> Color:
    """Return the colour of the last stop that a value reaches; below the first one, that of the first."""
    return stops[max(bisect_right(stops, value, key=_position) - 1, 0)][1]


def rounded(stops: Stops, values: range, color_at: Callable[[Stops, float], Color]) -> Stops:
    """Return stops at values of at most four decimals, except those whose rounding would change a colour.

    Args:
        stops: the exact stops.
        values: every value that is looked up in them.
        color_at: the colour of a value, `shade_at` or `step_at`.
    """
    found = list(stops)
    for place, (position, color) in enumerate(stops):
        low, high = stops[max(place - 1, 0)][0], stops[min(place + 1, len(stops) - 1)][0]
        near = values[bisect_left(values, math.floor(low)) : bisect_right(values, math.ceil(high))]
        found[place] = (round(position, _DECIMALS), color)
        is_ascending = all(before < after for (before, _), (after, _) in pairwise(found))
        if not is_ascending or any(color_at(tuple(found), value) != color_at(stops, value) for value in near):
            found[place] = (position, color)
    return tuple(found)


def _middle_color(stops: Stops, value: float) -> Color:
    """The colour of a value between the ends, each channel rounded."""
    (below, above), share = _around(stops, value)
    return _color(round(a + (b - a) * share) for a, b in zip(below.rgb, above.rgb, strict=True))


def _around(stops: Stops, value: float) -> tuple[tuple[Color, Color], float]:
    """The colours of the stops around a value, and how far it is from the first to the second, 0 to 1."""
    at = min(max(bisect_left(stops, value, key=_position), 1), len(stops) - 1)
    (below, first), (above, second) = stops[at - 1], stops[at]
    return (first, second), min(max((value - below) / (above - below), 0.0), 1.0)


def _position(stop: tuple[float, Color]) -> float:
    return stop[0]


def _color(channels: Iterable[int]) -> Color:
    red, green, blue = channels
    return Color(red << 16 | green << 8 | blue)


@cache
def _data() -> dict[str, str]:
    data: dict[str, str] = tomllib.loads(Path(__file__).with_name("ramps.toml").read_text(encoding="utf-8"))
    return data
