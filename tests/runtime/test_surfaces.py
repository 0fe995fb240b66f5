from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from oso_evalscript.model.catalog import Collection, collections, named_collection, typical_range
from oso_evalscript.model.nomenclature import shipped_nomenclature
from oso_evalscript.runtime.surfaces import band_values
from oso_evalscript.runtime.world import CLOUDY, Cover, Ground, Moment
from tests.runtime.test_noise import places

MOMENT = Moment(Ground(places(5.0, 46.0, 2.0, 60)), dt.datetime(2020, 7, 4, 10, tzinfo=dt.UTC))


def values(collection: str, name: str, moment: Moment = MOMENT) -> Any:
    known = named_collection(collection)
    assert known is not None
    return np.asarray(band_values(moment, known, known.band(name), name))


@pytest.mark.parametrize("collection", [item for item in collections() if not item.any_bands], ids=lambda item: item.id)
def test_every_band_stays_in_its_range(collection: Collection) -> None:
    for band in collection.bands:
        if band.name == "dataMask":
            continue
        found = np.asarray(band_values(MOMENT, collection, band, band.name), np.float64)
        assert found.shape == (60, 60)
        low, high = typical_range(band, band.units[0])
        slack = 1.5 if band.units[0] in ("REFLECTANCE", "LINEAR_POWER") else 1
        high = 65_535 if band.name in ("BQA", "QA_RADSAT") else high * slack if band.units[0] != "DN" else high
        high = 2.0 if band.units[0] == "LINEAR_POWER" else high
        high = 999 if collection.id == "corine-land-cover" else high
        high = 360 if "Azimuth" in band.name else high
        assert low - 1e-3 <= found.min() <= found.max() <= high + 1e-3, band.name


def test_indices_agree_with_what_covers_the_ground() -> None:
    clear = (MOMENT.opacity == 0) & (MOMENT.shade == 0)
    red, nir, swir = (values("sentinel-2-l2a", name) for name in ("B04", "B08", "B11"))
    ndvi = (nir - red) / (nir + red)
    for cover, low, high in ((Cover.WATER, -0.9, 0.0), (Cover.BROADLEAF, 0.6, 0.95), (Cover.TOWN, -0.1, 0.45)):
        inside = ndvi[clear & (MOMENT.cover == cover)]
        assert inside.size
        assert low < inside.mean() < high
    assert (swir[clear & (MOMENT.cover == Cover.WATER)] < 0.05).all()


def test_clouds_are_bright_and_marked_as_clouds_in_each_mask() -> None:
    cloudy = MOMENT.opacity > CLOUDY
    assert 0.02 < cloudy.mean() < 0.98
    blue = values("sentinel-2-l2a", "B02")
    assert blue[MOMENT.opacity > 0.9].min() > blue[MOMENT.opacity == 0].mean()
    np.testing.assert_array_equal(values("sentinel-2-l2a", "CLM") == 1, cloudy)
    np.testing.assert_array_equal(np.isin(values("sentinel-2-l2a", "SCL"), (8, 9)), cloudy)
    np.testing.assert_array_equal(values("landsat-ot-l2", "BQA") & 8 != 0, cloudy)


def test_radar_sees_through_clouds() -> None:
    power = values("sentinel-1-grd", "VV")
    cover = MOMENT.cover
    assert power[cover == Cover.WATER].mean() < 0.03 < power[cover == Cover.BROADLEAF].mean()
    assert values("sentinel-1-grd", "VH").mean() < power.mean() / 3


def test_land_cover_has_codes_of_its_nomenclature() -> None:
    codes = values("cnes-land-cover", "OCS")
    assert set(np.unique(codes)) <= set(shipped_nomenclature("oso-23").codes)
    np.testing.assert_array_equal(codes == 23, MOMENT.ground.lasting_cover == Cover.WATER)
