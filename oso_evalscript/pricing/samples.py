"""How many samples a script is given of each pixel: told, or counted on made-up acquisitions.

Under ORBIT and TILE a pixel has a sample for each acquisition in the time range that `preProcessScenes` keeps; under
SIMPLE it has one. Statistics are made interval by interval, so there the numbers of all intervals add up.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from oso_evalscript.model.catalog import Collection
from oso_evalscript.model.contract import SCENE_HOOKS, Mosaicking
from oso_evalscript.model.cost import Samples, counted
from oso_evalscript.model.errors import RequestError
from oso_evalscript.model.host import Evidence
from oso_evalscript.pricing.periods import Span
from oso_evalscript.runtime.program import Program
from oso_evalscript.runtime.scene import Scene

MAX_ACQUISITIONS = 20_000
BATCH_ESTIMATE_DAYS = 3.0
"""What the service's own estimate of batch requests assumes of every collection (page on the Batch API)."""
DAYS_BETWEEN = {
    "sentinel-1-grd": 6.0,  # two satellites, each direction of flight by itself
    "sentinel-2-l1c": 5.0,
    "sentinel-2-l2a": 5.0,
    "sentinel-3-olci": 2.0,
    "sentinel-3-olci-l2": 2.0,
    "sentinel-3-slstr": 1.0,
    "sentinel-5p-l2": 1.0,
    "landsat-ot-l1": 8.0,  # Landsat 8 and 9 together
    "landsat-ot-l2": 8.0,
    "landsat-etm-l1": 16.0,
    "landsat-etm-l2": 16.0,
    "landsat-tm-l1": 16.0,
    "landsat-tm-l2": 16.0,
    "modis": 1.0,
    "planetscope": 1.0,
    "dem": 1e6,  # there is one
    "cnes-land-cover": 365.25,
    "esa-worldcover": 365.25,
}
"""How many days pass between two acquisitions of a place at the equator, as the operators of the satellites say."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many samples a pixel has, and what is not known of it.

    Attributes:
        samples: the number and what it follows from.
        unknowns: what is not known, and what was assumed of it.
    """

    samples: Samples
    unknowns: tuple[str, ...] = ()


def count_samples(
    program: Program,
    collections: Sequence[Collection | None],
    spans: Sequence[Span | None],
    told: int | None = None,
    intervals: tuple[Span, ...] | None = None,
) -> Counted:
    """Return how many samples a pixel has; of several sources that of the one with the most.

    Args:
        program: the script.
        collections: where the bands of each input come from.
        spans: the time range of each input, None where it is not known.
        told: the number, where a user says it.
        intervals: what statistics are made for, empty where that is not known; None for an image.

    Raises:
        RequestError: a time range holds more acquisitions than can be tried.
        ScriptError: the script fails while it chooses its scenes.
    """
    setup = program.setup
    modes = [setup.mosaicking_of(index) for index in range(len(setup.inputs))]
    mode = next((mode for mode in modes if mode is not Mosaicking.SIMPLE), Mosaicking.SIMPLE)
    if mode is Mosaicking.SIMPLE and intervals is None:
        if told is None or told == 1:
            return Counted(Samples())
        return Counted(Samples(1, f"SIMPLE has one per pixel, not {told:,}"))
    if told is not None:
        return Counted(Samples(told, f"{mode}, as given"))
    needed = range(len(modes)) if intervals is not None else [i for i, own in enumerate(modes) if own != "SIMPLE"]
    if intervals == () or any(spans[index] is None for index in needed):
        each = "one for each interval" if mode is Mosaicking.SIMPLE else "one for each acquisition"
        return Counted(
            Samples(1, f"{mode}, {each}", Evidence.UNKNOWN),
            ("how many samples a pixel has; one is assumed: pass their number or a time range",),
        )
    return _on_made_up_scenes(program, collections, modes, spans, intervals)


def _on_made_up_scenes(
    program: Program,
    collections: Sequence[Collection | None],
    modes: Sequence[Mosaicking],
    spans: Sequence[Span | None],
    intervals: tuple[Span, ...] | None,
) -> Counted:
    days = [_days_between(collection) for collection in collections]
    dates = [
        list(_dates(span, step)) if span is not None and (own is not Mosaicking.SIMPLE or intervals) else []
        for span, step, own in zip(spans, days, modes, strict=True)
    ]
    hook = next((name for name in SCENE_HOOKS if name in program.hooks and set(modes) != {Mosaicking.SIMPLE}), None)
    totals, offered = [0] * len(modes), [0] * len(modes)
    for window in intervals if intervals is not None else (None,):
        inside = [_within(moments, window) for moments in dates]
        if not any(inside):
            continue
        whole = tuple(_of(own, len(moments)) for own, moments in zip(modes, inside, strict=True))
        if hook is None:
            chosen = whole
        else:
            chosen = _chosen(program, collections, inside, window or next(span for span in spans if span))
        totals = [sum(pair) for pair in zip(totals, chosen, strict=True)]
        offered = [sum(pair) for pair in zip(offered, whole, strict=True)]
    most = max(range(len(modes)), key=lambda index: totals[index])
    words = [str(modes[most])]
    if intervals is not None:
        words.append(counted(len(intervals), "interval"))
    if hook is not None:
        words.append(f"{hook} keeps {totals[most]:,} of {offered[most]:,}")
    elif intervals is None:
        words.append(counted(totals[most], "acquisition"))
    return _counted(totals[most], ", ".join(words), collections[most], days[most], hook is not None)


def _counted(number: int, quantity: str, collection: Collection | None, days: float, hooked: bool) -> Counted:
    """The number with what was assumed to find it."""
    if collection is not None and collection.id in DAYS_BETWEEN:
        whose, evidence = f"of {collection.id}", Evidence.INFERRED
    else:
        whose, evidence = "of a collection with an unknown revisit time", Evidence.UNKNOWN
    unknowns = [f"how many acquisitions there are {whose}; one every {days:g} days is assumed"]
    if hooked:
        unknowns.append("which of them the script keeps; it selected from made-up scenes with made-up clouds")
        evidence = Evidence.UNKNOWN
    return Counted(Samples(number, quantity, evidence), tuple(unknowns))


def _days_between(origin: Collection | None) -> float:
    return BATCH_ESTIMATE_DAYS if origin is None else DAYS_BETWEEN.get(origin.id, BATCH_ESTIMATE_DAYS)


def _dates(span: Span, days: float) -> Iterator[dt.datetime]:
    """The moments of made-up acquisitions, the first at the begin of the time range."""
    begin, end = span
    number = int((end - begin) / dt.timedelta(days=days)) + 1
    if number > MAX_ACQUISITIONS:
        raise RequestError(
            f"the time range of {begin:%Y-%m-%d} to {end:%Y-%m-%d} has {number:,} acquisitions; at most "
            f"{MAX_ACQUISITIONS:,} are counted"
        )
    for index in range(number):
        yield begin + index * dt.timedelta(days=days)


def _within(moments: list[dt.datetime], window: Span | None) -> list[dt.datetime]:
    return moments if window is None else moments[bisect_left(moments, window[0]) : bisect_left(moments, window[1])]


def _of(mode: Mosaicking, acquisitions: int) -> int:
    return min(acquisitions, 1) if mode is Mosaicking.SIMPLE else acquisitions


def _chosen(
    program: Program, collections: Sequence[Collection | None], dates: Sequence[list[dt.datetime]], span: Span
) -> tuple[int, ...]:
    """How many samples are left when the script has chosen among made-up scenes."""
    setup = program.setup
    scenes = {
        setup.key(index): tuple(
            _scene(input.bands, collections[index], moment, number) for number, moment in enumerate(moments)
        )
        for index, (input, moments) in enumerate(zip(setup.inputs, dates, strict=True))
    }
    return program.count_samples(scenes if setup.fusion else scenes[setup.key(0)], time_range=span)


def _scene(bands: tuple[str, ...], origin: Collection | None, moment: dt.datetime, number: int) -> Scene:
    """A scene of one pixel; clouds cover some share of it, where scenes of that collection say so."""
    clouded = origin is None or not origin.scene_fields or "cloudCoverage" in origin.scene_fields
    return Scene(
        bands={name: np.zeros((1, 1), np.float32) for name in bands},
        date=moment,
        cloud_coverage=float((37 * number) % 100) if clouded else None,
    )
