"""What a spec means, in numpy: the samples that its script has to store, written without the templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.compiler.change import ChangeSpec
from oso_evalscript.compiler.spec import Spec
from oso_evalscript.compiler.steps import (
    Below,
    Compare,
    Copy,
    Count,
    Guard,
    Highlight,
    LookUp,
    Measure,
    NormalizedDifference,
    Paint,
    Recode,
    Select,
    Shade,
    Step,
    Steps,
    Trust,
)
from oso_evalscript.testing.properties import Reference

Array: TypeAlias = NDArray[Any]


class _Pixels:
    """Pixels on their way through the steps: a colour, each channel 0 to 255, or settled already."""

    def __init__(self, bands: Mapping[str, Array]) -> None:
        self.bands = bands
        self.shape = np.broadcast_shapes(*(values.shape for values in bands.values()))
        self.color: Array = np.zeros((3, *([1] * len(self.shape))))
        self.value: Array = np.zeros(())
        self.hidden: Array = np.zeros((), bool)
        self.alpha: Array = np.full((), 255)
        self.results: dict[str, Array] = {}

    def band(self, name: str) -> Array:
        """The values of a band."""
        return self.bands[name].astype(np.float64)


def reference(spec: Spec) -> Reference:
    """Return the function that a spec's script has to agree with."""
    steps = spec.steps()

    def meaning(bands: Mapping[str, Array]) -> Mapping[str, Array]:
        pixels = _Pixels(bands)
        for step in steps:
            _DO[type(step)](pixels, step)
        return pixels.results

    return meaning


def change(spec: ChangeSpec, scenes: Sequence[tuple[date, Mapping[str, Array]]]) -> Array:
    """Return what a script of two editions has to store for dated scenes: the four bands of its picture."""
    compare, highlight = (step for step in spec.steps() if isinstance(step, Compare | Highlight))
    if not isinstance(compare, Compare) or not isinstance(highlight, Highlight):
        raise TypeError("the steps of a change are to compare and to highlight")
    years = {compare.before, compare.after} - {None}
    dated = sorted((item for item in scenes if not years or item[0].year in years), key=lambda item: item[0])
    shape = scenes[0][1]["dataMask"].shape
    ends: list[Array] = []
    days: list[Array] = []
    for ordered in (reversed(dated), dated):  # what is written last stands: the earliest, then the latest
        code, day = np.zeros(shape, int), np.zeros(shape, int)
        for when, bands in ordered:
            there = (bands["dataMask"] != 0) & np.isin(bands[compare.band], [row.code for row in compare.rows])
            code, day = np.where(there, bands[compare.band], code), np.where(there, when.toordinal(), day)
        ends.append(code)
        days.append(day)
    before, after = (_translated(code, {row.code: row.value for row in compare.rows}, 0) for code in ends)
    if highlight.transitions:
        asked = np.any([(before == start) & (after == end) for start, end in highlight.transitions], axis=0)
    elif highlight.became:
        asked = ~np.isin(before, highlight.became) & np.isin(after, highlight.became)
    else:
        asked = before != after
    rest = (0, 0, 0, 0) if highlight.rest is None else (*highlight.rest.rgb, 255)
    painted = np.where(asked[..., np.newaxis], (*highlight.color.rgb, 255), rest)
    return np.moveaxis(np.where((days[0] < days[1])[..., np.newaxis], painted, 0), -1, 0).astype(np.uint8)


def _look_up(pixels: _Pixels, step: LookUp) -> None:
    place = _translated(pixels.band(step.band), {entry.code: i for i, entry in enumerate(step.classes)}, -1)
    table = np.array([*(entry.color.rgb for entry in step.classes), (0, 0, 0)], np.float64)
    pixels.color = np.moveaxis(table[place], -1, 0)
    pixels.hidden = pixels.hidden | (place < 0)


def _guard(pixels: _Pixels, step: Guard) -> None:
    pixels.value = value = pixels.band(step.band)
    low = -np.inf if step.low is None else step.low
    high = np.inf if step.high is None else step.high
    pixels.hidden = pixels.hidden | ~((value >= low) & (value <= high))


def _shade(pixels: _Pixels, step: Shade) -> None:
    positions = np.array([position for position, _ in step.stops])
    channels = np.array([color.rgb for _, color in step.stops], np.float64).T
    upper = np.clip(np.searchsorted(positions, pixels.value), 1, len(positions) - 1)
    above = np.clip((pixels.value - positions[upper - 1]) / (positions[upper] - positions[upper - 1]), 0, 1)
    # A ramp of integer colours cuts each channel to a whole number: a weighted sum in this order loses as much as it.
    pixels.color = np.floor(channels[:, upper - 1] * (1 - above) + channels[:, upper] * above)


def _steps(pixels: _Pixels, step: Steps) -> None:
    reached = sum((pixels.value >= start).astype(np.intp) for start, _ in step.stops[1:])
    pixels.color = np.moveaxis(np.array([color.rgb for _, color in step.stops])[reached], -1, 0)


def _trust(pixels: _Pixels, step: Trust) -> None:
    sure = np.ones((), bool)
    for band, least in step.minima:
        sure = sure & (pixels.band(band) >= least)
    if step.below is Below.TRANSPARENT:
        pixels.hidden = pixels.hidden | ~sure
        return
    confidence = pixels.band(step.minima[0][0])
    if step.below is Below.ALPHA:
        pixels.alpha = np.where(sure, 255, _half_up(np.minimum(confidence, 100) * 255 / 100))
        return
    grey = np.array(step.grey.rgb, np.float64).reshape(3, *([1] * len(pixels.shape)))
    dark = np.array(step.dark.rgb, np.float64).reshape(grey.shape)
    if step.below is Below.GREY:
        unsure: Array = grey
    elif step.below is Below.FADED:
        unsure = _half_up(0.4 * pixels.color + 0.6 * dark)
    else:
        part = np.minimum(confidence * step.bins // step.minima[0][1], step.bins - 1) + 1
        unsure = _half_up((part * pixels.color + (step.bins + 1 - part) * dark) / (step.bins + 1))
    # As bytes: a sweep does this for all inputs.
    pixels.color = np.where(sure, pixels.color.astype(np.uint8), unsure.astype(np.uint8))


def _paint(pixels: _Pixels, step: Paint) -> None:
    if step.background is not None:
        ground = np.array(step.background.rgb).reshape(3, *([1] * len(pixels.shape)))
        painted = np.where(pixels.hidden, ground, pixels.color)
    else:
        alpha = np.where(pixels.hidden, 0, np.where(pixels.band("dataMask") == 0, 0, pixels.alpha))
        color = np.where(pixels.hidden, 0, pixels.color)
        painted = np.stack(np.broadcast_arrays(*color.astype(np.uint8), alpha.astype(np.uint8)))
    pixels.results["default"] = painted.astype(np.uint8, copy=False)


def _select(pixels: _Pixels, step: Select) -> None:
    values = {entry.code: int(entry.code in step.chosen) for entry in step.classes}
    value = _translated(pixels.band(step.band), values, step.nodata)
    chosen = np.where(pixels.band("dataMask") == 0, step.nodata, value)
    pixels.results["default"] = chosen[np.newaxis].astype(np.uint8)


def _recode(pixels: _Pixels, step: Recode) -> None:
    value = _translated(pixels.band(step.band), {row.code: row.value for row in step.rows}, step.nodata)
    value = np.where(pixels.band("dataMask") == 0, step.nodata, value)
    pixels.results["default"] = value[np.newaxis].astype(np.uint16 if step.nodata > 255 else np.uint8)


def _copy(pixels: _Pixels, step: Copy) -> None:
    copied = {name: pixels.bands[name].astype(np.uint8) for name in (*step.names, "dataMask")}
    if step.apart:
        pixels.results |= {name: values[np.newaxis] for name, values in copied.items()}
    else:
        pixels.results["default"] = np.stack(np.broadcast_arrays(*copied.values()))


def _count(pixels: _Pixels, step: Count) -> None:
    code, mask = pixels.band(step.band), pixels.band("dataMask")
    parts = [[row.code for row in step.rows if row.value == part] for part in range(len(step.names))]
    pixels.results["shares"] = np.stack([np.isin(code, codes) & (mask != 0) for codes in parts]).astype(np.uint8)
    pixels.results["dataMask"] = mask[np.newaxis].astype(np.uint8)


def _difference(pixels: _Pixels, step: NormalizedDifference) -> None:
    first, second = pixels.band(step.first), pixels.band(step.second)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(first + second == 0, np.nan, (first - second) / (first + second))
    pixels.value = np.where(pixels.band("dataMask") == 0, np.nan, value)


def _measure(pixels: _Pixels, step: Measure) -> None:
    known = ~np.isnan(pixels.value)
    shown = np.where(known, pixels.color, 0)
    pixels.results["default"] = np.stack(np.broadcast_arrays(*shown, np.where(known, 255, 0))).astype(np.uint8)
    value = pixels.value.astype(np.float32)
    if step.raw:
        pixels.results["index"] = value[np.newaxis]
    if step.browser:
        clouds = [] if step.clouds is None else [np.isin(pixels.band(step.clouds), step.cloud_codes)]
        pixels.results["eobrowserStats"] = np.stack(np.broadcast_arrays(value, *clouds)).astype(np.float32)
        pixels.results["dataMask"] = pixels.band("dataMask")[np.newaxis].astype(np.uint8)


def _translated(codes: Array, table: Mapping[int, int], otherwise: int) -> Array:
    """What each code becomes, whatever numbers they are."""
    known = np.array(sorted(table))
    values = np.array([table[code] for code in known])
    place = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    return np.where(known[place] == codes, values[place], otherwise)


def _half_up(values: Array) -> Array:
    return np.asarray(np.floor(values + 0.5 + 1e-9))


_DO: dict[type[Step], Callable[[_Pixels, Any], None]] = {
    LookUp: _look_up,
    Guard: _guard,
    Shade: _shade,
    Trust: _trust,
    Paint: _paint,
    Select: _select,
    Steps: _steps,
    Recode: _recode,
    Copy: _copy,
    NormalizedDifference: _difference,
    Measure: _measure,
    Count: _count,
}
