"""Regular expressions are judged as V8 judges them."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from oso_evalscript import lint
from oso_evalscript.javascript.regexps import RegularExpression, fault_of_pattern
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.javascript.unicode_properties import names_of_properties
from oso_evalscript.model.text import Source
from tests import v8

_PIECES = r"""
    a b z 1 0 9 , - ^ $ . * + ? *? +? {1} {1,} {2,1} {1,2} {,1} { } ( ) (?: (?= (?! (?<= (?<! (?<a> (?<b> (?<a (?i:
    (?i-m: (?-i: (?-: (?ii: (?x: [ ] [^ [a-z] [z-a] | \d \D \w \W \s \S \b \B \k<a> \k<b> \k \k< \1 \2 \10 \0 \00 \08 \c
    \cA \c1 \c_ \x \x4 \x41 \u \u0041 \u{41} \u{110000} \u{ \ud83d \udc00 \p \p{L} \p{Lu} \P{sc=Greek} \p{Foo}
    \p{RGI_Emoji} \P{RGI_Emoji} \- \/ \a \_ \é 😀 é \n \f \q{ab} \q{a|b} \q{} && -- !! & ! [[ ]] [a&&b] [a--b] [\q{ab}]
    [\d-a] [\b] [\B] (?<𝒜> (?<\u{1d49c}> (?<\ud835\udc9c> (?<$_a> {99999999999999999999} {4294967296}
    {99999999999,99999999998} a? a* (a) (?:a) [a] (?<a>x)|(?<a>y)
""".split()
PATTERNS = st.lists(st.sampled_from(_PIECES), min_size=1, max_size=6).map("".join)
FLAGS = st.sampled_from(("", "", "u", "v", "u", "i", "gu", "vu", "gg", "y", "x", "s", "dgimsy"))


@given(st.lists(st.tuples(PATTERNS, FLAGS), min_size=150, max_size=150))
@settings(max_examples=20)
@example([("(?<=a+)b", ""), ("(?<!a|bb)c", ""), (".{4294967296}", ""), ("a{99999999999999999999}", ""), ("[[]", "")])
@example([("a{2,1}", ""), ("\\u{110000}", "u"), ("\\1", "u"), ("(?<a>.)\\k<b>", ""), ("[\\p{Lu}--[A-Z]]", "v")])
def test_v8_judges_alike(drawn: list[tuple[str, str]]) -> None:
    drawn = [(pattern, flags) for pattern, flags in drawn if not pattern.startswith("*")]
    answers = v8.compiled_quickly([f"/{pattern}/{flags}" for pattern, flags in drawn])
    for (pattern, flags), answer in zip(drawn, answers, strict=True):
        if answer and "Invalid regular expression" not in answer:
            continue  # the slash did not end it
        assert bool(fault_of_pattern(pattern, flags)) == bool(answer), (pattern, flags, answer)


def test_every_property_is_known_to_v8() -> None:
    names = names_of_properties()
    assert len(names) > 500
    assert set(v8.compiled_quickly([rf"/\p{{{name}}}/u" for name in names])) == {""}


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("x = /(/;", "/(/", "invalid regular expression: a `(` is never closed"),
        (
            "x = /a{2,1}/g.test(y);",
            "/a{2,1}/g",
            "invalid regular expression: the numbers in `{2,1}` are out of order",
        ),
        ("x = /a/gg;", "/a/gg", "invalid regular expression flags `gg`"),
        (
            "x = /\\p{Latin}/u;",
            "/\\p{Latin}/u",
            "invalid regular expression: invalid Unicode property after `\\p`",
        ),
        ("x = /(?<y>a)(?<y>b)/;", "/(?<y>a)(?<y>b)/", "invalid regular expression: duplicate group name `y`"),
    ],
)
def test_the_finding_says_why_and_stands_under_the_whole(text: str, at: str, message: str) -> None:
    found = [item for item in lint(Source(text)) if item.rule == "syntax-error"]
    assert [(text[item.span.start : item.span.end], item.message) for item in found] == [(at, message)]


def test_its_value_is_no_null_and_no_text() -> None:
    [literal] = parse(Source("x = /a+/gu")).of_type("Literal")
    assert literal.value == RegularExpression("a+", "gu")


def test_nothing_is_asked_of_pythons_re() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not [
            item for item in lint(Source("x = /[[]/.test(y) && /[a||b]/.test(y);")) if item.rule == "syntax-error"
        ]
