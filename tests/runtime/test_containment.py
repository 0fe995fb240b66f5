"""Hostile scripts: each ends in the right exception or in right output, in time, and the next script runs."""

from __future__ import annotations

import ctypes
import gc
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from oso_evalscript import Program, Source
from oso_evalscript.model.errors import (
    ArrayError,
    OsoError,
    PixelError,
    ScriptCrashed,
    ScriptError,
    ScriptMemory,
    ScriptTimeout,
)
from oso_evalscript.runtime import worker as workers
from oso_evalscript.runtime.outputs import Outputs
from oso_evalscript.runtime.scene import Scene

TIMEOUT = 0.1
SLACK = 2.0  # a second for the watch, the rest for a machine that is busy with other things
MEMORY = 120 * 2**20

SETUP = 'function setup() { return { input: ["A"], output: { bands: 1, sampleType: "FLOAT32" } }; }\n'
PLAIN = SETUP + "function evaluatePixel(s) { return [s.A]; }\n"
LOOP = "for (;;);"
SCENE = {"A": np.array([[3.0]])}


def pixel(body: str) -> str:
    return f"{SETUP}function evaluatePixel(s, scenes, inputMetadata, customData, outputMetadata) {{ {body} }}\n"


def returning(value: str) -> str:
    return pixel(f"return {value};")


def setup(value: str) -> str:
    return f"function setup() {{ return {value}; }}\nfunction evaluatePixel(s) {{ return [s.A]; }}\n"


def output(fields: str, value: str = "[s.A]") -> str:
    return f'function setup() {{ return {{ input: ["A"], output: {fields} }}; }}\nfunction evaluatePixel(s) {{ return {value}; }}\n'


def orbits(hook: str) -> str:
    return (
        'function setup() { return { input: ["A"], output: { bands: 1 }, mosaicking: "ORBIT" }; }\n'
        f"function evaluatePixel(samples) {{ return [1]; }}\n{hook}\n"
    )


def run(script: str, *, timeout: float = 10.0, memory: int = MEMORY, strict: bool = False) -> Outputs:
    """What a script makes of one pixel; asserts that it ends in time and that an error can be shown."""
    dated = "mosaicking" in script
    start = time.monotonic()
    try:
        with Program(Source(script, "x.js"), timeout=timeout, memory=memory, strict=strict) as program:
            return program.run([Scene(bands=SCENE, date="2020-01-01")] if dated else SCENE)
    except OsoError as error:
        said = str(error)
        said.encode()
        assert len(said.split("\n")[0]) < 1000
        assert len(said) < 4000
        raise
    finally:
        assert time.monotonic() - start < timeout + SLACK


@pytest.fixture(autouse=True)
def _the_next_script_runs() -> Iterator[None]:
    before = zombies()  # of tests with processes that are not ours, such as those of a cluster
    yield
    assert run(PLAIN)["default"].item() == 3
    assert zombies() <= before


def zombies() -> set[str]:
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue
        state, parent, *_ = rest.split()
        if int(parent) == os.getpid() and state == "Z":
            found.add(name)
    return found


# --- What never ends ---------------------------------------------------------------------------------------------------

ENDLESS = {
    "at load": LOOP,
    "in setup": setup(f"(() => {{ {LOOP} }})()"),
    "in a pixel": pixel(LOOP),
    "in a regular expression": pixel('/(a+)+b/.test("a".repeat(50));'),
    "in a comparison": pixel(f"[1, 2].sort(() => {{ {LOOP} }});"),
    "in a microtask at load": f"{PLAIN}(function again() {{ Promise.resolve().then(again); }})()",
    "in a microtask": pixel("(function again() { Promise.resolve().then(again); })(); return [1];"),
    "in preProcessScenes": orbits(f"function preProcessScenes() {{ {LOOP} }}"),
    "in filterScenes": orbits(f"function filterScenes() {{ {LOOP} }}"),
    "in updateOutput": f"{PLAIN}function updateOutput() {{ {LOOP} }}",
    "in what updateOutput sets": f"{PLAIN}function updateOutput(o) {{ o.default = {{ get bands() {{ {LOOP} }} }}; }}",
    "in updateOutputMetadata": f"{PLAIN}function updateOutputMetadata() {{ {LOOP} }}",
    "in a getter of the array": returning(f"Object.defineProperty([1], 0, {{ get() {{ {LOOP} }} }})"),
    "in a getter of an object": returning(f"{{ get default() {{ {LOOP} }} }}"),
    "in a proxy for the array": returning(f"new Proxy([1], {{ get() {{ {LOOP} }} }})"),
    "in a proxy for an object": returning(f"new Proxy({{}}, {{ ownKeys() {{ {LOOP} }} }})"),
    "in toString of what is thrown": pixel(f"throw {{ toString() {{ {LOOP} }} }};"),
    "in Symbol.toPrimitive of what is thrown": pixel(f"throw {{ [Symbol.toPrimitive]() {{ {LOOP} }} }};"),
    "in the stack of an error": pixel(
        f'const e = new Error(1); Object.defineProperty(e, "stack", {{ get() {{ {LOOP} }} }}); throw e;'
    ),
    "in the message of an error": pixel(
        f'const e = new Error(1); Object.defineProperty(e, "message", {{ get() {{ {LOOP} }} }}); throw e;'
    ),
    "in prepareStackTrace": f"Error.prepareStackTrace = () => {{ {LOOP} }};{pixel('throw new Error(1);')}",
    "in a getter of what is logged": pixel(f"console.log({{ get a() {{ {LOOP} }} }});"),
    "in toJSON of a date that is logged": pixel(f"console.log(Object.assign(new Date(), {{ toJSON() {{ {LOOP} }} }}));"),
    "in toJSON of the contract": setup(f"{{ toJSON() {{ {LOOP} }} }}"),
    "in a proxy for the contract": setup(f"new Proxy({{}}, {{ ownKeys() {{ {LOOP} }} }})"),
    "in toJSON of user data": pixel(f"outputMetadata.userData = {{ toJSON() {{ {LOOP} }} }}; return [1];"),
    "in a getter for user data": pixel(
        f'Object.defineProperty(outputMetadata, "userData", {{ get() {{ {LOOP} }} }}); return [1];'
    ),
    "in a getter for evaluatePixel": (
        f'{SETUP}let n = 0; Object.defineProperty(globalThis, "evaluatePixel", {{ get() {{ if (n++) {LOOP} return () => [1]; }} }});'
    ),
    "in the length of evaluatePixel": f'{PLAIN}Object.defineProperty(evaluatePixel, "length", {{ get() {{ {LOOP} }} }});',
    "in the prototype of the global object": (
        f"{PLAIN}Object.setPrototypeOf(globalThis, new Proxy({{}}, {{ has() {{ {LOOP} }} }}));"
    ),
    "at length, in an array": pixel("let a = [1]; for (let i = 0; i < 60; i++) a = [a, a]; JSON.stringify(a);"),
}  # fmt: skip


@pytest.mark.parametrize("script", ENDLESS.values(), ids=ENDLESS.keys())
def test_what_never_ends_is_ended(script: str) -> None:
    with pytest.raises(ScriptTimeout, match=r"(?s)^x\.js(:\d)?: it did not [\w ]+ within 0\.1 s(: it was still .+)?$"):
        run(script, timeout=TIMEOUT)


# --- What needs too much -----------------------------------------------------------------------------------------------

BOMBS = {
    "arrays": pixel("const a = []; for (;;) a.push(new Array(1000).fill(1.5));"),
    "one array": pixel("new Array(2 ** 30).fill(0);"),
    "strings": pixel('const a = []; for (let i = 0; ; i++) a.push(`x${i}`.repeat(1e5).split(""));'),
    "typed arrays": pixel("const a = []; for (;;) a.push(new Float64Array(1e6).fill(1));"),
    "one typed array": pixel("new Uint8Array(3e9).fill(1);"),
    "many array buffers": pixel("const a = []; for (;;) a.push(new ArrayBuffer(1e6));"),
    "array buffers that are filled": pixel("const a = []; for (;;) a.push(new Uint8Array(new ArrayBuffer(1e6)).fill(1));"),
    "a map": pixel("const a = new Map(); for (let i = 0; ; i++) a.set(i, [i]);"),
    "closures": pixel("let f = () => 1; for (;;) { const g = f; f = () => g; }"),
    "at load": "const a = []; for (;;) a.push(new Array(1000).fill(1.5));",
    "what is logged": pixel('console.log("x".repeat(5e8).split(""));'),
    "what is returned": returning('"x".repeat(5e8).split("")'),
    "the contract": setup('{ x: "x".repeat(5e8) }'),
    "user data": pixel('outputMetadata.userData = "x".repeat(5e8); return [1];'),
    "parts of user data": pixel('const x = "x".repeat(1e8); outputMetadata.userData = [x, x, x]; return [1];'),
    "a text that doubles": pixel('let text = "ab"; for (;;) text += text;'),
    "a thousand million bands": output("{ bands: 1e9 }"),
    "more bands than there are numbers": output("{ bands: 1e300 }"),
    "bands by updateOutput": f"{PLAIN}function updateOutput(o) {{ o.default.bands = 1e300; }}",
}  # fmt: skip


@pytest.mark.parametrize("script", BOMBS.values(), ids=BOMBS.keys())
def test_what_needs_too_much_is_ended(script: str) -> None:
    said = (
        r"^x\.js: (it needs more than|it has too many bands|the script promises \S+ bands)|^x\.js: the process that runs it ended \(signal"
        r"|RangeError: (Array buffer allocation failed|Invalid string length|Invalid typed array length)"
    )
    with pytest.raises((ScriptMemory, ScriptCrashed, PixelError, ScriptError), match=said) as caught:
        run(script)
    assert not isinstance(caught.value, ScriptTimeout)


def test_the_caller_does_not_grow_with_the_script() -> None:
    before = peak()
    for script in ("user data", "the contract", "more bands than there are numbers", "what is returned"):
        with pytest.raises(ScriptError):
            run(BOMBS[script])
    assert peak() - before < 64 * 2**20


def peak() -> int:
    match = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert match
    return int(match[1]) * 1024


# --- What is told in one sentence --------------------------------------------------------------------------------------

REVOKED = "const r = Proxy.revocable([1], {}); r.revoke();"
DEEP = "(() => { let a = []; for (let i = 0; i < 2000; i++) a = [a]; return a; })()"

REFUSED: dict[str, tuple[str, type[ScriptError], str]] = {
    # thrown values
    "null": (pixel("throw null;"), PixelError, r"x\.js:2: null, at the pixel"),
    "undefined": (pixel("throw undefined;"), PixelError, r"x\.js:2: undefined, at"),
    "a symbol": (pixel('throw Symbol("a");'), PixelError, r"x\.js:2: "),
    "a big integer": (pixel("throw 10n;"), PixelError, r"x\.js:2: 10, at"),
    "a function": (pixel("throw () => 1;"), PixelError, r"x\.js:2: \(\) => 1, at"),
    "a revoked proxy": (pixel(f"{REVOKED} throw r.proxy;"), PixelError, r"x\.js:2: "),
    "a throwing toString": (pixel("throw { toString() { throw 1; } };"), PixelError, r"x\.js:2: "),
    "a throwing stack": (
        pixel('throw Object.defineProperty(new Error("x"), "stack", { get() { throw 1; } });'), PixelError, "Error: x, at"),
    "a throwing message": (
        pixel('throw Object.defineProperty(new Error("x"), "message", { get() { throw 1; } });'), PixelError, r"x\.js:2: "),
    "a stack that is no text": (pixel('throw Object.assign(new Error("x"), { stack: {} });'), PixelError, "Error: x, at"),
    "a message of 10 MB": (pixel('throw new Error("x".repeat(1e7));'), PixelError, r"x\.js:2: Error: x{400,}…, at the pixel"),
    "a text of 10 MB": (pixel('throw "x".repeat(1e7);'), PixelError, r"x\.js:2: x{400,}…, at the pixel"),
    "half a surrogate pair": (pixel('throw "a\\ud800b";'), PixelError, r"x\.js:2: a.b, at"),
    "half a pair in an error": (pixel('throw new Error("a\\ud800b");'), PixelError, r"x\.js:2: Error: a.b, at"),
    "half a pair in a name": (pixel('throw Object.assign(new Error(1), { name: "\\ud800" });'), PixelError, r"x\.js:2: .: 1, at"),
    "prepareStackTrace that throws": (
        f"Error.prepareStackTrace = () => {{ throw 1; }};{pixel('throw new Error(1);')}", PixelError, "Error: 1, at"),
    "prepareStackTrace of objects": (
        f"Error.prepareStackTrace = () => ({{}});{pixel('throw new Error(1);')}", PixelError, "Error: 1, at"),
    "endless stacks": (
        f"Error.stackTraceLimit = Infinity;{pixel('f(0); function f(n) { if (n === 5000) throw new Error(1); f(n + 1); }')}",
        PixelError, "Error: 1, at"),
    "no stacks": (f"Error.stackTraceLimit = 0;{pixel('throw new Error(1);')}", PixelError, "Error: 1, at"),
    "no Error at all": (f"delete globalThis.Error;{pixel('s.a.b')}", PixelError, "TypeError: Cannot read"),
    # deep recursion
    "a function that calls itself": (
        pixel("return f(1); function f(x) { return f(x) + 1; }"), PixelError, "RangeError: Maximum call stack"),
    "a getter that reads itself": (pixel("return [{ get a() { return this.a; } }.a];"), PixelError, "RangeError: Maximum"),
    "a proxy that asks itself": (
        pixel("return [new Proxy({}, { get(t, k, r) { return r[k]; } }).x];"), PixelError, "RangeError: Maximum"),
    "a deep tree": ("[" * 9000 + "]" * 9000, ScriptError, "RangeError: Maximum"),
    "a huge regular expression": (
        pixel('new RegExp("(a|".repeat(1e5) + "b" + ")".repeat(1e5));'), PixelError, "SyntaxError: Invalid regular expression"),
    # contracts
    "a contract in a circle": (setup("(() => { const o = {}; o.o = o; return o; })()"), ScriptError, "circular structure"),
    "a long contract": (setup('{ x: "x".repeat(1e7) }'), ScriptError, "what setup.. returns is more than 8388608 characters"),
    "a deep contract": (setup(f'{{ input: ["A"], output: {{ bands: 1 }}, a: {DEEP} }}'), ScriptError, r"x\.js: "),
    "a contract that is a big integer": (setup("1n"), ScriptError, "TypeError: Do not know how to serialize a BigInt"),
    "a contract that throws": (setup("(() => { throw null; })()"), ScriptError, "x.js:1: null"),
    "a promise of a contract": (
        'async function setup() { return { input: ["A"], output: { bands: 1 } }; } function evaluatePixel() {}',
        ScriptError, "what setup.. returns is wrong: input"),
    "numbers in our own wrapping": (
        output('{ bands: 1, nodataValue: { $number: "abc" } }'), ScriptError, "nodataValue: must be a number"),
    "numbers as objects in our own wrapping": (
        output("{ bands: 1, nodataValue: { $number: {} } }"), ScriptError, "nodataValue: must be a number"),
    "a number of 5000 digits": (output('{ bands: JSON.rawJSON("1".repeat(5000)) }'), ScriptError, "a number with too many digits"),
    "a getter for setup that throws": (
        'Object.defineProperty(globalThis, "setup", { get() { throw null; } }); function evaluatePixel() {}',
        ScriptError, "x.js:1: null"),
    "a getter for a hook that throws": (
        f'{PLAIN}Object.defineProperty(globalThis, "updateOutput", {{ get() {{ throw null; }} }});', ScriptError, "x.js:3: null"),
    "an id that is half a surrogate pair": (
        output('{ id: "\\ud800", bands: 1 }', '{ "\\ud800": [1] }'), PixelError, "Script must return an array"),
    # functions of another kind
    "evaluatePixel is asynchronous": (
        f"{SETUP}async function evaluatePixel(s) {{ return [1]; }}", PixelError, "Script must return an array"),
    "evaluatePixel is a generator": (
        f"{SETUP}function* evaluatePixel(s) {{ return [1]; }}", PixelError, "Script must return an array"),
    "evaluatePixel is a class": (f"{SETUP}class evaluatePixel {{}}", PixelError, "cannot be invoked without 'new'"),
    "evaluatePixel goes away": (
        f'{SETUP}let n = 0; Object.defineProperty(globalThis, "evaluatePixel", {{ get() {{ return n++ < 2 ? () => [1] : 5; }} }});',
        PixelError, "evaluatePixel is not a function"),
    # returned values
    "a typed array is returned": (returning("new Float32Array([1])"), PixelError, "returned an object, { 0: 1 }, where"),
    "arguments are returned": (returning("arguments"), PixelError, "returned an object"),
    "a likeness of an array": (returning("{ length: 1, 0: 1 }"), PixelError, "returned an object, { 0: 1, length: 1 }, where"),
    "a revoked proxy is returned": (pixel(f"{REVOKED} return r.proxy;"), PixelError, "proxy that has been revoked"),
    "a revoked proxy within": (pixel(f"{REVOKED} return {{ a: r.proxy }};"), PixelError, "a value that cannot be shown"),
    "a proxy that throws": (returning("new Proxy([1], { get() { throw null; } })"), PixelError, "x.js:2: null, at"),
    "a proxy with a text for its length": (
        returning('new Proxy([1], { get: (t, k) => k === "length" ? "x".repeat(1e6) : t[k] })'), PixelError, "without a length"),
    "the longest array": (returning("new Array(2 ** 32 - 1)"), PixelError, "an array of 4294967295 values where"),
    "a symbol is returned": (returning("Symbol()"), PixelError, r"returned the symbol Symbol\(\) where"),
    "a long text": (returning('"x".repeat(1e7)'), PixelError, "returned the string x{20} where"),
    "long texts in an object": (returning('({ a: "x".repeat(1e7), b: "x".repeat(1e7) })'), PixelError, "returned an object where"),
    "a wrong array, and toJSON spoilt": (
        pixel("Object.prototype.toJSON = Array.prototype.toJSON = () => 1; return [1, 2];"), PixelError, "array of 2 values, .1, 2., where"),
    # user data
    "user data in a circle": (
        pixel("const o = {}; o.o = o; outputMetadata.userData = o; return [1];"), ScriptError, "cannot be written as JSON: TypeError: Conv"),
    "long user data": (
        pixel('outputMetadata.userData = "x".repeat(1e7); return [1];'), ScriptError, "userData is more than 8388608 characters"),
    "deep user data": (
        pixel(f"outputMetadata.userData = {DEEP}; return [1];"), ScriptError, "userData is nested too deeply"),
    "user data of 5000 digits": (
        pixel('outputMetadata.userData = JSON.rawJSON("1".repeat(5000)); return [1];'), ScriptError, "a number with too many digits"),
    "user data that is a big integer": (pixel("outputMetadata.userData = 1n; return [1];"), ScriptError, "serialize a BigInt"),
    "user data whose toJSON throws": (
        pixel("outputMetadata.userData = { toJSON() { throw null; } }; return [1];"), ScriptError, "cannot be written as JSON: null"),
    "user data whose toJSON throws what throws": (
        pixel("outputMetadata.userData = { toJSON() { throw { get message() { throw 1; } }; } }; return [1];"),
        ScriptError, "cannot be written as JSON: a value that cannot be shown"),
    # other hooks
    "updateOutput throws": (f"{PLAIN}function updateOutput() {{ throw null; }}", ScriptError, "x.js:3: null"),
    "updateOutputMetadata throws": (f"{PLAIN}function updateOutputMetadata() {{ throw null; }}", ScriptError, "x.js:3: null"),
    "preProcessScenes returns a proxy": (
        orbits(f"function preProcessScenes() {{ {REVOKED} return r.proxy; }}"), ScriptError, "proxy that has been revoked"),
    "preProcessScenes returns other scenes": (
        orbits("function preProcessScenes(c) { c.scenes.orbits = [{ __idx: 1e9 }]; return c; }"), ScriptError, "not given"),
    "filterScenes returns numbers beyond": (
        orbits("function filterScenes(s) { return [{ __idx: -1 }]; }"), ScriptError, "a scene that it was not given"),
    # texts
    "an unclosed comment": (f"{PLAIN}/* ", ScriptError, r"x\.js:3: SyntaxError"),
    "an unclosed template": (f"{PLAIN}`", ScriptError, r"x\.js:3: SyntaxError: Unexpected end of input$"),
    "an unclosed text": (f'{PLAIN}"\\', ScriptError, r"x\.js:3: SyntaxError"),
    "an unclosed function": (f"{PLAIN}function f() {{", ScriptError, r"x\.js:3: SyntaxError: Unexpected end of input$"),
    "an unfinished condition": (f"{PLAIN}if (1)", ScriptError, r"x\.js:3: SyntaxError: Unexpected end of input$"),
    "an unfinished value": (f"{PLAIN}var a =", ScriptError, r"x\.js:3: SyntaxError: Unexpected end of input$"),
    "import": (f'import a from "b";\n{PLAIN}', ScriptError, "SyntaxError: Cannot use import statement"),
    "import.meta": (f"{PLAIN}import.meta", ScriptError, "SyntaxError: Cannot use 'import.meta'"),
    "export": (f"export {PLAIN}", ScriptError, "SyntaxError: Unexpected token 'export'"),
    "await": (f"{PLAIN}await 1", ScriptError, "SyntaxError: await is only valid"),
    "a name for the text": (f"{pixel('throw new Error(1);')}//# sourceURL=stage.js", PixelError, r"x\.js:2: Error: 1, at"),
    "names for the text": (
        f"{pixel('throw new Error(1);')}//# sourceURL=a b\n//# sourceMappingURL=http://x/y", PixelError, r"x\.js:2: Error: 1, at"),
    "the helpers' name": (
        f'{SETUP}const evaluatePixel = new Function("s", "throw new Error(1)\\n//# sourceURL=helpers.js")', PixelError, "Error: 1, at"),
}  # fmt: skip


@pytest.mark.parametrize(("script", "kind", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_is_told_in_one_sentence(script: str, kind: type[ScriptError], message: str) -> None:
    with pytest.raises(ScriptError, match=message) as caught:
        run(script, strict=True)
    assert type(caught.value) is kind


# --- What does no harm -------------------------------------------------------------------------------------------------

EVERY_CLASS = "[Array, String, Object, Function, Number, Map, Error, Date, RegExp, Promise, ArrayBuffer, Float32Array]"
OWN_NAMES = '["setup", "evaluatePixel", "updateOutput", "updateOutputMetadata", "preProcessScenes", "filterScenes"]'

HARMLESS = {
    "a proxy for evaluatePixel": f"{SETUP}const evaluatePixel = new Proxy((s) => [s.A], {{}});",
    "a bound evaluatePixel": f"{SETUP}const evaluatePixel = ((s) => [s.A]).bind(null);",
    "an array of a class": pixel("class X extends Array {} return X.of(s.A);"),
    "a proxy for an array": returning("new Proxy([s.A], {})"),
    "a getter in an array": returning("Object.defineProperty([], 0, { get: () => s.A })"),
    "a thenable": returning("{ default: [s.A], then() { for (;;); } }"),
    "frozen": returning("Object.freeze([s.A])"),
    "strict": f'"use strict";\n{PLAIN}',
    "no last line end": f"{PLAIN}// the end",
    "a comment of web pages": f"{PLAIN}<!-- x\n--> y",
    "a comment of web pages at the end": f"{PLAIN}\n-->",
    "debugger": pixel("debugger; return [s.A];"),
    "a last value that is a big integer": f"{PLAIN}10n",
    "a last value that is a date far away": f"{PLAIN}new Date(8.64e15)",
    "a last value that is a symbol": f"{PLAIN}Symbol()",
    "a last value that is long": f'{PLAIN}"x".repeat(1e8)',
    "a last value that is no text": f'{PLAIN}"\\ud800"',
    "import()": pixel('import("/etc/passwd").catch(() => 0); return [s.A];'),
    "new Function": returning('new Function("a", "return [a]")(s.A)'),
    "indirect eval": returning('(0, eval)("(a) => [a]")(s.A)'),
    "weak references": pixel(
        "new FinalizationRegistry(() => { for (;;); }).register({}); new WeakRef({});"
        "let a; for (let i = 0; i < 1e5; i++) a = [{}]; return [s.A];"
    ),
    "a long regular expression": pixel('new RegExp("a{0,1000}".repeat(500)).test("b".repeat(1000)); return [s.A];'),
    "a broken promise": pixel("Promise.reject(new Error(1)); return [s.A];"),
    "evaluatePixel changed midway": f"{SETUP}function evaluatePixel(s) {{ evaluatePixel = null; return [s.A]; }}",
    "a helper changed midway": pixel("index = null; ColorMapVisualizer.prototype.process = null; return [s.A];"),
    "the length of evaluatePixel is text": f'{PLAIN}Object.defineProperty(evaluatePixel, "length", {{ value: "x" }});',
    "the length of evaluatePixel is endless": f'{PLAIN}Object.defineProperty(evaluatePixel, "length", {{ value: Infinity }});',
    "the length of evaluatePixel is an object": f'{PLAIN}Object.defineProperty(evaluatePixel, "length", {{ value: {{}} }});',
    "the length of evaluatePixel is a big integer": f'{PLAIN}Object.defineProperty(evaluatePixel, "length", {{ value: 1n }});',
    "toJSON everywhere": pixel(
        "for (const C of [Object, Array, String, Number]) C.prototype.toJSON = () => { for (;;); };"
        "console.log(1, [2], { a: 3 }); return [s.A];"
    ),
    "species": f"Object.defineProperty(Array, Symbol.species, {{ get() {{ {LOOP} }} }});{pixel('console.log([1]); return [s.A];')}",
    "setters on Array.prototype": (
        f"Object.defineProperty(Array.prototype, 0, {{ set() {{ {LOOP} }} }});{pixel('console.log(1); return [s.A];')}"
    ),
    "setters on Object.prototype": (
        'for (const name of ["all", "chosen", "kernel", "parameters", "slots", "bands", "A", "default", "SIMPLE", "default"]) '
        "Object.defineProperty(Object.prototype, name, { set() { for (;;); }, get: () => 7, configurable: true });"
        + pixel("console.log(1); return [s.A];")
    ),
    "a value on Object.prototype": f"Object.prototype.value = Object.prototype.enumerable = 1;{PLAIN}",
    "Object.prototype frozen": f"Object.freeze(Object.prototype);{pixel('console.log({ a: 1 }); return [s.A];')}",
    "Array.prototype frozen": f"Object.freeze(Array.prototype);{pixel('console.log([1]); return [s.A];')}",
    "globals frozen": f"{PLAIN}Object.freeze(globalThis);",
    "globals deleted": (
        f"{PLAIN}for (const name of Object.getOwnPropertyNames(this)) if (!{OWN_NAMES}.includes(name)) delete this[name];"
    ),
    "globals replaced": (
        f"{PLAIN}for (const name of Object.getOwnPropertyNames(this)) "
        f"if (!{OWN_NAMES}.includes(name)) try {{ this[name] = () => {{ {LOOP} }}; }} catch {{}}"
    ),
    "methods replaced at a pixel": pixel(
        f"const all = {EVERY_CLASS}; for (let i = 0; i < all.length; i++) {{"
        "  const names = Reflect.ownKeys(all[i].prototype);"
        '  for (let j = 0; j < names.length; j++) if (names[j] !== "constructor")'
        "    try { all[i].prototype[names[j]] = () => { for (;;); }; } catch {}"
        "} console.log(1, [2], { a: 3 }); return [s.A];"
    ),
    "classes of its own": f"class ArrayBuffer {{}} class Float64Array {{}} class Float32Array {{}}{PLAIN}",
    "array buffers that are watched": pixel(
        "if (seen > 0) throw 1; return [s.A];"
    ) + "let seen = 0; ArrayBuffer = Float64Array = Float32Array = class extends ArrayBuffer { constructor(n) { super(n); seen++; } };",
    "no prototype for the global object": f"{PLAIN}Object.setPrototypeOf(globalThis, null)",
    "stacks that are read": pixel(
        "Error.prepareStackTrace = (e, calls) => calls.map((call) => [String(call.getFunction()), call.getThis()].join()).join();"
        "if (/stage_[0-9a-f]{32}/.test(new Error(1).stack)) throw 1; return [s.A];"
    ),
    "a data mask named before": setup('{ input: ["A", "dataMask"], output: { bands: 1, sampleType: "FLOAT32" } }'),
}  # fmt: skip


@pytest.mark.parametrize("script", HARMLESS.values(), ids=HARMLESS.keys())
def test_what_does_no_harm_gives_the_right_output(script: str) -> None:
    assert run(script)["default"].tolist() == [[[3.0]]]


@pytest.mark.parametrize("value", ["[Symbol()]", "[1n]", "[{ valueOf() { for (;;); } }]", "[,]", "[[1]]", '["3"]'])
def test_what_is_no_number_is_stored_as_nan(value: str) -> None:
    assert np.isnan(run(returning(value))["default"].item())


NAMES = ["__proto__", "constructor", "toString", "length", "then", "", "'\"`${}\\", "a\0b", "\u2028\u2029", "</script>"]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_of_outputs_and_bands(name: str) -> None:
    written = '"' + "".join(f"\\u{ord(char):04x}" for char in name) + '"'
    script = f"""
      function setup() {{ return {{
        input: [{{ bands: [{written}, "B"] }}],
        output: [{{ id: {written}, bands: 1, sampleType: "FLOAT32" }}, {{ id: "other", bands: 1 }}],
      }}; }}
      function updateOutput(outputs) {{ outputs[{written}].bands = 1; }}
      function evaluatePixel(s) {{ return {{ [{written}]: [s[{written}]], other: [s.B] }}; }}"""
    with Program(Source(script, "x.js")) as program:
        out = program.run({name: np.array([[7.0]]), "B": np.array([[1.0]])})
        assert {id_: array.tolist() for id_, array in out.items()} == {name: [[[7.0]]], "other": [[[255]]]}
        with pytest.raises(ArrayError):
            program.run({"B": np.array([[1.0]])})


# --- What is logged, and kept ------------------------------------------------------------------------------------------


def test_a_flood_of_log_lines_is_cut() -> None:
    log = run(pixel("for (let i = 0; i < 1e7; i++) console.log(i); return [1];"))
    assert len(log.log) == 101
    assert log.log[-1].text == "… and 9999900 lines more"


@pytest.mark.parametrize(
    "value",
    ['"x".repeat(1e7)', '["x".repeat(1e7)]', '"x".repeat(1e7), 1', 'Object.assign(new Error(), { name: "x".repeat(1e7) })']
)  # fmt: skip
def test_a_long_log_line_is_cut(value: str) -> None:
    (line,) = run(pixel(f"console.log({value}); return [1];")).log
    assert 490 < len(line.text) <= 500


def test_what_is_logged_can_be_printed() -> None:
    (line,) = run(pixel('console.log("a\\ud800b", ["\\udc00"]); return [1];')).log
    assert line.text.encode().decode() == line.text
    assert line.text.startswith("a\ufffdb [")


def test_a_tree_that_is_logged_is_cut() -> None:
    (line,) = run(
        pixel(
            'let a = "x".repeat(1000); for (let i = 0; i < 9; i++) a = Array(20).fill(a); console.log(a); return [1];'
        )
    ).log
    assert len(line.text) <= 500


def test_a_failure_keeps_its_log_whatever_the_script_spoils() -> None:
    with pytest.raises(PixelError) as caught:
        run(pixel("Object.prototype.toJSON = Array.prototype.toJSON = () => 1; console.log(5); throw 1;"))
    assert caught.value.log == ("console.log at row 0, column 0: 5",)


def test_user_data_keeps_what_json_keeps() -> None:
    assert run(pixel('outputMetadata.userData = { toJSON: () => ["\\ud800", 1e300, null] }; return [1];')).user_data == [
        "\ud800", 1e300, None]  # fmt: skip


def test_dates_are_utc_and_any_date_is_shown() -> None:
    (line,) = run(pixel("console.log(new Date(8.64e15), new Date(NaN), new Date(2020, 0, 1)); return [1];")).log
    assert line.text == '"+275760-09-13T00:00:00.000Z" null "2020-01-01T00:00:00.000Z"'


# --- Nothing stays behind ----------------------------------------------------------------------------------------------


def held() -> tuple[int, int]:
    """The descriptors and the mappings of this process, but for waiting workers."""
    gc.collect()
    while workers._idle:
        workers._idle.pop().kill()
    return len(list(Path("/proc/self/fd").iterdir())), len(Path("/proc/self/maps").read_text().splitlines())


def test_two_hundred_programs_leave_nothing() -> None:
    every = [
        REFUSED["null"][0],
        PLAIN,
        REFUSED["deep user data"][0],
        HARMLESS["globals replaced"],
        REFUSED["a big integer"][0],
    ]
    for script in [*every, ENDLESS["at load"], ENDLESS["in a pixel"]]:
        _attempt(script)
    descriptors, mappings = held()
    others = {worker for worker in workers._alive if worker.usable}  # of programs that other tests still hold
    for number in range(200):
        _attempt(ENDLESS["in a pixel"] if number % 40 == 0 else every[number % len(every)])
    after = held()
    assert after[0] == descriptors
    assert after[1] <= mappings + 40  # Python's own arenas come and go
    assert {worker for worker in workers._alive if worker.usable} <= others


def _attempt(script: str) -> None:
    try:
        run(script, timeout=TIMEOUT if LOOP in script and "globalThis" not in script else 10.0)
    except ScriptError:
        return


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux about the process")
def test_the_worker_has_given_up_what_it_does_not_need() -> None:
    with Program(PLAIN) as program:
        program.run(SCENE)
        worker = program._engines[0]._worker
        assert worker is not None
        folder = Path("/proc") / str(worker._process.pid)
        status, limits = (folder / "status").read_text(), (folder / "limits").read_text()
        names = [str(item.readlink()) for item in (folder / "fd").iterdir()]
        environment = (folder / "environ").read_bytes().split(b"\0")
        chosen = (folder / "oom_score_adj").read_text()
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE)
    assert re.search(r"^Max core file size\s+0\s+0 ", limits, re.MULTILINE)
    assert re.search(r"^Max file size\s+0\s+0 ", limits, re.MULTILINE)
    assert re.search(r"^Max open files\s+32\s+32 ", limits, re.MULTILINE)
    assert not [name for name in names if not re.match(r"pipe:|socket:|anon_inode:|/memfd:oso-evalscript", name)]
    assert {item.split(b"=")[0] for item in environment if item} <= {b"TZ", b"LC_ALL", b"LD_LIBRARY_PATH"}
    assert chosen.strip() == "1000"


CONFINED = """
import errno, os, socket, sys
sys.path.insert(0, sys.argv[1])
import child
stream = socket.socket()
child._confine()
attempts = {
    "read": lambda: open("/etc/hostname"),
    "write": lambda: open("/tmp/oso-evalscript-confined", "w"),
    "list": lambda: os.listdir("/"),
    "start": lambda: os.execv("/bin/true", ["true"]),
    "connect": lambda: stream.connect(("127.0.0.1", 9)),
    "signal": lambda: os.kill(os.getppid(), 0),
    "descriptors": lambda: [os.dup(0) for _ in range(40)],
}
for name, attempt in attempts.items():
    try:
        attempt()
        print(name, "done")
    except OSError as error:
        print(name, errno.errorcode[error.errno])
"""


def test_what_a_script_that_got_out_of_its_isolate_could_not_do() -> None:
    folder = Path(workers.__file__).parent
    done = subprocess.run([sys.executable, "-c", CONFINED, str(folder)], capture_output=True, text=True, check=True)
    told = dict(line.split() for line in done.stdout.splitlines())
    assert told["descriptors"] == "EMFILE"
    version = landlock()
    if version < 1:
        pytest.skip("this kernel has no Landlock")
    assert {told[name] for name in ("read", "write", "list", "start")} == {"EACCES"}
    assert told["connect"] == ("EACCES" if version >= 4 else "ECONNREFUSED")
    assert told["signal"] == ("EPERM" if version >= 6 else "done")


def landlock() -> int:
    """The version of Landlock that the kernel has, 0 or less where it has none."""
    if sys.platform != "linux":
        return 0
    return int(ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1))
