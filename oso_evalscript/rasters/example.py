"""A small land-cover raster for trying things out: made up, with all that a real one has."""

from __future__ import annotations

from pathlib import Path

import rasterio
from rasterio.transform import from_origin

from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters.files import first_line
from oso_evalscript.runtime.synthetic import land_cover

_CORNER = (574_000.0, 6_280_000.0)  # near Toulouse


def write_example(path: str | Path, *, size: int = 1024, seed: int = 0) -> Path:
    """Write a made-up land-cover map, a GeoTIFF like those of OSO, and return its path.

    It has the band `OCS` in UINT8, pixels of 10 m in EPSG:2154 (Lambert-93), and 0 where there is no data.

    Args:
        path: the file.
        size: rows and columns.
        seed: the random seed.

    Raises:
        RasterError: the file cannot be written.
    """
    target = Path(path)
    profile = {
        "driver": "GTiff",
        "height": size,
        "width": size,
        "count": 1,
        "dtype": "uint8",
        "crs": "EPSG:2154",
        "transform": from_origin(*_CORNER, 10, 10),
        "nodata": 0,
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "compress": "deflate",
    }
    try:
        with rasterio.open(target, "w", **profile) as dataset:
            dataset.write(land_cover(size, seed)["OCS"], 1)
            dataset.set_band_description(1, "OCS")
            dataset.update_tags(TIFFTAG_IMAGEDESCRIPTION="A made-up land-cover map, not a real one")
    except (rasterio.errors.RasterioError, OSError) as error:
        raise RasterError(f"{target}: cannot be written ({first_line(error)})") from None
    return target
