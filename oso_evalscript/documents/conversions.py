"""Texts that the operator `%` of another file fills in: which `%s` in them cannot be a division with a remainder."""

from __future__ import annotations

from bisect import bisect_right

from oso_evalscript.documents.lexemes import LEXEME
from oso_evalscript.documents.passage import HOLE, Change, Hole, Passage
from oso_evalscript.documents.spelling import Spelling
from oso_evalscript.model.regex import regex

CONVERSION = regex(r"%%|%[#0\-+]*\d*(?:\.\d+)?[diouxXeEfFgGcrsa](?![\w$])")
"""A conversion without a name; none with a blank in it, as that may divide."""
_WORD = regex(r"[\w$]+\Z")
_BEFORE_OPERAND = regex(r"return|case|typeof|void|delete|new|throw|else|do|in|of|instanceof|await|yield")


def conversions(passage: Passage) -> Passage:
    """Return a text in which `%s` is a placeholder where an operand is expected, and in strings and comments.

    A text in which none stands in the place of an operand stays as it is.
    """
    text = passage.text
    lexemes = [(match.start(), match.end()) for match in LEXEME.finditer(text)]
    changes: list[Change | Hole] = []
    number = operands = 0
    for match in CONVERSION.finditer(text):
        start, end = match.span()
        if match[0] == "%%":
            changes.append(Change(start, end, "%"))
            continue
        if not _is_inside(lexemes, start):
            if not _expects_operand(text, lexemes, start):
                continue
            operands += 1
        changes.append(Hole(start, end, str(number)))
        number += 1
    return passage.reread(changes, Spelling({"%": "%%"})) if operands else passage


def _is_inside(lexemes: list[tuple[int, int]], place: int) -> bool:
    number = bisect_right(lexemes, (place, place)) - 1
    return number >= 0 and place < lexemes[number][1]


def _expects_operand(text: str, lexemes: list[tuple[int, int]], place: int) -> bool:
    """Whether no value ends before a place, so that nothing can be divided there."""
    number = bisect_right(lexemes, (place, place)) - 1
    while True:
        while place and text[place - 1].isspace():
            place -= 1
        if number < 0 or lexemes[number][1] != place:
            break
        start = lexemes[number][0]
        if not text.startswith(("//", "/*"), start):
            return False
        place, number = start, number - 1
    word = _WORD.search(text, max(0, place - 40), place)
    if word is not None:
        return _BEFORE_OPERAND.fullmatch(word[0]) is not None
    return not place or text[place - 1] not in (")", "]", HOLE)
