"""ORBIT, TILE and data fusion: what scripts see of scenes, and the hooks around the pixels."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oso_evalscript import Program, Scene, evaluate
from oso_evalscript.model.errors import ArrayError, PixelError, ScriptError
from oso_evalscript.runtime.scene import Sources

JUNE_1 = Scene(date="2023-06-01T10:00:00Z", bands={"A": [[1.0, 2.0]]}, cloud_coverage=10, id=7, data_path="s3://x")
JUNE_6 = Scene(date="2023-06-06", bands={"A": [[10.0, 20.0]]}, cloud_coverage=5)
JUNE_6_LATER = Scene(date="2023-06-06T11:00", bands={"A": [[100.0, 200.0]], "dataMask": [[0, 1]]}, cloud_coverage=50)
THREE = [JUNE_1, JUNE_6, JUNE_6_LATER]


def script(mosaicking: str, body: str, *, more: str = "", inputs: str = '["A", "dataMask"]', bands: str = "1") -> str:
    return f"""function setup() {{
      return {{ input: {inputs}, output: {{ bands: {bands}, sampleType: "FLOAT32" }}, mosaicking: "{mosaicking}" }};
    }}
    {more}
    function evaluatePixel(samples, scenes, inputMetadata, customData, outputMetadata) {{ {body} }}"""


def values(source: str, scenes: Sources, **options: Any) -> list[float]:
    with Program(source) as program:
        found: list[float] = program.run(scenes, **options)["default"][:, 0, :].ravel().tolist()
    return found


def user_data(source: str, scenes: Sources, **options: Any) -> Any:
    with Program(source) as program:
        return program.run(scenes, **options).user_data


def test_tile_gives_one_sample_for_each_scene_newest_first() -> None:
    assert values(script("TILE", "return samples.map((s) => s.A)", bands="3"), THREE) == [0, 200, 10, 20, 1, 2]


def test_orbit_gives_one_sample_for_each_day_with_its_scenes_over_each_other() -> None:
    assert values(script("ORBIT", "return samples.map((s) => s.A)", bands="2"), THREE) == [10, 200, 1, 2]


def test_simple_gives_the_uppermost_data() -> None:
    assert values(script("SIMPLE", "return [samples.A]"), THREE) == [10, 200]
    assert values(script("SIMPLE", "return [samples.A]"), THREE, order="leastRecent") == [1, 2]
    undated: list[dict[str, Any]] = [{"A": [[5.0, 6.0]], "dataMask": [[0, 1]]}, {"A": [[7.0, 8.0]]}]
    assert values(script("SIMPLE", "return [samples.A]"), undated) == [7, 6]


@pytest.mark.parametrize(
    ("order", "days"),
    [("mostRecent", [6, 6, 1]), ("leastRecent", [1, 6, 6]), ("leastCC", [6, 1, 6])],
)
def test_the_order_of_samples_is_that_of_the_request(order: Any, days: list[int]) -> None:
    source = script(
        "TILE", "outputMetadata.userData = scenes.tiles.map((t) => new Date(t.date).getUTCDate()); return [1];"
    )
    assert user_data(source, THREE, order=order) == days


def test_scenes_without_data_keep_their_slot() -> None:
    masks = values(script("TILE", "return samples.map((s) => s.dataMask)", bands="3"), THREE)
    assert masks == [0, 1, 1, 1, 1, 1]


def test_tiles_have_the_documented_fields() -> None:
    tiles = user_data(script("TILE", "outputMetadata.userData = scenes; return [1];"), THREE)["tiles"]
    assert tiles[2] == {
        "date": "2023-06-01T10:00:00Z",
        "cloudCoverage": 10,
        "dataPath": "s3://x",
        "shId": 7,
        "__idx": 2,
    }
    assert "shId" not in tiles[0]


def test_dates_keep_the_fractions_of_seconds_that_scenes_have() -> None:
    dates = ["2023-04-09T12:44:34.676786Z", "2023-04-08T13:40:09.940Z", "2023-04-07T13:40:09Z"]
    scenes = [Scene(date=date, bands={"A": [[1.0]]}) for date in dates]
    body = "outputMetadata.userData = scenes.tiles.map((t) => t.date); return [Number(new Date(scenes.tiles[1].date))];"
    with Program(script("TILE", body)) as program:
        outputs = program.run(scenes)
    assert outputs.user_data == dates
    assert outputs["default"].item() == np.float32(1680961209940)


def test_scenes_bring_fields_of_their_own() -> None:
    scene = Scene(date="2023-06-01", bands={"A": [[1.0]]}, fields={"productId": "S2A", "shId": 3}, id=7)
    tiles = user_data(script("TILE", "outputMetadata.userData = scenes.tiles; return [1];"), [scene])
    assert tiles == [{"productId": "S2A", "shId": 7, "date": "2023-06-01T00:00:00Z", "__idx": 0}]
    for wrong in ({3: 1}, {"a": {1, 2}}, 5):
        with pytest.raises(ArrayError, match="the fields of a scene"):
            Scene(bands={}, fields=wrong)  # type: ignore[arg-type]


def test_orbits_span_their_day_and_hold_their_tiles() -> None:
    orbits = user_data(script("ORBIT", "outputMetadata.userData = scenes; return [1];"), THREE)["orbits"]
    assert [(orbit["dateFrom"], orbit["dateTo"]) for orbit in orbits] == [
        ("2023-06-06T00:00:00Z", "2023-06-06T23:59:59Z"),
        ("2023-06-01T00:00:00Z", "2023-06-01T23:59:59Z"),
    ]
    assert [tile["date"] for tile in orbits[0]["tiles"]] == ["2023-06-06T11:00:00Z", "2023-06-06T00:00:00Z"]


def test_bounds_are_given_where_they_are_asked_for() -> None:
    ring = [[1.0, 2.0], [4.0, 2.0], [3.0, 6.0], [1.0, 2.0]]
    scene = Scene(date="2023-06-01", bands={"A": [[1.0]]}, geometry={"type": "Polygon", "coordinates": [ring]})
    body = "outputMetadata.userData = scenes.tiles[0]; return [1];"
    asked = user_data(script("TILE", body, inputs='[{ bands: ["A"], metadata: ["bounds"] }]'), [scene])
    assert asked["dataGeometry"]["coordinates"] == [ring]
    assert asked["dataEnvelope"]["coordinates"] == [[[1, 2], [4, 2], [4, 6], [1, 6], [1, 2]]]
    assert "dataGeometry" not in user_data(script("TILE", body), [scene])


def test_a_script_under_simple_sees_empty_scenes() -> None:
    assert user_data(script("SIMPLE", "outputMetadata.userData = [scenes, typeof scenes]; return [1];"), JUNE_1) == [
        {},
        "object",
    ]


def test_no_scenes_are_an_empty_list() -> None:
    for mosaicking in ("ORBIT", "TILE"):
        assert values(script(mosaicking, "return [samples.length]"), []) == [0]
        assert values(script(mosaicking, "return [samples.length]"), [], shape=(1, 3)) == [0, 0, 0]
    assert values(script("SIMPLE", "return [samples.A + samples.dataMask]"), []) == [0]


def test_scenes_may_be_read_as_an_array_with_a_notice() -> None:
    body = "return [scenes[1].date.getTime() / 1e9, scenes.length, scenes.findIndex((s) => s.date.getUTCDate() === 1)]"
    with Program(script("ORBIT", body, bands="3")) as program:
        outputs = program.run(THREE)
    day = dt.datetime(2023, 6, 1, tzinfo=dt.UTC).timestamp() / 1e6
    assert outputs["default"][:, 0, 0] == pytest.approx([day, 2, 1])
    assert [re.sub(r":.*", "", notice) for notice in outputs.notices] == [
        "scenes is read as an array; that is deprecated"
    ]
    with Program(script("ORBIT", "return [scenes.orbits.length]")) as program:
        assert program.run(THREE).notices == ()


FUSION = """[{ datasource: "S2", bands: ["A"] }, { datasource: "S-1", bands: ["A", "B"], mosaicking: "TILE" }]"""
FUSED: dict[str, Any] = {
    "S2": JUNE_6,
    "S-1": [Scene(date="2023-01-02", bands={"A": [[5.0, 6.0]], "B": [[7.0, 8.0]]})] * 2,
}


def test_fused_samples_come_by_source_and_always_as_lists() -> None:
    body = 'return [samples.S2.length, samples["S-1"].length, samples.S2[0].A, samples["S-1"][1].B, Object.keys(samples).length]'
    assert values(script("SIMPLE", body, inputs=FUSION, bands="5"), FUSED) == [1, 1, 2, 2, 10, 20, 7, 8, 2, 2]


def test_fused_sources_without_a_name_are_numbered() -> None:
    body = "return [samples[0][0].A + samples['1'][0].A]"
    source = script("SIMPLE", body, inputs='[{ bands: ["A"] }, { bands: ["A"] }]')
    assert values(source, {"0": JUNE_1, "1": JUNE_6}) == [11, 22]


def test_one_input_with_a_datasource_is_no_fusion() -> None:
    source = script("SIMPLE", "return [samples.A]", inputs='[{ datasource: "S2", bands: ["A"] }]')
    assert values(source, JUNE_1) == [1, 2]


def test_a_fused_source_without_scenes_is_an_empty_list() -> None:
    body = 'return [samples.S2.length + samples["S-1"].length * 10]'
    assert values(script("SIMPLE", body, inputs=FUSION), {"S2": [], "S-1": FUSED["S-1"]}) == [20, 20]


def test_fused_scenes_are_lists_that_also_carry_tiles() -> None:
    body = """const list = scenes["S-1"].scenes;
      return [list.length, list[0].date.getUTCFullYear(), list.tiles.length, scenes.S2.scenes.length];"""
    assert values(script("SIMPLE", body, inputs=FUSION, bands="4"), FUSED)[::2] == [2, 2023, 2, 1]


FILTER = """function preProcessScenes(collections) {
  collections.scenes.orbits = collections.scenes.orbits.filter((o) => new Date(o.dateFrom) >= collections.from);
  collections.scenes.orbits.sort((a, b) => new Date(a.dateFrom) - new Date(b.dateFrom));
  return collections;
}"""


def test_pre_process_scenes_filters_and_sorts_the_samples() -> None:
    source = script("ORBIT", "return [samples.length, samples[0].A, scenes.orbits.length]", more=FILTER, bands="3")
    assert values(source, THREE)[::2] == [2, 1, 2]
    late = (dt.datetime(2023, 6, 5, tzinfo=dt.UTC), dt.datetime(2023, 7, 1, tzinfo=dt.UTC))
    assert values(source, THREE, time_range=late)[::2] == [1, 10, 1]


def test_pre_process_scenes_sees_orbits_with_empty_lists_of_tiles() -> None:
    more = """let seen; function preProcessScenes(c) { seen = JSON.stringify([Object.keys(c), c.scenes.orbits.map((o) => o.tiles),
      c.from instanceof Date]); return c; }"""
    source = script("ORBIT", "outputMetadata.userData = JSON.parse(seen); return [1]", more=more)
    assert user_data(source, THREE) == [["from", "to", "scenes"], [[], []], True]
    tile = script(
        "TILE",
        "outputMetadata.userData = seen; return [1]",
        more=more.replace("c.scenes.orbits.map((o) => o.tiles)", "Object.keys(c.scenes.tiles[0])"),
    )
    assert user_data(tile, THREE) == '[["scenes"],["date","cloudCoverage","__idx"],false]'


def test_pre_process_scenes_in_fusion_chooses_by_source() -> None:
    more = 'function preProcessScenes(c) { c["S-1"].scenes.tiles.pop(); return c; }'
    assert values(script("SIMPLE", 'return [samples["S-1"].length]', inputs=FUSION, more=more), FUSED) == [1, 1]


def test_pre_process_scenes_is_not_called_under_simple() -> None:
    more = "function preProcessScenes() { throw 1; }"
    assert values(script("SIMPLE", "return [samples.A]", more=more), JUNE_1) == [1, 2]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("function preProcessScenes(c) {}", "preProcessScenes returned nothing; it must return the collections"),
        ("function preProcessScenes(c) { return { scenes: {} }; }", "preProcessScenes must return the scenes it was given, as many as are wanted, not nothing"),
        ("function preProcessScenes(c) { c.scenes.tiles.push({ date: 1 }); return c; }", "preProcessScenes returned a scene that it was not given: { date: 1 }"),
        ("function preProcessScenes(c) { return c.none.orbits; }", "TypeError: Cannot read properties of undefined (reading 'orbits')"),
        ("function filterScenes(s) { return s.length; }", "filterScenes must return the scenes it was given"),
        ("function updateOutput(o) { o.default.bands = -1; }", "updateOutput set default.bands to -1, which is no number of bands"),
        ("function updateOutput(o) { delete o.default; }", "updateOutput set default.bands to undefined"),
        ("function updateOutputMetadata(s, i, o) { o.userData = {}; o.userData.self = o; }", "outputMetadata.userData cannot be written as JSON: TypeError: Converting circular"),
        ("function updateOutputMetadata() { throw null; }", "null"),
    ],
)  # fmt: skip
def test_hooks_that_fail_are_named(more: str, message: str) -> None:
    with pytest.raises(ScriptError) as caught:
        evaluate(script("TILE", "return [1]", more=more), THREE)
    assert message in str(caught.value)
    assert not isinstance(caught.value, PixelError)


def test_filter_scenes_from_before_v3_is_served_with_a_notice() -> None:
    more = "function filterScenes(scenes, meta) { return scenes.filter((s) => s.date.getTime() < meta.to.getTime() - 864e5); }"
    with Program(script("TILE", "return [samples.length]", more=more)) as program:
        outputs = program.run(THREE)
    assert outputs["default"].max() == 1
    assert outputs.notices == ("filterScenes is from before V3 and deprecated: use preProcessScenes",)


def test_update_output_sets_the_number_of_bands() -> None:
    more = "function updateOutput(output, collection) { output.default.bands = collection.scenes.length; }"
    source = script("TILE", "return samples.map((s) => s.A)", more=more)
    assert values(source, THREE) == [0, 200, 10, 20, 1, 2]
    assert values(source, []) == []
    with Program(source) as program:
        assert program.run([JUNE_1] * 40)["default"].shape == (40, 1, 2)
        assert program.run(THREE)["default"].shape == (3, 1, 2)


def test_update_output_counts_the_scenes_that_are_left() -> None:
    more = FILTER.replace(">=", "<").replace("collections.from", "new Date('2023-06-03')")
    more += "function updateOutput(o, c) { o.default.bands = c.scenes.length + c.scenes.orbits.length; }"
    assert len(values(script("ORBIT", "return [1, 2]", more=more), THREE)) == 4


def test_update_output_metadata_is_called_once_at_the_end() -> None:
    more = """let most = -Infinity, calls = 0;
      function updateOutputMetadata(scenes, inputMetadata, outputMetadata) {
        outputMetadata.userData = { most, calls: ++calls, tiles: scenes.tiles.length, version: typeof inputMetadata.serviceVersion };
      }"""
    source = script("TILE", "most = Math.max(most, samples[0].A); return [1]", more=more)
    assert user_data(source, THREE) == {"most": 200, "calls": 1, "tiles": 3, "version": "string"}


def test_nothing_may_be_returned_where_user_data_alone_is_wanted() -> None:
    more = "function updateOutputMetadata(s, i, o) { o.userData = 5; }"
    with Program(script("TILE", "return;", more=more)) as program:
        outputs = program.run(THREE)
    assert dict(outputs) == {}
    assert outputs.user_data == 5
    assert outputs.notices[0].startswith("evaluatePixel returned nothing for any pixel")
    some = script("TILE", "if (samples[2].A === 1) return [1];", more=more)
    with Program(some) as program:
        outputs = program.run(THREE)
    assert outputs.unanswered == outputs.silent == 1
    with (
        Program(some, strict=True) as program,
        pytest.raises(PixelError, match=r"evaluatePixel returned nothing .* at the pixel in row 0, column 1"),
    ):
        program.run(THREE)


def test_the_normalization_factor_is_that_of_the_collection() -> None:
    source = script("SIMPLE", "return [inputMetadata.normalizationFactor]", inputs='["B04"]')
    with Program(source, collection="S2L2A") as program:
        assert program.run({"B04": [[0.5]]})["default"].item() == pytest.approx(0.0001)
    with Program(source) as program:
        assert np.isnan(program.run({"B04": [[0.5]]})["default"].item())


@pytest.mark.parametrize(
    ("source", "given", "message"),
    [
        (script("ORBIT", ""), [{"A": [[1]]}], "scene 0 has no date, which scripts can read under ORBIT"),
        (script("SIMPLE", ""), [JUNE_1, {"A": [[1.0, 2.0]]}], "scene 1 has no date while others have one"),
        (script("TILE", ""), [JUNE_1, Scene(date="2023-01-01", bands={"A": [[1]]})], "the same shape, but these differ: A of 2023-06-01 (1, 2), A of 2023-01-01 (1, 1)"),
        (script("TILE", ""), [Scene(date="2023-01-01", bands={"B": [[1]]})], "the script asks for the band A, which the scene does not have; its bands are: B"),
        (script("TILE", ""), [JUNE_1, 3], "expected a scene (a mapping of bands to arrays, a Scene or the path of an .npz file), not int"),
        (script("TILE", ""), 5, "not int"),
        (script("SIMPLE", "", inputs=FUSION), THREE, "several inputs: pass a mapping with the scenes of S2, S-1"),
        (script("SIMPLE", "", inputs=FUSION), {"S2": THREE}, "the scenes of `S-1` are missing: expected S2, S-1, there is S2"),
        (script("SIMPLE", "", inputs=FUSION), {**FUSED, "S3": THREE}, "the script has no input `S3`; its inputs are S2, S-1"),
        (script("SIMPLE", ""), {"S2": THREE}, "the script has one input: pass its scenes, not a mapping with S2"),
    ],
)  # fmt: skip
def test_scenes_that_do_not_fit(source: str, given: Any, message: str) -> None:
    with pytest.raises(ArrayError) as caught:
        evaluate(source, given)
    assert message in str(caught.value)


def test_least_clouds_needs_to_know_them() -> None:
    with Program(script("TILE", "")) as program, pytest.raises(ArrayError, match="scene 0 has no cloud coverage"):
        program.run([Scene(date="2023-01-01", bands={"A": [[1]]})], order="leastCC")


def test_two_inputs_with_one_name_are_refused() -> None:
    with pytest.raises(ScriptError, match="two inputs have the same datasource"):
        Program(script("SIMPLE", "", inputs='[{ datasource: "a", bands: ["A"] }, { datasource: "a", bands: ["A"] }]'))


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=6), st.sampled_from(["TILE", "ORBIT", "SIMPLE"]))
def test_any_series_is_ordered_grouped_and_flattened(days: list[tuple[int, bool]], mosaicking: str) -> None:
    scenes = [
        Scene(date=dt.datetime(2023, 6, 1 + day, index), bands={"A": [[index + 1]], "dataMask": [[int(valid)]]})
        for index, (day, valid) in enumerate(days)
    ]
    newest = sorted(range(len(days)), key=lambda index: (days[index][0], index), reverse=True)
    groups: dict[int, list[int]] = {}
    for index in newest:
        groups.setdefault({"TILE": index, "ORBIT": days[index][0], "SIMPLE": 0}[mosaicking], []).append(index)
    expected = [next((index + 1 for index in group if days[index][1]), 0) for group in groups.values()]
    more = "function updateOutput(o, c) { o.default.bands = c.scenes.length; }" if mosaicking != "SIMPLE" else ""
    body = "return samples.map((s) => s.A)" if mosaicking != "SIMPLE" else "return [samples.A]"
    assert values(script(mosaicking, body, more=more), scenes) == (expected or ([0] if mosaicking == "SIMPLE" else []))
