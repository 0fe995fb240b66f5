"""Between which numbers a band's values usually lie, and what they are: fractions, whole numbers, codes.

These are typical limits, for saying what a sample type loses of a band; a value may lie outside of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from oso_evalscript.model.regex import regex

if TYPE_CHECKING:  # the catalogue takes time to load, and most bands need none
    from oso_evalscript.model.catalog import Collection


@dataclass(frozen=True, slots=True)
class Scale:
    """What is usual of a number.

    Attributes:
        low: the smallest one.
        high: the largest one.
        whole: whether it has no fraction, for certain.
        many: whether it takes so many values that they stand for a quantity, rather than for cases.
        meaning: what it is, in words; empty where it is made of several.
    """

    low: float
    high: float
    whole: bool = False
    many: bool = True
    meaning: str = ""


MASK = Scale(0, 1, whole=True, many=False, meaning="dataMask")

_REFLECTANCE = Scale(0, 1, meaning="reflectance")
_POWER = Scale(0, 1, meaning="backscatter in linear power")
_OPTICAL = regex(r"B0[1-9]|B8A")
_RADAR = frozenset({"VV", "VH"})
_MEANINGS = {
    "REFLECTANCE": "reflectance",
    "LINEAR_POWER": "backscatter in linear power",
    "BRIGHTNESS_TEMPERATURE": "kelvin",
    "SURFACE_TEMPERATURE": "kelvin",
    "DEGREES": "an angle in degrees",
    "PERCENT": "percent",
    "FRACTION": "a fraction",
    "METERS": "metres",
}
"""What numbers of a unit are, for those units whose typical limits can be relied on."""


def scale_of(band: str, bands: tuple[str, ...], unit: str | None, collection: Collection | None) -> Scale | None:
    """Return what is usual of a band; None where the collections that it may be of disagree, or none is known.

    Args:
        band: its name.
        bands: all that are asked for with it.
        unit: the one that is asked for; None for its default.
        collection: where the band comes from, if that is told.
    """
    if band == "dataMask":
        return MASK
    wanted = unit.upper() if unit is not None else None
    if wanted == "REFLECTANCE":
        return _REFLECTANCE
    if collection is None and wanted is None:
        if _OPTICAL.fullmatch(band):
            return _REFLECTANCE
        if band in _RADAR:
            return _POWER
    return _catalogued(band, bands, wanted, collection)


def _catalogued(band: str, bands: tuple[str, ...], unit: str | None, collection: Collection | None) -> Scale | None:
    from oso_evalscript.model.catalog import candidates

    found = (collection,) if collection is not None else candidates(bands)
    having = [item for item in found if unit is None or ((known := item.band(band)) and known.unit(unit))]
    scales = {_in_collection(item.id, band, unit) for item in having}
    return scales.pop() if len(scales) == 1 else None


@cache
def _in_collection(name: str, band: str, unit: str | None) -> Scale | None:
    from oso_evalscript.model.catalog import named_collection, typical_range
    from oso_evalscript.model.nomenclature import shipped_nomenclature

    collection = named_collection(name)
    known = collection.band(band) if collection is not None else None
    if known is None or collection is None or collection.any_bands or (unit is not None and known.unit(unit) is None):
        return None
    codes = [code for code, _ in known.values]
    if known.nomenclature is not None:
        codes = list(shipped_nomenclature(known.nomenclature).codes)
    if codes:
        return Scale(min(codes), max(codes), whole=True, many=False, meaning=f"the codes of {band}")
    asked = unit or known.units[0]
    if asked == "DN":
        if known.high is not None and known.low is not None:
            return Scale(known.low, known.high, whole=True, meaning=band)
        return Scale(0, 10_000, whole=True, meaning="digital numbers") if "REFLECTANCE" in known.units else None
    if asked not in _MEANINGS or (asked == "METERS" and band != "DEM"):
        return None
    low, high = typical_range(known, asked)
    return Scale(low, 1.0 if asked == "LINEAR_POWER" else high, meaning=_MEANINGS[asked])
