"""When made-up scenes are taken: as a caller wants it, or so that a script that looks for certain dates finds some."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from oso_evalscript.model.errors import ArrayError
from oso_evalscript.semantics.dates import Period

Span: TypeAlias = tuple[dt.datetime, dt.datetime]

USUAL_COUNT = 4
"""How many scenes there are where nothing says it."""

_FIRST = dt.datetime(2023, 6, 1, 10, 50, tzinfo=dt.UTC)
_STEP = dt.timedelta(days=5)  # as often as the two Sentinel-2 satellites pass
_TIME_OF_DAY = dt.timedelta(hours=10, minutes=50)
_DAY = dt.timedelta(days=1)
_MAX_NAMED = 12  # dates that a script names and that are all tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquisitions:
    """When made-up scenes are taken, and under how many clouds.

    Attributes:
        dates: how many there are, or when each was taken; None leaves it to the script's own dates.
        span: the time range of the request, in which they lie; None leaves that to them.
        clouds: percent of clouds, of one scene after the other, from the first again after the last; empty for
            various ones.
    """

    dates: int | tuple[dt.datetime, ...] | None = None
    span: Span | None = None
    clouds: tuple[float, ...] = ()

    @property
    def listed(self) -> bool:
        """Whether each date is given."""
        return isinstance(self.dates, tuple)

    def moments(self, named: Sequence[Period] = ()) -> tuple[dt.datetime, ...]:
        """Return when the scenes are taken, from the earliest on.

        Args:
            named: the days, months and years that the script names.

        Raises:
            ArrayError: given dates lie outside of the time range.
        """
        if isinstance(self.dates, tuple):
            outside = next((date for date in self.dates if not _within(date, self.span)), None)
            if outside is not None and self.span is not None:
                begin, end = self.span
                raise ArrayError(
                    f"there is no scene of {outside:%Y-%m-%d} in a time range from {begin:%Y-%m-%d} to {end:%Y-%m-%d}: "
                    "pass dates within it"
                )
            return tuple(sorted(set(self.dates)))
        if self.span is not None:
            named = [period for period in named if _within(_anchor(period), self.span)]
        count = max(USUAL_COUNT, min(len(named), _MAX_NAMED)) if self.dates is None else self.dates
        if self.span is not None:
            return tuple(_near(named, count, self.span))
        return tuple(_near(named, count)) if named else tuple(_FIRST + number * _STEP for number in range(count))

    def cloud_coverage(self, number: int) -> float:
        """Return the percent of clouds of the scene of that number."""
        return self.clouds[number % len(self.clouds)] if self.clouds else float((37 * number) % 100)


AS_USUAL = Acquisitions()
"""What is made up where nothing is said."""


def _within(date: dt.datetime, span: Span | None) -> bool:
    return span is None or span[0] <= date <= span[1]


def _near(named: Sequence[Period], count: int, span: Span | None = None) -> list[dt.datetime]:
    """So many dates: one in each period as far as they go round, the others between, before and behind them."""
    if count < 1:
        return []
    if len(named) == 1 and span is None and named[0].end - named[0].begin >= count * _DAY:
        begin, end = named[0].begin, named[0].end
        sides = [begin - _STEP, end + _STEP] if count > 2 else []  # it may be a threshold
        return sorted([*_near([], count - len(sides), (begin, end)), *sides])
    anchors = sorted({_anchor(period) for period in named})
    if not anchors and span is not None:
        return [
            _morning(span[0] + (span[1] - span[0]) * (2 * number + 1) / (2 * count), span) for number in range(count)
        ]
    if len(anchors) >= count:
        last = max(count - 1, 1)
        return [anchors[number * (len(anchors) - 1) // last] for number in range(count)]
    while len(anchors) < count:
        _insert(anchors, span)
    return anchors


def _insert(dates: list[dt.datetime], span: Span | None) -> None:
    """Add a date in the widest gap, or beside the others where there is none and nothing forbids it."""
    marks = dates if span is None else [span[0], *dates, span[1]]
    gaps = [(later - earlier, earlier) for earlier, later in pairwise(marks)]
    widest, before = max(gaps, default=(dt.timedelta(), dates[0]))
    if span is not None or widest > 2 * _DAY:
        between = _morning(before + widest / 2, (before, before + widest))
        dates.append(between)
    else:
        dates.append(dates[0] - _STEP if len(dates) % 2 else dates[-1] + _STEP)
    dates.sort()


def _anchor(period: Period) -> dt.datetime:
    """A moment in a period: of a day its morning."""
    return _morning(period.middle, (period.begin, period.end))


def _morning(moment: dt.datetime, within: Span) -> dt.datetime:
    """When satellites pass on the day of a moment; that moment itself where it lies outside."""
    morning = moment.replace(hour=0, minute=0, second=0, microsecond=0) + _TIME_OF_DAY
    return morning if within[0] < morning < within[1] else moment.replace(microsecond=0)
