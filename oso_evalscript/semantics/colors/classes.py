"""Which class nomenclature a colour table follows, and so which colour each of its codes must have.

A comment tells it: `// oso: nomenclature oso-23`, or `// oso: collection cnes-land-cover`; `// oso: nomenclature own`
says that it is none of those that come with the package. Without a comment, a table follows the nomenclature most of
whose codes have its colours there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from oso_evalscript.javascript.syntax import Tree
from oso_evalscript.model.catalog import named_collection
from oso_evalscript.model.color import Color
from oso_evalscript.model.nomenclature import OWN, LandClass, Nomenclature, available, load_nomenclature
from oso_evalscript.semantics.colors.tables import EXACT, Stop, Table

_TOLD = re.compile(r"oso:\s*(nomenclature|collection)[\s:]+([\w.-]+)")
_FEWEST = 8  # the fewest stops of a table that may follow a nomenclature without being told to
NO_DATA = frozenset({0, 255})
"""What the official scripts of the land-cover map treat as no data, beside its codes."""


@dataclass(frozen=True, slots=True)
class Told:
    """A nomenclature that a comment tells, and whether by its own name or by that of its collection.

    It is None where the comment says that it is someone's own.
    """

    nomenclature: Nomenclature | None
    by_name: bool


def classes_of(table: Table, told: Told | None) -> Nomenclature | None:
    """Return the nomenclature that a table of codes follows, None where that is not certain."""
    if table.kind not in EXACT or not table.stops:
        return None
    if told is not None:
        if told.nomenclature is None:
            return None
        codes = set(told.nomenclature.codes)
        if 2 * sum(stop.value in codes for stop in table.stops) >= len(table.stops):
            # A collection is shown in whatever colours one likes; only whoever names the nomenclature wants its own.
            follows = told.by_name or 2 * _agreeing(table.stops, told.nomenclature) >= len(table.stops)
            return told.nomenclature if follows else None
    if len(table.stops) < _FEWEST:
        return None
    known = (load_nomenclature(name) for name in available())
    return next((item for item in known if 2 * _agreeing(table.stops, item) > len(item.codes)), None)


def official_colors(tables: Iterable[Table], told: Told | None) -> dict[int, Color]:
    """Return the colours that the nomenclatures of tables demand, by the id of the node of each colour."""
    found: dict[int, Color] = {}
    for table in tables:
        nomenclature = classes_of(table, told)
        if nomenclature is not None:
            by_code = {item.code: item.color for item in nomenclature.classes}
            for stop in table.stops:
                if stop.value in by_code:
                    found[id(stop.color_node)] = by_code[int(stop.value)]
    return found


def class_of(nomenclature: Nomenclature, stop: Stop) -> LandClass | None:
    """Return the class whose code a stop names, None where there is none."""
    return next((item for item in nomenclature.classes if item.code == stop.value), None)


def is_same(one: Color, other: Color) -> bool:
    """Whether two colours are the same but for one step of rounding in each channel."""
    return all(abs(left - right) <= 1 for left, right in zip(one.rgb, other.rgb, strict=True))


def read_told(tree: Tree, collection: str | None = None) -> Told | None:
    """Return what the first comment that speaks of it says of the nomenclature, else what its collection says.

    Args:
        tree: the script.
        collection: where a caller says that its bands come from.
    """
    return _commented(tree) or (None if collection is None else _of_collection(collection))


def _of_collection(name: str) -> Told | None:
    found = named_collection(name)
    if found is None or found.nomenclature is None:
        return None
    return Told(load_nomenclature(found.nomenclature), by_name=False)


def _commented(tree: Tree) -> Told | None:
    if "oso:" not in tree.source.text:
        return None
    for comment in tree.comments:
        match = _TOLD.search(tree.source.text, comment.start, comment.end)
        if match is None:
            continue
        if match[1] == "collection":
            told = _of_collection(match[2])
        elif match[2] == OWN:
            told = Told(None, by_name=True)
        else:
            told = Told(load_nomenclature(match[2]), by_name=True) if match[2] in available() else None
        if told is not None:
            return told
    return None


def _agreeing(stops: Iterable[Stop], nomenclature: Nomenclature) -> int:
    """How many codes of a nomenclature have their own colour among the stops."""
    by_code = {item.code: item.color for item in nomenclature.classes}
    agreed = {
        stop.value
        for stop in stops
        if stop.value in by_code and stop.color is not None and is_same(stop.color, by_code[int(stop.value)])
    }
    return len(agreed)
