"""Input values for testing: the values of each band and the dates of scenes.

Values respect the catalogue: units, source types, documented ranges and codes, and no-data values. Besides random
values they include the ends of ranges, codes without a class, and the neighbours of numbers that the script compares
with.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from oso_evalscript.javascript.syntax import Tree, parse
from oso_evalscript.model.catalog import Band, Collection, candidates, typical_range
from oso_evalscript.model.contract import Input
from oso_evalscript.model.text import Source
from oso_evalscript.runtime.dates import Acquisitions
from oso_evalscript.runtime.scene import Scene
from oso_evalscript.runtime.synthetic import made_up_path, other_fields
from oso_evalscript.semantics.dates import named_periods
from oso_evalscript.semantics.directives import DeclaredBand

MAX_PIXELS = 8
"""The default maximum number of pixels of a sampled scene."""

MAX_SCENES = 4
"""The default maximum number of scenes of a sampled series."""

CLOUDS = (0.0, 10.0, 100.0)
"""The default cloud coverages of sampled scenes, in percent."""

Codes: TypeAlias = Mapping[str, tuple[int, ...]]
"""The class codes of bands, by their names."""

FIRST = dt.datetime(2023, 6, 1, 10, 50, tzinfo=dt.UTC)
"""The default date of the first scene."""

_DAY = dt.timedelta(days=1)
_USUAL_DAYS = 41
_STORED = {"UINT8": (0, 255), "UINT15": (0, 32767), "UINT16": (0, 65535), "INT16": (-32768, 32767)}
_UNKNOWN_RANGE = (0.0, 10_000.0)  # of bands that the catalogue does not know
_COMPARISONS = ("<", "<=", ">", ">=", "==", "===", "!=", "!==")


@dataclass(frozen=True, slots=True)
class Values:
    """The values to test a band with, in the unit that the script asks for.

    Attributes:
        low: the least value.
        high: the largest value.
        whole: whether all values are whole numbers.
        special: values worth testing: the ends, codes, and the neighbours of numbers that the script compares with.
    """

    low: float
    high: float
    whole: bool
    special: tuple[float, ...]


def _values_of(
    band: Band | None,
    unit: str | None,
    limits: tuple[float, ...],
    codes: tuple[int, ...],
    declared: DeclaredBand | None,
) -> Values:
    low, high, whole = _range(band, unit) if declared is None else (declared.least, declared.largest, declared.whole)
    special = [float(code) for code in codes]
    if band is not None:
        special += [float(code) for code, _ in band.meanings]
    step = 1.0 if whole else (high - low) / 1000
    near = [value for limit in limits for value in (limit, limit - step, limit + step)]
    if not whole:
        near += [
            value for limit in limits for value in (math.nextafter(limit, -math.inf), math.nextafter(limit, math.inf))
        ]
    free = band is None and declared is None
    chosen = [low, *special, *(value for value in near if free or low <= value <= high), high]
    return Values(low, high, whole, tuple(dict.fromkeys(chosen)))


def values_of(
    input: Input,
    origin: Collection | None,
    limits: tuple[float, ...],
    codes: Codes,
    declared: Mapping[str, DeclaredBand] = MappingProxyType({}),
) -> dict[str, Values]:
    """Return the values to test each band of an input with, except the mask.

    Args:
        input: the input.
        origin: where its bands come from.
        limits: the numbers that the script compares with.
        codes: class codes of bands, in addition to those of the catalogue.
        declared: the bands that the script declares.
    """
    units = dict(zip(input.bands, input.units, strict=False))
    return {
        name: _values_of(
            None if origin is None else origin.band(name),
            units.get(name),
            limits,
            codes.get(name, ()),
            declared.get(name),
        )
        for name in input.bands
        if name != "dataMask"
    }


def likely(input: Input, origin: Collection | None) -> Collection | None:
    """Return the collection of the bands, or the first one that has them."""
    return origin or next(iter(candidates(input.bands)), None)


def limits_of(sources: Iterable[Source]) -> tuple[float, ...]:
    """Return the numbers that scripts compare with or look values up by, each once, ascending."""
    return tuple(sorted({number for source in sources for number in thresholds(parse(source))}))


def thresholds(tree: Tree) -> tuple[float, ...]:
    """Return the numbers that a script compares with or looks values up by, each once, ascending."""
    found: set[float | None] = set()
    for node in tree.nodes:
        if node.type == "BinaryExpression" and node.operator in _COMPARISONS:
            found |= {_number(side) for side in (node.left, node.right)}
        elif node.type == "SwitchCase" and node.test is not None:
            found.add(_number(node.test))
        elif node.type == "Property" and not node.computed and node.key.type == "Literal":
            found.add(_number(node.key))
        elif node.type == "ArrayExpression":  # of rows, each of which begins with what it is looked up by
            rows = (item for item in node.elements if item is not None and item.type == "ArrayExpression")
            found |= {_number(row.elements[0]) for row in rows if row.elements and row.elements[0] is not None}
    return tuple(sorted(value for value in found if value is not None))


def dates_tried(acquisitions: Acquisitions, sources: Sequence[Source]) -> tuple[dt.datetime, ...]:
    """Return the dates to test with: by default days of June 2023, or around the dates that the scripts name."""
    named = tuple(sorted({period for source in sources for period in named_periods(parse(source))}))
    if acquisitions.dates is not None or acquisitions.span is not None:
        return acquisitions.moments(named) or (FIRST,)
    if not named:
        return tuple(FIRST + day * _DAY for day in range(_USUAL_DAYS))
    about = {moment for period in named for moment in (period.begin - _DAY, period.end + _DAY)}
    return tuple(dict.fromkeys((*acquisitions.moments(named), *sorted(about))))


def made_scene(
    bands: Mapping[str, ArrayLike], mask: ArrayLike, date: dt.datetime, clouds: float, origin: Collection | None
) -> Scene:
    """Return a scene of one row with the fields of its collection; pixels without data hold the no-data value."""
    nodata = 0.0 if origin is None else origin.nodata
    there = np.atleast_2d(np.array(mask, np.uint8))
    arrays = {
        name: np.where(there != 0, np.atleast_2d(np.array(values, np.float64)), nodata)
        for name, values in bands.items()
    }
    return Scene(
        bands={**arrays, "dataMask": there},
        date=date,
        cloud_coverage=clouds,
        data_path=made_up_path(origin, date),
        fields={} if origin is None else other_fields(origin, date),
    )


def _range(band: Band | None, unit: str | None) -> tuple[float, float, bool]:
    """The least and the largest value of a band, in the unit asked for, and whether they are whole numbers."""
    if band is None:
        return (*_UNKNOWN_RANGE, True)
    name = band.unit(unit or band.units[0]) or band.units[0]
    low, high = typical_range(band, name)
    return (*_STORED.get(band.source_type or "", (low, high)), True) if name == "DN" else (low, high, False)


def _number(node: Any) -> float | None:
    sign = 1.0
    if node.type == "UnaryExpression" and node.operator == "-":
        sign, node = -1.0, node.argument
    value = node.value if node.type == "Literal" else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return sign * float(value)
