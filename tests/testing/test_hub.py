from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import requests

from oso_evalscript import testing
from oso_evalscript.testing.hub import OverBudget, SentinelHub
from tests.conftest import ROOT
from tests.service.bodies import NDVI, TRUE_COLOR, body, response, script

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from sentinelhub import (
        CRS,
        BBox,
        BBoxSplitter,
        DataCollection,
        Geometry,
        MimeType,
        SentinelHubCatalog,
        SentinelHubDownloadClient,
        SentinelHubRequest,
        SentinelHubStatistical,
        SHConfig,
    )
    from sentinelhub.download.sentinelhub_client import SentinelHubDownloadClient as Client
    from sentinelhub.exceptions import DownloadFailedException, SHRateLimitWarning

HERE = BBox((5.0, 45.0, 5.05, 45.05), CRS.WGS84)
JUNE = ("2020-06-01", "2020-06-30")
PROCESS = "https://services.sentinel-hub.com/api/v1/process"
TOKEN = {"Authorization": "Bearer x"}


@pytest.fixture
def config() -> SHConfig:
    """A configuration with credentials that nobody has."""
    found = SHConfig(use_defaults=True)
    found.sh_client_id, found.sh_client_secret = "me", "none"
    found.download_sleep_time = 0
    return found


def request_for(
    config: SHConfig,
    evalscript: str = TRUE_COLOR,
    *,
    collection: Any = DataCollection.SENTINEL2_L2A,
    box: BBox = HERE,
    size: tuple[int, int] = (32, 32),
    responses: tuple[tuple[str, MimeType], ...] = (("default", MimeType.TIFF),),
) -> SentinelHubRequest:
    dated = collection is not DataCollection.DEM_COPERNICUS_30
    return SentinelHubRequest(
        evalscript=evalscript,
        input_data=[
            SentinelHubRequest.input_data(collection, time_interval=("2020-01-01", "2020-06-30") if dated else None)
        ],
        responses=[SentinelHubRequest.output_response(name, mime) for name, mime in responses],
        bbox=box,
        size=size,
        config=config,
    )


@pytest.mark.parametrize(
    ("name", "evalscript"),
    [("SENTINEL2_L2A", TRUE_COLOR), ("SENTINEL2_L1C", TRUE_COLOR), ("LANDSAT_OT_L2", script("B04", "return [s.B04];")),
     ("SENTINEL1_IW", script("VV", "return [s.VV];")), ("DEM_COPERNICUS_30", script("DEM", "return [s.DEM];"))],
)  # fmt: skip
def test_collections_of_every_host_are_answered(
    sentinel_hub: SentinelHub, config: SHConfig, name: str, evalscript: str
) -> None:
    image = request_for(config, evalscript, collection=getattr(DataCollection, name)).get_data()[0]
    assert image.shape[:2] == (32, 32)
    assert np.isfinite(image).all()
    assert image.std() > 0


def test_modes_of_sentinel_1_are_answered_where_they_are(sentinel_hub: SentinelHub, config: SHConfig) -> None:
    source = script("HH", "return [s.HH];")
    sea = BBox((5.0, 72.0, 5.2, 72.05), CRS.WGS84)
    assert request_for(config, source, collection=DataCollection.SENTINEL1_EW, box=sea).get_data()[0].std() > 0
    with pytest.raises(DownloadFailedException, match="RENDERER_S1_MISSING_POLARIZATION"):
        request_for(config, source, collection=DataCollection.SENTINEL1_IW).get_data()


def test_a_collection_of_ones_own_is_answered(sentinel_hub: SentinelHub, config: SHConfig) -> None:
    collection = DataCollection.define_byoc("9baa2732-6597-49d2-ae3b-68ba0a5386b2")
    source = script("OCS", "return [s.OCS];", output='{ bands: 1, sampleType: "UINT8" }')
    image = request_for(config, source, collection=collection).get_data()[0]
    assert 1 <= image.min() <= image.max() <= 23


def test_several_responses_are_decoded(sentinel_hub: SentinelHub, config: SHConfig) -> None:
    source = script(
        "B02", "outputMetadata.userData = { n: 1 }; return { default: [10000 * s.B02], b: [s.B02] };",
        output='[{ id: "default", bands: 1, sampleType: "UINT16" }, { id: "b", bands: 1 }]',
    )  # fmt: skip
    asked = (("default", MimeType.PNG), ("b", MimeType.JPG), ("userdata", MimeType.JSON))
    found = request_for(config, source, responses=asked).get_data()[0]
    assert found["default.png"].dtype == np.uint16
    assert found["b.jpg"].dtype == np.uint8
    assert found["userdata.json"] == {"n": 1}


def test_downloads_come_from_several_threads(sentinel_hub: SentinelHub, config: SHConfig) -> None:
    area = BBox((5, 45, 5.06, 45.04), CRS.WGS84)
    boxes = BBoxSplitter([area.geometry], CRS.WGS84, (3, 2)).get_bbox_list()  # column by column, from below
    wanted = [request_for(config, box=box).download_list[0] for box in boxes]
    tiles = SentinelHubDownloadClient(config=config).download(wanted, max_threads=4)
    columns = [np.vstack(tiles[index : index + 2][::-1]) for index in (0, 2, 4)]
    whole = request_for(config, box=area, size=(96, 64)).get_data()[0]
    difference = np.abs(np.hstack(columns).astype(int) - whole)
    assert (difference > 1).mean() < 0.001  # rounding errors of places at the edges of parcels
    assert len(sentinel_hub.requests) == 7
    assert sentinel_hub.tokens == 1


def test_statistics_with_histograms(sentinel_hub: SentinelHub, config: SHConfig) -> None:
    found = SentinelHubStatistical(
        aggregation=SentinelHubStatistical.aggregation(NDVI, JUNE, "P10D", resolution=(0.001, 0.001)),
        input_data=[SentinelHubStatistical.input_data(DataCollection.SENTINEL2_L2A, maxcc=0.9)],
        geometry=Geometry(HERE.geometry, CRS.WGS84),
        calculations={
            "default": {
                "histograms": {"default": {"nBins": 4}},
                "statistics": {"default": {"percentiles": {"k": [50]}}},
            }
        },
        config=config,
    ).get_data()[0]
    band = found["data"][0]["outputs"]["ndvi"]["bands"]["B0"]
    assert len(band["histogram"]["bins"]) == 4
    assert list(band["stats"]["percentiles"]) == ["50.0"]


def test_failing_intervals_are_asked_for_again(sentinel_hub: SentinelHub, config: SHConfig) -> None:
    failing = NDVI.replace("return { ndvi", 'if (sample.B04 > 0) throw new Error("no"); return { ndvi')
    found = SentinelHubStatistical(
        aggregation=SentinelHubStatistical.aggregation(failing, JUNE, "P10D", size=(8, 8)),
        input_data=[SentinelHubStatistical.input_data(DataCollection.SENTINEL2_L2A)],
        bbox=HERE,
        config=config,
    ).get_data()[0]
    assert {row["error"]["type"] for row in found["data"]} == {"EXECUTION_ERROR"}
    assert len(sentinel_hub.requests) == 1 + len(found["data"])


def test_the_catalogue_is_searched_page_by_page(sentinel_hub: SentinelHub, config: SHConfig) -> None:
    catalog = SentinelHubCatalog(config=config)
    search = catalog.search(DataCollection.SENTINEL2_L2A, bbox=HERE, time=("2020-01-01", "2020-12-31"), filter="eo:cloud_cover < 30", limit=10)  # fmt: skip
    items = list(search)
    assert len(items) > 10
    assert all(item["properties"]["eo:cloud_cover"] < 30 for item in items)
    assert catalog.get_feature(DataCollection.SENTINEL2_L2A, items[0]["id"])["id"] == items[0]["id"]
    assert catalog.get_info()["type"] == "Catalog"
    radar = catalog.search(DataCollection.SENTINEL1_IW_ASC, bbox=HERE, time=("2020-01-01", "2020-03-31"))
    assert {item["properties"]["sat:orbit_state"] for item in radar} == {"ascending"}
    clear = {"op": "<", "args": [{"property": "eo:cloud_cover"}, 30]}
    days = catalog.search(DataCollection.SENTINEL2_L2A, bbox=HERE, time=("2020-01-01", "2020-12-31"), filter=clear, filter_lang="cql2-json", distinct="date")  # fmt: skip
    assert set(days) == {item["properties"]["datetime"][:10] for item in items}


def test_what_is_wrong_is_told_in_the_words_of_the_service(sentinel_hub: SentinelHub, config: SHConfig) -> None:
    with pytest.raises(DownloadFailedException, match="Collection 'S2L2A' has no band 'B99'"):
        request_for(config, script("B99", "return [1];")).get_data()
    (call,) = sentinel_hub.requests
    assert (call.status, [finding.rule for finding in call.findings]) == (400, ["unknown-band"])


def test_retries_can_be_tested(sentinel_hub: SentinelHub, config: SHConfig) -> None:
    sentinel_hub.fail_next(429)
    sentinel_hub.fail_next(503, times=2)
    with pytest.warns(SHRateLimitWarning):
        request_for(config).get_data()
    assert [call.status for call in sentinel_hub.requests] == [429, 503, 503, 200]


def test_units_are_counted_and_bounded(config: SHConfig) -> None:
    with testing.sentinel_hub(budget=1.5) as hub:
        request_for(config, size=(512, 512), responses=(("default", MimeType.PNG),)).get_data()
        assert hub.units == pytest.approx(1.0)
        with pytest.raises(OverBudget, match=r"more than its budget of 1\.5"):
            request_for(config, size=(512, 512)).get_data()
        hub.budget = None


def test_a_budget_holds_at_the_end_too(config: SHConfig) -> None:
    def swallow() -> None:
        with testing.sentinel_hub(budget=0.001), contextlib.suppress(OverBudget):
            request_for(config).get_data()

    with pytest.raises(OverBudget):
        swallow()


@pytest.mark.sentinel_hub(seed=3, budget=10)
def test_a_marker_says_seed_and_budget(sentinel_hub: SentinelHub) -> None:
    assert sentinel_hub.budget == 10
    assert requests.post(PROCESS, json=body(), headers=TOKEN, timeout=9).status_code == 200


def test_tokens_of_the_real_service_are_not_kept(config: SHConfig) -> None:
    Client._CACHED_SESSIONS[("me", config.sh_base_url)] = "a real session"  # type: ignore[assignment]
    with testing.sentinel_hub():
        request_for(config).get_data()
        assert Client._CACHED_SESSIONS
    assert not Client._CACHED_SESSIONS


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The address of another server on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-length", "5")
            self.end_headers()
            self.wfile.write(b"other")

        def log_message(self, *args: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_other_hosts_are_left_alone(sentinel_hub: SentinelHub, elsewhere: str) -> None:
    assert requests.get(elsewhere, timeout=9).content == b"other"
    with httpx.Client(transport=sentinel_hub.transport(), trust_env=False) as client:
        assert client.get(elsewhere).content == b"other"
    assert sentinel_hub.requests == ()


def test_clients_on_httpx_are_answered(sentinel_hub: SentinelHub) -> None:
    with httpx.Client(transport=sentinel_hub.transport()) as client:
        answer = client.post(PROCESS, json=body(responses=[response(mime="image/png")]), headers=TOKEN)
    assert answer.headers["content-type"] == "image/png"
    assert float(answer.headers["x-processingunits-spent"]) == sentinel_hub.units


def test_the_test_of_the_docs_is_short_and_green(tmp_path: Path) -> None:
    page = (ROOT / "docs/service.md").read_text(encoding="utf-8")
    text = page.partition("```python\n")[2].partition("```")[0]
    assert len([line for line in text.splitlines() if line.strip()]) <= 20
    (tmp_path / "test_ndvi.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_what_is_not_served_says_so(sentinel_hub: SentinelHub) -> None:
    answer = requests.get("https://sh.dataspace.copernicus.eu/api/v1/async/process/1", headers=TOKEN, timeout=9)
    assert answer.status_code == 501
    assert "not served on this machine" in json.loads(answer.content)["error"]["message"]
