"""Styles of QGIS (`.qml`) for rasters drawn by "Paletted/Unique values"; entries with alpha 0 are no classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from oso_evalscript.compiler.importing.rows import code_of, color_of, label_of, plain_nomenclature, shown
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import LandClass, Nomenclature

_EXPECTED = "a QGIS style of a raster drawn by Paletted/Unique values"


class _Entries(ContentHandler):
    """Collects the palette of a style, each entry with its line; the parser wants an object with methods."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, Mapping[str, str]]] = []
        self.inside = False
        self.locator = Locator()

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802  # named by the parser
        self.locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802  # named by the parser
        if name == "rasterrenderer":
            self.inside = attrs.get("type") == "paletted"
        elif name == "paletteEntry" and self.inside:
            self.found.append((self.locator.getLineNumber() or 0, dict(attrs)))


def read_qml(data: bytes, path: Path, name: str) -> Nomenclature:
    """Return the nomenclature that a paletted style holds."""
    return plain_nomenclature(_rows(_entries(data, path), path), path, name, expected=_EXPECTED)


def _entries(data: bytes, path: Path) -> list[tuple[int, Mapping[str, str]]]:
    import defusedxml.sax
    from defusedxml.common import DefusedXmlException

    handler = _Entries()
    try:
        # Every style of QGIS names a DTD elsewhere. That alone is no danger: the parser does not fetch it, and
        # entities, which could ask for files, are refused.
        defusedxml.sax.parseString(data, handler, forbid_external=False)
    except DefusedXmlException:
        raise SpecError(f"{path}: declares XML entities, which no style of QGIS does: expected {_EXPECTED}") from None
    except SAXParseException as error:
        place = f"{path}:{error.getLineNumber()}"
        raise SpecError(f"{place}: is not XML ({error.getMessage()}): expected {_EXPECTED}") from None
    except LookupError:
        raise SpecError(f"{path}:1: names an encoding that is not known: expected {_EXPECTED}, in UTF-8") from None
    return handler.found


def _rows(entries: list[tuple[int, Mapping[str, str]]], path: Path) -> Iterator[tuple[str, LandClass]]:
    for line, entry in entries:
        place = f"{path}:{line}"
        missing = next((key for key in ("value", "color") if key not in entry), None)
        if missing is not None:
            raise SpecError(f"{place}: the entry has no `{missing}`: expected {_EXPECTED}")
        alpha = entry.get("alpha", "255")
        if alpha == "0":
            continue
        if alpha != "255":
            raise SpecError(f"{place}: alpha {shown(alpha)} is neither 0 nor 255: expected opaque classes")
        label = label_of(entry.get("label", ""), place)
        yield place, LandClass(code_of(entry["value"], place), label, label, color_of(entry["color"], place))
