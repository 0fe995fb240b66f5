"""Which endpoints and fields of requests are served, which are ignored with a warning, and which are refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from oso_evalscript.service.errors import bad_payload, not_served


class Treatment(StrEnum):
    """What becomes of a field."""

    SERVED = "served"
    IGNORED = "ignored with a warning"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a request, or an endpoint.

    Attributes:
        path: where it stands, `[]` for the entries of a list; of an endpoint method and path.
        treatment: what becomes of it.
        note: what one has to know.
    """

    path: str
    treatment: Treatment
    note: str = ""


def _fields(treatment: Treatment, *rows: str) -> tuple[Field, ...]:
    """A field for each row: its path, and after a colon the note."""
    return tuple(Field(path.strip(), treatment, note.strip()) for path, _, note in (row.partition(":") for row in rows))


_INPUT = (
    *_fields(
        Treatment.SERVED,
        "input",
        "input->bounds",
        "input->bounds->bbox: left, bottom, right, top; longitude before latitude",
        "input->bounds->geometry: Polygon or MultiPolygon; dataMask is 0 outside of it",
        "input->bounds->properties",
        "input->bounds->properties->crs: CRS84 and every code of EPSG that rasterio knows",
        "input->data[]: several for data fusion",
        "input->data[]->type: the collections of the catalogue, and every `byoc-…`",
        "input->data[]->id",
        "input->data[]->dataFilter",
        "input->data[]->dataFilter->timeRange: without it, the last fourteen days of 2023 of made-up scenes",
        "input->data[]->dataFilter->mosaickingOrder: in data fusion of each source by itself",
        "input->data[]->dataFilter->maxCloudCoverage",
        "input->data[]->dataFilter->acquisitionMode: IW or EW of made-up Sentinel-1, else ignored with a warning",
        "input->data[]->dataFilter->polarization: DV or DH of made-up Sentinel-1, likewise",
        "input->data[]->dataFilter->resolution: HIGH or MEDIUM of made-up Sentinel-1, likewise",
        "input->data[]->dataFilter->orbitDirection: of made-up Sentinel-1, likewise",
        "input->data[]->processing",
        "input->data[]->processing->harmonizeValues: for digital numbers of Sentinel-2",
        "input->data[]->processing->upsampling: for your own data; made-up scenes have no pixels of their own",
        "input->data[]->processing->downsampling: as upsampling; where both are given and differ, upsampling counts",
        "input->data[]->processing->orthorectify: it changes the cost alone",
        "input->data[]->processing->backCoeff: it changes the cost alone",
        "input->data[]->processing->speckleFilter: it changes the cost alone",
    ),
    *_fields(
        Treatment.IGNORED,
        "input->data[]->dataFilter->previewMode",
        "input->data[]->dataFilter->timeliness",
        "input->data[]->dataFilter->demInstance",
        "input->data[]->dataFilter->tiers",
        "input->data[]->dataFilter->view",
        "input->data[]->dataFilter->s3Type",
        "input->data[]->dataFilter->type",
        "input->data[]->processing->demInstance",
        "input->data[]->processing->clampNegative",
        "input->data[]->processing->egm",
        "input->data[]->processing->minQa",
    ),
)

PROCESS = (
    *_INPUT,
    *_fields(
        Treatment.SERVED,
        "evalscript: V3 and simple scripts",
        "output",
        "output->width: 1 to 2500, by default 256",
        "output->height: likewise",
        "output->resx: in units of the CRS, instead of a width",
        "output->resy: likewise",
        "output->responses[]: several come as tar or multipart",
        "output->responses[]->identifier",
        "output->responses[]->format",
        "output->responses[]->format->type: image/png, image/jpeg, image/tiff; application/json for userdata",
        "output->responses[]->format->quality: of JPEG",
        "header Accept: a format, which counts more than those of the body; tar or multipart for several",
    ),
    *_fields(
        Treatment.REFUSED,
        "header Accept of application/octet-stream: the order of its bytes is not documented",
        "evalscriptReference",
        "output->delivery: of asynchronous requests",
    ),
)

STATISTICS = (
    *_INPUT,
    *_fields(
        Treatment.SERVED,
        "aggregation",
        "aggregation->evalscript",
        "aggregation->timeRange",
        "aggregation->aggregationInterval",
        "aggregation->aggregationInterval->of: a day or more",
        "aggregation->aggregationInterval->lastIntervalBehavior",
        "aggregation->width",
        "aggregation->height",
        "aggregation->resx",
        "aggregation->resy",
        "calculations: percentiles and histograms, by output and band or `default`",
    ),
    *_fields(Treatment.REFUSED, "output: of batch requests", "input->features: of batch requests"),
)

SEARCH = (
    *_fields(
        Treatment.SERVED,
        "collections",
        "datetime: both ends, or `..`",
        "bbox",
        "intersects: its bounding box is searched, and items have to touch the polygon",
        "ids",
        "limit: 1 to 100, by default 10",
        "next",
        "filter: CQL2 text or JSON: comparisons, and, or, not, between, in, is null",
        "filter-lang",
        "fields",
        "distinct",
    ),
    *_fields(Treatment.IGNORED, "filter-crs", "sortby: the newest comes first"),
)

ENDPOINTS = (
    *_fields(
        Treatment.SERVED,
        "POST /auth/realms/main/protocol/openid-connect/token: and the realm CDSE; any client gets a token",
        "POST /oauth/token: the older address",
        "POST /api/v1/process: JSON, or a form with the parts request and evalscript; also at /process/v1",
        "POST /api/v1/statistics: also at /statistics/v1",
        "GET /api/v1/catalog/1.0.0/: also at /catalog/v1",
        "GET /api/v1/catalog/1.0.0/conformance",
        "GET /api/v1/catalog/1.0.0/collections",
        "GET /api/v1/catalog/1.0.0/collections/{id}",
        "GET /api/v1/catalog/1.0.0/collections/{id}/queryables: date and cloud cover",
        "GET /api/v1/catalog/1.0.0/collections/{id}/items",
        "GET /api/v1/catalog/1.0.0/collections/{id}/items/{item}",
        "GET /api/v1/catalog/1.0.0/search: with the parameters of the items of a collection, and `collections`",
        "POST /api/v1/catalog/1.0.0/search",
        "GET /api/v1/byoc/collections: the land-cover maps and your own folders",
        "GET /api/v1/byoc/collections/{id}",
        "GET /openapi.json: what is served, as OpenAPI 3.1",
    ),
    *_fields(
        Treatment.REFUSED,
        "/api/v1/async: with 501",
        "/api/v1/batch, /api/v2/batch, /api/v1/statistics/batch: with 501",
        "/ogc: with 501",
        "all else under /api: with 501",
    ),
)

TABLES = {"Process API": PROCESS, "Statistical API": STATISTICS, "Catalog API, search": SEARCH}
"""The fields of the body of a request, by API."""

_MAX_FIELDS = 10_000
_INSIDE_ANYTHING = ("geometry", "calculations", "filter", "intersects", "speckleFilter", "timeRange", "fields")
"""Keys below which what stands is read by itself."""


def check_fields(body: Mapping[str, Any], table: tuple[Field, ...]) -> tuple[str, ...]:
    """Return warnings about the fields of a request that are ignored.

    Args:
        body: the request.
        table: what becomes of its fields.

    Raises:
        ServiceError: a field is refused, or there are too many.
    """
    known = {field.path.replace("[]", ""): field for field in table}
    warnings = []
    for number, (path, shown) in enumerate(_paths(body)):
        if number >= _MAX_FIELDS:
            raise bad_payload(f"The request has more than {_MAX_FIELDS:,} fields.")
        field = known.get(path)
        if field is None:
            warnings.append(f"`{shown}` is not known and was ignored")
        elif field.treatment is Treatment.REFUSED:
            raise not_served(f"`{shown}`")
        elif field.treatment is Treatment.IGNORED:
            note = f": {field.note}" if field.note else ""
            warnings.append(f"`{shown}` was ignored{note}")
    return tuple(dict.fromkeys(warnings))


def _paths(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The path of each key, without and with the numbers of list entries."""
    todo: list[tuple[str, str, Any]] = [("", "", body)]
    while todo:
        path, shown, value = todo.pop()
        if isinstance(value, list):
            todo += [(path, f"{shown}[{index}]", item) for index, item in reversed(list(enumerate(value)))]
        elif isinstance(value, Mapping):
            for key, item in value.items():
                below = (f"{path}->{key}", f"{shown}->{key}") if path else (key, key)
                yield below
                if key not in _INSIDE_ANYTHING:
                    todo.append((*below, item))
