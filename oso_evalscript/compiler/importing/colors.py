"""Colour files of GDAL and GRASS: a code, red, green, blue, and perhaps alpha and a label, on each line.

Between the numbers stand blanks, commas or colons; `#` begins a comment. Lines that colour no class are passed over:
those with alpha 0, `nv` (no data) and `default`. What only a ramp has (percentages, interpolation) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from oso_evalscript.compiler.importing.rows import channel_of, code_of, label_of, plain_nomenclature, shown, text_of
from oso_evalscript.model.color import Color
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import LandClass, Nomenclature

_EXPECTED = "lines such as `1 0 0 255 255 Water`: code, red, green, blue, and perhaps alpha and a label"
_SEPARATOR = r"[ \t,:]+"
_LINE = re.compile(
    rf"(?P<code>[^ \t,:]+){_SEPARATOR}(?P<red>[0-9]+){_SEPARATOR}(?P<green>[0-9]+){_SEPARATOR}(?P<blue>[0-9]+)"
    rf"(?:{_SEPARATOR}(?P<alpha>[0-9]+)(?![^ \t,:]))?(?:[ \t,:](?P<label>.*))?"
)
# A line of QGIS's colour map files, which say how to read them.
_QGIS_EXACT = "INTERPOLATION:EXACT"
_NO_CLASS = ("nv", "default", "end")


def read_colors(data: bytes, path: Path, name: str) -> Nomenclature:
    """Return the nomenclature that a colour file holds; where a line has no label, it is empty."""
    return plain_nomenclature(_rows(text_of(data, path), path), path, name, expected=_EXPECTED)


def _rows(text: str, path: Path) -> Iterator[tuple[str, LandClass]]:
    for number, raw in enumerate(text.split("\n"), 1):
        line, place = raw.strip(), f"{path}:{number}"
        word = re.split(_SEPARATOR, line, maxsplit=1)[0].lower()
        if not line or line.startswith("#") or line == _QGIS_EXACT or word in _NO_CLASS:
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise SpecError(f"{place}: {shown(line)} is not a line of a colour file: expected {_EXPECTED}")
        red, green, blue, alpha = (channel_of(match[key] or "255", place) for key in ("red", "green", "blue", "alpha"))
        if alpha == 0:
            continue
        if alpha < 255:
            raise SpecError(f"{place}: alpha {alpha} is neither 0 nor 255: expected opaque classes")
        label = label_of(match["label"] or "", place)
        yield place, LandClass(code_of(match["code"], place), label, label, Color(red << 16 | green << 8 | blue))
