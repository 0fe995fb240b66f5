"""Values between the pieces of a template: whatever they are, the tokens around them stay."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oso_evalscript.compiler.slots import Misfit, Slot, fit
from oso_evalscript.javascript.literal import literal
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.javascript.tokens import tokenize
from oso_evalscript.model.text import Source
from tests.compiler.test_custom import texts, values

# `@` stands for a value; in these places any may stand.
ALLOWED = [
    "const a = @;",
    "const a = @, b = @;",
    "f(@, @)(@);",
    "const a = [@, [@], @];",
    "const a = { b: @, [@]: @ };",
    "function f(s) { return [s[@] + @]; }",
    "const a = `x ${@} y ${ @ }`;",
    "// @\nfoo();",
    "foo(); // @",
    "/* @ */ foo(/* @, @ */);",
    "/**\n * @\n */\nfoo(); // `@` \"@\" '@'",
    "a = b - @;",
    "a = b -@;",
    "a = -@;",
    "a = - -@;",
    "a = b / @ / c;",
    "a = @ / b / @;",
    "a = (@).b;",
    "a = @.b.c;",
    "a = @\n.b;",
    "a = @[0];",
    "a = @?.b;",
    "a = 2 ** @;",
    "a = @ ? @ : @;",
    "a = @ in @;",
    "a = typeof @;",
    "a = () => @;",
    "a = () => @.b;",
    "a = () => ({ b: @ });",
    "for (let i = @; i < @; i += @) f(@);",
    "for (const a of @) f(a);",
    "for (const a in @) f(a);",
    "switch (@) { case @: f(); break; default: f(@) }",
    "throw @;",
    "return @;",
    "return [@, @];",
    "a = new F(@);",
    "f(...@);",
    "class A { b() { return @; } [@]() {} }",
    "class A extends f(@) {}",
    "function f(a = @) {}",
    "const { a = @ } = @;",
    "a[@] = @;",
    "a.b = c, d = @;",
    "delete a[@];",
    "f`${@}`;",
    "if (@) f(@); else f(@);",
    "while (@) { f(@); }",
    "a <!--@;",
    "const r = /x/.test(@);",
]
# In these none may, because what it is decides what the script is made of.
REFUSED = {
    'const a = "@";': "inside quotes",
    "const a = '@';": "inside quotes",
    'const a = "x @ y";': "inside quotes",
    'f("a", "\\"@");': "inside quotes",
    "const a = `@`;": "inside backticks",
    "const a = `x${b}@`;": "inside backticks",
    "const a = `x${`@`}`;": "inside backticks",
    "const a = /@/;": "inside a regular expression",
    "const a = b.match(/x@y/g);": "inside a regular expression",
    "const a = B@;": "touches a word, as `B{{ }}`",
    "const a = @m;": "touches a word, as `{{ }}m`",
    "const a = b@c;": "touches a word",
    "return@;": "touches a word, as `return{{ }}`",
    "const a = 1@;": "is not JavaScript",
    "const a = 0x@;": "is not JavaScript",
    "const a = @@;": "touches a word, as `{{ }}{{ }}`",
    "const a = @ @;": "is not JavaScript",
    'const a = @"x";': "is not JavaScript",
    "const @ = 1;": "expects a name",
    "let [@] = a;": "expects a name",
    "let { @ } = a;": "expects a name",
    "let { a: @ } = b;": "expects a name",
    "let [...@] = a;": "expects a name",
    "a = { @ };": "expects a name",
    "a = b.@;": "expects a name",
    "a = b?.@;": "expects a name",
    "function @() {}": "expects a name",
    "function f(@) {}": "expects a name",
    "a = (@) => 1;": "expects a name",
    "a = @ => 1;": "expects a name",
    "class @ {}": "expects a name",
    "try {} catch (@) {}": "expects a name",
    "@: for (;;) break @;": "is not JavaScript",
    "a: for (;;) continue @;": "is not JavaScript",
    "@: for (;;) f();": "expects a name",
    "@;": "begins a statement",
    "@.b();": "begins a statement",
    "b\n@\nc": "begins a statement",
    "b\n@[0];": "begins a statement",
    "f()\n@.b ? c : d": "begins a statement",
    "return\n@;": "begins a statement",
    "if (a) @; else b();": "begins a statement",
    "@ = 1;": "expects a name",
    "@ += 1;": "expects a name",
    "@++;": "expects a name",
    "for (@ of a) {}": "expects a name",
    "for (@ in a) {}": "expects a name",
    "const a = ;\n// @": "is not JavaScript",
    "const a = 1; } @": "is not JavaScript",
    'const a = "x\n@";': "is not JavaScript",
}
COMMENTED = ["@\nfoo();", "foo(); @\nbar();", "  @\n  foo();", "/* @\n*/ foo();", "return @\n;", "@"]
NOT_COMMENTED = [
    "@ foo();",
    "const a = '@';",
    "const a = `\n@\n`;",
    "const a = `@`;",
    "// @ x",
]


def pieces(template: str, printed: list[str], *, is_comment: bool = False) -> list[str | Slot]:
    """A template with what is printed at its signs, in turn."""
    found: list[str | Slot] = []
    for number, part in enumerate(template.split("@")):
        if number:
            found.append(Slot(printed[(number - 1) % len(printed)], is_comment, f"a.js.j2:{number}"))
        found += [part] * bool(part)
    return found


def forms_of(text: str) -> str:
    """A pattern of how a value may be written."""
    written = "|".join(re.escape(form) for form in (f"({text})", text, text.replace("*/", "*\\/")))
    return f"({written})"


def outside(text: str, parts: list[str | Slot]) -> list[str]:
    """The tokens and comments of a script, those of its values left out; fails if the pieces are not all there."""
    forms = "".join(re.escape(part) if isinstance(part, str) else forms_of(part.text) for part in parts)
    match = re.fullmatch(forms, text)
    assert match is not None, (text, parts)
    holes = [match.span(number + 1) for number in range(len(match.groups()))]
    tokens, comments = tokenize(text)
    assert not [token for token in tokens if token.kind == "Refused"]
    found = [
        text[token.start : token.end]
        for token in tokens
        if not any(start <= token.start and token.end <= end for start, end in holes)
    ]
    for comment in comments:
        if not any(start <= comment.start < end for start, end in holes):
            inner = [(start, end) for start, end in holes if comment.start <= start and end <= comment.end]
            assert all(not (comment.start < start < comment.end < end) for start, end in holes)
            shown, done = "", comment.start
            for start, end in inner:
                shown, done = shown + text[done:start] + "@", end
            found.append(shown + text[done : comment.end])
    return found


@pytest.mark.parametrize("template", ALLOWED)
@settings(max_examples=30)
@given(st.lists(values, min_size=1, max_size=3))
def test_the_tokens_around_values_stay(template: str, printed: list[object]) -> None:
    parts = pieces(template, [literal(value) for value in printed])
    text = fit(parts)
    tree = parse(Source(text))
    assert tree.root is not None
    assert not tree.faults
    usual = pieces(template, ["$x$"])
    assert outside(text, parts) == outside(fit(usual), usual)


@pytest.mark.parametrize("template", REFUSED)
@settings(max_examples=8)
@given(st.lists(values, min_size=1, max_size=3))
def test_where_a_value_could_break_out_none_is_printed(template: str, printed: list[object]) -> None:
    parts = pieces(template, [literal(value) for value in printed])
    with pytest.raises(Misfit) as caught:
        fit(parts)
    assert REFUSED[template] in str(caught.value)


@given(st.text(max_size=12), st.lists(values, min_size=1, max_size=3))
def test_whether_a_value_is_refused_does_not_depend_on_it(template: str, printed: list[object]) -> None:
    assert_alike(template, printed)


WORDS = st.sampled_from(
    [*"@@@@\"'`/\\${}()[];:,.-+*=!<>?\n ", "//", "/*", "*/", "=>", "a", "1", "const a = ", "f(", "`${", "return "]
)


@given(st.lists(WORDS, max_size=12).map("".join), st.lists(texts, min_size=1, max_size=3))
def test_whatever_is_around_it(template: str, printed: list[object]) -> None:
    assert_alike(template, printed)


def assert_alike(template: str, printed: list[object]) -> None:
    """What stands around values stays, or they are refused, as some other values are."""
    try:
        usual = pieces(template, ["$x$"])
        expected = outside(fit(usual), usual) if "@" in template else []
    except Misfit:
        with pytest.raises(Misfit):
            fit(pieces(template, [literal(value) for value in printed]))
        return
    parts = pieces(template, [literal(value) for value in printed])
    try:
        text = fit(parts)
    except Misfit as error:
        assert "which JavaScript does not allow there" in str(error)
        return
    assert "@" not in template or outside(text, parts) == expected


@pytest.mark.parametrize("template", COMMENTED)
@given(st.lists(texts.map(lambda text: re.sub(r"[\s\u2028\u2029\x00]|\*/", " ", text)), min_size=0, max_size=3))
def test_lines_of_comment(template: str, lines: list[str]) -> None:
    printed = "\n".join(f"// {line}" for line in lines)
    text = fit(pieces(template, [printed], is_comment=True))
    tokens = [text[token.start : token.end] for token in tokenize(text)[0]]
    assert tokens == re.findall(r"\w+|\S", re.sub(r"/\*.*?\*/|@", "", template, flags=re.DOTALL))


@pytest.mark.parametrize("template", NOT_COMMENTED)
def test_lines_of_comment_have_their_lines_to_themselves(template: str) -> None:
    for printed in ("", "// a", "// a\n// b"):
        with pytest.raises(Misfit, match="prints whole lines of comment"):
            fit(pieces(template, [printed], is_comment=True))


def test_a_place_is_told() -> None:
    with pytest.raises(Misfit) as caught:
        fit(pieces('const a = @, b = "@";', ["1"]))
    assert caught.value.place == "a.js.j2:2"
    assert str(caught.value).startswith("{{ }} is inside quotes, but adds its own; ")
    with pytest.raises(
        Misfit, match=r"^\{\{ \}\} prints `\{ a: 1 \}`, which JavaScript does not allow there: "
    ) as caught:
        fit([*pieces("const a = { @: 1, ", ['"x"']), Slot("{ a: 1 }", is_comment=False, place="b.js.j2:7"), ": 2 };"])
    assert caught.value.place == "b.js.j2:7"
    with pytest.raises(Misfit, match=r"what it makes is not JavaScript: .*, in the line `b = \{\{ \}\} 2;`$"):
        fit(pieces("a = 1;\nb = @ 2;", ["1"]))


def test_names_of_the_template_s_own() -> None:
    assert fit(pieces("$slot1$ = @; $slot = @;", ["1"])) == "$slot1$ = 1; $slot = 1;"


def test_a_template_without_values_is_left_alone() -> None:
    assert fit(["const a = ", "1 2;"]) == "const a = 1 2;"
    assert fit([]) == ""
