"""Mutants: a script with one small fault put in, in every place where one fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from oso_evalscript import Source
from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.syntax import Node, Tree, parse
from oso_evalscript.model.text import Edit, Span, apply

_OTHER_OPERATORS = {
    "<": ("<=", ">"), "<=": ("<", ">"), ">": (">=", "<"), ">=": (">", "<"), "===": ("!==",), "!==": ("===",),
    "&&": ("||",), "||": ("&&",), "+": ("-",), "-": ("+",), "*": ("+",),
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A script with a fault, and what was done to it."""

    source: Source
    what: str


def mutants(source: Source) -> Iterator[Mutant]:
    """Yield every mutant of a script."""
    tree = parse(source)
    bands = sorted({_text(tree, node.property) for node in _reads(tree)} - {"dataMask"})
    for node in tree.nodes:
        for span, text in _changes(tree, node, bands):
            if text == source.slice(span):
                continue  # two equal neighbours
            place = source.position(span.start)
            what = f"line {place.line}: `{source.slice(span)}` -> `{text}`"
            yield Mutant(apply(source, [Edit(span, text)]), what)


def _changes(tree: Tree, node: Node, bands: list[str]) -> Iterator[tuple[Span, str]]:
    match node.type:
        case "Literal" if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            yield from _numbers(tree, node, node.value)
        case "BinaryExpression" | "LogicalExpression":
            between = Span(node.left.range[1], node.right.range[0])
            written = tree.source.slice(between)
            for other in _OTHER_OPERATORS.get(node.operator, ()):
                yield between, written.replace(node.operator, other, 1)
        case "UnaryExpression" if node.operator == "!":
            yield Span(node.range[0], node.range[0] + 1), ""
        case "MemberExpression" if _is_read(node):
            yield from _other_bands(tree, node, bands)
        case "ArrayExpression" if len(node.elements) > 1:
            yield from _elements(tree, [item for item in node.elements if item is not None])
        case "ReturnStatement" if node.argument is not None:
            yield Span(node.argument.range[0], node.argument.range[1]), "[0, 0, 0, 0]"


def _numbers(tree: Tree, node: Node, value: float) -> Iterator[tuple[Span, str]]:
    """A digit of a colour, a threshold one off, a constant one off."""
    span, written = _span(node), _text(tree, node)
    if written.startswith("0x"):
        for at in (2, 4, 6):
            digit = f"{(int(written[at + 1], 16) + 1) % 16:x}"
            yield span, f"{written[: at + 1]}{digit}{written[at + 2 :]}"
    else:
        yield span, f"{value + 1:g}"
        yield span, f"{value - 1:g}" if value else "2"


def _other_bands(tree: Tree, node: nodes.Member, bands: list[str]) -> Iterator[tuple[Span, str]]:
    name = _text(tree, node.property)
    if name == "dataMask":
        yield _span(node), "1"
        yield _span(node), "0"
    for other in bands:
        if other != name:
            yield _span(node.property), other


def _elements(tree: Tree, items: list[Node]) -> Iterator[tuple[Span, str]]:
    """Two neighbours swapped; one element of a table dropped."""
    for first, second in pairwise(items):
        between = tree.source.slice(Span(first.range[1], second.range[0]))
        whole = Span(first.range[0], second.range[1])
        yield whole, f"{_text(tree, second)}{between}{_text(tree, first)}"
    if all(item.type == "ArrayExpression" for item in items):
        for item, following in pairwise(items):
            yield Span(item.range[0], following.range[0]), ""


def _reads(tree: Tree) -> Iterator[nodes.Member]:
    return (node for node in tree.nodes if node.type == "MemberExpression" and _is_read(node))


def _is_read(node: nodes.Member) -> bool:
    return node.object.type == "Identifier" and node.object.name == "sample" and not node.computed


def _span(node: Node) -> Span:
    return Span(node.range[0], node.range[1])


def _text(tree: Tree, node: Node) -> str:
    return tree.text(node)
