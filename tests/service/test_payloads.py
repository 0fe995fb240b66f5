"""Random payloads: valid ones get images, invalid ones get a refusal in JSON, and nothing is a fault of ours."""

from __future__ import annotations

import copy
import json
import os
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from oso_evalscript.service.local import Call, Service
from tests.service.bodies import NDVI, TOKEN, body, crs, error_of, response, script, send

PROOF = bool(os.environ.get("OSO_EVALSCRIPT_PROOF"))
VALID, INVALID = (100, 1000) if PROOF else (25, 150)

BANDS = {
    "sentinel-2-l2a": "B04", "sentinel-2-l1c": "B8A", "sentinel-1-grd": "VV", "landsat-ot-l2": "B04", "dem": "DEM",
    "modis": "B01", "sentinel-3-olci": "B17", "sentinel-5p-l2": "NO2", "byoc-9baa2732-6597-49d2-ae3b-68ba0a5386b2": "OCS",
}  # fmt: skip
BOXES = {
    4326: (5.0, 45.0, 5.02, 45.02), 3857: (556_000.0, 5_621_000.0, 558_000.0, 5_623_000.0),
    32631: (650_000.0, 4_980_000.0, 652_000.0, 4_982_000.0), 2154: (850_000.0, 6_450_000.0, 852_000.0, 6_452_000.0),
}  # fmt: skip
KINDS = {"AUTO": "image/png", "UINT8": "image/jpeg", "UINT16": "image/png", "INT16": "image/tiff", "FLOAT32": "image/tiff"}  # fmt: skip


@st.composite
def valid(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """A request that the service's pages allow, and the format of its answer."""
    type_, epsg, kind = (
        draw(st.sampled_from(sorted(BANDS))),
        draw(st.sampled_from(sorted(BOXES))),
        draw(st.sampled_from(sorted(KINDS))),
    )
    modes = ["SIMPLE"] if type_ == "dem" else ["SIMPLE", "ORBIT"]
    mode = draw(st.sampled_from(modes))
    result = (
        f"return [(s.length ? s[0] : s).{BANDS[type_]}];"
        if mode == "SIMPLE"
        else f"return [s.length ? s[0].{BANDS[type_]} : 0];"
    )
    source = script(
        BANDS[type_], result, output=f'{{ bands: 1, sampleType: "{kind}" }}', more=f', mosaicking: "{mode}"'
    )
    mime = draw(st.sampled_from(["image/tiff", KINDS[kind]]))
    asked = body(source, type_=type_, box=BOXES[epsg], epsg=epsg, responses=[response(mime=mime)])
    asked["output"] |= {"width": draw(st.integers(1, 40)), "height": draw(st.integers(1, 40))}
    if epsg != 4326 and draw(st.booleans()):
        asked["output"] = {
            "resx": draw(st.floats(50, 3000)),
            "resy": draw(st.floats(50, 1400)),
            "responses": asked["output"]["responses"],
        }
    data = asked["input"]["data"][0]
    data["dataFilter"]["mosaickingOrder"] = draw(st.sampled_from(["mostRecent", "leastRecent"]))
    data["dataFilter"]["maxCloudCoverage"] = draw(st.integers(0, 100))
    data["processing"] = {
        "upsampling": draw(st.sampled_from(["NEAREST", "BILINEAR", "BICUBIC"])), "harmonizeValues": draw(st.booleans()),
    }  # fmt: skip
    if draw(st.booleans()):
        left, bottom, right, top = BOXES[epsg]
        asked["input"]["bounds"]["geometry"] = {
            "type": "Polygon", "coordinates": [[[left, bottom], [right, bottom], [right, top], [left, bottom]]],
        }  # fmt: skip
        if draw(st.booleans()):
            del asked["input"]["bounds"]["bbox"]
    return asked, mime


@settings(max_examples=VALID)
@given(valid())
def test_valid_requests_get_images(service: Service, drawn: tuple[dict[str, Any], str]) -> None:
    asked, mime = drawn
    answer = send(service, asked)
    if answer.status != 200:  # a pixel of two kilometres
        assert "exceeds the limit 1500.00 meters per pixel" in error_of(answer)["message"]
        return
    assert answer.headers["content-type"] == mime
    assert answer.body[:2] in (b"\x89P", b"\xff\xd8", b"II")
    assert float(answer.headers["x-processingunits-spent"]) >= 0.005


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8),
    st.just([]), st.just({}), st.just([[]]), st.just("2020-06-01"), st.just(10**30), st.just(-1), st.just(crs(1)),
)  # fmt: skip


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where the values of some JSON stand."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for key, item in below for each in paths(item, (*path, key)))]


STATISTICS = {
    "input": body()["input"],
    "aggregation": {
        "timeRange": {"from": "2020-07-01T00:00:00Z", "to": "2020-07-11T00:00:00Z"}, "width": 4, "height": 4,
        "aggregationInterval": {"of": "P5D", "lastIntervalBehavior": "EXTEND"}, "evalscript": NDVI,
    },
    "calculations": {"default": {"histograms": {"default": {"nBins": 3, "lowEdge": 0, "highEdge": 1}}, "statistics": {"default": {"percentiles": {"k": [50]}}}}},
}  # fmt: skip
SEARCH = {
    "collections": ["sentinel-2-l2a"], "bbox": [5, 45, 5.1, 45.1], "datetime": "2020-06-01T00:00:00Z/2020-06-11T00:00:00Z",
    "limit": 5, "next": 0, "filter": {"op": "<", "args": [{"property": "eo:cloud_cover"}, 30]}, "filter-lang": "cql2-json",
    "fields": {"include": ["properties.datetime"], "exclude": []}, "ids": [], "distinct": "date",
    "intersects": {"type": "Polygon", "coordinates": [[[5, 45], [5.1, 45], [5.1, 45.1], [5, 45]]]},
}  # fmt: skip
WHOLE = {
    "/api/v1/process": body(size=(8, 8), responses=[response(mime="image/png", quality=50)], maxCloudCoverage=50),
    "/api/v1/statistics": STATISTICS,
    "/api/v1/catalog/1.0.0/search": SEARCH,
}


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, bytes]:
    """A request with one or two values replaced, removed, or cut off in the middle."""
    path = draw(st.sampled_from(sorted(WHOLE)))
    value = copy.deepcopy(WHOLE[path])
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.sampled_from(paths(value)[1:] or [()]))
        if not place:
            break
        owner: Any = value
        for key in place[:-1]:
            owner = owner[key]
        if draw(st.booleans()):
            owner[place[-1]] = draw(ODD)
        else:
            del owner[place[-1]]
    data = json.dumps(value).encode()
    return path, data if draw(st.integers(0, 9)) else data[: draw(st.integers(0, len(data)))]


@settings(max_examples=INVALID)
@given(changed())
def test_whatever_is_sent_gets_an_answer(service: Service, drawn: tuple[str, bytes]) -> None:
    path, data = drawn
    answer, handled = service.answer(Call("POST", path, {**TOKEN, "content-type": "application/json"}, data))
    assert answer.status in (200, 400, 406, 501), answer.body[:300]
    if answer.status != 200:
        found = error_of(answer)
        assert found["message"]
        assert "fault in oso-evalscript" not in found["message"]
    assert handled.seconds < 20
