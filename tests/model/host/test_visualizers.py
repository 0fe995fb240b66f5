"""The visualizers: colour maps, ramps, gradients, brightness curves."""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.model.host import library
from tests.model.host.test_library import colors, evaluate, few, numbers, processed, values

pairs = st.lists(st.tuples(st.integers(-5, 5), colors), min_size=1, max_size=8)
stops = st.lists(
    st.tuples(st.integers(-1000, 1000), colors), min_size=1, max_size=5, unique_by=lambda stop: stop[0]
)  # fmt: skip


def shares(color: int) -> list[float]:
    return [channel / 255 for channel in color.to_bytes(3)]


def steps(color: Sequence[float]) -> list[int]:
    return [round(channel * 255) for channel in color]


# Colour maps


def mapped(ordered: Sequence[tuple[float, int]], x: float) -> int:
    """The colour of the last pair before the first one above x."""
    color = ordered[0][1]
    for value, other in ordered:
        if value > x:
            break
        color = other
    return color


@few
@given(pairs, values)
def test_a_map_gives_the_colour_of_the_last_value_not_above(
    given_pairs: list[tuple[int, int]], at: list[float]
) -> None:
    at = [*at, *(value for value, _ in given_pairs)]
    painted = processed(f"new ColorMapVisualizer({json.dumps(given_pairs)})", at)
    ordered = sorted(given_pairs, key=lambda pair: pair[0])
    assert painted == [shares(mapped(ordered, x)) for x in at]


@few
@given(pairs, values)
def test_a_map_can_be_walked_as_written(given_pairs: list[tuple[int, int]], at: list[float]) -> None:
    at = [*at, *(value for value, _ in given_pairs)]
    text = library(color_map_order="as-written")
    painted = processed(f"new ColorMapVisualizer({json.dumps(given_pairs)})", at, before=text)
    assert painted == [shares(mapped(given_pairs, x)) for x in at]


def test_a_map_of_falling_duplicated_pairs() -> None:
    falling = "new ColorMapVisualizer([[3, 0xff0000], [1, 0x00ff00], [1, 0x0000ff]])"
    assert processed(falling, [0, 1, 2, 3, math.nan]) == [[0, 1, 0], [0, 0, 1], [0, 0, 1], [1, 0, 0], [1, 0, 0]]
    walked = processed(falling, [0, 1, 2, 3], before=library(color_map_order="as-written"))
    assert walked == [[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 0, 1]]


def test_a_map_of_arrays_gives_them_as_they_are() -> None:
    mixed = "new ColorMapVisualizer([[0, [0.1, 0.2, 0.3]], [1, [200, 100, 50]], [2, 0xffffff]])"
    assert processed(mixed, [0, 1, 2]) == [[0.1, 0.2, 0.3], [200, 100, 50], [1, 1, 1]]


def test_the_other_ways_to_ask_a_map() -> None:
    made = "((v) => [v.processList([1, 2]), v.getColorFromValue(1), v.getColorFromValue(2)])"
    assert evaluate(f"{made}(new ColorMapVisualizer([[1, 0xff0000], [2, 0x0000ff]]))") == [
        [[1, 0, 0], [0, 0, 1]],
        0xFF0000,
        0x0000FF,
    ]


# Ramps and gradients


def ramp(ordered: Sequence[tuple[float, int]], x: float) -> list[float]:
    """The colour of a ramp of integer colours: channels cut to whole steps."""
    at = bisect_left([position for position, _ in ordered], x)
    if at == len(ordered) or at == 0:
        return shares(ordered[min(at, len(ordered) - 1)][1])
    (low, one), (high, other) = ordered[at - 1 : at + 1]
    t = (x - low) / (high - low)
    return [int(a * (1 - t) + b * t) / 255 for a, b in zip(one.to_bytes(3), other.to_bytes(3), strict=True)]


@few
@given(stops, values)
def test_a_ramp_is_linear_and_cut_to_whole_steps(pairs: list[tuple[int, int]], at: list[float]) -> None:
    at = [*at, *(value for value, _ in pairs)]
    painted = processed(f"new ColorRampVisualizer({json.dumps(pairs)})", at)
    ordered = sorted(pairs)
    assert painted == [ramp(ordered, x) if x == x else shares(ordered[-1][1]) for x in at]


def between(painted: Sequence[float], one: int, other: int) -> bool:
    sides = zip(painted, one.to_bytes(3), other.to_bytes(3), strict=True)
    return all(min(a, b) <= round(channel * 255, 6) <= max(a, b) for channel, a, b in sides)


@few
@given(stops, st.lists(numbers, min_size=1, max_size=20), st.sampled_from(["Ramp", "RampOfArrays", "Gradient"]))
def test_a_ramp_or_gradient_stays_between_the_stops_around_it(
    pairs: list[tuple[int, int]], at: list[float], kind: str
) -> None:
    ordered = sorted(pairs)
    text = json.dumps(pairs)
    if kind == "Gradient":  # fractions count from the top, so that 0 stands for 1 and 1 for 0
        text = f"{json.dumps(pairs)}.map(([p, c]) => [1 - p, c])"
    elif kind == "RampOfArrays":
        text = f"{json.dumps(pairs)}.map(([p, c]) => [p, normalizeRGB(int2rgb(c))])"
    painted = processed(f"new Color{kind.removesuffix('OfArrays')}Visualizer({text})", at)
    for x, result in zip(at, painted, strict=True):
        left = max((pair for pair in ordered if pair[0] <= x), default=ordered[0])
        right = min((pair for pair in ordered if pair[0] >= x), default=ordered[-1])
        assert between(result, left[1], right[1]), (x, steps(result))


@few
@given(stops, values)
def test_a_visualizer_that_is_asked_often_gives_what_a_new_one_gives(
    pairs: list[tuple[int, int]], at: list[float]
) -> None:
    mixed = [(position, shares(color) if color % 3 == 0 else color) for position, color in pairs]
    for kind in ("Ramp", "Map", "Gradient"):
        made = f"new Color{kind}Visualizer({json.dumps(mixed)})"
        often = f"((v) => {{ for (let i = 0; i < 50; i++) v.process(i); return v; }})({made})"
        fresh = f"{{ process: (x) => ({made}).process(x) }}"
        assert processed(often, at) == processed(fresh, at)


def test_a_ramp_cuts_integers_and_arrays() -> None:
    at = [250, 299]
    for one, other in (("0xff0000", "0x0000ff"), ("[1, 0, 0]", "[0, 0, 1]")):
        assert processed(f"new ColorRampVisualizer([[200, {one}], [300, {other}]])", at) == [
            [127 / 255, 0, 127 / 255],
            [2 / 255, 0, 252 / 255],
        ]
    steps_of_255 = "[[0, [0, 0, 0]], [255, [1, 1, 1]]]"
    assert processed(f"new ColorRampVisualizer({steps_of_255})", [*range(256)]) == [[n / 255] * 3 for n in range(256)]
    mixed = "new ColorRampVisualizer([[0, 0xff0000], [1, [0, 0, 1]], [2, 0x00ff00], [3, 0x0000ff]])"
    assert processed(mixed, [0, 0.5, 1.5, 2.5, 3]) == [
        [1, 0, 0], [127 / 255, 0, 127 / 255], [0, 127 / 255, 127 / 255], [0, 127 / 255, 127 / 255], [0, 0, 1],
    ]  # fmt: skip
    large = processed("new ColorRampVisualizer([[0, [0, 0, 0]], [1, [255, 100, 50]]])", [0.5])
    assert large == [pytest.approx([127.5, 50, 25], abs=1 / 255)]


@few
@given(stops, st.integers(-50, 50), st.integers(1, 100))
def test_a_ramp_can_be_stretched(pairs: list[tuple[int, int]], low: int, width: int) -> None:
    ordered = sorted(pairs)
    positions = [low, low + width, low - 1, low + width + 1]
    painted = processed(f"new ColorRampVisualizer({json.dumps(pairs)}, {low}, {low + width})", positions)
    first, last = ordered[0][1], ordered[-1][1]
    assert [steps(color) for color in painted] == [list(color.to_bytes(3)) for color in (first, last, first, last)]


def test_a_ramp_is_stretched_linearly_and_each_end_by_itself() -> None:
    stretched = "new ColorRampVisualizer([[0, 0x000000], [1, 0x640000], [2, 0xc80000]], {})"
    for ends, at in (("0, 8", 2), ("-2", -1), ("undefined, 6", 1.5), ("4, 0", 3)):
        assert steps(processed(stretched.format(ends), [at])[0]) == [50, 0, 0], ends
    one_place = "new ColorRampVisualizer([[5, 0xff0000], [5, 0x0000ff]], 2, 3)"
    assert processed(one_place, [2, 2.5, 3]) == [[1, 0, 0], [0, 0, 1], [0, 0, 1]]


def test_a_falling_ramp_of_a_script_keeps_colours_at_their_positions() -> None:
    falling = "new ColorRampVisualizer([[2, 0xff0000], [1, 0x00ff00], [0, 0x0000ff]])"
    assert processed(falling, [0, 1, 2]) == [[0, 0, 1], [0, 1, 0], [1, 0, 0]]
    assert processed("new ColorRampVisualizer(redTemperature.slice())", [0, 1]) == [[1, 1, 1], [0, 0, 0]]
    assert processed("new ColorRampVisualizer(redTemperature)", [0, 0.3, 1]) == [
        [0, 0, 0],
        [1, 110 / 255, 0],
        [1, 1, 1],
    ]


def test_a_duplicated_stop_is_a_sharp_edge() -> None:
    edge = "new ColorRampVisualizer([[0, 0x0000ff], [1, 0x0000ff], [1, 0xff0000], [2, 0xff0000]])"
    assert processed(edge, [0.5, 1, 1.5]) == [[0, 0, 1], [0, 0, 1], [1, 0, 0]]


def test_the_two_classes_place_the_tables_differently() -> None:
    at = [0, 0.3, 0.5, 0.8, 1]
    table = {
        "ColorRampVisualizer.createRedTemperature": [(0, 0, 0), (255, 110, 0), (255, 131, 0), (255, 204, 147), (255, 255, 255)],
        "ColorGradientVisualizer.createRedTemperature": [(0, 0, 0), (110, 0, 0), (183, 12, 0), (255, 158, 51), (255, 255, 255)],
        "ColorRampVisualizer.createWhiteGreen": [(0, 0, 0), (0, 102, 0), (85, 153, 0), (191, 217, 127), (255, 255, 255)],
        "ColorGradientVisualizer.createWhiteGreen": [(0, 0, 0), (0, 76, 0), (43, 128, 0), (170, 204, 85), (255, 255, 255)],
        "ColorRampVisualizer.createBlueRed": [(0, 0, 128), (0, 178, 255), (127, 255, 127), (255, 76, 0), (128, 0, 0)],
        "ColorGradientVisualizer.createBlueRed": [(0, 0, 128), (0, 179, 255), (128, 255, 128), (255, 76, 0), (128, 0, 0)],
    }  # fmt: skip
    for create, expected in table.items():
        assert [tuple(steps(color)) for color in processed(f"{create}(0, 1)", at)] == expected, create
        assert processed(f"{create}()", at) == processed(f"{create}(0, 1)", at), create
        stretched = processed(f"{create}(10, 14)", [10 + 4 * x for x in (0, 0.5, 1)])
        assert [tuple(steps(color)) for color in stretched] == [expected[0], expected[2], expected[4]], create


def test_gradients_round_and_count_from_the_top() -> None:
    two = "new ColorGradientVisualizer([[1, 0x000000], [0, 0x0000ff]], 10, 20)"
    assert [steps(color)[2] for color in processed(two, [9, 10, 10.1, 15, 20, 21])] == [0, 0, 3, 128, 255, 255]
    arrays = "new ColorGradientVisualizer([[1, [0, 0, 0]], [0, [1, 1, 0.5]]])"
    assert processed(arrays, [0.25, math.nan]) == [[0.25, 0.25, 0.125], [1, 1, 0.5]]


@few
@given(st.lists(colors, min_size=1, max_size=6), st.lists(st.floats(0, 1), min_size=1, max_size=10))
def test_an_inverted_ramp_runs_the_other_way(given_colors: list[int], at: list[float]) -> None:
    even = [[i / max(len(given_colors) - 1, 1), color] for i, color in enumerate(given_colors)]
    back = [[position, color] for (position, _), color in zip(even, reversed(given_colors), strict=True)]
    made = f"new ColorRampVisualizer({json.dumps(even)})"
    assert processed(f"{made}.inverse()", at) == processed(f"new ColorRampVisualizer({json.dumps(back)})", at)
    assert processed(f"{made}.inverse().inverse()", at) == processed(made, at)


def test_an_inverted_ramp_keeps_its_positions() -> None:
    uneven = "new ColorRampVisualizer([[0, 0x000000], [1, 0x000064], [4, 0x0000c8]]).inverse()"
    assert [steps(color)[2] for color in processed(uneven, [0, 1, 4])] == [200, 100, 0]
    assert processed("ColorRampVisualizer.createRedTemperature().inverse()", [0, 1]) == [[1, 1, 1], [0, 0, 0]]
    assert processed("new ColorRampVisualizer([[0, [0, 0, 1]], [1, 0xff0000]]).inverse()", [0.2]) == [[0.8, 0, 0.2]]


# Brightness curves


def compressed(x: float, low: float, high: float, gain: float, offset: float, gamma: float) -> float:
    y = gain * (x - low) / (high - low) + offset
    if gamma != 1:
        y = max(0.0, y) ** gamma
    if 0 < high < 1 and y > 0.92:
        y = 0.92 + (y - 0.92) * 0.08 / 1.08
    return min(max(y, 0.0), 1.0)


@few
@given(
    st.floats(-1, 0.4),
    st.floats(0.5, 3),
    st.floats(0.1, 4),
    st.floats(-0.5, 0.5),
    st.sampled_from([1, 0.5, 2.2]),
    st.lists(st.floats(-5, 5), min_size=1, max_size=20),
)
def test_highlights_are_compressed_in_order_and_within_bounds(
    low: float, high: float, gain: float, offset: float, gamma: float, at: list[float]
) -> None:
    at = sorted(at)
    arguments = f"({low}, {high}, {gain}, {offset}, {gamma})"
    got = processed(f"new HighlightCompressVisualizer{arguments}", at)
    assert got == pytest.approx([compressed(x, low, high, gain, offset, gamma) for x in at], abs=1e-9)
    assert got == sorted(got)
    assert 0 <= got[0] <= got[-1] <= 1
    assert processed(f"new HighlightCompressVisualizerSingle{arguments}", at) == [[x] for x in got]
    assert evaluate(f"new HighlightCompressVisualizer{arguments}.processList({json.dumps(at)})") == got


def test_highlights_reach_1_at_twice_the_range_where_the_maximum_is_below_1() -> None:
    assert processed("new HighlightCompressVisualizer(0.1, 0.4)", [0.25, 0.69, 0.7]) == pytest.approx(
        [0.5, 0.9975, 1], abs=1e-3
    )
    assert processed("new HighlightCompressVisualizer(0, 2)", [1.84, 1.9, 2]) == pytest.approx([0.92, 0.95, 1])
    assert processed("new HighlightCompressVisualizer(-2, -1)", [-1.05]) == pytest.approx([0.95])
    assert processed("new HighlightCompressVisualizer()", [0.5, 0.95, math.nan]) == [0.5, 0.95, None]


def test_gain_and_offset_come_before_gamma() -> None:
    assert processed("new HighlightCompressVisualizer(0, 1, 2, 0.1, 0.5)", [0.03, -1]) == pytest.approx([0.4, 0])


def test_the_default_visualizer_has_no_upper_limit_with_gamma() -> None:
    assert processed("new DefaultVisualizer(0, 0.5)", [-1, 0.25, 0.49, 2]) == pytest.approx([0, 0.5, 0.98, 1])
    assert processed("new DefaultVisualizer(0, 0.5, 1, 0, 2)", [-1, 0.25, 1]) == [0, 0.25, 4]
    assert evaluate("new DefaultVisualizer(0, 0.5).processList([0, 0.5])") == [0, 1]


def test_identity_gives_arrays() -> None:
    assert evaluate("[new Identity().process(2), new Identity().process([1, 2])]") == [[2], [1, 2]]


def test_overrides_of_a_viewer_are_not_read() -> None:
    before = "var gainOverride = 3, offsetOverride = 1, gammaOverride = 2, rangeOverrides = [[0, 9]];"
    for name in ("HighlightCompressVisualizer", "DefaultVisualizer"):
        assert processed(f"new {name}()", [0.25, 0.5], before=before) == [0.25, 0.5]
