"""Texts that the operator `%` of another file fills in: which `%s` in them cannot be a division with a remainder."""

from __future__ import annotations

from oso_evalscript.documents.lexemes import Lexemes
from oso_evalscript.documents.passage import HOLE, Change, Hole, Passage
from oso_evalscript.documents.spelling import Spelling
from oso_evalscript.model.regex import regex

CONVERSION = regex(r"%%|%[#0\-+]*\d*(?:\.\d+)?[diouxXeEfFgGcrsa](?![\w$])")
"""A conversion without a name; none with a blank in it, as that may divide."""
_WORD = regex(r"[\w$]+\Z")
_BEFORE_OPERAND = regex(r"return|case|typeof|void|delete|new|throw|else|do|in|of|instanceof|await|yield|let|const|var")


def conversions(passage: Passage, *, everywhere: bool = False) -> Passage:
    """Return a text in which `%s` is a placeholder where an operand is expected, and in strings and comments.

    A text in which none stands in the place of an operand stays as it is, unless `%%` is in its code.

    Args:
        passage: the text.
        everywhere: whether all count that might divide as well.
    """
    text = passage.text
    lexemes = Lexemes(text)
    changes: list[Change | Hole] = []
    number = certain = 0
    for match in CONVERSION.finditer(text):
        start, end = match.span()
        is_code = lexemes.around(start) is None
        if match[0] == "%%":
            changes.append(Change(start, end, "%"))
            certain += is_code
            continue
        if is_code:
            if not (everywhere or _expects_operand(text, lexemes.code_end(start), lexemes)):
                continue
            certain += 1
        changes.append(Hole(start, end, str(number)))
        number += 1
    return passage.reread(changes, Spelling({"%": "%%"})) if certain and number else passage


def _expects_operand(text: str, end: int, lexemes: Lexemes) -> bool:
    """Whether a value has to follow the code that ends at a place, so that `%` cannot divide there."""
    if not end:
        return True
    if lexemes.around(end - 1) is not None:  # a string, or a regular expression
        return False
    word = _WORD.search(text, max(0, end - 40), end)
    if word is not None:
        return _BEFORE_OPERAND.fullmatch(word[0]) is not None
    return text[end - 1] not in (")", "]", HOLE)
