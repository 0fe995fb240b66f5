"""The values of a ramp go up and down.

The values of a ramp should go in one direction. If the service sorts the stops, their order does not matter. Functions
that walk through the stops, such as `colorBlend` and `valueInterpolate`, never reach some of them. With descending
limits they reach almost none: every value below the first limit gets the first colour. Descending stops in a
ColorRampVisualizer are common and not reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.colors.tables import Stop, TableKind
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Report the first value of each ramp that turns back."""
    for table in script.tables:
        if table.kind in (TableKind.RAMP, TableKind.GRADIENT):
            falls = _first_step(table.stops) < 0
            yield from _turning(table.stops, falls=falls, words="the stops of a ramp must run in one direction")
        elif table.kind in (TableKind.BLEND, TableKind.STEPS):
            yield from _turning(table.stops, falls=False, words="limits must ascend, as they are compared in order")


def _first_step(stops: tuple[Stop, ...]) -> float:
    """The difference between the first two values that differ, 0 where none is known."""
    steps = (
        after.value - before.value
        for before, after in pairwise(stops)
        if before.value is not None and after.value is not None
    )
    return next((step for step in steps if step), 0)


def _turning(stops: tuple[Stop, ...], *, falls: bool, words: str) -> Iterator[Finding]:
    for before, stop in pairwise(stops):
        if before.value is None or stop.value is None or stop.value_node is None:
            continue
        if stop.value > before.value if falls else stop.value < before.value:
            yield Finding(span(stop.value_node), f"{stop.value:g} comes after {before.value:g}; {words}")
            return


RULE = Rule(
    name="non-monotonic-ramp",
    severity=Severity.WARNING,
    group=Group.COLOR,
    check=check,
    good=(
        "const c = new ColorRampVisualizer([[0, 0xff0000], [1, 0x00ff00], [1, 0x0000ff]]);",
        "const c = new ColorRampVisualizer([[1, 0xff0000], [0.5, 0x00ff00], [0, 0x0000ff]]);",
        "return colorBlend(B04, [0, 0.5, 1], [[1, 0, 0], [0, 1, 0], [0, 0, 1]]);",
        "let low = 0, high = B03; return valueInterpolate(B04, [low, 0.5, high], [1, 2, 3]);",
    ),
    bad=(
        Bad("const c = new ColorRampVisualizer([[0, 0xff0000], [0.5, 0x00ff00], [0.4, 0x0000ff]]);", at="0.4"),
        Bad("return colorBlend(B04, [1, 0.5, 0], [[1, 0, 0], [0, 1, 0], [0, 0, 1]]);", at="0.5"),
        Bad("const stops = [[1, 0xff0000], [0, 0x00ff00], [2, 0]];\nnew ColorRampVisualizer(stops);", at="2"),
    ),
)
