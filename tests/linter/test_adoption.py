from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import compile, lint
from oso_evalscript.compiler.spec import PaletteSpec
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.linter.adoption import add_suppressions
from oso_evalscript.linter.rule import all_rules
from oso_evalscript.model.text import Source
from tests.strategies import code


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return [0ffaaff];\n", "return [0ffaaff]; // oso: allow malformed-hex\n"),
        ("return [0ffaaff];", "return [0ffaaff]; // oso: allow malformed-hex"),
        ("\r\nreturn [0ffaaff]; \r\n", "\r\nreturn [0ffaaff]; // oso: allow malformed-hex\r\n"),
        ("return [0ffaaff]; // red\n", "return [0ffaaff]; // red // oso: allow malformed-hex\n"),
        (
            "return [0ffaaff]; // oso: allow syntax-error — why\n",
            "return [0ffaaff]; // oso: allow syntax-error, malformed-hex — why\n",
        ),
        ("const c = [0ffaaff,\n0550000, 0ff00ff];\n", "const c = [0ffaaff, // oso: allow malformed-hex\n0550000, 0ff00ff]; // oso: allow color-decimal-or-octal, malformed-hex\n"),
        ("let a = 1;\n  return [0ffaaff, `\n`];", "let a = 1;\n  // oso: allow malformed-hex\n  return [0ffaaff, `\n`];"),
        ("let a = 1;\nreturn [0ffaaff, '\\\n'];", "let a = 1;\n// oso: allow malformed-hex\nreturn [0ffaaff, '\\\n'];"),
        ("let a = 1;\nreturn [0ffaaff, /*\n*/];", "let a = 1;\n// oso: allow malformed-hex\nreturn [0ffaaff, /*\n*/];"),
        ("return [`\n${[0ffaaff]}\n`];", "return [`\n${[0ffaaff]}\n`];\n// oso: allow-file malformed-hex"),
        ("return 'a;", "return 'a;\n// oso: allow-file syntax-error"),
        ("// VERSION=3\nfunction setup() { return { input: ['A'], output: { bands: 1 } }; }\nfunction evaluatePixel(s) { return [s.A]; }\n",
         "// VERSION=3 // oso: allow version-header\nfunction setup() { return { input: ['A'], output: { bands: 1 } }; }\nfunction evaluatePixel(s) { return [s.A]; }\n"),
    ],
)  # fmt: skip
def test_comments_stand_where_they_can(before: str, after: str) -> None:
    adopted = add_suppressions(Source(before), lint)
    assert adopted.source.text == after
    assert not adopted.report
    assert adopted.comments == after.count("oso: allow") - before.count("oso: allow") or "why" in before


def test_what_no_comment_can_allow_is_left() -> None:
    text = "let a = 0; /* never closed"
    adopted = add_suppressions(Source(text), lint)
    assert (adopted.source.text, adopted.comments) == (text, 0)
    assert [item.rule for item in adopted.report] == ["syntax-error"]


def test_comments_of_no_use_are_left_to_their_fix() -> None:
    text = "return [1]; // oso: allow malformed-hex"
    assert add_suppressions(Source(text), lint).source.text == text


BAD = [case.text for rule in all_rules() for case in rule.bad if case.text]


@given(st.lists(st.sampled_from(BAD) | code, min_size=1, max_size=3).map("\n".join), st.sampled_from(["\n", "\r\n"]))
def test_the_code_stays_and_a_second_time_changes_nothing(text: str, newline: str) -> None:
    source = Source(text.replace("\n", newline))
    once = add_suppressions(source, lint)
    assert len(once.report) <= len(lint(source))
    before, after = parse(source), parse(once.source)
    assert [node.type for node in before.nodes] == [node.type for node in after.nodes]
    assert [source.text[token.start : token.end] for token in before.tokens] == [
        once.source.text[token.start : token.end] for token in after.tokens
    ]
    again = add_suppressions(once.source, lint)
    assert (again.source, again.comments) == (once.source, 0)


@pytest.mark.parametrize("text", BAD)
def test_every_bad_case_can_be_adopted(text: str) -> None:
    left = add_suppressions(Source(text), lint).report
    assert {item.rule for item in left} <= {"unused-suppression", "syntax-error"}


def test_a_script_with_many_findings() -> None:
    text = compile(PaletteSpec(name="p")).text.replace("0x", "0")
    adopted = add_suppressions(Source(text), lint)
    assert not adopted.report
    assert adopted.comments == len(
        {lint(Source(text)).source.position(item.span.start).line for item in lint(Source(text))}
    )
