"""Values, names and palette for the Code Editor of Earth Engine, as JavaScript; pixels of other values are masked.

Each colour of `palette` belongs to the value at the same place, so `remap` renumbers the image before it is drawn.
https://developers.google.com/earth-engine/guides/image_visualization
"""

from __future__ import annotations

import json
import textwrap

from oso_evalscript.compiler.export.style import Format, Style

_USE = """
// The classes of an image of one band, as a layer: Map.addLayer(classLayer(image), classVisualization, 'classes');
var classVisualization = { min: 0, max: classes.values.length - 1, palette: classes.palette };

function classLayer(image) {
  return image.remap(
    classes.values,
    classes.values.map(function (_, place) {
      return place;
    }),
  );
}
"""


def render_earth_engine(style: Style) -> str:
    """Return the three lists, and a function that turns an image into a layer."""
    comments = [f"// {line}" for text in (style.title, style.credit) for line in textwrap.wrap(text, 97)]
    names = "".join(f"    {json.dumps(entry.label, ensure_ascii=False)},\n" for entry in style.entries)
    values = "".join(f"    {entry.code},\n" for entry in style.entries)
    palette = "".join(f"    '{str(entry.color)[1:]}',\n" for entry in style.entries)
    lists = f"var classes = {{\n  values: [\n{values}  ],\n  names: [\n{names}  ],\n  palette: [\n{palette}  ],\n}};\n"
    return "\n".join([*comments, lists + _USE])


FORMAT = Format("earth-engine", "values, names and palette for Earth Engine, JavaScript", render_earth_engine)
