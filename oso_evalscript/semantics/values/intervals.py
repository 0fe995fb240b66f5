"""Between which numbers the value of an expression lies, as far as the text tells; for arrays, each of its elements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.kinds import RELATIONS
from oso_evalscript.javascript.scopes import Variable
from oso_evalscript.javascript.syntax import Node
from oso_evalscript.model.host.signatures import Fields, Interval, Number, Numbers
from oso_evalscript.semantics.names import Names
from oso_evalscript.semantics.values.arithmetic import combine, hull, of_math
from oso_evalscript.semantics.values.constants import Constants, Made, is_number

_MAX_DEPTH = 40
_LARGEST_TABLE = 1000
_MAX_STEPS = 50_000
_MAX_ARGUMENTS = 10


class Ranges:
    """Answers about numbers; None where they may be any."""

    def __init__(self, names: Names, values: Constants, bands: Mapping[int, str]) -> None:
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
            if self._depth <= _MAX_DEPTH and len(self._known) < _MAX_STEPS:
                self._known[key] = self._find(node)
            self._depth -= 1
        return self._known[key]

    def is_fraction(self, node: Node) -> bool:
        """Whether an expression gives parts of one: a colour's channels from 0 to 1, a stretched value."""
        node = self._element_of(node)
        value = self._values.constant(node)
        if is_number(value):
            return bool(0 < value < 1)
        return self._gives_numbers(node) and self.of(node) == (0, 1)

    def is_bytes(self, node: Node) -> bool:
        """Whether an expression gives the channels of a colour from 0 to 255."""
        node = self._element_of(node)
        known = self._values.helper(node.callee) if node.type == "CallExpression" else None
        return known is not None and bool(known.packed)

    def _element_of(self, node: Node) -> Node:
        """The expression behind a variable that is set once, and behind an element of one."""
        node = self._single(node)
        return self._single(node.object) if node.type == "MemberExpression" and node.computed else node

    def _gives_numbers(self, node: Node) -> bool:
        """Whether an expression is a call of a helper, or of a visualizer, for new numbers."""
        called = self._values.called(node) if node.type == "CallExpression" else None
        return called is not None and isinstance(called.known.gives, Number | Numbers)

    def _single(self, node: Node) -> Node:
        """The expression behind a variable that is set once."""
        for _ in range(_MAX_DEPTH):
            variable = self._names.variable(node)
            if variable is None or variable.declarations or len(variable.makings) != 1 or self._is_changed(variable):
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
                return hull([self.of(leaf) for leaf in self._values.leaves(node)])
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
                return hull([None if item is None else self.of(item) for item in node.elements])
        return None

    def _variable(self, node: Node) -> Interval | None:
        variable = self._names.variable(node)
        if variable is None or variable.declarations or not variable.declared or not variable.makings:
            return None
        made = [None if making is None else self.of(making) for making in variable.makings]
        return None if self._is_changed(variable) else hull(made)

    def _is_changed(self, variable: Variable) -> bool:
        """Whether a variable holds an array that is changed in place."""
        made = [leaf for making in variable.makings if making is not None for leaf in self._values.leaves(making)]
        return any(map(self._is_array, made)) and self._names.is_changed(variable)

    def _is_array(self, node: Node) -> bool:
        if node.type == "CallExpression":
            return not isinstance(self._values.given_by(node), Number | None)
        return node.type == "ArrayExpression"

    def _binary(self, node: nodes.Binary) -> Interval | None:
        if node.operator in RELATIONS:
            return 0, 1
        left, right = self.of(node.left), self.of(node.right)
        if left is None or right is None:
            return None
        return combine(node.operator, left, right)

    def _member(self, node: nodes.Member) -> Interval | None:
        if self._bands.get(id(node)) == "dataMask":
            return 0, 1
        if node.computed:
            return self.of(node.object)
        made = self._values.resolve(node.object)
        gives = self._values.given_by(made) if made.type == "CallExpression" else None
        highest = gives.highest.get(node.property.name) if isinstance(gives, Fields) else None
        return None if highest is None else (0, highest)

    def _call(self, node: nodes.Call) -> Interval | None:
        callee = node.callee
        called = self._values.called(node)
        if called is not None:
            return called.known.within(self._asked(node, called.visualizer))
        if callee.type != "MemberExpression" or callee.computed:
            return None
        if not self._names.is_free(callee.object) or callee.object.name != "Math":
            return None
        if any(argument.type == "SpreadElement" for argument in node.arguments):
            return None
        return of_math(callee.property.name, [self.of(argument) for argument in node.arguments])

    def _asked(self, call: nodes.Call, visualizer: Made | None) -> list[Interval | None]:
        """The intervals that a signature asks for: of the arguments of a call, or of a visualizer's."""
        if visualizer is None:
            return self._given(call.arguments)
        if visualizer.arguments is None:
            return [(0, 1)]
        if not visualizer.known.pairs:
            return self._given(visualizer.arguments)
        return [self._channels(visualizer.arguments[0])] if visualizer.arguments else []

    def _given(self, arguments: Iterable[Node]) -> list[Interval | None]:
        """The intervals of arguments; where some are spread, of more than there may be."""
        given: list[Interval | None] = []
        for item in arguments:
            if item.type == "SpreadElement":
                return given + [None] * _MAX_ARGUMENTS
            given.append(self.of(item))
        return given

    def _channels(self, given: Node) -> Interval | None:
        """The channels of the colours of a table."""
        table = self._values.resolve(given)
        if table.type == "Identifier" and self._values.length(table) is not None:
            return 0, 1
        if table.type != "ArrayExpression" or len(table.elements) > _LARGEST_TABLE:
            return None
        channels: list[Interval | None] = []
        for row in table.elements:
            color = row.elements[1] if row is not None and row.type == "ArrayExpression" and row.elements[1:] else None
            if color is None:
                return None
            color = self._values.resolve(color)
            if isinstance(self._values.constant(color), int | float):
                channels.append((0, 1))
            else:
                channels.append(self.of(color) if self._values.length(color) is not None else None)
        return hull(channels)
