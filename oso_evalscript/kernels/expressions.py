"""Expressions: what they give on the path that is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from oso_evalscript.javascript.nodes import (
    Assignment,
    Call,
    Member,
    NamedProperty,
    Node,
    Object,
    TemplateElement,
    Unary,
    Update,
)
from oso_evalscript.kernels import properties
from oso_evalscript.kernels.convert import binary, describe, equals, to_number, to_truth, type_of
from oso_evalscript.kernels.machine import Machine
from oso_evalscript.kernels.values import (
    HOLE,
    NULL,
    UNDEFINED,
    Choice,
    ClassValue,
    Closure,
    Declined,
    Native,
    Ref,
    Unknown,
    Value,
)

_GLOBALS = frozenset(("Math", "Number", "Array", "Object", "String", "Boolean", "isNaN", "isFinite", "Float64Array"))


def evaluate(m: Machine, node: Node, scope: Ref) -> Value:
    """Return the value of an expression.

    Raises:
        Declined: it is not understood.
        GaveUp: it is too much.
    """
    m.step()
    match node.type:
        case "Literal":
            return _literal(node.value)
        case "Identifier":
            return lookup(m, node.name, scope)
        case "BinaryExpression":
            return _binary(m, node.operator, evaluate(m, node.left, scope), evaluate(m, node.right, scope))
        case "LogicalExpression":
            left = evaluate(m, node.left, scope)
            return _logical(m, node.operator, left, lambda: evaluate(m, node.right, scope))
        case "ConditionalExpression":
            test = to_truth(m, evaluate(m, node.test, scope))
            yes, no = node.consequent, node.alternate
            return m.branch(test, lambda: evaluate(m, yes, scope), lambda: evaluate(m, no, scope))
        case "UnaryExpression":
            return _unary(m, node, scope)
        case "MemberExpression":
            owner = evaluate(m, node.object, scope)
            return _member(m, node, owner, scope)
        case "CallExpression":
            return _call(m, node, scope)
        case "NewExpression":
            made = evaluate(m, node.callee, scope)
            return m.each(made, lambda one: properties.construct(m, one, arguments(m, node, scope)))
        case "AssignmentExpression":
            return _assign(m, node, scope)
        case "UpdateExpression":
            return _update(m, node, scope)
        case "ArrayExpression":
            return m.make("array", list(_elements(m, node.elements, scope)))
        case "ObjectExpression":
            return _object(m, node, scope)
    return _rare(m, node, scope)


def _rare(m: Machine, node: Node, scope: Ref) -> Value:
    match node.type:
        case "FunctionExpression" | "ArrowFunctionExpression":
            return Closure(node, scope, m.in_library)
        case "ClassExpression":
            return ClassValue(node, scope, m.in_library)
        case "SequenceExpression":
            return [evaluate(m, part, scope) for part in node.expressions][-1]
        case "ChainExpression":
            try:
                return evaluate(m, node.expression, scope)
            except _Short:
                return UNDEFINED
        case "TemplateLiteral":
            return _template(m, node.quasis, node.expressions, scope)
        case "ThisExpression":
            return lookup(m, "this", scope)
    raise Declined(f"`{node.type}`")


class _Short(Exception):  # ends a chain `a?.b`
    """What stands before `?.` is nothing."""


def lookup(m: Machine, name: str, scope: Ref) -> Value:
    """Return the value of a variable."""
    found = find_scope(m, name, scope)
    if found is not None:
        value = m.state.variables(found)[name]
        if isinstance(value, Unknown):
            raise Declined(value.reason)
        return value
    if name == "undefined":
        return UNDEFINED
    if name in ("NaN", "Infinity"):
        return float(name.lower()[:3])
    library = m.library.value(m, name)
    if library is not None:
        return library
    if name in _GLOBALS:
        return Native(name)
    raise Declined(f"`{name}` is not known to the compiler")


def find_scope(m: Machine, name: str, scope: Ref) -> Ref | None:
    """Return the scope that holds a variable."""
    place: Ref | None = scope
    while place is not None:
        if name in m.state.variables(place):
            return place
        place = place.parent
    return None


def _literal(value: object) -> Value:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return float(value)
    if value is None:
        return NULL
    raise Declined("a regular expression or BigInt literal")


def _binary(m: Machine, operator: str, a: Value, b: Value) -> Value:
    if operator == "in":
        return properties.has(m, b, a)
    if operator == "instanceof":
        raise Declined("`instanceof`")
    return binary(m, operator, a, b)


def _logical(m: Machine, operator: str, left: Value, right: Callable[[], Value]) -> Value:
    if operator == "??":
        nothing = m.graph.either(equals(m, left, UNDEFINED, strict=True), equals(m, left, NULL, strict=True))
        return m.branch(nothing, right, lambda: left)
    truth = to_truth(m, left)
    if operator == "&&":
        return m.branch(truth, right, lambda: _known_part(m, left))
    return m.branch(truth, lambda: _known_part(m, left), right)


def _known_part(m: Machine, value: Value) -> Value:
    """A value of which something became known."""
    while isinstance(value, Choice):
        holds = m.settled(value.condition)
        if not isinstance(holds, bool):
            break
        value = value.yes if holds else value.no
    return value


def _unary(m: Machine, node: Unary, scope: Ref) -> Value:
    operator = node.operator
    if operator == "typeof" and node.argument.type == "Identifier" and node.argument.name == "undefined":
        return "undefined"
    value = evaluate(m, node.argument, scope)
    match operator:
        case "-":
            return m.graph.unary("neg", to_number(m, value))
        case "+":
            return to_number(m, value)
        case "!":
            return m.graph.negate(to_truth(m, value))
        case "~":
            return binary(m, "^", value, -1.0)
        case "typeof":
            return m.each(value, type_of)
        case "void":
            return UNDEFINED
    raise Declined(f"the operator `{operator}`")


def _member(m: Machine, node: Member, owner: Value, scope: Ref) -> Value:
    if node.optional:
        owner = _unless_nothing(m, owner)
    key = evaluate(m, node.property, scope) if node.computed else _name(node.property)
    return properties.get(m, owner, key)


def _unless_nothing(m: Machine, owner: Value) -> Value:
    """What stands before `?.`."""
    if isinstance(owner, Choice):
        raise Declined("`?.` on a value that is nullish at some pixels only")
    if owner is UNDEFINED or owner is NULL:
        raise _Short
    return owner


def _name(node: Node) -> str:
    if node.type != "Identifier":
        raise Declined("a private name")
    return node.name


def _call(m: Machine, node: Call, scope: Ref) -> Value:
    callee = node.callee
    if callee.type == "MemberExpression":
        owner = evaluate(m, callee.object, scope)

        def call_member(one: Value) -> Value:
            function = _member(m, callee, one, scope)
            return m.each(function, lambda found: m.call(m, _callable(found, node), one, arguments(m, node, scope)))

        return m.each(owner, call_member)
    function = evaluate(m, callee, scope)
    return m.each(function, lambda found: m.call(m, _callable(found, node), UNDEFINED, arguments(m, node, scope)))


def _callable(function: Value, node: Call) -> Value:
    if node.optional and (function is UNDEFINED or function is NULL):
        raise _Short
    if not isinstance(function, Closure | Native):
        raise Declined(f"calls {describe(function)}")
    return function


def arguments(m: Machine, node: Call, scope: Ref) -> list[Value]:
    """Return the arguments of a call."""
    return list(_elements(m, node.arguments, scope))


def _elements(m: Machine, nodes: list[Node] | list[Node | None], scope: Ref) -> Iterator[Value]:
    for node in nodes:
        if node is None:
            yield HOLE
        elif node.type == "SpreadElement":
            yield from properties.items(m, evaluate(m, node.argument, scope))
        else:
            yield evaluate(m, node, scope)


def _object(m: Machine, node: Object, scope: Ref) -> Value:
    made: dict[str, Value] = {}
    for part in node.properties:
        if part.type == "SpreadElement":
            made.update(properties.own_properties(m, evaluate(m, part.argument, scope)))
        elif part.computed or part.kind != "init":
            raise Declined("an object with computed keys or accessors")
        else:
            name = property_name(part)
            if name == "__proto__":
                raise Declined("sets a prototype")
            made[name] = evaluate(m, part.value, scope)
    return m.make("object", made)


def property_name(part: NamedProperty) -> str:
    """Return the name of a property as it is written."""
    key = part.key
    if key.type == "Identifier":
        return key.name
    return properties.key_name(_literal(key.value))


def _template(m: Machine, quasis: list[TemplateElement], parts: list[Node], scope: Ref) -> Value:
    words = [quasi.value.cooked for quasi in quasis]
    value: Value = words[0]
    for part, word in zip(parts, words[1:], strict=True):
        value = binary(m, "+", binary(m, "+", value, evaluate(m, part, scope)), word)
    return value


def _assign(m: Machine, node: Assignment, scope: Ref) -> Value:
    operator, left = node.operator, node.left
    if operator == "=" and left.type != "MemberExpression":
        value = evaluate(m, node.right, scope)
        assign_to(m, left, value, scope)
        return value
    if left.type == "Identifier":
        return _assign_variable(m, node, left.name, scope)
    if left.type != "MemberExpression":
        raise Declined("assigns to a pattern")
    owner = evaluate(m, left.object, scope)
    key = evaluate(m, left.property, scope) if left.computed else _name(left.property)
    if operator == "=":
        value = evaluate(m, node.right, scope)
    elif operator in ("&&=", "||=", "??="):
        before = properties.get(m, owner, key)
        value = _logical(m, operator[:-1], before, lambda: evaluate(m, node.right, scope))
    else:
        value = binary(m, operator[:-1], properties.get(m, owner, key), evaluate(m, node.right, scope))
    properties.put(m, owner, key, value)
    return value


def _assign_variable(m: Machine, node: Assignment, name: str, scope: Ref) -> Value:
    before = lookup(m, name, scope)
    if node.operator in ("&&=", "||=", "??="):
        value = _logical(m, node.operator[:-1], before, lambda: evaluate(m, node.right, scope))
    else:
        value = binary(m, node.operator[:-1], before, evaluate(m, node.right, scope))
    _set_variable(m, name, value, scope)
    return value


def assign_to(m: Machine, target: Node, value: Value, scope: Ref) -> None:
    """Put a value where an assignment says."""
    if target.type == "Identifier":
        _set_variable(m, target.name, value, scope)
    elif target.type == "MemberExpression":
        owner = evaluate(m, target.object, scope)
        key = evaluate(m, target.property, scope) if target.computed else _name(target.property)
        properties.put(m, owner, key, value)
    else:
        properties.destructure(m, target, value, scope, lambda part, one: assign_to(m, part, one, scope))


def _set_variable(m: Machine, name: str, value: Value, scope: Ref) -> None:
    place = find_scope(m, name, scope)
    if place is None:
        if not m.loading:
            raise Declined(f"assigns to `{name}`, which is not declared")
        place = scope
        while place.parent is not None:
            place = place.parent
    if f"const {name}" in m.state.variables(place):
        raise Declined(f"assigns to the constant `{name}`")
    m.change(place, lambda names: names.__setitem__(name, value))


def _update(m: Machine, node: Update, scope: Ref) -> Value:
    target = node.argument
    operator = node.operator[0]
    if target.type == "Identifier":
        before = to_number(m, lookup(m, target.name, scope))
        after = binary(m, operator, before, 1.0)
        _set_variable(m, target.name, after, scope)
    elif target.type == "MemberExpression":
        owner = evaluate(m, target.object, scope)
        key = evaluate(m, target.property, scope) if target.computed else _name(target.property)
        before = to_number(m, properties.get(m, owner, key))
        after = binary(m, operator, before, 1.0)
        properties.put(m, owner, key, after)
    else:
        raise Declined("`++` or `--` on something other than a variable or property")
    return after if node.prefix else before
