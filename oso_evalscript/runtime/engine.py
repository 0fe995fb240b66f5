"""The engine: one worker with a script loaded, brought back to where it was whenever its process is lost."""

from __future__ import annotations

import contextlib
import json
import mmap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from oso_evalscript.kernels.task import Code
from oso_evalscript.model.errors import ScriptCrashed, ScriptError, ScriptMemory, ScriptTimeout
from oso_evalscript.model.text import Source
from oso_evalscript.runtime import kernel
from oso_evalscript.runtime.compiled import Compiler, Pace, encoded
from oso_evalscript.runtime.failure import SCRIPT, timeout_error
from oso_evalscript.runtime.worker import Worker, acquire, release

_SLICE_SECONDS = 0.25
"""How long a worker stays at a block, about, before it says how far it is."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a script is allowed.

    Attributes:
        timeout: seconds for loading with `setup()`, for the hooks, and for each step that it makes from pixel to pixel.
        memory: bytes of resident memory that its process may hold on its own.
    """

    timeout: float
    memory: int


_COMPLAINTS = {
    "different": "the compiled kernel and JavaScript disagreed on a sample of the pixels, "
    "so JavaScript was used for all of them; please report this script",
    "refused": "V8 rejected the compiled kernel, so JavaScript was used for all pixels; please report this script",
}
"""What users read of the worker's verdicts on compiled kernels; of one that is merely slower, nothing."""


class Failed(Exception):  # carries the worker's answer to the caller, which puts it into words
    """The script threw, or returned what it must not; never leaves the runtime.

    Attributes:
        answer: what the worker said, with `pixel` where it happened at one.
    """

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__()
        self.answer = answer


class Engine:
    """One script in one worker, and the memory that blocks of pixels cross in.

    Args:
        text: the script, as it is loaded.
        library: the JavaScript of the service's environment.
        source: the script as its author has it, for messages.
        limits: what it is allowed.
        shift: how many lines were put before the script's own.

    Attributes:
        pace: how fast it is with the plain kernel.
        compiler: compiles kernels for it; None where that is not allowed.
        asked_to_compile: whether a compiled one has been asked for.
        verdicts: what the worker reported against compiled ones.
    """

    def __init__(self, text: str, library: str, source: Source, limits: Limits, shift: int = 0) -> None:
        self._text = text
        self._library = library
        self._name = source.name
        self._source = source
        self._shift = shift
        self._limits = limits
        self._worker: Worker | None = None
        self._loaded = False
        self._prepared: tuple[kernel.Shape, kernel.Layout] | None = None
        self._owed = False  # an answer, to be fetched before anything else is asked
        self.pace = Pace()
        self.compiler: Compiler | None = None
        self.asked_to_compile = False
        self.verdicts: list[dict[str, Any]] = []

    def load(self) -> dict[str, Any]:
        """Load the script again and return the worker's answer: its contract and hooks, or an error."""
        request = {"do": "load", "library": self._library, "script": self._text, "name": SCRIPT}
        self._drop_busy()
        if self._worker is None or not self._worker.usable:
            self._worker = acquire()
        self._prepared = None
        self._loaded = False
        answer = self._ask(request, "load")
        self._loaded = True
        return answer

    def measure(self, bands: Sequence[str]) -> int:
        """Return how many values a simple script returns, -1 where it returns no array.

        Raises:
            Failed: it throws.
        """
        return int(self._checked(self._ask({"do": "measure", "bands": list(bands)}, "run once"))["values"])

    def begin(self, run: dict[str, Any]) -> dict[str, Any]:
        """Start a run: pass its scenes and call the hooks that come before the pixels.

        Raises:
            Failed: a hook threw.
        """
        self._drop_busy()
        if self._worker is None or not self._worker.usable or not self._loaded:
            self._checked(self.load())  # the last run broke a limit, or this process was forked
        answer = self._checked(self._ask({"do": "begin", "run": json.dumps(run)}, "finish its hooks"))
        begun: dict[str, Any] = json.loads(answer["begun"])
        return begun

    def afford(self, layout: kernel.Layout) -> None:
        """Refuse blocks that are larger than the script's memory.

        Raises:
            ScriptMemory: they are.
        """
        if layout.size // layout.halves > self._limits.memory:
            mebibytes = f"{self._limits.memory / 2**20:.0f} MiB"
            raise ScriptMemory(
                f"{self._name}: it has too many bands: {layout.stride} pixels need more than {mebibytes}"
            )

    def prepare(self, shape: kernel.Shape, layout: kernel.Layout) -> mmap.mmap:
        """Make ready for blocks of that layout and return the memory of their planes."""
        shared = self._there().share(layout.left)
        if self._prepared != (shape, layout):
            request = {
                "do": "prepare",
                "kernel": kernel.write(shape, layout),
                "shared": layout.left,
                "marks": layout.marks.offset,
            }
            self._checked(self._ask(request, "prepare"))
            self._prepared = shape, layout
            self.pace, self.asked_to_compile = Pace(), False
        return shared

    def start(self, count: int, base: int, first: int, *, queued: bool = False, code: str | None = None) -> None:
        """Let the script run on the block that lies at `first` in the planes; `base` is the number of its first pixel.

        A block that is `queued` behind another is skipped where that one fails; its answer is to be waited for.
        A compiled kernel given as `code` is used from this block on.
        """
        run = {"do": "run", "count": count, "base": base, "first": first, "queued": queued, "code": code}
        self._send({**run, "milliseconds": min(_SLICE_SECONDS, self._limits.timeout / 8) * 1000})

    def wait(self, progress: Callable[[int], None] | None = None, *, count: int = 0) -> dict[str, Any] | None:
        """Wait until the block is done; return what the kernel noted of it, None where it is nothing.

        Args:
            count: how many pixels the block has.
            progress: called with the number of pixels that are done, now and then.

        Raises:
            Failed: the script failed at a pixel.
        """
        answer = self._checked(self._receive("get through the next pixels", progress))
        if "seconds" in answer and not answer["compiled"]:
            self.pace.note(answer["seconds"], count)
        self._note_verdict(answer)
        noted: dict[str, Any] | None = json.loads(answer["noted"]) if "noted" in answer else None
        return noted

    def attach_ahead(self) -> None:
        """Load a compiled kernel for the runs to come, without waiting, where they have been many."""
        if self.compiler is None or self._prepared is None or self.asked_to_compile:
            return
        shape, layout = self._prepared
        code = self.compiler.ahead(shape, layout, self.pace)
        if code is None:
            return
        self.asked_to_compile = True
        if isinstance(code, Code):
            self._send({"do": "attach", "code": encoded(code)})
            self._owed = True

    def complaints(self) -> tuple[str, ...]:
        """Return in words what compiled kernels did wrong since the last call; each is a bug of ours."""
        found = [kind for kind in _COMPLAINTS if any(kind in verdict for verdict in self.verdicts)]
        self.verdicts = [verdict for verdict in self.verdicts if "slower" in verdict]
        return tuple(_COMPLAINTS[kind] for kind in found)

    def last(self) -> str:
        """Return in words what evaluatePixel returned last; for a shape that keeps it."""
        return str(self._checked(self._ask({"do": "last"}, "show a value"))["last"])

    def fits(self) -> list[list[int]]:
        """Return what the kernel counted for each band of each output; for a shape that is checked."""
        found: list[list[int]] = json.loads(self._checked(self._ask({"do": "fits"}, "count"))["fits"])
        return found

    def finish(self) -> dict[str, Any]:
        """Call the hook that comes after the pixels; return the user data."""
        return self._checked(self._ask({"do": "finish"}, "finish updateOutputMetadata"))

    def told(self) -> dict[str, Any]:
        """Return what was noticed and logged since the last call; nothing where the process is gone."""
        nothing: dict[str, Any] = {"notices": [], "lines": [], "dropped": 0}
        if self._worker is None or not self._worker.usable:
            return nothing
        try:
            answer = self._checked(self._ask({"do": "told"}, "report what was logged"))
        except Failed:  # V8 that has run out of memory answers no more
            return nothing
        told: dict[str, Any] = json.loads(answer["told"])
        return told

    def drop(self) -> None:
        """End the process, which may still be busy; the next use starts another."""
        if self._worker is not None:
            self._worker.kill()

    def stop(self) -> None:
        """End the process alone, from another thread than the one that uses it."""
        if self._worker is not None:
            self._worker.stop()

    def end(self) -> None:
        """Give the worker back."""
        self._settle()
        worker, self._worker, self._loaded, self._prepared = self._worker, None, False, None
        if worker is not None:
            release(worker)

    def _settle(self) -> None:
        """Fetch the answer that is owed; the next request finds out where the process has ended."""
        if self._owed and self._worker is not None and self._worker.usable:
            self._owed = False
            with contextlib.suppress(ScriptError):
                self._note_verdict(self._receive("load its kernel"))
        self._owed = False

    def _note_verdict(self, answer: dict[str, Any]) -> None:
        if "kernel" in answer:
            self.verdicts.append(answer["kernel"])

    def _drop_busy(self) -> None:
        """End a process whose answer nobody waited for, as after an interrupt."""
        self._settle()
        if self._worker is not None and self._worker.busy:
            self._worker.kill()

    def _there(self) -> Worker:
        if self._worker is None or not self._worker.usable:
            raise ScriptCrashed("the process that runs it has ended")
        return self._worker

    def _ask(self, request: dict[str, Any], doing: str) -> dict[str, Any]:
        self._send(request)
        return self._receive(doing)

    def _send(self, request: dict[str, Any]) -> None:
        self._settle()
        try:
            self._there().send(request, timeout=self._limits.timeout)
        except ScriptError as error:
            raise self._named(error) from None

    def _receive(self, doing: str, progress: Callable[[int], None] | None = None) -> dict[str, Any]:
        timeout, memory = self._limits.timeout, self._limits.memory
        try:
            return self._there().receive(timeout=timeout, memory=memory, doing=doing, progress=progress)
        except ScriptError as error:
            raise self._named(error) from None

    def _named(self, error: ScriptError) -> ScriptError:
        if isinstance(error, ScriptTimeout):
            return timeout_error(error, self._source, shift=self._shift)
        return type(error)(f"{self._name}: {error}")

    @staticmethod
    def _checked(answer: dict[str, Any]) -> dict[str, Any]:
        if "error" in answer or "wrong" in answer:
            raise Failed(answer)
        return answer
