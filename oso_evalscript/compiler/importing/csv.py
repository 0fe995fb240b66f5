"""CSV: `code,label,color`, or any columns that a first line names.

Names are English or French, in any order, whatever their capitals and accents: `code` or `valeur`, `label` or
`libellé`, `english`, `french` or `libellé français`, `color` or `couleur`, `group` or `groupe`, `safe`; instead of a
colour, `red`, `green` and `blue` or `rouge`, `vert` and `bleu`. Columns with other names are ignored. Fields are
separated by commas, semicolons or tabs, and the text is UTF-8 or, as Excel writes it on Windows, cp1252. A code may
have a decimal point or comma if only zeros follow. Classes of a group carry its name; the group has the first colour
in the column `group_color` or `couleur du groupe`, else that of its first class.

An apostrophe before a sign that begins a formula is not part of the label: exporting puts it there.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from oso_evalscript.compiler.choice import plain
from oso_evalscript.compiler.formulas import unguarded
from oso_evalscript.compiler.importing.rows import channel_of, code_of, color_of, label_of, ordered, shown, text_of
from oso_evalscript.model.color import Color
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import Group, LandClass, Nomenclature

_EXPECTED = "lines such as 1,Water,#0000ff"
_ORDER = ("code", "label", "color")
_NAMES = {
    "code": "code codes value valeur class classe id",
    "label": "label labels name nom libelle intitule",
    "english": "english label_en libelle_anglais anglais group_label_en",
    "french": "french label_fr libelle_fr libelle_francais francais",
    "color": "color colour couleur hex",
    "red": "red r rouge",
    "green": "green g vert",
    "blue": "blue b bleu",
    "group": "group groupe",
    "group_english": "group_english groupe_anglais",
    "group_french": "group_french groupe_francais",
    "group_color": "group_color groupe_couleur couleur_du_groupe",
    "safe": "safe couleur_sure",
}
_KNOWN = {word: key for key, words in _NAMES.items() for word in words.split()}
_WHOLE = re.compile(r"([0-9]{1,5})[.,]0+")
_OTHER_MARKS = (b"\xff\xfe", b"\xfe\xff")  # at the start of a text in UTF-16
_SEPARATORS = {";": "semicolons", "\t": "tabs", ",": "commas"}


def read_csv(data: bytes, path: Path, name: str) -> Nomenclature:
    """Return the nomenclature that a CSV file holds."""
    rows = list(_rows(_text(data, path), path))
    classes = ordered(((place, entry) for place, entry, _ in rows), path, expected=_EXPECTED)
    groups: dict[str, Group] = {}
    for place, entry, row in rows:
        if entry.group is not None and entry.group not in groups:
            groups[entry.group] = _group(entry, row, place)
    return Nomenclature(
        id=name, title=name, classes=classes, source=path.name, licence="", credit="", groups=tuple(groups.values())
    )


def _text(data: bytes, path: Path) -> str:
    """The characters of a file in UTF-8, else in cp1252, the encoding of Excel in Western Europe."""
    if not _is_text(data, "utf-8") and _is_text(data, "cp1252") and not data.startswith(_OTHER_MARKS):
        data = data.decode("cp1252").encode()
    return text_of(data, path)


def _is_text(data: bytes, encoding: str) -> bool:
    try:
        return "\0" not in data.decode(encoding)
    except UnicodeDecodeError:
        return False


def _rows(text: str, path: Path) -> Iterator[tuple[str, LandClass, Mapping[str, str]]]:
    order: tuple[str, ...] | None = None
    for place, fields in _records(text, path):
        if order is None:
            order = _named(fields, place)
            if order:
                continue
            order = _ORDER
        fields = _full(fields, order)
        if len(fields) != len(order):
            raise SpecError(f"{place}: {_wrong_count(fields, order)}")
        row = dict(zip(order, fields, strict=True))
        yield place, _class(row, place), row


def _named(fields: list[str], place: str) -> tuple[str, ...]:
    """What the columns are, if a line names them, else nothing; columns of other names get one that is never read."""
    keys = [_KNOWN.get(re.sub(r"\W+", "_", plain(field)).strip("_"), "") for field in fields]
    if "code" not in keys or not ({"color", "red"} & set(keys)):
        return ()
    found = [key for key in keys if key]
    twice = next((key for key in found if found.count(key) > 1), None)
    if twice is not None:
        raise SpecError(f"{place}: two columns are the {twice}: expected one")
    if not {"label", "english", "french"} & set(keys):
        raise SpecError(f"{place}: no column is the label: expected one called label, english or french")
    if "color" not in keys and not {"red", "green", "blue"} <= set(keys):
        raise SpecError(f"{place}: no column is the colour: expected color, or red, green and blue")
    return tuple(key or f"column {number}" for number, key in enumerate(keys, 1))


def _full(fields: list[str], order: tuple[str, ...]) -> list[str]:
    """The fields of a line, with empty ones at its end that spreadsheets leave out or add."""
    while len(fields) > len(order) and not fields[-1]:
        fields = fields[:-1]
    missing = order[len(fields) :]
    if any(not key.startswith(("column", "group", "safe")) for key in missing):
        return fields
    return fields + [""] * len(missing)


def _class(row: Mapping[str, str], place: str) -> LandClass:
    labels = {key: label_of(unguarded(row[key]), place) for key in ("label", "english", "french") if key in row}
    plainest = labels.get("label") or labels.get("english") or labels.get("french") or ""
    group = label_of(unguarded(row.get("group", "")), place) or None
    return LandClass(
        code_of(_whole(row["code"]), place),
        labels.get("english") or plainest,
        labels.get("french") or plainest,
        color_of(row["color"], place) if "color" in row else _of_channels(row, place),
        group,
        color_of(row["safe"], place) if row.get("safe") else None,
    )


def _group(entry: LandClass, row: Mapping[str, str], place: str) -> Group:
    id = entry.group or ""
    english, french = (label_of(unguarded(row.get(f"group_{key}", "")), place) or id for key in ("english", "french"))
    color = color_of(row["group_color"], place) if row.get("group_color") else entry.color
    return Group(id, english, french, color)


def _of_channels(row: Mapping[str, str], place: str) -> Color:
    red, green, blue = (channel_of(_whole(row[key]), place) for key in ("red", "green", "blue"))
    return Color(red << 16 | green << 8 | blue)


def _whole(text: str) -> str:
    """A number without the zeros behind its decimal sign, as spreadsheets may write whole ones."""
    found = _WHOLE.fullmatch(text)
    return text if found is None else found[1]


def _records(text: str, path: Path) -> Iterator[tuple[str, list[str]]]:
    """The lines that are not blank, with their fields stripped, and where each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=_separator(text))
    line = 1
    try:
        for fields in reader:
            if any(field.strip() for field in fields):
                yield f"{path}:{line}", [field.strip() for field in fields]
            line = reader.line_num + 1
    except csv.Error as error:
        raise SpecError(f"{path}:{line}: is not CSV ({error}): expected {_EXPECTED}") from None


def _separator(text: str) -> str:
    """The separator of the fields: the most frequent one outside quotes in the first line that is not blank."""
    first = next((line for line in text.splitlines() if line.strip(" \t;,")), "")
    bare = re.sub(r'"[^"]*"', "", first)
    return max(_SEPARATORS, key=lambda sign: (bare.count(sign), sign == ","))


def _wrong_count(fields: list[str], order: tuple[str, ...]) -> str:
    expected = f"expected {','.join(order)} separated by commas, semicolons or tabs"
    if len(fields) == 1:
        return f"{shown(fields[0])} is one field: {expected}"
    return f"{len(fields)} fields: {expected}; put a label that has one of these in double quotes"
