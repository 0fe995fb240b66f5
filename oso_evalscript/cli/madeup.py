"""The options about made-up scenes, which every command has that runs scripts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from oso_evalscript.model.errors import OsoError

if TYPE_CHECKING:
    from oso_evalscript.runtime.dates import Acquisitions

_Command = TypeVar("_Command", bound=Callable[..., Any])
_MAX_SCENES = 1000
_MAX_SIDE = 8192
USUAL_SIDE = 256
"""Rows and columns of made-up scenes where nothing says them."""


class _Words(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click alone
    """An option whose value is read by a function, which says in a sentence what is wrong with it."""

    def __init__(self, name: str, read: Callable[[str], object]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except OsoError as error:
            self.fail(str(error), param, ctx)


def _dates(text: str) -> int | tuple[dt.datetime, ...]:
    from oso_evalscript.runtime.arguments import read_moment

    if text.strip().isdecimal():
        if int(text) > _MAX_SCENES:
            raise OsoError(
                f"{text} is more than the maximum of {_MAX_SCENES} scenes; a year is written as in "
                "2025-01-01/2025-12-31/P1M"
            )
        return int(text)
    if "/" in text:
        return _series(text)
    return tuple(read_moment(word.strip()) for word in text.split(",") if word.strip())


def _series(text: str) -> tuple[dt.datetime, ...]:
    """The dates of START/END/STEP: each STEP from START on, END included."""
    from oso_evalscript.pricing.periods import read_period, read_time_range, split

    parts = text.split("/")
    if len(parts) != 3:
        raise OsoError(
            f"`{text}` is not a series of dates: expected START/END/STEP, as in 2024-01-01/2024-12-31/P10D "
            "(--time-range takes START/END)"
        )
    spans = split(read_time_range(tuple(parts[:2])), read_period(parts[2]), "EXTEND")
    if len(spans) > _MAX_SCENES:
        raise OsoError(f"`{text}` gives {len(spans):,} scenes, more than the maximum of {_MAX_SCENES}")
    return tuple(begin for begin, _ in spans)


def _time_range(text: str) -> object:
    from oso_evalscript.pricing.periods import read_time_range

    parts = tuple(text.split("/"))
    if len(parts) != 2:
        raise OsoError(f"`{text}` is not a time range: expected START/END, as in 2024-01-01/2024-12-31")
    return read_time_range(parts)


def _clouds(text: str) -> tuple[float, ...]:
    found = []
    for word in text.split(","):
        if not re.fullmatch(r"\s*\d+(\.\d+)?\s*", word) or float(word) > 100:
            raise OsoError(f"`{word.strip()}` is not a cloud cover: expected percentages from 0 to 100, as in 5,80,20")
        found.append(float(word))
    return tuple(found)


def _size(text: str) -> tuple[int, int]:
    return made_up_size(_side_or_size(text))


def _side_or_size(text: str) -> int | tuple[int, int]:
    match = re.fullmatch(r"\s*(\d{1,9})(?:\s*[xX,]\s*(\d{1,9}))?\s*", text)
    if match is None:
        raise OsoError(f"`{text}` is not a size: expected a number of pixels, or WIDTHxHEIGHT, as in 512x256")
    width, height = int(match[1]), int(match[2] or match[1])
    if min(width, height) < 1:
        raise OsoError(f"`{text}` is not a valid size: both sides must have at least 1 pixel")
    return width if match[2] is None else (height, width)


def made_up_size(said: int | tuple[int, int]) -> tuple[int, int]:
    """Return rows and columns of made-up scenes: one number is both.

    Raises:
        OsoError: they would be too large to hold.
    """
    height, width = (said, said) if isinstance(said, int) else said
    if max(height, width) > _MAX_SIDE:
        raise OsoError(f"made-up scenes of {width}x{height} pixels are too large: a side must have at most {_MAX_SIDE}")
    return height, width


SIZE = _Words("size", _size)
"""Rows and columns of made-up scenes."""

SIDE_OR_SIZE = _Words("size", _side_or_size)
"""One number as it is, or rows and columns; written as N or as WIDTHxHEIGHT."""

DATES = click.option(
    "--dates",
    type=_Words("dates", _dates),
    metavar="N|LIST|SERIES",
    help="Made-up scenes under ORBIT and TILE: how many, a list such as 2024-05-01,2024-06-11, or "
    "START/END/STEP such as 2024-01-01/2024-12-31/P10D. By default, the dates suit the script.",
)
TIME_RANGE = click.option(
    "--time-range",
    "span",
    type=_Words("time range", _time_range),
    metavar="START/END",
    help="The time range of the request and its made-up scenes, as in 2024-01-01/2024-12-31.",
)
CLOUDS = click.option(
    "--cloud-cover",
    "clouds",
    type=_Words("cloud cover", _clouds),
    metavar="PERCENT,...",
    help="The cloud cover of each made-up scene in percent.",
)


def acquisition_options(command: _Command) -> _Command:
    """Add the options that say when made-up scenes are taken: `dates`, `span` and `clouds`."""
    return DATES(TIME_RANGE(CLOUDS(command)))


def acquisitions(dates: Any, span: Any, clouds: Any) -> Acquisitions:
    """Return what the options say."""
    from oso_evalscript.runtime.dates import Acquisitions

    return Acquisitions(dates=dates, span=span, clouds=clouds or ())
