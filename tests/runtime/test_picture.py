from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from PIL import Image

from oso_evalscript import Program, Scene, Source, compile
from oso_evalscript.compiler.spec import PaletteSpec
from oso_evalscript.model.catalog import named_collection
from oso_evalscript.model.contract import Output, SampleType
from oso_evalscript.model.errors import ArrayError
from oso_evalscript.model.nomenclature import load_nomenclature
from oso_evalscript.runtime.classes import class_table
from oso_evalscript.runtime.picture import _legend, preview, to_png
from oso_evalscript.runtime.synthetic import land_cover
from tests.conftest import ROOT


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def shown(script: str, size: int = 64) -> np.ndarray:
    with Program(Source.read(ROOT / "evalscripts" / f"{script}.js")) as program:
        return np.asarray(opened(preview(program, program.run(land_cover(size)), "default")))


@given(nps.arrays(np.uint8, st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9))))
def test_png_keeps_every_sample(array: np.ndarray) -> None:
    image = np.asarray(opened(to_png(array, Output(len(array)))))
    np.testing.assert_array_equal(
        image if image.ndim == 2 else np.moveaxis(image, -1, 0),
        array.squeeze(0) if len(array) == 1 else array,
    )


def test_png_keeps_16_bits_of_one_band() -> None:
    array = np.array([[[0, 1, 65535]]], np.uint16)
    image = opened(to_png(array, Output(1, sample_type=SampleType.UINT16)))
    np.testing.assert_array_equal(np.asarray(image), array[0])


@pytest.mark.parametrize(
    ("bands", "sample_type", "dtype"),
    [(5, SampleType.UINT8, np.uint8), (1, SampleType.FLOAT32, np.float32), (3, SampleType.UINT16, np.uint16), (1, SampleType.INT8, np.int8)],
)  # fmt: skip
def test_what_png_cannot_hold_is_refused_with_what_can(bands: int, sample_type: SampleType, dtype: type) -> None:
    with pytest.raises(ArrayError, match=r"the output `x` has .* write \.npy or \.npz instead"):
        to_png(np.zeros((bands, 2, 2), dtype), Output(bands, "x", sample_type))
    with pytest.raises(ArrayError, match="has no pixels"):
        to_png(np.zeros((1, 0, 3), np.uint8), Output(1))


def test_the_palette_s_preview_holds_every_colour_and_its_legend() -> None:
    page = shown("oso_palette", 256)
    colors = {tuple(color) for color in page.reshape(-1, 3)}
    legend = page[:, 16 + 512 + 16 :]
    beside = {tuple(color) for color in legend.reshape(-1, 3)}
    for item in load_nomenclature("oso-23").classes:
        assert item.color.rgb in colors
        assert item.color.rgb in beside


def test_a_ramp_s_preview_has_a_bar_from_end_to_end() -> None:
    page = shown("oso_confidence")
    bar = page[40:528, 16 + 512 + 16 + 10]
    assert tuple(bar[2]) == (0, 200, 0)
    assert tuple(bar[-2]) == (0, 0, 0)
    greens = bar[2:-2, 1].astype(int)
    assert (np.diff(greens) <= 0).all()


def test_a_mask_s_preview_is_stretched_to_black_and_white() -> None:
    page = shown("oso_crops_mask")
    picture = page[16:528, 16:528].reshape(-1, 3)
    assert {(0, 0, 0), (255, 255, 255), (228, 228, 228)} == {tuple(color) for color in picture}


@pytest.mark.parametrize(
    ("output", "value"),
    [
        ('{ bands: 1, sampleType: "FLOAT32" }', "[s.dataMask ? s.OCS / 7 : NaN]"),
        ('{ bands: 1, sampleType: "FLOAT32" }', "[NaN]"),
        ('{ bands: 2, sampleType: "INT16" }', "[-s.OCS, 1]"),
        ("{ bands: 7 }", "[1, 0, 1, 0, 1, 0, 1]"),
        ("{ bands: 3 }", "[0, 0.5, 1]"),
    ],
)
def test_any_output_can_be_previewed(output: str, value: str) -> None:
    script = f'function setup() {{ return {{ input: ["OCS", "dataMask"], output: {output} }}; }} function evaluatePixel(s) {{ return {value}; }}'
    with Program(script) as program:
        image = opened(preview(program, program.run(land_cover(16)), "default", note="A note."))
    assert image.mode == "RGB"
    assert image.width > 512


def test_other_collections_have_no_legend() -> None:
    script = """function setup() { return { input: ["B04"], output: { bands: 1 } }; } function evaluatePixel(s) { return [s.B04]; }"""
    with Program(script) as program:
        image = opened(preview(program, program.run({"B04": np.zeros((4, 3))}), "default"))
    assert image.size == (3 * 128 + 32, 4 * 128 + 32)  # no legend: the script is not an OSO one
    with Program(script) as program, pytest.raises(ArrayError, match="no pixels to show"):
        preview(program, program.run({"B04": np.zeros((0, 3))}), "default")


def test_a_time_series_shows_its_credit_without_colours() -> None:
    source = """function setup() { return { input: ["OCS"], output: { bands: 3 }, mosaicking: "TILE" }; }
      function evaluatePixel(samples) { return samples[0].OCS === samples[1].OCS ? [0, 0, 0] : [1, 0, 0]; }"""
    scenes = [Scene(date=f"20{year}-01-01", bands=land_cover(64, year)) for year in (20, 21)]
    with Program(source) as program:
        page = opened(preview(program, program.run(scenes), "default"))
        plain = opened(preview(program, program.run([scenes[0], scenes[0]]), "default"))
    assert page.size == plain.size
    assert page.height > 512 + 2 * 16


def test_other_editions_have_their_own_legend() -> None:
    later, earlier = (compile(PaletteSpec(name="palette", nomenclature=name)) for name in ("oso-23", "oso-17"))
    tables = [class_table(source, named_collection("cnes-land-cover")) for source in (later, earlier)]
    assert [table and table.id for table in tables] == ["oso-23", "oso-17"]
    told = class_table(Source("// what I draw, oso: nomenclature oso-17\n"), named_collection("cnes-land-cover"))
    assert told is not None
    assert told.id == "oso-17"
    assert class_table(earlier, named_collection("sentinel-2-l2a")) is None
    with Program(earlier) as program:
        image = opened(preview(program, program.run(land_cover(64, nomenclature="oso-17")), "default"))
    colors = {color for _, color in image.getcolors(2**16) or ()}
    assert {item.color.rgb for item in load_nomenclature("oso-17").classes} <= colors


def test_classes_of_one_s_own_have_no_labels_of_the_package_but_the_credit_of_the_data() -> None:
    table = replace(load_nomenclature("oso-23"), title="Mine")
    source = compile(PaletteSpec(name="p", nomenclature=table, band="OCS"))
    assert class_table(source, named_collection("cnes-land-cover")) is None
    with Program(source) as program:
        legend = _legend(program, program.setup.outputs[0], None)
    assert legend is not None
    assert legend.entries == ()
    assert load_nomenclature("oso-23").credit in legend.credit
