"""Compiled kernels give what JavaScript gives, to the bit, for drawn scripts and numbers of every kind."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from oso_evalscript import Program
from oso_evalscript.kernels.task import Code, Refused
from oso_evalscript.model.errors import PixelError
from oso_evalscript.runtime.compiled import Compiler
from oso_evalscript.runtime.kernel import Layout, Shape
from tests.kernels.drawn import draw
from tests.kernels.series import draw_series

COUNT = int(os.environ.get("OSO_EVALSCRIPT_PROOF", "64"))
PARTS = 4


class AtOnce(Compiler):
    """Compiles without asking whether it pays."""

    def pays(self, *args: Any) -> bool:
        return True

    def code(self, shape: Shape, layout: Layout) -> Code | Refused:
        self.last = super().code(shape, layout)
        return self.last


def use(program: Program, compiler: Compiler) -> None:
    """Let a program compile its script by that, as if it was proved pure and had many pixels behind it."""
    program._impurity = [None]
    program._compiler = compiler
    program._pixels = 2**20


@dataclass(frozen=True)
class Answer:
    """What a run gave: the first pixel that failed, or arrays and what was noted."""

    failed: tuple[int, int] | None
    arrays: dict[str, Any]
    noted: tuple[Any, ...] = ()


def run(program: Program, scenes: Any, *, check: bool) -> Answer:
    try:
        out = program.run(scenes, check=check, codes={"A": (0, 1, 2, 3, 300)} if check else None)
    except PixelError as error:
        return Answer((error.row, error.column), {})
    return Answer(None, {**out.arrays}, (out.silent, out.surplus, out.notices, out.fits))


def compare(script: str, scenes: Any) -> Code | Refused:
    """Run a script with both kernels and hold one against the other, with a look at values and without."""
    with Program(script) as program:
        plain = [run(program, scenes, check=check) for check in (False, True)]
        compiler = AtOnce(script, "sorted")
        use(program, compiler)
        compiled = [run(program, scenes, check=check) for check in (False, True)]
        assert program._engines[0].verdicts == [], script
    for one, other in zip(compiled, plain, strict=True):
        hold(one, other, script)
    return compiler.last


def hold(compiled: Answer, plain: Answer, script: str) -> None:
    """Hold one answer against the other."""
    assert compiled.failed == plain.failed, script
    assert compiled.noted == plain.noted, script
    for name, array in plain.arrays.items():
        assert compiled.arrays[name].dtype == array.dtype
        assert np.array_equal(bits(compiled.arrays[name]), bits(array)), script


def bits(array: Any) -> Any:
    """The bits of an array, those of all NaN the same."""
    return np.where(np.isnan(array), np.float32(np.nan), array).view(np.uint32) if array.dtype.kind == "f" else array


@pytest.mark.parametrize("part", range(PARTS))
def test_compiled_kernels_give_what_javascript_gives(part: int) -> None:
    kinds: Counter[str] = Counter()
    for number in range(part, COUNT, PARTS):
        code = compare(*draw(number))
        kinds["refused" if isinstance(code, Refused) else "guarded" if code.guarded else "whole"] += 1
    assert kinds["guarded"] + kinds["whole"] >= 0.9 * sum(kinds.values()), kinds


@pytest.mark.parametrize("part", range(PARTS))
def test_compiled_kernels_of_time_series_give_what_javascript_gives(part: int) -> None:
    for number in range(part, COUNT // 2, PARTS):
        script, scenes = draw_series(number)
        assert isinstance(compare(script, scenes), Code), script
