"""Where the text does not tell, the linter is silent; and it answers soon, however the text is made."""

from __future__ import annotations

import time

import pytest

from oso_evalscript import fix, lint
from oso_evalscript.model.text import Source

READ_OR_RETURNED = ("output-length", "samples-shape", "undeclared-band")
HEAD = "//VERSION=3\nfunction setup() {{ return {{ input: [{bands}], output: {{ bands: {count} }}{more} }}; }}\n"


def script(pixel: str, bands: str = '"B04", "dataMask"', count: int = 3, more: str = "") -> Source:
    return Source(HEAD.format(bands=bands, count=count, more=more) + pixel)


@pytest.mark.parametrize(
    "pixel",
    [
        # arrays that grow through another name
        "function add(l, p) { l.push(1, p.B04, 1); } function evaluatePixel(s) { const o = []; add(o, s); return o; }",
        "const viz = new ColorMapVisualizer([[0, 0x000000], [1, 0xffffff]]); function cut(c) { c.pop(); }\n"
        "function evaluatePixel(s) { const c = viz.process(1).concat([1]); cut(c); return c; }",
        "function evaluatePixel(s) { const o = []; [o[0], o[1], o[2]] = [1, 2, 3]; return o; }",
        "function evaluatePixel(s) { const o = []; o.push.apply(o, [1, 2, 3]); return o; }",
        "function evaluatePixel(s) { const o = []; Array.prototype.push.call(o, 1, 2, 3); return o; }",
        "function evaluatePixel(s) { const o = [], p = o; p.push(1, 2, 3); return o; }",
        "function evaluatePixel(s) { const o = []; o['push'](1, 2, 3); return o; }",
        "function evaluatePixel(s) { const o = []; [1, 2, 3].reduce((a, b) => { a.push(b); return a; }, o); return o; }",
        "function evaluatePixel(s) { const o = []; new Filler(o).fill(); return o; } class Filler { constructor(o) { this.o = o; } fill() { this.o.push(1, 2, 3); } }",
        "function evaluatePixel(s) { const o = [], box = { o }; box.o.push(1, 2, 3); return o; }",
        "function evaluatePixel(s) { const o = []; for (const v of [1, 2, 3]) o[o.length] = v; return o; }",
        "function evaluatePixel(s) { const o = []; o.length = 3; return o; }",
        # another function or another return than it seems
        "function evaluatePixel(s) { return [1]; }\nevaluatePixel = ((f) => (s) => [...f(s), 1, 1])(evaluatePixel);",
        "var evaluatePixel = function (s) { return [1]; };\nif (true) { evaluatePixel = function (s) { return [1, 1, 1]; }; }",
        "function evaluatePixel(s) { try { return [1]; } finally { return [1, 1, 1]; } }",
        "function evaluatePixel(s) { return { default: [1], ...{ default: [1, 2, 3] } }; }",
        "function evaluatePixel(s) { const inner = () => { return [1]; }; return [inner(), 1, 1]; }",
        # lengths that are known to be right
        "const out = [1, 2, 3]; function evaluatePixel(s) { return out.map((v) => v * s.B04); }",
        "var evaluatePixel = function evaluatePixel(s) { return [s.B04, ...[1, 2]]; };",
    ],
)
def test_no_length_is_guessed(pixel: str) -> None:
    assert lint(script(pixel), select=READ_OR_RETURNED).diagnostics == ()


@pytest.mark.parametrize(
    "pixel",
    [
        "function more(p) { p.ndvi = 1; } function evaluatePixel(s) { more(s); return [s.ndvi, 1, 1]; }",
        "function evaluatePixel(s) { Object.assign(s, { ndvi: 1 }); return [s.ndvi, 1, 1]; }",
        "function evaluatePixel(s) { for (const k of ['x']) s[k] = 2; return [s.x, 1, 1]; }",
        "function fill(p, k) { p[k] = 2; } function evaluatePixel(s) { fill(s, 'x'); return [s.x, 1, 1]; }",
        "function evaluatePixel(s) { return [s.hasOwnProperty('CLM') ? s.CLM : 0, 1, 1]; }",
        "function evaluatePixel(s) { return ['CLM' in s ? s.CLM : 0, 1, 1]; }",
        "const EXTRA = 'CLM'; function evaluatePixel(s) { return [EXTRA in s ? s.CLM : 0, 1, 1]; }",
        "function evaluatePixel(s) { const clm = s.CLM; return [clm === undefined ? 0 : clm, 1, 1]; }",
        "const evaluatePixel = ({ B04, CLM }) => [CLM === undefined ? B04 : CLM, 1, 1];",
        "const evaluatePixel = ({ B04, CLM = 0 }) => [CLM, B04, 1];",
        "function evaluatePixel(s) { return [isNaN(s.CLM) ? 0 : s.CLM, 1, 1]; }",
        "function evaluatePixel(s) { return [Number.isFinite(s.CLM) ? s.CLM : 0, 1, 1]; }",
        "function evaluatePixel(s) { return [s.CLM ?? 0, s.CLP || 0, 1]; }",
        "function evaluatePixel(s) { if (s.CLM) return [s.CLM, 1, 1]; return [1, 1, 1]; }",
        "function evaluatePixel(s) { switch (s.CLM) { case 1: return [1, 1, 1]; default: return [0, 0, 0]; } }",
        "function evaluatePixel(s) { try { return [s.B04, 1, 1]; } catch (s) { return [s.message.length, 0, 0]; } }",
        "function evaluatePixel(s) { return [1, 2, 3].map((s) => s.toFixed.length + s.x); }",
        "function evaluatePixel(s) { s = { x: 1 }; return [s.x, 1, 1]; }",
        "function evaluatePixel(s) { return [s.toString().length, s.constructor.name.length, 1]; }",
    ],
)
def test_no_band_is_missed_that_may_be_there(pixel: str) -> None:
    assert lint(script(pixel), select=READ_OR_RETURNED).diagnostics == ()


@pytest.mark.parametrize(
    ("bands", "more", "pixel"),
    [
        ('{ bands: ["B04"], mosaicking: "ORBIT" }', "", "function evaluatePixel(s) { return [s.length, s[0].B04, 1]; }"),
        ('"B04"', ', mosaicking: "ORBIT"', "function evaluatePixel({ length, 0: first }) { return [length, first.B04, 1]; }"),
        ('"B04"', ', mosaicking: "TILE"', "function evaluatePixel(s) { return s.map((x) => x.B04); }"),
        ('"B04"', ", mosaicking: pick()", "function pick() { return 'ORBIT'; } function evaluatePixel(s) { return [s.length, 1, 1]; }"),
        ("...LIST", "", "const LIST = ['B08']; function evaluatePixel(s) { return [s.B08, 1, 1]; }"),
    ],
)  # fmt: skip
def test_other_shapes_of_samples_are_left_alone(bands: str, more: str, pixel: str) -> None:
    assert lint(script(pixel, bands, more=more), select=READ_OR_RETURNED).diagnostics == ()


@pytest.mark.parametrize(
    "contract",
    [
        "const outs = [{ id: 'a', bands: 1 }]; for (const o of outs) o.bands = 2; const c = { input: ['B04'], output: outs };",
        "const c = { input: ['B04'], output: { bands: 1 } }; configure(c); function configure(x) { x.output.bands = 2; }",
        "const c = { input: ['B04'], output: { bands: 1 } }; const d = c; d.output.bands = 2;",
        "const c = { input: ['B04'], output: { bands: 1 } }; c.output.bands = 2;",
        "const need = ['B04']; want(need, 'B08'); function want(l, b) { l.push(b); } const c = { input: need, output: { bands: 2 } };",
        "let c = { input: ['B04'], output: { bands: 1 } }; c = { input: ['B04', 'B08'], output: { bands: 2 } };",
        "const o = { bands: 1 }; o['bands'] = 2; const c = { input: ['B04'], output: o };",
        "const o = { bands: 1 }, [p] = [o]; p.bands = 2; const c = { input: ['B04'], output: o };",
    ],
)
def test_a_contract_that_is_changed_is_not_known(contract: str) -> None:
    text = f"//VERSION=3\n{contract}\nfunction setup() {{ return c; }}\nfunction evaluatePixel(s) {{ return [s.B04, s.B08]; }}"
    assert {item.rule for item in lint(Source(text), select=READ_OR_RETURNED)} <= {"undeclared-band"}
    if "B08'" in contract:
        assert lint(Source(text), select=READ_OR_RETURNED).diagnostics == ()


@pytest.mark.parametrize(
    ("pixel", "rule"),
    [
        ("const out = { default: [1, 2, 3, 4] }; function evaluatePixel(s) { return out; }", "output-length"),
        ("const out = [1, 2]; function evaluatePixel(s) { return out; }", "output-length"),
        ("function evaluatePixel(s) { const b = s.B8; return [b, b * 2, 1]; }", "undeclared-band"),
        ("function evaluatePixel({ B04, B08 }) { return [B04, B08, 1]; }", "undeclared-band"),
        ("const evaluatePixel = function evaluatePixel(s) { return [s.B08, 1, 1]; }", "undeclared-band"),
        ("// was setInputComponents([ds.B04])\nfunction evaluatePixel(s) { return [s.B8, 1, 1]; }", "undeclared-band"),
    ],
)
def test_what_is_known_is_still_found(pixel: str, rule: str) -> None:
    assert [item.rule for item in lint(script(pixel), select=READ_OR_RETURNED)] == [rule]
    no_mask = script("function evaluatePixel(s) { if (!s.dataMask) return [0, 0, 0]; return [1, 1, 1]; }", '"B04"')
    assert [item.rule for item in lint(no_mask, select=READ_OR_RETURNED)] == ["undeclared-band"]


@pytest.mark.parametrize(
    "text",
    [
        'const s = "a\u2028b"; return [1];',
        "const t = [['cloud', 0x01], ['shadow', 0x02], ['snow', 0b10000]]; return [1];",
        "const t = [[0, 0x1], [1, 0x2], [2, 0100000]]; return [1];",
    ],
)
def test_other_traps(text: str) -> None:
    assert lint(Source(text)).diagnostics == ()


CHAIN = "".join(f"const l{n + 1} = [...l{n}, ...l{n}];\n" for n in range(60))
NESTED = "".join(f"const n{n + 1} = [n{n}, n{n}, n{n}];\n" for n in range(60))


@pytest.mark.parametrize(
    "text",
    [
        "function evaluatePixel(s) { return " + "".join(f"s.B04 < {n} ? [1] : " for n in range(1200)) + "[0]; }",
        "const a = [...b, ...b, ...b], b = [...a, ...a, ...a]; function evaluatePixel(s) { return a; }",
        f"const l0 = [1];\n{CHAIN}function evaluatePixel(s) {{ return l60; }}",
        "const o = { a: o, b: o, c: o }; function setup() { return { input: o, output: o }; }",
        f"const n0 = [1];\n{NESTED}function setup() {{ return {{ input: n60, output: n60 }}; }}",
        "const T = [" + "[1, 0x000000]," * 3000 + "];" + "new ColorMapVisualizer(T);" * 3000,
        "const T = [" + "[1, 0x000000]," * 1000 + "];" + "for (const [a, b] of T) int2rgb(b);" * 1000,
        "const T = [[1, 0]];" + "for (const [a, b] of T) {" * 800 + "}" * 800,
        "function evaluatePixel(s) { const T = [" + "1," * 3000 + "];" + "if (s.B04) return T;" * 3000 + " }",
        "// oso: allow malformed-hex\n" * 9000 + "0ffaaff",
        "const x = [];" + "x" + ".push(1)" * 4000,
        "[" * 3000 + "..." + "[" * 3000 + "]" * 6000 + "; function evaluatePixel() { return " + "[..." * 2000 + "[]" + "]" * 2000 + "}",
        "\x00" * 900_000,
        "function evaluatePixel(s) {" + " s['a' + 1] = 2; let q = s.B04;" * 3000 + "}",
        "function evaluatePixel(s) { " + "".join(f"let v{n} = [s.B04]; if (s.B08 > {n}) v{n}.push({n});" for n in range(2000)) + " return v0; }",
        "function evaluatePixel(s) { const s0 = s;" + "".join(f"const s{n + 1} = s{n}; " for n in range(3000)) + " return [s3000.B04]; }",
        "function evaluatePixel(s) { let n = 0; for (const p of s) { if (p.B04 " + "+ p.B04" * 2000 + ") { " + "n++;" * 2000 + "} } return [1 / n]; }",
        "function evaluatePixel(s) { let v = []; switch (s.B04) { " + "".join(f"case {n}: v = [{n}, 1];" for n in range(3000)) + "} return v; }",
        "".join(f"function f{n}(x) {{ return x.B04 ? f{n + 1}(x) : f{n + 1}(x); }}\n" for n in range(200)) + "function evaluatePixel(s) { return f0(s); }",
        "function evaluatePixel(s) { " + "if (s.B04) {" * 1000 + "return [1];" + "}" * 1000 + " }",
        "function evaluatePixel(s) { let v = [0]; " + " else ".join(f"if (s.B04 < {n}) v = [{n}, 0];" for n in range(3000)) + " return v; }",
    ],
    ids=lambda text: text[:30],
)  # fmt: skip
def test_an_answer_comes_soon(text: str) -> None:
    head = "//VERSION=3\nfunction setup() { return { input: ['B04'], output: { bands: 2 } }; }\n"
    for source in (Source(text), Source(text if "setup" in text else head + text)):
        begun = time.monotonic()
        lint(source)
        fix(source, unsafe=True)
        assert time.monotonic() - begun < 20  # a second or two when the machine is idle; these took hours
