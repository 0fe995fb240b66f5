"""Where functions stand in a script: which function a call calls, and which places a function may stand in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeGuard

from oso_evalscript.javascript import builtins
from oso_evalscript.javascript.builtins import Known
from oso_evalscript.javascript.kinds import FUNCTIONS
from oso_evalscript.javascript.nodes import Call, Function, Identifier, StaticMember
from oso_evalscript.javascript.scopes import Scopes
from oso_evalscript.javascript.syntax import Node, Tree


class Callees:
    """The functions that calls call, and the names of the language and of the service."""

    def __init__(self, tree: Tree, scopes: Scopes) -> None:
        self._tree = tree
        self._scopes = scopes

    def own(self, callee: Node) -> tuple[Function, ...]:
        """The functions of the script that a callee always stands for one of, none if it may be anything else."""
        if callee.type in FUNCTIONS:
            return (callee,)
        variable = self._scopes.variable(callee) if callee.type == "Identifier" else None
        return variable.functions if variable is not None else ()

    def known(self, call: Call, *, dates: bool = False) -> Known | None:
        """What is known of the function that a call names; None where it is the script's own, or unknown.

        Args:
            call: a call, or a `new`.
            dates: whether dates count as known.
        """
        listed = self._listed(
            call.callee, builtins.CONSTRUCTORS if call.type == "NewExpression" else builtins.FUNCTIONS
        )
        if listed is not None or not dates:
            return listed
        if call.callee.type == "MemberExpression" and not call.callee.computed:
            return None if self.is_host(call.callee.object) else builtins.DATES.get(call.callee.property.name)
        return Known(makes=True) if self.is_host(call.callee) and call.callee.name == "Date" else None

    def known_value(self, function: Node) -> Known | None:
        """What is known of a function of the language or of the service that is handed on to be called back."""
        if function.type == "MemberExpression" and not self.is_host(function.object):
            return None
        known = self._listed(function, builtins.FUNCTIONS)
        return None if known is None or known.writes or known.calls is not None else known

    def method(self, call: Call) -> StaticMember | None:
        """The callee of a call of a method of some value; None for a function of the language, or a computed name."""
        callee = call.callee
        if callee.type != "MemberExpression" or callee.computed:
            return None
        return None if self.is_host(callee.object) else callee

    def is_host(self, node: Node) -> TypeGuard[Identifier]:
        """Whether a node is a name that the script does not define."""
        return node.type == "Identifier" and self._scopes.variable(node) is None

    def is_named(self, node: Identifier) -> bool:
        """Whether a name of the language or of the service stands where it is handed on to nobody."""
        parent = self._tree.parent(node)
        return self.is_called(node) or self._is_static(parent, node) or self._is_type(parent, node)

    def callback(self, call: Call) -> Node | None:
        """The argument of a call that the function called calls back, None if there is none."""
        known = self.known(call)
        if known is None or known.calls is None or len(call.arguments) <= known.calls:
            return None
        before = call.arguments[: known.calls + 1]
        return None if any(item.type == "SpreadElement" for item in before) else before[-1]

    def is_called(self, node: Node) -> bool:
        """Whether a function stands where it is called at once, or called back by something that forgets it."""
        parent = self._tree.parent(node)
        if parent is None or parent.type not in ("CallExpression", "NewExpression"):
            return False
        return parent.callee is node or self.callback(parent) is node

    def is_definition(self, node: Node) -> bool:
        """Whether a function is all that some variable stands for."""
        parent = self._tree.parent(node)
        if parent is None or parent.type not in ("VariableDeclarator", "AssignmentExpression"):
            return False
        name = parent.id if parent.type == "VariableDeclarator" else parent.left
        variable = self._scopes.variable(name)
        if variable is None or variable.function is not node:
            return False
        if parent.type == "VariableDeclarator":
            return True
        # Not as a value at the same time, nor inside of a function, which it could outlive.
        above = self._tree.parent(parent)
        return above is not None and above.type == "ExpressionStatement" and self._is_at_top(above)

    def is_walked(self, node: Node) -> bool:
        """Whether an iterator is walked over at once, and forgotten."""
        parent = self._tree.parent(node)
        if parent is None:
            return False
        if parent.type in ("SpreadElement", "ForOfStatement"):
            return parent.type == "SpreadElement" or parent.right is node
        if parent.type == "NewExpression":
            return self.is_host(parent.callee) and parent.callee.name in ("Map", "Set")
        return parent.type == "CallExpression" and self._tree.text(parent.callee) == "Array.from"

    def _listed(self, callee: Node, functions: Mapping[str, Known]) -> Known | None:
        if self.is_host(callee):
            return functions.get(callee.name)
        if callee.type != "MemberExpression" or callee.computed:
            return None
        if self.is_host(callee.object):
            return builtins.STATICS.get(callee.object.name, {}).get(callee.property.name)
        return builtins.METHODS.get(callee.property.name)

    def _is_at_top(self, node: Node) -> bool:
        parent = self._tree.parent(node)
        return parent is not None and parent.type == "Program"

    def _is_static(self, parent: Node | None, node: Identifier) -> bool:
        """Whether an object of the language stands before a dot and the name of something listed."""
        if parent is None or parent.type != "MemberExpression" or parent.object is not node or parent.computed:
            return False
        name = parent.property.name
        if name in builtins.CONSTANTS.get(node.name, ()):
            return True
        return name in builtins.STATICS.get(node.name, ()) and self.is_called(parent)

    def _is_type(self, parent: Node | None, node: Identifier) -> bool:
        return (
            parent is not None
            and parent.type == "BinaryExpression"
            and parent.operator == "instanceof"
            and parent.right is node
            and node.name in builtins.CONSTRUCTORS
        )
