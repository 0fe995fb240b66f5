"""Where the string literals of Python text stand, and the replacement fields inside those that have them.

`ast` knows the extent of a string and not its parts; `tokenize` gives an f-string as one token up to Python 3.11 and
as several from 3.12 on. What is read here has been accepted by one of them before.
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator
from typing import NamedTuple

from oso_evalscript.model.regex import regex

_OPENING = regex(r"([A-Za-z]{0,2})('''|\"\"\"|'|\")")
_BETWEEN = regex(r"(?:\s|\\\r?\n|#[^\r\n]*)+")
_CONVERSION = regex(r"!\s*([rsa])\s*(?=[:}])")
_PLAIN = regex(r"[^\\{}'\"\r\n]+")
_BODIES = {
    "'": regex(r"(?:[^\\'\r\n]++|\\(?:\r\n|.))*+'", re.DOTALL),
    '"': regex(r'(?:[^\\"\r\n]++|\\(?:\r\n|.))*+"', re.DOTALL),
    "'''": regex(r"(?:[^\\']++|\\.|'(?!''))*+'''", re.DOTALL),
    '"""': regex(r'(?:[^\\"]++|\\.|"(?!""))*+"""', re.DOTALL),
}
_LINES = regex(r"\r\n?|\n")
_F_STRING = ("FSTRING_START", "FSTRING_END", "TSTRING_START", "TSTRING_END")


class Field(NamedTuple):
    """A replacement field of an f-string: where it stands and what it says.

    Attributes:
        start: of its opening brace.
        end: behind its closing brace.
        expression: what is between the braces, without conversion and format.
        conversion: `r`, `s`, `a` or nothing.
        format: what follows the colon.
        shows_itself: whether it is of the form `{name=}`.
    """

    start: int
    end: int
    expression: str
    conversion: str = ""
    format: str = ""
    shows_itself: bool = False


class Literal(NamedTuple):
    """A string literal: from the opening quotes, with the letters before them, to behind the closing ones."""

    start: int
    end: int
    prefix: str
    quote: str
    fields: tuple[Field, ...] = ()

    @property
    def body(self) -> tuple[int, int]:
        """Where its text begins and ends."""
        return self.start + len(self.prefix) + len(self.quote), self.end - len(self.quote)


class Unreadable(Exception):
    """The text is not what Python would have accepted."""


def literals(text: str, start: int, end: int) -> list[Literal]:
    """Return the literals that are written one behind the other between two offsets.

    Raises:
        Unreadable: there is something else.
    """
    found = []
    while start < end:
        if between := _BETWEEN.match(text, start, end):
            start = between.end()
            continue
        found.append(literal_at(text, start))
        start = found[-1].end
    return found


def literal_at(text: str, start: int) -> Literal:
    """Return the literal that begins at an offset.

    Raises:
        Unreadable: none does, or it does not end.
    """
    opening = _OPENING.match(text, start)
    if opening is None:
        raise Unreadable
    prefix, quote = opening[1].lower(), opening[2]
    formatted = "f" in prefix or "t" in prefix
    if not formatted:
        closing = _BODIES[quote].match(text, opening.end())
        if closing is None:
            raise Unreadable
        return Literal(start, closing.end(), prefix, quote)
    index = opening.end()
    fields: list[Field] = []
    while index < len(text):
        if text.startswith(quote, index):
            return Literal(start, index + len(quote), prefix, quote, tuple(fields))
        char = text[index]
        if char == "\\":
            index = _behind_backslash(text, index, raw="r" in prefix)
        elif char == "{" and not text.startswith("{{", index):
            fields.append(_field(text, index))
            index = fields[-1].end
        elif char in "{}":
            index += 2
        elif char in "\r\n" and len(quote) == 1:
            break
        else:
            index = plain.end() if (plain := _PLAIN.match(text, index)) else index + 1
    raise Unreadable


def _behind_backslash(text: str, index: int, *, raw: bool) -> int:
    """Where an f-string goes on behind a backslash and what it escapes; a brace is not escaped by it."""
    if not raw and text.startswith("N{", index + 1):
        return text.find("}", index) + 1 or len(text)
    if text[index + 1 : index + 2] in ("{", "}"):
        return index + 1
    return index + (3 if text.startswith("\r\n", index + 1) else 2)


def _field(text: str, start: int) -> Field:
    """The replacement field whose brace opens at an offset."""
    end = _expression_end(text, start + 1)
    expression = text[start + 1 : end]
    shown = expression.rstrip()
    shows_itself = shown.endswith("=") and shown[-2:-1] not in ("=", "!", "<", ">")
    conversion = ""
    if match := _CONVERSION.match(text, end):
        conversion, end = match[1], match.end()
    specified = end
    if text.startswith(":", end):
        depth = 0
        while end < len(text) and not (text[end] == "}" and depth == 0):
            depth += (text[end] == "{") - (text[end] == "}")
            end += 1
    if not text.startswith("}", end):
        raise Unreadable
    return Field(start, end + 1, expression, conversion, text[specified + 1 : end], shows_itself)


def _expression_end(text: str, index: int) -> int:
    """Where the expression of a field ends: at its conversion, its format or its brace."""
    depth = 0
    while index < len(text):
        char = text[index]
        if char in "'\"":
            index = literal_at(text, _with_prefix(text, index)).end
            continue
        if depth == 0 and (char in ":}" or (char == "!" and _CONVERSION.match(text, index))):
            return index
        if char == "#":
            comment = re.compile(r"[^\r\n]*").match(text, index)
            index = comment.end() if comment else index + 1
            continue
        depth += (char in "([{") - (char in ")]}")
        index += 1
    raise Unreadable


def _with_prefix(text: str, quote: int) -> int:
    """Where a literal begins whose quotes stand at an offset."""
    start = quote
    while start > quote - 2 and text[start - 1] in "rRbBfFuUtT":
        start -= 1
    if start and (text[start - 1].isalnum() or text[start - 1] in "_'\""):
        return quote
    return start


class Lines:
    """The lines of a text, as Python counts them."""

    def __init__(self, text: str) -> None:
        self.starts = [0, *(match.end() for match in _LINES.finditer(text))]
        self._text = text
        self._ascii = text.isascii()

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a place that `ast` names: a line, from 1, and bytes of UTF-8 from 0."""
        start = self.starts[line - 1]
        if self._ascii:
            return start + column
        return start + len(self._text[start : start + column].encode()[:column].decode(errors="ignore"))


def loose_literals(text: str) -> Iterator[tuple[int, int]]:
    """Yield the extents of the strings of a text that is not Python as a whole, as far as its tokens can be told."""
    starts = Lines(text).starts
    lines = (text[low:high] for low, high in zip(starts, [*starts[1:], len(text)], strict=True))
    group: tuple[int, int] | None = None
    opened = 0
    first = (0, 0)
    try:
        for token in tokenize.generate_tokens(iter([*lines, ""]).__next__):
            name = tokenize.tok_name[token.exact_type]
            if name in _F_STRING:
                first = token.start if not opened else first
                opened += 1 if name.endswith("START") else -1
            if opened or name in ("NL", "COMMENT"):
                continue
            if name == "STRING" or name in _F_STRING:
                begin = first if name in _F_STRING else token.start
                low, high = starts[begin[0] - 1] + begin[1], starts[token.end[0] - 1] + token.end[1]
                group = (group[0] if group else low, high)
            elif group:
                yield group
                group = None
    except (tokenize.TokenError, SyntaxError, StopIteration):
        pass
    if group:
        yield group
