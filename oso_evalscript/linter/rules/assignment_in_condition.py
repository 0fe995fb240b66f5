"""An assignment used as a condition: `=` instead of `==`.

`if (x = 5)` sets `x` to 5 and is always true. To assign on purpose, add a second pair of parentheses; the rule then
reports nothing. It also accepts a loop that takes the next item, as in `while (x = list.pop())`.

The fix writes `===`. It is unsafe, because it changes what the script returns.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.semantics.conditions import is_condition, is_parenthesised, sign_behind
from oso_evalscript.semantics.script import Script

_LOOPS = frozenset({"WhileStatement", "DoWhileStatement", "ForStatement"})
_TAKES = frozenset({"CallExpression", "MemberExpression", "AwaitExpression"})


def check(script: Script) -> Iterator[Finding]:
    """Look at the assignments that decide something."""
    for node in script.tree.of_type("AssignmentExpression"):
        if node.operator != "=" or not is_condition(script.tree, node):
            continue
        parent = script.tree.parent(node)
        if parent is None or _is_meant(script, node, parent):
            continue
        at = sign_behind(script.tree, node.left, "=")
        # `a && b = c` is no JavaScript, so that an assignment with parentheses of its own needs them.
        is_value = node.left.type in ("Identifier", "MemberExpression")
        fix = Fix.replace(at, "===", safety=Safety.UNSAFE) if at is not None and is_value else None
        words = "this is an assignment, not a comparison; compare with `==` or `===`"
        yield Finding(span(node), words, fix)


def _is_meant(script: Script, node: nodes.Assignment, parent: Node) -> bool:
    if parent.type in _LOOPS and node.right.type in _TAKES:
        return True
    if parent.type == "LogicalExpression":  # it cannot do without parentheses there
        return node.right.type in _TAKES
    if parent.type in ("ConditionalExpression", "UnaryExpression"):
        return node.right.type in _TAKES
    # Behind `if` one pair belongs to the statement.
    start, end = node.range
    before, after = script.text[:start].rstrip(), script.text[end:].lstrip()
    return (
        is_parenthesised(script.tree, node)
        and before[:-1].rstrip().endswith("(")
        and after[1:].lstrip().startswith(")")
    )


RULE = Rule(
    name="assignment-in-condition",
    severity=Severity.WARNING,
    group=Group.JAVASCRIPT,
    check=check,
    good=(
        "const f = (list) => { let x; while (x = list.pop()) { if (x === 5) return x; } };",
        "const f = (s) => { let m; if ((m = s.B04)) return m; };",
        "const f = (x) => { let y = x == 1, z; return (z = f(y)) ? z : (y = 2); };",
        "for (let i = 0, j; i < 2; i++) j = i; const g = (a = 1) => a;",
    ),
    bad=(
        Bad(
            "const f = (x) => { if (x = 5) return 1; };",
            at="x = 5",
            fixed="const f = (x) => { if (x === 5) return 1; };",
        ),
        Bad(
            "const f = (x, y) => { if (x = y && y > 1) return 1; };",
            at="x = y && y > 1",
            fixed="const f = (x, y) => { if (x === y && y > 1) return 1; };",
        ),
        Bad(
            "const f = (x, y) => { while (y > 1 || (x = 5)) return 1; };",
            at="x = 5",
            fixed="const f = (x, y) => { while (y > 1 || (x === 5)) return 1; };",
        ),
    ),
)
