"""The child process: one V8 isolate at a time, driven by requests on standard input. The only user of V8.

It is started as a script of its own, `python -I -S child.py FOLDER DESCRIPTOR PARENT`, so that nothing of the
caller is imported: FOLDER holds the package `py_mini_racer`, DESCRIPTOR is the memory shared with the parent,
PARENT its process id. Requests and answers are JSON behind a length of four bytes. The process ends when standard
input closes or the parent is gone, whatever the script is doing then.

What the process does not need is taken from it before a script is loaded (`_confine`): this is a second wall, should a
script get out of its isolate, and no sandbox.

Script and library run in the isolate's global scope. What the service does not have is removed before; what
the kernel needs is held by the stage (`stage.js`), a constant with an unguessable name that is made before the
script could change anything.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
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
import time
from pathlib import Path
from typing import Any, BinaryIO

_PARENT_CHECK_SECONDS = 1.0
_MAX_MESSAGE = 200_000  # scripts throw what is to be looked at
_MAX_NAME = 200  # bytes
_FRAMES = 12  # of a stack
_MIN_TIMED = 2**13  # pixels of a block that is worth timing
_TRIAL_BLOCKS = 3
_sending = threading.Lock()
_NOT_AT_THE_SERVICE = [
    "console",  # the stage makes its own
    "setTimeout",
    "clearTimeout",
    "__timer_manager",
    "WebAssembly",
    "SharedArrayBuffer",
    "Atomics",
]

_MAP_FIXED = 0x10  # of mmap(2), on Linux and macOS
_DESCRIPTORS = 32  # an isolate's event loop takes three, the shared memory one
_NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS of prctl(2)
_LANDLOCK_CREATE_RULESET, _LANDLOCK_RESTRICT_SELF, _LANDLOCK_VERSION = 444, 446, 1

_HOOKS = ("preProcessScenes", "filterScenes", "updateOutput", "updateOutputMetadata")  # as in `model/contract.py`


def main() -> None:
    """Answer requests until standard input closes."""
    folder, descriptor, parent = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever V8 prints goes where the parent looks for it
    requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    sys.path.append(folder)
    try:
        from py_mini_racer import DEFAULT_V8_FLAGS, JSEvalException, MiniRacer, _mini_racer, init_mini_racer
    except ImportError as error:
        _send(answers, {"wrong_package": str(error)})
        return
    # It would define setTimeout by a class that cannot be deleted; where the name has changed, the prelude hides it.
    if hasattr(_mini_racer, "INSTALL_SET_TIMEOUT"):
        _mini_racer.INSTALL_SET_TIMEOUT = "0"
    # In a single thread, V8 compiles WebAssembly with its baseline compiler only, whose code is half as fast.
    init_mini_racer(flags=(*DEFAULT_V8_FLAGS, "--no-liftoff"))
    stage = Path(__file__).with_name("stage.js").read_text(encoding="utf-8").rstrip()
    engine = _Engine(MiniRacer, JSEvalException, descriptor, stage, answers)
    witness = _witness(answers)
    _confine()  # before there is a second thread, which it would not hold for
    threading.Thread(target=_listen, args=(requests, parent, witness), daemon=True).start()
    _send(answers, {"ready": True})
    while True:
        _send(answers, engine.answer(requests.get()))


class _Engine:
    """The isolate and its view of the shared memory."""

    def __init__(
        self, new_isolate: Any, thrown: type[Exception], descriptor: int, stage: str, answers: BinaryIO
    ) -> None:
        self._new_isolate = new_isolate
        self._thrown = thrown
        self._descriptor = descriptor
        self._text_of_stage = stage
        self._answers = answers
        self._isolate: Any = None
        self._stage = ""
        self._ready = False
        self._compiled = _Trial()
        self._failed = False

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do what a request says and return the answer; a script's failure is an answer too."""
        try:
            match request.pop("do"):
                case "load":
                    return self._load(**request)
                case "measure":
                    bands = json.dumps(request["bands"])
                    return {"values": self._eval(f"{self._stage}.measure(evaluatePixel, {bands})")}
                case "begin":
                    hooks = ", ".join(f"{name}: {self._hook(name)}" for name in _HOOKS[:3])
                    return {"begun": self._eval(f"{self._stage}.begin({json.dumps(request['run'])}, {{ {hooks} }})")}
                case "prepare":
                    return self._prepare(**request)
                case "run":
                    if request.pop("queued") and self._failed:
                        return {}
                    self._failed = True
                    answer = self._run(**request)
                    self._failed = "pixel" in answer
                    return answer
                case "attach":
                    return self._attach(**request)
                case "last":
                    return {"last": self._eval(f"{self._stage}.kernel.last()")}
                case "fits":
                    return {"fits": self._eval(f"{self._stage}.kernel.fits()")}
                case "finish":
                    return {"data": self._eval(f"{self._stage}.finish({self._hook(_HOOKS[3])})")}
                case "told":
                    return {"told": self._eval(f"{self._stage}.told()")}
                case _:
                    return self._unload()
        except Exception as error:  # noqa: BLE001  # V8's errors, and a string of half the memory
            return _failure(error)

    def _load(self, library: str, script: str, name: str) -> dict[str, Any]:
        self._unload()
        self._isolate = self._new_isolate()
        self._stage = f"stage_{secrets.token_hex(16)}"
        absent = json.dumps(_NOT_AT_THE_SERVICE)
        self._eval(f"const {self._stage} = {self._text_of_stage}({absent}); 0\n//# sourceURL=stage.js")
        self._eval(library)
        # A script may end in a value that cannot be handed over. What is put behind it has one that can; it begins
        # with a word that no unfinished statement goes on with, so that it completes none.
        self._eval(f"{script}\nconst {self._stage}_end = 0; 0\n//# sourceURL={name}")
        missing = [function for function in ("setup", "evaluatePixel") if not self._is_function(function)]
        if missing:
            return {"missing": missing}
        return {
            "setup": self._eval(f"{self._stage}.describe(setup)"),
            "hooks": [name for name in _HOOKS if self._is_function(name)],
            "parameters": self._eval(f"{self._stage}.parametersOf(evaluatePixel)"),
        }

    def _prepare(self, kernel: str, shared: int, marks: int) -> dict[str, Any]:
        """Make a kernel, and let the memory that is shared with the parent be that of its planes.

        Args:
            kernel: its text.
            shared: how many bytes of its memory are shared.
            marks: where the marks begin, up to there.
        """
        self._ready = False
        self._eval(f"{self._stage}.kernel = undefined; 0")  # its memory may go
        self._eval(f"{self._stage}.kernel = ({kernel})(evaluatePixel, {self._stage}); 0\n//# sourceURL=kernel.js")
        buffer = self._eval(f"{self._stage}.kernel.buffer")
        try:
            _map_over(buffer, self._descriptor, shared)
            buffer[marks:shared] = bytes(shared - marks)
        finally:
            buffer.release()
        self._ready = True
        self._compiled = _Trial()
        return {}

    def _run(self, count: int, base: int, first: int, milliseconds: float, code: str | None = None) -> dict[str, Any]:
        """Run the script on a block; now and then say how many pixels are done.

        Args:
            count: how many pixels there are.
            base: the number of the first one.
            first: where the block lies in the planes.
            milliseconds: how long to run without reporting progress.
            code: a compiled kernel, in base 64, to use from this block on.
        """
        if not self._ready:
            raise RuntimeError("run before prepare")
        about = {} if code is None else self._attach(code)
        answer = self._go(count, base, first, milliseconds)
        if self._compiled.on and "pixel" not in answer and (verdict := self._judge(count, base, first)):
            about["kernel"] = verdict
            if "different" in verdict:
                answer = self._go(count, base, first, milliseconds)
        return {**answer, **about}

    def _go(self, count: int, base: int, first: int, milliseconds: float) -> dict[str, Any]:
        """Run the kernel on a block."""
        done: Any = first
        end = first + count
        begun = time.process_time()  # others may use the processor, too
        begin = f"{self._stage}.kernel.begin({first}); "  # with the first request, since each of them takes a while
        while 0 <= done < end:
            try:
                done = self._eval(f"{begin}{self._stage}.kernel.run({done}, {end}, {base - first}, {milliseconds})")
                begin = ""
            except Exception as error:  # noqa: BLE001  # whatever the script threw
                return {**_failure(error), "pixel": self._eval(f"{self._stage}.kernel.at()")}
            if isinstance(done, str):
                return {"wrong": done, "pixel": self._eval(f"{self._stage}.kernel.at()")}
            if 0 <= done < end:
                _send(self._answers, {"done": done - first})
        seconds = time.process_time() - begun
        self._compiled.note(seconds, count)
        noted = {"noted": self._eval(f"{self._stage}.kernel.noted()")} if done < 0 else {}
        return {"seconds": seconds, "compiled": self._compiled.on, **noted}

    def _attach(self, code: str) -> dict[str, Any]:
        """Use a compiled kernel from here on, if V8 accepts it."""
        try:
            self._eval(f"{self._stage}.kernel.attach([{','.join(map(str, base64.b64decode(code)))}]); 0")
        except self._thrown as error:  # V8 refuses it
            self._detach()
            return {"kernel": {"refused": str(error)[:_MAX_MESSAGE]}}
        self._compiled.on = True
        return {}

    def _detach(self, *, wrongly: bool = False) -> None:
        self._eval(f"{self._stage}.kernel.detach({json.dumps(wrongly)}); 0")
        self._compiled.on = False

    def _judge(self, count: int, base: int, first: int) -> dict[str, Any]:
        """What is wrong with the compiled kernel after a block; empty if nothing is."""
        trial = self._compiled
        if not trial.checked:
            trial.checked = True
            try:
                different = self._eval(f"{self._stage}.kernel.check({first}, {first + count}, {base - first})")
            except self._thrown:  # the script throws where the compiled kernel does not
                different = 1
            if different:
                self._detach(wrongly=True)
                return {"different": different}
        if trial.is_slower():
            self._detach()
            return {"slower": [trial.plain, trial.fast]}
        return {}

    def _eval(self, text: str) -> Any:
        return self._isolate.eval(text)

    def _is_function(self, name: str) -> bool:
        return bool(self._eval(f"typeof {name} === 'function'"))

    def _hook(self, name: str) -> str:
        return name if self._is_function(name) else "undefined"

    def _unload(self) -> dict[str, Any]:
        self._ready = False
        if self._isolate is not None:
            self._isolate.close()
            self._isolate = None
        return {}


def _map_over(buffer: memoryview, descriptor: int, size: int) -> None:
    """Let the first pages of a buffer be those of a file, so that nothing is copied; V8 frees them as its own."""
    map_ = ctypes.CDLL(None, use_errno=True).mmap
    map_.restype = ctypes.c_void_p
    map_.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    address = ctypes.addressof(ctypes.c_char.from_buffer(buffer))
    readable = mmap.PROT_READ | mmap.PROT_WRITE
    if map_(address, size, readable, mmap.MAP_SHARED | _MAP_FIXED, descriptor, 0) != address:
        raise OSError(ctypes.get_errno(), "the shared memory cannot be mapped")


class _Trial:
    """How a compiled kernel compares with the plain one."""

    def __init__(self) -> None:
        self.on = False
        self.checked = False
        self.plain = self.fast = float("inf")  # seconds per pixel, the least of all blocks
        self._blocks = 0

    def note(self, seconds: float, pixels: int) -> None:
        """Note how long a block took."""
        if pixels < _MIN_TIMED:
            return
        if self.on:
            self._blocks += 1
            self.fast = min(self.fast, seconds / pixels)
        else:
            self.plain = min(self.plain, seconds / pixels)

    def is_slower(self) -> bool:
        """Whether the compiled kernel took longer in each of its first blocks."""
        return self._blocks == _TRIAL_BLOCKS and self.fast > self.plain


class _Witness:
    """Tells where a script is while it runs, for one that does not come to an end.

    V8 is asked to interrupt the script, and to say which calls it is in, by its own functions (v8-isolate.h,
    v8-debug.h), which the library exports; mini-racer has none for it. `self.isolate` is the isolate that ran last.
    """

    def __init__(self, library: ctypes.CDLL, answers: BinaryIO) -> None:
        pointer, whole = ctypes.c_void_p, ctypes.c_int

        def function(name: str, result: Any, *arguments: Any) -> Any:
            found = getattr(library, name)
            found.restype, found.argtypes = result, list(arguments)
            return found

        callback = ctypes.CFUNCTYPE(None, pointer, pointer)
        self._current = function("_ZN2v87Isolate10GetCurrentEv", pointer)
        self._interrupt = function("_ZN2v87Isolate16RequestInterruptEPFvPS0_PvES2_", None, pointer, callback, pointer)
        self._stack = function(
            "_ZN2v810StackTrace17CurrentStackTraceEPNS_7IsolateEiNS0_17StackTraceOptionsE",
            pointer,
            pointer,
            whole,
            whole,
        )
        self._count = function("_ZNK2v810StackTrace13GetFrameCountEv", whole, pointer)
        self._frame = function(
            "_ZNK2v810StackTrace8GetFrameEPNS_7IsolateEj", pointer, pointer, pointer, ctypes.c_uint32
        )
        self._location = function("_ZNK2v810StackFrame11GetLocationEv", ctypes.c_uint64, pointer)
        self._function = function("_ZNK2v810StackFrame15GetFunctionNameEv", pointer, pointer)
        self._script = function("_ZNK2v810StackFrame24GetScriptNameOrSourceURLEv", pointer, pointer)
        self._text = function(
            "_ZN2v86String9Utf8ValueC1EPNS_7IsolateENS_5LocalINS_5ValueEEE", None, pointer, pointer, pointer
        )
        self._callback = callback(self._testify)
        self._answers = answers
        self._isolate: int | None = None

    def note(self) -> None:
        """Note which isolate runs; called in its own thread."""
        self._isolate = self._current()

    def ask(self) -> None:
        """Have the script interrupted, which then sends where it is."""
        if self._isolate is not None:
            self._interrupt(self._isolate, self._callback, None)

    def _testify(self, isolate: int, _: int) -> None:
        stack = self._stack(isolate, _FRAMES, 0xFF)
        frames = [self._frame(stack, isolate, index) for index in range(self._count(stack))]
        _send(self._answers, {"stack": [self._described(isolate, frame) for frame in frames]})

    def _described(self, isolate: int, frame: int) -> list[Any]:
        location = self._location(frame)  # line and column, 32 bits each, from 0 on
        names = (self._words(isolate, find(frame)) for find in (self._function, self._script))
        return [*names, (location & 0xFFFFFFFF) + 1, (location >> 32) + 1]

    def _words(self, isolate: int, value: int | None) -> str:
        if not value:
            return ""
        held = _Utf8Value()
        self._text(ctypes.byref(held), isolate, value)
        return (held.text or b"")[:_MAX_NAME].decode(errors="replace")


class _Utf8Value(ctypes.Structure):
    """v8::String::Utf8Value; it is not let go of, since the process ends soon."""

    _fields_ = (("text", ctypes.c_char_p), ("length", ctypes.c_size_t))


def _witness(answers: BinaryIO) -> _Witness | None:
    """A witness, None where this release of mini-racer keeps V8's functions to itself."""
    from py_mini_racer import _context, init_mini_racer

    try:
        found = _Witness(init_mini_racer(ignore_duplicate_init=True), answers)
        handle = _context.Context.handle_callback_from_v8
    except AttributeError:
        return None

    def noted(context: Any, *values: Any) -> None:
        found.note()
        handle(context, *values)

    _context.Context.handle_callback_from_v8 = noted  # type: ignore[method-assign, assignment]
    return found


def _confine() -> None:
    """Give up what the process does not need from here on, where the system lets a process do so."""
    for limit, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, _DESCRIPTORS)):
        highest = resource.getrlimit(limit)[1]
        most = most if highest == resource.RLIM_INFINITY else min(most, highest)
        resource.setrlimit(limit, (most, most))
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # no such file in some containers
            # Where the machine runs out of memory, the kernel is to end this process and not the caller.
            Path("/proc/self/oom_score_adj").write_bytes(b"1000")
        system = ctypes.CDLL(None, use_errno=True)
        system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        _shut_files_and_network(system)


def _shut_files_and_network(system: ctypes.CDLL) -> None:
    """Let this process open no file and no TCP connection, by Landlock; nothing happens where the kernel has none.

    The numbers are those of the kernel's manual page landlock(7) and of linux/landlock.h.
    """
    version = system.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), _LANDLOCK_VERSION)
    if version < 1:
        return
    files = 0x1FFF | (version >= 2) << 13 | (version >= 3) << 14 | (version >= 5) << 15
    network = 0x3 if version >= 4 else 0
    outside = 0x3 if version >= 6 else 0  # abstract sockets and signals
    words = 3 if version >= 6 else 2 if version >= 4 else 1
    attributes = (ctypes.c_uint64 * 3)(files, network, outside)
    ruleset = system.syscall(_LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(8 * words), 0)
    if ruleset >= 0:  # a set without rules: what it handles is forbidden
        system.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0)
        os.close(ruleset)


def _failure(error: Exception) -> dict[str, Any]:
    return {"error": str(error)[:_MAX_MESSAGE], "kind": type(error).__name__}


def _listen(requests: queue.SimpleQueue[dict[str, Any]], parent: int, witness: _Witness | None) -> None:
    stream = os.fdopen(os.dup(0), "rb", buffering=0)
    try:
        while True:
            while not select.select([stream], [], [], _PARENT_CHECK_SECONDS)[0]:
                # A process forked from the parent may hold the pipe open after the parent is gone.
                if os.getppid() != parent:
                    return
            request = json.loads(_exactly(stream, struct.unpack(">I", _exactly(stream, 4))[0]))
            if request["do"] != "where":
                requests.put(request)
            elif witness is not None:
                witness.ask()
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
    with _sending:
        stream.write(struct.pack(">I", len(data)) + data)
        stream.flush()


if __name__ == "__main__":
    main()
