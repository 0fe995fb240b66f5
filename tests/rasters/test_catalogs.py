"""STAC items as the big catalogues write them: bands by name, common name or key; scales, offsets and dates."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters.running import open_scenes
from oso_evalscript.runtime.program import Program
from tests.rasters.layouts import Layout, values_of, write

RED = """//VERSION=3
function setup() { return { input: [{ bands: ["B04"], units: "DN" }], output: { bands: 1, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) { return [s.B04]; }
"""
ITEM: dict[str, Any] = {
    "type": "Feature", "stac_version": "1.0.0", "id": "S2A_31TCJ_20230601_0_L2A", "bbox": [0, 0, 1, 1], "links": [],
    "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
    "properties": {"datetime": "2023-06-01T10:50:31Z", "eo:cloud_cover": 12.5},
    "assets": {},
}  # fmt: skip


def item(folder: Path, assets: dict[str, Any], name: str = "item.json", **properties: Any) -> np.ndarray[Any, Any]:
    """Write an item of one image of red, and return what that holds."""
    layout = Layout(20, 30, dtype="uint16", seed=7)
    values = values_of(layout, 1) * np.uint16(100)
    write(folder / "red.tif", layout, values)
    data = copy.deepcopy(ITEM)
    data["properties"].update(properties)
    data["assets"] = assets
    (folder / name).write_text(json.dumps(data))
    first: np.ndarray[Any, Any] = values[0]
    return first


def read(path: Path, **words: Any) -> np.ndarray[Any, Any]:
    with Program(RED, collection="S2L2A") as program:
        found: np.ndarray[Any, Any] = program.run(open_scenes(program, path, **words).read())["default"][0]
    return found


OLD = {"B04": {"href": "red.tif", "eo:bands": [{"name": "B04", "common_name": "red"}]}}
EARTH = {"red": {"href": "./red.tif", "eo:bands": [{"name": "red", "common_name": "red"}], "raster:bands": [{"nodata": 0, "scale": 0.0001, "offset": -0.1}]}}  # fmt: skip
CDSE = {
    "B04_10m": {"href": "red.tif", "gsd": 10, "bands": [{"name": "B04", "eo:common_name": "red"}], "raster:scale": 0.0001, "raster:offset": -0.1, "nodata": 0},
    "B04_60m": {"href": "none.tif", "gsd": 60, "bands": [{"name": "B04"}]},
    "TCI": {"href": "none.tif", "roles": ["visual"], "bands": [{"name": "B04"}, {"name": "B03"}, {"name": "B02"}]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("assets", "properties", "lowered"),
    [
        (OLD, {"s2:processing_baseline": "02.14"}, 0),
        (OLD, {"s2:processing_baseline": "05.09"}, 1000),
        (OLD, {}, 0),
        (EARTH, {}, 1000),
        (EARTH, {"earthsearch:boa_offset_applied": True}, 0),
        (EARTH, {"earthsearch:boa_offset_applied": False}, 1000),
        (CDSE, {"processing:version": "05.09"}, 1000),
    ],
)
def test_digital_numbers_are_those_of_the_service(tmp_path: Path, assets: dict[str, Any], properties: dict[str, Any], lowered: int) -> None:  # fmt: skip
    values = item(tmp_path, assets, **properties)
    np.testing.assert_array_equal(read(tmp_path / "item.json"), np.maximum(values.astype(int) - lowered, 0))


SCALED = {"B04": {**OLD["B04"], "raster:bands": [{"scale": 0.0001}]}}


@pytest.mark.parametrize(
    ("assets", "properties", "said"),
    [
        (OLD, {}, True),
        (SCALED, {"s2:processing_baseline": "05.09"}, True),
        (OLD, {"s2:processing_baseline": "02.14"}, False),
        (OLD, {"s2:processing_baseline": "05.09"}, False),
        (OLD, {"datetime": "2022-01-24T10:50:31Z"}, False),
        (EARTH, {}, False),
        (OLD, {"earthsearch:boa_offset_applied": True}, False),
    ],
)
def test_an_offset_that_nobody_says_is_doubted(tmp_path: Path, assets: dict[str, Any], properties: dict[str, Any], said: bool) -> None:  # fmt: skip
    item(tmp_path, assets, **properties)
    with Program(RED, collection="S2L2A") as program:
        notices = open_scenes(program, tmp_path / "item.json").notices
    text = f"{tmp_path / 'red.tif'}: its item says no offset of B04, so digital numbers are taken as they are; if they are 1000 too high, as since processing baseline 04.00, use --units DN --offset -1000"  # fmt: skip
    assert notices == ((text,) if said else ())


@pytest.mark.parametrize(
    ("units", "offset", "said"),
    [
        (None, 0, None),
        ("DN", 0, "offset -0.1 of B04 is not applied, as --units is given; use --offset -1000 to apply it"),
        ("DN", -1000, None),
        ("REFLECTANCE", 0, "scale 0.0001 and offset -0.1 of B04 are not applied, as --units is given"),
    ],
)
def test_what_a_unit_overrules_is_named(tmp_path: Path, units: str | None, offset: float, said: str | None) -> None:
    item(tmp_path, EARTH)
    item(tmp_path, EARTH, "second.json")
    with Program(RED, collection="S2L2A") as program:
        scenes = replace(open_scenes(program, tmp_path, units=units), offset=offset)
    assert scenes.notices == (() if said is None else (f"{tmp_path / 'red.tif'}: the {said} (and 1 more like it)",))


@pytest.mark.parametrize(
    ("assets", "properties"),
    [
        (OLD, {"eo:cloud_cover": "n/a"}),
        ({"B04": {"href": "red.tif", "eo:bands": ["B04"]}}, {}),
        ({"red": {**EARTH["red"], "raster:bands": [{"scale": "x"}]}}, {}),
    ],
)
def test_fields_of_another_type_are_named_in_one_sentence(
    tmp_path: Path, assets: dict[str, Any], properties: dict[str, Any]
) -> None:
    item(tmp_path, assets, **properties)
    said = (
        r"item\.json: the item S2A_31TCJ_20230601_0_L2A does not have the fields that STAC describes \(\w+Error: .*\)$"
    )
    with pytest.raises(RasterError, match=said):
        read(tmp_path / "item.json")


def test_what_the_item_says_of_its_scene(tmp_path: Path) -> None:
    item(tmp_path, OLD)
    item(tmp_path, OLD, "second.json", datetime="2023-06-11T10:50:31Z")
    with Program(RED, collection="S2L2A") as program:
        (one,) = open_scenes(program, tmp_path / "item.json").acquisitions[0]
        both = open_scenes(program, tmp_path).acquisitions[0]
    assert one.date is not None
    assert (one.date.isoformat(), one.cloud_coverage) == ("2023-06-01T10:50:31+00:00", 12.5)
    assert [each.date.day for each in both if each.date] == [1, 11]


def test_collections_of_items_and_catalogues(tmp_path: Path) -> None:
    values = item(tmp_path, OLD)
    feature = json.loads((tmp_path / "item.json").read_text())
    (tmp_path / "all.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    catalog = {"type": "Catalog", "id": "c", "stac_version": "1.0.0", "description": "", "links": [{"rel": "item", "href": "./item.json"}, {"rel": "item", "href": "https://example.com/x.json"}]}  # fmt: skip
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    for name in ("all.geojson", "catalog.json"):
        np.testing.assert_array_equal(read(tmp_path / name), values)


def test_an_asset_can_be_named(tmp_path: Path) -> None:
    values = item(tmp_path, {"x": {"href": "red.tif"}})
    np.testing.assert_array_equal(read(tmp_path / "item.json", bands={"B04": "x"}), values)


@pytest.mark.parametrize(
    ("assets", "said"),
    [
        ({"x": {"href": "red.tif"}}, r"the asset for B04 is not clear; its assets are x: use --band B04=KEY"),
        ({"B04": {"href": "none.tif"}}, r"none\.tif: No such file or directory"),
        ({"B04": {"href": "https://example.com/red.tif"}}, r"which is read only with --network"),
        ({}, "its assets are none"),
    ],
)  # fmt: skip
def test_what_an_item_lacks(tmp_path: Path, assets: dict[str, Any], said: str) -> None:
    item(tmp_path, assets)
    with pytest.raises(RasterError, match=said):
        read(tmp_path / "item.json")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"type": "Feature"}', '{"type": "FeatureCollection", "features": []}', '{"type": "Feature", "id": 1, "properties": 3}'])  # fmt: skip
def test_what_is_no_item(tmp_path: Path, text: str) -> None:
    (tmp_path / "item.json").write_text(text)
    with pytest.raises(RasterError, match="item"):
        read(tmp_path / "item.json")
