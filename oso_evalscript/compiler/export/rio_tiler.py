"""Colour map of rio-tiler and titiler, as JSON: code → red, green, blue, alpha; other codes are transparent."""

from __future__ import annotations

import json

from oso_evalscript.compiler.export.style import Format, Style


def render_rio_tiler(style: Style) -> str:
    """Return one line per code."""
    rows = (f"  {json.dumps(str(entry.code))}: {json.dumps([*entry.color.rgb, 255])}" for entry in style.entries)
    return "{\n" + ",\n".join(rows) + "\n}\n"


FORMAT = Format("rio-tiler", "colour map of rio-tiler and titiler, JSON", render_rio_tiler)
