"""Statements: what they do on the path that is gone, and how they end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from oso_evalscript.javascript.nodes import Block, Declaration, For, ForEach, If, Node, Switch, While
from oso_evalscript.javascript.syntax import children
from oso_evalscript.kernels import graph, sparse
from oso_evalscript.kernels.convert import equals, to_truth
from oso_evalscript.kernels.ends import End, Ends, all_of, arms, followed, renamed
from oso_evalscript.kernels.expressions import assign_to
from oso_evalscript.kernels.machine import Machine
from oso_evalscript.kernels.properties import destructure, items, own_properties
from oso_evalscript.kernels.values import UNDEFINED, ClassValue, Closure, Declined, Maybe, Ref, Unknown, Value

_FUNCTIONS = frozenset(("FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression", "ClassDeclaration"))
_MAX_TURNS = 20_000
_MAX_OPEN_TURNS = 300
"""Turns of a loop after each of which it may end at some pixels."""


def _next(m: Machine) -> End:
    return End("next", m.state)


def block(m: Machine, statements: list[Node], scope: Ref) -> Ends:
    """Go through statements, from the state that is there."""
    for at, statement in enumerate(statements):
        ends = execute(m, statement, scope)
        if isinstance(ends, End):
            if ends.kind != "next":
                return ends
            m.state = ends.state
            continue
        return followed(m, ends, partial(block, m, statements[at + 1 :], scope))
    return _next(m)


def execute(m: Machine, node: Node, scope: Ref) -> Ends:
    """Go through a statement, from the state that is there."""
    m.step()
    match node.type:
        case "ExpressionStatement":
            m.evaluate(m, node.expression, scope)
        case "VariableDeclaration":
            _declare(m, node, scope)
        case "ReturnStatement":
            value = UNDEFINED if node.argument is None else m.evaluate(m, node.argument, scope)
            return End("return", m.state, value)
        case "IfStatement":
            return _if(m, node, scope)
        case "BlockStatement":
            return _block(m, node.body, scope)
        case "ForStatement":
            return _for(m, node, scope)
        case "ForOfStatement" | "ForInStatement":
            return _for_each(m, node, scope)
        case "WhileStatement" | "DoWhileStatement":
            return _while(m, node, scope)
        case "SwitchStatement":
            return _switch(m, node, scope)
        case "BreakStatement" | "ContinueStatement":
            if node.label is not None:
                raise Declined("a jump to a label")
            return End("break" if node.type == "BreakStatement" else "continue", m.state)
        case "TryStatement":
            return _try(m, node.block, node.finalizer, scope)
        case "ThrowStatement":
            raise Declined("throws")
        case "FunctionDeclaration" | "EmptyStatement":
            pass
        case "ClassDeclaration":
            if node.id is None:
                raise Declined("a class without a name")
            m.state.set_variable(scope, node.id.name, ClassValue(node, scope, m.in_library))
        case _:
            raise Declined(f"`{node.type}`")
    return _next(m)


def _try(m: Machine, body: Block, finalizer: Block | None, scope: Ref) -> Ends:
    """What throws is left to JavaScript, so that nothing is caught here."""
    ends = _block(m, body.body, scope)
    if finalizer is None:
        return ends
    if not all_of(ends, "next"):
        raise Declined("`finally` after a jump")
    return followed(m, ends, lambda: _block(m, finalizer.body, scope))


def hoist(m: Machine, statements: list[Node], scope: Ref) -> None:
    """Declare what a block declares: functions with their values, others without."""
    for statement in statements:
        if statement.type == "VariableDeclaration" and statement.kind != "var":
            for declarator in statement.declarations:
                for name in _names(declarator.id):
                    m.state.set_variable(scope, name, Unknown(f"uses `{name}` before its declaration"))
                    if statement.kind == "const":
                        m.state.set_variable(scope, f"const {name}", True)
        elif statement.type == "ClassDeclaration" and statement.id is not None:
            m.state.set_variable(
                scope, statement.id.name, Unknown(f"uses `{statement.id.name}` before its declaration")
            )
        elif statement.type == "FunctionDeclaration" and statement.id is not None:
            m.state.set_variable(scope, statement.id.name, Closure(statement, scope, m.in_library))


def hoist_vars(m: Machine, body: Node, scope: Ref) -> None:
    """Declare the `var` variables of a function."""
    names = m.library.vars_of.get(id(body))
    if names is None:
        names = m.library.vars_of[id(body)] = tuple(_vars(body))
    for name in names:
        if name not in m.state.variables(scope):
            m.state.set_variable(scope, name, UNDEFINED)


def _vars(node: Node) -> list[str]:
    found = []
    for child in children(node):
        if child.type in _FUNCTIONS:
            continue
        if child.type == "VariableDeclaration" and child.kind == "var":
            for declarator in child.declarations:
                found += _names(declarator.id)
        found += _vars(child)
    return found


def _names(pattern: Node) -> list[str]:
    """The variables of a pattern."""
    match pattern.type:
        case "Identifier":
            return [pattern.name]
        case "ArrayPattern":
            return [name for part in pattern.elements if part is not None for name in _names(part)]
        case "ObjectPattern":
            parts = [part.value if part.type == "Property" else part for part in pattern.properties]
            return [name for part in parts for name in _names(part)]
        case "AssignmentPattern":
            return _names(pattern.left)
        case "RestElement":
            return _names(pattern.argument)
    return []


def bind(m: Machine, pattern: Node, value: Value, scope: Ref) -> None:
    """Give the variables of a pattern their values, in the scope itself."""
    if pattern.type == "Identifier":
        m.state.set_variable(scope, pattern.name, value)
    else:
        destructure(m, pattern, value, scope, lambda part, one: bind(m, part, one, scope))


def _declare(m: Machine, node: Declaration, scope: Ref) -> None:
    for declarator in node.declarations:
        if node.kind == "var":
            if declarator.init is not None:
                assign_to(m, declarator.id, m.evaluate(m, declarator.init, scope), scope)
        else:
            value = UNDEFINED if declarator.init is None else m.evaluate(m, declarator.init, scope)
            bind(m, declarator.id, value, scope)


def _block(m: Machine, statements: list[Node], scope: Ref) -> Ends:
    if any(
        statement.type in ("ClassDeclaration", "FunctionDeclaration")
        or (statement.type == "VariableDeclaration" and statement.kind != "var")
        for statement in statements
    ):
        scope = m.make("scope", {}, parent=scope)
        hoist(m, statements, scope)
    return block(m, statements, scope)


def _if(m: Machine, node: If, scope: Ref) -> Ends:
    test = to_truth(m, m.evaluate(m, node.test, scope))
    alternate = node.alternate

    def otherwise() -> Ends:
        return _next(m) if alternate is None else execute(m, alternate, scope)

    if isinstance(test, bool):
        return execute(m, node.consequent, scope) if test else otherwise()
    return arms(m, test, lambda: execute(m, node.consequent, scope), otherwise)


@dataclass(frozen=True, slots=True)
class _Turn:
    """The parts of a loop: whether it goes on, what it does, and what is done between two turns."""

    test: Callable[[], graph.Truth]
    body: Callable[[], Ends]
    update: Callable[[], None]


def _loop(m: Machine, turn: _Turn, opened: int = 0) -> Ends:
    """Go through a loop turn by turn; those that may be the last at some pixels are nested."""
    for _ in range(_MAX_TURNS):
        test = turn.test()
        if test is False:
            return _next(m)
        if test is not True:
            if opened > _MAX_OPEN_TURNS:
                raise Declined("a loop whose number of iterations depends on the pixel")
            return arms(m, test, lambda: _turned(m, turn, opened + 1), lambda: _next(m))
        ends = renamed(turn.body(), "continue", "next")
        if not isinstance(ends, End):
            return _after_turn(m, turn, ends, opened + 1)
        if ends.kind != "next":
            return renamed(ends, "break", "next")
        m.state = ends.state
        turn.update()
    raise Declined("a loop with too many iterations")


def _turned(m: Machine, turn: _Turn, opened: int) -> Ends:
    return _after_turn(m, turn, renamed(turn.body(), "continue", "next"), opened)


def _after_turn(m: Machine, turn: _Turn, ends: Ends, opened: int) -> Ends:
    if opened > _MAX_OPEN_TURNS:
        raise Declined("a loop whose number of iterations depends on the pixel")

    def further() -> Ends:
        turn.update()
        return renamed(_loop(m, turn, opened), "next", "left")

    return _left_or_broken(followed(m, ends, further))


def _left_or_broken(ends: Ends) -> Ends:
    """The same where what follows the loop is next, after its last turn and after a `break`."""
    return renamed(renamed(ends, "break", "next"), "left", "next")


def _for(m: Machine, node: For, scope: Ref) -> Ends:
    inner = m.make("scope", {}, parent=scope)
    if node.init is not None:
        if node.init.type == "VariableDeclaration":
            hoist(m, [node.init], inner)
            _declare(m, node.init, inner)
        else:
            m.evaluate(m, node.init, inner)
    test, update = node.test, node.update
    captured = any(_has_function(part) for part in (node.body, test, update) if part is not None)
    place = [inner]

    def renew() -> None:
        if captured:  # each turn has variables of its own
            place[0] = m.make("scope", dict(m.state.variables(place[0])), parent=scope)
        if update is not None:
            m.evaluate(m, update, place[0])

    turn = _Turn(
        lambda: True if test is None else to_truth(m, m.evaluate(m, test, place[0])),
        lambda: execute(m, node.body, place[0]),
        renew,
    )
    return _loop(m, turn)


def _has_function(node: Node) -> bool:
    return node.type in _FUNCTIONS or any(map(_has_function, children(node)))


def _while(m: Machine, node: While, scope: Ref) -> Ends:
    def test() -> graph.Truth:
        return to_truth(m, m.evaluate(m, node.test, scope))

    turn = _Turn(test, lambda: execute(m, node.body, scope), lambda: None)
    if node.type == "WhileStatement":
        return _loop(m, turn)
    ends = renamed(turn.body(), "continue", "next")
    return _left_or_broken(followed(m, ends, lambda: renamed(_loop(m, turn), "next", "left")))


def _for_each(m: Machine, node: ForEach, scope: Ref) -> Ends:
    through = m.evaluate(m, node.right, scope)
    values: list[Value | Maybe]
    if node.type == "ForInStatement":
        values = [*own_properties(m, through)]
    else:
        parts = m.parts(through) if isinstance(through, Ref) else None
        values = parts if sparse.is_sparse(parts) else [*items(m, through)]
    left = node.left

    def body(at: int) -> Ends:
        mask = m.settled(sparse.mask_of(values[at]))
        if isinstance(mask, graph.Node):
            return arms(m, mask, lambda: turn_of(at), lambda: _next(m))
        return turn_of(at) if mask else _next(m)

    def turn_of(at: int) -> Ends:
        value = sparse.value_of(values[at])
        inner = m.make("scope", {}, parent=scope)
        if left.type == "VariableDeclaration" and left.kind != "var":
            bind(m, left.declarations[0].id, value, inner)
        else:
            target = left.declarations[0].id if left.type == "VariableDeclaration" else left
            assign_to(m, target, value, inner)
        return execute(m, node.body, inner)

    def go(at: int) -> Ends:
        for turn in range(at, len(values)):
            ends = renamed(body(turn), "continue", "next")
            if not isinstance(ends, End):
                return _left_or_broken(followed(m, ends, partial(rest, turn + 1)))
            if ends.kind != "next":
                return renamed(ends, "break", "next")
            m.state = ends.state
        return _next(m)

    def rest(at: int) -> Ends:
        return renamed(go(at), "next", "left")

    return go(0)


def _switch(m: Machine, node: Switch, scope: Ref) -> Ends:
    value = m.evaluate(m, node.discriminant, scope)
    inner = m.make("scope", {}, parent=scope)
    hoist(m, [statement for case in node.cases for statement in case.consequent], inner)
    defaults = [at for at, case in enumerate(node.cases) if case.test is None]

    def from_case(at: int) -> Ends:
        return block(m, [statement for case in node.cases[at:] for statement in case.consequent], inner)

    def try_case(at: int) -> Ends:
        if at == len(node.cases):
            return from_case(defaults[0]) if defaults else _next(m)
        test = node.cases[at].test
        if test is None:
            return try_case(at + 1)
        equal = m.settled(equals(m, value, m.evaluate(m, test, inner), strict=True))
        if isinstance(equal, bool):
            return from_case(at) if equal else try_case(at + 1)
        return arms(m, equal, lambda: from_case(at), lambda: try_case(at + 1))

    return renamed(try_case(0), "break", "next")
