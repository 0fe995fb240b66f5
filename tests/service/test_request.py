from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from oso_evalscript.service.errors import ServiceError
from oso_evalscript.service.node import Node
from oso_evalscript.service.request import read_bounds, read_data, read_grid
from tests.service.bodies import crs

RING = [[5, 45], [6, 45], [6, 46], [5, 45]]


def bounds(**more: Any) -> Any:
    return read_bounds(Node(more, "input->bounds"))


def data(**more: Any) -> Any:
    return read_data(Node([{"type": "sentinel-2-l2a", **more}], "input->data"))[0]


def test_a_box_lies_in_degrees_where_nothing_else_is_said() -> None:
    found = bounds(bbox=[5, 45, 6, 46])
    assert (found.box, found.degrees, found.geometry) == ((5, 45, 6, 46), (5, 45, 6, 46), None)
    assert bounds(bbox=[5, 45, 6, 46], properties={"crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}) == found


def test_a_geometry_tells_its_box() -> None:
    assert bounds(geometry={"type": "Polygon", "coordinates": [RING]}).box == (5, 45, 6, 46)
    several = {"type": "MultiPolygon", "coordinates": [[RING], [[[7, 45], [8, 45], [8, 47], [7, 45]]]]}
    assert bounds(geometry=several).box == (5, 45, 8, 47)
    assert bounds(geometry=several, bbox=[0, 0, 1, 1]).box == (0, 0, 1, 1)


@pytest.mark.parametrize(
    "wrong",
    [{}, {"bbox": [1, 2, 3]}, {"bbox": [6, 45, 5, 46]}, {"bbox": [5, 45, 5, 46]}, {"bbox": [-190, 0, 1, 1]},
     {"bbox": [5, 45, 6, 46], "properties": {"crs": "EPSG:4326"}}, {"bbox": [5, 45, 6, 46], "properties": {"crs": crs(999999)}},
     {"bbox": [1e9, 1e9, 2e9, 2e9], "properties": {"crs": crs(32631)}}, {"geometry": {"type": "Point", "coordinates": [1, 2]}},
     {"geometry": {"type": "Polygon", "coordinates": [RING[:-1]]}}, {"geometry": {"type": "Polygon", "coordinates": [[[1], [2], [3], [1]]]}},
     {"geometry": {"type": "Polygon", "coordinates": [[[5, 45], [6, 45], [5, 45], [5, 45]]]}}, {"bbox": [5, 45, 6, 46], "properties": {"crs": crs(4978)}}],
)  # fmt: skip
def test_what_is_no_place_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ServiceError) as caught:
        bounds(**wrong)
    assert caught.value.code == "COMMON_BAD_PAYLOAD"


@pytest.mark.parametrize(
    ("output", "size"),
    [({}, (256, 256)), ({"width": 100}, (100, 256)), ({"width": 100.0, "height": 2500}, (100, 2500)), ({"resx": 10, "resy": 20}, (54, 30))],
)  # fmt: skip
def test_sizes_and_resolutions(output: dict[str, Any], size: tuple[int, int]) -> None:
    where = bounds(bbox=[414315, 4958219, 414859, 4958819], properties={"crs": crs(32633)})
    grid = read_grid(Node(output, "output"), where)
    assert (grid.width, grid.height) == size
    assert grid.bounds == pytest.approx(where.box)


@pytest.mark.parametrize("output", [{"width": 0}, {"width": 2501}, {"resx": 10}, {"resx": 0, "resy": 1}, {"resx": 1e-300, "resy": 1}, {"width": 1, "resy": 1}])  # fmt: skip
def test_what_is_no_size_is_refused(output: dict[str, Any]) -> None:
    with pytest.raises(ServiceError):
        read_grid(Node(output, "output"), bounds(bbox=[5, 45, 6, 46]))


def test_a_source_says_when_and_how() -> None:
    span = {"from": "2020-06-01T00:00:00Z", "to": "2020-06-02T00:00:00Z"}
    found = data(
        dataFilter={"timeRange": span, "mosaickingOrder": "leastCC", "maxCloudCoverage": 20},
        processing={"upsampling": "BICUBIC", "harmonizeValues": False},
    )
    assert found.span == (dt.datetime(2020, 6, 1, tzinfo=dt.UTC), dt.datetime(2020, 6, 2, tzinfo=dt.UTC))
    assert (found.order, found.max_cloud_coverage, found.resampling) == ("leastCC", 20, "cubic")
    assert not found.harmonized
    assert data(type="byoc-123").collection.any_bands
    assert data(type="sentinel-1-grd", processing={"orthorectify": True}).processing.orthorectified


@pytest.mark.parametrize(
    "wrong",
    [{"type": "S9"}, {"type": 1}, {"dataFilter": {"mosaickingOrder": "first"}}, {"dataFilter": {"maxCloudCoverage": 101}},
     {"type": "sentinel-1-grd", "dataFilter": {"mosaickingOrder": "leastCC"}}, {"processing": {"upsampling": "LANCZOS"}},
     {"processing": {"backCoeff": "x"}}, {"processing": {"harmonizeValues": "yes"}}, {"dataFilter": {"timeRange": {"from": "2020-06-01T00:00:00Z"}}}],
)  # fmt: skip
def test_what_is_no_source_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ServiceError):
        data(**wrong)


def test_sources_are_told_apart() -> None:
    with pytest.raises(ServiceError, match="one `id`"):
        read_data(Node([{"type": "dem", "id": "a"}, {"type": "dem", "id": "a"}], "input->data"))
    with pytest.raises(ServiceError):
        read_data(Node([], "input->data"))
