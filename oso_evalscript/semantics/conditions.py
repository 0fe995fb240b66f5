"""Which expressions decide something, and what they look like on the page."""

from __future__ import annotations

import re
from typing import Final

from oso_evalscript.javascript.characters import BLANKS, LINE_ENDS
from oso_evalscript.javascript.kinds import RELATIONS
from oso_evalscript.javascript.syntax import Node, Tree
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import Span

"""Operators whose value is true or false."""

_BEHIND_OPERAND = regex(rf"(?:[{BLANKS}{LINE_ENDS})]|//[^{LINE_ENDS}]*|/\*.*?\*/)*", re.DOTALL)
_MAX_DEPTH = 100  # operators around an expression; in longer chains nothing is said
_TESTED: Final = ("IfStatement", "WhileStatement", "DoWhileStatement", "ForStatement", "ConditionalExpression")


def is_condition(tree: Tree, node: Node) -> bool:
    """Whether nothing counts of an expression but whether it holds."""
    below, above = node, tree.parent(node)
    for _ in range(_MAX_DEPTH):
        if above is None:
            break
        if above.type in _TESTED:
            return above.test is below
        if above.type == "UnaryExpression":
            return above.operator == "!"
        if above.type != "LogicalExpression" or above.operator == "??":
            return False
        below, above = above, tree.parent(above)
    return False


def is_truth(node: Node) -> bool:
    """Whether an expression is true or false for certain: a comparison, a negation, or several of them."""
    while node.type == "LogicalExpression" and is_truth_itself(node.right):
        node = node.left
    return is_truth_itself(node)


def is_truth_itself(node: Node) -> bool:
    """Whether an expression compares or negates, or is `true` or `false`."""
    if node.type == "BinaryExpression":
        return node.operator in RELATIONS
    return (node.type == "UnaryExpression" and node.operator == "!") or (
        node.type == "Literal" and isinstance(node.value, bool)
    )


def sign_behind(tree: Tree, operand: Node, sign: str) -> Span | None:
    """Return where a sign stands that follows an operand, None where something else does."""
    skipped = _BEHIND_OPERAND.match(tree.source.text, operand.range[1])
    at = skipped.end() if skipped else operand.range[1]
    return Span(at, at + len(sign)) if tree.source.text.startswith(sign, at) else None


def is_parenthesised(tree: Tree, node: Node) -> bool:
    """Whether parentheses stand right around a node."""
    text = tree.source.text
    start, end = node.range
    while start > 0 and text[start - 1] in " \t\r\n":
        start -= 1
    while end < len(text) and text[end] in " \t\r\n":
        end += 1
    return text[start - 1 : start] == "(" and text[end : end + 1] == ")"
