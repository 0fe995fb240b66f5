"""Style of QGIS for a raster: Paletted/Unique values, band 1; other values are not drawn."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from oso_evalscript.compiler.export.style import Format, Style
from oso_evalscript.compiler.export.xml import document

_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_RENDERER = {"type": "paletted", "band": "1", "opacity": "1", "alphaBand": "-1", "nodataColor": ""}


def render_qml(style: Style) -> str:
    """Return one palette entry per code."""
    root = ET.Element("qgis", version="3.22.0", styleCategories="Symbology")
    renderer = ET.SubElement(ET.SubElement(root, "pipe"), "rasterrenderer", _RENDERER)
    ET.SubElement(renderer, "rasterTransparency")
    palette = ET.SubElement(renderer, "colorPalette")
    for entry in style.entries:
        attributes = {"value": str(entry.code), "color": str(entry.color), "label": entry.label, "alpha": "255"}
        ET.SubElement(palette, "paletteEntry", attributes)
    return document(root, _DOCTYPE)


FORMAT = Format("qml", "QGIS, raster drawn by Paletted/Unique values", render_qml)
