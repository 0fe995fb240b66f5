"""`fits_sample_type`: whether values keep their meaning when they are stored; the same for sweeps and for searches.

A value loses its meaning where it is no number and the type has whole numbers only, where it is a class code that the
type cuts off, and in a band that returns three or more different numbers of which at most two survive. A number that
is clamped at an end of the range is no fault: pictures are stretched so. What share is clamped is noted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from oso_evalscript.model.contract import SampleType
from oso_evalscript.runtime.outputs import MAX_DISTINCT, Fit, distinct

_MAX_BANDS_NOTED = 4  # of an output


class Event(StrEnum):
    """What a run may show of a band for the first time."""

    THIRD_NUMBER = "a third different number"
    CUT_CODE = "a class code that is cut off"


Moment = tuple[Event, str, int]
"""An event, the output and the number of the band."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A band in which values lose their meaning, as all inputs together show.

    Attributes:
        moment: when that began to show.
        message: what is lost.
    """

    moment: Moment
    message: str


@dataclass
class _Seen:
    """What is known of one band so far."""

    sample_type: SampleType
    pixels: int = 0
    below: int = 0
    above: int = 0
    own: int = 0
    code: int | None = None
    numbers: tuple[tuple[float, int], ...] = ()
    kept: tuple[float, ...] = ()


@dataclass
class Fits:
    """How values fit their sample types, over any number of runs."""

    _bands: dict[tuple[str, int], _Seen] = field(default_factory=dict)

    def add(self, fits: Sequence[Fit]) -> dict[Moment, int]:
        """Take up a further run; returns what it is the first to show, each with its pixel."""
        first: dict[Moment, int] = {}
        for fit in fits:
            seen = self._bands.setdefault((fit.output, fit.band), _Seen(fit.sample_type))
            seen.pixels += fit.pixels
            seen.below += fit.below
            seen.above += fit.above
            seen.own += fit.own
            if seen.code is None and fit.first_cut is not None:
                seen.code = fit.code
                first[Event.CUT_CODE, fit.output, fit.band] = fit.first_cut
            before = len(seen.numbers)
            seen.numbers = distinct((*seen.numbers, *fit.numbers))
            seen.kept = tuple(dict.fromkeys((*seen.kept, *fit.kept)))[:MAX_DISTINCT]
            if before < len(seen.numbers) == MAX_DISTINCT:
                first[Event.THIRD_NUMBER, fit.output, fit.band] = seen.numbers[-1][1]
        return first

    def losses(self, where: str = "") -> Iterator[Loss]:
        """Yield what is lost on all inputs together; `where` says in what, as in ` in all 20 examples`.

        Under AUTO many numbers lie outside of 0 to 1, and some are a class code by chance: codes are returned as they
        are only where all of those numbers are the pixel's own.
        """
        for (id_, number), seen in sorted(self._bands.items()):
            name = f"band {number} of the output `{id_}`"
            if len(seen.numbers) == MAX_DISTINCT > len(seen.kept):
                yield Loss((Event.THIRD_NUMBER, id_, number), f"{name} {_kept(seen, where)}")
            elif seen.code is not None and seen.own == seen.below + seen.above:
                yield Loss((Event.CUT_CODE, id_, number), _cut_off(name, seen.code, seen.sample_type))

    def notes(self, drawn: str) -> tuple[str, ...]:
        """Return what is worth knowing though it is no fault; `drawn` says of what the shares are."""
        return (*self._clamped(drawn), *self._collapsed())

    def _clamped(self, drawn: str) -> Iterator[str]:
        parts: dict[str, list[str]] = {}
        for (id_, number), seen in sorted(self._bands.items()):
            ends = [(f"{word} {end}", count) for word, end, count in _ends(seen) if count]
            shares = " and ".join(f"{what} in {share_of(count, seen.pixels)}" for what, count in ends)
            if ends:
                parts.setdefault(id_, []).append(f"band {number} {shares}")
        for id_, bands in parts.items():
            more = f", and in {len(bands) - _MAX_BANDS_NOTED} more bands" if len(bands) > _MAX_BANDS_NOTED else ""
            yield f"the output `{id_}` is clamped: {', '.join(bands[:_MAX_BANDS_NOTED])} of the {drawn}{more}"

    def _collapsed(self) -> Iterator[str]:
        """Bands of one or two numbers that are stored as one, and not as what they were."""
        for (id_, number), seen in sorted(self._bands.items()):
            values = [value for value, _ in seen.numbers]
            few = 0 < len(values) < MAX_DISTINCT and len(seen.kept) == 1
            if few and (len(values) > 1 or (seen.kept[0] == 0 != values[0])):
                told = " and ".join(f"{value:.9g}" for value in sorted(values))
                yield f"band {number} of the output `{id_}` returns {told}, stored as {seen.kept[0]:.9g}"


def faults(fits: Sequence[Fit]) -> list[tuple[int, str]]:
    """Return the pixels of a run that are the first to lose their meaning alone, with what is wrong there."""
    return [found for fit in fits for found in _faults(fit)]


def fault_count(fits: Iterable[Fit]) -> int:
    """Return how many values of a run do, in the band that has most of them."""
    cut = ((fit, 0 if fit.sample_type is SampleType.AUTO else fit.cut) for fit in fits)
    return max((fit.nan + more for fit, more in cut), default=0)


def foreign(fits: Sequence[Fit]) -> list[tuple[int, str]]:
    """Return the first pixels of a run without a number, with what is wrong there."""
    return [
        (fit.first_foreign, f"band {fit.band} of the output `{fit.output}` is not given a number")
        for fit in fits
        if fit.first_foreign is not None
    ]


def _faults(fit: Fit) -> Iterator[tuple[int, str]]:
    name = f"band {fit.band} of the output `{fit.output}`"
    if fit.first_nan is not None and fit.first_nan != fit.first_foreign:
        yield fit.first_nan, f"{name} is NaN, which its type does not have"
    if fit.first_foreign is not None and fit.sample_type.limits is not None:
        yield fit.first_foreign, f"{name} is not given a number, which {fit.sample_type} stores as 0"
    if fit.first_cut is not None and fit.sample_type is not SampleType.AUTO:
        yield fit.first_cut, _cut_off(name, fit.code, fit.sample_type)


def _kept(seen: _Seen, where: str) -> str:
    if seen.kept == (0,):
        return f"is stored as 0{where or ' whatever its value'}"
    left = " and ".join(f"{value:.9g}" for value in sorted(seen.kept))
    return f"is given three or more different numbers, of which {seen.sample_type} keeps only {left}{where}"


def _cut_off(name: str, code: int, sample_type: SampleType) -> str:
    end = "" if sample_type.meant is None else f" at {sample_type.meant[code > 0]}"
    return f"{name} is given the class code {code}, which {sample_type} cuts off{end}"


def _ends(seen: _Seen) -> list[tuple[str, float, int]]:
    if seen.sample_type.meant is None:
        return []
    low, high = seen.sample_type.meant
    return [("below", low, seen.below), ("above", high, seen.above)]


def share_of(count: int, total: int) -> str:
    """Return a share in percent that is 0 or 100 only where it is exactly that."""
    if count == total:
        return "100 %"
    percent = 100 * count / total
    return "less than 0.1 %" if percent < 0.1 else f"{min(percent, 99.9):.1f} %"
