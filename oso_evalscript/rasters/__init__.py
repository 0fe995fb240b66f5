"""Rasters: GeoTIFFs, COGs and STAC items through an evalscript, to COGs. Needs the extra `raster`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from oso_evalscript.model.errors import MissingExtra

if TYPE_CHECKING:
    from oso_evalscript.rasters.example import write_example as write_example
    from oso_evalscript.rasters.job import Progress as Progress
    from oso_evalscript.rasters.job import Settings as Settings
    from oso_evalscript.rasters.job import Written as Written
    from oso_evalscript.rasters.job import WrittenFile as WrittenFile
    from oso_evalscript.rasters.lazy import apply as apply
    from oso_evalscript.rasters.running import OpenScenes as OpenScenes
    from oso_evalscript.rasters.running import Selection as Selection
    from oso_evalscript.rasters.running import open_scenes as open_scenes
    from oso_evalscript.rasters.running import run as run
    from oso_evalscript.rasters.statistics import BandStatistics as BandStatistics

_HOME_OF = {
    "write_example": "example",
    "BandStatistics": "statistics",
    "Progress": "job",
    "Settings": "job",
    "Written": "job",
    "WrittenFile": "job",
    "apply": "lazy",
    "OpenScenes": "running",
    "Selection": "running",
    "open_scenes": "running",
    "run": "running",
}

_EXTRAS = {"raster": ("rasterio", "affine", "pystac"), "dask": ("xarray", "dask", "distributed", "zarr")}

__all__ = [
    "BandStatistics",
    "OpenScenes",
    "Progress",
    "Selection",
    "Settings",
    "Written",
    "WrittenFile",
    "apply",
    "open_scenes",
    "run",
    "write_example",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value = getattr(importlib.import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    except ModuleNotFoundError as error:
        library = (error.name or "").split(".")[0]
        extra = next((extra for extra, libraries in _EXTRAS.items() if library in libraries), None)
        if extra is None:
            raise
        raise MissingExtra("working on rasters", library, extra) from None
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
