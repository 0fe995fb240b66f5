"""The Catalog API: collections and their acquisitions as STAC, and the list of the user's own collections."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from oso_evalscript.model.catalog import Collection, named_collection
from oso_evalscript.model.cost import Cost, search_cost
from oso_evalscript.model.errors import ScriptTimeout
from oso_evalscript.pricing.periods import months_begun
from oso_evalscript.pricing.request import square_kilometres
from oso_evalscript.rasters.placing import box_around, box_of_polygons, touches
from oso_evalscript.service.cql2 import read_filter
from oso_evalscript.service.errors import EXCEPTION, NOT_FOUND, ServiceError, bad_payload, not_served
from oso_evalscript.service.fields import SEARCH, check_fields
from oso_evalscript.service.node import Node, Span, written
from oso_evalscript.service.programs import Deadline
from oso_evalscript.service.request import read_polygon
from oso_evalscript.service.sources import DegreeBox, Entry, Source

_STAC = "1.0.0"
_CONFORMS = [
    "https://api.stacspec.org/v1.0.0/core",
    "https://api.stacspec.org/v1.0.0/item-search",
    "https://api.stacspec.org/v1.0.0/item-search#fields",
    "https://api.stacspec.org/v1.0.0/item-search#filter",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
]
_WORLD: DegreeBox = (-180.0, -90.0, 180.0, 90.0)
_EARLIEST, _LATEST = dt.datetime(1972, 1, 1, tzinfo=dt.UTC), dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
_USUAL_LIMIT, _MAX_LIMIT, _MAX_IDS = 10, 100, 1000
_BYOC = "byoc-"
_DAY = re.compile(r"(?:^|-)(\d{8})T\d{6}(?:-|$)", re.ASCII)
_TILE = re.compile(r"(?:^|-)(\d\d)([NS])(\d{3})([EW])$", re.ASCII)
_MAX_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Search:
    """A search for items.

    Attributes:
        types: the collections.
        span: from when to when, None where both ends are open.
        box: in degrees.
        geometry: a polygon that items have to touch, None where the box is all.
        ids: the items that are asked for, empty for all.
    """

    types: tuple[str, ...]
    span: Span | None
    box: DegreeBox
    geometry: Mapping[str, Any] | None
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """An acquisition that a search finds, of a collection that is named by a type."""

    entry: Entry
    collection: Collection
    type: str

    def feature(self) -> dict[str, Any]:
        return _feature(self.entry, self.collection, self.type)


def search(body: Node, source: Source, deadline: Deadline) -> tuple[dict[str, Any], Cost, tuple[str, ...]]:
    """Return a page of the items that a search finds, what it costs, and which fields were ignored.

    Raises:
        ServiceError: the search says something it must not, or takes too long.
    """
    warnings = check_fields(body.mapping(), SEARCH)
    asked = _read_search(body)
    limit_, next_ = body.get("limit"), body.get("next")
    limit = _USUAL_LIMIT if limit_ is None else limit_.whole(1, _MAX_LIMIT)
    start = 0 if next_ is None else next_.whole(0, 10**9)
    language, filter_ = body.get("filter-lang"), body.get("filter")
    found = _in_time(_found(asked, source), deadline)
    if filter_ is not None:
        test = read_filter(filter_.value, "cql2-text" if language is None else language.text())
        found = (item for item in found if test({**item.feature()["properties"], "id": item.entry.id}))
    distinct, fields = body.get("distinct"), body.get("fields")
    whole: list[Any] = list(found) if distinct is None else _distinct(found, distinct.text())
    page: list[Any] = whole[start : start + limit]
    if distinct is None:
        page = [item.feature() if fields is None else _chosen(item.feature(), fields) for item in page]
    context: dict[str, Any] = {"limit": limit, "returned": len(page)}
    if start + limit < len(whole):
        context["next"] = start + limit
    answer = {"type": "FeatureCollection", "features": page, "links": [], "context": context}
    return answer, _cost(asked), warnings


def describe(
    path: str, parameters: Mapping[str, str], source: Source, deadline: Deadline
) -> tuple[dict[str, Any], Cost | None, tuple[str, ...]]:
    """Return what stands at a path below the catalogue.

    Args:
        path: such as `/collections/sentinel-2-l2a`.
        parameters: of the query.
        source: where scenes come from.
        deadline: when a search has to be done.

    Raises:
        ServiceError: there is nothing.
    """
    parts = [part for part in path.split("/") if part]
    match parts:
        case []:
            return _landing(), None, ()
        case ["conformance"]:
            return {"conformsTo": _CONFORMS}, None, ()
        case ["collections"]:
            return {"collections": [_collection(type_) for type_ in source.types()], "links": []}, None, ()
        case ["collections", type_]:
            return _collection(type_), None, ()
        case ["collections", type_, "items"]:
            return search(Node(_body(parameters, [type_])), source, deadline)
        case ["collections", type_, "items", item]:
            return _item(type_, item, source).feature(), None, ()
        case ["collections", _, "queryables"]:
            return {"type": "object", "properties": {"datetime": {}, "eo:cloud_cover": {}}}, None, ()
        case ["search"]:
            return search(Node(_body(parameters, [])), source, deadline)
    raise not_served(f"/api/v1/catalog/1.0.0{path[:200]}")


def own_collections(source: Source, name: str) -> dict[str, Any]:
    """Return the user's own collections, or one of them.

    Args:
        source: where scenes come from.
        name: the id of one, without `byoc-`; empty for all.

    Raises:
        ServiceError: there is none of that id.
    """
    own = [type_ for type_ in source.types() if type_.startswith(_BYOC)]
    listed = [_own(type_) for type_ in own]
    if not name:
        return {"data": listed, "links": {"@id": "/api/v1/byoc/collections", "currentToken": "0"}}
    found = next((item for item in listed if item["id"] == name.removeprefix(_BYOC)), None)
    if found is None:
        raise ServiceError(404, NOT_FOUND, f"Collection {name[:80]} not found.")
    return {"data": found}


def _own(type_: str) -> dict[str, Any]:
    known = named_collection(type_)
    bands = {} if known is None else {band.name: {"source": band.name, "bitDepth": 8} for band in known.bands[:-1]}
    return {
        "id": type_.removeprefix(_BYOC),
        "userId": "local",
        "name": type_ if known is None else known.title,
        "s3Bucket": "local",
        "created": "2024-01-01T00:00:00Z",
        "isConfigured": True,
        "additionalData": {"bands": bands, "maxMetersPerPixel": 1500, "extent": {}, "hasSensingTimes": "YES"},
        "noData": None,
    }


def _landing() -> dict[str, Any]:
    return {
        "id": "oso-evalscript",
        "type": "Catalog",
        "title": "The catalogue of oso-evalscript, on this machine",
        "description": "Acquisitions that scripts can be run on.",
        "stac_version": _STAC,
        "conformsTo": _CONFORMS,
        "links": [],
    }


def _collection(type_: str) -> dict[str, Any]:
    known = _known(type_)
    return {
        "id": type_,
        "type": "Collection",
        "title": known.title,
        "description": known.title,
        "stac_version": _STAC,
        "license": "various",
        "extent": {"spatial": {"bbox": [list(_WORLD)]}, "temporal": {"interval": [[written(_EARLIEST), None]]}},
        "links": [],
    }


def _known(type_: str) -> Collection:
    known = named_collection(type_)
    if known is None:
        raise ServiceError(404, NOT_FOUND, f"Collection {type_[:80]} not found.")
    return known


def _item(type_: str, name: str, source: Source) -> _Found:
    known = _known(type_)
    try:
        entries = source.entries(known, type_, _box_in(name), _day_in(name))
    except ServiceError:  # without a place and a date in the name, there are too many to look at
        entries = ()
    for entry in entries:
        if entry.id == name:
            return _Found(entry, known, type_)
    raise ServiceError(404, NOT_FOUND, f"Item {name[:120]} not found.")


def _day_in(name: str) -> Span | None:
    """The day in the name of an item, such as 20200601T103000; None if there is none."""
    match = _DAY.search(name)
    if match is None:
        return None
    try:
        begin = dt.datetime.strptime(match[1], "%Y%m%d").replace(tzinfo=dt.UTC)
        return begin, begin + dt.timedelta(days=1)
    except (ValueError, OverflowError):  # digits that are not a date, or the last day of the calendar
        return None


def _box_in(name: str) -> DegreeBox:
    """A place within the tile in the name of a made-up item, such as 45N005E; the globe if there is none."""
    match = _TILE.search(name)
    if match is None:
        return _WORLD
    bottom = float(match[1]) if match[2] == "N" else -float(match[1])
    left = float(match[3]) if match[4] == "E" else -float(match[3])
    return left + 0.01, bottom + 0.01, left + 0.02, bottom + 0.02


def _body(parameters: Mapping[str, str], types: list[str]) -> dict[str, Any]:
    """The body of a search that is written as a query."""
    body: dict[str, Any] = {"collections": types or parameters.get("collections", "").split(",")}
    for name in ("datetime", "filter", "filter-lang", "distinct"):
        if name in parameters:
            body[name] = parameters[name]
    for name in ("limit", "next"):
        if name in parameters:
            text = parameters[name]
            body[name] = int(text) if text.isdecimal() and len(text) <= _MAX_DIGITS else text
    if "bbox" in parameters:
        try:
            body["bbox"] = [float(number) for number in parameters["bbox"].split(",")]
        except ValueError:
            raise bad_payload("`bbox` is not four numbers.", "bbox") from None
    if "ids" in parameters:
        body["ids"] = parameters["ids"].split(",")
    return body


def _read_search(body: Node) -> Search:
    types = tuple(item.text() for item in body.need("collections").items())
    box, shape, ids, moment = body.get("bbox"), body.get("intersects"), body.get("ids"), body.get("datetime")
    geometry = None if shape is None else read_polygon(shape)
    found = _WORLD
    if box is not None:
        numbers = [item.number() for item in box.items()]
        if len(numbers) != 4 or numbers[1] > numbers[3] or numbers[0] > numbers[2]:
            raise box.wrong("four numbers: west, south, east, north")
        if not (numbers[0] >= -180 and numbers[2] <= 180 and numbers[1] >= -90 and numbers[3] <= 90):
            raise box.wrong("degrees of longitude and latitude")
        found = numbers[0], numbers[1], numbers[2], numbers[3]
    elif shape is not None and geometry is not None:
        left, bottom, right, top = box_of_polygons(geometry)
        found = max(left, -180.0), max(bottom, -90.0), min(right, 180.0), min(top, 90.0)
        if found[0] > found[2] or found[1] > found[3]:
            raise shape.wrong("degrees of longitude and latitude")
    span = None if moment is None else _read_datetime(moment)
    wanted = () if ids is None else tuple(item.text() for item in ids.items(least=0))
    if len(wanted) > _MAX_IDS:
        raise bad_payload(f"`ids` has more than {_MAX_IDS:,} entries.", "ids")
    return Search(types, span, found, geometry, wanted)


def _read_datetime(node: Node) -> Span:
    begin, slash, end = node.text().partition("/")
    ends = [begin, end if slash else begin]
    moments = [
        usual if text in ("..", "") else Node(text if "T" in text.upper() else text + time, node.path).moment()
        for text, usual, time in zip(ends, (_EARLIEST, _LATEST), ("T00:00:00Z", "T23:59:59Z"), strict=True)
    ]
    if moments[1] < moments[0]:
        raise node.wrong("a time range in its order")
    return moments[0], moments[1]


def _in_time(found: Iterable[_Found], deadline: Deadline) -> Iterator[_Found]:
    try:
        for item in found:
            deadline()
            yield item
    except ScriptTimeout as error:
        text = f"The search was not done: {error}; ask for a smaller area or a shorter time range."
        raise ServiceError(400, EXCEPTION, text) from None


def _found(asked: Search, source: Source) -> Iterator[_Found]:
    for type_ in asked.types:
        known = named_collection(type_)
        if known is None:
            raise bad_payload(f"Collection {type_[:80]} not found.", "collections")
        if asked.ids:
            yield from (item for name in asked.ids if (item := _maybe_item(type_, name, source)) is not None)
            continue
        for entry in source.entries(known, type_, asked.box, asked.span):
            if asked.geometry is None or touches(asked.geometry, entry.ring):
                yield _Found(entry, known, type_)


def _maybe_item(type_: str, name: str, source: Source) -> _Found | None:
    try:
        return _item(type_, name, source)
    except ServiceError:
        return None


def _feature(entry: Entry, collection: Collection, type_: str) -> dict[str, Any]:
    box = list(box_around(entry.ring))
    properties: dict[str, Any] = {
        "datetime": None if entry.date is None else written(entry.date),
        "proj:epsg": 4326,
        "proj:bbox": box,
    }
    cover = entry.cover()
    if cover is not None:
        properties["eo:cloud_cover"] = cover
    if entry.radar:
        properties |= {
            "sar:instrument_mode": entry.radar["acquisitionMode"],
            "sat:orbit_state": entry.radar["orbitDirection"].lower(),
            "s1:polarization": entry.radar["polarization"],
            "s1:resolution": entry.radar["resolution"],
            "s1:timeliness": "NRT3h",
        }
    return {
        "type": "Feature",
        "stac_version": _STAC,
        "id": entry.id,
        "collection": type_,
        "bbox": box,
        "geometry": {"type": "MultiPolygon", "coordinates": [[[list(point) for point in entry.ring]]]},
        "properties": properties,
        "assets": {},
        "links": [],
    }


def _distinct(found: Iterable[_Found], name: str) -> list[Any]:
    """The values of a property, each once; `date` is the day."""
    values = (_day_of(item.entry) if name == "date" else item.feature()["properties"].get(name) for item in found)
    return list({repr(value): value for value in values if value is not None}.values())


def _day_of(entry: Entry) -> str | None:
    return None if entry.date is None else written(entry.date)[:10]


def _chosen(item: Mapping[str, Any], fields: Node) -> dict[str, Any]:
    """The fields of an item that are asked for; id and type are always there."""
    include, exclude = fields.get("include"), fields.get("exclude")
    wanted = [] if include is None else [each.text() for each in include.items(least=0)]
    left = set() if exclude is None else {each.text() for each in exclude.items(least=0)}
    keys = {name.partition(".")[0] for name in wanted} or set(item)
    found = {key: value for key, value in item.items() if key in keys | {"id", "type"} and key not in left}
    own = {name.partition(".")[2] for name in wanted if name.startswith("properties.")}
    if "properties" in found:
        dropped = {name.partition(".")[2] for name in left}
        found["properties"] = {
            key: value for key, value in found["properties"].items() if (not own or key in own) and key not in dropped
        }
    return found


def _cost(asked: Search) -> Cost:
    months = 1 if asked.span is None else min(months_begun(asked.span), 12 * 200)
    return search_cost(square_kilometres(asked.box), months)
