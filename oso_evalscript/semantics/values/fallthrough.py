"""Whether the end of a function can be reached without a return, and which tests keep it from that.

The answer names the tests that must all fail for the end to be reached. Tests on one expression are put together: the
ranges that they take may leave nothing over.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.kinds import FUNCTIONS, LOOPS
from oso_evalscript.javascript.syntax import Node, Tree, children
from oso_evalscript.semantics.names import own_nodes
from oso_evalscript.semantics.values.constants import Constants, is_number

_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_MAX_DEPTH = 60


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a function, which is reached where nothing below returns.

    Attributes:
        tests: the conditions that must fail.
        loops: the loops with a return in them that must run out.
        switches: the `switch` statements without a default, of which no case may match.
        known: whether that is all.
    """

    tests: tuple[Node, ...] = ()
    loops: tuple[nodes.For | nodes.ForEach | nodes.While, ...] = ()
    switches: tuple[nodes.Switch, ...] = ()
    known: bool = True

    def __add__(self, other: Ending) -> Ending:
        return Ending(
            self.tests + other.tests,
            self.loops + other.loops,
            self.switches + other.switches,
            self.known and other.known,
        )


_UNKNOWN = Ending(known=False)


def ending(function: nodes.Function, values: Constants) -> Ending | None:
    """Return how the end of a function is reached, None if it never is."""
    if function.body.type != "BlockStatement":
        return None
    return _block(function.body.body, values, 0)


def _block(statements: Iterable[Node], values: Constants, depth: int) -> Ending | None:
    if depth > _MAX_DEPTH:
        return _UNKNOWN
    found = Ending()
    for statement in statements:
        end = _statement(statement, values, depth + 1)
        if end is None:
            return None
        found += end
    return found


def _statement(node: Node, values: Constants, depth: int) -> Ending | None:
    if node.type in LOOPS:
        return _loop(node, values)
    match node.type:
        case "ReturnStatement" | "ThrowStatement" | "BreakStatement" | "ContinueStatement":
            return None
        case "BlockStatement":
            return _block(node.body, values, depth)
        case "IfStatement":
            return _if(node, values, depth)
        case "SwitchStatement":
            return _switch(node, values, depth)
        case "TryStatement":
            if any(item.type == "ReturnStatement" for item in own_nodes(node)):
                return _try(node, values, depth)
        case "LabeledStatement" | "WithStatement":
            return _UNKNOWN
    return Ending()


def _if(node: Node, values: Constants, depth: int) -> Ending | None:
    failing: list[Node] = []  # the tests whose branches return, in a chain of `else if`
    passing: list[Ending] = []  # the branches that go on
    branch: Node | None = node
    while branch is not None and branch.type == "IfStatement":
        end = _block([branch.consequent], values, depth)
        if end is None:
            failing.append(branch.test)
        else:
            # To come this way a test must hold; what that says of the others is not followed.
            passing.append(end if not failing else _UNKNOWN)
        branch = branch.alternate
    last = Ending() if branch is None else _block([branch], values, depth)
    if last is not None:
        last += Ending(tests=tuple(failing))
    elif not passing:
        return None
    ways = [*passing, *([last] if last is not None else [])]
    return min(ways, key=lambda way: (not way.known, len(way.tests) + len(way.loops) + len(way.switches)))


def _switch(node: nodes.Switch, values: Constants, depth: int) -> Ending | None:
    default = any(case.test is None for case in node.cases)
    if any(_breaks(statement) for case in node.cases for statement in case.consequent):
        return Ending()
    last = _block(node.cases[-1].consequent, values, depth) if node.cases else Ending()
    if last is not None:
        return last if default else Ending()
    return None if default else Ending(switches=(node,))


def _try(node: nodes.Try, values: Constants, depth: int) -> Ending | None:
    if node.finalizer is not None and _block(node.finalizer.body, values, depth) is None:
        return None
    ends = [_block(node.block.body, values, depth)]
    if node.handler is not None:
        ends.append(_block(node.handler.body.body, values, depth))
    return None if all(end is None for end in ends) else _UNKNOWN


def _loop(node: nodes.For | nodes.ForEach | nodes.While, values: Constants) -> Ending | None:
    inside = list(own_nodes(node.body))
    if node.type in ("ForStatement", "WhileStatement", "DoWhileStatement"):
        endless = node.test is None or values.constant(node.test) in (True, 1)
        if endless:
            return Ending() if any(item.type == "BreakStatement" for item in inside) else None
    if not any(item.type == "ReturnStatement" for item in inside):
        return Ending()
    return _UNKNOWN if node.type == "DoWhileStatement" else Ending(loops=(node,))


def _breaks(node: Node) -> bool:
    """Whether a statement inside a `switch` may leave it by `break`."""
    stack = [node]
    while stack:
        item = stack.pop()
        if item.type == "BreakStatement":
            return True
        if item.type not in LOOPS and item.type != "SwitchStatement" and item.type not in FUNCTIONS:
            stack += children(item)
    return False


Range = tuple[float, int, float, int]
"""Numbers from one to another; 0 or 1 behind the lower, 0 or -1 behind the upper: whether that end is left out."""


def ranges_of(test: Node, tree: Tree, values: Constants) -> tuple[str, tuple[Range, ...]] | None:
    """Return the expression a test compares with numbers, as written, and for which of its values the test holds."""
    if test.type == "LogicalExpression" and test.operator in ("&&", "||"):
        left, right = ranges_of(test.left, tree, values), ranges_of(test.right, tree, values)
        if left is None or right is None or left[0] != right[0]:
            return None
        if test.operator == "||":
            return left[0], left[1] + right[1]
        both = tuple(_overlap(one, other) for one in left[1] for other in right[1])
        return left[0], tuple(item for item in both if item[0] <= item[2])
    if test.type != "BinaryExpression":
        return None
    operator, left_side, right_side = test.operator, test.left, test.right
    if is_number(values.constant(left_side)):
        operator, left_side, right_side = _FLIPPED.get(operator, operator), right_side, left_side
    limit = values.constant(right_side)
    if not is_number(limit):
        return None
    inf = math.inf
    found: dict[str, tuple[Range, ...]] = {
        "<": ((-inf, 0, limit, -1),),
        "<=": ((-inf, 0, limit, 0),),
        ">": ((limit, 1, inf, 0),),
        ">=": ((limit, 0, inf, 0),),
        "==": ((limit, 0, limit, 0),),
        "===": ((limit, 0, limit, 0),),
        "!=": ((-inf, 0, limit, -1), (limit, 1, inf, 0)),
        "!==": ((-inf, 0, limit, -1), (limit, 1, inf, 0)),
    }
    taken = found.get(operator)
    return (tree.text(left_side), taken) if taken is not None else None


def taken_by(end: Ending, tree: Tree, values: Constants) -> tuple[Node, list[Range]] | None:
    """Return the one expression that all tests are about, and the numbers they take; None where it is not one."""
    ranges: list[Range] = []
    asked: dict[str, Node] = {}
    for test in end.tests:
        found = ranges_of(test, tree, values)
        if found is None:
            return None
        ranges += found[1]
        inner = test
        while inner.type == "LogicalExpression":
            inner = inner.left
        if inner.type != "BinaryExpression":
            return None
        side = inner.right if is_number(values.constant(inner.left)) else inner.left
        asked.setdefault(found[0], side)
    for switch in end.switches:
        asked.setdefault(tree.text(switch.discriminant), switch.discriminant)
        for case in switch.cases:
            value = values.constant(case.test) if case.test is not None else None
            if not is_number(value):
                return None
            ranges.append((value, 0, value, 0))
    return (next(iter(asked.values())), ranges) if len(asked) == 1 else None


def gaps(ranges: Iterable[Range]) -> list[Range]:
    """Return what some ranges leave over, ascending."""
    left: list[Range] = []
    at: tuple[float, int] = (-math.inf, 0)  # the lowest number that no range has taken
    for low, above, high, below in sorted(ranges):
        if (low, above) > at:
            left.append((*at, low, above - 1))
        at = max(at, (high, 1 + below))
    if at[0] < math.inf:
        left.append((*at, math.inf, 0))
    return left


def _overlap(one: Range, other: Range) -> Range:
    low, high = max(one[:2], other[:2]), min(one[2:], other[2:])
    return (*low, *high)
