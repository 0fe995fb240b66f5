"""sentinelhub-py over HTTP; within the process tests/testing/test_hub.py has it."""

from __future__ import annotations

import pytest
from sentinelhub import (
    CRS,
    BBox,
    DataCollection,
    MimeType,
    SentinelHubCatalog,
    SentinelHubRequest,
    SentinelHubStatistical,
    SHConfig,
)

from tests.service.bodies import NDVI, TRUE_COLOR

HERE = BBox((5.0, 45.0, 5.05, 45.05), CRS.WGS84)
JUNE = ("2020-06-01", "2020-06-30")


@pytest.fixture
def config(address: str, monkeypatch: pytest.MonkeyPatch) -> SHConfig:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    found = SHConfig(use_defaults=True)
    found.sh_client_id, found.sh_client_secret = "me", "none"
    found.sh_base_url = address
    found.sh_token_url = f"{address}/auth/realms/main/protocol/openid-connect/token"
    return found


def collection(address: str) -> DataCollection:
    found: DataCollection = DataCollection.SENTINEL2_L2A.define_from(
        f"LOCAL{address.rpartition(':')[2]}", service_url=address
    )
    return found


def test_images(config: SHConfig, address: str) -> None:
    request = SentinelHubRequest(
        TRUE_COLOR,
        [SentinelHubRequest.input_data(collection(address), time_interval=JUNE)],
        [SentinelHubRequest.output_response("default", MimeType.PNG)],
        bbox=HERE,
        size=(64, 64),
        config=config,
    )
    assert request.get_data()[0].shape == (64, 64, 3)


def test_statistics_and_catalog(config: SHConfig, address: str) -> None:
    found = SentinelHubStatistical(
        aggregation=SentinelHubStatistical.aggregation(NDVI, JUNE, "P10D", size=(16, 16)),
        input_data=[SentinelHubStatistical.input_data(collection(address))],
        bbox=HERE,
        config=config,
    ).get_data()[0]
    assert len(found["data"]) == 3
    search = SentinelHubCatalog(config=config).search(DataCollection.SENTINEL2_L2A, bbox=HERE, time=JUNE, limit=2)
    assert len(list(search)) == 6
