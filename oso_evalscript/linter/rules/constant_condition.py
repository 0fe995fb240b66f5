"""A condition that is decided by a constant or by NaN, or that chains two comparisons.

`x == 1 || 2` is always true, because 2 is; write `x == 1 || x == 2`. In `cloudy ? 1 : 0 && !water` the last part
belongs to the 0, which stays 0. `0.2 < x < 0.5` compares `true` or `false` with 0.5. `x == NaN` is always false, even
if `x` is NaN: use `isNaN(x)`. A comparison with a new array or object is always false too, and so is a condition that
calls a function which can only return `false`.

The rule does not report deliberate switches: `if (true)`, `while (1)`, `if (DEBUG)`, `x || 0`.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.kinds import ORDERINGS
from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.semantics.conditions import is_condition, is_parenthesised, is_truth
from oso_evalscript.semantics.script import Script

_EQUALITY = frozenset({"==", "!=", "===", "!=="})
_NEW = frozenset({"ArrayExpression", "ObjectExpression", "FunctionExpression", "ArrowFunctionExpression"})


def check(script: Script) -> Iterator[Finding]:
    """Look at comparisons, at `&&` and `||`, and at what decides alone."""
    for comparison in script.tree.of_type("BinaryExpression"):
        yield from _comparison(script, comparison)
    for combination in script.tree.of_type("LogicalExpression"):
        if combination.operator != "??":
            yield from _combination(script, combination)
    for node in script.tree.of_type("IfStatement", "ConditionalExpression", "WhileStatement", "DoWhileStatement"):
        if _is_odd_constant(node.test):
            yield Finding(span(node.test), f"this condition is always {'true' if _holds(node.test) else 'false'}")
        elif (name := _never_true(script, node.test)) is not None:
            yield Finding(span(node.test), f"this condition is always false: `{name}` returns only false, or nothing")


def _never_true(script: Script, node: Node) -> str | None:
    """The name of the script's own function whose call decides, and that tests something but never returns true."""
    while node.type == "LogicalExpression" and node.operator == "&&":
        node = node.left
    function = script.names.function(node.callee) if node.type == "CallExpression" else None
    if function is None or node.type != "CallExpression" or node.callee.type != "Identifier":
        return None
    if function.body.type != "BlockStatement" or not function.params or function.generator or function.isAsync:
        return None
    own = script.scopes.own[id(function)]
    returned = [item.argument for item in own if item.type == "ReturnStatement"]
    if not any(item.type in ("IfStatement", "SwitchStatement") for item in own) or not returned:
        return None
    if any(item.type in ("ThrowStatement", "TryStatement") for item in own):
        return None
    worth = [None if item is None else script.values.constant(item) for item in returned]
    return node.callee.name if all(value is None or value is False or value == 0 for value in worth) else None


def _comparison(script: Script, node: nodes.Binary) -> Iterator[Finding]:
    if node.operator in _EQUALITY:
        equal = node.operator in ("==", "===")
        outcome = "false" if equal else "true"
        for side, other in ((node.right, node.left), (node.left, node.right)):
            if _is_nan(script, side):
                test = f"{'' if equal else '!'}isNaN({script.tree.text(other)})"
                fix = Fix.replace(span(node), test, safety=Safety.UNSAFE)
                yield Finding(span(node), f"a comparison with NaN is always {outcome}; use `isNaN()`", fix)
                return
            if side.type in _NEW and len(node.operator) == 3:
                kind = {"ArrayExpression": "array", "ObjectExpression": "object"}.get(side.type, "function")
                yield Finding(span(node), f"a comparison with a new {kind} is always {outcome}")
                return
    elif _is_chain(node) and not is_parenthesised(script.tree, node.left):
        first = script.tree.text(node.left)
        words = f"this compares the result of `{first}`, true or false, with `{script.tree.text(node.right)}`"
        yield Finding(span(node), f"{words}; write two comparisons joined by `&&`")


def _is_chain(node: nodes.Binary) -> bool:
    """Whether both comparisons run the same way, as in `0.2 < x < 0.5`."""
    below = node.left
    if node.operator not in ORDERINGS or below.type != "BinaryExpression" or below.operator not in ORDERINGS:
        return False
    return node.operator[0] == below.operator[0]


def _is_nan(script: Script, node: Node) -> bool:
    if node.type == "MemberExpression":
        return script.tree.text(node) == "Number.NaN"
    return node.type == "Identifier" and node.name == "NaN" and script.scopes.variable(node) is None


def _combination(script: Script, node: nodes.Binary) -> Iterator[Finding]:
    if _is_odd_number(node.left):
        written = script.tree.text(node.left)
        kept = written if _holds(node.left) == (node.operator == "||") else "what follows"
        words = f"`{written} {node.operator} …` is always {kept}"
        if _ends_choice(script, node):
            words += f"; `{node.operator}` binds more tightly than `? :`; put that in parentheses"
        yield Finding(span(node), words)
    elif (
        node.operator == "||"
        and _is_odd_number(node.right)
        and _holds(node.right)
        and is_truth(node.left)
        and (is_condition(script.tree, node))
    ):
        yield Finding(
            span(node),
            f"this condition is always true, because `{script.tree.text(node.right)}` is; "
            "write out both sides of each comparison",
        )


def _ends_choice(script: Script, node: Node) -> bool:
    """Whether an expression is what a `? :` gives otherwise, or decides the next one of a chain of them."""
    parent = script.tree.parent(node)
    if parent is not None and parent.type == "ConditionalExpression" and parent.test is node:
        node, parent = parent, script.tree.parent(parent)
    return parent is not None and parent.type == "ConditionalExpression" and parent.alternate is node


def _is_odd_number(node: Node) -> bool:
    """Whether a number or a text stands where only something true or false makes sense."""
    return (
        node.type == "Literal"
        and node.regex is None
        and isinstance(node.value, int | float | str)
        and (not isinstance(node.value, bool))
    )


def _is_odd_constant(node: Node) -> bool:
    """Whether a value is constant, and no usual way to switch something on or off."""
    if node.type == "Literal":
        return _is_odd_number(node) and node.value not in (0, 1)
    return node.type in _NEW or node.type == "ClassExpression"


def _holds(node: Node) -> bool:
    return node.type != "Literal" or bool(node.value)


RULE = Rule(
    name="constant-condition",
    severity=Severity.WARNING,
    group=Group.JAVASCRIPT,
    check=check,
    good=(
        "const f = (x) => { while (true) { if (x++ > 3) break; } for (;;) { return x; } };",
        "const DEBUG = false; const f = (x) => { if (DEBUG) return 1; if (true) return x || 0; };",
        "const f = (x) => (x == 1 || x == 2 ? (x && 1) || 0 : isNaN(x));",
        "const f = (a, b, c) => (a < b) === (b < c) && (a > b) < c;",
        "const f = (water, cloud) => (cloud ? 1 : 0) && !water;",
        "function off(x) { return false; }\nconst f = (x) => (off(x) ? 1 : 0);",
        "function clear(x) { if (x > 8) return false; return x; }\nconst f = (x) => (clear(x) ? 1 : 0);",
        "const f = (list, NaN) => list == [] + '' || list === NaN;",
    ),
    bad=(
        Bad("const f = (x) => { if (x == 1 || 2) return 1; };", at="x == 1 || 2"),
        Bad("const f = (cloud, water) => cloud ? 1 : 0 && !water;", at="0 && !water"),
        Bad("const f = (x) => (x === NaN ? 0 : x);", at="x === NaN", fixed="const f = (x) => (isNaN(x) ? 0 : x);"),
        Bad("const f = (s) => s.B04 != NaN;", at="s.B04 != NaN", fixed="const f = (s) => !isNaN(s.B04);"),
        Bad("const f = (x) => { if (0.2 < x < 0.5) return 1; };", at="0.2 < x < 0.5"),
        Bad("const f = (x) => { switch (x) { case 4 || 5: return 1; } };", at="4 || 5"),
        Bad('const f = (x) => { if ("water") return 1; };', at='"water"'),
        Bad("const f = (x) => x === [];", at="x === []"),
        Bad(
            "function cloudy(qa) { if (qa & 8) { return false; } }\nconst f = (qa) => (cloudy(qa) ? 1 : 0);",
            at="cloudy(qa)",
        ),
    ),
)
