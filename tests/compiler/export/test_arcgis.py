from __future__ import annotations

from hypothesis import given

from oso_evalscript.compiler.export import export
from oso_evalscript.compiler.importing.colors import read_colors
from oso_evalscript.model.nomenclature import Nomenclature
from tests.conftest import ROOT
from tests.strategies import nomenclatures


@given(nomenclatures())
def test_each_line_is_four_numbers_and_comes_back(table: Nomenclature) -> None:
    text = export(table, "arcgis")
    rows = [tuple(map(int, line.split(" "))) for line in text.splitlines()]
    assert rows == [(item.code, *item.color.rgb) for item in table.classes]
    read = read_colors(text.encode(), ROOT / "mine.clr", "mine")
    assert [(item.code, item.color) for item in read.classes] == [(item.code, item.color) for item in table.classes]
