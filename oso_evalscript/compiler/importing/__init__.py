"""Reading nomenclatures: those that come with the package by id, and a user's own from a file of any known format."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from pathlib import Path

from oso_evalscript.compiler.importing.colors import read_colors
from oso_evalscript.compiler.importing.csv import read_csv
from oso_evalscript.compiler.importing.qml import read_qml
from oso_evalscript.compiler.importing.rows import shown
from oso_evalscript.compiler.importing.toml import read_toml
from oso_evalscript.compiler.reading import read_bytes
from oso_evalscript.model import nomenclature
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import Nomenclature

FORMATS: dict[str, Callable[[bytes, Path, str], Nomenclature]] = {
    ".toml": read_toml,
    ".csv": read_csv,
    ".clr": read_colors,
    ".txt": read_colors,
    ".qml": read_qml,
}
"""By the ending of the file: what reads its bytes, given its path and the id where it names none."""

_MAX_BYTES = 4_000_000


def load_nomenclature(id_or_path: str | Path) -> Nomenclature:
    """Return the nomenclature with this id, or read it from a file.

    Files are TOML like those of the package, CSV (`code,label,color`, the header is optional, also as Excel writes
    it), colour files of GDAL, GRASS and ArcGIS (`.clr`, `.txt`), and paletted styles of QGIS (`.qml`). A single label
    is used for both languages; without an id in the file, the id is the file name without its ending.

    Raises:
        SpecError: there is no such id or file, or the file is invalid; the message names the file, the line and what
            is expected.
    """
    if isinstance(id_or_path, str) and id_or_path in nomenclature.available():
        return nomenclature.shipped_nomenclature(id_or_path)
    path = Path(id_or_path)
    reader = FORMATS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(nomenclature.available())
        endings = ", ".join(FORMATS)
        near = difflib.get_close_matches(os.fspath(id_or_path).lower(), nomenclature.available(), n=1)
        hint = f"did you mean `{near[0]}`? " if near else ""
        raise SpecError(
            f"there is no nomenclature {shown(os.fspath(id_or_path))}: {hint}expected {known} "
            f"or a file ending in {endings}"
        )
    name = os.fsencode(path.stem).decode("utf-8", "replace")
    return reader(read_bytes(path, _MAX_BYTES, "nomenclature"), path, name)
