"""The statements of a function, walked in order: what its variables hold where, and what it returns.

Only variables are followed that nothing else can change: set by plain statements of the function itself, and either
never changed in place, or changed by `push` and the like in such statements. Loops and `try` make what they touch
unknown. A function that jumps to labels is not followed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.kinds import LOOPS
from oso_evalscript.javascript.scopes import Variable
from oso_evalscript.javascript.syntax import Node, Tree, operator_of
from oso_evalscript.semantics.names import Names, own_nodes
from oso_evalscript.semantics.values.domain import Alternatives, Returned, State, Type, Value, joined, merge

_GROWING = frozenset(["push", "unshift"])
_SHRINKING = frozenset(["pop", "shift"])
_READING_METHODS = frozenset(
    """at concat every filter find findIndex flatMap forEach includes indexOf join map reduce slice some toString
    keys entries values""".split()  # noqa: SIM905
)
_PARTS = frozenset(
    "Property ObjectExpression ArrayExpression ConditionalExpression SequenceExpression LogicalExpression".split()  # noqa: SIM905
)
_ENDS = frozenset(
    """ReturnStatement ArrowFunctionExpression SpreadElement BinaryExpression UnaryExpression TemplateLiteral
    IfStatement ExpressionStatement ThrowStatement""".split()  # noqa: SIM905
)
_MAX_DEPTH = 60
_MAX_COPIED = 300_000


class NotFollowed(Exception):
    """The function is made in a way that is not followed."""


class Paths:
    """One walk through one function."""

    def __init__(
        self,
        tree: Tree,
        names: Names,
        function: nodes.Function | nodes.Program,
        evaluate: Callable[[Node, State], Alternatives],
    ) -> None:
        """Prepare the walk.

        Args:
            tree: the script.
            names: its names.
            function: the function, or a script with returns of its own.
            evaluate: tells the values of an expression, given those of the variables.
        """
        self._tree = tree
        self._names = names
        self._function = function
        self._evaluate = evaluate
        self._returned: list[Returned] = []
        self._breaks: list[list[State]] = []
        self._births = count(1)
        self._depth = 0
        self._copied = 0
        self._tracked: dict[int, bool] = {}
        own = names.scopes.own[id(function)] if function.type == "Program" else names.scopes.body_of(function)
        self._own = {id(node) for node in own}
        self._writes: dict[int, int] = {}  # how often each variable is set by a plain statement
        self._touches: dict[int, list[int]] = {}  # where each variable is set, or may be changed
        for node in own:
            self._note_write(node)

    def run(self) -> tuple[Returned, ...]:
        """Return what each return that can be reached gives.

        Raises:
            NotFollowed: the function is made in a way that is not followed.
        """
        if self._function.type == "Program":
            self._block(self._function.body, {})
            return tuple(self._returned)
        body = self._function.body
        if body.type != "BlockStatement":
            return (Returned(body, self._evaluate(body, {})),)
        self._block(body.body, {})
        return tuple(self._returned)

    def _copy(self, state: State) -> State:
        """A copy of what is known, as long as not too much is copied."""
        self._copied += len(state) + 1
        if self._copied > _MAX_COPIED:
            raise NotFollowed
        return dict(state)

    def _block(self, statements: list[Node], state: State | None) -> State | None:
        """What is known behind some statements, None if that is never reached."""
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise NotFollowed
        for statement in statements:
            if state is None:
                break
            state = self._statement(statement, state)
        self._depth -= 1
        return state

    def _statement(self, node: Node, state: State) -> State | None:
        if node.type in LOOPS:
            return self._loop(node, state)
        match node.type:
            case "VariableDeclaration":
                for item in node.declarations:
                    self._declare(item, state)
            case "ExpressionStatement":
                self._express(node.expression, state)
            case "ReturnStatement":
                values = self._evaluate(node.argument, state) if node.argument is not None else None
                self._returned.append(Returned(node.argument, values))
                return None
            case "ThrowStatement" | "ContinueStatement":
                return None
            case "BreakStatement":
                if node.label is not None or not self._breaks:
                    raise NotFollowed
                self._breaks[-1].append(state)
                return None
            case "BlockStatement":
                return self._block(node.body, state)
            case "IfStatement":
                return self._if(node, state)
            case "SwitchStatement":
                return self._switch(node, state)
            case "TryStatement":
                return self._try(node, state)
            case "LabeledStatement" | "WithStatement":
                raise NotFollowed
        return state

    def _if(self, node: Node, state: State) -> State | None:
        outcomes: list[State | None] = []
        branch: Node | None = node
        while branch is not None and branch.type == "IfStatement":  # not by recursion: chains are long
            outcomes.append(self._block([branch.consequent], self._copy(state)))
            branch = branch.alternate
        outcomes.append(self._block([branch], self._copy(state)) if branch is not None else state)
        return merge(state, [outcome for outcome in outcomes if outcome is not None])

    def _switch(self, node: nodes.Switch, state: State) -> State | None:
        ends: list[State] = []
        self._breaks.append(ends)
        falling: State | None = None
        for case in node.cases:
            entries = [self._copy(state)] if falling is None else [self._copy(state), falling]
            falling = self._block(case.consequent, merge(state, entries))
        self._breaks.pop()
        if falling is not None:
            ends.append(falling)
        if all(case.test is not None for case in node.cases):
            ends.append(state)
        return merge(state, ends)

    def _loop(self, node: nodes.For | nodes.ForEach | nodes.While, state: State) -> State | None:
        if node.type == "ForStatement" and node.init is not None and node.init.type == "VariableDeclaration":
            for item in node.init.declarations:
                self._declare(item, state)
        before = self._without_touched(node, state)
        self._breaks.append([])
        self._block([node.body], self._copy(before))
        self._breaks.pop()
        return before

    def _try(self, node: nodes.Try, state: State) -> State | None:
        if node.finalizer is not None and any(item.type == "ReturnStatement" for item in own_nodes(node.finalizer)):
            raise NotFollowed
        before = self._without_touched(node, state)
        ends = [self._block(node.block.body, self._copy(before))]
        if node.handler is not None:
            ends.append(self._block(node.handler.body.body, self._copy(before)))
        if node.finalizer is not None and self._block(node.finalizer.body, self._copy(before)) is None:
            return None
        return before if any(end is not None for end in ends) else None

    def _without_touched(self, node: Node, state: State) -> State:
        """What is known of the variables that nothing below a node sets or changes."""
        start, end = node.range
        return {
            key: values
            for key, values in state.items()
            if not any(start <= place < end for place in self._touches.get(key, ()))
        }

    def _declare(self, item: nodes.Declarator, state: State) -> None:
        if item.id.type != "Identifier":
            return
        if item.init is not None:
            self._set(item.id, item.init, state)
            return
        variable = self._names.variable(item.id)
        if variable is not None and id(variable) not in state and self._is_tracked(variable):
            state[id(variable)] = (Value(Type.NOTHING, item, birth=next(self._births)),)

    def _express(self, node: Node, state: State) -> None:
        if node.type == "AssignmentExpression":
            if node.left.type == "Identifier" and node.operator == "=":
                self._set(node.left, node.right, state)
            elif node.left.type == "MemberExpression" and node.left.object.type == "Identifier":
                self._put(node.left, state)
        elif node.type == "CallExpression" and node.callee.type == "MemberExpression" and not node.callee.computed:
            variable = self._names.variable(node.callee.object)
            if variable is not None and id(variable) in state:
                self._change(node, node.callee.property.name, id(variable), state)
        elif node.type == "SequenceExpression":
            for part in node.expressions:
                self._express(part, state)

    def _set(self, name: Node, value: Node, state: State) -> None:
        variable = self._names.variable(name)
        if variable is None:
            return
        values = self._evaluate(value, state) if self._is_tracked(variable) else None
        if values is None:
            state.pop(id(variable), None)
        else:
            birth = next(self._births)
            state[id(variable)] = tuple(replace(item, birth=birth) for item in values)

    def _put(self, member: nodes.Member, state: State) -> None:
        """An element is set: `list[0] = …`; one behind the end makes the length unknown."""
        variable = self._names.variable(member.object)
        if variable is None or id(variable) not in state:
            return
        index = member.property.value if member.computed and member.property.type == "Literal" else None
        values = state[id(variable)]
        if isinstance(index, int) and all(item.type is Type.ARRAY and index < item.length for item in values):
            state[id(variable)] = tuple(replace(item, elements=None) for item in values)
        else:
            del state[id(variable)]

    def _change(self, call: nodes.Call, method: str, key: int, state: State) -> None:
        """A method that changes the length is called: `list.push(…)`."""
        if method not in _GROWING | _SHRINKING:
            return
        values = state[key]
        changed: list[Value] = []
        added = self._added(call, state) if method in _GROWING else None
        for item in values:
            grown = None
            if item.type is Type.ARRAY and method in _SHRINKING and item.length:
                kept = item.elements and (item.elements[:-1] if method == "pop" else item.elements[1:])
                grown = replace(item, length=item.length - 1, elements=kept)
            elif item.type is Type.ARRAY and added is not None:
                both: list[Alternatives] = [(item,), added] if method == "push" else [added, (item,)]
                made = joined(item.node, both)
                if made is not None and len(made) == 1:
                    grown = replace(item, length=made[0].length, elements=made[0].elements)
            if grown is None:
                del state[key]
                return
            changed.append(grown)
        state[key] = tuple(changed)

    def _added(self, call: nodes.Call, state: State) -> Alternatives:
        parts: list[Alternatives] = []
        for item in call.arguments:
            if item.type == "SpreadElement":
                values = self._evaluate(item.argument, state)
                if values is None or any(value.type is not Type.ARRAY for value in values):
                    return None
                parts.append(values)
            else:
                parts.append((Value(Type.ARRAY, item, 1, (item,)),))
        return joined(call, parts)

    def _note_write(self, node: Node) -> None:
        name: Node | None = None
        if node.type == "VariableDeclarator" and node.init is not None:
            name = node.id
        elif node.type == "ExpressionStatement":
            parts = node.expression.expressions if node.expression.type == "SequenceExpression" else [node.expression]
            for part in parts:
                if part.type == "AssignmentExpression" and part.operator == "=":
                    self._note_touch(part.left, 1)
        elif node.type == "MemberExpression":
            self._note_touch(node.object, 0)
        if name is not None:
            self._note_touch(name, 1)

    def _note_touch(self, name: Node, written: int) -> None:
        variable = self._names.variable(name)
        if variable is not None:
            self._touches.setdefault(id(variable), []).append(name.range[0])
            self._writes[id(variable)] = self._writes.get(id(variable), 0) + written

    def _is_tracked(self, variable: Variable) -> bool:
        key = id(variable)
        if key not in self._tracked:
            self._tracked[key] = self._can_be_tracked(variable)
        return self._tracked[key]

    def _can_be_tracked(self, variable: Variable) -> bool:
        if variable.owner is not self._function or variable.declarations or not variable.declared:
            return False
        written = self._writes.get(id(variable), 0)
        if written != len(variable.makings):
            return False
        return not self._names.is_changed(variable) or all(map(self._is_plain_use, self._names.reads(variable)))

    def _is_plain_use(self, place: Node) -> bool:
        """Whether one use neither changes an array, nor gives it another name, in a way that is not followed."""
        node, parent = place, self._tree.parent(place)
        if parent is not None and parent.type == "MemberExpression":
            return parent.object is not node or self._is_plain_member(parent)
        while parent is not None and parent.type in _PARTS:
            if parent.type == "ConditionalExpression" and parent.test is node:
                return True
            node, parent = parent, self._tree.parent(parent)
        if parent is None:
            return False
        if parent.type == "CallExpression" and node is place:
            return self._names.only_reads(parent, node)
        return parent.type in _ENDS and operator_of(parent) != "delete"

    def _is_plain_member(self, member: nodes.Member) -> bool:
        parent = self._tree.parent(member)
        above = self._tree.parent(parent) if parent is not None else None
        if parent is None or above is None:
            return False
        if parent.type == "CallExpression" and parent.callee is member:
            method = member.property.name if not member.computed else None
            if method in _GROWING or method in _SHRINKING:
                return above.type == "ExpressionStatement" and id(above) in self._own
            return method in _READING_METHODS
        if parent.type == "AssignmentExpression" and parent.left is member:
            return above.type == "ExpressionStatement" and id(above) in self._own
        return parent.type != "UpdateExpression" and operator_of(parent) != "delete" and parent.type != "ArrayPattern"
