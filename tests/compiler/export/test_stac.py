from __future__ import annotations

import json
import re

import pytest
from hypothesis import example, given

from oso_evalscript.compiler.export import export
from oso_evalscript.model.nomenclature import Nomenclature, shipped_nomenclature
from tests.strategies import NONCHARACTER, nomenclatures


@given(nomenclatures())
@example(NONCHARACTER)
def test_the_classes_keep_the_schema(table: Nomenclature) -> None:
    # github.com/stac-extensions/classification, v2.0.0, json-schema/schema.json: what it asks of a class object.
    classes = json.loads(export(table, "stac"))["classification:classes"]
    assert [item["value"] for item in classes] == [*table.codes]
    for item in classes:
        assert re.fullmatch(r"[0-9A-Za-z_-]+", item["name"])
        assert re.fullmatch(r"[0-9A-F]{6}", item["color_hint"])
        assert item["title"]
        assert item["description"]
    assert len({item["name"] for item in classes}) == len(classes)


def test_labels_without_latin_letters_and_equal_ones_get_names_of_their_own() -> None:
    classes = json.loads(export(shipped_nomenclature("oso-23"), "stac", groups=True))["classification:classes"]
    assert classes[3]["name"] == "built-up-4"
    assert classes[22]["name"] == "water"


def test_pystac_reads_them() -> None:
    pystac = pytest.importorskip("pystac", reason="no pystac here: pip install pystac", exc_type=ImportError)
    extension = pytest.importorskip("pystac.extensions.classification", reason="pip install pystac-ext-classification")
    table = shipped_nomenclature("oso-17")
    document = json.loads(export(table, "stac"))
    item = pystac.Item.from_dict(
        {
            "type": "Feature",
            "stac_version": "1.0.0",
            "id": "OCS_2017",
            "geometry": None,
            "properties": {
                "datetime": "2017-01-01T00:00:00Z",
                "classification:classes": document["classification:classes"],
            },
            "stac_extensions": document["stac_extensions"],
            "links": [],
            "assets": {},
        }
    )
    assert extension.ClassificationExtension.has_extension(item)
    read = extension.ClassificationExtension.ext(item).classes
    assert [(one.value, one.title, f"#{one.color_hint.lower()}") for one in read] == [
        (one.code, one.english, str(one.color)) for one in table.classes
    ]
    again = [  # its own constructor refuses what is not allowed
        extension.Classification.create(one.value, one.description, one.name, one.title, one.color_hint) for one in read
    ]
    assert [one.to_dict() for one in again] == document["classification:classes"]
