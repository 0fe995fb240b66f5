"""A run: what a script is run on, as planes for the kernel, and what the kernels counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from oso_evalscript.model.contract import Output
from oso_evalscript.runtime import kernel
from oso_evalscript.runtime.engine import Engine
from oso_evalscript.runtime.outputs import Misfit
from oso_evalscript.runtime.stack import Array, Stack


@dataclass(frozen=True, slots=True)
class Run:
    """What a script is run on: its scenes as planes, one flat array for each slot of each band.

    Attributes:
        stacks: the scenes of each input.
        planes: for each band of each input one array per slot.
        size: rows and columns of the scenes.
        origin: row and column of the first pixel, where it is a part of the scenes.
        shape: what the kernel is written for.
        request: what the stage was told.
    """

    stacks: tuple[Stack, ...]
    planes: list[list[Array]]
    size: tuple[int, int]
    origin: tuple[int, int]
    shape: kernel.Shape
    request: dict[str, Any]

    @property
    def total(self) -> int:
        """The number of pixels."""
        return self.size[0] * self.size[1]

    @property
    def samples(self) -> tuple[int, ...]:
        """How many samples a pixel has of each input."""
        return tuple(len(stack.slots) for stack in self.stacks)

    def place(self, pixel: int) -> tuple[int | None, int | None]:
        """Return row and column of a pixel; None outside the pixels."""
        if pixel < 0 or not self.size[1]:
            return None, None
        row, column = divmod(pixel, self.size[1])
        return row + self.origin[0], column + self.origin[1]

    def only(self, row: int, column: int) -> Run:
        """Return the run on one pixel, whose returned value is kept."""
        at = row * self.size[1] + column
        planes = [[slot[at : at + 1] for slot in plane] for plane in self.planes]
        shape = replace(self.shape, kept=True, watched=True)
        return replace(self, planes=planes, size=(1, 1), origin=(row, column), shape=shape)

    def inputs(self, pixel: int) -> dict[str, Any]:
        """Return `samples` at a pixel; lists stand under the name of their source, or under `samples`."""
        planes = iter(self.planes)
        sources: dict[str, Any] = {}
        for feed in self.shape.feeds:
            bands = {name: next(planes) for name, _ in feed.bands}
            listed = [{name: slots[i][pixel].item() for name, slots in bands.items()} for i in range(feed.slots)]
            if not feed.listed:
                return listed[0]
            sources[feed.key if self.shape.fusion else "samples"] = listed
        return sources


def lay(
    stacks: tuple[Stack, ...],
    bands_of: list[dict[str, list[Array]]],
    outputs: tuple[Output, ...],
    size: tuple[int, int],
    request: dict[str, Any],
    options: Mapping[str, bool],
) -> Run:
    """Return the run on some scenes.

    Args:
        stacks: the scenes of each input.
        bands_of: their bands, as the script sees them.
        outputs: the outputs, with the numbers of bands that hold for this run.
        size: rows and columns.
        request: what the stage was told.
        options: further attributes of the kernel's shape.
    """
    planes: list[list[Array]] = []
    feeds = []
    for stack, bands, source in zip(stacks, bands_of, request["sources"], strict=True):
        types = tuple((name, slots[0].dtype.name if slots else "float64") for name, slots in bands.items())
        listed = options["fusion"] or source["mosaicking"] != "SIMPLE"
        feeds.append(kernel.Feed(stack.key, types, len(stack.slots), listed))
        planes += [[slot.reshape(-1) for slot in slots] for slots in bands.values()]
    return Run(stacks, planes, size, (0, 0), kernel.Shape(tuple(feeds), outputs, **options), request)


def misfits_of(engines: list[Engine], shape: kernel.Shape) -> tuple[Misfit, ...]:
    """Return what the kernels of all engines counted, put together."""
    counts = zip(*(engine.misfits() for engine in engines), strict=True)
    names = [(output.id, band) for output in shape.outputs for band in range(output.bands)]
    found = []
    for (id_, band), parts in zip(names, counts, strict=True):
        nan, clipped = sum(part[0] for part in parts), sum(part[2] for part in parts)
        vanished = any(part[4] for part in parts) and not any(part[5] for part in parts)
        foreign = sum(part[6] for part in parts)
        if nan or clipped or vanished or foreign:
            firsts = [min((part[at] for part in parts if part[at] >= 0), default=None) for at in (1, 3, 7)]
            found.append(Misfit(id_, band, nan, firsts[0], clipped, firsts[1], vanished, foreign, firsts[2]))
    return tuple(found)
