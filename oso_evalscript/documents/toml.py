"""Evalscripts in TOML: its strings. What they are worth is told by `tomllib`, where they stand by tree-sitter."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import partial
from typing import Any

from oso_evalscript.documents.candidate import has_signs, is_key
from oso_evalscript.documents.draft import Draft, Read
from oso_evalscript.documents.grammar import Parsed, walk
from oso_evalscript.documents.literals import read_toml
from oso_evalscript.documents.passage import Passage
from oso_evalscript.documents.titles import title_beside
from oso_evalscript.model.errors import SourceError
from oso_evalscript.model.regex import regex

INNER = ("json", "md", "html", "js")
"""What a string may hold that is not an evalscript itself."""

_QUOTES = regex(r"'''|\"\"\"|'|\"")


def drafts(passage: Passage, read: Read, kind: str) -> Iterator[Draft]:
    """Yield the strings that may be evalscripts."""
    _load(passage.text)
    parsed = Parsed(passage.text, "toml")
    for node in walk(parsed.root):
        if node.type != "string" or node.parent is None or node.parent.type in ("dotted_key", "table"):
            continue
        start, end = parsed.extent(node)
        name = _name(parsed, node)
        quotes = _QUOTES.match(passage.text, start)
        if quotes is None or quotes.end() > end:
            continue
        if has_signs(passage.text[start:end]) or is_key(name):
            size = len(quotes[0])
            body = read_toml(passage, start + size, end - size, quote=quotes[0])
            yield Draft(body, name, inner=INNER, title=title_beside(name, partial(_beside, parsed, node)))


def skeleton(passage: Passage, kind: str) -> object:
    """Return what a document says but for its strings."""
    return _blank(_load(passage.text))


def _load(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"not TOML: {error}") from None
    except RecursionError:
        raise SourceError("nested too deeply to be read") from None


def _name(parsed: Parsed, node: Any) -> str | None:
    while node is not None and node.type != "pair":
        node = node.parent
    if node is None:
        return None
    key = parsed.slice(node.children[0])
    return key.rpartition(".")[2].strip(" \t\"'")


def _beside(parsed: Parsed, node: Any, key: str) -> str | None:
    """What the table of a string says under another key."""
    pair = node.parent
    for other in pair.parent.children if pair.type == "pair" and pair.parent is not None else ():
        if other.type == "pair" and _name(parsed, other) == key and other.children[-1].type == "string":
            text = parsed.slice(other.children[-1]).strip("'\"")
            return None if "\\" in text else text
    return None


def _blank(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _blank(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_blank(item) for item in value]
    return "" if isinstance(value, str) else value
