"""Views: an output, or one band of it, as colours for the eye."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.contract import Output, SampleType

MAX_BANDS = 9
"""So many bands of an output are shown beside each other."""


@dataclass(frozen=True, slots=True)
class View:
    """What is shown of an output.

    Attributes:
        output: its contract.
        band: the number of the one band that is shown in grey; None where the output is a picture in colour.
        low: the number that is black, of a band.
        high: the number that is white.
    """

    output: Output
    band: int | None = None
    low: float = 0.0
    high: float = 1.0

    @property
    def name(self) -> str:
        """What is shown, in a few words."""
        if self.band is None or self.output.bands == 1:
            return self.output.id
        named = self.band < len(self.output.names)
        return f"{self.output.id}: {self.output.names[self.band] if named else f'band {self.band + 1}'}"

    @property
    def step(self) -> float:
        """By what a stored number is multiplied to be the one that the script returned."""
        return 1 / 255 if self.output.sample_type is SampleType.AUTO else 1.0


def views_of(array: NDArray[Any], output: Output) -> tuple[View, ...]:
    """Return how an output is shown: as a picture in colour, or band by band in grey.

    Args:
        array: the stored samples, of shape (band, y, x).
        output: the contract of that output.
    """
    if _is_picture(array, output):
        return (View(output),)
    return tuple(_stretched(array[band], output, band) for band in range(min(len(array), MAX_BANDS)))


def colors(array: NDArray[Any], view: View) -> NDArray[np.uint8]:
    """Return what is seen, of shape (y, x, 4): red, green, blue and alpha."""
    if view.band is None:
        shown = np.moveaxis(array, 0, -1)
        if shown.shape[-1] == 2:
            shown = shown[..., [0, 0, 0, 1]]
        if shown.shape[-1] == 4:
            return np.ascontiguousarray(shown, np.uint8)
        return np.dstack([shown, np.full(shown.shape[:2], 255)]).astype(np.uint8)
    band = array[view.band]
    valid = holds_data(band, view.output)
    share = np.where(valid, (band.astype(np.float64) - view.low) / (view.high - view.low), 0)
    grey = np.clip(share * 255, 0, 255).astype(np.uint8)
    return np.dstack([grey, grey, grey, np.where(valid, 255, 0)]).astype(np.uint8)


def holds_data(band: NDArray[Any], output: Output) -> NDArray[np.bool_]:
    """Return where a band holds a number that does not stand for no data."""
    finite: NDArray[np.bool_] = np.isfinite(band)
    return finite if output.nodata is None else finite & (band != output.nodata)


def _is_picture(array: NDArray[Any], output: Output) -> bool:
    if array.dtype != np.uint8 or output.names or len(array) not in (2, 3, 4):
        return False
    # Numbers in the place of alpha that are no more than a mask belong to values, not to a picture.
    return len(array) == 3 or output.sample_type is SampleType.AUTO or not array[-1].size or int(array[-1].max()) > 1


def _stretched(band: NDArray[Any], output: Output, number: int) -> View:
    valid = band[holds_data(band, output)]
    if valid.size == 0:
        return View(output, number)
    low, high = float(valid.min()), float(valid.max())
    return View(output, number, low, high if high > low else low + 1)
