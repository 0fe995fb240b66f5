from __future__ import annotations

from hypothesis import given

from oso_evalscript.compiler.export import export
from oso_evalscript.model.nomenclature import Nomenclature, shipped_nomenclature
from tests.strategies import nomenclatures


def lines(table: Nomenclature) -> list[list[str]]:
    return [line.split(maxsplit=5) for line in export(table, "gdal").splitlines() if not line.startswith("#")]


@given(nomenclatures())
def test_whole_numbers_outside_the_nomenclature_are_nearest_to_a_transparent_line(table: Nomenclature) -> None:
    rows = lines(table)
    values = [int(row[0]) for row in rows]
    assert values == sorted(set(values))
    alphas = {int(row[0]): row[4] for row in rows}
    for code in table.codes:
        assert alphas[code] == "255"
        assert {alphas[near] for near in (code - 1, code + 1) if near not in table.codes} <= {"0"}


def test_one_line_guards_two_runs() -> None:
    values = [int(row[0]) for row in lines(shipped_nomenclature("oso-17"))]
    assert values[:9] == [10, 11, 12, 13, 30, 31, 32, 33, 34]
