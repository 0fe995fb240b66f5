from __future__ import annotations

import json
from typing import Any

import pytest

from oso_evalscript.runtime.archive import Item
from oso_evalscript.service.local import Call, Service
from oso_evalscript.service.programs import Limits
from oso_evalscript.service.sources import MadeUp
from tests.service.bodies import TOKEN, error_of, send

ROOT = "/api/v1/catalog/1.0.0"
BOX = [5.0, 45.0, 5.2, 45.2]


def get(service: Service, path: str, query: str = "") -> dict[str, Any]:
    answer, _ = service.answer(Call("GET", path, TOKEN, query=query))
    assert answer.status == 200, answer.body
    found: dict[str, Any] = json.loads(answer.body)
    return found


def find(service: Service, **more: Any) -> dict[str, Any]:
    asked = {"collections": ["sentinel-2-l2a"], "bbox": BOX, "datetime": "2020-06-01T00:00:00Z/2020-07-30T00:00:00Z"}
    answer = send(service, {**asked, **more}, path=f"{ROOT}/search")
    assert answer.status == 200, answer.body
    found: dict[str, Any] = json.loads(answer.body)
    return found


def everything(service: Service, **more: Any) -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = find(service, limit=100, **more)["features"]
    return features


def test_items_are_those_that_images_are_made_of(service: Service) -> None:
    items = everything(service)
    assert len(items) == 12
    assert [item["properties"]["datetime"] for item in items] == sorted(
        (item["properties"]["datetime"] for item in items), reverse=True
    )
    for item in items:
        assert item["bbox"][0] <= BOX[2]
        assert item["geometry"]["coordinates"][0][0][0] == item["geometry"]["coordinates"][0][0][-1]
        assert 0 <= item["properties"]["eo:cloud_cover"] <= 100
        assert item["properties"]["proj:bbox"] == item["bbox"]  # which sentinelhub-py splits areas by


def test_pages_make_the_whole(service: Service) -> None:
    seen: list[str] = []
    page: dict[str, Any] = {"limit": 5}
    while True:
        found = find(service, **page)
        seen += [item["id"] for item in found["features"]]
        assert found["context"]["returned"] == len(found["features"])
        if "next" not in found["context"]:
            break
        page["next"] = found["context"]["next"]
    assert seen == [item["id"] for item in everything(service)]


@pytest.mark.parametrize(
    ("language", "filter_"),
    [
        ("cql2-text", "eo:cloud_cover < 30 AND NOT (eo:cloud_cover >= 30)"),
        ("cql2-json", {"op": "<", "args": [{"property": "eo:cloud_cover"}, 30]}),
    ],
)
def test_filters_keep_what_passes(service: Service, language: str, filter_: object) -> None:
    kept = everything(service, filter=filter_, **{"filter-lang": language})
    clear = [item["id"] for item in everything(service) if item["properties"]["eo:cloud_cover"] < 30]
    assert 0 < len(clear) < 12
    assert [item["id"] for item in kept] == clear


def test_the_days_alone(service: Service) -> None:
    days = find(service, distinct="date", limit=100)["features"]
    assert days == list(dict.fromkeys(item["properties"]["datetime"][:10] for item in everything(service)))


def test_fields_choose_what_comes_back(service: Service) -> None:
    item = everything(service, fields={"include": ["properties.datetime"], "exclude": []})[0]
    assert set(item) == {"id", "type", "properties"}
    assert set(item["properties"]) == {"datetime"}
    assert "geometry" not in everything(service, fields={"exclude": ["geometry"]})[0]


def test_a_polygon_finds_what_it_touches(service: Service) -> None:
    ring = [[4.2, 45.2], [4.8, 45.2], [4.8, 45.8], [4.2, 45.8], [4.2, 45.2]]
    found = everything(service, bbox=None, intersects={"type": "Polygon", "coordinates": [ring]})
    assert {item["id"][-7:] for item in found} == {"45N004E"}


def test_an_item_is_found_by_its_id(service: Service) -> None:
    item = everything(service)[3]
    assert get(service, f"{ROOT}/collections/sentinel-2-l2a/items/{item['id']}")["id"] == item["id"]
    assert [each["id"] for each in everything(service, ids=[item["id"], "other"])] == [item["id"]]
    answer, _ = service.answer(Call("GET", f"{ROOT}/collections/sentinel-2-l2a/items/other", TOKEN))
    assert error_of(answer)["code"] == "COMMON_NOT_FOUND"


def test_the_catalogue_describes_itself(service: Service) -> None:
    assert get(service, f"{ROOT}/")["type"] == "Catalog"
    assert get(service, f"{ROOT}/conformance")["conformsTo"]
    listed = [item["id"] for item in get(service, f"{ROOT}/collections")["collections"]]
    assert {"sentinel-2-l2a", "sentinel-1-grd", "dem"} <= set(listed)
    for type_ in listed:
        assert get(service, f"{ROOT}/collections/{type_}")["id"] == type_
    query = "bbox=5,45,5.1,45.1&datetime=2020-06-01/2020-06-30&limit=2"
    assert len(get(service, f"{ROOT}/collections/sentinel-2-l2a/items", query)["features"]) == 2


@pytest.mark.parametrize("name", ["x-99991231T000000-45N005E", "x-20209999T000000-45N005E", "x-²²N005E", "x-99N999E"])
def test_a_name_of_no_item_is_not_found(service: Service, name: str) -> None:
    assert everything(service, ids=[name]) == []


def test_properties_that_are_lists_are_not_compared(service: Service) -> None:
    assert everything(service, filter="proj:bbox < 3") == []
    assert find(service, distinct="proj:bbox", limit=100)["features"] == [[5.0, 45.0, 6.0, 46.0]]


@pytest.mark.parametrize("query", [f"limit={'9' * 5000}", "&".join(["limit=1"] * 60)])
def test_an_invalid_query_is_refused(service: Service, query: str) -> None:
    answer, _ = service.answer(Call("GET", f"{ROOT}/collections/sentinel-2-l2a/items", TOKEN, query=query))
    assert error_of(answer)["code"] == "COMMON_BAD_PAYLOAD"


def test_a_search_has_a_limit_of_time() -> None:
    service = Service(MadeUp(), Limits(request=0.0))
    try:
        answer = send(service, {"collections": ["sentinel-2-l2a"], "bbox": BOX}, path=f"{ROOT}/search")
    finally:
        service.close()
    assert "The search was not done: it did not finish within 0 s" in error_of(answer)["message"]


def test_clouds_are_worked_out_for_a_page_alone(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Item] = []

    def cover(item: Item) -> float:
        asked.append(item)
        return 1.0

    monkeypatch.setattr(Item, "cloud_coverage", property(cover))
    found = find(service, bbox=[0, 40, 10, 50], limit=7)
    assert found["context"]["next"] == 7
    assert len(asked) == 7


def test_own_collections(service: Service) -> None:
    own = get(service, "/api/v1/byoc/collections")["data"]
    assert "9baa2732-6597-49d2-ae3b-68ba0a5386b2" in [item["id"] for item in own]
    one = get(service, f"/api/v1/byoc/collections/{own[0]['id']}")["data"]
    assert one["additionalData"]["bands"]


@pytest.mark.parametrize(
    "change",
    [{"collections": []}, {"collections": ["nothing"]}, {"bbox": [1, 2, 3]}, {"bbox": [5, 4, 1, 2]}, {"limit": 101},
     {"datetime": "soon"}, {"filter": "a <"}, {"filter": 3}, {"bbox": [-181, 0, 1, 1]}, {"next": -1},
     {"bbox": None, "intersects": {"type": "Point", "coordinates": [5, 45]}}, {"ids": ["a"] * 1001},
     {"filter": {"op": "in", "args": [{"property": "a"}, list(range(9999))]}, "filter-lang": "cql2-json"}],
)  # fmt: skip
def test_an_invalid_search_is_refused(service: Service, change: dict[str, Any]) -> None:
    asked = {"collections": ["sentinel-2-l2a"], "bbox": BOX, **change}
    assert error_of(send(service, asked, path=f"{ROOT}/search"))["code"] == "COMMON_BAD_PAYLOAD"
