"""What the entries of a colour table are called: in the entry itself, or in the comment beside it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

from oso_evalscript.javascript.syntax import Node, Tree, span
from oso_evalscript.model.color import Color
from oso_evalscript.model.regex import regex
from oso_evalscript.semantics.colors.tables import Stop, Table, TableKind
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.values.constants import key_of

_KEYS = ("label", "name", "title", "description", "classname")
_MARKS = regex(r"^\s*(?://+|/\*+)\s*|\s*\*+/\s*$")
_CODE = regex(r"^(?:class|code|value)?\s*-?\d+(?:\.\d+)?\s*(?:[-\u2013\u2014:=.,)]+|->|=>)?\s*", re.IGNORECASE)
_ARROW = regex(r"^.*\S\s*->\s*")
_MAX_LENGTH = 60


def labels_of(tree: Tree, table: Table) -> dict[int, str]:
    """Return the label of each entry of a table that has one, by its place in the table."""
    lines = [tree.source.position(span(stop.color_node).end).line for stop in table.stops]
    shared = {line for line, count in Counter(lines).items() if count > 1}
    found = {
        index: _label(tree, stop, shared=line in shared)
        for index, (stop, line) in enumerate(zip(table.stops, lines, strict=True))
    }
    return {index: label for index, label in found.items() if label}


def comment_beside(tree: Tree, end: int) -> str:
    """Return the comment that follows a place in a script on its line, marks included; empty where none does."""
    comments = tree.comments
    at = bisect_left(comments, end, key=lambda comment: comment.start)
    if at == len(comments):
        return ""
    between = tree.source.text[end : comments[at].start]
    if "\n" in between or re.search(r"\w", between):
        return ""
    text = tree.source.text[comments[at].start : comments[at].end]
    return "" if "\n" in text else text


def listed_labels(tree: Tree) -> dict[int, str]:
    """Return the codes of the first list or object of numbers that has a comment beside each; empty without one."""
    for node in tree.of_type("ArrayExpression", "ObjectExpression"):
        found = dict(_codes(tree, node))
        if len(found) > 1 and all(found.values()):
            return found
    return {}


def _codes(tree: Tree, node: Node) -> Iterator[tuple[int, str]]:
    """The codes of a list, or of the keys of an object, each with the comment beside it."""
    if node.type == "ArrayExpression":
        for item in node.elements:
            if item is not None and item.type == "Literal" and isinstance(item.value, int | float):
                yield int(item.value), _beside(tree, item)
    elif node.type == "ObjectExpression":
        for entry in node.properties:
            if entry.type == "Property" and not entry.computed and entry.key.type == "Literal":
                code = entry.key.value
                if isinstance(code, int | float):
                    yield int(code), _beside(tree, entry)


def _beside(tree: Tree, node: Node) -> str:
    return _uncommented(comment_beside(tree, span(node).end))


def labels_by_color(script: Script) -> dict[tuple[int, int, int], str]:
    """Return what a script calls its colours: an entry's label, the name of a constant, a comment or a condition.

    A colour that is called by two names has none.
    """
    found: dict[tuple[int, int, int], set[str]] = {}
    for table in script.tables:
        labels = labels_of(script.tree, table)
        numbered = table.kind is TableKind.MAP and not labels
        for place, stop in enumerate(table.stops):
            label = f"from {stop.value:g}" if numbered and stop.value is not None else labels.get(place)
            if stop.color is not None and label:
                found.setdefault(stop.color.rgb, set()).add(label)
    for node in script.tree.of_type("ArrayExpression", "Literal"):
        rgb = _rgb(node)
        if rgb is not None and rgb not in found and (label := _around(script.tree, node)):
            found.setdefault(rgb, set()).add(label)
    return {rgb: next(iter(labels)) for rgb, labels in found.items() if len(labels) == 1}


def _rgb(node: Node) -> tuple[int, int, int] | None:
    """The colour that a list of three or four plain numbers is, or a number that is written as 0xRRGGBB."""
    if node.type == "Literal":
        is_hex = isinstance(node.value, int | float) and re.fullmatch(r"0[xX][0-9a-fA-F]{6}", str(node.raw))
        return Color(int(node.raw, 16)).rgb if is_hex else None
    if node.type != "ArrayExpression":
        return None
    values = [item.value if item is not None and item.type == "Literal" else None for item in node.elements[:3]]
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(node.elements) not in (3, 4) or len(numbers) < 3:
        return None
    scale = 255 if max(numbers) <= 1 else 1
    red, green, blue = (round(number * scale) for number in numbers)
    return (red, green, blue) if all(0 <= value <= 255 for value in (red, green, blue)) else None


def _around(tree: Tree, node: Node) -> str:
    """What is said of a colour where it stands: beside it, or as the constant or the condition that it belongs to."""
    comment = comment_beside(tree, span(node).end)
    if comment:
        return _uncommented(comment)
    above = tree.parent(node)
    while above is not None and above.type not in _HOLDERS:
        if above.type in ("ArrayExpression", "ObjectExpression"):
            return ""  # one colour of several
        above = tree.parent(above)
    if above is None:
        return ""
    if above.type == "VariableDeclarator":
        return above.id.name.replace("_", " ").lower() if above.id.type == "Identifier" else ""
    if above.type != "IfStatement" and above.type != "ConditionalExpression":
        return ""
    inside = span(above.consequent)
    if inside.start <= span(node).start < inside.end:
        condition = " ".join(tree.text(above.test).split())
        return condition if len(condition) <= _MAX_LENGTH else ""
    return "otherwise"


_HOLDERS = (
    "VariableDeclarator",
    "IfStatement",
    "ConditionalExpression",
    "FunctionDeclaration",
    "ArrowFunctionExpression",
)


def _label(tree: Tree, stop: Stop, *, shared: bool) -> str:
    for node in stop.more:
        if node.type == "Literal" and isinstance(node.value, str):
            return _clean(node.value)
    own = _named(tree, stop.color_node)
    if own:
        return _clean(own)
    place = span(stop.color_node)
    comment = comment_beside(tree, place.end)
    # At the end of a line of several entries it may be about all of them.
    return "" if shared and comment.startswith("//") else _uncommented(comment)


def _named(tree: Tree, node: Node) -> str:
    """The label in the object that a colour stands in."""
    parent = tree.parent(node)
    row = tree.parent(parent) if parent is not None and parent.type == "Property" else None
    if row is None or row.type != "ObjectExpression":
        return ""
    words = {
        key_of(item).lower(): item.value.value
        for item in row.properties
        if item.type == "Property" and not item.computed and item.value.type == "Literal"
    }
    return next((word for key in _KEYS if isinstance(word := words.get(key), str)), "")


def _uncommented(comment: str) -> str:
    """The label in a comment, which may be the text of another one (`// /* Roads */`)."""
    return _clean(_MARKS.sub("", _MARKS.sub("", comment)))


def _clean(label: str) -> str:
    """A label without the code before it, and without what it was before (`Roads -> Built-up`)."""
    label = _ARROW.sub("", " ".join(label.split()))
    return (_CODE.sub("", label) or label)[:_MAX_LENGTH].strip()
