"""Drawing pages as SVG: texts as text, images as PNG inside it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape

import numpy as np

from oso_evalscript.runtime.pictures.canvas import CHECK, CHECKS, FAMILY, png_of_array
from oso_evalscript.runtime.pictures.page import Box, Ground, Item, Page, Words
from oso_evalscript.runtime.pictures.scale import RGBA


def svg_of_page(page: Page) -> str:
    """Return a page as SVG. Where the font is missing another one takes its place, at the same widths."""
    light, dark = (_hex(color) for color in CHECKS)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{page.width:g}" height="{page.height:g}" '
        f"viewBox=\"0 0 {page.width:g} {page.height:g}\" font-family=\"'{FAMILY}', 'DejaVu Sans', sans-serif\">",
        f"<title>{_text(page.title)}</title>",
        f'<defs><pattern id="checks" width="{2 * CHECK:g}" height="{2 * CHECK:g}" patternUnits="userSpaceOnUse">'
        f'<rect width="{2 * CHECK:g}" height="{2 * CHECK:g}" fill="{light}"/>'
        f'<path d="M{CHECK:g} 0h{CHECK:g}v{CHECK:g}h-{2 * CHECK:g}v{CHECK:g}h{CHECK:g}z" '
        f'fill="{dark}"/></pattern></defs>',
        f'<rect width="{page.width:g}" height="{page.height:g}" fill="#ffffff"/>',
        *(line for item in page.items for line in _drawn(item)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _drawn(item: Item) -> Iterator[str]:
    if isinstance(item, Words):
        if item.text:
            weight = ' font-weight="600"' if item.bold else ""
            yield (
                f'<text x="{item.x:.2f}" y="{item.y:.2f}" font-size="{item.size:g}"{weight} fill="{_hex(item.color)}" '
                f'textLength="{item.width:.2f}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">'
                f"{_text(item.text)}</text>"
            )
        return
    place = f'x="{item.x:.2f}" y="{item.y:.2f}" width="{item.width:.2f}" height="{item.height:.2f}"'
    if isinstance(item, Ground):
        yield f'<rect {place} fill="url(#checks)"/>'
    elif isinstance(item, Box):
        fill = "none" if item.fill is None else _hex(item.fill)
        opacity = f' fill-opacity="{item.fill[3] / 255:.3g}"' if item.fill is not None and item.fill[3] < 255 else ""
        stroke = "" if item.outline is None else f' stroke="{_hex(item.outline)}" stroke-width="0.5"'
        yield f'<rect {place} fill="{fill}"{opacity}{stroke}/>'
    else:
        data = base64.b64encode(png_of_array(np.moveaxis(item.array, -1, 0))).decode()
        yield (
            f'<image {place} preserveAspectRatio="none" style="image-rendering:pixelated" '
            f'href="data:image/png;base64,{data}"/>'
        )


def _hex(color: RGBA | tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)


def _text(text: str) -> str:
    """A text as XML has it, without the characters that XML lacks."""
    return escape("".join(char if char >= " " and char not in "\ufffe\uffff" else " " for char in text), quote=False)
