"""Simple scripts: a file without functions, whose whole text is run for each pixel with the bands as globals.

The service finds the bands of such a script in a way nobody documents; here every name that the script uses without
defining it, and that a collection has as a band, is one. The value is that of a top-level `return`, or else of the
last statement (a completion value); the number of output bands is the length of the array (documented).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from oso_evalscript.javascript.syntax import Node, Tree, children, parse, walk
from oso_evalscript.model.catalog import Collection, collections
from oso_evalscript.model.text import Source

LINES_BEFORE = 1
"""How many lines stand before the script's own in what is loaded."""

_AUTO = 'output: { bands: %d, sampleType: "AUTO" }'


@dataclass(frozen=True, slots=True)
class SimpleScript:
    """A simple script, read.

    Attributes:
        bands: the bands it uses, in the order of their first use.
        body: its text, with `return` before a completion value.
    """

    bands: tuple[str, ...]
    body: str

    def wrapped(self, outputs: int) -> str:
        """Return it as a script with `setup` and `evaluatePixel`, whose array has `outputs` values."""
        bands = ", ".join(f'"{name}"' for name in self.bands)
        taken = "".join(f" var {name} = $bands.{name};" for name in self.bands)
        return (
            f"function evaluatePixel($bands) {{{taken}\n{self.body}\n}}\n"
            f"function setup() {{ return {{ input: [{{ bands: [{bands}] }}], {_AUTO % outputs} }}; }}"
        )


def read_simple(source: Source, collection: Collection | None) -> SimpleScript | None:
    """Return the simple script that a text is, None if it is none.

    Args:
        source: the text.
        collection: where its bands come from; where that is not known, every band of the catalogue counts.
    """
    tree = parse(source)
    if tree.faults or tree.broken or _declares(tree, ("setup", "evaluatePixel")):
        return None
    outside = tuple(_outside_functions(tree))
    returns = any(node.type == "ReturnStatement" for node in outside)
    value = () if returns else _value_starts(tree)
    bands = _bands(tree, collection, _declared(outside))
    if not returns and not (value and bands):
        return None
    body = source.text
    for start in sorted(value, reverse=True):
        body = f"{body[:start]}return {body[start:]}"
    return SimpleScript(bands, body)


def _bands(tree: Tree, collection: Collection | None, own: frozenset[str]) -> tuple[str, ...]:
    sources = [item for item in collections() if not item.any_bands] if collection is None else [collection]
    used = dict.fromkeys(node.name for node in tree.nodes if node.type == "Identifier" and _is_use(tree, node))
    return tuple(name for name in used if name not in own and any(item.band(name) for item in sources))


def _is_use(tree: Tree, node: Node) -> bool:
    """Whether an identifier stands for a variable, not for a property."""
    parent = tree.parent(node)
    if parent is None:
        return False
    if parent.type == "MemberExpression":
        return parent.computed or parent.object is node
    if parent.type in ("Property", "MethodDefinition"):
        is_shorthand = parent.type == "Property" and parent.shorthand
        return parent.computed or is_shorthand or parent.value is node
    return True


def _outside_functions(tree: Tree) -> Iterator[Node]:
    """The nodes that do not stand inside of a function."""
    stack: list[Node] = [tree.root] if tree.root is not None else []
    while stack:
        node = stack.pop()
        yield node
        if "Function" not in node.type:
            stack.extend(children(node))


def _declared(outside: Iterable[Node]) -> frozenset[str]:
    """The names the script defines outside of its functions."""
    names: set[str] = set()
    for node in outside:
        if node.type in ("FunctionDeclaration", "ClassDeclaration") and node.id is not None:
            names.add(node.id.name)
        if node.type == "VariableDeclarator":
            names.update(item.name for item in walk(node.id) if item.type == "Identifier")
    return frozenset(names)


def _declares(tree: Tree, wanted: tuple[str, ...]) -> bool:
    return any(node.type == "Identifier" and node.name in wanted and _is_use(tree, node) for node in tree.nodes)


def _value_starts(tree: Tree) -> list[int]:
    """Where the statements start that may be the last one to be evaluated."""
    if tree.root is None or not tree.root.body:
        return []
    found: list[int] = []
    stack = [tree.root.body[-1]]
    while stack:
        node = stack.pop()
        if node.type == "ExpressionStatement":
            found.append(node.range[0])
        elif node.type == "BlockStatement" and node.body:
            stack.append(node.body[-1])
        elif node.type == "IfStatement":
            stack += [branch for branch in (node.consequent, node.alternate) if branch is not None]
    return found
