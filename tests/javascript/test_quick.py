"""The short cuts give what esprima gives without them, both over the same scanner."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from esprima.error_handler import Error
from esprima.parser import Parser
from hypothesis import example, given
from hypothesis import strategies as st

from oso_evalscript.javascript.grammar import GrammarParser
from oso_evalscript.javascript.quick import QuickParser
from oso_evalscript.javascript.tokens import MATCHES_INSTALLED_RELEASE, CarefulScanner
from tests.conftest import ROOT

OPTIONS = {"range": True, "tolerant": True, "classProperties": True}
PATHS = sorted(path for folder in ("evalscripts", "tests/scripts") for path in Path(ROOT, folder).rglob("*.js"))
SCRIPTS = [path.read_text(encoding="utf-8") for path in PATHS]
_WORDS = r"""
    a b.c b.if async await yield let of get static null true 0 1. .5 07 08 1e3 1_0 0xffaa 0XF 0b1 0o7 10n 0x
    'x' "y" "\n" `t` `a${ } b` /r/g / // /* */ /*x*/ <!-- --> ( ) [ ] { } ; , . ... ? ?. ?? : => = == === != !==
    + ++ - -- * ** % ^ & && &&= | || ||= ??= < << <<= <= > >> >>> >>>= >= ! ~ += @ # #p \ \u0061 é é.b b.é “
    function class extends super new in instanceof typeof delete void return if else for while do switch case default
    break continue throw try catch finally var const import export this with 'strict'
"""
_BLANKS = (" ", "\n", "\r\n", "\r", "\t", "\f", "\u00a0", "\u2028", "\ufeff")
PIECES = st.sampled_from([*_WORDS.split(), *_BLANKS, "", "'use strict';"])
GAPS = st.sampled_from(["", " ", "\n", " /* c */ ", "// c\n", "  ", "\t", "\r\n"])
TEXTS = st.lists(st.tuples(PIECES, GAPS), max_size=14).map(lambda parts: "".join(map("".join, parts)))


_LINE_ENDS = re.compile("\r\n|[\n\r\u2028\u2029]")
_LINE = re.compile(r"^(?:Error: )?Line \d+: ")


def plain(value: Any) -> Any:
    """A tree of dictionaries and lists."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    return {key: plain(item) for key, item in vars(value).items()} if hasattr(value, "__dict__") else value


class SlowParser(GrammarParser):
    """The parser without short cuts, over the scanner that reads as V8 does."""

    def __init__(self, code: str, options: dict[str, bool]) -> None:
        with mock.patch("esprima.parser.Scanner", CarefulScanner):
            super().__init__(code, options)

    def nextToken(self) -> Any:
        """Ask for a line end before the token ahead, not before the end of it."""
        line = self.scanner.lineNumber
        token = super().nextToken()
        ahead = self.scanner.source[self.lookahead.start : self.lookahead.end]
        self.hasLineTerminator = line != self.scanner.lineNumber - len(_LINE_ENDS.findall(ahead))
        return token


def read(parser: type[Parser], text: str, **options: bool) -> tuple[object, object, object]:
    """The tree, what was passed over and the comments; or the fault."""
    made = None
    try:
        made = parser(text, {**OPTIONS, **options})
        tree = plain(made.parseScript())
    except Error as error:
        return "refused", error.index, _LINE.sub("", error.message)  # nobody looks at the line
    comments = getattr(made.scanner, "comments", None)
    passed_over = [(error["index"], _LINE.sub("", error["message"])) for error in made.errorHandler.errors]
    return repr(tree), passed_over, comments


def compare(text: str) -> None:
    quick, slow = read(QuickParser, text), read(SlowParser, text)
    assert quick[:2] == slow[:2]
    if slow[0] == "refused":
        assert quick == slow


def test_they_are_used() -> None:
    assert MATCHES_INSTALLED_RELEASE


@pytest.mark.parametrize("text", SCRIPTS, ids=[path.stem for path in PATHS])
def test_scripts(text: str) -> None:
    compare(text)
    compare(text.replace("\n", "\r\n"))
    compare(text.replace("\n", "\r"))


@given(TEXTS)
@example("return 1")
@example("a /* */ .b")
@example("`${a}`.b")
@example("`${}`")
@example("let {a}\nb")
@example("x = a\n++b")
@example("[async, await, async () => 1]")
@example("'use strict'; [010, let, static.x]")
@example("return 'a\\\nb'; x 'a\\\nb'")
@example("a <!-- b\n--> c\nd")
def test_any_text(text: str) -> None:
    compare(text)


@given(st.data())
def test_scripts_with_faults(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(SCRIPTS))[:3000]
    at = data.draw(st.integers(0, len(text)))
    until = at + data.draw(st.integers(0, 3))
    compare(text[:at] + data.draw(PIECES) + text[until:])


@given(
    st.lists(st.sampled_from(("/* a */", "/**/", "// b\n", "<!-- c\n", "x;", "'/* d */';", "\n", "1 / 2;")), max_size=9)
)
def test_the_comments_are_kept(parts: list[str]) -> None:
    text = "".join(parts)
    parser = QuickParser(text, OPTIONS)
    parser.parseScript()
    found = [text[start:end] for start, end in sorted(parser.scanner.comments.items())]
    assert found == [part.strip() for part in parts if part[0] in "/<"]
