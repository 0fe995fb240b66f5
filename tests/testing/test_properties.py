"""Properties on codes that no class has: beyond 8 bits, broken, missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import Program, Setup, Source, load_nomenclature
from oso_evalscript.model.contract import Input, Output, SampleType
from oso_evalscript.model.errors import ArrayError
from oso_evalscript.testing.check import check
from oso_evalscript.testing.domain import Axis, Domain
from oso_evalscript.testing.properties import (
    Array,
    Block,
    Property,
    Reference,
    matches,
    no_foreign_color,
    palette_exact,
)

OSO = load_nomenclature("oso-23")
SETUP = Setup(inputs=(Input(bands=("B",)),), outputs=(Output(id="default", bands=3, sample_type=SampleType.UINT8),))
CODES = (
    st.integers(0, 65535)
    | st.sampled_from(OSO.codes).map(lambda code: code + 256)
    | st.floats(-300, 300)
    | st.just(np.nan)
)


def fails(property_: Property, code: float, color: tuple[int, int, int]) -> bool:
    """Whether a property fails where a code is given a color."""
    values: Array = np.array([code])
    picture = np.array(color, np.uint8).reshape(3, 1)
    return bool(property_.fails(Block(SETUP, {"B": values}, {"default": picture}, (1,)))[0])


@given(
    CODES | st.sampled_from(OSO.codes), st.sampled_from([item.color.rgb for item in OSO.classes]) | st.just((1, 2, 3))
)
def test_a_code_is_of_a_class_only_if_it_is_its_code(code: float, color: tuple[int, int, int]) -> None:
    colors = {item.code: item.color.rgb for item in OSO.classes}
    assert fails(palette_exact(OSO, "B"), code, color) == (code in colors and colors[int(code)] != color)
    assert fails(no_foreign_color(OSO, "B"), code, color) == (code not in colors and color in colors.values())


def test_a_nomenclature_without_classes_asks_nothing() -> None:
    empty = replace(OSO, classes=())
    assert not fails(palette_exact(empty, "B"), 1, (0, 0, 0))
    assert not fails(no_foreign_color(empty, "B"), 1, (0, 0, 0))


def test_codes_of_16_bits_are_not_folded() -> None:
    setup = 'function setup() { return { input: [{ bands: ["B04"], units: "DN" }], output: { bands: 3 } }; }\n'
    table = replace(OSO, classes=tuple(item for item in OSO.classes if item.code == 21))
    colored = "[1, 184 / 255, 2 / 255]"

    def script(condition: str) -> Source:
        return Source(f"{setup}function evaluatePixel(s) {{ return {condition} ? {colored} : [0.1, 0.2, 0.3]; }}")

    with Program(script("s.B04 === 21")) as right, Program(script("s.B04 === 21 || s.B04 === 277")) as wrong:
        asked = (palette_exact(table, "B04"), no_foreign_color(table, "B04"))
        assert all(check(right, asked, basic=(), max_examples=40))
        (found,) = check(wrong, asked[1:], basic=(), max_examples=100)
    assert found.counterexample is not None
    assert found.counterexample.inputs == {"B04": 277}


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        (
            lambda bands: {"other": bands["OCS"]},
            "the reference gives an output `other`; those of the script are default",
        ),
        (lambda bands: {"default": np.zeros((2, 1, 1))}, r"the reference gives `default` the shape \(2, 1, 1\), which"),
    ],
)
def test_a_reference_that_does_not_fit_is_told(reference: Reference, says: str) -> None:
    setup = 'function setup() { return { input: ["OCS", "dataMask"], output: { bands: 1 } }; }\n'
    source = Source(f"{setup}function evaluatePixel(s) {{ return [0]; }}")
    with Program(source) as program, pytest.raises(ArrayError, match=says):
        check(program, (matches(reference),), basic=())


@given(st.lists(st.integers(1, 256), min_size=1, max_size=3), st.booleans())
def test_blocks_are_the_domain_in_order_and_small(lengths: list[int], masked: bool) -> None:
    axes = [Axis(f"B{i}", np.arange(length).astype(np.uint8)) for i, length in enumerate(lengths[:2])]
    axes += [Axis("B2", np.arange(lengths[2] % 8 + 1).astype(np.uint8))] if len(lengths) == 3 else []
    axes += [Axis("dataMask", np.array([0, 1], np.uint8))] if masked else []
    domain = Domain(tuple(axes))
    seen = []
    for inputs in domain.blocks():
        shape = np.broadcast_shapes(*(values.shape for values in inputs.values()))
        assert np.prod(shape) <= 2**19
        flat = [np.broadcast_to(values, shape).reshape(-1).astype(np.int64) for values in inputs.values()]
        seen.append(np.ravel_multi_index(tuple(flat), tuple(len(axis.values) for axis in axes)))
    assert np.array_equal(np.concatenate(seen), np.arange(domain.size))
