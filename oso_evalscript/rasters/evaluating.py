"""Windows through a script: several programs at once where that changes nothing, and look-up tables where those pay."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.contract import Mosaicking, Output
from oso_evalscript.model.errors import OsoError, PixelError, ScriptCrashed
from oso_evalscript.rasters.grid import Window
from oso_evalscript.rasters.naming import MASK
from oso_evalscript.runtime.arguments import Span
from oso_evalscript.runtime.outputs import Outputs
from oso_evalscript.runtime.program import Order, Program

MAX_ENTRIES = 2**18
"""So many combinations of inputs a look-up table has at most; it then still lies in the processor's cache."""


PATIENCE = 0.3
"""For so many seconds windows wait for a program, all together, before another is loaded: it costs about as much."""


class RunOptions(NamedTuple):
    """How a script is run, as the arguments of `Program.run` say.

    Attributes:
        units: the unit of the numbers, if the user sets one.
        offset: what is added to digital numbers.
        order: which scene comes first.
        time_range: start and end of the request, for scripts to read.
    """

    units: str | None = None
    offset: float = 0
    order: Order = "mostRecent"
    time_range: Span | None = None


USUAL = RunOptions()
"""How a script is run where nothing is asked for."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a script makes of every combination of its inputs.

    Attributes:
        bands: the bands, in the order of the index, with the number of values of each.
        outputs: output id → array of shape (twice the combinations, band): with data, then without.
        void: the code that means no data wherever the sole band holds it, and nothing else does; None otherwise.
    """

    bands: tuple[tuple[str, int], ...]
    outputs: Mapping[str, NDArray[Any]]
    void: int | None = None
    _pairs: dict[str, NDArray[Any]] = field(default_factory=dict)

    def look_up(self, bands: Mapping[str, NDArray[Any]], mask: NDArray[np.bool_] | None) -> dict[str, NDArray[Any]]:
        """Return for each output the results of all pixels, shape (band, y, x); pixels lie together in memory."""
        (first, count), *others = self.bands
        index: NDArray[Any] = bands[first]
        if not others and (mask is None or self.void is not None):
            return {id: self._of_codes(id, index) for id in self.outputs}
        index = index.astype(np.uint32)
        for name, values in others:
            index += bands[name].astype(np.uint32) * np.uint32(count)
            count *= values
        if mask is not None:
            index += (~mask).astype(np.uint32) * np.uint32(count)
        return {id: _take(table, index) for id, table in self.outputs.items()}

    def tally(self, bands: Mapping[str, NDArray[Any]], mask: NDArray[np.bool_] | None) -> NDArray[np.int64] | None:
        """Return how many pixels each entry of the outputs stands for; None where there is no quick way to count."""
        (name, count), *others = self.bands
        codes = bands[name]
        if others or codes.dtype != np.uint8 or codes.size % 2 or not (mask is None or self.void is not None):
            return None
        flat = np.ascontiguousarray(codes).reshape(-1)
        pairs = np.bincount(flat.view(np.uint16), minlength=2**16).reshape(count, count)  # half as many to count
        found = np.concatenate([pairs.sum(axis=0) + pairs.sum(axis=1), np.zeros(count, np.int64)])
        if self.void is not None:
            found[count + self.void], found[self.void] = found[self.void], 0
        return found

    def _of_codes(self, id: str, codes: NDArray[Any]) -> NDArray[Any]:
        """The results of the sole band's codes; those of two neighbours at once where they fit into eight bytes."""
        count = self.bands[0][1]
        table = self.outputs[id][:count]
        if self.void is not None:
            table = table.copy()
            table[self.void] = self.outputs[id][count + self.void]
        bands = table.shape[1]
        size = bands * table.itemsize
        if codes.dtype != np.uint8 or size not in (1, 2, 4) or codes.size % 2 or not codes.flags.c_contiguous:
            return _take(table, codes)
        if id not in self._pairs:
            both = np.arange(2**16, dtype=np.uint16).view(np.uint8).reshape(-1, 2)
            self._pairs[id] = np.ascontiguousarray(table.view(f"u{size}")[:, 0][both]).view(f"u{2 * size}")[:, 0]
        found = self._pairs[id].take(codes.reshape(-1).view(np.uint16), mode="clip")
        return np.moveaxis(found.view(table.dtype).reshape(*codes.shape, bands), -1, 0)


class Evaluator:
    """Programs of one script, as many as may run at once; to be closed.

    Args:
        make: loads the script.
        count: how many processes may run it at once, where its results depend on the pixel alone.
    """

    def __init__(self, make: Callable[[], Program], count: int) -> None:
        self._make = make
        self.program = make()
        self.pure = _is_pure(self.program)
        self.count = count if self.pure else 1
        self._free: queue.LifoQueue[Program] = queue.LifoQueue()
        self._free.put(self.program)
        self._all = [self.program]
        self._started = 1
        self._patience = PATIENCE
        self._pixels = 0
        self._guard = threading.Lock()

    def expect(self, pixels: int) -> None:
        """Say how many pixels there are in all windows together."""
        self._pixels = pixels
        for program in self._all:
            program.expect(pixels // self.count)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for program in self._all:
            program.close()

    def run(self, scenes: Any, window: Window, options: RunOptions = USUAL) -> Outputs:
        """Return what the script makes of the scenes of a window.

        A script whose process was killed from outside is run once more.

        Raises:
            ScriptError: the script failed; places are those in the whole raster.
        """
        with self._taken() as program:

            def attempt() -> Outputs:
                return run_program(program, scenes, options, (window.height, window.width))

            try:
                try:
                    outputs = attempt()
                except ScriptCrashed:
                    if not self.pure:  # what it kept from pixel to pixel is gone
                        raise
                    outputs = attempt()
            except PixelError as error:
                raise moved(error, window) from None
        log = tuple(
            line
            if line.row is None
            else replace(line, row=line.row + window.row, column=(line.column or 0) + window.column)
            for line in outputs.log
        )
        return replace(outputs, log=log)

    @contextlib.contextmanager
    def _taken(self) -> Iterator[Program]:
        program = self._waited_for() or self._another() or self._free.get()
        try:
            yield program
        finally:
            self._free.put(program)

    def _waited_for(self) -> Program | None:
        """A program that is free before patience ends, None if another may be loaded instead."""
        begun = time.monotonic()
        try:
            return self._free.get(timeout=max(self._patience, 0.0))
        except queue.Empty:
            return None
        finally:
            with self._guard:
                self._patience -= time.monotonic() - begun

    def _another(self) -> Program | None:
        """One more program, None if there are as many as may be."""
        with self._guard:
            if self._started == self.count:
                return None
            self._started += 1
            self._patience = PATIENCE
        program = self._make()
        program.expect(self._pixels // self.count)
        with self._guard:
            self._all.append(program)
        return program

    def table(
        self,
        types: Mapping[str, np.dtype[Any]],
        options: RunOptions = USUAL,
        *,
        pixels: int,
        void: int | None = None,
    ) -> Table | None:
        """Return what the script makes of every combination of whole numbers; None where there are too many.

        Args:
            types: the element type of each band.
            options: how the script is run.
            pixels: how many pixels there are; a table has to be smaller by far.
            void: the code of the sole band that alone means no data, see `Table`.
        """
        setup = self.program.setup
        if not self.pure or not types or setup.mosaicking_of(0) is not Mosaicking.SIMPLE:
            return None
        if any(dtype.kind != "u" or dtype.itemsize > 2 for dtype in types.values()):
            return None
        counts = tuple((name, 2 ** (8 * dtype.itemsize)) for name, dtype in types.items())
        total = int(np.prod([count for _, count in counts]))
        if 2 * total > min(MAX_ENTRIES, pixels // 4):
            return None
        codes, scene, step = np.arange(total), {}, 1
        for name, count in counts:
            scene[name] = np.tile(codes // step % count, (2, 1)).astype(types[name])
            step *= count
        scene[MASK] = np.repeat(np.array([[1], [0]], np.uint8), total, axis=1)
        outputs = self._tabulated(scene, options)
        return None if outputs is None else Table(counts, outputs, void if len(counts) == 1 else None)

    def _tabulated(self, scene: Mapping[str, NDArray[Any]], options: RunOptions) -> dict[str, NDArray[Any]] | None:
        try:
            outputs = run_program(self.program, scene, options)
        except OsoError:  # it may fail for codes that no pixel has
            return None
        if outputs.silent or outputs.notices or outputs.log or outputs.user_data is not None or not outputs:
            return None
        flat = {id: np.ascontiguousarray(np.moveaxis(array, 0, -1)) for id, array in outputs.items()}
        return {id: array.reshape(-1, array.shape[-1]) for id, array in flat.items()}


def outputs_of(program: Program, scenes: Any, options: RunOptions = USUAL) -> tuple[Output, ...]:
    """Return the outputs with the numbers of bands that hold for some scenes, as `updateOutput` may change them."""
    declared = tuple(output for output in program.setup.outputs)
    if "updateOutput" not in program.hooks:
        return declared
    found = run_program(program, scenes, options, (1, 1))
    return tuple(
        replace(output, bands=len(found[output.id]), names=()) if output.id in found else output for output in declared
    )


def run_program(
    program: Program, scenes: Any, options: RunOptions, shape: tuple[int, int] | None = None, *, check: bool = False
) -> Outputs:
    """Return what a program makes of scenes.

    Args:
        program: the script.
        scenes: its scenes.
        options: how it is run.
        shape: rows and columns where there may be no scene.
        check: whether to record how values fit their types.
    """
    units, offset, order, span = options
    return program.run(
        scenes, units=units, offset=offset, order=order, time_range=span, workers=1, shape=shape, check=check
    )


def _take(table: NDArray[Any], index: NDArray[Any]) -> NDArray[Any]:
    """The rows of a table, as an array of shape (band, y, x) over pixels that lie together."""
    bands = table.shape[1]
    size = bands * table.itemsize
    if size in (1, 2, 4, 8):
        packed = table.view(f"u{size}")[:, 0]
        found = packed.take(index, mode="clip")
        return np.moveaxis(found.view(table.dtype).reshape(*index.shape, bands), -1, 0)
    return np.moveaxis(table.take(index, axis=0, mode="clip"), -1, 0)


def moved(error: PixelError, window: Window) -> PixelError:
    """Return the error of a pixel of a window with its place in the whole raster."""
    row, column = error.row + window.row, error.column + window.column
    text = str(error).replace(f"row {error.row}, column {error.column}", f"row {row}, column {column}", 1)
    moved = PixelError(text, row=row, column=column, inputs=error.inputs, thrown=error.thrown, silent=error.silent)
    moved.log = error.log
    return moved


def _is_pure(program: Program) -> bool:
    """Whether results are proved to depend on the pixel alone, so that the order of windows does not matter."""
    return not program.hooks and "console" not in program.source.text and program.impurity() is None
