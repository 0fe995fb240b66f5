from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import Program, compile, fix, lint
from oso_evalscript.compiler.spec import PaletteSpec
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.linter.engine import Usage, choose, lint_tree
from oso_evalscript.linter.report.style import Style
from oso_evalscript.linter.report.text import render_text
from oso_evalscript.model.contract import Api
from oso_evalscript.model.diagnostic import Safety
from oso_evalscript.model.errors import OsoError
from oso_evalscript.model.text import Source, apply
from tests.conftest import ROOT
from tests.strategies import code

PAGE = ROOT / "tests/scripts/err/cnes_land_cover_page.js"
NO_DATA = "nodata-gets-a-color"  # true of the page, and not to be mended by a fix


@given(code | st.text())
def test_lint_never_raises_and_points_into_the_text(text: str) -> None:
    report = lint(Source(text))
    for item in report:
        assert 0 <= item.span.start <= item.span.end <= len(text)
        for edit in item.fix.edits if item.fix else ():
            assert edit.span.end <= len(text)
    assert [item.span for item in report] == sorted(item.span for item in report)
    assert render_text([report], Style(width=40, encoding="ascii")).isascii()


@given(code, st.booleans())
def test_fix_is_idempotent(text: str, unsafe: bool) -> None:
    once = fix(Source(text), unsafe=unsafe)
    again = fix(once.source, unsafe=unsafe)
    assert again.source == once.source
    assert again.applied == ()
    assert again.report == once.report


def test_the_page_has_five_malformed_colours_and_a_blank_in_its_header() -> None:
    source = Source.read(PAGE)
    found = [(item.rule, source.slice(item.span), item.fix) for item in lint(source)]
    assert [(rule, text) for rule, text, _ in found] == [
        ("version-header", "// VERSION=3"),
        (NO_DATA, "1"),
        ("malformed-hex", "0ffaaff"),
        ("malformed-hex", "0 aaaa61"),
        ("malformed-hex", "0 aaaa00"),
        ("malformed-hex", "0 aaaaff"),
        ("malformed-hex", "0 aaff00"),
        ("unused-data-mask", '"dataMask"'),
    ]
    fixes = [fix_ for _, _, fix_ in found if fix_ is not None]
    assert len(fixes) == 6
    assert all(item.safety is Safety.SAFE for item in fixes)
    assert [item.edits[0].text for item in fixes[1:]] == [
        "0xffaaff",
        "0xaaaa61",
        "0xaaaa00",
        "0xaaaaff",
        "0xaaff00",
    ]


def test_fixing_the_page_touches_nothing_else_and_gives_a_script_that_loads() -> None:
    source = Source.read(PAGE)
    fixed = fix(source)
    assert len(fixed.applied) == 6
    assert sorted({item.rule for item in fixed.report}) == ["nodata-gets-a-color", "unused-data-mask"]
    edits = [edit for item in lint(source) if item.fix for edit in item.fix.edits]
    assert fixed.source == apply(source, edits)
    with Program(fixed.source) as program:
        assert program.setup.bands == ("OCS", "dataMask")


def test_rules_are_chosen_by_name() -> None:
    source = Source.read(PAGE)
    assert {item.rule for item in lint(source, select=["version-header"])} == {"version-header"}
    assert {
        item.rule for item in lint(source, ignore=["version-header", *["nodata-gets-a-color", "unused-data-mask"]])
    } == {"malformed-hex"}
    with pytest.raises(ValueError, match="`malformed` is not a rule; did you mean `malformed-hex`\\?"):
        lint(source, select=["malformed"])
    with pytest.raises(ValueError, match="`x` is not a rule"):
        fix(source, ignore=["x"])


def test_without_its_rule_a_broken_number_is_a_syntax_error() -> None:
    report = lint(Source("const c = [0ffaaff];"), ignore=["malformed-hex"])
    assert [(item.rule, item.message) for item in report] == [("syntax-error", "`0ffaaff` is not a number")]


def test_suppressed_findings_are_not_fixed() -> None:
    text = "const c = [0ffaaff]; // oso: allow malformed-hex"
    assert fix(Source(text)).source.text == text


def test_several_passes_reach_what_the_first_one_uncovers() -> None:
    text = compile(PaletteSpec(name="p")).text
    broken = text.replace("0xffaaff", "0ffaaff").replace("0x003200", "0003200").replace("//VERSION=3", "// version=3")
    fixed = fix(Source(broken), unsafe=True)
    assert fixed.source.text == text
    assert not fixed.report
    assert [item.rule for item in fix(Source(broken)).report] == ["color-decimal-or-octal"]


@pytest.mark.parametrize("path", sorted((ROOT / "evalscripts").glob("*.js")), ids=lambda path: path.stem)
def test_the_shipped_scripts_are_clean(path: Path) -> None:
    assert lint(Source.read(path)).diagnostics == ()


@pytest.mark.parametrize(
    ("collection", "bands", "body", "rule"),
    [
        ("sentinel-2-l2a", '"B10"', "return [s.B10];", "unknown-band"),
        (
            "cnes-land-cover",
            '"OCS"',
            "return colorBlend(s.OCS, [1, 2, 3, 4], [0xff00ff, 0xff55ff, 0xffaaff, 0x123456]);",
            None,
        ),
        (
            "cnes-land-cover",
            '"OCS"',
            "if (!s.OCS) return [0, 0, 0]; "
            "return new ColorMapVisualizer([[1, 0xff00ff], [2, 0xff55ff], [3, 0xffaaff], [4, 0x123456]]).process(s.OCS);",
            "palette-differs-from-nomenclature",
        ),
    ],
)
def test_the_caller_tells_the_collection(collection: str, bands: str, body: str, rule: str | None) -> None:
    source = Source(
        f"//VERSION=3\nfunction setup() {{ return {{ input: [{bands}], output: {{ bands: 3 }} }}; }}\n"
        f"function evaluatePixel(s) {{ {body} }}\n"
    )
    assert all(item.rule != rule for item in lint(source).diagnostics)
    told = [item.rule for item in lint(source, collection=collection).diagnostics if item.rule != "output-length"]
    assert told == ([] if rule is None else [rule])


@pytest.mark.parametrize("function", [lint, fix])
def test_a_collection_that_does_not_exist_is_refused_as_the_command_does(function: Any) -> None:
    with pytest.raises(OsoError, match="the catalogue has no collection `S9`; `byoc` stands for"):
        function("//VERSION=3", collection="S9")
    with pytest.raises(OsoError, match=r"no collection `sentinel-2-l2b`; did you mean `sentinel-2-l2a`\?"):
        function("//VERSION=3", collection="sentinel-2-l2b")
    assert function("return [B04]", collection="byoc-mine") is not None


@pytest.mark.parametrize(
    ("outputs", "api", "rules"),
    [
        ('{ id: "ndvi", bands: 1 }', None, ["sample-type-range"]),
        ('{ id: "ndvi", bands: 1 }', "process", ["sample-type-range"]),
        ('{ id: "ndvi", bands: 1 }', "statistics", ["statistics-without-mask"]),
        ('{ id: "ndvi", bands: ["top"] }', None, ["statistics-without-mask"]),
        ('{ id: "ndvi", bands: ["top"] }', "process", ["statistics-without-mask"]),
        (
            '{ id: "ndvi", bands: 1, sampleType: "UINT8" }',
            "statistics",
            ["statistics-without-mask", "sample-type-range"],
        ),
        ('{ id: "ndvi", bands: 1 }, { id: "dataMask", bands: 1 }', None, []),
        ('{ id: "ndvi", bands: 1 }, { id: "dataMask", bands: 1 }', "process", ["sample-type-range"]),
        ('{ id: "ndvi", bands: 1 }, { id: "dataMask", bands: 1 }', "statistics", []),
    ],
)
def test_the_caller_tells_the_api(outputs: str, api: Api | None, rules: list[str]) -> None:
    source = Source(
        '//VERSION=3\nfunction setup() { return { input: ["B08", "B04", "dataMask"], output: ['
        f"{outputs}] }}; }}\nfunction evaluatePixel(s) {{\n"
        "  return { ndvi: [index(s.B08, s.B04)], dataMask: [s.dataMask] };\n}\n"
    )
    wanted = ["statistics-without-mask", "sample-type-range"]
    assert [item.rule for item in lint(source, select=wanted, api=api)] == rules
    assert [item.rule for item in fix(source, select=wanted, api=api).report] == rules


def test_an_api_that_there_is_not_is_refused() -> None:
    options: Any = {"api": "batch"}
    with pytest.raises(OsoError, match="expected process or statistics"):
        lint("return [1];", **options)


@pytest.mark.parametrize(
    "text",
    [
        "//VERSION=3\nfunction setup() { return { input: ['B04'], output: { bands: 1, sampleType: 'UINT8' } }; }\n"
        "function evaluatePixel({ B04 = 1 }) { const scale = (x) => 255 * x; { var y = scale(B04); } return [y]; }\n",
        "return [2.5 * B04, B03, B02];",
    ],
)
def test_a_tree_goes_when_nobody_needs_it(text: str) -> None:
    gc.collect()
    gc.disable()  # trees in circles would be many, and the search for them a tenth of the time
    try:
        tree = parse(Source(text))
        seen = weakref.ref(tree)
        lint_tree(tree, choose(), Usage.of(None, None))
        del tree
        assert seen() is None
    finally:
        gc.enable()
