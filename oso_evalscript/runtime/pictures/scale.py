"""Scales: colours along a range of numbers, and the round numbers beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.semantics.colors.tables import Table, TableKind

RGBA: TypeAlias = tuple[int, int, int, int]

_STEPS = 256
_NEAR = 3  # steps of a channel that rounding may cost
_ENOUGH = 0.6  # of the pixels have to be of a table's colours
CONTINUOUS = (TableKind.RAMP, TableKind.GRADIENT, TableKind.BLEND, TableKind.STEPS)
"""The tables that give colours to ranges of numbers."""


def ticks(low: float, high: float, most: int = 7) -> tuple[float, ...]:
    """Return the round numbers from `low` to `high` that are written beside a scale: at most so many."""
    if not low < high or not math.isfinite(high - low):
        return (low,)
    for exponent in range(math.floor(math.log10(high - low)) - 1, 400):
        for digit in (1, 2, 5):
            step = digit * 10.0**exponent
            first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
            if last - first < most:
                found = [number * step for number in range(first, last + 1)]
                return tuple(float(f"{number:.10g}") + 0.0 for number in found)
    return (low, high)  # no range of doubles is so wide


def grey() -> tuple[RGBA, ...]:
    """Return the colours from black to white."""
    return tuple((step, step, step, 255) for step in range(_STEPS))


def colors_along(table: Table) -> tuple[float, float, tuple[RGBA, ...]] | None:
    """Return the ends of a table's range and the colours between them; None where the text does not tell.

    Colours of ramps and blends are interpolated; those of steps hold up to their limits.
    """
    stops = [(stop.value, stop.color.rgb) for stop in table.stops if stop.value is not None and stop.color is not None]
    if table.kind not in CONTINUOUS or len(stops) < len(table.stops) or len(stops) < 2:
        return None
    stops.sort(key=lambda stop: stop[0])
    if table.kind is TableKind.GRADIENT:  # its positions count from the top: 1 is the least value
        stops = sorted((1 - value, color) for value, color in stops)
    values = np.array([value for value, _ in stops])
    channels = np.array([color for _, color in stops], dtype=np.float64)
    if values[0] == values[-1]:
        return None
    places = np.linspace(values[0], values[-1], _STEPS)
    if table.kind is TableKind.STEPS:
        found = channels[np.searchsorted(values, places, side="left").clip(0, len(values) - 1)]
    else:
        found = np.stack([np.interp(places, values, channel) for channel in channels.T], axis=1)
    listed: list[list[int]] = np.rint(found).astype(int).tolist()
    return float(values[0]), float(values[-1]), tuple((red, green, blue, 255) for red, green, blue in listed)


def own_range(tables: Sequence[Table], low: float, high: float) -> tuple[float, float]:
    """Return the ends of the script's own scale where it lies within a range, else the range itself."""
    for table in tables:
        along = colors_along(table)
        if along is not None and low <= along[0] < along[1] <= high:
            return along[0], along[1]
    return low, high


def is_painted_with(picture: NDArray[np.uint8], along: Sequence[RGBA]) -> float:
    """Return what share of a picture's visible pixels has one of some colours; 0 where that are too few to tell.

    Args:
        picture: red, green, blue and alpha, of shape (y, x, 4).
        along: the colours.
    """
    visible = picture[picture[..., 3] > 0][:, :3]
    if not len(visible):
        return 0.0
    unique, counts = np.unique(visible, axis=0, return_counts=True)
    if len(unique) > 4096:  # no scale has so many
        return 0.0
    known = np.array([color[:3] for color in along])
    near = np.abs(unique[:, np.newaxis, :].astype(int) - known[np.newaxis]).max(axis=2).min(axis=1) <= _NEAR
    share = float(counts[near].sum() / counts.sum())
    return share if share >= _ENOUGH else 0.0
