"""Windows of a job on the workers of a dask cluster; their pieces come back to the one process that writes."""

from __future__ import annotations

import contextlib
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from distributed import Client, KilledWorker, LocalCluster

from oso_evalscript.model.errors import RasterError
from oso_evalscript.model.machine import processors
from oso_evalscript.model.text import Source
from oso_evalscript.rasters.evaluating import Evaluator
from oso_evalscript.rasters.grid import Window
from oso_evalscript.rasters.job import Crew, Settings
from oso_evalscript.rasters.running import OpenScenes
from oso_evalscript.rasters.windows import Layout, Result, WindowRunner
from oso_evalscript.runtime.program import Program

LOCAL = "local"
PATIENCE = 10.0  # seconds in which a scheduler has to answer
_MAX_RUNNERS = 2  # jobs that a worker keeps open


@dataclass(frozen=True, slots=True)
class Task:
    """A job as a worker sees it; each window brings it along, for data that were sent once die with their workers.

    Attributes:
        id: unique, by which a worker finds what it has opened.
        source: the script.
        collection: where the bands come from.
        timeout: seconds for each block.
        memory: bytes for the process that runs the script.
        scenes: the inputs, by the paths that the worker finds them at.
        layouts: how outputs are stored.
        settings: how the job is done.
    """

    id: str
    source: Source
    collection: str | Mapping[str, str] | None
    timeout: float
    memory: int
    scenes: OpenScenes
    layouts: tuple[Layout, ...]
    settings: Settings


def crew_of(
    scheduler: str,
    source: Source,
    collection: str | Mapping[str, str] | None,
    limits: tuple[float, int],
    scenes: OpenScenes,
    settings: Settings,
) -> Callable[[Sequence[Layout]], contextlib.AbstractContextManager[Crew]]:
    """Return what opens the workers of a scheduler as a crew for `job.write`.

    Args:
        scheduler: its address, such as `tcp://host:8786`, or `local` for processes of this machine.
        source: the script.
        collection: where the bands come from.
        limits: seconds for each block, and bytes for a process that runs the script.
        scenes: the inputs; all workers see their files at the same paths.
        settings: how the job is done.
    """

    @contextlib.contextmanager
    def crew(layouts: Sequence[Layout]) -> Iterator[Crew]:
        task = Task(uuid.uuid4().hex, source, collection, *limits, scenes, tuple(layouts), settings)
        with _client(scheduler, settings.threads) as client:
            threads = sum(client.nthreads().values())

            def submit(window: Window) -> _Pending:
                key = f"oso-evalscript-{task.id}-{window.row}-{window.column}"
                return _Pending(client.submit(run_window, task, window, key=key, pure=True))

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
            found: Result = self.future.result()
        except KilledWorker as error:
            raise RasterError(f"several workers of the cluster died in a row ({error})") from None
        return found


@contextlib.contextmanager
def _client(scheduler: str, workers: int) -> Iterator[Client]:
    try:
        if scheduler == LOCAL:
            cluster: Any = LocalCluster(n_workers=workers or processors(), threads_per_worker=1, dashboard_address=None)
        else:
            cluster = contextlib.nullcontext(scheduler)
        with cluster as address, Client(address, timeout=PATIENCE) as client:
            yield client
    except (OSError, TimeoutError) as error:
        raise RasterError(f"the scheduler {scheduler} cannot be reached ({error or type(error).__name__})") from None


_runners: dict[tuple[int, str], tuple[WindowRunner, contextlib.ExitStack]] = {}
_guard = threading.Lock()


def run_window(task: Any, window: Window) -> Result:
    """Return what comes of a window; runs on a worker, which opens a job once.

    Args:
        task: the job.
        window: the window.
    """
    key = (os.getpid(), task.id)
    with _guard:
        if key not in _runners:
            while len(_runners) >= _MAX_RUNNERS:
                _runners.pop(next(iter(_runners)))[1].close()
            _runners[key] = _opened(task)
        runner = _runners[key][0]
    return runner.run(window)


def _opened(task: Task) -> tuple[WindowRunner, contextlib.ExitStack]:
    def make() -> Program:
        return Program(task.source, collection=task.collection, timeout=task.timeout, memory=task.memory)

    with contextlib.ExitStack() as stack:
        evaluator = stack.enter_context(Evaluator(make, 1))
        reader = stack.enter_context(task.scenes.reader())
        settings = task.settings
        runner = WindowRunner(
            evaluator, reader, task.layouts, units=settings.units, order=settings.order, tile=settings.tile
        )
        return runner, stack.pop_all()
