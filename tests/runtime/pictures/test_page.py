from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oso_evalscript.runtime.pictures.legend import Legend, Swatch
from oso_evalscript.runtime.pictures.page import Box, Ground, Page, Panel, Pixels, Words, enlarged, lay_out

WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=300), max_size=40)
SWATCHES = st.lists(st.builds(Swatch, WORDS, st.tuples(*[st.integers(0, 255)] * 4)), min_size=1, max_size=60)
BAR = tuple((step, step, step, 255) for step in range(256))
LEGENDS = st.builds(lambda title, rows: Legend(title, tuple(rows)), WORDS, SWATCHES) | st.builds(
    lambda title, low, width: Legend(title, (), BAR, low, low + width), WORDS, st.floats(-1e3, 1e3), st.floats(0.1, 1e3)
)
IMAGES = st.tuples(st.integers(1, 600), st.integers(1, 600)).map(lambda shape: np.zeros((*shape, 4), np.uint8))
PANELS = st.builds(Panel, WORDS, st.none() | IMAGES, st.none() | LEGENDS, WORDS)


def measure(text: str, size: float, bold: bool) -> float:
    return len(text) * size * (0.6 if bold else 0.5)


def corners(item: Words | Box | Ground | Pixels) -> tuple[float, float, float, float]:
    if isinstance(item, Words):
        return item.x, item.y - item.size, item.x + item.width, item.y + item.size * 0.3
    return item.x, item.y, item.x + item.width, item.y + item.height


@settings(max_examples=60)
@given(st.lists(PANELS, min_size=1, max_size=7), WORDS, WORDS)
def test_everything_stands_on_the_page_and_nothing_on_a_picture(panels: list[Panel], title: str, notes: str) -> None:
    page: Page = lay_out(panels, title, notes, measure)
    for item in page.items:
        left, top, right, bottom = corners(item)
        # A word that is longer than a line stays whole.
        if not (isinstance(item, Words) and " " not in item.text.strip()):
            assert 0 <= left <= right <= page.width
        assert 0 <= top <= bottom <= page.height + 0.01
    pictures = [item for item in page.items if isinstance(item, Pixels) and item.array.shape[1] != 1]
    for one, other in itertools.combinations(pictures, 2):
        left, top, right, bottom = corners(one)
        assert right <= other.x or other.x + other.width <= left or bottom <= other.y or other.y + other.height <= top
    for words in (item for item in page.items if isinstance(item, Words) and item.text.strip()):
        for picture in pictures:
            left, top, right, bottom = corners(picture)
            inside = left < words.x < right and top < words.y < bottom
            assert not inside


@given(st.integers(1, 9000), st.integers(1, 9000), st.sampled_from([320, 512]))
def test_pixels_are_squares_of_whole_device_pixels(rows: int, columns: int, longest: int) -> None:
    width, height = enlarged(rows, columns, longest)
    assert 2 * width % columns == 0
    assert width / columns == height / rows
    assert max(width, height) <= longest or width == columns / 2


def test_a_legend_that_two_share_is_shown_once() -> None:
    legend = Legend("", (Swatch("water", (0, 0, 255, 255)),))
    image = np.zeros((4, 4, 4), np.uint8)
    twice = [Panel("one", image, legend), Panel("other", image, legend)]
    page = lay_out(twice, "", "", measure)
    assert [item.text for item in page.items if isinstance(item, Words)] == ["one", "other", "water"]


def test_a_panel_without_a_picture_says_why() -> None:
    page = lay_out([Panel("", None, None, "It does not load.")], "T", "N", measure)
    assert [item.text for item in page.items if isinstance(item, Words)] == ["T", "It does not load.", "N"]
    assert page.title == "T"
