"""Arrays with elements that are there at some pixels only, as `if (valid) list.push(value)` makes them."""

from __future__ import annotations

from typing import Any, TypeGuard

from oso_evalscript.kernels.graph import Number, Truth
from oso_evalscript.kernels.machine import Machine
from oso_evalscript.kernels.values import UNDEFINED, Choice, Declined, Maybe, Value


def is_sparse(parts: Any) -> TypeGuard[list[Any]]:
    """Return whether some elements are there at some pixels only."""
    return isinstance(parts, list) and any(isinstance(part, Maybe) for part in parts)


def mask_of(part: Any) -> Truth:
    """Return where an element is there."""
    return part.mask if isinstance(part, Maybe) else True


def value_of(part: Any) -> Value:
    """Return an element, where it is there."""
    return part.value if isinstance(part, Maybe) else part


def with_value(part: Any, value: Value) -> Any:
    """Return an element with another value, present at the same pixels."""
    return Maybe(part.mask, value, part.place) if isinstance(part, Maybe) else value


def length(m: Machine, parts: list[Any]) -> Number:
    """Return how many elements there are."""
    found: Number = 0.0
    for part in parts:
        found = m.graph.binary("add", found, m.graph.to_number(m.settled(mask_of(part))))
    return found


def packed(m: Machine, parts: list[Any]) -> list[Any]:
    """Return the same elements, each at its index: an element is there where the length exceeds its index."""
    if all(not isinstance(part, Maybe) or part.place == at for at, part in enumerate(parts)):
        return parts
    total = length(m, parts)
    slots: list[tuple[Truth, Value]] = [(False, UNDEFINED)] * len(parts)
    before: Number = 0.0
    for at, part in enumerate(parts):
        mask, value = m.settled(mask_of(part)), value_of(part)
        for index in range(at + 1):
            here = m.graph.both(mask, m.graph.compare("eq", before, float(index)))
            taken, other = slots[index]
            merged = value if taken is False else m.merge(here, value, other)
            slots[index] = (m.graph.either(taken, here), merged)
        before = m.graph.binary("add", before, m.graph.to_number(mask))
    return prefix(m, [value for _, value in slots], total)


def prefix(m: Machine, values: list[Value], total: Number) -> list[Any]:
    """Return an array of the first ones of some values, as many as a number says."""
    found: list[Any] = []
    for at, value in enumerate(values):
        there = m.graph.compare("lt", float(at), total)
        if there is False:
            break
        found.append(value if there is True else Maybe(m.graph.node(there), value, at))
    return found


def element(m: Machine, parts: list[Any], at: int) -> Value:
    """Return the element at an index, `undefined` where there is none."""
    parts = packed(m, parts)
    if at >= len(parts):
        return UNDEFINED
    part = parts[at]
    there = m.settled(mask_of(part))
    if isinstance(there, bool):
        return value_of(part) if there else UNDEFINED
    return Choice(there, value_of(part), UNDEFINED)


def dense(parts: list[Any]) -> list[Any]:
    """Return the elements.

    Raises:
        Declined: some are there at some pixels only.
    """
    if is_sparse(parts):
        raise Declined("an array whose length depends on the pixel")
    return parts
