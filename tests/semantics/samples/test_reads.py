"""Where samples go, and what is read of them."""

from __future__ import annotations

import pytest

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.samples.reads import Form, Samples
from oso_evalscript.semantics.script import Script

SIMPLE = 'input: ["B04", "B08", "dataMask"], output: { bands: 1 }'
ORBIT = SIMPLE + ', mosaicking: "ORBIT"'
FUSION = 'input: [{ datasource: "a", bands: ["B04"] }, { datasource: "b", bands: ["VV"] }], output: { bands: 1 }'


def samples(pixel: str, setup: str = SIMPLE) -> Samples:
    found = Script(parse(Source(f"//VERSION=3\nfunction setup() {{ return {{ {setup} }}; }}\n{pixel}"))).samples
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("setup", "body"),
    [
        (SIMPLE, "return [s.B04 + s['B08']];"),
        (SIMPLE, "const { B04, B08: nir } = s; return [B04 + nir];"),
        (SIMPLE, "let p = s; return [p.B04 + p.B08];"),
        (SIMPLE, "return [f(1, s)]; function f(x, p) { return g(p) * p.B04; } function g({ B08 }) { return B08; }"),
        (SIMPLE, "const f = (p = {}) => p.B04 + p.B08; return [f(s)];"),
        (SIMPLE, "const NAME = 'B0' + '8'; return [s[NAME] + s.B04];"),
        (SIMPLE, "const inner = () => s.B04; return [inner() + s.B08];"),
        (ORBIT, "return [s[0].B04 + s[s.length - 1].B08];"),
        (
            ORBIT,
            "let t = 0; for (const p of s) t += p.B04; for (let i = 0; i < s.length; i++) t += s[i].B08; return [t];",
        ),
        (ORBIT, "return s.filter((p) => p.B04 > 0).map((p) => p.B08);"),
        (ORBIT, "const [first, ...others] = s; return [first.B04 + others[0].B08];"),
        (ORBIT, "return [s.reduce((sum, p) => sum + p.B04 / p.B08, 0)];"),
        (ORBIT, "s.sort((p, q) => p.B04 - q.B08); return [1];"),
        (ORBIT, "return [best(s).B04]; function best(list) { return list.find((p) => p.B08 > 0); }"),
        (ORBIT, "s.forEach(add); let t = 0; function add(p, i) { t += p.B04 + p.B08 + i; } return [t];"),
        (ORBIT, "const list = [...s]; return [list[0].B04 + list[1].B08];"),
    ],
)
def test_bands_are_found_wherever_samples_go(setup: str, body: str) -> None:
    found = samples(f"function evaluatePixel(s) {{ {body} }}", setup)
    assert {read.band for read in found.reads} == {"B04", "B08"}
    assert found.complete


@pytest.mark.parametrize(
    ("setup", "body"),
    [
        (SIMPLE, "for (const name in s) f(name); return [s.B04];"),
        (SIMPLE, "return [s[pick()] + s.B04];"),
        (SIMPLE, "const { B04, ...others } = s; return [B04 + others.B08];"),
        (SIMPLE, "return [tool.mean(s)];"),
        (SIMPLE, "return [new Pixel(s).B08];"),
        (SIMPLE, "const box = { s }; return [box.s.B08];"),
        (SIMPLE, "return [f(...[s])];"),
        (SIMPLE, "return [arguments[0].B08];"),
        (SIMPLE, "keep = s; return [keep.B08]; "),
        (SIMPLE, "return Object.values(s);"),
        (SIMPLE, "const p = { ...s }; return [p.B08];"),
        (ORBIT, "const all = s.map((p) => p); return [all[0].B08];"),
        (ORBIT, "const list = []; list.push(s[0]); return [list[0].B08];"),
        (ORBIT, "return [s.reduce((p, q) => p.B04 > q.B04 ? p : q).B08];"),
        (FUSION, "for (const key of Object.keys(s)) f(s[key]); return [1];"),
    ],
)
def test_a_sample_that_escapes_is_known(setup: str, body: str) -> None:
    found = samples(f"function evaluatePixel(s) {{ {body} }}", setup)
    assert not found.complete or "B08" in {read.band for read in found.reads}


def test_each_source_has_its_own_bands() -> None:
    found = samples("function evaluatePixel(s) { const { a } = s; return [a[0].B04 * s['b'][0].VV]; }", FUSION)
    assert {(read.band, read.input) for read in found.reads} == {("B04", 0), ("VV", 1)}


@pytest.mark.parametrize(
    "body",
    [
        "let p = s; p = { B04: 1 }; return [p.B04];",
        "const p = s || {}; return [p.B04];",
        "return [f(s) + f({ B04: 2 })]; function f(p) { return p.B04; }",
        "s = clean(s); return [s.B04];",
    ],
)
def test_what_may_be_something_else_is_not_sure(body: str) -> None:
    found = samples(f"function evaluatePixel(s) {{ {body} }}")
    assert [read.sure for read in found.reads if read.band == "B04"][-1:] == [False]


@pytest.mark.parametrize(
    ("setup", "body", "form"),
    [
        (SIMPLE, "return [s[0].B04];", Form.SAMPLE),
        (SIMPLE, "return [f(s)]; function f(list) { return list[0].B04; }", Form.SAMPLE),
        (ORBIT, "return [s.B04];", Form.LIST),
        (FUSION, "return [s.a.B04];", Form.LIST),
        (FUSION, "return [s.B04];", Form.SOURCES),
    ],
)
def test_a_sample_taken_for_something_else(setup: str, body: str, form: Form) -> None:
    found = samples(f"function evaluatePixel(s) {{ {body} }}", setup)
    assert [item.form for item in found.misreads] == [form]


@pytest.mark.parametrize(
    "setup",
    [
        'input: [{ bands: ["B04"], datasource: "a" }], output: { bands: 1 }',
        'input: [{ bands: ["B04"], mosaicking: "ORBIT" }], output: { bands: 1 }',
        'input: names(), output: { bands: 1 }',
        'input: ["B04"], mosaicking: mode(), output: { bands: 1 }',
    ],
)  # fmt: skip
def test_what_is_given_is_not_always_told(setup: str) -> None:
    text = f"//VERSION=3\nfunction setup() {{ return {{ {setup} }}; }}\nfunction evaluatePixel(s) {{ return [s.B04]; }}"
    assert Script(parse(Source(text))).samples is None


@pytest.mark.parametrize(
    ("text", "collection", "expected"),
    [
        ("// oso: collection sentinel-2-l2a\n", None, "sentinel-2-l2a"),
        ("/* oso: collection S2L1C */\n", "sentinel-2-l2a", "sentinel-2-l1c"),
        ("", "sentinel-1-grd", "sentinel-1-grd"),
        ("// the collection sentinel-2-l2a\n", None, None),
        ("const text = 'oso: collection sentinel-2-l2a';\n", None, None),
        ("// oso: collection nowhere\n", None, None),
    ],
)
def test_the_collection_is_told_by_a_comment_or_the_caller(
    text: str, collection: str | None, expected: str | None
) -> None:
    told = Script(parse(Source(text)), collection=collection).directives.collection
    assert (told.id if told is not None else None) == expected
