"""`cost`: what a request with a script costs; the contract is that which `setup()` returns."""

from __future__ import annotations

import datetime as dt
import difflib
import operator
from collections.abc import Collection as Group
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from oso_evalscript.model.catalog import named_collection
from oso_evalscript.model.contract import SampleType, Setup
from oso_evalscript.model.cost import FORMATS, UNPROCESSED, Api, Cost, Processing, Samples, Workload, price, search_cost
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import RequestError
from oso_evalscript.model.text import AnySource, Source
from oso_evalscript.pricing.endpoints import is_remote
from oso_evalscript.pricing.periods import Span, read_period, read_time_range, split
from oso_evalscript.pricing.request import Data, Request, Search, read_processing
from oso_evalscript.pricing.samples import Counted, count_samples
from oso_evalscript.runtime.outputs import Outputs
from oso_evalscript.runtime.program import Program

ApiName: TypeAlias = Literal["process", "statistics", "async", "batch"]
"""The API that a request is sent to."""

Moment: TypeAlias = "dt.datetime | dt.date | str"

_MAX_SIZE = 10**9
_SENTINEL_1 = "sentinel-1"


def cost(
    source: AnySource,
    *,
    width: int,
    height: int,
    samples: int | None = None,
    format: str = "image/tiff",  # noqa: A002  # the word of the service's requests
    api: ApiName = "process",
    collection: str | Mapping[str, str] | None = None,
    time_range: tuple[Moment, Moment] | None = None,
    interval: str | None = None,
    processing: Mapping[str, object] | None = None,
    outputs: Group[str] | None = None,
    remote: Group[str] = (),
) -> Cost:
    """Estimate the cost of a request with this script.

    Bands and sample types are those of `setup()`. If the number of samples follows from the time range,
    `preProcessScenes` runs on made-up scenes. If it is unknown, one sample is assumed.

    Args:
        source: the script.
        width: columns of the image.
        height: rows of the image.
        samples: samples per pixel under ORBIT and TILE, or in statistics; by default from the time range.
        format: the MIME type of the response.
        api: the API that answers the request.
        collection: where the bands come from, by id, alias or type; for several inputs a mapping from their names.
        time_range: start and end of the request; an end without a time means the end of that day.
        interval: for statistics, the length of an interval, such as P10D; by default the time range.
        processing: the processing of Sentinel-1 inputs, as in requests: `{"orthorectify": True}`.
        outputs: the ids of the requested outputs; by default all.
        remote: the names of inputs hosted at another endpoint.

    Raises:
        ScriptError: the script does not load, or `setup()` fails.
        RequestError: an argument is invalid.
    """
    span = None if time_range is None else read_time_range(time_range)
    asked = _Asked(
        size=(_size("width", width), _size("height", height)),
        samples=_samples(samples),
        mime=_format(format),
        api=_api(api),
        span=span,
        intervals=_intervals(_api(api), span, interval),
        processing=UNPROCESSED if processing is None else read_processing(processing),
    )
    with Program(source, collection=collection) as program:
        return _cost_of_script(program, asked, outputs, remote)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a caller says of a request, checked."""

    size: tuple[int, int]
    samples: int | None
    mime: str
    api: Api
    span: Span | None
    intervals: tuple[Span, ...] | None
    processing: Processing


def _cost_of_script(program: Program, asked: _Asked, outputs: Group[str] | None, remote: Group[str]) -> Cost:
    setup = program.setup
    ids = [output.id for output in setup.outputs]
    _check_names(remote, [setup.key(index) for index in range(len(setup.inputs))], "input")
    _check_names(outputs or (), ids, "output")
    spans = [asked.span] * len(setup.inputs)
    counted = count_samples(program, program.origins, spans, asked.samples, asked.intervals)
    data = [Data(type="" if origin is None else origin.id, processing=asked.processing) for origin in program.origins]
    formats = dict.fromkeys(ids if outputs is None else outputs, asked.mime)
    workload = _workload(program, asked.api, asked.size, formats, data, counted.samples)
    return _priced(replace(workload, remote=len(set(remote))), program.source, counted)


def cost_of_request(request: Request | Search, samples: int | None = None) -> Cost:
    """Return what a request costs that was read from JSON.

    Args:
        request: the request.
        samples: how many samples a pixel has, where that is known better than from the time range.

    Raises:
        ScriptError: its script does not load, or `setup()` fails.
        RequestError: it and its script do not fit together.
    """
    if isinstance(request, Search):
        return search_cost(request.square_kilometres, request.months)
    told = _samples(samples)
    homes = [named_collection(item.type) for item in request.data]
    simple = "setup" not in request.source.text  # such a script does not say which of its names are bands
    with Program(request.source, collection=request.data[0].type if simple and homes[0] else None) as program:
        chosen = _bound(request, program.setup)
        data = [request.data[index] for index in chosen]
        statistics = request.api is Api.STATISTICS
        spans = [item.time_range for item in data]
        collections = [homes[index] for index in chosen]
        counted = count_samples(program, collections, spans, told, request.intervals if statistics else None)
        if not statistics:
            _check_responses(request, program.setup)
        formats = (
            dict.fromkeys((output.id for output in program.setup.outputs), "") if statistics else request.responses
        )
        workload = _workload(program, request.api, (request.width, request.height), formats, data, counted.samples)
        unread = [()] * len(set(range(len(homes))) - set(chosen))
        remote = sum(home is not None and is_remote(request.address, home.id) is True for home in homes)
        workload = replace(workload, bands=(*workload.bands, *unread), remote=remote)
        return _priced(workload, program.source, counted)


def cost_of_run(program: Program, outputs: Outputs, mime: str, ids: Group[str] = ()) -> tuple[Cost, str]:
    """Return what the request costs that gives the same as a run of a program, and what it asks for in words.

    Args:
        program: the program.
        outputs: what the run gave.
        mime: the format in which the request would have it; numbers of 32 bits come as TIFF.
        ids: the outputs that are asked for; without them, all.
    """
    setup = program.setup
    asked = [item for item in setup.outputs if item.id in outputs and (not ids or item.id in ids)]
    formats = {item.id: "image/tiff" if item.sample_type is SampleType.FLOAT32 else mime for item in asked}
    shape = next((array.shape[1:] for array in outputs.values()), (1, 1))
    size = max(shape[1], 1), max(shape[0], 1)
    samples = Samples(max(outputs.samples, default=1), "as in the run")
    data = [Data(type="" if origin is None else origin.id) for origin in program.origins]
    words = f"{size[0]} x {size[1]} pixels" + "".join(f", {each}" for each in sorted(set(formats.values())))
    return price(_workload(program, Api.PROCESS, size, formats, data, samples)), words


def cost_of_answer(
    program: Program,
    api: Api,
    size: tuple[int, int],
    formats: Mapping[str, str],
    sources: Sequence[tuple[str, Processing]],
    samples: Samples,
) -> Cost:
    """Return what a request costs that was answered, as far as the answer tells.

    Args:
        program: its script.
        api: where it was sent to.
        size: columns and rows.
        formats: the id of each output that was asked for, and its format.
        sources: the collection of each source, and what its data went through.
        samples: how many samples a pixel had.
    """
    data = [Data(type=id_, processing=processing) for id_, processing in sources]
    return price(_workload(program, api, size, formats, data, samples))


def _workload(
    program: Program,
    api: Api,
    size: tuple[int, int],
    formats: Mapping[str, str],
    data: Sequence[Data],
    samples: Samples,
) -> Workload:
    setup = program.setup
    skipped = "dataMask" if api is Api.STATISTICS else None  # it is the mask of the others, and not reported
    return Workload(
        width=size[0],
        height=size[1],
        bands=tuple(input.bands for input in setup.inputs),
        outputs=tuple(
            (output.sample_type, formats[output.id])
            for output in setup.outputs
            if output.id in formats and output.id != skipped
        ),
        samples=samples,
        api=api,
        processing=tuple(item.processing for item in data if _may_be_radar(item)),
    )


def _priced(workload: Workload, source: Source, counted: Counted) -> Cost:
    from oso_evalscript.pricing.savings import find_savings  # the parser takes time to load

    found = price(workload)
    unknowns = (*counted.unknowns, *found.unknowns)
    return replace(found, unknowns=unknowns, savings=find_savings(workload, source))


def _may_be_radar(data: Data) -> bool:
    """Whether a source is of Sentinel-1, or of nobody knows what."""
    known = named_collection(data.type)
    return known is None or known.id.startswith(_SENTINEL_1)


def _intervals(api: Api, span: Span | None, interval: str | None) -> tuple[Span, ...] | None:
    """The intervals of statistics, none where the time range is not known; None for an image."""
    if api is not Api.STATISTICS:
        if interval is not None:
            raise RequestError("an interval is only for the API statistics")
        return None
    if span is None:
        return ()
    return (span,) if interval is None else split(span, read_period(interval))


def _bound(request: Request, setup: Setup) -> list[int]:
    """The number of the source of each input: that of its `datasource`, or the one in its place."""
    numbers = {item.id: index for index, item in enumerate(request.data) if item.id is not None}
    found = []
    for index, input in enumerate(setup.inputs):
        number = numbers.get(input.datasource or "", index)
        if setup.fusion and input.datasource is not None and input.datasource not in numbers:
            name = escaped(input.datasource)
            raise RequestError(f"{request.name}: the script reads `{name}`, which is not an id in `input.data`")
        if number >= len(request.data):
            raise RequestError(
                f"{request.name}: the script has {len(setup.inputs)} inputs and `input.data` {len(request.data)}"
            )
        found.append(number)
    return found


def _check_names(given: Group[str], known: Sequence[str], what: str) -> None:
    for name in given:
        if name not in known:
            raise RequestError(f"the script has no {what} `{name}`; it has {escaped(', '.join(known))}")


def _check_responses(request: Request, setup: Setup) -> None:
    ids = {output.id for output in setup.outputs} | {"userdata"}
    for identifier in request.responses:
        if identifier not in ids:
            raise RequestError(
                f"{request.name}: Output {escaped(identifier)} requested but missing from function setup()"
            )


def _size(name: str, given: object) -> int:
    number = _whole(given)
    if number is None or not 1 <= number <= _MAX_SIZE:
        raise RequestError(f"the {name} is {given!r}: expected a positive whole number of pixels")
    return number


def _samples(given: object) -> int | None:
    number = None if given is None else _whole(given)
    if given is not None and (number is None or not 1 <= number <= _MAX_SIZE):
        raise RequestError(f"the number of samples is {given!r}: expected a positive whole number")
    return number


def _whole(given: object) -> int | None:
    try:
        return None if isinstance(given, bool) else operator.index(given)  # type: ignore[arg-type]
    except TypeError:
        return None


def _format(given: object) -> str:
    if given in FORMATS:
        return str(given)
    near = difflib.get_close_matches(str(given).lower(), [*FORMATS, *(mime.partition("/")[2] for mime in FORMATS)], 1)
    meant = next((mime for mime in FORMATS if near and mime.endswith(near[0])), None)
    hint = f"; did you mean `{meant}`?" if meant else f": expected one of {', '.join(FORMATS)}"
    raise RequestError(f"`{given}` is not a format that can be requested{hint}")


def _api(given: object) -> Api:
    names = [str(item) for item in Api if item is not Api.CATALOG]
    if given not in names:
        raise RequestError(f"`{given}` is not an API whose cost is known: expected one of {', '.join(names)}")
    return Api(str(given))
