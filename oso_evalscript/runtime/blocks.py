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
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.runtime import kernel
from oso_evalscript.runtime.engine import Engine, Failed
from oso_evalscript.runtime.kernel import Plane

BLOCK = 2**18
"""The most pixels that cross to V8 at a time."""

_MOST_BYTES = 2**26  # of a block; a long time series is cut into blocks of fewer pixels
_SMALLEST = 1024

Planes = Sequence[Sequence[NDArray[Any]]]
"""For each band of each input one flat array per slot, all of one length."""


@dataclass
class _Work:
    """Blocks still to be done, shared by the engines that do them."""

    total: int
    capacity: int
    next: int = 0
    failures: list[tuple[int, Failed]] = field(default_factory=list)
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

    def fail(self, start: int, failure: Failed) -> None:
        with self.lock:
            self.failures.append((start, failure))


def capacity_for(shape: kernel.Shape, total: int) -> int:
    """Return how many pixels a block holds."""
    affordable = max(_MOST_BYTES // max(shape.bytes_per_pixel, 1), _SMALLEST)
    return max(min(total, BLOCK, affordable), 1)


def evaluate(engines: Sequence[Engine], shape: kernel.Shape, planes: Planes, total: int) -> list[NDArray[Any]]:
    """Return what the script makes of `total` pixels: one array of shape (band, pixel) per output.

    Raises:
        Failed: the script failed at a pixel, whose number is in the answer.
    """
    work = _Work(total, capacity_for(shape, total))
    layout = kernel.lay_out(shape, work.capacity)
    engines[0].afford(layout)
    outputs = [np.empty((output.bands, total), kernel.STORED[output.sample_type]) for output in shape.outputs]
    if len(engines) == 1:
        _drive(engines[0], shape, layout, planes, outputs, work)
    else:
        _together(engines, lambda engine: _drive(engine, shape, layout, planes, outputs, work))
    if work.failures:
        raise min(work.failures, key=lambda item: item[0])[1]
    return outputs


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
    halves = 2 if work.total > work.capacity else 1
    shared = engine.prepare(shape, layout, halves)
    running: tuple[int, Callable[[], None]] | None = None
    try:
        for half, (start, count) in zip(cycle(range(halves)), work, strict=False):
            offset = half * layout.size
            _fill(shared, layout, offset, planes, start, count)
            engine.start(count, start, offset, queued=running is not None)
            if running is not None:
                if not _done(engine, running[0], work):
                    engine.wait()  # the worker skips it
                    return
                running[1]()
            running = start, _taker(shared, layout, offset, outputs, start, count)
        if running is not None and _done(engine, running[0], work):
            running[1]()
    except BaseException:
        engine.drop()  # it may be in the middle of a block
        work.fail(work.total, Failed({}))
        raise


def _done(engine: Engine, start: int, work: _Work) -> bool:
    """Wait for the block that begins at `start`; return whether the script got through it."""
    try:
        engine.wait()
    except Failed as failure:
        work.fail(start, failure)
        return False
    return True


def _fill(shared: mmap.mmap, layout: kernel.Layout, offset: int, planes: Planes, start: int, count: int) -> None:
    for plane, slots in zip(layout.inputs, planes, strict=True):
        target = _view(shared, plane, offset, layout.capacity)
        for row, slot in zip(target, slots, strict=True):
            row[:count] = slot[start : start + count]


def _taker(
    shared: mmap.mmap, layout: kernel.Layout, offset: int, outputs: Sequence[NDArray[Any]], start: int, count: int
) -> Callable[[], None]:
    """What takes a finished block out of the shared memory."""

    def take() -> None:
        for plane, output in zip(layout.outputs, outputs, strict=True):
            output[:, start : start + count] = _view(shared, plane, offset, layout.capacity)[:, :count]

    return take


def _view(shared: mmap.mmap, plane: Plane, offset: int, capacity: int) -> NDArray[Any]:
    flat = np.frombuffer(shared, plane.type, plane.rows * capacity, offset + plane.offset)
    return flat.reshape(plane.rows, capacity)
