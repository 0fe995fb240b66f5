"""The first proofs: what the scripts of the land-cover map make of every code."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings

from oso_evalscript import Program, Source, compile, evaluate, fix, load_nomenclature
from oso_evalscript.compiler.keys import find_nomenclature
from oso_evalscript.compiler.spec import PaletteSpec, Spec
from oso_evalscript.testing.meaning import reference
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


def codes_of(spec: Spec) -> np.ndarray:
    """256 codes of the spec's own nomenclature and beside them, in the places of the codes of `SCENE`."""
    codes = np.array(find_nomenclature(getattr(spec, "nomenclature", "")).codes, np.int64)
    near = np.resize([*codes, *(codes - 1), *(codes + 1), 255, 0, 70_000], 256)
    return np.where(SCENE["dataMask"] != 0, near[SCENE["OCS"]], 0).astype(np.float64)


@settings(max_examples=60)
@given(specs("palette", "mask", "confidence", "ramp", "values", "regroup", "statistics"))
def test_every_spec_does_what_it_means(spec: Spec) -> None:
    scene = {name: SCENE[name] if name in SCENE else codes_of(spec) for name in spec.contract().bands}
    out = evaluate(compile(spec), scene)
    for id_, expected in reference(spec)(scene).items():
        np.testing.assert_array_equal(out[id_], expected)
