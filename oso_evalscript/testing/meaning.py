"""What a spec means, in numpy: the samples that its script has to store, written without the templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.compiler.spec import Spec
from oso_evalscript.compiler.steps import Below, Guard, LookUp, Paint, Select, Shade, Step, Trust
from oso_evalscript.testing.properties import Reference

Array: TypeAlias = NDArray[Any]


class _Pixels:
    """Pixels on their way through the steps: a colour, each channel 0 to 255, or settled already."""

    def __init__(self, bands: Mapping[str, Array]) -> None:
        self.bands = bands
        self.shape = np.broadcast_shapes(*(values.shape for values in bands.values()))
        self.color: Array = np.zeros((3, *([1] * len(self.shape))))
        self.hidden: Array = np.zeros((), bool)
        self.result: Array = np.zeros((0, *self.shape), np.uint8)

    def band(self, name: str) -> Array:
        """The values of a band."""
        return self.bands[name].astype(np.float64)


def reference(spec: Spec) -> Reference:
    """Return the function that a spec's script has to agree with, for inputs of whole numbers from 0 to 255."""
    steps = spec.steps()

    def meaning(bands: Mapping[str, Array]) -> Mapping[str, Array]:
        pixels = _Pixels(bands)
        for step in steps:
            _DO[type(step)](pixels, step)
        return {"default": pixels.result}

    return meaning


def _look_up(pixels: _Pixels, step: LookUp) -> None:
    table = np.zeros((256, 3))
    known = np.zeros(256, bool)
    for entry in step.classes:
        table[entry.code], known[entry.code] = entry.color.rgb, True
    code = pixels.band(step.band).astype(np.intp)
    pixels.color = np.moveaxis(table[code], -1, 0)
    pixels.hidden = pixels.hidden | ~known[code]


def _guard(pixels: _Pixels, step: Guard) -> None:
    value = pixels.band(step.band)
    low = -np.inf if step.low is None else step.low
    high = np.inf if step.high is None else step.high
    pixels.hidden = pixels.hidden | ~((value >= low) & (value <= high))


def _shade(pixels: _Pixels, step: Shade) -> None:
    value = pixels.band(step.band)
    positions = [position for position, _ in step.stops]
    channels = zip(*(color.rgb for _, color in step.stops), strict=True)
    # A ramp of integer colours truncates each channel; the small number stands against rounding errors.
    pixels.color = np.stack([np.floor(np.round(np.interp(value, positions, channel), 9)) for channel in channels])


def _trust(pixels: _Pixels, step: Trust) -> None:
    sure = np.ones((), bool)
    for band, least in step.minima:
        sure = sure & (pixels.band(band) >= least)
    if step.below is Below.TRANSPARENT:
        pixels.hidden = pixels.hidden | ~sure
        return
    grey = np.array(step.grey.rgb, np.float64).reshape(3, *([1] * len(pixels.shape)))
    dark = np.array(step.dark.rgb, np.float64).reshape(grey.shape)
    unsure = grey if step.below is Below.GREY else _half_up(0.4 * pixels.color + 0.6 * dark)
    pixels.color = np.where(sure, pixels.color, unsure)


def _paint(pixels: _Pixels, step: Paint) -> None:
    if step.background is not None:
        ground = np.array(step.background.rgb).reshape(3, *([1] * len(pixels.shape)))
        painted = np.where(pixels.hidden, ground, pixels.color)
    else:
        alpha = np.where(pixels.hidden, 0, np.where(pixels.band("dataMask") == 0, 0, 255))
        color = np.where(pixels.hidden, 0, pixels.color)
        painted = np.stack(np.broadcast_arrays(*color, alpha))
    pixels.result = painted.astype(np.uint8)


def _select(pixels: _Pixels, step: Select) -> None:
    table = np.full(256, step.nodata)
    for entry in step.classes:
        table[entry.code] = entry.code in step.chosen
    chosen = np.where(pixels.band("dataMask") == 0, step.nodata, table[pixels.band(step.band).astype(np.intp)])
    pixels.result = chosen[np.newaxis].astype(np.uint8)


def _half_up(values: Array) -> Array:
    return np.asarray(np.floor(values + 0.5 + 1e-9))


_DO: dict[type[Step], Callable[[_Pixels, Any], None]] = {
    LookUp: _look_up,
    Guard: _guard,
    Shade: _shade,
    Trust: _trust,
    Paint: _paint,
    Select: _select,
}
