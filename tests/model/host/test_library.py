from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import Program
from tests.conftest import ROOT

VECTORS: list[dict[str, Any]] = json.loads((ROOT / "tests/model/host/vectors.json").read_text(encoding="utf-8"))
PRESENT = ("ColorMapVisualizer", "ColorRampVisualizer", "int2rgb", "rgb2int", "normalizeRGB")


def evaluate(expression: str, **options: Any) -> Any:
    """The value of a JavaScript expression in the script environment; it comes back as the id of an output."""
    script = f"""
      function setup() {{ return {{ input: ["A"], output: {{ id: JSON.stringify({expression}), bands: 1 }} }}; }}
      function evaluatePixel() {{ return [1]; }}"""
    with Program(script) as program:
        return json.loads(program.setup.outputs[0].id, **options)


def test_every_vector_of_the_functions_there_are() -> None:
    vectors = [
        vector for vector in VECTORS if vector["function"] in PRESENT and "create" not in str(vector["construct"])
    ]
    calls = []
    for vector in vectors:
        args = ", ".join("NaN" if arg == "NaN" else json.dumps(arg) for arg in vector["args"])
        target = f"({vector['construct']})." if vector["construct"] else ""
        calls.append(f"{target}{vector['call']}({args})")
    results = evaluate(f"[{', '.join(calls)}]")
    assert len(results) == len(vectors) >= 22
    for call, vector, result in zip(calls, vectors, results, strict=True):
        assert result == pytest.approx(vector["expected"], abs=vector["tolerance"]), call


stops = st.lists(
    st.tuples(st.integers(-1000, 1000), st.integers(0, 0xFFFFFF)),
    min_size=1,
    max_size=5,
    unique_by=lambda stop: stop[0],
)
values = st.lists(st.floats(-2000, 2000), min_size=1, max_size=20)


@given(stops, values)
def test_a_map_gives_the_colour_of_the_last_value_not_above(pairs: list[tuple[int, int]], at: list[float]) -> None:
    painted = evaluate(f"(v => {json.dumps(at)}.map((x) => v.process(x)))(new ColorMapVisualizer({json.dumps(pairs)}))")
    ordered = sorted(pairs)
    for x, result in zip(at, painted, strict=True):
        below = [color for value, color in ordered if value <= x] or [ordered[0][1]]
        assert [round(channel * 255) for channel in result] == list(below[-1].to_bytes(3))


@given(stops, values)
def test_a_ramp_stays_between_the_stops_around_it(pairs: list[tuple[int, int]], at: list[float]) -> None:
    painted = evaluate(
        f"(v => {json.dumps(at)}.map((x) => v.process(x)))(new ColorRampVisualizer({json.dumps(pairs)}))"
    )
    ordered = sorted(pairs)
    for x, result in zip(at, painted, strict=True):
        left = max((pair for pair in ordered if pair[0] <= x), default=ordered[0])
        right = min((pair for pair in ordered if pair[0] >= x), default=ordered[-1])
        for channel, one, other in zip(result, left[1].to_bytes(3), right[1].to_bytes(3), strict=True):
            assert min(one, other) <= round(channel * 255) <= max(one, other)


@given(st.lists(st.integers(0, 0xFFFFFF), min_size=1, max_size=30))
def test_colours_survive_int2rgb(colors: list[int]) -> None:
    assert evaluate(f"{json.dumps(colors)}.map((c) => rgb2int(int2rgb(c)))") == colors


def test_helpers_return_fresh_arrays_and_leave_their_arguments_alone() -> None:
    result = evaluate("""(() => {
      const pairs = [[2, 0xff0000], [1, 0x0000ff]], rgb = [255, 0, 51];
      const map = new ColorMapVisualizer(pairs), ramp = new ColorRampVisualizer(pairs);
      map.process(1).push(9); ramp.process(1).push(9); ramp.process(5)[0] = 7; normalizeRGB(rgb).push(9);
      return [map.process(1), ramp.process(1), ramp.process(5), pairs, rgb];
    })()""")
    assert result == [[0, 0, 1], [0, 0, 1], [1, 0, 0], [[2, 0xFF0000], [1, 0x0000FF]], [255, 0, 51]]


def test_a_misspelt_member_of_an_enumeration_is_undefined() -> None:
    assert evaluate("[SampleType.UINT8, Mosaicking.ORBIT, typeof Mosaicking.TILES]") == [
        "UINT8",
        "ORBIT",
        "undefined",
    ]
