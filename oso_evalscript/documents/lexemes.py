"""Strings and comments of JavaScript that may be broken or hold placeholders, found without reading the rest."""

from __future__ import annotations

import re
from bisect import bisect_left

from oso_evalscript.model.regex import regex

_COMMENT_OR_STRING = (
    r"//[^\n]*|/\*.*?(?:\*/|\Z)"
    r"|\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?|`(?:[^`\\]|\\.)*`?"
)
_BEFORE_PATTERN = r"[(,=:\[!&|?{};+\-*%^~<>]"  # what a regular expression may follow, and a division may not

QUOTED = regex(_COMMENT_OR_STRING, re.DOTALL)
"""A comment, a string or a template; one that does not end goes as far as it can."""
_LEXEME = regex(  # the same, or a regular expression
    rf"{_COMMENT_OR_STRING}"
    rf"|(?:(?<={_BEFORE_PATTERN})|(?<={_BEFORE_PATTERN} )|(?<=\n)|(?<=return ))"
    r"/(?![*/ ])(?:[^/\\\n\[]|\\.|\[[^\]\n]*\])+/",
    re.DOTALL,
)


class Lexemes:
    """Where the strings, comments, templates and regular expressions of a text begin and end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._spans = [match.span() for match in _LEXEME.finditer(text)]

    def around(self, place: int) -> tuple[int, int] | None:
        """Return where the one begins and ends that a place is inside of, None for a place in code."""
        number = self._last_before(place)
        return self._spans[number] if number >= 0 and place < self._spans[number][1] else None

    def code_end(self, place: int) -> int:
        """Return where the code before a place ends, without the blanks and comments in between."""
        number = self._last_before(place)
        while True:
            start, end = self._spans[number] if number >= 0 else (0, 0)
            while place > end and self._text[place - 1].isspace():
                place -= 1
            if number < 0 or place != end or not self._text.startswith(("//", "/*"), start):
                return place
            place, number = start, number - 1

    def _last_before(self, place: int) -> int:
        return bisect_left(self._spans, (place, -1)) - 1
