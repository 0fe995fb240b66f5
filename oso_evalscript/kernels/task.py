"""What a kernel computes, where its planes lie in memory, and the result of compiling it.

The runtime loads this module, alone of its folder, with every run: tuples with names are cheaper to define than data
classes.
"""

from __future__ import annotations

from typing import NamedTuple

from oso_evalscript.model.contract import Output
from oso_evalscript.model.host import ColorMapOrder

TURN = 8
"""Pixels of one turn; rows of planes are padded to so many."""
TABLES = 2**16
"""Bytes that tables may take."""
CHUNK = 2**12
"""Pixels that a kernel is asked for at a time, at most; it begins at a multiple of so many."""


class Feed(NamedTuple):
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


class Task(NamedTuple):
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


class Placement(NamedTuple):
    """Where planes lie in the memory.

    Attributes:
        capacity: the pixels of a row, a multiple of `TURN`.
        inputs: element type and offset of each input plane.
        outputs: element type and offset of each output.
        left: where it is noted for each pixel whether it is left to JavaScript.
        returned: where the numbers themselves go beside what is stored of them, `CHUNK` doubles for each band of each
            output; None where nobody looks at them.
        tables: where `TABLES` bytes are free.
        pages: pages of memory there are.
    """

    capacity: int
    inputs: tuple[tuple[str, int], ...]
    outputs: tuple[tuple[str, int], ...]
    left: int
    returned: int | None
    tables: int
    pages: int


class Code(NamedTuple):
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


class Refused(NamedTuple):
    """Why there is no compiled kernel."""

    reason: str
