from __future__ import annotations

import base64
import io
import re
from xml.etree import ElementTree as ET

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from oso_evalscript.runtime.pictures.page import Box, Ground, Page, Pixels, Words
from oso_evalscript.runtime.pictures.svg import svg_of_page

NAMESPACE = {"": "http://www.w3.org/2000/svg"}


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_gives_xml_that_shows_it(title: str, text: str) -> None:
    words = Words(1, 10, text.replace("\x00", " "), 12, 33.3, bold=True)
    written = svg_of_page(Page(100, 50, (words,), title)).encode("utf-8", "replace")
    root = ET.fromstring(written)
    found = root.findall("text", NAMESPACE)
    assert len(found) == bool(text)
    if text and all(" " <= char < "\ud800" for char in text):
        assert found[0].text == text
        assert (found[0].get("textLength"), found[0].get("font-weight")) == ("33.30", "600")


def test_images_hold_their_pixels_and_shapes_their_places() -> None:
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    items = (Ground(0, 0, 30, 20), Pixels(0, 0, 30, 20, array), Box(1, 2, 3, 4, fill=(255, 0, 128, 51)), Box(5, 5, 5, 5, outline=(0, 0, 0, 255)))  # fmt: skip
    root = ET.fromstring(svg_of_page(Page(100, 50, items, "T")))
    assert (root.get("width"), root.get("viewBox")) == ("100", "0 0 100 50")
    image = root.find("image", NAMESPACE)
    assert image is not None
    data = re.fullmatch("data:image/png;base64,(.*)", image.get("href", ""))
    assert data is not None
    with Image.open(io.BytesIO(base64.b64decode(data[1]))) as opened:
        np.testing.assert_array_equal(np.asarray(opened), array)
    _, ground, filled, outlined = root.findall("rect", NAMESPACE)
    assert ground.get("fill") == "url(#checks)"
    assert (filled.get("fill"), filled.get("fill-opacity"), filled.get("x")) == ("#ff0080", "0.2", "1.00")
    assert (outlined.get("fill"), outlined.get("stroke")) == ("none", "#000000")
