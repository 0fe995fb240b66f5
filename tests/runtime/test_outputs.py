"""What a run says beside its arrays: the log, explained pixels, and failures in the script's terms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from oso_evalscript import Program, Scene, Source
from oso_evalscript.model.errors import ArrayError, PixelError, ScriptError
from oso_evalscript.runtime.outputs import LogLine

SETUP = 'function setup() { return { input: ["A"], output: { bands: 1, sampleType: "UINT8" } }; }\n'
SIX = {"A": np.arange(6).reshape(2, 3)}


def pixel(body: str, more: str = "") -> Source:
    return Source(f"{SETUP}{more}function evaluatePixel(s) {{ {body} }}", "x.js")


def logged(body: str, more: str = "") -> list[str]:
    with Program(pixel(body, more)) as program:
        return [str(line) for line in program.run(SIX).log]


def test_a_line_knows_its_pixel() -> None:
    with Program(pixel("if (s.A === 4) console.log('four', s); return [1];")) as program:
        outputs = program.run(SIX)
    assert outputs.log == (LogLine("four { A: 4 }", row=1, column=1),)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("1, 'a', null, undefined", "1 a null undefined"),
        ("[1, NaN, -0, [Infinity]]", "[1, NaN, 0, [Infinity]]"),
        ("{ a: { b: { c: { d: { e: 1 } } } } }", "{ a: { b: { c: { d: {…} } } } }"),
        ("new Array(100).fill(7)", f"[{', '.join(['7'] * 20)}, …]"),
        ("new Error('no')", "Error: no"),
        ("new Date(0)", '"1970-01-01T00:00:00.000Z"'),
        ("() => 1, Symbol('x'), 3n", "a function Symbol(x) 3"),
        ("new Proxy({}, { ownKeys() { throw 1; } })", "a value that cannot be shown"),
        ("'x'.repeat(1000)", "x" * 500),
    ],
)  # fmt: skip
def test_values_are_logged_in_words(value: str, words: str) -> None:
    assert logged(f"if (s.A === 0) console.log({value}); return [1];") == [f"console.log at row 0, column 0: {words}"]


def test_every_way_to_log_is_there() -> None:
    body = "if (s.A) return [1]; for (const way of ['log', 'info', 'warn', 'error', 'debug']) console[way](way); return [1];"
    assert [line.split(": ")[1] for line in logged(body)] == ["log", "info", "warn", "error", "debug"]


def test_the_log_is_capped_and_says_so() -> None:
    lines = logged("for (let i = 0; i < 50; i++) console.log(i); return [1];")
    assert len(lines) == 101
    assert lines[-1] == "console.log: … and 200 lines more"


def test_what_is_logged_outside_the_pixels_has_no_place() -> None:
    more = "console.log('loaded'); function updateOutputMetadata() { console.log('done'); }\n"
    assert logged("return [1];", more)[0] == "console.log: loaded"


def test_a_failure_carries_what_was_logged_before_it() -> None:
    with Program(pixel("console.log(s.A); if (s.A === 2) throw 1; return [1];")) as program:
        with pytest.raises(PixelError) as caught:
            program.run(SIX)
        assert caught.value.log == tuple(f"console.log at row 0, column {i}: {i}" for i in range(3))
        assert program.run({"A": np.zeros((1, 1))}).log == (LogLine("0", 0, 0),)


def test_a_pixel_is_explained_before_and_after_storing() -> None:
    with Program(pixel("console.log('here'); return [s.A * 100.4];")) as program:
        explanation = program.explain(SIX, 1, 2)
        assert (explanation.row, explanation.column) == (1, 2)
        assert explanation.inputs == {"A": 5}
        assert explanation.returned == "[502]"
        assert explanation.stored == {"default": (255,)}
        assert explanation.log == (LogLine("here", 1, 2),)
        assert program.run(SIX)["default"].shape == (1, 2, 3)
        for row, column in ((2, 0), (0, 3), (-1, 0)):
            with pytest.raises(
                ArrayError, match=f"there is no pixel {row},{column}: the scene has 2 rows and 3 columns"
            ):
                program.explain(SIX, row, column)


def test_an_explained_series_lists_its_samples() -> None:
    source = Source(
        SETUP.replace("} };", '}, mosaicking: "ORBIT" };') + "function evaluatePixel(s) { return [s.length / 0]; }"
    )
    scenes = [Scene(date=f"2023-06-0{day}", bands={"A": [[day]]}) for day in (1, 2)]
    with Program(source) as program:
        explanation = program.explain(scenes, 0, 0)
    assert explanation.inputs == {"samples": [{"A": 2}, {"A": 1}]}
    assert (explanation.returned, explanation.stored) == ("[Infinity]", {"default": (255,)})


def test_a_failing_pixel_tells_its_inputs_and_the_calls() -> None:
    more = "function inner(x) {\n  return x.none.at;\n}\nconst outer = (x) => inner(x);\n"
    with Program(pixel("return outer(s);", more)) as program, pytest.raises(PixelError) as caught:
        program.run(SIX)
    assert str(caught.value).split("\n") == [
        "x.js:3: TypeError: Cannot read properties of undefined (reading 'at'), at the pixel in row 0, column 0, where A = 0",
        "      return x.none.at;",
        "                    ^",
        "    in inner, line 3",
        "    in outer, line 5",
        "    in evaluatePixel, line 6",
    ]
    with Program(pixel("return outer(s);", more)) as program, pytest.raises(PixelError, match="in inner, line 3"):
        program.explain(SIX, 0, 0)


def test_a_failing_helper_is_told_by_the_line_that_called_it() -> None:
    with Program(pixel("return normalizeRGB(s.B);")) as program, pytest.raises(PixelError) as caught:
        program.run(SIX)
    first, line, caret, *calls = str(caught.value).split("\n")
    assert first.startswith("x.js:2: ")
    assert "normalizeRGB" in line
    assert line[caret.index("^") :].startswith("normalizeRGB")
    assert calls[-1] == "    in evaluatePixel, line 2"


def test_deep_recursion_shows_a_few_calls() -> None:
    with Program(pixel("return f(s); function f(x) { return f(x); }")) as program, pytest.raises(PixelError) as caught:
        program.run(SIX)
    assert str(caught.value).count("\n") < 12


def test_outputs_are_a_mapping() -> None:
    with Program(pixel("return [s.A];")) as program:
        outputs = program.run(SIX)
    assert list(outputs) == ["default"]
    assert len(outputs) == 1
    assert dict(outputs).keys() == outputs.keys()
    with pytest.raises(KeyError):
        outputs["other"]
    assert repr(outputs) == "<Outputs default (1 x uint8), 3 x 2>"
    assert repr(replace(outputs, arrays={})) == "<Outputs none>"


def test_hooks_and_setup_fail_without_a_pixel() -> None:
    with Program(pixel("return [1];", "function updateOutput() { throw new Error('x'); }\n")) as program:
        with pytest.raises(ScriptError) as caught:
            program.run(SIX)
        assert str(caught.value).startswith("x.js:2: Error: x")
        assert not isinstance(caught.value, PixelError)
