"""The values that an expression may have, as a linter knows them: types, lengths, and where they are made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from itertools import product
from typing import TypeAlias

from oso_evalscript.javascript.syntax import Node
from oso_evalscript.semantics.values.constants import key_of

MOST = 150
"""How many values of one expression are told apart."""


class Type(Enum):
    """What a value is, in JavaScript's terms; a boolean counts as a number."""

    ARRAY = "an array"
    OBJECT = "an object"
    NUMBER = "a number"
    STRING = "a string"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Value:
    """One of the values that an expression may have.

    Attributes:
        type: what it is.
        node: the expression that makes it.
        length: of an array.
        elements: of an array, where each stands in the text, in order; the same call again and again where one makes
            several. None where that is not known.
        entries: of an object, by key; None where that is not known.
        sure: whether some run has this value, as far as the tests on the way are independent of each other.
        birth: tells apart what was assigned to variables at different times; 0 for what never was.
        origin: what tells it from the others, where that is not `node`.
    """

    type: Type
    node: Node
    length: int = 0
    elements: tuple[Node, ...] | None = None
    entries: tuple[tuple[str, Alternatives], ...] | None = None
    sure: bool = True
    birth: int = 0
    origin: Node | None = None

    @property
    def cause(self) -> Node:
        """The place to look at where this one of several values is wrong."""
        return self.node if self.origin is None else self.origin

    def entry_node(self, key: str) -> Node:
        """Return the expression behind a key of an object."""
        properties = self.node.properties if self.node.type == "ObjectExpression" else []
        named = (item for item in reversed(properties) if item.type == "Property" and not item.computed)
        return next((item.value for item in named if key_of(item) == key), self.node)


Alternatives: TypeAlias = "tuple[Value, ...] | None"
"""All the values that an expression may have; None where that is not known."""

State: TypeAlias = "dict[int, tuple[Value, ...]]"
"""What each variable that is followed may hold, by the id of the variable; those not known are left out."""


@dataclass(frozen=True, slots=True)
class Returned:
    """What one `return`, or the body of an arrow, gives: the expression (None for a bare `return`) and its values."""

    node: Node | None
    values: Alternatives


def array_of(node: Node, length: int) -> Value:
    """Return the array of `length` elements that an expression makes all at once."""
    return Value(Type.ARRAY, node, length, (node,) * length if length <= MOST else None)


def joined(node: Node, parts: list[Alternatives]) -> Alternatives:
    """Return the arrays that `node` makes by putting arrays one behind the other."""
    several = [part for part in parts if part is None or len(part) != 1]
    if None in parts or len(several) > 1:
        return None
    found = [_chain(node, chosen, bool(several)) for chosen in product(*(part or () for part in parts))]
    return tuple(found) if len(found) <= MOST else None


def remade(node: Node, arrays: Alternatives) -> Alternatives:
    """Return arrays of the same length as those given, with new elements from `node`."""
    if arrays is None or any(value.type is not Type.ARRAY for value in arrays):
        return None
    return tuple(replace(value, node=node, elements=None) for value in arrays)


def merge(before: State, outcomes: list[State]) -> State | None:
    """Return what is known where several ways meet, None if there is none.

    A value from before that some way replaces, or that some way changes, may not come through at all: whether it does
    depends on tests that need not be independent.
    """
    if len(outcomes) < 2:
        return outcomes[0] if outcomes else None
    first = outcomes[0]
    merged: State = {}
    for key, values in first.items():
        others = [outcome.get(key) for outcome in outcomes]
        if None in others:
            continue
        if all(other is values or other == values for other in others):
            merged[key] = values
            continue
        born = {value.birth for value in before.get(key, ())}
        met: dict[Value, None] = {}
        for value in (value for other in others for value in other or ()):
            met[replace(value, sure=False) if value.birth in born else value] = None
        if len(met) <= MOST:
            merged[key] = tuple(met)
    return merged


def all_are(values: Alternatives, types: Iterable[Type]) -> bool:
    """Whether all the values are known, and of one of the types."""
    wanted = set(types)
    return bool(values) and all(value.type in wanted for value in values or ())


def _chain(node: Node, chosen: tuple[Value, ...], several: bool) -> Value:
    length = sum(value.length for value in chosen)
    elements: tuple[Node, ...] | None = None
    if length <= MOST and all(value.elements is not None for value in chosen):
        elements = tuple(element for value in chosen for element in value.elements or ())
    causes = [value.cause for value in chosen if value.birth] if several else []
    return Value(
        Type.ARRAY,
        node,
        length,
        elements,
        sure=all(value.sure for value in chosen),
        origin=causes[0] if causes else None,
    )
