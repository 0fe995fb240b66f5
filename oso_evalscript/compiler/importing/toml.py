"""TOML: the format of the nomenclatures that come with the package; all but `classes` may be left out.

A class has `code`, `color` and either `label` or `english` and `french`; with groups it names its `group`, and it may
have a `safe` colour besides its own. A group that is part of a broader one names it as its `parent`; the parent comes
first.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from oso_evalscript.compiler.importing.rows import code_of, color_of, label_of, ordered, shown, text_of
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import LARGEST_CODE, Break, Group, LandClass, Nomenclature

_TEXTS = ("id", "title", "source", "licence", "credit")
_LISTS = ("unverified", "single_source", "checked", "differences", "technical", "breaks", "groups", "classes")
_MARKS = ("english", "french", "color")
_EXPECTED = '`classes = [{ code = 1, label = "Water", color = "#0000ff" }]`'


def read_toml(data: bytes, path: Path, name: str) -> Nomenclature:
    """Return the nomenclature that a TOML file holds."""
    try:
        table = tomllib.loads(text_of(data, path))
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        raise SpecError(f"{path}: is not TOML: {error}") from None
    _check_keys(table, (*_TEXTS, *_LISTS), str(path))
    texts = {key: _text(table, key, str(path)) for key in _TEXTS if key in table}
    groups = tuple(_group(row, place) for place, row in _tables(table, "groups", path))
    known = [group.id for group in groups]
    twice = next((id for index, id in enumerate(known) if id in known[:index]), None)
    if twice is not None:
        raise SpecError(f"{path}: the group {shown(twice)} is in `groups` twice: expected it once")
    for place, group in enumerate(groups):
        if group.parent is not None and group.parent not in known[:place]:
            raise SpecError(
                f"{path}: there is no group {shown(group.parent)} before {shown(group.id)}: expected the broader first"
            )
    classes = ordered(
        ((place, _class(row, known, place)) for place, row in _tables(table, "classes", path)),
        path,
        expected=_EXPECTED,
    )
    breaks = tuple(_break(row, place) for place, row in _tables(table, "breaks", path))
    own = {"id": name, "title": name, "source": path.name, "licence": "", "credit": ""}
    named = {**own, **texts}
    return Nomenclature(
        id=named["id"],
        title=named["title"],
        classes=classes,
        source=named["source"],
        licence=named["licence"],
        credit=named["credit"],
        groups=groups,
        unverified=_marks(table, "unverified", _MARKS, path),
        single_source=_marks(table, "single_source", ("code", *_MARKS), path),
        checked=_sentences(table, "checked", path),
        differences=_sentences(table, "differences", path),
        breaks=breaks,
        technical=_technical(table, [item.code for item in classes], path),
    )


def _class(row: dict[str, Any], groups: list[str], place: str) -> LandClass:
    _check_keys(row, ("code", "color", "safe", "label", "english", "french", "group"), place)
    english, french = _labels(row, place)
    group = _text(row, "group", place) if "group" in row else None
    if group is not None and group not in groups:
        known = ", ".join(map(shown, groups)) or "a list `groups` first"
        raise SpecError(f"{place}: there is no group {shown(group)}: expected {known}")
    safe = color_of(_text(row, "safe", place), place) if "safe" in row else None
    return LandClass(_code(row, place), english, french, color_of(_text(row, "color", place), place), group, safe)


def _group(row: dict[str, Any], place: str) -> Group:
    _check_keys(row, ("id", "parent", "color", "label", "english", "french"), place)
    english, french = _labels(row, place)
    parent = _text(row, "parent", place) if "parent" in row else None
    return Group(_text(row, "id", place), english, french, color_of(_text(row, "color", place), place), parent)


def _break(row: dict[str, Any], place: str) -> Break:
    _check_keys(row, ("year", "english"), place)
    year = row.get("year")
    if not isinstance(year, int) or isinstance(year, bool):
        raise SpecError(f"{place}: {_toml(row, 'year')}: expected the year of an edition")
    return Break(year, label_of(_text(row, "english", place), place))


def _labels(row: dict[str, Any], place: str) -> tuple[str, str]:
    """The labels in English and French; one stands for the other, and `label` for both."""
    if "label" in row and ("english" in row or "french" in row):
        raise SpecError(f"{place}: has both `label` and a language: expected `label`, or `english` and `french`")
    given = [label_of(_text(row, key, place), place) for key in ("label", "english", "french") if key in row]
    if not given:
        raise SpecError(f"{place}: has no label: expected `label`, or `english` and `french`")
    return given[0], given[-1]


def _code(row: dict[str, Any], place: str) -> int:
    value = row.get("code")
    if not isinstance(value, int) or isinstance(value, bool):
        raise SpecError(f"{place}: {_toml(row, 'code')}: expected a whole number from 0 to {LARGEST_CODE}")
    return code_of(_spelt(value), place)


def _tables(table: dict[str, Any], key: str, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    rows = table.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SpecError(f"{path}: `{key}` is not a list of tables: expected {_EXPECTED}")
    for number, row in enumerate(rows, 1):
        yield f"{path}: entry {number} of `{key}`", row


def _marks(table: dict[str, Any], key: str, known: tuple[str, ...], path: Path) -> tuple[str, ...]:
    marks = table.get(key, [])
    if not isinstance(marks, list) or not all(mark in known for mark in marks):
        raise SpecError(f"{path}: `{key}` names something else: expected a list of {', '.join(known)}")
    return tuple(marks)


def _technical(table: dict[str, Any], classes: list[int], path: Path) -> tuple[int, ...]:
    """The codes that mean that there is no class."""
    listed = table.get("technical", [])
    if not isinstance(listed, list):
        raise SpecError(f"{path}: `technical` is not a list: expected codes, such as [254, 255]")
    codes = tuple(_code({"code": item}, f"{path}: `technical`") for item in listed)
    both = next((code for code in codes if code in classes), None)
    if both is not None:
        raise SpecError(f"{path}: the code {both} is a class and in `technical`: expected it in one of them")
    return codes


def _sentences(table: dict[str, Any], key: str, path: Path) -> tuple[str, ...]:
    listed = table.get(key, [])
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        raise SpecError(f"{path}: `{key}` is not a list of strings: expected sentences")
    return tuple(label_of(item, str(path)) for item in listed)


def _text(row: dict[str, Any], key: str, place: str) -> str:
    value = row.get(key)
    if not isinstance(value, str):
        raise SpecError(f"{place}: {_toml(row, key)}: expected a string")
    return value


def _check_keys(row: dict[str, Any], known: tuple[str, ...], place: str) -> None:
    unknown = next((key for key in row if key not in known), None)
    if unknown is not None:
        raise SpecError(f"{place}: unknown key {shown(unknown)}: expected {', '.join(known)}")


def _toml(row: dict[str, Any], key: str) -> str:
    return f"`{key}` is missing" if key not in row else f"`{key}` is {shown(_spelt(row[key]))}"


def _spelt(value: object) -> str:
    """A value in a few words; Python refuses to print an integer of many digits."""
    try:
        return str(value)
    except ValueError:
        return "a huge number"
