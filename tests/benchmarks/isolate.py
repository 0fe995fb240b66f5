"""The other sides of a comparison: a kernel written by hand, and an isolate in this very process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from py_mini_racer import MiniRacer

from oso_evalscript import Program
from oso_evalscript.model.host import library
from oso_evalscript.runtime import blocks, kernel
from oso_evalscript.runtime.compiled import Compiler
from oso_evalscript.runtime.scene import Sources
from tests.conftest import ROOT

Write = Callable[[kernel.Shape, kernel.Layout], str]


def by_hand(setting_up: str, loop: str) -> Write:
    """What writes a kernel around a loop over `i` written by hand.

    The loop finds the planes as `input0`, `input1` …, `output0` …, and the number of pixels between two rows of a
    plane as `capacity`.
    """

    def write(shape: kernel.Shape, layout: kernel.Layout) -> str:
        arrays = [kernel._array(f"input{i}", plane, layout.capacity) for i, plane in enumerate(layout.inputs)]
        arrays += [kernel._array(f"output{i}", plane, layout.capacity) for i, plane in enumerate(layout.outputs)]
        return "\n".join(
            [
                "function (evaluatePixel, stage) {",
                '"use strict";',
                f"const capacity = {layout.capacity}, memory = stage.memory({layout.memory}), buffer = memory.buffer;",
                *arrays,
                setting_up,
                'return { buffer, memory, begin() {}, reset() {}, at: () => -1, noted: () => "", last: () => "",',
                "run(from, count, base, milliseconds) {",
                f"  for (let i = from; i < count; i++) {{ {loop} }}",
                "  return count;",
                "} }; }",
            ]
        )

    return write


@contextmanager
def replaced(write: Write) -> Iterator[None]:
    """Let workers be given another kernel than the one written for the script, and none that is compiled."""
    with patch.object(kernel, "write", write), patch.object(Compiler, "pays", lambda *args: False):
        yield


class Isolate:
    """The kernel of a run in an isolate of this process: no child, no memory shared with it, one block at a time."""

    def __init__(self, program: Program, scenes: Sources, write: Write = kernel.write) -> None:
        run = program._begin(scenes, None, "mostRecent", None)
        self._run = run
        self._layout = kernel.lay_out(run.shape, blocks.capacity_for(run.shape, run.total))
        self._racer = MiniRacer()
        stage = (ROOT / "oso_evalscript/runtime/stage.js").read_text(encoding="utf-8").rstrip()
        self._racer.eval(f"const stage = {stage}([]); 0")
        self._racer.eval(library())
        self._racer.eval(program.source.text)
        self._racer.eval(f"stage.begin({json.dumps(json.dumps(run.request))}, {{}})")
        self._racer.eval(f"stage.kernel = ({write(run.shape, self._layout)})(evaluatePixel, stage); 0")
        self._buffer: Any = self._racer.eval("stage.kernel.buffer")
        self.evaluate()  # so that `loop` finds pixels

    def evaluate(self) -> list[NDArray[np.generic]]:
        """Copy planes in, run, and copy results out, as blocks do it."""
        run, layout, buffer = self._run, self._layout, self._buffer
        outputs = [
            np.empty((output.bands, run.total), kernel.STORED[output.sample_type]) for output in run.shape.outputs
        ]
        for start in range(0, run.total, layout.capacity):
            count = min(layout.capacity, run.total - start)
            blocks._fill(buffer, layout, 0, run.planes, start, count)
            self._racer.eval(f"stage.kernel.run(0, {count}, {start}, 1e9)")
            blocks._take(buffer, layout, 0, outputs, start, count)
        return outputs

    def loop(self) -> None:
        """Run as often as `evaluate` does, on the block that is there."""
        for start in range(0, self._run.total, self._layout.capacity):
            count = min(self._layout.capacity, self._run.total - start)
            self._racer.eval(f"stage.kernel.run(0, {count}, {start}, 1e9)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._buffer.release()
        self._racer.close()  # left open, it can keep the interpreter from exiting
