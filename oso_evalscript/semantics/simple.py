"""What a simple script is made of: the bands that it takes for names, and the statements that give its value.

The service finds the bands of such a script in a way nobody documents; here they are the names that the script reads
and that neither it nor anything else declares, as far as a collection has bands of those names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from oso_evalscript.javascript.nodes import ExpressionStatement, Identifier
from oso_evalscript.javascript.scopes import Scopes
from oso_evalscript.javascript.syntax import Node, Tree, parse
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.names import own_nodes

if TYPE_CHECKING:  # the catalogue takes time to load, and few scripts are simple ones
    from oso_evalscript.model.catalog import Collection


def simple_bands(tree: Tree, collection: Collection | None) -> tuple[str, ...]:
    """Return the bands that a simple script reads, in the order of their first use.

    A name that a `typeof` asks after may be missing: it is a band only where the collection is known and has it.

    Args:
        tree: the script.
        collection: where its bands come from; where that is not known, every band of the catalogue counts.
    """
    scopes = Scopes(tree)
    read = [*_read_names(tree, scopes), *_names_in_evaluated_text(tree, scopes)]
    asked = _asked_names(tree)
    sources = [collection] if collection is not None else _sources(name for name in read if name not in asked)
    certain = len(sources) == 1
    return tuple(
        name
        for name in dict.fromkeys(read)
        if (certain or name not in asked) and any(item.band(name) is not None for item in sources)
    )


def value_statements(tree: Tree) -> list[ExpressionStatement]:
    """Return the statements that may be the last one to be evaluated, and so give a script's value."""
    found: list[ExpressionStatement] = []
    stack: list[Node] = [] if tree.root is None else list(tree.root.body[-1:])
    while stack:
        node = stack.pop()
        if node.type == "ExpressionStatement" and not node.directive:
            found.append(node)
        elif node.type == "BlockStatement":
            stack += node.body[-1:]
        elif node.type == "IfStatement":
            stack += [branch for branch in (node.consequent, node.alternate) if branch is not None]
    return found


def returns_at_top(tree: Tree) -> bool:
    """Return whether a `return` stands outside of all functions."""
    return tree.root is not None and any(node.type == "ReturnStatement" for node in own_nodes(tree.root))


def _sources(names: Iterator[str]) -> Sequence[Collection]:
    """The collections that the bands can come from: the only one that has them all, else the whole catalogue."""
    from oso_evalscript.model.catalog import candidates, collections

    listed = [item for item in collections() if not item.any_bands]
    bands = [name for name in names if any(item.band(name) is not None for item in listed)]
    fitting = candidates(bands)
    return fitting if len(fitting) == 1 else listed


def _read_names(tree: Tree, scopes: Scopes) -> Iterator[str]:
    """Yield the undeclared names that are read before anything else is put into them, in the order of the text."""
    reads: list[Identifier] = []
    ends: dict[str, int] = {}  # where the first assignment to a name that nothing declares ends
    for node in scopes.undeclared:
        parent = tree.parent(node)
        if scopes.is_read(node) or (parent is not None and _is_updated(parent)):
            reads.append(node)
        elif parent is not None and parent.type == "AssignmentExpression":
            ends.setdefault(node.name, parent.range[1])
    yield from (node.name for node in reads if node.range[0] < ends.get(node.name, node.range[1]))


def _is_updated(node: Node) -> bool:
    """Whether an expression reads what it puts something into: `B04 *= 2`."""
    return node.type == "UpdateExpression" or (node.type == "AssignmentExpression" and node.operator != "=")


def _names_in_evaluated_text(tree: Tree, scopes: Scopes) -> Iterator[str]:
    """Yield the names read by what a script gives to `eval` as text, as far as that stands in its strings."""
    if not any(node.name == "eval" for node in scopes.undeclared):
        return
    texts = [node.value for node in tree.of_type("Literal")]
    texts += [node.value.cooked for node in tree.of_type("TemplateElement")]
    for text in texts:
        if isinstance(text, str):
            inner = parse(Source(text))
            yield from _read_names(inner, Scopes(inner))


def _asked_names(tree: Tree) -> set[str]:
    """The names that a script asks after by `typeof`, because they may be missing."""
    return {
        node.argument.name
        for node in tree.of_type("UnaryExpression")
        if node.operator == "typeof" and node.argument.type == "Identifier"
    }
