"""What a request asks for: where, how large, of which data and when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.errors import CRSError

from oso_evalscript.model.catalog import Collection, named_collection
from oso_evalscript.model.cost import Processing
from oso_evalscript.model.errors import RasterError, RequestError
from oso_evalscript.pricing.request import read_processing
from oso_evalscript.rasters.grid import Box, Grid
from oso_evalscript.rasters.placing import box_of_polygons, geographic_box, grid_over, inside, metres_per_pixel
from oso_evalscript.runtime.program import Order
from oso_evalscript.runtime.radar import COLLECTION, FIELDS
from oso_evalscript.service.errors import EXCEPTION, ServiceError, bad_payload
from oso_evalscript.service.node import Node, Span

MAX_SIDE = 2500
_USUAL_SIDE = 256
_MAX_RING = 10_000
ORDERS: tuple[Order, ...] = ("mostRecent", "leastRecent", "leastCC")
_RESAMPLINGS = {"NEAREST": "nearest", "BILINEAR": "bilinear", "BICUBIC": "cubic"}
_CRS = re.compile(r"https?://www\.opengis\.net/def/crs/(?:EPSG/(?:0|\d+(?:\.\d+)*)/(\d{1,6})|OGC/(?:0|1\.3)/CRS84)")
_MAX_METRES = {"sentinel-2-l1c": 1500.0, "sentinel-2-l2a": 1500.0}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where an image lies.

    Attributes:
        crs: what box and geometry are in.
        box: left, bottom, right and top.
        geometry: a GeoJSON polygon outside of which there is no data; None where all of the box is wanted.
        degrees: the box around it in degrees.
    """

    crs: CRS
    box: Box
    geometry: Mapping[str, Any] | None
    degrees: Box

    def mask(self, grid: Grid) -> NDArray[np.bool_] | None:
        """Return which pixels of a grid are within the geometry; None without one."""
        return None if self.geometry is None else inside(grid, self.geometry)


@dataclass(frozen=True, slots=True)
class Data:
    """One source of a request.

    Attributes:
        type: as the request names it.
        collection: that collection in the catalogue.
        id: the name that scripts know it by, None where it has none.
        span: from when to when, None where that is left open.
        order: which scene comes first.
        max_cloud_coverage: percent.
        resampling: how a pixel is found in rasters of another grid.
        harmonized: whether digital numbers of Sentinel-2 are those of before 2022.
        processing: what Sentinel-1 data go through, for the cost.
        radar: how scenes of Sentinel-1 have to be taken: name of a field of `dataFilter` → word.
    """

    type: str
    collection: Collection
    id: str | None
    span: Span | None
    order: Order
    max_cloud_coverage: float
    resampling: str
    harmonized: bool
    processing: Processing
    radar: tuple[tuple[str, str], ...] = ()


def read_input(input_: Node, size: Node, span: Span | None = None) -> tuple[Bounds, Grid, tuple[Data, ...]]:
    """Return bounds, pixels and sources of a request.

    Args:
        input_: the part `input` of the request.
        size: the part with width and height, or resx and resy.
        span: the time range of all sources, for statistics.

    Raises:
        ServiceError: a value is not allowed.
    """
    bounds = read_bounds(input_.need("bounds"))
    grid, data = read_grid(size, bounds), read_data(input_.need("data"), span)
    for item in data:
        _check_resolution(grid, item.collection)
    return bounds, grid, data


def read_bounds(node: Node) -> Bounds:
    """Return where a request's image lies.

    Raises:
        ServiceError: there is no such place.
    """
    crs = _read_crs(node)
    box, geometry = node.get("bbox"), node.get("geometry")
    if box is None and geometry is None:
        raise bad_payload(f"`{node.path}` needs `bbox` or `geometry`.", node.path)
    polygon = None if geometry is None else read_polygon(geometry)
    found = _around(polygon) if box is None and polygon is not None else _read_box(box or node)
    if crs.is_geographic and not (found[0] >= -180 and found[2] <= 180 and found[1] >= -90 and found[3] <= 90):
        raise bad_payload(
            f"`{node.path}` is not on the globe: longitude and latitude in degrees are expected.", node.path
        )
    try:
        return Bounds(crs, found, polygon, geographic_box(crs, found))
    except RasterError as error:
        raise bad_payload(str(error), node.path) from None


def read_grid(node: Node, bounds: Bounds) -> Grid:
    """Return the grid of a request's image: as many pixels as it says, or of the size that it says.

    Raises:
        ServiceError: it contradicts itself, or is too large.
    """
    sides = node.get("width"), node.get("height")
    steps = node.get("resx"), node.get("resy")
    if any(sides) and any(steps):
        raise bad_payload("Only width and height or resx and resy can be set at the same time.", node.path)
    if any(steps):
        left, bottom, right, top = bounds.box
        count = [
            _count(node.need(key), extent, "width" if key == "resx" else "height")
            for key, extent in (("resx", right - left), ("resy", top - bottom))
        ]
    else:
        count = [_USUAL_SIDE if side is None else side.whole(1, MAX_SIDE) for side in sides]
    return grid_over(bounds.crs, bounds.box, count[0], count[1])


def _check_resolution(grid: Grid, collection: Collection) -> None:
    """Refuse pixels larger than the service allows for a collection."""
    most, metres = _MAX_METRES.get(collection.id), metres_per_pixel(grid)
    if most is not None and metres > most:
        name = collection.aliases[0] if collection.aliases else collection.id
        raise ServiceError(
            400,
            EXCEPTION,
            f"Your request of {metres:.2f} meters per pixel exceeds the limit {most:.2f} meters per pixel of the "
            f"collection {name}. Please revise the resolution (or corresponding width/height) to make sure it is in "
            "supported range.",
        )


def read_data(node: Node, span: Span | None = None) -> tuple[Data, ...]:
    """Return the sources of a request.

    Args:
        node: `input->data`.
        span: the time range of all of them, for statistics.

    Raises:
        ServiceError: one of them says something it must not.
    """
    found = tuple(_read_source(item, span) for item in node.items())
    ids = [item.id for item in found if item.id is not None]
    if len(set(ids)) < len(ids):
        raise bad_payload("Two entries of `input->data` have one `id`.", node.path)
    return found


def _read_source(node: Node, span: Span | None) -> Data:
    type_ = node.need("type")
    collection = named_collection(type_.text())
    if collection is None:
        raise bad_payload(f"Collection {type_.text()[:80]} not found.", type_.path)
    filters, processing, id_ = node.get("dataFilter"), node.get("processing"), node.get("id")
    order, clouds = "mostRecent", 100.0
    radar: tuple[tuple[str, str], ...] = ()
    if filters is not None:
        own, asked = filters.get("timeRange"), filters.get("mosaickingOrder")
        span = span or (None if own is None else own.span())
        order = "mostRecent" if asked is None else asked.choice(ORDERS)
        most = filters.get("maxCloudCoverage")
        clouds = 100.0 if most is None else most.number(0, 100)
        radar = _read_radar(filters, collection)
    if order == "leastCC" and not has_clouds(collection):
        raise bad_payload(f"Mosaicking order leastCC is not supported by the collection {collection.id}.", node.path)
    resampling, harmonized = _read_resampling(processing)
    return Data(
        type=type_.text(),
        collection=collection,
        id=None if id_ is None else id_.text(),
        span=span,
        order=next(each for each in ORDERS if each == order),
        max_cloud_coverage=clouds,
        resampling=resampling,
        harmonized=harmonized,
        processing=_read_processing(processing),
        radar=radar,
    )


def has_clouds(collection: Collection) -> bool:
    """Return whether scenes of a collection tell how much of them is under clouds; as far as that is known."""
    return not collection.scene_fields or "cloudCoverage" in collection.scene_fields


def _read_radar(node: Node, collection: Collection) -> tuple[tuple[str, str], ...]:
    """What a filter asks of radars; of other collections as it stands, for the warning."""
    given = [(name, found) for name in FIELDS if (found := node.get(name)) is not None]
    known = collection.id == COLLECTION
    return tuple((name, found.choice(FIELDS[name]) if known else str(found.value)[:80]) for name, found in given)


def _read_resampling(node: Node | None) -> tuple[str, bool]:
    if node is None:
        return "nearest", True
    ways = [node.get("downsampling"), node.get("upsampling")]
    words = ["NEAREST" if way is None else way.choice(tuple(_RESAMPLINGS)) for way in ways]
    harmonize = node.get("harmonizeValues")
    word = words[1] if words[1] != "NEAREST" else words[0]
    return _RESAMPLINGS[word], harmonize is None or harmonize.flag()


def _read_processing(node: Node | None) -> Processing:
    if node is None:
        return Processing()
    try:
        return read_processing(node.mapping())
    except RequestError as error:
        raise bad_payload(str(error), node.path) from None


def _read_crs(node: Node) -> CRS:
    properties = node.get("properties")
    named = None if properties is None else properties.get("crs")
    if named is None:
        return _crs_of(4326)
    match = _CRS.fullmatch(named.text())
    if match is None:
        raise named.wrong("a CRS such as http://www.opengis.net/def/crs/EPSG/0/32631")
    try:
        found = _crs_of(int(match[1] or 4326))
    except CRSError:
        raise named.wrong("a CRS that EPSG knows") from None
    if not (found.is_geographic or found.is_projected):
        raise named.wrong("a CRS of maps, in degrees or metres")
    return found


@lru_cache(maxsize=256)
def _crs_of(code: int) -> CRS:
    return CRS.from_epsg(code)


def _read_box(node: Node) -> Box:
    numbers = [item.number() for item in node.items()]
    if len(numbers) != 4 or not (numbers[0] < numbers[2] and numbers[1] < numbers[3]):
        raise node.wrong("four numbers: least x, least y, largest x, largest y")
    return numbers[0], numbers[1], numbers[2], numbers[3]


def read_polygon(node: Node) -> dict[str, Any]:
    """Return a GeoJSON polygon, or several, as several.

    Raises:
        ServiceError: it is not one, or a ring is not closed.
    """
    kind = node.need("type").choice(("Polygon", "MultiPolygon"))
    coordinates = node.need("coordinates")
    polygons = [coordinates] if kind == "Polygon" else list(coordinates.items())
    rings = [[_read_ring(ring) for ring in polygon.items()] for polygon in polygons]
    if sum(len(ring) for polygon in rings for ring in polygon) > _MAX_RING:
        raise bad_payload(f"`{node.path}` has more than {_MAX_RING:,} points.", node.path)
    return {"type": "MultiPolygon", "coordinates": rings}


def _read_ring(node: Node) -> list[tuple[float, float]]:
    points = []
    for item in node.items():
        pair = [number.number() for number in item.items()]
        if len(pair) not in (2, 3):
            raise item.wrong("a point, two numbers")
        points.append((pair[0], pair[1]))
    if len(points) < 4 or points[0] != points[-1]:
        raise bad_payload(f"`{node.path}` is not a closed ring of at least four points.", node.path)
    return points


def _around(geometry: Mapping[str, Any]) -> Box:
    box = box_of_polygons(geometry)
    if not (box[0] < box[2] and box[1] < box[3]):
        raise bad_payload("`input->bounds->geometry` has no area.", "input->bounds->geometry")
    return box


def _count(node: Node, extent: float, side: str) -> int:
    """How many pixels of a size an extent has, to the nearest; at least one."""
    step = node.number()
    if not step > 0:
        raise node.wrong("a number above 0")
    count = max(round(min(extent / max(step, 1e-100), 1e12)), 1)
    if count > MAX_SIDE:
        name = node.path.rpartition(">")[2]
        what = f"`{side} = {count}`, calculated from {name}, is larger than allowed {MAX_SIDE}."
        raise bad_payload(what, node.path)
    return count
