"""Raster attribute table of GDAL, as PAM reads it from `RASTER.tif.aux.xml` beside the raster: GDAL, QGIS, ArcGIS.

https://gdal.org/en/stable/user/raster_data_model.html#raster-attribute-table
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from oso_evalscript.compiler.export.style import Format, Style

# Name, type (0 whole numbers, 2 text) and use (5 the value, 2 the name, 6 to 9 red to alpha, 0 anything else).
_FIELDS = (
    ("Value", 0, 5),
    ("Label", 2, 2),
    ("Red", 0, 6),
    ("Green", 0, 7),
    ("Blue", 0, 8),
    ("Alpha", 0, 9),
    ("Group", 2, 0),
)


def render_gdal_rat(style: Style) -> str:
    """Return one row per code."""
    root = ET.Element("PAMDataset")
    band = ET.SubElement(root, "PAMRasterBand", band="1")
    table = ET.SubElement(band, "GDALRasterAttributeTable", tableType="thematic")
    for index, (name, kind, use) in enumerate(_FIELDS):
        field = ET.SubElement(table, "FieldDefn", index=str(index))
        for key, value in (("Name", name), ("Type", kind), ("Usage", use)):
            ET.SubElement(field, key).text = str(value)
    for index, entry in enumerate(style.entries):
        row = ET.SubElement(table, "Row", index=str(index))
        for value in (entry.code, entry.label, *entry.color.rgb, 255, entry.group):
            ET.SubElement(row, "F").text = str(value)
    ET.indent(root)
    return f"{ET.tostring(root, encoding='unicode')}\n"  # GDAL passes over the file if a declaration of XML comes first


FORMAT = Format("gdal-rat", "raster attribute table of GDAL, .aux.xml", render_gdal_rat)
