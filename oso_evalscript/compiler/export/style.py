"""What all formats draw on: codes with one label and one colour each."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from oso_evalscript.model.color import Color
from oso_evalscript.model.nomenclature import Language, Nomenclature

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


def style_of(table: Nomenclature, language: Language) -> Style:
    """Return the style of a nomenclature with the labels of a language."""
    credit = " ".join(f"{text.rstrip('.')}." for text in (table.credit, table.licence) if text)
    entries = tuple(Entry(item.code, one_line(item.label(language)), item.color) for item in table.classes)
    return Style(one_line(table.title), one_line(credit), entries)


def one_line(text: str) -> str:
    """Return a text with what XML or a line cannot hold as escapes: control characters, line ends, lone surrogates."""
    return "".join(
        char.encode("unicode_escape").decode() if char in _NO_XML or unicodedata.category(char) in _CONTROL else char
        for char in text
    )
