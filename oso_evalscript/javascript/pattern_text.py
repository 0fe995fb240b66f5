r"""What the two ways to read a regular expression share: escapes of single characters, `\p{…}`, units of UTF-16."""

from __future__ import annotations

import re

from oso_evalscript.javascript.unicode_properties import OF_STRINGS, is_property
from oso_evalscript.model.regex import regex

_SYNTAX = frozenset("^$\\.*+?()[]{}|/")
CONTROL_CODES = {"f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
UNIT = regex(r"u([0-9a-fA-F]{4})")
_LOW_UNIT = regex(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_POINT = regex(r"u\{([0-9a-fA-F]+)\}")
TWO_DIGITS = regex(r"x([0-9a-fA-F]{2})")
_CONTROL = regex(r"c([a-zA-Z])")
_PROPERTY = regex(r"[pP]\{([A-Za-z0-9_=]+)\}")
_ASTRAL = regex("[\U00010000-\U0010ffff]")


class Mistake(Exception):
    """A pattern is no regular expression: why, as a clause."""


def in_units(text: str) -> str:
    """Return a text with two surrogates for each character beyond U+FFFF."""
    return _ASTRAL.sub(_surrogates, text)


def _surrogates(match: re.Match[str]) -> str:
    above = ord(match[0]) - 0x10000
    return chr(0xD800 + above // 0x400) + chr(0xDC00 + above % 0x400)


def paired(high: int, low: int) -> int:
    """Return the code of the character that two surrogates stand for."""
    return 0x10000 + (high - 0xD800) * 0x400 + (low - 0xDC00)


def escaped_letter(text: str, at: int, *, also: str) -> tuple[int, int]:
    """Return the code of an escaped character where characters are read whole, and where it ends.

    Args:
        text: the pattern.
        at: where what is behind the backslash begins.
        also: further signs that may be escaped.

    Raises:
        Mistake: no character is escaped so.
    """
    letter = text[at : at + 1]
    if letter in CONTROL_CODES:
        return CONTROL_CODES[letter], at + 1
    if letter == "b" and also:  # in a class
        return 8, at + 1
    if letter == "0" and not text[at + 1 : at + 2].isdecimal():
        return 0, at + 1
    if match := _CONTROL.match(text, at):
        return ord(match[1]) % 32, match.end()
    if match := TWO_DIGITS.match(text, at):
        return int(match[1], 16), match.end()
    if match := UNIT.match(text, at):
        high = int(match[1], 16)
        low = _LOW_UNIT.match(text, match.end()) if 0xD800 <= high < 0xDC00 else None
        return (paired(high, int(low[1], 16)), low.end()) if low else (high, match.end())
    if (match := _POINT.match(text, at)) and int(match[1], 16) <= 0x10FFFF:
        return int(match[1], 16), match.end()
    if letter and (letter in _SYNTAX or letter in also):
        return ord(letter), at + 1
    raise Mistake(f"invalid escape `\\{letter}`")


def property_end(text: str, at: int, *, in_sets: bool) -> tuple[int, bool]:
    r"""Return where `p{…}` ends behind its backslash, and whether it may stand for several characters in a row.

    Args:
        text: the pattern.
        at: where `p` or `P` stands.
        in_sets: whether the pattern has the flag `v`.

    Raises:
        Mistake: it names no property.
    """
    match = _PROPERTY.match(text, at)
    if match and is_property(match[1]):
        return match.end(), False
    if match and in_sets and text[at] == "p" and match[1] in OF_STRINGS:
        return match.end(), True
    raise Mistake(f"invalid Unicode property after `\\{text[at]}`")
