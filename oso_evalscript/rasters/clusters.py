"""Windows of a job on the workers of a dask cluster; their pieces come back to the one process that writes."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import dask
import numpy as np
from distributed import Client, KilledWorker, LocalCluster
from numpy.typing import NDArray

from oso_evalscript.model.errors import RasterError
from oso_evalscript.model.machine import processors
from oso_evalscript.model.text import Source
from oso_evalscript.rasters.evaluating import Evaluator
from oso_evalscript.rasters.grid import Window
from oso_evalscript.rasters.job import Crew, Settings
from oso_evalscript.rasters.parts import Piece
from oso_evalscript.rasters.running import OpenScenes
from oso_evalscript.rasters.windows import Evaluated, Layout, Result, WindowRunner
from oso_evalscript.runtime.outputs import Outputs
from oso_evalscript.runtime.program import Program

LOCAL = "local"
PATIENCE = 10.0  # seconds in which a scheduler has to answer
_MAX_RUNNERS = 2  # jobs that a worker keeps open


@dataclass(frozen=True, slots=True)
class Task:
    """A job as a worker sees it; each window brings it along, for data that were sent once die with their workers.

    Attributes:
        source: the script.
        collection: where the bands come from.
        timeout: seconds for each block.
        memory: bytes for the process that runs the script.
        scenes: the inputs, by the paths that the worker finds them at.
        settings: how the job is done.
        layouts: how outputs are stored.
        id: unique, by which a worker finds what it has opened.
    """

    source: Source
    collection: str | Mapping[str, str] | None
    timeout: float
    memory: int
    scenes: OpenScenes
    settings: Settings
    layouts: tuple[Layout, ...] = ()
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


def crew_of(scheduler: str, task: Task) -> Callable[[Sequence[Layout]], contextlib.AbstractContextManager[Crew]]:
    """Return what opens the workers of a scheduler as a crew for `job.write`.

    Args:
        scheduler: its address, such as `tcp://host:8786`, or `local` for processes of this machine.
        task: the job; all workers see its files at the same paths.
    """

    @contextlib.contextmanager
    def crew(layouts: Sequence[Layout]) -> Iterator[Crew]:
        whole = replace(task, layouts=tuple(layouts))
        with connected(scheduler, task.settings.threads) as client:
            threads = sum(client.nthreads().values())

            def submit(window: Window) -> _Pending:
                key = f"oso-evalscript-{whole.id}-{window.row}-{window.column}"
                return _Pending(client.submit(run_window, whole, window, key=key, pure=True))

            yield Crew(2 * max(threads, 1), submit)

    return crew


@dataclass(frozen=True, slots=True)
class _Pending:
    """A window that a worker works on; a worker that dies is replaced, and the window done again."""

    future: Any

    def result(self) -> Result:
        """Wait for what comes of the window.

        Raises:
            RasterError: several workers died of it.
        """
        try:
            found: _Sent = self.future.result()
        except KilledWorker as error:
            raise RasterError(f"several workers of the cluster died in a row ({error})") from None
        return found.result()


@dataclass(frozen=True, slots=True)
class _Sent:
    """A result on its way: the tiles of each piece one after another, in an array, which is sent without a copy."""

    pieces: tuple[tuple[Piece, list[list[int]], NDArray[np.uint8]], ...]
    said: Outputs | None
    totals: tuple[NDArray[np.float64], ...]

    @classmethod
    def of(cls, result: Result) -> _Sent:
        """Return a result as it is sent."""
        return cls(tuple(map(_bare, result.pieces)), result.said, result.totals)

    def result(self) -> Result:
        """Return the result."""
        return Result(tuple(_whole(*sent) for sent in self.pieces), self.said, self.totals)


def _bare(piece: Piece) -> tuple[Piece, list[list[int]], NDArray[np.uint8]]:
    """A piece without its tiles, their lengths, and the tiles."""
    data = np.frombuffer(b"".join(tile for row in piece.tiles for tile in row), np.uint8)
    return replace(piece, tiles=[]), [[len(tile) for tile in row] for row in piece.tiles], data


def _whole(piece: Piece, lengths: Sequence[Sequence[int]], data: NDArray[np.uint8]) -> Piece:
    ends = itertools.accumulate(length for row in lengths for length in row)
    tiles = iter([data.data[end - length : end] for end, length in zip(ends, itertools.chain(*lengths), strict=True)])
    return replace(piece, tiles=[[next(tiles) for _ in row] for row in lengths])


_QUIET = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.worker.memory.monitor-interval": "500ms",
}
"""Less frequent checks for a cluster of this machine, whose dashboard is not shown."""


@contextlib.contextmanager
def connected(scheduler: str, workers: int) -> Iterator[Client]:
    """Open a scheduler, for dask's own functions too.

    Args:
        scheduler: its address, or `local`.
        workers: how many processes `local` starts; by default one for each processor.

    Raises:
        RasterError: it is not an address, or does not answer.
    """
    if scheduler != LOCAL and ":" not in scheduler:
        raise RasterError(f"`{scheduler}` is not the address of a scheduler: expected tcp://host:8786 or {LOCAL}")
    try:
        if scheduler == LOCAL:
            with dask.config.set(_QUIET):
                cluster: Any = LocalCluster(
                    n_workers=workers or processors(),
                    threads_per_worker=1,
                    dashboard_address="127.0.0.1:0",  # any port: at its own, dask warns where another cluster has that
                    scheduler_kwargs={"dashboard": False},
                )
        else:
            cluster = contextlib.nullcontext(scheduler)
        direct = True if scheduler == LOCAL else None  # else results are copied by the scheduler, too
        with cluster as address, Client(address, timeout=PATIENCE, direct_to_workers=direct) as client:
            yield client
    except (OSError, TimeoutError) as error:
        raise RasterError(f"the scheduler {scheduler} cannot be reached ({error or type(error).__name__})") from None


_runners: dict[tuple[int, str], tuple[WindowRunner, contextlib.ExitStack]] = {}
_guard = threading.Lock()


def run_window(task: Any, window: Window) -> Any:
    """Return what comes of a window, as it is sent; runs on a worker, which opens a job once.

    Args:
        task: the job.
        window: the window.
    """
    return _Sent.of(_runner(task).run(window))


def evaluate_window(task: Any, window: Window) -> Evaluated:
    """Return what `WindowRunner.evaluate` does of a window; runs on a worker, as `run_window`.

    Args:
        task: the job.
        window: the window.
    """
    arrays, said, totals = _runner(task).evaluate(window)
    return arrays, None if said is None else replace(said, arrays={}), totals


def _runner(task: Task) -> WindowRunner:
    key = (os.getpid(), task.id)
    with _guard:
        if key not in _runners:
            while len(_runners) >= _MAX_RUNNERS:
                _runners.pop(next(iter(_runners)))[1].close()
            _runners[key] = _opened(task)
        return _runners[key][0]


def _opened(task: Task) -> tuple[WindowRunner, contextlib.ExitStack]:
    def make() -> Program:
        how = task.settings
        limits: dict[str, Any] = {"timeout": task.timeout, "memory": task.memory}
        return Program(task.source, collection=task.collection, strict=how.strict, api=how.api, **limits)

    with contextlib.ExitStack() as stack:
        evaluator = stack.enter_context(Evaluator(make, 1))
        reader = stack.enter_context(task.scenes.reader())
        settings = task.settings
        runner = WindowRunner(evaluator, reader, task.layouts, settings.run_options, settings.tile)
        return runner, stack.pop_all()
