"""Functions and methods of the language."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from operator import methodcaller
from typing import Any, cast

from oso_evalscript.kernels import sparse
from oso_evalscript.kernels.convert import describe, equals, math_call, to_number, to_truth
from oso_evalscript.kernels.graph import Node, Number, Truth
from oso_evalscript.kernels.machine import Machine
from oso_evalscript.kernels.properties import construct, items, key_name, known_length, own_properties
from oso_evalscript.kernels.sorting import sort
from oso_evalscript.kernels.values import (
    HOLE,
    UNDEFINED,
    Choice,
    Closure,
    Declined,
    Maybe,
    Native,
    Ref,
    Value,
    is_number,
)

Arguments = list[Value]


def call(m: Machine, function: Native, args: Arguments) -> Value:
    """Return what a function of the language gives.

    Raises:
        Declined: it is not one of those that are known here.
    """
    name = function.name
    if name.startswith("Math."):
        return math_call(m, name[5:], [to_number(m, arg) for arg in args])
    if name.startswith("[]."):
        method = _METHODS.get(name[3:])
        owner = function.owner
        if method is None or not isinstance(owner, Ref) or (owner.kind == "typed" and name[3:] in _NOT_TYPED):
            raise Declined(f"`.{name[3:]}()` of an array")
        return method(m, owner, args)
    known = _FUNCTIONS.get(name)
    if known is not None:
        return known(m, args)
    if name == "{}.hasOwnProperty":
        return key_name(argument(args, 0)) in own_properties(m, function.owner)
    if name == "Function.call":
        return m.call(m, function.owner, argument(args, 0), args[1:])
    if name == "Function.apply":
        return m.call(m, function.owner, argument(args, 0), items(m, argument(args, 1)) if len(args) > 1 else [])
    raise Declined(f"`{name}()`")


def argument(args: Arguments, at: int) -> Value:
    """Return an argument, `undefined` where there is none."""
    return args[at] if at < len(args) else UNDEFINED


def _is_nan(m: Machine, args: Arguments) -> Truth:
    value = to_number(m, argument(args, 0))
    return m.graph.compare("ne", value, value)


def _is_finite(m: Machine, args: Arguments) -> Truth:
    value = to_number(m, argument(args, 0))
    return m.graph.compare("lt", m.graph.unary("abs", value), math.inf)


def _of_numbers(work: Callable[[Machine, Arguments], Value]) -> Callable[[Machine, Arguments], Value]:
    """The same for what is a number; false for anything else."""
    return lambda m, args: m.each(argument(args, 0), lambda one: work(m, [one]) if is_number(one) else False)


def _is_integer(m: Machine, args: Arguments) -> Value:
    value = to_number(m, argument(args, 0))
    return m.graph.both(_is_finite(m, args), m.graph.compare("eq", m.graph.unary("floor", value), value))


def _is_array(m: Machine, args: Arguments) -> Value:
    return m.each(argument(args, 0), lambda one: isinstance(one, Ref) and one.kind == "array")


def _number(m: Machine, args: Arguments) -> Value:
    return to_number(m, args[0]) if args else 0.0


def _boolean(m: Machine, args: Arguments) -> Value:
    return to_truth(m, argument(args, 0))


def _keys(m: Machine, args: Arguments) -> Value:
    return m.make("array", [*own_properties(m, argument(args, 0))])


def _values(m: Machine, args: Arguments) -> Value:
    return m.make("array", [*own_properties(m, argument(args, 0)).values()])


def _entries(m: Machine, args: Arguments) -> Value:
    pairs = own_properties(m, argument(args, 0)).items()
    return m.make("array", [m.make("array", [name, value]) for name, value in pairs])


def _assign(m: Machine, args: Arguments) -> Value:
    target = argument(args, 0)
    if not isinstance(target, Ref) or target.kind != "object":
        raise Declined(f"`Object.assign` to {describe(target)}")
    for source in args[1:]:
        added = own_properties(m, source)
        m.change(target, methodcaller("update", added))
    return target


def _array(m: Machine, args: Arguments) -> Value:
    return construct(m, Native("Array"), args)


def _array_of(m: Machine, args: Arguments) -> Value:
    return m.make("array", list(args))


def _array_from(m: Machine, args: Arguments) -> Value:
    return m.make("array", _from(m, args))


def _typed_from(m: Machine, args: Arguments) -> Value:
    return m.make("typed", [to_number(m, value) for value in _from(m, args)])


def _from(m: Machine, args: Arguments) -> list[Value]:
    source = argument(args, 0)
    if isinstance(source, Ref) and source.kind == "object":
        parts = own_properties(m, source)
        length = known_length(parts.get("length", UNDEFINED))
        values = [parts.get(str(at), UNDEFINED) for at in range(length)]
    else:
        values = items(m, source)
    if len(args) < 2:
        return values
    return [m.call(m, args[1], UNDEFINED, [value, float(at)]) for at, value in enumerate(values)]


def _freeze(m: Machine, args: Arguments) -> Value:
    frozen = argument(args, 0)
    if not isinstance(frozen, Ref):
        raise Declined(f"`Object.freeze` of {describe(frozen)}")
    frozen.frozen = True
    return frozen


_FUNCTIONS: dict[str, Callable[[Machine, Arguments], Value]] = {
    "isNaN": _is_nan,
    "isFinite": _is_finite,
    "Number": _number,
    "Boolean": _boolean,
    "Number.isNaN": _of_numbers(_is_nan),
    "Number.isFinite": _of_numbers(_is_finite),
    "Number.isInteger": _of_numbers(_is_integer),
    "Array": _array,
    "Array.of": _array_of,
    "Array.from": _array_from,
    "Array.isArray": _is_array,
    "Float64Array.from": _typed_from,
    "Object.keys": _keys,
    "Object.values": _values,
    "Object.entries": _entries,
    "Object.assign": _assign,
    "Object.freeze": _freeze,
}


# --- Methods of arrays --------------------------------------------------------------------------------------------


def _elements(m: Machine, owner: Ref) -> list[Value]:
    """The elements of an array without holes, which methods treat each in a way of its own."""
    parts = m.parts(owner)
    if isinstance(parts, list) and HOLE in parts:
        raise Declined("an array method on an array with holes")
    return items(m, owner)


def _like(m: Machine, owner: Ref, values: list[Any]) -> Ref:
    """A new array of the same kind as another one; the elements of typed arrays are numbers."""
    if owner.kind == "typed":
        values = [sparse.with_value(value, to_number(m, sparse.value_of(value))) for value in values]
    return m.make(owner.kind, values)


def _spread(m: Machine, value: Value) -> list[Value]:
    """What `concat` and `flatMap` add to an array: the elements of another one, or a value."""
    if isinstance(value, Choice):
        raise Declined("concatenates a value that is an array at some pixels only")
    return _elements(m, value) if isinstance(value, Ref) and value.kind == "array" else [value]


def _at_once(m: Machine, owner: Ref, work: Callable[[list[Value]], Value]) -> Value:
    """What some work gives for an array in each of its forms."""
    return m.with_parts(owner, lambda parts: work(_elements(m, owner)))


def _callback(m: Machine, owner: Ref, args: Arguments) -> Callable[[Value, Number], Value]:
    function = argument(args, 0)
    if not isinstance(function, Closure | Native):
        raise Declined(f"calls {describe(function)}")
    return lambda value, at: m.call(
        m, function, argument(args, 1), [value, at if isinstance(at, Node) else float(at), owner]
    )


def _push(m: Machine, owner: Ref, args: Arguments) -> Value:
    m.change(owner, lambda parts: parts.extend(args))
    return m.with_parts(owner, lambda parts: sparse.length(m, parts))


def _pop(m: Machine, owner: Ref, args: Arguments, at: int = -1) -> Value:
    last = m.with_parts(owner, lambda parts: sparse.dense(parts)[at] if parts else UNDEFINED)
    m.change(owner, lambda parts: parts.pop(at) if parts else None)
    return UNDEFINED if last is HOLE else last


def _shift(m: Machine, owner: Ref, args: Arguments) -> Value:
    return _pop(m, owner, args, 0)


def _unshift(m: Machine, owner: Ref, args: Arguments) -> Value:
    m.change(owner, lambda parts: parts.__setitem__(slice(0, 0), args))
    return m.with_parts(owner, lambda parts: sparse.length(m, parts))


def _whole(value: Value, otherwise: float) -> int:
    if value is UNDEFINED:
        value = otherwise
    if not isinstance(value, float):
        raise Declined("an array position that depends on the pixel")
    return 0 if value != value else int(max(min(value, 1e9), -1e9))


def _place(value: Value, otherwise: float, length: int) -> int:
    at = _whole(value, otherwise)
    return max(length + at, 0) if at < 0 else min(at, length)


def _slice(m: Machine, owner: Ref, args: Arguments) -> Value:
    if not args:
        return m.with_parts(owner, lambda parts: _like(m, owner, list(parts)))

    def cut(parts: list[Value]) -> Value:
        begin = _place(argument(args, 0), 0.0, len(parts))
        end = _place(argument(args, 1), float(len(parts)), len(parts))
        return _like(m, owner, parts[begin:end])

    return _at_once(m, owner, cut)


def _splice(m: Machine, owner: Ref, args: Arguments) -> Value:
    parts = _elements(m, owner)
    begin = _place(argument(args, 0), 0.0, len(parts))
    count = max(_whole(args[1], 0.0) if len(args) > 1 else len(parts) * len(args), 0)
    m.change(owner, lambda found: found.__setitem__(slice(begin, begin + count), args[2:]))
    return m.make("array", parts[begin : begin + count])


def _concat(m: Machine, owner: Ref, args: Arguments) -> Value:
    found = list(_elements(m, owner))
    for arg in args:
        found += _spread(m, arg)
    return m.make("array", found)


def _map(m: Machine, owner: Ref, args: Arguments) -> Value:
    work = _callback(m, owner, args)
    sparsely = m.parts(owner)
    if sparse.is_sparse(sparsely):
        made: list[Any] = []
        for part, index in _where_there(m, sparsely):
            mask, value = m.settled(sparse.mask_of(part)), sparse.value_of(part)
            found = m.branch(mask, partial(work, value, index), _nothing)
            found = found.yes if isinstance(found, Choice) and found.condition is mask else found
            made.append(Maybe(mask, found) if isinstance(mask, Node) else found)
        return _like(m, owner, made)
    return _at_once(m, owner, lambda parts: _like(m, owner, [work(part, float(at)) for at, part in enumerate(parts)]))


def _flat_map(m: Machine, owner: Ref, args: Arguments) -> Value:
    work = _callback(m, owner, args)
    found: list[Value] = []
    for at, part in enumerate(_elements(m, owner)):
        found += _spread(m, work(part, at))
    return m.make("array", found)


def _for_each(m: Machine, owner: Ref, args: Arguments) -> Value:
    work = _callback(m, owner, args)
    parts = m.parts(owner)
    if sparse.is_sparse(parts):
        for part, index in _where_there(m, parts):
            m.branch(sparse.mask_of(part), partial(work, sparse.value_of(part), index), _nothing)
        return UNDEFINED
    for at, part in enumerate(_elements(m, owner)):
        work(part, float(at))
    return UNDEFINED


def _where_there(m: Machine, parts: Any) -> Iterator[tuple[Any, Number]]:
    """The elements of a sparse array, each with its index where it is there."""
    before: Number = 0.0
    for part in parts:
        yield part, before
        before = m.graph.binary("add", before, m.graph.to_number(m.settled(sparse.mask_of(part))))


def _nothing() -> Value:
    return UNDEFINED


def _reduce(m: Machine, owner: Ref, args: Arguments) -> Value:
    function = argument(args, 0)

    sparsely = m.parts(owner)
    if sparse.is_sparse(sparsely):
        return _reduce_sparse(m, owner, args, sparsely)

    def reduce(parts: list[Value]) -> Value:
        numbered = list(enumerate(parts))
        if len(args) < 2 and not parts:
            raise Declined("`reduce` of an empty array")
        found = args[1] if len(args) > 1 else numbered.pop(0)[1]
        for at, part in numbered:
            found = m.call(m, function, UNDEFINED, [found, part, float(at), owner])
        return found

    return _at_once(m, owner, reduce)


def _reduce_sparse(m: Machine, owner: Ref, args: Arguments, parts: Any) -> Value:
    """`reduce` over elements that are there at some pixels; without a start, over those that are packed."""
    started = len(args) > 1
    if not started:
        parts = sparse.packed(m, parts)
        first = sparse.mask_of(parts[0])
        m.guard(m.graph.negate(first), "`reduce` of an empty array")
    found = args[1] if started else sparse.value_of(parts[0])
    for part, index in [*_where_there(m, parts)][0 if started else 1 :]:
        step = partial(m.call, m, args[0], UNDEFINED, [found, sparse.value_of(part), index, owner])
        found = m.branch(sparse.mask_of(part), step, partial(_unchanged, found))
    return found


def _unchanged(found: Value) -> Value:
    return found


def _quantified(m: Machine, owner: Ref, args: Arguments, *, some: bool) -> Value:
    """`some` and `every`: the function is called until it is decided."""
    work = _callback(m, owner, args)
    parts = _elements(m, owner)

    def decide(at: int) -> Value:
        if at == len(parts):
            return not some
        truth = to_truth(m, work(parts[at], at))
        here, further = (lambda: some), (lambda: decide(at + 1))
        return m.branch(truth, here, further) if some else m.branch(truth, further, here)

    return decide(0)


def _some(m: Machine, owner: Ref, args: Arguments) -> Value:
    return _quantified(m, owner, args, some=True)


def _every(m: Machine, owner: Ref, args: Arguments) -> Value:
    return _quantified(m, owner, args, some=False)


def _find(m: Machine, owner: Ref, args: Arguments, *, index: bool = False) -> Value:
    work = _callback(m, owner, args)
    parts = _elements(m, owner)

    def find(at: int) -> Value:
        if at == len(parts):
            return -1.0 if index else UNDEFINED
        truth = to_truth(m, work(parts[at], at))
        return m.branch(truth, lambda: float(at) if index else parts[at], lambda: find(at + 1))

    return find(0)


def _find_index(m: Machine, owner: Ref, args: Arguments) -> Value:
    return _find(m, owner, args, index=True)


def _includes(m: Machine, owner: Ref, args: Arguments) -> Value:
    wanted = _only(args)
    found: Truth = False
    for part in _elements(m, owner):
        found = m.graph.either(found, equals(m, wanted, part, strict=True))
        if is_number(wanted) and is_number(part):  # NaN is found here
            found = m.graph.either(found, m.graph.both(_is_nan(m, [wanted]), _is_nan(m, [part])))
    return found


def _only(args: Arguments) -> Value:
    """What is searched for, from the first element on."""
    if len(args) > 1:
        raise Declined("a search with a start index")
    return argument(args, 0)


def _index_of(m: Machine, owner: Ref, args: Arguments) -> Value:
    wanted = _only(args)
    found: Value = -1.0
    for at, part in reversed(list(enumerate(_elements(m, owner)))):
        found = m.merge(equals(m, wanted, part, strict=True), float(at), found)
    return found


def _filter(m: Machine, owner: Ref, args: Arguments) -> Value:
    work = _callback(m, owner, args)
    parts = m.parts(owner)
    kept: list[Any] = []
    for part, index in _where_there(m, parts if sparse.is_sparse(parts) else _elements(m, owner)):
        mask, value = m.settled(sparse.mask_of(part)), sparse.value_of(part)

        def keeps(value: Value = value, index: Number = index) -> Value:
            return to_truth(m, work(value, index))

        truth = m.settled(m.graph.both(mask, cast("Truth", m.branch(mask, keeps, lambda: False))))
        if truth is not False:
            kept.append(value if truth is True else Maybe(m.graph.node(truth), value))
    return _like(m, owner, kept)


def _reverse(m: Machine, owner: Ref, args: Arguments) -> Value:
    _elements(m, owner)
    m.change(owner, lambda parts: parts.reverse())
    return owner


def _fill(m: Machine, owner: Ref, args: Arguments) -> Value:
    if len(args) != 1:
        raise Declined("`fill` with a range")
    value = to_number(m, args[0]) if owner.kind == "typed" else args[0]
    m.change(owner, lambda parts: parts.__setitem__(slice(None), [value] * len(parts)))
    return owner


_METHODS: dict[str, Callable[[Machine, Ref, Arguments], Value]] = {
    "push": _push,
    "pop": _pop,
    "shift": _shift,
    "unshift": _unshift,
    "slice": _slice,
    "splice": _splice,
    "concat": _concat,
    "map": _map,
    "flatMap": _flat_map,
    "forEach": _for_each,
    "reduce": _reduce,
    "some": _some,
    "every": _every,
    "find": _find,
    "findIndex": _find_index,
    "includes": _includes,
    "indexOf": _index_of,
    "filter": _filter,
    "reverse": _reverse,
    "fill": _fill,
    "sort": sort,
}
_NOT_TYPED = frozenset(("push", "pop", "shift", "unshift", "splice", "concat", "flatMap"))
"""Methods that typed arrays do not have."""
