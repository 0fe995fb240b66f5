from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from oso_evalscript.runtime.world import CLOUDY, Cover, Ground, Moment, cloud_cover
from tests.runtime.test_noise import places


def day(month: int, number: int = 4) -> dt.datetime:
    return dt.datetime(2020, month, number, 10, tzinfo=dt.UTC)


def test_the_globe_has_land_and_sea_mountains_and_fields() -> None:
    ground = Ground(places(-60.0, 60.0, 120.0, 400))
    shares = np.bincount(ground.lasting_cover.ravel(), minlength=len(Cover)) / 160_000
    assert 0.1 < shares[Cover.WATER] < 0.4
    assert all(shares[cover] > 0.003 for cover in Cover if cover is not Cover.SNOW)
    assert ground.height.min() == 0
    assert 1500 < ground.height.max() < 9000


def test_water_is_low_and_rock_is_high() -> None:
    ground = Ground(places(-60.0, 60.0, 120.0, 300))
    assert ground.height[ground.lasting_cover == Cover.WATER].max() < 600
    assert ground.height[ground.lasting_cover == Cover.ROCK].min() > 1000


@pytest.mark.parametrize(("latitude", "greener", "barer"), [(48.0, 7, 1), (-30.0, 1, 7)])
def test_leaves_come_and_go_with_the_season(latitude: float, greener: int, barer: int) -> None:
    ground = Ground(places(5.0, latitude, 2.0, 100))
    woods = ground.lasting_cover == Cover.BROADLEAF
    assert woods.any()
    greenness = {month: Moment(ground, day(month)).greenness[woods].mean() for month in (greener, barer)}
    assert greenness[greener] > greenness[barer] + 0.2


def test_snow_lies_in_winter_alone() -> None:
    ground = Ground(places(10.0, 62.0, 2.0, 60))
    assert (Moment(ground, day(1)).cover == Cover.SNOW).mean() > 0.3
    assert (Moment(ground, day(7)).cover == Cover.SNOW).mean() < 0.1


def test_cloud_cover_is_the_share_of_cloudy_pixels() -> None:
    ground = Ground(places(5.0, 45.0, 1.0, 80))
    covers = [
        cloud_cover(Moment(ground, day(month, 1 + number))) for month in range(1, 13) for number in range(0, 25, 5)
    ]
    assert min(covers) < 10
    assert max(covers) > 60
    moment = Moment(ground, day(3))
    assert cloud_cover(moment) == pytest.approx(100 * (moment.opacity > CLOUDY).mean())


def test_another_seed_is_another_world() -> None:
    given = places(5.0, 45.0, 1.0, 50)
    assert not np.array_equal(Ground(given, 1).lasting_cover, Ground(given, 2).lasting_cover)
    assert np.array_equal(Ground(given, 1).lasting_cover, Ground(given, 1).lasting_cover)
