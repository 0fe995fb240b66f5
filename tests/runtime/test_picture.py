from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from PIL import Image

import oso_evalscript as oso
from oso_evalscript import Program, Source, compile
from oso_evalscript.compiler.spec import PaletteSpec
from oso_evalscript.model.contract import Output, SampleType
from oso_evalscript.model.errors import ArrayError, OsoError
from oso_evalscript.model.nomenclature import shipped_nomenclature
from oso_evalscript.runtime.picture import Picture, draw, panels_of, preview, to_png
from oso_evalscript.runtime.pictures.page import Panel, Words
from tests.conftest import ROOT

PALETTE = Source.read(ROOT / "evalscripts/oso_palette.js")
TWO = """//VERSION=3
function setup() { return { input: ["B04", "dataMask"], output: [{ id: "a", bands: 3, sampleType: "AUTO" }, { id: "b", bands: ["x", "y"], sampleType: "FLOAT32" }] }; }
function evaluatePixel(s) { return { a: [s.B04, s.B04, 0], b: [s.B04, s.dataMask ? s.B04 : NaN] }; }
"""


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def words(picture: Picture) -> list[str]:
    return [item.text for item in picture.page.items if isinstance(item, Words)]


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


def test_a_preview_has_title_legend_and_credit() -> None:
    picture = preview(PALETTE)
    said = " ".join(words(picture))
    table = shipped_nomenclature("oso-23")
    assert said.startswith("The land cover of France, each class in its official colour CNES land cover map")
    assert "A made-up scene, not a map. Value-added data processed by CNES" in said
    image = np.asarray(opened(picture.png()))
    assert image.shape == (round(picture.page.height) * 2, round(picture.page.width) * 2, 3)
    colors = {tuple(color) for color in image.reshape(-1, 3)}
    assert {item.color.rgb for item in table.classes} <= colors
    assert opened(picture.png(1)).width == picture.page.width


def test_pictures_are_saved_as_their_ending_says(tmp_path: Path) -> None:
    picture = preview(PALETTE, size=(20, 30), seed=3, title="Mine & yours")
    picture.save(tmp_path / "a.png")
    picture.save(str(tmp_path / "a.svg"))
    assert opened((tmp_path / "a.png").read_bytes()).format == "PNG"
    assert "<title>Mine &amp; yours</title>" in (tmp_path / "a.svg").read_text()
    with pytest.raises(OsoError, match=r"expected a \.png or \.svg file, not `\.gif`"):
        picture.save(tmp_path / "a.gif")
    assert repr(picture).startswith("<Picture 'Mine & yours', ")
    assert picture._repr_png_() == picture.png()


def test_the_library_draws_scripts_as_the_command_does() -> None:
    picture = oso.preview(TWO, {"B04": np.array([[0.25, 0.5]])})
    assert [text for text in words(picture) if text[0] in "ab"][:3] == ["a", "b: x", "b: y"]
    assert not any("made-up" in text for text in words(picture))
    assert "b: x" not in words(oso.preview(TWO, {"B04": np.array([[0.25, 0.5]])}, outputs=["a"]))
    with pytest.raises(OsoError, match="there is no output `c`; its outputs are a, b"):
        oso.preview(TWO, outputs=["c"])
    with pytest.raises(ArrayError, match="no pixels to show"):
        oso.preview(TWO, {"B04": np.zeros((0, 3))})


def test_outputs_draw_themselves() -> None:
    outputs = oso.evaluate(TWO, {"B04": np.array([[0.25, 0.5]])})
    assert {"a", "b: x", "b: y"} <= set(words(outputs.picture(title="T")))
    assert "a" not in words(outputs.picture("b"))
    assert opened(outputs._repr_png_() or b"").format == "PNG"
    with pytest.raises(OsoError, match="there is no output `c`; there is a, b"):
        outputs.picture("c")
    assert oso.evaluate(TWO, {"B04": np.zeros((0, 3))})._repr_png_() is None


def test_scripts_stand_beside_each_other() -> None:
    panels: list[Panel] = []
    for name in ("oso_palette", "oso_built_up_mask"):
        with Program(Source.read(ROOT / f"evalscripts/{name}.js")) as program:
            panels += panels_of(program, program.run({"OCS": np.array([[1, 23]])}), caption=name)
    picture = draw(panels, title="Two")
    assert {"Two", "oso_palette", "oso_built_up_mask", "23  Water", "1  Built-up"} <= set(words(picture))
    with pytest.raises(ArrayError, match="nothing to show"):
        draw([])


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
    image = opened(preview(script, size=16).png())
    assert image.mode == "RGB"
    assert image.width > 512


def test_classes_of_one_s_own_keep_the_credit_of_the_data() -> None:
    table = replace(shipped_nomenclature("oso-23"), title="Mine")
    said = " ".join(words(preview(compile(PaletteSpec(name="p", nomenclature=table, band="OCS")))))
    assert "23  Water" in said
    assert shipped_nomenclature("oso-23").credit in said


def test_other_editions_have_their_own_legend() -> None:
    said = words(preview(compile(PaletteSpec(name="palette", nomenclature="oso-17"))))
    classes = shipped_nomenclature("oso-17").classes
    assert [f"{item.code}  {item.english}" for item in classes] == [text for text in said if "  " in text]
