"""eo-learn 1.5: patches of several dates, masks and user data, through the fixture."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from eolearn.core import FeatureType
from eolearn.io import SentinelHubDemTask, SentinelHubEvalscriptTask, SentinelHubInputTask
from sentinelhub import CRS, BBox, DataCollection, SHConfig

from oso_evalscript.testing.hub import SentinelHub

HERE = BBox((5.0, 45.0, 5.02, 45.02), CRS.WGS84)
JUNE = ("2020-06-01", "2020-06-30")
HOURS = dt.timedelta(hours=2)
SCRIPT = """//VERSION=3
function setup() {
  return { input: [{ bands: ["B04", "B08"] }],
           output: [{ id: "ndvi", bands: 1, sampleType: "FLOAT32" }, { id: "bands", bands: 2, sampleType: "UINT16" }] };
}
function updateOutputMetadata(scenes, inputMetadata, outputMetadata) { outputMetadata.userData = { norm: inputMetadata }; }
function evaluatePixel(s) { return { ndvi: [index(s.B08, s.B04)], bands: [1e4 * s.B04, 1e4 * s.B08] }; }
"""


@pytest.fixture
def config() -> SHConfig:
    found = SHConfig(use_defaults=True)
    found.sh_client_id, found.sh_client_secret = "me", "none"
    return found


def test_bands_and_masks_of_several_dates(sentinel_hub: SentinelHub, config: SHConfig) -> None:
    task = SentinelHubInputTask(
        data_collection=DataCollection.SENTINEL2_L2A,
        size=(50, 60),
        bands=["B02", "B08"],
        bands_feature=(FeatureType.DATA, "BANDS"),
        additional_data=[
            (FeatureType.MASK, "dataMask", "IS_DATA"),
            (FeatureType.MASK, "SCL"),
            (FeatureType.DATA, "sunZenithAngles"),
        ],
        maxcc=0.9,
        time_difference=HOURS,
        config=config,
        max_threads=3,
    )
    patch = task.execute(bbox=HERE, time_interval=JUNE)
    dates = len(patch.timestamps)
    assert 3 <= dates <= 6
    assert patch.data["BANDS"].shape == (dates, 60, 50, 2)
    assert patch.mask["IS_DATA"].all()
    assert set(np.unique(patch.mask["SCL"])) <= set(range(12))
    assert len(sentinel_hub.requests) == dates + 1


def test_scripts_with_user_data(sentinel_hub: SentinelHub, config: SHConfig) -> None:
    features = [(FeatureType.DATA, "ndvi"), (FeatureType.DATA, "bands"), (FeatureType.META_INFO, "userdata")]
    task = SentinelHubEvalscriptTask(
        evalscript=SCRIPT, data_collection=DataCollection.SENTINEL2_L2A, features=features, size=(40, 40),
        time_difference=HOURS, config=config,
    )  # fmt: skip
    patch = task.execute(bbox=HERE, time_interval=JUNE)
    assert patch.data["bands"].dtype == np.uint16
    assert patch.meta_info["userdata"][0]["norm"]["normalizationFactor"] == 0.0001


def test_heights(sentinel_hub: SentinelHub, config: SHConfig) -> None:
    task = SentinelHubDemTask(feature=(FeatureType.DATA_TIMELESS, "DEM"), size=(50, 60), config=config)
    assert task.execute(bbox=HERE).data_timeless["DEM"].shape == (60, 50, 1)
