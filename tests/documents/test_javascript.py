"""JavaScript and TypeScript: what strings are put together from, and functions that a client makes a script of."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from py_mini_racer import MiniRacer

from oso_evalscript.documents.embedded import Embedded, find_scripts
from oso_evalscript.model.text import Edit, Span
from tests.documents.strategies import javascript_template

SCRIPT = '//VERSION=3\nfunction setup() { return { input: ["B04"], output: { bands: 1 } }; }\nfunction evaluatePixel(s) { return [s.B04]; }\n'


def only(text: str, kind: str = "js") -> Embedded:
    found = find_scripts(text=text, kind=kind)
    assert len(found) == 1, (found, text)
    return found[0]


CONSTANTS = """
const NAME = "B08", NUMBER = 0.25, COUNT = 3, BANDS = ["B04", 'B08'];
const LONG = `
function helper(a) { return a * 2; }
`;
const QUOTED = `"${NAME}"`;
"""
VALUES = (
    "NAME", "NUMBER", "COUNT", "BANDS.length", "BANDS.join()", "BANDS.join(', ')", "JSON.stringify(BANDS)", "QUOTED", "LONG", "'x'",
    "12", "1.50", "NAME + '_'", "`${COUNT}`", "0x10", "COUNT + 1", "NAME.toLowerCase()", "BANDS.map((b) => `s.${b}`).join()",
)  # fmt: skip


@st.composite
def fillings(draw: st.DrawFn) -> str:
    """Expressions that put a script together from constants."""
    values = draw(st.lists(st.sampled_from(VALUES), min_size=1, max_size=3))
    form = draw(st.sampled_from(["template", "plus", "replace", "replaceAll", "regex", "join", "concat", "trim"]))
    if form == "template":
        return f"`{SCRIPT}// {' '.join('${' + value + '}' for value in values)}\n`"
    if form == "plus":
        return f"{json.dumps(SCRIPT)} + '//' + {' + String('.join(['', *values])[3:].replace(' + String(', ') + String(')})"
    if form in ("replace", "replaceAll", "regex"):
        old, method = ("/__X__/g", "replace") if form == "regex" else ("'__X__'", form)
        return f"{javascript_template(SCRIPT + '// __X__ __X__')}.{method}({old}, {values[0]})"
    if form == "join":
        return f"[{json.dumps(SCRIPT)}, {', '.join(values)}].join('\\n// ')"
    if form == "concat":
        return f"{json.dumps(SCRIPT)}.concat('//', {', '.join(values)})"
    return f"`\n  {SCRIPT}  `.{draw(st.sampled_from(['trim', 'trimStart', 'trimEnd']))}()"


@pytest.fixture(scope="module")
def engine() -> MiniRacer:
    return MiniRacer()


@given(expression=fillings())
def test_what_constants_fill_in_is_what_javascript_makes_of_it(engine: MiniRacer, expression: str) -> None:
    code = f"{CONSTANTS}\nconst script = {expression};\n"
    found = next(item for item in find_scripts(text=code, kind="js") if item.name == "script")
    if not found.source.unknown:
        assert found.source.text == engine.eval(f"(() => {{{code} return script; }})()")
    changed = found.edited([Edit(Span(0, 0), '// "é" `x` ${y}\n')])
    assert changed is not None
    if not changed.source.unknown:
        assert changed.source.text == engine.eval(f"(() => {{{changed.document.source.text} return script; }})()")


NAMES = {
    "const S = {};": "S",
    "export const S = {}.trim();": "S",
    "let S; S = {};": "S",
    "this.evalscript = {};": "evalscript",
    "x({ evalscript: {} });": "evalscript",
    "x({ 'ndvi': {}, b: 1 });": "ndvi",
    "const f = (a) => {};": "f",
    "function ndvi() { return {}; }": "ndvi",
    "class A { static ndvi = {}; }": "ndvi",
    "const S = [{}];": "S",
    "const S = clean({});": "S",
    "x({}, 1);": None,
    "function f(a = {}) {}": "a",
    "const S = String.raw{};": "S",
    "const S = dedent{};": "S",
    "export default {};": None,
}


@pytest.mark.parametrize("code", NAMES)
@pytest.mark.parametrize("kind", ["js", "mjs", "jsx", "ts", "tsx"])
def test_a_script_is_called_what_it_is_bound_to(code: str, kind: str) -> None:
    found = only(code.replace("{}", f"`{SCRIPT}`", 1), kind)
    assert (found.name, found.source.text.strip()) == (NAMES[code], SCRIPT.strip())


def test_types_and_elements_are_no_hindrance() -> None:
    text = f"export const S: string = `{SCRIPT}` as const;\nfunction f<T>(a: T): T {{ return <A s={{`{SCRIPT}`}} />; }}"
    assert [item.name for item in find_scripts(text=text, kind="tsx")] == ["S", "s"]
    text = f"const S = <string>`{SCRIPT}`; enum E {{ A = 1 }}"
    assert only(text, "ts").source.text == SCRIPT


def test_a_file_that_is_a_script_is_found_as_one() -> None:
    found = only(SCRIPT)
    assert (found.source.text, found.name, found.line, found.cell) == (SCRIPT, None, 1, None)
    changed = found.edited([Edit(Span(0, 0), "// a\n")])
    assert changed is not None
    assert changed.document.source.text == "// a\n" + SCRIPT
    body = SCRIPT.removeprefix("//VERSION=3\n")
    assert only(body).source.text == body


@pytest.mark.parametrize(
    "text",
    [
        f"import x from 'y';\n{SCRIPT[12:]}",
        "const s = require('x');\nfunction setup() {}\nfunction evaluatePixel() {}\nmodule.exports = { setup };",
        "// evaluatePixel and VERSION=3\nfunction setup() {}",
        "const a = '//VERSION=3';",
        "const a = `//VERSION=3\n${body}`;",
        "const o = { evaluatePixel: (s) => [s.B04] };",
        "new Worker({ setup, evaluatePixel });",
    ],
)
def test_other_javascript_is_no_script(text: str) -> None:
    assert find_scripts(text=text, kind="js") == ()


OPENLAYERS = """
import SentinelHub from 'ol/source/SentinelHub.js';
const source = new SentinelHub({
  data: [{ type: 'sentinel-2-l2a' }],
  evalscript: {
    setup: () => ({ input: ['B04'], output: { bands: 1 } }),
    EVALUATE
  },
});
"""


@pytest.mark.parametrize(
    ("code", "script"),
    [
        ("evaluatePixel: function (s) { return [s.B04]; }", "var evaluatePixel = function (s) { return [s.B04]; };\n"),
        (
            "evaluatePixel(s) { return [s.B04]; }",
            "var evaluatePixel = function evaluatePixel(s) { return [s.B04]; };\n",
        ),
        ("evaluatePixel: (s) => [s.B04],\n version: '3'", "var evaluatePixel = (s) => [s.B04];\n"),
        ("evaluatePixel", "var evaluatePixel = function evaluatePixel(s) { return [s.B08]; };\n"),
        ("evaluatePixel: compute", "var evaluatePixel = function compute(s) { return [1]; };\n"),
    ],
)
def test_openlayers_makes_a_script_of_functions(code: str, script: str) -> None:
    more = "function evaluatePixel(s) { return [s.B08]; }\nfunction compute(s) { return [1]; }\n"
    text = OPENLAYERS.replace("EVALUATE", code) + (more if code in ("evaluatePixel", "evaluatePixel: compute") else "")
    found = only(text)
    assert found.name == "evalscript"
    assert (
        found.source.text == f"//VERSION=3\nvar setup = () => ({{ input: ['B04'], output: {{ bands: 1 }} }});\n{script}"
    )
    offset = found.source.text.index("B04")
    span = found.host_span(Span(offset, offset + 3))
    assert text[span.start : span.end] == "B04"
    changed = found.edited([Edit(Span(offset, offset + 3), "B08")])
    assert changed is not None
    assert changed.document.source.text == text.replace("['B04']", "['B08']", 1)
    assert found.edited([Edit(Span(0, 0), "// a\n")]) is None


def test_types_of_functions_are_left_out() -> None:
    code = "evaluatePixel: (s: Sample, scenes?: Scenes): number[] => [s.B04 as number, s!.B08]"
    found = only(OPENLAYERS.replace("EVALUATE", code), "ts")
    assert found.source.text.endswith("var evaluatePixel = (s, scenes) => [s.B04, s.B08];\n")


@pytest.mark.parametrize(
    ("code", "unknown"),
    [
        ("`//VERSION=3\nlet a = [${bands.map((b) => `s.${b}`).join()}];`", ["...__BANDS_MAP_B_S_B_JOIN__"]),
        ("`//VERSION=3\nreturn [${a}, ${b}];`", ["...__A__", "...__B__"]),
        ("'//VERSION=3\\nlet a = ' + x + ';'", ["__X__"]),
        ("`//VERSION=3\n${helpers}\nlet a = 1;`", ["__HELPERS__;"]),
        (
            '`//VERSION=3\nlet a = s.${band} + s.B${n}, c = "${band}", d = 0.${n};`',
            ["__BAND__", "__N__", "__BAND__", "0"],
        ),
    ],
)
def test_what_is_not_known_is_a_placeholder(code: str, unknown: list[str]) -> None:
    found = only(f"export const f = (x, a, b, n, band, bands, helpers) => {code};")
    assert found.found.settled.reads, found.source.text
    assert [found.source.slice(span) for span in found.source.unknown] == unknown


def test_broken_text_gets_what_can_be_read() -> None:
    for text in (
        f"const S = `{SCRIPT}`;\nfunction (",
        f"<<<<\nconst S = `{SCRIPT}`;",
        f"const S = `{SCRIPT}`; \0 }}}}",
    ):
        assert [item.source.text for item in find_scripts(text=text, kind="js")] == [SCRIPT]
    for text in ("`//VERSION=3", "`//VERSION=3${", "'//VERSION=3 evaluatePixel", "evaluatePixel: {setup"):
        assert find_scripts(text=text, kind="js") == () or text.startswith("`")


TYPED = [
    "interface Sample { B04: number }\nEVAL",
    "type Out = number[];\nEVAL",
    "const bands: string[] = ['B04'];\nEVAL",
    "enum Kind { A }\nEVAL",
    "declare const url: string;\nEVAL",
    "namespace N { export const x = 1; }\nEVAL",
    "export { evaluatePixel };\nEVAL",
    "let x = <number>y;\nEVAL",
    "let x = y as number, z = y!;\nEVAL",
    "function f<T>(x?: T) {}\nEVAL",
]


@pytest.mark.parametrize("code", TYPED)
def test_what_is_translated_before_it_is_sent_is_not_a_script(code: str) -> None:
    whole = f"//VERSION=3\n{code.replace('EVAL', SCRIPT.partition(chr(10))[2])}"
    assert find_scripts(text=whole, kind="ts") == ()
    assert find_scripts(text=f"# A\n\n```ts\n{whole}\n```\n", kind="md") == ()
    within = find_scripts(text=f"{whole}\nconst text = {json.dumps(SCRIPT)};", kind="ts")
    assert [(item.name, item.source.text) for item in within] == [("text", SCRIPT)]


@pytest.mark.parametrize("code", ["let a; let a;", "0ffaaff;", "if (;", "return 1;"])
def test_faults_of_javascript_are_found_in_typescript_files(code: str) -> None:
    (found,) = find_scripts(text=f"{SCRIPT}\n{code}\n", kind="ts")
    assert found.is_whole
