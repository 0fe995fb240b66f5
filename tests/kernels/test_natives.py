"""Functions and methods of the language: corners in which compiled kernels could differ from JavaScript."""

from __future__ import annotations

import numpy as np
import pytest

from oso_evalscript.kernels.task import Code, Refused
from tests.kernels.test_differential import compare

SCRIPT = """//VERSION=3
function setup() { return { input: ["A", "B"], output: { bands: 1, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) { %s }
"""
random = np.random.default_rng(1)
SCENE = {"A": random.integers(-3, 6, (6, 9)).astype("float32"), "B": random.integers(0, 5, (6, 9)).astype("float32")}
TYPED = "const t = Float64Array.from([s.A, s.B])"


@pytest.mark.parametrize(
    "body",
    [
        f"{TYPED}.map((x) => x > 1); return [t[0] === 1 ? 5 : 6];",
        f"{TYPED}.slice(0, 1); t[0] = true; return [t[0] === 1 ? 5 : 6];",
        f"{TYPED}.filter((x) => x > 1); return [Array.isArray(t) ? 5 : 6];",
        f"{TYPED}; t.fill(true); return [t[1] === 1 ? 5 : 6];",
        "const o = { 1: s.A, x: 2 }; return [o.hasOwnProperty(1) ? s.A : s.B];",
        "const a = [1, 2, 3]; a.splice(); return [a.length + s.A];",
        "const a = [1, 2, 3]; a.splice(1, undefined); return [a.length + s.A];",
        "const a = [1, 2, 3]; a.splice(1); return [a.length + s.A];",
    ],
)
def test_corners_that_are_compiled(body: str) -> None:
    assert isinstance(compare(SCRIPT % body, SCENE), Code)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return [[s.A, s.B].flatMap((x) => [x, , 2]).length];", "an array method on an array with holes"),
        ("return [[1, 2, 3].includes(s.A, 1) ? 1 : 0];", "a search with a start index"),
        ("return [[1, 2, 3].indexOf(s.A, 1)];", "a search with a start index"),
        ("return [[1, 2].size ? s.A : 2];", "tests whether `[].size` exists"),
        ("return [Math.clamp === undefined ? s.A : 2];", "tests whether `Math.clamp` exists"),
        ("const { size = s.A } = [1, 2]; return [size];", "tests whether `[].size` exists"),
        ("function f() { return this === undefined ? 1 : 2; } return [f() + s.A];", "uses `this` in a plain call"),
        ("const o = Object.freeze({ a: 1 }); o.a = 2; return [o.a + s.A];", "changes a frozen object"),
    ],
)
def test_corners_that_are_left_to_javascript(body: str, reason: str) -> None:
    assert compare(SCRIPT % body, SCENE) == Refused(reason)
