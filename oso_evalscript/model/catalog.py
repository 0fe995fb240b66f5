"""The catalogue: collections, their bands and what the values of a band mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from oso_evalscript.model.color import Color
from oso_evalscript.model.contract import Mosaicking
from oso_evalscript.model.errors import OsoError
from oso_evalscript.model.nearest import nearest
from oso_evalscript.model.nomenclature import shipped_nomenclature


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that bands can be asked for in.

    Attributes:
        name: as scripts write it.
        meaning: the physical unit or scale.
        low: the lower end of a range that is typical, for made-up scenes; our choice, not a documented limit.
        high: the upper end, likewise.
    """

    name: str
    meaning: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Band:
    """One band of a collection.

    Attributes:
        name: case-sensitive, as scripts request it.
        title: what it holds, for legends.
        units: the first is the default.
        nomenclature: the id of the classes its values are codes of, if they are.
        other_nomenclatures: the ids of those that editions of other years use.
        low: the smallest value that means something, None where that is not documented.
        high: the largest one, likewise.
        ramp: the stops (value, colour) of its official legend, ascending, empty if it has none.
        source_type: how its samples are stored, such as UINT16, or `computed`; None where that is not verified.
        resolution: metres per pixel, None where that is not documented.
        values: its codes and what they mean, ascending, for a band of codes without a nomenclature.
        scale: the units other than DN whose values are known to be the stored number times a factor.
        note: a caveat, for documentation and messages.
    """

    name: str
    title: str
    units: tuple[str, ...]
    nomenclature: str | None = None
    low: float | None = None
    high: float | None = None
    ramp: tuple[tuple[float, Color], ...] = ()
    source_type: str | None = None
    resolution: float | None = None
    values: tuple[tuple[int, str], ...] = ()
    scale: tuple[tuple[str, float], ...] = ()
    note: str = ""
    other_nomenclatures: tuple[str, ...] = ()

    @property
    def meanings(self) -> tuple[tuple[int, str], ...]:
        """Its codes and what they mean, ascending, from its nomenclature where it has one; empty for other bands."""
        if self.nomenclature is None:
            return self.values
        return tuple((item.code, item.english) for item in shipped_nomenclature(self.nomenclature).classes)

    def unit(self, name: str) -> str | None:
        """Return the catalogue's spelling of a unit, in any case; None if the band does not have it."""
        return next((unit for unit in self.units if unit == name.upper()), None)

    def factor(self, unit: str) -> float | None:
        """Return the number by which a stored value (DN) is multiplied to give the value in that unit.

        None if the band does not have the unit, or the factor is not known.
        """
        name = self.unit(unit)
        return 1.0 if name == "DN" else next((factor for known, factor in self.scale if known == name), None)


_DATA_MASK = Band(
    name="dataMask",
    title="1 where there is data, 0 elsewhere",
    units=("DN",),
    low=0,
    high=1,
    source_type="computed",
    values=((0, "no data"), (1, "data")),
)


@dataclass(frozen=True, slots=True)
class Collection:
    """A data source: its bands, and the type requests name it by.

    Attributes:
        id: our short name of it, unique.
        type: what a request names it by; `<…>` in it stands for an id that varies.
        title: what it is, for people.
        source: where the facts come from.
        bands: those it always has, `dataMask` the last.
        aliases: other names that scripts and documentation use for it.
        mosaicking: the ways its scenes can be combined.
        mosaicking_verified: whether a source confirms them.
        source_types_verified: whether the service's own pages confirm the source types of its bands.
        normalization_factor: what scripts see as `inputMetadata.normalizationFactor`, None where that is not known.
        nodata: what bands hold where there is no data, 0 or NaN.
        scene_fields: the fields of a scene that scripts can read, empty where they are not known.
        not_bands: names that other collections have and this one is known not to have.
        any_bands: whether it may have any further bands, of the unit DN alone.
        note: a caveat, for documentation and messages.
    """

    id: str
    type: str
    title: str
    source: str
    bands: tuple[Band, ...]
    aliases: tuple[str, ...] = ()
    mosaicking: tuple[Mosaicking, ...] = tuple(Mosaicking)
    mosaicking_verified: bool = True
    source_types_verified: bool = True
    normalization_factor: float | None = None
    nodata: float = 0.0
    scene_fields: tuple[str, ...] = ()
    not_bands: tuple[str, ...] = ()
    any_bands: bool = False
    note: str = ""

    def band(self, name: str) -> Band | None:
        """Return the band of that name, None if the collection cannot have it.

        With `any_bands`, every name that a script can write as an identifier is a band, about which nothing is known.
        """
        known = next((band for band in self.bands if band.name == name), None)
        if known is None and self.any_bands and name.replace("$", "_").isidentifier():
            return Band(name=name, title=name, units=("DN",))
        return known

    @property
    def nomenclature(self) -> str | None:
        """The id of the nomenclature of a map of classes: that of its first band, None for other collections."""
        return self.bands[0].nomenclature if self.bands else None

    def nomenclature_of(self, bands: Iterable[str]) -> str | None:
        """Return the id of the nomenclature of the only class band of `bands`; None if none or several hold classes."""
        found = [band.nomenclature for name in bands if (band := self.band(name)) is not None and band.nomenclature]
        return found[0] if len(found) == 1 else None

    def class_band(self, nomenclature: str) -> Band | None:
        """Return the band whose values are codes of that nomenclature in some edition, None if there is none."""
        named = ((band, (band.nomenclature, *band.other_nomenclatures)) for band in self.bands)
        return next((band for band, nomenclatures in named if nomenclature in nomenclatures), None)


@cache
def collections() -> tuple[Collection, ...]:
    """Return all collections of the catalogue."""
    data = _data()
    return tuple(_collection(data["shared"], **entry) for entry in data["collection"])


@cache
def units() -> tuple[Unit, ...]:
    """Return all units that bands of the catalogue have."""
    return tuple(
        Unit(name, row["meaning"], float(row["low"]), float(row["high"])) for name, row in _data()["unit"].items()
    )


def named_collection(name: str) -> Collection | None:
    """Return the collection of that id, type or alias, exact first, then in any case; None if there is none.

    Every type of BYOC data that has no entry of its own is the entry that allows any bands.
    """
    exact, folded, byoc = _names()
    key = name.casefold()
    found = exact.get(name) or folded.get(key)
    if found is None:
        return next((entry for prefix, entry in byoc.items() if key.startswith(prefix) and key != prefix), None)
    return found


def require_collection(name: object) -> Collection:
    """Return the collection of that id, type or alias.

    Raises:
        OsoError: there is none; the text names the one that may be meant.
    """
    found = named_collection(name) if isinstance(name, str) else None
    if found is not None:
        return found
    names = dict.fromkeys(name for item in collections() for name in (item.id, item.type, *item.aliases))
    near = nearest(str(name).lower().replace("_", "-"), names)
    advice = f"did you mean `{near}`?" if near else "`byoc` stands for any collection with its own bands"
    raise OsoError(f"the catalogue has no collection `{name}`; {advice}")


def candidates(bands: Iterable[str]) -> tuple[Collection, ...]:
    """Return the collections that have all of `bands`; `dataMask`, which every collection has, tells nothing.

    The entry that allows any bands is none of them.
    """
    wanted = set(bands)
    return tuple(item for item in _listed() if wanted <= {band.name for band in item.bands})


def find_collection(bands: Iterable[str]) -> Collection | None:
    """Return the one collection that has all of `bands`; None if none has, or several have."""
    found = candidates(bands)
    return found[0] if len(found) == 1 else None


def find_band(name: str) -> Band | None:
    """Return the band of that name if exactly one collection has it; None otherwise."""
    found = [band for collection in _listed() if (band := collection.band(name))]
    return found[0] if len(found) == 1 else None


@cache
def find_class_band(nomenclature: str) -> Band | None:
    """Return the first catalogued band whose values are codes of that nomenclature, in some edition at least."""
    return next((band for item in collections() if (band := item.class_band(nomenclature))), None)


def typical_range(band: Band, unit: str) -> tuple[float, float]:
    """Return a plausible range of values of a band in a unit, both ends included, for made-up scenes.

    Documented limits and codes come first; otherwise the range is our choice for the unit.

    Raises:
        ValueError: the catalogue has no such unit.
    """
    known = _unit(unit)
    default = _unit(band.units[0])
    wanted, own = band.factor(known.name), band.factor(default.name)
    if known is default:
        return _default_range(band, default)
    if wanted is None or own is None:
        return _unit_range(band, known)
    low, high = _default_range(band, default)
    return low / own * wanted, high / own * wanted


def _default_range(band: Band, unit: Unit) -> tuple[float, float]:
    """The typical range of a band in `unit`, its default: codes, limits and legends are written in that."""
    codes = [code for code, _ in band.meanings]
    if codes:
        return float(min(codes)), float(max(codes))
    ends = [stop for stop, _ in band.ramp] or _unit_range(band, unit)
    low = ends[0] if band.low is None else band.low
    high = ends[-1] if band.high is None else band.high
    return float(low), float(high)


def _unit_range(band: Band, unit: Unit) -> tuple[float, float]:
    """The typical range of a unit, within what 8 bits hold where stored numbers are asked for."""
    return unit.low, min(unit.high, 255.0) if unit.name == "DN" and band.source_type == "UINT8" else unit.high


def _unit(name: str) -> Unit:
    known = next((unit for unit in units() if unit.name == name.upper()), None)
    if known is None:
        raise ValueError(f"the catalogue has no unit {name}: there are {', '.join(unit.name for unit in units())}")
    return known


@cache
def _data() -> dict[str, Any]:
    import tomllib  # takes time to load, and few commands read the data

    data: dict[str, Any] = tomllib.loads(Path(__file__).with_name("catalog.toml").read_text(encoding="utf-8"))
    return data


@cache
def _listed() -> tuple[Collection, ...]:
    """The collections whose bands tell them."""
    return tuple(item for item in collections() if not item.any_bands)


@cache
def _names() -> tuple[dict[str, Collection], dict[str, Collection], dict[str, Collection]]:
    """Collections by name, by name in lower case, and the one that allows any bands by the prefixes of its types."""
    exact: dict[str, Collection] = {}
    byoc: dict[str, Collection] = {}
    for item in collections():
        for name in (item.id, item.type, *item.aliases):
            if "<" not in name:
                exact[name] = item
            if item.any_bands and name != item.id:
                byoc[name.partition("<")[0]] = item
    return exact, {name.casefold(): item for name, item in exact.items()}, byoc


def _collection(groups: dict[str, Any], /, bands: list[Any], shared: str = "", **row: Any) -> Collection:
    rows = [*bands, *(group for name in shared.split() for group in groups[name])]
    for key in ("aliases", "scene_fields", "not_bands"):
        row[key] = tuple(row.get(key, "").split())
    row["mosaicking"] = tuple(Mosaicking(word) for word in row["mosaicking"].split())
    row.setdefault("type", row["id"])
    return Collection(bands=(*(band for group in rows for band in _bands(**group)), _DATA_MASK), **row)


def _bands(
    names: str,
    units: str,
    ramp: Iterable[tuple[float, str]] = (),
    values: dict[str, str] | None = None,
    factor: float | None = None,
    other_nomenclatures: str = "",
    **row: Any,
) -> Iterator[Band]:
    """The bands of one group."""
    listed = tuple(units.split())
    stops = tuple((value, Color.parse(color)) for value, color in ramp)
    codes = tuple((int(code), meaning) for code, meaning in (values or {}).items())
    scale = () if factor is None else ((listed[0], factor),)
    others = tuple(other_nomenclatures.split())
    for name in names.split():
        yield Band(name, units=listed, ramp=stops, values=codes, scale=scale, other_nomenclatures=others, **row)
