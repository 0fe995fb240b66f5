"""Scripts in which a careless fix changes an output: names made behind the reader's back, errors that nobody sees,
comments and texts of every kind, and scripts that read their own text or the lines they stand on.

Each is put together from pieces that run, so that nearly all of them run as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

NAMES = ("ffaaff", "aabbcc", "facade", "Oxffaa00", "decade")
TABLE = "[[0, 0xff0000], [1, {name}], [2, 0x0000ff]]"
PLAIN = "[[0, 0xff0000], [1, 0x00ff00], [2, 0x0000ff]]"

# Ways to give a name a meaning; at the top of the script, or in a function that runs before.
MAKERS = (
    "{n} = 0x00ff00;",
    "globalThis.{n} = 0x00ff00;",
    "globalThis['{n}'] = 0x00ff00;",
    "globalThis['{a}' + '{b}'] = 0x00ff00;",
    "globalThis[`{a}${{'{b}'}}`] = 0x00ff00;",
    "globalThis[['{a}', '{b}'].join('')] = 0x00ff00;",
    "const top_ = globalThis; top_.{n} = 0x00ff00;",
    "const {{ globalThis: all }} = globalThis; all.{n} = 1;",
    "(function () {{ this.{n} = 0x00ff00; }})();",
    "(function () {{ this['{a}' + '{b}'] = 0x00ff00; }})();",
    "[1].forEach(function () {{ this.{n} = 0x00ff00; }});",
    "const got = (function () {{ return this; }})(); got.{n} = 0x00ff00;",
    "const self_ = (function () {{ return (() => this)(); }})(); self_.{n} = 2;",
    "Object.assign(globalThis, {{ {n}: 0x00ff00 }});",
    "Object.assign(globalThis, JSON.parse('{{\"{n}\": 65280}}'));",
    "Object.assign(globalThis, Object.fromEntries([['{a}' + '{b}', 65280]]));",
    "Object.defineProperty(globalThis, '{n}', {{ value: 0x00ff00 }});",
    "Object.defineProperties(globalThis, {{ {n}: {{ get: () => 0x00ff00 }} }});",
    "Reflect.set(globalThis, '{n}', 0x00ff00);",
    "Reflect.defineProperty(globalThis, '{n}', {{ value: 0x00ff00 }});",
    "globalThis.__defineGetter__('{n}', () => 0x00ff00);",
    "eval('var {n} = 0x00ff00');",
    "(0, eval)('var {n} = 0x00ff00');",
    "eval('{a}' + '{b} = 0x00ff00');",
    "new Function('{n} = 0x00ff00')();",
    "Function('return this')().{n} = 0x00ff00;",
    "(() => {{}}).constructor('{n} = 0x00ff00')();",
    "(() => {{}})['constr' + 'uctor']('{n} = 0x00ff00')();",
    "Object.prototype.{n} = 0x00ff00;",
    "({{}}).__proto__.{n} = 0x00ff00;",
    "({{}})['__pro' + 'to__'].{n} = 0x00ff00;",
    "[].constructor.prototype.__proto__.{n} = 0x00ff00;",
    "Object.getPrototypeOf({{}}).{n} = 0x00ff00;",
    "Object['proto' + 'type'].{n} = 0x00ff00;",
    "Object.setPrototypeOf(Object.getPrototypeOf(globalThis), {{ {n}: 0x00ff00 }});",
    "const {{ prototype: all_ }} = Object; all_.{n} = 0x00ff00;",
    "const {{ ['proto' + 'type']: all_ }} = Object; all_.{n} = 0x00ff00;",
    "for (globalThis.{n} of [0x00ff00]);",
    "for (globalThis['{a}' + '{b}'] of [0x00ff00]);",
    "[globalThis.{n}] = [0x00ff00];",
    "({{ x: globalThis['{a}' + '{b}'] }} = {{ x: 0x00ff00 }});",
    "[{n}] = [0x00ff00];",
    "({{ {n} }} = {{ {n}: 0x00ff00 }});",
    "for ({n} of [0x00ff00]);",
    "for ({n} in {{ 65280: 1 }});",
    "var {n} = 0x00ff00;",
    "if (true) {{ var {n} = 0x00ff00; }}",
    "if (true) {{ function {n}() {{}} }}",
    "function {n}() {{}}",
    "class {n} {{}}",
    "try {{ throw 1; }} catch (e) {{ var {n} = 0x00ff00; }}",
    "globalThis.{n} ??= 0x00ff00;",
    "globalThis.{n}++;",
    "class A {{ static {{ globalThis.{n} = 0x00ff00; }} }}",
    "String(globalThis.{n} = 0x00ff00);",
    "const keep = {{ set x(v) {{ globalThis.{n} = v; }} }}; keep.x = 0x00ff00;",
    "const over = {{ get [globalThis.{n} = 1]() {{}} }};",
    "Array.from({{ length: 1 }}, function () {{ this.{n} = 0x00ff00; }});",
    "Error.prepareStackTrace = (_, sites) => sites[0].getThis(); "
    "function find() {{ return new Error().stack; }} (find.call(undefined) || {{}}).{n} = 1;",
)
# Ways to name a table that may never be evaluated, or whose error nobody sees; TABLE stands for it.
PLACES = (
    "const table = TABLE;",
    "const table = [...TABLE];",
    "const table = [TABLE][0];",
    "const map = new ColorMapVisualizer(TABLE); const table = {plain};",
    "let table = {plain}; try {{ table = TABLE; }} catch (e) {{}}",
    "let table = {plain}; try {{ table = TABLE; }} catch {{ table = []; }}",
    "let table = {plain}; try {{ table = TABLE; }} finally {{ }}",
    "let table = {plain}; new Promise(() => {{ table = TABLE; }});",
    "let table = {plain}; (async () => {{ table = TABLE; }})();",
    "let table = {plain}; async function load() {{ table = TABLE; }} load();",
    "let table = {plain}; Promise.resolve().then(() => {{ table = TABLE; }});",
    "let table = {plain}; function unused() {{ table = TABLE; }}",
    "let table = {plain}; const unused = () => TABLE;",
    "let table = {plain}; function* walk() {{ yield TABLE; }} walk();",
    "function lazy(given = TABLE) {{ return given; }} const table = lazy({plain});",
    "const {{ rows = TABLE }} = {{ rows: {plain} }}; const table = rows;",
    "const [rows = TABLE] = [{plain}]; const table = rows;",
    "const table = true ? {plain} : TABLE;",
    "const table = {plain} || TABLE;",
    "const table = {plain} ?? TABLE;",
    "const table = false && TABLE || {plain};",
    "let table = {plain}; table ||= TABLE;",
    "let table = {plain}; if (!table) table = TABLE;",
    "let table = {plain}; if (table) {{}} else {{ table = TABLE; }}",
    "let table = {plain}; for (; false;) {{ table = TABLE; }}",
    "let table = {plain}; while (!table) table = TABLE;",
    "let table = {plain}; for (const x of []) {{ table = TABLE; }}",
    "let table = {plain}; out: {{ break out; table = TABLE; }}",
    "let table = {plain}; out: {{ if (table) break out; table = TABLE; }}",
    "let table = {plain}; switch (1) {{ case 2: table = TABLE; }}",
    "let table = {plain}; switch (1) {{ case 1: break; case TABLE: }}",
    "const table = {plain}; [].map(() => TABLE);",
    "const table = {plain}; undefined?.call(TABLE);",
    "const table = {plain}; undefined?.x[TABLE];",
    "const table = {plain}; const lazy = {{ get rows() {{ return TABLE; }} }};",
    "const table = {plain}; class Lazy {{ static rows() {{ return TABLE; }} }}",
    "const table = {plain}; class Lazy {{ rows = TABLE; }}",
    "const table = {plain}; const kind = [[0, 0xff0000], [1, 0x00ff00], [2, typeof NAME]];",
    "const table = {plain}; const gone = delete NAME;",
    "const table = {plain}; with ({{ NAME: 1 }}) {{ TABLE; }}",
    "let table = {plain}; do {{ continue; table = TABLE; }} while (false);",
)
# The same in `evaluatePixel`.
PIXEL_PLACES = (
    "",
    "const rows = TABLE;",
    "if (s.A < 1000) return [s.A, 2]; const rows = TABLE;",
    "if (s.A > 1000) {{ const rows = TABLE; }}",
    "for (const x of [1]) {{ if (x) return [3, 4]; const rows = TABLE; }}",
    "try {{ const rows = TABLE; }} catch (e) {{ return [5, 6]; }}",
    "const rows = s.A > 1000 ? TABLE : {plain};",
    "const color = (v) => v > 1000 ? int2rgb(NAME) : [0, 0, 0];",
)
# What tells the script's own text, or where it stands in it: a number that changes with it.
READERS = (
    "0",
    "evaluatePixel.toString().length",
    "String(evaluatePixel).length",
    "(evaluatePixel + '').length",
    "('' + setup).length",
    "`${{evaluatePixel}}`.length",
    "[evaluatePixel, setup].join().length",
    "String([helper]).length",
    "JSON.stringify([String(helper)]).length",
    "JSON.stringify({{ a: helper }}, (k, v) => typeof v === 'function' ? '' + v : v).length",
    "Function.prototype.toString.call(helper).length",
    "helper['toStr' + 'ing']().length",
    "Object.keys({{ [helper]: 1 }})[0].length",
    "Object.keys({{ [evaluatePixel]: 1 }})[0].length",
    "'x'.concat(helper).length",
    "'abc'.replace('b', () => '').length + ''.concat(helper).length",
    "new Map([[String(helper), 1]]).keys().next().value.length",
    "(helper < 'function helper() {{' ? 1 : 2)",
    "Symbol(helper).description.length",
    "new RegExp('^' + 'x', 'g').source.length + parseInt(String(helper).length)",
    "encodeURIComponent(helper).length",
    "escape(helper).length",
    "new Error(helper).message.length",
    "(() => {{ try {{ throw helper; }} catch (e) {{ return String(e).length; }} }})()",
    "(function () {{ return arguments.callee.toString().length; }})()",
    "(function () {{ const a = arguments; return String(a['cal' + 'lee']).length; }})()",
    "String(list.map((f) => f)[0]).length",
    "list.reduce((text, f) => text + f, '').length",
    "[list].flat().toString().length",
    "[[list]] + ''.length",
    "list.toString().length",
    "String(Shape).length",
    "String(new Shape().constructor).length",
    "String(tools.make).length",
    "String(Object.values(tools)[0]).length",
    "String(Object.getOwnPropertyDescriptor(tools, 'size').get).length",
    "pass(helper).length",
    "(function text() {{ return String(text).length; }})()",
    "new Error().stack.length",
    "Number(new Error().stack.match(/:(\\d+):\\d+/)[1])",
    "line(() => null.x)",
    "(() => {{ try {{ null.x; }} catch (e) {{ return e.stack.length; }} }})()",
    "(() => {{ try {{ null.x; }} catch ({{ stack }}) {{ return stack.length; }} }})()",
    "(() => {{ try {{ null.x; }} catch (e) {{ return e['sta' + 'ck'].length; }} }})()",
    "(() => {{ try {{ null.x; }} catch (e) {{ return Object.getOwnPropertyNames(e).map((k) => e[k]).join().length; }} }})()",
    "(() => {{ const o = {{}}; Error.captureStackTrace(o); return o.stack.length; }})()",
    "(() => {{ const k = TypeError; return k().stack.length; }})()",
    "eval('helper.toString().length')",
    "eval('new Er' + 'ror().stack.length')",
    "new Function('return new Error().stack.length')()",
    "(() => {{}}).constructor('return String(evaluatePixel).length')()",
    "globalThis.evaluatePixel.toString().length",
    "Object.keys(globalThis).map((k) => String(globalThis[k])).join().length",
    "(function () {{ return String(this.helper).length; }})()",
    "helper.caller === null ? 1 : 2",
    "seen",
    "(function text() {{ COMMENT return String(text).length; }})()",
    "String(() => {{ COMMENT return 1; }}).length",
    "[function () {{ COMMENT }}].map(String).join().length",
    "((f) => `${{f}}`.length)(() => {{ COMMENT return 1; }})",
    "[2].concat(() => {{ COMMENT return 1; }}).map((f) => f + '').join('').length",
    "(() => {{ const f = () => {{ COMMENT return 1; }}; const g = f; return (g + '').length; }})()",
    "(() => {{ let f = () => 1; f = () => {{ COMMENT return 2; }}; return `${{f}}`.length; }})()",
    "(() => {{ const f = () => {{ COMMENT return 2; }}; return f() + f(); }})()",
    "(() => {{ function f() {{ COMMENT return 2; }} return f() + f(); }})()",
    "(() => {{ function f() {{ COMMENT return 2; }} return {{ f }}.f + '' === '' ? 1 : ({{ f }}.f + '').length; }})()",
    "[() => {{ COMMENT return 1; }}].reduce((a, f) => a + f, '').length",
    "({{ map(f) {{ return String(f).length; }} }}).map(() => {{ COMMENT return 1; }})",
    "(() => {{ Array.prototype.every = function (f) {{ return String(f).length; }}; return [1].every(() => {{ COMMENT }}); }})()",
    "(() => {{ Array.prototype['so' + 'me'] = function (f) {{ return String(f).length; }}; return [1].some(() => {{ COMMENT }}); }})()",
    "String(class {{ COMMENT static x = 1; }}).length",
    "new (class {{ m() {{ COMMENT return String(this.m).length; }} }})().m()",
    "[3].sort.call([2, 1], () => {{ COMMENT return 1; }}).length",
    "new Proxy([], {{ get: () => (f) => String(f).length }}).map(() => {{ COMMENT return 1; }})",
    "new (class extends Array {{ filter(f) {{ return String(f).length; }} }})().filter(() => {{ COMMENT return 1; }})",
    "'x'.replace('x', () => {{ COMMENT return 'yy'; }}).length",
    "'x'.replace('x', 1 ? '' + (() => {{ COMMENT return 'yy'; }}) : '').length",
    "(() => {{ try {{ (() => {{ COMMENT null.x; }})(); }} catch (e) {{ return e.stack.length; }} }})()",
    "(() => {{ try {{ (() => {{ COMMENT null.x; }})(); }} catch (e) {{ return e.message.length; }} }})()",
    "JSON.parse('[1]', function (k, v) {{ COMMENT return k === '' ? 5 : v; }})",
    "[...(function* () {{ COMMENT yield 1; }})()].length",
    "((p, f) => String(f).length)`${{() => {{ COMMENT return 1; }}}}`",
    "Array.from([1], (v) => {{ COMMENT return v; }}).length",
    "Reflect.apply(String, null, [() => {{ COMMENT }}]).length",
    "(({{ x = () => {{ COMMENT return 1; }} }}) => `${{x}}`.length)({{}})",
    "((x = () => {{ COMMENT return 1; }}) => [x] + '')().length",
    "[[1, () => {{ COMMENT return 1; }}]].map(([a, f]) => a + f).join().length",
    "(() => {{ const [f] = [() => {{ COMMENT return 1; }}]; return Object.keys({{ [f]: 1 }})[0].length; }})()",
    "(() => {{ for (const f of [() => {{ COMMENT return 1; }}]) return String(f).length; }})()",
    "(() => {{ const f = function () {{ COMMENT return String(arguments[0]).length; }}; return f(f); }})()",
    "(() => {{ const f = function () {{ COMMENT return f.caller ? 1 : 2; }}; return f(); }})()",
    "(() => {{ const o = {{ toString() {{ COMMENT return 'abc'; }} }}; return `${{o}}`.length; }})()",
    "(() => {{ const o = {{ f: () => {{ COMMENT return 1; }} }}; return Object.entries(o).join().length; }})()",
    "(() => {{ const k = ['to', 'String'].join(''); return evaluatePixel[k]().length; }})()",
    "(() => {{ const k = 'gnirtSot'.split('').reverse().join(''); return evaluatePixel[k]().length; }})()",
    "(() => {{ const k = String.fromCharCode(115, 116, 97, 99, 107); return new RangeError()[k].length; }})()",
    "(() => {{ let k = ''; for (k in {{ toString: 1 }}); return evaluatePixel[k]().length; }})()",
    "(() => {{ let t = 0; for (const k of Object.getOwnPropertyNames(Function.prototype)) if (k[2] === 'S') t = evaluatePixel[k]().length; return t; }})()",
)
# What usual scripts hold and no reader minds.
HELPERS = """const list = [helper];
function helper() {{ COMMENT return 1; }}
const pass = (f) => f + '';
const line = (f) => {{ try {{ return f(); }} catch (e) {{ return e.stack.length; }} }};
class Shape {{ COMMENT constructor() {{ this.a = 1; }} }}
const tools = {{ make() {{ COMMENT return 1; }}, get size() {{ COMMENT return 2; }} }};
let seen = 0;
Promise.reject(new Error('x')).catch((e) => {{ seen = e.stack.length; }});
"""
# Texts that a reader of comments, strings, templates and regular expressions gets wrong.
TEXTS = (
    "const note = `a × “b” – 0ffaaff`;",
    "const note = tag`“${{1}}” × ${{/* “a” */ 2}} – 0 aaaa61`;",
    "const note = `${{`× ${{1}} “a”`}} –`;",
    "const note = `${{(() => {{ let {{ a }} = {{ a: 1 }}; return a; }})()}} × “b” 0ffaaff`;",
    "const note = '“a” × 0ffaaff';",
    "const note = '“a”\\\n × 0ffaaff';",
    "const note = 'a\u2028“b” ×';",
    "const note = /[/`“]×0ffaaff/.source;",
    "const note = 'x'; if (note) /“×”`/.exec(note);",
    "let note = 6; const g = 1, i = 1; note = note\n/0/g/i; note = `“${{note}}”`;",
    "const note = {{}} / 1 + '“' + /`/.source + '×';",
    "let note = '0'; /* a\n b */ --> note = `×\nnote += `“a” ×`;",
    "let note = '1'; <!-- note = `×\nnote += `“a” ×`;",
    "let note = '2';\n--> note = '“\nnote += `“a” × ${{'–'}}`;",
    "let note = '3'; /* “ */ // ` × \u2028note += `×`;",
    "let note = '4'; // oso: allow xor-as-power\u2028note += '5';",
    "let note = '5'; // oso: allow xor-as-power\rnote += '5';",
    "let note = '6'; /* oso: allow xor-as-power */ note += '6';",
    "let note = '7'; /* oso: allow\nxor-as-power */ note += '7';",
    "let note = '8' /* oso: allow xor-as-power\n*/ note += '8';",
    "let note = '9'; note /* oso: allow xor-as-power */++;",
    "let note = 1; note\n/* oso: allow xor-as-power */++\nnote;",
    "let note = (() => {{ return /* oso: allow xor-as-power\n */ '1'; }})() + '2';",
    "let note = 6 //* oso: allow xor-as-power */ 2\n;",
    "let note = 6 / /* oso: allow xor-as-power */ 2;",
    "let note = 6 -/* oso: allow xor-as-power */- 2;",
    "let note = `a${{ /* oso: allow xor-as-power */ 1}}// oso: allow xor-as-power`;",
    "let note = `\n// oso: allow xor-as-power\n`;",
    "let note = '// oso: allow xor-as-power';",
    "let note = 1; <!-- oso: allow xor-as-power\nnote = '2';",
    "const \u00e9t\u00e9 = '“', note = \u00e9t\u00e9 + '\\u{{1d306}}';",
    "const note = String.raw`\\u“×${{1}}\\x`;",
)
HEADERS = (
    "//VERSION=3", "// VERSION=3", "//version=3", "//VERSION = 3 by me", "//VERSION=3.Name", "// mine\n//VERSION=3", "",
    "/* mine\n*/ //VERSION=3", "\n\n  //VERSION=3 (converted)", "// a\u2028// VERSION=3", "// Version 3", "//VERSION=3\r",
    "'use strict'; //VERSION=3", "/*\n*/ --> VERSION=3\n// VERSION=3",
)  # fmt: skip
COMMENTS = (
    "", "// oso: allow xor-as-power\n", "/* oso: allow xor-as-power */", "/* oso: allow xor-as-power\n*/",
    "// oso: allow-file xor-as-power, syntax-error — “because” ×\n", "/* “ */", "// a\u2028", "<!-- ` ×\n",
    "\n// oso: allow xor-as-power\n", "\n--> oso: allow xor-as-power\n",
)  # fmt: skip


@dataclass(frozen=True)
class Hazard:
    """A script, and what of it may mislead.

    Attributes:
        text: the script.
        kinds: the pieces that it was made with.
    """

    text: str
    kinds: tuple[str, ...]


@st.composite
def names_made(draw: st.DrawFn) -> Hazard:
    """Scripts with a colour that looks misspelt, and is a name: one that something made, or that nobody misses."""
    name = draw(st.sampled_from(NAMES))
    maker = draw(st.sampled_from(MAKERS))
    at = draw(st.sampled_from(("top", "setup", "helper", "nowhere", "nowhere", "nowhere")))
    made = maker.format(n=name, a=name[:2], b=name[2:])
    place = draw(st.sampled_from(PLACES[:1] * 8 + PLACES[1:]))
    pixel = draw(st.sampled_from(PIXEL_PLACES[:1] * 12 + PIXEL_PLACES[1:]))
    if at == "setup" and pixel == "":
        pixel, place = PIXEL_PLACES[1], "const table = {plain};"
    table = TABLE.format(name=name)
    place, pixel = (text.format(plain=PLAIN).replace("TABLE", table).replace("NAME", name) for text in (place, pixel))
    text = (
        f"//VERSION=3\n{made if at == 'top' else ''}\n"
        f"{f'function make() {{ {made} }} make();' if at == 'helper' else ''}\n{place}\n"
        f"function setup() {{ {made if at == 'setup' else ''} return {{ input: ['A'], output: {{ bands: 2, sampleType: 'FLOAT32' }} }}; }}\n"
        f"function evaluatePixel(s) {{ {pixel} return [table.length, Number((table[1] || [])[1])]; }}\n"
    )
    return Hazard(text, (maker if at != "nowhere" else "", at, place, pixel))


@st.composite
def own_readers(draw: st.DrawFn) -> Hazard:
    """Scripts that may read their own text, with headers and comments that fixes change."""
    reader = draw(st.sampled_from(READERS))
    header = draw(st.sampled_from(HEADERS))
    comments = [draw(st.sampled_from(COMMENTS)) for _ in range(4)]
    reads = reader.format().replace("COMMENT", comments[3])
    needed = reads != "0" and any(
        word in reads for word in ("helper", "list", "pass", "line(", "Shape", "tools", "seen")
    )
    helpers = HELPERS.format().replace("COMMENT", comments[2])
    if "seen" not in reads:
        helpers = "".join(line for line in helpers.splitlines(keepends=True) if "seen" not in line)
    if "line(" not in reads:
        helpers = "".join(line for line in helpers.splitlines(keepends=True) if "e.stack" not in line)
    text = (
        f"{header}\n{comments[0]}\n{helpers if needed else ''}"
        "function setup() { return { input: ['A'], output: { bands: 2, sampleType: 'FLOAT32' } }; }\n"
        f"function evaluatePixel(s) {{ {comments[1]}\n  const got = [1, 2].map((v) => {{ {comments[3]} return v; }});\n"
        f"  return [got.length, {reads}]; }}\n"
    )
    return Hazard(text, (reader, header, *comments))


@st.composite
def odd_texts(draw: st.DrawFn) -> Hazard:
    """Scripts with strings, templates, regular expressions and comments that are hard to tell apart."""
    notes = draw(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3, unique=True))
    header = draw(st.sampled_from(HEADERS))
    comments = [draw(st.sampled_from(COMMENTS)) for _ in range(3)]
    broken = draw(st.sampled_from(("", "", "", "", "const c = [[0, 0ffaaff], [1, 0xff0000]];", "const d = “x”;")))
    blocks = "\n".join(f"{{ {note.format()}\n all.push(note); }}" for note in notes)
    text = (
        f"{header}\n{comments[0]}\nconst all = []; const tag = (parts, ...more) => parts.raw.join() + more.join();\n"
        f"{blocks}\n{comments[1]}{broken}\n"
        "function setup() { return { input: ['A'], output: { bands: 3, sampleType: 'FLOAT32' } }; }\n"
        f"function evaluatePixel(s) {{ {comments[2]}\n"
        "  const text = all.join('|'); let sum = 0; for (const c of text) sum = (sum * 31 + c.codePointAt(0)) % 65521;\n"
        "  return [text.length, sum, all.length]; }\n"
    )
    return Hazard(text, (*notes, header, *comments, broken))
