"""The value of a pixel depends on chance or on the current time.

`Math.random()`, `Date.now()` and `new Date()` without an argument return a different value on each call. The same
request gives different pictures, and the tiles of a picture do not match. To use the date of a scene, pass it to `new
Date(…)`.

The rule only checks code that runs for each pixel.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.pixel import pixel_nodes
from oso_evalscript.semantics.script import Script

_CHANGING = {"Math": "random", "Date": "now"}


def check(script: Script) -> Iterator[Finding]:
    """Look at calls in what runs for each pixel."""
    for node in pixel_nodes(script):
        if node.type in ("CallExpression", "NewExpression") and _changes(script, node):
            yield Finding(span(node), f"`{script.tree.text(node)}` returns a different value on each call")


def _changes(script: Script, node: nodes.Call) -> bool:
    callee = node.callee
    if callee.type == "MemberExpression":
        owner = _free_name(script, callee.object)
        return owner in _CHANGING and not callee.computed and callee.property.name == _CHANGING[owner]
    return not node.arguments and _free_name(script, callee) == "Date"


def _free_name(script: Script, node: Node) -> str | None:
    """The name that an expression is, None where that is one of the script's own."""
    return node.name if node.type == "Identifier" and script.scopes.variable(node) is None else None


def _script(pixel: str, more: str = "") -> str:
    return (
        '//VERSION=3\nfunction setup() { return { input: ["B04"], output: { bands: 1 } }; }\n'
        f"function evaluatePixel(s, scenes) {{ {pixel} }}\n{more}"
    )


RULE = Rule(
    name="nondeterminism",
    severity=Severity.INFO,
    group=Group.JAVASCRIPT,
    check=check,
    good=(
        _script("return [new Date(scenes.orbits[0].dateFrom).getMonth() + s.B04];"),
        _script("return [s.B04 * seed];", "const seed = Math.random(); const now = new Date();"),
        _script("const Math = { random: () => 4 }; return [s.B04 + Math.random()];"),
    ),
    bad=(
        Bad(_script("return [s.B04 < 0 ? Math.random() : s.B04];"), at="Math.random()"),
        Bad(_script("return [s.B04 * age()];", "const age = () => 2 * new Date();"), at="new Date()"),
        Bad(_script("return [s.B04 < 0 ? Date.now() : s.B04];"), at="Date.now()"),
    ),
)
