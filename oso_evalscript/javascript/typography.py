"""Characters that word processors and web pages put in the place of JavaScript's own, and what was meant by them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from oso_evalscript.model.regex import regex

_DOUBLE = "“”„‟″«»＂"
_SINGLE = "‘’‚‛′´＇"
_DASHES = "–−—‐‑‒―﹣－"
_HIDDEN = "\u00ad\u200b\u200e\u200f\u2060\u2061\u2062\u2063\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

_MEANT = {
    **dict.fromkeys("×∗⋅·＊✕✖", "*"),
    **dict.fromkeys("÷∕⁄／", "/"),
    "≤": "<=",
    "⩽": "<=",
    "≦": "<=",
    "≥": ">=",
    "⩾": ">=",
    "≧": ">=",
    "≠": "!=",
    **dict(zip("，；：（）［］｛｝＝＋＜＞！？％＆｜．、", ",;:()[]{}=+<>!?%&|.,", strict=True)),
}
_LINE = r"\\\r\n\u2028\u2029"
_ENDS_STRING = r"(?=\s*(?:[\]),;:}+]|$))"
_QUOTED = regex(
    # A pair of one kind, which may hold plain quotes; then one typographic quote and a plain one, in either order.
    rf"“[^“”{_LINE}]*”|„[^„“”{_LINE}]*[“”]|«[^«»{_LINE}]*»|‘[^‘’{_LINE}]*’|‚[^‚‘’{_LINE}]*[‘’]|([”″‟＂’′´＇])[^{_DOUBLE}{_SINGLE}{_LINE}]*\1"
    rf"|[{_DOUBLE}][^\"{_DOUBLE}{_LINE}]*\"|[{_SINGLE}][^'{_SINGLE}{_LINE}]*'"
    rf"|\"[^\"{_DOUBLE}{_LINE}]*[{_DOUBLE}]{_ENDS_STRING}|'[^'{_SINGLE}{_LINE}]*[{_SINGLE}]{_ENDS_STRING}",
    re.MULTILINE,
)
_FAR = 200  # characters within which the neighbours of a dash are looked for
_BLANKS = " \t\r\n"
_ENDS_VALUE = regex(r"[\w$)\]\"'`]")
_STARTS_VALUE = regex(r"[\w$(\[\"'`.!~+]")


_DAMAGED = regex("[ì\u201c]\\w*î|[ëí]\\w*í|Ò\\w*Ó|Ô\\w*Õ")
_DAMAGED_ON_ONE_SIDE = regex("[ìîëíÒÓÔÕ]\\w+[îíÓÕ]")


class Meant(NamedTuple):
    """What stands for typographic characters in JavaScript, None where that is not certain.

    Attributes:
        text: what was meant.
        certain: whether nothing else can have been meant.
    """

    text: str | None
    certain: bool


def damaged(names: Iterable[str]) -> frozenset[str]:
    """Return the names that are words in quotation marks of which an older character set made letters.

    Texts copied from PDF files have them. Beside one that is certain, others may begin and end with the same letter.
    """
    given = list(names)
    if not any(_DAMAGED.fullmatch(name) for name in given):
        return frozenset()
    return frozenset(
        name
        for name in given
        if _DAMAGED.fullmatch(name) is not None or _DAMAGED_ON_ONE_SIDE.fullmatch(name) is not None
    )


def refused_end(text: str, start: int) -> int | None:
    """Return where the typographic characters end that begin at `start`, quotes with what they enclose."""
    if quoted := _QUOTED.match(text, start):
        return quoted.end()
    return start + 1 if text[start] in _MEANT or text[start] in _DASHES or text[start] in _HIDDEN else None


def stand_in(text: str, start: int) -> str:
    """Return one character that may stand in the tree for what begins at `start`."""
    first = text[start]
    if first in _DOUBLE or first in _SINGLE or first in "\"'`":
        return "0"
    if first in _DASHES:
        return "-"
    return "<" if first == "≠" else _MEANT.get(first, " ")[0]


def meant(text: str, start: int, end: int) -> Meant | None:
    """Return what was meant by the characters from `start` to `end`; None where they are not typographic."""
    first = text[start]
    if quoted := _QUOTED.fullmatch(text, start, end):
        return _string(quoted[0])
    if end != start + 1:
        return None
    if first in _DASHES:
        return _dash(text, start)
    if first in _HIDDEN:
        joins = text[start - 1 : start].isalnum() and text[end : end + 1].isalnum()
        return Meant(None if joins else "", certain=True)
    if first in _MEANT:
        return None if _is_in_color(text, start) else Meant(_MEANT[first], certain=first != "≠")
    return None


def _string(written: str) -> Meant:
    marks = "\"'" if written[0] in _DOUBLE + '"' else "'\""
    body = written[1:-1]
    mark = next((mark for mark in marks if mark not in body), None)
    return Meant(None, certain=False) if mark is None else Meant(f"{mark}{body}{mark}", certain=True)


def _dash(text: str, start: int) -> Meant:
    """A minus, or the two of `i--` that a word processor drew together."""
    before = text[max(start - _FAR, 0) : start].rstrip(_BLANKS)[-1:]
    after = text[start + 1 : start + _FAR].lstrip(_BLANKS)[:1]
    if _ENDS_VALUE.match(before) and not _STARTS_VALUE.match(after):
        return Meant("--", certain=after in ");")
    return Meant("-", certain=text[start] != "—" or bool(_ENDS_VALUE.match(before)))


def _is_in_color(text: str, start: int) -> bool:
    """Whether a sign stands for the `x` of a `0x`, as in `0×ffaaff`."""
    return text.endswith("0", 0, start) and text[start + 1 : start + 7].isalnum() and text[start] in "×✕✖"
