"""The names of a script: which variable each stands for, and which variables hold one constant value.

Scopes are JavaScript's own. Where they cannot be told, no name stands for anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TypeGuard

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.kinds import FUNCTIONS
from oso_evalscript.javascript.patterns import bound_names
from oso_evalscript.javascript.scopes import Scopes, Variable
from oso_evalscript.javascript.syntax import Node, Tree, children
from oso_evalscript.model.host import signatures

__all__ = ["Names", "bound_names", "own_nodes"]


_PRIMITIVE = ("Literal", "TemplateLiteral", "UnaryExpression", "BinaryExpression")
_READING_METHODS = frozenset(
    "at concat every filter find findIndex includes indexOf join map slice some toFixed toString".split()  # noqa: SIM905
) | {name for known in signatures.CLASSES.values() for name, method in known.methods.items() if not method.changes}
# Functions of the language and of the service that leave their arguments alone.
_READING_FUNCTIONS = frozenset("Boolean Map Number Set String isFinite isNaN parseFloat parseInt".split()) | {  # noqa: SIM905
    *(name for name, known in signatures.FUNCTIONS.items() if not known.changes),
    *(name for name, known in signatures.CLASSES.items() if not known.constructor.changes),
}
_READING_OBJECTS = frozenset({"JSON", "Math", "Number", *signatures.CLASSES})
_ENDS_HARMLESS = frozenset(
    """ReturnStatement SpreadElement BinaryExpression UnaryExpression TemplateLiteral IfStatement WhileStatement
    DoWhileStatement ForStatement SwitchStatement SwitchCase ExpressionStatement ThrowStatement""".split()  # noqa: SIM905
)


class Names:
    """What the text says of each name."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.scopes = Scopes(tree)
        self._classes = {node.id.name for node in tree.of_type("ClassDeclaration", "ClassExpression") if node.id}

    def variable(self, name: Node) -> Variable | None:
        """Return the variable a node names, None where it is no name or the script has no such variable."""
        return self.scopes.variable(name) if name.type == "Identifier" and self.scopes.fault is None else None

    def function(self, name: Node) -> nodes.Function | None:
        """Return the function of the script that a node always names, None where it names anything else."""
        variable = self.variable(name)
        return variable.function if variable is not None else None

    def callees(self, name: Node) -> tuple[tuple[nodes.Function, Node], ...]:
        """Return the functions one of which a node always names, each with the place that names it.

        Nothing where it may name anything else.

        What a parameter names is what every call of its function gives it.
        """
        function = self.function(name)
        if function is not None:
            return ((function, name),)
        variable = self.variable(name)
        owner = variable.owner if variable is not None and variable.is_parameter else None
        if variable is None or owner is None or owner.type == "Program" or len(variable.makings) > 1:
            return ()
        own = self.named(owner)
        at = next((at for at, item in enumerate(owner.params) if self.variable(item) is variable), None)
        found: list[tuple[nodes.Function, Node]] = []
        for place in self.reads(own) if own is not None and at is not None else ():
            call = self._tree.parent(place)
            if call is None or call.type != "CallExpression" or call.callee is not place or at is None:
                return ()
            given = call.arguments[at] if at < len(call.arguments) else None
            if given is None or any(item.type == "SpreadElement" for item in call.arguments[: at + 1]):
                return ()
            known = given if given.type in FUNCTIONS else self.function(given)
            if known is None:
                return ()
            found.append((known, given))
        return tuple(found)

    def named(self, function: nodes.Function) -> Variable | None:
        """Return the variable that always stands for a function, None where it has none."""
        return self._functions.get(id(function))

    def constant(self, name: Node) -> Node | None:
        """Return the initial value of a variable that is set once, where it is declared, and never changed."""
        variable = self.variable(name)
        return self._constants.get(id(variable)) if variable is not None else None

    def is_free(self, name: Node) -> TypeGuard[nodes.Identifier]:
        """Whether an identifier is none of the script's own, so that the service must provide it."""
        if name.type != "Identifier" or name.name in self._classes:
            return False
        return self.scopes.variable(name) is None and (self.scopes.fault is None or name.name not in self._declared)

    def reads(self, variable: Variable) -> tuple[Node, ...]:
        """Return the places where the value of a variable is read."""
        return tuple(self._reads.get(id(variable), ()))

    def is_changed(self, variable: Variable) -> bool:
        """Return whether some use of a variable may change its value in place, or hand it to somebody who may."""
        return id(variable) in self._harmed

    def only_reads(self, call: nodes.Call, node: Node) -> bool:
        """Return whether a call leaves a value alone that it is given, or that its method belongs to."""
        callee = call.callee
        if callee.type == "Identifier":
            return node is not callee and callee.name in _READING_FUNCTIONS and self.is_free(callee)
        if callee.type != "MemberExpression" or callee.computed:
            return False
        if callee.object.type == "Identifier" and callee.object.name in _READING_OBJECTS:
            return self.is_free(callee.object)
        return callee.property.name in _READING_METHODS

    @cached_property
    def _declared(self) -> frozenset[str]:
        """All names that anything declares, for where scopes cannot be told."""
        found: set[str] = set()
        for node in self._tree.of_type("VariableDeclarator", "AssignmentExpression", *FUNCTIONS):
            if node.type == "VariableDeclarator":
                found.update(name.name for name in bound_names(node.id))
            elif node.type in FUNCTIONS:
                patterns = (*node.params, *((node.id,) if node.id is not None else ()))
                found.update(name.name for pattern in patterns for name in bound_names(pattern))
            elif node.type == "AssignmentExpression":
                found.update(name.name for name in bound_names(node.left))
        return frozenset(found)

    @cached_property
    def _reads(self) -> dict[int, list[Node]]:
        found: dict[int, list[Node]] = {}
        for node in self._tree.of_type("Identifier"):
            if self.scopes.is_read(node):
                variable = self.variable(node)
                if variable is not None:
                    found.setdefault(id(variable), []).append(node)
        return found

    @cached_property
    def _functions(self) -> dict[int, Variable]:
        """The variables that always stand for one function, by the id of the function."""
        found: dict[int, Variable] = {}
        for node in self._tree.of_type("Identifier"):
            variable = self.variable(node)
            if variable is not None and variable.function is not None:
                found[id(variable.function)] = variable
        for variable in self.scopes.top.values():
            if variable.function is not None and self.scopes.fault is None:
                found[id(variable.function)] = variable
        return found

    @cached_property
    def _constants(self) -> dict[int, Node]:
        """The constant values, by the id of the variable."""
        found: dict[int, Node] = {}
        for node in self._tree.of_type("VariableDeclarator"):
            if node.id.type != "Identifier" or node.init is None:
                continue
            variable = self.variable(node.id)
            if variable is not None and len(variable.makings) == 1 and variable.declarations == 0:
                found[id(variable)] = node.init
        return {
            variable: node
            for variable, node in found.items()
            if node.type in _PRIMITIVE or variable not in self._harmed
        }

    @cached_property
    def _harmed(self) -> frozenset[int]:
        """The variables whose value some use may change, or hand to somebody who may."""
        harmed: set[int] = set()
        aliases: dict[int, set[int]] = {}  # another variable of the value → the variables it is another name of
        for variable, places in self._reads.items():
            for place in places:
                others = self._use(place)
                if others is None:
                    harmed.add(variable)
                for other in others or ():
                    aliases.setdefault(id(self.variable(other)), set()).add(variable)
        waiting = list(harmed)
        while waiting:
            for variable in aliases.get(waiting.pop(), set()) - harmed:
                harmed.add(variable)
                waiting.append(variable)
        return frozenset(harmed)

    def _use(self, node: Node) -> tuple[Node, ...] | None:
        """The names of variables that one use gives to the same value; None where the use may change it."""
        parent = self._tree.parent(node)
        while parent is not None:
            match parent.type:
                case "MemberExpression" if parent.object is not node:
                    return ()  # an index, or the name of a property
                case "Property" | "MethodDefinition" | "FieldDefinition" if parent.key is node and not parent.computed:
                    if parent.type != "Property" or not parent.shorthand:
                        return ()
                case "CallExpression" | "NewExpression":
                    return () if self.only_reads(parent, node) else None
                case "VariableDeclarator":
                    return tuple(bound_names(parent.id))
                case "ForOfStatement" if parent.right is node:
                    left = parent.left.declarations[0].id if parent.left.type == "VariableDeclaration" else parent.left
                    return tuple(bound_names(left))
                case "ConditionalExpression" if parent.test is node:
                    return ()
                case "SequenceExpression" if parent.expressions[-1] is not node:
                    return ()
                case "ArrowFunctionExpression" if parent.body is node:
                    return ()
                case (
                    "MemberExpression"
                    | "Property"
                    | "ObjectExpression"
                    | "ArrayExpression"
                    | "ConditionalExpression"
                    | "SequenceExpression"
                    | "LogicalExpression"
                ):
                    pass  # the value goes on as a part, or as the whole, of what stands around it
                case "UnaryExpression" if parent.operator == "delete":
                    return None
                case kind:
                    return () if kind in _ENDS_HARMLESS else None
            node, parent = parent, self._tree.parent(parent)
        return None


def own_nodes(node: Node) -> Iterator[Node]:
    """Yield a node and what is below it, without entering functions inside it."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        if current is node or current.type not in FUNCTIONS:
            stack.extend(reversed(children(current)))
