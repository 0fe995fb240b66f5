from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.service.errors import ServiceError
from oso_evalscript.service.histogram import Wanted, describe, read_calculations
from tests.service.bodies import node

VALUES = np.array([[0.0, 0.1, 0.2], [0.3, 0.4, 0.5]])


def wanted(histogram: dict[str, Any] | None = None, k: list[float] | None = None) -> Wanted:
    asked: dict[str, Any] = {}
    if histogram is not None:
        asked["histograms"] = {"default": histogram}
    if k is not None:
        asked["statistics"] = {"default": {"percentiles": {"k": k}}}
    return read_calculations(node({"out": asked}))["out"].of("B0")


def counts(values: np.ndarray[Any, Any], histogram: dict[str, Any]) -> tuple[list[int], int, int]:
    found = describe(values, None, wanted(histogram))["histogram"]
    return [each["count"] for each in found["bins"]], found["underflowCount"], found["overflowCount"]


def test_values_that_are_no_numbers_do_not_count() -> None:
    stats = describe(np.array([[1.0, np.nan, np.inf, 3.0]]), np.array([[True, True, True, False]]), Wanted())["stats"]
    assert stats == {"min": 1.0, "max": 1.0, "mean": 1.0, "stDev": 0.0, "sampleCount": 4, "noDataCount": 3}


def test_the_last_bin_holds_its_upper_edge() -> None:
    assert counts(VALUES, {"bins": [0.1, 0.3, 0.5]}) == ([2, 3], 1, 0)


def test_bins_by_width_reach_the_largest_value() -> None:
    assert counts(VALUES, {"binWidth": 0.2, "lowEdge": 0.0}) == ([2, 2, 2], 0, 0)


def test_bins_by_number_reach_from_edge_to_edge() -> None:
    found = describe(VALUES, None, wanted({"nBins": 3, "lowEdge": 0, "highEdge": 0.3}))["histogram"]
    assert [each["lowEdge"] for each in found["bins"]] == [0, 0.3 / 3, 2 * (0.3 / 3)]
    assert found["overflowCount"] == 2


def test_percentiles_are_values_that_occur() -> None:
    stats = describe(VALUES, None, wanted(k=[0, 33, 50, 100]))["stats"]
    assert stats["percentiles"] == {"0.0": 0.0, "33.0": 0.1, "50.0": 0.2, "100.0": 0.5}


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=40), st.integers(1, 9))
def test_all_values_are_counted_once(values: list[float], bins: int) -> None:
    array = np.array([values])
    for histogram in ({"nBins": bins}, {"nBins": bins, "lowEdge": -3, "highEdge": 4}, {"binWidth": 0.5}):
        inside, below, above = counts(array, histogram)
        assert sum(inside) + below + above == len(values)


@pytest.mark.parametrize(
    "histogram",
    [{}, {"nBins": 2, "bins": [1, 2]}, {"bins": [1]}, {"bins": [2, 1]}, {"binWidth": 0}, {"nBins": 0}, {"nBins": 1.5},
     {"nBins": 3, "lowEdge": 1, "highEdge": 1}, {"bins": list(range(10_002))}],
)  # fmt: skip
def test_what_is_no_histogram_is_refused(histogram: dict[str, Any]) -> None:
    with pytest.raises(ServiceError) as caught:
        wanted(histogram)
    assert (caught.value.status, caught.value.code) == (400, "COMMON_BAD_PAYLOAD")
