"""Datasets give what arrays give, lazily too, with every scheduler."""

from __future__ import annotations

import os
import signal
from typing import Any

import dask
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from oso_evalscript.model.errors import ArrayError, OsoError, PixelError
from oso_evalscript.model.text import Source
from oso_evalscript.rasters import apply
from oso_evalscript.rasters.lazy import _programs
from oso_evalscript.runtime.program import Program
from oso_evalscript.runtime.scene import Scene
from tests.runtime.test_worker import children_of

TWO = """//VERSION=3
function setup() { return { input: ["A", "B", "dataMask"], output: [{ id: "sum", bands: 1, sampleType: "FLOAT32", nodataValue: -1 }, { id: "both", bands: 2 }] }; }
function evaluatePixel(s) { return { sum: [s.dataMask ? s.A + s.B : -1], both: [s.A / 24, s.B / 24] }; }
"""
SERIES = """//VERSION=3
function setup() { return { input: ["A", "dataMask"], mosaicking: "ORBIT", output: { bands: 2, sampleType: "FLOAT32" } }; }
function evaluatePixel(samples, scenes) { return [samples[0].A, samples.filter((s) => s.dataMask).length]; }
"""


def dataset(height: int = 30, width: int = 40, times: int = 0, seed: int = 0) -> xr.Dataset:
    shape = (times, height, width) if times else (height, width)
    dims = ("time", "y", "x") if times else ("y", "x")
    values = np.random.default_rng(seed).integers(0, 24, (2, *shape)).astype(np.uint8)
    coords: dict[str, Any] = {"y": np.arange(height)[::-1] * 10.0, "x": np.arange(width) * 10.0, "spatial_ref": xr.DataArray(0, attrs={"crs_wkt": "EPSG:2154"})}  # fmt: skip
    if times:
        coords["time"] = np.array([f"2023-06-{day + 1:02}" for day in range(times)], "datetime64[ns]")
    variables = {name: (dims, array, {"_FillValue": 3}) for name, array in zip("AB", values, strict=True)}
    return xr.Dataset(variables, coords=coords, attrs={"title": "t"})


def wanted(given: xr.Dataset) -> Any:
    a, b = given["A"].values, given["B"].values
    with Program(TWO) as program:
        return program.run({"A": a, "B": b, "dataMask": ((a != 3) & (b != 3)).astype("uint8")})


@settings(max_examples=8)
@given(rows=st.integers(1, 30), columns=st.integers(1, 40), lazy=st.booleans())
def test_datasets_give_what_arrays_give(rows: int, columns: int, lazy: bool) -> None:
    given = dataset()
    found = apply(TWO, given.chunk({"y": rows, "x": columns}) if lazy else given)
    assert all((array.chunks is not None) is lazy for array in found.data_vars.values())
    assert {str(name): (array.dims, array.dtype.name) for name, array in found.data_vars.items()} == {
        "sum": (("band_sum", "y", "x"), "float32"), "both": (("band_both", "y", "x"), "uint8")}  # fmt: skip
    with dask.config.set(scheduler="synchronous"):
        computed = found.compute()
    for name, array in wanted(given).items():
        np.testing.assert_array_equal(computed[name], array)
    assert found.attrs == {"title": "t"}
    assert list(found["x"].values) == list(given["x"].values)
    assert found["spatial_ref"].attrs == {"crs_wkt": "EPSG:2154"}
    assert found["sum"].attrs["_FillValue"] == -1


def test_an_offset_is_added_to_digital_numbers() -> None:
    script = """//VERSION=3
function setup() { return { input: [{ bands: ["B04"], units: "DN" }], output: { bands: 1, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) { return [s.B04]; }
"""
    given = xr.Dataset({"B04": (("y", "x"), np.array([[900, 1000, 3000]], np.uint16))}).chunk({"x": 2})
    words: dict[str, Any] = {"collection": "S2L2A", "offset": -1000}
    with dask.config.set(scheduler="synchronous"):
        assert apply(script, given, units="DN", **words)["default"].values.tolist() == [[[0, 0, 2000]]]
    with pytest.raises(ArrayError, match="an offset needs digital numbers: pass units='DN' as well"):
        apply(script, given, **words)


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_every_scheduler_gives_the_same(scheduler: str) -> None:
    given = dataset()
    found = apply(TWO, given.chunk({"y": 16, "x": 16}))
    with dask.config.set(scheduler=scheduler, num_workers=2):
        computed = found.compute()
    for name, array in wanted(given).items():
        np.testing.assert_array_equal(computed[name], array)


def test_a_series(tmp_path: Any) -> None:
    given = dataset(times=3)
    values = given["A"].values
    with Program(SERIES) as program:
        scenes = [Scene(bands={"A": each, "dataMask": (each != 3).astype("uint8")}, date=f"2023-06-0{day + 1}") for day, each in enumerate(values)]  # fmt: skip
        expected = program.run(scenes)["default"]
    for each in (given, given.chunk({"time": 1, "y": 7, "x": 40})):
        found = apply(SERIES, each)["default"]
        assert found.dims == ("band", "y", "x")
        np.testing.assert_array_equal(found, expected)


def test_a_killed_child_is_replaced() -> None:
    given = dataset().chunk({"y": 16, "x": 16})
    found = apply(TWO, given)
    with dask.config.set(scheduler="synchronous"):
        found.compute()
        for child in children_of(os.getpid()):
            os.kill(child, signal.SIGKILL)
        computed = found.compute()
    np.testing.assert_array_equal(computed["sum"], wanted(given)["sum"])


def test_a_failing_pixel_is_told_by_its_place_in_the_whole() -> None:
    given = dataset()
    given["A"][21, 33] = 99
    script = TWO.replace("return { sum", "if (s.A === 99) throw new Error('no'); return { sum")
    with dask.config.set(scheduler="synchronous"), pytest.raises(PixelError, match="in row 21, column 33"):
        apply(script, given.chunk({"y": 16, "x": 16})).compute()
    with dask.config.set(scheduler="processes"), pytest.raises(PixelError, match="in row 21, column 33") as caught:
        apply(script, given.chunk({"y": 16, "x": 16})).compute()
    assert (caught.value.row, caught.value.column, caught.value.inputs["A"]) == (21, 33, 99)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda given: given.drop_vars("B"), "the script asks for the band B, which the dataset does not have; its variables are: A"),
        (lambda given: {"S2": given}, "the script has one input: expected an xarray.Dataset, not dict"),
        (lambda given: given.assign(B=given["B"].isel(x=0)), "the variable B has the dimensions"),
        (lambda given: given.assign(B=(("v", "u"), np.zeros((3, 4)))), "align them to one grid"),
    ],
)  # fmt: skip
def test_datasets_that_do_not_fit(harm: Any, said: str) -> None:
    with pytest.raises(ArrayError, match=said):
        apply(TWO, harm(dataset()))


FUSION = """//VERSION=3
function setup() { return { input: [{ datasource: "one", bands: ["A"] }, { datasource: "other", bands: ["B"] }],
  output: { bands: 1, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) { return [s.one[0].A + s.other[0].B]; }
"""


@pytest.mark.parametrize(("axis", "by"), [("x", 400_000.0), ("y", -10.0), ("x", 5.0)])
def test_datasets_that_lie_elsewhere_are_not_combined(axis: str, by: float) -> None:
    given = dataset(6, 8)
    near = given.assign_coords({axis: given[axis] + 0.001})
    assert apply(FUSION, {"one": given, "other": near})["default"].shape == (1, 6, 8)
    moved = given.assign_coords({axis: given[axis] + by})
    with pytest.raises(
        ArrayError, match=f"the datasets of `one` and `other` do not have the same `{axis}`: align them"
    ):
        apply(FUSION, {"one": given, "other": moved})


def test_the_number_of_bands_cannot_wait() -> None:
    script = TWO + "function updateOutput(outputs, collections) { return outputs; }"
    with pytest.raises(OsoError, match=r"updateOutput\(\) sets the number of bands"):
        apply(script, dataset().chunk({"y": 16}))


def test_few_programs_are_kept() -> None:
    for index in range(6):
        apply(Source(f"{TWO}// {index}"), dataset(4, 4))
    assert len(_programs) <= 4
