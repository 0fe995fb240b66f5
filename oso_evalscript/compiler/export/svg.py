"""A legend as SVG: a swatch, the codes and the label of each class, title above and credit below."""

from __future__ import annotations

import textwrap
from xml.etree import ElementTree as ET

from oso_evalscript.compiler.export.style import Format, LegendItem, Style, legend_items
from oso_evalscript.compiler.export.xml import document
from oso_evalscript.model.display import width_of

_MARGIN = 16
_ROW = 22
_SWATCH = 16
_GAP = 8
_MAX_ROWS = 32  # in one column
_SIZE, _SMALL = 13, 10  # of letters
_WIDE = 0.62  # of a letter, in its size; what fonts without serifs take on average, and a little more
_INK = "#202020"


def render_svg(style: Style) -> str:
    """Return the legend; codes that share label and colour share a swatch."""
    items = legend_items(style)
    columns = [items[start : start + _MAX_ROWS] for start in range(0, len(items), _MAX_ROWS)]
    numbers = [_SWATCH + _GAP + max(_width(item.numbers, _SIZE) for item in column) for column in columns]
    labels = [_GAP + max(_width(item.label, _SIZE) for item in column) + _MARGIN for column in columns]
    inner = max(sum(numbers) + sum(labels), _width(style.title, _SIZE, bold=True))
    credit = textwrap.wrap(style.credit, max(int(inner / (_SMALL * _WIDE)), 20))
    top = _MARGIN + _ROW + _GAP
    below = top + max(map(len, columns)) * _ROW + _GAP
    root = _root(inner + 2 * _MARGIN, below + len(credit) * (_SMALL + 4) + _MARGIN, style.title)
    _text(root, style.title, _MARGIN, _MARGIN + _SIZE, _SIZE, bold=True)
    left = _MARGIN
    for column, number, label in zip(columns, numbers, labels, strict=True):
        for index, item in enumerate(column):
            _draw(root, item, left, left + number, top + index * _ROW)
        left += number + label
    for index, line in enumerate(credit):
        _text(root, line, _MARGIN, below + _SMALL + index * (_SMALL + 4), _SMALL)
    return document(root)


def _root(width: int, height: int, title: str) -> ET.Element:
    size = {"width": str(width), "height": str(height), "viewBox": f"0 0 {width} {height}"}
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", **size})
    ET.SubElement(root, "title").text = title
    ET.SubElement(root, "rect", {"width": "100%", "height": "100%", "fill": "#ffffff"})
    return root


def _draw(root: ET.Element, item: LegendItem, left: int, middle: int, top: int) -> None:
    """The swatch, the codes up to `middle`, and the label from there on."""
    place = {"x": f"{left}.5", "y": f"{top}.5", "width": str(_SWATCH - 1), "height": str(_SWATCH - 1)}
    ET.SubElement(root, "rect", {**place, "fill": str(item.color), "stroke": _INK})
    _text(root, item.numbers, middle, top + _SIZE, _SIZE, anchor="end")
    _text(root, item.label, middle + _GAP, top + _SIZE, _SIZE)


def _text(root: ET.Element, text: str, x: int, y: int, size: int, *, bold: bool = False, anchor: str = "start") -> None:
    font = {"font-family": "sans-serif", "font-size": str(size), "font-weight": "bold" if bold else "normal"}
    place = {"x": str(x), "y": str(y), "text-anchor": anchor, "fill": _INK}
    ET.SubElement(root, "text", {**place, **font}).text = text


def _width(text: str, size: int, *, bold: bool = False) -> int:
    return int(width_of(text) * size * _WIDE * (1.1 if bold else 1)) + 1


FORMAT = Format("svg", "a legend to look at", render_svg)
