"""The values of a ColorMapVisualizer are not in ascending order.

The documentation only shows ascending values, and describes the class as going through the pairs up to the first value
above the current one. If the values do not ascend, this search ends too early. Published maps with descending values
look right, so the service seems to sort the pairs first, but this is not documented. Sorted pairs are correct in either
case. The rule does not check ramps, whose values may descend.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.colors.tables import TableKind
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Report the first value of each map that is less than the one before it."""
    for table in script.tables:
        if table.kind is not TableKind.MAP:
            continue
        for before, stop in pairwise(table.stops):
            if before.value is not None and stop.value is not None and stop.value < before.value:
                message = f"{stop.value:g} comes after {before.value:g}; the values of a colour map must ascend"
                yield Finding(span(stop.value_node) if stop.value_node is not None else span(stop.color_node), message)
                break


RULE = Rule(
    name="unsorted-color-map",
    severity=Severity.WARNING,
    group=Group.COLOR,
    check=check,
    good=(
        "const c = new ColorMapVisualizer([[0, 0xff0000], [1, 0x00ff00], [1, 0x00ff00]]);",
        "const c = new ColorRampVisualizer([[1, 0xff0000], [0.5, 0x00ff00], [0, 0x0000ff]]);",
        "const colors = [[3, 0xff0000], [1, 0x00ff00], [2, 0x0000ff]];",
        "let a = -1; let z = Math.abs(a); const c = new ColorMapVisualizer([[a, 0xff0000], [z, 0x00ff00]]);",
    ),
    bad=(
        Bad("const c = new ColorMapVisualizer([[0, 0xff0000], [2, 0x00ff00], [1, 0x0000ff]]);", at="1"),
        Bad(
            "const stops = [[8000, 0xffffff], [4000, 0x808080], [0, 0]];\nconst c = new ColorMapVisualizer(stops);",
            at="4000",
        ),
    ),
)
