"""A table uses the classes of another edition than the one that the script names.

The 2016 and 2017 editions of the land-cover map have 17 classes with different codes: class 1 of the later editions has
the code 41 there, and 11 and 12 are different crops. Either the comment or the table belongs to the wrong edition, and
hardly any class gets its colour. The rule only reports a table if a comment names the nomenclature (`// oso:
nomenclature oso-23`), and if the table contains most codes of the other edition in the colours of that edition.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript.syntax import span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.colors.classes import classes_of
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Compare the nomenclature that each table follows with the one that is named."""
    declared = script.directives.nomenclature
    if declared is None or declared.nomenclature is None or not declared.by_name:
        return
    for table in script.tables:
        followed = classes_of(table, declared)
        if followed is None or followed.id == declared.nomenclature.id:
            continue
        place = next((stop.value_node for stop in table.stops if stop.value_node is not None), table.node)
        words = f"these are codes and colours of {followed.id}, but the script is about {declared.nomenclature.id}"
        yield Finding(span(place), words)


_LATER, _EARLIER = "// oso: nomenclature oso-23\n", "// oso: nomenclature oso-17\n"
_OF_17 = (
    "const c = [[11, 0xff5500], [12, 0xffff7f], [31, 0x009c00], [32, 0x003200], [34, 0xaaff00], [36, 0x55aa7f], "
    "[41, 0xff00ff], [42, 0xff55ff], [51, 0x0000ff]];"
)
_OF_23 = (
    "const c = { 1: 0xff00ff, 2: 0xff55ff, 3: 0xffaaff, 4: 0x00ffff, 5: 0xffff00, 6: 0xd0ff00, 7: 0xa1d600, "
    "8: 0xffab44, 9: 0xd6d600, 10: 0xff5500, 16: 0x009c00, 23: 0x0000ff };"
)

RULE = Rule(
    name="wrong-edition",
    severity=Severity.WARNING,
    group=Group.COLOR,
    check=check,
    good=(
        _EARLIER + _OF_17,
        _LATER + _OF_23,
        _OF_17,
        "// oso: collection cnes-land-cover\n" + _OF_17,
        _LATER + "const c = [[11, 0xff5500], [31, 0x009c00], [51, 0x0000ff]];",
    ),
    bad=(
        Bad(_LATER + _OF_17, at="11"),
        Bad(_EARLIER + _OF_23, at="1"),
    ),
)
