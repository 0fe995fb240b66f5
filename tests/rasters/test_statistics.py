"""Statistics of windows are those of numpy, and those of all windows those of a run on arrays."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from oso_evalscript.rasters import Settings, open_scenes, run
from oso_evalscript.rasters.evaluating import Table
from oso_evalscript.rasters.grid import Window
from oso_evalscript.rasters.statistics import Ledger, merged, statistics_of, totals_of, totals_of_entries
from oso_evalscript.runtime.program import Program
from oso_evalscript.runtime.summary import summarize
from tests.rasters.layouts import Layout, values_of, write


def by_hand(pixels: NDArray[Any], nodata: float | None, there: NDArray[np.bool_] | None) -> list[tuple[float, ...]]:
    found = []
    for band in pixels:
        values = band.astype(np.float64)[there if there is not None else ...].ravel()
        kept = values[~np.isnan(values) & (values != nodata)]
        ends = (kept.min(), kept.max()) if kept.size else (math.nan, math.nan)
        blank = 0 if there is None else int((~there).sum())
        found.append((kept.size, kept.sum(), *ends, np.isnan(band.astype(float)).sum(), blank))
    return found


@settings(max_examples=150)
@given(
    dtype=st.sampled_from(["uint8", "int8", "uint16", "int16", "float32"]),
    bands=st.integers(1, 5),
    size=st.tuples(st.integers(1, 70), st.integers(1, 70)),
    nodata=st.sampled_from([None, 0, 255, 3, -1, math.nan]),
    share=st.sampled_from([None, 0.0, 0.3, 0.9, 1.0]),
    interleaved=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_totals_are_those_of_numpy(
    dtype: str,
    bands: int,
    size: tuple[int, int],
    nodata: float | None,
    share: float | None,
    interleaved: bool,
    seed: int,
) -> None:
    random = np.random.default_rng(seed)
    if dtype == "float32":
        pixels = random.integers(-5, 5, (bands, *size)).astype(dtype) / 4
        pixels[random.random(pixels.shape) < random.choice([0, 0.1])] = math.nan
    else:
        limits = np.iinfo(dtype)
        pixels = random.choice([limits.min, limits.max, 0, 3], (bands, *size)).astype(dtype)
    if interleaved:
        pixels = np.moveaxis(np.ascontiguousarray(np.moveaxis(pixels, 0, -1)), -1, 0)
    there = None if share is None else random.random(size) < share
    found = totals_of(pixels, nodata, there)
    np.testing.assert_array_equal(found.T, by_hand(pixels, nodata, there))


@settings(max_examples=80)
@given(
    dtype=st.sampled_from(["uint8", "uint16", "float32"]),
    bands=st.integers(1, 4),
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    nodata=st.sampled_from([None, 0, 7, math.nan]),
    void=st.sampled_from([None, 0, 255]),
    seed=st.integers(0, 1000),
)
def test_totals_of_a_table_are_those_of_its_pixels(
    dtype: str, bands: int, size: tuple[int, int], nodata: float | None, void: int | None, seed: int
) -> None:
    random = np.random.default_rng(seed)
    values = random.integers(0, 9, (512, bands)).astype(dtype)
    if dtype == "float32":
        values[random.random(values.shape) < 0.2] = math.nan
    codes = random.choice([0, 1, 2, 200, 255], size).astype(np.uint8)
    mask = None if void is None else codes != void
    table = Table((("A", 256),), {"default": values}, void)
    tally = table.tally({"A": codes}, mask)
    assert (tally is None) == (codes.size % 2 == 1)
    if tally is not None:
        found = totals_of_entries(values, tally, nodata)
        np.testing.assert_array_equal(found, totals_of(table.look_up({"A": codes}, mask)["default"], nodata, mask))


def test_large_sums_do_not_overflow() -> None:
    pixels = np.full((1, 600, 700), 65535, np.uint16)
    (band,) = statistics_of("x", totals_of(pixels, None))
    assert (band.least, band.mean, band.largest) == (65535, 65535, 65535)


SCRIPT = """//VERSION=3
function setup() { return { input: ["A", "B", "dataMask"], output: [{ id: "sum", bands: 1, sampleType: "FLOAT32", nodataValue: 7 }, { id: "both", bands: 3, sampleType: "UINT8" }, { id: "ratio", bands: 1, sampleType: "FLOAT32" }] }; }
function evaluatePixel(s) { return { sum: [s.A + s.B], both: [s.A, s.B * 3, 1], ratio: [(s.A - s.B) / (s.A - s.B)] }; }
"""


@pytest.mark.parametrize("mask", ["none", "nodata", "mask"])
@pytest.mark.parametrize("suffix", ["tif", "zarr"])
def test_statistics_are_those_of_the_summary_of_arrays(tmp_path: Path, mask: str, suffix: str) -> None:
    layout = Layout(90, 70, mask=mask)
    files = {name: tmp_path / f"{name}.tif" for name in "AB"}
    for seed, path in enumerate(files.values()):
        write(path, replace(layout, seed=seed), values_of(replace(layout, seed=seed), 1))
    written = run(SCRIPT, files, tmp_path / f"out.{suffix}", settings=Settings(tile=32, threads=2))
    found = {(file.output, number): band for file in written.files for number, band in enumerate(file.bands)}
    with Program(SCRIPT) as program:
        outputs = program.run(open_scenes(program, files).read(), check=True)
        wanted = summarize(outputs, program.setup.outputs).bands
    assert len(wanted) == len(found) == 5
    for band in wanted:
        own = found[band.output, band.band]
        assert (own.least, own.largest, own.nan, own.blank) == (band.least, band.largest, band.nan, band.blank)
        assert own.mean == pytest.approx(band.mean)


def test_a_resumed_run_counts_each_window_once(tmp_path: Path) -> None:
    layout = Layout(100, 100, mask="nodata")
    write(tmp_path / "x.tif", layout, values_of(layout, 1))
    script = """//VERSION=3
function setup() { return { input: ["A"], output: { bands: 1, sampleType: "UINT8" } }; }
function evaluatePixel(s) { return [s.A]; }
"""
    settings = Settings(tile=16, threads=1, resume=True)
    whole = run(script, tmp_path / "x.tif", tmp_path / "whole.tif", settings=settings)

    def stop(progress: Any) -> None:
        if progress.done > 5000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(script, tmp_path / "x.tif", tmp_path / "out.tif", settings=settings, progress=stop)
    kept = tmp_path / ".out.tif.parts/statistics"
    kept.write_bytes(kept.read_bytes()[:-7])  # as if it had been killed while writing
    again = run(script, tmp_path / "x.tif", tmp_path / "out.tif", settings=settings)
    assert again.resumed
    assert again.files[0].bands == whole.files[0].bands
    with rasterio.open(tmp_path / "out.tif") as one, rasterio.open(tmp_path / "whole.tif") as other:
        np.testing.assert_array_equal(one.read(), other.read())


def test_a_ledger_drops_what_was_not_written_whole(tmp_path: Path) -> None:
    totals = [np.arange(6.0).reshape(6, 1)]
    with Ledger(tmp_path / "x", resume=False) as ledger:
        ledger.add(Window(0, 0, 1, 1), totals)
        ledger.add(Window(0, 16, 1, 1), totals)
    (tmp_path / "x").write_bytes((tmp_path / "x").read_bytes()[:-3])
    with Ledger(tmp_path / "x", resume=True) as ledger:
        assert Window(0, 0, 1, 1) in ledger
        assert Window(0, 16, 1, 1) not in ledger
        ledger.add(Window(0, 16, 1, 1), totals)
        np.testing.assert_array_equal(ledger.total(0), merged([totals[0], totals[0]]))
    with Ledger(tmp_path / "x", resume=False) as ledger:
        assert Window(0, 0, 1, 1) not in ledger


def test_a_full_disk_is_reported_once(tmp_path: Path) -> None:
    totals = [np.arange(6.0).reshape(6, 1)]
    ledger = Ledger(tmp_path / "x", resume=False)
    ledger._file.close()
    ledger._file = open("/dev/full", "wb")  # noqa: SIM115, PTH123
    with pytest.raises(OSError, match="No space left"), ledger:
        ledger.add(Window(0, 0, 1, 1), totals)
    assert ledger._file.closed
