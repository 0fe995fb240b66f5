"""What sentinelhub-py's example notebooks ask the Statistical API, rewritten for smaller places."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from oso_evalscript.testing.hub import SentinelHub

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from sentinelhub import (
        CRS,
        BBox,
        DataCollection,
        Geometry,
        SentinelHubStatistical,
        SentinelHubStatisticalDownloadClient,
        SHConfig,
    )

SPRING = ("2020-04-01", "2020-06-30")
FIELDS = [BBox((650_000 + 400 * index, 4_990_000, 650_160 + 400 * index, 4_990_120), CRS(32631)) for index in range(3)]
COLORS = """//VERSION=3
function setup() {
  return { input: [{ bands: ["B02", "B03", "B04", "dataMask"] }],
           output: [{ id: "rgb", bands: ["R", "G", "B"] }, { id: "dataMask", bands: 1 }] };
}
function evaluatePixel(s) { return { rgb: [s.B04, s.B03, s.B02], dataMask: [s.dataMask] }; }
"""
GREEN = """//VERSION=3
function setup() {
  return { input: [{ bands: ["B04", "B08", "dataMask"] }], output: [{ id: "ndvi", bands: 1 }, { id: "dataMask", bands: 1 }] };
}
function evaluatePixel(s) { return { ndvi: [index(s.B08, s.B04)], dataMask: [s.dataMask] }; }
"""
FEATURES = """//VERSION=3
function setup() {
  return {
    input: [{ bands: ["B03", "B04", "B08", "SCL", "dataMask"], units: ["DN", "DN", "DN", "DN", "DN"] }],
    output: [
      { id: "bands", bands: ["B03", "B04", "B08"], sampleType: "UINT16" },
      { id: "indices", bands: ["NDVI", "NDWI"], sampleType: "UINT16" },
      { id: "dataMask", bands: 1 },
    ],
  };
}
function scaled(value) { return 5000 + 5000 * value; }
function evaluatePixel(s) {
  const clear = [1, 3, 8, 9, 10, 11].includes(s.SCL) ? 0 : s.dataMask;
  return {
    bands: [s.B03, s.B04, s.B08],
    indices: [scaled(index(s.B08, s.B04)), scaled(index(s.B03, s.B08))],
    dataMask: [clear],
  };
}
"""


@pytest.fixture
def config() -> SHConfig:
    found = SHConfig(use_defaults=True)
    found.sh_client_id, found.sh_client_secret = "me", "none"
    return found


def ask_of_fields(config: SHConfig, evalscript: str, calculations: dict[str, Any], period: str) -> list[Any]:
    """The statistics of each field, asked for by one client."""
    aggregation = SentinelHubStatistical.aggregation(
        evalscript=evalscript, time_interval=SPRING, aggregation_interval=period, resolution=(10, 10)
    )
    requests = [
        SentinelHubStatistical(
            aggregation=aggregation,
            input_data=[SentinelHubStatistical.input_data(DataCollection.SENTINEL2_L2A)],
            geometry=Geometry(field.geometry, crs=CRS(32631)),
            calculations=calculations,
            config=config,
        )
        for field in FIELDS
    ]
    client = SentinelHubStatisticalDownloadClient(config=config)
    found: list[Any] = client.download([request.download_list[0] for request in requests])
    return found


def test_named_bands_of_each_day(sentinel_hub: SentinelHub, config: SHConfig) -> None:
    found = SentinelHubStatistical(
        aggregation=SentinelHubStatistical.aggregation(
            evalscript=COLORS, time_interval=("2020-06-07", "2020-06-13"), aggregation_interval="P1D", size=(63, 104)
        ),
        input_data=[SentinelHubStatistical.input_data(DataCollection.SENTINEL2_L1C, maxcc=0.8)],
        bbox=BBox((46.16, -16.15, 46.51, -15.58), CRS.WGS84),
        config=config,
    ).get_data()[0]
    assert found["status"] == "OK"
    assert found["data"]
    for row in found["data"]:
        begin, end = row["interval"]["from"], row["interval"]["to"]
        assert begin.endswith("T00:00:00Z")
        assert int(end[8:10]) == int(begin[8:10]) + 1
        bands = row["outputs"]["rgb"]["bands"]
        assert list(bands) == ["R", "G", "B"]
        assert {each["stats"]["sampleCount"] for each in bands.values()} == {63 * 104}
    (call,) = sentinel_hub.requests
    assert call.payload["input"]["data"][0]["dataFilter"]["maxCloudCoverage"] == 80


def test_histograms_of_several_polygons(sentinel_hub: SentinelHub, config: SHConfig) -> None:
    histogram = {"ndvi": {"histograms": {"default": {"nBins": 20, "lowEdge": -1.0, "highEdge": 1.0}}}}
    fields = ask_of_fields(config, GREEN, histogram, "P1D")
    assert len(fields) == len(FIELDS) == len(sentinel_hub.requests)
    for field in fields:
        assert 15 <= len(field["data"]) <= 37  # days without a scene are left out
        for row in field["data"]:
            band = row["outputs"]["ndvi"]["bands"]["B0"]
            bins, stats = band["histogram"]["bins"], band["stats"]
            assert [round(each["lowEdge"], 6) for each in bins] == [round(-1 + index / 10, 6) for index in range(20)]
            assert sum(each["count"] for each in bins) == stats["sampleCount"] - stats["noDataCount"]
            assert stats["sampleCount"] == 16 * 12
            assert -1 <= stats["min"] <= stats["mean"] <= stats["max"] <= 1


def test_percentiles_of_features_without_clouds(sentinel_hub: SentinelHub, config: SHConfig) -> None:
    percentiles = {"default": {"statistics": {"default": {"percentiles": {"k": [5, 50, 95]}}}}}
    fields = ask_of_fields(config, FEATURES, percentiles, "P5D")
    clouded = 0
    for row in (row for field in fields for row in field["data"]):
        assert list(row["outputs"]) == ["bands", "indices"]
        bands = {name: band["stats"] for output in row["outputs"].values() for name, band in output["bands"].items()}
        assert list(bands) == ["B03", "B04", "B08", "NDVI", "NDWI"]
        for stats in bands.values():
            low, middle, high = (stats["percentiles"][key] for key in ("5.0", "50.0", "95.0"))
            if stats["sampleCount"] == stats["noDataCount"]:
                assert {low, middle, high, stats["mean"]} == {"NaN"}
                clouded += 1
            else:
                assert stats["min"] <= low <= middle <= high <= stats["max"] <= 12_000
    assert 0 < clouded < sum(5 * len(field["data"]) for field in fields)
