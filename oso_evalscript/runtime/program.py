"""`Program`: an evalscript ready to run on arrays, in a process of its own."""

from __future__ import annotations

import json
import mmap
import re
import threading
import weakref
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.contract import ContractError, Mosaicking, Setup, read_setup
from oso_evalscript.model.errors import ArrayError, PixelError, ScriptError, ScriptMemory
from oso_evalscript.model.host import library
from oso_evalscript.model.text import Source
from oso_evalscript.runtime import kernel, process
from oso_evalscript.runtime.scene import Outputs, Scene

BLOCK = 2**18
"""The most pixels that cross to V8 at a time."""

_SAME_TYPE = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")
_SCRIPT = "evalscript.js"  # what V8 calls the script; its messages are rewritten to the source's own name


class Program:
    """An evalscript loaded into V8, to be closed after use; best as a context manager.

    Args:
        source: the script.
        timeout: seconds allowed for loading with `setup()`, and for each block of at most 2^18 pixels.
        memory: bytes of resident memory that the process running the script may hold on its own.

    Raises:
        ScriptError: it does not load, or `setup()` breaks the contract's rules.
    """

    def __init__(self, source: Source | str, *, timeout: float = 10.0, memory: int = 512 * 2**20) -> None:
        self.source = Source(source) if isinstance(source, str) else source
        self.timeout = timeout
        self.memory = memory
        self._lock = threading.Lock()
        self._lease = _Lease()
        self._closed = False
        weakref.finalize(self, self._lease.end)
        try:
            self.setup: Setup = self._load()
        except BaseException:
            self._lease.end()
            raise

    def run(self, scene: Scene) -> Outputs:
        """Return what the script makes of each pixel of a scene.

        Args:
            scene: band name → array of shape (y, x), all of one shape; values as the script would see them.
                A `dataMask` that is not given is 1 everywhere; bands the script does not ask for are ignored.

        Returns:
            output id → array of shape (band, y, x).

        Raises:
            ArrayError: a band is missing, or the arrays do not fit together.
            PixelError: the script failed at a pixel.
            ScriptTimeout, ScriptMemory, ScriptCrashed: it broke a limit.
        """
        bands = _bands(self.setup, scene)
        shape = next(iter(bands.values())).shape if bands else (1, 1)
        outputs = {
            output.id: np.empty((output.bands, *shape), kernel.STORED[output.sample_type])
            for output in self.setup.outputs
        }
        with self._lock:
            if self._closed:
                raise ScriptError(f"{self.source.name}: the program is closed")
            self._run_blocks(bands, shape, outputs)
        return outputs

    def close(self) -> None:
        """Let go of the process; closing twice is harmless."""
        with self._lock:
            self._closed = True
            self._lease.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _load(self) -> Setup:
        name = self.source.name
        answer = self._ask({"do": "load", "library": library(), "script": self.source.text, "name": _SCRIPT}, "load")
        if "missing" in answer:
            raise ScriptError(f"{name}: the script has no function `{answer['missing']}`")
        if "error" in answer:
            raise _failure(answer, self.source)
        raw = json.loads(answer["setup"], object_hook=_unwrap)
        try:
            setup = read_setup(raw)
        except ContractError as error:
            raise ScriptError(f"{name}: what setup() returns is wrong: {error}") from None
        if setup.mosaicking is not Mosaicking.SIMPLE or len(setup.inputs) > 1:
            what = f"mosaicking {setup.mosaicking}" if len(setup.inputs) == 1 else "several inputs"
            raise ScriptError(f"{name}: {what} cannot be run yet; this version runs SIMPLE with one input")
        return setup

    def _run_blocks(self, bands: dict[str, NDArray[Any]], shape: tuple[int, ...], outputs: Outputs) -> None:
        total = int(np.prod(shape))
        flat = {name: band.reshape(-1) for name, band in bands.items()}
        if total == 0:
            return
        types = {name: band.dtype.name for name, band in flat.items()}
        layout = kernel.lay_out(self.setup, types, min(total, BLOCK))
        shared = self._prepare(layout)
        planes = [plane for output in outputs.values() for plane in output.reshape(len(output), -1)]
        for start in range(0, total, BLOCK):
            count = min(BLOCK, total - start)
            for plane in layout.inputs:
                _view(shared, plane, count)[:] = flat[plane.name][start : start + count]
            answer = self._ask({"do": "run", "count": count}, "finish a block of pixels")
            if answer:
                raise self._pixel_error(answer, flat, start + answer.get("pixel", 0), shape)
            for array, plane in zip(planes, layout.outputs, strict=True):
                array[start : start + count] = _view(shared, plane, count)

    def _prepare(self, layout: kernel.Layout) -> mmap.mmap:
        """Make the worker ready for blocks of that layout and return the memory they cross in."""
        worker = self._lease.worker
        if worker is None or not worker.usable:  # the last run broke a limit, or this process was forked
            self._load()
            worker = self._lease.take()
        shared = worker.share(layout.size)
        if self._lease.layout != layout:
            text = kernel.write(self.setup, layout)
            request = {"do": "prepare", "kernel": text, "size": layout.size, "inputs": layout.outputs_at}
            answer = self._ask(request, "prepare")
            if answer:
                raise _failure(answer, self.source)
            self._lease.layout = layout
        return shared

    def _ask(self, request: dict[str, Any], doing: str) -> dict[str, Any]:
        try:
            worker = self._lease.take()
            return worker.ask(request, timeout=self.timeout, memory=self.memory, doing=doing)
        except ScriptError as error:
            raise type(error)(f"{self.source.name}: {error}") from None

    def _pixel_error(
        self, answer: dict[str, Any], bands: dict[str, NDArray[Any]], at: int, shape: tuple[int, ...]
    ) -> ScriptError:
        row, column = divmod(at, shape[1])
        inputs = {name: band[at].item() for name, band in bands.items()}
        if "error" in answer:
            failure = _failure(answer, self.source)
            if isinstance(failure, ScriptMemory):
                return failure
            message = str(failure)
        else:
            what = _wrong_return(json.loads(answer["wrong"]), self.setup)
            message = f"{self.source.name}{_line_of_evaluate_pixel(self.source)}: {what}"
        shown = ", ".join(f"{name} = {value:g}" for name, value in inputs.items()) or "no bands"
        first, *rest = message.split("\n")
        first += f", at the pixel in row {row}, column {column}, where {shown}"
        return PixelError("\n".join([first, *rest]), row=row, column=column, inputs=inputs)


def evaluate(source: Source | str, scene: Scene) -> Outputs:
    """Return what a script makes of a scene; see `Program.run`."""
    with Program(source) as program:
        return program.run(scene)


class _Lease:
    """A program's hold on a worker; apart from the program, so that it can end when the program is forgotten."""

    def __init__(self) -> None:
        self.worker: process.Worker | None = None
        self.layout: kernel.Layout | None = None

    def take(self) -> process.Worker:
        if self.worker is None or not self.worker.usable:
            self.worker = process.acquire()
            self.layout = None
        return self.worker

    def end(self) -> None:
        worker, self.worker, self.layout = self.worker, None, None
        if worker is not None:
            process.release(worker)


def _bands(setup: Setup, scene: Scene) -> dict[str, NDArray[Any]]:
    """The arrays of the bands a script asks for, in element types that V8 has, all of one shape."""
    given = {name: np.asarray(band) for name, band in scene.items()}
    missing = [name for name in setup.bands if name not in given and name != "dataMask"]
    if missing:
        there = ", ".join(given) or "none"
        raise ArrayError(f"the script asks for the band {missing[0]}, which the scene lacks; its bands are: {there}")
    bands = {name: _element_type(name, given[name]) for name in setup.bands if name in given}
    for name, band in bands.items():
        if band.ndim != 2:
            raise ArrayError(f"the band {name} has the shape {band.shape}: expected two axes, (y, x)")
    shapes = {band.shape for band in bands.values()} or {band.shape for band in given.values()}
    if len(shapes) > 1:
        sizes = ", ".join(f"{name} {band.shape}" for name, band in bands.items())
        raise ArrayError(f"the bands of a scene have one shape, these have several: {sizes}")
    if "dataMask" in setup.bands and "dataMask" not in bands:
        if not shapes:
            raise ArrayError("the scene is empty: it needs at least one array, of shape (y, x), to tell its size")
        bands["dataMask"] = np.ones(next(iter(shapes)), np.uint8)
    return {name: bands[name] for name in setup.bands}


def _element_type(name: str, band: NDArray[Any]) -> NDArray[Any]:
    kind = band.dtype.newbyteorder("=")
    if kind.name in _SAME_TYPE:
        return band.astype(kind, copy=False)
    if kind == np.bool_:
        return band.astype(np.uint8)
    if kind == np.float16:
        return band.astype(np.float32)
    if kind.kind in "iu":
        if band.size and max(abs(int(band.max())), abs(int(band.min()))) > 2**53:
            raise ArrayError(f"the band {name} ({kind}) holds whole numbers beyond 2^53, which JavaScript cannot hold")
        return band.astype(np.float64)
    raise ArrayError(f"the band {name} has the element type {kind}: expected whole or floating-point numbers")


def _view(shared: mmap.mmap, plane: kernel.Plane, count: int) -> NDArray[Any]:
    return np.frombuffer(shared, plane.type, count, plane.offset)


def _unwrap(item: dict[str, Any]) -> Any:
    return float(item["$number"]) if list(item) == ["$number"] else item


def _wrong_return(wrong: dict[str, Any], setup: Setup) -> str:
    output = setup.outputs[wrong["output"]]
    promised = f"setup() promises {output.bands} value{'s' * (output.bands != 1)}"
    if len(setup.outputs) == 1:
        return f"evaluatePixel returned {wrong['result']} where {promised}"
    if wrong["result"] != "an object":
        ids = ", ".join(item.id for item in setup.outputs)
        return f"evaluatePixel returned {wrong['result']} where setup() promises an object with the outputs {ids}"
    return f"evaluatePixel returned {wrong['values']} for the output `{output.id}` where {promised}"


def _line_of_evaluate_pixel(source: Source) -> str:
    """Where the function is defined, as `:LINE`; nothing where it is made in some other way."""
    match = re.search(r"function\s+evaluatePixel\b|\bevaluatePixel\s*=(?!=)", source.text)
    return f":{source.position(match.start()).line}" if match else ""


def _failure(answer: dict[str, Any], source: Source) -> ScriptError:
    """The error for V8's message: `NAME:LINE: MESSAGE`, the line, a caret, and the stack."""
    text = answer["error"].replace("<anonymous>", _SCRIPT)
    head = re.match(rf"(?:{re.escape(_SCRIPT)}|undefined):(\d+): ", text)
    if answer["kind"] == "JSOOMException":
        return ScriptMemory(f"{source.name}: it needs more memory than V8 can have")
    if head is None:
        return ScriptError(f"{source.name}: {text.strip() or 'it failed without a message'}")
    lines = text[head.end() :].split("\n")
    caret = next((i for i, line in enumerate(lines) if re.fullmatch(r"\s*\^+", line)), None)
    message = lines[0] if caret is None else " ".join(lines[: max(caret - 1, 1)])
    frame = _frame(lines, caret)
    return ScriptError("\n".join([f"{source.name}:{head[1]}: {message}", *frame]))


def _frame(lines: Sequence[str], caret: int | None) -> list[str]:
    """The script's line and the caret below it, indented; none where V8 gave none."""
    return [] if not caret else [f"    {lines[caret - 1]}", f"    {lines[caret]}"]
