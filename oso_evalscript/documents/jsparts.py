"""Which strings of JavaScript are parts of larger ones: constants that are added, joined, or put into templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from oso_evalscript.documents.grammar import Parsed
from oso_evalscript.documents.jsstrings import Strings

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_LARGER = 200


class Parts:
    """The strings of a text that are put together from others."""

    def __init__(self, strings: Strings, parsed: Parsed) -> None:
        self._strings = strings
        self._parsed = parsed

    def larger(self, root: Node) -> tuple[list[Node], Node | None]:
        """Return the strings that are put together from a string, by its name, and one that may be, if there is any."""
        found: list[Node] = []
        loose: Node | None = None
        left = [root]
        while left and len(found) < _MAX_LARGER:
            part = left.pop()
            bound = self._strings.binding_of(part)
            for node in self._loads(part):
                use = self._strings.use(node)
                if use is None:
                    continue
                if not bound:
                    loose = loose or node
                elif all(use.id != other.id for other in (root, *found)):
                    found.append(use)
                    left.append(use)
        return found, loose

    def is_used_alone(self, root: Node) -> bool:
        """Return whether a string is also used by its name otherwise than as a part of another one."""
        return any(self._strings.use(node) is None for node in self._loads(root))

    def _loads(self, root: Node) -> Iterator[Node]:
        """The places at which the name of a string stands, other than where it is bound."""
        name = self._strings.variable(root)
        if name is None:
            return
        for match in re.finditer(rf"(?<![\w$.]){re.escape(name)}(?![\w$])", self._parsed.text):
            node = self._parsed.at(match.start())
            if node is not None and node.type == "identifier" and not self._strings.binds(node):
                yield node
