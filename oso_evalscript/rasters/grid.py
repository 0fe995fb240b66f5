"""The grid: where the pixels of a raster lie, and which grid a run writes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from affine import Affine
from rasterio import Env
from rasterio._err import CPLE_BaseError  # some functions raise it as it is
from rasterio.crs import CRS
from rasterio.errors import CRSError
from rasterio.warp import calculate_default_transform, transform, transform_bounds

from oso_evalscript.model.errors import RasterError

Box: TypeAlias = tuple[float, float, float, float]
"""Left, bottom, right, top."""

MAX_SIDE = 2**31 - 1  # what GDAL counts rows and columns with
_EXACT = 1e-6
"""A part of a pixel below which two grids count as one; GPS and rounded corners differ by less."""


class Window(NamedTuple):
    """A rectangle of pixels of a grid."""

    row: int
    column: int
    height: int
    width: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows and columns of pixels on the ground, the first row in the north.

    Attributes:
        crs: the coordinate reference system.
        transform: from (column, row) of a pixel's upper left corner to (x, y).
        width: columns.
        height: rows.
    """

    crs: CRS
    transform: Affine
    width: int
    height: int

    @property
    def bounds(self) -> Box:
        """Left, bottom, right and top in units of the CRS."""
        left, top = self.transform.c, self.transform.f
        return left, top + self.height * self.transform.e, left + self.width * self.transform.a, top

    @property
    def resolution(self) -> tuple[float, float]:
        """Width and height of a pixel in units of the CRS."""
        return self.transform.a, -self.transform.e

    def part(self, window: Window) -> Grid:
        """Return the grid of a window."""
        moved = _moved(self.transform, window.row, window.column)
        return Grid(self.crs, moved, window.width, window.height)

    def windows(self, height: int, width: int) -> Iterator[Window]:
        """Yield windows of at most that size that cover the grid, row by row."""
        for row in range(0, self.height, height):
            for column in range(0, self.width, width):
                yield Window(row, column, min(height, self.height - row), min(width, self.width - column))

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """Return column and row of a point, with fractions; beyond the ends of the grid too."""
        return (x - self.transform.c) / self.transform.a, (y - self.transform.f) / self.transform.e

    def shift(self, other: Grid) -> tuple[int, int] | None:
        """Return row and column of `other` where this grid begins; None where their pixels do not coincide."""
        if self.crs != other.crs or not _same_pixels(self, other):
            return None
        column, row = other.pixel(self.transform.c, self.transform.f)
        if abs(column - round(column)) > 1e-3 or abs(row - round(row)) > 1e-3:
            return None
        return round(row), round(column)

    def place(self, x: float, y: float, crs: CRS | None = None) -> tuple[int, int]:
        """Return row and column of the pixel at some coordinates.

        Args:
            x: easting or longitude.
            y: northing or latitude.
            crs: what they are in; the grid's own by default.

        Raises:
            RasterError: there is no pixel.
        """
        own_x, own_y = x, y
        if crs is not None and crs != self.crs:
            xs, ys = transform(crs, self.crs, [x], [y])
            own_x, own_y = xs[0], ys[0]
        column, row = self.pixel(own_x, own_y)
        if not (0 <= row < self.height and 0 <= column < self.width):
            bounds = transform_bounds(self.crs, crs or self.crs, *self.bounds)
            raise RasterError(f"there is no pixel at {x:g},{y:g}: the rasters cover {show_box(bounds)}")
        return math.floor(row), math.floor(column)


def overlap(one: Grid, other: Grid) -> bool:
    """Return whether two grids share ground, as far as their boxes tell.

    Raises:
        RasterError: one CRS cannot be converted to the other.
    """
    return _meet(bounds_in(one, other.crs), other.bounds)


def bounds_in(grid: Grid, crs: CRS) -> Box:
    """Return the bounds of a grid in another CRS.

    Raises:
        RasterError: its CRS cannot be converted to that, such as a local one.
    """
    if grid.crs == crs:
        return grid.bounds
    try:
        with Env():  # else GDAL prints its error
            left, bottom, right, top = transform_bounds(grid.crs, crs, *grid.bounds)
    except (CRSError, CPLE_BaseError):
        raise RasterError(f"coordinates cannot be converted from {crs_name(grid.crs)} to {crs_name(crs)}") from None
    return left, bottom, right, top


def is_local(crs: CRS) -> bool:
    """Return whether a CRS is tied to no place on Earth, or GDAL does not know to which."""
    return not (crs.is_geographic or crs.is_projected)


def crs_name(crs: CRS) -> str:
    """Return what a CRS is called: its code, such as `EPSG:2154`, or its name if it has none."""
    text = str(crs.to_string())
    named = re.match(r'\w+\["([^"]+)"', text)
    return named[1] if named else text


def choose_grid(
    finest: Grid,
    *,
    bbox: Box | None = None,
    crs: CRS | None = None,
    resolution: tuple[float, float] | None = None,
    size: tuple[int, int] | None = None,
) -> Grid:
    """Return the grid to write: that of the finest band, but for what is asked for.

    Args:
        finest: the grid of the band with the smallest pixels.
        bbox: left, bottom, right, top in units of `crs`; widened to whole pixels of the finest band where neither
            size nor resolution says otherwise.
        crs: the coordinate reference system; by default that of the finest band.
        resolution: width and height of a pixel in units of `crs`.
        size: columns and rows, instead of a resolution.

    Raises:
        RasterError: what is asked for contradicts itself, or lies outside of the finest band.
    """
    if resolution is not None and size is not None:
        raise RasterError("choose one of resolution and size")
    if bbox is not None and not (bbox[0] < bbox[2] and bbox[1] < bbox[3]):
        raise RasterError(f"the box {show_box(bbox)} is empty: expected left, bottom, right, top")
    if resolution is not None and not all(math.isfinite(side) and side > 0 for side in resolution):
        raise RasterError(f"the resolution {resolution[0]:g},{resolution[1]:g} is not valid: expected positive numbers")
    base = finest if crs is None or crs == finest.crs else _warped(finest, crs)
    if bbox is not None and not _meet(bbox, base.bounds):
        raise RasterError(f"the box {show_box(bbox)} is outside the rasters, which cover {show_box(base.bounds)}")
    if size is not None:
        return _sized(base.crs, bbox or base.bounds, size)
    if resolution is not None:
        return _spaced(base, bbox or base.bounds, resolution)
    return base if bbox is None else _snapped(base, bbox)


def metres_per_unit(crs: CRS) -> float:
    """Return the length of a unit of a CRS in metres, of a degree roughly; 1 where it has none, as local ones."""
    if crs.is_geographic:
        return 111_320.0
    try:
        return float(crs.linear_units_factor[1])
    except CRSError:
        return 1.0


def parse_crs(text: str) -> CRS:
    """Return the coordinate reference system of that name, such as `EPSG:2154`.

    Raises:
        RasterError: there is none.
    """
    try:
        with Env():  # else GDAL prints its error
            return CRS.from_user_input(int(text) if text.strip().isdigit() else text)
    except (CRSError, ValueError):
        raise RasterError(
            f"`{text}` is not a coordinate reference system: expected one such as EPSG:2154 or EPSG:4326"
        ) from None


def show_box(box: Box) -> str:
    """Return a box in words, as `--bbox` takes it."""
    return ",".join(f"{side:.10g}" for side in box)


def _same_pixels(one: Grid, other: Grid) -> bool:
    """Whether pixels have one size: so nearly that over the whole grid they stay together."""
    longest = max(one.width, one.height, other.width, other.height)
    pairs = zip(one.resolution, other.resolution, strict=True)
    return all(abs(a - b) * longest < 1e-3 * abs(b) for a, b in pairs)


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and one[2] > other[0] and one[1] < other[3] and one[3] > other[1]


def _warped(grid: Grid, crs: CRS) -> Grid:
    """The grid in another CRS that holds all of it, with pixels of about the same size."""
    left, bottom, right, top = grid.bounds
    try:
        moved, width, height = calculate_default_transform(
            grid.crs, crs, grid.width, grid.height, left, bottom, right, top
        )
    except (CRSError, CPLE_BaseError):
        raise RasterError(f"the rasters cannot be reprojected from {crs_name(grid.crs)} to {crs_name(crs)}") from None
    return _checked(crs, moved, width, height)


def _sized(crs: CRS, box: Box, size: tuple[int, int]) -> Grid:
    width, height = size
    if min(size) < 1:
        raise RasterError(f"the size {width},{height} has no pixels: expected columns and rows")
    moved = _from_corner(box, (box[2] - box[0]) / width, (box[3] - box[1]) / height)
    return _checked(crs, moved, width, height)


def _spaced(base: Grid, box: Box, resolution: tuple[float, float]) -> Grid:
    columns, rows = (box[2] - box[0]) / resolution[0], (box[3] - box[1]) / resolution[1]
    return _checked(base.crs, _from_corner(box, *resolution), _ceil(columns), _ceil(rows))


def _snapped(base: Grid, box: Box) -> Grid:
    """The part of a grid that a box touches; beyond its ends too."""
    left, top = base.pixel(box[0], box[3])
    right, bottom = base.pixel(box[2], box[1])
    column, row = _floor(left), _floor(top)
    moved = _moved(base.transform, row, column)
    return _checked(base.crs, moved, _ceil(right) - column, _ceil(bottom) - row)


def _moved(transform: Affine, row: int, column: int) -> Affine:
    """The transform of a grid that begins at that pixel."""
    left, top = transform.c + column * transform.a, transform.f + row * transform.e
    return Affine(transform.a, 0.0, left, 0.0, transform.e, top)


def _from_corner(box: Box, width: float, height: float) -> Affine:
    """The transform of a grid of such pixels in the upper left corner of a box."""
    return Affine(width, 0.0, box[0], 0.0, -height, box[3])


def _checked(crs: CRS, moved: Affine, width: int, height: int) -> Grid:
    if max(width, height) > MAX_SIDE:
        raise RasterError(f"{width:,} x {height:,} pixels are too many: use a larger --resolution, or a smaller --bbox")
    return Grid(crs, moved, max(width, 1), max(height, 1))


def _floor(value: float) -> int:
    return math.floor(value + _EXACT)


def _ceil(value: float) -> int:
    return math.ceil(value - _EXACT)
