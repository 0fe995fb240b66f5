"""The one comparison of stored arrays, against the same rule in plain Python."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.testing.compare import differing, of_one_pixel, stores_nothing, unequal

TYPES = st.sampled_from(["uint8", "int8", "uint16", "int16", "float32", "float64"])
IDS = st.sampled_from(["default", "index", "dataMask"])
TOLERANCES = st.sampled_from([0, 0.5, 1, 1e-6, 1e300, math.inf])
Run = dict[str, Any]


def numbers(type_: str) -> st.SearchStrategy[Any]:
    if type_.startswith("float"):
        width = int(type_.removeprefix("float"))
        return st.sampled_from([0.0, -0.0, 1.0, math.nan, math.inf, -math.inf]) | st.floats(width=width)  # type: ignore[arg-type]
    limits = np.iinfo(type_)
    return st.sampled_from([0, 1, limits.min, limits.max]) | st.integers(limits.min, limits.max)


@st.composite
def runs(draw: st.DrawFn, pixels: int) -> Run:
    """What a run stores: any outputs of any types, some without bands, or none at all."""
    stored = {}
    for id_ in draw(st.lists(IDS, unique=True, max_size=3)):
        type_, bands = draw(TYPES), draw(st.integers(0, 3))
        values = draw(st.lists(numbers(type_), min_size=bands * pixels, max_size=bands * pixels))
        stored[id_] = np.array(values, type_).reshape(bands, 1, pixels)
    return stored


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Run, Run, int]:
    """Two runs on the same pixels; often the second is the first with a number, a band or an output changed."""
    pixels = draw(st.integers(1, 4))
    one = draw(runs(pixels))
    if draw(st.booleans()):
        return one, draw(runs(pixels)), pixels
    other = {id_: array.copy() for id_, array in one.items()}
    for array in other.values():
        if array.size and draw(st.booleans()):
            at = draw(st.integers(0, array.size - 1))
            array.flat[at] = draw(numbers(array.dtype.name))
    return one, other, pixels


def same(a: float, b: float, tolerance: float) -> bool:
    """The rule for two numbers."""
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    if math.isinf(a) or math.isinf(b):
        return a == b
    return abs(a - b) <= tolerance


def bands_of(run: Run, id_: str, pixel: int) -> list[float]:
    """What a run stores in an output at a pixel; an output without bands is as good as none."""
    return run[id_][:, 0, pixel].tolist() if id_ in run else []


def differs_at(one: Run, other: Run, pixel: int, tolerance: float) -> bool:
    for id_ in {*one, *other}:
        first, second = bands_of(one, id_, pixel), bands_of(other, id_, pixel)
        if len(first) != len(second):
            return True
        if not all(same(a, b, tolerance) for a, b in zip(first, second, strict=True)):
            return True
    return False


@given(pairs(), TOLERANCES)
def test_pixels_differ_exactly_where_any_number_does(drawn: tuple[Run, Run, int], tolerance: float) -> None:
    one, other, pixels = drawn
    wanted = [differs_at(one, other, pixel, tolerance) for pixel in range(pixels)]
    assert differing(one, other, pixels, tolerance).tolist() == wanted
    assert differing(other, one, pixels, tolerance).tolist() == wanted


@given(st.integers(1, 4).flatmap(lambda pixels: st.tuples(runs(pixels), st.just(pixels))), TOLERANCES)
def test_what_is_the_same_never_differs(drawn: tuple[Run, int], tolerance: float) -> None:
    run, pixels = drawn
    assert not differing(run, {id_: array.copy() for id_, array in run.items()}, pixels, tolerance).any()


@given(pairs(), TOLERANCES, TOLERANCES)
def test_a_larger_tolerance_finds_no_more(drawn: tuple[Run, Run, int], least: float, most: float) -> None:
    one, other, pixels = drawn
    small, large = sorted((least, most))
    assert not (differing(one, other, pixels, large) & ~differing(one, other, pixels, small)).any()


@given(st.integers(1, 4).flatmap(lambda pixels: st.tuples(runs(pixels), st.just(pixels))))
def test_something_differs_from_nothing_at_every_pixel(drawn: tuple[Run, int]) -> None:
    run, pixels = drawn
    assert differing(run, {}, pixels).all() == (not stores_nothing(run))
    assert differing({}, run, pixels).any() == (not stores_nothing(run))
    assert stores_nothing(run) == (sum(array.size for array in run.values()) == 0)


@given(st.integers(1, 4).flatmap(runs), st.integers(0, 3))
def test_one_pixel_is_compared_as_it_was_told(run: Run, pixel: int) -> None:
    width = next((array.shape[2] for array in run.values()), 1)
    at = pixel % width
    told = {id_: tuple(bands_of(run, id_, at)) for id_ in run}
    there = {id_: array[:, 0, at : at + 1] for id_, array in run.items()}
    assert not differing(of_one_pixel(told), there, 1).any()


def test_arrays_of_other_pixels_are_not_compared() -> None:
    with pytest.raises(ValueError, match="reshape"):
        differing({"default": np.zeros((1, 1, 3))}, {}, 2)


@pytest.mark.parametrize(
    ("one", "other", "tolerance", "wanted"),
    [
        (math.nan, math.nan, 0, False), (math.nan, 1, math.inf, True), (-0.0, 0.0, 0, False),
        (math.inf, math.inf, 1, False), (math.inf, -math.inf, math.inf, True), (math.inf, 1e300, math.inf, True),
        (1.0, 1.5, 0.5, False), (1.0, 1.5, 0.25, True),
    ],
)  # fmt: skip
def test_the_corners_of_the_rule(one: float, other: float, tolerance: float, wanted: bool) -> None:
    assert unequal(np.array([one]), np.array([other]), tolerance).tolist() == [wanted]


def test_bytes_do_not_wrap_around() -> None:
    one, other = np.array([0], np.uint8), np.array([255], np.uint8)
    assert unequal(one, other, 1).all()
    assert not unequal(one, other, 255).any()
