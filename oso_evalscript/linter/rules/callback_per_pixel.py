"""`map`, `filter`, `reduce` or `forEach` calls a function for each element in every pixel.

A `for` loop does the same without a function call for each element. On large images this makes requests faster, and
cheaper where processing time is billed.

This only affects the cost: the result is the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.kinds import FUNCTIONS
from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.pixel import pixel_nodes
from oso_evalscript.semantics.script import Script

_METHODS = frozenset({"map", "filter", "reduce", "reduceRight", "forEach", "flatMap"})


def check(script: Script) -> Iterator[Finding]:
    """Look at the methods of arrays in what runs for each pixel."""
    for node in pixel_nodes(script):
        if node.type != "CallExpression" or node.callee.type != "MemberExpression" or not node.arguments:
            continue
        if node.callee.computed:
            continue
        method = node.callee.property
        if method.name in _METHODS and _is_function(script, node.arguments[0]):
            yield Finding(
                span(method), f"`{method.name}` calls a function for each element, in every pixel; a loop does not"
            )


def _is_function(script: Script, node: Node) -> bool:
    variable = script.scopes.variable(node) if node.type == "Identifier" else None
    return node.type in FUNCTIONS or (variable is not None and variable.function is not None)


def _script(pixel: str, more: str = "") -> str:
    return (
        '//VERSION=3\nfunction setup() { return { input: ["B04"], output: { bands: 1 } }; }\n'
        f"function evaluatePixel(s, scenes) {{ {pixel} }}\n{more}"
    )


RULE = Rule(
    name="callback-per-pixel",
    severity=Severity.INFO,
    group=Group.JAVASCRIPT,
    check=check,
    good=(
        _script("return [s[names[0]]];", "const names = ['B0'].map((x) => x + 4);"),
        _script("for (const x of [1, 2]) { if (x === s.B04) return [x]; } return [0];"),
        _script("const table = { map: 2 }; return [table.map * s.B04];"),
    ),
    bad=(
        Bad(_script("return [1].map((x) => x * s.B04);"), at="map"),
        Bad(_script("return [[s.B04, 2].reduce(add, 0)];", "function add(a, b) { return a + b; }"), at="reduce"),
    ),
)
