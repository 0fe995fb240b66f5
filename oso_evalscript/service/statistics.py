"""The Statistical API: what the outputs of a script come to over an area, interval by interval."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.contract import Output
from oso_evalscript.model.cost import Api, Cost
from oso_evalscript.model.errors import LIMITS, OsoError, RequestError, ScriptTimeout
from oso_evalscript.pricing.periods import LAST_INTERVALS, read_period, split
from oso_evalscript.rasters.grid import Grid
from oso_evalscript.runtime.outputs import Outputs
from oso_evalscript.runtime.program import Program
from oso_evalscript.runtime.scene import Scene
from oso_evalscript.service.errors import EXCEPTION, ServiceError, bad_payload
from oso_evalscript.service.fields import STATISTICS, check_fields
from oso_evalscript.service.histogram import Calculations, describe, read_calculations
from oso_evalscript.service.node import Node, Span, written
from oso_evalscript.service.process import MASK, Reply, price_run, read_scenes, run, warn
from oso_evalscript.service.programs import Deadline, Programs
from oso_evalscript.service.request import Bounds, Data, read_input
from oso_evalscript.service.sources import Source

MAX_INTERVALS = 2000
MAX_NUMBERS = 2**20
"""So many bins and percentiles the answer to one request has at most."""
_MOMENT = dt.timedelta(microseconds=1)


class _TooLarge(ServiceError):
    """An answer would be longer than this machine should hold."""


@dataclass(slots=True)
class _Room:
    """How many bins, percentiles and bands an answer may still have."""

    left: int = MAX_NUMBERS

    def take(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            text = f"The statistics have more than {MAX_NUMBERS:,} bins and percentiles, the limit on this machine."
            raise _TooLarge(400, EXCEPTION, text)


@dataclass(frozen=True, slots=True)
class StatisticsRequest:
    """A request for statistics.

    Attributes:
        bounds: where they are made.
        grid: the pixels.
        data: the sources.
        script: the evalscript.
        intervals: what they are made for.
        calculations: percentiles and histograms, by output.
        warnings: which fields are ignored.
    """

    bounds: Bounds
    grid: Grid
    data: tuple[Data, ...]
    script: str
    intervals: tuple[Span, ...]
    calculations: Mapping[str, Calculations]
    warnings: tuple[str, ...]


def read_statistics_request(body: Node) -> StatisticsRequest:
    """Return what the body of a request for statistics means.

    Raises:
        ServiceError: it says something it must not.
    """
    warnings = check_fields(body.mapping(), STATISTICS)
    aggregation = body.need("aggregation")
    span, intervals = _read_intervals(aggregation)
    bounds, grid, data = read_input(body.need("input"), aggregation, span)
    script = aggregation.need("evalscript").text()
    calculations = body.get("calculations")
    asked = {} if calculations is None else read_calculations(calculations)
    return StatisticsRequest(bounds, grid, data, script, intervals, asked, warnings)


def statistics(body: Node, source: Source, programs: Programs, deadline: Deadline) -> Reply:
    """Return the statistics that a request asks for, as JSON.

    Args:
        body: its JSON.
        source: where scenes come from.
        programs: the scripts that are loaded.
        deadline: when it has to be done.

    Raises:
        ServiceError: the request is at fault, or its script does not load.
    """
    request = read_statistics_request(body)
    mask = request.bounds.mask(request.grid)
    rows: list[dict[str, Any]] = []
    samples, failed, room = 0, 0, _Room()
    last: Program | None = None
    for begin, end in request.intervals:
        # A script that keeps state is loaded again for each interval, as at the service.
        with programs.loaded(request.script, request.data, "statistics") as program:
            last = program
            _check_outputs(program)
            data = tuple(replace(item, span=(begin, end - _MOMENT)) for item in request.data)
            try:
                scenes = read_scenes(program, data, request.grid, source, mask, deadline)
            except ScriptTimeout as error:
                row, counted = _failed(error, deadline), 0
            else:
                if not any(scenes.values()):
                    continue
                row, counted = _row(program, request, data, scenes, deadline, room)
        samples += counted
        failed += "error" in row
        rows.append({"interval": {"from": written(begin), "to": written(end)}, **row})
    cost = None if last is None else _priced(last, request, samples)
    status = "OK" if not failed else "FAILED" if failed == len(rows) else "PARTIAL"
    answer = json.dumps({"data": rows, "status": status}).encode()
    return Reply(answer, "application/json", cost, request.warnings + warn(request.data, request.grid, source))


def _row(
    program: Program,
    request: StatisticsRequest,
    data: Sequence[Data],
    scenes: Mapping[str, tuple[Scene, ...]],
    deadline: Deadline,
    room: _Room,
) -> tuple[dict[str, Any], int]:
    """The statistics of an interval, or why it fails; and how many samples a pixel had."""
    try:
        outputs = run(program, data, request.grid, scenes, deadline)
        return {"outputs": _described(outputs, request.calculations, room)}, max(outputs.samples, default=1)
    except _TooLarge:
        raise
    except OsoError as error:
        return _failed(error, deadline), 0


def _failed(error: OsoError, deadline: Deadline) -> dict[str, Any]:
    """Why an interval has no statistics; if the client has disconnected, nobody is to know."""
    if deadline.cancelled.is_set():
        raise error
    kind = "TIMEOUT" if isinstance(error, LIMITS) or isinstance(error.__context__, LIMITS) else "EXECUTION_ERROR"
    return {"error": {"type": kind, "message": str(error)}}


def _described(outputs: Outputs, calculations: Mapping[str, Calculations], room: _Room) -> dict[str, Any]:
    masks = _masks(outputs)
    found = {}
    for output in outputs.declared:
        if output.id == MASK or output.id not in outputs:
            continue
        array: NDArray[Any] = outputs[output.id]
        own = calculations.get(output.id) or calculations.get("default") or Calculations()
        names = output.names or tuple(f"B{index}" for index in range(output.bands))
        valid = masks.get(output.id)
        bands = {}
        for name, values in zip(names, array, strict=True):
            bands[name] = describe(values, valid, own.of(name))
            room.take(len(bands[name].get("histogram", {}).get("bins", ())) + len(own.of(name).percentiles) + 1)
        found[output.id] = {"bands": bands}
    return found


def _masks(outputs: Outputs) -> dict[str, NDArray[np.bool_]]:
    """Where each output counts: as its band of the output dataMask says, or the only band of it."""
    declared = next((output for output in outputs.declared if output.id == MASK), None)
    if declared is None or MASK not in outputs:
        return {}
    bands: NDArray[Any] = outputs[MASK] != 0
    if declared.names:
        return dict(zip(declared.names, bands, strict=True))
    others: list[Output] = [output for output in outputs.declared if output.id != MASK]
    return {output.id: bands[min(index, len(bands) - 1)] for index, output in enumerate(others)}


def _check_outputs(program: Program) -> None:
    if not any(output.id == MASK for output in program.setup.outputs):
        raise bad_payload(f"Output {MASK} requested but missing from function setup()")


def _priced(program: Program, request: StatisticsRequest, samples: int) -> Cost:
    formats = dict.fromkeys((output.id for output in program.setup.outputs if output.id != MASK), "")
    return price_run(program, request.data, request.grid, formats, Api.STATISTICS, samples)


def _read_intervals(aggregation: Node) -> tuple[Span, tuple[Span, ...]]:
    span = aggregation.need("timeRange").span()
    interval = aggregation.need("aggregationInterval")
    of, last = interval.need("of"), interval.get("lastIntervalBehavior")
    behaviour = "SKIP" if last is None else last.choice(LAST_INTERVALS)
    try:
        intervals = split(span, read_period(of.text()), behaviour)
    except RequestError as error:
        raise bad_payload(str(error), of.path) from None
    if len(intervals) > MAX_INTERVALS:
        raise ServiceError(
            400, EXCEPTION, f"The time range has {len(intervals):,} intervals, more than {MAX_INTERVALS:,}."
        )
    return span, intervals
