"""Style files and legends for other programs: each format is one file with one pure function from style to text."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence

from oso_evalscript.compiler.export.style import Format, style_of
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import Language, LanguageCode, Nomenclature


def _formats() -> dict[str, Format]:
    """The formats by name; the files of this folder that end with a `FORMAT` are the list."""
    modules = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    found: list[Format] = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    return {item.name: item for item in sorted(found, key=lambda item: item.name)}


FORMATS = _formats()
"""The formats by name."""


def export(
    table: Nomenclature,
    to: str,
    *,
    language: Language | LanguageCode = Language.ENGLISH,
    groups: bool = False,
    columns: Sequence[str] = (),
) -> str:
    """Return a nomenclature in the format of another program; the same input gives the same text, always.

    Args:
        table: the classes.
        to: the name of the format, one of `FORMATS`.
        language: of the labels.
        groups: whether each class takes the label and the colour of its group.
        columns: further columns of a table, from `style.COLUMNS`; only for formats that have columns.

    Raises:
        SpecError: there is no such format or column, or a class belongs to no group.
    """
    if to not in FORMATS:
        raise SpecError(f"there is no format `{to}`: expected {', '.join(FORMATS)}")
    if columns and not FORMATS[to].has_columns:
        able = ", ".join(item.name for item in FORMATS.values() if item.has_columns)
        raise SpecError(f"the format `{to}` has no columns to choose; those of {able} can be chosen")
    return FORMATS[to].render(style_of(table.grouped() if groups else table, language, columns))
