"""Hooks that do what they must not, and what is told of them."""

from __future__ import annotations

import numpy as np
import pytest

from oso_evalscript import Program, Source
from oso_evalscript.model.contract import HOOKS
from oso_evalscript.model.errors import ScriptError
from oso_evalscript.runtime import child
from oso_evalscript.runtime.scene import Scene

ONES = np.ones((2, 2))
DAYS = [Scene(bands={"A": ONES}, date=f"2023-01-0{day}") for day in (1, 2)]
ORBIT = """function setup() { return { input: ["A"], mosaicking: "ORBIT", output: { bands: 1, sampleType: "FLOAT32" } }; }
function evaluatePixel(samples) { return [samples.length]; }
"""


@pytest.mark.parametrize(
    "change",
    [
        "c.scenes.orbits = new Array(2)",
        "delete c.scenes.orbits[0]",
        "c.scenes.orbits.push({})",
        "c.scenes.orbits[0].__idx = 7",
        "c.scenes.orbits = [null]",
    ],
)
def test_scenes_that_were_not_given(change: str) -> None:
    source = Source(f"{ORBIT}function preProcessScenes(c) {{ {change}; return c; }}", "x.js")
    with Program(source) as program, pytest.raises(ScriptError) as caught:
        program.run(DAYS)
    assert str(caught.value).startswith("x.js: Error: preProcessScenes returned a scene that it was not given: ")


def test_a_scene_may_be_given_twice() -> None:
    with Program(
        f"{ORBIT}function preProcessScenes(c) {{ c.scenes.orbits.push(c.scenes.orbits[1]); return c; }}"
    ) as program:
        assert program.run(DAYS)["default"].min() == 3


@pytest.mark.parametrize("bands", ["65536", "1e15", "1e300", "2 ** 53"])
def test_outputs_with_too_many_bands(bands: str) -> None:
    changed = f"{ORBIT}function updateOutput(output) {{ output.default.bands = {bands}; }}"
    for script in (changed, ORBIT.replace("bands: 1", f"bands: {bands}")):
        with (
            Program(Source(script, "x.js")) as program,
            pytest.raises(ScriptError, match=r"x\.js: the script promises .* bands"),
        ):
            program.run(DAYS)


def test_a_number_in_disguise_is_no_number() -> None:
    with pytest.raises(ScriptError, match="what setup\\(\\) returns is wrong: input: must be a list"):
        Program("function setup() { return { $number: 'abc' }; } function evaluatePixel() {}")


def test_what_the_last_hook_logs_is_of_no_pixel() -> None:
    script = ORBIT + "function updateOutputMetadata() { console.log('done'); }"
    with Program(script) as program:
        (line,) = program.run(DAYS).log
    assert (line.text, line.row, line.column) == ("done", None, None)


def test_what_a_failing_hook_logged_goes_with_its_error() -> None:
    script = (
        ORBIT
        + "let first = true; function preProcessScenes(c) { if (first) { first = false; console.log('A'); throw 1; } return c; }"
    )
    with Program(script) as program:
        with pytest.raises(ScriptError) as caught:
            program.run(DAYS)
        assert caught.value.log == ("console.log: A",)
        assert program.run(DAYS).log == ()


def test_what_a_script_logged_before_it_failed_to_load_goes_with_its_error() -> None:
    with pytest.raises(ScriptError) as caught:
        Program("console.log('loading'); throw 1;")
    assert caught.value.log == ("console.log: loading",)


def test_a_character_is_not_cut_in_two() -> None:
    with Program(ORBIT + r"console.log('a'.repeat(499) + '\u{1F600}');") as program:
        (line,) = program.run(DAYS).log
    assert line.text.encode() == b"a" * 499 + "\ufffd".encode()


def test_nothing_returned_is_explained_as_nothing_stored() -> None:
    script = (
        ORBIT.replace("return [samples.length];", "")
        + "function updateOutputMetadata(s, i, metadata) { metadata.userData = 1; }"
    )
    with Program(script) as program:
        explanation = program.explain(DAYS, 0, 0)
    assert (explanation.returned, explanation.stored) == ("undefined", {})


def test_the_child_process_which_imports_nothing_of_ours_knows_the_same_hooks() -> None:
    assert child._HOOKS == HOOKS
