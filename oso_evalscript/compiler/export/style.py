"""What all formats draw on: codes with one label and one colour each."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from oso_evalscript.model.color import Color
from oso_evalscript.model.nomenclature import Language, LanguageCode, Nomenclature

_CONTROL = ("Cc", "Cs", "Zl", "Zp")
_NO_XML = "\ufffe\uffff"


@dataclass(frozen=True, slots=True)
class Entry:
    """One code: its label and its colour."""

    code: int
    label: str
    color: Color


@dataclass(frozen=True, slots=True)
class Style:
    """The entries, ascending by code, and what they are; every text is one line that any format can carry."""

    title: str
    credit: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Format:
    """A format: what `--to` calls it, what it is in a few words, and the function that writes it."""

    name: str
    summary: str
    render: Callable[[Style], str]


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


def style_of(table: Nomenclature, language: Language | LanguageCode) -> Style:
    """Return the style of a nomenclature with the labels of a language."""
    credit = " ".join(f"{text.rstrip('.')}." for text in (table.credit, table.licence) if text)
    entries = tuple(Entry(item.code, one_line(item.label(language)), item.color) for item in table.classes)
    return Style(one_line(table.title), one_line(credit), entries)


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
