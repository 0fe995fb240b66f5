"""A value has two colours in the same table.

Only one of them is ever used: the last one in a ColorMapVisualizer or an object, the first one in a `switch` or a chain
of `if`s. Usually a row was copied and its value was not changed. The rule does not report ramps, where two stops at the
same value make a sharp edge; identical rows; or a map that begins with the same value twice, where the first colour
applies to everything below.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.colors.tables import Stop, Table, TableKind
from oso_evalscript.semantics.script import Script

_LAST_WINS = (TableKind.MAP, TableKind.OBJECT, TableKind.LOOP)


def check(script: Script) -> Iterator[Finding]:
    """Look for a value that comes twice, with different colours."""
    for table in script.tables:
        if table.kind in _LAST_WINS or table.kind is TableKind.BRANCHES:
            yield from _duplicates(table)


def _duplicates(table: Table) -> Iterator[Finding]:
    first: dict[float, Stop] = {}
    for stop in table.stops[1:] if table.kind is TableKind.MAP else table.stops:
        if stop.value is None or stop.value_node is None:
            continue
        other = first.setdefault(stop.value, stop)
        if other is stop or stop.color is None or other.color is None or other.color == stop.color:
            continue
        seen = other if table.kind is TableKind.BRANCHES else stop
        message = f"the value {stop.value:g} occurs twice; only the colour {seen.color} is used"
        yield Finding(span(stop.value_node), message)


RULE = Rule(
    name="duplicate-stop",
    severity=Severity.WARNING,
    group=Group.COLOR,
    check=check,
    good=(
        "const c = new ColorMapVisualizer([[0, 0xff0000], [1, 0x00ff00]]);",
        "const c = new ColorRampVisualizer([[0, 0xff0000], [1, 0x00ff00], [1, 0x0000ff], [2, 0x000000]]);",
        "const c = new ColorMapVisualizer([[0, 0xff0000], [0, 0x00ff00], [1, 0x0000ff]]);",
        "let m = Math.max(1, 2); const c = new ColorMapVisualizer([[0, 0xff0000], [m, 0x00ff00], [m, 0x0000ff]]);",
        "const c = new ColorMapVisualizer([[0, 0xff0000], [1, 0x00ff00], [1, 0x00ff00]]);",
        "const colors = [0xff0000, 0xff0000, 0x00ff00];",
        "function f(a, b) { if (a === 1) return [1, 0, 0]; if (b === 1) return [0, 1, 0]; return [0, 0, 1]; }",
    ),
    bad=(
        Bad("const c = new ColorMapVisualizer([[0, 0xff0000], [1, 0x00ff00], [1, 0x0000ff]]);", at="1"),
        Bad("const c = { 7: 0xff0000, 8: 0x00ff00, '7': 0x0000ff };", at="'7'"),
        Bad("function f(a) { switch (a) { case 3: return [1, 0, 0]; case 4: case 3: return [0, 1, 0]; } }", at="3"),
        Bad("function f(a) { if (a == 5) return [1, 0, 0]; else if (5 === a) return [0, 1, 0]; }", at="5"),
    ),
)
