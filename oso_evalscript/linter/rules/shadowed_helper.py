"""A helper is called where a variable of the same name hides it.

In `let index = index(B08, B04)`, both names refer to the new variable, which has no value yet, so the script fails at
the first pixel. The same happens to later calls in the same block or function. To fix this, rename the variable.

The rule does not report a variable that has the name of a helper but is not called, or a variable that may hold a
function.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.scopes import Variable
from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.script import Script
from oso_evalscript.semantics.unresolved import is_helper

_NO_FUNCTION = frozenset(
    "Literal BinaryExpression UnaryExpression UpdateExpression TemplateLiteral ArrayExpression ObjectExpression".split()  # noqa: SIM905
)


def check(script: Script) -> Iterator[Finding]:
    """Look at calls of a helper's name that stand for a variable."""
    for node in script.tree.of_type("CallExpression", "NewExpression"):
        if node.callee.type != "Identifier":
            continue
        variable = script.scopes.variable(node.callee)
        if variable is not None and variable.declared and is_helper(variable.name) and _hides(variable):
            words = f"`{variable.name}` is a variable here, which hides the helper of the service"
            yield Finding(span(node.callee), f"{words}; give the variable another name")


def _hides(variable: Variable) -> bool:
    return bool(variable.makings) and all(made is not None and _is_value(made, variable) for made in variable.makings)


def _is_value(node: Node, variable: Variable) -> bool:
    """Whether an expression is no function; what the helper itself would have given is none."""
    if node.type == "CallExpression":
        return node.callee.type == "Identifier" and bool(node.callee.name == variable.name)
    return node.type in _NO_FUNCTION


RULE = Rule(
    name="shadowed-helper",
    severity=Severity.WARNING,
    group=Group.JAVASCRIPT,
    check=check,
    good=(
        "const f = (s) => { let index = (s.B08 - s.B04) / (s.B08 + s.B04); return [index]; };",
        "const f = (s) => { const ndvi = index(s.B08, s.B04); return ndvi; }; const g = (index) => index(1, 2);",
        "function index(a, b) { return a / b; } const f = (s) => index(s.B08, s.B04);",
        "const combine = (a, b) => a + b; const f = (s) => combine(s.B08, s.B04);",
    ),
    bad=(
        Bad("const f = (s) => { let index = index(s.B08, s.B04); return index; };", at="index"),
        Bad("const f = (s) => { var inverse = 1 / s.B04; return [inverse, inverse(s.B08)]; };", at="inverse"),
    ),
)
