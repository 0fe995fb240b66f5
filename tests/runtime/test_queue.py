"""Blocks are asked for ahead of time; where one fails, those behind it are not run."""

from __future__ import annotations

import numpy as np
import pytest

from oso_evalscript import Program
from oso_evalscript.model.errors import PixelError
from oso_evalscript.runtime import blocks

_COUNTS = """
let calls = 0;
function setup() { return { input: ["A"], output: { bands: 1, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) {
  calls++;
  if (s.A === 1) throw new Error("one");
  return [calls];
}
"""


@pytest.mark.parametrize("failing", [0, 3, 4, 9, 10])
def test_no_pixel_behind_a_failure_is_run(monkeypatch: pytest.MonkeyPatch, failing: int) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 4)
    band = np.zeros((1, 11))
    with Program(_COUNTS) as program:
        assert program.run({"A": band})["default"].tolist() == [[list(range(1, 12))]]
        band[0, failing] = 1
        with pytest.raises(PixelError, match="one"):
            program.run({"A": band})
        after = program.run({"A": np.zeros((1, 11))})["default"]
    assert after.tolist() == [[[11 + failing + 1 + count for count in range(1, 12)]]]
