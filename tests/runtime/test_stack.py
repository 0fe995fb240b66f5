"""Scenes in slots: what their order and their mosaicking make of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from oso_evalscript import Program
from oso_evalscript.model.errors import ArrayError
from oso_evalscript.runtime.scene import Scene

ONES = np.ones((2, 2))
SIMPLE = """function setup() { return { input: ["A"], output: { bands: 1, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) { return [s.A]; }"""


def test_scenes_of_any_whole_types_lie_over_each_other() -> None:
    """Numpy joins int32 and uint32 to int64, which is no type of V8."""
    above = Scene(bands={"A": np.array([[-5, -6]], np.int32), "dataMask": np.array([[1, 0]])})
    below = Scene(bands={"A": np.array([[7, 4_000_000_000]], np.uint32)})
    with Program(SIMPLE) as program:
        np.testing.assert_array_equal(program.run([above, below])["default"], [[[-5, 4e9]]])


@pytest.mark.parametrize(
    ("scene", "message"),
    [
        ({"A": [[1, 2], [3]]}, "the band A is no array of shape (y, x)"),
        ({"A": np.ma.masked_equal(ONES, 1)}, "the band A is a masked array, whose mask a script does not see"),
        ({3: ONES}, "the name of a band is text, not 3"),
        ({"A": ONES, "dataMask": np.full((2, 2), np.nan)}, "dataMask holds nan: expected 1 where there is data"),
        ({"A": ONES, "dataMask": np.full((2, 2), 0.5)}, "dataMask holds 0.5"),
        ({"A": ONES, "dataMask": np.full((2, 2), 255)}, "dataMask holds 255"),
        ({"A": ONES, "dataMask": np.full((2, 2), -1)}, "dataMask holds -1"),
        ({"A": ONES, "dataMask": np.ones((3, 2))}, "the bands of all scenes have one shape, these have several"),
        ({"A": ONES, "dataMask": 1}, "the band dataMask has the shape ()"),
    ],
)
def test_wrong_arrays(scene: Any, message: str) -> None:
    with Program(SIMPLE) as program, pytest.raises(ArrayError) as caught:
        program.run(scene)
    assert str(caught.value).startswith(message)


def test_a_masked_array_that_masks_nothing_is_an_array() -> None:
    with Program(SIMPLE) as program:
        assert program.run({"A": np.ma.masked_equal(ONES, 7)})["default"].min() == 1
