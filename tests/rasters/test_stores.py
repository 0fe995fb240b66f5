"""Zarr stores hold what arrays give, with their place, whole or not at all."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import xarray as xr

from oso_evalscript.model.errors import MissingExtra, PixelError, RasterError
from oso_evalscript.rasters import Settings, run
from oso_evalscript.runtime.program import Program
from tests.rasters.layouts import Layout, values_of, write
from tests.rasters.test_job import SUM

SMALL = Settings(threads=2, tile=16)
COUNT = """//VERSION=3
function setup() { return { input: ["A"], output: { bands: 1, sampleType: "FLOAT32" } }; }
let count = 0;
function evaluatePixel(s) { return [count++]; }
"""


def opened(path: Path) -> Any:
    return xr.open_zarr(path, mask_and_scale=False, chunks=None)


def expected(script: str, values: Any, valid: Any) -> Any:
    with Program(script) as program:
        return program.run({"A": values[0], "B": values[1], "dataMask": valid.astype(np.uint8)})


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_a_store_holds_what_arrays_give(tmp_path: Path, dtype: str) -> None:
    layout = Layout(70, 100, dtype=dtype, mask="nodata")
    values = values_of(layout)
    valid = write(tmp_path / "x.tif", layout, values, ("A", "B"))
    written = run(SUM, tmp_path / "x.tif", tmp_path / "out.zarr", settings=SMALL)
    found, wanted = opened(tmp_path / "out.zarr"), expected(SUM, values, valid)
    assert set(found.data_vars) == set(wanted)
    for file in written.files:
        array = found[file.output]
        np.testing.assert_array_equal(array, wanted[file.output])
        assert array.dtype == wanted[file.output].dtype
        assert array.dims[1:] == ("y", "x")
        assert array.encoding["chunks"] == (len(array), 16, 16)
        nodata = array.attrs.get("_FillValue", array.encoding.get("_FillValue"))
        there = [band[valid] for band in np.asarray(wanted[file.output])]
        kept = [band[band != nodata] if nodata is not None else band for band in there]
        assert [(band.least, band.largest) for band in file.bands] == [(band.min(), band.max()) for band in kept]
    assert (float(found["x"][0]), float(found["y"][-1])) == (500_005, 6_700_000 - 695)
    assert "Lambert" in found["spatial_ref"].attrs["crs_wkt"]
    assert (written.path, written.rows, written.columns) == (tmp_path / "out.zarr", 70, 100)
    stored = sum(
        path.stat().st_size for path in tmp_path.glob("out.zarr/[sb]*/**/*") if path.parent.name != "spatial_ref"
    )
    assert written.size == stored


def test_scripts_that_count_pixels_see_them_in_order(tmp_path: Path) -> None:
    layout = Layout(40, 40)
    write(tmp_path / "x.tif", layout, values_of(layout, 1), ("A",))
    run(COUNT, tmp_path / "x.tif", tmp_path / "out.tif", settings=SMALL)
    run(COUNT, tmp_path / "x.tif", tmp_path / "out.zarr", settings=SMALL)
    with rasterio.open(tmp_path / "out.tif") as dataset:
        np.testing.assert_array_equal(opened(tmp_path / "out.zarr")["default"], dataset.read())


def test_a_failure_leaves_the_old_store(tmp_path: Path) -> None:
    layout = Layout(40, 60)
    write(tmp_path / "x.tif", layout, values_of(layout), ("A", "B"))
    run(SUM, tmp_path / "x.tif", tmp_path / "out.zarr", settings=SMALL)
    before = opened(tmp_path / "out.zarr")["sum"].values
    failing = SUM.replace("return { sum", "if (s.A === 23) throw new Error('no'); return { sum")
    with pytest.raises(PixelError, match="Error: no, at the pixel in row"):
        run(failing, tmp_path / "x.tif", tmp_path / "out.zarr", settings=SMALL)
    np.testing.assert_array_equal(opened(tmp_path / "out.zarr")["sum"], before)
    run(SUM.replace("s.A + s.B", "s.A - s.B"), tmp_path / "x.tif", tmp_path / "out.zarr", settings=SMALL)
    assert (opened(tmp_path / "out.zarr")["sum"].values != before).any()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.zarr", "x.tif"]


def test_stores_that_cannot_be_written(tmp_path: Path) -> None:
    layout = Layout(4, 4)
    write(tmp_path / "x.tif", layout, values_of(layout), ("A", "B"))
    (tmp_path / "photos.zarr").mkdir()
    for target, said in [("photos.zarr", "and not a Zarr store"), ("none/out.zarr", "No such file or directory")]:
        with pytest.raises(RasterError, match=said):
            run(SUM, tmp_path / "x.tif", tmp_path / target, settings=SMALL)
    named = SUM.replace("sum", "x")
    with pytest.raises(RasterError, match="the output `x` cannot be the name of a variable"):
        run(named, tmp_path / "x.tif", tmp_path / "out.zarr", settings=SMALL)


def test_a_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout(4, 4)
    write(tmp_path / "x.tif", layout, values_of(layout), ("A", "B"))
    monkeypatch.setitem(sys.modules, "zarr", None)
    monkeypatch.delitem(sys.modules, "oso_evalscript.rasters.stores")
    monkeypatch.delattr("oso_evalscript.rasters.stores")
    with pytest.raises(MissingExtra, match=r"writing \.zarr needs zarr: pip install 'oso-evalscript\[dask\]'"):
        run(SUM, tmp_path / "x.tif", tmp_path / "out.zarr", settings=SMALL)
