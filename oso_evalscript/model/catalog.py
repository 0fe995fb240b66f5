"""The catalogue: collections, their bands and what the values of a band mean."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from oso_evalscript.model.color import Color


@dataclass(frozen=True, slots=True)
class Band:
    """One band of a collection.

    Attributes:
        name: case-sensitive, as scripts request it.
        title: what it holds, for legends.
        units: the first is the default.
        nomenclature: the id of the classes its values are codes of, if they are.
        low: the smallest value that means something, None where that is not documented.
        high: the largest one, likewise.
        ramp: the stops (value, colour) of its official legend, ascending, empty if it has none.
    """

    name: str
    title: str
    units: tuple[str, ...]
    nomenclature: str | None = None
    low: float | None = None
    high: float | None = None
    ramp: tuple[tuple[float, Color], ...] = ()


@dataclass(frozen=True, slots=True)
class Collection:
    """A data source: its bands, and the type requests name it by."""

    id: str
    type: str
    title: str
    source: str
    bands: tuple[Band, ...]

    def band(self, name: str) -> Band | None:
        """Return the band of that name, None if the collection has none."""
        return next((band for band in self.bands if band.name == name), None)

    @property
    def nomenclature(self) -> str | None:
        """The id of the nomenclature of its class band, None if it has no such band."""
        return next((band.nomenclature for band in self.bands if band.nomenclature), None)

    def class_band(self, nomenclature: str) -> Band | None:
        """Return the band whose values are codes of that nomenclature, None if there is none."""
        return next((band for band in self.bands if band.nomenclature == nomenclature), None)


@cache
def collections() -> tuple[Collection, ...]:
    """Return all collections of the catalogue."""
    data = tomllib.loads(Path(__file__).with_name("catalog.toml").read_text(encoding="utf-8"))
    return tuple(
        Collection(bands=tuple(_band(**row) for row in entry.pop("band")), **entry) for entry in data["collection"]
    )


def find_collection(bands: Iterable[str]) -> Collection | None:
    """Return the one collection that has all of `bands`; None if none has, or several have.

    `dataMask`, which every collection has, tells nothing.
    """
    wanted = set(bands) - {"dataMask"}
    found = [item for item in collections() if wanted <= {band.name for band in item.bands}]
    return found[0] if wanted and len(found) == 1 else None


def find_band(name: str) -> Band | None:
    """Return the band of that name if exactly one collection has it; None otherwise."""
    found = [band for collection in collections() if (band := collection.band(name))]
    return found[0] if len(found) == 1 else None


def find_class_band(nomenclature: str) -> Band | None:
    """Return the first catalogued band whose values are codes of that nomenclature."""
    return next((band for item in collections() if (band := item.class_band(nomenclature))), None)


def _band(units: list[str], ramp: list[tuple[float, str]] | None = None, **row: Any) -> Band:
    stops = tuple((value, Color.parse(color)) for value, color in ramp or ())
    return Band(units=tuple(units), ramp=stops, **row)
