"""Checks of arguments other than scenes: a wrong value is an error with a clear message, before anything runs."""

from __future__ import annotations

import datetime as dt
import math
import operator
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import TypeAlias

from oso_evalscript.model.catalog import units as known_units
from oso_evalscript.model.errors import ArrayError, OsoError
from oso_evalscript.model.machine import processors

Span: TypeAlias = tuple[dt.datetime, dt.datetime]


def read_moment(date: object) -> dt.datetime:
    """Return a date as a moment in UTC, which it is in unless it says otherwise.

    Raises:
        ArrayError: it is not a date.
    """
    if isinstance(date, str):
        try:
            date = dt.datetime.fromisoformat(date)
        except ValueError:
            raise ArrayError(
                f"`{date}` is not a date: expected one such as 2023-06-01 or 2023-06-01T10:50:31Z"
            ) from None
    if isinstance(date, dt.date) and not isinstance(date, dt.datetime):
        date = dt.datetime(date.year, date.month, date.day)
    if not isinstance(date, dt.datetime):
        raise ArrayError(f"expected a datetime or text such as 2023-06-01, not {type(date).__name__}")
    try:
        return date.replace(tzinfo=dt.UTC) if date.tzinfo is None else date.astimezone(dt.UTC)
    except OverflowError:
        raise ArrayError(f"{date} lies outside the years 1 to 9999 in UTC") from None


def read_span(given: object) -> tuple[dt.datetime, dt.datetime]:
    """Return a time range as two moments in UTC.

    Raises:
        ArrayError: it is not two dates in their order.
    """
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise ArrayError(f"expected a time range of two dates, start and end, not {given!r}")
    begin, end = read_moment(given[0]), read_moment(given[1])
    if end < begin:
        raise ArrayError(f"the time range ends before it begins: {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}")
    return begin, end


def read_spans(given: object, keys: Sequence[str]) -> list[Span | None]:
    """Return the time range of each input: one for all of them, or a mapping from their names.

    Raises:
        ArrayError: one of them is not two dates in their order.
    """
    each = [given.get(key) if isinstance(given, Mapping) else given for key in keys]
    return [None if item is None else read_span(item) for item in each]


def read_shape(given: object) -> tuple[int, int]:
    """Return rows and columns.

    Raises:
        ArrayError: they are not two whole numbers from 0 on.
    """
    if isinstance(given, tuple | list) and len(given) == 2:
        rows, columns = (_whole(item) for item in given)
        if rows is not None and columns is not None and rows >= 0 and columns >= 0:
            return rows, columns
    raise ArrayError(f"expected a shape of rows and columns, two non-negative whole numbers, not {given!r}")


def read_index(name: str, given: object) -> int:
    """Return a whole number.

    Raises:
        OsoError: it is none.
    """
    found = _whole(given)
    if found is None:
        raise OsoError(f"{name} must be a whole number, not {given!r}")
    return found


def read_limit(name: str, given: object) -> float:
    """Return a limit as it is, infinity for none.

    Raises:
        OsoError: it is no number above 0.
    """
    if isinstance(given, bool) or not isinstance(given, Real) or not float(given) > 0:
        raise OsoError(f"{name} must be a positive number, not {given!r}")
    return float(given)


def read_number(name: str, given: object) -> float:
    """Return a finite number.

    Raises:
        OsoError: it is none.
    """
    if isinstance(given, bool) or not isinstance(given, Real) or not math.isfinite(float(given)):
        raise OsoError(f"{name} must be a number, not {given!r}")
    return float(given)


def read_limits(timeout: object, memory: object) -> tuple[float, int]:
    """Return the seconds and the bytes that a script is allowed.

    Raises:
        OsoError: they are no numbers above 0, or the bytes no whole one.
    """
    return read_limit("timeout", timeout), int(read_limit("memory", read_index("memory", memory)))


def read_unit(given: object) -> str | None:
    """Return the name of a unit as it is; None where there is none.

    Raises:
        ArrayError: no band of the catalogue has such a unit.
    """
    if given is None:
        return None
    names = [unit.name for unit in known_units()]
    if not isinstance(given, str) or given.upper() not in names:
        raise ArrayError(f"{given!r} is not a unit of the catalogue: expected one of {', '.join(names)}")
    return given


def _whole(given: object) -> int | None:
    try:
        return operator.index(given)  # type: ignore[arg-type]  # any other value is what the handler is for
    except TypeError:
        return None


def read_workers(given: object) -> int:
    """Return the maximum number of processes; by default one per processor."""
    return processors() if given is None else max(read_index("workers", given), 1)


def check_opened(*programs: object) -> None:
    """Refuse what is not a program, such as the text of a script.

    Raises:
        OsoError: it is something else.
    """
    from oso_evalscript.runtime.program import Program  # it needs this module

    other = next((item for item in programs if not isinstance(item, Program)), None)
    if other is not None:
        what = type(other).__name__
        raise OsoError(f"expected a Program, not {what}: use `with Program(script) as program: …`")
