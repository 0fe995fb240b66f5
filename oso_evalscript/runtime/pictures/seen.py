"""Panels with their colours replaced in image and legend, such as by those seen with a colour vision deficiency."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.color import Color
from oso_evalscript.runtime.pictures.legend import Legend
from oso_evalscript.runtime.pictures.page import Panel
from oso_evalscript.runtime.pictures.scale import RGBA

See: TypeAlias = Callable[[Color], Color]
"""From a colour to the colour that is seen."""

_MAX_COLORS = 4096  # of one image; if it has more, channels are rounded to steps of 8


def seen(panel: Panel, see: See, caption: str) -> Panel:
    """Return a panel in the colours that are seen, with another caption."""
    image = None if panel.image is None else _image(panel.image, see)
    return Panel(caption, image, None if panel.legend is None else _legend(panel.legend, see), panel.message)


def _image(image: NDArray[np.uint8], see: See) -> NDArray[np.uint8]:
    packed = (image[..., 0].astype(np.uint32) << 16) | (image[..., 1].astype(np.uint32) << 8) | image[..., 2]
    unique, places = np.unique(packed, return_inverse=True)
    if len(unique) > _MAX_COLORS:
        unique, places = np.unique(packed & 0xF8F8F8 | 0x040404, return_inverse=True)
    table = np.array([see(Color(int(value))).rgb for value in unique], np.uint8)
    changed: NDArray[np.uint8] = image.copy()
    changed[..., :3] = table[places.reshape(packed.shape)]
    return changed


def _legend(legend: Legend, see: See) -> Legend:
    rows = tuple(replace(row, color=_rgba(row.color, see)) for row in legend.rows)
    return replace(legend, rows=rows, bar=tuple(_rgba(color, see) for color in legend.bar))


def _rgba(color: RGBA, see: See) -> RGBA:
    red, green, blue, alpha = color
    return (*see(Color(red << 16 | green << 8 | blue)).rgb, alpha)
