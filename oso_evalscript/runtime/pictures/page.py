"""The page: where titles, pictures, legends and notes of a preview stand, in pixels of 1/96 inch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.runtime.pictures.legend import Legend
from oso_evalscript.runtime.pictures.scale import RGBA, ticks

INK: RGBA = (32, 32, 32, 255)
_GREY: RGBA = (96, 96, 96, 255)
_RED: RGBA = (160, 0, 0, 255)
_MARGIN = 20.0
_GAP = 16.0  # between a picture and its legend
_BETWEEN = 28.0  # two panels
_ALONE, _BESIDE = 512, 320  # the longest side of a picture
_MAX_ACROSS = 3
_ROW = 21.0
_SWATCH = 15.0
_BAR = 22.0
_MAX_ROWS = 24  # of a column of a legend
_MAX_LABEL = 300.0
_TITLE, _HEAD, _TEXT, _SMALL = 20.0, 15.0, 14.0, 12.0

Measure: TypeAlias = Callable[[str, float, bool], float]
"""From a text, its size and whether it is bold to its width."""


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text; `y` is that of its baseline."""

    x: float
    y: float
    text: str
    size: float
    width: float
    bold: bool = False
    color: RGBA = INK


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, filled or outlined."""

    x: float
    y: float
    width: float
    height: float
    fill: RGBA | None = None
    outline: RGBA | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """A chequered rectangle, as what is transparent is shown on."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, eq=False)
class Pixels:
    """An image whose pixels are enlarged as they are: red, green, blue and alpha, of shape (y, x, 4)."""

    x: float
    y: float
    width: float
    height: float
    array: NDArray[np.uint8]


Item: TypeAlias = Words | Box | Ground | Pixels


@dataclass(frozen=True, slots=True)
class Page:
    """Items on a white ground, in the order in which they are drawn."""

    width: float
    height: float
    items: tuple[Item, ...]
    title: str


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """A picture with its legend, or what is said in its place.

    Attributes:
        caption: shown above it where there are several.
        image: red, green, blue and alpha, of shape (y, x, 4); None where there is none.
        legend: what its colours mean, None where that is not known.
        message: why there is no image.
    """

    caption: str
    image: NDArray[np.uint8] | None
    legend: Legend | None = None
    message: str = ""


def lay_out(panels: Sequence[Panel], title: str, notes: str, measure: Measure) -> Page:
    """Return where everything stands.

    Args:
        panels: what is shown, at least one.
        title: above all of it.
        notes: below, such as the credit of the data.
        measure: the width of a text.
    """
    writer = _Writer(measure)
    longest = _ALONE if len(panels) == 1 else _BESIDE
    blocks = [
        _block(panel, longest, len(panels) > 1, writer, _is_repeated(panels, at)) for at, panel in enumerate(panels)
    ]
    across = _across(len(blocks))
    lines = [blocks[at : at + across] for at in range(0, len(blocks), across)]
    width = max(sum(block.width for block in line) + _BETWEEN * (len(line) - 1) for line in lines)
    heading = writer.wrapped(title, _TITLE, width, bold=True)
    items: list[Item] = []
    y = _MARGIN
    for text in heading:
        items.append(writer.words(_MARGIN, y + _TITLE, text, _TITLE, bold=True))
        y += _TITLE * 1.3
    y += 8 if heading else 0
    for line in lines:
        x = _MARGIN
        for block in line:
            items += [_moved(item, x, y) for item in block.items]
            x += block.width + _BETWEEN
        y += max(block.height for block in line) + _BETWEEN
    y += 8 - _BETWEEN
    for text in writer.wrapped(notes, _SMALL, width):
        items.append(writer.words(_MARGIN, y + _SMALL, text, _SMALL, color=_GREY))
        y += _SMALL * 1.4
    return Page(math.ceil(width + 2 * _MARGIN), math.ceil(y + _MARGIN - 4), tuple(items), title)


def _across(count: int) -> int:
    """How many panels stand beside each other: four make a square."""
    return 2 if count == 4 else _MAX_ACROSS


def enlarged(rows: int, columns: int, longest: int) -> tuple[float, float]:
    """Return the width and height at which an image is shown: each pixel as a square of whole device pixels.

    A device pixel is half a pixel of the page, as pictures are drawn at twice the resolution.
    """
    factor = max(2 * longest // max(rows, columns), 1) / 2
    return columns * factor, rows * factor


@dataclass(frozen=True, slots=True)
class _Block:
    """A panel's items, from its own corner."""

    width: float
    height: float
    items: tuple[Item, ...]


class _Writer:
    """Texts that know how wide they are."""

    def __init__(self, measure: Measure) -> None:
        self._measure = measure

    def words(self, x: float, y: float, text: str, size: float, *, bold: bool = False, color: RGBA = INK) -> Words:
        return Words(x, y, text, size, self._measure(text, size, bold), bold, color)

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        return self._measure(text, size, bold)

    def cut(self, text: str, size: float, width: float) -> str:
        """A text without what does not fit."""
        if self._measure(text, size, False) <= width:
            return text
        kept = len(text)
        while kept and self._measure(f"{text[:kept].rstrip()}…", size, False) > width:
            kept -= 1
        return f"{text[:kept].rstrip()}…"

    def wrapped(self, text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
        """A text in lines; a word that is wider than a line stays whole."""
        lines: list[str] = []
        for word in text.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self._measure(longer, size, bold) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines


def _is_repeated(panels: Sequence[Panel], at: int) -> bool:
    """Whether the next panel of the row has the same legend, which is shown once."""
    beside = at + 1 < len(panels) and (at + 1) % _across(len(panels)) != 0
    return beside and panels[at].legend is not None and panels[at].legend == panels[at + 1].legend


def _block(panel: Panel, longest: int, captioned: bool, writer: _Writer, without_legend: bool) -> _Block:
    items: list[Item] = []
    top = 0.0
    width, height = (float(longest), longest / 2)
    if panel.image is not None:
        width, height = enlarged(panel.image.shape[0], panel.image.shape[1], longest)
    if captioned and panel.caption:
        items.append(writer.words(0, _HEAD, writer.cut(panel.caption, _HEAD, width), _HEAD, bold=True))
        top = _HEAD * 1.6
    if panel.image is not None:
        items += [Ground(0, top, width, height), Pixels(0, top, width, height, panel.image)]
    items.append(Box(0, top, width, height, outline=(160, 160, 160, 255)))
    message = panel.message if panel.image is None else ""
    for number, line in enumerate(writer.wrapped(message, _TEXT, width - 2 * _GAP)):
        items.append(writer.words(_GAP, top + _GAP + _TEXT + number * _ROW, line, _TEXT, color=_RED))
    if panel.legend is None or without_legend:
        return _Block(width, top + height, tuple(items))
    legend = _legend(panel.legend, height, writer)
    items += [_moved(item, width + _GAP, top) for item in legend.items]
    return _Block(width + _GAP + legend.width, top + max(height, legend.height), tuple(items))


def _legend(legend: Legend, height: float, writer: _Writer) -> _Block:
    head = writer.wrapped(legend.title, _HEAD, _MAX_LABEL, bold=True)
    items: list[Item] = [
        writer.words(0, _HEAD + number * _ROW, line, _HEAD, bold=True) for number, line in enumerate(head)
    ]
    top = len(head) * _ROW + (6 if head else 0)
    body = _rows(legend, writer) if legend.rows else _bar(legend, height - top, writer)
    items += [_moved(item, 0, top) for item in body.items]
    widest = max([body.width, *(writer.width(line, _HEAD, bold=True) for line in head)])
    return _Block(widest, top + body.height, tuple(items))


def _rows(legend: Legend, writer: _Writer) -> _Block:
    items: list[Item] = []
    left = right = 0.0
    for at, row in enumerate(legend.rows):
        y = at % _MAX_ROWS * _ROW
        if at and y == 0:
            left = right + _BETWEEN
        label = writer.words(left + _SWATCH + 8, y + _TEXT - 1, writer.cut(row.label, _TEXT, _MAX_LABEL), _TEXT)
        right = max(right, label.x + label.width)
        if row.color[3] < 255:
            items.append(Ground(left, y, _SWATCH, _SWATCH))
        items += [
            Box(left, y, _SWATCH, _SWATCH, fill=row.color),
            Box(left, y, _SWATCH, _SWATCH, outline=INK),
            label,
        ]
    return _Block(right, min(len(legend.rows), _MAX_ROWS) * _ROW, tuple(items))


def _bar(legend: Legend, height: float, writer: _Writer) -> _Block:
    """A bar from the least number, below, to the largest, with round numbers beside it."""
    height = max(height, 4 * _ROW)
    array = np.array(legend.bar[::-1], dtype=np.uint8)[:, np.newaxis, :]
    items: list[Item] = [
        Ground(0, 0, _BAR, height),
        Pixels(0, 0, _BAR, height, array),
        Box(0, 0, _BAR, height, outline=INK),
    ]
    right = _BAR
    for number in ticks(legend.low, legend.high, max(int(height / 36), 2)):
        y = height * (1 - (number - legend.low) / (legend.high - legend.low))
        label = writer.words(_BAR + 9, min(max(y + 5, _TEXT - 3), height), f"{number:g}".replace("-", "\u2212"), _TEXT)
        items += [Box(_BAR, min(y, height - 1), 5, 1, fill=INK), label]
        right = max(right, label.x + label.width)
    return _Block(right, height, tuple(items))


def _moved(item: Item, x: float, y: float) -> Item:
    if isinstance(item, Words):
        return Words(item.x + x, item.y + y, item.text, item.size, item.width, item.bold, item.color)
    if isinstance(item, Box):
        return Box(item.x + x, item.y + y, item.width, item.height, item.fill, item.outline)
    if isinstance(item, Ground):
        return Ground(item.x + x, item.y + y, item.width, item.height)
    return Pixels(item.x + x, item.y + y, item.width, item.height, item.array)
