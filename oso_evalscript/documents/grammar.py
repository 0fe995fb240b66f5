"""Syntax trees of hosts by tree-sitter, with places as offsets in characters."""

from __future__ import annotations

import importlib
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

from oso_evalscript.model.errors import MissingExtra

if TYPE_CHECKING:
    from tree_sitter import Node

_LANGUAGES = {
    "js": ("tree_sitter_javascript", "language", "JavaScript"),
    "ts": ("tree_sitter_typescript", "language_typescript", "TypeScript"),
    "tsx": ("tree_sitter_typescript", "language_tsx", "TypeScript"),
    "toml": ("tree_sitter_toml", "language", "TOML"),
}


class Parsed:
    """A text and its syntax tree."""

    def __init__(self, text: str, language: str) -> None:
        self.text = text
        # At a NUL tree-sitter takes the text for finished.
        self._bytes = text.replace("\0", " ").encode("utf-8", errors="surrogatepass")
        self._wide: list[int] = []  # the places of the characters beyond ASCII
        self._extra: list[int] = [0]  # how many bytes more than characters there are before each of them
        if not text.isascii():
            self._wide = [place for place, char in enumerate(text) if char > "\x7f"]
            self._extra = [
                0,
                *accumulate(len(text[place].encode("utf-8", errors="surrogatepass")) - 1 for place in self._wide),
            ]
            self._starts = [place + extra for place, extra in zip(self._wide, self._extra, strict=False)]
        self.root = _parser(language, self._bytes)

    def offset(self, byte: int) -> int:
        """Return the number of characters before a byte."""
        if not self._wide:
            return byte
        return byte - self._extra[bisect_left(self._starts, byte)]

    def byte(self, offset: int) -> int:
        """Return the number of bytes before a character."""
        return offset + self._extra[bisect_left(self._wide, offset)] if self._wide else offset

    def extent(self, node: Node) -> tuple[int, int]:
        """Return where a node stands."""
        return self.offset(node.start_byte), self.offset(node.end_byte)

    def slice(self, node: Node) -> str:
        """Return the characters of a node."""
        start, end = self.extent(node)
        return self.text[start:end]

    def at(self, offset: int) -> Node | None:
        """Return the smallest node at a character."""
        byte = self.byte(offset)
        return self.root.descendant_for_byte_range(byte, byte + 1)


def _parser(language: str, data: bytes) -> Node:
    module, name, title = _LANGUAGES[language]
    try:
        from tree_sitter import Language, Parser

        grammar = getattr(importlib.import_module(module), name)()
    except ImportError:
        raise MissingExtra(f"reading {title}", module.replace("_", "-"), "embedded") from None
    return Parser(Language(grammar)).parse(data).root_node


def walk(root: Node, into: frozenset[str] | None = None) -> Iterator[Node]:
    """Yield a node and those below it in the order of the text; below nodes of the types `into` leaves out, nothing."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        if into is None or node.type not in into:
            stack.extend(reversed(node.children))
