"""Pixels without data are painted as a class.

Outside the land-cover map, the class band is 0, and a ColorMapVisualizer paints values below its first stop in the
first colour: everything around France becomes "dense built-up area". Return the colour with `dataMask` as a fourth
value, or give 0 its own colour. The rule only checks a colour map if a comment names its nomenclature (`// oso:
nomenclature oso-23`) or collection, or if most classes have the official colours. It reports nothing if the script
reads `dataMask` or tests a value in any way, or if a comment next to the first colour says that it stands for no data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from oso_evalscript.javascript.syntax import Node, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.model.regex import regex
from oso_evalscript.semantics.colors.classes import class_of, classes_of
from oso_evalscript.semantics.colors.labels import labels_of
from oso_evalscript.semantics.colors.tables import TableKind
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script

_NO_DATA = regex(r"\bno[ _-]?(?:\w+ )?data\b|\bunknown\b|\bmissing\b", re.IGNORECASE)
_TESTING = frozenset({"IfStatement", "ConditionalExpression", "LogicalExpression", "SwitchStatement"})


def check(script: Script) -> Iterator[Finding]:
    """Look for maps of classes that begin with a class, in scripts that never ask whether there is data."""
    if script.kind is Kind.LEGACY:
        return
    for table in script.tables:
        if table.kind is not TableKind.MAP or not table.complete or any(stop.value is None for stop in table.stops):
            continue
        nomenclature = classes_of(table, script.directives.nomenclature)
        if nomenclature is None or any(_asks_for_data(node) for node in script.tree.nodes):
            continue
        first = min(table.stops, key=lambda stop: stop.value or 0)
        item = class_of(nomenclature, first)
        if _NO_DATA.search(labels_of(script.tree, table).get(table.stops.index(first), "")):
            continue  # its author knows
        if item is not None and first.value_node is not None:
            message = f"pixels without data are 0, and get the colour of class {item.code} ({item.english})"
            yield Finding(span(first.value_node), message)


def _asks_for_data(node: Node) -> bool:
    """Whether a node tests something, or reads the band `dataMask`."""
    if node.type == "MemberExpression":
        if node.computed:
            return node.property.type != "Literal" or node.property.value == "dataMask"
        return node.property.name == "dataMask"
    if node.type == "Property" and node.shorthand:
        return node.key.type == "Identifier" and node.key.name == "dataMask"
    return node.type in _TESTING


def _script(rows: str, result: str) -> str:
    bands = '"OCS", "dataMask"' if "dataMask" in result else '"OCS"'
    return (
        "//VERSION=3\n// oso: nomenclature oso-23\n"
        f"const viz = new ColorMapVisualizer([{rows}]);\n"
        f"function setup() {{ return {{ input: [{bands}], output: {{ bands: 4 }} }}; }}\n"
        f"function evaluatePixel(s) {{ return [...viz.process(s.OCS), {result}]; }}"
    )


_ROWS = "[1, 0xff00ff], [2, 0xff55ff], [23, 0x0000ff]"

RULE = Rule(
    name="nodata-gets-a-color",
    severity=Severity.WARNING,
    group=Group.COLOR,
    check=check,
    good=(
        _script(_ROWS, "s.dataMask"),
        _script("[0, 0x000000], " + _ROWS, "1"),
        _script(_ROWS, "s.OCS > 0 ? 1 : 0"),
        _script("[10, 0xff0000], [50, 0x00ff00], [90, 0x0000ff]", "1"),
        _script(_ROWS, "1").replace("oso: ", ""),
        _script(_ROWS.replace(", [2", ", // no input data\n[2"), "1"),
    ),
    bad=(
        Bad(_script(_ROWS, "1"), at="1"),
        Bad(_script("[4, 0x00ffff], [5, 0xffff00]", "s.OCS / 100"), at="4"),
        Bad(_script(_ROWS.replace(", [2", ", // dense data\n[2"), "1"), at="1"),
    ),
)
