from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import compile, fix, lint
from oso_evalscript.compiler.spec import PaletteSpec
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.linter.suppressions import read_suppressions
from oso_evalscript.model.diagnostic import Safety
from oso_evalscript.model.text import Source
from tests.strategies import code

UNUSED = "unused-suppression"


def rules(text: str, select: list[str] | None = None, ignore: tuple[str, ...] | list[str] = ()) -> list[str]:
    return [item.rule for item in lint(Source(text), select=select, ignore=ignore)]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("const c = [0ffaaff]; // oso: allow malformed-hex — a test", []),
        ("const c = [0ffaaff];// oso: allow: malformed-hex", []),
        ("const c = [0ffaaff]; // a red // oso: allow malformed-hex", []),
        ("const c = [0ffaaff]; // oso: allow version-header", ["malformed-hex", UNUSED]),
        ("// oso: allow malformed-hex\nconst c = [0ffaaff];", []),
        ("// oso: allow malformed-hex\n\n// more\nconst c = [0ffaaff];", []),
        ("// oso: allow malformed-hex\nconst b = 1;\nconst c = [0ffaaff];", [UNUSED, "malformed-hex"]),
        ("const c = [0ffaaff,\n0ffaaff]; // oso: allow malformed-hex", ["malformed-hex"]),
        ("/* oso: allow syntax-error, malformed-hex */\nconst c = [0ffaaff];", []),
        ("/*\n * oso: allow malformed-hex\n */\nconst c = [0ffaaff];", []),
        ("const c = [0ffaaff];\n// oso: allow-file malformed-hex", []),
        ("const c = ['oso: allow malformed-hex', 0ffaaff];", ["malformed-hex"]),
        ("const c = [0ffaaff]; // write `// oso: allow malformed-hex`", ["malformed-hex"]),
        ("return [1]; // oso: allowed", ["unknown-directive"]),
        ("// a red; oso: allow malformed-hex\nconst c = [0ffaaff];", []),
        ("const c = [0ffaaff]; /* oso: allow malformed-hex; collection sentinel-2-l2a */", []),
        ("const c = [0ffaaff]; // oso: collection sentinel-2-l2a; allow malformed-hex", []),
    ],
)
def test_comments_suppress(text: str, left: list[str]) -> None:
    assert rules(text) == left


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return [1]; // oso: allow malformed-hex — why\n", "return [1];\n"),
        ("return [1]; // one // oso: allow malformed-hex\n", "return [1]; // one\n"),
        ("  // oso: allow malformed-hex\r\nreturn [1];\r\n", "return [1];\r\n"),
        ("return [1];\n// oso: allow-file malformed-hex", "return [1];\n"),
        ("return [1]; // oso: collection sentinel-2-l2a; oso: allow malformed-hex",
         "return [1]; // oso: collection sentinel-2-l2a;"),
        ("return/* oso: allow malformed-hex */[1];", "return [1];"),
        ("let a = 1 /* oso: allow malformed-hex\n*/ let b = a; return [b]", "let a = 1 \n let b = a; return [b]"),
        ("return [0ffaaff]; // oso: allow syntax-error, malformed-hex, output-length — why",
         "return [0ffaaff]; // oso: allow syntax-error, malformed-hex — why"),
    ],
)  # fmt: skip
def test_the_fix_takes_away_what_is_of_no_use(before: str, after: str) -> None:
    found = lint(Source(before)).diagnostics
    assert [item.rule for item in found] == [UNUSED]
    assert found[0].fix is not None
    assert found[0].fix.safety is Safety.SAFE
    fixed = fix(Source(before))
    assert fixed.source.text == after
    assert not fixed.report


def test_nothing_is_said_of_rules_that_were_not_run() -> None:
    text = "return [1]; // oso: allow malformed-hex, output-length"
    assert rules(text, select=[UNUSED]) == []
    assert rules(text, ignore=["malformed-hex", "output-length"]) == []
    assert rules(text, ignore=[UNUSED]) == []
    [item] = lint(Source(text), ignore=["output-length"])
    assert item.message == "unused suppression: no `malformed-hex` finding in line 1"
    assert item.span.start == text.index("malformed")


def test_nothing_is_said_where_the_text_cannot_be_read() -> None:
    assert rules("return [1; // oso: allow malformed-hex") == ["syntax-error"]


def test_unused_suppressions_can_be_allowed() -> None:
    assert rules("return [1]; // oso: allow malformed-hex, unused-suppression") == []
    assert rules("return [1]; // oso: allow malformed-hex\n// oso: allow-file unused-suppression") == []


def test_a_misspelt_name_is_told() -> None:
    [item] = lint(Source("return [1]; // oso: allow Malformed_Hex"))
    assert (item.rule, item.message) == (
        UNUSED,
        "`Malformed_Hex` is not a rule; did you mean `malformed-hex`?",
    )
    assert item.fix is None


def test_suppressed_findings_are_not_fixed() -> None:
    text = "const c = [0ffaaff]; // oso: allow malformed-hex"
    assert fix(Source(text)).source.text == text


@given(code | st.text())
def test_any_text_has_suppressions(text: str) -> None:
    for item in read_suppressions(parse(Source(text + "// oso: allow a, b"))):
        assert all(item.span.start < name.start < name.end <= item.span.end for name in item.names)


def test_many_suppressions_take_linear_time() -> None:
    text = compile(PaletteSpec(name="p")).text + "let a = 0ffaaff; // oso: allow malformed-hex\n" * 2000
    assert rules(text, select=["malformed-hex", UNUSED]) == []
