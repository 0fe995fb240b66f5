"""How well colours can be told apart, by people with and without a deficiency; all colour science is coloraide's."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from types import ModuleType

from oso_evalscript.model.color import Color
from oso_evalscript.model.errors import MissingExtra


class Vision(StrEnum):
    """How people see colours."""

    NORMAL = "normal vision"
    DEUTERANOPIA = "deuteranopia"
    PROTANOPIA = "protanopia"
    TRITANOPIA = "tritanopia"


# Machado, Oliveira and Fernandes (2009) give no simulation of tritanopia; Brettel, Viénot and Mollon (1997) do.
_FILTERS = {
    Vision.DEUTERANOPIA: ("deutan", "machado"),
    Vision.PROTANOPIA: ("protan", "machado"),
    Vision.TRITANOPIA: ("tritan", "brettel"),
}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two of a list of colours, by their places in it, and how far apart they are in CIEDE2000."""

    first: int
    second: int
    distance: float


def appearance(color: Color, vision: Vision) -> Color:
    """Return what a colour looks like to people of that vision.

    Raises:
        MissingExtra: coloraide is not installed.
    """
    library = _coloraide()
    if vision is Vision.NORMAL:
        return color
    name, method = _FILTERS[vision]
    seen = library.Color(str(color)).filter(name, 1, method=method).convert("srgb").clip()
    red, green, blue = (round(channel * 255) for channel in seen.coords())
    return Color(red << 16 | green << 8 | blue)


def nearest_pairs(colors: Sequence[Color], vision: Vision, count: int) -> tuple[Pair, ...]:
    """Return the pairs of colours that people of that vision tell apart least, nearest first, at most `count`.

    Raises:
        MissingExtra: coloraide is not installed.
    """
    library = _coloraide()
    seen = [library.Color(str(appearance(color, vision))).convert("lab-d65") for color in colors]
    pairs = (
        Pair(first, second, one.delta_e(other, method="2000"))
        for (first, one), (second, other) in combinations(enumerate(seen), 2)
    )
    return tuple(sorted(pairs, key=lambda pair: (pair.distance, pair.first, pair.second))[:count])


def _coloraide() -> ModuleType:
    try:
        return importlib.import_module("coloraide")
    except ImportError:
        raise MissingExtra("comparing colours", "coloraide", "palette") from None
