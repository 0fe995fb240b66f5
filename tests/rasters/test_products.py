from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters.running import open_scenes
from oso_evalscript.runtime.program import Program
from tests.rasters.layouts import Layout, values_of, write

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
    """A small product; its images are GeoTIFFs by content, which GDAL reads whatever they are called."""
    images = folder / "GRANULE/L2A_T31TCJ/IMG_DATA"
    folder.mkdir()
    (folder / "MTD_MSIL2A.xml").write_text(METADATA)
    found: dict[str, np.ndarray[Any, Any]] = {}
    for band, size, count in (("B04", 10, 40), ("B04", 20, 20), ("B11", 20, 20), ("SCL", 20, 20)):
        (images / f"R{size}m").mkdir(parents=True, exist_ok=True)
        layout = Layout(count, count, dtype="uint8" if band == "SCL" else "uint16", seed=size)
        values = values_of(layout, 1) * (1 if band == "SCL" else 100)
        path = images / f"R{size}m/T31TCJ_20230601T105031_{band}_{size}m.jp2"
        write(path, layout, values.astype(layout.dtype))
        import rasterio

        with rasterio.open(path, "r+") as dataset:
            dataset.transform = rasterio.Affine(size, 0, 5e5, 0, -size, 6.7e6)
        found.setdefault(band, values[0].astype(layout.dtype))
    return found


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
