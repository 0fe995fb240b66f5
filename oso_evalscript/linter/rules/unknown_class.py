"""A table contains a code that its nomenclature does not have.

No pixel has this code, or the code means something else. Usually it is mistyped, and the intended class has no colour.
The rule is active if a comment names the nomenclature (`// oso: nomenclature oso-23`) or its collection, or if most
codes have the official colours. It accepts 0, 255 and the nomenclature's own codes for no data, such as 999 in CORINE
Land Cover. It also accepts 24, which users of recent editions of the land-cover map report as a class of greenhouses.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.colors.classes import NO_DATA, class_of, classes_of
from oso_evalscript.semantics.script import Script

_REPORTED = {"oso-23": frozenset({24})}  # seen in several users' tables, in none of the producer's


def check(script: Script) -> Iterator[Finding]:
    """Look up each code in the nomenclature."""
    for table in script.tables:
        nomenclature = classes_of(table, script.directives.nomenclature)
        if nomenclature is None:
            continue
        excused = NO_DATA.union(nomenclature.technical, _REPORTED.get(nomenclature.id, ()))
        for stop in table.stops:
            if stop.value is None or stop.value_node is None or stop.value in excused:
                continue
            if class_of(nomenclature, stop) is None:
                message = f"the nomenclature {nomenclature.id} has no class {stop.value:g}"
                yield Finding(span(stop.value_node), message)


_NAMED = "// oso: nomenclature oso-23\n"

RULE = Rule(
    name="unknown-class",
    severity=Severity.WARNING,
    group=Group.COLOR,
    check=check,
    good=(
        _NAMED + "const c = [[0, 0x000000], [1, 0xff00ff], [23, 0x0000ff], [255, 0x000000]];",
        _NAMED + "const c = { 22: 0xbebebe, 23: 0x0000ff, 24: 0x4479c8 };",
        "const c = [[31, 0x009c00], [32, 0x003200], [51, 0x0000ff]];",
        "// oso: nomenclature corine\nconst c = [[111, 0xe6004d], [112, 0xff0000], [999, 0xffffff]];",
        "// oso: nomenclature corine-raster\nconst c = [[1, 0xe6004d], [2, 0xff0000], [48, 0xffffff]];",
        _NAMED + "const c = new ColorRampVisualizer([[1, 0x000000], [45, 0xe60000]]);",
        _NAMED + "const quality = [[30, 0xff0000], [60, 0xffff00], [100, 0x00ff00]];",
    ),
    bad=(
        Bad(_NAMED + "const c = [[1, 0xff00ff], [2, 0xff55ff], [33, 0xffaaff]];", at="33"),
        Bad(
            "// oso: collection cnes-land-cover\n"
            "const c = new ColorMapVisualizer([[0, 0x000000], [1, 0xff00ff], [2, 0xff55ff], [3.5, 0xffaaff]]);",
            at="3.5",
        ),
    ),
)
