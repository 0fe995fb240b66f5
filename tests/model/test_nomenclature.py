from __future__ import annotations

import re
from dataclasses import replace

import pytest

from oso_evalscript.model.catalog import find_band, find_class_band, find_collection
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import available, load_nomenclature
from tests.conftest import ROOT

PAGE = (ROOT / "tests/data/cnes-land-cover-page.txt").read_text(encoding="utf-8")


def test_oso_23_is_the_table_of_the_page() -> None:
    table = PAGE[PAGE.index("ValueLabelColor") : PAGE.index("Accessing the Data")]
    rows = re.findall(r"^(\d{1,2})(\D.*?) (#[0-9a-f]{6})$", table, re.MULTILINE)
    assert len(rows) == 23
    classes = load_nomenclature("oso-23").classes
    assert [(str(item.code), item.english, str(item.color)) for item in classes] == rows


def test_oso_23_says_whose_it_is() -> None:
    table = load_nomenclature("oso-23")
    assert table.licence == "Etalab Open Licence 2.0"
    attribution = PAGE[PAGE.index("Attribution") :].split("\n", 1)[1].strip()
    assert table.credit == attribution
    assert "9baa2732-6597-49d2-ae3b-68ba0a5386b2" in table.source


def test_codes_run_from_1_to_23_and_no_two_classes_look_alike() -> None:
    classes = load_nomenclature("oso-23").classes
    assert [item.code for item in classes] == list(range(1, 24))
    for label in ("english", "french", "color"):
        assert len({getattr(item, label) for item in classes}) == 23


def test_codes_must_ascend() -> None:
    table = load_nomenclature("oso-23")
    with pytest.raises(ValueError, match="must ascend"):
        replace(table, classes=(*table.classes, table.classes[0]))


def test_an_unknown_nomenclature_is_answered_with_those_there_are() -> None:
    assert available() == ("oso-23",)
    with pytest.raises(SpecError, match="no nomenclature `oso-24`: there is oso-23"):
        load_nomenclature("oso-24")


def test_the_catalogue_names_the_nomenclature_and_repeats_no_class() -> None:
    text = (ROOT / "oso_evalscript/model/catalog.toml").read_text(encoding="utf-8")
    for item in load_nomenclature("oso-23").classes:
        assert str(item.color) not in text
        assert f'"{item.english}"' not in text
    band = find_class_band("oso-23")
    assert band is not None
    assert band.name == "OCS"
    assert band.values == ()


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
