from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from oso_evalscript import Program, Source
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.runtime.pictures.scale import colors_along, grey, is_painted_with, own_range, ticks
from oso_evalscript.semantics.colors.tables import Table
from oso_evalscript.semantics.script import Script

NUMBERS = st.floats(-1e9, 1e9, allow_nan=False)


@given(NUMBERS, NUMBERS, st.integers(2, 12))
def test_ticks_are_few_round_numbers_in_the_range(one: float, other: float, most: int) -> None:
    low, high = sorted((one, other))
    assume(high - low > 1e-6 * max(abs(low), abs(high), 1e-3))
    found = ticks(low, high, most)
    slack = 1e-6 * max(abs(low), abs(high), 1)
    assert 1 <= len(found) <= most
    assert all(low - slack <= number <= high + slack for number in found)
    assert list(found) == sorted(set(found))
    if len(found) > 2:
        steps = np.diff(found)
        assert steps.max() - steps.min() <= 1e-6 * max(steps.max(), slack)


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(-0.2, 0.9, (-0.2, 0, 0.2, 0.4, 0.6, 0.8)), (0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1)), (1, 100, (20, 40, 60, 80, 100)), (5, 5, (5,)), (0, 1e-4, (0, 2e-5, 4e-5, 6e-5, 8e-5, 1e-4))],
)  # fmt: skip
def test_ticks_that_people_expect(low: float, high: float, found: tuple[float, ...]) -> None:
    assert ticks(low, high) == pytest.approx(found)


def tables(text: str) -> tuple[Table, ...]:
    return Script(parse(Source(text))).tables


@pytest.mark.parametrize(
    ("table", "call"),
    [
        ("const v = new ColorRampVisualizer([[0, 0x000000], [40, 0xff8800], [100, 0x00ff00]]);", "v.process(s.A)"),
        ("const v = new ColorGradientVisualizer([[1, 0x0000ff], [0.4, 0x00ff00], [0, 0xff0000]], 0, 1);", "v.process(s.A)"),
        ("", "colorBlend(s.A, [0, 30, 60], [[0, 0, 0], [1, 0.5, 0], [1, 1, 1]])"),
        ("", "valueMap(s.A, [10, 30, 60], [[0, 0, 0], [1, 0.5, 0], [1, 1, 1]])"),
    ],
)  # fmt: skip
def test_the_colours_along_a_scale_are_those_that_the_script_paints(table: str, call: str) -> None:
    script = f"""{table}
      function setup() {{ return {{ input: ["A"], output: {{ bands: 3 }} }}; }}
      function evaluatePixel(s) {{ return {call}; }}"""
    (found,) = tables(script)
    along = colors_along(found)
    assert along is not None
    low, high, colors = along
    values = np.linspace(low, high, len(colors))
    with Program(script) as program:
        painted = program.run({"A": values.reshape(1, -1)})["default"]
    expected = np.array(colors)[:, :3]
    assert np.abs(painted[:, 0].T.astype(int) - expected).max() <= 2
    assert is_painted_with(np.dstack([*painted, np.full(painted.shape[1:], 255)]).astype(np.uint8), colors) == 1
    assert own_range((found,), low - 1, high + 1) == (low, high)
    assert own_range((found,), low + 0.1, high) == (low + 0.1, high)


def test_a_picture_of_other_colours_is_not_painted_with_a_scale() -> None:
    chance = np.random.default_rng(0).integers(0, 255, (30, 30, 4), np.uint8)
    assert is_painted_with(chance, grey()) == 0
    assert is_painted_with(np.zeros((3, 3, 4), np.uint8), grey()) == 0
    assert colors_along(tables("const v = new ColorMapVisualizer([[1, 0xff0000], [2, 0x00ff00]]);")[0]) is None
