"""Comparing what two runs store: which pixels differ, and whether there is anything to compare at all.

NaN equals NaN, and -0 equals 0. What one run stores and the other does not differs at every pixel; where neither
stores anything nothing differs, which is no agreement: ask `stores_nothing` before calling two runs the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.runtime.outputs import Outputs

Array: TypeAlias = NDArray[Any]
Stored: TypeAlias = Mapping[str, Array]
"""Output id → array of shape (band, …pixels)."""


def unequal(array: Array, other: Array, tolerance: float = 0) -> NDArray[np.bool_]:
    """Return for each pair of numbers, of arrays that broadcast to each other, whether they differ.

    Args:
        array: numbers.
        other: the ones to compare them with.
        tolerance: by how much numbers may differ; infinities only equal themselves.
    """
    different: NDArray[np.bool_] = np.asarray(array != other)
    if array.dtype.kind == "f" and other.dtype.kind == "f":
        different &= ~(np.isnan(array) & np.isnan(other))
    if tolerance:
        with np.errstate(invalid="ignore"):  # infinities of one sign
            apart = np.abs(np.subtract(array, other, dtype=np.float64))
        different &= ~(np.isfinite(array) & np.isfinite(other) & (apart <= tolerance))
    return different


def differing(stored: Stored, other: Stored, pixels: int, tolerance: float = 0) -> NDArray[np.bool_]:
    """Return for each pixel, in order, whether two runs store something else there.

    Args:
        stored: what one run stores.
        other: what the other one stores.
        pixels: of how many pixels; each array holds so many for each of its bands.
        tolerance: by how much numbers may differ.
    """
    mask = np.zeros(pixels, bool)
    for id_ in {**stored, **other}:
        mine, its = (_planes(run.get(id_), pixels) for run in (stored, other))
        mask |= unequal(mine, its, tolerance).any(axis=0) if len(mine) == len(its) else True
    return mask


def stored_by(outputs: Outputs, pixels: int) -> Stored:
    """Return what a run on so many pixels stores; nothing where evaluatePixel returned nothing at any of them."""
    return {} if outputs.silent >= pixels else outputs


def stores_nothing(stored: Stored) -> bool:
    """Return whether a run stores no number: there are no outputs, or they have no bands."""
    return not any(len(array) for array in stored.values())


def of_one_pixel(values: Mapping[str, tuple[float, ...]]) -> Stored:
    """Return what is stored at one pixel, output id → the values of its bands, as arrays to compare."""
    return {id_: np.array(bands, np.float64).reshape(-1, 1) for id_, bands in values.items()}


def _planes(array: Array | None, pixels: int) -> Array:
    """The bands of an output, each as one row; none where it is not stored."""
    return np.empty((0, pixels)) if array is None else np.asarray(array).reshape(len(array), pixels)
