"""A helper function that the service's documentation advises against.

`ColorRampVisualizer` replaces `ColorGradientVisualizer` and `colorBlend`. It truncates each channel to an integer from
0 to 255, so colours may differ in the last digit, and the stops of some built-in ramps are placed differently.

The rule does not report functions of the same name that the script defines itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model import host
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Report the first use of each such helper."""
    deprecated = {item.name for item in host.builtins() if item.deprecated}
    seen: set[str] = set()
    for node in script.scopes.undeclared:
        if node.name in deprecated and node.name not in seen and script.scopes.variable(node) is None:
            seen.add(node.name)
            yield Finding(span(node), f"`{node.name}` is deprecated; use `ColorRampVisualizer` instead")


RULE = Rule(
    name="deprecated-helper",
    severity=Severity.INFO,
    group=Group.JAVASCRIPT,
    check=check,
    good=(
        "const viz = new ColorRampVisualizer([[0, 0x000000], [1, 0xffffff]]);",
        "const colorBlend = (a, b) => a + b; const c = colorBlend(1, 2);",
        "const c = { colorBlend: 1 }.colorBlend;",
    ),
    bad=(
        Bad("const f = (v) => colorBlend(v, [0, 1], [[0, 0, 0], [1, 1, 1]]);", at="colorBlend"),
        Bad("const viz = new ColorGradientVisualizer([[0, 0x000000], [1, 0xffffff]]);", at="ColorGradientVisualizer"),
    ),
)
