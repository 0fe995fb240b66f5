"""Rasters for benchmarks, made up in bounded memory: land cover, bands and scenes with detail at every scale."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window

CLASSES = 23
_SIDE = 1024


def profile(side: int, dtype: str, count: int = 1) -> dict[str, Any]:
    """Return how the rasters are stored: as a careful user stores them."""
    return {
        "driver": "GTiff", "height": side, "width": side, "count": count, "dtype": dtype, "crs": "EPSG:32631", "nodata": 0,
        "transform": rasterio.Affine(10, 0, 4e5, 0, -10, 5e6), "tiled": True, "blockxsize": 512, "blockysize": 512,
        "compress": "deflate", "predictor": 2 if dtype == "uint16" else 1, "interleave": "pixel",
    }  # fmt: skip


def land_cover(path: Path, side: int) -> Path:
    """Write a map of codes: patches with speckle in them, as maps that were classified pixel by pixel have it."""
    random = np.random.default_rng(0)
    patches = random.integers(0, CLASSES + 1, (_SIDE // 32, _SIDE // 32), np.uint8).repeat(32, 0).repeat(32, 1)
    speckle = random.random(patches.shape) < 0.05
    patches[speckle] = random.integers(1, CLASSES + 1, int(speckle.sum()), np.uint8)
    _write(path, profile(side, "uint8"), lambda row, column: np.roll(patches, 37 * row + 11 * column, (0, 1))[None])
    return path


def reflectances(path: Path, side: int, count: int, seed: int = 0) -> Path:
    """Write bands of digital numbers."""
    random = np.random.default_rng(seed)
    field = np.stack([_field(random) for _ in range(count)])
    _write(path, profile(side, "uint16", count), lambda row, column: np.roll(field, 37 * row + 11 * column, (1, 2)))
    return path


def _field(random: np.random.Generator) -> NDArray[np.uint16]:
    total = np.full((_SIDE, _SIDE), 2000.0)
    for size in (1, 2, 4, 8, 16, 32, 64):
        cells = random.normal(0, 30 * size**0.7, (_SIDE // size, _SIDE // size))
        total += cells.repeat(size, 0).repeat(size, 1)
    return total.clip(1, 10000).astype(np.uint16)


def _write(path: Path, how: dict[str, Any], piece: Callable[[int, int], NDArray[Any]]) -> None:
    side = how["height"]
    with rasterio.open(path, "w", **how) as dataset:
        for row in range(0, side, _SIDE):
            for column in range(0, side, _SIDE):
                height, width = min(_SIDE, side - row), min(_SIDE, side - column)
                values = piece(row // _SIDE, column // _SIDE)[:, :height, :width]
                dataset.write(values, window=Window(column, row, width, height))


def repeated(path: Path, source: Path, across: int, down: int) -> Path:
    """Write a VRT in which a raster of one band stands many times."""
    with rasterio.open(source) as dataset:
        height, width, crs = dataset.height, dataset.width, dataset.crs.to_wkt()
        transform = ", ".join(map(str, dataset.transform.to_gdal()))
    tiles = "".join(
        f'<SimpleSource><SourceFilename relativeToVRT="0">{source}</SourceFilename><SourceBand>1</SourceBand>'
        f'<SourceProperties RasterXSize="{width}" RasterYSize="{height}" DataType="Byte" BlockXSize="512" BlockYSize="512"/>'
        f'<SrcRect xOff="0" yOff="0" xSize="{width}" ySize="{height}"/>'
        f'<DstRect xOff="{column * width}" yOff="{row * height}" xSize="{width}" ySize="{height}"/></SimpleSource>'
        for row in range(down)
        for column in range(across)
    )
    path.write_text(
        f'<VRTDataset rasterXSize="{across * width}" rasterYSize="{down * height}"><SRS>{_escaped(crs)}</SRS>'
        f'<GeoTransform>{transform}</GeoTransform><VRTRasterBand dataType="Byte" band="1"><NoDataValue>0</NoDataValue>'
        f"{tiles}</VRTRasterBand></VRTDataset>"
    )
    return path


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
