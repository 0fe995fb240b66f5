"""Units, no-data values and what collections offer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from oso_evalscript import Program, Scene
from oso_evalscript.model.errors import ArrayError, OsoError, ScriptError


def script(bands: str, body: str, units: str = "") -> str:
    asked = f"[{{ bands: {bands}, units: {units} }}]" if units else bands
    return f"""function setup() {{ return {{ input: {asked}, output: {{ bands: 1, sampleType: "FLOAT32" }} }}; }}
      function evaluatePixel(s) {{ return [{body}]; }}"""


def run(source: str, scene: Any, *, collection: str | None = None, **options: Any) -> list[float]:
    with Program(source, collection=collection) as program:
        found: list[float] = program.run(scene, **options)["default"].ravel().tolist()
    return found


DIGITAL = np.array([[0, 797, 3000, 32767]], np.uint16)


def test_digital_numbers_become_reflectance_where_they_are_said_to_be() -> None:
    source = script('["B04"]', "s.B04 * 10000")
    expected = pytest.approx([0, 797, 3000, 32767])
    assert run(source, {"B04": DIGITAL}, collection="S2L2A", units="DN") == expected
    assert run(source, Scene(bands={"B04": DIGITAL}, units="dn"), collection="sentinel-2-l1c") == expected
    assert run(source, {"B04": DIGITAL / 10000}, collection="S2L2A") == expected
    assert (
        run(source, Scene(bands={"B04": DIGITAL / 10000}, units="REFLECTANCE"), collection="S2L2A", units="DN")
        == expected
    )


@given(st.lists(st.integers(0, 2**15), min_size=1, max_size=20))
def test_reflectance_becomes_the_very_digital_number(numbers: list[int]) -> None:
    with Program(script('["B04"]', "s.B04", '"DN"'), collection="S2L2A") as program:
        scene = {"B04": np.array([numbers]) * 0.0001}
        assert program.run(scene, units="REFLECTANCE")["default"].ravel().tolist() == numbers


def test_every_band_has_its_own_scale() -> None:
    source = script('["AOT", "SCL"]', "s.AOT * 1000 + s.SCL")
    assert run(source, {"AOT": [[250]], "SCL": [[4]]}, units="DN") == pytest.approx([254])
    assert run(source, {"AOT": [[0.25]], "SCL": [[4]]}, collection="S2L2A", units="OPTICAL_DEPTH") == pytest.approx(
        [254]
    )


@pytest.mark.parametrize(
    ("source", "scene", "options", "message"),
    [
        (script('["B04"]', "1"), {"B04": DIGITAL}, {"collection": "S2L2A"},
         "the script asks for B04 in REFLECTANCE, and whole numbers (uint16) up to 32767 are not reflectance: if the arrays are digital numbers, pass units='DN'"),
        (script('["B04"]', "1", '"REFLECTANCE"'), {"B04": DIGITAL}, {}, "pass units='DN'"),
        (script('["B04"]', "1"), {"B04": DIGITAL}, {"units": "DN"}, "units DN need a collection"),
        (script('["VV"]', "1"), {"VV": DIGITAL}, {"collection": "S1GRD", "units": "DN"}, "cannot convert VV from DN to LINEAR_POWER"),
        (script('["A", "dataMask"]', "1"), {"A": [[1, 2]], "dataMask": [[0, 255]]}, {}, "dataMask contains 255: expected 1 where there is data and 0 elsewhere"),
        (script('["A", "dataMask"]', "1"), {"A": [[1, 2]], "dataMask": [[-1, 0]]}, {}, "dataMask contains -1: expected 1"),
    ],
)  # fmt: skip
def test_values_in_another_unit_are_refused(source: str, scene: Any, options: Any, message: str) -> None:
    with pytest.raises(ArrayError) as caught:
        run(source, scene, **options)
    assert message in str(caught.value)


def test_whole_numbers_that_can_be_reflectance_pass() -> None:
    assert run(script('["B04"]', "s.B04"), {"B04": np.array([[0, 1]])}, collection="S2L2A") == [0, 1]


@pytest.mark.parametrize(
    ("bands", "units", "array", "notice"),
    [
        ('["B04"]', "", DIGITAL, "B04 holds whole numbers up to 32767, taken as they are because the collection is not known; if they are digital numbers, name the collection and the unit DN"),
        ('["B04", "B08", "dataMask"]', "", DIGITAL, "B04, B08 hold whole numbers up to 32767, taken as they are because the"),
        ('["B04"]', "DN", DIGITAL, None),
        ('["B04"]', "", DIGITAL / 1.0, None),
        ('["B04"]', "", DIGITAL > 1, None),
        ('["A"]', "", DIGITAL, None),
        ('["B8A", "SCL"]', "", DIGITAL > 1, None),
    ],
)  # fmt: skip
def test_whole_numbers_without_a_collection_are_told(bands: str, units: str, array: Any, notice: str | None) -> None:
    text = script(bands, "1", f'"{units}"') if units else script(bands, "1")
    with Program(text) as program:
        found = program.run({**dict.fromkeys(("A", "B04", "B08", "B8A", "SCL"), array), "dataMask": array > -1}).notices
    assert [words.startswith(notice or "?") for words in found] == [True] * (notice is not None)


def test_digital_numbers_are_multiplied_as_doubles() -> None:
    text = script('["B04"]', "s.B04 === 0.040600000000000004 ? 1 : 0")
    for kind in (np.uint16, np.float32, np.float64):
        assert run(text, {"B04": np.full((1, 1), 406, kind)}, collection="S2L2A", units="DN") == [1]


S2 = script('["B04"]', "s.B04")
RAW = np.array([[0, 400, 1000, 1406]], np.uint16)


@pytest.mark.parametrize("unit", ["DN", "REFLECTANCE"])
@settings(max_examples=10)
@given(st.integers(-3000, 3000))
@example(-1000)
def test_raw_digital_numbers_are_harmonised_by_their_offset(unit: str, offset: int) -> None:
    """The product's offset is added, what falls below 0 is 0 (page on Sentinel-2 L2A, harmonizeValues)."""
    text = """//VERSION=3
    function setup() {
      return { input: [{ bands: ["B04", "SCL"], units: ["UNIT", "DN"] }], output: { bands: 2, sampleType: "FLOAT32" } };
    }
    function evaluatePixel(s) { return [s.B04, s.SCL]; }""".replace("UNIT", unit)
    bands: Any = {"B04": RAW, "SCL": np.full((1, 4), 4, np.uint8)}
    factor = 0.0001 if unit == "REFLECTANCE" else 1
    with Program(text, collection="S2L2A") as program:
        ours = program.run(bands, units="DN", offset=offset)["default"]
        own = program.run(Scene(bands=bands, units="DN", offset=offset))["default"]
    expected = np.maximum(RAW.astype(float) + offset, 0) * factor
    np.testing.assert_array_equal(ours[0], expected.astype(np.float32))
    np.testing.assert_array_equal(own, ours)
    assert (ours[1] == 4).all()


def test_an_offset_needs_digital_numbers_of_a_known_collection() -> None:
    with Program(S2, collection="S2L2A") as program, pytest.raises(ArrayError, match="pass units='DN' as well"):
        program.run({"B04": RAW}, offset=-1000)
    with Program(S2) as program, pytest.raises(ArrayError, match="needs a collection"):
        program.run({"B04": RAW}, units="DN", offset=-1000)
    with Program(S2, collection="S2L2A") as program, pytest.raises(OsoError, match="offset must be a number, not 'x'"):
        program.run({"B04": RAW}, units="DN", offset="x")  # type: ignore[arg-type]


def test_a_cloud_mask_without_data_is_255() -> None:
    text = S2.replace("B04", "CLM")
    scene = {"CLM": np.array([[0, 1, 7]], np.uint8), "dataMask": np.array([[1, 1, 0]])}
    for collection in ("S2L2A", None):
        with Program(text, collection=collection) as program:
            assert program.run(scene)["default"].tolist() == [[[0, 1, 255]]]
            assert program.run([])["default"].tolist() == [[[255]]]


def test_pixels_without_data_are_0_and_nan_for_landsat() -> None:
    scene = {"B04": np.array([[0.5, 0.25]]), "dataMask": [[1, 0]]}
    assert run(script('["B04"]', "s.B04"), scene) == [0.5, 0]
    assert run(script('["B04", "dataMask"]', "s.B04 + s.dataMask"), scene, collection="S2L2A") == [1.5, 0]
    found = run(script('["B04"]', "s.B04"), scene, collection="landsat-ot-l2")
    assert found[0] == 0.5
    assert np.isnan(found[1])
    flags = {"BQA": np.array([[3, 4]], np.uint16), "dataMask": [[1, 0]]}
    assert np.isnan(run(script('["BQA"]', "s.BQA"), flags, collection="landsat-ot-l2")[1])


def test_no_scene_at_all_is_no_data() -> None:
    assert np.isnan(run(script('["B04"]', "s.B04"), [], collection="landsat-ot-l2"))
    assert run(script('["B04"]', "s.B04"), []) == [0]


def test_a_data_mask_of_another_size_is_refused_whether_it_is_asked_for_or_not() -> None:
    scene = {"A": [[1.0, 2.0]], "dataMask": [[1]]}
    for bands in ('["A"]', '["A", "dataMask"]'):
        with pytest.raises(ArrayError, match="the same shape, but these differ"):
            run(script(bands, "s.A"), scene)


@pytest.mark.parametrize(
    ("source", "collection", "message"),
    [
        (script('["SCL"]', "1"), "S2L1C", "Collection 'S2L1C' has no band 'SCL'."),
        (script('["b04"]', "1"), "S2L2A", "Collection 'S2L2A' has no band 'b04'."),
        (script('["VV"]', "1", '"REFLECTANCE"'), "S1GRD", "Band 'VV' of collection 'S1GRD' requested in unsupported units 'REFLECTANCE'! Supported units for this band: [LINEAR_POWER]."),
        (script('["B04", "SCL"]', "1", '"REFLECTANCE"'), "S2L2A", "Band 'SCL' of collection 'S2L2A' requested in unsupported units"),
        (script('["VV"]', "1").replace("output:", 'mosaicking: "TILE", output:'), "S1GRD", "the collection 'S1GRD' does not offer mosaicking TILE: it offers SIMPLE, ORBIT"),
    ],
)  # fmt: skip
def test_what_a_collection_does_not_have_is_refused_in_the_service_s_words(
    source: str, collection: str, message: str
) -> None:
    with pytest.raises(ScriptError) as caught:
        Program(source, collection=collection)
    assert message in str(caught.value)


def test_one_unit_for_all_bands_covers_the_data_mask() -> None:
    assert run(
        script('["B04", "dataMask"]', "s.B04 + s.dataMask", '"reflectance"'), {"B04": [[0.5]]}, collection="S2L2A"
    ) == [1.5]


def test_collections_are_named_by_datasource_too() -> None:
    fused = script('[{ datasource: "S2L2A", bands: ["B04"] }, { datasource: "x", bands: ["Q"] }]', "samples").replace(
        "(s)", "(samples)"
    )
    with Program(fused) as program:
        assert [item and item.id for item in program.origins] == ["sentinel-2-l2a", None]
    with Program(fused, collection={"x": "byoc-1234"}) as program:
        assert program.origins[1] is not None
    with pytest.raises(ScriptError, match="Collection 'S2L2A' has no band 'B99'"):
        Program(fused.replace("B04", "B99"))
    for collection, message in [
        ("S2L2A", "pass a collection for each of S2L2A, x by its name"),
        ({"y": "S2L2A"}, "the script has no input `y`; its inputs are S2L2A, x"),
        ({"x": "nowhere"}, "the catalogue has no collection `nowhere`"),
    ]:
        with pytest.raises(OsoError) as caught:
            Program(fused, collection=collection)  # type: ignore[arg-type]
        assert message in str(caught.value)


def test_bands_that_one_collection_alone_has_tell_it() -> None:
    with Program(script('["OCS"]', "1")) as program:
        assert program.origins[0] is not None
        assert program.origins[0].id == "cnes-land-cover"
    with Program(script('["B04"]', "1")) as program:
        assert program.origins == (None,)
