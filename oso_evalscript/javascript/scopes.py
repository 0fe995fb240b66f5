"""Scopes: which variable each name of a script stands for, by JavaScript's own rules; without recursion.

A name is looked up from where it stands outwards. These are the places where that is not what it looks like, with the
names that ECMA-262 has for the steps; `tests/javascript/test_scopes_agreement.py` compares all of them with V8.

- *Parameters with expressions* (defaults, computed keys): the parameters have a scope of their own around that of the
  body, so that no expression in them sees what the body declares, in whichever form. A `var` of the body with the name
  of a parameter is another variable, and begins as what the parameter holds; a function of the body does not. Without
  expressions both are one scope. The same holds for arrows and methods (FunctionDeclarationInstantiation).
- *`arguments`* is a variable beside the parameters of every function but arrows, whose `arguments` is that of the
  function around them. A parameter of that name replaces it; so does a function, `let`, `const` or `class` of the
  body where parameters and body are one scope. `var arguments` is that variable, or begins as it (the same).
- *The name of a function expression* is declared in a scope around the function that holds nothing else: parameters
  and body may hide it (InstantiateOrdinaryFunctionExpression). A method's name is not a variable.
- *`switch (…)`*: what is switched on stands outside of the block, the `case` expressions inside (SwitchStatement).
- *`for (let … of …)`, `in`*: what is looped over sees the loop's names, which are not set there yet
  (ForIn/OfHeadEvaluation). The body is a block inside of the head's scope, and may hide its names. That each pass has
  variables of its own changes what closures remember, not what a name means (CreatePerIterationEnvironment).
- *`catch (…)`*: the parameter, with its defaults, stands in a scope around the block (CatchClauseEvaluation). A `var`
  of its name in the block is declared for the whole function, but its initial value goes to the parameter (B.3.4).
- *`class A extends …`*: the class is declared outside, and once more in a scope around all of it, which `extends`,
  keys, fields and methods see (ClassDefinitionEvaluation). A `static` block takes its own `var`. All of it is strict.
- *Functions in blocks*: each is declared for its block, from the start of it. In sloppy code a plain function is a
  `var` of the function around as well, which takes over what the block's variable holds whenever the declaration is
  passed; unless a parameter, or `let` and the like in a block between, has that name (B.3.2). A function in a block
  between does not keep V8 from it, though it should. `if (…) function f() {}` counts as a block (B.3.3).
- *`var`* belongs to the function around, or `static` block, wherever it stands (VarDeclaredNames).
- *Labels* and names of properties are not variables; a short `{ a }` is both. Generators have the scopes of functions.
- *Names that nothing declares* become variables at the top where sloppy code assigns to them (PutValue).
- *`with`* and direct *`eval`* can give any name another meaning: `fault` says so, and nothing is to be relied on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from oso_evalscript.javascript.kinds import CLASSES, FUNCTIONS, ITERATIONS, KEYED, LABELLED
from oso_evalscript.javascript.node_types import NodeType
from oso_evalscript.javascript.nodes import Class, Declaration, Function, Identifier, Program
from oso_evalscript.javascript.patterns import bound_names, loop_target
from oso_evalscript.javascript.strictness import begins_strict
from oso_evalscript.javascript.syntax import Node, Tree, walk

MAX_DEPTH = 200
"""The number of scopes around a name, of those that declare anything, beyond which it is not looked up."""

_MAKES_SCOPE = frozenset(
    {"BlockStatement", "ForStatement", "SwitchStatement", "CatchClause", "StaticBlock", *ITERATIONS, *CLASSES}
)
_DECLARES: Final[tuple[NodeType, ...]] = (
    "VariableDeclaration",
    *FUNCTIONS,
    *CLASSES,
    "CatchClause",
    "AssignmentExpression",
    "UpdateExpression",
    "UnaryExpression",
    *ITERATIONS,
)


@dataclass(slots=True, eq=False)
class Variable:
    """A variable of the script.

    Attributes:
        name: what it is called.
        owner: the function whose call it lives as long as; the `Program` node where it lives as long as the script.
        makings: every place that declares it with a value, or assigns to it: what is put in, None where that is no
            plain expression. What it takes over from other variables counts too.
        declarations: how often it is declared as a function or a parameter.
        declared: whether it is declared at all, rather than made by assigning to it.
        sources: the variables that it takes its value over from, without any text that says so: the parameter of its
            name, or the function of its name in a block.
        is_arguments: whether it may hold the `arguments` of its function.
        is_firm: whether `let`, `const`, `class` or a pattern of `catch` declares it, so that no `var` may repeat it.
        is_function: whether it is declared as a function, outside of blocks.
        is_parameter: whether it is a parameter.
    """

    name: str
    owner: Function | Program
    makings: list[Node | None] = field(default_factory=list)
    declarations: int = 0
    declared: bool = True
    sources: list[Variable] = field(default_factory=list)
    is_arguments: bool = False
    is_firm: bool = False
    is_function: bool = False
    is_parameter: bool = False

    @property
    def function(self) -> Function | None:
        """The function that it always stands for, once it is set; None where it may hold anything else."""
        if len(self.makings) != 1:
            return None
        made = self.makings[0]
        return made if made is not None and made.type in FUNCTIONS else None

    @property
    def functions(self) -> tuple[Function, ...]:
        """The functions that it always stands for one of, once it is set: that one, or those of several blocks."""
        if self.function is not None:
            return (self.function,)
        made = [made for made in self.makings if made is not None and made.type == "FunctionDeclaration"]
        return tuple(made) if self.sources and len(made) == len(self.makings) else ()

    @property
    def outlives_calls(self) -> bool:
        """Whether it belongs to no call of a function, but to the script."""
        return self.owner.type == "Program"


@dataclass(slots=True, eq=False)
class _Scope:
    """Where names are declared.

    Attributes:
        function: the function it belongs to, or the `Program`.
        around: the nearest scope around it.
        own: the own nodes of its function.
        strict: whether its code is strict.
        hoist: the scope that a `var` in it is declared in.
        parameters: of a function's body, the scope of its parameters, which may be the same.
        names: the variables declared here.
    """

    function: Function | Program
    around: _Scope | None
    own: list[Node]
    strict: bool
    hoist: _Scope = field(init=False)
    parameters: _Scope | None = None
    names: dict[str, Variable] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hoist = self

    @property
    def hoists(self) -> bool:
        """Whether it takes the `var` of blocks inside of it."""
        return self.hoist is self


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
        self._all: list[_Scope] = []  # outer ones first
        self._scopes: dict[int, _Scope] = {}  # the scope that what is below a node stands in
        self._places: dict[int, _Scope] = {}  # the scope that a node stands in, where it is another than its parent's
        self._names: dict[int, tuple[Identifier, _Scope]] = {}  # the names of variables, by the id of the node
        self._found: dict[int, Variable] = {}
        self._targets: dict[int, Node | None] = {}  # a name that is written → what is put in
        self._lost: set[int] = set()  # the names of parameters that a function of the body replaces at once
        self._in_blocks: list[tuple[Function, Identifier, _Scope]] = []
        self.own: dict[int, list[Node]] = {}
        self.undeclared: tuple[Identifier, ...] = ()
        self.too_deep = False
        self.fault: tuple[Node, str] | None = None
        self._place_all()
        for node in tree.of_type(*_DECLARES):
            self._declare(node)
        if any(node.name == "arguments" for node in tree.of_type("Identifier")):
            self._add_arguments()
        self._skip_empty(keep_hoisting=True)
        for node, name, scope in self._in_blocks:
            self._declare_behind_block(node, name, scope)
        self._take_over()
        self._skip_empty(keep_hoisting=False)
        self._top = self._scopes[id(tree.root)].names if tree.root is not None else {}
        self._look_up()
        variables = [variable for scope in self._all for variable in scope.names.values()]
        _add_what_is_taken_over(variables)
        self._named = {
            id(function) for variable in variables for function in variable.functions if function is not variable.owner
        }
        self._let_go()

    def _let_go(self) -> None:
        """Take the scopes apart: they refer to each other, and would keep the tree until garbage is collected."""
        for scope in self._all:
            scope.around = scope.parameters = None
            del scope.hoist

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
                yield from () if variable is None else variable.functions
            elif node.type in FUNCTIONS and not self.is_named(node):
                yield node

    def body_of(self, function: Function) -> list[Node]:
        """Return the nodes of a function's body, parents first, without those of functions inside it."""
        own, body = self.own[id(function)], function.body
        return own[next(index for index, node in enumerate(own) if node is body) :]

    # ---- which scope each node stands in

    def _place_all(self) -> None:
        """Note in which scope each node stands, and to which function it belongs."""
        scopes, places, parents = self._scopes, self._places, self._tree.parents
        for node in self._tree.nodes:
            key = id(node)
            if node.type == "Program":
                own = self.own[key] = [node]
                scopes[key] = self._new(node, None, own, strict=begins_strict(node))
                continue
            parent = parents[key]
            around = places[key] if key in places else scopes[id(parent)]
            around.own.append(node)
            if node.type == "Literal":
                continue
            if node.type == "Identifier":
                scopes[key] = around
                if not is_label_or_key(node, parent):
                    self._names[key] = (node, around)
            elif node.type in FUNCTIONS:
                scopes[key] = self._function_scope(node, parent, around)
            elif node.type in _MAKES_SCOPE:
                scopes[key] = self._inner_scope(node, parent, around)
            else:
                scopes[key] = around
                if node.type == "WithStatement":
                    self._fail(node, "uses `with`, which may give any name another meaning")

    def _new(self, function: Function | Program, around: _Scope | None, own: list[Node], *, strict: bool) -> _Scope:
        scope = _Scope(function, around, own, strict)
        self._all.append(scope)
        return scope

    def _inside(self, around: _Scope, *, strict: bool = False) -> _Scope:
        """A new scope of the same function."""
        scope = self._new(around.function, around, around.own, strict=around.strict or strict)
        scope.hoist = around.hoist
        return scope

    def _function_scope(self, node: Function, parent: Node, around: _Scope) -> _Scope:
        """The scope of a function's parameters; that of its body is noted."""
        own = self.own[id(node)] = []
        if node.type == "FunctionExpression" and node.id is not None:
            around = self._inside(around)
            around.function = node  # its name lives as long as it is called: nobody else finds it
        elif node.type == "FunctionDeclaration" and parent.type == "IfStatement":
            around = self._inside(around)
        strict = around.strict or begins_strict(node.body)
        parameters = self._new(node, around, own, strict=strict)
        body = self._new(node, parameters, own, strict=strict) if self._is_apart(node) else parameters
        parameters.hoist = body
        body.parameters = parameters
        self._places[id(node.body)] = body
        return parameters

    def _is_apart(self, function: Function) -> bool:
        """Whether the body of a function has a scope apart from its parameters, for the expressions in them."""
        return any(
            node.type == "AssignmentPattern" or (node.type == "Property" and node.computed)
            for parameter in function.params
            if parameter.type != "Identifier"
            for node in walk(parameter)
        )

    def _inner_scope(self, node: Node, parent: Node, around: _Scope) -> _Scope:
        """The scope that a block, a loop, a `catch` or a class makes."""
        if node.type == "BlockStatement" and (parent.type == "StaticBlock" or id(node) in self._places):
            return around
        inner = self._inside(around, strict=node.type in CLASSES)
        if node.type == "StaticBlock":
            inner.hoist = inner
        elif node.type == "SwitchStatement":
            self._places[id(node.discriminant)] = self._around_switch(around, inner)
        return inner

    def _around_switch(self, around: _Scope, inner: _Scope) -> _Scope:
        """The scope of what a `switch` looks at, of that around it and that of its block."""
        return around

    # ---- what is declared in them

    def _declare(self, node: Node) -> None:
        scope = self._scopes[id(node)]
        match node.type:
            case "VariableDeclaration":
                self._declare_variables(node, scope)
            case "FunctionDeclaration" | "FunctionExpression" | "ArrowFunctionExpression":
                self._declare_function(node, scope)
            case "ClassDeclaration" | "ClassExpression" if node.id is not None:
                for home in (scope.around, scope) if node.type == "ClassDeclaration" else (scope,):
                    self._define(home or scope, node, node.id).is_firm = True
            case "CatchClause" if node.param is not None:
                for name in bound_names(node.param):
                    self._variable(scope, name).is_firm = node.param is not name
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

    def _declare_variables(self, node: Declaration, scope: _Scope) -> None:
        home = scope.hoist if node.kind == "var" else scope
        for item in node.declarations:
            for name in bound_names(item.id):
                variable = self._variable(home, name)
                variable.is_firm = variable.is_firm or node.kind != "var"
                if item.init is not None:
                    self._targets[id(name)] = item.init if item.id is name else None
                elif id(name) not in self._targets:  # as it is where a loop sets it
                    self._names.pop(id(name), None)

    def _declare_function(self, node: Function, scope: _Scope) -> None:
        home = scope.around
        if node.id is not None and home is not None:
            variable = self._define(home, node, node.id)
            if node.type == "FunctionDeclaration" and not home.hoists:
                variable.is_firm = bool(node.isAsync or node.generator)
                self._in_blocks.append((node, node.id, home))
            else:
                variable.is_function = True
        for parameter in node.params:
            for name in bound_names(parameter):
                variable = self._variable(scope, name)
                variable.declarations += 1
                variable.is_parameter = True
                self._targets[id(name)] = None

    def _define(self, home: _Scope, made: Function | Class, name: Identifier) -> Variable:
        """Declare the name of a function or a class."""
        variable = self._variable(home, name)
        variable.declarations += 1
        variable.makings.append(made)
        self._names.pop(id(name), None)
        return variable

    def _variable(self, scope: _Scope, name: Identifier) -> Variable:
        if name.name not in scope.names:
            scope.names[name.name] = Variable(name.name, scope.function)
        return scope.names[name.name]

    def _target(self, pattern: Node) -> None:
        for name in bound_names(pattern):
            self._targets[id(name)] = None

    def _add_arguments(self) -> None:
        """Declare `arguments` in every function that has it."""
        for scope in self._all:
            if scope.hoist.parameters is not scope or scope.function.type == "ArrowFunctionExpression":
                continue
            variable = scope.names.get("arguments")
            if variable is None:
                variable = scope.names["arguments"] = Variable("arguments", scope.function)
            if not (variable.is_parameter or variable.is_function or variable.is_firm):
                variable.is_arguments = True
                variable.makings.append(None)

    def _declare_behind_block(self, node: Function, own: Identifier, block: _Scope) -> None:
        """Let a function in a block be found behind the block as well, where sloppy code finds it."""
        if block.strict or node.isAsync or node.generator:
            return
        name = own.name
        scope = block.around
        for _ in range(MAX_DEPTH):
            if scope is None or scope.hoists:
                break
            if name in scope.names and scope.names[name].is_firm:
                return
            scope = scope.around
        else:
            self._give_up(node)
        home = block.hoist
        known = home.names.get(name), home.parameters.names.get(name) if home.parameters is not None else None
        if not any(variable is not None and (variable.is_firm or variable.is_parameter) for variable in known):
            self._variable(home, own).sources.append(block.names[name])

    def _take_over(self) -> None:
        """Let what a body declares by `var` begin as the parameter of its name."""
        for body in self._all:
            if body.parameters is None:
                continue
            if body.parameters is body:
                self._lose_parameters(body)
                continue
            for name in body.names.keys() & body.parameters.names.keys():
                if not (body.names[name].is_function or body.names[name].is_firm):
                    body.names[name].sources.append(body.parameters.names[name])

    def _lose_parameters(self, body: _Scope) -> None:
        """Forget what parameters are given, where a function of the body replaces it at once."""
        if any(variable.is_parameter and variable.is_function for variable in body.names.values()):
            for parameter in body.function.params if body.function.type != "Program" else ():
                self._lost |= {id(name) for name in bound_names(parameter) if body.names[name.name].is_function}

    # ---- what is found

    def _skip_empty(self, *, keep_hoisting: bool) -> None:
        """Pass over scopes that declare nothing, outer ones first; those may be kept that may still get a `var`."""
        for scope in self._all:
            around = scope.around
            while around is not None and around.around is not None and not around.names:
                if keep_hoisting and around.hoists:
                    break
                around = scope.around = around.around

    def _look_up(self) -> None:
        """Find the variable of every name; one that is assigned to, but declared nowhere, is a variable at the top."""
        undeclared: list[Identifier] = []
        for key, (name, scope) in self._names.items():
            variable = self._lookup(scope, name)
            if variable is None:
                undeclared.append(name)
                continue
            self._found[key] = variable
            if key in self._targets and key not in self._lost:
                variable.makings.append(self._targets[key])
        root = self._tree.root
        self.undeclared = tuple(sorted(undeclared, key=lambda name: name.range[0]))
        for name in undeclared:
            if root is not None and id(name) in self._targets:
                made = self._top.setdefault(name.name, Variable(name.name, root, declared=False))
                made.makings.append(self._targets[id(name)])
        for name in undeclared:
            if name.name in self._top:
                self._found[id(name)] = self._top[name.name]
            elif name.name == "eval" and self._is_called(name):
                self._fail(name, "calls `eval`, which may give any name another meaning")

    def _lookup(self, scope: _Scope | None, name: Identifier) -> Variable | None:
        for _ in range(MAX_DEPTH):
            if scope is None:
                return None
            if name.name in scope.names:
                return scope.names[name.name]
            scope = scope.around
        self._give_up(name)
        return None

    def _is_called(self, name: Node) -> bool:
        parent = self._tree.parent(name)
        return parent is not None and parent.type == "CallExpression" and parent.callee is name

    def _give_up(self, node: Node) -> None:
        self.too_deep = True
        self._fail(node, "is nested too deeply to be followed")

    def _fail(self, node: Node, words: str) -> None:
        self.fault = self.fault or (node, words)


def _add_what_is_taken_over(variables: list[Variable]) -> None:
    """Count what variables take over from others among their makings; nothing is taken over twice."""
    for variable in variables:
        for source in variable.sources:
            variable.makings += source.makings
            variable.is_arguments |= source.is_arguments


def is_label_or_key(node: Node, parent: Node) -> bool:
    """Return whether an identifier is the name of a property, or a label, rather than that of a variable."""
    if parent.type == "MemberExpression":
        return parent.property is node and not parent.computed
    if parent.type in KEYED:
        return parent.key is node and parent.value is not node and not parent.computed
    return parent.type in LABELLED and parent.label is node
