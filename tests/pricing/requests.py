"""Requests as they are sent, to begin tests with."""

from __future__ import annotations

import copy
from typing import Any

NDVI = """//VERSION=3
function setup() { return { input: ["B04", "B08", "dataMask"], output: { bands: 1, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) { return [index(s.B08, s.B04) * s.dataMask]; }
"""
SERIES = """//VERSION=3
function setup() {
  return { input: ["B04", "B08", "B02"], output: { bands: 1, sampleType: "FLOAT32" }, mosaicking: "ORBIT" };
}
function evaluatePixel(samples) {
  let sum = 0;
  for (const s of samples) sum += index(s.B08, s.B04);
  return [sum / Math.max(samples.length, 1)];
}
"""
MEAN = """//VERSION=3
function setup() {
  return { input: ["B04", "dataMask"], output: [{ id: "red", bands: 1 }, { id: "dataMask", bands: 1 }] };
}
function evaluatePixel(s) { return { red: [s.B04], dataMask: [s.dataMask] }; }
"""
FUSED = """//VERSION=3
function setup() {
  return {
    input: [{ datasource: "radar", bands: ["VV"] }, { datasource: "optics", bands: ["B04"] }],
    output: { bands: 2 },
  };
}
function evaluatePixel(s) { return [s.radar[0].VV, s.optics[0].B04]; }
"""
UTM = {"crs": "http://www.opengis.net/def/crs/EPSG/0/32633"}


def process(script: str = NDVI, **output: Any) -> dict[str, Any]:
    """The body of a Process request."""
    return copy.deepcopy(
        {
            "input": {
                "bounds": {"bbox": [414315, 4958219, 414859, 4958819], "properties": UTM},
                "data": [
                    {
                        "type": "sentinel-2-l2a",
                        "dataFilter": {"timeRange": {"from": "2023-01-01T00:00:00Z", "to": "2023-12-31T23:59:59Z"}},
                    }
                ],
            },
            "output": {
                "width": 545,
                "height": 353,
                "responses": [{"identifier": "default", "format": {"type": "image/tiff"}}],
                **output,
            },
            "evalscript": script,
        }
    )


def statistics(script: str = MEAN, of: str = "P10D", **aggregation: Any) -> dict[str, Any]:
    """The body of a Statistical request."""
    return copy.deepcopy(
        {
            "input": {
                "bounds": {"bbox": [414315, 4958219, 414859, 4958819], "properties": UTM},
                "data": [{"type": "sentinel-2-l2a", "dataFilter": {"mosaickingOrder": "leastRecent"}}],
            },
            "aggregation": {
                "timeRange": {"from": "2020-06-01T00:00:00Z", "to": "2020-07-31T00:00:00Z"},
                "aggregationInterval": {"of": of},
                "resx": 10,
                "resy": 10,
                "evalscript": script,
                **aggregation,
            },
        }
    )


def search(**rest: Any) -> dict[str, Any]:
    """The body of a search in the catalogue, for a box and a year."""
    return {
        "collections": ["sentinel-2-l2a"],
        "bbox": [12.44693, 41.870072, 12.541001, 41.917096],
        "datetime": "2023-01-01T00:00:00Z/2024-01-01T00:00:00Z",
        "limit": 100,
        **rest,
    }


def fused() -> dict[str, Any]:
    """The body of a request for two sources."""
    body = process(FUSED, responses=[{"format": {"type": "image/png"}}])
    body["input"]["data"] = [
        {"type": "sentinel-2-l2a", "id": "optics"},
        {"type": "sentinel-1-grd", "id": "radar", "processing": {"orthorectify": True}},
    ]
    return body


def kept(body: dict[str, Any], spent: str | None = None, address: str = "") -> dict[str, Any]:
    """What sentinelhub-py keeps of a request in its cache folder."""
    headers = {"Content-Type": "image/tiff"} if spent is None else {"x-processingunits-spent": spent}
    return {
        "request": {
            "url": address or "https://services.sentinel-hub.com/api/v1/process",
            "payload": body,
            "headers": {"accept": "image/tiff", "content-type": "application/json"},
            "timestamp": "2026-11-29T10:00:00",
        },
        "response": {"headers": headers, "status_code": 200, "elapsed": 1.5},
    }
