"""Compiled kernels in use: when they are made, that limits hold inside them, and what happens where one is wrong."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from py_mini_racer import JSEvalException, MiniRacer

from oso_evalscript import Program
from oso_evalscript.kernels import wasm
from oso_evalscript.kernels.task import CHUNK, Code, Refused
from oso_evalscript.model.errors import PixelError, ScriptTimeout
from oso_evalscript.runtime import blocks, gather
from oso_evalscript.runtime.compiled import Compiler, Pace
from oso_evalscript.runtime.kernel import Layout, Shape, lay_out
from tests.conftest import ROOT, Command
from tests.kernels.test_differential import AtOnce, use

SCRIPT = """//VERSION=3
function setup() { return { input: ["A", "B"], output: { bands: 2, sampleType: "INT16" } }; }
function evaluatePixel(s) { if (s.A === 3) return [7, 7]; return [s.A * 10 - s.B, s.B / (s.A - 4)]; }
"""
FAILING = SCRIPT.replace("return [7, 7]", "throw new Error('three')")


def scene(size: int = 64) -> dict[str, Any]:
    random = np.random.default_rng(1)
    return {name: random.integers(0, 9, (size, size)).astype("float32") for name in "AB"}


class Wrong(AtOnce):
    """Gives out another kernel than that of the script."""

    def __init__(self, module: bytes) -> None:
        super().__init__(SCRIPT, "sorted")
        self.module = module

    def code(self, shape: Shape, layout: Layout) -> Code | Refused:
        return Code(self.module, (), False, 1)


@pytest.mark.parametrize("capacity", [64, 1000, 4096])
@pytest.mark.parametrize("workers", [1, 2])
def test_blocks_of_any_size_on_any_number_of_workers(
    monkeypatch: pytest.MonkeyPatch, capacity: int, workers: int
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", capacity)
    with Program(SCRIPT) as program:
        plain = program.run(scene())
        use(program, AtOnce(SCRIPT, "sorted"))
        for _ in range(2):
            compiled = program.run(scene(), workers=workers)
            assert np.array_equal(compiled["default"], plain["default"])
        assert all(engine.asked_to_compile and not engine.verdicts for engine in program._engines)


def test_a_script_that_throws_fails_at_the_same_pixel() -> None:
    with Program(FAILING) as program:
        with pytest.raises(Exception, match="three") as plain:
            program.run(scene())
        use(program, AtOnce(FAILING, "sorted"))
        with pytest.raises(type(plain.value)) as compiled:
            program.run(scene())
    assert str(compiled.value) == str(plain.value)


def test_a_wrong_kernel_is_found_out_and_reported() -> None:
    nothing = wasm.Module(1).write([], wasm.i32(0))
    with Program(SCRIPT) as program:
        plain = program.run(scene())
        program.run({name: plane * 2 for name, plane in scene().items()})  # or the right values would still be there
        use(program, Wrong(nothing))
        again = program.run(scene())
        assert np.array_equal(again["default"], plain["default"])
        assert ["disagreed" in notice for notice in again.notices] == [True]
        assert not program.run(scene()).notices


def test_what_v8_refuses_is_not_used() -> None:
    with Program(SCRIPT) as program:
        plain = program.run(scene())
        use(program, Wrong(b"\0asm"))
        again = program.run(scene())
        assert np.array_equal(again["default"], plain["default"])
        assert ["V8 rejected" in notice for notice in again.notices] == [True]
        assert not program.run(scene()).notices


def test_a_kernel_without_an_end_is_ended() -> None:
    endless = wasm.Module(1).write([], wasm.loop(b"", wasm.i32(1)) + wasm.i32(0))
    with Program(SCRIPT, timeout=0.5) as program:
        use(program, Wrong(endless))
        with pytest.raises(ScriptTimeout):
            program.run(scene())
        use(program, AtOnce(SCRIPT, "sorted"))
        assert program.run(scene())["default"].shape == (2, 64, 64)


def test_a_script_with_an_endless_loop_over_data_is_ended() -> None:
    script = SCRIPT.replace("if (s.A", "let x = s.A; while (x > 6) x += 1; if (s.A")
    with Program(script, timeout=0.5) as program:
        use(program, AtOnce(script, "sorted"))
        with pytest.raises(ScriptTimeout):
            program.run(scene())


def test_the_memory_of_a_kernel_does_not_grow() -> None:
    stage = (ROOT / "oso_evalscript/runtime/stage.js").read_text(encoding="utf-8").rstrip()
    racer = MiniRacer()
    try:
        racer.eval(f"const stage = {stage}(['WebAssembly']); 0")
        assert racer.eval("stage.memory(70000).buffer.byteLength") == 2 * 2**16
        with pytest.raises(JSEvalException, match="grow"):
            racer.eval("stage.memory(70000).grow(1)")
    finally:
        racer.close()


def test_small_runs_wait_for_nothing() -> None:
    compiler = Compiler(SCRIPT, "sorted")
    with Program(SCRIPT) as program:
        use(program, compiler)
        program.run(scene(200))
        program.run(scene(200))
        assert not program._engines[0].asked_to_compile
    assert not compiler._codes


def test_a_kernel_is_compiled_where_it_pays() -> None:
    compiler = Compiler(SCRIPT, "sorted")
    with Program(SCRIPT) as program:
        shape = program._begin(scene(), None, "mostRecent", None).shape
    layout = lay_out(shape, 2**18)
    pace = Pace()
    assert not compiler.pays(shape, layout, pace, 2**24)  # nothing is known yet
    pace.note(0.008, 2**18)
    assert compiler.pays(shape, layout, pace, 2**24)
    assert not compiler.pays(shape, layout, pace, 2**18)
    assert not compiler.pays(shape, layout, pace, 1000)
    for _ in range(200):
        pace.note(0.008, 2**18)
    assert not compiler.pays(shape, layout, pace, 2**18)  # however many small runs there were
    compiler.to_come = 2**24
    assert compiler.pays(shape, layout, pace, 2**18)
    assert not compiler.pays(shape, layout, pace, 1000)
    compiler._traced[shape] = Refused("no")
    assert not compiler.pays(shape, layout, pace, 2**24)


def test_a_kernel_for_small_runs_is_loaded_between_two_of_them() -> None:
    with Program(SCRIPT) as program:
        compiler = Compiler(SCRIPT, "sorted")
        use(program, compiler)
        engine = program._engines[0]
        plain = program.run(scene(200))["default"]
        engine.pace.seconds = 2.0
        begun = threading.Event()
        made = compiler._made

        def slowly(*args: Any) -> Any:
            begun.wait(10)
            return made(*args)

        with patch.object(compiler, "_made", slowly):
            program.run(scene(200))  # which begins it
            assert not engine.asked_to_compile
            assert np.array_equal(program.run(scene(200))["default"], plain)
            begun.set()
            while not compiler._codes:
                time.sleep(0.01)
        program.run(scene(200))
        assert engine.asked_to_compile
        assert engine._owed
        with patch.object(engine, "_note_verdict") as noted:
            assert np.array_equal(program.run(scene(200))["default"], plain)
        assert not engine._owed
        assert "seconds" in noted.call_args.args[0]
        assert noted.call_args.args[0]["compiled"]
        assert engine.verdicts == []


def test_a_program_that_is_closed_while_its_kernel_is_loaded_gives_its_worker_back() -> None:
    with Program(SCRIPT) as program:
        use(program, Compiler(SCRIPT, "sorted"))
        engine = program._engines[0]
        program.run(scene(200))
        assert engine._prepared is not None
        program._compiler.code(*engine._prepared[:2])
        engine.pace.seconds = 2.0
        program.run(scene(200))
        assert engine._owed
        worker = engine._worker
    assert worker is not None
    assert worker.usable


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("left", ["s.A > 0", "s.B > 7 || s.A > 0", "s.A < 1"])
def test_where_most_pixels_are_left_to_javascript_it_is_not_asked_each_time(left: str, check: bool) -> None:
    script = SCRIPT.replace("if (s.A === 3) return [7, 7]", f"if ({left}) return [s.A, s.B, 300]")
    size = 8 * CHUNK
    a = np.zeros((8, size // 8), np.float32)  # the fourth and the fifth of eight chunks
    a[:3] = a[5:] = np.random.default_rng(1).integers(0, 9, (3, size // 8))
    scenes = {"A": a, "B": np.arange(size, dtype=np.float32).reshape(a.shape) % 9}
    with Program(script) as program:
        plain = program.run(scenes, check=check)
        use(program, AtOnce(script, "sorted"))
        for _ in range(3):
            compiled = program.run(scenes, check=check)
            assert np.array_equal(compiled["default"], plain["default"])
            assert (compiled.surplus, compiled.notices, compiled.fits) == (plain.surplus, plain.notices, plain.fits)
        assert program._engines[0].asked_to_compile
        assert program._engines[0].verdicts == []


LOOKED_AT = """//VERSION=3
function setup() {
  return { input: ["A", "B"], output: [{ id: "a", bands: 2 }, { id: "b", bands: 1, sampleType: "INT8" }] };
}
function evaluatePixel(s) {
  if (s.A === 7) return;
  if (s.A === 6) return { a: [s.B, 300, 1], b: [-s.A] };
  return { a: [s.A / 5 - 0.3, s.B === 4 ? NaN : s.B === 5 ? undefined : s.B === 3], b: [40 * (s.A - s.B)] };
}
"""


@pytest.mark.parametrize("way", ["compiled", "gathered", "several workers"])
def test_what_is_seen_of_values_does_not_depend_on_how_they_are_found(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 3 * CHUNK)
    monkeypatch.setattr(gather, "FEWEST_PIXELS", 2**10 if way == "gathered" else 2**30)
    values = {name: array.astype("uint8") for name, array in scene(160).items()}
    codes = {"A": tuple(range(9))}
    with Program(LOOKED_AT) as program:
        plain = program.run(values, check=True, codes=codes)
        compiler = AtOnce(LOOKED_AT, "sorted")
        use(program, compiler)
        found = program.run(values, check=True, codes=codes, workers=2 if way == "several workers" else 1)
        assert way == "gathered" or isinstance(compiler.last, Code)
        assert not any(engine.verdicts for engine in program._engines)
        assert program.explain(values, 0, 0).stored
        with pytest.raises(PixelError, match="3 values for 2"):
            program.run(values, strict=True)
    assert plain.fits == found.fits
    assert [fit.below > 0 and fit.above > 0 for fit in plain.fits] == [True, False, True]
    assert {fit.cut > 0 for fit in plain.fits} == {True, False}
    assert plain.fits[1].nan
    assert plain.fits[1].foreign
    assert (plain.notices, plain.silent, plain.surplus) == (found.notices, found.silent, found.surplus)
    assert all(np.array_equal(plain[name], found[name]) for name in plain)


def test_what_a_wrong_kernel_saw_does_not_count() -> None:
    with Program(SCRIPT) as program:
        plain = program.run(scene(), check=True)
        program.run({name: plane * 2 for name, plane in scene().items()}, check=True)  # or the right values stay there
        use(program, Wrong(wasm.Module(1).write([], wasm.i32(0))))
        found = program.run(scene(), check=True)
    assert "disagreed" in found.notices[-1]
    assert found.fits == plain.fits


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (SCRIPT, "compiled: "),
        (FAILING, "run in JavaScript: throws"),
        (SCRIPT.replace("s.A * 10", "Number(new Date())"), "not compiled: line 3: "),
        (SCRIPT + "function updateOutput() {}", "compiled: "),
        (SCRIPT + "let n = 0; function updateOutput() { n = 1; }", "not compiled: line 4: assigns to `n`"),
        (SCRIPT.replace("if (", "console.log(s.A); if ("), "not compiled: the script logs"),
    ],
)
def test_the_command_says_whether_a_script_is_compiled(
    command: Command, tmp_path: Path, script: str, sentence: str
) -> None:
    path = tmp_path / "a.js"
    path.write_text(script, encoding="utf-8")
    done = command("run", str(path), "--explain-kernel")
    assert done.status == 0, done.err
    assert sentence in done.out


def test_nothing_is_written_beside_an_explanation(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "a.js"
    path.write_text(SCRIPT, encoding="utf-8")
    done = command("run", str(path), "--explain-kernel", "-o", str(tmp_path / "a.png"))
    assert done.status == 2
    assert "cannot be combined with -o" in done.err
