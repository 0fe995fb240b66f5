"""Named ramps, stretched and cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.model.color import Color
from oso_evalscript.model.ramps import RampName, named_ramp, stepped


@pytest.mark.parametrize("name", RampName)
def test_a_ramp_grows_lighter_all_the_way(name: RampName) -> None:
    weights = (0.2126, 0.7152, 0.0722)
    colors = [color for _, color in named_ramp(name, 0, 1)]
    light = [sum(w * (c / 255) ** 2.2 for w, c in zip(weights, color.rgb, strict=True)) for color in colors]
    assert light == sorted(light)
    assert len(set(colors)) == 16


def test_the_ends_are_those_of_the_published_table() -> None:
    stops = named_ramp(RampName.VIRIDIS, 1, 45)
    assert stops[0] == (1, Color.parse("#440154"))
    assert stops[-1] == (45, Color.parse("#fde725"))


@given(st.sampled_from(RampName), st.integers(2, 64), st.floats(-10, 10), st.floats(0.1, 10))
def test_steps_start_at_the_low_end_and_rise(name: RampName, bins: int, low: float, width: float) -> None:
    starts = [start for start, _ in stepped(named_ramp(name, low, low + width), bins)]
    assert starts[0] == pytest.approx(low)
    assert len(starts) == bins
    assert starts == sorted(set(starts))


def test_a_step_has_the_colour_of_its_middle() -> None:
    black, white = Color(0), Color(0xFFFFFF)
    assert stepped(((0, black), (10, white)), 2) == ((0, Color(0x404040)), (5, Color(0xBFBFBF)))
