"""A pool of processes that share the work of a command."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Generic, Self, TypeVar

_Work = TypeVar("_Work")
_Result = TypeVar("_Result")


class ProcessEnded(Exception):  # says to whoever shares work that a part of it is not done; never shown
    """A process of the pool ended before it was done."""


class Pool(Generic[_Work, _Result]):
    """Processes at work on some pieces, all of which are handed out at once.

    Args:
        function: what is done with a piece; a function of a module, as it is called in other processes.
        pieces: what there is to do.
        count: how many processes share it.
    """

    def __init__(self, function: Callable[[_Work], _Result], pieces: Sequence[_Work], count: int) -> None:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # a forked process would write what waits there once more
        context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
        self._pool = ProcessPoolExecutor(count, context, initializer=_die_of_interrupts)
        self._futures = [self._pool.submit(function, piece) for piece in pieces]

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
        for process in multiprocessing.active_children():  # an interrupt above all: nobody waits for what they do
            process.kill()
        self._pool.shutdown(wait=False, cancel_futures=True)
        _given_up.append(self._pool)


_given_up: list[object] = []


def has_given_up() -> bool:
    """Whether processes were killed at work: the pool's thread may wait for the rest of a result for ever."""
    return bool(_given_up)


def _die_of_interrupts() -> None:
    """Leave it to the first process to say that it was interrupted."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
