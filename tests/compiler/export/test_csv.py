from __future__ import annotations

import csv
import io

from hypothesis import given

from oso_evalscript.compiler.export import export
from oso_evalscript.compiler.export.style import one_line
from oso_evalscript.compiler.formulas import guarded
from oso_evalscript.model.nomenclature import Nomenclature
from tests.strategies import nomenclatures


@given(nomenclatures())
def test_each_code_is_a_line_below_the_names(table: Nomenclature) -> None:
    rows = list(csv.reader(io.StringIO(export(table, "csv")), strict=True))
    assert rows == [
        ["code", "label", "color"],
        *([str(item.code), guarded(one_line(item.english)), str(item.color)] for item in table.classes),
    ]
