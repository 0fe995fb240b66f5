"""What a kernel is to do, where it finds its planes, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass

from oso_evalscript.model.contract import Output
from oso_evalscript.model.host import ColorMapOrder

TURN = 8
"""Pixels of one turn; rows of planes are padded to so many."""
TABLES = 2**16
"""Bytes that tables may take."""


@dataclass(frozen=True, slots=True)
class Feed:
    """What one input of the contract delivers for a pixel.

    Attributes:
        key: its name in data fusion.
        bands: name and element type of each band.
        slots: how many samples there are; 1 where it is no list.
        listed: whether the samples come as an array.
    """

    key: str
    bands: tuple[tuple[str, str], ...]
    slots: int = 1
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be traced.

    Attributes:
        feeds: one per input.
        outputs: the outputs, with the numbers of bands that hold for the run.
        fusion: whether samples come by source.
        scalars: whether a bare number is taken for an array of one.
        order: how colour maps take their pairs.
    """

    feeds: tuple[Feed, ...]
    outputs: tuple[Output, ...]
    fusion: bool = False
    scalars: bool = True
    order: ColorMapOrder = "sorted"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where planes lie in the memory.

    Attributes:
        capacity: the pixels of a row, a multiple of `TURN`.
        inputs: element type and offset of each input plane.
        outputs: element type and offset of each output.
        left: where it is noted for each pixel whether it is left to JavaScript.
        tables: where `TABLES` bytes are free.
        pages: pages of memory there are.
    """

    capacity: int
    inputs: tuple[tuple[str, int], ...]
    outputs: tuple[tuple[str, int], ...]
    left: int
    tables: int
    pages: int


@dataclass(frozen=True, slots=True)
class Code:
    """A module, and what it asks for.

    Attributes:
        module: its bytes.
        imports: names of functions of V8 that it needs.
        guarded: whether it may leave pixels to JavaScript.
        nodes: how many operations it consists of.
        reasons: why pixels may be left.
    """

    module: bytes
    imports: tuple[str, ...]
    guarded: bool
    nodes: int
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no compiled kernel."""

    reason: str
