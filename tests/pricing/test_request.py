"""JSON is read as a request, or refused in one sentence."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.model.cost import Api, Processing
from oso_evalscript.model.errors import RequestError
from oso_evalscript.pricing.request import (
    Request,
    Search,
    find_requests,
    read_processing,
    read_request,
    read_request_file,
    square_kilometres,
)
from tests.pricing.requests import UTM, fused, kept, process, search, statistics

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
BODIES = [process(), statistics(), search(), fused(), kept(process(), "0.98"), kept(statistics()), kept(search())]


def read(value: Any) -> Request:
    found = read_request(json.dumps(value).encode(), "a.json")
    assert isinstance(found, Request)
    return found


def refused(value: Any) -> str:
    with pytest.raises(RequestError) as caught:
        read_request(value if isinstance(value, bytes) else json.dumps(value).encode(), "a.json")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Where in a value something stands."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inside for place in places(item, (*path, key)))]


def changed(value: Any, path: tuple[str | int, ...], by: Any) -> Any:
    """The value with another thing at that place; `...` takes it away."""
    if not path:
        return by
    result = copy.deepcopy(value)
    parent = result
    for key in path[:-1]:
        parent = parent[key]
    if by is ...:
        del parent[path[-1]]
    else:
        parent[path[-1]] = by
    return result


def test_a_process_request() -> None:
    found = read(process())
    assert (found.api, found.width, found.height) == (Api.PROCESS, 545, 353)
    assert found.responses == {"default": "image/tiff"}
    assert [item.type for item in found.data] == ["sentinel-2-l2a"]
    assert found.source.name == "a.json (evalscript)"
    assert found.recorded is None
    assert found.data[0].time_range is not None


def test_a_request_without_size_and_responses_takes_the_defaults() -> None:
    body = process()
    body["output"] = {}
    found = read(body)
    assert (found.width, found.height, found.responses) == (256, 256, {"default": "image/png"})
    body["output"] = {
        "responses": [{"identifier": "x"}, {"identifier": "userdata", "format": {"type": "application/json"}}]
    }
    assert read(body).responses == {"x": "image/png", "userdata": "application/json"}


@pytest.mark.parametrize("wrap", [lambda kept: kept, lambda kept: kept["request"]])
def test_what_sentinelhub_py_keeps(wrap: Any) -> None:
    found = read(wrap(kept(process(), "0.9785207404252105")))
    assert (found.width, found.height) == (545, 353)
    assert found.address.startswith("https://services.sentinel-hub.com")
    assert read(kept(process(), "0.9785207404252105")).recorded == 0.9785207404252105


@pytest.mark.parametrize("spent", ["", "many", "nan", "inf"])
def test_what_was_charged_is_a_number_or_not_known(spent: str) -> None:
    assert read(kept(process(), spent)).recorded is None


def test_the_address_tells_an_asynchronous_request() -> None:
    assert read(kept(process(), address="https://services.sentinel-hub.com/api/v1/async/process")).api is Api.ASYNC
    assert read(process(delivery={"s3": {"url": "s3://bucket/path"}})).api is Api.ASYNC


def test_the_accept_header_stands_above_the_format() -> None:
    wrapped = kept(process())
    wrapped["request"]["headers"]["accept"] = "application/octet-stream"
    assert read(wrapped).responses == {"default": "application/octet-stream"}


POLYGON = [
    [458085.878866, 5097236.833044], [457813.834156, 5096808.351383], [457979.897062, 5096313.767184],
    [458146.639373, 5096405.411294], [458085.878866, 5097236.833044],
]  # fmt: skip


@pytest.mark.parametrize(
    ("bounds", "step", "span", "of", "pixels", "intervals"),
    [
        # Requests and the sampleCount and number of intervals of the answers, from the page of examples.
        ({"bbox": [414315, 4958219, 414859, 4958819]}, 10, ("2020-07-04", "2020-07-05"), "P1D", 3240, 1),
        ({"bbox": [414315, 4958219, 414859, 4958819]}, 10, ("2020-06-01", "2020-07-31"), "P10D", 3240, 6),
        (
            {"geometry": {"type": "Polygon", "coordinates": [POLYGON]}},
            10,
            ("2020-01-01", "2020-12-31"),
            "P30D",
            3036,
            12,
        ),
        (
            {"geometry": {"type": "Polygon", "coordinates": [POLYGON]}},
            10,
            ("2020-01-01", "2021-01-01"),
            "P1M",
            3036,
            12,
        ),
        ({"bbox": [414315, 4958219, 414859, 4958819]}, 20, ("2020-07-01", "2020-07-15"), "P5D", 810, 2),
        ({"bbox": [414315, 4958219, 414859, 4958819]}, 10, ("2020-07-01", "2020-07-10"), "P5D", 3240, 1),
    ],
)
def test_size_and_intervals_are_those_of_the_service(
    bounds: dict[str, Any], step: float, span: tuple[str, str], of: str, pixels: int, intervals: int
) -> None:
    begin, end = (f"{day}T00:00:00Z" for day in span)
    body = statistics(of=of, resx=step, resy=step, timeRange={"from": begin, "to": end})
    body["input"]["bounds"] = {**bounds, "properties": UTM}
    found = read(body)
    assert found.width * found.height == pixels
    assert len(found.intervals) == intervals


@pytest.mark.parametrize(("behaviour", "intervals"), [(None, 6), ("SKIP", 6), ("SHORTEN", 7), ("EXTEND", 7)])
def test_the_last_interval(behaviour: str | None, intervals: int) -> None:
    body = statistics(timeRange={"from": "2020-06-01T00:00:00Z", "to": "2020-08-02T00:00:00Z"})
    body["aggregation"]["aggregationInterval"]["lastIntervalBehavior"] = behaviour
    found = read(body)
    assert len(found.intervals) == intervals
    assert found.intervals[-1][1].day == {"SHORTEN": 2, "EXTEND": 10}.get(str(behaviour), 31)


def test_data_fusion() -> None:
    optics, radar = read(fused()).data
    assert (optics.id, optics.processing, optics.time_range) == ("optics", Processing(), None)
    assert (radar.id, radar.processing) == ("radar", Processing(orthorectified=True))


def test_an_open_time_range_is_not_known() -> None:
    body = process()
    body["input"]["data"][0]["dataFilter"]["timeRange"]["to"] = ".."
    assert read(body).data[0].time_range is None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({}, Processing()),
        ({"orthorectify": False, "backCoeff": "GAMMA0_ELLIPSOID", "speckleFilter": {"type": "NONE"}}, Processing()),
        ({"orthorectify": True, "demInstance": "COPERNICUS_30"}, Processing(True)),
        ({"orthorectify": True, "backCoeff": "GAMMA0_TERRAIN"}, Processing(True, True)),
        ({"speckleFilter": {"type": "LEE", "windowSizeX": 5}}, Processing(False, False, True)),
        ({"upsampling": "BICUBIC", "harmonizeValues": True}, Processing()),
    ],
)
def test_processing(raw: dict[str, object], expected: Processing) -> None:
    assert read_processing(raw) == expected


def test_a_search() -> None:
    found = read_request(json.dumps(search()).encode(), "a.json")
    assert isinstance(found, Search)
    assert found.months == 12
    assert found.square_kilometres == pytest.approx(7.79 * 5.23, rel=0.01)
    whole = read_request(json.dumps(search(bbox=[-180, -90, 180, 90])).encode(), "a.json")
    assert isinstance(whole, Search)
    assert whole.square_kilometres == pytest.approx(510.07e6, rel=1e-3)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"", "is not JSON"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        ([], "is not a request"),
        (7, "is not a request"),
        ({}, "lacks `input`: expected the body of a Process, Statistical or Catalog request"),
        ({"type": "FeatureCollection", "features": []}, "lacks `input`"),
        ({"name": "a-package", "version": "1.0.0"}, "lacks `input`"),
        (changed(process(), ("evalscript",), ...), "lacks `evalscript`"),
        (changed(process(), ("output", "width"), 0), "`output.width` is 0: expected a whole number from 1 to 2500"),
        (
            changed(process(), ("output", "width"), 2501),
            "`output.width` is 2501: expected a whole number from 1 to 2500",
        ),
        (changed(process(), ("output", "width"), 513.666), "`output.width` is 513.666"),
        (changed(process(), ("output", "width"), True), "`output.width` is true"),
        (process(resx=10), "only one pair"),
        (
            changed(process(), ("output",), {"resx": 0.1, "resy": 0.1}),
            "`output.resx` 0.1 gives 5,440 pixels; the service takes at most 2,500",
        ),
        (changed(process(), ("output",), {"resx": 10}), "`output` lacks `resy`"),
        (changed(process(), ("output",), {"resx": -1, "resy": 1}), "`output.resx` is -1: expected a number above 0"),
        (
            changed(process(), ("output", "responses", 0, "format", "type"), "image/tif"),
            '`output.responses[0].format.type` is "image/tif": expected one of image/tiff',
        ),
        (changed(process(), ("input", "data"), []), "`input.data` is []: expected a list with at least one entry"),
        (changed(process(), ("input", "data", 0, "type"), ...), "`input.data[0]` lacks `type`"),
        (
            changed(process(), ("input", "data", 0, "dataFilter", "timeRange", "from"), "yesterday"),
            "`input.data[0].dataFilter.timeRange`: `yesterday` is not a date",
        ),
        (
            changed(fused(), ("input", "data", 1, "processing", "backCoeff"), "GAMMA"),
            '`input.data[1].processing.backCoeff` is "GAMMA": expected one of BETA0',
        ),
        (statistics(of="PT1H"), "`aggregation.aggregationInterval.of`: `PT1H` is not an interval of at least a day"),
        (statistics(of="10 days"), "`10 days` is not an interval"),
        ({"processRequest": process(), "input": {"type": "tiling-grid"}}, "--api batch and --size"),
        (kept(process(), address="https://services.sentinel-hub.com/api/v1/batch/process"), "--api batch and --size"),
        (search(datetime="2023-01-01T00:00:00Z/.."), "open end"),
        (search(bbox=[414315, 4958219, 414859, 4958819]), "in degrees"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(value: Any, words: str) -> None:
    said = refused(value)
    assert said.startswith("a.json: ")
    assert words in said


@given(st.sampled_from(BODIES), st.data(), json_values | st.just(...))
def test_a_request_with_anything_wrong_is_read_or_refused(body: Any, data: st.DataObject, by: Any) -> None:
    spot = data.draw(st.sampled_from([place for place in places(body) if place]))
    text = json.dumps(changed(body, spot, by)).encode()
    try:
        found = read_request(text, "a.json")
    except RequestError as error:
        assert str(error).startswith("a.json: ")
        assert "\n" not in str(error)
    else:
        assert isinstance(found, Search) or (1 <= found.width <= 2500 and 1 <= found.height <= 2500)


@given(json_values)
def test_any_json_is_read_or_refused(value: Any) -> None:
    refused(value)


@given(st.binary(max_size=40))
def test_any_bytes_are_refused(data: bytes) -> None:
    refused(data)


def test_the_requests_of_a_cache_folder(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"contains no `request.json`"):
        find_requests(tmp_path)
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "request.json").write_text(json.dumps(kept(process())))
        (tmp_path / name / "response.tiff").write_bytes(b"")
    assert [path.parent.name for path in find_requests(tmp_path)] == ["a", "b"]
    assert find_requests(tmp_path / "a") == (tmp_path / "a" / "request.json",)
    assert isinstance(read_request_file(tmp_path / "a" / "request.json"), Request)
    with pytest.raises(RequestError, match="No such file"):
        read_request_file(tmp_path / "none.json")
    with pytest.raises(RequestError, match="Is a directory"):
        read_request_file(tmp_path)


def test_a_box_in_degrees_has_an_area() -> None:
    assert square_kilometres((0, 0, 1, 1)) == pytest.approx(12_364, rel=0.01)
