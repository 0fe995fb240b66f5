from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from PIL import Image

from oso_evalscript.runtime.pictures.canvas import measure, png_of_array, png_of_page
from oso_evalscript.runtime.pictures.page import Box, Ground, Page, Pixels, Words


def drawn(page: Page, scale: int = 2) -> np.ndarray:
    with Image.open(io.BytesIO(png_of_page(page, scale))) as image:
        return np.asarray(image)


@given(nps.arrays(np.uint8, st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9))))
def test_png_keeps_every_sample(array: np.ndarray) -> None:
    with Image.open(io.BytesIO(png_of_array(array))) as image:
        read = np.asarray(image)
    np.testing.assert_array_equal(read if read.ndim == 2 else np.moveaxis(read, -1, 0), array.squeeze(0) if len(array) == 1 else array)  # fmt: skip


@given(nps.arrays(np.uint8, st.tuples(st.integers(1, 6), st.integers(1, 6), st.just(4))), st.integers(1, 3))
def test_pixels_are_enlarged_as_they_are(array: np.ndarray, scale: int) -> None:
    array[..., 3] = 255
    rows, columns = array.shape[:2]
    page = Page(columns * 3 + 4, rows * 3 + 4, (Pixels(2, 2, columns * 3, rows * 3, array),), "")
    image = drawn(page, scale)
    assert image.shape == ((rows * 3 + 4) * scale, (columns * 3 + 4) * scale, 3)
    inside = image[2 * scale : (rows * 3 + 2) * scale, 2 * scale : (columns * 3 + 2) * scale]
    side = 3 * scale
    np.testing.assert_array_equal(inside, array[..., :3].repeat(side, axis=0).repeat(side, axis=1))
    assert (image[:scale] == 255).all()


def test_what_is_transparent_shows_the_ground() -> None:
    half = np.array([[[255, 0, 0, 255], [0, 0, 0, 0]]], np.uint8)
    image = drawn(Page(40, 20, (Ground(0, 0, 40, 20), Pixels(0, 0, 40, 20, half)), ""))
    assert {tuple(color) for color in image[:, :40].reshape(-1, 3)} == {(255, 0, 0)}
    assert {tuple(color) for color in image[:, 40:].reshape(-1, 3)} == {(255, 255, 255), (228, 228, 228)}


def test_boxes_are_filled_or_outlined() -> None:
    page = Page(20, 20, (Box(2, 2, 8, 8, fill=(0, 0, 255, 255)), Box(12, 2, 6, 6, outline=(255, 0, 0, 255))), "")
    image = drawn(page, 1)
    assert (image[2:10, 2:10] == (0, 0, 255)).all()
    assert tuple(image[2, 12]) == (255, 0, 0)
    assert tuple(image[4, 14]) == (255, 255, 255)


@pytest.mark.parametrize("text", ["forêt de conifères", "Вода", "Ελιές", "−3 dB … 1 ≤ 2", "ğşıłčž"])
def test_letters_are_drawn_as_wide_as_they_are_measured(text: str) -> None:
    width = measure(text, 20, False)
    image = drawn(Page(400, 40, (Words(10, 25, text, 20, width),), ""), 2)
    inked = np.flatnonzero((image < 128).any(axis=(0, 2)))
    assert 18 <= inked[0] <= 26
    assert abs(inked[-1] / 2 - 10 - width) <= 3
    missing = drawn(Page(400, 40, (Words(10, 25, "\ufffe" * len(text), 20, width),), ""), 2)
    assert not np.array_equal(image, missing)
    assert measure(text, 20, True) > width
