from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from oso_evalscript.model.color import Color
from oso_evalscript.runtime.pictures.legend import Legend, Swatch
from oso_evalscript.runtime.pictures.page import Panel
from oso_evalscript.runtime.pictures.seen import seen


def inverted(color: Color) -> Color:
    return Color(0xFFFFFF - color.value)


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 4), st.integers(1, 4), st.just(4))))
def test_every_pixel_is_seen_so_and_keeps_its_alpha(image: NDArray[np.uint8]) -> None:
    legend = Legend("t", (Swatch("a", (1, 2, 3, 4)),), ((5, 6, 7, 255),), 0, 9)
    found = seen(Panel("c", image, legend), inverted, "upside down")
    assert found.caption == "upside down"
    assert found.image is not None
    assert found.image.tolist() == [[[*(255 - pixel[:3]), pixel[3]] for pixel in row] for row in image]
    assert found.legend == Legend("t", (Swatch("a", (254, 253, 252, 4)),), ((250, 249, 248, 255),), 0, 9)


def test_a_picture_of_very_many_colours_is_seen_in_steps() -> None:
    values = np.arange(128 * 128 * 4, dtype=np.uint32)
    image = np.stack([values & 255, values >> 8 & 255, values >> 4 & 255, 0 * values + 255], -1).astype(np.uint8)
    asked: list[Color] = []

    def same(color: Color) -> Color:
        asked.append(color)
        return color

    found = seen(Panel("", image[np.newaxis], None), same, "all").image
    assert found is not None
    assert len(asked) < 32**3
    assert np.abs(found.astype(int) - image).max() <= 4


def test_a_panel_without_a_picture_keeps_its_message() -> None:
    found = seen(Panel("a", None, None, "It fails"), inverted, "b")
    assert (found.caption, found.image, found.legend, found.message) == ("b", None, None, "It fails")
