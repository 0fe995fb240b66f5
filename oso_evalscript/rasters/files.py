"""What a raster file is: its grid and its bands, with all that the file itself says of them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rasterio
from affine import Affine
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import CRSError, EnvError, RasterioError, RasterioIOError

from oso_evalscript.model.errors import RasterError
from oso_evalscript.model.text import is_text, shortened
from oso_evalscript.rasters.grid import Grid

SUFFIXES = (".tif", ".tiff", ".vrt", ".jp2")
"""The endings of the files that are looked for in folders; a file that is named may have any."""

_NO_ROW = f" at scanline {2**32 - 1}"
"""What GDAL says of the row where a strip ends too early, which does not exist."""

_NETWORK = ("http://", "https://", "s3://", "gs://", "az://", "ftp://", "/vsi")


@dataclass(frozen=True, slots=True)
class FileBand:
    """One band of a file, as the file describes it.

    Attributes:
        index: counted from 1, as GDAL does.
        name: its description, or else the name that its tags give it; empty without any.
        dtype: the element type, in numpy's words.
        nodata: the value that stands for no data, None where there is none.
        scale: the factor from stored to physical values.
        offset: what is added after it.
        unit: what the physical values are in; empty where that is not said.
        color: what it is in a picture, such as `red` or `palette`; empty where that is not said.
    """

    index: int
    name: str
    dtype: str
    nodata: float | None
    scale: float
    offset: float
    unit: str = ""
    color: str = ""


@dataclass(frozen=True, slots=True)
class RasterFile:
    """A file of bands on one grid.

    Attributes:
        path: as GDAL opens it.
        grid: where its pixels lie.
        bands: those that hold data; alpha is none of them.
        alpha: the index of the alpha band, None without one.
        masked: whether it has a mask of its own, inside or beside it.
        upright: whether its first row is the northern one.
        tags: the file's own metadata.
        blocks: rows and columns of the blocks it is stored in.
        overviews: the factors of the smaller copies that it holds.
        parts: all files that GDAL reads for it: itself, those of a VRT, and masks and overviews beside it.
    """

    path: str
    grid: Grid
    bands: tuple[FileBand, ...]
    alpha: int | None
    masked: bool
    upright: bool
    tags: Mapping[str, str]
    blocks: tuple[int, int]
    overviews: tuple[int, ...]
    parts: tuple[str, ...] = ()

    def band(self, index: int) -> FileBand | None:
        """Return the band of that number, None if there is none that holds data."""
        return next((band for band in self.bands if band.index == index), None)


@contextlib.contextmanager
def environment() -> Iterator[None]:
    """Set what GDAL does while rasters are read: a small cache, no threads beside ours; may end in another thread."""
    settings = rasterio.Env(GDAL_CACHEMAX=96, GDAL_NUM_THREADS="1", GDAL_HTTP_MAX_RETRY=3)
    settings.__enter__()
    try:
        yield
    finally:
        with contextlib.suppress(EnvError):  # rasterio keeps them for each thread
            settings.__exit__()


def read_file(path: str | Path) -> RasterFile:
    """Return what a raster file says of itself.

    Raises:
        RasterError: it is missing or is no raster, has no CRS, or its rows do not run from west to east.
    """
    name = str(path)
    local = not name.startswith(_NETWORK) and ":" not in name
    if is_text(path) and (local or "\n" in name):
        raise RasterError(f"expected the path of a raster, not the text {shortened(path)}")
    if local and not os.path.lexists(name):
        raise RasterError(f"{name}: No such file or directory")
    with opening(name) as dataset:
        alphas = [index for index, kind in enumerate(dataset.colorinterp, 1) if kind is ColorInterp.alpha]
        alpha = next((index for index in alphas if index > 1), None)
        flags = [flag for band in dataset.mask_flag_enums for flag in band]
        bands = tuple(_band(dataset, index) for index in dataset.indexes if index != alpha)
        return RasterFile(
            name,
            _grid(dataset, name),
            bands,
            alpha,
            MaskFlags.per_dataset in flags and MaskFlags.alpha not in flags,
            dataset.transform.e < 0,
            dict(dataset.tags()),
            dataset.block_shapes[0],
            tuple(dataset.overviews(1)),
            tuple(dataset.files),
        )


@contextlib.contextmanager
def opening(path: str, **options: Any) -> Iterator[Any]:
    """Open a raster with rasterio, and say in one sentence why it cannot be read.

    Raises:
        RasterError: it cannot.
    """
    try:
        with _quiet(), rasterio.open(path, **options) as dataset:
            yield dataset
    except CRSError as error:
        raise RasterError(f"{path}: its coordinate reference system cannot be read ({first_line(error)})") from None
    except (RasterioIOError, RasterioError) as error:
        raise RasterError(f"{path}: cannot be read as a raster ({first_line(error)})") from None


def first_line(error: BaseException) -> str:
    """Return what an error of GDAL says, the cause before what followed from it, without the file's name before it."""
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    text = (str(cause) or str(error) or type(error).__name__).replace(_NO_ROW, "")
    return text.splitlines()[0].strip().rstrip(".")


def _quiet() -> contextlib.AbstractContextManager[None]:
    """A raster without georeferencing is refused in our own words, not warned of."""
    import warnings

    from rasterio.errors import NotGeoreferencedWarning

    @contextlib.contextmanager
    def silenced() -> Iterator[None]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            yield

    return silenced()


def _band(dataset: Any, index: int) -> FileBand:
    tags = dataset.tags(index)
    name = dataset.descriptions[index - 1] or tags.get("BANDNAME") or tags.get("name") or ""
    return FileBand(
        index,
        name.strip(),
        dataset.dtypes[index - 1],
        dataset.nodatavals[index - 1],
        float(dataset.scales[index - 1]),
        float(dataset.offsets[index - 1]),
        dataset.units[index - 1] or "",
        _color(dataset.colorinterp[index - 1]),
    )


def _color(kind: ColorInterp) -> str:
    return "" if kind in (ColorInterp.undefined, ColorInterp.gray) else kind.name


def _grid(dataset: Any, name: str) -> Grid:
    if dataset.crs is None or not dataset.crs:
        raise RasterError(
            f"{name}: has no coordinate reference system that can be read; set it, for example with "
            "`rio edit-info --crs EPSG:2154`"
        )
    place = dataset.transform
    if place.b or place.d or place.a <= 0:
        raise RasterError(
            f"{name}: its grid is rotated or mirrored (transform {', '.join(f'{part:g}' for part in place[:6])}); "
            "warp it first, for example with `rio warp` or `gdalwarp`"
        )
    if place == Affine.identity():
        raise RasterError(f"{name}: is not georeferenced (no transform); georeference it first")
    if place.e > 0:  # the first row is the southern one
        place = Affine(place.a, 0.0, place.c, 0.0, -place.e, place.f + place.e * dataset.height)
    return Grid(dataset.crs, Affine(place.a, 0.0, place.c, 0.0, place.e, place.f), dataset.width, dataset.height)
