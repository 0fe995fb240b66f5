"""The nomenclature that a script paints, read back from its text: code → colour, where that can be told.

Labels and groups are those of the nomenclature that the table follows; a table that follows none has the labels that
stand in it or in comments beside its entries, else `class CODE`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from oso_evalscript.javascript.syntax import Node, parse, span
from oso_evalscript.model.catalog import find_collection
from oso_evalscript.model.color import Color
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import LARGEST_CODE, LandClass, Nomenclature
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.colors.classes import classes_of
from oso_evalscript.semantics.colors.labels import labels_of
from oso_evalscript.semantics.colors.tables import EXACT, Stop, Table
from oso_evalscript.semantics.directives import Directives
from oso_evalscript.semantics.script import Script


def recover(source: Source) -> Nomenclature:
    """Return the classes that a script gives colours to, by code.

    Where they are all those of a nomenclature of the package, in its colours, it is that one.

    Raises:
        SpecError: the text does not tell; the sentence says why, with the line.
    """
    script = Script(parse(source))
    exact = [table for table in script.tables if table.kind in EXACT]
    listed = [table for table in exact if any(stop.value is not None for stop in table.stops)]
    tables = [table for table in listed if _first_odd(table) is None]
    if not tables:
        raise SpecError(_why_none(script, exact, listed))
    colors = [_colors(script, table) for table in tables]
    other = next((index for index, found in enumerate(colors) if found != colors[0]), None)
    if other is not None:
        lines = f"lines {_line(script, tables[0].node)} and {_line(script, tables[other].node)}"
        raise SpecError(f"{source.name}: gives codes different colours in {lines}: the table is not clear")
    return _labelled(script, tables[0], colors[0])


def _colors(script: Script, table: Table) -> dict[int, Color]:
    """The colour of each code; a table of which something cannot be told is refused."""
    name = script.tree.source.name
    found: dict[int, Color] = {}
    for stop in table.stops:
        place = f"{name}:{_line(script, stop.color_node)}"
        if stop.value is None:
            raise SpecError(f"{place}: the code of `{script.tree.text(stop.color_node)}` cannot be read from the text")
        code = int(stop.value)
        if stop.color is None:
            raise SpecError(f"{place}: the colour of code {code} cannot be read from the text; run `lint` for details")
        if found.get(code, stop.color) != stop.color:
            raise SpecError(f"{place}: code {code} has two colours")
        found[code] = stop.color
    if not table.complete:
        raise SpecError(f"{name}:{_line(script, table.node)}: some entries of the table cannot be read from the text")
    return dict(sorted(found.items()))


def _labelled(script: Script, table: Table, colors: dict[int, Color]) -> Nomenclature:
    """The nomenclature of a table, as like the one that it follows as its codes and colours are."""
    collection = find_collection(band.name for band in script.contract.bands)
    given = None if collection is None else collection.id
    followed = classes_of(table, Directives(script.tree, collection_given=given).nomenclature)
    known = {} if followed is None else {item.code: item for item in followed.classes}
    beside = labels_of(script.tree, table)
    labels = {table.stops[place].value: label for place, label in beside.items()}
    classes = tuple(
        replace(known[code], color=color) if code in known else _own(code, color, labels.get(code))
        for code, color in colors.items()
    )
    if followed is not None and classes == followed.classes:
        return followed
    path = PurePath(script.tree.source.name)
    if followed is None:
        return Nomenclature(path.stem, path.stem, classes, source=path.name, licence="", credit="")
    return replace(followed, id=path.stem, title=path.stem, classes=classes, source=path.name)


def _own(code: int, color: Color, label: str | None) -> LandClass:
    return LandClass(code, label or f"class {code}", label or f"classe {code}", color)


def _first_odd(table: Table) -> Stop | None:
    """The first entry whose value is a number, yet no class code."""
    return next(
        (
            stop
            for stop in table.stops
            if stop.value is not None and not (float(stop.value).is_integer() and 0 <= stop.value <= LARGEST_CODE)
        ),
        None,
    )


def _why_none(script: Script, exact: Sequence[Table], listed: Sequence[Table]) -> str:
    """Why a script has no table of classes."""
    name = script.tree.source.name
    for table in listed:
        stop = _first_odd(table)
        if stop is not None and stop.value is not None:
            return (
                f"{name}:{_line(script, stop.color_node)}: gives colours to {stop.value:g}, which is not a class code"
            )
    if exact:
        return f"{name}:{_line(script, exact[0].node)}: has colours without codes"
    if script.tables:
        table = script.tables[0]
        return f"{name}:{_line(script, table.node)}: gives colours by a {table.kind}, not class by class"
    return f"{name}: no table of codes and colours found in the text"


def _line(script: Script, node: Node) -> int:
    return script.tree.source.position(span(node).start).line
