from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oso_evalscript import Program, Source, evaluate
from oso_evalscript.model.errors import (
    ArrayError,
    PixelError,
    ScriptCrashed,
    ScriptError,
    ScriptMemory,
    ScriptTimeout,
)
from oso_evalscript.runtime import blocks

SETUP = 'function setup() { return { input: ["A"], output: { bands: 1, sampleType: "FLOAT32" } }; }\n'
SIX = {"A": np.arange(6).reshape(2, 3)}


def pixel(body: str, setup: str = SETUP) -> Source:
    return Source(f"{setup}function evaluatePixel(s) {{ {body} }}", "x.js")


def test_a_scene_goes_through() -> None:
    with Program(pixel("return [s.A * 2];")) as program:
        out = program.run(SIX)["default"]
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out, [[[0, 2, 4], [6, 8, 10]]])


def test_several_outputs_and_extra_bands() -> None:
    setup = """function setup() { return { input: ["A", "B"], output: [
      { id: "two", bands: 2, sampleType: "UINT16" }, { id: "one", bands: 1, sampleType: SampleType.INT8 }] }; }"""
    out = evaluate(
        pixel("return { two: [s.A, s.B], one: [-s.A], more: 1 };", setup),
        {**SIX, "B": SIX["A"] + 1, "C": np.ones((1, 1))},
    )
    assert {id_: (array.shape, array.dtype.name) for id_, array in out.items()} == {
        "two": ((2, 2, 3), "uint16"),
        "one": ((1, 2, 3), "int8"),
    }
    np.testing.assert_array_equal(out["two"][1], SIX["A"] + 1)
    np.testing.assert_array_equal(out["one"][0], -SIX["A"])


def test_a_data_mask_that_is_not_given_is_1() -> None:
    setup = 'function setup() { return { input: ["A", "dataMask"], output: { bands: 1 } }; }'
    assert evaluate(pixel("return [s.dataMask];", setup), SIX)["default"].min() == 255
    only = 'function setup() { return { input: ["dataMask"], output: { bands: 1 } }; }'
    assert evaluate(pixel("return [s.dataMask];", only), SIX)["default"].shape == (1, 2, 3)


@pytest.mark.parametrize(
    "dtype",
    [
        "bool",
        "uint8",
        "int8",
        "uint16",
        "int16",
        "uint32",
        "int32",
        "uint64",
        "int64",
        "float16",
        "float32",
        "float64",
        ">i2",
    ],
)
def test_every_usual_element_type_is_read(dtype: str) -> None:
    array = np.array([[0, 1], [1, 0]], dtype)
    np.testing.assert_array_equal(evaluate(pixel("return [s.A];"), {"A": array})["default"][0], array.astype(float))


def test_layouts_in_memory_do_not_matter() -> None:
    array = np.arange(24).reshape(4, 6)
    for view in (array.T, array[::2, ::-1], np.asfortranarray(array), np.broadcast_to(np.int64(3), (2, 2))):
        np.testing.assert_array_equal(evaluate(pixel("return [s.A];"), {"A": view})["default"][0], view)


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (1, 1), (1, 700), (700, 1)])
def test_any_size(shape: tuple[int, int]) -> None:
    assert evaluate(pixel("return [s.A];"), {"A": np.ones(shape)})["default"].shape == (1, *shape)


@settings(max_examples=15)
@given(st.integers(1, 7), st.integers(1, 40), st.integers(1, 50))
def test_blocks_give_what_the_whole_gives(rows: int, columns: int, block: int) -> None:
    array = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    whole = evaluate(pixel("return [s.A * 3 - 1];"), {"A": array})["default"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", block)
        np.testing.assert_array_equal(evaluate(pixel("return [s.A * 3 - 1];"), {"A": array})["default"], whole)


def test_one_program_runs_many_scenes_and_keeps_its_globals() -> None:
    with Program(Source(SETUP + "var count = 0; function evaluatePixel(s) { return [++count]; }")) as program:
        assert program.run(SIX)["default"].max() == 6
        assert program.run({"A": np.zeros((1, 2), np.uint8)})["default"].max() == 8


@pytest.mark.parametrize(
    ("scene", "message"),
    [
        ({"B": np.zeros((2, 2)), "C": np.zeros((2, 2))}, "asks for the band A, which the scene does not have; its bands are: B, C"),
        ({}, "asks for the band A, which the scene does not have; its bands are: none"),
        ({"A": np.zeros(4)}, "the band A has the shape (4,): expected (y, x)"),
        ({"A": 3}, "the band A has the shape (): expected (y, x)"),
        ({"A": np.zeros((2, 2), complex)}, "the band A has the element type complex128: expected whole or"),
        ({"A": [["x"]]}, "the band A has the element type <U1: expected whole or"),
        ({"A": np.full((1, 1), 2**60)}, "the band A (int64) has whole numbers beyond 2^53"),
    ],
)  # fmt: skip
def test_arrays_that_do_not_fit(scene: dict[str, Any], message: str) -> None:
    with Program(pixel("return [s.A];")) as program, pytest.raises(ArrayError, match=re.escape(message)):
        program.run(scene)


def test_bands_of_different_size() -> None:
    setup = 'function setup() { return { input: ["A", "dataMask"], output: { bands: 1 } }; }'
    with pytest.raises(ArrayError, match=re.escape("the same shape, but these differ: A (2, 3), dataMask (2, 2)")):
        evaluate(pixel("return [1];", setup), {**SIX, "dataMask": np.ones((2, 2))})


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("let x = ;", "x.js:1: SyntaxError: Unexpected token ';'\n    let x = ;\n            ^"),
        ("\n\nfoo(1);", "x.js:3: ReferenceError: foo is not defined\n    foo(1);\n    ^"),
        ("throw null", "x.js:1: null"),
        ("throw Symbol('a')", "x.js:1: <string conversion failed>"),
        ("throw new Error('a\\nb')", "x.js:1: Error: a b\n"),
        ("", "x.js: the script has no function `setup`"),
        ("var setup = 3", "x.js: the script has no function `setup`"),
        (SETUP, "x.js: the script has no function `evaluatePixel`"),
        ("function setup() {} function evaluatePixel() {}", "x.js: what setup() returns is wrong: setup() must return"),
        ("function setup() { return a.b; } function evaluatePixel() {}", "x.js:1: ReferenceError: a is not defined"),
        ("function setup() { return { input: ['A'], output: { bands: '3' } }; } function evaluatePixel() {}",
         'x.js: what setup() returns is wrong: output.bands: must be a whole number from 1 on, not "3"'),
        ("const o = {}; o.o = o; const setup = () => o, evaluatePixel = 1;", "x.js: the script has no function `evaluatePixel`"),
        ("const o = {}; o.o = o; const setup = () => o, evaluatePixel = setup;", "x.js:"),
        ("[" * 9000 + "]" * 9000, "x.js:0: RangeError: Maximum call stack size exceeded"),
        ("console.log(1)", "x.js: the script has no function `setup`"),
        (SETUP + "function evalutePixel(s) { return [1]; }", "x.js: the script has no function `evaluatePixel`; did you mean `evaluatePixel` where it says `evalutePixel`?"),
        ("const setUp = () => 1; function evaluatePixel() {}", "x.js: the script has no function `setup`; did you mean `setup` where it says `setUp`?"),
        ("function setup() { return { input: ['A'], ouput: { bands: 1 } }; } function evaluatePixel() {}",
         "x.js: what setup() returns is wrong: output: must be an output object or a list of them, not nothing; did you mean `output` where it says `ouput`?"),
        ("function setup() { return { input: [{ bands: [{ name: 'A' }] }], output: { bands: 1 } }; } function evaluatePixel() {}",
         "x.js: what setup() returns is wrong: input[0].bands: must be a list of strings, not a list that holds an object"),
        ("function setup() { return { input: [{ bands: { A: 1 } }], output: { bands: 1 } }; } function evaluatePixel() {}",
         "x.js: what setup() returns is wrong: input[0].bands: must be a list of strings, not an object"),
        ("function setup(ds) {\n  setInputComponents([ds.B04]);\n}\nfunction evaluatePixel(s) {}", "x.js:2: this is an evalscript of version 1,"),
        ("//VERSION=2\nfunction setup(ds) {\n  setInputComponents([ds.B04]);\n}\nfunction evaluatePixel(s) {}", "x.js:1: this is an evalscript of version 2,"),
        ("setTimeout(() => 1, 5)", "x.js:1: ReferenceError: setTimeout is not defined"),
    ],
)  # fmt: skip
def test_scripts_that_do_not_load(script: str, message: str) -> None:
    with pytest.raises(ScriptError) as caught:
        Program(Source(script, "x.js"))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("if (s.A === 4) return s.b.c; return [1];",
         "x.js:2: TypeError: Cannot read properties of undefined (reading 'c'), at the pixel in row 1, column 1, where A = 4\n"
         "    function evaluatePixel(s) { if (s.A === 4) return s.b.c; return [1]; }\n"
         + " " * 58 + "^"),
        ("if (s.A === 4) throw 'a reason'; return [1];", "x.js:2: a reason, at the pixel in row 1, column 1, where A = 4"),
        ("return [];", "x.js:2: evaluatePixel returned an array of 0 values, [], where setup() declares 1 value, at the pixel in row 0"),
        ("return { default: [] };", "x.js:2: evaluatePixel returned 0 values for 1 in the output `default`, which has 1 band: { default: [] }, at"),
        ("return { Defualt: [1] };", "x.js:2: Script must return an array. evaluatePixel returned an object, { Defualt: [1] }, without the output `default`: did you mean `default` where it says `Defualt`?"),
        ("return 'text';", "x.js:2: Script must return an array. evaluatePixel returned the string text where setup() declares 1 value"),
        ("return { other: [1] };", "x.js:2: Script must return an array. evaluatePixel returned an object, { other: [1] }, where setup() declares 1 value"),
        ("return () => 1;", "x.js:2: Script must return an array. evaluatePixel returned a function where setup() declares 1 value"),
        ("return [eval('s.A +\\n nothere.x')];", "x.js:2: ReferenceError: nothere is not defined, in line 2 of the evaluated text, at the pixel in row 0"),
        ("return [eval('s.A + * 2')];", "x.js:2: SyntaxError: Unexpected token '*', in line 1 of the evaluated text, at the pixel in row 0"),
        ("return [colorBlend(s.A, [0, 1, 2, 5], [[0], [9]])];", "x.js:2: Error: colorBlend needs a value for each limit"),
        ("return f(s); function f(x) { return f(x); }", "x.js:2: RangeError: Maximum call stack size exceeded"),
    ],
)  # fmt: skip
def test_scripts_that_fail_at_a_pixel(body: str, message: str) -> None:
    with Program(pixel(body)) as program, pytest.raises(PixelError) as caught:
        program.run(SIX)
    assert str(caught.value).startswith(message)
    assert caught.value.inputs == {"A": caught.value.row * 3 + caught.value.column}


def test_a_failure_in_a_later_block_names_its_own_pixel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 4)
    with (
        Program(pixel("if (s.A === 5) throw 1; return [1];")) as program,
        pytest.raises(PixelError) as caught,
    ):
        program.run(SIX)
    assert (caught.value.row, caught.value.column) == (1, 2)


@pytest.mark.parametrize("returned", ["[1]", "3", "{ a: [1] }", "{ a: [1], b: [1] }", "[]"])
def test_several_outputs_must_all_be_there(returned: str) -> None:
    setup = 'function setup() { return { input: ["A"], output: [{ id: "a", bands: 1 }, { id: "b", bands: 2 }] }; }'
    with Program(pixel(f"return {returned};", setup)) as program, pytest.raises(PixelError) as caught:
        program.run(SIX)
    assert re.search(
        r"the outputs a, b|for the output `b` where setup\(\) declares 2 values|1 value for 2 in the output `b`",
        str(caught.value),
    )


@pytest.mark.parametrize("returned", ["[s.A]", "s.A", "{ default: [s.A] }", "{ default: s.A }"])
def test_one_output_may_be_returned_in_several_ways(returned: str) -> None:
    np.testing.assert_array_equal(evaluate(pixel(f"return {returned};"), SIX)["default"][0], SIX["A"])


def test_an_output_with_an_id_may_be_a_bare_array() -> None:
    setup = 'function setup() { return { input: ["A"], output: { id: "x", bands: 1 } }; }'
    assert list(evaluate(pixel("return [1];", setup), SIX)) == ["x"]


def test_a_script_cannot_outrun_its_time() -> None:
    for script in (
        "while (true);",
        "function setup() { for (;;); } function evaluatePixel() {}",
        '/(a+)+b/.test("a".repeat(40));',
    ):
        with pytest.raises(ScriptTimeout, match=r"x\.js:1: it did not load within 0\.3 s: it was still"):
            Program(Source(script, "x.js"), timeout=0.3)
    with Program(pixel("if (s.A === 3) for (;;); return [1];"), timeout=0.3) as program:
        with pytest.raises(ScriptTimeout, match=r"x\.js:2: it did not get through the next pixels within 0\.3 s"):
            program.run(SIX)
        assert program.run({"A": np.zeros((1, 1))})["default"].item() == 1


ENDLESS = {
    "a loop": (
        "while (true) s.A++;",
        "x.js:5: it did not get through the next pixels within 0.3 s: it was still in `work`",
    ),
    "a loop without a body": ("for (;;);", "x.js:5: "),
    "an expression": ("return /(a+)+b/.test('a'.repeat(40));", "x.js:5: "),
    "a callback": ("[1].forEach(function each() { do { s.A--; } while (s); });", "x.js:5: "),
    "a helper": ("const v = new Identity(); for (;;) v.process(s.A);", "x.js:5: "),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_script_without_end_is_told_where_it_is(kind: str) -> None:
    body, message = ENDLESS[kind]
    text = f"""//VERSION=3
function setup() {{ return {{ input: ["A"], output: {{ bands: 1 }} }}; }}
function evaluatePixel(sample) {{ return [work(sample)]; }}
function work(s) {{
  {body}
}}"""
    with Program(Source(text, "x.js"), timeout=0.3) as program, pytest.raises(ScriptTimeout) as caught:
        program.run(SIX)
    assert str(caught.value).startswith(message)
    lines = str(caught.value).split("\n")
    assert lines[1] == f"      {body}"
    assert "    in work, line 5" in lines
    assert lines[-1] == "    in evaluatePixel, line 3"


def test_a_hook_and_a_simple_script_without_end_are_told_where_they_are() -> None:
    hook = """//VERSION=3
function setup() { return { input: ["A"], output: { bands: 1 } }; }
function evaluatePixel() { return [1]; }
function updateOutputMetadata() {
  for (;;);
}"""
    with Program(Source(hook, "x.js"), timeout=0.3) as program, pytest.raises(ScriptTimeout) as caught:
        program.run(SIX)
    assert str(caught.value).startswith(
        "x.js:5: it did not finish updateOutputMetadata within 0.3 s: it was still in `upd"
    )
    simple = "let a = B04;\nwhile (a > 0)\n  a += 1;\nreturn [a];"
    with Program(Source(simple, "x.js"), timeout=0.3) as program, pytest.raises(ScriptTimeout) as caught:
        program.run({"B04": np.ones((1, 1))})
    assert str(caught.value).startswith("x.js:2: it did not get through")


def test_a_heavy_script_may_take_its_time_as_long_as_it_gets_on() -> None:
    """Two seconds and more, under a limit of half a second."""
    body = "const end = Date.now() + 40; while (Date.now() < end); return [s.A];"
    told: list[tuple[int, int]] = []
    scene = {"A": np.arange(60.0).reshape(6, 10)}
    with Program(pixel(body), timeout=0.5) as program:
        out = program.run(scene, progress=lambda done, total: told.append((done, total)))
    np.testing.assert_array_equal(out["default"][0], scene["A"])
    assert {total for _, total in told} == {scene["A"].size}
    done = [number for number, _ in told]
    assert done == sorted(done)
    assert len(set(done)) > 3
    assert done[-1] == scene["A"].size


@pytest.mark.parametrize(
    "body",
    [
        "const all = []; for (;;) all.push(new Array(1000).fill(1.5));",
        "const all = []; for (;;) all.push(new Float64Array(100000).fill(1));",
        "new Array(2 ** 30).fill(0);",
        "let text = 'a'; const all = []; for (;;) { all.push((text + all.length).repeat(100000).split('')); }",
    ],
    ids=["arrays", "typed arrays", "one array", "strings"],
)
def test_a_script_cannot_outgrow_its_memory(body: str) -> None:
    with Program(pixel(f"if (s.A === 3) {{ {body} }} return [1];"), memory=250 * 2**20, timeout=20) as program:
        with pytest.raises((ScriptMemory, ScriptCrashed), match=r"x\.js: it needs more|x\.js: the process"):
            program.run(SIX)
        assert program.run({"A": np.zeros((1, 1))})["default"].item() == 1


def test_scripts_do_not_see_each_other() -> None:
    with Program(Source(SETUP + "var left = 1; Array.prototype.push = null; function evaluatePixel() { return [1]; }")):
        pass
    with Program(pixel("return [typeof left === 'undefined' && [].push ? 1 : 0];")) as program:
        assert program.run(SIX)["default"].min() == 1


def test_the_global_object_holds_the_language_and_the_library_only() -> None:
    hidden = [
        "setTimeout",
        "clearTimeout",
        "__timer_manager",
        "__TimerManager",
        "WebAssembly",
        "SharedArrayBuffer",
        "Atomics",
    ]
    checks = " + ".join(f"(typeof {name} === 'undefined' ? 0 : 1)" for name in hidden)
    assert evaluate(pixel(f"return [{checks}];"), SIX)["default"].max() == 0
    names = "Object.getOwnPropertyNames(globalThis).filter((name) => /stage|kernel|oso/.test(name)).length"
    assert evaluate(pixel(f"return [{names}];"), SIX)["default"].max() == 0


def test_the_clock_is_utc() -> None:
    assert evaluate(pixel("return [new Date(2020, 6, 1).getTimezoneOffset()];"), SIX)["default"].max() == 0


def test_what_the_script_breaks_breaks_only_the_script() -> None:
    for spoil in (
        "Array.isArray = () => false;",
        "JSON.stringify = () => '{}';",
        "Object.prototype.length = 1; Array.prototype[0] = 9;",
        "Number.isFinite = null; String = null; Reflect = null;",
    ):
        out = evaluate(Source(f"{spoil}\n{SETUP}function evaluatePixel(s) {{ return [s.A]; }}"), SIX)
        np.testing.assert_array_equal(out["default"][0], SIX["A"])


def test_redefining_evaluate_pixel_midway_changes_nothing() -> None:
    source = Source(SETUP + "function evaluatePixel(s) { evaluatePixel = () => [99]; return [s.A]; }")
    np.testing.assert_array_equal(evaluate(source, SIX)["default"][0], SIX["A"])


def test_a_closed_program_does_not_run() -> None:
    program = Program(pixel("return [1];"))
    program.close()
    program.close()
    with pytest.raises(ScriptError, match="is closed"):
        program.run(SIX)


def test_nodata_may_be_nan() -> None:
    setup = (
        'function setup() { return { input: ["A"], output: { bands: 1, sampleType: "FLOAT32", nodataValue: NaN } }; }'
    )
    with Program(pixel("return [1];", setup)) as program:
        nodata = program.setup.outputs[0].nodata
        assert nodata is not None
        assert math.isnan(nodata)


def test_a_script_that_breaks_off_says_nothing_of_what_is_put_behind_it() -> None:
    with pytest.raises(ScriptError, match=r"^x\.js:1: SyntaxError: Unexpected end of input"):
        Program(Source("function setup() { return { input: ['B04'], output: { bands: 1, \n", "x.js"))
