"""What is usual of the numbers that expressions give: limits, whether they are fractions, what they stand for.

Beside `intervals`, which answers for every pixel there may be, this answers for the pixels that there are: reflectance
lies between 0 and 1. It serves to say what a sample type loses. None where nothing is known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.kinds import FUNCTIONS, RELATIONS
from oso_evalscript.javascript.syntax import Node
from oso_evalscript.model.host.signatures import Interval, Number, Numbers
from oso_evalscript.semantics.names import Names
from oso_evalscript.semantics.values.arithmetic import combine, of_math
from oso_evalscript.semantics.values.bands import Scale
from oso_evalscript.semantics.values.constants import Constants, is_number
from oso_evalscript.semantics.values.domain import Type
from oso_evalscript.semantics.values.intervals import Ranges
from oso_evalscript.semantics.values.returns import Results

DIFFERENCE = "a normalised difference"
CELSIUS = "degrees Celsius"
_TRUTH = Scale(0, 1, whole=True, many=False)
_CELSIUS = Scale(-60, 60, meaning=CELSIUS)
_ICE = (273, 273.2)  # 0 °C in kelvin, as scripts write it
_LEAST = 0.01  # what were smaller is made of other numbers than those that are usual, such as digital numbers
_ROUNDING = frozenset({"round", "floor", "ceil", "trunc"})
_WHOLE_FUNCTIONS = _ROUNDING | {"sign"}
_MAX_DEPTH = 40
_MAX_STEPS = 20_000
_MAX_CALLS = 6
_MAX_LEAVES = 100


class Scales:
    """Answers about expressions."""

    def __init__(
        self,
        names: Names,
        values: Constants,
        results: Results,
        ranges: Ranges,
        band: Callable[[Node], Scale | None],
    ) -> None:
        """Prepare for the expressions of a script.

        Args:
            names: its names.
            values: its values.
            results: what its functions return.
            ranges: between which numbers its expressions lie for certain.
            band: what is usual of the band that an expression reads; None where it reads none.
        """
        self._names = names
        self._values = values
        self._results = results
        self._ranges = ranges
        self._band = band
        self._known: dict[int, Scale | None] = {}
        self._given: list[dict[int, Scale | None]] = []  # the parameters of the functions whose calls are looked into
        self._depth = 0
        self._steps = 0

    def of(self, node: Node) -> Scale | None:
        """Return what is usual of an expression's value; of the elements, where it is an array."""
        key = id(node)
        if key in self._known and not self._given:
            return self._known[key]
        self._steps += 1
        if self._depth > _MAX_DEPTH or self._steps > _MAX_STEPS:
            return None
        if not self._given:
            self._known[key] = None  # while it is being computed
        self._depth += 1
        found = self._find(node)
        self._depth -= 1
        if not self._given:
            self._known[key] = found
        return found

    def cases(self, node: Node) -> Iterator[tuple[Node, Scale | None]]:
        """Yield the expressions one of which gives the value, each with what is usual of it.

        Conditions, variables and the script's own functions are looked through, as far as each case really occurs.
        """
        for count, item in enumerate(self._cases(node, _MAX_CALLS)):
            if count >= _MAX_LEAVES:
                return
            yield item

    def _cases(self, node: Node, calls: int) -> Iterator[tuple[Node, Scale | None]]:
        for leaf in self._values.leaves(node):
            resolved = self._values.resolve(leaf)
            if resolved is not leaf and calls:
                yield from self._cases(resolved, calls - 1)
                continue
            inner = self._results.held(leaf) if leaf.type == "Identifier" else None
            if inner is not None:
                for value in inner:
                    if value.sure and value.type is Type.NUMBER and calls:
                        yield from self._cases(value.node, calls - 1)
                continue
            function, arguments = self._called(leaf)
            if function is None or not calls:
                yield leaf, self.of(leaf)
                continue
            with_arguments = self._bound(function, arguments)
            for returned in self._results.of(function) or ():
                made = [value.node for value in returned.values or () if value.sure and value.type is Type.NUMBER]
                if returned.values is None and returned.node is not None:
                    made = [returned.node]
                for item in made:
                    self._given.append(with_arguments)
                    found = list(self._cases(item, calls - 1))
                    self._given.pop()
                    yield from found

    def _called(self, node: Node) -> tuple[nodes.Function | None, Sequence[Node]]:
        """The script's own function that a call calls, with the arguments; that of `map` and `reduce`, too."""
        if node.type != "CallExpression":
            return None, ()
        callee = node.callee
        if callee.type == "MemberExpression" and not callee.computed and callee.property.name in ("map", "reduce"):
            given = node.arguments[0] if node.arguments else None
            if given is None:
                return None, ()
            function = given if given.type in FUNCTIONS else self._names.function(given)
            return function, ((callee.object,) if callee.property.name == "map" else ())
        return self._names.function(callee), node.arguments

    def _bound(self, function: nodes.Function, arguments: Sequence[Node]) -> dict[int, Scale | None]:
        bound: dict[int, Scale | None] = {}
        for pattern, argument in zip(function.params, arguments, strict=False):
            if argument.type == "SpreadElement":
                break
            variable = self._names.variable(pattern)
            if variable is not None and len(variable.makings) <= 1:
                bound[id(variable)] = self.of(argument)
        return bound

    def _find(self, node: Node) -> Scale | None:
        value = self._values.constant(node)
        if is_number(value):
            return Scale(value, value, whole=float(value).is_integer(), many=False)
        found = self._band(node)
        if found is not None:
            return found
        match node.type:
            case "Identifier":
                return self._variable(node)
            case "BinaryExpression":
                return self._binary(node)
            case "UnaryExpression":
                return self._unary(node)
            case "ConditionalExpression":
                return _hull([self.of(leaf) for leaf in self._values.leaves(node)])
            case "ArrayExpression" if len(node.elements) <= _MAX_LEAVES:
                return _hull([None if item is None else self.of(item) for item in node.elements])
            case "CallExpression":
                return self._call(node)
            case "MemberExpression" if node.computed:
                return self.of(node.object)
        return self._certain(node)

    def _certain(self, node: Node) -> Scale | None:
        interval = self._ranges.of(node)
        return None if interval is None else Scale(*interval, many=False)

    def _variable(self, node: nodes.Identifier) -> Scale | None:
        variable = self._names.variable(node)
        if variable is None:
            return None
        for given in reversed(self._given):
            if id(variable) in given:
                return given[id(variable)]
        initial = self._names.constant(node)
        if initial is not None:
            return self.of(initial)
        if variable.declarations or not variable.declared or not variable.makings:
            return None
        return _hull([None if made is None else self.of(made) for made in variable.makings])

    def _unary(self, node: nodes.Unary) -> Scale | None:
        if node.operator == "!":
            return _TRUTH
        if node.operator == "~" and node.argument.type == "UnaryExpression" and node.argument.operator == "~":
            cut = self.of(node.argument.argument)
            return None if cut is None else replace(cut, whole=True, meaning="")
        inner = self.of(node.argument)
        if inner is not None and node.operator == "-":
            return replace(inner, low=-inner.high, high=-inner.low, meaning="")
        return inner if node.operator == "+" else None

    def _binary(self, node: nodes.Binary) -> Scale | None:
        if node.operator in RELATIONS:
            return _TRUTH
        left, right = self.of(node.left), self.of(node.right)
        if node.operator == "-" and right is not None and _is_ice(right):
            return _CELSIUS if left is None or left.many else None
        if left is None or right is None:
            return None
        if node.operator == "/" and self._is_difference(node):
            return Scale(-1, 1, many=left.many, meaning=DIFFERENCE)
        if node.operator == "|" and right.low == right.high == 0:
            return replace(left, whole=True, meaning="")
        interval = combine(node.operator, (left.low, left.high), (right.low, right.high))
        if interval is None:
            return None
        many = left.many or right.many
        if many and max(-interval[0], interval[1]) < _LEAST:
            return None
        whole = left.whole and right.whole and node.operator in ("+", "-", "*", "%", "**")
        meaning = left.meaning if node.operator in ("+", "-") and right.low == right.high == 0 else ""
        return Scale(*interval, whole=whole, many=many, meaning=meaning)

    def _is_difference(self, node: nodes.Binary) -> bool:
        """Whether a quotient is the normalised difference of two numbers that are not negative."""
        above, below = self._values.resolve(node.left), self._values.resolve(node.right)
        if above.type != "BinaryExpression" or below.type != "BinaryExpression":
            return False
        if above.operator != "-" or below.operator != "+":
            return False
        one, other = self._name(above.left), self._name(above.right)
        if {one, other} != {self._name(below.left), self._name(below.right)} or one is None or other is None:
            return False
        scales = (self.of(above.left), self.of(above.right))
        return all(scale is not None and scale.low >= 0 for scale in scales)

    def _name(self, node: Node) -> tuple[object, ...] | None:
        """What tells two expressions of names and members apart."""
        node = self._values.resolve(node)
        if node.type == "Identifier":
            return (node.name,)
        if node.type == "MemberExpression":
            inner = self._name(node.object)
            key: object = self._values.constant(node.property) if node.computed else node.property.name
            return None if inner is None or not isinstance(key, str | int) else (*inner, key)
        return None

    def _call(self, node: nodes.Call) -> Scale | None:
        called = self._values.called(node)
        if called is not None:
            return self._helped(node)
        callee = node.callee
        function, arguments = self._called(node)
        if function is not None:
            return self._own(function, arguments)
        if self._values.is_host(callee, ("Number", "parseFloat")) and len(node.arguments) == 1:
            return self.of(node.arguments[0])
        if callee.type != "MemberExpression" or callee.computed:
            return None
        if not self._names.is_free(callee.object) or callee.object.name != "Math":
            return None
        return self._math(callee.property.name, node.arguments)

    def _math(self, name: str, arguments: Sequence[Node]) -> Scale | None:
        if any(node.type == "SpreadElement" for node in arguments):
            return None
        given = [self.of(node) for node in arguments]
        interval = of_math(name, [None if item is None else (item.low, item.high) for item in given])
        if interval is None:
            return None
        known = [item for item in given if item is not None]
        whole = name in _WHOLE_FUNCTIONS or (
            bool(known) and len(known) == len(given) and all(item.whole for item in known) and name in ("min", "max")
        )
        meaning = known[0].meaning if name in _ROUNDING and known else ""
        return Scale(*interval, whole=whole, many=any(item.many for item in known), meaning=meaning)

    def _helped(self, node: nodes.Call) -> Scale | None:
        """What is usual of what a helper, or a visualizer's method, gives."""
        called = self._values.called(node)
        if called is None or not isinstance(called.known.gives, Number | Numbers):
            return self._certain(node)
        if called.visualizer is not None:
            certain = self._ranges.of(node)
            return None if certain is None else Scale(*certain, many=certain == (0, 1))
        given = [None if part.type == "SpreadElement" else self.of(part) for part in node.arguments]
        asked: list[Interval | None] = [None if item is None else (item.low, item.high) for item in given]
        interval = called.known.within(asked)
        if interval is None:
            return None
        name = node.callee.name if node.callee.type == "Identifier" else ""
        many = any(item is not None and item.many for item in given)
        return Scale(*interval, whole=interval == (0, 255), many=many, meaning=DIFFERENCE * (name == "index"))

    def _own(self, function: nodes.Function, arguments: Sequence[Node]) -> Scale | None:
        if len(self._given) >= _MAX_CALLS:
            return None
        returned = self._results.of(function)
        if not returned or any(item.node is None for item in returned):
            return None
        self._given.append(self._bound(function, arguments))
        found = _hull([None if item.node is None else self.of(item.node) for item in returned])
        self._given.pop()
        return found


def _is_ice(scale: Scale) -> bool:
    return scale.low == scale.high and _ICE[0] <= scale.low <= _ICE[1]


def _hull(parts: Sequence[Scale | None]) -> Scale | None:
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(parts) or any(math.isnan(part.low) for part in known):
        return None
    meanings = {part.meaning for part in known}
    return Scale(
        min(part.low for part in known),
        max(part.high for part in known),
        whole=all(part.whole for part in known),
        many=any(part.many for part in known),
        meaning=meanings.pop() if len(meanings) == 1 else "",
    )
