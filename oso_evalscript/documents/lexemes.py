"""Strings and comments of JavaScript that may be broken or hold placeholders, found without reading the rest."""

from __future__ import annotations

import re

from oso_evalscript.model.regex import regex

_COMMENT_OR_STRING = (
    r"//[^\n]*|/\*.*?(?:\*/|\Z)"
    r"|\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?|`(?:[^`\\]|\\.)*`?"
)
_BEFORE_PATTERN = r"[(,=:\[!&|?{};+\-*%^~<>]"  # what a regular expression may follow, and a division may not

QUOTED = regex(_COMMENT_OR_STRING, re.DOTALL)
"""A comment, a string or a template; one that does not end goes as far as it can."""
LEXEME = regex(
    rf"{_COMMENT_OR_STRING}"
    rf"|(?:(?<={_BEFORE_PATTERN})|(?<={_BEFORE_PATTERN} )|(?<=\n)|(?<=return ))"
    r"/(?![*/ ])(?:[^/\\\n\[]|\\.|\[[^\]\n]*\])+/",
    re.DOTALL,
)
"""The same, or a regular expression."""
