"""What the functions of a script return: on every path, the arrays and their lengths, as far as the text tells.

A small abstract interpretation. The statements of a function are walked in order (`paths.py`); here are its
expressions. What is not followed is None, never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.syntax import Node, Tree
from oso_evalscript.model.host.signatures import Copy, Each, Entry, Fields, Gives, Number, Numbers
from oso_evalscript.semantics.names import Names
from oso_evalscript.semantics.values.constants import Constants, is_number, key_of
from oso_evalscript.semantics.values.domain import (
    MOST,
    Alternatives,
    Returned,
    State,
    Type,
    Value,
    all_are,
    array_of,
    joined,
    remade,
)
from oso_evalscript.semantics.values.statements import NotFollowed, Paths

_NUMBER_FUNCTIONS = ("parseFloat", "parseInt", "Number", "Boolean", "isNaN", "isFinite")
_MAX_DEPTH = 100
_MAX_STEPS = 100_000
_MAX_LENGTH = 1000


class Results:
    """Answers about what functions return."""

    def __init__(self, tree: Tree, names: Names, values: Constants, bands: Mapping[int, str]) -> None:
        """Prepare for the functions of a script.

        Args:
            tree: the script.
            names: its names.
            values: its values.
            bands: for the id of a member expression, the band that it reads.
        """
        self._tree = tree
        self._names = names
        self._values = values
        self._bands = bands
        self._answers: dict[int, tuple[Returned, ...] | None] = {}
        self._constants: dict[int, Alternatives] = {}
        self._kinds: dict[int, tuple[Type, int]] = {}
        self._held: dict[int, Alternatives] = {}
        self._depth = 0
        self._steps = 0

    def of(self, function: nodes.Function | nodes.Program) -> tuple[Returned, ...] | None:
        """Return what a function gives at each of its returns that can be reached, None where that is not known.

        Of a `Program`, at those that stand outside of all functions.
        """
        key = id(function)
        if key not in self._answers:
            self._answers[key] = None  # while it is being computed: what calls itself is not known
            self._answers[key] = self._follow(function)
        return self._answers[key]

    def held(self, element: Node) -> Alternatives:
        """Return what a variable may hold where it is an element of an array; None where that is not known.

        Only of arrays that functions were found to return.
        """
        return self._held.get(id(element))

    def _note_held(self, element: Node, state: State) -> None:
        """Keep what a variable holds here, with what it held on other ways to the same place."""
        variable = self._names.variable(element)
        values = None if variable is None else state.get(id(variable))
        if values is not None and id(element) in self._held:
            before = self._held[id(element)]
            values = None if before is None else tuple(dict.fromkeys((*before, *values)))
        self._held[id(element)] = values

    def _follow(self, function: nodes.Function | nodes.Program) -> tuple[Returned, ...] | None:
        if function.type != "Program" and (function.generator or function.isAsync):
            return None
        if self._depth > _MAX_DEPTH // 2:
            return None
        try:
            return Paths(self._tree, self._names, function, self.value).run()
        except NotFollowed:
            return None

    def value(self, node: Node, state: State) -> Alternatives:
        """Return the values that an expression may have, given those of the variables."""
        self._depth += 1
        self._steps += 1
        try:
            return None if self._depth > _MAX_DEPTH or self._steps > _MAX_STEPS else self._value(node, state)
        finally:
            self._depth -= 1

    def _value(self, node: Node, state: State) -> Alternatives:
        match node.type:
            case "Identifier":
                return self._variable(node, state)
            case "ArrayExpression":
                return self._array(node, state)
            case "ObjectExpression":
                return self._object(node, state)
            case "ConditionalExpression":
                return self._branches(node, state)
            case "SequenceExpression":
                return self.value(node.expressions[-1], state)
            case "AssignmentExpression" if node.operator == "=":
                return self.value(node.right, state)
            case "CallExpression":
                return self._call(node, state)
            case "NewExpression":
                return self._new(node)
            case "MemberExpression" if not node.computed and (entry := self._entry_of(node)) is not None:
                return self.value(entry, {})
        simple = self._simple(node, state)
        return None if simple is None else (Value(simple, node),)

    def _entry_of(self, node: nodes.StaticMember) -> Node | None:
        """What stands under a key of an object that is written once and never changed."""
        made = self._values.resolve(node.object)
        if made is node.object or made.type != "ObjectExpression":
            return None
        found = [item for item in made.properties if item.type == "Property" and not item.computed]
        if len(found) < len(made.properties) or any(item.kind != "init" for item in found):
            return None
        return next((item.value for item in reversed(found) if key_of(item) == node.property.name), None)

    def _simple(self, node: Node, state: State) -> Type | None:
        """The type of an expression that is neither an array nor an object."""
        match node.type:
            case "Literal":
                value = node.value
                if isinstance(value, str) and node.regex is None:
                    return Type.STRING
                if node.raw == "null":
                    return Type.NOTHING
                return Type.NUMBER if isinstance(value, bool) or is_number(value) else None
            case "TemplateLiteral":
                return Type.STRING
            case "UnaryExpression":
                return {"typeof": Type.STRING, "void": Type.NOTHING}.get(node.operator, Type.NUMBER)
            case "UpdateExpression":
                return Type.NUMBER
            case "BinaryExpression":
                return self._binary(node, state)
            case "MemberExpression":
                is_length = not node.computed and node.property.name == "length"
                return Type.NUMBER if id(node) in self._bands or is_length else None
        return None

    def _binary(self, node: Node, state: State) -> Type | None:
        operands = []
        while node.type == "BinaryExpression" and node.operator == "+":
            operands.append(node.right)
            node = node.left
        if not operands:
            return Type.NUMBER
        return Type.NUMBER if all(self._is_number(item, state) for item in (node, *operands)) else None

    def _is_number(self, node: Node, state: State) -> bool:
        values = self.value(node, state)
        return bool(values) and all(value.type is Type.NUMBER for value in values or ())

    def _variable(self, node: nodes.Identifier, state: State) -> Alternatives:
        variable = self._names.variable(node)
        if variable is None:
            return (Value(Type.NOTHING, node),) if node.name == "undefined" else None
        if id(variable) in state:
            return state[id(variable)]
        initial = self._names.constant(node)
        if initial is None:
            return None
        if id(initial) not in self._constants:
            self._constants[id(initial)] = None  # while it is being computed: what is made of itself is not known
            self._constants[id(initial)] = self.value(initial, {})
        return self._constants[id(initial)]

    def _branches(self, node: Node, state: State) -> Alternatives:
        found: list[Value] = []
        for leaf in self._values.leaves(node):
            values = self.value(leaf, state)
            if values is None or len(found) > MOST:
                return None
            found += values
        return tuple(found)

    def _array(self, node: nodes.Array, state: State) -> Alternatives:
        parts: list[Alternatives] = []
        for item in node.elements:
            if item is not None and item.type == "SpreadElement":
                values = self.value(item.argument, state)
                if values is None or any(value.type is not Type.ARRAY for value in values):
                    return None
                parts.append(values)
            else:
                elements = None if item is None else (item,)
                if item is not None and item.type == "Identifier":
                    self._note_held(item, state)
                parts.append((Value(Type.ARRAY, node, 1, elements),))
        return joined(node, parts)

    def _object(self, node: nodes.Object, state: State) -> Alternatives:
        entries: dict[str, Alternatives] = {}
        for item in node.properties:
            if item.type != "Property" or item.kind != "init":
                return (Value(Type.OBJECT, node),)
            key = self._values.constant(item.key) if item.computed else key_of(item)
            if not isinstance(key, str):
                return (Value(Type.OBJECT, node),)
            entries[key] = self.value(item.value, state)
        return (Value(Type.OBJECT, node, entries=tuple(entries.items())),)

    def _call(self, node: nodes.Call, state: State) -> Alternatives:
        callee = node.callee
        if callee.type == "Identifier":
            function = self._names.function(callee)
            if function is not None:
                return self._results_of(function)
            return self._host_call(node, state)
        if callee.type != "MemberExpression" or callee.computed:
            return None
        return self._method(node, callee.object, callee.property.name, state)

    def _results_of(self, function: nodes.Function) -> Alternatives:
        """What a call of one of the script's own functions gives."""
        returned = self.of(function)
        if returned is None:
            return None
        found: list[Value] = []
        for item in returned:
            if item.node is not None:
                if item.values is None or len(found) > MOST:
                    return None
                found += item.values
        return tuple(found) or None

    def _host_call(self, node: nodes.Call, state: State) -> Alternatives:
        callee = node.callee
        if self._values.is_host(callee, _NUMBER_FUNCTIONS):
            return (Value(Type.NUMBER, node),)
        if self._values.is_host(callee, ("String",)):
            return (Value(Type.STRING, node),)
        if self._values.is_host(callee, ("Array",)):
            return self._new(node)
        return self._helped(node, self._values.given_by(node), state)

    def _helped(self, node: nodes.Call, gives: Gives | None, state: State) -> Alternatives:
        """What a call of one of the service's helpers gives."""
        match gives:
            case Number():
                return (Value(Type.NUMBER, node),)
            case Numbers(length):
                return (array_of(node, length),)
            case Fields():
                return (Value(Type.OBJECT, node),)
            case Entry(_, values) if len(node.arguments) > values:
                return self._entry(node, values, state)
            case Each() if node.arguments:
                return remade(node, self.value(node.arguments[0], state))
            case Copy() if node.arguments:
                return self._copied(node, state)
        return None

    def _entry(self, node: nodes.Call, values: int, state: State) -> Alternatives:
        """An entry of a list of values that are all numbers, or all arrays of one length."""
        given = node.arguments[values]
        table = self._values.resolve(given)
        if table.type != "ArrayExpression" or any(item.type == "SpreadElement" for item in node.arguments[:values]):
            return None
        if table is given:
            type_, length = self._kind_of(table.elements, state)
        else:
            if id(table) not in self._kinds:
                self._kinds[id(table)] = self._kind_of(table.elements, {})
            type_, length = self._kinds[id(table)]
        if type_ is Type.ARRAY:
            return (array_of(node, length),)
        return (Value(Type.NUMBER, node),) if type_ is Type.NUMBER else None

    def _kind_of(self, items: Sequence[Node | None], state: State) -> tuple[Type, int]:
        """What all of several expressions are, with their length if they are arrays; nothing where they differ."""
        kinds: set[tuple[Type, int]] = set()
        for item in items:
            values = self.value(item, state) if item is not None else None
            kinds |= {(value.type, value.length) for value in values or ()} or {(Type.NOTHING, 0)}
        return kinds.pop() if len(kinds) == 1 else (Type.NOTHING, 0)

    def _copied(self, node: nodes.Call, state: State) -> Alternatives:
        given = self.value(node.arguments[0], state)
        if all_are(given, (Type.ARRAY,)):
            return remade(node, given)
        return (array_of(node, 1),) if all_are(given, (Type.NUMBER, Type.STRING, Type.OBJECT)) else None

    def _new(self, node: nodes.Call) -> Alternatives:
        if not self._values.is_host(node.callee, ("Array",)) or len(node.arguments) != 1:
            return None
        length = self._values.constant(node.arguments[0])
        if not isinstance(length, int) or isinstance(length, bool) or not 0 <= length <= _MAX_LENGTH:
            return None
        return (Value(Type.ARRAY, node, length),)

    def _method(self, node: nodes.Call, target: Node, method: str, state: State) -> Alternatives:
        helped = self._helped(node, self._values.given_by(node), state)
        if helped is not None:
            return helped
        if target.type == "Identifier" and target.name == "Math" and self._names.is_free(target):
            return (Value(Type.NUMBER, node),)
        if method == "toFixed":
            return (Value(Type.STRING, node),)
        if method == "processList" and len(node.arguments) == 1:
            return remade(node, self.value(node.arguments[0], state))
        if method in ("map", "fill") or (method == "slice" and not node.arguments):
            return remade(node, self.value(target, state))
        if method == "concat":
            return self._concat(node, target, state)
        return None

    def _concat(self, node: nodes.Call, target: Node, state: State) -> Alternatives:
        parts: list[Alternatives] = []
        for item in (target, *node.arguments):
            values = None if item.type == "SpreadElement" else self.value(item, state)
            if values is None or (item is target and any(value.type is not Type.ARRAY for value in values)):
                return None
            parts.append(
                tuple(
                    value if value.type is Type.ARRAY else Value(Type.ARRAY, item, 1, (item,), sure=value.sure)
                    for value in values
                )
            )
        return joined(node, parts)
