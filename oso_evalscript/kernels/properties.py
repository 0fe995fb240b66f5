"""Properties: what is read from objects and put into them, by names and numbers that may depend on the pixel."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

from oso_evalscript.javascript.nodes import Class, Function
from oso_evalscript.javascript.nodes import Node as Tree
from oso_evalscript.kernels import sparse
from oso_evalscript.kernels.convert import check_exists, describe, to_number
from oso_evalscript.kernels.graph import Node, Number, Truth
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
    Split,
    Value,
    is_number,
)

_MAX_CHAIN = 64  # elements that are chosen among one by one
_MAX_LENGTH = 100_000
_FEW = 6  # numbers of a table that are chosen among faster than they are looked up
_OF_ALL_OBJECTS = frozenset(
    {
        *("constructor", "hasOwnProperty", "isPrototypeOf", "toString", "toLocaleString", "valueOf", "__proto__"),
        *("propertyIsEnumerable", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__"),
    }
)
_CONSTANTS = {
    "Math.PI": math.pi,
    "Math.E": math.e,
    "Math.LN2": 0.6931471805599453,
    "Math.LN10": 2.302585092994046,
    "Math.LOG2E": 1.4426950408889634,
    "Math.LOG10E": 0.4342944819032518,
    "Math.SQRT2": 1.4142135623730951,
    "Math.SQRT1_2": 0.7071067811865476,
    "Number.MAX_VALUE": 1.7976931348623157e308,
    "Number.MIN_VALUE": 5e-324,
    "Number.EPSILON": 2.0**-52,
    "Number.MAX_SAFE_INTEGER": 2.0**53 - 1,
    "Number.MIN_SAFE_INTEGER": 1 - 2.0**53,
    "Number.POSITIVE_INFINITY": math.inf,
    "Number.NEGATIVE_INFINITY": -math.inf,
    "Number.NaN": math.nan,
}


def key_name(key: Value) -> str:
    """Return the name that a value is as a key.

    Raises:
        Declined: it has none that is plain to see.
    """
    if isinstance(key, str):
        return key
    if isinstance(key, float) and key == key and key.is_integer() and abs(key) < 2.0**53:
        return str(int(key))
    if isinstance(key, bool):
        return "true" if key else "false"
    raise Declined("a key that is neither a string nor an integer")


def _index(key: Value) -> int | None:
    """The number of an element, None where the key is none."""
    if isinstance(key, float):
        return int(key) if key >= 0 and key.is_integer() and key < 2.0**32 - 1 else None
    if isinstance(key, str) and key.isascii() and key.isdigit() and (key == "0" or key[0] != "0"):
        return int(key)
    return None


def get(m: Machine, owner: Value, key: Value) -> Value:
    """Return a property."""
    if isinstance(owner, Choice):
        return m.each(owner, lambda one: get(m, one, key))
    if isinstance(key, Choice):
        return m.each(key, lambda one: get(m, owner, one))
    if isinstance(owner, Ref):
        return m.with_parts(owner, lambda parts: _get_part(m, owner, parts, key))
    if isinstance(owner, str):
        return _of_text(owner, key)
    if isinstance(owner, ClassValue):
        return _member_of_class(owner, key_name(key), static=True) or _nothing(key)
    if isinstance(owner, Native):
        name = f"{owner.name}.{key_name(key)}"
        return _CONSTANTS.get(name, Native(name, owner))
    if isinstance(owner, Closure) and key in ("call", "apply"):
        return Native(f"Function.{key}", owner)
    raise Declined(f"reads a property of {describe(owner)}")


def _nothing(key: Value) -> Value:
    raise Declined(f"`{key}` of a class")


def _of_text(text: str, key: Value) -> Value:
    if key == "length":
        return float(len(text))
    if (at := _index(key)) is not None:
        return text[at] if at < len(text) else UNDEFINED
    raise Declined(f"`.{key}` of a string")


def _get_part(m: Machine, owner: Ref, parts: Any, key: Value) -> Value:
    if isinstance(key, Node) and not key.truth:
        return _choose(m, parts, key)
    if isinstance(parts, list):
        if key == "length":
            return sparse.length(m, parts)
        at = _index(key)
        if at is not None and sparse.is_sparse(parts):
            return sparse.element(m, parts, at)
        if at is not None:
            return UNDEFINED if at >= len(parts) or parts[at] is HOLE else parts[at]
        if isinstance(key, str):
            return Native(f"[].{key}", owner)
        return UNDEFINED
    name = key_name(key)
    if name in parts:
        found: Value = parts[name]
        return found
    if owner.cls is not None and (method := _member_of_class(owner.cls, name, static=False)):
        return method
    if name in _OF_ALL_OBJECTS:
        if name == "hasOwnProperty":
            return Native("{}.hasOwnProperty", owner)
        raise Declined(f"`.{name}` of an object")
    return UNDEFINED


def _member_of_class(cls: ClassValue, name: str, *, static: bool) -> Value | None:
    for member in _class_node(cls).body.body:
        if member.type == "StaticBlock":
            raise Declined("a static block")
        if member.static == static and member.key.type == "Identifier" and member.key.name == name:
            value = member.value
            if member.type != "MethodDefinition" or member.kind != "method" or value is None or member.computed:
                raise Declined("a class with fields or accessors")
            return Closure(cast("Function", value), cls.scope, cls.library)
    return None


def _class_node(cls: ClassValue) -> Class:
    if cls.node.superClass is not None:
        raise Declined("a class with `extends`")
    return cls.node


def _choose(m: Machine, parts: Any, index: Node) -> Value:
    """The element, or property, at a number that depends on the pixel."""
    if isinstance(parts, dict):
        numbers = [(float(name), value) for name, value in parts.items() if _index(name) is not None]
        if len(numbers) > _MAX_CHAIN:
            raise Declined("an object with too many numeric keys")
        found: Value = UNDEFINED
        if len(numbers) < len(parts) or index.bounds.nan or not index.bounds.whole:
            m.guard(m.graph.negate(_is_whole(m, index)), "a key that is not an integer")
        for number, value in numbers:
            found = m.merge(m.graph.compare("eq", index, number), value, found)
        return found
    if sparse.is_sparse(parts):
        parts = sparse.packed(m, parts)
        total = sparse.length(m, parts)
        m.guard(m.graph.negate(m.graph.compare("lt", index, total)), "an index outside the array")
        parts = [sparse.value_of(part) for part in parts]
    elif index.leaves:
        return _along(m, index, parts)
    m.guard(m.graph.negate(_within(m, index, len(parts))), "an index outside the array")
    if all(isinstance(part, float) for part in parts) and len(parts) > _FEW:
        return m.graph.table(tuple(parts), index)
    if len(parts) > _MAX_CHAIN:
        raise Declined("an index that depends on the pixel into a long array of values other than numbers")
    found = _plain(parts[-1])
    for at in range(len(parts) - 2, -1, -1):
        found = m.merge(m.graph.compare("eq", index, float(at)), _plain(parts[at]), found)
    return found


def _plain(part: Value) -> Value:
    return UNDEFINED if part is HOLE else part


def _along(m: Machine, tree: Node, parts: list[Value]) -> Value:
    """What stands at each of the constants of a choice, but for those that cannot be met on this path."""
    if tree.constant is not None:
        at = _index(tree.constant)
        return UNDEFINED if at is None or at >= len(parts) else _plain(parts[at])
    condition, yes, no = tree.args
    holds = m.settled(condition)
    if isinstance(holds, bool):
        return _along(m, yes if holds else no, parts)
    with m.assuming(condition, True):
        one = _along(m, yes, parts)
    with m.assuming(condition, False):
        other = _along(m, no, parts)
    return m.merge(condition, one, other)


def _is_whole(m: Machine, index: Number) -> Truth:
    if isinstance(index, Node) and index.bounds.whole and not index.bounds.nan:
        return True
    return m.graph.compare("eq", m.graph.unary("floor", index), index)


def _within(m: Machine, index: Node, length: int) -> Truth:
    """Whether a number is the index of an element."""
    if length == 0:
        return False
    graph = m.graph
    inside = graph.both(graph.compare("ge", index, 0.0), graph.compare("le", index, float(length - 1)))
    return graph.both(inside, _is_whole(m, index))


def put(m: Machine, owner: Value, key: Value, value: Value) -> None:
    """Put a value into a property."""

    def put_into(one: Value) -> Value:
        if not isinstance(one, Ref):
            raise Declined(f"sets a property of {describe(one)}")
        if one.kind == "typed":
            m.change(one, lambda parts: _put_part(m, parts, key, to_number(m, value), grows=False))
        else:
            m.change(one, lambda parts: _put_part(m, parts, key, value, grows=True))
        return UNDEFINED

    def put_at(one: Value) -> Value:
        put(m, owner, one, value)
        return UNDEFINED

    if isinstance(key, Choice):
        m.each(key, put_at)
    else:
        m.each(owner, put_into)


def _put_part(m: Machine, parts: Any, key: Value, value: Value, *, grows: bool) -> None:
    if isinstance(parts, dict):
        name = key_name(key)
        if name == "__proto__":
            raise Declined("sets a prototype")
        parts[name] = value
        return
    at = _index(key)
    if at is None or at >= len(parts) or sparse.is_sparse(parts[: at + 1]):
        sparse.dense(parts)
    if isinstance(key, Node) and not key.truth:
        m.guard(m.graph.negate(_within(m, key, len(parts))), "an index outside the array")
        if len(parts) > _MAX_CHAIN:
            raise Declined("writes to a long array at an index that depends on the pixel")
        for place, part in enumerate(parts):
            parts[place] = m.merge(m.graph.compare("eq", key, float(place)), value, _plain(part))
        return
    if key == "length" and isinstance(value, float) and 0 <= value <= len(parts):
        del parts[int(value) :]
    elif at is None or at > _MAX_LENGTH or (at >= len(parts) and not grows):
        raise Declined("sets a property of an array")
    else:
        parts.extend([HOLE] * (at + 1 - len(parts)))
        parts[at] = value


def has(m: Machine, owner: Value, key: Value) -> Value:
    """Return whether an object has a property, as `in` tells."""
    name = key_name(key)
    if not isinstance(owner, Ref) or name in _OF_ALL_OBJECTS or owner.cls is not None:
        raise Declined("`in` on a value other than a plain object or array")

    def found(parts: Any) -> Value:
        if isinstance(parts, list):
            sparse.dense(parts)
            at = _index(name)
            return at is not None and at < len(parts) and parts[at] is not HOLE
        return name in parts

    return m.with_parts(owner, found)


def items(m: Machine, value: Value) -> list[Value]:
    """Return the elements of an array, as a loop over them meets them.

    Raises:
        Declined: it is none, or has several lengths.
    """
    if isinstance(value, str):
        return list(value)
    if isinstance(value, Choice):
        holds = m.settled(value.condition)
        if isinstance(holds, bool):
            return items(m, value.yes if holds else value.no)
        with m.assuming(value.condition, True):
            yes = items(m, value.yes)
        with m.assuming(value.condition, False):
            no = items(m, value.no)
        return _merged(m, value.condition, yes, no)
    if not isinstance(value, Ref) or value.kind not in ("array", "typed"):
        raise Declined(f"iterates over {describe(value)}")
    return _items_of(m, m.parts(value))


def _items_of(m: Machine, parts: Any) -> list[Value]:
    if isinstance(parts, Split):
        return _merged(m, parts.condition, _items_of(m, parts.yes), _items_of(m, parts.no))
    return [_plain(part) for part in sparse.dense(parts)]


def _merged(m: Machine, condition: Node, yes: list[Value], no: list[Value]) -> list[Value]:
    if len(yes) != len(no):
        raise Declined("an array whose length depends on the pixel")
    return [m.merge(condition, one, other) for one, other in zip(yes, no, strict=True)]


def own_properties(m: Machine, value: Value) -> dict[str, Value]:
    """Return the properties of an object by name, in the order of the language."""
    if value is UNDEFINED or value is NULL:
        return {}
    if not isinstance(value, Ref) or value.kind == "typed":
        raise Declined(f"lists the properties of {describe(value)}")
    parts = m.parts(value)
    if isinstance(parts, Split):
        raise Declined("an object whose properties depend on the pixel")
    if isinstance(parts, list):
        sparse.dense(parts)
        return {str(at): part for at, part in enumerate(parts) if part is not HOLE}
    numbers = sorted((name for name in parts if _index(name) is not None), key=int)
    return {name: parts[name] for name in [*numbers, *(name for name in parts if _index(name) is None)]}


def construct(m: Machine, made: Value, args: list[Value]) -> Value:
    """Return what `new` gives."""
    if isinstance(made, ClassValue):
        this = m.make("object", {}, cls=made)
        members = _class_node(made).body.body
        if any(member.type != "MethodDefinition" for member in members):
            raise Declined("a class with fields")
        for member in members:
            if member.type == "MethodDefinition" and member.kind == "constructor":
                body = Closure(cast("Function", member.value), made.scope, made.library)
                if m.call(m, body, this, args) is not UNDEFINED:
                    raise Declined("a constructor that returns a value")
        if made.library:
            this.library = True
        return this
    if isinstance(made, Native) and made.name == "Array":
        if len(args) == 1 and is_number(args[0]):
            return m.make("array", [HOLE] * known_length(args[0]))
        return m.make("array", list(args))
    if isinstance(made, Native) and made.name == "Float64Array":
        if len(args) == 1 and is_number(args[0]):
            return m.make("typed", [0.0] * known_length(args[0]))
        return m.make("typed", [to_number(m, item) for item in items(m, args[0])])
    raise Declined(f"`new` of {describe(made)}")


def known_length(value: Value) -> int:
    """Return a length that does not depend on the pixel."""
    at = _index(value) if isinstance(value, float) else None
    if at is None or at > _MAX_LENGTH:
        raise Declined("an array length that depends on the pixel or is too large")
    return at


Bind = Callable[[Tree, Value], None]


def destructure(m: Machine, pattern: Tree, value: Value, scope: Ref, bind: Bind) -> None:
    """Bind the parts of a pattern to the parts of a value."""
    match pattern.type:
        case "ArrayPattern":
            parts = items(m, value)
            for at, element in enumerate(pattern.elements):
                if element is None:
                    continue
                if element.type == "RestElement":
                    bind(element.argument, m.make("array", parts[at:]))
                else:
                    bind(element, parts[at] if at < len(parts) else UNDEFINED)
        case "ObjectPattern":
            taken = []
            for part in pattern.properties:
                if part.type == "RestElement":
                    rest = own_properties(m, value)
                    bind(part.argument, m.make("object", {name: rest[name] for name in rest if name not in taken}))
                elif part.computed:
                    raise Declined("a pattern with computed keys")
                else:
                    key = part.key
                    name = key.name if key.type == "Identifier" else str(key.value)
                    taken.append(name)
                    bind(part.value, get(m, value, name))
        case "AssignmentPattern":
            left, right = pattern.left, pattern.right
            bind(left, default(m, value, lambda: m.evaluate(m, right, scope)))
        case _:
            raise Declined(f"`{pattern.type}`")


def default(m: Machine, value: Value, otherwise: Callable[[], Value]) -> Value:
    """Return a value, or another one in place of `undefined`."""

    def defined(one: Value) -> Value:
        check_exists(one)
        return otherwise() if one is UNDEFINED else one

    return m.each(value, defined)
