from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from oso_evalscript.model.catalog import named_collection
from oso_evalscript.runtime.archive import Item, find_items
from oso_evalscript.runtime.radar import BANDS, FIELDS, missing_band, mode_at, radar_of

JULY = (dt.datetime(2020, 7, 1, tzinfo=dt.UTC), dt.datetime(2020, 7, 31, tzinfo=dt.UTC))


def items(latitude: float) -> tuple[Item, ...]:
    collection = named_collection("sentinel-1-grd")
    assert collection is not None
    return find_items(collection, (5.1, latitude, 5.2, latitude + 0.1), JULY)


@pytest.mark.parametrize(("latitude", "mode"), [(45.2, "IW"), (-60.0, "IW"), (65.9, "IW"), (66.0, "EW"), (-60.1, "EW")])
def test_the_mode_depends_on_the_latitude(latitude: float, mode: str) -> None:
    assert mode_at(latitude)["acquisitionMode"] == mode


@pytest.mark.parametrize("latitude", [45.2, 70.2])
def test_passes_of_one_place_rise_and_fall_in_turn(latitude: float) -> None:
    found = [radar_of(item) for item in items(latitude)]
    assert len(found) >= 4
    directions = [each["orbitDirection"] for each in found]
    assert all(one != other for one, other in pairwise(directions))
    for each in found:
        assert set(each) == set(FIELDS)
        assert all(word in FIELDS[name] for name, word in each.items())


def test_an_acquisition_lacks_the_bands_of_other_polarisations() -> None:
    assert set(BANDS) == set(FIELDS["polarization"])
    land, sea = items(45.2)[0], items(70.2)[0]
    assert missing_band(land, ("VV", "localIncidenceAngle", "VH", "dataMask")) is None
    assert missing_band(land, ("VV", "HV", "HH")) == "HV"
    assert missing_band(sea, ("HH", "HV")) is None
    assert missing_band(sea, ("VH",)) == "VH"
