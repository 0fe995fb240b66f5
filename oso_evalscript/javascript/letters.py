"""Which characters may begin and continue a name: Unicode's ID_Start and ID_Continue, in the version that V8 knows.

Python's own tables are those of its release: 3.11 knows Unicode 14, 3.13 knows 15.1, V8 knows 16. The additions of
Unicode 15 to 16 are listed here. `tests/javascript/test_letters.py` asks V8 about every character.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right

_STARTS = frozenset(("Lu", "Ll", "Lt", "Lm", "Lo", "Nl"))
_PARTS = _STARTS | {"Mn", "Mc", "Nd", "Pc"}
_NO_LETTERS = frozenset("\u2e2f")  # Pattern_Syntax
_OTHER_STARTS = frozenset("\u1885\u1886\u2118\u212e\u309b\u309c")
_OTHER_PARTS = _OTHER_STARTS | frozenset(
    "\xb7\u0387\u1369\u136a\u136b\u136c\u136d\u136e\u136f\u1370\u1371\u19da\u200c\u200d\u30fb\uff65"
)


_Ranges = tuple[list[int], list[int]]


def _ranges(text: str) -> _Ranges:
    """The first and the last code points of ranges such as `1c89-1c8a a7cb`."""
    pairs = [(item.partition("-")[0], item.rpartition("-")[2]) for item in text.split()]
    return [int(first, 16) for first, _ in pairs], [int(last, 16) for _, last in pairs]


_YOUNG_STARTS = _ranges(
    """1c89-1c8a a7cb-a7cd a7da-a7dc 105c0-105f3 10d4a-10d65 10d6f-10d85 10ec2-10ec4 1123f-11240 11380-11389 1138b
    1138e 11390-113b5 113b7 113d1 113d3 11bc0-11be0 11f02 11f04-11f10 11f12-11f33 1342f 13441-13446 13460-143fa
    16100-1611d 16d40-16d6c 18cff 1b132 1b155 1df25-1df2a 1e030-1e06d 1e4d0-1e4eb 1e5d0-1e5ed 1e5f0 2b739 2ebf0-2ee5d
    31350-323af"""
)
_YOUNG_PARTS = _ranges(
    """897 cf3 ece 1c89-1c8a a7cb-a7cd a7da-a7dc 105c0-105f3 10d40-10d65 10d69-10d6d 10d6f-10d85 10ec2-10ec4
    10efc-10eff 1123f-11241 11380-11389 1138b 1138e 11390-113b5 113b7-113c0 113c2 113c5 113c7-113ca 113cc-113d3
    113e1-113e2 116d0-116e3 11bc0-11be0 11bf0-11bf9 11f00-11f10 11f12-11f3a 11f3e-11f42 11f50-11f5a 1342f 13440-13455
    13460-143fa 16100-16139 16d40-16d6c 16d70-16d79 18cff 1b132 1b155 1ccf0-1ccf9 1df25-1df2a 1e030-1e06d 1e08f
    1e4d0-1e4f9 1e5d0-1e5fa 2b739 2ebf0-2ee5d 31350-323af"""
)


def may_start(letter: str) -> bool:
    """Return whether a name may begin with a character: Unicode's ID_Start, `$` and `_`."""
    if letter < "\x80":
        return letter.isalpha() or letter in "$_"
    return _has_property(letter, _STARTS, _OTHER_STARTS, _YOUNG_STARTS)


def may_continue(letter: str) -> bool:
    """Return whether a name may go on with a character."""
    if letter < "\x80":
        return letter.isalnum() or letter in "$_"
    return _has_property(letter, _PARTS, _OTHER_PARTS, _YOUNG_PARTS)


def _has_property(letter: str, categories: frozenset[str], others: frozenset[str], young: _Ranges) -> bool:
    if letter in _NO_LETTERS:
        return False
    if unicodedata.category(letter) in categories or letter in others:
        return True
    firsts, lasts = young
    number = bisect_right(firsts, ord(letter)) - 1
    return number >= 0 and ord(letter) <= lasts[number]
