"""CSV: `code,label,color`, in UTF-8; a first line with these names, in any order, may say the order.

An apostrophe before a sign that begins a formula is no part of the label: exporting puts it there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from oso_evalscript.compiler.formulas import unguarded
from oso_evalscript.compiler.importing.rows import code_of, color_of, label_of, plain_nomenclature, shown, text_of
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import LandClass, Nomenclature

_NAMES = ("code", "label", "color")
_EXPECTED = "lines such as 1,Water,#0000ff"


def read_csv(data: bytes, path: Path, name: str) -> Nomenclature:
    """Return the nomenclature that a CSV file holds."""
    return plain_nomenclature(_rows(text_of(data, path), path), path, name, expected=_EXPECTED)


def _rows(text: str, path: Path) -> Iterator[tuple[str, LandClass]]:
    order = None
    for place, fields in _records(text, path):
        if order is None:
            order = tuple(field.lower() for field in fields)
            if sorted(order) == sorted(_NAMES):
                continue
            order = _NAMES
        if len(fields) != len(order):
            raise SpecError(f"{place}: {_wrong_count(fields)}")
        row = dict(zip(order, fields, strict=True))
        label = label_of(unguarded(row["label"]), place)
        yield place, LandClass(code_of(row["code"], place), label, label, color_of(row["color"], place))


def _records(text: str, path: Path) -> Iterator[tuple[str, list[str]]]:
    """The lines that hold something, without the blanks around their fields, and where each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for fields in reader:
            if any(field.strip() for field in fields):
                yield f"{path}:{line}", [field.strip() for field in fields]
            line = reader.line_num + 1
    except csv.Error as error:
        raise SpecError(f"{path}:{line}: is not CSV ({error}): expected {_EXPECTED}") from None


def _wrong_count(fields: list[str]) -> str:
    expected = "expected code,label,color with commas between"
    for delimiter, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(fields) == 1 and delimiter in fields[0]:
            return f"the fields are separated by {word}: {expected}"
    if len(fields) == 1:
        return f"{shown(fields[0])} is one field: {expected}"
    return f"{len(fields)} fields: {expected}; a label with a comma stands in double quotes"
