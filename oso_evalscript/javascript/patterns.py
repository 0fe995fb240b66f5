"""Patterns: which names one binds, or assigns to."""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.nodes import ForEach, Identifier, Node


def bound_names(pattern: Node) -> Iterator[Identifier]:
    """Yield the identifiers that a pattern binds or assigns to; none for the member of an object."""
    stack: list[Node] = [pattern]
    while stack:
        node = stack.pop()
        match node.type:
            case "Identifier":
                yield node
            case "ObjectPattern" | "ArrayPattern":
                items = node.properties if node.type == "ObjectPattern" else node.elements
                stack.extend(item for item in items if item is not None)
            case "Property":
                stack.append(node.value)
            case "AssignmentPattern":
                stack.append(node.left)
            case "RestElement":
                stack.append(node.argument)


def loop_target(loop: ForEach) -> Node:
    """Return the pattern that a `for … in` or `for … of` sets."""
    return loop.left.declarations[0].id if loop.left.type == "VariableDeclaration" else loop.left
