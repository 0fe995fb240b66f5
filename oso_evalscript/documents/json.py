"""Evalscripts in JSON: its strings, where they stand and what keys they have.

The `json` of the standard library tells no positions, so that strings are found by their own shape here; that the text
is JSON is left to it.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from oso_evalscript.documents.candidate import has_signs, is_key
from oso_evalscript.documents.draft import Draft, Read
from oso_evalscript.documents.literals import read_json
from oso_evalscript.documents.passage import Passage
from oso_evalscript.documents.titles import TITLES, Path, title_at
from oso_evalscript.model.errors import SourceError
from oso_evalscript.model.regex import regex

INNER = ("json", "md", "html", "js", "py")
"""What a string may hold that is not an evalscript itself."""

_TOKEN = regex(r'"((?:[^"\\]++|\\.)*+)"|[{}\[\]:,]', re.DOTALL)

_STRING = regex(r'"((?:[^"\\]++|\\.)*+)"', re.DOTALL)
_GAPS = {sign: regex(rf"[ \t\r\n]*{re.escape(sign)}[ \t\r\n]*") for sign in ("", "{", "}", "[", "]", ":", ",")}


class Text(NamedTuple):
    """A string of a document: the keys and numbers that lead to it, and where its characters begin and end."""

    path: Path
    start: int
    end: int


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """Turn what the standard library says of a text into a sentence."""
    try:
        yield
    except json.JSONDecodeError as error:
        message = error.msg[:1].lower() + error.msg[1:]
        raise SourceError(f"not JSON: {message} (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise SourceError("nested too deeply to be read") from None


def load(text: str) -> Any:
    """Return the value of a document.

    Raises:
        SourceError: it is none; the sentence says where.
    """
    with refusals():
        return json.loads(text)


def texts(text: str) -> Iterator[Text]:
    """Yield the strings of a document, in order, its keys left out."""
    path: list[str | int | None] = []  # None where a key is expected
    last: tuple[int, int] = (0, 0)
    for match in _TOKEN.finditer(text):
        sign = text[match.start()]
        if sign == '"':
            last = match.span(1)
            if not path or path[-1] is not None:
                yield Text(tuple(key for key in path if key is not None), *last)
        elif sign == ":":
            path[-1] = _key(text[last[0] : last[1]])
        elif sign == "{":
            path.append(None)
        elif sign == "[":
            path.append(0)
        elif sign in "]}":
            path.pop()
        elif isinstance(number := path[-1], int):
            path[-1] = number + 1
        else:
            path[-1] = None


class Cursor:
    """A place in a document that moves on as values are read, each by the standard library as a whole or step by step.

    While `entries` or `items` yield, the value at the cursor is to be read before the next one is asked for.

    Attributes:
        at: the offset of the value that is read next.
    """

    def __init__(self, text: str, at: int = 0) -> None:
        self._text = text
        self._decode = json.JSONDecoder().raw_decode
        self.at = at
        self._skip("")

    @property
    def sign(self) -> str:
        """The character that the next value begins with."""
        return self._text[self.at : self.at + 1]

    def value(self) -> Any:
        """Read the next value; the cursor is right behind it then."""
        value, self.at = self._decode(self._text, self.at)
        return value

    def entries(self) -> Iterator[str]:
        """Yield the keys of an object, with the cursor at the value of each."""
        self._skip("{")
        while self.sign != "}":
            key = str(self.value())
            self._skip(":")
            yield key
            self._separate("}")
        self._skip("}")

    def items(self) -> Iterator[None]:
        """Yield for each item of a list, with the cursor at the item."""
        self._skip("[")
        while self.sign != "]":
            yield
            self._separate("]")
        self._skip("]")

    def _separate(self, closing: str) -> None:
        self._skip("")
        if self.sign == ",":
            self._skip(",")
            if self.sign == closing:
                raise json.JSONDecodeError("Illegal trailing comma", self._text, self.at)
        elif self.sign != closing:
            raise json.JSONDecodeError("Expecting ',' delimiter", self._text, self.at)

    def _skip(self, sign: str) -> None:
        match = _GAPS[sign].match(self._text, self.at)
        if match is None:
            raise json.JSONDecodeError(f"Expecting '{sign}'", self._text, self.at)
        self.at = match.end()


def strings(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return where the strings of a list without others in it begin and end, their quotes left out."""
    return [match.span(1) for match in _STRING.finditer(text, start, end)]


def _key(written: str) -> str:
    return str(json.loads(f'"{written}"', strict=False)) if "\\" in written else written


def drafts(passage: Passage, read: Read, kind: str) -> Iterator[Draft]:
    """Yield the strings of a document that may be evalscripts."""
    text = passage.text
    load(text)
    found = list(texts(text))
    titles: dict[Path, str] | None = None
    for item in found:
        name = next((str(key) for key in reversed(item.path) if isinstance(key, str)), None)
        if has_signs(text[item.start : item.end]) or is_key(name):
            if titles is None:
                named = (other for other in found if other.path and other.path[-1] in TITLES)
                titles = {other.path: _key(text[other.start : other.end]) for other in named}
            title = title_at(item.path, titles)
            yield Draft(read_json(passage, item.start, item.end), name, inner=INNER, title=title)


def skeleton(passage: Passage, kind: str) -> object:
    """Return what a document says but for its strings."""
    load(passage.text)
    pieces, done = [], 0
    for item in texts(passage.text):
        pieces.append(passage.text[done : item.start])
        done = item.end
    return "".join([*pieces, passage.text[done:]])
