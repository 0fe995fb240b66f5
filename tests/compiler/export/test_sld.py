from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import example, given

from oso_evalscript.compiler.export import export
from oso_evalscript.compiler.export.style import one_line
from oso_evalscript.model.nomenclature import Nomenclature
from tests.strategies import NONCHARACTER, nomenclatures

SLD = "{http://www.opengis.net/sld}"


@given(nomenclatures())
@example(NONCHARACTER)
def test_the_color_map_holds_each_code(table: Nomenclature) -> None:
    root = ET.fromstring(export(table, "sld").encode())
    path = ("NamedLayer", "UserStyle", "FeatureTypeStyle", "Rule", "RasterSymbolizer", "ColorMap")
    (colors,) = root.iterfind("/".join(SLD + name for name in path))
    assert colors.get("type") == "values"
    rows = [(entry.get("quantity"), entry.get("label"), entry.get("color"), entry.get("opacity")) for entry in colors]
    assert rows == [(str(item.code), one_line(item.english), str(item.color), "1") for item in table.classes]
    assert {entry.tag for entry in colors} == {f"{SLD}ColorMapEntry"}
