"""Whether results depend on the pixel alone, asked of scripts as they are loaded."""

from __future__ import annotations

from typing import Any

import numpy as np

from oso_evalscript import Program, Source

SIMPLE = """let gain = 2.5;
if (dataMask === 0) {
  return [0];
}
return [gain * B04];
"""


def test_a_simple_script_is_asked_as_a_function() -> None:
    with Program(Source(SIMPLE)) as program:
        assert program.impurity() is None


def test_one_that_keeps_state_is_found_at_its_own_line() -> None:
    with Program(Source("\ncount = typeof count === 'undefined' ? 0 : count + 1;\nreturn [count + B04];")) as program:
        found = program.impurity()
        assert found is not None
        assert found.words.startswith("line 2: ")
        np.testing.assert_array_equal(program.run({"B04": np.zeros((1, 3))})["default"][0, 0], [0, 255, 255])


def test_several_processes_share_a_simple_script() -> None:
    scene: dict[str, Any] = {
        "B04": np.random.default_rng(1).uniform(0, 1, (1500, 1500)),
        "dataMask": np.ones((1500, 1500)),
    }
    with Program(Source(SIMPLE)) as one, Program(Source(SIMPLE)) as other:
        alone = one.run(scene, workers=1)["default"]
        np.testing.assert_array_equal(other.run(scene, workers=2)["default"], alone)
