"""The lexical grammar of ECMAScript to the letter: which texts are no JavaScript, and what of a text is no token.

What is called safe elsewhere rests on this, so nothing here guesses, as a tolerant parser must. Where the grammar alone
does not tell whether a slash divides or begins a regular expression, both are followed, and a text is refuted only if
every way through it fails. Only a few faults are looked for, each of them beyond doubt:

* a character that begins no token, a string, template, comment or regular expression that does not end;
* a private name with no class before it;
* a name or digit right behind a number, or behind one and a blank; behind a line end where no statement can end;
* a bracket that closes nothing or is never closed.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from copy import copy
from functools import lru_cache
from typing import NamedTuple

from oso_evalscript.javascript.characters import BLANKS, LINE_ENDS
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import Edit, Source, Span, apply

_MAX_WAYS = 60
_MAX_TOKENS = 500_000  # over all ways; a megabyte of script has 220 000
_REST_OF_LINE = f"[^{LINE_ENDS}]*+"
_GAP = regex(rf"(?:[{BLANKS}{LINE_ENDS}]|//{_REST_OF_LINE}|<!--{_REST_OF_LINE}|/\*.*?\*/)*+", re.DOTALL)
_CLOSING_COMMENT = regex(f"-->{_REST_OF_LINE}")
_HASHBANG = regex(f"#!{_REST_OF_LINE}")
_LINE_END = regex(f"[{LINE_ENDS}]")
_BLANK = regex(f"[{BLANKS}{LINE_ENDS}]")
_DIGITS = "[0-9](?:_?[0-9])*+"
_TOKEN = regex(
    rf"""
      (?P<word>\#?[A-Za-z_$][\w$]*+(?![\\]|[^\x00-\x7f]))
    | (?P<number>0[xX][0-9a-fA-F](?:_?[0-9a-fA-F])*+n?+ | 0[bB][01](?:_?[01])*+n?+ | 0[oO][0-7](?:_?[0-7])*+n?+
      | 0[0-7]++(?![89]) | (?:0|[1-9](?:_?[0-9])*+)n
      | (?:(?:0[0-9]++|0|[1-9](?:_?[0-9])*+)(?:\.(?:{_DIGITS})?+)?+|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?+)
    | (?P<string>"(?:[^"\\\r\n]|\\(?:\r\n|.))*+"|'(?:[^'\\\r\n]|\\(?:\r\n|.))*+')
    | (?P<template>`)
    | (?P<open>[(\[{{]) | (?P<close>[)\]}}])
    | (?P<sign>\.\.\.|\.(?![0-9])|\?\.(?![0-9])|=>|>>>=|[*][*]=|&&=|[|][|]=|[?][?]=|<<=|>>=|>>>|===|!==|[*][*]|&&|[|][|]
      |[?][?]|<<|>>|[=!<>+*%&|^-]=|[+][+]|--|[=!<>+*%&|^~?:;,@-])
    | (?P<slash>/)
    """,
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_REGEX = regex(rf"/(?![*/])(?:[^\\/\[{LINE_ENDS}]|\\[^{LINE_ENDS}]|\[(?:[^\]\\{LINE_ENDS}]|\\[^{LINE_ENDS}])*+\])++/")
_TEMPLATE = regex(r"(?:[^`\\$]|\\.|\$(?!\{))*+(`|\$\{)", re.DOTALL)
_BEHIND_NUMBER = regex(rf"[\w$\\]|[^\x00-\x7f{BLANKS}{LINE_ENDS}]", re.ASCII)  # what cannot follow at once
_ESCAPE = regex(r"\\u(?:[0-9a-fA-F]{4}|\{[0-9a-fA-F]++\})")
_ASCII_PART = regex(r"[\w$]++", re.ASCII)
_STARTS = frozenset(("Lu", "Ll", "Lt", "Lm", "Lo", "Nl", "Cn"))  # Cn: letters younger than Python's tables
_PARTS = _STARTS | {"Mn", "Mc", "Nd", "Pc"}
_OTHER_STARTS = frozenset("\u1885\u1886\u2118\u212e\u309b\u309c")  # Other_ID_Start and Other_ID_Continue
_OTHER_PARTS = frozenset(
    "\xb7\u0387\u1369\u136a\u136b\u136c\u136d\u136e\u136f\u1370\u1371\u19da\u200c\u200d\u30fb\uff65"
)

_CLOSES = {")": "(h", "]": "[", "}": "{o"}
_ENCLOSES_LIST = frozenset("([ho$")  # where no statement ends, and so no line end does for a semicolon
_BEHIND_OPERAND = frozenset(("in", "instanceof", "of"))
_HEADS = frozenset(("if", "while", "for", "with"))
_VALUES = frozenset(("this", "super", "null", "true", "false"))
_BEFORE_VALUES = frozenset(
    ("return", "typeof", "instanceof", "in", "new", "delete", "void", "throw", "case", "do", "else")
)
_MAYBE_BEFORE_VALUES = frozenset(("yield", "await", "of", "default", "extends", *_HEADS))
_BEFORE_OBJECTS = frozenset("( [ , = ? && || ?? + - * / % ! ~ < > == === != !== += -= *= /= ...".split())
_BEFORE_OBJECT_WORDS = frozenset(("return", "throw", "typeof", "void", "delete", "in", "instanceof"))
_MEMBER = frozenset((".", "?."))


class Reading(NamedTuple):
    """One way to read a text: where its tokens begin and end; the pieces of a template are tokens, too."""

    starts: list[int]
    ends: list[int]


@lru_cache(maxsize=2)  # a text is asked about more than once before and after its fixes
def readings(text: str) -> tuple[Reading, ...] | None:
    """Return every way to read a text, none where it is no JavaScript; None where there are too many to be sure."""
    found: list[Reading] = []
    tokens = 0
    waiting: list[tuple[_Reader, _Choice | None]] = [(_Reader(text), None)]
    while waiting:
        if tokens > _MAX_TOKENS or len(waiting) + len(found) > _MAX_WAYS:
            return None
        reader, choice = waiting.pop()
        tokens -= len(reader.ends)
        try:
            if choice is not None:
                reader.take(choice)
            reader.read_on(waiting)
            found.append(Reading(reader.starts, reader.ends))
        except _Refuted:
            pass
        except _Unsure:
            return None
        tokens += len(reader.ends)
    return tuple(found)


def is_refuted(text: str) -> bool:
    """Return whether a text is no JavaScript, for certain: nothing can have run it."""
    return readings(text) == ()


def changes_no_token(text: str, edits: Iterable[Edit]) -> bool:
    """Return whether edits change blanks and comments only, and no line end that may separate statements."""
    edits = sorted(edits, key=lambda edit: edit.span)
    found = readings(text) or ()
    return bool(found) and all(_keeps_tokens(text, reading, edits) for reading in found)


def _keeps_tokens(text: str, reading: Reading, edits: list[Edit]) -> bool:
    starts, ends = reading
    by_gap: dict[int, list[Edit]] = {}
    for edit in edits:
        number = bisect_right(ends, edit.span.start)  # the first token that ends behind the place
        if number < len(starts) and starts[number] < edit.span.end:
            return False
        by_gap.setdefault(number, []).append(edit)
    for number, inside in by_gap.items():
        start = ends[number - 1] if number else 0
        end = starts[number] if number < len(starts) else len(text)
        gap = apply(Source(text[start:end]), [Edit(_moved(edit.span, -start), edit.text) for edit in inside])
        if not _is_same_gap(text[start:end], gap.text, text[end : end + 3], is_first=not number):
            return False
    return True


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)


def _is_same_gap(old: str, new: str, behind: str, *, is_first: bool) -> bool:
    """Whether what stands between two tokens, or before the first one, means the same as before."""
    if not is_first:
        if bool(_LINE_END.search(old)) != bool(_LINE_END.search(new)):
            return False
        if new[:1] != old[:1] and not _BLANK.match(new) and (new or behind):
            return False  # it could join the token before, or that one the token behind
    hashbang = _HASHBANG.match(new) if is_first else None
    try:
        return _gap_end(new + behind, hashbang.end() if hashbang else 0, is_first=is_first)[0] == len(new)
    except (_Refuted, _Unsure):
        return False


class _Refuted(Exception):
    """No text of JavaScript goes on like this."""


class _Unsure(Exception):
    """What the text means depends on what it is put behind."""


def _gap_end(text: str, start: int, *, is_first: bool) -> tuple[int, bool]:
    """The end of the blanks and comments from a place on, and whether a line ends among them."""
    end, has_line_end = start, False
    while matched := _GAP.match(text, end):
        has_line_end = has_line_end or bool(_LINE_END.search(text, end, matched.end()))
        end = matched.end()
        closing = _CLOSING_COMMENT.match(text, end)
        if closing is None or not (has_line_end or is_first):
            break
        if not has_line_end:
            raise _Unsure
        end = closing.end()
    if text.startswith("/*", end):
        raise _Refuted
    return end, has_line_end


class _Choice(NamedTuple):
    """A way to read what stands at a place: as which kind of token, up to where."""

    kind: str
    start: int
    end: int
    behind_line_end: bool


class _Reader:
    """Where one way to read a text is.

    Attributes:
        starts: where its tokens begin.
        ends: where they end.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self.starts: list[int] = []
        self.ends: list[int] = []
        # The brackets that are open: ( [ {, `o` for an object's, `h` for the head of an `if` or a loop, `$` for `${`.
        self._opened: list[str] = []
        self._kind = ""  # of the last token
        self._last = ""
        self._before = ""  # the text of the token before the last one
        self._closed = ""  # what the last token closed
        self._may_be_in_class = False

    def read_on(self, waiting: list[tuple[_Reader, _Choice | None]]) -> None:
        """Read to the end of the text; where there is another way to go on, put it on `waiting`.

        Raises:
            _Refuted: this way leads nowhere.
            _Unsure: there are too many ways.
        """
        text = self._text
        hashbang = None if self.ends else _HASHBANG.match(text)
        index = self.ends[-1] if self.ends else hashbang.end() if hashbang else 0
        while True:
            start, behind_line_end = _gap_end(text, index, is_first=not self.ends)
            if start == len(text):
                break
            choice, *others = (
                _Choice(kind, start, end, behind_line_end)
                for kind, end in self._choices(start, behind_line_end=behind_line_end)
            )
            waiting += ((self._copy(), other) for other in others)
            if len(waiting) > _MAX_WAYS:
                raise _Unsure
            self.take(choice)
            index = choice.end
        if self._opened:
            raise _Refuted

    def take(self, choice: _Choice) -> None:
        """Go behind a token.

        Raises:
            _Refuted: it cannot stand here.
        """
        kind, start, end, behind_line_end = choice
        text = self._text[start:end]
        if self._kind in ("number", "regex") and kind in ("word", "number", "string", "regex"):
            in_list = bool(self._opened) and self._opened[-1] in _ENCLOSES_LIST
            if text not in _BEHIND_OPERAND and (in_list or not behind_line_end):
                raise _Refuted
        if kind == "word":
            self._may_be_in_class = self._may_be_in_class or text == "class"
            if text[0] == "#" and not self._may_be_in_class:
                raise _Refuted
        self._closed = ""
        if kind == "open":
            self._opened.append(self._bracket(text, behind_line_end=behind_line_end))
        elif kind == "close":
            if not self._opened or self._opened[-1] not in _CLOSES[text]:
                raise _Refuted
            self._closed = self._opened.pop()
        elif kind == "template":
            if text[0] == "}":
                self._opened.pop()
            if text[-1] == "{":
                self._opened.append("$")
        elif text == ":" and self._kind in ("number", "string") and self._before == "{":
            self._opened[-1] = "o"  # no statement begins so
        self.starts.append(start)
        self.ends.append(end)
        self._kind, self._before, self._last = kind, self._last, text

    def _copy(self) -> _Reader:
        other = copy(self)
        other.starts, other.ends, other._opened = self.starts.copy(), self.ends.copy(), self._opened.copy()
        return other

    def _bracket(self, text: str, *, behind_line_end: bool) -> str:
        is_member = self._before in _MEMBER
        if text == "(" and self._kind == "word" and not is_member:
            return "h" if self._last in _HEADS or (self._last, self._before) == ("await", "for") else "("
        if text == "{":
            if self._kind == "word" and not is_member:
                is_object = self._last in _BEFORE_OBJECT_WORDS and not behind_line_end
            else:
                is_object = self._kind in ("sign", "open") and self._last in _BEFORE_OBJECTS
            return "o" if is_object else "{"
        return text

    def _choices(self, start: int, *, behind_line_end: bool) -> Iterable[tuple[str, int]]:
        """The kinds of token that may begin at a place, with their ends."""
        text = self._text
        if text[start] == "}" and self._opened and self._opened[-1] == "$":
            return (("template", _template_end(text, start)),)
        matched = _TOKEN.match(text, start)
        if matched is None:
            return (("word", _word_end(text, start)),)
        kind, end = str(matched.lastgroup), matched.end()
        if kind == "number":
            if _BEHIND_NUMBER.match(text, end):
                raise _Refuted
        elif kind == "template":
            return ((kind, _template_end(text, start)),)
        elif kind == "slash":
            return self._choices_of_slash(start, behind_line_end=behind_line_end)
        return ((kind, end),)

    def _choices_of_slash(self, start: int, *, behind_line_end: bool) -> Iterable[tuple[str, int]]:
        divides, begins_regex = self._meanings_of_slash(behind_line_end=behind_line_end)
        if divides:
            yield "sign", start + 1 + self._text.startswith("=", start + 1)
        if begins_regex and (matched := _REGEX.match(self._text, start)):
            flags = _ASCII_PART.match(self._text, matched.end())
            yield "regex", flags.end() if flags else matched.end()
        elif not divides:
            raise _Refuted

    def _meanings_of_slash(self, *, behind_line_end: bool) -> tuple[bool, bool]:
        """Whether a slash here may divide, and whether it may begin a regular expression."""
        last = self._last
        match self._kind:
            case "word":
                if self._before in _MEMBER or last in _VALUES:
                    return True, False
                # A declaration or a `break` may end with a name at the end of a line.
                begins_regex = last in _BEFORE_VALUES or last in _MAYBE_BEFORE_VALUES or behind_line_end
                return last not in _BEFORE_VALUES, begins_regex
            case "number" | "string" | "regex":
                return True, False
            case "template":
                return last[-1] == "`", last[-1] != "`"
            case "close" if last == "}":
                return True, self._closed != "o"
            case "close":
                return self._closed != "h", self._closed == "h"
            case "sign" if last in ("++", "--"):
                return True, True
        return False, True


def _template_end(text: str, start: int) -> int:
    matched = _TEMPLATE.match(text, start + 1)
    if matched is None:
        raise _Refuted
    return matched.end()


def _word_end(text: str, start: int) -> int:
    """The end of a name with other letters than those of ASCII, or with escapes."""
    begin = end = start + (text[start] == "#")
    while end < len(text):
        if matched := _ASCII_PART.match(text, end) if end > begin or not text[end].isdigit() else None:
            end = matched.end()
        elif text[end] == "\\":
            escape = _ESCAPE.match(text, end)
            if escape is None:
                raise _Refuted
            end = escape.end()
        elif text[end] > "\x7f" and _may_stand_in_word(text[end], is_first=end == begin):
            end += 1
        else:
            break
    if end == begin:
        raise _Refuted
    return end


def _may_stand_in_word(letter: str, *, is_first: bool) -> bool:
    if is_first:
        return unicodedata.category(letter) in _STARTS or letter in _OTHER_STARTS
    return unicodedata.category(letter) in _PARTS or letter in _OTHER_STARTS or letter in _OTHER_PARTS
