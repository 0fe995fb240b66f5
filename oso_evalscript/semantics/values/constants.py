"""What the value of an expression is, as far as the text tells: constants and the lengths of arrays.

Everything here answers `UNKNOWN` or None rather than guess.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple, TypeGuard, TypeVar

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.numbers import BigInt, to_number, to_text
from oso_evalscript.javascript.syntax import Node
from oso_evalscript.model.contract import Mosaicking, SampleType
from oso_evalscript.model.host import signatures
from oso_evalscript.model.host.signatures import Copy, Each, Entry, Gives, Instance, Numbers, Signature
from oso_evalscript.semantics.names import Names


class _Unknown:
    """The value of an expression that the text does not tell."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()

_Answer = TypeVar("_Answer")

_ENUMERATIONS = {"SampleType": SampleType, "Mosaicking": Mosaicking}
_METHODS = {name: item for known in signatures.CLASSES.values() for name, item in known.methods.items()}
_MATH = {
    "E": math.e,
    "LN10": math.log(10),
    "LN2": math.log(2),
    "LOG10E": math.log10(math.e),
    "LOG2E": math.log2(math.e),
    "PI": math.pi,
    "SQRT1_2": math.sqrt(0.5),
    "SQRT2": math.sqrt(2),
}
_TURNING = frozenset(name for name, item in _METHODS.items() if isinstance(item.gives, Instance))
_MAX_CHAIN = 20
_MAX_DEPTH = 100  # literals inside literals, names resolved; the interpreter's own limit is 1000 calls
_LARGEST = 10_000  # entries of a value; contracts are small, and shared parts would multiply


class Made(NamedTuple):
    """A visualizer that an expression gives.

    Attributes:
        known: what is known of its class.
        arguments: what its constructor is given; None where it has one of the service's own tables.
    """

    known: signatures.Visualizer
    arguments: tuple[Node, ...] | None


class Called(NamedTuple):
    """What a call calls: a helper, or the method of a visualizer."""

    known: Signature
    visualizer: Made | None


class Constants:
    """Answers about expressions, given the names of a script.

    Each answer is computed once for each node; a value that is made of itself is not known.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._values: dict[int, tuple[Any, int]] = {}
        self._lengths: dict[int, int | None] = {}
        self._plain_tables: dict[int, bool] = {}
        self._depth = 0

    def resolve(self, node: Node) -> Node:
        """Return the expression behind a name that is declared once and never changed, else the node itself."""
        for _ in range(_MAX_CHAIN):
            initial = self._names.constant(node) if node.type == "Identifier" else None
            if initial is None:
                break
            node = initial
        return node

    def constant(self, node: Node) -> Any:
        """Return the plain value of an expression (None for null and undefined), or UNKNOWN.

        Objects and lists hold UNKNOWN where only a part is not known; an object with keys that are not known
        is UNKNOWN as a whole.
        """
        return self._constant(node)[0]

    def leaves(self, node: Node) -> Iterator[Node]:
        """Yield the expressions one of which is the value: the branches of conditions, the last of a sequence."""
        stack = [node]
        while stack:
            node = stack.pop()
            if node.type == "ConditionalExpression":
                stack += (node.alternate, node.consequent)
            elif node.type == "SequenceExpression":
                stack.append(node.expressions[-1])
            else:
                yield node

    def length(self, node: Node) -> int | None:
        """Return how many elements the array has that an expression gives; None where that is not known."""
        node = self.resolve(node)
        if id(node) not in self._lengths:
            self._lengths[id(node)] = None  # while it is being computed
            self._lengths[id(node)] = self._deeper(self._measure, node, None)
        return self._lengths[id(node)]

    def is_host(self, node: Node, names: tuple[str, ...]) -> TypeGuard[nodes.Identifier]:
        """Whether a node names one of the service's own globals, not something of the script's."""
        return node.type == "Identifier" and node.name in names and self._names.is_free(node)

    def helper(self, callee: Node) -> Signature | None:
        """Return what is known of the service's function that a node names; None where it names anything else."""
        known = signatures.FUNCTIONS.get(callee.name) if callee.type == "Identifier" else None
        return known if known is not None and self._names.is_free(callee) else None

    def called(self, call: nodes.Call) -> Called | None:
        """Return which helper, or method of a visualizer, a call calls; None where it is neither for certain."""
        callee = call.callee
        if callee.type != "MemberExpression":
            helper = self.helper(callee)
            return None if helper is None else Called(helper, None)
        if callee.computed or callee.property.name not in _METHODS:
            return None
        visualizer = self.visualizer(callee.object)
        method = visualizer.known.methods.get(callee.property.name) if visualizer is not None else None
        return None if method is None else Called(method, visualizer)

    def given_by(self, call: nodes.Call) -> Gives | None:
        """Return what a call of a helper, or of a visualizer's method, gives; None where it is a call of neither."""
        called = self.called(call)
        is_plain = called is not None and (called.visualizer is None or self._is_plain(called.visualizer))
        return called.known.gives if called is not None and is_plain else None

    def visualizer(self, node: Node) -> Made | None:
        """Return which of the service's visualizers an expression gives; None where it gives none for certain."""
        turned: set[str] = set()
        for _ in range(_MAX_CHAIN):
            node = self.resolve(node)
            made = self._made(node)
            if made is not None:
                return made if turned <= made.known.methods.keys() else None
            method = _method(node)
            if method is None or method.property.name not in _TURNING:
                break
            turned.add(method.property.name)
            node = method.object
        return None

    def _made(self, node: Node) -> Made | None:
        """The visualizer that `new` makes, or a function of its class."""
        if node.type == "NewExpression":
            known = self._class(node.callee)
            return None if known is None else Made(known, tuple(node.arguments))
        method = _method(node)
        known = self._class(method.object) if method is not None else None
        is_creator = known is not None and method is not None and method.property.name in known.creators
        return Made(known, None) if known is not None and is_creator else None

    def _class(self, name: Node) -> signatures.Visualizer | None:
        known = signatures.CLASSES.get(name.name) if name.type == "Identifier" else None
        return known if known is not None and self._names.is_free(name) else None

    def _is_plain(self, made: Made) -> bool:
        """Whether no colour of a visualizer's literal table is an array of another length than three."""
        if not made.known.pairs or not made.arguments:
            return True
        table = self.resolve(made.arguments[0])
        if id(table) not in self._plain_tables:
            self._plain_tables[id(table)] = _has_plain_colors(table)
        return self._plain_tables[id(table)]

    def _constant(self, node: Node) -> tuple[Any, int]:
        """The value of an expression and how many entries it has, all its parts counted."""
        node = self.resolve(node)
        if node.type == "Literal":
            return self._evaluate(node)
        if id(node) not in self._values:
            self._values[id(node)] = (UNKNOWN, 1)  # while it is being computed
            value, size = self._deeper(self._evaluate, node, (UNKNOWN, 1))
            self._values[id(node)] = (value, size) if size <= _LARGEST else (UNKNOWN, 1)
        return self._values[id(node)]

    def _deeper(self, answer: Callable[[Node], _Answer], node: Node, too_deep: _Answer) -> _Answer:
        """What `answer` says of a node, one level further down; `too_deep` where that is not to be followed."""
        if self._depth >= _MAX_DEPTH:
            return too_deep
        self._depth += 1
        try:
            return answer(node)
        finally:
            self._depth -= 1

    def _measure(self, node: Node) -> int | None:
        if node.type == "ArrayExpression":
            return _total(map(self._share, node.elements))
        if node.type == "Identifier" and node.name in signatures.VALUES and self._names.is_free(node):
            return signatures.VALUES[node.name].rows
        return self._length_of_call(node) if node.type == "CallExpression" else None

    def _evaluate(self, node: Node) -> tuple[Any, int]:
        match node.type:
            case "Literal" if node.regex is None and not isinstance(node.value, BigInt):
                return node.value, 1
            case "TemplateLiteral":
                return self._template(node), 1
            case "UnaryExpression" if node.operator == "-":
                value = self.constant(node.argument)
                return (-value if is_number(value) else UNKNOWN), 1
            case "BinaryExpression":
                return self._binary(node), 1
            case "CallExpression":
                return self._joined(node)
            case "ArrayExpression":
                return self._list(node)
            case "ObjectExpression":
                return self._object(node)
            case "MemberExpression" if not node.computed and node.property.name in _MATH:
                known = self.is_host(node.object, ("Math",))
                return (_MATH[node.property.name] if known else self._member(node)), 1
            case "MemberExpression":
                return self._member(node), 1
            case "Identifier" if node.name == "undefined":
                return None, 1
            case "Identifier" if node.name in signatures.VALUES and self._names.is_free(node):
                number = signatures.VALUES[node.name].number
                return (UNKNOWN if number is None else number), 1
        return UNKNOWN, 1

    def _length_of_call(self, node: nodes.Call) -> int | None:
        match self.given_by(node):
            case Numbers(length):
                return length
            case Each() | Copy() if node.arguments:
                return self.length(node.arguments[0])
            case Entry(values=values) if len(node.arguments) > values:
                return self._length_of_entries(node.arguments[values])
        callee = node.callee
        if callee.type != "MemberExpression" or callee.computed:
            return None
        method, target = callee.property.name, callee.object
        if method == "concat":
            return _total(map(self.length, (target, *node.arguments)))
        if method == "map" or (method == "slice" and not node.arguments):
            return self.length(target)
        return None

    def _length_of_entries(self, given: Node) -> int | None:
        """How many elements each of the arrays in a list has; None where they differ."""
        table = self.resolve(given)
        items = table.elements if table.type == "ArrayExpression" else []
        lengths = {None if item is None else self.length(item) for item in items}
        return lengths.pop() if len(lengths) == 1 else None

    def _share(self, item: Node | None) -> int | None:
        """How many elements one entry of an array literal adds."""
        if item is not None and item.type == "SpreadElement":
            return self.length(item.argument)
        return 1

    def _list(self, node: nodes.Array) -> tuple[Any, int]:
        items: list[Any] = []
        total = 1
        for item in node.elements:
            if item is None:
                return UNKNOWN, 1
            if item.type == "SpreadElement":
                value, size = self._constant(item.argument)
                if not isinstance(value, list):
                    return UNKNOWN, 1
                items += value
            else:
                value, size = self._constant(item)
                items.append(value)
            total += size
            if total > _LARGEST:
                return UNKNOWN, 1
        return items, total

    def _object(self, node: nodes.Object) -> tuple[Any, int]:
        entries: dict[str, Any] = {}
        total = 1
        for item in node.properties:
            if item.type != "Property" or item.computed or item.kind != "init":
                return UNKNOWN, 1
            entries[key_of(item)], size = self._constant(item.value)
            total += size
        return entries, total

    def _template(self, node: nodes.TemplateLiteral) -> Any:
        parts = [self.constant(part) for part in node.expressions]
        texts = [part.value.cooked for part in node.quasis]
        if not all(isinstance(part, str) for part in parts):
            return UNKNOWN
        text = texts[0] + "".join(part + after for part, after in zip(parts, texts[1:], strict=True))
        return text if len(text) <= _LARGEST else UNKNOWN

    def _binary(self, node: nodes.Binary) -> Any:
        left, right = self.constant(node.left), self.constant(node.right)
        if isinstance(left, str) and isinstance(right, str) and node.operator == "+":
            return left + right if len(left) + len(right) <= _LARGEST else UNKNOWN
        if not is_number(left) or not is_number(right) or max(abs(left), abs(right)) > 2**53:
            return UNKNOWN
        match node.operator:
            case "+":
                return to_number(left + right)
            case "-":
                return to_number(left - right)
            case "*":
                return to_number(left * right)
            case "/" if right:
                return to_number(left / right)
        return UNKNOWN

    def _joined(self, node: nodes.Call) -> tuple[Any, int]:
        """The list that `concat` makes of lists."""
        callee = node.callee
        if callee.type != "MemberExpression" or callee.computed or callee.property.name != "concat":
            return UNKNOWN, 1
        items: list[Any] = []
        total = 1
        for part in (callee.object, *node.arguments):
            value, size = self._constant(part) if part.type != "SpreadElement" else (UNKNOWN, 1)
            if value is UNKNOWN or isinstance(value, dict) or (part is callee.object and not isinstance(value, list)):
                return UNKNOWN, 1
            items += value if isinstance(value, list) else [value]
            total += size
            if total > _LARGEST:
                return UNKNOWN, 1
        return items, total

    def _member(self, node: nodes.Member) -> Any:
        if not node.computed and self.is_host(node.object, tuple(_ENUMERATIONS)):
            members = _ENUMERATIONS[node.object.name].__members__
            # A misspelt member is undefined, and the default applies.
            return str(members[node.property.name]) if node.property.name in members else None
        key = self.constant(node.property) if node.computed else node.property.name
        if node.object.type == "Identifier" and self._names.constant(node.object) is None:
            return UNKNOWN
        value = self.constant(node.object)
        if isinstance(value, dict) and isinstance(key, str):
            return value.get(key, UNKNOWN)
        if isinstance(value, list) and key == "length":
            return len(value)
        if isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
            return value[key]
        return UNKNOWN


def _method(node: Node) -> nodes.StaticMember | None:
    """The callee of the call of a method, None of anything else."""
    if node.type != "CallExpression" or node.callee.type != "MemberExpression" or node.callee.computed:
        return None
    return node.callee


def _has_plain_colors(table: Node) -> bool:
    """Whether no colour of a literal table is an array of another length than three."""
    rows = table.elements if table.type == "ArrayExpression" else []
    return not any(
        part is not None and part.type == "ArrayExpression" and len(part.elements) != 3
        for row in rows
        if row is not None and row.type == "ArrayExpression"
        for part in row.elements[1:2]
    )


def key_of(item: nodes.NamedProperty) -> str:
    """Return the key of a property that is not computed."""
    return text_of_key(item.key)


def text_of_key(key: nodes.Identifier | nodes.LiteralExpression) -> str:
    """Return the name of a property as it is written before its value."""
    if key.type == "Identifier":
        return key.name
    return to_text(key.value) if isinstance(key.value, float) else str(key.value)


def is_number(value: object) -> TypeGuard[float]:
    """Whether a plain value is a number, which `True` is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _total(parts: Iterable[int | None]) -> int | None:
    total = 0
    for part in parts:
        if part is None:
            return None
        total += part
    return total
