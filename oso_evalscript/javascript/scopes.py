"""Scopes: which variable each name of a script stands for, by JavaScript's own rules; without recursion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from oso_evalscript.javascript.nodes import ForEach, Function, FunctionType, Identifier, NodeType, Program
from oso_evalscript.javascript.syntax import Node, Tree

FUNCTIONS: Final[frozenset[FunctionType]] = frozenset(
    {"FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"}
)

DEEPEST = 200
"""The number of scopes around a name, of those that declare anything, beyond which it is not looked up."""

_MAKES_SCOPE = FUNCTIONS | {
    "Program",
    "BlockStatement",
    "ForStatement",
    "ForInStatement",
    "ForOfStatement",
    "ForAwaitStatement",
    "SwitchStatement",
    "CatchClause",
    "ClassExpression",
    "StaticBlock",
}
_DECLARES: Final[tuple[NodeType, ...]] = (
    "VariableDeclaration",
    *FUNCTIONS,
    "ClassDeclaration",
    "ClassExpression",
    "CatchClause",
    "AssignmentExpression",
    "UpdateExpression",
    "UnaryExpression",
    "ForInStatement",
    "ForOfStatement",
    "ForAwaitStatement",
)
_JUMPS: Final = ("LabeledStatement", "BreakStatement", "ContinueStatement")
_KEYED: Final = ("Property", "MethodDefinition", "FieldDefinition")


@dataclass(slots=True, eq=False)
class Variable:
    """A variable of the script.

    Attributes:
        name: what it is called.
        owner: the function whose call it lives as long as; the `Program` node where it lives as long as the script.
        makings: every place that declares it with a value, or assigns to it: what is put in, None where that is no
            plain expression.
        declarations: how often it is declared as a function or a parameter.
        declared: whether it is declared at all, rather than made by assigning to it.
    """

    name: str
    owner: Function | Program
    makings: list[Node | None] = field(default_factory=list)
    declarations: int = 0
    declared: bool = True

    @property
    def function(self) -> Function | None:
        """The function that it always stands for, once it is set; None where it may hold anything else."""
        if len(self.makings) != 1 or self.declarations > 1:
            return None
        made = self.makings[0]
        return made if made is not None and made.type in FUNCTIONS else None

    @property
    def outlives_calls(self) -> bool:
        """Whether it belongs to no call of a function, but to the script."""
        return self.owner.type == "Program"


@dataclass(slots=True, eq=False)
class _Scope:
    """Where names are declared, the nearest scope around it, and the own nodes of its function."""

    function: Function | Program
    around: _Scope | None
    own: list[Node]
    names: dict[str, Variable] = field(default_factory=dict)


class Scopes:
    """The variables of a whole tree.

    Attributes:
        top: the variables that the script declares at its top, or makes by assigning to a name that none declares.
        own: for the id of each function, and of the `Program`, its own nodes, parents first, without those of functions
            inside it.
        undeclared: the names that nothing declares, in the order of the text; those too that are only assigned to.
        too_deep: whether some names stand too deeply to be looked up, and may be missing or wrongly undeclared.
        fault: what keeps names from being looked up, with the node; None where all is well.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._scopes: dict[int, _Scope] = {}
        self._names: dict[int, tuple[Identifier, _Scope]] = {}  # the names of variables, by the id of the node
        self._found: dict[int, Variable] = {}
        self._targets: dict[int, Node | None] = {}  # a name that is written → what is put in
        self.own: dict[int, list[Node]] = {}
        self.undeclared: tuple[Identifier, ...] = ()
        self.too_deep = False
        self.fault: tuple[Node, str] | None = None
        self._place_all()
        for node in tree.of_type(*_DECLARES):
            self._declare(node)
        self._top = self._scopes[id(tree.root)].names if tree.root is not None else {}
        self._look_up()
        variables = {id(variable): variable for variable in self._found.values()} | {
            id(variable): variable
            for scope in {id(scope): scope for scope in self._scopes.values()}.values()
            for variable in scope.names.values()
        }
        self._named = {
            id(variable.function) for variable in variables.values() if variable.function is not variable.owner
        }

    @property
    def top(self) -> dict[str, Variable]:
        """The variables at the top of the script, by name."""
        return self._top

    def variable(self, name: Node) -> Variable | None:
        """The variable an identifier stands for; None where the script has none of that name."""
        return self._found.get(id(name))

    def is_read(self, node: Node) -> bool:
        """Whether an identifier stands for the value of a variable: no key, no label, no declaration."""
        return id(node) in self._names and id(node) not in self._targets

    def is_named(self, function: Node) -> bool:
        """Whether some variable outside of a function always stands for it."""
        return id(function) in self._named

    def functions_in(self, function: Function | Program) -> Iterator[Function]:
        """Yield the functions that a function names, or defines without giving them a name of their own."""
        for node in self.own[id(function)]:
            if node.type == "Identifier":
                variable = self.variable(node) if self.is_read(node) else None
                if variable is not None and variable.function is not None:
                    yield variable.function
            elif node.type in FUNCTIONS and not self.is_named(node):
                yield node

    def _place_all(self) -> None:
        """Note in which scope each node stands, and to which function it belongs."""
        scopes, parents = self._scopes, self._tree.parents
        for node in self._tree.nodes:
            key = id(node)
            if node.type == "Program":
                own = self.own[key] = [node]
                scopes[key] = _Scope(node, None, own)
                continue
            parent = parents[key]
            around = scopes[id(parent)]
            around.own.append(node)
            if node.type == "Literal":
                continue
            if node.type == "Identifier":
                scopes[key] = around
                if not _is_label_or_key(node, parent):
                    self._names[key] = (node, around)
            elif node.type in FUNCTIONS:
                self.own[key] = []
                scopes[key] = _Scope(node, around, self.own[key])
            elif node.type in _MAKES_SCOPE and parent.type not in FUNCTIONS:
                scopes[key] = _Scope(around.function, around, around.own)
            else:
                scopes[key] = around

    def _declare(self, node: Node) -> None:
        scope = self._scopes[id(node)]
        match node.type:
            case "VariableDeclaration":
                if node.kind == "var":
                    scope = self._scopes[id(scope.function)]
                for item in node.declarations:
                    for name in bound_names(item.id):
                        self._variable(scope, name)
                        if item.init is not None:
                            self._targets[id(name)] = item.init if item.id is name else None
                        elif id(name) not in self._targets:  # as it is where a loop sets it
                            self._drop(name)
            case "FunctionDeclaration" | "FunctionExpression" | "ArrowFunctionExpression":
                self._declare_function(node, scope)
            case "ClassDeclaration" | "ClassExpression" if node.id is not None:
                variable = self._variable(scope, node.id)
                variable.declarations += 1
                variable.makings.append(node)
                self._drop(node.id)
            case "CatchClause" if node.param is not None:
                for name in bound_names(node.param):
                    self._variable(scope, name)
                    self._targets[id(name)] = None
            case "AssignmentExpression":
                for name in bound_names(node.left):
                    plain = node.operator == "=" and node.left is name
                    self._targets[id(name)] = node.right if plain else None
            case "UpdateExpression":
                self._target(node.argument)
            case "UnaryExpression" if node.operator == "delete":
                self._target(node.argument)
            case "ForInStatement" | "ForOfStatement" | "ForAwaitStatement":
                self._target(loop_target(node))

    def _declare_function(self, node: Function, scope: _Scope) -> None:
        if node.id is not None:
            parent = self._tree.parent(node)
            if node.type == "FunctionDeclaration":
                outer = scope.around or scope
                if parent is None or (
                    parent.type != "Program" and self._scopes[id(parent)].function.body is not parent
                ):
                    self._fail(node, "declares a function inside of a block")
                    outer = self._scopes[id(outer.function)]  # where sloppy code finds it, behind the block as well
                scope_of_name = outer
            else:
                scope_of_name = scope
            variable = self._variable(scope_of_name, node.id)
            variable.declarations += 1
            variable.makings.append(node)
            self._drop(node.id)
        for parameter in node.params:
            for name in bound_names(parameter):
                variable = self._variable(scope, name)
                variable.declarations += 1
                self._targets[id(name)] = None

    def _variable(self, scope: _Scope, name: Identifier) -> Variable:
        if name.name not in scope.names:
            scope.names[name.name] = Variable(name.name, scope.function)
        return scope.names[name.name]

    def _target(self, pattern: Node) -> None:
        for name in bound_names(pattern):
            self._targets[id(name)] = None

    def _drop(self, name: Identifier) -> None:
        self._names.pop(id(name), None)

    def _look_up(self) -> None:
        """Find the variable of every name; one that is assigned to, but declared nowhere, is a variable at the top."""
        for scope in {id(scope): scope for scope in self._scopes.values()}.values():
            while scope.around is not None and not scope.around.names and scope.around.around is not None:
                scope.around = scope.around.around
        undeclared: list[Identifier] = []
        for key, (name, scope) in self._names.items():
            variable = self._lookup(scope, name)
            if variable is not None:
                self._found[key] = variable
                if key in self._targets:
                    variable.makings.append(self._targets[key])
            else:
                undeclared.append(name)
        root = self._tree.root
        self.undeclared = tuple(sorted(undeclared, key=lambda name: name.range[0]))
        for name in undeclared:
            if root is not None and id(name) in self._targets:
                made = self._top.setdefault(name.name, Variable(name.name, root, declared=False))
                made.makings.append(self._targets[id(name)])
        for name in undeclared:
            if name.name in self._top:
                self._found[id(name)] = self._top[name.name]

    def _lookup(self, scope: _Scope | None, name: Identifier) -> Variable | None:
        for _ in range(DEEPEST):
            if scope is None:
                return None
            if name.name in scope.names:
                return scope.names[name.name]
            scope = scope.around
        self.too_deep = True
        self._fail(name, "is nested too deeply to be followed")
        return None

    def _fail(self, node: Node, words: str) -> None:
        self.fault = self.fault or (node, words)


def bound_names(pattern: Node) -> Iterator[Identifier]:
    """Yield the identifiers that a pattern binds or assigns to; none for the member of an object."""
    stack: list[Node] = [pattern]
    while stack:
        node = stack.pop()
        match node.type:
            case "Identifier":
                yield node
            case "ObjectPattern" | "ArrayPattern":
                items = node.properties if node.type == "ObjectPattern" else node.elements
                stack.extend(item for item in items if item is not None)
            case "Property":
                stack.append(node.value)
            case "AssignmentPattern":
                stack.append(node.left)
            case "RestElement":
                stack.append(node.argument)


def loop_target(loop: ForEach) -> Node:
    """Return the pattern that a `for … in` or `for … of` sets."""
    return loop.left.declarations[0].id if loop.left.type == "VariableDeclaration" else loop.left


def _is_label_or_key(node: Node, parent: Node) -> bool:
    """Whether an identifier is the name of a property, or a label, rather than that of a variable."""
    if parent.type == "MemberExpression":
        return parent.property is node and not parent.computed
    if parent.type in _KEYED:
        return parent.key is node and parent.value is not node and not parent.computed
    return parent.type in _JUMPS and parent.label is node
