"""Spans of time: ranges, the intervals that statistics are made for, and months that have begun."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from typing import TypeAlias

from oso_evalscript.model.errors import ArrayError, RequestError
from oso_evalscript.runtime.arguments import read_span

Span: TypeAlias = tuple[dt.datetime, dt.datetime]
"""Begin and end, in UTC."""

LAST_INTERVALS = ("SKIP", "SHORTEN", "EXTEND")
"""What becomes of a last interval that is not full, as requests name it."""
MAX_INTERVALS = 100_000
_DAY = dt.timedelta(days=1)
_MOMENT = dt.timedelta(microseconds=1)
_PERIOD = re.compile(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?)?"
)


@dataclass(frozen=True, slots=True)
class Period:
    """The length of an interval.

    Attributes:
        months: calendar months.
        rest: what is added to them.
    """

    months: int
    rest: dt.timedelta


def read_time_range(given: object) -> Span:
    """Return a time range; an end that is a day without a time of day is the end of that day.

    Raises:
        RequestError: it is not two dates in their order.
    """
    try:
        begin, end = read_span(given)
        last = given[1] if isinstance(given, tuple | list) else None
        whole_day = (
            re.fullmatch(r"\d{4}-?\d\d-?\d\d", last)
            if isinstance(last, str)
            else isinstance(last, dt.date) and not isinstance(last, dt.datetime)
        )
        return begin, end + (_DAY - _MOMENT) if whole_day else end
    except ArrayError as error:
        raise RequestError(str(error)) from None


def read_period(text: str) -> Period:
    """Return the period that an ISO 8601 duration means.

    Raises:
        RequestError: it is none, or shorter than a day.
    """
    match = _PERIOD.fullmatch(text)
    parts = {name: int(value) for name, value in match.groupdict(default="0").items()} if match else {}
    months = 12 * parts.get("years", 0) + parts.get("months", 0)
    try:
        days = 7 * parts.get("weeks", 0) + parts.get("days", 0)
        rest = dt.timedelta(days=days, hours=parts.get("hours", 0))
    except OverflowError:
        raise RequestError(f"the interval `{text}` is too long") from None
    if not months and rest < _DAY:
        raise RequestError(f"`{text}` is not an interval of at least a day: expected one such as P1D, P10D or P1M")
    return Period(months, rest)


def split(span: Span, period: Period, last: str = "SKIP") -> tuple[Span, ...]:
    """Return the intervals of a time range.

    Args:
        span: the time range.
        period: the length of each.
        last: what becomes of an interval that is not full, one of `LAST_INTERVALS`.

    Raises:
        RequestError: there are more than anybody asks for.
    """
    begin, end = span
    found: list[Span] = []
    start = begin
    while start < end:
        if len(found) == MAX_INTERVALS:
            raise RequestError(f"the time range has more than {MAX_INTERVALS:,} intervals")
        stop = _after(begin, period, len(found) + 1)
        # A range up to the last moment of a day is meant to hold that day.
        if stop is None or stop > end + dt.timedelta(seconds=1):
            if last != "SKIP":
                found.append((start, end if last == "SHORTEN" or stop is None else stop))
            break
        found.append((start, stop))
        start = stop
    return tuple(found)


def months_begun(span: Span) -> int:
    """Return how many months have begun in a time range; at least one."""
    begin, end = span
    months = max(12 * (end.year - begin.year) + end.month - begin.month, 1)
    reached = _after(begin, Period(months, dt.timedelta()), 1)
    return months + (reached is not None and reached < end)


def _after(begin: dt.datetime, period: Period, times: int) -> dt.datetime | None:
    """The moment after so many periods, on the last day of a month that is too short; None beyond the calendar."""
    months = begin.year * 12 + begin.month - 1 + period.months * times
    year, month = divmod(months, 12)
    if year > dt.MAXYEAR:
        return None
    day = min(begin.day, calendar.monthrange(year, month + 1)[1])
    try:
        return begin.replace(year=year, month=month + 1, day=day) + period.rest * times
    except OverflowError:
        return None
