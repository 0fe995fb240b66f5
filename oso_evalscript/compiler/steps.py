"""What is to be done to a pixel, as a short list of steps; templates only word them.

A spec composes its steps, in order; each knows the bands it reads. A step either passes a colour or a value on to
the next one or settles the pixel.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal, TypeAlias

from oso_evalscript.model.color import Color
from oso_evalscript.model.contract import Input, Mosaicking, Output, Setup
from oso_evalscript.model.nomenclature import LandClass, Language, LanguageCode


class Below(StrEnum):
    """What becomes of a pixel that is not sure enough."""

    TRANSPARENT = "transparent"
    GREY = "grey"
    FADED = "faded"
    SHADED = "shaded"
    ALPHA = "alpha"


BelowWord: TypeAlias = Literal["transparent", "grey", "faded", "shaded", "alpha"]


class LookUpBy(StrEnum):
    """What a script looks colours up with."""

    OBJECT = "object"
    VISUALIZER = "ColorMapVisualizer"


LookUpByWord: TypeAlias = Literal["object", "ColorMapVisualizer"]


@dataclass(frozen=True, slots=True)
class LookUp:
    """Take the colour of the class whose code the band holds; hide the pixel where there is none."""

    kind: ClassVar[str] = "look_up"
    band: str
    classes: tuple[LandClass, ...]
    language: Language | LanguageCode = Language.ENGLISH
    by: LookUpBy | LookUpByWord = LookUpBy.OBJECT

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands the step reads."""
        return (self.band,)


@dataclass(frozen=True, slots=True)
class Guard:
    """Take the band's value; hide the pixel unless it lies between two limits, both included; NaN does not."""

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
    """Take the colour of the value on a continuous ramp."""

    kind: ClassVar[str] = "shade"
    stops: tuple[tuple[float, Color], ...]
    bands: ClassVar[tuple[str, ...]] = ()


@dataclass(frozen=True, slots=True)
class Steps:
    """Take the colour of the last stop that the value reaches; below the first one, that of the first."""

    kind: ClassVar[str] = "steps"
    stops: tuple[tuple[float, Color], ...]
    bands: ClassVar[tuple[str, ...]] = ()


@dataclass(frozen=True, slots=True)
class Trust:
    """Let the colour pass where every band holds at least its minimum; elsewhere do as `below` says.

    The first band is the confidence, in percent. `shaded` mixes the colour with dark grey, by `bins` shares that fall
    with the confidence; `alpha` makes the pixel as opaque as the confidence says.
    """

    kind: ClassVar[str] = "trust"
    minima: tuple[tuple[str, int], ...]
    below: Below | BelowWord
    bins: int = 0
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
    language: Language | LanguageCode = Language.ENGLISH

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands the step reads."""
        return (self.band, "dataMask")


@dataclass(frozen=True, slots=True)
class Row:
    """A code, what it becomes, and the remark that stands behind it."""

    code: int
    value: int
    label: str


@dataclass(frozen=True, slots=True)
class Recode:
    """Return what the code becomes, `nodata` where there is no data or no row for it."""

    kind: ClassVar[str] = "recode"
    band: str
    rows: tuple[Row, ...]
    nodata: int

    @property
    def keeps_codes(self) -> bool:
        """Whether each code becomes itself."""
        return all(row.code == row.value for row in self.rows)

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands the step reads."""
        return (self.band, "dataMask")


@dataclass(frozen=True, slots=True)
class Copy:
    """Return bands as they are: in one output with `dataMask` behind them, or each in an output of its own."""

    kind: ClassVar[str] = "copy"
    names: tuple[str, ...]
    apart: bool

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands the step reads."""
        return (*self.names, "dataMask")


@dataclass(frozen=True, slots=True)
class Count:
    """Return 1 in the part that the code belongs to and 0 in the others, and `dataMask` as an output of its own."""

    kind: ClassVar[str] = "count"
    band: str
    names: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands the step reads."""
        return (self.band, "dataMask")


@dataclass(frozen=True, slots=True)
class NormalizedDifference:
    """Take (first - second) / (first + second) as the value; NaN where the sum is 0, a band NaN, or no data is."""

    kind: ClassVar[str] = "difference"
    first: str
    second: str

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands the step reads."""
        return (self.first, self.second, "dataMask")


@dataclass(frozen=True, slots=True)
class Measure:
    """Return the colour where the value is a number, and on request the value itself and the browser's outputs."""

    kind: ClassVar[str] = "measure"
    raw: bool
    browser: bool
    clouds: str | None
    cloud_codes: tuple[int, ...]

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands the step reads."""
        return (*([self.clouds] if self.clouds else []), "dataMask")


@dataclass(frozen=True, slots=True)
class Compare:
    """Take what the code becomes on the earliest and on the latest scene with data and class, of any order.

    With years, only scenes of those years count. Hide the pixel where that is one and the same scene, or none.
    """

    kind: ClassVar[str] = "compare"
    band: str
    rows: tuple[Row, ...]
    mosaicking: Mosaicking
    before: int | None
    after: int | None

    @property
    def keeps_codes(self) -> bool:
        """Whether each code becomes itself."""
        return all(row.code == row.value for row in self.rows)

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands the step reads."""
        return (self.band, "dataMask")


@dataclass(frozen=True, slots=True)
class Highlight:
    """Return one colour for what changed as asked, another for the rest.

    Asked is one of `transitions`; without those, to be of `became` and not to have been; without both, any change.
    """

    kind: ClassVar[str] = "highlight"
    transitions: tuple[tuple[int, int], ...]
    became: tuple[int, ...]
    label: str
    color: Color
    rest: Color | None
    bands: ClassVar[tuple[str, ...]] = ()


Step: TypeAlias = (
    LookUp
    | Guard
    | Shade
    | Steps
    | Trust
    | Paint
    | Select
    | Recode
    | Copy
    | Count
    | NormalizedDifference
    | Measure
    | Compare
    | Highlight
)


def contract_of(steps: Iterable[Step], *outputs: Output, mosaicking: Mosaicking = Mosaicking.SIMPLE) -> Setup:
    """Return the contract of a script that does the steps: it asks for what they read."""
    return Setup(inputs=(Input(bands_read(steps)),), outputs=outputs, mosaicking=mosaicking)


def bands_read(steps: Iterable[Step]) -> tuple[str, ...]:
    """Return every band the steps read, each once, `dataMask` last."""
    bands = dict.fromkeys(band for step in steps for band in step.bands)
    return tuple(sorted(bands, key=lambda band: band == "dataMask"))
