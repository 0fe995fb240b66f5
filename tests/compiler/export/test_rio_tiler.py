from __future__ import annotations

import json

from hypothesis import given

from oso_evalscript.compiler.export import export
from oso_evalscript.model.nomenclature import Nomenclature
from tests.strategies import nomenclatures


@given(nomenclatures())
def test_each_code_has_its_opaque_colour(table: Nomenclature) -> None:
    read = json.loads(export(table, "rio-tiler"), object_pairs_hook=list)
    assert read == [(str(item.code), [*item.color.rgb, 255]) for item in table.classes]
