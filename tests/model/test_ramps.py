"""Named ramps, stretched and cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.model.color import Color
from oso_evalscript.model.ramps import RampName, named_ramp, rounded, shade_at, step_at, stepped


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


def test_rounded_stops_keep_the_colour_of_every_value() -> None:
    exact = named_ramp(RampName.VIRIDIS, 1, 45)
    tidy = rounded(exact, range(256), shade_at)
    assert [position for position, _ in tidy[:4]] == [1.0, 3.9333, 6.8667, 9.8]
    assert [shade_at(tidy, value) for value in range(256)] == [shade_at(exact, value) for value in range(256)]


@given(
    st.sampled_from(RampName),
    st.none() | st.integers(2, 64),
    st.integers(-100, 255),
    st.floats(0.001, 300),
    st.integers(0, 300),
)
def test_rounding_changes_no_colour_and_no_order(
    name: RampName, bins: int | None, low: int, width: float, largest: int
) -> None:
    exact = named_ramp(name, low, low + width)
    color_at = shade_at
    if bins is not None:
        exact, color_at = stepped(exact, bins), step_at
    values = range(largest)
    tidy = rounded(exact, values, color_at)
    assert [color_at(tidy, value) for value in values] == [color_at(exact, value) for value in values]
    positions = [position for position, _ in tidy]
    assert positions == sorted(set(positions))
    assert [color for _, color in tidy] == [color for _, color in exact]


def test_a_stop_stays_where_rounding_it_would_change_a_colour() -> None:
    black, white = Color(0), Color(0xFFFFFF)
    near = ((0, black), (2.99999, white), (6, black))  # rounded to 3, it would make 3 white
    assert rounded(near, range(7), shade_at) == near
    assert rounded(near, range(3), shade_at)[1] == (3, white)
    assert rounded(((0, black), (1.99999, white)), range(7), step_at) == ((0, black), (2, white))
    assert rounded(((0, black), (2.00001, white)), range(7), step_at) == ((0, black), (2.00001, white))
    assert rounded(((0, black), (0.00001, white)), range(7), step_at) == ((0, black), (0.00001, white))
