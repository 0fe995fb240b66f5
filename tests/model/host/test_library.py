from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oso_evalscript import Program
from tests.conftest import ROOT

VECTORS: list[dict[str, Any]] = json.loads((ROOT / "tests/model/host/vectors.json").read_text(encoding="utf-8"))
STORED = [vector for vector in VECTORS if vector["call"] == "encode"]
CALLED = [vector for vector in VECTORS if vector["call"] != "encode"]

few = settings(max_examples=25)  # each example is a program of its own; its lists hold many values
colors = st.integers(0, 0xFFFFFF)
numbers = st.integers(-1000, 1000) | st.floats(-2000, 2000)
values = st.lists(numbers | st.sampled_from([math.nan, math.inf, -math.inf]), min_size=1, max_size=20)


def evaluate(expression: str, *, before: str = "", **options: Any) -> Any:
    """The value of a JavaScript expression in the script environment; it comes back as the id of an output.

    What JSON lacks (NaN, infinities) comes back as None. `before` is code at the top of the script.
    """
    script = f"""{before}
      function setup() {{ return {{ input: ["A"], output: {{ id: JSON.stringify({expression}), bands: 1 }} }}; }}
      function evaluatePixel() {{ return [1]; }}"""
    with Program(script) as program:
        return json.loads(program.setup.outputs[0].id, **options)


def processed(visualizer: str, at: Sequence[float], *, before: str = "") -> list[Any]:
    """What a visualizer makes of each value."""
    return list(evaluate(f"((v) => {json.dumps(at)}.map((x) => v.process(x)))({visualizer})", before=before))


def test_the_vectors_are_all_there() -> None:
    assert (len(VECTORS), len(STORED), len(CALLED)) == (169, 52, 117)


def test_every_vector_of_the_helpers() -> None:
    calls = []
    for vector in CALLED:
        args = ", ".join("NaN" if arg == "NaN" else json.dumps(arg) for arg in vector["args"])
        target = f"({vector['construct']})." if vector["construct"] else ""
        calls.append(f"{target}{vector['call']}({args})")
    results = evaluate(f"[{', '.join(calls)}]")
    for call, vector, got in zip(calls, CALLED, results, strict=True):
        result = got
        if str(vector.get("note")).startswith("subset"):
            result = {name: result[name] for name in vector["expected"]}
        assert result == pytest.approx(vector["expected"], abs=vector["tolerance"]), call


@pytest.mark.parametrize("function", sorted({vector["function"] for vector in STORED}))
def test_every_vector_of_storing(function: str) -> None:
    vectors = [vector for vector in STORED if vector["function"] == function]
    script = f"""
      function setup() {{ return {{ input: ["A"], output: {{ bands: 1, sampleType: SampleType.{function[11:]} }} }}; }}
      function evaluatePixel(sample) {{ return [sample.A]; }}"""
    with Program(script) as program:
        stored = program.run({"A": np.array([[vector["args"][0] for vector in vectors]], np.float64)})["default"]
    for value, vector in zip(stored[0, 0].tolist(), vectors, strict=True):
        # The service's table prints decimals: 275.3, whose nearest float32 is 1.2e-5 away, farther than its tolerance.
        expected = stored.dtype.type(vector["expected"]).item()
        assert value == pytest.approx(expected, abs=vector["tolerance"]), vector["args"]


# Constants and colours


def test_a_misspelt_member_of_an_enumeration_is_undefined() -> None:
    assert evaluate("[SampleType.UINT8, Mosaicking.ORBIT, typeof Mosaicking.TILES]") == [
        "UINT8",
        "ORBIT",
        "undefined",
    ]
    assert evaluate("[SampleType, Mosaicking].map((e) => Object.entries(e).every(([k, v]) => k === v))") == [True, True]
    assert evaluate("[Object.keys(SampleType).length, Object.keys(Mosaicking).length]") == [6, 3]


def test_the_tables_have_the_documented_ends() -> None:
    tables = evaluate("[blueRed, redTemperature, greenWhite, oceanColor].map((t) => [t.length, t[0], t.at(-1)])")
    assert tables[:3] == [
        [6, [1, 0x000080], [0, 0x800000]],
        [5, [1, 0x000000], [0, 0xFFFFFF]],
        [4, [1, 0x000000], [0, 0xFFFFFF]],
    ]
    assert tables[3] == [21, [0, [147 / 255, 0, 108 / 255]], [1, [105 / 255, 0, 0]]]
    assert evaluate("JAVA_DOUBLE_MAX_VAL === Number.MAX_VALUE")


def test_the_stops_that_no_vector_names() -> None:
    ocean = evaluate("oceanColor.filter(([p]) => [0.098, 0.298, 0.4, 0.498, 0.749].includes(p)).map(([p, c]) => c)")
    assert [[round(channel * 255) for channel in color] for color in ocean] == [
        [72, 0, 183], [0, 144, 255], [0, 255, 215], [0, 255, 15], [255, 131, 0],
    ]  # fmt: skip
    others = "[-0.2, -0.1, 0.5, 0.7].map((x) => ColorMapVisualizer.createDefaultColorMap().getColorFromValue(x))"
    assert evaluate(others) == [0xFF0000, 0x9A0000, 0x33CCCC, 0x33FF33]


@few
@given(st.lists(colors, min_size=1, max_size=30))
def test_colours_survive_int2rgb(given_colors: list[int]) -> None:
    text = json.dumps(given_colors)
    assert evaluate(f"{text}.map((c) => rgb2int(int2rgb(c)))") == given_colors
    assert evaluate(f"{text}.map((c) => rgb2hex(hex2rgb(c)))") == given_colors
    assert evaluate(f"{text}.map(int2rgb)") == [list(color.to_bytes(3)) for color in given_colors]


def test_combine_does_not_round() -> None:
    assert evaluate("[combine([1, 2, 3], [4, 5, 6], 0.25), combine([1, 2, 3], [4, 5, 6], 0)]") == [
        [3.25, 4.25, 5.25],
        [4, 5, 6],
    ]


# Functions of values


def test_index_and_inverse_at_zero_and_nan() -> None:
    assert evaluate("[index(0.6, 0.2), index(2, -2), index(0, 0), index(NaN, 1), index(1, NaN)]") == [
        pytest.approx(0.5), 0, 0, None, None,
    ]  # fmt: skip
    assert evaluate("[inverse(4), inverse(0), inverse(-0), inverse(NaN)]") == [
        0.25,
        1.7976931348623157e308,
        1.7976931348623157e308,
        None,
    ]


limits = st.lists(st.integers(-100, 100), min_size=1, max_size=6, unique=True).map(sorted)


@few
@given(limits, st.data())
def test_value_functions_agree_with_plain_python(intervals: list[int], data: st.DataObject) -> None:
    size = len(intervals)
    outputs = data.draw(st.lists(st.integers(-1000, 1000), min_size=size, max_size=size))
    at = [*data.draw(values), *intervals]
    last = size - 1
    lists = f"{json.dumps(intervals)}, {json.dumps(outputs)}"

    def called(name: str) -> Any:
        return evaluate(f"{json.dumps(at)}.map((x) => {name}(x, {lists}))")

    not_above = [next((i for i, limit in enumerate(intervals) if x <= limit), last) for x in at]
    assert called("valueMap") == [outputs[i] for i in not_above]
    assert called("colorMap") == [
        outputs[next((i for i, limit in enumerate(intervals) if x < limit), last)] for x in at
    ]
    # NumPy's interpolation has no rule for NaN; here it gives the last value.
    expected = [float(np.interp(x, intervals, outputs)) if x == x else outputs[last] for x in at]
    assert called("valueInterpolate") == pytest.approx(expected, abs=1e-9)
    assert called("colorBlend") == called("valueInterpolate")


def test_arrays_are_interpolated_component_by_component() -> None:
    lists = "[0, 1, 2], [[0, 10], [1, 20], [3, 40]]"
    assert evaluate(f"[-1, 0.5, 1.5, 9, NaN].map((x) => valueInterpolate(x, {lists}))") == [
        [0, 10], [0.5, 15], [2, 30], [3, 40], [3, 40],
    ]  # fmt: skip
    assert evaluate("colorBlend(0.5, [0, 1], [[0, 1, 0], [1, 0, 255]])") == [0.5, 0.5, 127.5]


def test_without_lists_a_value_stays_what_it_is() -> None:
    assert evaluate("[valueInterpolate, valueMap, colorBlend].map((f) => f(50))") == [50, 50, 50]
    assert evaluate("[valueInterpolate, valueMap, colorBlend].map((f) => f(50, [1]))") == [50, 50, 50]


# Quality bands

LANDSAT_2 = {
    "fill": 1, "dilatedCloud": 1, "cirrus": 1, "cloud": 1, "cloudShadow": 1, "snow": 1, "clear": 1, "water": 1,
    "cloudConfidence": 2, "cloudShadowConfidence": 2, "snowIceConfidence": 2, "cirrusConfidence": 2,
}  # fmt: skip
LANDSAT_1 = {
    "designatedFill": 1, "terrainOcclusion": 1, "radiometricSaturation": 2, "cloud": 1, "cloudConfidence": 2,
    "cloudShadowConfidence": 2, "snowIceConfidence": 2, "cirrusConfidence": 2,
}  # fmt: skip
OLCI = {f"saturatedB{band:02}": 1 for band in range(21, 0, -1)} | dict.fromkeys(
    ("dubious", "sun_glint_risk", "duplicated", "cosmetic", "invalid", "straylight_risk", "bright", "tidal_region",
     "fresh_inland_water", "coastline", "land"), 1
)  # fmt: skip


def fields(value: int, widths: dict[str, int]) -> Iterator[tuple[str, int]]:
    """The fields of a value, from the lowest bit on."""
    for name, width in widths.items():
        yield name, value & (2**width - 1)
        value >>= width


@few
@given(st.lists(st.integers(0, 2**32 - 1) | st.sampled_from([0, 1, 2**31, 2**32 - 1]), min_size=1, max_size=20))
def test_quality_bits_can_be_put_together_again(given_values: list[int]) -> None:
    text = json.dumps(given_values)
    for name, widths in (("decodeL8C2Qa", LANDSAT_2), ("decodeLs8Qa", LANDSAT_1), ("decodeS3OLCIQualityFlags", OLCI)):
        decoded = evaluate(f"{text}.map({name})")
        assert decoded == [dict(fields(value, widths)) for value in given_values], name


# All of them

USES = {
    "ColorMapVisualizer": "[[2, 0xff0000], [1, [0, 0.5, 1]]] => (v => () => v.process(1))(new ColorMapVisualizer(a))",
    "ColorRampVisualizer": "[[2, 0xff0000], [1, [0, 0.5, 1]]] => (v => () => v.inverse().process(1.25))(new ColorRampVisualizer(a, 1, 2))",
    "ColorGradientVisualizer": "[[0, 0xff0000], [1, 0xff]] => (v => () => v.process(0.5))(new ColorGradientVisualizer(a))",
    "HighlightCompressVisualizer": "[1, 2] => (v => () => v.processList(a))(new HighlightCompressVisualizer())",
    "HighlightCompressVisualizerSingle": "[1] => (v => () => v.process(a[0]))(new HighlightCompressVisualizerSingle())",
    "DefaultVisualizer": "[1, 2] => (v => () => v.processList(a))(new DefaultVisualizer())",
    "Identity": "[1, 2] => (v => () => v.process(a))(new Identity())",
    "int2rgb": "[0xff8800] => () => int2rgb(a[0])",
    "hex2rgb": "[0xff8800] => () => hex2rgb(a[0])",
    "rgb2int": "[1, 2, 3] => () => [rgb2int(a)]",
    "rgb2hex": "[1, 2, 3] => () => [rgb2hex(a)]",
    "normalizeRGB": "[1, 2, 3] => () => normalizeRGB(a)",
    "combine": "[[1, 2, 3], [4, 5, 6]] => () => combine(a[0], a[1], 1)",
    "index": "[1, 2] => () => [index(a[0], a[1])]",
    "inverse": "[1] => () => [inverse(a[0])]",
    "valueMap": "[[1, 2], [[1, 0, 0], [0, 1, 0]]] => () => valueMap(1, a[0], a[1])",
    "valueInterpolate": "[[1, 2], [[1, 0, 0], [0, 1, 0]]] => () => valueInterpolate(1, a[0], a[1])",
    "colorBlend": "[[1, 2], [[1, 0, 0], [0, 1, 0]]] => () => colorBlend(3, a[0], a[1])",
    "colorMap": "[[1, 2], [[1, 0, 0], [0, 1, 0]]] => () => colorMap(9, a[0], a[1])",
    "decodeL8C2Qa": "[55052] => () => Object.values(decodeL8C2Qa(a[0]))",
    "decodeLs8Qa": "[55052] => () => Object.values(decodeLs8Qa(a[0]))",
    "decodeS3OLCIQualityFlags": "[55052] => () => Object.values(decodeS3OLCIQualityFlags(a[0]))",
}
"""Of each helper: an argument `a`, and a function that calls it and gives an array."""


@pytest.mark.parametrize("strictness", ["", '"use strict";'])
@pytest.mark.parametrize("frozen", [True, False])
def test_helpers_return_fresh_arrays_and_leave_their_arguments_alone(strictness: str, frozen: bool) -> None:
    tests = []
    for name, use in USES.items():
        argument, _, call = use.partition(" => ")
        tests.append(f"""[{name!r}, (() => {{
          {strictness}
          const a = {f"freeze({argument})" if frozen else argument}, before = JSON.stringify(a);
          const call = {call}, first = call(), text = JSON.stringify(first);
          first.push(9); first[0] = 7;
          return JSON.stringify(a) === before && JSON.stringify(call()) === text && call() !== call();
        }})()]""")
    before = "const freeze = (x) => (Array.isArray(x) && x.forEach(freeze), Object.freeze(x));"
    assert evaluate(f"[{', '.join(tests)}]", before=before) == [[name, True] for name in USES]


WRONG = (
    "new ColorMapVisualizer()", "new ColorMapVisualizer([])", "new ColorRampVisualizer()", "new ColorRampVisualizer({})",
    "new ColorGradientVisualizer()", "rgb2int()", "rgb2hex(null)", "normalizeRGB(undefined)", "combine([1, 2, 3])",
    "colorMap(1, [1])", "colorBlend(0.5, [0, 1], [[1, 2, 3]])", "valueInterpolate(0.5, [0, 1], [[1, 2, 3], 4])",
)  # fmt: skip


def test_a_wrong_use_is_an_error_that_names_the_helper() -> None:
    tried = ", ".join(f"(() => {{ try {{ {call}; }} catch (e) {{ return e.message; }} }})()" for call in WRONG)
    for call, message in zip(WRONG, evaluate(f"[{tried}]"), strict=True):
        name = call.removeprefix("new ").partition("(")[0]
        assert str(message).startswith(f"{name} needs "), call


def test_an_odd_use_is_not() -> None:
    assert evaluate("[normalizeRGB(5), int2rgb('255'), valueInterpolate(0.5, [0, 1], [1])]") == [
        [None, None, None], [0, 0, 255], None,
    ]  # fmt: skip
    assert processed("new ColorMapVisualizer([['1', '0xff0000'], [2]])", [1, 2]) == [[1, 0, 0], [0, 0, 0]]
