from __future__ import annotations

import io
import json
import tarfile
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rasterio.io import MemoryFile

from oso_evalscript.service.local import Answer, Call, Service
from oso_evalscript.service.programs import Limits
from oso_evalscript.service.sources import MadeUp
from tests.service.bodies import TRUE_COLOR, body, error_of, response, script, send

TIFF = {"output": {"width": 16, "height": 16, "responses": [response()]}}
UINT16 = '{ bands: 1, sampleType: "UINT16" }'


def tiff(answer: Answer) -> Any:
    assert (answer.status, answer.headers["content-type"]) == (200, "image/tiff"), answer.body[:500]
    return tiff_of(answer.body)


def tiff_of(data: bytes) -> Any:
    with MemoryFile(data) as file, file.open() as dataset:
        return dataset.read()


def test_the_usual_answer_is_a_png(service: Service) -> None:
    answer = send(service, body())
    assert answer.headers["content-type"] == "image/png"
    assert float(answer.headers["x-processingunits-spent"]) == pytest.approx(0.01)
    with Image.open(io.BytesIO(answer.body)) as image:
        assert (image.size, image.mode) == ((32, 32), "RGB")
        assert np.asarray(image).std() > 0


def test_a_request_without_output_is_256_pixels_wide(service: Service) -> None:
    asked = body()
    del asked["output"]
    with Image.open(io.BytesIO(send(service, asked).body)) as image:
        assert image.size == (256, 256)


def test_a_png_of_16_bits_holds_what_a_tiff_holds(service: Service) -> None:
    source = script("B08", "return [10000 * s.B08];", output=UINT16)
    png = send(service, body(source))
    with Image.open(io.BytesIO(png.body)) as image:
        shown = np.asarray(image)
    stored = tiff(send(service, body(source, responses=[response()])))
    assert stored.dtype == np.uint16
    np.testing.assert_array_equal(shown, stored[0])


@pytest.mark.parametrize(("bands", "mode"), [(1, "L"), (2, "LA"), (3, "RGB"), (4, "RGBA")])
def test_a_png_has_one_to_four_bands(service: Service, bands: int, mode: str) -> None:
    values = ", ".join(["s.B04", "s.B03", "s.B02", "1"][:bands] if bands != 2 else ["s.B04", "1"])
    answer = send(service, body(script("B02 B03 B04", f"return [{values}];", output=f"{{ bands: {bands} }}")))
    with Image.open(io.BytesIO(answer.body)) as image:
        assert image.mode == mode
        assert bands in (1, 3) or np.asarray(image)[..., -1].min() == 255


def test_a_jpeg_is_as_good_as_its_quality(service: Service) -> None:
    asked = [
        send(service, body(size=(128, 128), responses=[response(mime="image/jpeg", quality=quality)]))
        for quality in (5, 95)
    ]
    assert {answer.headers["content-type"] for answer in asked} == {"image/jpeg"}
    assert len(asked[0].body) < len(asked[1].body)


def test_a_tiff_knows_where_it_lies(service: Service) -> None:
    asked = body(box=(600_000, 4_900_000, 600_640, 4_900_320), epsg=32631, responses=[response()])
    asked["output"] = {"resx": 10, "resy": 10, "responses": [response()]}
    with MemoryFile(send(service, asked).body) as file, file.open() as dataset:
        assert (dataset.width, dataset.height) == (64, 32)
        assert dataset.crs.to_epsg() == 32631
        assert tuple(dataset.bounds) == (600_000, 4_900_000, 600_640, 4_900_320)


def test_several_responses_come_as_tar(service: Service) -> None:
    source = script(
        "B02",
        "outputMetadata.userData = { scenes: 3 }; return { default: [s.B02], other: [10000 * s.B02] };",
        output='[{ id: "default", bands: 1 }, { id: "other", bands: 1, sampleType: "UINT16" }]',
    )
    asked = body(
        source,
        responses=[response(mime="image/jpeg"), response("other"), response("userdata", "application/json")],
    )
    answer = send(service, asked, headers={"accept": "application/x-tar"})
    assert answer.headers["content-type"] == "application/x-tar"
    with tarfile.open(fileobj=io.BytesIO(answer.body)) as archive:
        files = {name: archive.extractfile(name).read() for name in archive.getnames()}  # type: ignore[union-attr]
    assert sorted(files) == ["default.jpg", "other.tif", "userdata.json"]
    assert json.loads(files["userdata.json"]) == {"scenes": 3}
    assert tiff_of(files["other.tif"]).dtype == np.uint16
    parts = send(service, asked, headers={"accept": "multipart/mixed"})
    assert parts.headers["content-type"].startswith("multipart/mixed; boundary=")
    assert parts.body.count(b"Content-Disposition") == 3
    refused = send(service, asked, headers={"accept": "image/png"})
    assert error_of(refused)["code"] == "COMMON_BAD_PAYLOAD"


def test_the_accept_header_stands_above_the_body(service: Service) -> None:
    assert send(service, body(), headers={"accept": "image/tiff"}).headers["content-type"] == "image/tiff"
    assert send(service, body(), headers={"accept": "image/*,*/*;q=0.8"}).headers["content-type"] == "image/png"
    assert error_of(send(service, body(), headers={"accept": "text/html"}))["status"] == 406
    raw = error_of(send(service, body(), headers={"accept": "application/octet-stream"}))
    assert (raw["status"], raw["code"]) == (501, "NOT_SERVED")


def test_a_form_is_answered_as_its_json(service: Service) -> None:
    asked = body()
    del asked["evalscript"]
    lines = [
        "--line", 'Content-Disposition: form-data; name="request"', "", json.dumps(asked),
        "--line", 'Content-Disposition: form-data; name="evalscript"', "", TRUE_COLOR, "--line--", "",
    ]  # fmt: skip
    headers = {"authorization": "Bearer x", "content-type": "multipart/form-data; boundary=line"}
    answer, _ = service.answer(Call("POST", "/api/v1/process", headers, "\r\n".join(lines).encode()))
    assert answer.body == send(service, body()).body


def test_outside_of_a_geometry_there_are_no_data(service: Service) -> None:
    source = script("B04 dataMask", "return [s.dataMask, s.B04];", output='{ bands: 2, sampleType: "FLOAT32" }')
    asked = body(source, responses=[response()])
    asked["input"]["bounds"]["geometry"] = {
        "type": "Polygon", "coordinates": [[[5.0, 45.0], [5.05, 45.0], [5.05, 45.1], [5.0, 45.1], [5.0, 45.0]]],
    }  # fmt: skip
    mask, red = tiff(send(service, asked))
    assert mask[:, :16].all()
    assert not mask[:, 17:].any()  # the polygon's edge touches a column
    assert not red[:, 17:].any()
    del asked["input"]["bounds"]["bbox"]
    assert tiff(send(service, asked))[0].all()


@pytest.mark.parametrize("epsg", [4326, 3857, 32631])
def test_two_requests_make_one_mosaic_without_a_seam(service: Service, epsg: int) -> None:
    from rasterio.warp import transform_bounds

    left, bottom, right, top = transform_bounds("EPSG:4326", f"EPSG:{epsg}", 5.0, 45.0, 5.04, 45.02)
    source = script("B08", "return [s.B08];")

    def image(box: tuple[float, float, float, float], width: int) -> Any:
        return tiff(send(service, body(source, box=box, epsg=epsg, size=(width, 20), responses=[response()])))[0]

    middle = (left + right) / 2
    halves = [image((left, bottom, middle, top), 20), image((middle, bottom, right, top), 20)]
    np.testing.assert_allclose(np.hstack(halves), image((left, bottom, right, top), 40), atol=1.5e-4)


def test_fusion_reads_each_source(service: Service) -> None:
    source = """//VERSION=3
function setup() {
  return { input: [{ datasource: "l2a", bands: ["B08"] }, { datasource: "s1", bands: ["VV"] }],
           output: { bands: 2, sampleType: "FLOAT32" } };
}
function evaluatePixel(samples) { return [samples.l2a[0].B08, samples.s1[0].VV]; }
"""
    asked = body(source, responses=[response()])
    data = asked["input"]["data"]
    asked["input"]["data"] = [{**data[0], "id": "l2a"}, {**data[0], "id": "s1", "type": "sentinel-1-grd"}]
    optical, radar = tiff(send(service, asked))
    assert optical.min() > 0
    assert radar.min() > 0
    asked["input"]["data"].pop()
    assert error_of(send(service, asked))["message"] == "Dataset with id: s1 not found."


def test_sources_of_a_fusion_have_orders_and_times_of_their_own(service: Service) -> None:
    source = """//VERSION=3
function setup() {
  return { input: [{ datasource: "new", bands: ["B08"] }, { datasource: "old", bands: ["B08"] }],
           output: { bands: 2, sampleType: "FLOAT32" }, mosaicking: "ORBIT" };
}
function preProcessScenes(collections) {
  for (const name of ["new", "old"]) spans[name] = collections[name].to.toISOString().slice(0, 10);
  return collections;
}
const spans = {};
function updateOutputMetadata(scenes, input, output) {
  output.userData = { spans };
  for (const name of ["new", "old"]) output.userData[name] = scenes[name].scenes.orbits.map((o) => o.dateFrom.slice(0, 10));
}
function evaluatePixel(samples) { return [samples.new[0].B08, samples.old[0].B08]; }
"""
    asked = body(source, responses=[response("userdata", "application/json")])
    data = asked["input"]["data"][0]
    later = {"timeRange": {"from": "2020-07-01T00:00:00Z", "to": "2020-07-30T00:00:00Z"}, "mosaickingOrder": "leastRecent"}  # fmt: skip
    asked["input"]["data"] = [{**data, "id": "new"}, {**data, "id": "old", "dataFilter": later}]
    found = json.loads(send(service, asked).body)
    assert found["spans"] == {"new": "2020-07-15", "old": "2020-07-30"}
    assert found["new"] == sorted(found["new"], reverse=True)
    assert found["old"] == sorted(found["old"])
    assert len(found["old"]) > len(found["new"]) > 1


def test_orbits_come_in_the_order_that_is_asked_for(service: Service) -> None:
    source = script(
        "B04",
        "outputMetadata.userData = { days: scenes.orbits.map((o) => o.dateFrom.slice(0, 10)) }; return [0];",
        more=', mosaicking: "ORBIT"',
    )
    asked = [response("userdata", "application/json")]
    newest = json.loads(send(service, body(source, responses=asked)).body)["days"]
    oldest = json.loads(send(service, body(source, responses=asked, mosaickingOrder="leastRecent")).body)["days"]
    assert len(newest) == 3
    assert newest == sorted(newest, reverse=True)
    assert oldest == sorted(newest)


def test_cloudy_scenes_are_left_out(service: Service) -> None:
    source = script(
        "B04",
        "outputMetadata.userData = { clouds: scenes.tiles.map((t) => t.cloudCoverage) }; return [0];",
        more=', mosaicking: "TILE"',
    )
    asked = [response("userdata", "application/json")]
    dates = ("2020-01-01", "2020-12-31")
    everything = json.loads(send(service, body(source, dates=dates, responses=asked, size=(8, 8))).body)["clouds"]
    clear = body(source, dates=dates, responses=asked, size=(8, 8), maxCloudCoverage=20)
    assert max(everything) > 20
    assert sorted(json.loads(send(service, clear).body)["clouds"]) == sorted(each for each in everything if each <= 20)


def test_state_does_not_outlive_a_request(service: Service) -> None:
    source = script("B04", "count += 1; return [count];").replace(
        "function evaluate", "var count = 0;\nfunction evaluate"
    )
    asked = body(source, size=(8, 8), responses=[response()])
    assert [tiff(send(service, asked)).max() for _ in range(2)] == [64.0, 64.0]


def test_a_simple_script_runs(service: Service) -> None:
    answer = send(service, body("return [B04, B03, B02];"))
    assert answer.headers["content-type"] == "image/png"


def test_no_scene_at_all_gives_no_data(service: Service) -> None:
    source = script("B04 dataMask", "return [s.dataMask];")
    assert not tiff(send(service, body(source, dates=("2020-07-02", "2020-07-02"), responses=[response()]))).any()


@pytest.mark.parametrize(
    ("change", "status", "code", "message"),
    [
        ({"evalscript": "function setup( {"}, 400, "RENDERER_EXCEPTION", "Failed to evaluate script!"),
        ({"evalscript": script("B99", "return [1];")}, 400, "COMMON_BAD_PAYLOAD", "Collection 'S2L2A' has no band 'B99'."),
        ({"evalscript": script("B04", "return [1, 2][9][0];"), **TIFF}, 400, "RENDERER_EXCEPTION", "Failed to evaluate script!"),
        ({"evalscript": script("B04", "return {};"), **TIFF}, 400, "RENDERER_EXCEPTION", "Script must return an array."),
        ({"evalscript": ""}, 400, "COMMON_BAD_PAYLOAD", "`evalscript` is empty."),
        ({"output": {"width": 2501}}, 400, "COMMON_BAD_PAYLOAD", "`output->width` is 2501"),
        ({"output": {"resx": 0.00001, "resy": 0.001}}, 400, "COMMON_BAD_PAYLOAD", "`width = 10000`, calculated from resx, is larger than allowed 2500."),
        ({"output": {"width": 10, "resx": 1}}, 400, "COMMON_BAD_PAYLOAD", "Only width and height or resx and resy can be set at the same time."),
        ({"output": {"responses": [response("other")]}}, 400, "COMMON_BAD_PAYLOAD", "Output other requested but missing from function setup()"),
        ({"output": {"width": 1, "height": 1}}, 400, "COMMON_EXCEPTION", "Your request of "),
        ({"evalscript": script("B04", "return [1];"), "output": {}}, 400, "COMMON_BAD_PAYLOAD", "The output `default` has 1 band of FLOAT32"),
        ({"evalscriptReference": {}}, 501, "NOT_SERVED", "`evalscriptReference`"),
    ],
)  # fmt: skip
def test_refusals_are_in_the_words_of_the_service(
    service: Service, change: dict[str, Any], status: int, code: str, message: str
) -> None:
    asked = {**body(box=(5.0, 45.0, 5.1, 45.1)), **change}
    found = error_of(send(service, asked))
    assert (found["status"], found["code"]) == (status, code)
    assert found["message"].startswith(message)


def test_units_are_checked_in_the_words_of_the_service(service: Service) -> None:
    source = '//VERSION=3\nfunction setup() { return { input: [{ bands: ["SCL"], units: "REFLECTANCE" }], output: { bands: 1 } }; }\nfunction evaluatePixel(s) { return [1]; }'
    assert error_of(send(service, body(source)))["message"] == (
        "Invalid script! Band 'SCL' of collection 'S2L2A' requested in unsupported units 'REFLECTANCE'! "
        "Supported units for this band: [DN]."
    )


@pytest.mark.parametrize("where", ["function preProcessScenes(c) { WHAT }", "WHAT"])
def test_what_a_script_throws_to_be_looked_at_comes_back_whole(service: Service, where: str) -> None:
    what = "throw new Error(JSON.stringify(Array.from({ length: 500 }, (_, i) => ({ number: i }))));"
    hook = where != "WHAT"
    source = script("B04", "return [1];" if hook else what, more=', mosaicking: "ORBIT"') + (where.replace("WHAT", what) if hook else "")  # fmt: skip
    found = error_of(send(service, body(source, responses=[response()])))
    thrown = found["message"].partition("Error: ")[2]
    assert json.JSONDecoder().raw_decode(thrown)[0] == [{"number": index} for index in range(500)]
    assert len(found["errors"][0]["violation"]) < 2000
    assert ("at the pixel in row 0, column 0" in found["errors"][0]["violation"]) is not hook


def test_more_values_than_this_machine_holds_are_refused(service: Service) -> None:
    source = script("B04", "return new Array(50).fill(1);", output="{ bands: 50 }")
    hook = script("B04", "return new Array(50).fill(1);", output="{ bands: 1 }") + "function updateOutput(o) { o.default.bands = 50; }"  # fmt: skip
    for each in (source, hook):
        asked = body(each, size=(2500, 2500), dates=("2020-07-02", "2020-07-02"), responses=[response()])
        found = error_of(send(service, asked))
        assert found["code"] == "RENDERER_EXCEPTION"
        assert "promises 50 bands of 2,500 x 2,500 pixels, together more than 268,435,456 values" in found["message"]


def test_scenes_that_take_too_long_are_not_made() -> None:
    service = Service(MadeUp(), Limits(request=0.0))
    source = script("B04", "return [s.length];", more=', mosaicking: "ORBIT"')
    try:
        found = error_of(send(service, body(source, size=(2500, 2500), responses=[response()])))
        assert "did not finish within 0 s" in found["message"]
    finally:
        service.close()


def test_a_script_that_never_ends_is_refused(service: Service) -> None:
    source = script("B04", "while (true) {}")
    found = error_of(send(service, body(source, responses=[response()])))
    assert found["code"] == "RENDERER_EXCEPTION"
    assert "within 2 s" in found["message"]
