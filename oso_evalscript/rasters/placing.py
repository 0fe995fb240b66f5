"""Where a request's image lies: its grid, the places of its pixels on the globe, and what a polygon covers of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.errors import CRSError, RasterioError
from rasterio.features import geometry_mask
from rasterio.warp import transform, transform_bounds

from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters.grid import Box, Grid, metres_per_unit

_STEP = 16  # pixels between two places that are worked out; those between follow from them
_METRES_PER_DEGREE = 111_319.49
_SIDE = 64


def grid_over(crs: CRS, box: Box, width: int, height: int) -> Grid:
    """Return a grid of so many columns and rows that fills a box.

    Args:
        crs: what the box is in.
        box: left, bottom, right and top.
        width: columns.
        height: rows.
    """
    left, bottom, right, top = box
    return Grid(crs, Affine((right - left) / width, 0, left, 0, (bottom - top) / height, top), width, height)


def geographic_box(crs: CRS, box: Box) -> Box:
    """Return the box around a box, in degrees.

    Raises:
        RasterError: it lies where its coordinate reference system is not defined.
    """
    try:
        found = box if crs.is_geographic else transform_bounds(crs, CRS.from_epsg(4326), *box, densify_pts=21)
    except (CRSError, RasterioError) as error:
        raise RasterError(f"the box is outside {crs}: {error}") from None
    if not all(map(math.isfinite, found)):
        raise RasterError(f"the box is outside {crs}")
    return found[0], found[1], found[2], found[3]


def geographic(grid: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return longitude and latitude of the centre of each pixel, in degrees.

    Where they follow from the column and the row alone, as in EPSG:4326 and EPSG:3857, their shapes are (1, x) and
    (y, 1); otherwise (y, x) both. Pixels of one size at one place give the same numbers whatever the grid around them.
    """
    scale, left, top = grid.transform, float(grid.transform.c), float(grid.transform.f)
    xs = left + (np.arange(grid.width, dtype=np.float64) + 0.5) * float(scale.a)
    ys = top + (np.arange(grid.height, dtype=np.float64) + 0.5) * float(scale.e)
    if grid.crs.is_geographic:
        return xs[np.newaxis, :], ys[:, np.newaxis]
    if grid.crs.to_epsg() == 3857:
        longitudes, _ = _degrees(grid.crs, xs, np.zeros_like(xs))
        _, latitudes = _degrees(grid.crs, np.zeros_like(ys), ys)
        return longitudes[np.newaxis, :], latitudes[:, np.newaxis]
    columns, across = _nodes(xs, scale.a)
    rows, down = _nodes(ys, -scale.e)
    x, y = np.meshgrid(columns, rows)
    longitudes, latitudes = (found.reshape(y.shape) for found in _degrees(grid.crs, x.ravel(), y.ravel()))
    return _interpolated(longitudes, across, down), _interpolated(latitudes, across, down)


def metres_per_pixel(grid: Grid) -> float:
    """Return the length of the longer side of a pixel, about, in metres."""
    width, height = grid.resolution
    if grid.crs.is_geographic:
        latitude = (grid.bounds[1] + grid.bounds[3]) / 2
        return max(width * math.cos(math.radians(latitude)), height) * _METRES_PER_DEGREE
    return max(width, height) * metres_per_unit(grid.crs)


def inside(grid: Grid, geometry: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Return which pixels a GeoJSON polygon in the grid's CRS touches; of shape (y, x).

    So it is at the service, as far as its printed examples tell: of 3036 pixels of one 1844 lie in its polygon; 1849
    are touched by it, and 1727 have their centre in it.

    Raises:
        RasterError: it cannot be drawn.
    """
    try:
        found: NDArray[np.bool_] = geometry_mask(
            [geometry], (grid.height, grid.width), grid.transform, invert=True, all_touched=True
        )
    except (ValueError, TypeError, RasterioError) as error:
        raise RasterError(f"the geometry cannot be rasterised: {error}") from None
    return found


def _degrees(crs: CRS, xs: NDArray[np.float64], ys: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
    try:
        longitudes, latitudes = transform(crs, CRS.from_epsg(4326), xs, ys)
    except (CRSError, RasterioError) as error:
        raise RasterError(f"the box is outside {crs}: {error}") from None
    found = np.asarray(longitudes, np.float64), np.asarray(latitudes, np.float64)
    if not (np.isfinite(found[0]).all() and np.isfinite(found[1]).all()):
        raise RasterError(f"the box is outside {crs}")
    return found


def _nodes(centres: NDArray[np.float64], side: float) -> tuple[NDArray[np.float64], tuple[NDArray[Any], NDArray[Any]]]:
    """Coordinates at whole multiples of some pixels around those given; for each of those, its node and part."""
    step = side * _STEP
    scaled = centres / step
    first = math.floor(scaled.min())
    nodes = np.arange(first, math.floor(scaled.max()) + 2) * step
    place = np.floor(scaled)
    return nodes, ((place - first).astype(np.intp), scaled - place)


def _interpolated(
    nodes: NDArray[Any], across: tuple[NDArray[Any], NDArray[Any]], down: tuple[NDArray[Any], NDArray[Any]]
) -> NDArray[np.float64]:
    column, part = across
    lines = nodes[:, column] + (nodes[:, column + 1] - nodes[:, column]) * part
    row, share = down
    found: NDArray[np.float64] = lines[row] + (lines[row + 1] - lines[row]) * share[:, np.newaxis]
    return found


def box_around(points: Iterable[tuple[float, float]]) -> Box:
    """Return left, bottom, right and top of some points."""
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def box_of_polygons(geometry: Mapping[str, Any]) -> Box:
    """Return left, bottom, right and top of a GeoJSON MultiPolygon."""
    return box_around(point for polygon in geometry["coordinates"] for ring in polygon for point in ring)


def touches(geometry: Mapping[str, Any], ring: Sequence[tuple[float, float]]) -> bool:
    """Return whether a GeoJSON MultiPolygon and a convex ring overlap, both in degrees; approximately.

    Both are drawn on a grid of some thousand pixels over the overlap of their boxes.
    """
    boxes = box_of_polygons(geometry), box_around(ring)
    left, bottom = max(box[0] for box in boxes), max(box[1] for box in boxes)
    right, top = min(box[2] for box in boxes), min(box[3] for box in boxes)
    if left >= right or bottom >= top:
        return False
    grid = grid_over(CRS.from_epsg(4326), (left, bottom, right, top), _SIDE, _SIDE)
    drawn = [
        geometry_mask([item], (_SIDE, _SIDE), grid.transform, invert=True, all_touched=True)
        for item in (geometry, {"type": "Polygon", "coordinates": [list(ring)]})
    ]
    return bool((drawn[0] & drawn[1]).any())
