"""Which properties a script puts into objects itself, or tests for being there before it relies on them."""

from __future__ import annotations

from collections.abc import Mapping

from oso_evalscript.javascript import node_types, nodes
from oso_evalscript.javascript.syntax import Node, Tree
from oso_evalscript.semantics.names import Names
from oso_evalscript.semantics.values.constants import Constants

_TESTING_FUNCTIONS = ("Boolean", "isFinite", "isNaN")
_ASKING_METHODS = ("hasOwnProperty", "hasOwn", "call", "has")


_TESTING: tuple[node_types.NodeType, ...] = (
    "UnaryExpression",
    "LogicalExpression",
    "IfStatement",
    "ConditionalExpression",
    "WhileStatement",
    "DoWhileStatement",
    "ForStatement",
    "SwitchStatement",
    "BinaryExpression",
    "CallExpression",
)


class Presence:
    """The names that need not be bands that `setup()` asks for.

    Attributes:
        excused: the names.
    """

    def __init__(
        self, tree: Tree, names: Names, values: Constants, bands: Mapping[int, str], variables: Mapping[int, str]
    ) -> None:
        """Look through a whole script.

        Args:
            tree: the script.
            names: its names.
            values: its values.
            bands: for the id of a member expression, the band it reads.
            variables: for the id of a variable, the band it was given.
        """
        self._names = names
        self._values = values
        self._bands = bands
        self._variables = variables
        self.excused: set[str] = set()
        for assignment in tree.of_type("AssignmentExpression"):
            self._note_assignment(assignment)
        for node in tree.of_type(*_TESTING):
            self._note_test(node)

    def _note_assignment(self, node: nodes.Assignment) -> None:
        """Note a property that is assigned, to whatever object: it may be a sample."""
        if node.left.type == "MemberExpression":
            name = property_name(node.left, self._values)
            if isinstance(name, str):
                self.excused.add(name)

    def _note_test(self, node: Node) -> None:
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
                self.excused.add(str(self._values.constant(node.left)))
            case "CallExpression" if node.arguments:
                self._note_testing_call(node)

    def _note_testing_call(self, node: nodes.Call) -> None:
        callee = node.callee
        owner = callee.object if callee.type == "MemberExpression" else None
        if (callee.type == "Identifier" and callee.name in _TESTING_FUNCTIONS) or (
            owner is not None and owner.type == "Identifier" and owner.name == "Number"
        ):
            self._excuse(node.arguments[0])
        elif callee.type == "MemberExpression" and not callee.computed and callee.property.name in _ASKING_METHODS:
            for argument in node.arguments:
                self.excused.add(str(self._values.constant(argument)))

    def _excuse(self, node: Node, *, unless: str = "") -> None:
        band = self._bands.get(id(node))
        if band is None and (variable := self._names.variable(node)) is not None:
            band = self._variables.get(id(variable))
        if band is not None and band != unless:
            self.excused.add(band)


def property_name(node: nodes.Member, values: Constants) -> str | int | None:
    """Return the name or the index that a member expression reads, None where it is computed."""
    if not node.computed:
        return node.property.name if node.property.type == "Identifier" else None
    key = values.constant(node.property)
    if isinstance(key, float) and key.is_integer():
        key = int(key)
    return key if isinstance(key, str | int) and not isinstance(key, bool) else None


def _is_nothing(node: Node) -> bool:
    """Whether an expression is `undefined`, `null` or `void 0`."""
    match node.type:
        case "Identifier":
            return node.name == "undefined"
        case "Literal":
            return node.raw == "null"
        case "UnaryExpression":
            return node.operator == "void"
    return False
