"""What is served, as OpenAPI 3.1; published at `/openapi.json`."""

from __future__ import annotations

from typing import Any

from oso_evalscript import __version__
from oso_evalscript.pricing.periods import LAST_INTERVALS
from oso_evalscript.service.encoding import CONTAINERS, ENDINGS
from oso_evalscript.service.histogram import MAX_BINS
from oso_evalscript.service.request import MAX_SIDE, ORDERS

_MOMENT = {"type": "string", "format": "date-time"}
_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}
_STEP = {"type": "number", "exclusiveMinimum": 0}
_SIDE = {"type": "integer", "minimum": 1, "maximum": MAX_SIDE}
_SIDES = {"width": _SIDE, "height": _SIDE, "resx": _STEP, "resy": _STEP}
_SPAN = {"type": "object", "required": ["from", "to"], "properties": {"from": _MOMENT, "to": _MOMENT}}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["status", "reason", "message", "code"],
            "properties": {
                "status": {"type": "integer"},
                "reason": _TEXT,
                "message": _TEXT,
                "code": _TEXT,
                "errors": {"type": "array"},
            },
        }
    },
}


def description() -> dict[str, Any]:
    """Return the description of what is served."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "The service on your own machine",
            "version": __version__,
            "description": "What oso-evalscript serves of the Process, Statistical and Catalog APIs.",
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
        "paths": _paths(),
    }


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


def _list(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": 1, **more}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _schemas() -> dict[str, Any]:
    return {
        "Error": _ERROR,
        "Input": _object(["bounds", "data"], bounds=_bounds(), data=_list(_data())),
        "ProcessRequest": _object(
            ["input", "evalscript"],
            input=_ref("Input"),
            evalscript=_TEXT,
            output=_object([], **_SIDES, responses=_list(_object([], identifier=_TEXT, format=_format()))),
        ),
        "StatisticsRequest": _object(
            ["input", "aggregation"],
            input=_ref("Input"),
            aggregation=_object(
                ["timeRange", "aggregationInterval", "evalscript"],
                timeRange=_SPAN,
                aggregationInterval=_object(["of"], of=_TEXT, lastIntervalBehavior={"enum": list(LAST_INTERVALS)}),
                evalscript=_TEXT,
                **_SIDES,
            ),
            calculations={"type": "object", "additionalProperties": _calculation()},
        ),
        "StatisticsAnswer": _object(["data", "status"], data={"type": "array"}, status=_TEXT),
        "SearchRequest": _search(),
        "Items": _object(["type", "features", "context"], type=_TEXT, features={"type": "array"}),
    }


def _bounds() -> dict[str, Any]:
    ring = _list(_list(_NUMBER, minItems=2, maxItems=3), minItems=4)
    return _object(
        [],
        bbox=_list(_NUMBER, minItems=4, maxItems=4),
        geometry=_object(["type", "coordinates"], type={"const": "Polygon"}, coordinates=_list(ring)),
        properties=_object([], crs={"type": "string", "pattern": "^https?://www\\.opengis\\.net/def/crs/"}),
    )


def _data() -> dict[str, Any]:
    resampling = {"enum": ["NEAREST", "BILINEAR", "BICUBIC"]}
    filters = _object(
        [],
        timeRange=_SPAN,
        mosaickingOrder={"enum": list(ORDERS)},
        maxCloudCoverage={"type": "number", "minimum": 0, "maximum": 100},
    )
    processing = _object([], upsampling=resampling, downsampling=resampling, harmonizeValues={"type": "boolean"})
    return _object(["type"], type=_TEXT, id=_TEXT, dataFilter=filters, processing=processing)


def _format() -> dict[str, Any]:
    return _object([], type={"enum": list(ENDINGS)}, quality={"type": "integer", "minimum": 0, "maximum": 100})


def _calculation() -> dict[str, Any]:
    rank = {"type": "number", "minimum": 0, "maximum": 100}
    histogram = _object(
        [],
        bins=_list(_NUMBER, minItems=2),
        binWidth=_STEP,
        nBins={"type": "integer", "minimum": 1, "maximum": MAX_BINS},
        lowEdge=_NUMBER,
        highEdge=_NUMBER,
    )
    return _object(
        [],
        statistics={"type": "object", "additionalProperties": _object([], percentiles=_object(["k"], k=_list(rank)))},
        histograms={"type": "object", "additionalProperties": histogram},
    )


def _search() -> dict[str, Any]:
    return _object(
        ["collections"],
        collections=_list(_TEXT),
        datetime=_TEXT,
        bbox=_list(_NUMBER, minItems=4, maxItems=4),
        ids={"type": "array", "items": _TEXT},
        limit={"type": "integer", "minimum": 1, "maximum": 100},
        next={"type": "integer", "minimum": 0},
        filter={"type": ["string", "object"]},
        distinct=_TEXT,
        **{"filter-lang": {"enum": ["cql2-text", "cql2-json"]}},
    )


def _paths() -> dict[str, Any]:
    images: dict[str, Any] = {mime: {} for mime in (*ENDINGS, *CONTAINERS)}
    catalog = "/api/v1/catalog/1.0.0"
    id_ = _parameter("id")
    return {
        "/api/v1/process": {"post": _post("ProcessRequest", images, "An image, or several.")},
        "/api/v1/statistics": {"post": _post("StatisticsRequest", _json("StatisticsAnswer"), "Statistics.")},
        f"{catalog}/": {"get": _get("The catalogue.")},
        f"{catalog}/conformance": {"get": _get("What it conforms to.")},
        f"{catalog}/collections": {"get": _get("The collections.")},
        f"{catalog}/collections/{{id}}": {"get": _get("One collection.", id_)},
        f"{catalog}/collections/{{id}}/items": {"get": _get("Its acquisitions.", id_)},
        f"{catalog}/collections/{{id}}/items/{{item}}": {"get": _get("One of them.", id_, _parameter("item"))},
        f"{catalog}/search": {"post": _post("SearchRequest", _json("Items"), "A page of acquisitions.")},
        "/api/v1/byoc/collections": {"get": _get("The user's own collections.")},
        "/api/v1/byoc/collections/{id}": {"get": _get("One of them.", id_)},
    }


def _parameter(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9-]{1,80}$"},
    }


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": _ref(name)}}


def _errors(*statuses: int) -> dict[str, Any]:
    return {str(status): {"description": "Refused.", "content": _json("Error")} for status in statuses}


def _post(body: str, content: dict[str, Any], what: str) -> dict[str, Any]:
    answers = {"200": {"description": what, "content": content}}
    statuses = (400, 401, 406, 413, 415, 429, 500, 501, 503)
    return {
        "summary": what,
        "requestBody": {"required": True, "content": _json(body)},
        "responses": {**answers, **_errors(*statuses)},
    }


def _get(what: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    answers = {"200": {"description": what, "content": {"application/json": {}}}}
    return {
        "summary": what,
        "parameters": list(parameters),
        "responses": {**answers, **_errors(400, 401, 404, 429, 503)},
    }
