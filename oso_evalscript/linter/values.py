"""What the value of an expression is, as far as the text tells: constants and the lengths of arrays.

Everything here answers `UNKNOWN` or None rather than guess.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from oso_evalscript.javascript.syntax import Node
from oso_evalscript.model.contract import Mosaicking, SampleType


class _Unknown:
    """The value of an expression that the text does not tell."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()

_ENUMERATIONS = {"SampleType": SampleType, "Mosaicking": Mosaicking}
_COLOR_CLASSES = ("ColorMapVisualizer", "ColorRampVisualizer", "ColorGradientVisualizer")
_THREE_VALUES = ("int2rgb", "normalizeRGB")
_DEEPEST = 20


class Values:
    """Answers about expressions, given the constants of a script and the names it declares itself."""

    def __init__(self, constants: Mapping[str, Node], declared: frozenset[str]) -> None:
        self._constants = constants
        self._declared = declared

    def resolve(self, node: Node) -> Node:
        """Return the expression behind a name that is declared once and never changed, else the node itself."""
        for _ in range(_DEEPEST):
            if node.type != "Identifier" or node.name not in self._constants:
                break
            node = self._constants[node.name]
        return node

    def constant(self, node: Node, depth: int = 0) -> Any:
        """Return the plain value of an expression (None for null and undefined), or UNKNOWN.

        Objects and lists hold UNKNOWN where only a part is not known; an object with keys that are not known
        is UNKNOWN as a whole.
        """
        if depth > _DEEPEST:
            return UNKNOWN
        node = self.resolve(node)
        match node.type:
            case "Literal" if node.regex is None and not isinstance(node.bigint, str):
                return node.value
            case "TemplateLiteral" if not node.expressions:
                return node.quasis[0].value.cooked
            case "UnaryExpression" if node.operator == "-":
                value = self.constant(node.argument, depth + 1)
                return -value if isinstance(value, int | float) and not isinstance(value, bool) else UNKNOWN
            case "ArrayExpression":
                return self._list(node, depth)
            case "ObjectExpression":
                return self._object(node, depth)
            case "MemberExpression":
                return self._member(node)
            case "Identifier" if node.name == "undefined":
                return None
        return UNKNOWN

    def leaves(self, node: Node) -> Iterator[Node]:
        """Yield the expressions one of which is the value: the branches of conditions, the last of a sequence."""
        match node.type:
            case "ConditionalExpression":
                yield from self.leaves(node.consequent)
                yield from self.leaves(node.alternate)
            case "SequenceExpression":
                yield from self.leaves(node.expressions[-1])
            case _:
                yield node

    def length(self, node: Node, depth: int = 0) -> int | None:
        """Return how many elements the array has that an expression gives; None where that is not known."""
        if depth > _DEEPEST:
            return None
        node = self.resolve(node)
        if node.type == "ArrayExpression":
            return self._total([self._share(item, depth) for item in node.elements])
        if node.type == "CallExpression":
            return self._length_of_call(node, depth)
        return None

    def is_host(self, node: Node, names: tuple[str, ...]) -> bool:
        """Whether a node names one of the service's own globals, not something of the script's."""
        return node.type == "Identifier" and node.name in names and node.name not in self._declared

    def _length_of_call(self, node: Node, depth: int) -> int | None:
        callee = node.callee
        if self.is_host(callee, _THREE_VALUES):
            return 3
        if callee.type != "MemberExpression" or callee.computed:
            return None
        method, target = callee.property.name, callee.object
        if method == "process":
            made = self.resolve(target)
            return 3 if made.type == "NewExpression" and self.is_host(made.callee, _COLOR_CLASSES) else None
        if method == "concat":
            appended = [self.length(item, depth + 1) for item in node.arguments]
            return self._total([self.length(target, depth + 1), *appended])
        if method == "map" or (method == "slice" and not node.arguments):
            return self.length(target, depth + 1)
        return None

    def _share(self, item: Node | None, depth: int) -> int | None:
        """How many elements one entry of an array literal adds."""
        if item is not None and item.type == "SpreadElement":
            return self.length(item.argument, depth + 1)
        return 1

    def _total(self, parts: list[int | None]) -> int | None:
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == len(parts) else None

    def _list(self, node: Node, depth: int) -> Any:
        items: list[Any] = []
        for item in node.elements:
            if item is None or item.type == "SpreadElement":
                return UNKNOWN
            items.append(self.constant(item, depth + 1))
        return items

    def _object(self, node: Node, depth: int) -> Any:
        entries: dict[str, Any] = {}
        for item in node.properties:
            if item.type != "Property" or item.computed or item.kind != "init":
                return UNKNOWN
            entries[key_of(item)] = self.constant(item.value, depth + 1)
        return entries

    def _member(self, node: Node) -> Any:
        if node.computed or not self.is_host(node.object, tuple(_ENUMERATIONS)):
            return UNKNOWN
        members = _ENUMERATIONS[node.object.name].__members__
        # A misspelt member is undefined, and the default applies.
        return str(members[node.property.name]) if node.property.name in members else None


def key_of(item: Node) -> str:
    """Return the key of a property that is not computed."""
    return str(item.key.name if item.key.type == "Identifier" else item.key.value)
