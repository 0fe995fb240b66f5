"""JavaScript's numbers as Python's: always 64-bit floating point, where Python's own integers have no end.

`float` raises OverflowError on a large integer, `int` on infinity, and `str` ValueError on one of many digits. So a
number is made here once, where it is read, and is then an `int` of at most 2^53 or a `float`.
"""

from __future__ import annotations

import math

from oso_evalscript.model.regex import regex

LARGEST_EXACT = 2**53
"""The integer up to which every integer is a number of JavaScript."""

_MAX_KEY = 1000
_EXPONENT = regex(r"e([+-])0?")


class BigInt:
    """The value of a literal such as `10n`: no number, and nobody computes with it here."""

    __slots__ = ("_written",)

    def __init__(self, written: str) -> None:
        self._written = written

    def __repr__(self) -> str:
        return f"BigInt({self._written!r})"

    def __str__(self) -> str:
        """Return it as the name of a property; as it is written where it is too long for that to matter."""
        plain = self._written.replace("_", "")
        return str(int(plain, 0)) if len(plain) <= _MAX_KEY else plain


def to_number(value: float) -> int | float:
    """Return the number of JavaScript nearest to a value, an `int` where it is a whole one up to 2^53."""
    try:
        number = float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    is_whole = number.is_integer() and abs(number) <= LARGEST_EXACT
    return int(number) if is_whole and (number or math.copysign(1, number) > 0) else number


def to_text(number: float) -> str:
    """Return a number as JavaScript's `String` writes it."""
    if isinstance(number, int):
        return str(number)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if 1e-6 <= abs(number) < 1e21:
        from decimal import Decimal  # only for the rare number that Python writes otherwise

        return f"{Decimal(repr(number)):f}".removesuffix(".0")
    return "0" if number == 0 else _EXPONENT.sub(r"e\1", repr(number)).replace(".0e", "e")
