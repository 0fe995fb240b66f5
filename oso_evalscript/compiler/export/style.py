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
    """One code: its label, its colour, and the label of its group, if any; `more` are its cells of further columns."""

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
    """A format: its name for `--to`, what it is in a few words, its writer, and whether columns can be chosen."""

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
    """Return the style of a nomenclature with the labels of a language, and the columns of `COLUMNS` that are named.

    Raises:
        SpecError: there is no such column, or it is named twice.
    """
    wrong = next((name for place, name in enumerate(columns) if name not in COLUMNS or name in columns[:place]), None)
    if wrong is not None:
        what = f"the column `{wrong}` is named twice" if wrong in COLUMNS else f"there is no column `{wrong}`"
        raise SpecError(f"{what}: expected {', '.join(COLUMNS)}, each at most once")
    credit = " ".join(f"{text.rstrip('.')}." for text in (table.credit, table.licence) if text)
    groups = {item.id: item for item in table.groups}
    pairs = [(item, groups.get(item.group or "")) for item in table.classes]
    entries = tuple(
        Entry(
            item.code,
            one_line(item.label(language)),
            item.color,
            "" if group is None else one_line(group.label(language)),
            tuple(one_line(COLUMNS[name](item, group)) for name in columns),
        )
        for item, group in pairs
    )
    return Style(one_line(table.title), one_line(credit), entries, Language(language), tuple(columns))


COLUMNS: dict[str, Callable[[LandClass, Group | None], str]] = {
    "english": lambda item, group: item.english,
    "french": lambda item, group: item.french,
    "group": lambda item, group: item.group or "",
    "group_english": lambda item, group: "" if group is None else group.english,
    "group_french": lambda item, group: "" if group is None else group.french,
    "group_color": lambda item, group: "" if group is None else str(group.color),
    "safe": lambda item, group: "" if item.safe is None else str(item.safe),
}
"""The columns that a table may have besides code, label and color, by name."""


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
