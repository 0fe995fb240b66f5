"""Evalscripts in JSON: its strings, where they stand and what keys they have.

The `json` of the standard library tells no positions, so that strings are found by their own shape here; that the text
is JSON is left to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from oso_evalscript.documents.candidate import has_signs
from oso_evalscript.documents.draft import Draft, Read
from oso_evalscript.documents.literals import read_json
from oso_evalscript.documents.passage import Passage
from oso_evalscript.model.errors import SourceError

INNER = ("json", "md", "html", "js")
"""What a string may hold that is not an evalscript itself."""

_TOKEN = re.compile(r'"((?:[^"\\]++|\\.)*+)"|[{}\[\]:,]', re.DOTALL)

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A string of a document: the keys and numbers that lead to it, and where its characters begin and end."""

    path: Path
    start: int
    end: int


def load(text: str) -> Any:
    """Return the value of a document.

    Raises:
        SourceError: it is none; the sentence says where.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise SourceError(f"not JSON: {error.msg.lower()} (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise SourceError("nested too deeply to be read") from None


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


def _key(written: str) -> str:
    return str(json.loads(f'"{written}"', strict=False)) if "\\" in written else written


def drafts(passage: Passage, read: Read, kind: str) -> Iterator[Draft]:
    """Yield the strings of a document that may be evalscripts."""
    text = passage.text
    load(text)
    for item in texts(text):
        name = next((str(key) for key in reversed(item.path) if isinstance(key, str)), None)
        if has_signs(text[item.start : item.end]) or (name is not None and has_signs(name)):
            yield Draft(read_json(passage, item.start, item.end), name, inner=INNER)


def skeleton(text: str, kind: str) -> object:
    """Return what a document says but for its strings."""
    load(text)
    pieces, done = [], 0
    for item in texts(text):
        pieces.append(text[done : item.start])
        done = item.end
    return "".join([*pieces, text[done:]])
