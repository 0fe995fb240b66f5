"""Colour map of ArcGIS (`.clr`): code, red, green, blue on each line, without labels; other codes have no colour.

https://pro.arcgis.com/en/pro-app/latest/help/data/imagery/colormap-function.htm
"""

from __future__ import annotations

from oso_evalscript.compiler.export.style import Format, Style


def render_arcgis(style: Style) -> str:
    """Return one line per code."""
    return "".join(f"{entry.code} {' '.join(map(str, entry.color.rgb))}\n" for entry in style.entries)


FORMAT = Format("arcgis", "colour map of ArcGIS, .clr", render_arcgis)
