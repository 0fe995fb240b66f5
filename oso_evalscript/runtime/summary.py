"""What a run stored, band by band, in numbers that mean something; and hints at what probably was not meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.contract import Output, SampleType
from oso_evalscript.runtime.outputs import MAX_DISTINCT, Fit, Outputs

_DECIBELS = re.compile(r"\bMath\s*\.\s*log(10)?\s*\(")
_MAX_SHARE = 0.5  # of the pixels with data that may be cut off without a word: pictures are stretched so


@dataclass(frozen=True, slots=True, kw_only=True)
class BandSummary:
    """What was stored in one band.

    Attributes:
        output: the output's id.
        band: the number of the band, from 0.
        name: what the contract calls it, None where it only counts bands.
        sample_type: how it is stored.
        pixels: how many there are.
        blank: how many of them have no data.
        least: the least number at pixels with data; None where there is none.
        largest: the largest number there.
        mean: their mean.
        nan: at how many pixels NaN was returned, or no number.
        below: how many numbers were cut off at the lower end of the type.
        above: how many at the upper end.
    """

    output: str
    band: int
    name: str | None
    sample_type: SampleType
    pixels: int
    blank: int
    least: float | None
    largest: float | None
    mean: float | None
    nan: int
    below: int
    above: int

    @property
    def constant(self) -> bool:
        """Whether all pixels with data hold one number."""
        return self.least is not None and self.least == self.largest and self.pixels - self.blank > 1


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run stored.

    Attributes:
        rows: of the image.
        columns: of the image.
        bands: those of all outputs.
        hints: sentences on what probably was not meant.
    """

    rows: int
    columns: int
    bands: tuple[BandSummary, ...]
    hints: tuple[str, ...]


def summarize(outputs: Outputs, declared: Sequence[Output], script: str = "") -> Summary:
    """Return what a run stored.

    Args:
        outputs: what came of it; of a run with `check=True`, or nothing is known of what was cut off.
        declared: the contract's outputs.
        script: the text of the script, for the hints.
    """
    fits = {(fit.output, fit.band): fit for fit in outputs.fits}
    bands: list[BandSummary] = []
    hints: list[str] = []
    for output in declared:
        if output.id not in outputs:
            continue
        array = outputs[output.id]
        there = np.ones(array.shape[1:], np.bool_) if outputs.data is None else outputs.data
        found = [_band(output, number, band, there, fits.get((output.id, number))) for number, band in enumerate(array)]
        bands += found
        whose = f" of the output `{output.id}`" if len(declared) > 1 else ""
        told = [(band, list(_of_band(band, fits.get((output.id, band.band)), script, whose))) for band in found]
        hints += [hint for _, sentences in told for hint in sentences]
        if len(found) > 1 and all(band.constant and not sentences for band, sentences in told):
            hints.append(f"the output `{output.id}` is the same in all pixels with data")
    rows, columns = next((array.shape[1:] for array in outputs.values()), (0, 0))
    return Summary(rows, columns, tuple(bands), tuple(hints))


def _band(output: Output, number: int, band: NDArray[Any], there: NDArray[np.bool_], fit: Fit | None) -> BandSummary:
    valid = band[there]
    kept = valid if output.nodata is None else valid[valid != output.nodata]
    numbers = kept[~np.isnan(kept)] if kept.dtype.kind == "f" else kept
    stored_nan = int(np.isnan(band).sum()) if band.dtype.kind == "f" else 0
    least, largest, mean = (
        (float(numbers.min()), float(numbers.max()), float(numbers.mean(dtype=np.float64)))
        if numbers.size
        else (None, None, None)
    )
    return BandSummary(
        output=output.id,
        band=number,
        name=output.names[number] if number < len(output.names) else None,
        sample_type=output.sample_type,
        pixels=band.size,
        blank=band.size - int(there.sum()),
        least=least,
        largest=largest,
        mean=mean,
        nan=stored_nan + (0 if fit is None else fit.nan),
        below=0 if fit is None else fit.below,
        above=0 if fit is None else fit.above,
    )


def _of_band(band: BandSummary, fit: Fit | None, script: str, whose: str) -> Iterator[str]:
    """The hints on one band."""
    name, with_data = f"band {band.band + 1}{whose}", band.pixels - band.blank
    if not with_data:
        return
    if band.least is None:
        if band.nan:
            yield f"{name} is NaN in all pixels with data"
        return
    limits, meant = band.sample_type.limits, band.sample_type.meant
    if fit is None or limits is None or meant is None:
        return
    stores = f"{band.sample_type} stores {meant[0]}..{meant[1]}"
    if band.below and band.least == band.largest == limits[0]:
        negative = "decibels are negative" if _DECIBELS.search(script) else _its(fit, meant, "numbers are negative")
        why = negative if meant[0] == 0 else _its(fit, meant, "numbers are smaller")
        yield f"{name} is {limits[0]} in all pixels with data: {why}, {stores}; use FLOAT32, or stretch them"
    elif band.above and band.least == band.largest == limits[1]:
        why = _its(fit, meant, "numbers are larger")
        yield f"{name} is {limits[1]} in all pixels with data: {why}, {stores}; use FLOAT32, or divide them"
    elif _loses(fit, band.sample_type):
        numbers = ", ".join(f"{number:.4g}" for number, _ in fit.numbers)
        kept = " and ".join(f"{value:g}" for value in sorted(fit.kept))
        left = f"{kept} {'is' if len(fit.kept) == 1 else 'are'} left"
        yield f"in {name} only {left} of numbers such as {numbers}: {stores}, whole numbers; use FLOAT32"
    else:
        yield from _cut_off(band, name, with_data, stores)
    if fit.nan:
        yield f"{name} is NaN in {_counted(fit.nan)}, stored as 0: only FLOAT32 can store NaN"


def _cut_off(band: BandSummary, name: str, with_data: int, stores: str) -> Iterator[str]:
    for count, side in ((band.below, "lower"), (band.above, "upper")):
        if count > _MAX_SHARE * with_data:
            yield f"{name} is clamped at the {side} end in {_counted(count)}: {stores}"


def _loses(fit: Fit, sample_type: SampleType) -> bool:
    """Whether many numbers become one or two; under AUTO there are 256 steps to keep them apart."""
    return sample_type is not SampleType.AUTO and len(fit.numbers) == MAX_DISTINCT > len(fit.kept)


def _its(fit: Fit, meant: tuple[int, int], what: str) -> str:
    outside = next((number for number, _ in fit.numbers if not meant[0] <= number <= meant[1]), None)
    return f"its {what}" + ("" if outside is None else f" (such as {outside:.4g})")


def _counted(count: int) -> str:
    return f"{count:,} pixel{'s' * (count != 1)}"
