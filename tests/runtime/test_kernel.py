"""Storing samples: the conversion of each sample type, against the same rule written in Python."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oso_evalscript import Program, SampleType
from oso_evalscript.kernels.task import Feed
from oso_evalscript.model.contract import Output
from oso_evalscript.model.errors import PixelError
from oso_evalscript.runtime.kernel import STORED, Shape, lay_out
from oso_evalscript.runtime.scene import Scene

BOUNDS = {SampleType.AUTO: (0, 255), SampleType.UINT8: (0, 255), SampleType.UINT16: (0, 65535),
          SampleType.INT8: (-128, 127), SampleType.INT16: (-32768, 32767)}  # fmt: skip


def stored(value: float, sample_type: SampleType) -> float:
    """The rule of the service's tables: half up, then clamped; NaN is 0 in a whole-number type."""
    if sample_type is SampleType.FLOAT32:
        with np.errstate(over="ignore"):
            return float(np.float32(value))
    low, high = BOUNDS[sample_type]
    if math.isnan(value):
        return 0
    scaled = value * 255 if sample_type is SampleType.AUTO else value
    return low if scaled <= low else high if scaled >= high else min(max(math.floor(scaled + 0.5), low), high)


def script(value: str, *types: SampleType) -> str:
    outputs = ", ".join(f'{{ id: "{item}", bands: 1, sampleType: "{item}" }}' for item in types)
    results = ", ".join(f"{item}: [{value}]" for item in types)
    return (
        f'function setup() {{ return {{ input: ["A"], output: [{outputs}] }}; }}\n'
        f"function evaluatePixel(s) {{ return {{ {results} }}; }}"
    )


@pytest.fixture(scope="module")
def every_type() -> object:
    with Program(script("s.A", *SampleType)) as program:
        yield program


@given(
    st.lists(
        st.floats(allow_nan=True, allow_infinity=True)
        | st.floats(-300, 300)
        | st.integers(-70000, 70000).map(lambda half: half / 2)
        | st.floats(-1, 2),
        min_size=1,
        max_size=50,
    )
)
@example([0.5, -0.5, -1.5, 254.5, 254.49999999999997, 255.5, -128.5, -128.4, 127.5, 32767.4, -32768.5, -0.0])
@example([0.49999999999999994, 1 / 3, 0.25, 40.6, 275.3, 1e308, 5e-324, math.nan, math.inf, -math.inf])
def test_every_sample_type_stores_by_the_rule(every_type: Program, values: list[float]) -> None:
    outputs = every_type.run({"A": np.array([values])})
    for sample_type in SampleType:
        array = outputs[sample_type]
        assert array.dtype == STORED[sample_type]
        expected = [stored(value, sample_type) for value in values]
        np.testing.assert_array_equal(array[0, 0], np.array(expected, STORED[sample_type]))


@pytest.mark.parametrize(
    ("value", "auto", "uint8"),
    [("0.5", 128, 1), ("0.25", 64, 0), ("1.7", 255, 2), ("40.6", 255, 41), ("275.3", 255, 255), ("-1", 0, 0)],
)
def test_the_numbers_of_the_service_s_own_tables(value: str, auto: int, uint8: int) -> None:
    with Program(script(value, SampleType.AUTO, SampleType.UINT8)) as program:
        outputs = program.run({"A": np.zeros((1, 1))})
    assert (outputs["AUTO"].item(), outputs["UINT8"].item()) == (auto, uint8)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("true", 1), ("false", 0), ("undefined", 0), ("null", 0), ('"7"', 0), ("{}", 0), ("[3]", 0), ("NaN", 0)],
)
def test_what_is_no_number(value: str, expected: int) -> None:
    with Program(script(value, SampleType.UINT8, SampleType.FLOAT32)) as program:
        outputs = program.run({"A": np.zeros((1, 1))})
    assert outputs["UINT8"].item() == expected
    assert outputs["FLOAT32"].item() == expected or (expected == 0 and math.isnan(outputs["FLOAT32"].item()))


@given(
    st.integers(1, 100),
    st.lists(st.sampled_from(["uint8", "int16", "float64", "float32"]), min_size=1, max_size=4),
    st.integers(0, 3),
)
def test_planes_are_aligned_and_do_not_overlap(capacity: int, types: list[str], slots: int) -> None:
    feed = Feed("0", tuple((f"B{index}", type_) for index, type_ in enumerate(types)), slots, slots > 1)
    layout = lay_out(Shape((feed,), (Output(3), Output(2, "b", SampleType.INT16))), capacity)
    end = 0
    for plane in (*layout.inputs, *layout.outputs, layout.marks):
        assert plane.offset % 8 == 0
        assert plane.offset >= end
        end = plane.offset + plane.rows * capacity * np.dtype(plane.type).itemsize
    assert layout.size >= end
    assert layout.outputs_at == layout.outputs[0].offset


@pytest.mark.parametrize("name", ["a-b", "__proto__", "constructor", "1", "é", '"', "`${x}`", "\u2028"])
def test_any_name_can_be_a_band_or_an_output(name: str) -> None:
    text = (
        f"function setup() {{ return {{ input: [{json.dumps(name)}], "
        f"output: [{{ id: {json.dumps(name)}, bands: 1 }}, {{ id: 'other', bands: 1 }}] }}; }}\n"
        f"function evaluatePixel(s) {{ return {{ [{json.dumps(name)}]: [s[{json.dumps(name)}]], other: [0] }}; }}"
    )
    with Program(text) as program:
        assert program.run({name: np.ones((1, 1))})[name].item() == 255


def test_a_kernel_that_serves_two_runs_keeps_nothing_of_the_first() -> None:
    text = """
    function setup() {
      return { input: ["A"], output: { bands: 3, sampleType: "FLOAT32" }, mosaicking: "ORBIT" };
    }
    let calls = 0;
    function preProcessScenes(collections) { console.log("hook"); return collections; }
    function evaluatePixel(samples, scenes, metadata, customData) {
      customData.pixels = (customData.pixels ?? 0) + 1;
      return [new Date(scenes.orbits[0].dateFrom).getUTCDate(), customData.pixels, ++calls];
    }
    """
    with Program(text) as program:
        runs = [program.run(Scene(bands={"A": np.zeros((1, 2))}, date=f"2023-06-0{day}")) for day in (1, 2)]
    assert [run["default"][:, 0].tolist() for run in runs] == [[[1, 1], [1, 2], [1, 2]], [[2, 2], [1, 2], [3, 4]]]
    assert [[(line.row, line.column) for line in run.log] for run in runs] == [[(None, None)]] * 2


def test_pixels_without_a_result_are_counted_for_each_run_alone() -> None:
    text = """
    function setup() { return { input: ["A"], output: { bands: 1, sampleType: "UINT8" } }; }
    function evaluatePixel(s, scenes, metadata, customData, outputMetadata) {
      return s.A === 0 ? undefined : [s.A];
    }
    """
    with Program(text) as program:
        assert dict(program.run({"A": np.zeros((1, 2))})) == {}
        assert program.run({"A": np.ones((1, 2))})["default"].tolist() == [[[1, 1]]]
        some = program.run({"A": np.array([[1.0, 0.0]])})
        assert (some["default"].tolist(), some.silent) == ([[[1, 0]]], 1)
    with Program(text, strict=True) as program:
        assert dict(program.run({"A": np.zeros((1, 2))})) == {}
        with pytest.raises(PixelError, match="nothing"):
            program.run({"A": np.array([[1.0, 0.0]])})
