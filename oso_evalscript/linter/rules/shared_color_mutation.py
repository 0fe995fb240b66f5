"""A colour from a table is modified while a pixel is evaluated.

A list at the top of the script is created only once. `WHITE.push(s.dataMask)` makes it longer in every pixel: the first
pixel returns four values, the next one five. `WHITE.concat([…])` or `[...WHITE, …]` creates a new list each time.

The rule only checks lists of numbers, and lists of such lists, that are written out at the top of the script.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.scopes import Variable
from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.pixel import pixel_nodes, root_variable
from oso_evalscript.semantics.script import Script

_CHANGING = frozenset("push pop shift unshift splice reverse sort fill copyWithin".split())  # noqa: SIM905


def check(script: Script) -> Iterator[Finding]:
    """Look at what changes lists in what runs for each pixel."""
    for node in pixel_nodes(script):
        changed = _changed(node)
        variable = root_variable(script, changed) if changed is not None else None
        if variable is not None and is_table(script, variable):
            words = f"this changes `{variable.name}`, which all pixels share; change a copy"
            yield Finding(span(node), words)


def is_table(script: Script, variable: Variable) -> bool:
    """Whether a variable stands for numbers written out at the top, or for a part of them."""
    for _ in range(5):
        made = variable.makings[0] if len(variable.makings) == 1 else None
        if made is None:
            return False
        if variable.outlives_calls:
            return _is_list_of_numbers(made)
        root = root_variable(script, made)
        if root is None or root is variable:
            return False
        variable = root
    return False


def _changed(node: Node) -> Node | None:
    """The expression whose value a node changes, None where it changes none."""
    if node.type == "CallExpression" and node.callee.type == "MemberExpression" and not node.callee.computed:
        changed: Node | None = node.callee.object if node.callee.property.name in _CHANGING else None
        return changed
    if node.type == "AssignmentExpression":
        return node.left if node.left.type == "MemberExpression" else None
    return node.argument if node.type == "UpdateExpression" and node.argument.type == "MemberExpression" else None


def _is_list_of_numbers(node: Node) -> bool:
    if node.type != "ArrayExpression" or not node.elements:
        return False
    first = node.elements[0]
    while first is not None and first.type == "ArrayExpression" and first.elements:
        first = first.elements[0]
    return first is not None and first.type == "Literal" and isinstance(first.value, int | float)


def _script(pixel: str, more: str = "") -> str:
    return (
        '//VERSION=3\nfunction setup() { return { input: ["B04"], output: { bands: 1 } }; }\n'
        f"function evaluatePixel(s) {{ {pixel} }}\n{more}"
    )


RULE = Rule(
    name="shared-color-mutation",
    severity=Severity.INFO,
    group=Group.JAVASCRIPT,
    check=check,
    good=(
        _script(
            "const color = viz.process(s.B04); color.push(1); return [color.length];", "const viz = new Identity();"
        ),
        _script("const grey = [s.B04]; grey[0] = 2; return grey;", "const white = [1]; white[0] = 3;"),
        _script("const grey = WHITE.concat([s.B04]); grey.pop(); return grey;", "const WHITE = [1];"),
    ),
    bad=(
        Bad(_script("WHITE.push(s.B04); return [WHITE[3]];", "const WHITE = [1, 1, 1];"), at="WHITE.push(s.B04)"),
        Bad(
            _script("const row = TABLE[1]; row[0] = s.B04; return [row[0]];", "const TABLE = [[1, 2], [3, 4]];"),
            at="row[0] = s.B04",
        ),
    ),
)
