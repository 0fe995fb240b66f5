"""What a misspelt colour can have meant: the readings that a text leaves, and whether it may have been a given colour.

A colour is written `0x` and six hexadecimal digits. Copying, retyping and well-meaning editors lose or add marks
around the digits; the digits themselves then still tell the colour. Where digits are lost, only somebody who knows
the colour can tell.
"""

from __future__ import annotations

import re

from oso_evalscript.javascript.lookalikes import plain
from oso_evalscript.model.color import Color
from oso_evalscript.model.regex import regex

_NOISE = regex(r"[\s_,'\u2019\"`#]+")  # what may stand around and between the digits
_PREFIX = regex(r"(?:[0Oo]?[xX])+")
_LETTERS_FOR_DIGITS = str.maketrans("OolI", "0011")
_SIX = regex(r"[0-9a-fA-F]{6}")
_DIGITS = regex(r"[0-9]+")
_GROUPED = regex(r"[0-9]{1,3}(?:[\s_,.'\u2019][0-9]{3})+")
_LARGEST = 0xFFFFFF
_MAX_DIGITS = len(str(_LARGEST))


def readings(written: str) -> tuple[str, ...]:
    """Return the colours that a misspelt literal may stand for, as literals, the likelier first; mostly none or one.

    The digits keep their case. Nothing is returned where digits are missing or too many, or are none.
    """
    text = plain(written)
    found: list[str] = []
    digits = _six_digits(text)
    if digits is not None:
        found.append(f"0x{digits}")
    if _GROUPED.fullmatch(text.strip()):  # a decimal number with separators of thousands
        digits = re.sub(r"\D", "", text)
        if not digits.startswith("0") and len(digits) <= _MAX_DIGITS and int(digits) <= _LARGEST:
            found.append(Color(int(digits)).literal)
    return tuple(found)


def decimal_readings(value: float, written: str) -> tuple[str, ...]:
    """Return the colours that a decimal number in the place of a colour may stand for.

    It may be the colour's value; with six digits it may also be a hexadecimal number that lost its `0x`.
    """
    found = [f"0x{written}"] if _SIX.fullmatch(written) else []
    if _DIGITS.fullmatch(written) and not written.startswith("0") and value <= _LARGEST:
        found.append(Color(int(value)).literal)
    return tuple(found)


def may_be(written: str, color: Color) -> bool:
    """Whether a misspelt literal can be that colour with digits lost, added or mistyped."""
    text = _NOISE.sub("", plain(written))
    meant = f"{color.value:06x}"
    if any(int(reading, 16) == color.value for reading in readings(written)):
        return True
    if _DIGITS.fullmatch(text) and len(text) <= _MAX_DIGITS and int(text) == color.value:
        return True
    digits = _PREFIX.sub("", text, count=1).lower()
    if len(digits) == len(meant) and not _SIX.fullmatch(digits):
        return all(
            digit == letter or letter not in "0123456789abcdef" for digit, letter in zip(meant, digits, strict=True)
        )
    if 0 < len(digits) < len(meant):
        return _is_part(digits, meant)
    return len(meant) < len(digits) <= len(meant) + 2 and _is_part(meant, digits)


def _six_digits(text: str) -> str | None:
    """The six hexadecimal digits of a text, what stands around and between them left out; None if there are not six."""
    bare = _NOISE.sub("", text)
    if _SIX.fullmatch(bare):
        return bare
    prefix = _PREFIX.match(bare)
    digits = bare[prefix.end() :] if prefix else bare
    if prefix is None and len(digits) == 7 and digits[0] in "0Oo":  # the x is lost
        digits = digits[1:]
    digits = digits.translate(_LETTERS_FOR_DIGITS)
    return digits if _SIX.fullmatch(digits) else None


def _is_part(part: str, whole: str) -> bool:
    """Whether the characters of `part` stand in `whole` in that order."""
    rest = iter(whole)
    return all(letter in rest for letter in part)
