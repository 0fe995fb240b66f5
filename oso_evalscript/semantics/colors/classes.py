"""Which class nomenclature a colour table follows, and so which colour each of its codes must have.

A comment declares it (see `directives`). Without one, a table follows the nomenclature most of whose codes have its
colours there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from oso_evalscript.model.color import Color
from oso_evalscript.semantics.colors.tables import EXACT, Stop, Table
from oso_evalscript.semantics.directives import DeclaredNomenclature

if TYPE_CHECKING:  # they take time to load, and few scripts have a table of classes
    from oso_evalscript.model.nomenclature import LandClass, Nomenclature

_FEWEST = 8  # the fewest stops of a table that may follow a nomenclature without a declaration
NO_DATA = frozenset({0, 255})
"""What the official scripts of the land-cover map treat as no data, beside its codes."""


def classes_of(table: Table, declared: DeclaredNomenclature | None) -> Nomenclature | None:
    """Return the nomenclature that a table of codes follows, None where that is not certain."""
    if table.kind not in EXACT or not table.stops:
        return None
    if declared is not None:
        if declared.nomenclature is None:
            return None
        codes = set(declared.nomenclature.codes)
        if 2 * sum(stop.value in codes for stop in table.stops) >= len(table.stops):
            # Scripts of a collection may use any colours; only a comment that names the nomenclature asks for its own.
            colors = {item.code: item.color for item in declared.nomenclature.classes}
            follows = declared.by_name or 2 * _agreeing(table.stops, colors) >= len(table.stops)
            return declared.nomenclature if follows else None
    if len(table.stops) < _FEWEST:
        return None
    from oso_evalscript.model.nomenclature import available, shipped_colors, shipped_nomenclature

    known = ((name, shipped_colors(name)) for name in available())
    found = next((name for name, colors in known if 2 * _agreeing(table.stops, colors) > len(colors)), None)
    return None if found is None else shipped_nomenclature(found)


def official_colors(tables: Iterable[Table], declared: DeclaredNomenclature | None) -> dict[int, Color]:
    """Return the colours that the nomenclatures of tables demand, by the id of the node of each colour."""
    found: dict[int, Color] = {}
    for table in tables:
        nomenclature = classes_of(table, declared)
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


def _agreeing(stops: Iterable[Stop], by_code: Mapping[int, Color]) -> int:
    """How many codes of a nomenclature have their own colour among the stops."""
    agreed = {
        stop.value
        for stop in stops
        if stop.value is not None
        and stop.value in by_code
        and stop.color is not None
        and is_same(stop.color, by_code[int(stop.value)])
    }
    return len(agreed)
