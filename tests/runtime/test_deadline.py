"""The clock of a program counts what this process does for a script, too."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import Program
from oso_evalscript.javascript import purity
from oso_evalscript.model.errors import OsoError, ScriptError, ScriptTimeout
from oso_evalscript.runtime import simple
from oso_evalscript.runtime.deadline import within

SLACK = 1.5  # seconds, for a machine with other work
LONG: dict[str, Callable[[int], str]] = {
    "brackets": lambda n: "[" * n + "]" * n,
    "parentheses": lambda n: "(" * n + "1" + ")" * n,
    "blocks": lambda n: "{" * n + "}" * n,
    "never closed": lambda n: "[" * n,
    "arrows": lambda n: "a=>" * n + "1",
    "branches": lambda n: "if(1)" * n + "1",
    "templates": lambda n: "`${" * n + "1" + "}`" * n,
    "signs": lambda n: "-" * n + "1",
    "a table": lambda n: f"let x = [{'[1,2],' * n}]; return x",
    "a broken table": lambda n: f"let x = [{'[1,2],' * n}]; @",
    "a sum": lambda n: f"return [{'B04+' * n}1]",
    "objects": lambda n: f"({'{a:' * n}1{'}' * n})",
}


@given(st.integers() | st.text())
def test_the_result_or_the_error_comes_back(value: int | str) -> None:
    assert within(60, lambda: value) == value

    def fail() -> None:
        raise KeyError(value)

    with pytest.raises(KeyError) as caught:
        within(60, fail)
    assert caught.value.args == (value,)


def test_nobody_waits_for_what_is_late() -> None:
    gate = threading.Event()
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        within(0.05, gate.wait)
    assert time.monotonic() - start < SLACK
    gate.set()
    assert within(1e300, lambda: 1) == 1


@pytest.mark.parametrize("shape", LONG)
@pytest.mark.parametrize("count", [3_000, 30_000])
def test_no_text_takes_longer_than_the_limit(shape: str, count: int) -> None:
    with Program("return [1]"):  # so that a process is there
        pass
    start = time.monotonic()
    try:
        Program(LONG[shape](count), timeout=0.3).close()
    except ScriptError as error:
        assert len(str(error).splitlines()[0]) < 300
    assert time.monotonic() - start < 0.3 + SLACK


def test_a_simple_script_that_is_not_read_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    monkeypatch.setattr(simple, "parse", lambda source: gate.wait())
    with pytest.raises(ScriptTimeout, match=r"^<script>: it could not be read within 0\.1 s$"):
        Program("return [B04];", timeout=0.1)
    gate.set()


def test_a_text_that_v8_cannot_parse_is_not_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(simple, "parse", fail)
    with pytest.raises(ScriptError, match=r"^<script>:1: SyntaxError: "):
        Program("let x = ;")
    with pytest.raises(
        ScriptError,
        match=r"^<script>:0: RangeError: Maximum call stack size exceeded",
    ):
        Program("[" * 20_000 + "]" * 20_000)
    monkeypatch.undo()
    with Program("let x = 1;\nreturn [B04];") as program:
        assert program.setup.bands == ("B04",)


def test_a_proof_that_is_late_is_none_and_results_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    script = (
        "//VERSION=3\nfunction setup() { return { input: ['A'], output: { bands: 1, sampleType: 'UINT8' } }; }\n"
        "function evaluatePixel(s) { return [s.A + 1]; }\n"
    )
    scene = {"A": np.zeros((1100, 1000))}
    with Program(script) as program:
        expected = program.run(scene)["default"]
    monkeypatch.setattr(purity, "impurity", lambda tree: gate.wait())
    with Program(script, timeout=1) as program:
        for _ in range(2):
            start = time.monotonic()
            assert np.array_equal(program.run(scene)["default"], expected)
        assert time.monotonic() - start < 1  # it is asked once
    gate.set()


def test_an_error_of_the_call_is_told_as_before() -> None:
    with pytest.raises(OsoError, match="the catalogue has no collection `nowhere`"):
        Program("return [B04];", collection="nowhere")
