from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters import Settings, run
from oso_evalscript.rasters.running import open_scenes
from oso_evalscript.runtime.program import Program
from tests.rasters.layouts import Layout, values_of

SCRIPT = """//VERSION=3
function setup() { return { input: [{ bands: ["B04", "B11", "SCL"], units: ["REFLECTANCE", "REFLECTANCE", "DN"] }], output: { bands: 3, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) { return [s.B04, s.B11, s.SCL]; }
"""
METADATA = """<?xml version="1.0"?>
<n1:Level-2A_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/User_Product_Level-2A.xsd"><n1:General_Info>
<PRODUCT_START_TIME>2023-06-01T10:50:31.024Z</PRODUCT_START_TIME><PROCESSING_BASELINE>05.09</PROCESSING_BASELINE>
<BOA_QUANTIFICATION_VALUE unit="none">10000</BOA_QUANTIFICATION_VALUE>
<BOA_ADD_OFFSET_VALUES_LIST><BOA_ADD_OFFSET band_id="3">-1000</BOA_ADD_OFFSET><BOA_ADD_OFFSET band_id="11">-1000</BOA_ADD_OFFSET></BOA_ADD_OFFSET_VALUES_LIST>
</n1:General_Info><Cloud_Coverage_Assessment>3.5</Cloud_Coverage_Assessment></n1:Level-2A_User_Product>"""


def product(folder: Path) -> dict[str, np.ndarray[Any, Any]]:
    """A small product, its images as JPEG 2000 without loss."""
    images = folder / "GRANULE/L2A_T31TCJ/IMG_DATA"
    folder.mkdir()
    (folder / "MTD_MSIL2A.xml").write_text(METADATA)
    found: dict[str, np.ndarray[Any, Any]] = {}
    for band, size, count in (("B04", 10, 40), ("B04", 20, 20), ("B11", 20, 20), ("SCL", 20, 20)):
        (images / f"R{size}m").mkdir(parents=True, exist_ok=True)
        layout = Layout(count, count, dtype="uint8" if band == "SCL" else "uint16", seed=size)
        values = values_of(layout, 1) * (1 if band == "SCL" else 100)
        path = images / f"R{size}m/T31TCJ_20230601T105031_{band}_{size}m.jp2"
        write_jp2(path, values.astype(layout.dtype), rasterio.Affine(size, 0, 5e5, 0, -size, 4.8e6))
        found.setdefault(band, values[0].astype(layout.dtype))
    return found


def write_jp2(path: Path, values: np.ndarray[Any, Any], place: rasterio.Affine) -> None:
    profile: dict[str, Any] = {"height": values.shape[1], "width": values.shape[2], "count": 1, "dtype": values.dtype}
    lossless = {"quality": 100, "reversible": True}
    with rasterio.open(path, "w", "JP2OpenJPEG", crs="EPSG:32631", transform=place, **profile, **lossless) as dataset:
        dataset.write(values)
    assert path.read_bytes()[4:8] == b"jP  "


def test_files_of_jpeg_2000_are_bands(tmp_path: Path) -> None:
    values = values_of(Layout(30, 50, dtype="uint16"))
    for name, band in zip(("B04", "B08"), values, strict=True):
        write_jp2(tmp_path / f"{name}.jp2", band[None], rasterio.Affine(10, 0, 5e5, 0, -10, 4.8e6))
    script = SCRIPT.replace('"B04", "B11", "SCL"', '"B04", "B08"').replace(
        '"REFLECTANCE", "REFLECTANCE", "DN"', '"DN", "DN"'
    )
    script = script.replace("[s.B04, s.B11, s.SCL]", "[s.B04, s.B08, s.B08 - s.B04]")
    files = {name: tmp_path / f"{name}.jp2" for name in ("B04", "B08")}
    run(script, files, tmp_path / "out.tif", collection="S2L2A", settings=Settings(tile=16))
    with rasterio.open(tmp_path / "out.tif") as dataset:
        np.testing.assert_array_equal(dataset.read(), [*values, values[1].astype(float) - values[0]])
        assert (dataset.crs.to_epsg(), dataset.transform.f) == (32631, 4.8e6)


def test_a_product_gives_the_finest_images_as_reflectance(tmp_path: Path) -> None:
    images = product(tmp_path / "x.SAFE")
    with Program(SCRIPT, collection="S2L2A") as program:
        scenes = open_scenes(program, tmp_path / "x.SAFE")
        assert scenes.grid.resolution == (10, 10)
        (one,) = scenes.acquisitions[0]
        assert one.date is not None
        assert (one.date.isoformat(), one.cloud_coverage, one.data_path) == (
            "2023-06-01T10:50:31.024000+00:00",
            3.5,
            "x.SAFE",
        )
        found = program.run(scenes.read())["default"]
    larger = {
        name: image.repeat(2, 0).repeat(2, 1) if image.shape == (20, 20) else image for name, image in images.items()
    }
    valid = np.logical_and.reduce([image != 0 for image in larger.values()])
    assert 0.5 < valid.mean() < 1
    for index, name in enumerate(("B04", "B11")):
        wanted = np.maximum(larger[name].astype(float) - 1000, 0) * 0.0001
        np.testing.assert_allclose(found[index][valid], wanted[valid], rtol=1e-6)
    np.testing.assert_array_equal(found[2][valid], larger["SCL"][valid])
    assert not found[:, ~valid].any()


@pytest.mark.parametrize(
    ("harm", "said"),
    [("image", "the band SCL is in none of"), ("text", r"MTD_MSIL2A\.xml: the metadata cannot be read"), ("time", "are not those of a Sentinel-2 product")],
)  # fmt: skip
def test_a_product_that_is_not_whole(tmp_path: Path, harm: str, said: str) -> None:
    product(tmp_path / "x.SAFE")
    if harm == "image":
        next(tmp_path.glob("**/*SCL*.jp2")).unlink()
    else:
        text = METADATA.replace("PRODUCT_START_TIME", "X") if harm == "time" else METADATA[:200]
        (tmp_path / "x.SAFE/MTD_MSIL2A.xml").write_text(text)
    with Program(SCRIPT, collection="S2L2A") as program, pytest.raises(RasterError, match=said):
        open_scenes(program, tmp_path / "x.SAFE")
