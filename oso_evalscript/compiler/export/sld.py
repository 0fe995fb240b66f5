"""SLD 1.0.0 with a ColorMap of type `values`, as GeoServer reads it: other values are transparent.

https://docs.geoserver.org/latest/en/user/styling/sld/reference/rastersymbolizer.html
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from oso_evalscript.compiler.export.style import Format, Style
from oso_evalscript.compiler.export.xml import document

_NAMESPACE = "http://www.opengis.net/sld"


def render_sld(style: Style) -> str:
    """Return one colour map entry per code."""
    root = ET.Element("StyledLayerDescriptor", version="1.0.0", xmlns=_NAMESPACE)
    layer = ET.SubElement(root, "NamedLayer")
    ET.SubElement(layer, "Name").text = style.title
    user = ET.SubElement(layer, "UserStyle")
    ET.SubElement(user, "Title").text = style.title
    rule = ET.SubElement(ET.SubElement(user, "FeatureTypeStyle"), "Rule")
    colors = ET.SubElement(ET.SubElement(rule, "RasterSymbolizer"), "ColorMap", type="values")
    for entry in style.entries:
        attributes = {"color": str(entry.color), "quantity": str(entry.code), "label": entry.label, "opacity": "1"}
        ET.SubElement(colors, "ColorMapEntry", attributes)
    return document(root)


FORMAT = Format("sld", "SLD, ColorMap of type values", render_sld)
