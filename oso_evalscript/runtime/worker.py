"""The child process: one V8 isolate at a time, driven by requests on standard input. The only user of V8.

It is started as a script of its own, `python -I -S worker.py FOLDER DESCRIPTOR PARENT`, so that nothing of the
caller is imported: FOLDER holds the package `py_mini_racer`, DESCRIPTOR is the memory shared with the parent,
PARENT its process id. Requests and answers are JSON behind a length of four bytes. The process ends when standard
input closes or the parent is gone, whatever the script is doing then.

Script and library run in the isolate's global scope. What the service does not have is taken away before; what
the kernel needs is held in a constant with an unguessable name, taken before the script could change it.
"""

from __future__ import annotations

import json
import mmap
import os
import queue
import resource
import secrets
import select
import struct
import sys
import threading
from typing import Any, BinaryIO

_PARENT_CHECK_SECONDS = 1.0
_LONGEST_MESSAGE = 20_000
_NOT_AT_THE_SERVICE = [
    "console",
    "setTimeout",
    "clearTimeout",
    "__timer_manager",
    "WebAssembly",
    "SharedArrayBuffer",
    "Atomics",
]

# `scope` is the constant the parts share. `describe` returns the raw contract as JSON; numbers that JSON lacks
# are wrapped. `wrong` words a returned value for an error message.
_PRELUDE = """"use strict"; const %s = (() => {
  const stringify = JSON.stringify, isArray = Array.isArray, finite = Number.isFinite, text = String;
  for (const name of %s) Reflect.deleteProperty(globalThis, name) || (globalThis[name] = undefined);
  const wrap = (key, value) => typeof value === "number" && !finite(value) ? { $number: text(value) } : value;
  const show = (value) => {
    if (value === undefined) return "nothing";
    if (value === null) return "null";
    if (isArray(value)) return value.length === 1 ? "an array of 1 value" : `an array of ${value.length} values`;
    if (typeof value === "object") return "an object";
    if (typeof value === "function") return "a function";
    return `the ${typeof value} ${text(value)}`;
  };
  return {
    isArray,
    describe: (setup) => stringify(setup(), wrap) ?? "null",
    wrong: (output, result, values) => stringify({ output, result: show(result), values: show(values) }),
    kernel: undefined,
  };
})();"""


def main() -> None:
    """Answer requests until standard input closes."""
    folder, descriptor, parent = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a script that brings V8 down leaves no core file behind
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever V8 prints goes where the parent looks for it
    requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests, parent), daemon=True).start()
    sys.path.append(folder)
    try:
        from py_mini_racer import MiniRacer, _mini_racer, init_mini_racer
    except ImportError as error:
        _send(answers, {"wrong_package": str(error)})
        return
    # It would define setTimeout by a class that cannot be deleted; where the name has changed, the prelude hides it.
    if hasattr(_mini_racer, "INSTALL_SET_TIMEOUT"):
        _mini_racer.INSTALL_SET_TIMEOUT = "0"
    init_mini_racer()
    engine = _Engine(MiniRacer, descriptor)
    _send(answers, {"ready": True})
    while True:
        _send(answers, engine.answer(requests.get()))


class _Engine:
    """The isolate and its view of the shared memory."""

    def __init__(self, new_isolate: Any, descriptor: int) -> None:
        self._new_isolate = new_isolate
        self._descriptor = descriptor
        self._isolate: Any = None
        self._scope = ""
        self._buffer: memoryview | None = None
        self._shared: mmap.mmap | None = None
        self._inputs = 0

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do what a request says and return the answer; a script's failure is an answer too."""
        try:
            match request.pop("do"):
                case "load":
                    return self._load(**request)
                case "prepare":
                    return self._prepare(**request)
                case "run":
                    return self._run(**request)
                case _:
                    return self._unload()
        except Exception as error:  # noqa: BLE001  # V8's errors, and a string of half the memory
            return {"error": str(error)[:_LONGEST_MESSAGE], "kind": type(error).__name__}

    def _load(self, library: str, script: str, name: str) -> dict[str, Any]:
        self._unload()
        self._isolate = self._new_isolate()
        self._scope = f"scope_{secrets.token_hex(16)}"
        self._isolate.eval(_PRELUDE % (self._scope, json.dumps(_NOT_AT_THE_SERVICE)))
        self._isolate.eval(library)
        self._isolate.eval(f"{script}\n//# sourceURL={name}")
        for function in ("setup", "evaluatePixel"):
            if self._isolate.eval(f"typeof {function}") != "function":
                return {"missing": function}
        return {"setup": self._isolate.eval(f"{self._scope}.describe(setup)")}

    def _prepare(self, kernel: str, size: int, inputs: int) -> dict[str, Any]:
        self._forget_buffers()
        self._isolate.eval(f"{self._scope}.kernel = ({kernel})(evaluatePixel, {self._scope}); 0")
        self._buffer = self._isolate.eval(f"{self._scope}.kernel.buffer")
        self._shared = mmap.mmap(self._descriptor, size)
        self._inputs = inputs
        return {}

    def _run(self, count: int) -> dict[str, Any]:
        buffer, shared = self._buffer, self._shared
        if buffer is None or shared is None:
            raise RuntimeError("run before prepare")
        view = memoryview(shared)
        try:
            buffer[: self._inputs] = view[: self._inputs]
            try:
                wrong = self._isolate.eval(f"{self._scope}.kernel.run({count})")
            except Exception as error:  # noqa: BLE001  # whatever the script threw
                at = self._isolate.eval(f"{self._scope}.kernel.at()")
                return {"error": str(error)[:_LONGEST_MESSAGE], "kind": type(error).__name__, "pixel": at}
            if wrong:
                return {"wrong": wrong, "pixel": self._isolate.eval(f"{self._scope}.kernel.at()")}
            view[self._inputs :] = buffer[self._inputs :]
            return {}
        finally:
            view.release()

    def _unload(self) -> dict[str, Any]:
        self._forget_buffers()
        if self._isolate is not None:
            self._isolate.close()
            self._isolate = None
        return {}

    def _forget_buffers(self) -> None:
        if self._buffer is not None:
            self._buffer.release()
        if self._shared is not None:
            self._shared.close()
        self._buffer = self._shared = None


def _listen(requests: queue.SimpleQueue[dict[str, Any]], parent: int) -> None:
    stream = os.fdopen(os.dup(0), "rb", buffering=0)
    try:
        while True:
            while not select.select([stream], [], [], _PARENT_CHECK_SECONDS)[0]:
                # A process forked from the parent may hold the pipe open after the parent is gone.
                if os.getppid() != parent:
                    return
            requests.put(json.loads(_exactly(stream, struct.unpack(">I", _exactly(stream, 4))[0])))
    except EOFError:
        return
    finally:
        os._exit(0)  # not sys.exit: the main thread may be inside the script and never come back


def _exactly(stream: Any, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = stream.read(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def _send(stream: BinaryIO, answer: dict[str, Any]) -> None:
    data = json.dumps(answer).encode()
    stream.write(struct.pack(">I", len(data)) + data)
    stream.flush()


if __name__ == "__main__":
    main()
