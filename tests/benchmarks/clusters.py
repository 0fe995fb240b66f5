"""An index through the workers of a dask cluster on this machine, against the same in threads of one process.

OSO_EVALSCRIPT_SIDE sets the rows and columns.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks import pictures
from tests.benchmarks.measure import Bar, Report, Spread
from tests.benchmarks.rasters import FLOAT, same_pixels
from tests.benchmarks.trees import Command, Cost, costs, python, report

_FREE_CORES = 4
_SMALL = 1100  # rows and columns of a raster that shows what the start costs: a window for each worker at least


def reports(rounds: int) -> list[Report]:
    """What dask adds, with the start of both taken off; and two workers against one where there is room for them."""
    side = int(os.environ.get("OSO_EVALSCRIPT_SIDE", "8192"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "index.js").write_text(FLOAT)
        for size in (side, _SMALL):
            for seed, band in enumerate(("B04", "B08")):
                pictures.reflectances(folder / f"{band}_{size}.tif", size, 1, seed)
        candidates = {
            "threads": _run(folder, side, "o.tif"),
            "dask, two workers": _run(folder, side, "d.tif", "--scheduler", "local", workers=2),
            "threads, start": _run(folder, _SMALL, "s.tif"),
            "dask, two workers, start": _run(folder, _SMALL, "s.tif", "--scheduler", "local", workers=2),
        }
        free = (os.cpu_count() or 1) - os.getloadavg()[0] >= _FREE_CORES
        if free:
            candidates["dask, one worker"] = _run(folder, side, "d.tif", "--scheduler", "local", workers=1)
        found = costs(candidates, rounds, lambda: same_pixels([folder / "o.tif", folder / "d.tif"]))
    bars = [_overhead(found)]
    notices = [] if free else ["There are no four free cores: two workers were not compared with one."]
    if free:
        pairs = zip(found["dask, one worker"], found["dask, two workers"], strict=True)
        bars.append(Bar("dask: two workers against one", Spread.of([one.wall / two.wall for one, two in pairs]), 1.5))
    return [report(f"An index of two UINT16 bands of {side} x {side} to a COG, by dask", found, bars, notices)]


def _run(folder: Path, side: int, target: str, *words: str, workers: int = 2) -> Command:
    inputs = [word for band in ("B04", "B08") for word in ("--input", f"{band}={folder / f'{band}_{side}.tif'}")]
    said = ["--collection", "S2L2A", "--no-lint", "--workers", str(workers), "-o", str(folder / target)]
    return python("-m", "oso_evalscript", "run", str(folder / "index.js"), *inputs, *said, *words)


def _overhead(found: Mapping[str, Sequence[Cost]]) -> Bar:
    def of(name: str) -> list[float]:
        pairs = zip(found[name], found[f"{name}, start"], strict=True)
        return [cost.cpu - start.cpu for cost, start in pairs]

    more = [100 * (dask / threads - 1) for dask, threads in zip(of("dask, two workers"), of("threads"), strict=True)]
    return Bar("dask: processor time beside that of threads, without the starts", Spread.of(more), 25, most=True, unit="%")  # fmt: skip
