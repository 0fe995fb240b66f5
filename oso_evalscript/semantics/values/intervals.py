"""Between which numbers the value of an expression lies, as far as the text tells; for arrays, each of its elements."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

from oso_evalscript.javascript.syntax import Node
from oso_evalscript.semantics.names import Names
from oso_evalscript.semantics.values.constants import Values, is_number

Interval: TypeAlias = tuple[float, float]
"""The lowest and the highest number that may occur."""

_COLOR_CLASSES = ("ColorMapVisualizer", "ColorRampVisualizer", "ColorGradientVisualizer")
_COMPRESSING = ("HighlightCompressVisualizer",)
_COMPARING = frozenset(["<", ">", "<=", ">=", "==", "===", "!=", "!==", "in", "instanceof"])
_DEEPEST = 40
_LARGEST_TABLE = 1000
_MOST_STEPS = 50_000


class Ranges:
    """Answers about numbers; None where they may be any."""

    def __init__(self, names: Names, values: Values, bands: Mapping[int, str]) -> None:
        self._names = names
        self._values = values
        self._bands = bands
        self._known: dict[int, Interval | None] = {}
        self._depth = 0

    def of(self, node: Node) -> Interval | None:
        """Return the interval that an expression's value lies in, or the elements of the array that it gives."""
        key = id(node)
        if key not in self._known:
            self._known[key] = None  # while it is being computed
            self._depth += 1
            if self._depth <= _DEEPEST and len(self._known) < _MOST_STEPS:
                self._known[key] = self._find(node)
            self._depth -= 1
        return self._known[key]

    def is_fraction(self, node: Node) -> bool:
        """Whether an expression gives parts of one: a colour's channels from 0 to 1, a stretched value."""
        node = self._single(node)
        if node.type == "MemberExpression" and node.computed:
            node = self._single(node.object)
        value = self._values.constant(node)
        if is_number(value):
            return bool(0 < value < 1)
        if node.type != "CallExpression" or node.callee.type != "MemberExpression":
            return bool(
                node.type == "CallExpression"
                and self._values.is_host(node.callee, ("normalizeRGB",))
                and node.arguments
                and self.is_bytes(node.arguments[0])
            )
        return bool(node.callee.property.name == "process" and self._visualized(node.callee.object) == (0, 1))

    def is_bytes(self, node: Node) -> bool:
        """Whether an expression gives the channels of a colour from 0 to 255."""
        node = self._single(node)
        if node.type == "MemberExpression" and node.computed:
            node = self._single(node.object)
        return bool(node.type == "CallExpression" and self._values.is_host(node.callee, ("int2rgb",)))

    def _single(self, node: Node) -> Node:
        """The expression behind a variable that is set once."""
        for _ in range(_DEEPEST):
            variable = self._names.variable(node)
            if variable is None or variable.declarations or len(variable.makings) != 1:
                break
            made = variable.makings[0]
            if made is None:
                break
            node = made
        return node

    def _find(self, node: Node) -> Interval | None:
        value = self._values.constant(node)
        if isinstance(value, int | float):
            return float(value), float(value)
        match node.type:
            case "Identifier":
                return self._variable(node)
            case "ConditionalExpression":
                return _hull([self.of(leaf) for leaf in self._values.leaves(node)])
            case "BinaryExpression":
                return self._binary(node)
            case "UnaryExpression" if node.operator == "-":
                inner = self.of(node.argument)
                return None if inner is None else (-inner[1], -inner[0])
            case "UnaryExpression" if node.operator == "!":
                return 0, 1
            case "MemberExpression":
                return self._member(node)
            case "CallExpression":
                return self._call(node)
            case "ArrayExpression" if len(node.elements) <= _LARGEST_TABLE:
                return _hull([None if item is None else self.of(item) for item in node.elements])
        return None

    def _variable(self, node: Node) -> Interval | None:
        variable = self._names.variable(node)
        if variable is None or variable.declarations or not variable.declared or not variable.makings:
            return None
        made = [None if making is None else self.of(making) for making in variable.makings]
        is_array = any(making is not None and making.type == "ArrayExpression" for making in variable.makings)
        return None if is_array and self._names.is_changed(variable) else _hull(made)

    def _binary(self, node: Node) -> Interval | None:
        if node.operator in _COMPARING:
            return 0, 1
        left, right = self.of(node.left), self.of(node.right)
        if left is None or right is None:
            return None
        match node.operator:
            case "+":
                return left[0] + right[0], left[1] + right[1]
            case "-":
                return left[0] - right[1], left[1] - right[0]
            case "*":
                ends = [one * other for one in left for other in right]
            case "/" if right[0] > 0 or right[1] < 0:
                ends = [one / other for one in left for other in right]
            case _:
                return None
        return None if any(math.isnan(end) for end in ends) else (min(ends), max(ends))

    def _member(self, node: Node) -> Interval | None:
        if self._bands.get(id(node)) == "dataMask":
            return 0, 1
        return self.of(node.object) if node.computed else None

    def _call(self, node: Node) -> Interval | None:
        callee = node.callee
        if self._values.is_host(callee, ("int2rgb",)):
            return 0, 255
        if self._values.is_host(callee, ("colorBlend", "valueInterpolate")) and len(node.arguments) == 3:
            table = self._values.resolve(node.arguments[2])
            return self.of(table) if table.type == "ArrayExpression" else None
        if callee.type != "MemberExpression" or callee.computed:
            return None
        if callee.property.name == "process":
            return self._visualized(callee.object)
        if callee.object.name != "Math" or not self._names.is_free(callee.object):
            return None
        given = [self.of(argument) for argument in node.arguments]
        known = [item for item in given if item is not None]
        if callee.property.name == "min" and known:
            low = -math.inf if len(known) < len(given) else min(item[0] for item in known)
            return low, min(item[1] for item in known)
        if callee.property.name == "max" and known:
            high = math.inf if len(known) < len(given) else max(item[1] for item in known)
            return max(item[0] for item in known), high
        if callee.property.name in ("round", "floor", "ceil") and known:
            return math.floor(known[0][0]) if math.isfinite(known[0][0]) else -math.inf, known[0][1] + 1
        return None

    def _visualized(self, visualizer: Node) -> Interval | None:
        """The channels of the colours that a visualizer gives."""
        made = self._values.resolve(visualizer)
        if made.type == "CallExpression":
            return (0, 1) if self._values.makes_color(made) else None
        if made.type != "NewExpression":
            return None
        if self._values.is_host(made.callee, _COMPRESSING):
            return 0, 1
        if not self._values.is_host(made.callee, _COLOR_CLASSES) or not made.arguments:
            return None
        table = self._values.resolve(made.arguments[0])
        if table.type != "ArrayExpression" or len(table.elements) > _LARGEST_TABLE:
            return None
        channels: list[Interval | None] = []
        for row in table.elements:
            color = row.elements[1] if row is not None and row.type == "ArrayExpression" and row.elements[1:] else None
            if color is None:
                return None
            color = self._values.resolve(color)
            channels.append((0, 1) if is_number(self._values.constant(color)) else self.of(color))
        return _hull(channels)


def _hull(parts: list[Interval | None]) -> Interval | None:
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(parts):
        return None
    return min(part[0] for part in known), max(part[1] for part in known)
