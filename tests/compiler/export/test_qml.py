from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import example, given

from oso_evalscript.compiler.export import export
from oso_evalscript.compiler.export.style import one_line
from oso_evalscript.model.nomenclature import Nomenclature
from tests.strategies import NONCHARACTER, nomenclatures


@given(nomenclatures())
@example(NONCHARACTER)
def test_the_palette_of_the_first_band_holds_each_code(table: Nomenclature) -> None:
    text = export(table, "qml")
    assert text.splitlines()[1].startswith("<!DOCTYPE qgis ")  # without it QGIS takes the file for something else
    root = ET.fromstring(text.encode())
    assert root.tag == "qgis"
    (renderer,) = root.iterfind("pipe/rasterrenderer")
    assert (renderer.get("type"), renderer.get("band")) == ("paletted", "1")
    rows = [entry.attrib for entry in renderer.iterfind("colorPalette/paletteEntry")]
    assert rows == [
        {"value": str(item.code), "color": str(item.color), "label": one_line(item.english), "alpha": "255"}
        for item in table.classes
    ]
