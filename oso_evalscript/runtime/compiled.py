"""Compiled kernels: whether a script has one, and whether compiling it pays.

A kernel is compiled once per shape and layout, in this process, while the worker is busy with a block. Nothing is
compiled until the measured pace and the pixels left make it pay; results never depend on it. Small runs never wait:
where there have been many of them, a kernel is compiled in a thread and loaded between two of them.
"""

from __future__ import annotations

import base64
import os
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from oso_evalscript.kernels.task import TURN, Code, Refused, Task
from oso_evalscript.model.host import ColorMapOrder
from oso_evalscript.model.text import Source
from oso_evalscript.runtime.kernel import Layout, Shape, lay_out

if TYPE_CHECKING:  # the parser takes time to load
    import numpy as np
    from numpy.typing import NDArray

    from oso_evalscript.javascript.purity import Impurity
    from oso_evalscript.kernels.trace import Traced

_TRACE_SECONDS = 0.03
"""Roughly what compiling takes; the worker is busy meanwhile."""

_V8_SECONDS = 0.015
"""Roughly what V8 takes to load a kernel; the worker waits for it."""

_GAIN = 0.4
"""The share of the time that a kernel saves, estimated low."""

_LONG_RUN_SECONDS = 1.0
"""A script that has run for so long is compiled for small runs, too, between two of them."""

_SMALL = 2**16
"""Runs of fewer pixels never wait for a kernel."""


@dataclass
class Pace:
    """How fast an engine is with the plain kernel.

    Attributes:
        seconds: the processor time in total.
        each: seconds per pixel, the least of all large blocks; None before the first one.
    """

    seconds: float = 0.0
    each: float | None = None

    def note(self, seconds: float, pixels: int) -> None:
        """Note how long a block took."""
        self.seconds += seconds
        if pixels >= _SMALL // 4:
            each = seconds / pixels
            self.each = each if self.each is None else min(self.each, each)


@dataclass(eq=False)
class Compiler:
    """Compiles the kernels of one script.

    Attributes:
        text: the script as it is loaded; it must be proved pure.
        order: the order in which colour maps take their pairs.
        to_come: about how many pixels are to come in later runs.
    """

    text: str
    order: ColorMapOrder
    to_come: int = 0
    _traced: dict[Shape, Traced | Refused] = field(default_factory=dict)
    _codes: dict[tuple[Shape, Layout], Code | Refused] = field(default_factory=dict)
    _begun: set[tuple[Shape, Layout]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        _compilers.add(self)

    def code(self, shape: Shape, layout: Layout) -> Code | Refused:
        """Return the compiled kernel for a shape and a layout, or why there is none."""
        with self._lock:
            found = self._codes.get((shape, layout))
            if found is None:
                found = self._codes[shape, layout] = self._made(shape, layout)
            return found

    def explain(self, shape: Shape, obstacle: str = "") -> str:
        """Return in words whether a shape has a compiled kernel; `obstacle` is another reason against one."""
        code = Refused(obstacle) if obstacle else self.code(shape, lay_out(shape, TURN))
        if isinstance(code, Refused):
            return f"not compiled: {code.reason}"
        size = f"compiled: {code.nodes} operations per pixel"
        return f"{size}; some pixels run in JavaScript: {'; '.join(code.reasons)}" if code.guarded else size

    def pays(self, shape: Shape, layout: Layout, pace: Pace, left: int) -> bool:
        """Return whether a compiled kernel is worth its price with this many pixels left of a run."""
        if left < _SMALL or pace.each is None:
            return False
        known = self._codes.get((shape, layout))
        if isinstance(known, Refused) or isinstance(self._traced.get(shape), Refused):
            return False
        price = _V8_SECONDS + (0.0 if known is not None else _TRACE_SECONDS)
        return pace.each * max(left, self.to_come) * _GAIN > price

    def ahead(self, shape: Shape, layout: Layout, pace: Pace) -> Code | Refused | None:
        """Return the compiled kernel for runs to come; None if it would not pay, or while it is being made."""
        if pace.seconds < _LONG_RUN_SECONDS:
            return None
        found = self._codes.get((shape, layout))
        if found is None and (shape, layout) not in self._begun:
            self._begun.add((shape, layout))
            threading.Thread(target=self.code, args=(shape, layout), daemon=True).start()
        return found

    def first_alike(
        self, shape: Shape, planes: Sequence[Sequence[NDArray[Any]]]
    ) -> Mapping[str, NDArray[np.intp]] | None:
        """Return for each value of each band the place of the first one that gives the same results.

        Args:
            shape: that of a script with one sample per pixel.
            planes: the values of each band, in one slot.

        Returns:
            None if the script does not compile, or not for all pixels.
        """
        from oso_evalscript.kernels.alike import first_alike

        with self._lock:
            traced = self._trace(shape)
            found = None if isinstance(traced, Refused) else first_alike(traced, [plane[0] for plane in planes])
        names = [name for name, _ in shape.feeds[0].bands]
        return None if found is None else dict(zip(names, found, strict=True))

    def _made(self, shape: Shape, layout: Layout) -> Code | Refused:
        if shape.kept or shape.watched:
            return Refused("what is returned is kept, or logged, during the run")
        from oso_evalscript.kernels.emit import emit

        traced = self._trace(shape)
        if isinstance(traced, Refused):
            return traced
        return emit(traced, layout.placement(), tuple(output.sample_type for output in shape.outputs))

    def _trace(self, shape: Shape) -> Traced | Refused:
        from oso_evalscript.javascript.syntax import parse
        from oso_evalscript.kernels.trace import trace

        found = self._traced.get(shape)
        if found is None:
            found = self._traced[shape] = trace(parse(Source(self.text)), task_of(shape, self.order))
        return found


_compilers: weakref.WeakSet[Compiler] = weakref.WeakSet()


def _unlock_all() -> None:
    """In a process that was forked: the thread that held a lock is not there."""
    for compiler in list(_compilers):
        compiler._lock = threading.Lock()
        compiler._begun.clear()


os.register_at_fork(after_in_child=_unlock_all)


def task_of(shape: Shape, order: ColorMapOrder) -> Task:
    """Return what a kernel for a shape computes."""
    return Task(shape.feeds, shape.outputs, shape.fusion, shape.scalars, order)


def encoded(code: Code) -> str:
    """Return a kernel's bytes in base 64."""
    return base64.b64encode(code.module).decode()


def obstacle(shape: Shape, user_data: bool, impurity: Callable[[], Impurity | None]) -> str:
    """Return why a script is not proved to depend on the pixel alone; empty if it is.

    Args:
        shape: what its kernel is written for.
        user_data: whether its result may be user data.
        impurity: finds what its text says against it.
    """
    if shape.watched:
        return "the script logs"
    if user_data:
        return "the script may set user data"
    found = impurity()
    return "" if found is None else found.words
