"""What all formats draw on: codes with one label and one colour each."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from oso_evalscript.model.color import Color
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import Group, LandClass, Language, LanguageCode, Nomenclature

_CONTROL = ("Cc", "Cs", "Zl", "Zp")
_NO_XML = "\ufffe\uffff"


@dataclass(frozen=True, slots=True)
class Entry:
    """One code: its label, its colour, and the label of its group if it has one; `more` is what else was asked for."""

    code: int
    label: str
    color: Color
    group: str = ""
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Style:
    """The entries, ascending by code, and what they are; every text is one line that any format can carry."""

    title: str
    credit: str
    entries: tuple[Entry, ...]
    language: Language = Language.ENGLISH
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """A format: what `--to` calls it, what it is in a few words, what writes it, and whether columns can be chosen."""

    name: str
    summary: str
    render: Callable[[Style], str]
    has_columns: bool = False


@dataclass(frozen=True, slots=True)
class LegendItem:
    """What one swatch of a legend stands for: all the codes that share a label and a colour."""

    codes: tuple[int, ...]
    label: str
    color: Color

    @property
    def numbers(self) -> str:
        """The codes in few words, runs of them by their ends."""
        breaks = [(before, after) for before, after in pairwise(self.codes) if after != before + 1]
        starts = [self.codes[0], *(after for _, after in breaks)]
        ends = [*(before for before, _ in breaks), self.codes[-1]]
        return ", ".join(
            str(low) if low == high else f"{low}\u2013{high}" for low, high in zip(starts, ends, strict=True)
        )


def style_of(table: Nomenclature, language: Language | LanguageCode, columns: Sequence[str] = ()) -> Style:
    """Return the style of a nomenclature with the labels of a language, and columns of `COLUMNS` beside them.

    Raises:
        SpecError: there is no such column.
    """
    unknown = next((name for name in columns if name not in COLUMNS), None)
    if unknown is not None or len(set(columns)) < len(columns):
        asked = "a column twice" if unknown is None else f"there is no column `{unknown}`"
        raise SpecError(f"{asked}: there is {', '.join(COLUMNS)}, each once")
    credit = " ".join(f"{text.rstrip('.')}." for text in (table.credit, table.licence) if text)
    groups = {item.id: item for item in table.groups}
    entries = tuple(
        Entry(
            item.code,
            one_line(item.label(language)),
            item.color,
            one_line(_group_label(groups.get(item.group or ""), language)),
            tuple(one_line(COLUMNS[name](item, groups.get(item.group or ""))) for name in columns),
        )
        for item in table.classes
    )
    return Style(one_line(table.title), one_line(credit), entries, Language(language), tuple(columns))


def _group_label(group: Group | None, language: Language | LanguageCode) -> str:
    return "" if group is None else group.french if language == Language.FRENCH else group.english


COLUMNS: dict[str, Callable[[LandClass, Group | None], str]] = {
    "english": lambda item, group: item.english,
    "french": lambda item, group: item.french,
    "group": lambda item, group: item.group or "",
    "group_english": lambda item, group: _group_label(group, Language.ENGLISH),
    "group_french": lambda item, group: _group_label(group, Language.FRENCH),
    "group_color": lambda item, group: "" if group is None else str(group.color),
    "safe": lambda item, group: "" if item.safe is None else str(item.safe),
}
"""The columns that a table may have beside code, label and color, by name."""


def legend_items(style: Style) -> tuple[LegendItem, ...]:
    """Return the swatches of a legend, in the order of their first codes."""
    shared: dict[tuple[str, Color], list[int]] = {}
    for entry in style.entries:
        shared.setdefault((entry.label, entry.color), []).append(entry.code)
    return tuple(LegendItem(tuple(codes), label, color) for (label, color), codes in shared.items())


def one_line(text: str) -> str:
    """Return a text with what XML or a line cannot hold as escapes: control characters, line ends, lone surrogates."""
    return "".join(
        char.encode("unicode_escape").decode() if char in _NO_XML or unicodedata.category(char) in _CONTROL else char
        for char in text
    )
