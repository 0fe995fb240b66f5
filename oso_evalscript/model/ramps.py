"""Ramps: the named perceptually uniform ones, stretching a ramp between two values, and cutting it into steps."""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from collections.abc import Sequence
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
    return _tidied([(low * (last - i) + high * i) / last for i in range(last + 1)], colors, ends=2)


def stepped(stops: Stops, bins: int) -> Stops:
    """Return where each of `bins` steps of equal width begins, and its colour: that of the ramp at its middle."""
    low, high = stops[0][0], stops[-1][0]
    starts = [(low * (bins - i) + high * i) / bins for i in range(bins)]
    middles = [(low * (2 * bins - 2 * i - 1) + high * (2 * i + 1)) / (2 * bins) for i in range(bins)]
    return _tidied(starts, [_color_at(stops, middle) for middle in middles], ends=1)


def _tidied(values: Sequence[float], colors: Sequence[Color], *, ends: int) -> Stops:
    """Stops at values of at most four decimals, if these are near enough; the first stays, and of two ends the last.

    A stop that moves by less than a thousandth of the distance of two of them changes no channel by half a step.
    """
    kept = (0, len(values) - 1)[:ends]
    rounded = [value if place in kept else round(value, _DECIMALS) for place, value in enumerate(values)]
    nearest = min((after - before for before, after in pairwise(values)), default=0.0)
    is_near = all(abs(one - other) * 1000 <= nearest for one, other in zip(rounded, values, strict=True))
    return tuple(zip(rounded if is_near else values, colors, strict=True))


def _color_at(stops: Stops, value: float) -> Color:
    """The colour of a value between the ends, each channel rounded."""
    at = min(bisect_right([position for position, _ in stops], value), len(stops) - 1)
    (below, first), (above, second) = stops[at - 1], stops[at]
    share = (value - below) / (above - below)
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first.rgb, second.rgb, strict=True))
    return Color(red << 16 | green << 8 | blue)


@cache
def _data() -> dict[str, str]:
    data: dict[str, str] = tomllib.loads(Path(__file__).with_name("ramps.toml").read_text(encoding="utf-8"))
    return data
