"""Gathering: what is looked up for a pixel is what its own values give, whatever the planes look like."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from oso_evalscript.runtime import gather

_KINDS = ("uint8", "int8", "uint16", "int16", "int32", "uint32")
_RESULTS = ("uint8", "int8", "uint16", "int16", "float32")


def plane(kind: str, values: list[int], total: int, seed: int) -> NDArray[np.generic]:
    """Some values in any order; a single one stands for all pixels without being stored for each."""
    array = np.array(values).astype(kind)
    if len(values) == 1:
        return np.broadcast_to(array[0], total)
    return np.random.default_rng(seed).choice(array, total)


@given(
    planes=st.lists(
        st.tuples(st.sampled_from(_KINDS), st.lists(st.integers(-128, 127), min_size=1, max_size=4)),
        min_size=1,
        max_size=3,
    ),
    total=st.integers(400, 2000),
    kind=st.sampled_from(_RESULTS),
    threads=st.integers(1, 3),
)
@example(planes=[("uint8", [0, 255, 7])], total=2000, kind="float32", threads=2)
@example(planes=[("int8", [-128, 127, 0]), ("uint8", [1])], total=2000, kind="uint16", threads=2)
@example(planes=[("uint8", [1]), ("uint8", [3, 4])], total=1999, kind="uint8", threads=1)
@example(planes=[("uint8", [1]), ("int16", [5])], total=1000, kind="int8", threads=2)
def test_every_pixel_gets_the_results_of_its_own_values(
    planes: list[tuple[str, list[int]]], total: int, kind: str, threads: int
) -> None:
    arrays = [plane(type_, values, total, seed) for seed, (type_, values) in enumerate(planes)]
    with patch.multiple(gather, FEWEST_PIXELS=1, _CHUNK=128, _SAMPLE=256):
        combinations = gather.combine(arrays, threads)
        if combinations is None:  # too many for so few pixels, which is no fault
            return
        values = combinations.values()
        assert [item.dtype for item in values] == [item.dtype for item in arrays]
        assert sorted(zip(*(item.tolist() for item in values), strict=True)) == sorted(
            set(zip(*(item.tolist() for item in arrays), strict=True))
        )
        ordered, counts, firsts = combinations.in_order(threads)
        codes = [tuple(pixel) for pixel in zip(*(item.tolist() for item in arrays), strict=True)]
        each = [tuple(code) for code in zip(*(item.tolist() for item in ordered.values()), strict=True)]
        assert each == list(dict.fromkeys(codes))
        assert counts.tolist() == [codes.count(code) for code in each]
        assert firsts.tolist() == [codes.index(code) for code in each]
        results = [np.stack([_made(values, kind), _made(values[::-1], kind)]), _made(values, "float32")[np.newaxis]]
        first, second = combinations.spread(results, threads)
        again = combinations.in_order(threads)[0]
        values = again.values()
        others = again.spread([np.stack([_made(values, kind), _made(values[::-1], kind)])], threads)
        assert np.array_equal(others[0], first)
    assert first.dtype == np.dtype(kind)
    assert np.array_equal(first, np.stack([_made(arrays, kind), _made(arrays[::-1], kind)]))
    assert np.array_equal(second, _made(arrays, "float32")[np.newaxis])


def _made(planes: list[NDArray[np.generic]], kind: str) -> NDArray[np.generic]:
    """Something that depends on every plane and its place."""
    total = sum((index + 3) * item.astype(np.int64) for index, item in enumerate(planes))
    return np.asarray(total).astype(kind)


def test_pairs_are_looked_up_where_one_plane_of_bytes_varies() -> None:
    classes = np.random.default_rng(0).integers(0, 20, 2**16, dtype=np.uint8)
    found = gather.combine([np.broadcast_to(np.uint8(1), 2**16), classes], 1)
    assert found is not None
    with patch.object(gather.Combinations, "_spread_pairs", autospec=True) as pairs:
        found.spread([found.values()[1][np.newaxis]], 1)
    pairs.assert_called_once()


@pytest.mark.parametrize("strange", [np.zeros(2**16, np.float32), np.arange(2**16, dtype=np.uint32)])
def test_other_planes_are_turned_down(strange: NDArray[np.generic]) -> None:
    assert gather.combine([strange], 1) is None


def test_a_plane_that_is_not_contiguous_is_gathered_too() -> None:
    wide = np.random.default_rng(0).integers(0, 9, 2**17, dtype=np.uint8)
    found = gather.combine([wide[::2]], 2)
    assert found is not None
    assert np.array_equal(found.spread([found.values()[0][np.newaxis]], 2)[0][0], wide[::2])
