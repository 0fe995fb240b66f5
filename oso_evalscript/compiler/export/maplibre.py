"""Style of MapLibre and Mapbox for polygons whose property `class` is the code, as JSON; others are not drawn.

Neither draws the codes of a raster: serve it as a picture, or convert it to polygons. Put the data into the source
`classes`; if their property has another name, put that in place of `class`.
https://maplibre.org/maplibre-style-spec/
"""

from __future__ import annotations

import json

from oso_evalscript.compiler.export.style import Format, Style

PROPERTY = "class"
_CLEAR = "rgba(0, 0, 0, 0)"


def render_maplibre(style: Style) -> str:
    """Return a whole style: an empty source with the credit, and one layer that is filled by code."""
    code = ["to-string", ["get", PROPERTY]]  # as a number, a missing property would be 0
    cases = [item for entry in style.entries for item in (str(entry.code), str(entry.color))]
    source = {
        "type": "geojson",
        "attribution": style.credit,
        "data": {"type": "FeatureCollection", "features": []},
    }
    layer = {
        "id": "classes",
        "type": "fill",
        "source": "classes",
        "metadata": {"labels": {str(entry.code): entry.label for entry in style.entries}},
        "paint": {"fill-color": ["match", code, *cases, _CLEAR], "fill-antialias": False},
    }
    document = {"version": 8, "name": style.title, "sources": {"classes": source}, "layers": [layer]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


FORMAT = Format("maplibre", "MapLibre and Mapbox style of polygons, JSON", render_maplibre)
