from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest

from oso_evalscript.model.catalog import find_band, find_class_band, find_collection
from oso_evalscript.model.crosswalk import crosswalk
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import Language, available, shipped_colors, shipped_nomenclature
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


def test_oso_17_is_the_table_of_its_producer() -> None:
    # github.com/inglada/iota2, data/references/color.txt: codes and red, green, blue.
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
    assert shipped_nomenclature("oso-23").unverified == ()
    assert shipped_nomenclature("oso-17").unverified == ("english",)


def test_codes_without_a_class_are_listed() -> None:
    found = {id: shipped_nomenclature(id).technical for id in available()}
    assert {id: codes for id, codes in found.items() if codes} == {
        "clc-plus-backbone": (253, 254, 255),
        "corine": (999,),
        "corine-raster": (48,),
    }
    with pytest.raises(ValueError, match="classes and technical: \\[111\\]"):
        replace(shipped_nomenclature("corine"), technical=(111,))


@pytest.mark.parametrize("id", available())
def test_every_class_is_in_exactly_one_group_and_every_group_has_one(id: str) -> None:
    table = shipped_nomenclature(id)
    for level in range(1, table.levels + 1):
        at = table.at_level(level)
        assert sorted(item.code for group in at.groups for item in at.members(group.id)) == [*table.codes]
        assert [[item.code for item in at.members(group.id)] for group in at.groups] == [
            [item.code for item in table.members(group.id)] for group in at.groups
        ]
    assert all(table.members(group.id) for group in table.groups)


def test_the_groups_are_the_same_in_both() -> None:
    assert shipped_nomenclature("oso-17").groups == shipped_nomenclature("oso-23").groups


# Codes and colours, written down from the sources that each file names, not from the file.
PUBLISHED = {
    "esa-worldcover": "10 006400 20 ffbb22 30 ffff4c 40 f096ff 50 fa0000 60 b4b4b4 70 f0f0f0 80 0064c8 90 0096a0 95 00cf75 100 fae6a0",
    "dynamic-world": "0 419bdf 1 397d49 2 88b053 3 7a87c6 4 e49635 5 dfc35a 6 c4281b 7 a59b8f 8 b39fe1",
    "impact-observatory": "1 419bdf 2 397d49 4 7a87c6 5 e49635 7 c4281b 8 a59b8f 9 a8ebff 10 616161 11 e3e2c3",
    "impact-observatory-10": "1 419bdf 2 397d49 3 88b053 4 7a87c6 5 e49635 6 dfc35a 7 c4281b 8 a59b8f 9 a8ebff 10 616161",
    "copernicus-global-land-cover": "0 282828 20 ffbb22 30 ffff4c 40 f096ff 50 fa0000 60 b4b4b4 70 f0f0f0 80 0032c8 90 0096a0 "
    "100 fae6a0 111 58481f 112 009900 113 70663e 114 00cc00 115 4e751f 116 007800 121 666000 122 8db400 123 8d7400 "
    "124 a0dc00 125 929900 126 648c00 200 000080",
    "copernicus-forest-type": "0 282828 1 666000 2 009900 3 70663e 4 a0dc00 5 929900",
    "sentinel-2-scl": "0 000000 1 ff0000 2 2f2f2f 3 643200 4 00a000 5 ffe65a 6 0000ff 7 808080 8 c0c0c0 9 ffffff 10 64c8ff 11 ff96ff",
    "clc-plus-backbone": "1 ff0000 2 228b22 3 80ff00 4 00ff08 5 804000 6 ccf24d 7 ffff80 8 ff80ff 9 bfbfbf 10 0080ff 11 00ffff",
    "corine": "111 e6004d 112 ff0000 121 cc4df2 122 cc0000 123 e6cccc 124 e6cce6 131 a600cc 132 a64d00 133 ff4dff 141 ffa6ff "
    "142 ffe6ff 211 ffffa8 212 ffff00 213 e6e600 221 e68000 222 f2a64d 223 e6a600 231 e6e64d 241 ffe6a6 242 ffe64d "
    "243 e6cc4d 244 f2cca6 311 80ff00 312 00a600 313 4dff00 321 ccf24d 322 a6ff80 323 a6e64d 324 a6f200 331 e6e6e6 "
    "332 cccccc 333 ccffcc 334 000000 335 a6e6cc 411 a6a6ff 412 4d4dff 421 ccccff 422 e6e6ff 423 a6a6e6 511 00ccf2 "
    "512 80f2e6 521 00ffa6 522 a6ffe6 523 e6f2ff",
}  # fmt: skip


@pytest.mark.parametrize("id", PUBLISHED)
def test_codes_and_colours_are_those_of_the_sources(id: str) -> None:
    table = shipped_nomenclature(id)
    words = PUBLISHED[id].split()
    assert {str(item.code): str(item.color)[1:] for item in table.classes} == dict(
        zip(words[::2], words[1::2], strict=True)
    )
    assert len(table.checked) >= 2
    assert table.source
    assert table.licence
    assert table.credit


def test_what_only_one_independent_source_has_is_marked() -> None:
    assert {id: table.single_source for id in available() if (table := shipped_nomenclature(id)).single_source} == {
        "dynamic-world": ("code", "english", "color"),
    }


OSO_23_IN_FRENCH = """
batis denses; batis diffus; ; surfaces routes; colza; cereales à pailles; protéagineux; soja; tournesol; maïs; riz;
tubercules/racines; prairies; vergers; vignes; forets de feuillus; forets de coniferes; pelouses; landes ligneuses;
surfaces minérales; plages et dunes; glaciers ou neiges; eau
"""


def test_french_labels_of_oso_23_are_those_of_the_processing_chain() -> None:
    # github.com/inglada/iota2, data/references/running_iota2/nomenclature.txt, without what it shortens.
    classes = shipped_nomenclature("oso-23").classes
    plain = [_without_accents(item.french) for item in classes]
    expected = [_without_accents(label.strip()) for label in OSO_23_IN_FRENCH.split(";")]
    assert [label for label, other in zip(plain, expected, strict=True) if label != other] == [
        "zones industrielles et commerciales"
    ]


def _without_accents(text: str) -> str:
    return unicodedata.normalize("NFD", text.casefold()).encode("ascii", "ignore").decode()


def test_every_nomenclature_but_the_first_two_has_its_colours_written_down_here() -> None:
    assert {"oso-17", "oso-23", "corine-raster", *PUBLISHED} == {*available()}


def test_the_numbers_of_corine_rasters_follow_its_codes() -> None:
    codes, numbers = shipped_nomenclature("corine"), shipped_nomenclature("corine-raster")
    assert numbers.codes == tuple(range(1, 45))
    assert [replace(item, code=0) for item in codes.classes] == [replace(item, code=0) for item in numbers.classes]
    assert codes.groups == numbers.groups
    rows = crosswalk("corine-raster", "corine").rows
    assert [(row.code, row.codes) for row in rows] == [(place, (code,)) for place, code in enumerate(codes.codes, 1)]


def test_the_digits_of_a_corine_code_are_its_levels() -> None:
    table = shipped_nomenclature("corine")
    assert table.levels == 2
    for level, count in ((1, 5), (2, 15)):
        at = table.at_level(level)
        assert len(at.groups) == count
        digits = {str(item.code)[:level]: item.group for item in at.classes}
        assert [digits[str(item.code)[:level]] for item in at.classes] == [item.group for item in at.classes]
        assert len(set(digits.values())) == len(digits) == count
    assert [item.code for item in table.members("water")] == [511, 512, 521, 522, 523]
    assert [item.code for item in table.members("inland-waters")] == [511, 512]


def test_what_masks_of_sentinel_2_keep() -> None:
    assert [item.code for item in shipped_nomenclature("sentinel-2-scl").members("usable")] == [4, 5, 6, 11]


def test_safe_colours_stand_in_the_place_of_the_official_ones() -> None:
    table = shipped_nomenclature("oso-23").safe()
    assert [item.color for item in table.classes] == [item.safe for item in shipped_nomenclature("oso-23").classes]
    assert [item.english for item in table.classes] == [item.english for item in shipped_nomenclature("oso-23").classes]
    with pytest.raises(SpecError, match="class 1 of the nomenclature oso-23 has no safe colour"):
        table.safe()


def test_editions_that_were_made_in_another_way() -> None:
    assert [item.year for item in shipped_nomenclature("oso-23").breaks] == [2023]
    assert [item.year for item in shipped_nomenclature("esa-worldcover").breaks] == [2021]


def test_grouped_classes_carry_label_and_color_of_their_group() -> None:
    table = shipped_nomenclature("oso-23")
    forest = next(group for group in table.groups if group.id == "forest")
    grouped = table.grouped()
    assert grouped.codes == table.codes
    assert {(item.english, item.french, item.color) for item in grouped.members("forest")} == {
        (forest.english, forest.french, forest.color)
    }
    alone = replace(table, classes=(replace(table.classes[0], group=None), *table.classes[1:]))
    with pytest.raises(SpecError, match="class 1 of the nomenclature oso-23 does not belong to a group"):
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
    with pytest.raises(ValueError, match="has no group forest before built-up, a part of it"):
        replace(table, groups=(replace(table.groups[0], parent="forest"), *table.groups[1:]))
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
    elsewhere = {"dynamic-world", "clc-plus-backbone"}  # in no collection of the catalogue
    assert {id for id in available() if find_class_band(id) is None} == elsewhere


def test_the_colors_read_alone_are_those_of_the_classes() -> None:
    for id in available():
        assert shipped_colors(id) == {item.code: item.color for item in shipped_nomenclature(id).classes}


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
