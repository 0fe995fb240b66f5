"""Scripts of TypeScript that are put together from constants."""

from __future__ import annotations

import pytest

from oso_evalscript.documents.embedded import Document, find_scripts
from oso_evalscript.linter.engine import choose
from oso_evalscript.linter.hosts import Checks, fix_document, lint_document
from oso_evalscript.model.text import Source

CHECKS = Checks(choose(None, ()))
SETUP = 'function setup() { return { input: ["B04"], output: { bands: 1 } }; }\n'
PIXEL = "function evaluatePixel(s) { return [s.B04, 2]; }\n"
PARTS = f"const HEAD = '//VERSION=3\\n';\nconst SETUP = `{SETUP}`;\nconst PIXEL: string = `{PIXEL}`;\nconst BOTH = SETUP + PIXEL;\n"
WHOLE = f"//VERSION=3\n{SETUP}{PIXEL}"


@pytest.mark.parametrize(
    "code",
    [
        "const script = HEAD + SETUP + PIXEL;",
        "const script = HEAD + BOTH;",
        "const script = (HEAD as string) + (SETUP + PIXEL);",
        "const script = [HEAD, SETUP, PIXEL].join('');",
        "const script = `${HEAD}${SETUP}${PIXEL}`;",
        "function script() { return HEAD.trim() + '\\n' + BOTH; }",
    ],
)
def test_constants_make_a_script(code: str) -> None:
    text = PARTS + code
    found = [item for item in find_scripts(text=text, kind="ts") if item.name != "BOTH"]
    assert [(item.name, item.source.text) for item in found] == [("script", WHOLE)]
    assert found[0].line == text.count("\n") + 1
    report = lint_document(Document.of(Source(text, "x.ts"), "ts"), CHECKS)
    assert [text[item.span.start : item.span.end] for item in report if item.rule == "output-length"] == ["[s.B04, 2]"]


@pytest.mark.parametrize(
    "code",
    [
        "const script = head() + BOTH;",
        "const script = `${head}${BOTH}`;",
        "let BOTH = ''; const script = HEAD + BOTH;",
    ],
)
def test_a_part_that_may_be_completed_lacks_nothing(code: str) -> None:
    text = f"const BOTH = `{SETUP}{PIXEL}`;\n"
    document = Document.of(Source(text, "x.ts"), "ts")
    assert "version-header" in {item.rule for item in lint_document(document, CHECKS)}
    document = Document.of(Source(text + code, "x.ts"), "ts")
    assert "version-header" not in {item.rule for item in lint_document(document, CHECKS)}


@pytest.mark.parametrize(
    "code", ["console.log('Script: ' + SCRIPT);", "const both = SCRIPT + SCRIPT;", "send(SCRIPT); log(x + SCRIPT);"]
)
def test_a_whole_script_stays_one(code: str) -> None:
    text = f"const SCRIPT = `{WHOLE}`;\n{code}"
    assert [(item.name, item.source.text) for item in find_scripts(text=text, kind="ts")] == [("SCRIPT", WHOLE)]


def test_fixes_are_made_in_the_constant() -> None:
    text = PARTS.replace("2]", "0ffaaff]") + "const one = HEAD + BOTH, two = `x`;\nsend(HEAD + SETUP + PIXEL);\n"
    checks = Checks(choose(["malformed-hex"], ()))
    fixed = fix_document(Document.of(Source(text, "x.ts"), "ts"), checks)
    assert fixed.changes == 1
    assert fixed.document.source.text == text.replace("0ff", "0xff")
