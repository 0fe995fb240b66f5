"""What the functions of a script may change, and what they hand on, one construct after the other.

Every kind of node stands in `_SILENT` or has a method in `_HANDLERS` that says which objects flow where; anything else
is refused. A node's children come before it, so nothing here recurses. Functions are values nowhere but where they are
called, or called back by something that forgets them: then each call of a function of the script is in sight, and
no function outlives the call that made it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from oso_evalscript.javascript import builtins, nodes
from oso_evalscript.javascript.builtins import Call, Known, hand_on
from oso_evalscript.javascript.callees import Callees
from oso_evalscript.javascript.engine import Doubt, Phase
from oso_evalscript.javascript.flow import SHARED, Cell, Flow
from oso_evalscript.javascript.kinds import FUNCTIONS
from oso_evalscript.javascript.patterns import loop_target
from oso_evalscript.javascript.scopes import Scopes, Variable
from oso_evalscript.javascript.syntax import Node, Tree


@dataclass(slots=True, eq=False)
class _Function:
    """The cells of a function: for each parameter, for what it returns, and for an array of `...rest`."""

    parameters: list[int]
    returned: int
    rest: Cell = None


_NAMES = {
    "ThisExpression": "`this`",
    "ClassDeclaration": "a class",
    "ClassExpression": "a class",
    "AwaitExpression": "`await`",
    "YieldExpression": "`yield`",
    "TaggedTemplateExpression": "a tagged template",
    "WithStatement": "`with`",
}
_SILENT = frozenset(
    """Program BlockStatement EmptyStatement ExpressionStatement IfStatement ForStatement WhileStatement
    DoWhileStatement SwitchStatement SwitchCase BreakStatement ContinueStatement LabeledStatement TryStatement
    ThrowStatement VariableDeclaration FunctionDeclaration BinaryExpression TemplateLiteral ObjectPattern
    ArrayPattern AssignmentPattern RestElement""".split()
)
"""Nodes that hand on no object by themselves, and change nothing."""


class Effects:
    """The effects of functions of a script, each with the phases it runs in.

    Attributes:
        flow: where objects go.
        doubts: what is not known to be harmless.
        writes: what is changed: the node, the cell of what it belongs to, and in which words to refuse it.
    """

    def __init__(self, tree: Tree, scopes: Scopes, functions: Sequence[tuple[Node, Phase]]) -> None:
        self.flow = Flow()
        self.doubts: list[Doubt] = []
        self.writes: list[tuple[Node, Cell, str]] = []
        self._tree = tree
        self._scopes = scopes
        self._callees = Callees(tree, scopes)
        self._values: dict[int, Cell] = {}
        self._variables: dict[int, int] = {}
        self._functions: dict[int, _Function] = {}
        # What stands in a function that no pixel depends on, such as `setup`, does not get out of it.
        looked_at = [node for function, phase in functions if phase is not Phase.HOOK for node in self._own(function)]
        texts = frozenset(text for node in looked_at if (text := _text(node)) is not None)
        self._stored = texts | frozenset(_stored_names(tree))
        self._names_inherited = not texts.isdisjoint(builtins.INHERITED)
        self._current: Node | None = None
        self._phase = Phase.NONE
        self._looked_at = {id(function) for function, _ in functions}
        for function, phase in functions:
            self._look_at(function, phase)

    def _own(self, function: Node) -> list[Node]:
        return self._scopes.own[id(function)]

    def _look_at(self, function: Node, phase: Phase) -> None:
        """Add what a function does, or the script while it loads."""
        self._current, self._phase = function, phase
        for node in reversed(self._own(function)):
            if node.type in _SILENT:
                continue
            handler = _HANDLERS.get(node.type)
            if handler is None:
                self._refuse(node, f"uses {_NAMES.get(node.type, node.type)}")
            else:
                self._values[id(node)] = handler(self, node)
        if function.type in FUNCTIONS:
            self._enter(function)

    def call(self, function: nodes.Function, arguments: Sequence[Cell]) -> Cell:
        """Let a function of the script be called with arguments; return what it returns."""
        cells = self._cells(function)
        for index, argument in enumerate(arguments):
            if index < len(cells.parameters):
                self.flow.copy(argument, cells.parameters[index])
            elif cells.rest is not None:
                self.flow.store(argument, cells.rest)
        return cells.returned

    # ---- functions

    def _cells(self, function: nodes.Function) -> _Function:
        if id(function) not in self._functions:
            if id(function) not in self._looked_at:  # so that none is overlooked, whatever becomes of `functions`
                self._refuse(function, "calls a function that was not looked at")
            plain = [item for item in function.params if item.type != "RestElement"]
            cells = _Function([self.flow.cell() for _ in plain], self.flow.cell())
            if len(plain) < len(function.params):
                cells.rest = self.flow.make()
            self._functions[id(function)] = cells
        return self._functions[id(function)]

    def _enter(self, function: nodes.Function) -> None:
        if function.isAsync or function.generator:
            self._refuse(function, "is an async function or a generator")
        cells = self._cells(function)
        plain = (item for item in function.params if item.type != "RestElement")
        for pattern, cell in zip(plain, cells.parameters, strict=True):
            self._assign(pattern, cell)
        last = function.params[-1] if function.params else None
        if last is not None and last.type == "RestElement":
            self._assign(last.argument, cells.rest)
        if function.body.type != "BlockStatement":
            self.flow.copy(self._value(function.body), cells.returned)

    def _return(self, node: nodes.Return) -> Cell:
        if self._current is not None and self._current.type in FUNCTIONS and node.argument is not None:
            self.flow.copy(self._value(node.argument), self._cells(self._current).returned)
        return None

    def _function(self, node: nodes.Function) -> Cell:
        if not self._callees.is_called(node) and not self._callees.is_definition(node):
            self._refuse(node, "hands on a function as a value")
        return None

    # ---- names

    def _identifier(self, node: nodes.Identifier) -> Cell:
        return self._name(node) if self._scopes.is_read(node) else None

    def _name(self, node: nodes.Identifier) -> Cell:
        """What a name stands for when it is read."""
        variable = self._scopes.variable(node)
        if variable is None:
            return self._host_value(node)
        if variable.is_arguments:
            self._refuse(node, "uses `arguments`, which holds everything that the function is given")
        if variable.functions:
            if not self._callees.is_called(node):
                self._refuse(node, f"hands on the function `{node.name}` as a value")
            return None
        return self._variable(variable)

    def _variable(self, variable: Variable) -> int:
        if variable.outlives_calls:
            return SHARED
        if id(variable) not in self._variables:
            cell = self._variables[id(variable)] = self.flow.cell()
            for source in variable.sources:
                self.flow.copy(self._variable(source), cell)
        return self._variables[id(variable)]

    def _host_value(self, node: nodes.Identifier) -> Cell:
        if node.name in builtins.VALUES:
            return None
        if node.name in builtins.TABLES:
            return SHARED
        named = self._callees.is_named(node)
        if not named or not (node.name in builtins.NAMES or (node.name == "Date" and self._phase is Phase.HOOK)):
            self._refuse(node, f"uses `{node.name}`, which is not known to be harmless")
        return None

    # ---- assignments

    def _assign(self, target: Node, value: Cell) -> None:
        """Put a value into whatever a pattern names."""
        stack: list[tuple[Node, Cell]] = [(target, value)]
        while stack:
            node, value = stack.pop()
            match node.type:
                case "Identifier":
                    self._assign_name(node, value)
                case "MemberExpression":
                    self._assign_member(node, value)
                case "ChainExpression":
                    stack.append((node.expression, value))
                case "AssignmentPattern":
                    stack.append((node.left, self.flow.join(value, self._value(node.right))))
                case "RestElement":
                    stack.append((node.argument, self._made(value)))
                case "ArrayPattern":
                    stack.extend(self._taken(item, value) for item in node.elements if item is not None)
                case "ObjectPattern":
                    stack.extend(self._taken(item, value) for item in node.properties)
                case _:
                    self._refuse(node, "assigns to something that is not known")

    def _taken(self, item: Node, value: Cell) -> tuple[Node, Cell]:
        """Where one item of a pattern puts what it takes out of a value, and what that is."""
        if item.type == "RestElement":
            return item, value
        if item.type != "Property":
            return item, self.flow.inside(value)
        name = item.key.name if item.key.type == "Identifier" and not item.computed else None
        return item.value, self._read(value, name)

    def _assign_name(self, node: nodes.Identifier, value: Cell) -> None:
        variable = self._scopes.variable(node)
        if variable is None or (variable.outlives_calls and self._is_implicit(variable)):
            self._refuse(node, f"replaces `{node.name}`")
        elif not variable.outlives_calls:
            self.flow.copy(value, self._variable(variable))
        elif self._phase is not Phase.LOAD:
            self._refuse(node, f"assigns to `{node.name}`, which outlives the pixel")

    def _is_implicit(self, variable: Variable) -> bool:
        return variable.name in builtins.NAMES and not variable.declared

    def _assign_member(self, node: nodes.Member, value: Cell) -> None:
        if self._callees.is_host(node.object):
            self._refuse(node, f"changes `{node.object.name}`")
        if not node.computed:
            self._check_key(node, node.property.name)
        self._write(node, self._value(node.object), f"changes {_words(node.object)}, which may outlive the pixel")
        self.flow.store(value, self._value(node.object))

    def _write(self, node: Node, target: Cell, words: str) -> None:
        if self._phase is not Phase.LOAD:
            self.writes.append((node, target, words))

    def _declarator(self, node: nodes.Declarator) -> Cell:
        if node.init is not None:
            self._assign(node.id, self._value(node.init))
        return None

    def _assignment(self, node: nodes.Assignment) -> Cell:
        if self._callees.is_definition(node.right):
            return None
        if node.operator == "=":
            value = self._value(node.right)
        elif node.operator in ("||=", "&&=", "??="):
            held = self._name(node.left) if node.left.type == "Identifier" else self._value(node.left)
            value = self.flow.join(held, self._value(node.right))
        else:
            value = None
        self._assign(node.left, value)
        return value

    def _update(self, node: nodes.Update) -> Cell:
        self._assign(node.argument, None)
        return None

    def _unary(self, node: nodes.Unary) -> Cell:
        if node.operator == "delete":
            self._assign(node.argument, None)
        return None

    def _each(self, node: nodes.ForEach) -> Cell:
        value = self.flow.inside(self._value(node.right)) if node.type == "ForOfStatement" else None
        self._assign(loop_target(node), value)
        return None

    def _catch(self, node: nodes.Catch) -> Cell:
        if node.param is not None:
            self._assign(node.param, SHARED)
        return None

    # ---- objects

    def _value(self, node: Node) -> Cell:
        return self._values.get(id(node))

    def _make(self) -> int:
        return SHARED if self._phase is Phase.LOAD else self.flow.make()

    def _made(self, *sources: Cell) -> int:
        """A new object that holds what lies in the sources."""
        made = self._make()
        for source in sources:
            self.flow.store(self.flow.inside(source), made)
        return made

    def _array(self, node: nodes.Array) -> Cell:
        made = self._make()
        for item in node.elements:
            if item is not None:
                self.flow.store(self._value(item), made)
        return made

    def _object(self, node: nodes.Object) -> Cell:
        made = self._make()
        for item in node.properties:
            self.flow.store(self._value(item.value if item.type == "Property" else item), made)
        return made

    def _property(self, node: nodes.Property) -> Cell:
        if node.kind != "init" or node.method:
            self._refuse(node, "defines a getter, a setter or a method")
        if not node.computed:
            name = node.key.name if node.key.type == "Identifier" else str(node.key.value)
            self._check_key(node, name)
        return None

    def _check_key(self, node: Node, name: str) -> None:
        if name in builtins.FORBIDDEN or name in builtins.IMPLIED:
            self._refuse(node, f"uses the property `{name}`")

    def _spread(self, node: nodes.Spread) -> Cell:
        return self.flow.inside(self._value(node.argument))

    def _member(self, node: nodes.Member) -> Cell:
        if not node.computed and node.property.name in builtins.FORBIDDEN:
            self._refuse(node, f"uses the property `{node.property.name}`")
        return self._read(self._value(node.object), None if node.computed else node.property.name)

    def _read(self, value: Cell, name: str | None) -> Cell:
        """What lies in a value under a name; None for a name that is worked out."""
        inherited = self._names_inherited if name is None else name in builtins.INHERITED
        inside = self.flow.inside(value)
        return self.flow.join(inside, SHARED) if inherited else inside

    def _literal(self, node: nodes.LiteralExpression | nodes.TemplateElement) -> Cell:
        if _text(node) in builtins.FORBIDDEN:
            self._refuse(node, f"names the property `{_text(node)}`")
        if node.type == "TemplateElement" or node.regex is None:
            return None
        if set(node.regex.flags) & set("gy"):
            self._refuse(node, "uses a regular expression that remembers where it was, by its flag g or y")
        return self._make()

    def _either(self, node: nodes.Conditional | nodes.Binary) -> Cell:
        if node.type == "ConditionalExpression":
            return self.flow.join(self._value(node.consequent), self._value(node.alternate))
        return self.flow.join(self._value(node.left), self._value(node.right))

    def _last(self, node: nodes.Sequence) -> Cell:
        return self._value(node.expressions[-1])

    def _chain(self, node: nodes.Chain) -> Cell:
        return self._value(node.expression)

    # ---- calls

    def _call(self, node: nodes.Call) -> Cell:
        if own := self._callees.own(node.callee) if node.type == "CallExpression" else ():
            return self.flow.join(*(self._call_own(function, node.arguments) for function in own))
        known = self._callees.known(node, dates=self._phase is Phase.HOOK)
        if known is None:
            self._refuse(node, f"calls {_words(node.callee)}, which is not known to be harmless")
            return SHARED
        arguments = [self._value(item) for item in node.arguments]
        callback = self._callees.callback(node)
        if callback is not None:
            arguments.pop(known.calls or 0)
        elif known.calls is not None and len(arguments) > known.calls:
            self._refuse(node, "spreads the arguments of a call that takes a function")
        method = self._callees.method(node)
        if method is not None:
            receiver = self._value(method.object)
        elif any(item.type == "SpreadElement" for item in node.arguments):
            receiver = self.flow.join(*arguments)
        else:
            receiver = arguments.pop(0) if arguments else None
        if known.writes:
            changed = method.object if method is not None else node
            self._write(node, receiver, f"changes {_words(changed)}, which may outlive the pixel")
        if method is not None and method.property.name in self._stored:
            self._refuse(node, f"calls `{method.property.name}`, which is also the name of a property or a text")
        if known.walks and not self._callees.is_walked(node):
            self._refuse(node, "keeps an iterator")
        return self._apply(known, receiver, arguments, callback)

    def _call_own(self, function: nodes.Function, arguments: Sequence[Node]) -> Cell:
        cells = self._cells(function)
        if self._phase is Phase.LOAD:  # what is made while the script loads is shared, and may be changed by then
            return SHARED
        first = next((i for i, item in enumerate(arguments) if item.type == "SpreadElement"), len(arguments))
        self.call(function, [self._value(item) for item in arguments[:first]])
        for item in arguments[first:]:  # any parameter from here on may get it
            for parameter in cells.parameters[first:]:
                self.flow.copy(self._value(item), parameter)
            self.flow.store(self._value(item), cells.rest)
        return cells.returned

    def _apply(self, known: Known, receiver: Cell, arguments: Sequence[Cell], callback: Node | None) -> Cell:
        """What a listed function returns, after it has put things where it puts them."""
        answers = self._call_back(known, receiver, arguments, callback) if callback is not None else None
        made = self._make() if known.makes else None
        return hand_on(self.flow, known, Call(receiver, arguments, answers, made))

    def _call_back(self, known: Known, receiver: Cell, arguments: Sequence[Cell], callback: Node) -> Cell:
        """What a function returns that gets elements of a receiver, and the receiver itself."""
        flow = self.flow
        own = self._callees.own(callback)
        element = flow.join(flow.inside(receiver), receiver)
        if own and self._phase is Phase.LOAD:
            return SHARED
        if own:
            cells = [self._cells(function) for function in own]
            total = [*arguments, *(cell.returned for cell in cells)] if known.folds else []
            first = flow.join(*total) if arguments and known.folds else flow.join(element, *total)
            others = [element] * max(*(len(cell.parameters) for cell in cells), 4)
            return flow.join(*(self.call(function, [first, *others]) for function in own))
        listed = self._callees.known_value(callback)
        if listed is None:
            self._refuse(callback, "hands on a function that is not known")
            return SHARED
        return self._apply(listed, flow.join(element, *arguments), [element, *arguments], None)

    # ---- refusals

    def _refuse(self, node: Node, words: str) -> None:
        self.doubts.append(Doubt(node, words))


_HANDLERS: dict[str, Callable[[Effects, Any], Cell]] = {
    "Identifier": Effects._identifier,
    "Literal": Effects._literal,
    "TemplateElement": Effects._literal,
    "ArrayExpression": Effects._array,
    "ObjectExpression": Effects._object,
    "Property": Effects._property,
    "SpreadElement": Effects._spread,
    "MemberExpression": Effects._member,
    "ChainExpression": Effects._chain,
    "ConditionalExpression": Effects._either,
    "LogicalExpression": Effects._either,
    "SequenceExpression": Effects._last,
    "AssignmentExpression": Effects._assignment,
    "UpdateExpression": Effects._update,
    "UnaryExpression": Effects._unary,
    "VariableDeclarator": Effects._declarator,
    "ForInStatement": Effects._each,
    "ForOfStatement": Effects._each,
    "CatchClause": Effects._catch,
    "ReturnStatement": Effects._return,
    "FunctionExpression": Effects._function,
    "ArrowFunctionExpression": Effects._function,
    "CallExpression": Effects._call,
    "NewExpression": Effects._call,
}


def _text(node: Node) -> str | None:
    """The text that a node stands for, which may serve as the name of a property; None where it is no text."""
    if node.type == "TemplateElement":
        return str(node.value.cooked)
    return node.value if node.type == "Literal" and isinstance(node.value, str) else None


def _stored_names(tree: Tree) -> Iterator[str]:
    """Yield the names of properties that a script sets: a method of such a name may be what was set."""
    for node in tree.of_type("Identifier", "MemberExpression"):
        parent = tree.parent(node)
        if parent is None:
            continue
        if node.type == "Identifier" and parent.type == "Property" and parent.key is node:
            yield node.name
        elif node.type == "MemberExpression" and not node.computed and _may_set(parent, node):
            yield node.property.name


def _may_set(parent: Node, node: Node) -> bool:
    """Whether what stands around a node may put something there."""
    return parent.type == "ArrayPattern" or any(getattr(parent, name) is node for name in ("left", "argument", "value"))


def _words(node: Node) -> str:
    """How to name an expression in a message."""
    names: list[str] = []
    while node.type == "MemberExpression" and not node.computed and len(names) < 3:
        names.append(node.property.name)
        node = node.object
    if node.type == "Identifier":
        names.append(node.name)
        return f"`{'.'.join(reversed(names))}`"
    if names and node.type != "MemberExpression":
        return f"`….{'.'.join(reversed(names))}`"
    return "something"
