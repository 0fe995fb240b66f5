"""Text in CSV that a spreadsheet must not take for a formula: an apostrophe before it, which reading takes away again.

Programs that open CSV take a cell for a formula if it begins with one of a few signs, and some cut cells at semicolons,
bars and tabs as well. The apostrophe is what OWASP advises against it (CSV injection, CWE-1236).
"""

from __future__ import annotations

import re

_SIGNS = "=+@\uff1d\uff0b\uff0d\uff20\t\r\n\x00-"
_BEGINS = r"(^|[;|\t])(\s*)"
_FORMULA = re.compile(rf"{_BEGINS}(?='*[{_SIGNS}])")
_GUARDED = re.compile(rf"{_BEGINS}'(?='*[{_SIGNS}])")


def guarded(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula."""
    return _FORMULA.sub(r"\1\2'", text)


def unguarded(text: str) -> str:
    """Return the text that a cell stands for."""
    return _GUARDED.sub(r"\1\2", text)
