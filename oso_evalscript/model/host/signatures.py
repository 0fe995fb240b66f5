"""What is known of each of the service's globals without running it.

For a function, a class or a method: what it returns, between which numbers, and what it does with its arguments. All of
it holds for arguments that are numbers, strings, booleans, null, undefined, arrays and plain objects, as far as a
helper does not fail on them. `tests/model/host/test_signatures.py` holds it against the helpers' own JavaScript.

Intervals leave NaN aside, and the rounding of the last digit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Flag, auto
from typing import NamedTuple, TypeAlias

Interval: TypeAlias = tuple[float, float]
"""The lowest and the highest number that may occur; of an array, in each of its elements, however deep."""

Within: TypeAlias = Callable[[Sequence[Interval | None]], Interval | None]
"""From the intervals of the arguments, None where they may be anything, to that of what a call returns."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number."""


class Numbers(NamedTuple):
    """A new array of numbers, always as many."""

    length: int


class Fields(NamedTuple):
    """A new object of whole numbers from 0.

    Attributes:
        highest: the largest number of each, by name.
    """

    highest: Mapping[str, int]


class Entry(NamedTuple):
    """An entry of a list of values that goes with a list of limits: arrays are copied.

    The first argument itself is returned where one of the two lists is missing, undefined where a value is.

    Attributes:
        limits: the argument that is the list of limits.
        values: the argument that is the list of values.
        blends: whether it is what lies between the two nearest entries, all numbers or all arrays of one length.
    """

    limits: int
    values: int
    blends: bool


class Each(NamedTuple):
    """A new array, with what a method returns for each element of the array that is the first argument."""

    of: Number | Numbers


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the first argument where that is an array, else an array of it alone."""


@dataclass(frozen=True, slots=True)
class Color:
    """A colour as the pair of a visualizer has it: arrays are copied."""


class Instance(NamedTuple):
    """A new visualizer."""

    name: str


Gives: TypeAlias = Number | Numbers | Fields | Entry | Each | Copy | Color | Instance


class Origin(Flag):
    """Where objects come from that a call hands on; what lies in them is included, however deep."""

    NOWHERE = 0
    ARGUMENTS = auto()
    VISUALIZER = auto()  # what the visualizer keeps that the method belongs to


def _anything(_given: Sequence[Interval | None]) -> Interval | None:
    return None


class Signature(NamedTuple):
    """What is known of a function or method.

    Attributes:
        gives: what it returns.
        within: between which numbers that lies, where numbers are given as numbers and lists as arrays. Of a method,
            the arguments asked for are those of the constructor: of pairs, the interval of the colours' channels,
            which is 0 to 1 for a colour 0xRRGGBB.
        changes: whether it may change an argument, or what lies in one.
        returns: which objects it may return, or return what lies in them; else it returns new ones.
        keeps: which objects may lie in the new object that it returns.
        packed: the arguments that are colours 0xRRGGBB.
    """

    gives: Gives
    within: Within = _anything
    changes: bool = False
    returns: Origin = Origin.NOWHERE
    keeps: Origin = Origin.NOWHERE
    packed: tuple[int, ...] = ()


class Visualizer(NamedTuple):
    """What is known of a class of visualizers.

    Attributes:
        constructor: what `new` does.
        methods: what its methods do, by name.
        creators: the functions of the class that return a visualizer of a built-in table, with colours from 0 to 1.
        pairs: whether the constructor's first argument is a list of pairs [value, colour].
    """

    constructor: Signature
    methods: Mapping[str, Signature]
    creators: frozenset[str] = frozenset()
    pairs: bool = False


class Value(NamedTuple):
    """What is known of a global that is no function.

    Attributes:
        number: the number that it is, None where it is an object.
        rows: how many pairs it has where it is a table of colours.
    """

    number: float | None = None
    rows: int | None = None


def _always(low: float, high: float) -> Within:
    return lambda _given: (low, high)


def _of(argument: int) -> Within:
    """The interval of an argument."""
    return lambda given: given[argument] if argument < len(given) else None


def _cut(given: Sequence[Interval | None]) -> Interval | None:
    """Channels of pairs, cut to whole steps of 255."""
    first = given[0] if given else None
    if first is None or not math.isfinite(first[0] * 255):
        return first
    return math.floor(first[0] * 255 + 1e-9) / 255, first[1]


def _shares(given: Sequence[Interval | None]) -> Interval | None:
    """Numbers divided by 255."""
    first = given[0] if given else None
    return None if first is None else (first[0] / 255, first[1] / 255)


def _mixed(given: Sequence[Interval | None]) -> Interval | None:
    """Two arguments, mixed by a share that is the third."""
    one, other, share = (*given, None, None, None)[:3]
    if one is None or other is None or share is None or share[0] < 0 or share[1] > 1:
        return None
    return min(one[0], other[0]), max(one[1], other[1])


def _packed(given: Sequence[Interval | None]) -> Interval | None:
    """Channels put together: 24 bits where each has 8, else whatever 32 bits hold."""
    first = given[0] if given else None
    return (0, 0xFFFFFF) if first is not None and 0 <= first[0] <= first[1] <= 255 else (-(2**31), 2**31 - 1)


def _difference(given: Sequence[Interval | None]) -> Interval | None:
    """The normalised difference."""
    one, other = (*given, None, None)[:2]
    return (-1, 1) if one is not None and other is not None and one[0] >= 0 and other[0] >= 0 else None


def _reciprocal(given: Sequence[Interval | None]) -> Interval | None:
    """1 divided by a number."""
    first = given[0] if given else None
    return (1 / first[1], 1 / first[0]) if first is not None and (first[0] > 0 or first[1] < 0) else None


def _entries(given: Sequence[Interval | None]) -> Interval | None:
    """The list of values; without both lists the first argument."""
    return given[2] if len(given) > 2 else _of(0)(given)


def _stretched(given: Sequence[Interval | None]) -> Interval | None:
    """0 to 1, without an upper limit where the fifth argument, gamma, is not 1."""
    return (0, 1) if len(given) < 5 or given[4] == (1, 1) else (0, math.inf)


def _bits(text: str) -> Signature:
    """A function that takes a number apart: `name:bits`, one bit where no number stands."""
    pairs = (word.partition(":") for word in text.split())
    return Signature(gives=Fields({name: 2 ** int(bits or 1) - 1 for name, _, bits in pairs}))


def _list_of_values(*, blends: bool) -> Signature:
    return Signature(gives=Entry(1, 2, blends), within=_entries, returns=Origin.ARGUMENTS, keeps=Origin.ARGUMENTS)


_UNPACKS = Signature(gives=Numbers(3), within=_always(0, 255), packed=(0,))
_PACKS = Signature(gives=Number(), within=_packed)
_STEPS, _BLENDS = _list_of_values(blends=False), _list_of_values(blends=True)

FUNCTIONS: Mapping[str, Signature] = {
    "int2rgb": _UNPACKS,
    "hex2rgb": _UNPACKS,
    "rgb2int": _PACKS,
    "rgb2hex": _PACKS,
    "normalizeRGB": Signature(gives=Numbers(3), within=_shares),
    "combine": Signature(gives=Numbers(3), within=_mixed),
    "index": Signature(gives=Number(), within=_difference),
    "inverse": Signature(gives=Number(), within=_reciprocal),
    "valueMap": _STEPS,
    "colorMap": _STEPS,
    "valueInterpolate": _BLENDS,
    "colorBlend": _BLENDS,
    "decodeL8C2Qa": _bits(
        """fill dilatedCloud cirrus cloud cloudShadow snow clear water
        cloudConfidence:2 cloudShadowConfidence:2 snowIceConfidence:2 cirrusConfidence:2"""
    ),
    "decodeLs8Qa": _bits(
        """designatedFill terrainOcclusion radiometricSaturation:2 cloud
        cloudConfidence:2 cloudShadowConfidence:2 snowIceConfidence:2 cirrusConfidence:2"""
    ),
    "decodeS3OLCIQualityFlags": _bits(
        "land coastline fresh_inland_water tidal_region bright straylight_risk invalid cosmetic duplicated "
        "sun_glint_risk dubious " + " ".join(f"saturatedB{band:02}" for band in range(1, 22))
    ),
}
"""The helpers that are called by their name."""

_PAINTS = Signature(gives=Numbers(3), within=_of(0))


def _of_pairs(name: str, creators: str, keeps: Origin = Origin.NOWHERE, **more: Signature) -> Visualizer:
    """A class that gives values the colours of pairs, each a new array of three channels."""
    return Visualizer(
        constructor=Signature(gives=Instance(name), keeps=keeps),
        methods={"process": _PAINTS, **more},
        creators=frozenset(creators.split()),
        pairs=True,
    )


def _of_settings(name: str, gives: Number | Numbers, within: Within, *, lists: bool = True) -> Visualizer:
    """A class that stretches values; what it says of them holds for settings that are numbers."""
    methods = {"process": Signature(gives=gives, within=within)}
    if lists:
        methods["processList"] = Signature(gives=Each(gives), within=within)
    return Visualizer(constructor=Signature(gives=Instance(name), keeps=Origin.ARGUMENTS), methods=methods)


CLASSES: Mapping[str, Visualizer] = {
    "ColorMapVisualizer": _of_pairs(
        "ColorMapVisualizer",
        "createDefaultColorMap",
        keeps=Origin.ARGUMENTS,  # which getColorFromValue gives back
        processList=Signature(gives=Each(Numbers(3)), within=_of(0)),
        getColorFromValue=Signature(gives=Color(), returns=Origin.VISUALIZER, keeps=Origin.VISUALIZER),
    ),
    "ColorRampVisualizer": _of_pairs(
        "ColorRampVisualizer",
        "createRedTemperature createWhiteGreen createBlueRed createOceanColor",
        process=Signature(gives=Numbers(3), within=_cut),
        inverse=Signature(gives=Instance("ColorRampVisualizer")),
    ),
    "ColorGradientVisualizer": _of_pairs(
        "ColorGradientVisualizer", "createRedTemperature createWhiteGreen createBlueRed"
    ),
    "HighlightCompressVisualizer": _of_settings("HighlightCompressVisualizer", Number(), _always(0, 1)),
    "HighlightCompressVisualizerSingle": _of_settings(
        "HighlightCompressVisualizerSingle", Numbers(1), _always(0, 1), lists=False
    ),
    "DefaultVisualizer": _of_settings("DefaultVisualizer", Number(), _stretched),
    "Identity": Visualizer(
        constructor=Signature(gives=Instance("Identity")),
        # That arrays are copied is inferred, and the public copy of about 2019 does not: here it is not relied on.
        methods={"process": Signature(gives=Copy(), returns=Origin.ARGUMENTS, keeps=Origin.ARGUMENTS)},
    ),
}
"""The classes of visualizers."""

VALUES: Mapping[str, Value] = {
    "SampleType": Value(),
    "Mosaicking": Value(),
    "JAVA_DOUBLE_MAX_VAL": Value(number=1.7976931348623157e308),
    "blueRed": Value(rows=6),
    "redTemperature": Value(rows=5),
    "greenWhite": Value(rows=4),
    "oceanColor": Value(rows=21),
}
"""The globals that are no functions."""

NAMES = frozenset({*FUNCTIONS, *CLASSES, *VALUES})
"""Every global of the service."""
