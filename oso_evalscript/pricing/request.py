"""Requests as JSON: what is sent to the Process, Statistical and Catalog APIs, read for what it costs.

A file holds the body of a request, or what sentinelhub-py keeps in its cache folder: the body as `payload`, its
address, and the headers of the answer, in which the service says what it charged.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oso_evalscript.model.cost import FORMATS, MAX_SIDE, UNPROCESSED, Api, Processing
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import RequestError
from oso_evalscript.model.text import LARGEST, Source
from oso_evalscript.pricing.periods import LAST_INTERVALS, Span, months_begun, read_period, read_time_range, split

_LARGEST_FILE = 16 * LARGEST
_DEFAULT_SIDE = 256
_EARTH_RADIUS = 6371.0072  # km, of the sphere with the surface of the Earth
_HUGE = 1e100  # beyond all that a request can mean
SPENT = "x-processingunits-spent"
"""The header of an answer with its cost."""
_BACKSCATTER = ("BETA0", "SIGMA0_ELLIPSOID", "GAMMA0_ELLIPSOID", "GAMMA0_TERRAIN")
_EXPECTED = "expected the body of a Process, Statistical or Catalog request, or a `request.json` of sentinelhub-py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """One source of a request.

    Attributes:
        type: the collection, as requests name it; empty where it is not known.
        id: the name that scripts know it by.
        time_range: from when to when; None where nothing tells.
        processing: what Sentinel-1 data goes through.
    """

    type: str = ""
    id: str | None = None
    time_range: Span | None = None
    processing: Processing = UNPROCESSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request for an image or for statistics.

    Attributes:
        name: what messages call it.
        api: where it is sent to.
        source: the evalscript.
        width: columns.
        height: rows.
        responses: identifier of an output → its format; empty for statistics.
        data: the sources.
        intervals: what statistics are made for.
        address: where it was sent to; empty where nothing tells.
        recorded: what the service said that it cost.
    """

    name: str
    api: Api
    source: Source
    width: int
    height: int
    responses: Mapping[str, str]
    data: tuple[Data, ...]
    intervals: tuple[Span, ...] = ()
    address: str = ""
    recorded: float | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """A search in the catalogue.

    Attributes:
        name: what messages call it.
        square_kilometres: the area of the box that is searched.
        months: the length of the time range, in months begun.
        recorded: what the service said that it cost.
    """

    name: str
    square_kilometres: float
    months: int
    recorded: float | None = None


def read_request_file(path: Path) -> Request | Search:
    """Return the request in a JSON file.

    Raises:
        RequestError: the file cannot be read, or holds something else.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE)
    except OSError as error:
        raise RequestError(f"{path}: cannot be read ({error.strerror or error})") from None
    return read_request(data, str(path))


def read_request(data: bytes, name: str) -> Request | Search:
    """Return the request that the bytes of a JSON file mean; messages call it `name`.

    Raises:
        RequestError: they mean something else, or a request that the service would refuse.
    """
    if len(data) >= _LARGEST_FILE:
        raise RequestError(f"{name}: is larger than {_LARGEST_FILE:,} bytes, too large for a request")
    try:
        value = json.loads(data)
    except UnicodeDecodeError:
        raise RequestError(f"{name}: is not UTF-8, so not JSON either") from None
    except RecursionError:
        raise RequestError(f"{name}: is nested too deeply") from None
    except ValueError as error:
        raise RequestError(f"{name}: is not JSON ({error})") from None
    try:
        return _read(_Node(value, ""), name)
    except RequestError as error:
        raise RequestError(f"{name}: {escaped(str(error))}") from None


def find_requests(folder: Path) -> tuple[Path, ...]:
    """Return the files `request.json` of a cache folder of sentinelhub-py: its own, or those of the folders in it.

    Raises:
        RequestError: there is none.
    """
    own = folder / "request.json"
    try:
        found = (own,) if own.is_file() else tuple(sorted(folder.glob("*/request.json")))
    except OSError as error:
        raise RequestError(f"{folder}: cannot be read ({error.strerror or error})") from None
    if not found:
        raise RequestError(f"{folder}: contains no `request.json`, as cache folders of sentinelhub-py do")
    return found


def square_kilometres(box: tuple[float, float, float, float]) -> float:
    """Return the area of a box in degrees, on a sphere with the surface of the Earth."""
    left, bottom, right, top = box
    band = math.sin(math.radians(top)) - math.sin(math.radians(bottom))
    return _EARTH_RADIUS**2 * math.radians(right - left) * band


def read_processing(raw: object) -> Processing:
    """Return what a request's `processing` means for Sentinel-1 data.

    Raises:
        RequestError: a value is not one that the service knows.
    """
    return _processing(_Node(raw, "processing"))


@dataclass(frozen=True, slots=True)
class _Node:
    """A value of the JSON and where it stands, so that messages can name it."""

    value: Any
    path: str

    def mapping(self) -> Mapping[str, Any]:
        if not isinstance(self.value, Mapping):
            raise self.wrong("an object")
        return self.value

    def has(self, key: str) -> bool:
        return key in self.mapping()

    def get(self, key: str) -> _Node | None:
        """The value of a key; None where there is none, or null."""
        value = self.mapping().get(key)
        return None if value is None else _Node(value, f"{self.path}.{key}" if self.path else key)

    def need(self, key: str) -> _Node:
        found = self.get(key)
        if found is None:
            raise RequestError(
                f"`{self.path}` lacks `{key}`"
                if self.path
                else f"is not a request, because it lacks `{key}`: {_EXPECTED}"
            )
        return found

    def items(self) -> Iterator[_Node]:
        if not isinstance(self.value, list) or not self.value:
            raise self.wrong("a list with at least one entry")
        for index, item in enumerate(self.value):
            yield _Node(item, f"{self.path}[{index}]")

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.wrong("text")
        return self.value

    def choice(self, words: Sequence[str]) -> str:
        if self.value not in words:
            raise self.wrong(f"one of {', '.join(words)}")
        return str(self.value)

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.wrong("true or false")
        return self.value

    def whole(self, most: int) -> int:
        value = self.value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise self.wrong(f"a whole number from 1 to {most}")
        return value

    def number(self) -> float:
        if isinstance(self.value, bool) or not isinstance(self.value, int | float) or not abs(self.value) < _HUGE:
            raise self.wrong("a number")
        return float(self.value)

    def span(self) -> Span:
        given = self.need("from").text(), self.need("to").text()
        try:
            return read_time_range(given)
        except RequestError as error:
            raise RequestError(f"`{self.path}`: {error}") from None

    def wrong(self, expected: str) -> RequestError:
        shown = json.dumps(self.value, ensure_ascii=False, default=repr)
        shown = shown if len(shown) <= 40 else f"{shown[:39]}…"
        what = f"`{self.path}` is {shown}: expected {expected}" if self.path else f"is not a request: {_EXPECTED}"
        return RequestError(what)


def _read(root: _Node, name: str) -> Request | Search:
    kept = root.get("request") or root  # newer versions of sentinelhub-py keep request and response apart
    address = kept.get("url")
    body = kept if address is None else _Node(kept.need("payload").value, "")
    api = _api(body, "" if address is None else address.text())
    recorded = recorded_units(root.value) if address is not None else None
    if api is Api.CATALOG:
        return _read_search(body, name, recorded)
    statistics = api is Api.STATISTICS
    input, result = body.need("input"), body.need("aggregation" if statistics else "output")
    script = (result if statistics else body).need("evalscript").text()
    width, height = _size(result, input.need("bounds"), MAX_SIDE[api])
    span, intervals = _intervals(result) if statistics else (None, ())
    return Request(
        name=name,
        api=api,
        source=Source(script, f"{name} (evalscript)"),
        width=width,
        height=height,
        responses={} if statistics else _responses(result, kept.get("headers") if address is not None else None),
        data=tuple(_data(item, span) for item in input.need("data").items()),
        intervals=intervals,
        address="" if address is None else address.text(),
        recorded=recorded,
    )


def _api(body: _Node, address: str) -> Api:
    """Where a request is sent to: that of its address, or the one whose keys it has."""
    input, output = body.get("input"), body.get("output")
    if body.get("processRequest") or "/batch" in address or (input and input.has("features")):
        raise RequestError(
            "the size of a batch request follows from its tiles: pass the evalscript instead, "
            "with --api batch and --size"
        )
    if body.get("aggregation"):
        return Api.STATISTICS
    if body.get("collections") and not input:
        return Api.CATALOG
    return Api.ASYNC if "/async/" in address or (output and output.has("delivery")) else Api.PROCESS


def _processing(node: _Node) -> Processing:
    speckle, coefficient, orthorectify = node.get("speckleFilter"), node.get("backCoeff"), node.get("orthorectify")
    return Processing(
        orthorectified=orthorectify is not None and orthorectify.flag(),
        terrain_corrected=coefficient is not None and coefficient.choice(_BACKSCATTER) == "GAMMA0_TERRAIN",
        speckle_filtered=speckle is not None and speckle.need("type").choice(("NONE", "LEE")) == "LEE",
    )


def _size(result: _Node, bounds: _Node, most: int) -> tuple[int, int]:
    """Columns and rows of the image: as they are said, or from the resolution."""
    sides = [result.get("width"), result.get("height")]
    steps = [result.get("resx"), result.get("resy")]
    if any(sides) and any(steps):
        raise RequestError(
            f"`{result.path}` has both width or height and resx or resy; the service takes only one pair"
        )
    if not any(steps):
        width, height = (_DEFAULT_SIDE if side is None else side.whole(most) for side in sides)
        return width, height
    left, bottom, right, top = _box(bounds)
    width, height = (
        _pixels(result.need(key), extent, most) for key, extent in (("resx", right - left), ("resy", top - bottom))
    )
    return width, height


def _pixels(step: _Node, extent: float, most: int) -> int:
    """How many pixels of that size an extent has; to the nearest, as the client rounds."""
    if not step.number() > 1 / _HUGE:
        raise step.wrong("a number above 0")
    count = max(round(extent / step.number()), 1)
    if count > most:
        raise RequestError(f"`{step.path}` {step.value} gives {count:,} pixels; the service takes at most {most:,}")
    return count


def _box(bounds: _Node) -> tuple[float, float, float, float]:
    """The box of a request: the one it names, or that around its geometry."""
    box = bounds.get("bbox")
    if box is not None:
        numbers = [item.number() for item in box.items()]
        if len(numbers) != 4 or numbers[0] > numbers[2] or numbers[1] > numbers[3]:
            raise box.wrong("four numbers: min x, min y, max x, max y")
        return numbers[0], numbers[1], numbers[2], numbers[3]
    geometry = bounds.get("geometry")
    if geometry is None:
        raise RequestError(f"`{bounds.path}` has neither `bbox` nor `geometry`, so its size is unknown")
    return _around(geometry)


def _around(geometry: _Node) -> tuple[float, float, float, float]:
    pairs: list[tuple[float, float]] = []
    todo = [geometry.need("coordinates")]
    while todo:
        items = list(todo.pop().items())
        if isinstance(items[0].value, list):
            todo += items
        elif len(items) >= 2:
            pairs.append((items[0].number(), items[1].number()))
        else:
            raise geometry.wrong("a GeoJSON polygon")
    xs, ys = zip(*pairs, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _responses(output: _Node, headers: _Node | None) -> dict[str, str]:
    """The format of each response; an `accept` header stands above the formats of the body."""
    accept = (
        "" if headers is None else next((str(v) for k, v in headers.mapping().items() if k.lower() == "accept"), "")
    )
    wanted = accept if accept == "application/octet-stream" else None
    responses = output.get("responses")
    if responses is None:
        return {"default": wanted or "image/png"}
    found = {}
    for item in responses.items():
        identifier, type_ = item.get("identifier"), item.get("format") and item.need("format").get("type")
        mime = "image/png" if type_ is None else type_.choice(FORMATS)
        found["default" if identifier is None else identifier.text()] = wanted or mime
    return found


def _data(item: _Node, span: Span | None) -> Data:
    filters, processing, id_ = item.get("dataFilter"), item.get("processing"), item.get("id")
    own = filters.get("timeRange") if filters is not None else None
    return Data(
        type=item.need("type").text(),
        id=None if id_ is None else id_.text(),
        time_range=span if own is None or span is not None else _open_span(own),
        processing=UNPROCESSED if processing is None else _processing(processing),
    )


def _open_span(node: _Node) -> Span | None:
    """A time range; None where one of its ends is open."""
    ends = [node.get("from"), node.get("to")]
    return None if any(end is None or end.value == ".." for end in ends) else node.span()


def _intervals(aggregation: _Node) -> tuple[Span, tuple[Span, ...]]:
    span = aggregation.need("timeRange").span()
    interval = aggregation.need("aggregationInterval")
    of, last = interval.need("of"), interval.get("lastIntervalBehavior")
    behaviour = "SKIP" if last is None else last.choice(LAST_INTERVALS)
    try:
        return span, split(span, read_period(of.text()), behaviour)
    except RequestError as error:
        raise RequestError(f"`{of.path}`: {error}") from None


def _read_search(body: _Node, name: str, recorded: float | None) -> Search:
    moment = body.need("datetime").text()
    begin, _, end = moment.partition("/")
    if ".." in (begin, end):
        raise RequestError("`datetime` has an open end, so its months cannot be counted")
    try:
        months = months_begun(read_time_range((begin, end or begin)))
    except RequestError as error:
        raise RequestError(f"`datetime`: {error}") from None
    shape = body.get("intersects")
    left, bottom, right, top = _box(body) if shape is None else _around(shape)
    if not -90 <= bottom <= top <= 90 or right - left > 360:
        raise RequestError("the box of a search is in degrees: longitude from -180 to 180, latitude from -90 to 90")
    return Search(name, square_kilometres((left, bottom, right, top)), months, recorded)


def recorded_units(record: object) -> float | None:
    """Return the cost that the service reported in a record of sentinelhub-py, in the headers of the answer.

    Raises:
        RequestError: the record is not one.
    """
    response = _Node(record, "").get("response")
    headers = None if response is None else response.get("headers")
    if headers is None:
        return None
    try:
        found = next(float(v) for key, v in headers.mapping().items() if key.lower() == SPENT)
    except (StopIteration, TypeError, ValueError):  # it is not there, or no number
        return None
    return found if math.isfinite(found) else None
