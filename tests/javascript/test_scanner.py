"""Comments, strings and templates end where V8 ends them: on texts that are little else, both read the same code."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from oso_evalscript.javascript.characters import BLANKS, LINE_ENDS
from oso_evalscript.javascript.numbers import BigInt, to_text
from oso_evalscript.javascript.syntax import name_of, parse
from oso_evalscript.model.text import Source
from tests import v8

_ENDS = ("\n", "\r", "\r\n", "\u2028", "\u2029")
_COMMENTS = (
    "// a ",
    "/* a */",
    "/* a{end}*/",
    "--> a",
    "<!-- a",
    "/**/",
    "{end}",
    "{end}--> a",
    "/*{end}*/-->",
)
_CODE = (
    "mark({n});", "mark({n})", ";`a${{mark({n})}}b`;", ";`${{(() => {{ let {{ a }} = {{ a: mark({n}) }}; return `${{a}}` }})()}}--> ${{2}}`;",
    "'a\u2028\\u{{61}}\u2029b'.length === 5 && mark({n});", '"\\\u2028" === "" && mark({n});', "let a{n} = 1 / 2; mark({n});",
    ";/[/]--> a/.test('') || mark({n});", "if (a = {n}) /`/.exec('/');", "async function f{n}() {{ }} `${{mark({n})}}`;",
    "var a; a\n/*{end}*/--> b\n=mark({n});",
)  # fmt: skip


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Calls of `mark` with numbers of their own, among comments of every kind."""
    pieces: list[str] = []
    for number in range(draw(st.integers(1, 6))):
        for _ in range(draw(st.integers(0, 3))):
            pieces.append(draw(st.sampled_from(_COMMENTS)).replace("{end}", draw(st.sampled_from(_ENDS))))
            pieces.append(draw(st.sampled_from(("", " ", *_ENDS))))
        pieces.append(draw(st.sampled_from(_CODE)).replace("{end}", draw(st.sampled_from(_ENDS))).format(n=number))
        pieces.append(draw(st.sampled_from((" ", *_ENDS))))
    return "".join(pieces)


def read(text: str) -> set[int] | None:
    """The numbers that `mark` is called with, as the parser reads the text; None where it refuses it."""
    tree = parse(Source(text))
    if tree.faults or tree.broken:
        return None
    calls = (node for node in tree.of_type("CallExpression") if name_of(node.callee) == "mark")
    return {int(tree.text(node.arguments[0])) for node in calls}


@given(st.lists(texts(), min_size=20, max_size=20, unique=True))
@example(["mark(0); /* a\n b */ --> mark(1)\nmark(2)", "mark(0) <!-- mark(1)\n--> mark(2)\nmark(3)"])
@example(["`${(() => { let { a } = { a: mark(0) }; return a })()} mark(1)`; mark(2)"])
@example(["mark(0) // a\u2028mark(1)\n'\u2028'; // b\u2029mark(2)"])
def test_the_same_code_is_read_as_by_v8(drawn: list[str]) -> None:
    assert [read(text) for text in drawn] == v8.marks(drawn)


def test_blanks_and_line_ends_are_those_of_v8() -> None:
    every = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]
    answers = v8.marks([f"if{letter}(1) mark(0)" for letter in every])
    blank = {letter for letter, found in zip(every, answers, strict=True) if found == {0}}
    assert blank == {letter for letter in every if re.fullmatch(f"[{BLANKS}{LINE_ENDS}]", letter)}


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=20, max_size=20))
@example([1e-6, 9.9e-7, -1e-7, 1e20, 1e21, 123456789012345680000.0, 5e-324, 1.5, 0.0, -0.0])
def test_a_number_is_written_as_by_v8(values: list[float]) -> None:
    texts = [f"if (String({value!r}) === '{to_text(value)}') mark(0)" for value in values]
    assert v8.marks(texts) == [{0}] * len(texts)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """Numbers of every form and length, some of them none."""
    prefix: str = draw(st.sampled_from(("0x", "0b", "0o", "0", "1")))
    digits: str = draw(st.text("01_7", max_size=20)) + "0" * draw(st.sampled_from((0, 3, 260, 400, 5000)))
    signed = () if prefix == "0x" else ("e-9", "e-400", "E+30")  # behind 0x that is a subtraction
    end: str = draw(st.sampled_from(("", "n", ".5", ".", "e9", "e999", *signed)))
    return prefix + digits + end


@given(st.lists(numbers(), min_size=20, max_size=20))
@example([".5.", "1e999", "1e-400", "9" * 5000 + "n", "1_0", "1__0", "08.5", "017.5", "0x1" + "0" * 260])
def test_a_number_is_worth_what_v8_takes_it_for(written: list[str]) -> None:
    texts = []
    for text in written:
        tree = parse(Source(f"[{text}]"))
        values = [node.value for node in tree.of_type("Literal") if not tree.is_placeholder(node)]
        value = values[0] if len(values) == 1 else None
        if isinstance(value, BigInt):
            shown = f"'{value}'" if len(text) < 900 else f"String({text})"
        else:
            shown = f"'{to_text(value)}'" if isinstance(value, int | float) else "null"
        texts.append(f"if (String({text}) === {shown}) mark(0)")
    read = v8.marks(texts)
    for text, bad, found in zip(written, v8.refused(written), read, strict=True):
        assert found == (None if bad else {0}), f"{text[:20]} … {text[-9:]}, {len(text)} characters"
