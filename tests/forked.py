"""The command in a process of its own, without the second that Python takes to load it.

As a program this is a server: it loads everything once, and each call of `Forks` has it fork a process that becomes
`python -m oso_evalscript`, with the arguments, folder, environment and streams of the call. What the shell itself sees, the
first start included, is left to `tests/test_wheel.py` and to the tests that start Python themselves.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parents[1]


class Forks:
    """Runs the command again and again."""

    def __init__(self) -> None:
        """Start the server; it ends with this process."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._server = ours
        environment = {**os.environ, "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": _with(ROOT)}
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())], env=environment, pass_fds=[theirs.fileno()]
        )
        theirs.close()

    def run(
        self, words: Sequence[str], *, stdin: bytes, cwd: Path, env: Mapping[str, str], timeout: float
    ) -> tuple[int, bytes, bytes]:
        """Run the command; return its status and what it wrote.

        Raises:
            TimeoutExpired: it took longer; it is killed.
        """
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            ours, theirs = socket.socketpair()
            with ours:
                call = json.dumps({"words": list(words), "cwd": str(cwd), "env": dict(env)}).encode()
                given = _piped(stdin)
                streams = [theirs.fileno(), given, out.fileno(), err.fileno()]
                socket.send_fds(self._server, [str(len(call)).encode()], streams)
                theirs.close()
                os.close(given)
                ours.sendall(call)
                ours.settimeout(timeout)
                pid = int(ours.recv(20, socket.MSG_WAITALL))
                try:
                    status = int(ours.recv(20, socket.MSG_WAITALL))
                except TimeoutError:
                    os.kill(pid, signal.SIGKILL)
                    raise subprocess.TimeoutExpired(["oso-evalscript", *words], timeout) from None
            out.seek(0)
            err.seek(0)
            return status, out.read(), err.read()

    def close(self) -> None:
        """End the server."""
        self._server.close()
        self._process.wait()


def _piped(data: bytes) -> int:
    """The end of a pipe from which some bytes can be read."""
    reading, writing = os.pipe()

    def write() -> None:
        with (
            contextlib.suppress(BrokenPipeError),
            os.fdopen(writing, "wb") as stream,
        ):  # the command need not read it all
            stream.write(data)

    threading.Thread(target=write, daemon=True).start()
    return reading


def _with(folder: Path) -> str:
    """The search path of modules with a folder before the rest."""
    return os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])


def _load() -> None:
    """Load what the commands load, so that those that are forked need not."""
    import importlib
    import pkgutil

    import hypothesis

    import oso_evalscript

    for module in pkgutil.walk_packages(oso_evalscript.__path__, "oso_evalscript."):
        if not module.name.endswith((".__main__", ".child")):
            importlib.import_module(module.name)
    # Hypothesis makes its source of chance when it first draws, and would warn of one that only frozen modules refer to.
    hypothesis.find(hypothesis.strategies.none(), lambda _: True, settings=hypothesis.settings(database=None))


def _serve(server: socket.socket) -> dict[str, Any]:
    """Fork a process for each call; returns the call in that process alone."""
    while True:
        head, handles, _, _ = socket.recv_fds(server, 20, 4)
        if not head:
            os._exit(0)
        if os.fork() == 0:
            server.close()
            return _become(int(head), handles)
        for handle in handles:
            os.close(handle)
        _reap()


def _become(length: int, handles: list[int]) -> dict[str, Any]:
    """In a process that waits for another one and reports its status; returns the call in that other one."""
    with socket.socket(fileno=handles[0]) as client:
        data = b""
        while len(data) < length:
            data += client.recv(length - len(data))
        call: dict[str, Any] = json.loads(data)
        pid = os.fork()
        if pid:
            client.sendall(str(pid).encode().ljust(20))
            _, status = os.waitpid(pid, 0)
            with contextlib.suppress(BrokenPipeError):  # the caller gave up waiting
                client.sendall(str(os.waitstatus_to_exitcode(status)).encode().ljust(20))
            os._exit(0)
    for target, handle in enumerate(handles[1:]):
        os.dup2(handle, target)
        os.close(handle)
    return call


def _reap() -> None:
    """Forget the processes that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:  # there are none
        return


def _main() -> None:
    _load()
    gc.collect()
    gc.freeze()  # so that the forks need not copy what they never change
    call = _serve(socket.socket(fileno=int(sys.argv[1])))
    os.environ.clear()
    os.environ.update(call["env"])
    os.chdir(call["cwd"])
    sys.path[0] = call["cwd"]
    sys.argv = ["oso-evalscript", *call["words"]]
    try:
        runpy.run_module("oso_evalscript", run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
    _end(status)


def _end(status: int) -> NoReturn:
    """End this process as Python does, but for taking apart all the modules that are loaded."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    with warnings.catch_warnings():
        # Python itself calls these from outside of any module, and so does not show what they say of deprecations.
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="__main__")
        atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    _main()
