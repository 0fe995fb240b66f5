"""The nearest node of some kind around another one, however deep a text is nested."""

from __future__ import annotations

from collections.abc import Callable

from oso_evalscript.javascript.nodes import Node
from oso_evalscript.javascript.syntax import Tree


class Around:
    """Finds the nearest node above that is of some kind; no step is taken twice."""

    def __init__(self, tree: Tree, stops: Callable[[Node, Node], bool]) -> None:
        """Take a tree, and what tells by a node and the node below it whether it is of that kind."""
        self._tree = tree
        self._stops = stops
        self._found: dict[int, Node | None] = {}

    def __call__(self, node: Node) -> Node | None:
        """Return the nearest node above, None where there is none."""
        passed: list[Node] = []
        below, above = node, self._tree.parent(node)
        while above is not None and id(below) not in self._found and not self._stops(above, below):
            passed.append(below)
            below, above = above, self._tree.parent(above)
        found = self._found.get(id(below), above)
        self._found.update((id(item), found) for item in (*passed, below))
        return found
