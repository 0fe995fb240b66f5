"""What is usual of bands agrees with the catalogue, and is unknown where collections disagree."""

from __future__ import annotations

import pytest

from oso_evalscript.model.catalog import candidates, named_collection
from oso_evalscript.semantics.values.bands import MASK, scale_of


@pytest.mark.parametrize("band", ["B02", "B04", "B09", "B8A", "VV", "VH"])
def test_bands_that_are_known_by_heart_are_those_of_the_catalogue(band: str) -> None:
    usual = scale_of(band, (band,), None, None)
    assert usual is not None
    for collection in candidates([band]):
        listed = scale_of(band, (band,), None, collection)
        assert listed is not None
        assert (listed.low, listed.high, listed.whole, listed.meaning) == (
            usual.low,
            usual.high,
            usual.whole,
            usual.meaning,
        )


@pytest.mark.parametrize(
    ("band", "unit", "collection", "expected"),
    [
        ("dataMask", None, None, (0, 1, True)),
        ("B04", "reflectance", None, (0, 1, False)),
        ("B04", "DN", None, (0, 10000, True)),
        ("B04", "DN", "sentinel-2-l1c", (0, 10000, True)),
        ("SCL", None, None, (0, 11, True)),
        ("CLP", None, None, (0, 255, True)),
        ("B10", None, None, None),
        ("B10", None, "landsat-ot-l1", (200, 330, False)),
        ("DEM", None, None, (-50, 4000, False)),
        ("B04", "RADIANCE", "sentinel-2-l1c", None),
        ("NO2", None, None, None),
        ("own", None, None, None),
        ("own", None, "byoc", None),
    ],
)
def test_what_is_usual(band: str, unit: str | None, collection: str | None, expected: object) -> None:
    known = named_collection(collection) if collection is not None else None
    found = scale_of(band, (band,), unit, known)
    assert (found and (found.low, found.high, found.whole)) == expected


def test_the_mask_is_no_quantity() -> None:
    assert scale_of("dataMask", ("dataMask",), None, None) is MASK
    assert not MASK.many
