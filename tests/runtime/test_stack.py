"""Scenes in slots: what their order and their mosaicking make of them."""

from __future__ import annotations

import numpy as np

from oso_evalscript import Program
from oso_evalscript.runtime.scene import Scene

SIMPLE = """function setup() { return { input: ["A"], output: { bands: 1, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) { return [s.A]; }"""


def test_scenes_of_any_whole_types_lie_over_each_other() -> None:
    """Numpy joins int32 and uint32 to int64, which is no type of V8."""
    above = Scene(bands={"A": np.array([[-5, -6]], np.int32), "dataMask": np.array([[1, 0]])})
    below = Scene(bands={"A": np.array([[7, 4_000_000_000]], np.uint32)})
    with Program(SIMPLE) as program:
        np.testing.assert_array_equal(program.run([above, below])["default"], [[[-5, 4e9]]])
