"""A table omits some classes of its nomenclature, and nothing else colours them.

A ColorMapVisualizer paints a missing code in the colour of the next lower code: without a stop of its own, rice is
painted as corn. The rule checks tables that contain most of the classes, if a comment names the nomenclature (`// oso:
nomenclature oso-23`) or its collection, or if most codes have the official colours. It does not report a table if there
is a default branch, or if the script compares values with a number or looks them up in a list. It does not check lists
that the script's own code looks up by class code either: a class without a colour may be intended there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from oso_evalscript.javascript.syntax import name_of, operator_of, span
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.colors.classes import class_of, classes_of
from oso_evalscript.semantics.colors.tables import Table, TableKind
from oso_evalscript.semantics.script import Script

if TYPE_CHECKING:
    from oso_evalscript.model.nomenclature import Nomenclature

_COMPARING = ("<", ">", "<=", ">=", "==", "!=", "===", "!==", "in")
_ASKING = frozenset(
    {"has", "includes", "indexOf", "lastIndexOf", "some", "every", "find", "findIndex", "hasOwnProperty"}
)
_MAX_NAMED = 5


def check(script: Script) -> Iterator[Finding]:
    """Look for the classes that a map or a chain of branches lacks."""
    for table in script.tables:
        if table.kind not in (TableKind.MAP, TableKind.BRANCHES) or not table.complete or table.has_default:
            continue
        nomenclature = classes_of(table, script.directives.nomenclature)
        if nomenclature is None or (table.kind is TableKind.MAP and _compares(script)):
            continue
        yield from _missing(table, nomenclature)


def _missing(table: Table, nomenclature: Nomenclature) -> Iterator[Finding]:
    covered = {item.code for stop in table.stops if (item := class_of(nomenclature, stop)) is not None}
    missing = [code for code in nomenclature.codes if code not in covered]
    if not missing or 2 * len(covered) <= len(nomenclature.codes) or any(stop.value is None for stop in table.stops):
        return
    named = ", ".join(map(str, missing[:_MAX_NAMED])) + (" …" if len(missing) > _MAX_NAMED else "")
    before = [stop for stop in table.stops if stop.value is not None and stop.value < missing[0]]
    place = max(before, key=lambda stop: stop.value or 0) if before else table.stops[0]
    effect = "gets nothing" if table.kind is TableKind.BRANCHES else f"is painted {place.color}"
    words = f"class {missing[0]}" if len(missing) == 1 else f"classes {named}"
    if len(missing) > 1:
        effect = "get nothing" if table.kind is TableKind.BRANCHES else "are painted like the classes below them"
    message = (
        f"{words} of the nomenclature {nomenclature.id} {'is' if len(missing) == 1 else 'are'} missing and {effect}"
    )
    yield Finding(span(place.value_node) if place.value_node is not None else span(place.color_node), message)


def _compares(script: Script) -> bool:
    """Whether the script may treat some values apart from the map."""
    return any(
        node.type == "SwitchStatement"
        or operator_of(node) in _COMPARING
        or (node.type == "MemberExpression" and name_of(node.property) in _ASKING)
        for node in script.tree.of_type("SwitchStatement", "BinaryExpression", "MemberExpression")
    )


_NAMED = "// oso: nomenclature oso-23\n"
_ALL = tuple(
    """1 0xff00ff 2 0xff55ff 3 0xffaaff 4 0x00ffff 5 0xffff00 6 0xd0ff00 7 0xa1d600 8 0xffab44 9 0xd6d600 10 0xff5500
11 0xc5ffff 12 0xaaaa61 13 0xaaaa00 14 0xaaaaff 15 0x550000 16 0x009c00 17 0x003200 18 0xaaff00 19 0x55aa7f
20 0xff0000 21 0xffb802 22 0xbebebe 23 0x0000ff""".split()  # noqa: SIM905
)
_ROWS = tuple(f"[{code}, {color}]" for code, color in zip(_ALL[::2], _ALL[1::2], strict=True))
_CASES = tuple(f"case {code}: return int2rgb({color});" for code, color in zip(_ALL[::2], _ALL[1::2], strict=True))


def _map(rows: tuple[str, ...]) -> str:
    pixel = "function f(s) { return viz.process(s.OCS).concat(s.dataMask); }\n"
    return f"const viz = new ColorMapVisualizer([{', '.join(rows)}]);\n{pixel}"


RULE = Rule(
    name="missing-class",
    severity=Severity.WARNING,
    group=Group.COLOR,
    check=check,
    good=(
        _NAMED + _map(_ROWS[:10] + _ROWS[11:]) + "function f(c) { return c === 11 ? [0, 0, 0] : viz.process(c); }",
        _NAMED + "function f(c) { switch (c) { " + " ".join(_CASES[:20]) + " default: return [0, 0, 0]; } }",
        _NAMED
        + _map(_ROWS[:20])
        + "const C = new Set([1, 2]); function g(c) { return C.has(c) ? viz.process(c) : []; }",
        _NAMED + _map(_ROWS[:3]),
        _map(_ROWS[:9]),
        f"const rows = [{', '.join(_ROWS[1:])}];",
    ),
    bad=(
        Bad(_map(_ROWS[:10] + _ROWS[11:]), at="10"),
        Bad(_NAMED + _map(_ROWS[1:]), at="2"),
        Bad(_NAMED + "function f(c) { switch (c) { " + " ".join(_CASES[:20]) + " } }", at="20"),
    ),
)
