"""`&` or `|` used instead of `&&` or `||`.

`&` and `|` convert both sides to integers and combine their bits. Between two comparisons in a condition, this happens
to work. Next to a plain number it does not: `0.4 & x > 0.2` is 0, and `flags & 4 == 4` means `flags & (4 == 4)`,
because comparisons bind more tightly.

The rule does not report bit masks, or comparisons in parentheses that are combined into a number. The fix is unsafe,
because it changes what the script returns.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.kinds import RELATIONS
from oso_evalscript.javascript.syntax import Node, operator_of
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.model.text import Edit, Span
from oso_evalscript.semantics.conditions import is_condition, is_parenthesised, is_truth, sign_behind
from oso_evalscript.semantics.script import Script

_BITS = frozenset({"&", "|", "^", "<<", ">>", ">>>"})


def check(script: Script) -> Iterator[Finding]:
    """Look at `&` and `|` beside comparisons."""
    for node in script.tree.of_type("BinaryExpression"):
        if node.operator not in ("&", "|"):
            continue
        at = sign_behind(script.tree, node.left, node.operator)
        if at is None:
            continue
        compared = _masked_comparison(script, node)
        if compared is not None:
            yield _precedence(script, node, compared, at)
        elif _means_logic(script, node) or _is_chain(script, node):
            double = node.operator * 2
            words = f"`{node.operator}` combines bits of whole numbers; conditions are combined by `{double}`"
            yield Finding(at, words, Fix.replace(at, double, safety=Safety.UNSAFE))


def _masked_comparison(script: Script, node: nodes.Binary) -> nodes.Binary | None:
    """The comparison in `flags & 4 == 4`, whose left side is what the bits are to be compared with."""
    right = node.right
    if right.type != "BinaryExpression" or right.operator not in ("==", "===", "!=", "!=="):
        return None
    if is_parenthesised(script.tree, right) or is_truth(node.left) or right.left.type != "Literal":
        return None
    return right if isinstance(right.left.value, int) and not isinstance(right.left.value, bool) else None


def _precedence(script: Script, node: nodes.Binary, compared: nodes.Binary, at: Span) -> Finding:
    tree = script.tree
    start, end = node.left.range[0], compared.left.range[1]
    fix = Fix((Edit(Span(start, start), "("), Edit(Span(end, end), ")")), Safety.UNSAFE)
    words = f"`{compared.operator}` binds more tightly than `{node.operator}`: this is"
    shown = f"`… {node.operator} ({tree.text(compared)})`"
    above = tree.parent(node)
    nested = above is not None and above.type == "BinaryExpression" and above.operator in _BITS
    return Finding(at, f"{words} {shown}", None if nested or is_parenthesised(tree, node.left) else fix)


def _means_logic(script: Script, node: nodes.Binary) -> bool:
    sides = [_known(script, side) for side in (node.left, node.right)]
    truths = [is_truth(side) for side in sides]
    if not any(truths) or any(side.type == "BinaryExpression" and side.operator in _BITS for side in sides):
        return False
    if any(operator_of(side) == "~" or _is_whole(side) for side in sides):
        return False
    if is_condition(script.tree, node):
        return True
    # Elsewhere the bits of two comparisons make a useful number, and so do those of a mask of 0 and 1.
    bare = [
        side
        for side in (node.left, node.right)
        if operator_of(side) in RELATIONS and not is_parenthesised(script.tree, side)
    ]
    other = next((side for side, truth in zip(sides, truths, strict=True) if not truth), None)
    return bool(bare) and other is not None and _is_fraction(other)


def _is_chain(script: Script, node: nodes.Binary) -> bool:
    """Whether it stands among three or more comparisons that one operator joins in a condition."""
    above = script.tree.parent(node)
    while above is not None and above.type == "BinaryExpression" and above.operator == node.operator:
        node, above = above, script.tree.parent(above)
    operands = [node.right]
    left: Node = node.left
    while left.type == "BinaryExpression" and left.operator == node.operator:
        operands.append(left.right)
        left = left.left
    operands.append(left)
    return len(operands) > 2 and is_condition(script.tree, node) and all(is_truth(item) for item in operands)


def _known(script: Script, node: Node) -> Node:
    return script.values.resolve(node)


def _is_whole(node: Node) -> bool:
    return node.type == "Literal" and isinstance(node.value, int) and not isinstance(node.value, bool)


def _is_fraction(node: Node) -> bool:
    """Whether a number is computed by a division, or written with a fraction."""
    if node.type == "Literal":
        return isinstance(node.value, float)
    return node.type == "BinaryExpression" and node.operator == "/"


RULE = Rule(
    name="bitwise-as-logic",
    severity=Severity.WARNING,
    group=Group.JAVASCRIPT,
    check=check,
    good=(
        "const cloudy = (qa) => (qa & 4) !== 0 || (qa & 8) > 0;",
        "const bit = (x, y) => (x > 1) & (y > 2);",
        "const f = (qa) => { if (qa & 4 | qa & 8) return 1; return qa >> 3 & 1; };",
        "const valid = (s) => [s.dataMask & (s.B04 > 0)];",
        "const f = (x, y) => { if (x > 1 && y > 2 || !x) return 1; };",
        "let all = 1; const f = (x) => { all &= x > 1; return all; };",
    ),
    bad=(
        Bad(
            "const f = (x, y) => { if (x > 1 & y > 2) return 1; };",
            at="&",
            fixed="const f = (x, y) => { if (x > 1 && y > 2) return 1; };",
        ),
        Bad(
            "const f = (x, y) => (x > 1) | (y == 2) ? 1 : 0;",
            at="|",
            fixed="const f = (x, y) => (x > 1) || (y == 2) ? 1 : 0;",
        ),
        Bad(
            "const f = (s) => { if (s.B04 & s.B08 > 0.2) return 1; };",
            at="&",
            fixed="const f = (s) => { if (s.B04 && s.B08 > 0.2) return 1; };",
        ),
        Bad("const f = (qa) => qa & 4 == 4;", at="&", fixed="const f = (qa) => (qa & 4) == 4;"),
        Bad(
            "const f = (x, y) => (!x | y < 0.1 ? 2 : 3);", at="|", fixed="const f = (x, y) => (!x || y < 0.1 ? 2 : 3);"
        ),
    ),
)
