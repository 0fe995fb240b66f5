"""Files to files: the palette against gdaldem, an index against a careful loop of rasterio and numpy and gdal_calc.

Equal threads on both sides. gdaldem and gdal_calc are programs of GDAL; where they are missing, a notice says so.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.windows import Window

from oso_evalscript.model.nomenclature import shipped_nomenclature
from oso_evalscript.rasters import Settings, run, write_example
from tests.benchmarks.measure import Bar, Report, interleaved, ratio
from tests.conftest import ROOT

SIDE = 4096
THREADS = 2
NDVI = """//VERSION=3
function setup() { return { input: [{ bands: ["B04", "B08"], units: "DN" }], output: { bands: 1, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) { return [index(s.B08, s.B04)]; }
"""


def reports(rounds: int) -> list[Report]:
    """Both, in a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        return [_palette(Path(folder), rounds), _index(Path(folder), rounds)]


def _palette(folder: Path, rounds: int) -> Report:
    source = write_example(folder / "land_cover.tif", size=SIDE)
    with rasterio.open(source, "r+") as dataset:  # real maps have more detail than made-up patches
        random = np.random.default_rng(0)
        codes = dataset.read(1)
        speckle = random.random(codes.shape) < 0.05
        codes[speckle] = random.integers(1, 24, int(speckle.sum()))
        dataset.write(codes, 1)
    script = ROOT / "evalscripts/oso_palette.js"
    candidates: dict[str, Callable[[], object]] = {
        "the script, COG to COG": lambda: run(script, source, folder / "a.tif", settings=Settings(threads=THREADS)),
        "GDAL's COG driver, only copying that picture": lambda: _copy_as_cog(folder / "a.tif", folder / "b.tif"),
    }
    notices = []
    if shutil.which("gdaldem"):
        lines = [
            f"{item.code} {' '.join(map(str, item.color.rgb))} 255" for item in shipped_nomenclature("oso-23").classes
        ]
        (folder / "colors.txt").write_text("\n".join([*lines, "nv 0 0 0 0"]))
        words = ["gdaldem", "color-relief", "-q", "-alpha", "-nearest_color_entry", "-of", "COG"]
        options = ["-co", "OVERVIEW_RESAMPLING=NEAREST", "-co", f"NUM_THREADS={THREADS}"]
        files = [str(source), str(folder / "colors.txt"), str(folder / "c.tif")]
        candidates["gdaldem color-relief"] = lambda: subprocess.run([*words, *options, *files], check=True)
    else:
        notices.append("gdaldem is not installed: not measured against it.")
    taken = interleaved(candidates, rounds)
    ours, _, *others = taken  # copying does less: it is told for comparison alone
    bars = [Bar(f"palette, COG to COG: speed of {name}", ratio(taken, name, ours), 1.5) for name in others]
    return Report(f"oso_palette.js on a GeoTIFF of {SIDE} x {SIDE}", taken, tuple(bars), tuple(notices))


def _copy_as_cog(source: Path, target: Path) -> None:
    from rasterio.shutil import copy

    copy(source, target, driver="COG", compress="DEFLATE", overview_resampling="NEAREST", num_threads=THREADS, overviews="IGNORE_EXISTING")  # fmt: skip


def _index(folder: Path, rounds: int) -> Report:
    random = np.random.default_rng(0)
    profile: dict[str, Any] = {
        "driver": "GTiff", "height": SIDE, "width": SIDE, "count": 1, "dtype": "uint16", "crs": "EPSG:32631", "nodata": 0,
        "transform": rasterio.Affine(10, 0, 4e5, 0, -10, 5e6), "tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate",
    }  # fmt: skip
    smooth = random.normal(0, 40, (2, SIDE, SIDE)).cumsum(axis=2)
    for name, values in zip(("B04", "B08"), smooth, strict=True):
        with rasterio.open(folder / f"{name}.tif", "w", **profile) as dataset:
            dataset.write((values - values.min() + 1).clip(1, 65535).astype(np.uint16), 1)
    inputs = {name: folder / f"{name}.tif" for name in ("B04", "B08")}
    how = Settings(threads=THREADS, overviews="nearest")
    candidates: dict[str, Callable[[], object]] = {
        "the script, to a COG": lambda: run(NDVI, inputs, folder / "n.tif", collection="S2L2A", settings=how),
        "rasterio and numpy, to a COG": lambda: _loop(folder, profile),
    }
    taken = interleaved(candidates, rounds)
    with rasterio.open(folder / "n.tif") as one, rasterio.open(folder / "m.tif") as other:
        np.testing.assert_allclose(one.read(1), other.read(1), rtol=1e-6)
    ours, loop = taken
    bar = Bar(
        "index to FLOAT32, COG: time of a careful loop of rasterio and numpy", ratio(taken, ours, loop), 1.25, most=True
    )
    return Report(f"An index of two UINT16 bands of {SIDE} x {SIDE}", taken, (bar,))


def _loop(folder: Path, profile: dict[str, Any]) -> None:
    """What a careful user writes: windows, threads for compression, and GDAL's COG driver at the end."""
    options = {**profile, "dtype": "float32", "nodata": None, "num_threads": THREADS, "predictor": 3}
    with (
        rasterio.Env(GDAL_NUM_THREADS=THREADS),
        rasterio.open(folder / "B04.tif") as red,
        rasterio.open(folder / "B08.tif") as nir,
        rasterio.open(folder / "t.tif", "w", **options) as target,
        np.errstate(all="ignore"),
    ):
        for row in range(0, SIDE, 512):
            for column in range(0, SIDE, 2048):
                window = Window(column, row, 2048, 512)
                a, b = (dataset.read(1, window=window).astype(np.float32) for dataset in (red, nir))
                target.write(np.nan_to_num((b - a) / (b + a)), 1, window=window)
    from rasterio.shutil import copy

    copy(folder / "t.tif", folder / "m.tif", driver="COG", compress="DEFLATE", predictor="YES", overview_resampling="NEAREST", num_threads=THREADS)  # fmt: skip
