"""One window of a job: read, run, encoded; in any thread, or in another process."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.contract import Output
from oso_evalscript.rasters.evaluating import Evaluator, RunOptions
from oso_evalscript.rasters.grid import Window
from oso_evalscript.rasters.naming import MASK
from oso_evalscript.rasters.parts import Overviews, Piece, prepare
from oso_evalscript.rasters.reading import Reader
from oso_evalscript.rasters.statistics import totals_of, totals_of_entries
from oso_evalscript.rasters.tiff import Encoding
from oso_evalscript.runtime.outputs import Outputs

_TILES = 4  # side by side in a window: enough for the fixed costs of one to vanish
_INPUT_BYTES = 2**26  # what the inputs of one window may take


@dataclass(frozen=True, slots=True)
class Layout:
    """How an output is stored.

    Attributes:
        output: the output.
        encoding: how its tiles are stored.
        overviews: how a pixel of an overview is made of four.
        nodata: the value that does not count in averages.
    """

    output: Output
    encoding: Encoding
    overviews: Overviews
    nodata: float | None


@dataclass(frozen=True, slots=True)
class Result:
    """What comes of a window.

    Attributes:
        pieces: a piece of each raster.
        said: what the script said, without arrays; None of a table.
        totals: of each raster what `totals_of` counts.
    """

    pieces: tuple[Piece, ...]
    said: Outputs | None
    totals: tuple[NDArray[np.float64], ...]


Evaluated: TypeAlias = tuple[list[NDArray[Any]], Outputs | None, tuple[NDArray[np.float64], ...]]
"""The outputs of a window, what the script said (None of a table), and the totals of each output."""


class WindowRunner:
    """Runs a script on windows; safe to use from several threads.

    Args:
        evaluator: the script.
        reader: the open inputs.
        layouts: how each output is stored.
        options: how the script is run.
        tile: rows and columns of a tile.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        reader: Reader,
        layouts: Sequence[Layout],
        options: RunOptions,
        tile: int,
    ) -> None:
        self._evaluator = evaluator
        self._reader = reader
        self._layouts = layouts
        self._options = options
        self._tile = tile
        types = reader.plain_codes()
        pixels = reader.grid.height * reader.grid.width
        evaluator.expect(pixels)
        as_read = options._replace(units=options.units or reader.units)
        self._table = None if types is None else evaluator.table(types, as_read, pixels=pixels, void=reader.void_code())

    def windows(self) -> Iterator[Window]:
        """Yield the windows of the grid: whole tiles, so few that the inputs stay small whatever their number."""
        tiles = _INPUT_BYTES // (max(self._reader.planes, 1) * 8 * self._tile * self._tile)
        yield from self._reader.grid.windows(self._tile, self._tile * min(max(tiles, 1), _TILES))

    def run(self, window: Window) -> Result:
        """Return what comes of a window.

        Raises:
            ScriptError: the script failed.
            RasterError: a file cannot be read.
        """
        arrays, said, totals = self.evaluate(window)
        at = window.row // self._tile, window.column // self._tile
        pieces = tuple(
            prepare(array, at, layout.encoding, layout.overviews, layout.nodata)
            for array, layout in zip(arrays, self._layouts, strict=True)
        )
        return Result(pieces, None if said is None else replace(said, arrays={}), totals)

    def evaluate(self, window: Window) -> Evaluated:
        """Return the outputs of a window, each of shape (band, y, x), what the script said, and their totals.

        Raises:
            ScriptError: the script failed.
            RasterError: a file cannot be read.
        """
        if self._table is not None:
            bands, mask = self._reader.read_bands(window)
            found: Mapping[str, NDArray[Any]] = self._table.look_up(bands, mask)
            arrays = [found[layout.output.id] for layout in self._layouts]
            tally = self._table.tally(bands, mask)
            if tally is None:
                return arrays, None, self._totals(arrays, mask)
            entries = self._table.outputs
            totals = (totals_of_entries(entries[item.output.id], tally, item.nodata) for item in self._layouts)
            return arrays, None, tuple(totals)
        scenes = self._reader.read_scenes(window)
        said = self._evaluator.run(scenes, window, self._options)
        arrays = [_array_of(said, layout, window) for layout in self._layouts]
        return arrays, said, self._totals(arrays, _anywhere(scenes))

    def _totals(
        self, arrays: Sequence[NDArray[Any]], there: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.float64], ...]:
        pairs = zip(arrays, self._layouts, strict=True)
        return tuple(totals_of(array, layout.nodata, there) for array, layout in pairs)


def _anywhere(scenes: Any) -> NDArray[np.bool_] | None:
    """Where any scene has data, None for everywhere."""
    listed = itertools.chain(*scenes.values()) if isinstance(scenes, dict) else scenes
    masks = [scene.bands.get(MASK) for scene in listed]
    if not masks or any(mask is None for mask in masks):
        return None
    found: NDArray[np.bool_] = np.logical_or.reduce(masks)
    return found


def _array_of(said: Outputs, layout: Layout, window: Window) -> NDArray[Any]:
    """An output of a window, 0 where the script returned nothing at any pixel."""
    if layout.output.id in said:
        return said[layout.output.id]
    return np.zeros((layout.output.bands, window.height, window.width), layout.encoding.dtype)
