"""The Process API: one image, or several, of a script's outputs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.contract import Output
from oso_evalscript.model.cost import Api, Cost, Samples
from oso_evalscript.model.errors import ArrayError, OsoError
from oso_evalscript.pricing.estimate import cost_of_answer
from oso_evalscript.rasters.grid import Grid
from oso_evalscript.runtime.outputs import Outputs
from oso_evalscript.runtime.program import Program
from oso_evalscript.runtime.scene import Scene
from oso_evalscript.service.encoding import (
    CONTAINERS,
    ENDINGS,
    JSON,
    PNG,
    USUAL_QUALITY,
    X_TAR,
    File,
    check_format,
    encode,
    pack,
    to_json,
)
from oso_evalscript.service.errors import BAD_PAYLOAD, RENDERER, ServiceError, bad_payload, not_served, service_error
from oso_evalscript.service.fields import PROCESS, check_fields
from oso_evalscript.service.node import Node, read_json
from oso_evalscript.service.programs import NAME, Deadline, Programs, bound
from oso_evalscript.service.request import Bounds, Data, read_input
from oso_evalscript.service.sources import MAX_VALUES, Source

USER_DATA = "userdata"
MASK = "dataMask"
_ANY = ("*/*", "image/*")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a request is answered with.

    Attributes:
        body: the bytes.
        mime: their content type.
        cost: the cost of the request at the service; None if it is free.
        warnings: the fields that were ignored, and the warnings of the run.
    """

    body: bytes
    mime: str
    cost: Cost | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Response:
    """One file that is asked for.

    Attributes:
        identifier: the output, or `userdata`.
        mime: its format.
        quality: of JPEG.
    """

    identifier: str
    mime: str
    quality: int = USUAL_QUALITY


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """A request for images.

    Attributes:
        bounds: where they lie.
        grid: their pixels.
        data: the sources.
        script: the evalscript.
        responses: the files that are asked for.
        container: in what several come, None for one file alone.
        warnings: which fields are ignored.
    """

    bounds: Bounds
    grid: Grid
    data: tuple[Data, ...]
    script: str
    responses: tuple[Response, ...]
    container: str | None
    warnings: tuple[str, ...]


def read_image_request(body: Node, accept: str) -> ImageRequest:
    """Return what the body of a request for images means.

    Args:
        body: its JSON.
        accept: the header of that name, empty where there is none.

    Raises:
        ServiceError: it says something it must not.
    """
    warnings = check_fields(body.mapping(), PROCESS)
    output = body.get("output") or Node({}, "output")
    bounds, grid, data = read_input(body.need("input"), output)
    script = body.need("evalscript").text()
    if not script.strip():
        raise bad_payload("`evalscript` is empty.", "evalscript")
    responses, container = _read_responses(output, accept)
    return ImageRequest(bounds, grid, data, script, responses, container, warnings)


def process(body: Node, accept: str, source: Source, programs: Programs, deadline: Deadline) -> Reply:
    """Return the images that a request asks for.

    Args:
        body: its JSON.
        accept: the header of that name.
        source: where scenes come from.
        programs: the scripts that are loaded.
        deadline: when it has to be done.

    Raises:
        ServiceError: the request or its script is at fault.
    """
    request = read_image_request(body, accept)
    with programs.loaded(request.script, request.data, "process") as program:
        asked = _asked(request, program)
        mask = request.bounds.mask(request.grid)
        scenes = read_scenes(program, request.data, request.grid, source, mask, deadline)
        outputs = run(program, request.data, request.grid, scenes, deadline)
        files = [_file(response, outputs, request.grid) for response in request.responses]
        samples = max(outputs.samples, default=1)
        cost = price_run(program, request.data, request.grid, asked, Api.PROCESS, samples)
    warnings = request.warnings + warn(request.data, request.grid, source) + outputs.notices
    if request.container is not None:
        packed, mime = pack(files, request.container)
        return Reply(packed, mime, cost, warnings)
    return Reply(files[0].data, files[0].mime, cost, warnings)


def warn(data: Sequence[Data], grid: Grid, source: Source) -> tuple[str, ...]:
    """Return sentences about filters of a request that do nothing here, or let nothing through."""
    return tuple(dict.fromkeys(sentence for item in data for sentence in source.warn(item, grid)))


def read_scenes(
    program: Program,
    data: Sequence[Data],
    grid: Grid,
    source: Source,
    mask: NDArray[np.bool_] | None,
    deadline: Deadline,
) -> dict[str, tuple[Scene, ...]]:
    """Return the scenes of each input of a script.

    Args:
        program: the script.
        data: the sources of the request.
        grid: its pixels.
        source: where scenes come from.
        mask: the pixels within the geometry; None without a geometry.
        deadline: when they have to be there.

    Raises:
        ServiceError: they are too many, or there is no such collection.
    """
    setup = program.setup
    scenes = {}
    for index, number in enumerate(bound(program, data)):
        found = source.read(data[number], setup.inputs[index], grid, deadline, setup.mosaicking_of(index))
        scenes[setup.key(index)] = found if mask is None else tuple(_clipped(scene, mask) for scene in found)
    return scenes


def run(
    program: Program,
    data: Sequence[Data],
    grid: Grid,
    scenes: Mapping[str, tuple[Scene, ...]],
    deadline: Deadline,
) -> Outputs:
    """Return the outputs of a script for some scenes.

    Args:
        program: the script.
        data: the sources of the request.
        grid: its pixels.
        scenes: those of each input.
        deadline: when it has to be done.

    Raises:
        ServiceError: the script fails, or the scenes do not fit it.
    """
    setup = program.setup
    used = {setup.key(index): data[number] for index, number in enumerate(bound(program, data))}
    try:
        deadline()
        return program.run(
            scenes if setup.fusion else scenes[setup.key(0)],
            order={key: item.order for key, item in used.items()},
            time_range={key: item.span for key, item in used.items() if item.span is not None},
            shape=(grid.height, grid.width),
            progress=deadline,
            most=MAX_VALUES,
        )
    except ArrayError as error:
        raise ServiceError(400, RENDERER, str(error)) from None
    except OsoError as error:
        raise service_error(error, NAME) from None


def price_run(
    program: Program,
    data: Sequence[Data],
    grid: Grid,
    formats: Mapping[str, str],
    api: Api,
    samples: int,
) -> Cost:
    """Return the cost of a request.

    Args:
        program: its script.
        data: its sources.
        grid: its pixels.
        formats: the requested outputs and their formats.
        api: the API that it was sent to.
        samples: how many samples a pixel had.
    """
    kinds = [(item.collection.id, item.processing) for item in data]
    return cost_of_answer(program, api, (grid.width, grid.height), formats, kinds, Samples(max(samples, 1), "as run"))


def read_form(parts: Mapping[str, bytes]) -> bytes:
    """Return the JSON of a request that came as a form with the parts `request` and `evalscript`.

    Raises:
        ServiceError: one of them is missing.
    """
    missing = next((name for name in ("request", "evalscript") if name not in parts), None)
    if missing is not None:
        raise bad_payload(f"The part `{missing}` of the form is missing.", missing)
    body = dict(read_json(parts["request"]).mapping())
    try:
        script = parts["evalscript"].decode()
    except UnicodeDecodeError:
        raise bad_payload("The part `evalscript` is not UTF-8.", "evalscript") from None
    if isinstance(body.get("aggregation"), dict):
        body["aggregation"] = {**body["aggregation"], "evalscript": script}
    else:
        body["evalscript"] = script
    return json.dumps(body).encode()


def _clipped(scene: Scene, mask: NDArray[np.bool_]) -> Scene:
    """A scene with data inside a polygon alone."""
    own = scene.bands.get(MASK)
    inner = mask if own is None else mask & (np.asarray(own) != 0)
    return replace(scene, bands={**scene.bands, MASK: inner.astype(np.uint8)})


def _asked(request: ImageRequest, program: Program) -> dict[str, str]:
    """The formats of the outputs that are asked for; each is one that its output can have."""
    outputs = {output.id: output for output in program.setup.outputs}
    asked = {}
    for response in request.responses:
        if response.identifier == USER_DATA:
            continue
        output = outputs.get(response.identifier)
        if output is None:
            raise bad_payload(f"Output {response.identifier} requested but missing from function setup()")
        if "updateOutput" not in program.hooks:
            check_format(output, response.mime)
        asked[output.id] = response.mime
    return asked


def _file(response: Response, outputs: Outputs, grid: Grid) -> File:
    if response.identifier == USER_DATA:
        return File(USER_DATA, JSON, to_json({} if outputs.user_data is None else outputs.user_data))
    declared = next((output for output in outputs.declared if output.id == response.identifier), None)
    if declared is None or response.identifier not in outputs:
        raise ServiceError(400, RENDERER, "Script must return an array.")
    array: NDArray[Any] = outputs[response.identifier]
    output: Output = declared
    check_format(output, response.mime)
    return File(response.identifier, response.mime, encode(array, output, response.mime, grid, response.quality))


def _read_responses(output: Node, accept: str) -> tuple[tuple[Response, ...], str | None]:
    """The files that are asked for; the header stands above the formats in the body."""
    listed = output.get("responses")
    found = (Response("default", PNG),) if listed is None else tuple(_read_response(item) for item in listed.items())
    if len({item.identifier for item in found}) < len(found):
        raise bad_payload("Two responses have one `identifier`.", "output->responses")
    wanted = [part.partition(";")[0].strip().lower() for part in accept.split(",") if part.strip()]
    container = next((mime for mime in wanted if mime in CONTAINERS), None)
    if container is not None:
        return found, container
    own = tuple(item.mime for item in found)
    if "application/octet-stream" in wanted and not set(wanted) & {*own, *_ANY}:
        raise not_served("`Accept: application/octet-stream`, whose order of bytes is not documented")
    if len(found) > 1:
        if wanted and not set(wanted) & {*_ANY, "application/*"}:
            raise bad_payload("Several responses need `Accept: application/tar` or `multipart/mixed`.", "Accept")
        return found, X_TAR
    if not wanted or own[0] in wanted or set(wanted) & set(_ANY):
        return found, None
    other = next((mime for mime in wanted if mime in ENDINGS), None)
    if other is None:
        raise ServiceError(406, BAD_PAYLOAD, f"None of {accept[:80]} can be answered; the response is {own[0]}.")
    return (replace(found[0], mime=other),), None


def _read_response(node: Node) -> Response:
    identifier, format_ = node.get("identifier"), node.get("format")
    name = "default" if identifier is None else identifier.text()
    usual = JSON if name == USER_DATA else PNG
    type_ = None if format_ is None else format_.get("type")
    quality = None if format_ is None else format_.get("quality")
    mime = usual if type_ is None else type_.choice(tuple(ENDINGS))
    if name == USER_DATA and mime != JSON:
        raise bad_payload("The response `userdata` has the format application/json.", node.path)
    return Response(name, mime, USUAL_QUALITY if quality is None else quality.whole(0, 100))
