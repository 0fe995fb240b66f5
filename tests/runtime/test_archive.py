from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from oso_evalscript.model.catalog import Collection, named_collection
from oso_evalscript.model.contract import Input
from oso_evalscript.runtime.archive import TooManyItems, find_items, is_dated, read_items
from oso_evalscript.runtime.noise import Places
from oso_evalscript.runtime.world import Ground
from tests.runtime.test_noise import places

SUMMER = dt.datetime(2020, 6, 1, tzinfo=dt.UTC), dt.datetime(2020, 8, 31, tzinfo=dt.UTC)


def collection(name: str = "sentinel-2-l2a") -> Collection:
    found = named_collection(name)
    assert found is not None
    return found


def box_of(given: Places) -> tuple[float, float, float, float]:
    return (
        float(given.longitude.min()), float(given.latitude.min()), float(given.longitude.max()), float(given.latitude.max()),
    )  # fmt: skip


def test_a_place_is_passed_every_five_days() -> None:
    items = find_items(collection(), (5.0, 45.2, 5.1, 45.3), SUMMER)
    days = sorted(item.date.toordinal() for item in items)
    assert set(np.diff(days)) == {5}
    assert [item.date for item in items] == sorted((item.date for item in items), reverse=True)
    assert all(SUMMER[0] <= item.date <= SUMMER[1] for item in items)


@pytest.mark.parametrize(
    "name", ["sentinel-2-l2a", "sentinel-1-grd", "landsat-ot-l2", "modis", "dem", "cnes-land-cover"]
)
def test_every_place_is_covered_in_time(name: str) -> None:
    given = places(3.0, 46.5, 4.0, 50)
    span = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2020, 1, 12, tzinfo=dt.UTC)
    covered = np.zeros(given.shape, bool)
    for item in find_items(collection(name), box_of(given), span):
        covered |= item.covers(given)
    assert covered.all()
    assert is_dated(collection(name)) is (name != "dem")


def test_the_outline_is_that_of_what_is_covered() -> None:
    given = places(4.0, 46.0, 2.0, 60)
    for item in find_items(collection(), box_of(given), SUMMER)[:8]:
        xs, ys = [x for x, _ in item.ring], [y for _, y in item.ring]
        rows, columns = np.nonzero(item.covers(given))
        assert min(xs) <= given.longitude[0, columns].min()
        assert given.longitude[0, columns].max() <= max(xs)
        assert min(ys) <= given.latitude[rows, 0].min()
        assert 0 <= item.cloud_coverage <= 100


def test_ids_are_names() -> None:
    items = find_items(collection(), (4.5, 44.5, 5.5, 45.5), SUMMER)
    assert len({(item.id, item.swath) for item in items}) == len(items)


def test_what_is_hidden_everywhere_need_not_be_read() -> None:
    given = places(5.0, 45.3, 0.1, 20)
    items = find_items(collection(), box_of(given), SUMMER)
    asked = Input(("B04", "SCL", "dataMask"), ())
    simple = read_items(items, asked, collection(), Ground(given), simple=True)
    every = read_items(items, asked, collection(), Ground(given))
    assert (len(simple), len(every)) == (1, len(items))
    np.testing.assert_array_equal(simple[0].bands["B04"], every[0].bands["B04"])
    assert {"productId", "sentinel2ProductId"} <= set(every[0].fields)


def test_acquisitions_of_a_day_can_be_one_scene() -> None:
    given = places(4.9, 44.9, 0.2, 20)  # four tiles meet there
    items = find_items(collection(), box_of(given), SUMMER)
    asked = Input(("B04", "dataMask"), ())
    every = read_items(items, asked, collection(), Ground(given))
    merged = read_items(items, asked, collection(), Ground(given), merged=True)
    days = list(dict.fromkeys(item.date.date() for item in items))
    assert len(merged) == len(days) < len(items)
    for day, scene in zip(days, merged, strict=True):
        parts = [each for item, each in zip(items, every, strict=True) if item.date.date() == day]
        masks = [np.asarray(each.bands["dataMask"]) for each in parts]
        np.testing.assert_array_equal(scene.bands["dataMask"], np.logical_or.reduce(masks))
        np.testing.assert_array_equal(scene.bands["B04"], parts[0].bands["B04"])


def test_digital_numbers_have_their_offset_only_where_they_are_not_harmonised() -> None:
    given = places(5.0, 45.3, 0.1, 20)
    span = dt.datetime(2023, 6, 1, tzinfo=dt.UTC), dt.datetime(2023, 6, 6, tzinfo=dt.UTC)
    items = find_items(collection(), box_of(given), span)
    asked = Input(("B04",), ("DN",))
    plain, raw = (read_items(items, asked, collection(), Ground(given), harmonized=flag)[0] for flag in (True, False))
    np.testing.assert_array_equal(np.asarray(raw.bands["B04"]), np.asarray(plain.bands["B04"]) + 1000)
    assert plain.units == "DN"


def test_bands_of_several_units_are_handed_over_in_those_that_are_asked_for() -> None:
    given = places(5.0, 45.3, 0.1, 20)
    items = find_items(collection(), box_of(given), SUMMER)
    names, units = ("B04", "SCL", "sunZenithAngles"), ("REFLECTANCE", "DN", "DEGREES")
    mixed = read_items(items, Input(names, units), collection(), Ground(given))[0]
    plain = read_items(items, Input(("B04",)), collection(), Ground(given))[0]
    assert (mixed.units, plain.units) == (None, "DN")
    np.testing.assert_array_equal(np.asarray(mixed.bands["B04"]), np.asarray(plain.bands["B04"]) * 0.0001)


def test_too_much_is_refused() -> None:
    with pytest.raises(TooManyItems):
        find_items(collection(), (-180.0, -90.0, 180.0, 90.0), (SUMMER[0], SUMMER[0] + dt.timedelta(days=900)))
