"""Which classes of a nomenclature a spec chooses, by code, label or group, and which colours it paints them in."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from typing import Literal, TypeAlias

from oso_evalscript.compiler.keys import BadValue, one_of
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import Group, LandClass, Nomenclature

_MAX_NAMED = 40


class Colors(StrEnum):
    """Which colours a picture shows."""

    CLASSES = "classes"
    GROUPS = "groups"
    SAFE = "safe"


ColorsWord: TypeAlias = Literal["classes", "groups", "safe"]


def chosen_codes(
    table: Nomenclature, classes: tuple[int | str, ...] | None, groups: tuple[str, ...] | None
) -> frozenset[int]:
    """Return the codes that a spec chooses by code, label or group, all where it names none; refuse unknown ones."""
    if classes is None and groups is None:
        return frozenset(table.codes)
    codes = frozenset[int]() if classes is None else frozenset(codes_of("classes", table, classes))
    if groups is not None:
        codes |= {entry.code for group in groups_of(table, groups) for entry in table.members(group.id)}
    if not codes:
        raise BadValue("groups", list(groups or ()), f"groups of {table.id} that have a class")
    return codes


def codes_of(key: str, table: Nomenclature, named: tuple[int | str, ...]) -> tuple[int, ...]:
    """Return the codes that a list of codes, labels and groups names, in its order; refuse unknown or repeated ones."""
    allowed = f"codes of {table.id}, {_ranges(table.codes)}"
    unknown = next((item for item in named if isinstance(item, int) and item not in table.codes), None)
    if unknown is not None:
        raise BadValue(key, list(named), f"{allowed}; {unknown} is not one of them")
    found = [(item,) if isinstance(item, int) else _labelled(key, table, named, item) for item in named]
    codes = tuple(code for listed in found for code in listed)
    if not codes:
        raise BadValue(key, list(named), f"{allowed}, at least one")
    twice = next((code for place, code in enumerate(codes) if code in codes[:place]), None)
    if twice is not None:
        first, second, *_ = (item for item, listed in zip(named, found, strict=True) if twice in listed)
        raise BadValue(key, list(named), f"{allowed}, each once; `{first}` and `{second}` both name class {twice}")
    return codes


def groups_of(table: Nomenclature, groups: tuple[str, ...]) -> tuple[Group, ...]:
    """Return the groups that a list of ids and labels names; refuse unknown or repeated ones."""
    if not table.groups:
        raise BadValue("groups", list(groups), f"none: the nomenclature {table.id} has no groups")
    found: list[Group] = []
    for text in groups:
        group = next((item for item in table.groups if plain(text) in _names(item)), None)
        if group is None:
            known = one_of(item.id for item in table.groups)
            raise BadValue("groups", list(groups), f"groups of {table.id}, {known}{_hint(text, _all_names(table))}")
        found.append(group)
    if not found or len({group.id for group in found}) < len(found):
        raise BadValue("groups", list(groups), f"groups of {table.id}, at least one and each once")
    return tuple(found)


def check_grouped(table: Nomenclature, entries: tuple[LandClass, ...]) -> None:
    """Refuse classes that belong to no group."""
    alone = next((entry.code for entry in entries if entry.group is None), None)
    if alone is not None:
        raise SpecError(f"class {alone} of the nomenclature {table.id} does not belong to a group")


def check_level(table: Nomenclature, level: int | None, *, grouped: bool) -> None:
    """Refuse a level that the groups do not have, and any level without groups."""
    if level is None:
        return
    if not grouped:
        raise BadValue("level", level, "a level only together with groups")
    if not 1 <= level <= table.levels:
        raise BadValue("level", level, f"from 1 to {table.levels}, the levels of groups of {table.id}")


def painted(table: Nomenclature, colors: Colors | ColorsWord, level: int | None) -> Nomenclature:
    """Return a nomenclature in the colours that a spec asks for, or refuse what it does not have."""
    check_level(table, level, grouped=colors == Colors.GROUPS)
    if colors == Colors.GROUPS:
        return table.at_level(level).grouped()
    return table.safe() if colors == Colors.SAFE else table


def plain(text: str) -> str:
    """Return a text as labels are compared: without accents, capitals and repeated blanks."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(char for char in folded if not unicodedata.combining(char)).split())


def _labelled(key: str, table: Nomenclature, named: tuple[int | str, ...], text: str) -> tuple[int, ...]:
    """The codes of the classes of that label, else of the group of that id or label."""
    asked = plain(text)
    codes = tuple(entry.code for entry in table.classes if asked in map(plain, (entry.english, entry.french)))
    if codes:
        return codes
    group = next((item for item in table.groups if asked in _names(item)), None)
    if group is not None:
        return tuple(entry.code for entry in table.members(group.id))
    known = [*(label for entry in table.classes for label in (entry.english, entry.french)), *_all_names(table)]
    raise BadValue(
        key, list(named), f"codes, labels or groups of {table.id}; `{text}` is not one of them{_hint(text, known)}"
    )


def _names(group: Group) -> tuple[str, ...]:
    return tuple(map(plain, (group.id, group.english, group.french)))


def _all_names(table: Nomenclature) -> list[str]:
    return [name for item in table.groups for name in (item.id, item.english, item.french)]


def _hint(text: str, known: Iterable[str]) -> str:
    """A question that suggests the nearest of the names; empty if none is near."""
    by_plain: dict[str, str] = {}
    for name in known:
        by_plain.setdefault(plain(name), name)
    near = difflib.get_close_matches(plain(text), by_plain, n=1, cutoff=0.7)
    return f"; did you mean `{by_plain[near[0]]}`?" if near else ""


def _ranges(codes: tuple[int, ...]) -> str:
    if codes == tuple(range(codes[0], codes[-1] + 1)):
        return f"{codes[0]} to {codes[-1]}"
    return ", ".join(map(str, codes[:_MAX_NAMED])) + (" …" if len(codes) > _MAX_NAMED else "")
