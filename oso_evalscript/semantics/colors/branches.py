"""Code that picks one result for each value of one expression: `switch`, and `if` after `if` on the same expression."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.kinds import FUNCTIONS
from oso_evalscript.javascript.syntax import Node, Tree


class Branches(NamedTuple):
    """A chain of branches.

    Attributes:
        node: the first statement of it.
        subject: the characters of the expression that is compared.
        pairs: the value compared with, and the expression that is then returned or assigned.
        complete: whether every branch could be read.
        has_default: whether any other value gets something of its own.
    """

    node: Node
    subject: str
    pairs: tuple[tuple[Node, Node], ...]
    complete: bool
    has_default: bool


def all_branches(tree: Tree) -> Iterator[Branches]:
    """Yield the chains of at least two branches."""
    following = _following(tree)
    chained: set[int] = set()
    for node in tree.of_type("SwitchStatement", "IfStatement"):
        found: Branches | None = None
        if node.type == "SwitchStatement":
            found = _of_switch(tree, node, following)
        elif node.type == "IfStatement" and id(node) not in chained:
            found = _of_ifs(tree, node, following, chained)
        if found is not None and len(found.pairs) >= 2:
            yield found


def _following(tree: Tree) -> dict[int, Node | None]:
    """The statement behind each statement of a function's body; None behind the last one."""
    found: dict[int, Node | None] = {}
    for node in tree.of_type("BlockStatement"):
        if getattr(tree.parent(node), "type", "") in FUNCTIONS:
            found.update((id(statement), after) for statement, after in zip_longest(node.body, node.body[1:]))
    return found


def _of_switch(tree: Tree, node: nodes.Switch, following: dict[int, Node | None]) -> Branches:
    pairs: list[tuple[Node, Node]] = []
    waiting: list[Node] = []  # the values of cases that fall through to the next one
    complete = True
    for case in node.cases:
        if case.test is not None:
            waiting.append(case.test)
        if case.consequent:
            result = _result(case.consequent)
            complete = complete and result is not None
            pairs += [(test, result) for test in waiting if result is not None]
            waiting = []
    is_last = following.get(id(node), node) is None
    has_default = not is_last or any(case.test is None for case in node.cases)
    return Branches(node, tree.text(node.discriminant), tuple(pairs), complete, has_default)


def _of_ifs(tree: Tree, first: Node, following: dict[int, Node | None], chained: set[int]) -> Branches:
    """The chain that begins with an `if`: its `else if`s, and the `if`s that follow it at once."""
    pairs: list[tuple[Node, Node]] = []
    subject: str | None = None
    complete = True
    node: Node | None = first
    behind = following.get(id(first), first)  # the statement behind the one at hand; itself where it is not known
    while node is not None and node.type == "IfStatement":
        compared = _compared(tree, node.test)
        if compared is None or (subject is not None and compared[0] != subject):
            break
        chained.add(id(node))
        subject = compared[0]
        result = _result([node.consequent])
        complete = complete and result is not None
        pairs += [(value, result) for value in compared[1] if result is not None]
        if node.alternate is not None:
            node = node.alternate
        else:
            node = behind if behind is not first else None
            behind = following.get(id(node), first) if node is not None else behind
    return Branches(first, subject or "", tuple(pairs), complete, has_default=node is not None or behind is not None)


def _compared(tree: Tree, test: Node) -> tuple[str, list[Node]] | None:
    """The expression that a test compares, and the values it may equal: `c === 1`, `c == 1 || c == 2`."""
    subject: str | None = None
    compared: list[Node] = []
    stack = [test]
    while stack:
        node = stack.pop()
        if node.type == "LogicalExpression" and node.operator == "||":
            stack += (node.right, node.left)
            continue
        if node.type != "BinaryExpression" or node.operator not in ("==", "==="):
            return None
        left, right = (node.right, node.left) if _is_number(node.left) else (node.left, node.right)
        text = tree.text(left)
        if not _is_number(right) or (subject is not None and text != subject):
            return None
        subject = text
        compared.append(right)
    return None if subject is None else (subject, compared)


def _result(statements: list[Node]) -> Node | None:
    """The expression that statements return, or assign to a name, and do nothing else."""
    inner = [item for item in statements if item.type not in ("BreakStatement", "EmptyStatement")]
    while len(inner) == 1 and inner[0].type == "BlockStatement":
        inner = [item for item in inner[0].body if item.type not in ("BreakStatement", "EmptyStatement")]
    if len(inner) != 1:
        return None
    if inner[0].type == "ReturnStatement":
        returned: Node | None = inner[0].argument
        return returned
    if inner[0].type == "ExpressionStatement" and inner[0].expression.type == "AssignmentExpression":
        made = inner[0].expression
        assigned: Node = made.right
        return assigned if made.operator == "=" and made.left.type == "Identifier" else None
    return None


def _is_number(node: Node) -> bool:
    return node.type == "Literal" and isinstance(node.value, int | float) and not isinstance(node.value, bool)
