from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from oso_evalscript import Program, Source, compile
from oso_evalscript.compiler.spec import MaskSpec, PaletteSpec, spec_from_dict
from oso_evalscript.model.catalog import named_collection
from oso_evalscript.model.nomenclature import shipped_nomenclature
from oso_evalscript.runtime.classes import Classes, class_table, find_classes

LAND = named_collection("cnes-land-cover")
TABLE = "const viz = new ColorMapVisualizer([[10, 0x006400], // Trees\n [80, 0x0064c8] // Water\n]);"


def found(bands: str, head: str = TABLE, collection: str | None = None) -> Classes | None:
    script = f"""{head}
      function setup() {{ return {{ input: [{bands}], output: {{ bands: 3 }} }}; }}
      function evaluatePixel(s) {{ return [0, 0, 0]; }}"""
    with Program(script, collection=collection) as program:
        return find_classes(program.source, program.setup, program.origins)


def test_editions_are_told_by_the_colours_or_a_comment() -> None:
    later, earlier = (compile(PaletteSpec(name="palette", nomenclature=name)) for name in ("oso-23", "oso-17"))
    tables = [class_table(source, LAND) for source in (later, earlier)]
    assert [table and table.id for table in tables] == ["oso-23", "oso-17"]
    told = class_table(Source("// what I draw, oso: nomenclature oso-17\n"), LAND)
    assert told is not None
    assert told.id == "oso-17"
    assert class_table(earlier, named_collection("sentinel-2-l2a")) is None


@pytest.mark.parametrize(
    ("bands", "band"),
    [('"lc"', "lc"), ('"lc", "dataMask"', "lc"), ('"B04", "B08"', None), ('"a", "b"', None), ('"Map"', "Map")],
)
def test_the_codes_of_a_table_belong_to_the_only_band_that_may_hold_them(bands: str, band: str | None) -> None:
    classes = found(bands)
    assert (None if classes is None else classes.band) == band
    if classes is not None:
        # Half of the colours are those of WorldCover, whose labels a table of its band `Map` has then.
        official = {10: "Tree cover", 80: "Permanent water bodies"}
        wanted = official if band == "Map" else {10: "Trees", 80: "Water"}
        assert {code: classes.labels[code] for code in wanted} == wanted


@pytest.mark.parametrize("template", ["palette", "mask", "statistics", "confidence"])
@pytest.mark.parametrize("id", ["corine", "dynamic-world"])
def test_a_band_of_ones_own_has_the_classes_that_a_comment_names(template: str, id: str) -> None:
    table = shipped_nomenclature(id)
    keys: dict[str, Any] = {"mask": {"groups": ["water"]}, "confidence": {"confidence": "prob", "threshold": 60}}
    spec = {"template": template, "name": "x", "nomenclature": id, "band": "label", **keys.get(template, {})}
    with Program(compile(spec_from_dict(spec))) as program:
        classes = find_classes(program.source, program.setup, program.origins)
    assert classes is not None
    assert (classes.band, classes.codes) == ("label", table.codes)
    assert classes.credit.startswith(table.credit.removesuffix("."))


def test_codes_that_a_script_lists_with_their_labels_are_those_of_its_own_band() -> None:
    table = replace(shipped_nomenclature("dynamic-world"), id="mine", licence="")
    spec = MaskSpec(name="m", nomenclature=table, band="cover", classes=("Water",))
    with Program(compile(spec)) as program:
        classes = find_classes(program.source, program.setup, program.origins)
    assert classes is not None
    assert (classes.band, classes.labels) == ("cover", {item.code: item.english for item in table.classes})


def test_land_cover_has_groups_and_credit() -> None:
    classes = found('"OCS", "dataMask"', "// oso: nomenclature oso-23")
    assert classes is not None
    assert classes.codes == shipped_nomenclature("oso-23").codes
    assert classes.groups[1] == "Built-up"
    assert "CNES" in classes.credit


def test_the_catalogue_knows_the_codes_of_a_band_alone() -> None:
    classes = found('"SCL"', "")
    assert classes is not None
    assert (classes.band, classes.labels[6]) == ("SCL", "Water")
    assert found('"SCL", "B04"', "") is None
