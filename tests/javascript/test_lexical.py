"""What is called no JavaScript V8 refuses, and what is called a comment V8 does not see."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oso_evalscript.javascript.lexical import changes_no_token, is_refuted, readings
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.text import Edit, Source, Span, apply
from tests import v8
from tests.conftest import ROOT
from tests.linter.mutants import mutant

MUTANTS = 1500
PATHS = sorted(path for folder in ("evalscripts", "tests/scripts/ok") for path in Path(ROOT, folder).rglob("*.js"))
_PIECES = r"""
    a b if while return case of yield await let class static get in typeof function this #p é 0 1. .5 0x 0xf 07 08 1e3 1_0
    10n ffaa x [ ] ( ) { } , ; : => = + - * / ? ?. ++ -- . ... `a` `a${ }b` ` ${ ' " 'b' \ // /* */ /*c*/ <!-- --> /r/g /[/]/
    × “ · @ #
""".split()
PIECES = st.sampled_from([*_PIECES, "\u2028", "\u00a0", "\u200b", "\x1f", "", "\n"])
TEXTS = st.lists(st.tuples(PIECES, st.sampled_from(["", " ", "\n"])), max_size=12).map(
    lambda parts: "".join(map("".join, parts))
)


@given(st.lists(TEXTS, min_size=40, max_size=40))
@example(["let a\n/[/]/", "do;while(0)/[/]/.x", "a\n/[/]/.b/c", "x = {}\n/[/]/1", "a++\n/[/]/", "0 in a", "1\nb"])
@example(["{ a: 0\nb }", "({ a: 0\nb })", "switch (a) { case 0: 1\nb }", "`${0\nb}`", "[0\nin\nb]", "x = { 3: 0\nb }"])
@example(
    ["class A { #p; f() { #p in this } }", "#p", "for (0 of []);", "if (0) 1 else 2", "a<!--0 1\n;", "017.5", "1..x"]
)
def test_what_is_refuted_v8_refuses(drawn: list[str]) -> None:
    refused = v8.refused(drawn)
    assert not [text for text, bad in zip(drawn, refused, strict=True) if not bad and is_refuted(text)]


def test_what_is_refuted_of_mutants_v8_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(2)
    texts = [mutant(chance) for _ in range(MUTANTS)]
    refused = v8.refused(texts)
    refuted = [is_refuted(text) for text in texts]
    assert not [text for text, bad, found in zip(texts, refused, refuted, strict=True) if found and not bad]
    with capsys.disabled():
        print(f"\nof {sum(refused)} mutants that V8 refuses, {sum(refuted)} are refuted by the lexical grammar alone")
    assert sum(refuted) > sum(refused) * 0.4


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_script_is_read_in_one_way(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = readings(text)
    assert found is not None
    assert len(found) == 1
    starts = set(found[0].starts)
    leaves = parse(Source(text)).of_type("Identifier", "Literal", "TemplateElement", "ThisExpression")
    assert {node.range[0] for node in leaves} <= starts


_MARKED = (
    "mark(0); let a = 4 / 2;\nmark(1)\n/* b */ ; (() => {{ return {gap}1 }})() && mark(2);{gap}mark(3){gap}\n;"
    "`${{ {gap} mark(4) }} // ${{1}}`; a{gap}++\na; if (a /{gap}2 / 1) mark(5); x: for (;;) {{ break {gap}x }} mark(6) - {gap}- 1;"
)
_GAPS = st.lists(
    st.sampled_from((" ", "\n", "/* c */", "/* c\n*/", "// c\n", "\u2028", "<!-- c\n", "/**/", "\n--> c\n", "\t")),
    max_size=3,
).map("".join)


@given(st.lists(st.tuples(st.integers(0, 60), _GAPS, _GAPS, st.integers(0, 6)), min_size=30, max_size=30))
def test_what_changes_no_token_changes_nothing(drawn: list[tuple[int, str, str, int]]) -> None:
    pairs: list[tuple[str, str]] = []
    for number, old, new, cut in drawn:
        text = _MARKED.format(gap=old)
        places = [match.start() for match in re.finditer(re.escape(old), text)] if old else list(range(len(text)))
        start = places[number % len(places)]
        edit = Edit(Span(start, min(start + max(len(old) - cut, 0), len(text))), new)
        if changes_no_token(text, [edit]):
            pairs.append((text, apply(Source(text), [edit]).text))
    before, after = (v8.marks(list(side)) for side in (zip(*pairs, strict=True) if pairs else ((), ())))
    assert [pair for pair, one, other in zip(pairs, before, after, strict=True) if one != other] == []


@pytest.mark.parametrize(
    ("text", "old", "new", "same"),
    [
        ("a // b\nc", " // b", "", True),
        ("a // b\nc", " // b\n", " ", False),
        ("a /* b\n */ c", " /* b\n */", " ", False),
        ("a /* b\n */ c", " /* b\n */", "\n", True),
        ("a/* b */c", "/* b */", "", False),
        ("a/* b */c", "/* b */", " ", True),
        ("a / /* b */c", " /* b */", "/* b */", False),
        ("`/* b */`", "/* b */", "", False),
        ("`${/* b */1}`", "/* b */", " ", True),
        ("'// b'", "// b", "", False),
        ("/[/* b */]/", "/* b */", "", False),
        ("a\n--> b", "--> b", "", True),
        ("a /* b\n*/ --> c", "b\n", "", False),
        ("a // b\u2028c", "b\u2028", "b ", False),
        ("#!b\na", "#!b\n", "", True),
        ("a", "", "// b\n", True),
        ("#!b\na", "", "// b\n", False),
        ("a // b", " // b", "", True),
        ("x = a / b // c", " // c", "", True),
        ("x = {} / b // c", " // c", "", True),
        ("{}\n/ b // c/.x", " // c", "", False),
    ],
)
def test_edits_of_comments(text: str, old: str, new: str, same: bool) -> None:
    start = text.index(old)
    assert changes_no_token(text, [Edit(Span(start, start + len(old)), new)]) is same
