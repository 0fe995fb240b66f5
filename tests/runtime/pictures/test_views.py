from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from oso_evalscript.model.contract import Output, SampleType
from oso_evalscript.runtime.pictures.views import MAX_BANDS, colors, views_of

SHAPES = st.tuples(st.integers(1, 12), st.integers(1, 5), st.integers(1, 5))


@given(nps.arrays(np.uint8, st.tuples(st.integers(3, 4), st.integers(1, 5), st.integers(1, 5))))
def test_pictures_keep_their_colours(array: np.ndarray) -> None:
    (view,) = views_of(array, Output(len(array)))
    shown = colors(array, view)
    np.testing.assert_array_equal(np.moveaxis(shown, -1, 0)[: len(array)], array)
    if len(array) == 3:
        assert (shown[..., 3] == 255).all()


@given(nps.arrays(np.float32, SHAPES, elements=st.floats(-1e6, 1e6, width=32) | st.just(float("nan"))))
def test_numbers_are_grey_from_the_least_to_the_largest(array: np.ndarray) -> None:
    views = views_of(array, Output(len(array), sample_type=SampleType.FLOAT32))
    assert [view.band for view in views] == list(range(min(len(array), MAX_BANDS)))
    for view in views:
        band, shown = array[view.band or 0], colors(array, view)
        np.testing.assert_array_equal(shown[..., 3] == 255, ~np.isnan(band))
        np.testing.assert_array_equal(shown[..., 0], shown[..., 2])
        valid = ~np.isnan(band)
        order = np.argsort(band[valid], kind="stable")
        assert (np.diff(shown[..., 0][valid][order].astype(int)) >= 0).all()
        if valid.any() and band[valid].min() < band[valid].max():
            assert shown[..., 0][valid].min() == 0
            assert shown[..., 0][valid].max() == 255


@pytest.mark.parametrize(
    ("output", "last", "views"),
    [
        (Output(4), 1, 1),
        (Output(4, sample_type=SampleType.UINT8), 255, 1),
        (Output(4, sample_type=SampleType.UINT8), 1, 4),
        (Output(3, sample_type=SampleType.UINT8), 1, 1),
        (Output(2), 255, 1),
        (Output(3, names=("a", "b", "c")), 255, 3),
        (Output(7), 255, 7),
    ],
)
def test_what_is_a_picture(output: Output, last: int, views: int) -> None:
    array = np.full((output.bands, 2, 2), last, np.uint8)
    found = views_of(array, output)
    assert len(found) == views
    assert [view.name for view in found][:1] == [
        "default" if views == 1 else "default: a" if output.names else "default: band 1"
    ]


def test_what_marks_no_data_is_transparent() -> None:
    array = np.array([[[7, 255, 9]]], np.uint8)
    (view,) = views_of(array, Output(1, sample_type=SampleType.UINT8, nodata=255))
    assert (view.low, view.high, view.step) == (7, 9, 1)
    assert colors(array, view)[0, :, 3].tolist() == [255, 0, 255]
    assert colors(array, view)[0, :, 0].tolist() == [0, 0, 255]
