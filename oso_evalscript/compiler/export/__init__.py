"""Style files and legends for other programs: each format is one file with one pure function from style to text."""

from __future__ import annotations

from collections.abc import Callable

from oso_evalscript.compiler.export.csv import render_csv
from oso_evalscript.compiler.export.gdal import render_gdal
from oso_evalscript.compiler.export.qml import render_qml
from oso_evalscript.compiler.export.rio_tiler import render_rio_tiler
from oso_evalscript.compiler.export.sld import render_sld
from oso_evalscript.compiler.export.stac import render_stac
from oso_evalscript.compiler.export.style import Style, style_of
from oso_evalscript.compiler.export.svg import render_svg
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import Language, Nomenclature

FORMATS: dict[str, Callable[[Style], str]] = {
    "qml": render_qml,
    "sld": render_sld,
    "gdal": render_gdal,
    "rio-tiler": render_rio_tiler,
    "stac": render_stac,
    "csv": render_csv,
    "svg": render_svg,
}
"""The formats by name."""


def export(table: Nomenclature, to: str, *, language: Language = Language.ENGLISH, groups: bool = False) -> str:
    """Return a nomenclature in the format of another program; the same input gives the same text, always.

    Args:
        table: the classes.
        to: the name of the format, one of `FORMATS`.
        language: of the labels.
        groups: whether each class takes the label and the colour of its group.

    Raises:
        SpecError: there is no such format, or a class belongs to no group.
    """
    if to not in FORMATS:
        raise SpecError(f"there is no format `{to}`: there is {', '.join(FORMATS)}")
    return FORMATS[to](style_of(table.grouped() if groups else table, language))
