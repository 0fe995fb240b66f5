"""What the value of an expression is, as far as the text tells: constants and the lengths of arrays.

Everything here answers `UNKNOWN` or None rather than guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeVar

from oso_evalscript.javascript.numbers import BigInt, to_number, to_text
from oso_evalscript.javascript.syntax import Node
from oso_evalscript.linter.names import Names
from oso_evalscript.model.contract import Mosaicking, SampleType


class _Unknown:
    """The value of an expression that the text does not tell."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()

_Answer = TypeVar("_Answer")

_ENUMERATIONS = {"SampleType": SampleType, "Mosaicking": Mosaicking}
_COLOR_CLASSES = ("ColorMapVisualizer", "ColorRampVisualizer", "ColorGradientVisualizer")
_THREE_VALUES = ("int2rgb", "normalizeRGB")
_LONGEST_CHAIN = 20
_DEEPEST = 100  # literals inside literals, names resolved; the interpreter's own limit is 1000 calls
_LARGEST = 10_000  # entries of a value; contracts are small, and shared parts would multiply


class Values:
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
        for _ in range(_LONGEST_CHAIN):
            initial = self._names.constant(node)
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

    def is_host(self, node: Node, names: tuple[str, ...]) -> bool:
        """Whether a node names one of the service's own globals, not something of the script's."""
        return node.type == "Identifier" and node.name in names and self._names.is_free(node)

    def _constant(self, node: Node) -> tuple[Any, int]:
        """The value of an expression and how many entries it has, all its parts counted."""
        node = self.resolve(node)
        if id(node) not in self._values:
            self._values[id(node)] = (UNKNOWN, 1)  # while it is being computed
            value, size = self._deeper(self._evaluate, node, (UNKNOWN, 1))
            self._values[id(node)] = (value, size) if size <= _LARGEST else (UNKNOWN, 1)
        return self._values[id(node)]

    def _deeper(self, answer: Callable[[Node], _Answer], node: Node, too_deep: _Answer) -> _Answer:
        """What `answer` says of a node, one level further down; `too_deep` where that is not to be followed."""
        if self._depth >= _DEEPEST:
            return too_deep
        self._depth += 1
        try:
            return answer(node)
        finally:
            self._depth -= 1

    def _measure(self, node: Node) -> int | None:
        if node.type == "ArrayExpression":
            return _total(map(self._share, node.elements))
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
            case "MemberExpression":
                return self._member(node), 1
            case "Identifier" if node.name == "undefined":
                return None, 1
        return UNKNOWN, 1

    def _length_of_call(self, node: Node) -> int | None:
        callee = node.callee
        if self.is_host(callee, _THREE_VALUES):
            return 3
        if callee.type != "MemberExpression" or callee.computed:
            return None
        method, target = callee.property.name, callee.object
        if method == "process":
            return 3 if self.makes_color(target) else None
        if method == "concat":
            return _total(map(self.length, (target, *node.arguments)))
        if method == "map" or (method == "slice" and not node.arguments):
            return self.length(target)
        return None

    def makes_color(self, visualizer: Node) -> bool:
        """Whether `process` of a visualizer gives red, green and blue."""
        made = self.resolve(visualizer)
        if made.type == "CallExpression" and made.callee.type == "MemberExpression":
            return self.is_host(made.callee.object, _COLOR_CLASSES) and str(made.callee.property.name)[:6] == "create"
        if made.type != "NewExpression" or not self.is_host(made.callee, _COLOR_CLASSES):
            return False
        table = self.resolve(made.arguments[0]) if made.arguments else made
        if id(table) not in self._plain_tables:
            self._plain_tables[id(table)] = _has_plain_colors(table)
        return self._plain_tables[id(table)]

    def _share(self, item: Node | None) -> int | None:
        """How many elements one entry of an array literal adds."""
        if item is not None and item.type == "SpreadElement":
            return self.length(item.argument)
        return 1

    def _list(self, node: Node) -> tuple[Any, int]:
        items: list[Any] = []
        total = 1
        for item in node.elements:
            if item is None:
                return UNKNOWN, 1
            spread = item.type == "SpreadElement"
            value, size = self._constant(item.argument if spread else item)
            if spread and not isinstance(value, list):
                return UNKNOWN, 1
            items += value if spread else [value]
            total += size
            if total > _LARGEST:
                return UNKNOWN, 1
        return items, total

    def _object(self, node: Node) -> tuple[Any, int]:
        entries: dict[str, Any] = {}
        total = 1
        for item in node.properties:
            if item.type != "Property" or item.computed or item.kind != "init":
                return UNKNOWN, 1
            entries[key_of(item)], size = self._constant(item.value)
            total += size
        return entries, total

    def _template(self, node: Node) -> Any:
        parts = [self.constant(part) for part in node.expressions]
        texts = [part.value.cooked for part in node.quasis]
        if not all(isinstance(part, str) for part in parts):
            return UNKNOWN
        text = texts[0] + "".join(part + after for part, after in zip(parts, texts[1:], strict=True))
        return text if len(text) <= _LARGEST else UNKNOWN

    def _binary(self, node: Node) -> Any:
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

    def _joined(self, node: Node) -> tuple[Any, int]:
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

    def _member(self, node: Node) -> Any:
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


def _has_plain_colors(table: Node) -> bool:
    """Whether no colour of a literal table is an array of another length than three."""
    rows = table.elements if table.type == "ArrayExpression" else []
    return not any(
        part is not None and part.type == "ArrayExpression" and len(part.elements) != 3
        for row in rows
        if row is not None and row.type == "ArrayExpression"
        for part in row.elements[1:2]
    )


def key_of(item: Node) -> str:
    """Return the key of a property that is not computed."""
    if item.key.type == "Identifier":
        return str(item.key.name)
    return to_text(item.key.value) if isinstance(item.key.value, float) else str(item.key.value)


def is_number(value: object) -> bool:
    """Whether a plain value is a number, which `True` is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _total(parts: Iterable[int | None]) -> int | None:
    total = 0
    for part in parts:
        if part is None:
            return None
        total += part
    return total
