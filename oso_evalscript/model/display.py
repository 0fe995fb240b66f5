"""Foreign text on a terminal: nothing in it can move the cursor, change a colour or deceive the eye."""

from __future__ import annotations

import unicodedata

_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def displayed(char: str, encoding: str = "utf-8") -> str:
    """Return how one character is shown: a tab as blanks, what cannot be shown as an escape."""
    if char == "\t":
        return "    "
    if char.isascii() and char.isprintable():
        return char
    if unicodedata.category(char) in _HIDDEN:
        return char.encode("unicode_escape").decode()
    try:
        char.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return char.encode("unicode_escape").decode()
    return char


def escaped(text: str, encoding: str = "utf-8") -> str:
    """Return a text as it may be shown on one line."""
    if text.isascii() and text.isprintable():
        return text
    return "".join("\\t" if char == "\t" else displayed(char, encoding) for char in text)


def width_of(text: str) -> int:
    """Return how many columns a displayed text takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
