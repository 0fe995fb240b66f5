"""Which scenes are read, on which grid, and what is said of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine

from oso_evalscript.model.errors import RasterError, ScriptError
from oso_evalscript.rasters import Settings, run
from tests.rasters.layouts import Layout, values_of, write

SAMPLES = """//VERSION=3
function setup() { return { input: ["A", "dataMask"], mosaicking: "ORBIT", output: { bands: 2, sampleType: "UINT8" } }; }
function evaluatePixel(samples) { return [samples.length, samples.filter((s) => s.dataMask).length]; }
"""


def _read(path: Path) -> Any:
    with rasterio.open(path) as dataset:
        return dataset.read()


def test_scenes_outside_the_grid_are_left_out(tmp_path: Path) -> None:
    layout, folder = Layout(40, 40), tmp_path / "scenes"
    folder.mkdir()
    for day, column in ((1, 0), (2, 20), (3, 90), (4, 95)):
        write(folder / f"x_2023-06-0{day}.tif", replace(layout, column=column), values_of(layout, 1))
    box = (500_000, 6_699_600, 500_400, 6_700_000)
    written = run(SAMPLES, folder, tmp_path / "out.tif", bbox=box)
    found = _read(tmp_path / "out.tif")
    assert set(found[0].flat) == {2}
    assert [found[1, 0, 0], found[1, 0, 30]] == [1, 2]
    said = f"2 of 4 scenes lie outside the box 500000,6699600,500400,6700000 and are left out, such as {folder}/x_2023-06-03.tif"  # fmt: skip
    assert said in written.notices
    with pytest.raises(RasterError, match=r"does not overlap the box 500700,6699600,500800,6700000: it covers"):
        run(SAMPLES, folder, tmp_path / "none.tif", bbox=(500_700, *box[1:2], 500_800, box[3]))


def test_an_input_may_have_no_scene_on_the_grid(tmp_path: Path) -> None:
    script = """//VERSION=3
function setup() { return { input: [{ datasource: "a", bands: ["A"] }, { datasource: "b", bands: ["A"] }], mosaicking: "TILE", output: { bands: 2, sampleType: "UINT8" } }; }
function evaluatePixel(samples) { return [samples.a.length, samples.b.length]; }
"""
    layout = Layout(20, 20)
    for name, column in (("a", 0), ("b", 50)):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "x_2023-06-01.tif", replace(layout, column=column), values_of(layout, 1))
    written = run(script, {"a": tmp_path / "a", "b": tmp_path / "b"}, tmp_path / "out.tif", bbox=(500_000, 6_699_800, 500_200, 6_700_000))  # fmt: skip
    assert np.unique(_read(tmp_path / "out.tif")[0]).tolist() == [1]
    assert np.unique(_read(tmp_path / "out.tif")[1]).tolist() == [0]
    assert any("1 of 1 scenes lies outside the box" in notice for notice in written.notices)


def test_scenes_of_two_zones_are_covered(tmp_path: Path) -> None:
    folder = tmp_path / "scenes"
    folder.mkdir()
    for day, (zone, left) in enumerate((("EPSG:32631", 735_658), ("EPSG:32632", 264_402)), 1):
        with rasterio.open(folder / f"x_2023-06-0{day}.tif", "w", driver="GTiff", height=50, width=50, count=1, dtype="uint8", crs=zone, transform=Affine(20, 0, left, 0, -20, 4_987_300)) as dataset:  # fmt: skip
            dataset.write(np.full((1, 50, 50), day, np.uint8))
    run(SAMPLES, folder, tmp_path / "out.tif")
    with rasterio.open(tmp_path / "out.tif") as dataset:
        assert dataset.crs.to_epsg() == 32631
        assert (dataset.bounds.left, dataset.transform.a) == (735_658, 20)
        samples, valid = dataset.read()
    assert set(samples.flat) == {2}
    assert 4990 < (valid > 0).sum() < 5010  # 2500 pixels of each, but for those that the other zone cuts


@pytest.mark.parametrize(
    ("mosaicking", "why"),
    [
        ("ORBIT", "which scripts can read under ORBIT"),
        ("SIMPLE", "while other scenes have one, so that their order is unknown"),
    ],
)
def test_a_file_without_a_date_among_others_is_named(tmp_path: Path, mosaicking: str, why: str) -> None:
    for name in ("x_2023-06-01.tif", "quicklook.tif"):
        write(tmp_path / name, Layout(10, 10), values_of(Layout(10, 10), 1))
    script = (
        "//VERSION=3\n"
        + f"""
function setup() {{ return {{ input: ["A"], mosaicking: "{mosaicking}", output: {{ bands: 1 }} }}; }}
function evaluatePixel(samples) {{ return [1]; }}
"""
    )
    said = f"quicklook.tif: has no date, {why}: put one into its name, as in quicklook_2023-06-01.tif$"
    with pytest.raises(RasterError, match=said):
        run(script, tmp_path, tmp_path / "out.tif")


def test_a_file_that_is_cut_off_is_named_without_a_row_that_does_not_exist(tmp_path: Path) -> None:
    write(tmp_path / "x.tif", Layout(300, 300), values_of(Layout(300, 300), 1))
    data = (tmp_path / "x.tif").read_bytes()
    (tmp_path / "x.tif").write_bytes(data[: len(data) // 2])
    with pytest.raises(RasterError, match=r"x\.tif: cannot be read \(TIFFReadEncodedStrip:Read error; got \d+ bytes"):
        run(SAMPLES.replace("ORBIT", "SIMPLE"), tmp_path / "x.tif", tmp_path / "out.tif")


def test_scenes_of_other_times_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "scenes"
    folder.mkdir()
    for day in (1, 2, 3):
        write(folder / f"x_2023-06-0{day}.tif", Layout(10, 10), values_of(Layout(10, 10), 1))
    span = dt.datetime(2023, 6, 1), dt.datetime(2023, 6, 2, 23)
    written = run(SAMPLES, folder, tmp_path / "out.tif", time_range=span)
    assert set(_read(tmp_path / "out.tif")[0].flat) == {2}
    assert written.notices[:2] == (
        "2 scenes under ORBIT, newest first: 2023-06-02, 2023-06-01",
        f"1 of 3 scenes lies outside the time range and is left out: {folder}/x_2023-06-03.tif",
    )
    with pytest.raises(
        RasterError, match="no scene lies in the time range 2022-06-01 to 2022-07-01: they are of 2023-"
    ):
        run(SAMPLES, folder, tmp_path / "o.tif", time_range=(dt.datetime(2022, 6, 1), dt.datetime(2022, 7, 1)))


def test_the_api_and_strictness_hold_for_rasters(tmp_path: Path) -> None:
    write(tmp_path / "x.tif", Layout(10, 10), values_of(Layout(10, 10), 1))
    script = """//VERSION=3
function setup() { return { input: ["A"], output: { bands: 1 } }; }
function evaluatePixel(s) { return [s.A, 1]; }
"""
    run(script, tmp_path / "x.tif", tmp_path / "out.tif", settings=Settings(api="statistics"))
    assert _read(tmp_path / "out.tif").dtype == np.float32
    with pytest.raises(ScriptError, match="returned an array of 2 values"):
        run(script, tmp_path / "x.tif", tmp_path / "out.tif", settings=Settings(strict=True))


def test_a_file_far_from_all_others_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "scenes"
    folder.mkdir()
    layout = Layout(50, 50)
    for day, column in ((1, 0), (2, 10), (3, 30_000)):
        row = 100 if day == 2 else 30_000 if day == 3 else 0
        write(folder / f"x_2023-06-0{day}.tif", replace(layout, column=column, row=row), values_of(layout, 1))
    said = r"the scenes lie far apart: all are in the box 500000,6399500,800500,6700000, .* x_2023-06-03\.tif covers 800000"
    with pytest.raises(RasterError, match=said.replace("x_", r"\S*x_")):
        run(SAMPLES, folder, tmp_path / "out.tif")
    run(SAMPLES, folder, tmp_path / "out.tif", bbox=(500_000, 6_699_500, 500_500, 6_700_000))


def test_units_and_time_range_of_settings_hold_unless_the_selection_says_them(tmp_path: Path) -> None:
    for day in (1, 2):
        write(tmp_path / f"x_2023-06-0{day}.tif", Layout(10, 10), values_of(Layout(10, 10), 1))
    span = dt.datetime(2023, 6, 1), dt.datetime(2023, 6, 1, 23)
    run(SAMPLES, tmp_path, tmp_path / "o.tif", settings=Settings(time_range=span))
    assert set(_read(tmp_path / "o.tif")[0].flat) == {1}
    script = "//VERSION=3\nfunction setup() { return { input: [{ bands: ['B04'], units: 'REFLECTANCE' }], output: { bands: 1, sampleType: 'FLOAT32' } }; }\nfunction evaluatePixel(s) { return [s.B04]; }"
    values = np.full((1, 10, 10), 2000, np.uint16)
    write(tmp_path / "red.tif", Layout(10, 10, dtype="uint16"), values)
    run(script, tmp_path / "red.tif", tmp_path / "o.tif", collection="S2L2A", settings=Settings(units="DN"))
    np.testing.assert_allclose(_read(tmp_path / "o.tif"), 0.2, rtol=1e-6)


def test_scenes_without_dates_are_counted(tmp_path: Path) -> None:
    for name in ("a.tif", "b.tif"):
        write(tmp_path / name, Layout(10, 10), values_of(Layout(10, 10), 1))
    written = run(SAMPLES.replace("ORBIT", "SIMPLE").replace("samples.length", "1").replace(
        "samples.filter((s) => s.dataMask).length", "1"), [tmp_path / "a.tif", tmp_path / "b.tif"], tmp_path / "o.tif")  # fmt: skip
    assert written.notices[0] == "2 scenes under SIMPLE, the first on top"
