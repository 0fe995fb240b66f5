"""Keys of specs: documenting them, turning plain values into their types, and refusing the rest in words."""

from __future__ import annotations

import re
from dataclasses import MISSING, field
from datetime import date, time
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Protocol, TypeAlias, Union, get_args, get_origin, get_type_hints

from oso_evalscript.javascript.literal import comment
from oso_evalscript.model.catalog import Band, Collection, collections, find_band, find_class_band, find_collection
from oso_evalscript.model.color import Color
from oso_evalscript.model.contract import Setup
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import OWN, Nomenclature, available, shipped_nomenclature

NAME = "what the script calls itself; the name of the file, without its ending, where it is not given"
TITLE = "a sentence for the head of the script"
NOMENCLATURE = "the id of the nomenclature, or in a file the path of one of your own, from the folder of the spec"
BAND = "the band that holds the codes: required with a nomenclature of your own, else that of the catalogue"
CLASSES = (
    "the classes to {verb}, by code, by label in either language, or by the id or label of a group; by default all, "
    "unless `groups` are given"
)
GROUPS = "the groups of classes to {verb}, by id or label, in addition to `classes`"
LEVEL = "the level of groups, if groups are part of others: 1 is the broadest; by default the finest"
LANGUAGE = "the language of the labels in the comments: `en` or `fr`"
BINS = "cut the ramp into so many steps of equal width, from 2 to 64; continuous where it is not given"
NODATA = 255
WIDE_NODATA = 65_535
_MAX_BINS = 64
_BAND = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)

_LISTS: dict[Any, tuple[str, type | UnionType]] = {
    tuple[int, ...]: ("a list of whole numbers", int),
    tuple[str, ...]: ("a list of strings", str),
    tuple[int | str, ...]: ("a list of codes and labels", int | str),
}


def key(doc: str, default: Any = MISSING) -> Any:
    """A field of a spec with the sentence that documents it."""
    return field(default=default, metadata={"doc": doc})


class CountBy(StrEnum):
    """What counts: as a change, or as a part of the area."""

    CLASSES = "classes"
    GROUPS = "groups"


CountByWord: TypeAlias = Literal["classes", "groups"]


class BadValue(SpecError):
    """A value that a spec does not allow: its key, the value and what is allowed instead."""

    def __init__(self, key: str, value: object, allowed: str) -> None:
        super().__init__(f"`{key} = {toml_value(value)}` is not allowed: expected {allowed}")


def settle(spec: object) -> None:
    """Turn each field of a spec under construction into its own type, or refuse it."""
    hints = _hints(type(spec))  # type: ignore[arg-type]  # a class has a hash
    for name, hint in hints.items():
        object.__setattr__(spec, name, _convert(hint, name, getattr(spec, name)))


@cache
def _hints(spec: type) -> dict[str, Any]:
    return {name: hint for name, hint in get_type_hints(spec).items() if name != "template"}


def _convert(hint: Any, key: str, value: Any) -> Any:
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    if value is None and NoneType in kinds:
        return None
    kind = next(item for item in kinds if item is not NoneType)
    if kind in _LISTS:
        return _list(key, value, *_LISTS[kind])
    if kind is Color:
        return _color(key, value)
    if kind is str and isinstance(value, Nomenclature) and Nomenclature in kinds:
        return value.id if _is_shipped(value) else value
    if kind is float:
        if not (is_int(value) or isinstance(value, float)) or not abs(value) < 1e15:
            raise BadValue(key, value, "a number")
        return float(value)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        if value not in list(kind):
            raise BadValue(key, value, one_of(kind))
        return kind(value)
    if kind in (int, str, bool):
        if not (is_int(value) if kind is int else isinstance(value, kind)):
            raise BadValue(key, value, {int: "a whole number", str: "a string", bool: "`true` or `false`"}[kind])
        return value
    return _pairs(key, value)


def _list(key: str, value: Any, words: str, kind: type | UnionType) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple) or not all(
        isinstance(item, kind) and not isinstance(item, bool) for item in value
    ):
        raise BadValue(key, value, words)
    return tuple(value)


def _pairs(key: str, value: Any) -> tuple[tuple[int, int], ...]:
    if not isinstance(value, list | tuple) or not all(
        isinstance(pair, list | tuple) and len(pair) == 2 and all(map(is_int, pair)) for pair in value
    ):
        raise BadValue(key, value, "a list of pairs of whole numbers")
    return tuple((first, second) for first, second in value)


def _color(key: str, value: Any) -> Color:
    if isinstance(value, Color):
        return value
    try:
        return Color.parse(value)
    except (ValueError, TypeError):
        raise BadValue(key, value, 'a colour such as "#ff00aa"') from None


class Coded(Protocol):
    """A spec about a band of class codes."""

    @property
    def nomenclature(self) -> str | Nomenclature:
        """What the codes mean: the id of a nomenclature, or one of the user's own."""

    @property
    def band(self) -> str | None:
        """The band that holds them, None for that of the catalogue."""


def check_coded(spec: Coded) -> Nomenclature:
    """Settle a spec about a band of class codes and return its nomenclature, or refuse it."""
    settle(spec)
    table = find_nomenclature(spec.nomenclature)
    if spec.band is not None:
        check_band("band", spec.band)
    code_band(spec)
    return table


def check_band(key: str, name: str) -> None:
    """Refuse what is not the name of a band of values."""
    if not _BAND.fullmatch(name) or name in ("dataMask", "__proto__"):
        raise BadValue(key, name, "the name of a band, of letters, digits and `_`")


def table_of(spec: Coded) -> Nomenclature:
    """Return the nomenclature of a spec that was checked."""
    return shipped_nomenclature(spec.nomenclature) if isinstance(spec.nomenclature, str) else spec.nomenclature


def code_band(spec: Coded) -> str:
    """Return the name of the band that holds the codes of a spec, or ask for it."""
    if spec.band is not None:
        return spec.band
    if isinstance(spec.nomenclature, str):
        return class_band(spec.nomenclature).name
    raise SpecError(
        f'the key `band` is missing: which band holds the codes of {spec.nomenclature.id}, as in `band = "B1"`'
    )


def classes_note(spec: Coded, contract: Setup) -> str:
    """Return what classes mean where no nomenclature of the package says it, for people and for the linter; else empty.

    The codes of a band are known without it where its collection has one nomenclature, and the spec has the same.
    """
    if isinstance(spec.nomenclature, str):
        collection = find_collection(contract.bands)
        is_map = collection is not None and collection.nomenclature is not None
        usual = collection.nomenclature_of(contract.bands) if collection is not None and is_map else None
        return "" if spec.nomenclature == usual else f"oso: codes {spec.nomenclature}"
    table = spec.nomenclature
    known = f"{table.title} ({table.source}). {table.licence} {table.credit}"
    return f"oso: nomenclature {OWN}: {' '.join(comment(known).split())}"


def find_nomenclature(named: str | Nomenclature, key: str = "nomenclature") -> Nomenclature:
    """Return the nomenclature that a spec names, or refuse it."""
    if isinstance(named, Nomenclature):
        if not named.classes:
            raise SpecError(f"the nomenclature {named.id} has no class")
        return named
    try:
        return shipped_nomenclature(named)
    except SpecError as error:
        hint = "; one of your own is what `load_nomenclature` returns" if key == "nomenclature" else ""
        raise SpecError(f"`{key} = {toml_value(named)}` is not allowed: {error}{hint}") from None


def _is_shipped(table: Nomenclature) -> bool:
    return table.id in available() and shipped_nomenclature(table.id) == table


def check_within(key: str, value: int, low: float | None, high: float | None) -> None:
    """Refuse a number outside of limits, both included."""
    if (low is not None and value < low) or (high is not None and value > high):
        limits = f"from {low:g}" + (f" to {high:g}" if high is not None else " on")
        raise BadValue(key, value, f"a whole number {limits}")


def check_bins(bins: int | None) -> None:
    """Refuse numbers of steps that no legend has."""
    if bins is not None:
        check_within("bins", bins, 2, _MAX_BINS)


def class_band(nomenclature: str) -> Band:
    """Return the band that holds codes of a nomenclature."""
    band = find_class_band(nomenclature)
    if band is None:
        raise SpecError(
            f'no band of the catalogue has codes of the nomenclature {nomenclature}: name yours, as in `band = "B1"`'
        )
    return band


def named_band(name: str) -> Band:
    """Return the band of that name, of whichever collection."""
    band = find_band(name)
    if band is None:
        raise SpecError(f"the catalogue has no band {name}")
    return band


def known_collection(id: str) -> Collection:
    """Return the collection that a spec names, or refuse it."""
    known = next((item for item in collections() if item.id == id), None)
    if known is None:
        raise BadValue("collection", id, one_of(item.id for item in collections()))
    return known


def is_int(value: object) -> bool:
    """Return whether a value is a whole number, which `true` is not."""
    return isinstance(value, int) and not isinstance(value, bool)


def one_of(names: Any) -> str:
    """Return the strings that a key allows, as TOML spells them."""
    return " or ".join(f'"{name}"' for name in names)


def toml_value(value: object) -> str:
    """Return a value as the TOML file spells it, shortened."""
    match value:
        case bool():
            text = str(value).lower()
        case int():
            text = str(value) if value.bit_length() < 200 else "a very large number"
        case float() | date() | time():
            text = str(value)
        case list() | tuple():
            text = f"[{', '.join(toml_value(item) for item in value[:20])}{', …' if len(value) > 20 else ''}]"
        case dict():
            text = "{…}"
        case Nomenclature():
            text = value.id
        case _:
            text = f'"{value}"'
    return text if len(text) <= 60 else text[:59] + "…"
