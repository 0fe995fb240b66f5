"""Work in this process that takes as long as a script makes it take, such as parsing it, under a limit of time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

_Result = TypeVar("_Result")


class _Errand(threading.Thread, Generic[_Result]):
    """Work in a thread of its own: what it returned, or what it raised."""

    def __init__(self, work: Callable[[], _Result]) -> None:
        super().__init__(name="oso-evalscript", daemon=True)
        self._work = work
        self.result: _Result
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self._work()
        except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
            self.error = error


def within(seconds: float, work: Callable[[], _Result]) -> _Result:
    """Return what `work` returns.

    Python cannot stop a thread: one that is late goes on, and nobody waits for it. So this is for work that comes to an
    end by itself; the parser refuses texts that would take more than some seconds.

    Raises:
        TimeoutError: it takes longer.
    """
    errand = _Errand(work)
    errand.start()
    errand.join(min(seconds, threading.TIMEOUT_MAX))
    if errand.is_alive():
        raise TimeoutError
    if errand.error is not None:
        raise errand.error
    return errand.result
