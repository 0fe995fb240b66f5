"""Fences of plain Markdown, read without a parser: most documents have no others, and the parser takes long to load.

Only where nothing can be meant otherwise; `tests/documents/test_fences.py` compares the answers with the parser's.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from oso_evalscript.documents.candidate import has_signs
from oso_evalscript.model.regex import regex

_OPENING = regex(r"(`{3,})([^`]*)\Z|(~{3,})(.*)\Z")
_CLOSING = regex(r" {0,3}(`{3,}|~{3,}) *\Z")
_HEADING = regex(r"(#{1,6})(?: +(.*?))??(?: +#+)? *\Z")
_UNDERLINE = regex(r"[ >*+\-\d.)]*(?:=+|-+) *\Z")
_OTHERWISE = regex(
    r"[ >*+\-\d.)]+(?:```|~~~|#)|```|~~~|[ >*+\-\d.)]*[>*+\-\d.)][ >*+\-\d.)]*<"
    r"| *<(?:[!?]|(?:script|pre|style|textarea)\b)|.*\t",
    re.IGNORECASE,
)
"""Lines that a fence, a heading or a block of HTML may begin or end in, other than at the beginning of the line."""
_HOLDING_TAG = regex(r"<(?:script|pre|textarea)\b", re.IGNORECASE)


class Fence(NamedTuple):
    """A fence.

    Attributes:
        heading: the last heading before it.
        info: what is written behind its opening.
        first: the number of the first line in it.
        lines: the lines in it.
    """

    heading: str | None
    info: str
    first: int
    lines: list[str]


def plain_fences(text: str) -> list[Fence] | None:
    """Return the fences of a document, if these alone can hold scripts; None where a parser is needed to know."""
    if any(sign in text for sign in "\r\0"):
        return None
    lines = text.split("\n")
    found: list[Fence] = []
    outside: list[str] = []
    heading: str | None = None
    number = 0
    while number < len(lines):
        line = lines[number]
        opening = _OPENING.match(line)
        if opening is not None:
            if _in_html(lines, number):
                return None
            end = _end(lines, number + 1, opening[1] or opening[3])
            if end is None:
                return None
            found.append(Fence(heading, opening[2] or opening[4] or "", number + 1, lines[number + 1 : end]))
            outside.append("")
            number = end + 1
            continue
        if _OTHERWISE.match(line) or (_UNDERLINE.match(line) and outside and outside[-1].strip(" ")):
            return None
        if line.startswith("#") and (title := _HEADING.match(line)) is not None:
            if _in_html(lines, number):
                return None
            heading = (title[2] or "").strip() or None
        outside.append(line)
        number += 1
    return None if _holds_more(outside) else found


def _holds_more(outside: list[str]) -> bool:
    """Whether lines that are in no fence may hold scripts: indented, or in HTML, which ends at an empty line."""
    html = False
    found: list[str] = []
    for line in outside:
        html = line.lstrip(" ").startswith("<") or (html and line.strip(" ") != "")
        if html:
            found.append(line)
    tagged = "\n".join(found)
    return has_signs("\n".join(line for line in outside if "    " in line)) or (
        _HOLDING_TAG.search(tagged) is not None and has_signs(tagged)
    )


def _end(lines: list[str], number: int, mark: str) -> int | None:
    """The number of the line that closes a fence."""
    while number < len(lines):
        closing = _CLOSING.match(lines[number])
        if closing is not None and closing[1][0] == mark[0] and len(closing[1]) >= len(mark):
            return number
        number += 1
    return None


def _in_html(lines: list[str], number: int) -> bool:
    """Whether a line may belong to a block of HTML, which ends at an empty line."""
    while number and lines[number - 1].strip(" "):
        number -= 1
        if lines[number].lstrip(" ").startswith("<"):
            return True
    return False
