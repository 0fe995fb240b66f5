"""The parent's side of the worker: start, ask, watch, end.

A worker serves one `Program` at a time; between programs it waits in a small pool, because starting one takes a
good tenth of a second. Arrays cross through an anonymous mapping whose descriptor the child inherits. Time and
memory are watched from here, so that they hold whatever a script does; a worker that breaks a limit is killed.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import importlib.util
import json
import mmap
import os
import select
import struct
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from oso_evalscript.model.errors import (
    Call,
    EngineError,
    OsoError,
    ScriptCrashed,
    ScriptError,
    ScriptMemory,
    ScriptTimeout,
    WrongPackage,
)
from oso_evalscript.runtime.crash import limits_in_force, why_it_cannot_share, why_it_does_not_start, why_it_ended

if os.name == "nt":
    raise OsoError("running scripts needs Linux or macOS; on Windows, use WSL")

_START_SECONDS = 30.0
_WAKE_SECONDS = 5.0  # one that was stopped is given up for a new one
_WITNESS_SECONDS = 1.0  # for a script that does not come to an end to say where it is
_TICK_SECONDS = 0.02
_MAX_IDLE = 2
_MAX_ANSWER = 2**26  # bytes; the stage keeps what a script can lengthen far below it
_PAGE = os.sysconf("SC_PAGE_SIZE")

_idle: list[Worker] = []
_alive: weakref.WeakSet[Worker] = weakref.WeakSet()
_lock = threading.RLock()  # a finalizer may run in the middle of what is locked here, and give a worker back


class Worker:
    """A running child process and the memory shared with it."""

    def __init__(self) -> None:
        self._descriptor = _anonymous_file()
        self._shared: mmap.mmap | None = None
        self._size = 0
        self._pending = 1
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own script, with arguments of our own
                [
                    _interpreter(),
                    "-I",
                    "-S",
                    str(Path(__file__).with_name("child.py")),
                    _folder_of_v8(),
                    str(self._descriptor),
                    str(os.getpid()),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                pass_fds=(self._descriptor,),
                cwd="/",
                env=_environment(),
                process_group=0,  # ^C in a terminal goes to the parent alone, which decides
            )
        except BaseException:
            os.close(self._descriptor)
            raise
        self.usable = True
        self._starting = True
        _alive.add(self)
        os.set_blocking(_descriptor_of(self._process.stdin), False)

    def start(self) -> None:
        """Wait until the process is ready for its first request.

        Raises:
            EngineError: it does not start.
            WrongPackage: V8 is not what it should be.
        """
        try:
            answer = self._receive(_START_SECONDS, None, "start")
            self._starting = False
            if "wrong_package" in answer:
                raise WrongPackage(
                    "`py_mini_racer` is the outdated distribution `py-mini-racer`, which overwrites `mini-racer`; "
                    "run: pip uninstall -y py-mini-racer mini-racer && pip install mini-racer"
                )
        except ScriptError as error:
            self.kill()
            raise EngineError(why_it_does_not_start(str(error))) from None
        except BaseException:
            self.kill()
            raise

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come; when nobody waits for it, the worker is of no more use."""
        return self._pending > 0

    def send(self, request: dict[str, Any], *, timeout: float) -> None:
        """Send a request whose answer is fetched by `receive`.

        Raises:
            ScriptTimeout: the process does not read it within `timeout` seconds.
            ScriptCrashed: the process ended.
        """
        try:
            self._request(request, timeout)
        except BaseException:
            self.kill()
            raise

    def receive(
        self, *, timeout: float, memory: int, doing: str, progress: Callable[[int], None] | None = None
    ) -> dict[str, Any]:
        """Wait for the answer to the request sent before.

        Args:
            timeout: seconds to wait for the answer, or for the next word that the work gets on.
            memory: bytes of its own that the process may hold.
            doing: what it is to do, for messages.
            progress: called with the number of pixels of the block that are done, whenever the process says so.

        Raises:
            ScriptTimeout: no answer within `timeout` seconds.
            ScriptMemory: the process holds more than `memory` bytes of its own.
            ScriptCrashed: the process ended.
        """
        try:
            while "done" in (answer := self._receive(timeout, memory, doing)):
                if progress is not None:
                    progress(answer["done"])
            return answer
        except BaseException:
            self.kill()
            raise

    def rest(self) -> bool:
        """Ask the process to let go of its script, without waiting; return whether it still listens."""
        if self.busy:
            self.kill()
            return False
        try:
            self._request({"do": "unload"}, _START_SECONDS)
        except ScriptError:
            self.kill()
        except BaseException:
            self.kill()
            raise
        return self.usable

    def wake(self) -> bool:
        """Return whether a waiting process is well; its answer to `rest` alone may date from before it died.

        Raises:
            WrongPackage: V8 is not what it should be.
        """
        if self._starting:
            with contextlib.suppress(EngineError):  # whether that was an accident, the next one shows
                self.start()
            return self.usable
        try:
            self._receive(_WAKE_SECONDS, None, "wake up")
            self._request({"do": "unload"}, _WAKE_SECONDS)
            self._receive(_WAKE_SECONDS, None, "wake up")
        except ScriptError:
            self.kill()
        except BaseException:
            self.kill()
            raise
        return self.usable

    def share(self, size: int) -> mmap.mmap:
        """Return the shared memory, made large enough for `size` bytes.

        Raises:
            EngineError: a limit of the system does not allow so much.
        """
        if self._shared is None or size > self._size:
            if self._shared is not None:
                self._shared.close()
                self._shared, self._size = None, 0
            try:
                os.ftruncate(self._descriptor, size)
                self._shared = mmap.mmap(self._descriptor, size)
            except OSError as error:
                raise EngineError(why_it_cannot_share(size, error)) from None
            self._size = size
        return self._shared

    def kill(self) -> None:
        """End the process at once and let go of everything; may be called again."""
        if not self.usable:
            return
        self.usable = False
        try:
            self._process.kill()
            self._process.wait()
        finally:
            self.forget()

    def stop(self) -> None:
        """End the process alone, from another thread than the one that uses it, which then finds out."""
        self._process.kill()

    def forget(self) -> None:
        """Close this process's ends without touching the child; for a process that was forked."""
        self.usable = False
        if self._process.returncode is None:
            self._process.returncode = 0  # not a child of this process; Popen would warn that it is still running
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                try:
                    stream.close()
                except OSError:  # a request that could not be sent any more
                    continue
        if self._shared is not None:
            try:
                self._shared.close()
            except BufferError:  # an array still looks at it; it goes with that array
                self._shared = None
        os.close(self._descriptor)

    def _request(self, request: dict[str, Any], timeout: float) -> None:
        written = json.dumps(request).encode()
        left = memoryview(struct.pack(">I", len(written)) + written)
        descriptor = _descriptor_of(self._process.stdin)
        deadline = time.monotonic() + timeout
        self._pending += 1
        while left:
            try:
                left = left[os.write(descriptor, left) :]
            except BlockingIOError:
                if not _ready(descriptor, select.POLLOUT):
                    self._watch(deadline, timeout, None, "read its instructions")
            except BrokenPipeError:
                raise self._crashed() from None

    def _receive(self, timeout: float, memory: int | None, doing: str) -> dict[str, Any]:
        answer = self._answer(time.monotonic() + timeout, memory, doing, timeout)
        self._pending -= "done" not in answer  # the answer itself is still to come
        return answer

    def _answer(self, deadline: float, memory: int | None, doing: str, timeout: float) -> dict[str, Any]:
        descriptor = _descriptor_of(self._process.stdout)
        data = bytearray()
        wanted = 4
        while len(data) < wanted:
            if not _ready(descriptor, select.POLLIN):
                self._watch(deadline, timeout, memory, doing)
                continue
            piece = os.read(descriptor, min(wanted - len(data), 1 << 20))  # the next answer may lie behind it
            if not piece:
                raise self._crashed()
            data += piece
            if len(data) == wanted == 4:
                wanted = 4 + int.from_bytes(data, "big")
                if wanted > _MAX_ANSWER:
                    raise ScriptCrashed(f"the process that runs it sent an answer of {wanted} bytes")
        answer: dict[str, Any] = json.loads(data[4:])
        return answer

    def _watch(self, deadline: float, timeout: float, memory: int | None, doing: str) -> None:
        if self._process.poll() is not None:  # a process forked from this one may keep the pipe open
            raise self._crashed()
        if time.monotonic() > deadline:
            error = ScriptTimeout(f"it did not {doing} within {timeout:g} s")
            error.calls = self._where() if memory is not None else ()
            raise error
        if memory is not None and (used := own_memory(self._process.pid)) > memory:
            raise ScriptMemory(f"it needs more than {memory / 2**20:.0f} MiB of memory ({used / 2**20:.0f} MiB)")

    def _where(self) -> tuple[Call, ...]:
        """The calls that the script is in, the innermost first; none where V8 does not say."""
        deadline = time.monotonic() + _WITNESS_SECONDS
        try:
            self._request({"do": "where"}, _WITNESS_SECONDS)
            while "stack" not in (answer := self._answer(deadline, None, "be interrupted", _WITNESS_SECONDS)):
                if "done" not in answer:  # it has come to an end after all
                    return ()
        except ScriptError:
            return ()
        return tuple((str(name), str(file), int(line), int(column)) for name, file, line, column in answer["stack"])

    def _crashed(self) -> ScriptError:
        self._process.kill()
        code = self._process.wait()
        os.set_blocking(_descriptor_of(self._process.stderr), False)  # a fork may keep this one open as well
        told = (self._process.stderr.read() or b"").decode(errors="replace") if self._process.stderr else ""
        limits = limits_in_force()
        if "out of memory" in told.lower():
            return ScriptMemory(f"it needs more memory than V8 can use{f' ({limits})' if limits else ''}")
        return ScriptCrashed(f"the process that runs it ended {why_it_ended(code, told)}")


def acquire() -> Worker:
    """Return a worker that nobody else uses: a waiting one that is well, or a new one."""
    while True:
        with _lock:
            waiting = _idle.pop() if _idle else None
        if waiting is None:
            worker = Worker()
            worker.start()
            return worker
        if waiting.wake():
            return waiting


def start_one() -> None:
    """Start a worker that will be needed soon, where none is waiting; it gets ready while this process goes on.

    Raises:
        WrongPackage: V8 is not installed.
        OSError: the system starts no more processes.
    """
    with _lock:
        if not _idle:
            _idle.append(Worker())


def release(worker: Worker) -> None:
    """Give a worker back; one that is still usable lets go of its script and waits for the next one."""
    if not worker.usable or not worker.rest():
        return
    with _lock:
        if len(_idle) < _MAX_IDLE:
            _idle.append(worker)
            return
    worker.kill()


def own_memory(pid: int) -> int:
    """Return the bytes of resident memory that belong to a process alone, without what it shares."""
    try:
        _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_bytes().split()
    except OSError:  # no such file system here, or the process has just ended
        listed = subprocess.run(["/bin/ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=False)  # noqa: S603
        return int(listed.stdout or 0) * 1024
    return (int(resident) - int(shared)) * _PAGE


def _anonymous_file() -> int:
    """A descriptor of memory to share: none of the first three, which the child replaces by its own."""
    if hasattr(os, "memfd_create"):
        first = os.memfd_create("oso-evalscript", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        fcntl.fcntl(first, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)  # reading what was cut off would end the caller
    else:
        with tempfile.TemporaryFile() as file:  # has no name on any system that runs workers
            first = os.dup(file.fileno())
    try:
        return int(fcntl.fcntl(first, fcntl.F_DUPFD_CLOEXEC, 3))
    finally:
        os.close(first)


def _environment() -> dict[str, str]:
    """What the child has to know: where its libraries are; not what the caller's variables hold, such as passwords."""
    libraries = {name: value for name, value in os.environ.items() if name.startswith(("LD_LIBRARY", "DYLD_"))}
    return {**libraries, "TZ": "UTC", "LC_ALL": "C.UTF-8"}


def _descriptor_of(stream: IO[bytes] | None) -> int:
    if stream is None or stream.closed:
        raise ScriptCrashed("the process that runs it has ended")
    return stream.fileno()


def _ready(descriptor: int, event: int) -> bool:
    """Whether a descriptor can be used within a tick; select() would refuse descriptors from 1024 on."""
    poll = select.poll()
    poll.register(descriptor, event)
    return bool(poll.poll(_TICK_SECONDS * 1000))


def _interpreter() -> str:
    if not sys.executable:
        raise OsoError("running scripts needs a Python interpreter to start, and sys.executable is empty")
    return sys.executable


def _folder_of_v8() -> str:
    found = importlib.util.find_spec("py_mini_racer")  # finds it without loading V8
    if found is None or not found.submodule_search_locations:
        raise WrongPackage("V8 is not installed; run: pip install mini-racer")
    return str(Path(found.submodule_search_locations[0]).parent)


@atexit.register
def _end_all() -> None:
    for worker in list(_alive):
        worker.kill()


def _forget_all() -> None:
    global _lock
    _lock = threading.RLock()
    _idle.clear()
    for worker in list(_alive):
        worker.forget()


os.register_at_fork(after_in_child=_forget_all)
