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
        ({"A": [[1, 2], [3]]}, "the band A is not an array of shape (y, x)"),
        ({"A": np.ma.masked_equal(ONES, 1)}, "the band A is a masked array, whose mask scripts cannot see"),
        ({3: ONES}, "the name of a band must be text, not 3"),
        ({"A": ONES, "dataMask": np.full((2, 2), np.nan)}, "dataMask contains nan: expected 1 where there is data"),
        ({"A": ONES, "dataMask": np.full((2, 2), 0.5)}, "dataMask contains 0.5"),
        ({"A": ONES, "dataMask": np.full((2, 2), 255)}, "dataMask contains 255"),
        ({"A": ONES, "dataMask": np.full((2, 2), -1)}, "dataMask contains -1"),
        (
            {"A": ONES, "dataMask": np.ones((3, 2))},
            "all bands of all scenes must have the same shape, but these differ",
        ),
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


@pytest.mark.parametrize("mosaicking", ["ORBIT", "TILE"])
@pytest.mark.parametrize("order", ["mostRecent", "leastRecent", "leastCC"])
def test_lists_of_scenes_need_dates_in_any_order(mosaicking: str, order: Any) -> None:
    script = SIMPLE.replace("output:", f'mosaicking: "{mosaicking}", output:')
    scenes = [Scene(bands={"A": ONES}, date=date, cloud_coverage=1) for date in ("2023-01-01", None)]
    with Program(script) as program, pytest.raises(ArrayError, match=f"scene 1 has no date, .* under {mosaicking}"):
        program.run(scenes, order=order)


def test_scenes_laid_over_each_other_have_all_dates_or_none() -> None:
    scenes = [Scene(bands={"A": ONES}), Scene(bands={"A": 2 * ONES}, date="2023-01-01")]
    with Program(SIMPLE) as program:
        with pytest.raises(ArrayError, match="scene 0 has no date while others have one"):
            program.run(scenes)
        assert program.run([scenes[0], Scene(bands={"A": 2 * ONES})])["default"].max() == 1
