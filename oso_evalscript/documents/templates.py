"""Texts that a program fills in before it uses them: where their fields are, whatever the language of the program.

Each function gives the text as it will be, a placeholder for each field, or what the field is known to become.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable
from itertools import accumulate
from typing import NamedTuple

from oso_evalscript.documents.lexemes import Lexemes
from oso_evalscript.documents.passage import Change, Hole, Passage
from oso_evalscript.documents.spelling import Spelling
from oso_evalscript.model.regex import regex


class Slot(NamedTuple):
    """A field of a template.

    Attributes:
        start: where it begins.
        end: behind it.
        key: the name or number between its marks; empty where it has none.
        conversion: `r`, `s` or `a` of `str.format`.
        format: how its value is written.
    """

    start: int
    end: int
    key: str
    conversion: str = ""
    format: str = ""


Fill = Callable[[Slot], str | Passage | None]
"""What a slot becomes; None where that is not known."""

_FORMAT = regex(r"\{\{|\}\}|\{([^{}!:]*)(?:!([rsa]))?(?::((?:[^{}]|\{[^{}]*\})*))?\}")
_PERCENT = regex(r"%(?:\(([^()]*)\))?([#0\- +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[hlL]?([diouxXeEfFgGcrsa%]))")
_NAMED_PERCENT = regex(r"%\(([^()]*)\)([#0\- +]*\d*(?:\.\d+)?([diouxXeEfFgGcrsa]))|%%()()")
_DOLLAR = regex(r"\$(?:(\$)|([_a-zA-Z]\w*)|\{([^{}]*)\})")
_BRACED_DOLLAR = regex(r"\$()()\{([^{}]*)\}")
_JINJA = regex(  # of a length that is still one, so that an opening mark without a closing one costs little
    r"\{\{-?(.{0,400}?)-?\}\}|\{%-?(.{0,400}?)-?%\}|\{#.{0,2000}?#\}|<%=?(.{0,400}?)%>", re.DOTALL
)
_FORMAT_KEY = regex(r"[\w.\[\]]*")
_NAMED = regex(r"(?<!\{)\{\{\s*([A-Za-z_][\w.]*)\s*\}\}(?!\})")
MARKED = regex(
    r"<<?\s*([A-Za-z_]\w*)\s*>>?|\[\[\s*([A-Za-z_]\w*)\s*\]\]|@@?([A-Za-z_]\w*)@@?|%%?([A-Za-z_]\w*)%%?|##?([A-Za-z_]\w*)##?"
)
"""Fields of other kinds, which are only guessed."""
_WORD = regex(r"\w+")


def unknown(slot: Slot) -> None:
    """Know of no slot what it becomes."""


def format_fields(passage: Passage, fill: Fill = unknown) -> Passage:
    """Return what `str.format` makes of a text."""
    changes: list[Change | Hole] = []
    number = 0
    for match in _FORMAT.finditer(passage.text):
        if match[0] in ("{{", "}}"):
            changes.append(Change(match.start(), match.end(), match[0][0]))
            continue
        key = match[1].strip() or str(number)
        number += not match[1].strip()
        changes.append(_filled(passage, Slot(match.start(), match.end(), key, match[2] or "", match[3] or ""), fill))
    return passage.reread(changes, Spelling({"{": "{{", "}": "}}"}))


def is_format(text: str) -> bool:
    """Return whether a text reads as a template of `str.format`: all its braces are doubled, or around a field.

    If `{{ x }}` alone is doubled, it is a field of another kind of template.
    """
    if any(match[1] is not None and not _FORMAT_KEY.fullmatch(match[1]) for match in _FORMAT.finditer(text)):
        return False
    rest = _FORMAT.sub("", text)
    return "{" not in rest and "}" not in rest and "{{" in _NAMED.sub("", text)


def percent_fields(passage: Passage, fill: Fill = unknown, *, named: bool = False) -> Passage:
    """Return what the operator `%` makes of a text; with `named`, only `%(x)s` counts, as a bare `%` divides."""
    changes: list[Change | Hole] = []
    number = 0
    for match in (_NAMED_PERCENT if named else _PERCENT).finditer(passage.text):
        if match[0].endswith("%"):
            changes.append(Change(match.start(), match.end(), "%"))
            continue
        key = match[1] if match[1] is not None else str(number)
        number += match[1] is None
        changes.append(_filled(passage, Slot(match.start(), match.end(), key, format=match[2]), fill))
    return passage.reread(changes, Spelling({"%": "%%"}))


def dollar_fields(passage: Passage, fill: Fill = unknown, *, braced: bool = False) -> Passage:
    """Return what `string.Template` makes of a text; with `braced`, only `${x}` counts, as `$x` is a name."""
    changes: list[Change | Hole] = []
    for match in (_BRACED_DOLLAR if braced else _DOLLAR).finditer(passage.text):
        if match[1]:
            changes.append(Change(match.start(), match.end(), "$"))
        else:
            changes.append(_filled(passage, Slot(match.start(), match.end(), match[2] or match[3] or ""), fill))
    return passage.reread(changes, None if braced else Spelling({"$": "$$"}))


def jinja_fields(passage: Passage) -> Passage:
    """Return a text in which `{{ x }}`, `{% x %}` and `<% x %>` are placeholders."""
    return passage.reread(
        Hole(match.start(), match.end(), next((group for group in match.groups() if group), "").strip())
        for match in _JINJA.finditer(passage.text)
    )


def stray_fields(passage: Passage) -> Passage:
    """Return a text that is JavaScript as it stands, but with `{{ x }}` as a placeholder where it makes no sense.

    That is where it is all that a string holds, or a block of a name that the text has nowhere else.
    """
    text = passage.text
    fields = list(_NAMED.finditer(text))
    if not fields:
        return passage
    words = set(_WORD.findall(_NAMED.sub(" ", text)))
    lexemes = Lexemes(text)
    found = []
    for match in fields:
        inside = lexemes.around(match.start())
        if inside is None:
            is_stray = match[1].partition(".")[0] not in words
        else:
            is_stray = inside == (match.start() - 1, match.end() + 1) and text[inside[0]] in "\"'"
        if is_stray:
            found.append(Hole(match.start(), match.end(), match[1]))
    return passage.reread(found) if found else passage


def marked_fields(passage: Passage) -> Passage:
    """Return a text in which `<X>`, `[[X]]`, `@X@`, `%X%` and `#X#` are placeholders."""
    return passage.reread(
        Hole(match.start(), match.end(), next(group for group in match.groups() if group))
        for match in MARKED.finditer(passage.text)
    )


def replaced(passage: Passage, old: str, new: str | Passage | None, count: int = -1) -> Passage:
    """Return a text with one text replaced by another, or by a placeholder where `new` is None."""
    found: list[Change | Hole] = []
    for match in re.finditer(re.escape(old), passage.text):
        if 0 <= count <= len(found):
            break
        if new is None:
            word = _WORD.search(old)
            found.append(Hole(match.start(), match.end(), word[0].strip("_") if word else ""))
        else:
            found.append(_known(passage, match.start(), match.end(), new))
    return passage.reread(found)


def stripped(passage: Passage, *, left: bool = True, right: bool = True) -> Passage:
    """Return a text without the blanks at its ends."""
    text = passage.text
    start = len(text) - len(text.lstrip()) if left else 0
    end = len(text.rstrip()) if right else len(text)
    return passage[start : max(start, end)]


def dedented(passage: Passage, *, clean: bool = False) -> Passage:
    """Return what `textwrap.dedent` makes of a text, with `clean` what `inspect.cleandoc` does."""
    text = passage.text
    wanted = inspect.cleandoc(text) if clean else textwrap.dedent(text)
    lines = text.split("\n")
    first = 0
    if clean:
        while len(lines) > 1 and not lines[first].strip() and first < len(lines) - 1:
            first += 1
    kept = wanted.split("\n")
    indent = _indent(lines[first:], kept)
    result = _suffixes(passage, lines, kept, first, indent)
    if result is None or result.text != wanted:
        return passage
    if clean or not wanted.startswith("\n"):
        return result
    # Text in the first line would be where all lines begin, so that nothing would be taken from them.
    return Passage((result.pieces[0].with_lead(indent), *result.pieces[1:]))


def _indent(lines: list[str], kept: list[str]) -> str:
    """The blanks that lines but the first lose."""
    pairs = [(line, want) for line, want in zip(lines, kept, strict=False) if want]
    line, want = next((pair for pair in pairs if pair[0] is not lines[0]), ("", ""))
    return line[: len(line) - len(want)]


def _suffixes(passage: Passage, lines: list[str], kept: list[str], first: int, indent: str) -> Passage | None:
    """The lines of a text from `first` on, each as far as it is kept.

    The blanks that a line loses belong to the line feed before it, which is written again with them.
    """
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    if first + len(kept) > len(lines):
        return None
    result = Passage(())
    for number, want in enumerate(kept, first):
        line, end = lines[number], starts[number] + len(lines[number])
        if not line.endswith(want):
            return None
        begin = end - len(want)
        if number > first:
            piece = passage.hull(starts[number] - 1, begin, "\n")
            result += Passage((piece.with_margin("" if want else indent.removeprefix(line)),))
        result += passage[begin:end]
    return result.within(Spelling({"\n": "\n" + indent}))


def _filled(passage: Passage, slot: Slot, fill: Fill) -> Change | Hole:
    value = fill(slot)
    if value is None:
        return Hole(slot.start, slot.end, slot.key)
    return _known(passage, slot.start, slot.end, value)


def _known(passage: Passage, start: int, end: int, value: str | Passage) -> Change:
    """What stands for a part of a passage where that is known, and cannot be edited."""
    if isinstance(value, Passage):
        return Change(start, end, value)
    piece = passage.hull(start, end, value)
    return Change(start, end, Passage.fixed(value, piece.start, piece.end))
