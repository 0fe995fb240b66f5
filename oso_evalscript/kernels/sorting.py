"""Sorting: arrays whose elements are known by comparing them, numbers of the pixel by a network."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cmp_to_key
from typing import Any

from oso_evalscript.kernels import sparse
from oso_evalscript.kernels.convert import to_number
from oso_evalscript.kernels.graph import Node, Number
from oso_evalscript.kernels.machine import Machine
from oso_evalscript.kernels.properties import items
from oso_evalscript.kernels.values import HOLE, UNDEFINED, Closure, Declined, Ref, Value, is_number

_MAX_NETWORK = 64
"""Numbers that are sorted by a network."""


def sort(m: Machine, owner: Ref, args: list[Value]) -> Value:
    """Sort an array as `sort` does, in place.

    Raises:
        Declined: it is not sorted by a function that compares numbers, where they depend on the pixel.
    """
    function = args[0] if args else UNDEFINED
    if not isinstance(function, Closure):
        raise Declined("`sort` without a comparator")
    parts = m.parts(owner)
    if isinstance(parts, list) and HOLE in parts:
        raise Declined("`sort` of an array with holes")
    if sparse.is_sparse(parts):
        return _sort_sparse(m, owner, function, parts)
    values = items(m, owner)
    if any(isinstance(value, Node) for value in values):
        ordered = _by_network(m, function, values)
    else:
        ordered = _by_comparing(m, function, values)
    m.change(owner, lambda found: found.__setitem__(slice(None), ordered))
    return owner


def _sort_sparse(m: Machine, owner: Ref, function: Closure, parts: list[Any]) -> Value:
    """Those that are not there are put behind all others."""
    falling = _falls(m, function)
    end = -math.inf if falling else math.inf
    numbers: list[Number] = []
    for part in parts:
        mask, value = m.settled(sparse.mask_of(part)), sparse.value_of(part)
        with m.assuming(mask, True):
            numbers.append(m.graph.select(mask, to_number(m, value), end))
    total = sparse.length(m, parts)
    ordered = _in_order(m, numbers, falling=falling)
    m.change(owner, lambda found: found.__setitem__(slice(None), sparse.prefix(m, [*ordered], total)))
    return owner


def _by_comparing(m: Machine, function: Closure, values: list[Value]) -> list[Value]:
    def compare(a: Value, b: Value) -> int:
        order = to_number(m, m.call(m, function, UNDEFINED, [a, b]))
        if isinstance(order, Node) or order != order:
            raise Declined("`sort` by keys that depend on the pixel or are NaN")
        return (order > 0) - (order < 0)

    return sorted(values, key=cmp_to_key(compare))


def _by_network(m: Machine, function: Closure, values: list[Value]) -> list[Value]:
    """Numbers in order; where one is NaN, or -0, what V8 makes of them depends on where they stood."""
    numbers = [value for value in values if is_number(value)]
    if len(numbers) < len(values):
        raise Declined("`sort` of values other than numbers")
    return [*_in_order(m, numbers, falling=_falls(m, function))]


def _in_order(m: Machine, numbers: list[Number], *, falling: bool) -> list[Number]:
    if len(numbers) > _MAX_NETWORK:
        raise Declined("`sort` of too many numbers")
    for number in numbers:
        odd = m.graph.either(m.graph.compare("ne", number, number), m.graph.is_negative_zero(number))
        m.guard(odd, "sorts NaN or -0")
    ordered = network(m, numbers)
    return [*reversed(ordered)] if falling else [*ordered]


def _falls(m: Machine, function: Closure) -> bool:
    """Whether a function puts the greater of two numbers first; by what it makes of two that are not known."""
    graph = m.graph
    a, b = graph.load(-1, 0, "float64"), graph.load(-1, 1, "float64")
    order = m.call(m, function, UNDEFINED, [a, b])
    for first, second, falls in ((a, b, False), (b, a, True)):
        sign = graph.select(graph.compare("gt", first, second), 1.0, 0.0)
        rising = graph.select(graph.compare("lt", first, second), -1.0, sign)
        other = graph.select(
            graph.compare("gt", first, second), 1.0, graph.select(graph.compare("lt", first, second), -1.0, 0.0)
        )
        either = graph.select(graph.compare("gt", first, second), 1.0, -1.0)
        if order in (graph.binary("sub", first, second), rising, other, either):
            return falls
    raise Declined("`sort` with a comparator that does more than compare two numbers")


def network(m: Machine, numbers: list[Number]) -> list[Number]:
    """Return numbers in ascending order, none of them NaN or -0."""
    found = list(numbers)
    for low, high in exchanges(len(found)):
        found[low], found[high] = m.graph.ordered(found[low], found[high])
    return found


def exchanges(count: int) -> Iterator[tuple[int, int]]:
    """Yield the pairs that Batcher's odd-even merge sort compares, in order."""
    step = 1
    while step < count:
        inner = step
        while inner >= 1:
            for start in range(inner % step, count - inner, 2 * inner):
                for at in range(min(inner, count - start - inner)):
                    one, other = start + at, start + at + inner
                    if one // (2 * step) == other // (2 * step):
                        yield one, other
            inner //= 2
        step *= 2
