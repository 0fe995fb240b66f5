"""The first proofs: what the scripts of the land-cover map make of every code."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from oso_evalscript import Program, Source, compile, evaluate, fix, load_nomenclature
from oso_evalscript.compiler.spec import ConfidenceSpec, MaskSpec, PaletteSpec, RampSpec, Spec
from oso_evalscript.compiler.steps import Below
from oso_evalscript.model.catalog import find_band
from tests.conftest import ROOT
from tests.strategies import specs

TABLE = {item.code: item.color.rgb for item in load_nomenclature("oso-23").classes}
CODES = np.arange(256, dtype=np.uint8)

# Every code, with confidences, validities and masks around every limit a spec can have.
GRID = np.array(np.meshgrid(CODES, [0, 1, 49, 50, 51, 99, 100, 101], [0, 1, 2, 5, 45, 60], [0, 1])).reshape(4, -1)
GRID *= GRID[3]  # where there is no data, every band is 0
SCENE = dict(
    zip(
        ("OCS", "OCS_Confidence", "OCS_Validity", "dataMask"),
        GRID.astype(np.uint8).reshape(4, 1, -1),
        strict=True,
    )
)


@pytest.fixture(scope="module")
def page() -> Iterator[Program]:
    """The page's own script, with its faults fixed."""
    with Program(fix(Source.read(ROOT / "tests/scripts/err/cnes_land_cover_page.js")).source) as program:
        yield program


def test_the_fixed_page_gives_every_class_the_table_s_colour(page: Program) -> None:
    out = page.run({"OCS": CODES[np.newaxis]})["default"]
    assert {code: tuple(out[:, 0, code].tolist()) for code in TABLE} == TABLE


def test_the_fixed_page_paints_codes_without_a_class_like_their_neighbours(page: Program) -> None:
    out = page.run({"OCS": CODES[np.newaxis]})["default"]
    assert tuple(out[:, 0, 0]) == TABLE[1]
    assert tuple(out[:, 0, 24]) == tuple(out[:, 0, 255]) == TABLE[23]


def test_the_generated_palette_gives_every_class_the_table_s_colour_and_no_other_code_any() -> None:
    out = evaluate(compile(PaletteSpec(name="p")), {"OCS": CODES[np.newaxis]})["default"]
    for code in range(256):
        expected = (*TABLE[code], 255) if code in TABLE else (0, 0, 0, 0)
        assert tuple(out[:, 0, code].tolist()) == expected


def test_codes_between_two_classes_are_transparent() -> None:
    values = np.array([[-1.0, 0.5, 1.5, 22.999, 23.001, np.nan, np.inf, 1e9]])
    assert not evaluate(compile(PaletteSpec(name="p")), {"OCS": values})["default"].any()


def meaning(spec: Spec) -> NDArray[np.uint8]:
    """What a spec means, in numpy: the stored samples for `SCENE`."""
    code, confidence, validity, mask = (SCENE[name].astype(int) for name in SCENE)
    alpha = np.where(mask == 1, 255, 0)
    if isinstance(spec, RampSpec):
        band = find_band(spec.band)
        assert band is not None
        value = confidence if spec.band == "OCS_Confidence" else validity
        (low, _), (high, end) = band.ramp
        share = (np.clip(value, low, high) - low) / (high - low)
        rgb = [np.floor(np.round(channel * share, 9)) for channel in end.rgb]
        known = (value >= low) & (value <= (band.high or 255))
        return np.stack([np.where(known, plane, 0) for plane in (*rgb, alpha)]).astype(np.uint8)
    known = np.isin(code, list(TABLE))
    if isinstance(spec, MaskSpec):
        return np.where(known & (mask == 1), np.isin(code, spec.classes), 255).astype(np.uint8)[np.newaxis]
    chosen = np.isin(code, list(TABLE) if spec.classes is None else spec.classes)
    lut = np.zeros((256, 3), int)
    for known_code, color in TABLE.items():
        lut[known_code] = color
    rgb = np.moveaxis(lut[code], -1, 0)
    if isinstance(spec, PaletteSpec) and spec.alpha == "none":
        ground = np.array(spec.background.rgb if spec.background else (0, 0, 0)).reshape(3, 1, 1)
        return np.where(chosen, rgb, ground).astype(np.uint8)
    if isinstance(spec, ConfidenceSpec):
        sure = (confidence >= spec.threshold) & (validity >= (spec.validity or 0))
        unsure = {
            Below.TRANSPARENT: 0,
            Below.GREY: 128,
            Below.FADED: np.floor(0.4 * rgb + 0.6 * 64 + 0.5 + 1e-9),
        }
        rgb = np.where(sure, rgb, unsure[spec.below])
        chosen_alpha = np.where(sure | (spec.below is not Below.TRANSPARENT), alpha, 0)
        return np.where(chosen, np.concatenate([rgb, chosen_alpha[np.newaxis]]), 0).astype(np.uint8)
    return np.where(chosen, np.concatenate([rgb, alpha[np.newaxis]]), 0).astype(np.uint8)


@settings(max_examples=60)
@given(specs())
def test_every_spec_does_what_it_means(spec: Spec) -> None:
    out = evaluate(compile(spec), SCENE)["default"]
    np.testing.assert_array_equal(out, meaning(spec))
