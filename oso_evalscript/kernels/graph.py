"""The expression graph: what the outputs of a pixel are in terms of its inputs.

Nodes are made by `Graph` alone, which gives equal expressions one node, folds what is constant, and knows of each
number within what bounds it lies. All numbers are doubles and all folding is exact: a function whose last bit is
V8's own (`CALLS`) is never worked out here.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias, TypeGuard, cast

from oso_evalscript.kernels.doubles import BINARY, COMPARED, UNARY, round_half_up, to_int32, trunc
from oso_evalscript.kernels.ranges import cover, excludes, implies

NUMBERS = frozenset(
    {
        *("load", "add", "sub", "mul", "div", "min", "max", "neg", "abs", "sqrt", "floor", "ceil", "trunc"),
        *("select", "call", "signed", "unsigned", "table", "number", "lesser", "greater"),
    }
)
WHOLES = frozenset(("int", "iand", "ior", "ixor", "shl", "shr", "ushr", "count_false"))
"""Operations on the 32 bits that JavaScript's bit operators work on, and the index of a table."""
CALLS = {
    **dict.fromkeys(("acos", "asin", "atan", "cos", "exp", "log", "sin", "tan", "cbrt", "cosh", "expm1"), 1),
    **dict.fromkeys(("log10", "log1p", "log2", "sinh", "tanh", "asinh", "acosh", "atanh", "sign", "fround"), 1),
    "atan2": 2,
    "pow": 2,
    "rem": 2,
    "hypot": 2,
}
"""Functions that V8 is asked for, with the number of their arguments; `rem` is the operator `%`."""

MAX_NODES = 30_000
_MAX_LEAVES = 300  # of a choice among constants that is worked on leaf by leaf


class TooLarge(Exception):  # carries no more than that
    """There are more nodes than a kernel could be of; never leaves the room."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Within what a number lies.

    Attributes:
        low: the least value.
        high: the greatest.
        nan: whether it may be NaN.
        whole: whether it is a whole number, where it is finite.
    """

    low: float = -math.inf
    high: float = math.inf
    nan: bool = True
    whole: bool = False

    def union(self, other: Bounds) -> Bounds:
        """Return what both lie within."""
        return Bounds(
            min(self.low, other.low), max(self.high, other.high), self.nan or other.nan, self.whole and other.whole
        )


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One operation.

    Attributes:
        op: its name.
        args: what it works on.
        data: what else it is: a constant, the number of a plane, a table, the name of a function.
        bounds: within what its value lies; of numbers.
        leaves: of a choice among constants how many there are, else 0.
    """

    op: str
    args: tuple[Node, ...] = ()
    data: object = None
    bounds: Bounds = Bounds()
    leaves: int = 0

    @property
    def truth(self) -> bool:
        """Whether it is true or false, and no number."""
        return self.op not in NUMBERS and self.op not in WHOLES

    @property
    def constant(self) -> float | None:
        """The number that it is, None where it is not constant."""
        return self.data if self.op == "number" and isinstance(self.data, float) else None

    def __repr__(self) -> str:
        data = "" if self.data is None else f" {self.data!r}"
        return f"<{self.op}{data} of {len(self.args)}>"


Number: TypeAlias = float | Node
Truth: TypeAlias = bool | Node


@dataclass
class Graph:
    """Makes nodes."""

    _made: dict[tuple[object, ...], Node] = field(default_factory=dict)
    _negated: dict[Node, Truth] = field(default_factory=dict)
    _mapped: dict[tuple[object, ...], Number | Truth] = field(default_factory=dict)

    def load(self, plane: int, slot: int, type_: str) -> Node:
        """Return the value of a pixel in a row of an input plane."""
        return self._make("load", (), (plane, slot), _BOUNDS.get(type_, Bounds()))

    def node(self, value: Number | Truth) -> Node:
        """Return a value as a node."""
        if isinstance(value, Node):
            return value
        if isinstance(value, bool):
            return self._make("truth", (), value)
        bounds = Bounds(value, value, value != value, value == value and not math.isinf(value) and value == int(value))
        return self._make("number", (), value, bounds if value == value else Bounds(math.inf, -math.inf), 1)

    def unary(self, op: str, a: Number) -> Number:
        """Return an operation on one number."""
        if not isinstance(a, Node):
            return UNARY[op](a)
        if a.leaves:
            return cast("Number", self.map(op, a, UNARY[op]))
        if op in ("floor", "ceil", "trunc") and a.bounds.whole:
            return a
        return self._make(op, (a,), None, _unary_bounds(op, a.bounds))

    def binary(self, op: str, a: Number, b: Number) -> Number:
        """Return an operation on two numbers."""
        folded = self._folded(op, a, b, BINARY[op])
        if folded is not None:
            return cast("Number", folded)
        if (op in ("mul", "div") and b == 1.0) or (op == "sub" and b == 0.0 and _bits(0.0) == _bits(b)):
            return a
        if op == "mul" and a == 1.0:
            return b
        x, y = self.node(a), self.node(b)
        return self._make(op, (x, y), None, _binary_bounds(op, x.bounds, y.bounds))

    def round(self, a: Number) -> Number:
        """Return what `Math.round` gives."""
        if not isinstance(a, Node):
            return round_half_up(a)
        if a.leaves:
            return cast("Number", self.map("round", a, round_half_up))
        if a.bounds.whole:
            return a
        up = self.unary("ceil", a)
        near = self.compare("le", self.binary("sub", up, 0.5), a)
        return self.select(near, up, self.binary("sub", up, 1.0))

    def ordered(self, a: Number, b: Number) -> tuple[Number, Number]:
        """Return the lesser and the greater of two numbers, neither of which is NaN or -0."""
        if not isinstance(a, Node) and not isinstance(b, Node):
            return min(a, b), max(a, b)
        x, y = self.node(a), self.node(b)
        if x is y:
            return x, y
        low, high = _binary_bounds("min", x.bounds, y.bounds), _binary_bounds("max", x.bounds, y.bounds)
        return self._make("lesser", (x, y), None, low), self._make("greater", (x, y), None, high)

    def is_negative_zero(self, a: Number) -> Truth:
        """Return whether a number is -0."""
        if not isinstance(a, Node):
            return a == 0 and math.copysign(1, a) < 0
        if a.bounds.low > 0 or a.bounds.high < 0 or (a.op == "load" and a.bounds.whole):
            return False
        return self._make("bits", (a, self.node(-0.0)))

    def call(self, name: str, *args: Number) -> Number:
        """Return what V8 gives for a function of `CALLS`."""
        return self._make("call", tuple(map(self.node, args)), name)

    def compare(self, op: str, a: Number, b: Number) -> Truth:
        """Return a comparison of two numbers."""
        folded = self._folded(op, a, b, COMPARED[op])
        if folded is not None:
            return cast("Truth", folded)
        x, y = self.node(a), self.node(b)
        known = _decided(op, x, y)
        return self._make(op, (x, y)) if known is None else known

    def select(self, condition: Truth, yes: Number, no: Number) -> Number:
        """Return one of two numbers."""
        if isinstance(condition, bool):
            return yes if condition else no
        if same(yes, no):
            return yes
        if condition.op == "not":
            condition, yes, no = condition.args[0], no, yes
        a, b = self.node(yes), self.node(no)
        if a.op == "select" and a.args[0] is condition:
            a = a.args[1]
        if b.op == "select" and b.args[0] is condition:
            b = b.args[2]
        if a is b:
            return a
        leaves = a.leaves + b.leaves if a.leaves and b.leaves else 0
        bounds = a.bounds.union(b.bounds)
        return self._make("select", (condition, a, b), None, bounds, leaves if leaves <= _MAX_LEAVES else 0)

    def choose(self, condition: Truth, yes: Truth, no: Truth) -> Truth:
        """Return one of two truths."""
        if isinstance(condition, bool):
            return yes if condition else no
        if same(yes, no):
            return yes
        return self.either(self.both(condition, yes), self.both(self.negate(condition), no))

    def both(self, a: Truth, b: Truth) -> Truth:
        """Return `a && b`."""
        if a is True or a is b:
            return b
        if b is True:
            return a
        if a is False or b is False or self.negate(a) is b:
            return False
        x, y = self.node(a), self.node(b)
        for joined, more in ((x, y), (y, x)):
            found = self._absorbed("and", joined, more, implies, excludes)
            if found is not None:
                return found
        return self._make("and", (x, y))

    def either(self, a: Truth, b: Truth) -> Truth:
        """Return `a || b`."""
        if a is False or a is b:
            return b
        if b is False:
            return a
        if a is True or b is True or self.negate(a) is b:
            return True
        x, y = self.node(a), self.node(b)
        if x.op == "and" and y.op == "and":  # (c && p) || (!c && p) is p
            one, other = x.args, y.args
            if one[1] is other[1] and self.negate(one[0]) is other[0]:
                return one[1]
        if x.op == "and" and y.op == "not" and y.args[0] in x.args:  # (c && p) || !c is p || !c
            x = x.args[1] if x.args[0] is y.args[0] else x.args[0]
        if y.op == "and" and x.op == "not" and x.args[0] in y.args:
            y = y.args[1] if y.args[0] is x.args[0] else y.args[0]
        if y.op == "and":  # c || (!c && p) is c || p
            left = self.negate(x)
            if y.args[0] is left:
                y = y.args[1]
            elif y.args[1] is left:
                y = y.args[0]
        for joined, more in ((x, y), (y, x)):
            found = self._absorbed("or", joined, more, lambda a, b: implies(b, a), cover)
            if found is not None:
                return found
        return self._make("or", (x, y))

    def negate(self, a: Truth) -> Truth:
        """Return `!a`."""
        if isinstance(a, bool):
            return not a
        found = self._negated.get(a)
        if found is None:
            if a.op in ("and", "or"):  # so that equal conditions are one, however they came about
                join = self.either if a.op == "and" else self.both
                found = join(self.negate(a.args[0]), self.negate(a.args[1]))
            else:
                found = a.args[0] if a.op == "not" else self._make("not", (a,))
            self._negated[a] = found
            if isinstance(found, Node):
                self._negated.setdefault(found, a)
        return found

    def to_number(self, a: Truth) -> Number:
        """Return 1 or 0."""
        return self.select(a, 1.0, 0.0)

    def to_int(self, a: Number) -> Node:
        """Return the 32 bits of a number that lies within their range, or is NaN."""
        if isinstance(a, Node) and a.op == "signed":
            return a.args[0]
        if not isinstance(a, Node):
            return self._make("int", (self.node(float(to_int32(a))),), None, Bounds(-(2.0**31), 2.0**31 - 1))
        low, high = max(trunc(a.bounds.low), -(2.0**31)), min(trunc(a.bounds.high), 2.0**31 - 1)
        if a.bounds.nan:
            low, high = min(low, 0.0), max(high, 0.0)
        return self._make("int", (a,), None, Bounds(low, high, nan=False, whole=True))

    def bits(self, op: str, a: Node, b: Node) -> Node:
        """Return an operation on 32 bits."""
        bounds = Bounds(-(2.0**31), 2.0**31 - 1, nan=False, whole=True)
        mask = b.args[0].constant if b.op == "int" else None
        if op == "iand" and mask is not None and mask >= 0:
            bounds = Bounds(0.0, mask, nan=False, whole=True)
        elif op == "shr" and mask is not None and 0 <= mask < 32:
            bounds = Bounds(a.bounds.low // 2**mask, a.bounds.high // 2**mask, nan=False, whole=True)
        elif op == "ior" and mask == 0:
            return a
        return self._make(op, (a, b), None, bounds)

    def signed(self, a: Node, *, unsigned: bool = False) -> Number:
        """Return 32 bits as a number."""
        bounds = Bounds(0.0, 2.0**32 - 1, nan=False, whole=True) if unsigned else a.bounds
        if unsigned and a.bounds.low >= 0:
            bounds = a.bounds
        return self._make("unsigned" if unsigned else "signed", (a,), None, bounds)

    def table(self, values: tuple[float, ...], index: Node) -> Number:
        """Return the entry of a table at an index that is whole and lies within it; elsewhere any entry."""
        if len({_bits(value) for value in values}) == 1:
            return values[0]
        bounds = Bounds(math.inf, -math.inf, nan=False, whole=True)
        for value in values:
            bounds = bounds.union(self.node(value).bounds if value == value else Bounds(math.inf, -math.inf))
        key = struct.pack(f"<{len(values)}d", *values)
        return self._make("table", (index,), key, bounds)

    def count_false(self, conditions: tuple[Node, ...]) -> Node:
        """Return how many of some conditions are false, as the index of a table."""
        return self._make("count_false", conditions)

    def rebuilt(self, node: Node, args: tuple[Node, ...]) -> Node:
        """Return the same operation on other nodes, which have the same values."""
        return node if args == node.args else self._make(node.op, args, node.data, node.bounds)

    def map(self, key: object, tree: Node, fold: Callable[[float], float | bool]) -> Number | Truth:
        """Return what becomes of a choice among constants when each of them is worked on."""
        known = self._mapped.get((key, tree))
        if known is not None:
            return known
        if tree.constant is not None:
            found: Number | Truth = fold(tree.constant)
        else:
            condition, yes, no = tree.args
            a, b = self.map(key, yes, fold), self.map(key, no, fold)
            if is_truth(a) and is_truth(b):
                found = self.choose(condition, a, b)
            else:
                found = self.select(condition, cast("Number", a), cast("Number", b))
        self._mapped[key, tree] = found
        return found

    def _folded(
        self, op: str, a: Number, b: Number, fold: Callable[[float, float], float | bool]
    ) -> Number | Truth | None:
        """What an operation gives for constants, or for a constant and a choice among constants; else None."""
        if not isinstance(a, Node):
            if not isinstance(b, Node):
                return fold(a, b)
            return self.map((op, "left", _bits(a)), b, lambda one: fold(a, one)) if b.leaves else None
        if not isinstance(b, Node) and a.leaves:
            return self.map((op, "right", _bits(b)), a, lambda one: fold(one, b))
        return None

    def _absorbed(
        self,
        op: str,
        joined: Node,
        more: Node,
        settles: Callable[[Node, Node], bool],
        decides: Callable[[Node, Node], bool],
    ) -> Truth | None:
        """What `joined && more`, or `joined || more`, is if one of them says enough of the other; else None.

        Args:
            op: `and` or `or`.
            joined: a condition, perhaps already joined of two by that operation.
            more: another one.
            settles: whether the first of two conditions makes the second one needless.
            decides: whether two conditions together decide the result.
        """
        parts = joined.args if joined.op == op else (joined,)
        if any(part is more or settles(part, more) for part in parts):
            return joined
        if any(decides(part, more) for part in parts):
            return op == "or"
        needed = [part for part in parts if not settles(more, part)]
        if len(needed) == len(parts):
            return None
        if not needed:
            return more
        return self.both(needed[0], more) if op == "and" else self.either(needed[0], more)

    def _make(
        self, op: str, args: tuple[Node, ...], data: object = None, bounds: Bounds = Bounds(), leaves: int = 0
    ) -> Node:
        key = (op, args, _bits(data) if isinstance(data, float) else data)
        node = self._made.get(key)
        if node is None:
            if len(self._made) >= MAX_NODES:
                raise TooLarge
            node = self._made[key] = Node(op, args, data, bounds, leaves)
        return node


def is_truth(value: Number | Truth) -> TypeGuard[Truth]:
    """Return whether a value is true or false, and no number."""
    return value.truth if isinstance(value, Node) else isinstance(value, bool)


def same(a: object, b: object) -> bool:
    """Return whether two values are one, 0 and -0 being different."""
    if a is b:
        return True
    if isinstance(a, float) and isinstance(b, float):
        return _bits(a) == _bits(b)
    return isinstance(a, bool | str) and type(a) is type(b) and a == b


def entries(table: Node) -> tuple[float, ...]:
    """Return the numbers of a table."""
    key = cast("bytes", table.data)
    return struct.unpack(f"<{len(key) // 8}d", key)


def in_order(roots: list[Node]) -> list[Node]:
    """Return all nodes that some depend on, each behind what it depends on."""
    order: list[Node] = []
    seen: set[Node] = set()
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((arg, False) for arg in reversed(node.args))
    return order


def _bits(value: float) -> bytes:
    return struct.pack("<d", value) if value == value else b"nan"


_BOUNDS = {
    "uint8": Bounds(0.0, 255.0, nan=False, whole=True),
    "int8": Bounds(-128.0, 127.0, nan=False, whole=True),
    "uint16": Bounds(0.0, 65535.0, nan=False, whole=True),
    "int16": Bounds(-32768.0, 32767.0, nan=False, whole=True),
    "uint32": Bounds(0.0, 2.0**32 - 1, nan=False, whole=True),
    "int32": Bounds(-(2.0**31), 2.0**31 - 1, nan=False, whole=True),
}


def _unary_bounds(op: str, a: Bounds) -> Bounds:
    if op == "neg":
        return Bounds(-a.high, -a.low, a.nan, a.whole)
    if op == "abs":
        return Bounds(0.0, max(abs(a.low), abs(a.high)), a.nan, a.whole)
    if op == "sqrt":
        return Bounds(0.0, math.inf, a.nan or a.low < 0)
    return Bounds(UNARY[op](a.low), UNARY[op](a.high), a.nan, whole=True)


def _binary_bounds(op: str, a: Bounds, b: Bounds) -> Bounds:
    ends = (a.low, a.high, b.low, b.high)
    if op in ("min", "max"):
        low, high = (BINARY[op](a.low, b.low), BINARY[op](a.high, b.high))
        return Bounds(low, high, a.nan or b.nan, a.whole and b.whole)
    if op == "div" or any(math.isinf(end) for end in ends):
        return Bounds()
    values = [BINARY[op](x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
    whole = a.whole and b.whole and max(map(abs, values)) < 2.0**53
    return Bounds(min(values), max(values), a.nan or b.nan, whole)


def _decided(op: str, x: Node, y: Node) -> bool | None:
    """What a comparison gives for all values within the bounds."""
    a, b = x.bounds, y.bounds
    if x is y and not a.nan:
        return op in ("le", "ge", "eq")
    if a.low > a.high or b.low > b.high:  # NaN
        return op == "ne"
    if x is y:
        return None
    apart = a.high < b.low or a.low > b.high
    if op in ("eq", "ne") and apart:
        return op == "ne"
    if a.nan or b.nan:
        impossible = {"lt": a.low >= b.high, "le": a.low > b.high, "gt": a.high <= b.low, "ge": a.high < b.low}
        return False if impossible.get(op) else None
    low, high = (a, b) if op in ("lt", "le") else (b, a)
    if op in ("lt", "gt"):
        return True if low.high < high.low else False if low.low >= high.high else None
    if op in ("le", "ge"):
        return True if low.high <= high.low else False if low.low > high.high else None
    return None
