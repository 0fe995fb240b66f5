"""What all formats share: the rules for code, label and colour, and for the list of classes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from oso_evalscript.model.color import Color
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import SourceError, SpecError
from oso_evalscript.model.nomenclature import LARGEST_CODE, LandClass, Nomenclature
from oso_evalscript.model.text import Source

MAX_CLASSES = 1_000
_CODE = re.compile("[0-9]{1,5}")
_CHANNEL = re.compile("[0-9]{1,3}")
_NO_LINE = ("Cc", "Cs", "Zl", "Zp")
_MAX_SHOWN = 40


def text_of(data: bytes, path: Path) -> str:
    """Return the characters of a file, which must be text in UTF-8."""
    try:
        text = Source.decode(data, str(path)).text
    except SourceError as error:
        raise SpecError(str(error)) from None
    if "\x00" in text:
        raise SpecError(f"{path}: has NUL characters: expected text in UTF-8")
    return text


def code_of(text: str, place: str) -> int:
    """Return the class code that a text spells."""
    code = int(text) if _CODE.fullmatch(text) else -1
    if not 0 <= code <= LARGEST_CODE:
        raise SpecError(f"{place}: {shown(text)} is not a class code: expected a whole number from 0 to {LARGEST_CODE}")
    return code


def color_of(text: str, place: str) -> Color:
    """Return the colour that a text spells as `#rrggbb`."""
    try:
        return Color.parse(text)
    except ValueError:
        raise SpecError(f"{place}: {shown(text)} is not a colour: expected one such as #ff00aa") from None


def channel_of(text: str, place: str) -> int:
    """Return the channel of a colour that a text spells."""
    value = int(text) if _CHANNEL.fullmatch(text) else 256
    if value > 255:
        raise SpecError(f"{place}: {shown(text)} is not a channel of a colour: expected a whole number from 0 to 255")
    return value


def label_of(text: str, place: str) -> str:
    """Return a label without the blanks around it; it must be one line of text."""
    label = text.strip()
    if any(unicodedata.category(char) in _NO_LINE for char in label):
        raise SpecError(f"{place}: {shown(label)} is not a label: expected one line without control characters")
    return label


def plain_nomenclature(rows: Iterable[tuple[str, LandClass]], path: Path, name: str, *, expected: str) -> Nomenclature:
    """Return the nomenclature of a file that holds nothing but classes, each with the place where it stands."""
    return Nomenclature(
        id=name, title=name, classes=ordered(rows, path, expected=expected), source=path.name, licence="", credit=""
    )


def ordered(rows: Iterable[tuple[str, LandClass]], path: Path, *, expected: str) -> tuple[LandClass, ...]:
    """Return classes ascending by code; there must be some, not too many, and each code once."""
    found: dict[int, tuple[str, LandClass]] = {}
    for place, entry in rows:
        if entry.code in found:
            raise SpecError(f"{place}: code {entry.code} is already at {found[entry.code][0]}: expected it once")
        found[entry.code] = (place, entry)
        if len(found) > MAX_CLASSES:
            raise SpecError(f"{place}: is one class too many: expected no more than {MAX_CLASSES:,}")
    if not found:
        raise SpecError(f"{path}: has no classes: expected {expected}")
    return tuple(entry for _, (_, entry) in sorted(found.items()))


def shown(text: str) -> str:
    """Return a piece of a file as messages show it."""
    whole = escaped(text[: _MAX_SHOWN + 1])
    return f"`{whole}`" if len(whole) <= _MAX_SHOWN else f"`{whole[: _MAX_SHOWN - 1]}…`"
