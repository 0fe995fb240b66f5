from __future__ import annotations

import math
import re
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.model.catalog import (
    Band,
    Collection,
    candidates,
    collections,
    find_band,
    find_collection,
    named_collection,
    require_collection,
    typical_range,
    units,
)
from oso_evalscript.model.contract import Mosaicking
from oso_evalscript.model.errors import OsoError
from oso_evalscript.model.nomenclature import shipped_nomenclature
from tests.conftest import ROOT

# How many bands each collection has, dataMask included, counted in the sources; the generic BYOC entry has no other.
COUNTS = {
    "sentinel-2-l1c": 20, "sentinel-2-l2a": 23, "sentinel-1-grd": 8, "sentinel-3-olci": 31, "sentinel-3-olci-l2": 32,
    "sentinel-3-slstr": 12, "sentinel-5p-l2": 15, "landsat-mss-l1": 7, "landsat-tm-l1": 14, "landsat-tm-l2": 20,
    "landsat-etm-l1": 16, "landsat-etm-l2": 20, "landsat-ot-l1": 18, "landsat-ot-l2": 20, "modis": 8, "hls": 21,
    "dem": 2, "byoc": 1, "planetscope": 17, "cnes-land-cover": 4, "esa-worldcover": 2, "corine-land-cover": 2,
    "corine-land-cover-accounting": 2, "impact-observatory-land-cover": 2, "copernicus-global-land-cover": 16,
    "water-bodies": 3,
}  # fmt: skip

# Facts read off the sources by hand: collection, band, its units, source type and resolution.
# Sentinel: documentation.dataspace.copernicus.eu, SentinelHub/Data/S2L1C, S2L2A, S1GRD, S3OLCI, S3OLCIL2, S3SLSTR,
# S5PL2, DEM. Landsat, MODIS, HLS: sentinelhub-py, data_collections_bands. PlanetScope: docs.planet.com, psscene.
FACTS = [
    ("sentinel-2-l1c", "B10", "REFLECTANCE DN", "UINT15", 60),
    ("sentinel-2-l1c", "B02", "REFLECTANCE DN", "UINT15", 10),
    ("sentinel-2-l1c", "CLM", "DN", "UINT8", None),
    ("sentinel-2-l2a", "B8A", "REFLECTANCE DN", "UINT15", 20),
    ("sentinel-2-l2a", "B09", "REFLECTANCE DN", "UINT15", 60),
    ("sentinel-2-l2a", "AOT", "OPTICAL_DEPTH DN", "UINT16", 10),
    ("sentinel-2-l2a", "SCL", "DN", "UINT8", 20),
    ("sentinel-2-l2a", "SNW", "PERCENT", "UINT8", 20),
    ("sentinel-2-l2a", "viewZenithMean", "DEGREES", "FLOAT32", 5000),
    ("sentinel-1-grd", "VV", "LINEAR_POWER", "UINT16", None),
    ("sentinel-1-grd", "shadowMask", "DN", "computed", None),
    ("sentinel-3-olci", "B21", "REFLECTANCE RADIANCE", "UINT16", 300),
    ("sentinel-3-olci", "SAA", "DEGREES", "INT16", None),
    ("sentinel-3-olci", "SZA", "DEGREES", "UINT16", None),
    ("sentinel-3-olci", "SEA_LEVEL_PRESSURE", "HECTOPASCALS", "FLOAT32", None),
    ("sentinel-3-olci", "QUALITY_FLAGS", "DN", "UINT32", None),
    ("sentinel-3-olci-l2", "OTCI", "INDEX", "UINT8", None),
    ("sentinel-3-olci-l2", "TSM_NN", "LOG10_GRAMS_M2", "UINT8", None),
    ("sentinel-3-olci-l2", "B21", "REFLECTANCE", "UINT16", None),
    ("sentinel-3-slstr", "S6", "REFLECTANCE RADIANCE", "UINT16", 500),
    ("sentinel-3-slstr", "F2", "BRIGHTNESS_TEMPERATURE", "UINT16", 1000),
    ("sentinel-5p-l2", "NO2", "MOL_M2", "FLOAT32", None),
    ("sentinel-5p-l2", "CH4", "PPB", "FLOAT32", None),
    ("sentinel-5p-l2", "CLOUD_TOP_HEIGHT", "METERS", "FLOAT32", None),
    ("landsat-mss-l1", "BQA", "DN", "UINT16", None),
    ("landsat-tm-l1", "B06", "BRIGHTNESS_TEMPERATURE", "FLOAT32", None),
    ("landsat-tm-l2", "SR_CLOUD_QA", "DN", "FLOAT32", None),
    ("landsat-etm-l1", "B06_VCID_2", "BRIGHTNESS_TEMPERATURE", "FLOAT32", None),
    ("landsat-etm-l2", "ST_QA", "KELVIN", "FLOAT32", None),
    ("landsat-ot-l1", "B11", "BRIGHTNESS_TEMPERATURE", "FLOAT32", None),
    ("landsat-ot-l2", "B10", "SURFACE_TEMPERATURE", "FLOAT32", None),
    ("landsat-ot-l2", "SR_QA_AEROSOL", "DN", "UINT8", None),
    ("modis", "B07", "REFLECTANCE", "FLOAT32", 500),
    ("hls", "NIR_Narrow", "REFLECTANCE DN", "UINT16", 30),
    ("hls", "ThermalInfrared2", "BRIGHTNESS_TEMPERATURE DN", "UINT16", None),
    ("dem", "DEM", "METERS", "FLOAT32", None),
    ("planetscope", "rededge", "DN", "UINT16", None),
    ("planetscope", "udm1", "DN", "UINT8", None),
    ("cnes-land-cover", "OCS", "DN", "UINT8", 10),
    ("water-bodies", "QUAL", "DN", "UINT8", 100),
]

LISTED = [item for item in collections() if not item.any_bands]
BANDS = [(item, band) for item in collections() for band in item.bands]
NAMES = [(name, item) for item in collections() for name in (item.id, item.type, *item.aliases) if "<" not in name]
UNITS = {unit.name: unit for unit in units()}

band_lists = st.lists(st.sampled_from(sorted({band.name for _, band in BANDS} | {"B99"})), max_size=5)


def named(name: str) -> Collection:
    collection = named_collection(name)
    assert collection is not None
    return collection


def band_of(collection: str, name: str) -> Band:
    band = named(collection).band(name)
    assert band is not None
    return band


def test_every_collection_has_as_many_bands_as_its_sources() -> None:
    assert {item.id: len(item.bands) for item in collections()} == COUNTS


@pytest.mark.parametrize(("collection", "name", "listed", "source_type", "resolution"), FACTS)
def test_facts(collection: str, name: str, listed: str, source_type: str | None, resolution: float | None) -> None:
    band = band_of(collection, name)
    assert (band.units, band.source_type, band.resolution) == (tuple(listed.split()), source_type, resolution)


def test_bands_that_collections_do_not_have() -> None:
    assert named("sentinel-2-l1c").not_bands == ("SCL", "AOT", "SNW", "CLD")
    assert named("sentinel-2-l2a").not_bands == ("B10",)
    assert named("landsat-ot-l2").band("B11") is None
    assert named("landsat-etm-l1").band("B06") is None
    assert named("sentinel-3-olci-l2").band("B13") is None


def test_the_ways_of_mosaicking() -> None:
    # SentinelHub/Data/S1GRD and S5PL2: SIMPLE and ORBIT only.
    without_tile = {item.id for item in collections() if Mosaicking.TILE not in item.mosaicking}
    assert without_tile == {"sentinel-1-grd", "sentinel-5p-l2", "dem"}
    assert named("dem").mosaicking == ("SIMPLE",)
    verified = {item.id for item in collections() if item.mosaicking_verified}
    assert verified == {*(name for name in COUNTS if name.startswith("sentinel-")), "planetscope"}


def test_no_data_is_nan_in_landsat_alone() -> None:
    # The user guide on dataMask.
    for item in collections():
        assert math.isnan(item.nodata) if item.id.startswith("landsat-") else item.nodata == 0


def test_what_scripts_are_told_of_sentinel_2() -> None:
    for name in ("sentinel-2-l1c", "sentinel-2-l2a"):
        assert named(name).normalization_factor == 0.0001
        fields = ("date", "shId", "cloudCoverage", "dataPath", "productId", "sentinel2ProductId", "tileOriginalId")
        assert named(name).scene_fields == fields
    assert "cloudCoverage" not in named("sentinel-1-grd").scene_fields


def test_codes_of_the_scene_classification() -> None:
    scl = dict(band_of("sentinel-2-l2a", "SCL").meanings)
    assert list(scl) == list(range(12))
    assert (scl[4], scl[6], scl[11]) == ("Vegetation", "Water", "Snow or ice")


def test_which_classes_a_collection_has() -> None:
    cover = named_collection("copernicus-global-land-cover")
    assert cover is not None
    assert cover.nomenclature == "copernicus-global-land-cover"
    assert cover.nomenclature_of(["Forest_Type_layer", "dataMask"]) == "copernicus-forest-type"
    assert cover.nomenclature_of(["Forest_Type_layer", "Discrete_Classification_map"]) is None
    assert cover.nomenclature_of(["DataDensityIndicator", "B99"]) is None
    sentinel = named_collection("sentinel-2-l2a")
    assert sentinel is not None
    assert sentinel.nomenclature is None  # it is no map of classes, though one of its bands holds some
    assert sentinel.nomenclature_of(["B04", "SCL"]) == "sentinel-2-scl"


@pytest.mark.parametrize("item", collections(), ids=lambda item: item.id)
def test_every_collection_is_sound(item: Collection) -> None:
    names = [band.name for band in item.bands]
    assert len(set(names)) == len(names)
    assert names[-1] == "dataMask"
    assert names.count("dataMask") == 1
    assert not set(names) & set(item.not_bands)
    assert item.title
    assert item.source
    assert item.mosaicking[0] is Mosaicking.SIMPLE
    assert list(item.mosaicking) == sorted(set(item.mosaicking), key=list(Mosaicking).index)


@pytest.mark.parametrize(("item", "band"), BANDS, ids=lambda value: getattr(value, "name", None) or value.id)
def test_every_band_is_sound(item: Collection, band: Band) -> None:
    assert item.band(band.name) is band
    assert band.title
    assert len(set(band.units)) == len(band.units) >= 1
    assert set(band.units) <= set(UNITS)
    codes = [code for code, _ in band.values]
    assert codes == sorted(set(codes))
    assert not (band.values and band.nomenclature)
    assert {unit for unit, _ in band.scale} <= set(band.units) - {"DN"}
    assert not band.scale or "DN" in band.units
    for unit in band.units:
        factor = band.factor(unit)
        assert factor is None or factor > 0
        low, high = typical_range(band, unit)
        assert math.isfinite(low)
        assert math.isfinite(high)
        assert low < high


def test_every_unit_is_of_some_band() -> None:
    assert set(UNITS) == {unit for _, band in BANDS for unit in band.units}
    assert all(unit.meaning and unit.low < unit.high for unit in units())


def test_names_of_collections_are_their_own_in_any_case() -> None:
    owners = Counter(name for name, _ in {(name.casefold(), item.id) for name, item in NAMES})
    assert set(owners.values()) == {1}
    assert len({item.id for item in collections()}) == len(collections())


@given(st.sampled_from(NAMES), st.data())
def test_a_collection_answers_to_its_names_in_any_case(pair: tuple[str, Collection], data: st.DataObject) -> None:
    name, item = pair
    assert named_collection(name) is item
    flips = data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
    spelt = "".join(letter.swapcase() if flip else letter for letter, flip in zip(name, flips, strict=True))
    assert named_collection(spelt) is item


def test_a_type_that_stands_for_many_is_that_of_the_generic_entry() -> None:
    assert named("byoc-<collectionId>").id == named("batch-<collectionId>").id == "byoc"


def test_names_of_data_sources() -> None:
    ids = {"S2L2A": "sentinel-2-l2a", "S1GRD": "sentinel-1-grd", "DEM": "dem", "LANDSAT-OT-L1": "landsat-ot-l1",
           "byoc-9baa2732-6597-49d2-ae3b-68ba0a5386b2": "cnes-land-cover"}  # fmt: skip
    assert {name: named(name).id for name in ids} == ids


@given(st.sampled_from(["byoc-", "BYOC-", "batch-", "zarr-", "custom", "CUSTOM-"]), st.uuids())
def test_byoc_data_without_an_entry_may_have_any_bands(prefix: str, id: object) -> None:
    item = named(f"{prefix}{id}")
    assert item.id == "byoc"
    assert item.any_bands


@pytest.mark.parametrize("name", ["", "byoc-", "batch-", "S2", "sentinel-2", "my-byoc-1", "B04", "<collectionId>"])
def test_other_names_are_of_no_collection(name: str) -> None:
    assert named_collection(name) is None


@given(st.from_regex(r"[A-Za-z_$][A-Za-z0-9_$]{0,20}", fullmatch=True))
def test_the_generic_entry_has_every_band_in_dn_and_is_never_the_answer(name: str) -> None:
    generic = named("byoc")
    band = generic.band(name)
    assert band is not None
    assert (band.name, band.units) == (name, ("DN",))
    assert generic not in candidates([name])


@pytest.mark.parametrize("name", ["", "1a", "a b", "a-b", "a.b"])
def test_the_generic_entry_has_no_band_that_is_not_a_name(name: str) -> None:
    assert named("byoc").band(name) is None


@given(band_lists)
def test_candidates_have_all_the_bands_and_no_other_collection_has(names: list[str]) -> None:
    found = candidates(names)
    for item in LISTED:
        assert (item in found) == all(item.band(name) is not None for name in names)
    assert candidates([*names, "dataMask"]) == found
    assert find_collection(names) == (found[0] if len(found) == 1 else None)


@given(band_lists, band_lists)
def test_more_bands_never_have_more_candidates(names: list[str], more: list[str]) -> None:
    assert set(candidates(names + more)) <= set(candidates(names)) & set(candidates(more))


def test_no_band_tells_nothing() -> None:
    assert candidates([]) == candidates(["dataMask"]) == tuple(LISTED)


@pytest.mark.parametrize("name", ["OCS", "OCS_Confidence", "OCS_Validity"])
def test_bands_of_the_land_cover_map_tell_it(name: str) -> None:
    assert find_collection([name, "dataMask"]) is named("cnes-land-cover")
    assert find_band(name) is band_of("cnes-land-cover", name)


def test_a_band_of_several_collections_tells_none() -> None:
    assert {item.id for item in candidates(["B8A"])} == {"sentinel-2-l1c", "sentinel-2-l2a"}
    assert find_band("B8A") is None
    assert find_band("dataMask") is None
    assert find_collection(["B8A", "SCL"]) is named("sentinel-2-l2a")


@given(st.sampled_from(BANDS), st.sampled_from(sorted(UNITS)))
def test_units_are_found_in_any_case(pair: tuple[Collection, Band], unit: str) -> None:
    band = pair[1]
    expected = unit if unit in band.units else None
    assert band.unit(unit) == band.unit(unit.lower()) == band.unit(unit.title()) == expected
    assert (band.factor(unit) is None) or expected is not None


@pytest.mark.parametrize(
    ("collection", "name", "unit", "factor"),
    [
        ("sentinel-2-l2a", "B04", "reflectance", 0.0001),
        ("sentinel-2-l1c", "B10", "REFLECTANCE", 0.0001),
        ("sentinel-2-l2a", "B04", "dn", 1),
        ("sentinel-2-l2a", "AOT", "OPTICAL_DEPTH", 0.001),
        ("sentinel-2-l2a", "SCL", "REFLECTANCE", None),
        ("sentinel-2-l2a", "SNW", "PERCENT", None),
        ("sentinel-1-grd", "VV", "DN", None),
        ("hls", "Red", "REFLECTANCE", None),
        ("cnes-land-cover", "OCS", "DN", 1),
    ],
)
def test_factors(collection: str, name: str, unit: str, factor: float | None) -> None:
    assert band_of(collection, name).factor(unit) == factor


@pytest.mark.parametrize(
    ("collection", "name", "unit", "expected"),
    [
        ("sentinel-2-l2a", "B04", "REFLECTANCE", (0, 1)),
        ("sentinel-2-l2a", "B04", "dn", (0, 10000)),
        ("sentinel-2-l2a", "AOT", "DN", (0, 1000)),
        ("sentinel-2-l2a", "SCL", "DN", (0, 11)),
        ("sentinel-2-l1c", "CLM", "DN", (0, 255)),
        ("sentinel-2-l1c", "dataMask", "DN", (0, 1)),
        ("cnes-land-cover", "OCS", "DN", (1, 23)),
        ("cnes-land-cover", "OCS_Confidence", "DN", (1, 100)),
        ("cnes-land-cover", "OCS_Validity", "DN", (1, 45)),
        ("planetscope", "clear", "DN", (0, 255)),
        ("byoc", "anything", "DN", (0, 10000)),
    ],
)
def test_typical_ranges(collection: str, name: str, unit: str, expected: tuple[float, float]) -> None:
    assert typical_range(band_of(collection, name), unit) == pytest.approx(expected)


@given(st.sampled_from([band for _, band in BANDS if band.nomenclature or band.values]))
def test_the_range_of_a_coded_band_is_that_of_its_codes(band: Band) -> None:
    table = (
        shipped_nomenclature(band.nomenclature).codes if band.nomenclature else tuple(code for code, _ in band.values)
    )
    assert typical_range(band, band.units[0]) == (table[0], table[-1])


@given(st.sampled_from([band for _, band in BANDS if band.scale]))
def test_ranges_of_a_scaled_band_are_the_same_values(band: Band) -> None:
    ((unit, factor),) = band.scale
    stored = typical_range(band, "DN")
    assert typical_range(band, unit) == pytest.approx(tuple(value * factor for value in stored))


def test_the_range_of_a_unit_that_the_band_does_not_have_is_that_of_the_unit() -> None:
    assert typical_range(band_of("sentinel-1-grd", "VV"), "KELVIN") == (UNITS["KELVIN"].low, UNITS["KELVIN"].high)


def test_an_unknown_unit_is_answered_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no unit DB: there are DN, .*ANGSTROM_EXPONENT"):
        typical_range(band_of("sentinel-1-grd", "VV"), "DB")


def test_importing_the_catalogue_reads_nothing() -> None:
    code = "from oso_evalscript.model import catalog as c; print(c._data.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("sentinel-2-l2b", "did you mean `sentinel-2-l2a`?"),
        ("SENTINEL_2_L1", "did you mean `sentinel-2-l1c`?"),
        ("S9", "`byoc` stands for any collection with its own bands"),
        (None, "`byoc` stands"),
    ],
)
def test_a_collection_that_is_missing_is_refused_with_advice(name: object, advice: str) -> None:
    with pytest.raises(OsoError, match=re.escape(f"the catalogue has no collection `{name}`; {advice}")):
        require_collection(name)
    assert require_collection("S2L2A").id == "sentinel-2-l2a"
    assert require_collection("byoc-mine").id == "byoc"
