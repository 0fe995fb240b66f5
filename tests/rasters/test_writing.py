"""What a written raster says of itself, as GDAL reads it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.enums import ColorInterp

from oso_evalscript.compiler.render import compile
from oso_evalscript.compiler.spec import MaskSpec
from oso_evalscript.model.contract import Output, SampleType
from oso_evalscript.model.errors import RasterError
from oso_evalscript.model.nomenclature import shipped_nomenclature
from oso_evalscript.model.text import Source
from oso_evalscript.rasters import Settings, run
from oso_evalscript.rasters.grid import Grid
from oso_evalscript.rasters.writing import check_room, encoding_of, nodata_of, target_names
from tests.conftest import ROOT
from tests.rasters import layouts
from tests.rasters.layouts import Layout, values_of

CODES = Source(
    """//VERSION=3
function setup() { return { input: ["OCS", "dataMask"], output: { bands: 1, sampleType: "UINT8", nodataValue: 0 } }; }
function evaluatePixel(s) { return [s.dataMask && s.OCS < 20 ? s.OCS : 0]; }
""",
    "codes.js",
)


@pytest.fixture
def land_cover(tmp_path: Path) -> Path:
    layout = Layout(60, 60)
    layouts.write(tmp_path / "x.tif", layout, values_of(layout, 1))
    return tmp_path / "x.tif"


def test_codes_have_colours_and_names(land_cover: Path) -> None:
    target = land_cover.with_name("codes.tif")
    run(CODES, land_cover, target)
    classes = shipped_nomenclature("oso-23").classes
    with rasterio.open(target) as dataset:
        assert dataset.colorinterp == (ColorInterp.palette,)
        colors = dataset.colormap(1)
        assert {code: colors[code][:3] for code in (item.code for item in classes)} == {
            item.code: item.color.rgb for item in classes
        }
        assert dataset.nodata == 0
        assert dataset.descriptions == ("codes",)
        assert dataset.tags()["OSO_NOMENCLATURE"] == "oso-23"
    text = target.with_name("codes.tif.aux.xml").read_text()
    assert f"<Category>{classes[0].english}</Category>".replace("&", "&amp;") in text
    assert text.count("<Category") == 25  # 0 to 23, and the list
    picture = Source.read(ROOT / "evalscripts/oso_palette.js")
    run(picture, land_cover, target)
    assert not target.with_name("codes.tif.aux.xml").exists()


def test_a_mask_is_not_taken_for_codes(land_cover: Path) -> None:
    source = compile(MaskSpec(name="m", nomenclature="oso-23", classes=(1, 16)))
    run(source, land_cover, land_cover.with_name("mask.tif"))
    with rasterio.open(land_cover.with_name("mask.tif")) as dataset:
        assert ColorInterp.palette not in dataset.colorinterp


def test_pictures_have_colours_and_credit(land_cover: Path) -> None:
    source = Source.read(ROOT / "evalscripts/oso_palette.js")
    run(source, land_cover, land_cover.with_name("out.tif"))
    with rasterio.open(land_cover.with_name("out.tif")) as dataset:
        assert dataset.colorinterp == (ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha)
        assert dataset.descriptions == ("red", "green", "blue", "alpha")
        tags = dataset.tags()
    assert tags["OSO_EVALSCRIPT"] == "oso_palette.js"
    assert len(tags["OSO_EVALSCRIPT_SHA256"]) == 64
    assert tags["TIFFTAG_SOFTWARE"].startswith("oso-evalscript ")
    assert shipped_nomenclature("oso-23").licence in tags["TIFFTAG_COPYRIGHT"]


def test_measurements_are_averaged_and_predicted(tmp_path: Path) -> None:
    layout = Layout(600, 40, dtype="float32")
    values = values_of(layout, 1)
    layouts.write(tmp_path / "x.tif", layout, values)
    script = 'function setup() { return { input: ["A"], output: { bands: 1, sampleType: "FLOAT32" } }; }\nfunction evaluatePixel(s) { return [s.A]; }'
    run(script, tmp_path / "x.tif", tmp_path / "out.tif")
    with rasterio.open(tmp_path / "out.tif", overview_level=0) as dataset:
        np.testing.assert_allclose(dataset.read(1), values[0].reshape(300, 2, 20, 2).mean(axis=(1, 3)))
    run(script, tmp_path / "x.tif", tmp_path / "out.tif", settings=Settings(overviews="nearest", compress="zstd"))
    with rasterio.open(tmp_path / "out.tif", overview_level=0) as dataset:
        np.testing.assert_array_equal(dataset.read(1), values[0][::2, ::2])
        assert dataset.profile["compress"] == "zstd"
    predictors = [
        encoding_of(Output(1, sample_type=kind), "deflate").predictor
        for kind in (SampleType.FLOAT32, SampleType.INT16, SampleType.AUTO)
    ]
    assert predictors == [3, 2, 1]


def test_no_data_values_that_fit() -> None:
    assert nodata_of(Output(1, sample_type=SampleType.UINT8, nodata=255)) == 255
    assert nodata_of(Output(1, sample_type=SampleType.UINT8, nodata=-1)) is None
    assert nodata_of(Output(1, sample_type=SampleType.INT16, nodata=0.5)) is None
    assert np.isnan(nodata_of(Output(1, sample_type=SampleType.FLOAT32, nodata=float("nan"))) or 0)


def test_names_of_files() -> None:
    one, two = Output(1, "a"), Output(1, "b")
    assert target_names(Path("x/out.tif"), [one]) == {"a": Path("x/out.tif")}
    assert target_names(Path("x/out.tif"), [one, two]) == {"a": Path("x/out_a.tif"), "b": Path("x/out_b.tif")}
    assert target_names(Path("x/{id}.tif"), [one, two]) == {"a": Path("x/a.tif"), "b": Path("x/b.tif")}
    with pytest.raises(RasterError, match="cannot be part of a file name"):
        target_names(Path("out.tif"), [one, Output(1, "../x")])


def test_floats_are_compressed_at_a_lower_level() -> None:
    levels = {kind: encoding_of(Output(1, sample_type=kind), "deflate").level for kind in SampleType}
    assert {kind for kind, level in levels.items() if level == 1} == {SampleType.FLOAT32}
    assert set(levels.values()) == {1, 4}
    assert encoding_of(Output(1, sample_type=SampleType.FLOAT32), "deflate", level=6).level == 6
    assert encoding_of(Output(1, sample_type=SampleType.FLOAT32), "zstd").level is None


@pytest.mark.parametrize("name", ["huge.tif", "huge.zarr"])
def test_rasters_that_no_compression_fits_to_the_disk_are_refused(
    land_cover: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = land_cover.with_name(name)
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=10**9))
    said = r"1,500,000 x 1,500,000 pixels are 2\.2 TB before compression, too much for the 1\.0 GB that are free there: use"
    with pytest.raises(RasterError, match=said):
        run(CODES, land_cover, target, size=(1_500_000, 1_500_000))
    assert sorted(path.name for path in land_cover.parent.iterdir()) == ["x.tif"]
    run(CODES, land_cover, target, size=(100, 100))


def test_room_for_what_is_not_compressed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=10**7))
    grid = Grid(CRS.from_epsg(2154), Affine(1, 0, 0, 0, -1, 0), 5000, 5000)
    output = Output(1, sample_type=SampleType.UINT8)
    check_room(tmp_path / "x.tif", grid, [encoding_of(output, "deflate")])
    with pytest.raises(RasterError, match=r"are 25\.0 MB before compression"):
        check_room(tmp_path / "x.tif", grid, [encoding_of(output, "none")])
