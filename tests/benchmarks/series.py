"""A median over twelve scenes of four bands under ORBIT, against the same with xarray and dask.

OSO_EVALSCRIPT_SIDE sets the rows and columns.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.windows import Window

from tests.benchmarks import pictures
from tests.benchmarks.measure import Bar, Report
from tests.benchmarks.rasters import GDAL_LEVEL, same_pixels
from tests.benchmarks.trees import THREADS, costs, python, ratio, report

BANDS = ("B02", "B03", "B04", "B08")
DATES = 12
MEDIAN = (
    f"//VERSION=3\nconst bands = {list(BANDS)};\n"
    """function setup() {
  return {
    input: [{ bands: ["B02", "B03", "B04", "B08", "dataMask"], units: "DN" }],
    output: { bands: 4, sampleType: "FLOAT32" },
    mosaicking: "ORBIT",
  };
}
function median(values) {
  const n = values.length;
  if (n === 0) return 0;
  values.sort((a, b) => a - b);
  return n % 2 ? values[(n - 1) / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}
function evaluatePixel(samples) {
  const valid = samples.filter((s) => s.dataMask);
  return [
    median(valid.map((s) => s.B02)), median(valid.map((s) => s.B03)),
    median(valid.map((s) => s.B04)), median(valid.map((s) => s.B08)),
  ];
}
"""
)


def reports(rounds: int) -> list[Report]:
    """The rate and the memory of both."""
    side = int(os.environ.get("OSO_EVALSCRIPT_SIDE", "4096"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "scenes").mkdir()
        for index in range(DATES):
            path = pictures.reflectances(folder / f"scenes/S2_2023-{index + 1:02}-15.tif", side, len(BANDS), index)
            with rasterio.open(path, "r+") as dataset:
                dataset.descriptions = BANDS
        (folder / "median.js").write_text(MEDIAN)
        words = ("-m", "tests.benchmarks.series")
        ours, theirs = "the script", "xarray and dask"
        candidates = {ours: python(*words, "script", str(folder)), theirs: python(*words, "dask", str(folder))}
        found = costs(candidates, rounds, lambda: same_pixels([folder / "o.tif", folder / "x.tif"], tolerance=1e-3))
    bars = [
        Bar(f"median of {DATES} scenes: speed of xarray and dask, {what}", ratio(found, what, theirs, ours), 1.0)
        for what in ("cpu", "wall")
    ]
    bars.append(Bar(f"median of {DATES} scenes: memory, to that of xarray and dask", ratio(found, "memory", ours, theirs), 1.0, most=True))  # fmt: skip
    return [report(f"The median of {DATES} scenes of {side} x {side}, {len(BANDS)} bands, to FLOAT32", found, bars)]


def _script(folder: Path) -> None:
    from oso_evalscript.rasters import Settings, run

    how = Settings(threads=THREADS, overviews="none", level=GDAL_LEVEL)
    run(folder / "median.js", str(folder / "scenes"), folder / "o.tif", collection="S2L2A", settings=how)


class _Target:
    """A file that dask stores blocks into."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset

    def __setitem__(self, place: tuple[slice, slice, slice], values: Any) -> None:
        _, rows, columns = place
        window = Window(columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start)
        self._dataset.write(values, window=window)


def _with_dask(folder: Path) -> None:
    """What xarray's users write: all dates of a chunk together, no data as NaN, and the median over time."""
    import dask
    import dask.array as da
    import xarray as xr
    from dask.delayed import delayed

    paths = sorted((folder / "scenes").glob("*.tif"))
    with rasterio.open(paths[0]) as first:
        profile, side = first.profile, first.height

    def read(path: Path, row: int, column: int, height: int, width: int) -> Any:
        with rasterio.open(path) as dataset:
            return dataset.read(window=Window(column, row, width, height))

    def scene(path: Path) -> Any:
        rows = []
        for row in range(0, side, 512):
            height = min(512, side - row)
            pieces = [(column, min(1024, side - column)) for column in range(0, side, 1024)]
            blocks = [delayed(read)(path, row, column, height, width) for column, width in pieces]
            sizes = [(len(BANDS), height, width) for _, width in pieces]
            rows.append([da.from_delayed(*each, dtype="uint16") for each in zip(blocks, sizes, strict=True)])
        return da.concatenate([da.concatenate(row, axis=2) for row in rows], axis=1)

    stack = xr.DataArray(da.stack([scene(path) for path in paths]), dims=("time", "band", "y", "x"))
    median = stack.chunk({"time": -1}).where(stack != 0).median("time").fillna(0).astype(np.float32)
    options = {**profile, "dtype": "float32", "nodata": None, "predictor": 3, "num_threads": THREADS}
    with (
        dask.config.set(scheduler="threads", num_workers=THREADS),
        rasterio.open(folder / "x.tif", "w", **options) as target,
    ):
        written: Any = _Target(target)
        da.store(median.data, written, lock=True)


if __name__ == "__main__":
    (_script if sys.argv[1] == "script" else _with_dask)(Path(sys.argv[2]))
