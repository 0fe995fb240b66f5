"""Which bands `evaluatePixel` reads of its samples, by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from oso_evalscript.javascript.syntax import Node, Tree, children
from oso_evalscript.javascript.syntax import span as span_of
from oso_evalscript.linter.names import FUNCTIONS, Names, bound_names
from oso_evalscript.linter.values import Values, key_of
from oso_evalscript.model.text import Span

_TESTING_FUNCTIONS = ("Boolean", "isFinite", "isNaN")


@dataclass(frozen=True, slots=True)
class BandRead:
    """A place where a band of a sample is read by its name."""

    band: str
    span: Span


def band_reads(tree: Tree, names: Names, values: Values, function: Node, *, listed: bool) -> tuple[BandRead, ...]:
    """Return where a function reads bands of its first parameter, or of the elements of it if it is `listed`.

    Left out are the bands that the script tests for being there, and the properties that it assigns itself.
    Nothing is returned where a sample may get properties in a way that cannot be followed.
    """
    if not function.params:
        return ()
    first = function.params[0]
    if first.type == "ObjectPattern" and not listed:
        reads = _Reads(tree, names, values, "", listed=listed)
        reads.take_pattern(first)
        return reads.of(function.body)
    if first.type != "Identifier":
        return ()
    return _Reads(tree, names, values, first.name, listed=listed).of(function.body)


class _Reads:
    """The reads of one parameter, and what excuses them."""

    def __init__(self, tree: Tree, names: Names, values: Values, parameter: str, *, listed: bool) -> None:
        self._tree = tree
        self._names = names
        self._values = values
        self._parameter = parameter
        self._listed = listed
        self._found: list[BandRead] = []
        self._variables: dict[str, str] = {}  # name of a variable → the band it was given
        self._excused: set[str] = set()
        self._lost = False

    def of(self, body: Node) -> tuple[BandRead, ...]:
        """Return the reads in a function's body."""
        for node in self._nodes(body):
            self._look_at(node)
        for node in self._tree.nodes:
            self._note_assignment(node)
            self._note_test(node)
        if self._lost:
            return ()
        return tuple(read for read in self._found if read.band not in self._excused)

    def take_pattern(self, pattern: Node) -> None:
        """Note the bands that a pattern takes out of a sample."""
        for item in pattern.properties:
            # A default value is a test for being there.
            if item.type == "Property" and not item.computed and item.value.type != "AssignmentPattern":
                self._found.append(BandRead(key_of(item), span_of(item.key)))
                if item.value.type == "Identifier":
                    self._variables[item.value.name] = key_of(item)

    def _nodes(self, body: Node) -> Iterator[Node]:
        """The nodes of a body, without what belongs to another variable of the parameter's name."""
        stack = [body]
        while stack:
            node = stack.pop()
            if node.type in FUNCTIONS and any(self._is_bound_by(item) for item in node.params):
                continue
            if node.type == "CatchClause" and node.param is not None and self._is_bound_by(node.param):
                continue
            yield node
            stack.extend(reversed(children(node)))

    def _look_at(self, node: Node) -> None:
        if node.type == "VariableDeclarator":
            self._lost = self._lost or self._is_bound_by(node.id)
            if node.init is not None and node.id.type == "ObjectPattern" and self._is_sample(node.init):
                self.take_pattern(node.id)
            elif node.init is not None and node.id.type == "Identifier" and (band := self._band(node.init)):
                self._variables[node.id.name] = band
        elif (band := self._band(node)) is not None:
            self._found.append(BandRead(band, span_of(node.property)))

    def _note_assignment(self, node: Node) -> None:
        """Note the properties that the script assigns, to whatever object: it may be a sample."""
        if node.type == "AssignmentExpression" and node.left.type == "MemberExpression":
            name = self._property(node.left)
            # By a computed name anything may be assigned, to a parameter even a sample.
            if name is None and node.left.object.type == "Identifier":
                self._lost = self._lost or self._may_be_sample(node.left.object)
            elif name is not None:
                self._excused.add(name)
        elif node.type == "AssignmentExpression" and self._is_bound_by(node.left):
            self._lost = True
        elif node.type == "CallExpression" and node.arguments and _is_member(node.callee, "Object"):
            self._lost = self._lost or self._may_be_sample(node.arguments[0])

    def _may_be_sample(self, node: Node) -> bool:
        return node.type == "Identifier" and node.name in self._names.parameters

    def _note_test(self, node: Node) -> None:
        """Note the bands that the script tests for being there."""
        match node.type:
            case "UnaryExpression" if node.operator == "typeof":
                self._excuse(node.argument)
            case "UnaryExpression" if node.operator == "!":
                self._excuse(node.argument, unless="dataMask")
            case "LogicalExpression":
                for side in (node.left, node.right):
                    self._excuse(side, unless="" if node.operator == "??" else "dataMask")
            case "IfStatement" | "ConditionalExpression" | "WhileStatement" | "DoWhileStatement" | "ForStatement":
                if node.test is not None:
                    self._excuse(node.test, unless="dataMask")
            case "SwitchStatement":
                self._excuse(node.discriminant)
            case "BinaryExpression" if node.operator in ("==", "===", "!=", "!=="):
                if _is_nothing(node.left) or _is_nothing(node.right):
                    self._excuse(node.left)
                    self._excuse(node.right)
            case "BinaryExpression" if node.operator == "in":
                self._excused.add(str(self._values.constant(node.left)))
            case "CallExpression" if node.arguments:
                self._note_testing_call(node)

    def _note_testing_call(self, node: Node) -> None:
        callee = node.callee
        if callee.name in _TESTING_FUNCTIONS or _is_member(callee, "Number"):
            self._excuse(node.arguments[0])
        elif callee.type == "MemberExpression" and callee.property.name in ("hasOwnProperty", "hasOwn", "call"):
            for argument in node.arguments:
                self._excused.add(str(self._values.constant(argument)))

    def _excuse(self, node: Node, *, unless: str = "") -> None:
        band = self._band(node)
        if band is None and node.type == "Identifier":
            band = self._variables.get(node.name)
        if band is not None and band != unless:
            self._excused.add(band)

    def _band(self, node: Node) -> str | None:
        if node.type != "MemberExpression" or not self._is_sample(node.object):
            return None
        return self._property(node)

    def _property(self, node: Node) -> str | None:
        """The name of the property that a member expression names, None where it is computed."""
        if not node.computed:
            return str(node.property.name) if node.property.type == "Identifier" else None
        key = node.property
        return key.value if key.type == "Literal" and isinstance(key.value, str) else None

    def _is_sample(self, node: Node) -> bool:
        if self._listed:
            return node.type == "MemberExpression" and bool(node.computed) and self._is_parameter(node.object)
        return self._is_parameter(node)

    def _is_parameter(self, node: Node) -> bool:
        return node.type == "Identifier" and node.name == self._parameter

    def _is_bound_by(self, pattern: Node) -> bool:
        return any(name.name == self._parameter for name in bound_names(pattern))


def _is_member(node: Node, object_name: str) -> bool:
    return node.type == "MemberExpression" and bool(node.object.name == object_name)


def _is_nothing(node: Node) -> bool:
    """Whether an expression is `undefined`, `null` or `void 0`."""
    return (
        node.name == "undefined" or node.raw == "null" or (node.type == "UnaryExpression" and node.operator == "void")
    )
