"""Blocks: planes of pixels sent through one engine or several, copying while the script runs.

Each engine's memory holds two blocks: while the script runs on one, results are taken from and pixels put into the
other, which is then asked for at once, so that the worker never waits for a request. Blocks are handed out in order,
so that the failure told is always that of the first pixel that fails.
"""

from __future__ import annotations

import mmap
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.kernels.task import TURN, Refused
from oso_evalscript.runtime import kernel
from oso_evalscript.runtime.compiled import Compiler, encoded
from oso_evalscript.runtime.engine import Engine, Failed
from oso_evalscript.runtime.gather import Combinations
from oso_evalscript.runtime.kernel import Plane

BLOCK = 2**18
"""The most pixels that cross to V8 at a time."""

_MAX_BYTES = 2**26  # of a block; a long time series is cut into blocks of fewer pixels
_SMALLEST = 1024

Planes = Sequence[Sequence[NDArray[Any]]]
"""For each band of each input one flat array per slot, all of one length."""


Progress: TypeAlias = Callable[[int, int], None]
"""Called now and then with the number of pixels that are done, and with that of all."""


@dataclass
class Notes:
    """What kernels noted beside the values they stored.

    Attributes:
        marks: for each pixel bits of `kernel.MARKS`.
        surplus: an output and how many values were returned for it, where those were too many; empty without any.
        foreign: an output, a band and what was no number there, likewise.
    """

    marks: NDArray[np.uint8]
    surplus: list[Any] = field(default_factory=list)
    foreign: list[Any] = field(default_factory=list)

    def spread(self, combinations: Combinations, threads: int) -> Notes:
        """Return the notes on every pixel, where those of each combination of inputs are known."""
        (marks,) = combinations.spread([self.marks[np.newaxis]], threads)
        return replace(self, marks=marks[0])


@dataclass
class _Work:
    """Blocks still to be done, shared by the engines that do them."""

    total: int
    capacity: int
    next: int = 0
    progress: Progress | None = None
    compiler: Compiler | None = None
    engines: int = 1
    done: dict[int, int] = field(default_factory=dict)
    failures: list[tuple[int, Failed]] = field(default_factory=list)
    notes: Notes | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Yield the first pixel and the length of each block that is left; nothing after a failure."""
        while True:
            with self.lock:
                start = self.next
                if start >= self.total or self.failures:
                    return
                self.next = start + self.capacity
            yield start, min(self.capacity, self.total - start)

    def get_on(self, start: int, done: int) -> None:
        """Tell the caller how many pixels are done, now that `done` of the block at `start` are."""
        if self.progress is not None:
            with self.lock:
                self.done[start] = done
                self.progress(sum(self.done.values()), self.total)

    def note(self, start: int, marks: NDArray[Any], noted: dict[str, Any]) -> None:
        """Keep the marks of a block's pixels, and what the kernel noted of the first of each kind."""
        with self.lock:
            if self.notes is None:
                self.notes = Notes(np.zeros(self.total, np.uint8))
            self.notes.marks[start : start + len(marks)] = marks
            self.notes.surplus = self.notes.surplus or noted["surplus"]
            self.notes.foreign = self.notes.foreign or noted["strange"]

    def fail(self, start: int, failure: Failed) -> None:
        with self.lock:
            self.failures.append((start, failure))


def capacity_for(shape: kernel.Shape, total: int) -> int:
    """Return how many pixels a block holds."""
    affordable = max(_MAX_BYTES // max(shape.bytes_per_pixel, 1), _SMALLEST)
    return max(min(total, BLOCK, affordable), 1)


def count(shape: kernel.Shape, total: int) -> int:
    """Return how many blocks there are, at least one."""
    return max(-(-total // capacity_for(shape, total)), 1)


def evaluate(
    engines: Sequence[Engine],
    shape: kernel.Shape,
    planes: Planes,
    total: int,
    progress: Progress | None = None,
    compiler: Compiler | None = None,
) -> tuple[list[NDArray[Any]], Notes | None]:
    """Return what the script makes of `total` pixels: one array of shape (band, pixel) per output, and what was noted.

    Args:
        engines: the engines to run the script in.
        shape: what the kernel is written for.
        planes: the inputs.
        total: the number of pixels.
        progress: called now and then.
        compiler: compiles the kernel if that pays; None to use JavaScript throughout.

    Raises:
        Failed: the script failed at a pixel, whose number is in the answer.
    """
    work = _Work(total, capacity_for(shape, total), progress=progress, compiler=compiler, engines=len(engines))
    halves = 2 if total > work.capacity else 1
    layout = kernel.lay_out(shape, -(-work.capacity // TURN) * TURN, halves)  # compiled kernels run whole turns
    engines[0].afford(layout)
    engines[0].compiler = compiler
    outputs = [np.empty((output.bands, total), kernel.STORED[output.sample_type]) for output in shape.outputs]
    if len(engines) == 1:
        _drive(engines[0], shape, layout, planes, outputs, work)
    else:
        _together(engines, lambda engine: _drive(engine, shape, layout, planes, outputs, work))
    if work.failures:
        raise min(work.failures, key=lambda item: item[0])[1]
    return outputs, work.notes


def _together(engines: Sequence[Engine], drive: Callable[[Engine], None]) -> None:
    """Drive each engine in a thread of its own; when one fails, or this thread is interrupted, all have ended."""
    threads = ThreadPoolExecutor(len(engines))
    try:
        for job in [threads.submit(drive, engine) for engine in engines]:
            job.result()
    except BaseException:
        for engine in engines:
            engine.stop()
        threads.shutdown()
        for engine in engines:
            engine.drop()
        raise
    threads.shutdown()


def _drive(
    engine: Engine,
    shape: kernel.Shape,
    layout: kernel.Layout,
    planes: Planes,
    outputs: Sequence[NDArray[Any]],
    work: _Work,
) -> None:
    """Let one engine do blocks until none is left."""
    shared = engine.prepare(shape, layout)
    running: tuple[int, int, int] | None = None  # first pixel, number of pixels, where it lies in the planes
    try:
        for half, (start, count) in zip(cycle(range(layout.halves)), work, strict=False):
            first = half * layout.stride
            _fill(shared, layout, first, planes, start, count)
            code = _code(engine, shape, layout, work, count)
            engine.start(count, start, first, queued=running is not None, code=code)
            if running is not None and not _taken(engine, shared, layout, outputs, work, running):
                engine.wait()  # the worker skips it
                return
            running = start, count, first
        if running is not None:
            _taken(engine, shared, layout, outputs, work, running)
    except BaseException:
        engine.drop()  # it may be in the middle of a block
        work.fail(work.total, Failed({}))
        raise


def _code(engine: Engine, shape: kernel.Shape, layout: kernel.Layout, work: _Work, count: int) -> str | None:
    """The compiled kernel to use from this block on; None if it is in use, does not pay or does not exist."""
    compiler = work.compiler
    if compiler is None or engine.asked_to_compile:
        return None
    left = count + max(work.total - work.next, 0) // work.engines
    if not compiler.pays(shape, layout, engine.pace, left):
        return None
    engine.asked_to_compile = True
    code = compiler.code(shape, layout)
    return None if isinstance(code, Refused) else encoded(code)


def _taken(
    engine: Engine,
    shared: mmap.mmap,
    layout: kernel.Layout,
    outputs: Sequence[NDArray[Any]],
    work: _Work,
    block: tuple[int, int, int],
) -> bool:
    """Wait for a block and take it out of the shared memory; return whether the script got through it."""
    start, count, first = block
    try:
        noted = engine.wait(lambda done: work.get_on(start, done), count=count)
    except Failed as failure:
        work.fail(start, failure)
        return False
    _take(shared, layout, first, outputs, start, count)
    if noted is not None:
        work.note(start, _view(shared, layout.marks, layout.capacity)[0, first : first + count], noted)
    work.get_on(start, count)
    return True


def _fill(shared: mmap.mmap, layout: kernel.Layout, first: int, planes: Planes, start: int, count: int) -> None:
    for plane, slots in zip(layout.inputs, planes, strict=True):
        target = _view(shared, plane, layout.capacity)
        for row, slot in zip(target, slots, strict=True):
            row[first : first + count] = slot[start : start + count]


def _take(
    shared: mmap.mmap, layout: kernel.Layout, first: int, outputs: Sequence[NDArray[Any]], start: int, count: int
) -> None:
    for plane, output in zip(layout.outputs, outputs, strict=True):
        output[:, start : start + count] = _view(shared, plane, layout.capacity)[:, first : first + count]


def _view(shared: mmap.mmap, plane: Plane, capacity: int) -> NDArray[Any]:
    flat = np.frombuffer(shared, plane.type, plane.rows * capacity, plane.offset)
    return flat.reshape(plane.rows, capacity)
