from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters.running import open_scenes
from oso_evalscript.runtime.program import Program
from tests.rasters.layouts import Layout, values_of, write

NDVI = """//VERSION=3
function setup() { return { input: ["B04", "B08"], output: { bands: 1, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) { return [index(s.B08, s.B04)]; }
"""
FUSED = """//VERSION=3
function setup() { return { input: [{ datasource: "S2L2A", bands: ["B04"] }, { datasource: "x", bands: ["Q"] }], output: { bands: 1, sampleType: "FLOAT32" } }; }
function evaluatePixel(samples) { return [samples.S2L2A[0].B04 * samples.x[0].Q]; }
"""


def one(path: Path, seed: int = 0, dtype: str = "uint16", **words: Any) -> np.ndarray[Any, Any]:
    path.parent.mkdir(exist_ok=True)
    layout = Layout(20, 30, dtype=dtype, seed=seed, **words)
    values: np.ndarray[Any, Any] = values_of(layout, 1)
    write(path, layout, values)
    first: np.ndarray[Any, Any] = values[0]
    return first


def test_files_by_band(tmp_path: Path) -> None:
    red, nir = one(tmp_path / "r.tif"), one(tmp_path / "n.tif", 1)
    with Program(NDVI, collection="S2L2A") as program:
        scenes = open_scenes(program, {"B04": tmp_path / "r.tif", "B08": tmp_path / "n.tif"}, units="DN")
        found = program.run(scenes.read(), units="DN")["default"]
        np.testing.assert_array_equal(found, program.run({"B04": red, "B08": nir}, units="DN")["default"])
        with pytest.raises(RasterError, match="the band B08 is in none of"):
            open_scenes(program, {"B04": tmp_path / "r.tif"})
        with pytest.raises(RasterError, match="does not ask for the band `B05`; its bands are B04, B08"):
            open_scenes(program, {"B05": tmp_path / "r.tif"})
        with pytest.raises(RasterError, match="use --units DN if they are digital numbers"):
            open_scenes(program, {"B04": tmp_path / "r.tif", "B08": tmp_path / "n.tif"}).read()
        with pytest.raises(RasterError, match="there is no scene"):
            open_scenes(program, [])


def test_scales_of_files_are_honoured(tmp_path: Path) -> None:
    red, nir = one(tmp_path / "r.tif"), one(tmp_path / "n.tif", 1, dtype="int16")
    for name, scale, offset in (("r", 0.0001, -0.0005), ("n", 0.01, 0.5)):
        with rasterio.open(tmp_path / f"{name}.tif", "r+") as dataset:
            dataset.scales, dataset.offsets = [scale], [offset]
    with Program(
        NDVI.replace("index(s.B08, s.B04)", "s.B04, s.B08").replace("bands: 1", "bands: 2"), collection="S2L2A"
    ) as program:
        found = program.run(open_scenes(program, {"B04": tmp_path / "r.tif", "B08": tmp_path / "n.tif"}).read())[
            "default"
        ]
    np.testing.assert_allclose(found[0], np.maximum(red.astype(float) - 5, 0) * 0.0001, atol=1e-6)
    np.testing.assert_allclose(found[1], nir * 0.01 + 0.5, rtol=1e-6)


def test_a_folder_of_bands_and_dates(tmp_path: Path) -> None:
    for day in (1, 2):
        for band in ("B04", "B08"):
            one(tmp_path / f"in/T31TCJ_2023060{day}T105031_{band}_10m.tif", day)
    with Program(NDVI, collection="S2L2A") as program:
        scenes = open_scenes(program, tmp_path / "in", units="DN")
    dates = [item.date for item in scenes.acquisitions[0]]
    assert dates == [dt.datetime(2023, 6, day, 10, 50, 31, tzinfo=dt.UTC) for day in (1, 2)]
    assert [sorted(item.layers) for item in scenes.acquisitions[0]] == [["B04", "B08"]] * 2


def test_a_folder_holds_bands_that_are_not_asked_for(tmp_path: Path) -> None:
    for day in (1, 2):
        for band in ("B02", "B03", "B04"):
            one(tmp_path / f"in/S2_2023060{day}_{band}_10m.tif", day)
    script = NDVI.replace('"B04", "B08"', '"B04"').replace("index(s.B08, s.B04)", "s.B04")
    with Program(script) as program:
        scenes = open_scenes(program, tmp_path / "in")
        assert [item.layers["B04"].file.path[-11:] for item in scenes.acquisitions[0]] == ["B04_10m.tif"] * 2
        (tmp_path / "in/S2_20230602_B04_10m.tif").unlink()
        with pytest.raises(RasterError, match="the band B04 is in none of"):
            open_scenes(program, tmp_path / "in")


def test_dates_in_tags_come_before_names(tmp_path: Path) -> None:
    one(tmp_path / "in/2020-01-01.tif")
    with rasterio.open(tmp_path / "in/2020-01-01.tif", "r+") as dataset:
        dataset.update_tags(ACQUISITION_DATE="2021-02-03", TIFFTAG_DATETIME="2024:01:01 00:00:00")
    one(tmp_path / "in/other.tif")
    with rasterio.open(tmp_path / "in/other.tif", "r+") as dataset:
        dataset.update_tags(TIFFTAG_DATETIME="2024:01:01 00:00:00")
    with Program(NDVI.replace(', "B08"', "").replace("s.B08", "s.B04"), collection="S2L2A") as program:
        items = open_scenes(program, tmp_path / "in").acquisitions[0]
    assert [f"{item.date:%Y-%m-%d}" for item in items] == ["2021-02-03", "2024-01-01"]


def test_sources_have_names(tmp_path: Path) -> None:
    red, other = one(tmp_path / "r.tif"), one(tmp_path / "q.tif", 1)
    with Program(FUSED, collection={"x": "byoc-1"}) as program:
        scenes = open_scenes(program, {"S2L2A": tmp_path / "r.tif", "x": {"Q": tmp_path / "q.tif"}}, units="DN")
        found = program.run(scenes.read(), units="DN")["default"][0]
        np.testing.assert_allclose(found, red * 0.0001 * other, rtol=1e-6)
        for inputs, said in [
            (tmp_path / "r.tif", "the script has several inputs: pass scenes for each of S2L2A, x"),
            ({"S2L2A": tmp_path / "r.tif"}, "the scenes of `x` are missing"),
            (
                {"S2L2A": tmp_path / "r.tif", "y": tmp_path / "r.tif"},
                "the script has no input `y`; its inputs are S2L2A, x",
            ),
        ]:
            with pytest.raises(RasterError, match=said):
                open_scenes(program, inputs)  # type: ignore[arg-type]


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with Program(NDVI) as program, pytest.raises(RasterError, match="contains no raster"):
        open_scenes(program, tmp_path / "in")
    with (
        Program(NDVI) as program,
        pytest.raises(RasterError, match="`best` is not a resampling: expected one of nearest"),
    ):
        open_scenes(program, tmp_path / "in", resampling="best")
