"""Rasters in every layout that files come in, drawn, and written by rasterio."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from hypothesis import strategies as st
from numpy.typing import NDArray

PLACES = {"EPSG:2154": (500_000.0, 6_700_000.0, 10.0), "EPSG:32631": (400_000.0, 5_000_000.0, 20.0), "EPSG:4326": (2.0, 48.0, 1e-4)}  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """How a raster lies in a file."""

    height: int
    width: int
    dtype: str = "uint8"
    crs: str = "EPSG:2154"
    block: int = 0
    interleave: str = "pixel"
    mask: str = "none"
    compress: str | None = None
    seed: int = 0
    row: int = 0
    column: int = 0

    @property
    def transform(self) -> Affine:
        left, top, size = PLACES[self.crs]
        return Affine(size, 0.0, left + self.column * size, 0.0, -size, top - self.row * size)


@st.composite
def layouts(draw: st.DrawFn, dtypes: tuple[str, ...] = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")) -> Layout:  # fmt: skip
    return Layout(
        draw(st.integers(1, 90)),
        draw(st.integers(1, 150)),
        draw(st.sampled_from(dtypes)),
        draw(st.sampled_from(sorted(PLACES))),
        draw(st.sampled_from([0, 16, 48])),
        draw(st.sampled_from(["pixel", "band"])),
        draw(st.sampled_from(["none", "nodata", "nan", "mask", "alpha"])),
        draw(st.sampled_from([None, "deflate", "lzw"])),
        draw(st.integers(0, 10)),
    )


def values_of(layout: Layout, bands: int = 2) -> NDArray[Any]:
    """Values of a few kinds, so that they repeat and some are the no-data value; shape (band, y, x)."""
    shape = (bands, layout.height, layout.width)
    values: NDArray[Any] = np.random.default_rng(layout.seed).integers(0, 24, shape).astype(layout.dtype)
    if layout.mask == "nan" and values.dtype.kind == "f":
        values[values == 3] = np.nan
    return values


def write(path: Path, layout: Layout, values: NDArray[Any], names: tuple[str, ...] = ()) -> NDArray[np.bool_]:
    """Write a raster, and return where all its bands hold data."""
    nodata = {"nodata": 3, "nan": float("nan") if layout.dtype.startswith("float") else None}.get(layout.mask)
    count = len(values) + (layout.mask == "alpha")
    options: dict[str, Any] = {"compress": layout.compress} if layout.compress else {}
    if layout.block:
        options |= {"tiled": True, "blockxsize": layout.block, "blockysize": layout.block}
    if layout.mask == "alpha":
        options |= {"photometric": "MINISBLACK"}
    given = np.random.default_rng(layout.seed + 1).random((layout.height, layout.width)) < 0.8
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=layout.seed % 2 == 0),
        rasterio.open(
            path, "w", driver="GTiff", height=layout.height, width=layout.width, count=count, dtype=layout.dtype,
            crs=layout.crs, transform=layout.transform, nodata=nodata, interleave=layout.interleave, **options,
        ) as dataset,
    ):  # fmt: skip
        if layout.mask == "alpha":  # it is written down with the first pixels
            other = rasterio.enums.ColorInterp.undefined
            dataset.colorinterp = [
                rasterio.enums.ColorInterp.gray,
                *[other] * (count - 2),
                rasterio.enums.ColorInterp.alpha,
            ]
        dataset.write(values, list(range(1, len(values) + 1)))
        for index, name in enumerate(names, 1):
            dataset.set_band_description(index, name)
        if layout.mask == "alpha":
            dataset.write(given.astype(layout.dtype) * 100, count)
        if layout.mask == "mask":
            dataset.write_mask(given)
    if layout.mask in ("alpha", "mask"):
        return given
    if nodata is None:
        return np.ones(given.shape, np.bool_)
    valid: NDArray[np.bool_] = np.logical_and.reduce(~np.isnan(values) if nodata != nodata else values != nodata)
    return valid
