"""A function of this package in a process of its own, so that time and memory hold whatever it is made to do.

The process serves one call after another until one breaks a limit; then it is killed, and the next call starts another.
What comes back is text. It imports what the caller could import, and is no sandbox.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import pickle
import queue
import signal
import struct
import subprocess
import sys
import threading
import traceback
from typing import IO, Any

from oso_evalscript.model.errors import OsoError

_START_SECONDS = 60.0
_CODE = (
    "import json, sys; path, *words = sys.argv[1:]; sys.path[:] = json.loads(path); "
    f"from {__name__} import serve; serve(*words)"
)


class LimitExceeded(Exception):
    """A call broke a limit; says which one, as the end of a sentence."""


class Refused(Exception):
    """The function raised an `OsoError`; the text is its text."""


class Confined:
    """A function that runs in another process.

    Args:
        function: as `module:name`; it takes one argument, which can be pickled, and returns text.
        seconds: how long a call may take.
        memory: how many bytes of addresses the process may have, on Linux.
    """

    def __init__(self, function: str, *, seconds: float, memory: int) -> None:
        self._words = [function, str(seconds), str(memory)]
        self._seconds = seconds
        self._memory = memory
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        atexit.register(self.end)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def call(self, argument: object) -> str:
        """Return what the function returns.

        Raises:
            Refused: it raised an `OsoError`.
            LimitExceeded: it took too much time or memory.
            OsoError: the process cannot be started.
        """
        with self._lock:
            try:
                if self._process is None:
                    self._start()
                self._send(pickle.dumps(argument))
                answer = self._receive(self._seconds)
            except BaseException:
                self.end()
                raise
        if "refused" in answer:
            raise Refused(answer["refused"])
        if "fault" in answer:
            raise RuntimeError(answer["fault"])
        return str(answer["result"])

    def end(self) -> None:
        """End the process; the next call starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        _close(process)

    def _start(self) -> None:
        if not sys.executable:
            raise OsoError("templates of your own need a Python interpreter to start, and sys.executable is empty")
        path = [os.path.abspath(entry) for entry in sys.path]  # noqa: PTH100  # Path keeps "" as it is
        group: dict[str, Any] = {} if os.name == "nt" else {"process_group": 0}  # ^C is for the first process
        self._process = subprocess.Popen(  # noqa: S603  # our own code
            [sys.executable, "-I", "-c", _CODE, json.dumps(path), *self._words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            **group,
        )
        self._answers = queue.SimpleQueue()
        threading.Thread(target=_read, args=(self._process.stdout, self._answers), daemon=True).start()
        self._receive(_START_SECONDS)

    def _send(self, data: bytes) -> None:
        stream = self._process.stdin if self._process is not None else None
        left = memoryview(struct.pack(">I", len(data)) + data)
        try:
            while left and stream is not None:
                left = left[stream.write(left) or 0 :]
        except OSError:
            raise LimitExceeded("its process has ended") from None

    def _receive(self, seconds: float) -> dict[str, Any]:
        try:
            data = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise LimitExceeded(f"it takes longer than {seconds:g} s") from None
        if data is None:
            raise LimitExceeded(f"its process ended; it may need more than {self._memory >> 20} MiB of memory")
        answer: dict[str, Any] = json.loads(data)
        if answer.get("exceeded"):
            raise LimitExceeded(f"it needs more than {self._memory >> 20} MiB of memory")
        return answer

    def _forget(self) -> None:
        """In a process that was forked: the other process belongs to the first one."""
        self._lock = threading.Lock()
        process, self._process = self._process, None
        if process is not None:
            process.returncode = 0  # not a child of this process; Popen would warn that it is still running
            _close(process)


def _close(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


def _read(stream: IO[bytes], answers: queue.SimpleQueue[bytes | None]) -> None:
    """Hand on the answers, one a line, and None when there are no more."""
    line = b""
    with contextlib.suppress(OSError, ValueError):  # closed, where the process was ended
        while data := stream.read(2**16):
            *ended, line = (line + data).split(b"\n")
            for item in ended:
                answers.put(item)
    answers.put(None)


def serve(function: str, seconds: str, memory: str) -> None:
    """Answer calls until standard input closes; in the other process."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what is printed is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    module, _, name = function.partition(":")
    work = getattr(importlib.import_module(module), name)
    _limit("RLIMIT_AS", int(memory))
    _answer(answers, {"ready": True})
    requests = sys.stdin.buffer
    while head := requests.read(4):
        argument = pickle.loads(requests.read(struct.unpack(">I", head)[0]))  # noqa: S301  # from the parent process
        _limit("RLIMIT_CPU", int(sum(os.times()[:2]) + float(seconds)) + 2)  # should nobody be left to kill us
        try:
            answer = {"result": work(argument)}
        except OsoError as error:
            answer = {"refused": str(error)}
        except MemoryError:
            answer = {"exceeded": True}
        except Exception as error:  # noqa: BLE001  # told by the caller, as a fault of ours
            if os.environ.get("OSO_EVALSCRIPT_DEBUG"):
                traceback.print_exc()
            answer = {"fault": f"{type(error).__name__}: {error}"}
        _answer(answers, answer)


def _answer(stream: IO[bytes], answer: dict[str, Any]) -> None:
    stream.write(json.dumps(answer).encode() + b"\n")
    stream.flush()


def _limit(name: str, most: int) -> None:
    """Set a limit of the system, where it knows it, within what this process may set."""
    with contextlib.suppress(ImportError, AttributeError, ValueError, OSError):
        import resource

        number = getattr(resource, name)
        highest = resource.getrlimit(number)[1]
        resource.setrlimit(number, (most if highest == resource.RLIM_INFINITY else min(most, highest), highest))
