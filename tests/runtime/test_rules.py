"""Rules of the contract that no other file of tests holds, each as small as it can be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from oso_evalscript import Program, evaluate
from oso_evalscript.model.errors import OsoError, PixelError, ScriptError

SCENE = {"A": [[1.0, 2.0]]}


def script(body: str, *, output: str = '{ bands: 1, sampleType: "FLOAT32" }', more: str = "", keys: str = "") -> str:
    return f"""//VERSION=3
{more}
function setup() {{ return {{ input: ["A"], output: {output}{keys} }}; }}
function evaluatePixel(sample, scenes, inputMetadata, customData, outputMetadata) {{ {body} }}"""


def value(source: str, scene: Any = SCENE, **options: Any) -> float:
    with Program(source, **options) as program:
        found: float = program.run(scene)["default"].ravel()[0].item()
    return found


def test_unknown_keys_of_setup_are_passed_over() -> None:
    with Program(script("return [300]", output="{ bands: 1 }", keys=', sampleType: "UINT16", units: 3')) as program:
        assert program.run(SCENE)["default"].dtype == np.uint8


def test_a_misspelt_mosaicking_means_the_default() -> None:
    assert value(script("return [sample.A]", keys=", mosaicking: Mosaicking.TILES")) == 1


@pytest.mark.parametrize("word", ['"TILES"', '"tile"', "3"])
def test_a_mosaicking_that_is_a_wrong_word_is_refused(word: str) -> None:
    with pytest.raises(ScriptError, match=r"mosaicking: .* is not one of SIMPLE, ORBIT, TILE"):
        Program(script("return [1]", keys=f", mosaicking: {word}"))


@pytest.mark.parametrize(
    ("word", "kind", "stored"), [("Auto", "uint8", 255), ("uint8", "uint8", 2), ("Float32", "float32", 2)]
)
def test_sample_types_are_read_in_any_case(word: str, kind: str, stored: float) -> None:
    found = evaluate(script("return [sample.A * 2]", output=f'{{ bands: 1, sampleType: "{word}" }}'), SCENE)["default"]
    assert (found.dtype.name, found[0, 0, 0]) == (kind, stored)


@pytest.mark.parametrize("viz", ["ColorRampVisualizer", "ColorMapVisualizer"])
def test_a_table_of_bare_numbers_has_no_colour(viz: str) -> None:
    text = script("return table.process(sample.A)", output="{ bands: 3 }", more=f"const table = new {viz}([0, 1, 2]);")
    assert not evaluate(text, SCENE)["default"].any()


def test_a_visualizer_may_be_built_for_each_pixel() -> None:
    made = "const viz = new ColorRampVisualizer([[1, 0xff0000], [1.5, 0x00ff00], [2, 0x0000ff]]);"
    text = "return viz.process(sample.A - 0.2)"
    once = evaluate(script(text, output="{ bands: 3 }", more=made), SCENE)["default"]
    each = evaluate(script(f"{made} {text}", output="{ bands: 3 }"), SCENE)["default"]
    assert once.tolist() == each.tolist()
    assert once[:, 0, 0].tolist() == [255, 0, 0]
    assert once[2, 0, 1] == 153


def test_setup_may_be_any_function_and_compute_its_value() -> None:
    source = """const bands = ["A", ...["dataMask"]];
      var setup = () => ({ input: bands, output: [{ bands: bands.length, sampleType: SampleType.FLOAT32 }] });
      let evaluatePixel = (s) => bands.map((name) => s[name]);"""
    assert evaluate(source, SCENE)["default"][:, 0, 0].tolist() == [1, 1]


def test_a_band_that_is_not_asked_for_is_undefined() -> None:
    assert (
        value(
            script("return [sample.B === undefined && Object.keys(sample).join() === 'A' ? 1 : 0]"),
            {**SCENE, "B": [[5, 5]]},
        )
        == 1
    )


def test_samples_are_new_for_each_pixel() -> None:
    assert value(script("const old = sample.A; sample.A = 99; sample.more = 1; return [old]")) == 1


def test_values_are_doubles() -> None:
    assert value(script("return [sample.A === 0.1 ? 1 : 0]"), {"A": np.array([[0.1]])}) == 1
    assert value(script("return [sample.A === 2 ** 32 - 1 ? 1 : 0]"), {"A": np.array([[2**32 - 1]], np.uint32)}) == 1


def test_scripts_run_in_sloppy_mode_and_globals_persist() -> None:
    assert evaluate(
        script("for (i = 0; i < 3; i++); total = (typeof total === 'undefined' ? 0 : total) + i; return [total]"), SCENE
    )["default"].ravel().tolist() == [3, 6]


def test_top_level_code_runs_once() -> None:
    assert evaluate(script("return [runs]", more="var runs = 0; runs++;"), SCENE)["default"].ravel().tolist() == [1, 1]


def test_an_undeclared_key_of_the_result_is_ignored() -> None:
    assert value(script("return { default: [sample.A], other: [1, 2, 3] }")) == 1


def test_the_last_user_data_wins() -> None:
    with Program(script("outputMetadata.userData = { at: sample.A }; return [1]")) as program:
        assert program.run(SCENE).user_data == {"at": 2}


def test_user_data_follows_the_rules_of_json() -> None:
    body = "outputMetadata.userData = { date: new Date(0), nan: NaN, none: undefined, f() {}, text: '\\u00e9\\ud800' }; return [1]"
    with Program(script(body)) as program:
        assert program.run(SCENE).user_data == {"date": "1970-01-01T00:00:00.000Z", "nan": None, "text": "é\ud800"}
        assert program.run({"A": np.zeros((0, 2))}).user_data is None


def test_custom_data_is_an_empty_object() -> None:
    with Program(script("outputMetadata.userData = customData; return [1]")) as program:
        assert program.run(SCENE).user_data == {}


def test_a_bare_number_is_an_array_of_one_unless_it_is_forbidden() -> None:
    assert value(script("return sample.A")) == 1
    assert value(script("return sample.A > 0")) == 1
    for body in ("return sample.A", "return { default: sample.A }", "return true"):
        with pytest.raises(PixelError, match="Script must return an array"):
            value(script(body), scalar_returns=False)
    assert value(script("return [sample.A]"), scalar_returns=False) == 1


def test_a_color_map_is_sorted_unless_it_is_to_be_walked_as_written() -> None:
    source = script(
        "return [map.process(sample.A)[0]]", more="const map = new ColorMapVisualizer([[2, 0x000000], [1, 0xff0000]]);"
    )
    assert value(source) == 1
    assert value(source, color_map_order="as-written") == 0
    with pytest.raises(OsoError, match="expected one of"):
        Program(source, color_map_order="reversed")  # type: ignore[arg-type]


def test_a_typed_array_is_no_array() -> None:
    with pytest.raises(PixelError, match="Script must return an array"):
        value(script("return new Float32Array([1])"))


def test_a_nested_array_is_no_number() -> None:
    assert np.isnan(value(script("return [[1]]")))


def test_no_bands_are_for_user_data_alone() -> None:
    source = """function setup() { return { input: [{ bands: [] }], output: { bands: 0 } }; }
      function evaluatePixel() {}
      function updateOutputMetadata(scenes, inputMetadata, outputMetadata) { outputMetadata.userData = 1; }"""
    with Program(source) as program:
        outputs = program.run({})
    assert outputs.user_data == 1
    assert dict(outputs) == {}


def test_a_dem_has_no_scenes() -> None:
    source = script("return [scenes === null ? 1 : 0]").replace('["A"]', '["DEM"]')
    assert value(source, {"DEM": [[3.0]]}) == 1


def test_dates_are_in_utc_and_the_engine_is_v8() -> None:
    body = (
        "const d = new Date('2023-06-01T23:30:00'); return [d.getDate() === 1 && d.getTimezoneOffset() === 0 ? 1 : 0]"
    )
    assert value(script(body)) == 1


def test_names_bands_of_the_statistical_api() -> None:
    source = script("return [1, 2]", output='{ bands: ["low", "high"], sampleType: "FLOAT32" }')
    with Program(source) as program:
        assert program.setup.outputs[0].names == ("low", "high")
        assert program.run(SCENE)["default"][:, 0, 0].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("output", "api", "stored"),
    [
        ('{ bands: ["top"] }', "process", np.float32),
        ('{ bands: ["top"], sampleType: "AUTO" }', "process", np.uint8),
        ('{ bands: ["top"], sampleType: "UINT16" }', "statistics", np.uint16),
        ("{ bands: 1 }", "process", np.uint8),
        ("{ bands: 1 }", "statistics", np.float32),
        ('{ bands: 1, sampleType: "auto" }', "statistics", np.uint8),
        ('[{ id: "default", bands: 1 }, { id: "dataMask", bands: ["m"] }]', "process", np.float32),
    ],
)
def test_the_statistical_api_stores_float32_unless_told_otherwise(output: str, api: Any, stored: Any) -> None:
    source = script("return { default: [sample.A / 4], dataMask: [1] }", output=output)
    with Program(source, api=api) as program:
        outputs = program.run(SCENE)
    assert all(array.dtype == stored for array in outputs.values())
    if stored is np.float32:
        assert outputs["default"].tolist() == [[[0.25, 0.5]]]


def test_another_api_is_refused() -> None:
    with pytest.raises(OsoError, match="api is 'ogc': expected process or statistics"):
        Program(script("return [1]"), api="ogc")  # type: ignore[arg-type]


def test_an_output_may_have_many_bands() -> None:
    source = script("return Array.from({ length: 40 }, (_, i) => i / 2)", output='{ bands: 40, sampleType: "INT16" }')
    assert evaluate(source, SCENE)["default"][:, 0, 1].tolist() == [(i + 1) // 2 for i in range(40)]
