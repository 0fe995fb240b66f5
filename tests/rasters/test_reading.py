"""What is read is what stands in the files, in every layout, on every part of the grid."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.errors import NotGeoreferencedWarning

from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters.running import open_scenes
from oso_evalscript.runtime.program import Program
from tests.rasters.layouts import Layout, layouts, values_of, write

TWO = """//VERSION=3
function setup() { return { input: ["A", "B", "dataMask"], output: { bands: 3, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) { return [s.A, s.B, s.dataMask]; }
"""
_quick = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def two() -> Program:
    return Program(TWO)


@_quick
@given(layout=layouts(), data=st.data())
def test_arrays_are_those_of_the_file(two: Program, tmp_path_factory: pytest.TempPathFactory, layout: Layout, data: st.DataObject) -> None:  # fmt: skip
    path = tmp_path_factory.mktemp("in") / "x.tif"
    values = values_of(layout)
    valid = write(path, layout, values, ("A", "B"))
    scenes = open_scenes(two, path)
    assert (scenes.grid.height, scenes.grid.width) == (layout.height, layout.width)
    row, column = data.draw(st.integers(0, layout.height - 1)), data.draw(st.integers(0, layout.width - 1))
    height, width = data.draw(st.integers(1, layout.height - row)), data.draw(st.integers(1, layout.width - column))
    (scene,) = scenes.read((row, column, height, width))
    part = np.s_[row : row + height, column : column + width]
    np.testing.assert_array_equal(scene.bands.get("dataMask", np.ones((height, width))), valid[part])
    np.testing.assert_array_equal(scene.bands["A"], values[0][part])
    np.testing.assert_array_equal(scene.bands["B"], values[1][part])


@_quick
@given(layout=layouts(), data=st.data())
def test_outside_of_a_file_there_is_no_data(two: Program, tmp_path_factory: pytest.TempPathFactory, layout: Layout, data: st.DataObject) -> None:  # fmt: skip
    path = tmp_path_factory.mktemp("in") / "x.tif"
    values = values_of(layout)
    valid = write(path, layout, values, ("A", "B"))
    rows, columns = data.draw(st.integers(1 - layout.height, 40)), data.draw(st.integers(1 - layout.width, 40))
    size = layout.transform.a
    left, top = layout.transform.c - columns * size, layout.transform.f + rows * size
    height, width = data.draw(st.integers(max(1, rows + 1), 150)), data.draw(st.integers(max(1, columns + 1), 200))
    box = (left + size / 4, top - (height - 0.25) * size, left + (width - 0.25) * size, top - size / 4)
    scenes = open_scenes(two, path, bbox=box)
    assert (scenes.grid.height, scenes.grid.width) == (height, width)
    (scene,) = scenes.read()
    there = np.zeros((height, width), np.bool_)
    padded = np.zeros((height, width), values.dtype)
    for row in range(height):
        for column in range(width):
            if 0 <= row - rows < layout.height and 0 <= column - columns < layout.width:
                there[row, column] = valid[row - rows, column - columns]
                padded[row, column] = values[0][row - rows, column - columns]
    mask = np.asarray(scene.bands.get("dataMask", np.ones((height, width))))
    np.testing.assert_array_equal(mask, there)
    np.testing.assert_array_equal(np.asarray(scene.bands["A"])[there], padded[there])


@_quick
@given(layout=layouts(dtypes=("uint8", "int16", "float32")), factor=st.integers(2, 5))
def test_coarser_bands_are_repeated(two: Program, tmp_path_factory: pytest.TempPathFactory, layout: Layout, factor: int) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("in")
    fine = Layout(layout.height * factor, layout.width * factor, crs=layout.crs)
    write(folder / "fine.tif", fine, values_of(fine, 1))
    values = values_of(layout, 1)
    a, b, c, d, e, f = layout.transform[:6]
    place = rasterio.Affine(a * factor, b * factor, c, d * factor, e * factor, f)
    valid = write(folder / "coarse.tif", layout, values)
    with rasterio.open(folder / "coarse.tif", "r+") as dataset:
        dataset.transform = place
    (scene,) = open_scenes(two, {"A": folder / "fine.tif", "B": folder / "coarse.tif"}).read()
    larger = np.ones((factor, factor))
    np.testing.assert_array_equal(scene.bands["dataMask"], np.kron(valid, larger))
    np.testing.assert_array_equal(
        np.asarray(scene.bands["B"])[np.kron(valid, larger) > 0],
        np.repeat(np.repeat(values[0], factor, 0), factor, 1)[np.kron(valid, larger) > 0],
    )


def test_another_zone_is_warped_to_the_nearest_pixel(two: Program, tmp_path: Path) -> None:
    layout = Layout(60, 60, crs="EPSG:32631", mask="nodata")
    values = values_of(layout)
    write(tmp_path / "x.tif", layout, values, ("A", "B"))
    scenes = open_scenes(two, tmp_path / "x.tif", crs="EPSG:32630", resolution=20)
    (scene,) = scenes.read()
    mask, a = np.asarray(scene.bands["dataMask"]), np.asarray(scene.bands["A"])
    assert 0.7 < mask.mean() < 1
    from rasterio.warp import transform

    rows, columns = np.nonzero(mask)
    xs = scenes.grid.transform.c + (columns + 0.5) * 20
    ys = scenes.grid.transform.f - (rows + 0.5) * 20
    east, north = (np.array(part) for part in transform("EPSG:32630", "EPSG:32631", xs, ys))
    row, column = (layout.transform.f - north) / 20, (east - layout.transform.c) / 20
    sure = (np.abs(row % 1 - 0.5) < 0.35) & (np.abs(column % 1 - 0.5) < 0.35)  # GDAL interpolates between exact places
    found = values[0][row[sure].astype(int), column[sure].astype(int)]
    assert sure.sum() > 1000
    np.testing.assert_array_equal(a[rows[sure], columns[sure]], found)


@pytest.mark.parametrize("resampling", ["average", "bilinear", "cubic"])
def test_no_data_of_one_band_is_not_averaged(two: Program, tmp_path: Path, resampling: str) -> None:
    values = np.full((2, 8, 8), 3000, np.uint16)
    values[0, 0, 0] = values[1, 5, 4] = 3
    write(tmp_path / "x.tif", Layout(8, 8, "uint16", mask="nodata"), values, ("A", "B"))
    (scene,) = open_scenes(two, tmp_path / "x.tif", resolution=20, resampling=resampling).read()
    valid = np.asarray(scene.bands["dataMask"]) > 0
    assert valid.all()
    np.testing.assert_array_equal(np.asarray(scene.bands["A"])[valid], 3000)
    np.testing.assert_array_equal(np.asarray(scene.bands["B"])[valid], 3000)


@pytest.mark.parametrize("seed", [0, 1], ids=["inside", "beside"])
@pytest.mark.parametrize("resampling", ["nearest", "average"])
def test_a_mask_counts_beside_a_no_data_value_on_every_grid(two: Program, tmp_path: Path, seed: int, resampling: str) -> None:  # fmt: skip
    layout = Layout(12, 12, "uint16", mask="mask", seed=seed)
    values = np.full((2, 12, 12), 3000, np.uint16)
    given = write(tmp_path / "x.tif", layout, values, ("A", "B"))
    values[:, ~given] = 9000
    values[0, 3, 3], given[3, 3] = 7, False
    with rasterio.open(tmp_path / "x.tif", "r+") as dataset:
        dataset.write(values)
        dataset.nodata = 7
    (scene,) = open_scenes(two, tmp_path / "x.tif").read()
    np.testing.assert_array_equal(scene.bands["dataMask"], given)
    left, top = layout.transform.c, layout.transform.f
    box = (left + 4, top - 104, left + 104, top - 4)  # the pixels' centres stay in those of the file
    (scene,) = open_scenes(two, tmp_path / "x.tif", bbox=box, resolution=10, resampling=resampling).read()
    valid = np.asarray(scene.bands["dataMask"]) > 0
    if resampling == "nearest":
        np.testing.assert_array_equal(valid, given[:10, :10])
    np.testing.assert_array_equal(np.asarray(scene.bands["A"])[valid], 3000)
    np.testing.assert_array_equal(np.asarray(scene.bands["B"])[valid], 3000)


def test_rows_from_south_to_north_are_turned(two: Program, tmp_path: Path) -> None:
    layout = Layout(20, 30)
    values = values_of(layout)
    write(tmp_path / "x.tif", layout, values[:, ::-1], ("A", "B"))
    with rasterio.open(tmp_path / "x.tif", "r+") as dataset:
        place = layout.transform
        dataset.transform = rasterio.Affine(place.a, 0, place.c, 0, -place.e, place.f + 20 * place.e)
    (scene,) = open_scenes(two, tmp_path / "x.tif").read()
    np.testing.assert_array_equal(scene.bands["A"], values[0])
    assert np.asarray(scene.bands["dataMask"]).all()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("missing", "x.tif: No such file or directory"),
        ("text", "x.tif: cannot be read as a raster ("),
        ("no crs", "x.tif: has no coordinate reference system that can be read; set it"),
        ("rotated", "x.tif: its grid is rotated or mirrored (transform 10, 1, 500000, 0, -10, 6.7e+06)"),
        ("truncated", "x.tif: cannot be read"),
        ("no transform", "x.tif: is not georeferenced (no transform)"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence(two: Program, tmp_path: Path, harm: str, said: str) -> None:
    path = tmp_path / "x.tif"
    layout = Layout(64, 64, block=16, seed=3)
    write(path, layout, values_of(layout), ("A", "B"))
    with rasterio.open(path) as dataset:
        profile, values = dataset.profile, dataset.read()
    path.unlink()
    for key in {"no crs": ("crs",), "no transform": ("transform",)}.get(harm, ()):
        del profile[key]
    if harm == "rotated":
        profile["transform"] = rasterio.Affine(10, 1, 500_000, 0, -10, 6_700_000)
    with warnings.catch_warnings(action="ignore", category=NotGeoreferencedWarning), rasterio.open(path, "w", **profile) as dataset:  # fmt: skip
        dataset.descriptions = ("A", "B")
        dataset.write(values)
    data = path.read_bytes()
    harmed = {"missing": None, "text": b"no raster", "truncated": data[:-3000]}.get(harm, data)
    path.unlink()
    if harmed is not None:
        path.write_bytes(harmed)
    with pytest.raises(RasterError) as caught:
        open_scenes(two, path).read()
    assert str(caught.value).startswith(f"{tmp_path}/{said}")
    assert "\n" not in str(caught.value)


def test_what_does_not_overlap_is_refused(two: Program, tmp_path: Path) -> None:
    layout = Layout(20, 20)
    write(tmp_path / "x.tif", layout, values_of(layout), ("A", "B"))
    with pytest.raises(RasterError, match=r"the box 0,0,100,100 is outside the rasters, which cover 500000,6699800"):
        open_scenes(two, tmp_path / "x.tif", bbox=(0, 0, 100, 100))


def test_a_mask_alone_can_be_asked_for(tmp_path: Path) -> None:
    layout = Layout(20, 20, mask="nodata")
    valid = write(tmp_path / "x.tif", layout, values_of(layout, 1))
    with Program(TWO.replace('"A", "B", ', "").replace("s.A, s.B, ", "").replace("bands: 3", "bands: 1")) as program:
        out = program.run(open_scenes(program, tmp_path / "x.tif").read())
    np.testing.assert_array_equal(out["default"][0], valid)
