from __future__ import annotations

import re
from dataclasses import replace

import pytest

from oso_evalscript.model.catalog import find_band, find_class_band, find_collection
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import Language, available, shipped_nomenclature
from tests.conftest import ROOT

PAGE = (ROOT / "tests/data/cnes-land-cover-page.txt").read_text(encoding="utf-8")


def test_oso_23_is_the_table_of_the_page() -> None:
    table = PAGE[PAGE.index("ValueLabelColor") : PAGE.index("Accessing the Data")]
    rows = re.findall(r"^(\d{1,2})(\D.*?) (#[0-9a-f]{6})$", table, re.MULTILINE)
    assert len(rows) == 23
    classes = shipped_nomenclature("oso-23").classes
    assert [(str(item.code), item.english, str(item.color)) for item in classes] == rows


def test_oso_23_says_whose_it_is() -> None:
    table = shipped_nomenclature("oso-23")
    assert table.licence == "Etalab Open Licence 2.0"
    attribution = PAGE[PAGE.index("Attribution") :].split("\n", 1)[1].strip()
    assert table.credit == attribution
    assert "9baa2732-6597-49d2-ae3b-68ba0a5386b2" in table.source


def test_codes_run_from_1_to_23_and_no_two_classes_look_alike() -> None:
    classes = shipped_nomenclature("oso-23").classes
    assert [item.code for item in classes] == list(range(1, 24))
    for label in ("english", "french", "color"):
        assert len({getattr(item, label) for item in classes}) == 23


def test_oso_17_is_the_table_of_its_users() -> None:
    # github.com/LBaudoux/MLULC, utils/image_type.py: codes and red, green, blue.
    published = {
        11: (255, 85, 0), 12: (255, 255, 127), 31: (0, 156, 0), 32: (0, 50, 0), 34: (170, 255, 0), 36: (85, 170, 127),
        41: (255, 0, 255), 42: (255, 85, 255), 43: (255, 170, 255), 44: (0, 255, 255), 45: (255, 0, 0),
        46: (255, 184, 2), 51: (0, 0, 255), 53: (190, 190, 190), 211: (170, 170, 0), 221: (170, 170, 255), 222: (85, 0, 0),
    }  # fmt: skip
    table = shipped_nomenclature("oso-17")
    assert {item.code: item.color.rgb for item in table.classes} == published
    for label in ("english", "french", "color"):
        assert len({getattr(item, label) for item in table.classes}) == 17


def test_what_no_source_of_the_producer_confirms_is_marked() -> None:
    assert shipped_nomenclature("oso-23").unverified == ("french",)
    assert shipped_nomenclature("oso-17").unverified == ("english", "french", "color")


@pytest.mark.parametrize("id", available())
def test_every_class_is_in_exactly_one_group_and_every_group_has_one(id: str) -> None:
    table = shipped_nomenclature(id)
    assert sorted(code for group in table.groups for code in [item.code for item in table.members(group.id)]) == [
        *table.codes
    ]
    assert all(table.members(group.id) for group in table.groups)


def test_the_groups_are_the_same_in_both() -> None:
    assert shipped_nomenclature("oso-17").groups == shipped_nomenclature("oso-23").groups


def test_grouped_classes_carry_label_and_color_of_their_group() -> None:
    table = shipped_nomenclature("oso-23")
    forest = next(group for group in table.groups if group.id == "forest")
    grouped = table.grouped()
    assert grouped.codes == table.codes
    assert {(item.english, item.french, item.color) for item in grouped.members("forest")} == {
        (forest.english, forest.french, forest.color)
    }
    alone = replace(table, classes=(replace(table.classes[0], group=None), *table.classes[1:]))
    with pytest.raises(SpecError, match="class 1 of the nomenclature oso-23 belongs to no group"):
        alone.grouped()


def test_labels_by_language() -> None:
    water = shipped_nomenclature("oso-23").classes[-1]
    assert [water.label(language) for language in Language] == ["Water", "Eau"]


def test_a_nomenclature_is_valid_once_constructed() -> None:
    table = shipped_nomenclature("oso-23")
    first, *rest = table.classes
    with pytest.raises(ValueError, match="must ascend"):
        replace(table, classes=(*table.classes, first))
    with pytest.raises(ValueError, match=r"must lie in 0\.\.65535"):
        replace(table, classes=(replace(first, code=-1), *rest))
    with pytest.raises(ValueError, match=r"must lie in 0\.\.65535"):
        replace(table, classes=(*table.classes, replace(first, code=65_536)))
    with pytest.raises(ValueError, match="has no group heath, which class 1 names"):
        replace(table, classes=(replace(first, group="heath"), *rest))
    with pytest.raises(ValueError, match="named once each"):
        replace(table, groups=(*table.groups, table.groups[0]))


def test_an_unknown_nomenclature_is_answered_with_those_there_are() -> None:
    assert {"oso-17", "oso-23"} <= {*available()}
    with pytest.raises(SpecError, match=f"no nomenclature `oso-24`: there is {', '.join(available())}"):
        shipped_nomenclature("oso-24")


def test_the_catalogue_names_the_nomenclature_and_repeats_no_class() -> None:
    text = (ROOT / "oso_evalscript/model/catalog.toml").read_text(encoding="utf-8")
    for item in shipped_nomenclature("oso-23").classes:
        assert str(item.color) not in text
        assert f'"{item.english}"' not in text
    band = find_class_band("oso-23")
    assert band is not None
    assert band.name == "OCS"
    assert band.values == ()
    assert find_class_band("oso-17") is band
    assert {band.nomenclature, *band.other_nomenclatures} == {"oso-17", "oso-23"}
    assert all(find_class_band(id) is not None for id in available())
    assert find_class_band("corine") is None


def test_bands_that_one_collection_alone_has_tell_the_collection() -> None:
    collection = find_collection(["OCS_Confidence", "dataMask"])
    assert collection is not None
    assert collection.nomenclature == "oso-23"
    assert find_collection(["dataMask"]) is None
    assert find_collection(["OCS", "B04"]) is None
    assert find_band("B99") is None


def test_the_official_ends_of_the_continuous_legends() -> None:
    confidence, validity = find_band("OCS_Confidence"), find_band("OCS_Validity")
    assert confidence is not None
    assert validity is not None
    assert [(value, str(color)) for value, color in confidence.ramp] == [(1, "#000000"), (100, "#00c800")]
    assert [(value, str(color)) for value, color in validity.ramp] == [(1, "#000000"), (45, "#e60000")]
