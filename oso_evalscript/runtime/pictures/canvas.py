"""Drawing pages and plain images as PNG; the only user of Pillow."""

from __future__ import annotations

import io
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from oso_evalscript.runtime.pictures.page import Box, Ground, Page, Pixels, Words

FAMILY = "Source Sans 3"
"""The font of titles and labels; SIL Open Font License, from the package fontpkg-source-sans-3."""

CHECKS = ((255, 255, 255), (228, 228, 228))
"""The two colours of a chequered ground."""

CHECK = 8.0
"""The side of one of its squares."""

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_WEIGHTS = {False: 400, True: 600}


def measure(text: str, size: float, bold: bool) -> float:
    """Return how wide a text is in the font of the pictures."""
    return float(_font(100, bold).getlength(text)) * size / 100


def png_of_page(page: Page, scale: int = 2) -> bytes:
    """Return a page as PNG.

    Args:
        page: what is drawn.
        scale: device pixels for each pixel of the page.
    """
    image = Image.new("RGBA", (round(page.width * scale), round(page.height * scale)), (255, 255, 255, 255))
    draw = ImageDraw.Draw(image)
    for item in page.items:
        if isinstance(item, Words):
            font = _font(round(item.size * scale), item.bold)
            draw.text((item.x * scale, item.y * scale), item.text, fill=item.color, font=font, anchor="ls")
        elif isinstance(item, Box):
            _draw_box(image, draw, item, scale)
        elif isinstance(item, Ground):
            left, top, width, height = _place(item, scale)
            image.paste(_chequers(width, height, round(CHECK * scale)), (left, top))
        else:
            left, top, width, height = _place(item, scale)
            picture = Image.fromarray(item.array).resize((width, height), Image.Resampling.NEAREST)
            image.alpha_composite(picture, (left, top))
    return _encoded(image.convert("RGB"), dpi=(96 * scale, 96 * scale))


def png_of_array(array: NDArray[Any]) -> bytes:
    """Return an array of shape (band, y, x) as PNG, its samples unchanged: 1 to 4 bands of uint8, or 1 of uint16."""
    mode = _MODES[len(array)]
    flat = np.ascontiguousarray(array[0] if len(array) == 1 else np.moveaxis(array, 0, -1))
    image = Image.fromarray(flat)
    if array.dtype == np.uint8 and image.mode != mode:
        raise ValueError(f"an image of mode {mode} came out as {image.mode}")
    return _encoded(image)


@cache
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    path = files("fontpkg_source_sans_3") / "files" / "SourceSans3[wght].ttf"
    font = ImageFont.truetype(io.BytesIO(path.read_bytes()), size)
    font.set_variation_by_axes([_WEIGHTS[bold]])
    return font


def _draw_box(image: Image.Image, draw: ImageDraw.ImageDraw, box: Box, scale: int) -> None:
    left, top, width, height = _place(box, scale)
    if box.fill is not None:
        image.alpha_composite(Image.new("RGBA", (width, height), box.fill), (left, top))
    if box.outline is not None:
        draw.rectangle([left, top, left + width - 1, top + height - 1], outline=box.outline, width=max(scale // 2, 1))


def _place(item: Box | Ground | Pixels, scale: int) -> tuple[int, int, int, int]:
    left, top = round(item.x * scale), round(item.y * scale)
    return left, top, max(round(item.width * scale), 1), max(round(item.height * scale), 1)


def _chequers(width: int, height: int, side: int) -> Image.Image:
    rows, columns = np.indices((height, width)) // side
    return Image.fromarray(np.array(CHECKS, dtype=np.uint8)[(rows + columns) % 2]).convert("RGBA")


def _encoded(image: Image.Image, **settings: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **settings)
    return buffer.getvalue()
