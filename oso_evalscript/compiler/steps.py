"""What is to be done to a pixel, as a short list of steps; templates only word them.

A spec composes its steps, in order; each knows the bands it reads. A step either passes a colour on to the next
one or settles the pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, TypeAlias

from oso_evalscript.model.color import Color
from oso_evalscript.model.nomenclature import LandClass


class Below(StrEnum):
    """What becomes of a pixel that is not sure enough."""

    TRANSPARENT = "transparent"
    GREY = "grey"
    FADED = "faded"


@dataclass(frozen=True, slots=True)
class LookUp:
    """Take the colour of the class whose code the band holds; hide the pixel where there is none."""

    kind: ClassVar[str] = "look_up"
    band: str
    classes: tuple[LandClass, ...]

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands the step reads."""
        return (self.band,)


@dataclass(frozen=True, slots=True)
class Guard:
    """Hide the pixel unless the band's value lies between two limits, both included; NaN does not."""

    kind: ClassVar[str] = "guard"
    band: str
    low: float | None
    high: float | None

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands the step reads."""
        return (self.band,)


@dataclass(frozen=True, slots=True)
class Shade:
    """Take the colour of the band's value on a continuous ramp."""

    kind: ClassVar[str] = "shade"
    band: str
    stops: tuple[tuple[float, Color], ...]

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands the step reads."""
        return (self.band,)


@dataclass(frozen=True, slots=True)
class Trust:
    """Let the colour pass where every band holds at least its minimum; elsewhere do as `below` says."""

    kind: ClassVar[str] = "trust"
    minima: tuple[tuple[str, int], ...]
    below: Below
    grey: Color = Color(0x808080)
    dark: Color = Color(0x404040)

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands the step reads."""
        return tuple(band for band, _ in self.minima)


@dataclass(frozen=True, slots=True)
class Paint:
    """Return the colour, with `dataMask` as alpha, or without alpha where there is a background to hide on."""

    kind: ClassVar[str] = "paint"
    background: Color | None

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands the step reads."""
        return () if self.background else ("dataMask",)


@dataclass(frozen=True, slots=True)
class Select:
    """Return 1 for the chosen classes, 0 for the others, `nodata` where there is no data or no such class."""

    kind: ClassVar[str] = "select"
    band: str
    classes: tuple[LandClass, ...]
    chosen: frozenset[int]
    nodata: int

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands the step reads."""
        return (self.band, "dataMask")


Step: TypeAlias = LookUp | Guard | Shade | Trust | Paint | Select


def bands_read(steps: tuple[Step, ...]) -> tuple[str, ...]:
    """Return every band the steps read, each once, `dataMask` last."""
    bands = dict.fromkeys(band for step in steps for band in step.bands)
    return tuple(sorted(bands, key=lambda band: band == "dataMask"))
