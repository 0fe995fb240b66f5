from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from oso_evalscript import Program, Scene
from oso_evalscript.model.contract import Output, SampleType
from oso_evalscript.runtime.outputs import Outputs
from oso_evalscript.runtime.summary import Summary, summarize

FLOATS = nps.arrays(
    np.float32,
    st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4)),
    elements=st.floats(-1e6, 1e6, width=32) | st.just(math.nan),
)


@given(FLOATS, st.data())
def test_numbers_are_those_of_pixels_with_data(array: np.ndarray, data: st.DataObject) -> None:
    there = data.draw(nps.arrays(np.bool_, array.shape[1:]))
    summary = summarize(Outputs({"a": array}, data=there), (Output(len(array), "a", SampleType.FLOAT32),))
    assert (summary.rows, summary.columns) == array.shape[1:]
    for number, band in enumerate(summary.bands):
        plain = [float(value) for value, kept in zip(array[number].flat, there.flat, strict=True) if kept]
        numbers = [value for value in plain if not math.isnan(value)]
        assert (band.output, band.band, band.pixels, band.blank) == ("a", number, there.size, there.size - len(plain))
        assert band.nan == sum(math.isnan(value) for value in array[number].flat)
        assert (band.least, band.largest) == ((min(numbers), max(numbers)) if numbers else (None, None))
        assert band.mean is None if not numbers else band.mean == pytest.approx(sum(numbers) / len(numbers), abs=1e-3)
        assert band.constant is (len(set(numbers)) == 1 and len(plain) > 1)


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=9))
def test_what_is_cut_off_is_counted(values: list[float]) -> None:
    script = "function setup() { return { input: ['A'], output: { bands: 1 } }; } function evaluatePixel(s) { return [s.A]; }"
    with Program(script) as program:
        outputs = program.run({"A": np.array([values])}, check=True)
        (band,) = summarize(outputs, program.setup.outputs).bands
    # A number within rounding of the ends is no number outside of them.
    assert sum(value < -0.01 for value in values) <= band.below <= sum(value < 0 for value in values)
    assert sum(value > 1.01 for value in values) <= band.above <= sum(value > 1 for value in values)


def summarized(value: str, output: str = "bands: 1", data: tuple[int, ...] = (1, 1, 1, 0)) -> Summary:
    script = f"""function setup() {{ return {{ input: ["A", "dataMask"], output: {{ {output} }} }}; }}
      function evaluatePixel(s) {{ return [{value}]; }}"""
    scene = Scene(bands={"A": np.array([[0.2, 0.3, 0.4, 0.9]]), "dataMask": np.array([data], np.uint8)})
    with Program(script) as program:
        return summarize(program.run(scene, check=True), program.setup.outputs, script)


@pytest.mark.parametrize(
    ("value", "output", "hints"),
    [
        (
            "s.dataMask ? 10 * Math.log10(s.A) : 0.5",
            "bands: 1",
            ["band 1 is 0 in all pixels with data: decibels are negative, AUTO stores 0..1; use FLOAT32, or stretch them"],
        ),
        (
            "0.5, s.A - 3",
            "bands: 2",
            ["band 2 is 0 in all pixels with data: its numbers are negative (such as -2.8), AUTO stores 0..1; use FLOAT32, or stretch them"],
        ),
        (
            "s.A * 1000, s.A",
            "bands: 2",
            ["band 1 is 255 in all pixels with data: its numbers are larger (such as 200), AUTO stores 0..1; use FLOAT32, or divide them"],
        ),
        (
            "s.A",
            'bands: 1, sampleType: "UINT16"',
            ["in band 1 only 0 is left of numbers such as 0.2, 0.3, 0.4: UINT16 stores 0..65535, whole numbers; use FLOAT32"],
        ),
        (
            "s.dataMask ? 100 * s.A : NaN",
            'bands: 1, sampleType: "INT16"',
            ["band 1 is NaN in 1 pixel, stored as 0: only FLOAT32 can store NaN"],
        ),
        ("s.A - 0.35", "bands: 1", ["band 1 is clamped at the lower end in 3 pixels: AUTO stores 0..1"]),
        ("s.A + 0.75", "bands: 1", ["band 1 is clamped at the upper end in 2 pixels: AUTO stores 0..1"]),
        ("NaN", 'bands: 1, sampleType: "FLOAT32"', ["band 1 is NaN in all pixels with data"]),
        ("0.5, 0.5", "bands: 2", ["the output `default` is the same in all pixels with data"]),
        ("s.A, s.A > 0.35, 1", "bands: 3", []),
        ("100 * s.A", 'bands: 1, sampleType: "UINT8"', []),
        ("s.A > 0.35 ? 0 : 1", 'bands: 1, sampleType: "UINT8"', []),
    ],
)  # fmt: skip
def test_hints_say_what_probably_was_not_meant(value: str, output: str, hints: list[str]) -> None:
    assert list(summarized(value, output).hints) == hints


def test_without_any_data_there_is_nothing_to_say() -> None:
    summary = summarized("0", data=(0, 0, 0, 0))
    assert summary.hints == ()
    assert [(band.least, band.blank, band.constant) for band in summary.bands] == [(None, 4, False)]


def test_pixels_that_mark_no_data_are_no_numbers() -> None:
    (band,) = summarized("s.A > 0.35 ? 255 : 7", 'bands: 1, sampleType: "UINT8", nodataValue: 255').bands
    assert (band.least, band.largest, band.constant) == (7, 7, True)


def test_bands_have_the_names_of_the_contract() -> None:
    summary = summarized("1, 2", 'id: "a", bands: ["x", "y"], sampleType: "UINT8"')
    assert [(band.output, band.name) for band in summary.bands] == [("a", "x"), ("a", "y")]
