from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oso_evalscript import Program, Scene
from oso_evalscript.model.catalog import collections, named_collection, typical_range
from oso_evalscript.model.contract import Input, Mosaicking, Output, Setup
from oso_evalscript.runtime.dates import Acquisitions
from oso_evalscript.runtime.synthetic import land_cover, made_up, make_scenes


@settings(max_examples=20)
@given(st.integers(1, 120), st.integers(0, 1000))
def test_a_made_up_map_is_plausible_and_repeatable(size: int, seed: int) -> None:
    scene, again = land_cover(size, seed), land_cover(size, seed)
    mask = scene["dataMask"] == 1
    for name, band in scene.items():
        assert band.shape == (size, size)
        assert band.dtype == np.uint8
        assert not band[~mask].any()
        np.testing.assert_array_equal(band, again[name])
    assert set(np.unique(scene["OCS"][mask])) <= set(range(1, 24))
    for name in ("OCS_Confidence", "OCS_Validity"):
        assert mask.sum() == 0 or scene[name][mask].min() >= 1
    assert scene["OCS_Confidence"].max() <= 100


@pytest.mark.parametrize("seed", range(5))
def test_the_usual_map_has_every_class_and_a_hole(seed: int) -> None:
    scene = land_cover(seed=seed)
    assert set(np.unique(scene["OCS"])) == set(range(24))
    assert 0.9 < scene["dataMask"].mean() < 1
    assert not np.array_equal(scene["OCS"], land_cover(seed=seed + 1)["OCS"])


def made(input: Input, mosaicking: Mosaicking = Mosaicking.SIMPLE, dates: int = 4) -> tuple[Scene, ...]:
    scenes = make_scenes(Setup((input,), (Output(1),), mosaicking), size=24, acquisitions=Acquisitions(dates=dates))
    assert isinstance(scenes, tuple)
    return scenes


@pytest.mark.parametrize("collection", [item for item in collections() if not item.any_bands], ids=lambda item: item.id)
def test_every_band_of_the_catalogue_stays_in_its_range(collection: object) -> None:
    known = named_collection(collection.id)  # type: ignore[attr-defined]
    assert known is not None
    names = tuple(band.name for band in known.bands)
    scenes = make_scenes(Setup((Input(names),), (Output(1),)), (known,), size=24)
    assert isinstance(scenes, tuple)
    mask = np.asarray(scenes[0].bands["dataMask"])
    for name in names:
        band, values = known.band(name), np.asarray(scenes[0].bands[name])
        assert band is not None
        low, high = typical_range(band, band.units[0])
        inside = values[mask == 1]
        assert inside.min() >= low - 1e-4 * abs(low)
        if band.high is not None or not band.ramp:  # a legend's end is no limit
            assert inside.max() <= high + 1e-4 * abs(high)
        outside = values[mask == 0]
        assert np.isnan(outside).all() if known.nodata != known.nodata and name != "dataMask" else not outside.any()
        if band.values:
            assert set(np.unique(inside)) <= {code for code, _ in band.values}


def test_a_series_has_dates_and_differs() -> None:
    scenes = made(Input(("B04", "SCL")), Mosaicking.ORBIT, dates=3)
    assert len(scenes) == 3
    dates = [scene.time for scene in scenes if scene.time]
    assert dates == sorted(set(dates))
    assert len(dates) == 3
    assert not np.array_equal(scenes[0].bands["B04"], scenes[1].bands["B04"])
    assert made(Input(("B04",)), Mosaicking.TILE, dates=0) == ()


def test_units_and_unknown_bands() -> None:
    digital = np.asarray(made(Input(("B04", "B8A"), units=("DN", "DN")))[0].bands["B04"])
    assert digital.max() > 1000
    assert np.array_equal(digital, np.rint(digital))
    unknown = np.asarray(made(Input(("whatever",)))[0].bands["whatever"])
    assert 0 <= unknown.min() < unknown.max() <= 255


@pytest.mark.parametrize("mosaicking", Mosaicking)
def test_made_up_scenes_fit_the_script_they_are_made_for(mosaicking: Mosaicking) -> None:
    script = f"""function setup() {{ return {{
        input: [{{ datasource: "S2L2A", bands: ["B04", "SCL"], units: ["DN", "DN"] }}, {{ bands: ["VV", "dataMask"] }}],
        output: {{ bands: 2 }}, mosaicking: "{mosaicking}" }}; }}
      function evaluatePixel(s) {{ return [s.S2L2A.length, s[1].length]; }}"""
    with Program(script) as program:
        out = program.run(make_scenes(program.setup, program.origins, size=8, acquisitions=Acquisitions(dates=3)))[
            "default"
        ]
    assert out.shape == (2, 8, 8)


def test_scenes_have_the_size_the_codes_and_the_fields_that_are_wanted() -> None:
    setup = Setup((Input(("lc", "B04")),), (Output(1),), Mosaicking.TILE)
    wanted = Acquisitions(dates=3, clouds=(5, 80))
    scenes = make_scenes(setup, size=(20, 31), acquisitions=wanted, codes={"lc": (3, 700)})
    assert isinstance(scenes, tuple)
    assert [scene.cloud_coverage for scene in scenes] == [5, 80, 5]
    assert len({(scene.data_path, scene.id) for scene in scenes}) == 3
    for scene in scenes:
        codes = np.asarray(scene.bands["lc"])
        assert codes.shape == (20, 31)
        assert set(np.unique(codes)) == {0, 3, 700}
    radar = make_scenes(setup, (named_collection("sentinel-1-grd"),), size=4)
    assert isinstance(radar, tuple)
    assert [scene.cloud_coverage for scene in radar] == [None] * 4
    clouded = make_scenes(setup, (named_collection("sentinel-1-grd"),), size=4, acquisitions=wanted)
    assert isinstance(clouded, tuple)
    assert clouded[0].cloud_coverage == 5


def test_under_simple_each_date_that_is_given_has_a_scene() -> None:
    days = tuple(dt.datetime(2024, 5, day, tzinfo=dt.UTC) for day in (1, 7))
    setup = Setup((Input(("B04",)),), (Output(1),))
    for wanted, dates in ((days, days), (3, (dt.datetime(2023, 6, 11, 10, 50, tzinfo=dt.UTC),))):
        scenes = make_scenes(setup, size=4, acquisitions=Acquisitions(dates=wanted))
        assert tuple(scene.date for scene in scenes) == dates  # type: ignore[union-attr]


def test_made_up_tiles_have_the_fields_of_their_collection_and_no_others() -> None:
    text = """//VERSION=3
    function setup() {{ return {{ input: ["{band}"], output: {{ bands: 1 }}, mosaicking: "{mosaicking}" }}; }}
    function evaluatePixel(samples, scenes, inputMetadata, customData, outputMetadata) {{
      outputMetadata.userData = Object.keys((scenes.tiles || scenes.orbits[0].tiles)[0]).sort();
      return [1];
    }}"""
    for band, mosaicking, collection in (
        ("B02", "TILE", "S2L2A"),
        ("VV", "ORBIT", "S1GRD"),
        ("blue", "TILE", "planetscope"),
    ):
        known = named_collection(collection)
        assert known is not None
        with Program(text.format(band=band, mosaicking=mosaicking), collection=collection) as program:
            found = program.run(make_scenes(program.setup, program.origins, size=1)).user_data
        assert isinstance(found, list)
        assert set(found) - {"__idx"} == set(known.scene_fields)


def test_a_declared_band_has_the_values_that_it_may_have() -> None:
    lines = ("// oso: band CL uint8 0..10", "// oso: band FAR int16 -500..4000", "// oso: band SHARE float32 0.25..0.5")
    text = "\n".join(
        [
            "//VERSION=3",
            *lines,
            'function setup() { return { input: ["CL", "FAR", "SHARE", "dataMask"], output: { bands: 1 } }; }',
            "function evaluatePixel(s) { return [s.CL]; }",
        ]
    )
    with Program(text) as program:
        found = made_up(program, size=128)
    assert isinstance(found, tuple)
    bands = {name: np.asarray(band) for name, band in found[0].bands.items()}
    seen = bands["dataMask"] == 1
    assert set(np.unique(bands["CL"][seen])) == set(range(11))
    far, share = bands["FAR"][seen], bands["SHARE"][seen]
    assert far.min() >= -500
    assert far.max() > 1000
    assert (far == np.rint(far)).all()
    assert (share.min() >= 0.25, share.max() <= 0.5, np.unique(share).size > 100) == (True, True, True)
