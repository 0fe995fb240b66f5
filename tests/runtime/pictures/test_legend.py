from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oso_evalscript import Program, Source, compile
from oso_evalscript.compiler.change import ChangeSpec
from oso_evalscript.compiler.spec import ConfidenceSpec
from oso_evalscript.model.nomenclature import shipped_nomenclature
from oso_evalscript.runtime.classes import find_classes
from oso_evalscript.runtime.pictures.legend import Legend, legend_of
from oso_evalscript.runtime.pictures.views import colors, views_of
from oso_evalscript.runtime.synthetic import made_up
from tests.conftest import ROOT


def legends(script: str | Source, output: str = "default", size: int = 64) -> list[Legend | None]:
    with Program(script) as program:
        outputs = program.run(made_up(program, size=size))
        declared = next(item for item in program.setup.outputs if item.id == output)
        classes = find_classes(program.source, program.setup, program.origins)
        array = outputs[output]
        return [legend_of(program, view, array, classes) for view in views_of(array, declared)]


def legend(script: str | Source, output: str = "default", size: int = 64) -> Legend:
    found = legends(script, output, size)
    assert len(found) == 1
    assert found[0] is not None
    return found[0]


def shipped(name: str) -> Source:
    return Source.read(ROOT / f"evalscripts/{name}.js")


def rows(found: Legend) -> list[tuple[str, str]]:
    return [(row.label, "#{:02x}{:02x}{:02x}".format(*row.color)) for row in found.rows]


def test_a_palette_has_a_row_for_each_class_in_its_colour() -> None:
    found = rows(legend(shipped("oso_palette")))
    table = shipped_nomenclature("oso-23")
    assert found[:-1] == [(f"{item.code}  {item.english}", str(item.color)) for item in table.classes]
    assert found[-1][0] == "no data"


def test_a_mask_has_two_rows() -> None:
    for name, label in (("oso_built_up_mask", "1  Built-up"), ("oso_crops_mask", "1  Annual crops")):
        assert rows(legend(shipped(name)))[:2] == [(label, "#ffffff"), ("0  other classes", "#000000")]


def test_groups_have_a_row_each() -> None:
    found = rows(legend(shipped("oso_groups")))
    table = shipped_nomenclature("oso-23")
    assert {label for label, _ in found} == {group.english for group in table.groups} | {"no data"}
    assert dict(found)["Built-up"] == "#b00020"


def test_ramps_have_a_bar_with_what_the_band_is() -> None:
    found = legend(shipped("oso_confidence"))
    assert (found.title, found.low, found.high) == ("Confidence of the classifier, percent", 1, 100)
    assert (found.bar[0][:3], found.bar[-1][:3]) == ((0, 0, 0), (0, 200, 0))


def test_an_index_has_the_bar_of_its_scale() -> None:
    found = legend(shipped("s2_ndvi"))
    assert (found.low, found.high, found.bar[-1]) == (-0.2, 0.9, (0xFD, 0xE7, 0x25, 255))
    raw = legend(shipped("s2_ndvi"), "index")
    assert -1 <= raw.low < raw.high <= 1
    assert (raw.bar[0], raw.bar[-1]) == ((0, 0, 0, 255), (255, 255, 255, 255))


OWN = """//VERSION=3
const TABLE = [{table}];
const visualizer = new ColorMapVisualizer(TABLE);
function setup() {{ return {{ input: ["{band}"], output: {{ bands: 3 }} }}; }}
function evaluatePixel(s) {{ return visualizer.process(s.{band}); }}
"""


@settings(max_examples=10)
@given(st.dictionaries(st.integers(0, 300), st.tuples(st.from_regex("[A-Z][a-z]{2,6}", fullmatch=True), st.integers(0, 0xFFFFFF)), min_size=2, max_size=8), st.sampled_from(["lc", "Map"]))  # fmt: skip
def test_one_s_own_table_gives_codes_colours_and_labels(table: dict[int, tuple[str, int]], band: str) -> None:
    lines = "".join(f"\n  [{code}, 0x{color:06x}], // {label}" for code, (label, color) in table.items())
    script = OWN.format(table=f"{lines}\n", band=band)
    by_color: dict[int, list[int]] = {}
    for code in sorted(table):
        by_color.setdefault(table[code][1], []).append(code)
    if len(by_color) < 2:
        return
    with Program(script) as program:
        scenes = made_up(program, size=16)
        assert isinstance(scenes, tuple)
        codes = np.asarray(scenes[0].bands[band])
    assert set(np.unique(codes)) <= set(table) | {0}
    found = rows(legend(script))
    assert {color for _, color in found} == {f"#{color:06x}" for color in by_color}
    for color, members in by_color.items():
        if len(members) == 1 and len(by_color) > 2:
            assert (f"{members[0]}  {table[members[0]][0]}", f"#{color:06x}") in found


def test_codes_of_the_catalogue_have_its_labels() -> None:
    script = """//VERSION=3
function setup() { return { input: ["SCL"], output: { bands: 3 } }; }
const colors = { 4: 0x00a000, 6: 0x0000ff };
function evaluatePixel(s) { return (s.SCL in colors ? int2rgb(colors[s.SCL]) : [0, 0, 0]).map((v) => v / 255); }
"""
    assert rows(legend(script)) == [("4  Vegetation", "#00a000"), ("6  Water", "#0000ff")]


BRANCHES = """//VERSION=3
const CLOUDS = [1, 1, 1];
function setup() { return { input: ["B08", "B04", "SCL", "dataMask"], output: { bands: 4 } }; }
function evaluatePixel(s) {
  if (s.SCL >= 8) return [...CLOUDS, 1];
  if (index(s.B08, s.B04) < 0) return [0, 0, 1, s.dataMask]; // water
  if (index(s.B08, s.B04) < 0.4) {
    return [0.5, 0.5, 0, s.dataMask];
  }
  return [0, 0.5, 0, s.dataMask];
}
"""


def test_few_colours_are_called_what_the_text_calls_them() -> None:
    found = [label for label, _ in rows(legend(BRANCHES))]
    assert found[:3] == ["clouds", "water", "index(s.B08, s.B04) < 0.4"]
    assert "#008000" in found


@pytest.mark.parametrize(
    ("value", "bands", "expected"),
    [("s.B04 > 0.2", 'bands: 1', ["0", "1"]), ("s.B04 > 0.2 ? 3 : 7", 'bands: 1, sampleType: "UINT8"', ["3", "7"])],
)  # fmt: skip
def test_few_whole_numbers_have_a_row_each(value: str, bands: str, expected: list[str]) -> None:
    script = f"""function setup() {{ return {{ input: ["B04", "B03"], output: {{ {bands} }} }}; }}
      function evaluatePixel(s) {{ return [{value}]; }}"""
    assert [row.label for row in legend(script).rows] == expected


def test_true_colour_needs_no_legend() -> None:
    script = """function setup() { return { input: ["B04", "B03", "B02"], output: { bands: 3 } }; }
      function evaluatePixel(s) { return [2.5 * s.B04, 2.5 * s.B03, 2.5 * s.B02]; }"""
    assert legends(script) == [None]


def test_a_single_band_shows_the_numbers_of_the_script_s_scale() -> None:
    script = """const viz = new ColorRampVisualizer([[0, 0x00007f], [0.00005, 0x00ffff], [0.0001, 0xff0000]]);
      function setup() { return { input: ["NO2", "dataMask"], output: { bands: 4 } }; }
      function evaluatePixel(s) { return viz.process(s.NO2).concat(s.dataMask); }"""
    found = legend(script)
    assert (found.low, found.high) == (0, 0.0001)
    with Program(script) as program:
        outputs = program.run(made_up(program, size=64))
        (view,) = views_of(outputs["default"], program.setup.outputs[0])
        assert len(np.unique(colors(outputs["default"], view).reshape(-1, 4), axis=0)) > 100


def test_a_threshold_above_the_middle_of_a_band_hides_no_class_from_the_legend() -> None:
    band = "Discrete_Classification_proba"
    spec = ConfidenceSpec(name="c", nomenclature="copernicus-global-land-cover", confidence=band, threshold=80)
    found = rows(legend(compile(spec).text))
    table = shipped_nomenclature("copernicus-global-land-cover")
    assert found[:-1] == [(f"{item.code}  {item.english}", str(item.color)) for item in table.classes]


def test_a_comparison_of_two_dates_names_its_colours() -> None:
    assert rows(legend(shipped("oso_became_built_up")))[:2] == [
        ("became Built-up", "#e60000"),
        ("unchanged", "#d9d9d9"),
    ]
    spec = ChangeSpec(name="c", nomenclature="esa-worldcover", transitions=((10, 50),), show="transitions")
    assert rows(legend(compile(spec).text)) == [
        ("Tree cover, then Built-up", "#e60000"),
        ("transparent", "#000000"),
    ]


def test_a_colour_map_of_numbers_says_from_where_each_colour_is() -> None:
    script = """//VERSION=3
const map = new ColorMapVisualizer([[-1, 0x0000ff], [0, [1, 1, 0]], [0.4, 0x00ff00]]);
function setup() { return { input: ["B08", "B04"], output: { bands: 3 } }; }
function evaluatePixel(s) { return map.process(index(s.B08, s.B04)); }
"""
    assert rows(legend(script)) == [("from -1", "#0000ff"), ("from 0", "#ffff00"), ("from 0.4", "#00ff00")]
