"""The values a script works with while it is traced: numbers are nodes of the graph, all else is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias, TypeGuard

from oso_evalscript.javascript.nodes import Class, Function
from oso_evalscript.kernels.graph import Node, Number, Truth


class Empty(Enum):
    """Values that are there once."""

    UNDEFINED = "undefined"
    NULL = "null"
    HOLE = "a hole in an array"


UNDEFINED, NULL, HOLE = Empty.UNDEFINED, Empty.NULL, Empty.HOLE


class Declined(Exception):  # carries the reason to the caller that goes on without the declined part
    """Something is not understood, or throws in JavaScript; never leaves the room."""


class GaveUp(Exception):  # the same for the script as a whole
    """The script as a whole is too much; never leaves the room."""


class Ref:
    """The identity of an object, whose parts lie in the state.

    Attributes:
        kind: `object`, `array`, `typed` for an array of doubles, or `scope`.
        cls: the class that made an object.
        parent: of a scope the one around it.
        library: whether the service's own code made it.
        shared: whether it was there before the pixel.
        frozen: whether it was frozen on some path.
    """

    __slots__ = ("cls", "frozen", "kind", "library", "parent", "shared")

    def __init__(
        self, kind: str, *, cls: ClassValue | None = None, parent: Ref | None = None, library: bool, shared: bool
    ) -> None:
        self.kind = kind
        self.cls = cls
        self.parent = parent
        self.library = library
        self.shared = shared
        self.frozen = False


@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """A function with the scope it was made in."""

    node: Function
    scope: Ref
    library: bool
    this: Value = UNDEFINED


@dataclass(frozen=True, slots=True, eq=False)
class ClassValue:
    """A class with the scope it was made in."""

    node: Class
    scope: Ref
    library: bool


@dataclass(frozen=True, slots=True)
class Native:
    """A function or object of the language, such as `Math.max`, or a method of a value."""

    name: str
    owner: Value = UNDEFINED


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """What is not understood, until it is read."""

    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One of two values that are not both numbers, nor both true or false."""

    condition: Node
    yes: Value
    no: Value


@dataclass(frozen=True, slots=True, eq=False)
class Maybe:
    """An element of an array that is there at some pixels.

    Attributes:
        mask: where it is.
        value: the element.
        place: its index, where those before it are always there when it is; -1 where that is not known.
    """

    mask: Node
    value: Value
    place: int = -1


Value: TypeAlias = float | bool | str | Node | Ref | Closure | ClassValue | Native | Choice | Unknown | Empty


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """The parts of an object that has one of two forms."""

    condition: Node
    yes: Parts
    no: Parts


Parts: TypeAlias = "list[Any] | dict[str, Any] | Split"
"""The elements of an array, or the properties of an object, in a state."""


def is_number(value: Value) -> TypeGuard[Number]:
    """Return whether a value is a number."""
    return isinstance(value, float) or (isinstance(value, Node) and not value.truth)


def is_boolean(value: Value) -> TypeGuard[Truth]:
    """Return whether a value is true or false."""
    return isinstance(value, bool) or (isinstance(value, Node) and value.truth)
