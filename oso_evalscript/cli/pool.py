"""A pool of processes that share the work of a command."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

_Work = TypeVar("_Work")
_Result = TypeVar("_Result")


class ProcessEnded(Exception):  # never shown: callers catch it and report the piece that is missing
    """A process of the pool ended before it finished its work."""


class Pool(Generic[_Work, _Result]):
    """Processes that work on pieces, which are all submitted at once.

    Args:
        function: the function to call with each piece; a module-level one, so that other processes can import it.
        pieces: the arguments; where processes are forked, they have them already, and nothing is sent.
        count: the number of processes.
    """

    def __init__(self, function: Callable[[_Work], _Result], pieces: Sequence[_Work], count: int) -> None:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # or forked processes would write its buffer again
        forks = sys.platform == "linux"
        context = multiprocessing.get_context("fork" if forks else None)
        given = [partial(function, piece) for piece in pieces]
        self._pool = ProcessPoolExecutor(count, context, initializer=_begin, initargs=(given if forks else [],))
        self._futures: list[Future[_Result]] = [
            self._pool.submit(_work_on, number) if forks else self._pool.submit(work)
            for number, work in enumerate(given)
        ]

    def result(self, number: int) -> _Result:
        """Wait for the result of one piece.

        Raises:
            ProcessEnded: it will not come.
        """
        try:
            return self._futures[number].result()
        except BrokenProcessPool:
            raise ProcessEnded from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._pool.shutdown()
            return
        for process in multiprocessing.active_children():  # mostly an interrupt: their results are not needed
            process.kill()
        self._pool.shutdown(wait=False, cancel_futures=True)
        _given_up.append(self._pool)


_given_up: list[object] = []


def has_given_up() -> bool:
    """Return whether processes were killed at work; the pool's thread may then wait forever for a result."""
    return bool(_given_up)


_given: Sequence[Callable[[], Any]] = ()


def _begin(given: Sequence[Callable[[], Any]]) -> None:
    """Keep the work that a forked process is given; end silently on an interrupt, which the parent process reports."""
    global _given
    _given = given
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _work_on(number: int) -> Any:
    return _given[number]()
