from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oso_evalscript.javascript.purity import impurity
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.text import Source
from tests.conftest import ROOT
from tests.strategies import code

SETUP = 'function setup() { return { input: ["B04", "B08", "dataMask"], output: { bands: 1 } }; }\n'


def reason(text: str) -> str | None:
    return impurity(parse(Source(text)))


def pixel(body: str, before: str = "") -> str:
    return f"{before}\n{SETUP}function evaluatePixel(s) {{ {body} }}"


TABLE = "const TABLE = [[1, 2], [3, 4]];"
VIZ = "const viz = new ColorRampVisualizer([[0, 0x000000], [1, 0xffffff]]);"

PURE = {
    "a number": pixel("return [s.B04];"),
    "arithmetic": pixel("const v = (s.B08 - s.B04) / (s.B08 + s.B04); return [Math.min(v ** 2, Math.PI)];"),
    "index": pixel("return [index(s.B08, s.B04)];"),
    "object of outputs": pixel("const v = [s.B04]; return { default: v, dataMask: [s.dataMask] };"),
    "look-up in an object": pixel("const c = COLORS[s.B04]; return c ? c : [0];", "const COLORS = { 1: [1], 2: [2] };"),
    "look-up in an array": pixel("return TABLE[s.B04] || [0, 0];", TABLE),
    "look-up by find": pixel("return TABLE.find(([code]) => code === s.B04);", TABLE),
    "switch": pixel("switch (s.B04) { case 1: return [1]; default: return [0]; }"),
    "if chain": pixel("if (s.B04 > 1) { return [1]; } else if (s.B04 > 0) return [2]; return [3];"),
    "visualizer": pixel("return viz.process(s.B04);", VIZ),
    "visualizer without declaration": pixel("return viz.process(s.B04);", VIZ.removeprefix("const ")),
    "visualizer spread": pixel("return [...viz.process(s.B04), s.dataMask];", VIZ),
    "visualizer pushed onto": pixel("let c = viz.process(s.B04); c.push(s.dataMask); return c;", VIZ),
    "visualizer concat": pixel("return viz.process(s.B04).concat([s.dataMask]);", VIZ),
    "visualizer map": pixel("return viz.process(s.B04).map((c, i) => c / 255 + i);", VIZ),
    "visualizer of a built-in ramp": pixel(
        "let c = viz.process(s.B04); c.push(1); return c;", "const viz = ColorRampVisualizer.createOceanColor(0, 1);"
    ),
    "visualizer of a built-in table": pixel(
        "return v.process(s.B04);", "const v = new ColorRampVisualizer(blueRed, 0, 1);"
    ),
    "colours mixed": pixel("const c = combine(TABLE[0], TABLE[1], s.B04); c.push(1); return c;", TABLE),
    "colours of a list": pixel("const c = viz.processList([s.B04])[0]; c.push(1); return c;", VIZ),
    "visualizer of the pixel": pixel("const v = new ColorMapVisualizer(TABLE); return v.process(1);", TABLE),
    "helper function": pixel("return [twice(s.B04)];", "function twice(x) { return x * 2; }"),
    "helper arrow": pixel("return [twice(s.B04)];", "const twice = (x) => x * 2;"),
    "helper of the same name as the service's": pixel("return [index(1, 2)];", "const index = (a, b) => a - b;"),
    "helper that fills an array of the pixel": pixel(
        "const out = []; add(out, s.B04); return out;", "function add(to, x) { to.push(x); }"
    ),
    "recursion": pixel("return [fib(s.B04)];", "function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }"),
    "default of a parameter": pixel("return make(s.B04);", "function make(x, to = []) { to.push(x); return to; }"),
    "rest parameter": pixel("return [sum(1, s.B04)];", "const sum = (...all) => { all.sort(); return all[0]; };"),
    "colorBlend": pixel("return colorBlend(s.B04, [0, 1], TABLE);", TABLE),
    "valueInterpolate": pixel("return [valueInterpolate(s.B04, [0, 1], [3, 4])];"),
    "locals": pixel("let a = 1; var b; const c = s.B04; b = a + c; a += b; a++; return [a, b];"),
    "loops": pixel(
        "let t = 0; for (let i = 0; i < 3; i++) t += i; while (t > 9) t--; do { t++; } while (t < 0); return [t];"
    ),
    "loop over an object": pixel("let t = 0; for (const k in s) { t += s[k]; } return [t];"),
    "loop over a table": pixel("for (const [code, v] of TABLE) { if (code === s.B04) return [v]; } return [0];", TABLE),
    "one variable twice": pixel("for (var i = 0; i < 2; i++) {} for (var i = 0; i < 3; i++) {} return [i];"),
    "samples sorted": pixel("s.sort((a, b) => a.B04 - b.B04); return [s[s.length >> 1].B04];"),
    "samples filtered and mapped": pixel(
        "const v = s.filter((x) => x.dataMask).map((x) => x.B04); v.sort((a, b) => a - b); return [v[0]];"
    ),
    "samples reduced": pixel("return [s.reduce((sum, x) => sum + x.B04, 0) / s.length];"),
    "reduced into an array": pixel("return TABLE.reduce((all, x) => { all.push(x[0]); return all; }, []);", TABLE),
    "samples changed": pixel("s.B04 = 1; s.more = [1]; s.more.push(2); return [s.B04, s.more.length];"),
    "an array in an object": pixel("const o = { list: [] }; o.list.push(s.B04); o.n = 1; return o.list;"),
    "parameter taken apart": f"{SETUP}function evaluatePixel({{ B04, B08: n = 2, ...rest }}) {{ return [B04 + n]; }}",
    "arrow": f"{SETUP}const evaluatePixel = (s) => [s.B04];",
    "assigned without declaration": "setup = () => ({ output: { bands: 1 } }); evaluatePixel = function (s) { return [1]; };",
    "template": pixel("return [`${s.B04}-${s.B08}`.length];"),
    "table built while loading": pixel(
        "return T[s.B04];", f"{TABLE} const T = {{}}; for (const [k, v] of TABLE) {{ T[k] = [v]; }} T[1].push(2);"
    ),
    "table built by a function while loading": pixel(
        "return T;", "const T = []; function build(n) { T.push(n); if (n) build(n - 1); } build(3);"
    ),
    "copy of a table": pixel("const t = TABLE.slice(); t.reverse(); t.push(1); return t[0];", TABLE),
    "deep copy of a table": pixel("const t = JSON.parse(JSON.stringify(TABLE)); t[0].push(1); return t[0];", TABLE),
    "copy of a colour": pixel("const c = [...TABLE[0]]; c.push(s.B04); return c;", TABLE),
    "copy of an object": pixel("const c = { ...TABLE, a: 1 }; c.b = 2; return [c.b];", TABLE),
    "swap": pixel("const a = [1, 2]; [a[0], a[1]] = [a[1], a[0]]; return a;"),
    "closure over a local": pixel("let n = 0; const next = () => n++; next(); return [next()];"),
    "grid": pixel("const g = new Array(2).fill(0).map(() => []); g[0][1] = s.B04; g[s.B04].push(1); return g[0];"),
    "groups": pixel("const g = {}; for (const x of s) { g[x.k] = g[x.k] || []; g[x.k].push(x.B04); } return g[1];"),
    "nested function": pixel("function up(x) { t += x; } let t = 0; up(1); return [t];"),
    "called at once": pixel("return [(() => { let n = s.B04; n++; return n; })()];"),
    "map": pixel("return [M.get(s.B04)]; ", "const M = new Map([[1, 2]]);"),
    "set of the pixel": pixel("const seen = new Set(); for (const x of s) seen.add(x.B04); return [seen.size];"),
    "throw and catch": pixel("try { throw new Error(JSON.stringify(s)); } catch (e) { return [0]; } finally { }"),
    "frozen": pixel("return T;", "const T = Object.freeze([1]);"),
    "typed array": pixel("const h = new Uint8Array(4); h[s.B04]++; h.fill(1); return [h[0]];"),
    "Array.from": pixel("return Array.from({ length: 3 }, (_, i) => i * s.B04);"),
    "functions of the language called back": pixel("return ['1', '2'].map(Number).filter(isFinite).map(Math.sqrt);"),
    "entries walked over at once": pixel(
        "let t = 0; for (const [i, r] of TABLE.entries()) t += i * r[0]; return [t];", TABLE
    ),
    "optional": pixel("return [TABLE[s.B04]?.[0] ?? 0, s?.B04];", TABLE),
    "regular expression": pixel("return [/^B/.test('B04') ? 1 : 0, 'a-b'.split('-').length];"),
    "scenes are read": f"{SETUP}function evaluatePixel(s, scenes) {{ return [scenes.length, scenes[0].date]; }}",
    "metadata is written": pixel("return [1];")
    + "function updateOutputMetadata(scenes, input, output) { output.userData = { at: new Date().toISOString() }; }",
    "scenes are filtered": pixel("return [1];")
    + "function preProcessScenes(c) { c.scenes.orbits = c.scenes.orbits.filter((o) => new Date(o.dateFrom).getMonth() > 3); return c; }",
    "a function that is never called": pixel("return [1];", "var n = 0; function count() { n = Math.random(); }"),
    "labels": pixel("let n = 0; outer: for (;;) { for (;;) { n++; break outer; } } return [n];"),
    "shadowed": pixel("const n = [1]; { let n = []; n.push(1); } return n;", "let n = [];"),
    "sequence and conditional": pixel("let a; const b = (a = [], s.B04 ? a : []); b.push(1); return b;"),
    "a function in a block": pixel("return [f()];", "if (1) { function f() { return 1; } }"),
    "names of the body in a default, not kept": pixel(
        "return [f()];", "let n = 0; function f(a = n + 1) { var n = a; return n++; }"
    ),
    "a parameter and a variable of its name": pixel("return [f(1)];", "function f(a, b = 1) { var a; a++; return a; }"),
    "a list that a variable takes over from a parameter": pixel(
        "return f([]);", "function f(a, b = 1) { var a; a.push(b); return a; }"
    ),
    "a function for a parameter": pixel("return [f(1)];", "function f(g) { function g() { return 2; } return g(); }"),
    "a name in a switch": pixel("let n = 0; switch (n++) { case 0: let n = 5; n++; } return [n];"),
    "arguments as a name": pixel(
        "const f = (arguments) => arguments++; let r = f(1); { let arguments = r; arguments++; } return [r];"
    ),
    "a caught name": pixel("try { throw 1; } catch (n) { var n = 2; n++; } return [n];", "let n = 0;"),
    "recursion without try": pixel(
        "return [Math.max(...f(s.B04))];", "function f(n) { return n < 1 ? [0] : [n, ...f(n - 1)]; }"
    ),
    "an error that is caught": pixel("try { return [s.B04.x.y]; } catch (e) { return [0]; }"),
    "entries where errors are caught": pixel("try { return [Object.entries(s)[0][1]]; } catch (e) { return [0]; }"),
    "a list of lists where errors are caught": pixel(
        "const g = [[], []]; try { g[1].push(s.B04); return ['' + g]; } catch { return [0]; }"
    ),
    "an error that is not caught for good": pixel(
        "let n = 0; try { n = f(3); } finally { n++; } return [n];", "function f(n) { return n && f(n - 1); }"
    ),
    "a table built while loading, and errors caught": pixel(
        "try { return T[s.B04].x; } catch { return [0]; }",
        "const T = [[1], [2]]; for (let i = 0; i < 2; i++) { T[i][0] = i; }",
    ),
    "floating numbers": pixel("const f = new Float64Array(2); f[0] = s.B04 / 0; return [f[0], f.length];"),
    "the bytes of whole numbers": pixel(
        "const f = new Int32Array(1); f[0] = s.B04; return [new Uint8Array(f.buffer)[0]];"
    ),
    "one function or another by block": pixel(
        "if (s.B04) { function f(a) { a.push(1); return a; } } else { function f(a) { return [...a]; } } return f([2]);"
    ),
    "instanceof and typeof": pixel("return [s instanceof Array ? 1 : typeof s === 'object' ? 2 : void 0];"),
}

IMPURE = {
    "counter": pixel("n = n + 1; return [n];", "let n = 0;"),
    "increment": pixel("return [n++];", "var n = 0;"),
    "compound": pixel("n += s.B04; return [n];", "var n = 0;"),
    "logical assignment": pixel("n ||= s.B04; return [n];", "var n = 0;"),
    "undeclared": pixel("total = (typeof total === 'number' ? total : 0) + 1; return [total];"),
    "undeclared counter of a loop": pixel("for (i = 0; i < 3; i++) {} return [i];"),
    "undeclared variable of a loop": pixel("for (k in s) {} return [k];"),
    "undeclared in a pattern": pixel("const [a] = [b] = [1]; return [b];"),
    "global in a pattern": pixel("({ a: n } = { a: n + 1 }); return [n];", "let n = 0;"),
    "global in a default": pixel("return [f()];", "let n = 0; function f(a = n++) { return a; }"),
    "top-level block": pixel("return [f()];", "let f; { let n = 0; f = () => n++; }"),
    "cache": pixel("cache[s.B04] = 1; return [cache.length];", "const cache = [];"),
    "memo table": pixel("return memo[s.B04] || (memo[s.B04] = [Object.keys(memo).length]);", "const memo = {};"),
    "map as a cache": pixel("M.set(s.B04, 1); return [M.size];", "const M = new Map();"),
    "push": pixel("TABLE.push(1); return [TABLE.length];", TABLE),
    "sort": pixel("return [TABLE.sort((a, b) => b[0] - a[0])[0][0]];", TABLE),
    "shift": pixel("return [TABLE.shift()[0]];", TABLE),
    "splice": pixel("return TABLE.splice(0, 1);", TABLE),
    "reverse": pixel("return TABLE.reverse()[0];", TABLE),
    "length": pixel("TABLE.length = 0; return [1];", TABLE),
    "delete": pixel("delete TABLE[0]; return [1];", TABLE),
    "delete through ?.": pixel("delete TABLE?.[0]; return [1];", TABLE),
    "increment of a member": pixel("return [TABLE[0][0]++];", TABLE),
    "member in a pattern": pixel("[TABLE[0]] = [s.B04]; return TABLE;", TABLE),
    "member as loop variable": pixel("for (TABLE[0] of [1, 2]) {} return TABLE;", TABLE),
    "alias": pixel("let a = TABLE; a.push(1); return [a.length];", TABLE),
    "alias by condition": pixel("let a = s.B04 ? [] : TABLE; a.push(1); return [a.length];", TABLE),
    "alias by ||": pixel("let a = TABLE || []; a.push(1); return [a.length];", TABLE),
    "alias by assignment": pixel("let a = [], b; b = a; a = TABLE; b = a; b.push(1); return [1];", TABLE),
    "alias by sequence": pixel("const a = (1, TABLE); a.push(1); return [a.length];", TABLE),
    "alias in an object pattern": pixel("const { t } = HOLDER; t.x = 1; return [1];", "const HOLDER = { t: {} };"),
    "alias in an array pattern": pixel("const [, t] = TABLE; t.push(1); return t;", TABLE),
    "alias in a rest": pixel("const [...t] = TABLE; t[0].push(1); return t[0];", TABLE),
    "alias in a default": pixel("const { t = TABLE } = s; t.push(1); return [t.length];", TABLE),
    "a colour pushed onto": pixel("let c = COLORS[s.B04]; c.push(s.dataMask); return c;", "const COLORS = [[1], [2]];"),
    "a colour that blends": pixel("let c = colorBlend(s.B04, [0], TABLE); c.push(1); return c;", TABLE),
    "a colour that was found": pixel("const c = TABLE.find((x) => x[0]); c.push(1); return c;", TABLE),
    "a visualizer's own colour": pixel(
        "const c = v.getColorFromValue(1); c.n = s.B04; return [c.n];", "const v = new ColorMapVisualizer([[0, { n: 1 }]]);"
    ),
    "a built-in table": pixel("blueRed.push([2, s.B04]); return [blueRed.length];"),
    "a row of a built-in table": pixel("const row = blueRed[0]; row[1] = s.B04; return [row[1]];"),
    "identity": pixel("const c = id.process(TABLE[0]); c.push(1); return c;", TABLE + "const id = new Identity();"),
    "through a function": pixel("add(TABLE); return [TABLE.length];", TABLE + "function add(a) { a.push(1); }"),
    "through two functions": pixel(
        "one(TABLE); return [TABLE.length];", TABLE + "const one = (a) => two([], a); function two(x, a) { a.push(1); }"
    ),
    "through a rest": pixel("add(TABLE); return [1];", TABLE + "const add = (...a) => { a[0].push(1); };"),
    "through a spread": pixel("add(...TABLE); return [1];", TABLE + "const add = (a, b) => { b.push(1); };"),
    "through a returned value": pixel("get().push(1); return [TABLE.length];", TABLE + "function get() { return TABLE; }"),
    "through an arrow's value": pixel("get(1).push(1); return [1];", TABLE + "const get = (k) => TABLE[k];"),
    "through a parameter given back": pixel("get(TABLE).push(1); return [1];", TABLE + "const get = (k) => k;"),
    "an element of a fresh array": pixel("[TABLE][0].push(1); return [TABLE.length];", TABLE),
    "an element of a fresh object": pixel("({ a: TABLE }).a.push(1); return [TABLE.length];", TABLE),
    "what was pushed": pixel("const a = [], b = a; b.push(TABLE); a[0].push(1); return [TABLE.length];", TABLE),
    "what was stored": pixel("const a = {}, b = { a }; b.a.t = TABLE; a.t.push(1); return [TABLE.length];", TABLE),
    "what was unshifted in a function": pixel(
        "const a = []; put(a); a.pop().push(1); return [1];", TABLE + "function put(x) { x.unshift(TABLE); }"
    ),
    "what map gives": pixel("TABLE.map((t) => t)[0].push(1); return [1];", TABLE),
    "what map is given": pixel("TABLE.map((t) => t.push(1)); return [1];", TABLE),
    "what forEach is given behind": pixel("TABLE.forEach((t, i, all) => { all[i] = 1; }); return [1];", TABLE),
    "what sort is given": pixel("[...TABLE].sort((a, b) => a.push(1)); return [1];", TABLE),
    "what reduce is given": pixel("TABLE.reduce((all, x) => { all.push(x); return all; }); return [1];", TABLE),
    "what reduce answers": pixel("TABLE.reduce((all, x) => x, []).push(1); return [1];", TABLE),
    "what flatMap gives": pixel("[1].flatMap(() => TABLE)[0].push(1); return [1];", TABLE),
    "what filter gives": pixel("TABLE.filter((t) => t)[0].push(1); return [1];", TABLE),
    "what slice gives": pixel("TABLE.slice(0)[0].push(1); return [1];", TABLE),
    "what concat gives": pixel("[].concat(TABLE)[0].push(1); return [1];", TABLE),
    "what a spread gives": pixel("[...TABLE][0].push(1); return [1];", TABLE),
    "what an object spread gives": pixel("({ ...HOLDER }).t.push(1); return [1];", "const HOLDER = { t: [] };"),
    "what Object.values gives": pixel("Object.values(TABLE)[0].push(1); return [1];", TABLE),
    "what Object.entries gives": pixel("Object.entries(TABLE)[0][1].push(1); return [1];", TABLE),
    "what Object.assign gives": pixel("Object.assign({}, HOLDER).t.push(1); return [1];", "const HOLDER = { t: [] };"),
    "what Object.assign changes": pixel("Object.assign(HOLDER, s); return [1];", "const HOLDER = { t: [] };"),
    "what Object.assign changes in a spread": pixel("Object.assign(...TABLE, s); return [1];", TABLE),
    "what a map holds": pixel("M.get(1).push(1); return [1];", "const M = new Map([[1, []]]);"),
    "what a fresh map holds": pixel("new Map([[1, TABLE]]).get(1).push(1); return [1];", TABLE),
    "what a loop gives": pixel("for (const t of TABLE) { t.push(1); } return [1];", TABLE),
    "what is thrown": pixel("try { throw TABLE; } catch (e) { e.push(1); } return [TABLE.length];", TABLE),
    "a view of a typed array": pixel("const v = new Uint8Array(T.buffer); return [v[0]++];", "const T = new Uint8Array(1);"),
    "a closure with state": pixel("return [next()];", "const next = (() => { let n = 0; return () => n++; })();"),
    "a closure with an array": pixel(
        "return [next()];", "const next = (() => { const all = []; return () => all.push(1); })();"
    ),
    "an object with state": pixel("return [o.next()];", "const o = (() => { let n = 0; return { next: () => n++ }; })();"),
    "a method": pixel("return [o.map()];", "let n = 0; const o = { map() { return n++; } };"),
    "a function in a member": pixel("return [o.map()];", "let n = 0; const o = {}; o.map = () => n++;"),
    "a function of the language in a member": pixel("return [o.map(1)];", "const o = [], k = 'push'; o.map = o[k];"),
    "a function of the language under a text": pixel("return [o.map(1)];", "const o = [], k = 'push', m = 'map'; o[m] = o[k];"),
    "a function in an array": pixel("return [F[0]()];", "let n = 0; const F = [() => n++];"),
    "a function given to a function": pixel("return [run(up)];", "let n = 0; const up = () => n++; const run = (f) => f();"),
    "a function by condition": pixel("return [f()];", "let n = 0; const f = n ? () => 1 : () => n++;"),
    "a function that is replaced": pixel("return [f()];", "let f = () => 1; f = () => 2;"),
    "a generator": pixel("return [g.next().value];", "function* f() { let n = 0; for (;;) yield n++; } const g = f();"),
    "a kept iterator": pixel("for (const x of IT) return [x]; return [0];", "const IT = [1, 2, 3].values();"),
    "an iterator of the pixel kept": pixel("const it = TABLE.entries(); return [...it].length;", TABLE),
    "async": SETUP + "async function evaluatePixel(s) { return [1]; }",
    "await": pixel("return [f()];", "async function f() { await 1; }"),
    "this": pixel("this.n = (this.n || 0) + 1; return [this.n];"),
    "arguments": pixel("arguments[0] = 1; return [s];"),
    "eval": pixel("return [eval('n++')];", "var n = 0;"),
    "Function": pixel("return [new Function('return Math.random()')()];"),
    "Function by constructor": pixel("return [setup.constructor('return 1')()];"),
    "constructor of a value": pixel("return [[].map.constructor('return Math.random()')()];"),
    "constructor by text": pixel("const k = 'constructor'; return [s[k][k]('return 1')()];"),
    "with": pixel("with (Math) { return [random()]; }"),
    "Proxy": pixel("return [P.a];", "let n = 0; const P = new Proxy({}, { get: () => n++ });"),
    "Reflect": pixel("Reflect.set(TABLE, 0, 1); return [1];", TABLE),
    "globalThis": pixel("globalThis.n = 1; return [1];"),
    "Symbol": pixel("return [T[Symbol.iterator]().next().value];", "const T = [1];"),
    "Date": pixel("return [new Date().getTime()];"),
    "Date.now": pixel("return [Date.now()];"),
    "Date while loading": pixel("return [NOW];", "const NOW = Date.now();"),
    "Math.random": pixel("return [Math.random()];"),
    "Math.random while loading": pixel("return [SEED];", "const SEED = Math.random();"),
    "Math.random by another name": pixel("return [r()];", "const r = Math.random;"),
    "Math by another name": pixel("return [M.random()];", "const M = Math;"),
    "Math.random by text": pixel("return [Math['random']()];"),
    "Math.random called back": pixel("return [1].map(Math.random);"),
    "Math.random in a function of the loading": pixel("return [S];", "function f() { return Math.random(); } const S = f();"),
    "Intl": pixel("return [new Intl.NumberFormat().format(1).length];"),
    "locale": pixel("return [s.B04.toLocaleString().length];"),
    "performance": pixel("return [performance.now()];"),
    "WeakRef": pixel("return [new WeakRef(s).deref() ? 1 : 0];"),
    "console": pixel("console.log(1); return [1];"),
    "a regular expression that remembers": pixel("return [R.test('aa') ? 1 : 0];", "const R = /a/g;"),
    "a sticky regular expression": pixel("return [R.test('aa') ? 1 : 0];", "const R = /a/y;"),
    "a remembered match": pixel("return [RegExp.$1];"),
    "a getter": pixel("return [o.a];", "let n = 0; const o = { get a() { return n++; } };"),
    "a setter": pixel("o.a = 1; return [1];", "let n = 0; const o = { set a(x) { n++; } };"),
    "defineProperty": pixel("return [o.a];", "const o = {}; Object.defineProperty(o, 'a', { get: () => 1 });"),
    "setPrototypeOf": pixel("Object.setPrototypeOf(s, TABLE); return [1];", TABLE),
    "__proto__": pixel("s.__proto__.n = 1; return [1];"),
    "__proto__ by text": pixel("s['__proto__'].n = 1; return [1];"),
    "__proto__ in a literal": pixel("const o = { __proto__: TABLE }; return [1];", TABLE),
    "__proto__ in a pattern": pixel("const { __proto__: p } = s; p.n = 1; return [1];"),
    "toString": pixel("return ['' + o];", "let n = 0; const o = { toString: () => n++ };"),
    "valueOf": pixel("return [+o];", "const o = []; o.valueOf = o.push;"),
    "Math patched": pixel("return [Math.max(1, s.B04)];", "Math.max = (a, b) => a;"),
    "Math patched in a pattern": pixel("return [Math.max(1, s.B04)];", "[Math.max] = [1];"),
    "Array.prototype patched": pixel("return [[1].x()];", "let n = 0; Array.prototype.x = function () { return n++; };"),
    "helper replaced": pixel("return [index(1, 2)];", "let n = 0; index = () => n++;"),
    "helper replaced by a value": pixel("return [int2rgb(1)];", "int2rgb = 1;"),
    "helper redeclared with state": pixel("return int2rgb(1);", "let n = 0; function int2rgb(c) { return [n++]; }"),
    "helper of a helper redeclared": pixel("return viz.process(1);", VIZ + "let n = 0; function int2rgb(c) { return [n++]; }"),
    "helper redeclared in blocks": pixel("return viz.process(1);", VIZ + "let n = 0; if (n) { function int2rgb(c) { return [1]; } } else { function int2rgb(c) { return [n++]; } }"),
    "helper redeclared by two functions": pixel("return viz.process(1);", VIZ + "let n = 0; function int2rgb(c) { return [1]; } function int2rgb(c) { return [n++]; }"),
    "helper redeclared and set": pixel("return viz.process(1);", VIZ + "let n = 0; var int2rgb = (c) => [1]; int2rgb = (c) => [n++];"),
    "helper's member replaced": pixel("return [1];", "ColorRampVisualizer.prototype.process = () => [1];"),
    "undefined replaced": pixel("return [1];", "undefined = 1;"),
    "evaluatePixel twice": pixel("return [1];", "function evaluatePixel(s) { return [2]; }"),
    "evaluatePixel replaced": pixel("return [1];") + "evaluatePixel = (s) => [2];",
    "evaluatePixel has a member": pixel("evaluatePixel.n = (evaluatePixel.n || 0) + 1; return [1];"),
    "a helper twice": pixel("return [f()];", "function f() { return 1; } function f() { return 2; }"),
    "a class": pixel("return [new A().a];", "class A { a = 1; }"),
    "a class expression": pixel("return [1];", "const A = class {};"),
    "no evaluatePixel": SETUP,
    "a simple script": "return [B04];",
    "scenes are written": SETUP + "function evaluatePixel(s, scenes) { scenes.n = 1; return [1]; }",
    "metadata is written": SETUP + "function evaluatePixel(s, a, b, c, out) { out.userData = 1; return [1]; }",
    "scenes among the rest": SETUP + "function evaluatePixel(...all) { all[1].n = 1; return [1]; }",
    "scenes are sorted": SETUP + "function evaluatePixel(s, scenes) { scenes.orbits.sort(); return [1]; }",
    "a hook that counts": pixel("return [n];", "let n = 0;") + "function updateOutput(o) { n++; return o; }",
    "a hook that fills": pixel("return DATES;", "const DATES = [];")
    + "function preProcessScenes(c) { c.scenes.orbits.forEach((o) => DATES.push(o)); return c; }",
    "a setup that counts": "let n = 0; function setup() { n++; return {}; } function evaluatePixel() { return [n]; }",
    "a method of a date in a hook": pixel("return [1];", "const D = [];") + "function updateOutput() { D.setTime(1); }",
    "a member of a builtin": pixel("const p = [].push; p.n = (p.n || 0) + 1; return [p.n];"),
    "a member of a builtin or of something new": pixel("let p = []; p = [].push; p.n = 1; return [p.n];"),
    "a member of a builtin by text": pixel("let p = [], k = 'push'; p = p[k]; p.n = 1; return [p.n];"),
    "a member of a builtin by template": pixel("let p = [], k = `push`; p.x = []; p[k].n = 1; return [p.n];"),
    "prototype by template": pixel("s[`__proto__`].n = 1; return [1];"),
    "constructor in disguise": pixel("s.c\\u006fnstructor.n = 1; return [1];"),
    "Math in a function of the language": pixel("return [1];", "Object.assign(Math, { max: 1 });"),
    "a view of a kept buffer": pixel("new Uint8Array(B.b)[0]++; return [1];", "const B = { b: new Uint8Array(1).buffer };"),
    "what is thrown or new": pixel("let a = []; try { throw TABLE; } catch (e) { a = e; } a.push(1); return [1];", TABLE),
    "through a spread into a rest": pixel("f(1, ...TABLE); return [1];", TABLE + "function f(x, ...a) { a.push([]); a[0].push(1); }"),
    "what slice gives or what is new": pixel("const c = TABLE.slice(); c.push([]); c[0].push(1); return [1];", TABLE),
    "a member of a builtin by a text in pieces": pixel("const k = 'pu' + 'sh'; [][k].n = 1; return [1];"),
    "a function that a block replaces": pixel("return [f()];", "let n = 0; function f() { return 1; } { function f() { return n++; } }"),
    "a harmless name for another function": pixel("return [o.join(1)];", "const o = [], k = 'push'; o.join = o[k];"),
    "a harmless name in a literal": pixel("return [o.join(1)];", "const k = 'push', o = { join: [][k], length: 0 };"),
    "a member of a builtin by a pattern": pixel("let p = {}; ({ push: p } = []); p.n = 1; return [p.n];"),
    "a member of a builtin by a text in a pattern": pixel("let p = {}; ({ 'push': p } = []); p.n = 1; return [p.n];"),
    "a pattern in a callback": pixel("Object.entries(TABLE).forEach(([k, v]) => v.push(1)); return [1];", TABLE),
    "shared through the sample": pixel("s.t = TABLE; s.t.push(1); return [1];", TABLE),
    "what a rest of an object holds": pixel("const { ...r } = HOLDER; r.t.push(1); return [1];", "const HOLDER = { t: [] };"),
    "what goes through a rest": pixel(
        "const e = { f: {} }; const [...r] = [e]; r[0].x = TABLE; e.x.push(1); return [1];", TABLE
    ),
    "called at once under a name": pixel("(function f() { n++; })(); return [n];", "let n = 0;"),
    "called back under a name": pixel("[1].forEach(function f() { n++; }); return [n];", "let n = 0;"),
    "computed call": pixel("return [TABLE[s.k](1)];", TABLE),
    "computed method": pixel("return [TABLE['push'](1)];", TABLE),
    "unknown function": pixel("return [mystery(s)];"),
    "unknown method": pixel("return [s.mystery()];"),
    "unknown name": pixel("return [mystery];"),
    "unknown class": pixel("return [new Mystery()];"),
    "call": pixel("return [[].push.call(TABLE, 1)];", TABLE),
    "apply": pixel("return [Math.max.apply(null, TABLE)];", TABLE),
    "bind": pixel("return [f()];", TABLE + "const f = TABLE.push.bind(TABLE);"),
    "tagged template": pixel("return [f`1`];", "let n = 0; function f() { return n++; }"),
    "new.target": pixel("return [new.target];"),
    "new of a function of its own": pixel("return [new f(TABLE)];", TABLE + "function f(a) { a.push(1); }"),
    "a broken number": pixel("return [0ffaaff];"),
    "a fault": pixel("return [1 2 x];"),
    "nothing": "",
    "import": pixel("return [import('x')];"),
    "names of the body in a default": pixel("return [f()];", "let n = 0; function f(a = n++) { var n = 0; return a; }"),
    "names of the body in a default, by let": pixel("return [f()];", "let n = 0; const f = (a = n++) => { let n = 0; return a; };"),
    "names of the body in a default, by function": pixel("return [f()];", "let n = 0; function f(a = n++) { function n() {} return a; }"),
    "names of the body in a pattern": pixel("return [f({})];", "let n = 0; function f({ a = n++ }) { var n = 0; return a; }"),
    "names of the body in a computed key": pixel("return [f([])];", "let n = 0; function f({ [n++]: a }) { var n = 0; return a; }"),
    "names of the body in a default, as an assignment": pixel("return [f()];", "let n = 0; function f(a = (n = n + 1)) { var n; return a; }"),
    "a list that a variable takes over from a parameter, kept": pixel("return f(TABLE);", TABLE + "function f(a, b = 1) { var a; a.push(b); return a; }"),
    "the discriminant of a switch": pixel("switch (n++) { case 5: let n = 1; } return [1];", "let n = 0;"),
    "the discriminant of a switch in a function": pixel("return [f()];", "let n = 0; function f() { switch (n += 1) { default: const n = 2; return n; } }"),
    "hidden arguments": pixel("var arguments; return [arguments[1].x];"),
    "hidden arguments of an arrow's function": pixel("return [(() => arguments[1].x)()]; var arguments;"),
    "arguments of a function with a default": pixel("return [f(1, TABLE)];", TABLE + "function f(a = 1) { var arguments; arguments[1].push(1); return 1; }"),
    "a name that is caught and declared": pixel("f(); return [n];", "var n = 0; function f() { try { throw 1; } catch (n) { n++; } n++; }"),
    "a name that a class declares": pixel("return [1]", "let n = 0; (class n { static x = n; })"),
    "a function of a block that keeps state": pixel("{ function f() { return n++; } } return [f()];", "let n = 0;"),
    "a function of either block": pixel("if (s.B04) { function f() { return 1; } } else { function f() { return n++; } } return [f()];", "let n = 0;"),
    "a function of a block that is none": pixel("{ let f = 1; { function f() { return 1; } } } return [f()];", "let n = 0; function f() { return n++; }"),
    "a strict function of a block": "'use strict';" + pixel("{ function f() { return 1; } } return [f()];", "let n = 0; function f() { return n++; }"),
    "a function's own name": pixel("return [f(), g()];", "let n = 0; const f = function n() { return n++; }; const g = function () { return n++; };"),
    "a logical assignment": pixel("let a = TABLE; (a ||= []).push(1); return [1];", TABLE),
    "a logical assignment of nothing": pixel("let a = TABLE; const b = (a ??= 1); b.push(1); return [1];", TABLE),
    "bits of NaN": pixel("const f = new Float64Array(1); f[0] = s.B04 / 0; return [new Uint8Array(f.buffer)[7]];"),
    "bits of NaN by a pattern": pixel("const { buffer } = new Float32Array([s.B04 * NaN]); return [new Uint8Array(buffer)[3]];"),
    "bits of NaN by text": pixel("const f = new Float64Array(1); return [new Uint8Array(f['buffer'])[7]];"),
    "bits of NaN while loading": pixel("return [N];", "const F = new Float64Array([0 / 0]), N = new Uint16Array(F.buffer)[3];"),
    "bits of NaN by DataView": pixel("return [new DataView(new ArrayBuffer(8)).getInt8(0)];"),
    "the depth of the stack": pixel("let d = 0; const f = () => { d++; f(); }; try { f(); } catch (e) {} return [d];"),
    "the depth of the stack in a function": pixel("return [depth()];", "function depth() { try { return depth() + 1; } catch { return 0; } }"),
    "the depth of the stack by two": pixel("try { return f(0); } catch { return [0]; }", "function f(n) { return g(n + 1); } function g(n) { return f(n + 1); }"),
    "the depth of the stack by a callback": pixel("try { return f([1]); } catch { return [0]; }", "const f = (a) => a.map((x) => f([x]));"),
    "the depth of the stack while loading": pixel("return [N];", "let N = 0; function f() { N++; f(); } try { f(); } catch {}"),
    "the depth of the stack by finally": pixel("return [f(0)];", "function f(n) { try { return f(n + 1); } finally { return n; } }"),
    "the depth of the stack by a break": pixel("let d = 0; a: try { f(); } finally { break a; } return [d];", "function f() { f(); }"),
    "the depth of a list": pixel("let a = [], n = 0; try { for (;;) { a = [a]; n++; '' + a; } } catch { return [n]; }"),
    "the depth of a list by reduce": pixel("try { return ['' + s.reduce((a, x) => [a, x], [])]; } catch { return [0]; }"),
    "the depth of a list by parse": pixel("try { return ['' + JSON.parse('['.repeat(s.B04))]; } catch { return [0]; }"),
    "the depth of a list made while loading": pixel("try { return ['' + A]; } catch { return [0]; }", "let A = []; for (let i = 0; i < 4470; i++) A = [A];"),
    "how many arguments": pixel("try { return [Math.max(...new Array(s.B04))]; } catch { return [0]; }"),
    "how far a regular expression goes": pixel("try { return [/^(?:a|b)*c/.test('a'.repeat(9e6)) ? 1 : 0]; } catch { return [2]; }"),
    "how far a regular expression of a text goes": pixel("try { return ['a'.repeat(9e6).search('^(?:a|b)*c')]; } catch { return [2]; }"),
    "how much memory": pixel("try { return [new Uint8Array(s.B04 * 2 ** 30).length]; } catch { return [0]; }"),
    "how deep a chain of functions": pixel("try { return [f0()]; } catch { return [0]; }", "".join(f"function f{i}() {{ return f{i + 1}(); }} " for i in range(2000)) + "function f2000() { return 1; }"),
    "the depth of the stack through the service's functions": pixel("try { return colorBlend(1, [1], [1]); } catch { return [0]; }", "function valueInterpolate(a) { return colorBlend(a, a, a); }"),
    "the text of an error": pixel("try { null.x; } catch (e) { return [e.stack.length]; }"),
    "replace by a function": pixel("return ['a'.replace('a', () => n++)];", "let n = 0;"),
    "stringify by a function": pixel("return [JSON.stringify(s, () => n++)];", "let n = 0;"),
    "spread before a callback": pixel("return Array.from(...[s, f]);", "let n = 0; const f = () => n++;"),
}  # fmt: skip


@pytest.mark.parametrize("text", PURE.values(), ids=PURE.keys())
def test_pure(text: str) -> None:
    assert reason(text) is None


@pytest.mark.parametrize("text", IMPURE.values(), ids=IMPURE.keys())
def test_impure(text: str) -> None:
    assert reason(text) is not None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("counter", "line 3: assigns to `n`, which outlives the pixel"),
        ("undeclared counter of a loop", "line 3: assigns to `i`, which outlives the pixel"),
        ("cache", "line 3: changes `cache`, which may outlive the pixel"),
        ("a colour pushed onto", "line 3: changes `c`, which may outlive the pixel"),
        ("through a function", "line 1: changes `a`, which may outlive the pixel"),
        ("a hook that counts", "line 3: assigns to `n`, which outlives the pixel"),
        ("a setup that counts", "line 1: assigns to `n`, which outlives the pixel"),
        ("Math.random", "line 3: calls `Math.random`, which is not known to be harmless"),
        ("Math patched", "line 1: changes `Math`"),
        ("helper replaced by a value", "line 1: replaces `int2rgb`"),
        ("a closure with state", "line 1: hands on a function as a value"),
        ("a kept iterator", "line 1: keeps an iterator"),
        ("this", "line 3: uses `this`"),
        ("a class", "line 1: uses a class"),
        ("a broken number", "the text is not JavaScript throughout"),
        ("hidden arguments", "line 3: uses `arguments`, which holds everything that the function is given"),
        (
            "bits of NaN",
            "line 3: reads the bytes of numbers through `buffer`, and a NaN may have other bytes each time",
        ),
        (
            "how many arguments",
            "line 3: catches errors where the arguments of a call are spread; how far that gets before it fails may differ each time",
        ),
        ("with", "line 3: uses `with`, which may give any name another meaning"),
    ],
)
def test_the_reason_says_where_and_what(name: str, expected: str) -> None:
    assert reason(IMPURE[name]) == expected


CHANGES = [name for name in IMPURE if name.startswith(("alias", "what ", "through ", "an element", "a colour"))]


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_what_is_shared_is_what_they_are_refused_for(name: str) -> None:
    assert "changes" in (reason(IMPURE[name]) or "")


OWN = [
    path for path in sorted((ROOT / "evalscripts").glob("*.js")) if "new Date(" not in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_our_own_scripts_are_proved(path: Path) -> None:
    assert impurity(parse(Source.read(path))) is None


@given(code | st.text())
@example("`${}`")
@example("[...")
@example("({ a: 1, ...b } = c)")
@example("for (var a = 1 in b);")
def test_any_text_gets_an_answer(text: str) -> None:
    answer = reason(text)
    assert answer is not None or "evaluatePixel" in text
    within = reason(pixel(text))
    assert within is None or "\n" not in within


def forest(depth: int) -> str:
    if depth == 0:
        return "return [0.25, s.B04];"
    return f"if (s.B{depth:02} <= 0.{depth}5) {{ {forest(depth - 1)} }} else {{ {forest(depth - 1)} }}"


def test_a_large_forest_of_decisions_is_proved() -> None:
    trees = "\n".join(f"function tree{i}(s) {{ {forest(9)} }}" for i in range(10))
    text = pixel(f"return [{' + '.join(f'tree{i}(s)[0]' for i in range(10))}];", trees)
    assert len(text) > 250_000
    tree = parse(Source(text))
    begun = time.process_time()
    assert impurity(tree) is None
    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    "body",
    [
        "const a = " + "[" * 5_000 + "]" * 5_000 + "; return a;",
        "if (s.B04) {} " + "else if (s.B04) {} " * 2_000 + "return [1];",
        "let n = 0; " + "{ " * 5_000 + "n++; " + "} " * 5_000 + "return [n];",
        "return [" + "s.B04 + " * 5_000 + "1];",
        "return s" + ".map((x) => x)" * 300 + ";",
    ],
    ids=["brackets", "else if", "blocks", "sum", "chain"],
)
def test_deep_trees_are_proved(body: str) -> None:
    assert reason(pixel(body)) is None


@pytest.mark.parametrize(
    "body",
    [
        "{ let a; " * 2_000 + "s.B04 = a; " + "} " * 2_000,
        "const a0 = [];" + "".join(f"const a{i} = [a{i - 1}]; a{i - 1}.push(a{i});" for i in range(1, 1_000)),
        "const a = [];" + "".join(f"a.push([a]); a[0] = [a[{i}], a];" for i in range(2_000)),
        "const a = [];"
        + "".join(f"const a{i} = [{i}, a]; a.push(...a{i}); for (const b of a) b.push(a{i});" for i in range(500)),
    ],
    ids=["scopes", "chain", "knot", "mesh"],
)
def test_tangled_trees_get_an_answer_soon(body: str) -> None:
    tree = parse(Source(pixel(body)))
    assert tree.nodes
    begun = time.process_time()
    impurity(tree)
    assert time.process_time() - begun < 5


WAYS_BACK = """
[e][0] | [e].at(0) | [e].find((x) => x) | [e].filter((x) => x)[0] | [e].map((x) => x)[0] | [1].flatMap(() => [e])[0]
[[[e]]].flat(3)[0] | [e].slice()[0] | [e].toReversed()[0] | [].concat([[e]])[0][0] | [e].splice(0, 1)[0] | [e].pop()
[1].fill(e)[0] | [e].sort()[0] | [1].reduce((x) => x, e) | Array.of(e)[0] | Array.from(new Set([e]))[0] | new Array(1, e)[1]
Array.from([e], Object.freeze)[0] | [...new Set([e])][0] | new Map([[1, e]]).get(1) | new Map().set(1, e).get(1)
[...new Map([[1, e]])][0][1] | [...new Map([[1, e]]).values()][0] | [...new Map([[1, e]]).entries()][0][1]
Object.values({ a: e })[0] | Object.entries({ a: e })[0][1] | Object.fromEntries([["a", e]]).a | Object.assign({}, { e }).e
Object.freeze(e) | ({ ...{ e } }).e | [...[e]][0] | (1, e) | (s.B04 ? e : {}) | (null ?? e) | ({ e })?.e | (s.q = e, s.r.q)
(() => e)() | ((x) => x)(e) | ((...x) => x[0])(e) | ((...x) => x[1])(...[e, e]) | (([x]) => x)([e]) | (({ x }) => x)({ x: e })
(({ ...x }) => x.y)({ y: e }) | (([...x]) => x[0])([e]) | ((x = e) => x)() | (function f(n, x) { return n ? f(n - 1, x) : x; })(3, e)
colorBlend(1, [1], [e]) | colorMap(1, [[1, e]]) | valueMap(1, [1], [e]) | viz.process(e) | viz.processList([e])[0]
""".replace("\n", "|").split("|")  # fmt: skip


@pytest.mark.parametrize("way", [way.strip() for way in WAYS_BACK if way.strip()])
def test_what_is_put_into_an_object_is_found_by_its_other_names(way: str) -> None:
    assert (
        reason(pixel(f"const e = {{ f: [] }}; const x = {way}; x.f.push(1); return x.f;", VIZ)) is None or "viz" in way
    )
    text = pixel(f"const e = {{ f: [] }}; const x = {way}; x.t = TABLE; e.t.push(1); return [1];", TABLE + VIZ)
    assert "changes" in (reason(text) or "")
