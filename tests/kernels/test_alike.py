"""Values that a script takes for the same give the same results, whatever else a pixel holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from oso_evalscript import Program
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.kernels.alike import first_alike
from oso_evalscript.kernels.task import Feed, Task
from oso_evalscript.kernels.trace import Traced, trace
from oso_evalscript.model.contract import Output, SampleType
from oso_evalscript.model.text import Source

SETUP = 'function setup() { return { input: ["A", "B"], output: { bands: 2, sampleType: "FLOAT32" } }; }'
VALUES = np.arange(-40, 60, dtype=np.int16)
BODIES = {
    "s.A >= 3 && s.B < 5 ? [1, 2] : [3, s.B > 50 ? 1 : 0]": (2, 3),
    "[Math.min(s.A, 0), Math.max(s.B, 55)]": (41, 5),
    "[s.A & 3, (s.B >> 4) + (s.B >>> 30)]": (4, 4),
    "[(s.A << 30) | 0, ~s.B & 8]": (4, 2),
    "[[1, 1, 2, 1][s.A & 3], [4, 4][s.B & 1] === 4 ? 1 : 0]": (2, 1),
    "[{ 1: 5, 2: 5, 7: 1 }[s.A] ?? 0, 1 / Math.floor(s.B / 50)]": (3, 3),
    "[Math.sqrt(s.A), Math.abs(Math.round(s.B / 10))]": None,
    "[Math.log(s.A > 9 ? 1 : 2), Math.sin(s.B) + (s.B - s.B)]": (2, 100),
    "[Math.sign(s.A) * s.B, 0]": None,
    "[-s.A * 0, s.B % 3]": None,
}


def alike(body: str) -> list[NDArray[np.intp]]:
    text = f"{SETUP}\nfunction evaluatePixel(s) {{ return {body}; }}"
    feed = Feed("", (("A", "int16"), ("B", "int16")))
    traced = trace(parse(Source(text)), Task((feed,), (Output(2, sample_type=SampleType.FLOAT32),)))
    assert isinstance(traced, Traced), traced
    found = first_alike(traced, [VALUES, VALUES])
    assert found is not None
    return found


@pytest.mark.parametrize(("body", "kinds"), BODIES.items())
def test_values_that_are_alike_give_the_same_results(body: str, kinds: tuple[int, int] | None) -> None:
    firsts = alike(body)
    if kinds is not None:
        assert tuple(len(np.unique(first)) for first in firsts) == kinds
    a, b = (grid.reshape(1, -1) for grid in np.meshgrid(VALUES, VALUES, indexing="ij"))
    with Program(f"{SETUP}\nfunction evaluatePixel(s) {{ return {body}; }}") as program:
        seen = program.run({"A": a, "B": b})["default"].reshape(2, len(VALUES), len(VALUES))
    for axis, first in enumerate(firsts, 1):
        other = seen.take(first, axis=axis)
        assert np.array_equal(seen, other, equal_nan=True)
        assert np.array_equal(np.signbit(seen)[seen == 0], np.signbit(other)[seen == 0])


def test_a_value_that_goes_through_untouched_is_like_no_other() -> None:
    assert [len(np.unique(first)) for first in alike("[s.A, s.B > 0 ? s.A : s.B]")] == [100, 100]


def test_pixels_that_are_left_to_javascript_prove_nothing() -> None:
    text = f"{SETUP}\nfunction evaluatePixel(s) {{ return [(s.A / s.B) | 0, 1]; }}"
    task = Task((Feed("", (("A", "int16"), ("B", "int16"))),), (Output(2, sample_type=SampleType.FLOAT32),))
    traced = trace(parse(Source(text)), task)
    assert isinstance(traced, Traced)
    assert first_alike(traced, [VALUES, VALUES]) is None


def test_a_band_of_too_many_values_is_not_worked_out() -> None:
    sums = " + ".join(f"(s.A > {number} ? 1 : 0)" for number in range(300))
    text = f"{SETUP}\nfunction evaluatePixel(s) {{ return [{sums}, s.B > 1]; }}"
    task = Task((Feed("", (("A", "uint16"), ("B", "uint8"))),), (Output(2, sample_type=SampleType.FLOAT32),))
    traced = trace(parse(Source(text)), task)
    assert isinstance(traced, Traced)
    planes: list[NDArray[Any]] = [np.arange(2**16, dtype=np.uint16), np.arange(256, dtype=np.uint8)]
    assert [len(np.unique(first)) for first in first_alike(traced, planes) or ()] == [2**16, 2]
