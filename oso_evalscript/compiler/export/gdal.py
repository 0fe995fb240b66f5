"""Colour file for `gdaldem color-relief -alpha -nearest_color_entry`.

Each code has a line of its own. A number without one would take the colour of the nearest; so each run of codes has a
transparent line before and after it, and every integer outside the nomenclature is transparent.
Format: https://gdal.org/en/stable/programs/gdaldem.html
"""

from __future__ import annotations

from oso_evalscript.compiler.export.style import Format, Style


def render_gdal(style: Style) -> str:
    """Return code, red, green, blue, alpha and label of every code, and the transparent lines."""
    colored = {entry.code: entry for entry in style.entries}
    guards = {code + step for code in colored for step in (-1, 1)} - colored.keys()
    lines = [f"# {style.title}", "# For gdaldem color-relief -alpha -nearest_color_entry"]
    for code in sorted(guards | colored.keys()):
        entry = colored.get(code)
        if entry is None:
            lines.append(f"{code} 0 0 0 0")
        else:
            red, green, blue = entry.color.rgb
            lines.append(f"{code} {red} {green} {blue} 255 {entry.label}".rstrip())
    return "\n".join(lines) + "\n"


FORMAT = Format("gdal", "gdaldem color-relief -alpha -nearest_color_entry", render_gdal)
