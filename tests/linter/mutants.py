"""Scripts to break, and ways to break them: tokens and characters moved, lost, doubled and put in; numbers of any size."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

from oso_evalscript.javascript.tokens import tokenize
from oso_evalscript.linter.rule import all_rules
from tests.conftest import ROOT

_PUT_IN: tuple[str, ...] = (
    *"(){}[];,.:=+-*/<>!&|?`\"'#@\\$_ \n\t^~%",
    *"“”–×≤‘\u00a0\u200b\u2028\u2029\ufeff\x00\x1f\x85\u180e\ud800é👍",
    "\r\n", "//", "/*", "*/", "<!--", "\n-->", "${", "=>", "...", "?.", "??=", "0ffaaff", "0 aaaa61", "ffaaff", "#ffaaff", "0x",
    "// oso: allow syntax-error\n", "/* oso: allow xor-as-power */", "//VERSION=3\n", "// Version 3\n", "#!", "'use strict';",
    "let", "const", "function", "class", "async", "await", "yield", "return", "typeof", "new", "of", "in", "this", "eval",
    "globalThis", "arguments", "__proto__", "constructor", "Promise", "\\u0061", "\\u{110000}", "'\\ud800'", "`${`", "/[/]/g",
)  # fmt: skip
_NUMBERS = (
    "0x1" + "0" * 260, "0b1" + "0" * 1100, "0o7" + "0" * 400, "9" * 400, "1" + "0" * 5000, "1e999", "-1e999", "1e308", "1e-400",
    "5e-324", ".5.", "1_000", "1__0", "10n", "9" * 5000 + "n", "0x" + "f" * 300 + "n", "0n", "017", "089", "0", "-0", "0.1", "1e21",
    "4294967296", "9007199254740993", "1e16", "NaN", "Infinity", "-Infinity", "1/0", "0/0", "2**1024", "1e308*10", "-1", "1.5",
    "16 711 935", "16.711.935", "0xffaagf", "0xff,aaff", "'1e999'", "true", "null", "undefined", "12345678901234567890123",
)  # fmt: skip


@cache
def whole_scripts() -> tuple[str, ...]:
    """Return the shipped scripts and those of the tests."""
    folders = ("evalscripts", "tests/scripts")
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.js"))
    return tuple(path.read_text(encoding="utf-8") for path in paths)


@cache
def cases() -> tuple[str, ...]:
    """Return the cases of the rules."""
    return tuple(text for rule in all_rules() for text in (*rule.good, *(case.text for case in rule.bad)))


def mutant(chance: random.Random) -> str:
    """Return a script that one to four things were done to, half of the time a whole one, else the case of a rule."""
    text: str = chance.choice(chance.choice((whole_scripts(), cases())))
    for _ in range(chance.choice((1, 1, 2, 3, 4))):
        text = chance.choice((_with_number, _with_number, _with_piece, _without_piece, _with_tokens_moved))(
            text, chance
        )
    return text


def _with_number(text: str, chance: random.Random) -> str:
    """A number replaced by one that is hard to hold, or a name by a number."""
    kinds = ("Numeric",) if chance.random() < 0.8 else ("Numeric", "Identifier", "String", "Boolean")
    places = [token for token in tokenize(text)[0] if token.kind in kinds]
    if not places:
        return _with_piece(text, chance)
    token = chance.choice(places)
    number: str = chance.choice(_NUMBERS)
    return text[: token.start] + number + text[token.end :]


def _with_piece(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    piece: str = chance.choice(_PUT_IN)
    return text[:at] + piece + text[at:]


def _without_piece(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + text[at + chance.choice((1, 1, 2, 5, 40)) :]


def _with_tokens_moved(text: str, chance: random.Random) -> str:
    places = sorted({edge for token in tokenize(text)[0] for edge in (token.start, token.end)})
    if len(places) < 3:
        return text + text
    start, middle, end = sorted(chance.sample(places, 3))
    return chance.choice(
        (
            text[:start] + text[middle:end] + text[start:middle] + text[end:],
            text[:start] + text[end:],
            text[:end] + " " + text[start:],
        )
    )


_WAYS: tuple[Callable[[str, random.Random], str], ...] = (
    _with_number,
    _with_number,
    _with_piece,
    _without_piece,
    _with_tokens_moved,
)
