"""Sorting networks: they sort, and know which way a function sorts."""

from __future__ import annotations

import itertools

import pytest

from oso_evalscript.kernels.sorting import exchanges
from oso_evalscript.kernels.task import Feed, Refused
from oso_evalscript.kernels.trace import Traced
from tests.kernels.test_trace import operations, traced

FEED = Feed("", (("A", "float32"),), slots=4, listed=True)


@pytest.mark.parametrize("count", range(1, 11))
def test_networks_sort(count: int) -> None:
    for bits in itertools.product((0, 1), repeat=count):  # what sorts all of these sorts everything
        found = list(bits)
        for low, high in exchanges(count):
            if found[low] > found[high]:
                found[low], found[high] = found[high], found[low]
        assert found == sorted(bits)


@pytest.mark.parametrize(
    "function", ["a - b", "b - a", "a < b ? -1 : a > b ? 1 : 0", "a > b ? 1 : a < b ? -1 : 0", "a > b ? 1 : -1"]
)
def test_functions_that_compare_numbers(function: str) -> None:
    found = traced(f"return [s.map((x) => x.A).sort((a, b) => {function})[0]];", feed=FEED)
    assert isinstance(found, Traced)
    assert {*operations(found)} <= {"load", "lesser", "greater"}
    assert found.reasons == ("sorts NaN or -0",)


def test_what_is_needed_of_a_network_alone_is_kept() -> None:
    least = traced("return [s.map((x) => x.A).sort((a, b) => a - b)[0]];", feed=FEED)
    assert isinstance(least, Traced)
    assert operations(least).count("lesser") == 3


def test_other_functions_are_refused() -> None:
    found = traced("return [s.map((x) => x.A).sort((a, b) => a * b)[0]];", feed=FEED)
    assert found == Refused("`sort` with a comparator that does more than compare two numbers")
