"""Requests for tests: bodies, and a service that answers them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from oso_evalscript.service.local import Answer, Call, Handled, Service
from oso_evalscript.service.node import Node, read_json

TOKEN = {"authorization": "Bearer anything"}
TRUE_COLOR = """//VERSION=3
function setup() {
  return { input: ["B02", "B03", "B04"], output: { bands: 3 } };
}
function evaluatePixel(sample) {
  return [2.5 * sample.B04, 2.5 * sample.B03, 2.5 * sample.B02];
}
"""
NDVI = """//VERSION=3
function setup() {
  return { input: [{ bands: ["B04", "B08", "dataMask"] }], output: [{ id: "ndvi", bands: 1 }, { id: "dataMask", bands: 1 }] };
}
function evaluatePixel(sample) {
  return { ndvi: [index(sample.B08, sample.B04)], dataMask: [sample.dataMask] };
}
"""


def script(bands: str, result: str, *, output: str = '{ bands: 1, sampleType: "FLOAT32" }', more: str = "") -> str:
    """A script that reads some bands and returns something."""
    listed = ", ".join(f'"{name}"' for name in bands.split())
    return (
        f"//VERSION=3\nfunction setup() {{ return {{ input: [{listed}], output: {output}{more} }}; }}\n"
        f"function evaluatePixel(s, scenes, inputMetadata, customData, outputMetadata) {{ {result} }}\n"
    )


def crs(code: int) -> str:
    return f"http://www.opengis.net/def/crs/EPSG/0/{code}"


def body(
    evalscript: str = TRUE_COLOR,
    *,
    type_: str = "sentinel-2-l2a",
    box: tuple[float, float, float, float] = (5.0, 45.0, 5.1, 45.1),
    epsg: int = 4326,
    size: tuple[int, int] = (32, 32),
    dates: tuple[str, str] = ("2020-07-01", "2020-07-15"),
    responses: list[dict[str, Any]] | None = None,
    **filters: Any,
) -> dict[str, Any]:
    """The body of a request for images."""
    span = {"from": f"{dates[0]}T00:00:00Z", "to": f"{dates[1]}T23:59:59Z"}
    output: dict[str, Any] = {"width": size[0], "height": size[1]}
    if responses is not None:
        output["responses"] = responses
    return {
        "input": {
            "bounds": {"bbox": list(box), "properties": {"crs": crs(epsg)}},
            "data": [{"type": type_, "dataFilter": {"timeRange": span, **filters}}],
        },
        "output": output,
        "evalscript": evalscript,
    }


def response(identifier: str = "default", mime: str = "image/tiff", **more: Any) -> dict[str, Any]:
    return {"identifier": identifier, "format": {"type": mime, **more}}


def node(value: object) -> Node:
    return read_json(json.dumps(value).encode())


def send(
    service: Service, value: object, *, path: str = "/api/v1/process", headers: Mapping[str, str] | None = None
) -> Answer:
    return handled(service, value, path=path, headers=headers)[0]


def handled(
    service: Service, value: object, *, path: str = "/api/v1/process", headers: Mapping[str, str] | None = None
) -> tuple[Answer, Handled]:
    call = Call(
        "POST", path, {**TOKEN, "content-type": "application/json", **(headers or {})}, json.dumps(value).encode()
    )
    return service.answer(call)


def error_of(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.body)["error"]
    assert found["status"] == answer.status
    assert {"status", "reason", "message", "code"} <= set(found)
    return found
