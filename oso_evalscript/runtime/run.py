"""A run: what a script is run on, as planes for the kernel, and what the kernels counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from oso_evalscript.kernels.task import Feed
from oso_evalscript.model.catalog import Collection
from oso_evalscript.model.contract import Output, Setup
from oso_evalscript.model.errors import ScriptError
from oso_evalscript.runtime import blocks, kernel
from oso_evalscript.runtime.engine import Engine
from oso_evalscript.runtime.gather import Combinations
from oso_evalscript.runtime.offered import Offered
from oso_evalscript.runtime.outputs import MAX_DISTINCT, Fit, distinct
from oso_evalscript.runtime.stack import Array, Stack, data_mask

if TYPE_CHECKING:
    from oso_evalscript.runtime.compiled import Compiler

_SERVICE_VERSION = "oso-evalscript"  # the service puts its own there, such as 4.263.0
_MAX_BANDS = 2**16 - 1  # TIFF 6.0 gives SamplesPerPixel 16 bits


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
        offered: the scenes of each input before the script chose among them.
        notices: what there is to say of their values.
    """

    stacks: tuple[Stack, ...]
    planes: list[list[Array]]
    size: tuple[int, int]
    origin: tuple[int, int]
    shape: kernel.Shape
    request: dict[str, Any]
    offered: tuple[Offered, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """The number of pixels."""
        return self.size[0] * self.size[1]

    @property
    def inputs_seen(self) -> int:
        """The number of inputs that the pixels stand for."""
        return int(self.planes[-1][0].sum()) if self.shape.weighted else self.total

    @property
    def samples(self) -> tuple[int, ...]:
        """How many samples a pixel has of each input."""
        return tuple(len(stack.slots) for stack in self.stacks)

    def data(self) -> Array:
        """Return for each pixel whether any sample has data there."""
        found = data_mask(self.stacks, self.size)
        if found is None:
            return np.ones(self.total, np.bool_)
        (top, left), (rows, columns) = self.origin, self.size
        return found.reshape(-1) if found.shape == self.size else found[top : top + rows, left : left + columns].ravel()

    def place(self, pixel: int) -> tuple[int | None, int | None]:
        """Return row and column of a pixel; None outside the pixels."""
        if pixel < 0 or not self.size[1]:
            return None, None
        row, column = divmod(pixel, self.size[1])
        return row + self.origin[0], column + self.origin[1]

    def checked(self, codes: Mapping[str, tuple[int, ...]], weights: Array | None, *, counted: bool) -> Run:
        """Return the same with a look at values, whose pixels may stand for several inputs each."""
        run = replace(self, shape=self.shape.looked_at(codes, counted=counted))
        if weights is None:
            return run
        counts = [weights.reshape(-1).astype(np.float64)]
        return replace(run, planes=[*self.planes, counts], shape=replace(run.shape, weighted=True))

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
        options: the attributes of the kernel's shape that the script decides.
    """
    planes: list[list[Array]] = []
    feeds = []
    for stack, bands, source in zip(stacks, bands_of, request["sources"], strict=True):
        types = tuple((name, slots[0].dtype.name if slots else "float64") for name, slots in bands.items())
        listed = options["fusion"] or source["mosaicking"] != "SIMPLE"
        feeds.append(Feed(stack.key, types, len(stack.slots), listed))
        planes += [[slot.reshape(-1) for slot in slots] for slots in bands.values()]
    shape = kernel.Shape(
        tuple(feeds),
        outputs,
        fusion=options["fusion"],
        scalars=options["scalars"],
        silence=options["silence"],
        strict=options["strict"],
        watched=options["watched"],
    )
    return Run(stacks, planes, size, (0, 0), shape, request)


def request_for(setup: Setup, origin: Collection | None, sources: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what the stage has to know of a run.

    Args:
        setup: the contract.
        origin: where the bands of the first input come from.
        sources: the scenes of each input, as `describe` gives them.
    """
    factor = None if origin is None else origin.normalization_factor
    metadata = {"serviceVersion": _SERVICE_VERSION, **({} if factor is None else {"normalizationFactor": factor})}
    return {
        "fusion": setup.fusion,
        "sources": sources,
        "outputs": [{"id": output.id, "bands": output.bands} for output in setup.outputs],
        "inputMetadata": metadata,
        "withoutScenes": origin is not None and origin.id == "dem",  # documented: null or not supplied
    }


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What a script makes of all pixels of a run.

    Attributes:
        results: one array of shape (band, pixel) per output.
        notes: what was noted beside.
        fits: for a run that is checked, how the values of each band fit.
    """

    results: list[Array]
    notes: blocks.Notes | None
    fits: tuple[Fit, ...] = ()


def evaluate_all(
    engines: Sequence[Engine], run: Run, progress: blocks.Progress | None, compiler: Compiler | None = None
) -> Evaluated:
    """Run a script on every pixel; arguments and exceptions are those of `blocks.evaluate`."""
    results, notes = blocks.evaluate(engines, run.shape, run.planes, run.total, progress, compiler)
    return Evaluated(results, notes, _fits_of(engines, run.shape, run.inputs_seen) if run.shape.checked else ())


def evaluate_once_each(
    engine: Engine, run: Run, combinations: Combinations, threads: int, progress: blocks.Progress | None
) -> Evaluated:
    """Run a script once for each combination of inputs; to be asked only where the pixel alone decides.

    What is told of a first pixel, or of so many, is that of all pixels: combinations go in the order of their first
    pixels, and each counts for as many as it has.

    Args:
        engine: the engine to run the script in.
        run: the run.
        combinations: of the planes of all slots.
        threads: how many to use to look up results.
        progress: as for `blocks.evaluate`.

    Raises:
        Failed: the script failed, at a pixel that the answer does not name.
    """
    shape, places = run.shape, None
    counts: list[list[Array]] = []
    if shape.checked:
        combinations, weights, places = combinations.in_order(threads)
        shape, counts = replace(shape, weighted=True), [[weights.astype(np.float64)]]
    found, notes = _evaluate_each(engine, shape, run, combinations, counts, progress)
    if notes is not None and places is None:  # of what is noted once, the first pixel decides
        combinations = combinations.in_order(threads)[0]
        found, notes = _evaluate_each(engine, shape, run, combinations, counts, progress)
    fits = () if places is None else _fits_of([engine], shape, run.total, places)
    spread = None if notes is None else notes.spread(combinations, threads)
    return Evaluated(combinations.spread(found, threads), spread, fits)


def _evaluate_each(
    engine: Engine,
    shape: kernel.Shape,
    run: Run,
    combinations: Combinations,
    counts: list[list[Array]],
    progress: blocks.Progress | None,
) -> tuple[list[Array], blocks.Notes | None]:
    values = iter(combinations.values())
    planes = [[next(values) for _ in plane] for plane in run.planes]
    return blocks.evaluate([engine], shape, [*planes, *counts], len(combinations.codes), progress)


def _fits_of(
    engines: Sequence[Engine], shape: kernel.Shape, pixels: int, places: Array | None = None
) -> tuple[Fit, ...]:
    """What the kernels of all engines saw of each band, put together.

    Where they number combinations, `places` are their first pixels.
    """
    seen = zip(*(engine.fits() for engine in engines), strict=True)
    bands = [(output, band) for output in shape.outputs for band in range(output.bands)]
    return tuple(_fit(output, band, parts, pixels, places) for (output, band), parts in zip(bands, seen, strict=True))


def _fit(output: Output, band: int, parts: Sequence[Sequence[Any]], pixels: int, places: Array | None) -> Fit:
    tallies = [dict(zip(kernel.COUNTED, part, strict=False)) for part in parts]

    def place(number: int) -> int:
        return int(number if places is None else places[number])

    def total(name: str) -> int:
        return sum(tally[name] for tally in tallies)

    def first(name: str) -> int | None:
        return min((place(tally[name]) for tally in tallies if tally[name] >= 0), default=None)

    cuts = [(tally["first_cut"], tally["code"]) for tally in tallies]
    behind = [part[len(kernel.COUNTED) :] for part in parts]
    pairs = [(float(part[at]), place(part[at + 1])) for part in behind for at in (0, 2, 4) if part[at + 1] >= 0]
    kept = sorted((int(part[at + 1]), float(part[at])) for part in behind for at in (6, 8, 10) if part[at + 1] >= 0)
    return Fit(
        output.id,
        band,
        output.sample_type,
        pixels,
        numbers=distinct(sorted(pairs, key=lambda pair: pair[1])),
        kept=tuple(dict.fromkeys(value for _, value in kept))[:MAX_DISTINCT],
        nan=total("nan"),
        first_nan=first("first_nan"),
        below=total("below"),
        above=total("above"),
        own=total("own"),
        cut=total("cut"),
        first_cut=first("first_cut"),
        code=min((pair for pair in cuts if pair[0] >= 0), default=(0, 0))[1],
        foreign=total("foreign"),
        first_foreign=first("first_foreign"),
    )


def check_size(name: str, outputs: Sequence[Output], size: tuple[int, int], max_values: int | None) -> None:
    """Refuse a script that promises more than a file or the caller can hold.

    Args:
        name: that of the script.
        outputs: what it promises.
        size: rows and columns.
        max_values: the most values of all outputs together; None for any number.

    Raises:
        ScriptError: it promises too many bands or values.
    """
    large = next((output for output in outputs if output.bands > _MAX_BANDS), None)
    if large is not None:
        promised = f"{large.bands:g} bands for the output `{large.id}`"
        raise ScriptError(f"{name}: the script promises {promised}; a TIFF has at most {_MAX_BANDS}")
    bands = sum(output.bands for output in outputs)
    if max_values is not None and bands * size[0] * size[1] > max_values:
        promised = f"{bands:,} bands of {size[0]:,} x {size[1]:,} pixels"
        raise ScriptError(f"{name}: the script promises {promised}, together more than {max_values:,} values")
