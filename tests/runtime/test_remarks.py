"""What a run says of pixels where nothing, too much, or no number is returned, and of pictures without alpha."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oso_evalscript import Outputs, Program
from oso_evalscript.model.errors import PixelError

KINDS = {0: "[1]", 1: "undefined", 2: "null", 3: "[1, 2, 3]", 4: "[undefined]", 5: "['a']", 6: "[true]", 7: "[NaN]"}


def script(body: str, bands: int = 1, sample_type: str = "UINT8", more: str = "") -> str:
    return f"""//VERSION=3
function setup() {{
  return {{ input: ["A", "dataMask"], output: {{ bands: {bands}, sampleType: "{sample_type}" }}{more} }};
}}
function evaluatePixel(sample) {{ {body} }}"""


def run(text: str, scene: Any, **options: Any) -> Outputs:
    with Program(text, **options) as program:
        return program.run(scene)


@pytest.fixture(scope="module")
def every_kind() -> Any:
    table = ", ".join(f"() => ({value})" for value in KINDS.values())
    with Program(script(f"return [{table}][sample.A]();", sample_type="FLOAT32")) as program:
        yield program


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.sampled_from([*KINDS]), st.sampled_from([0, 1])), min_size=1, max_size=12), st.integers(1, 5)
)
def test_what_is_counted_is_what_there_is(every_kind: Program, pixels: list[tuple[int, int]], block: int) -> None:
    kinds, mask = np.array([pixels], np.uint8).transpose(2, 0, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("oso_evalscript.runtime.blocks.BLOCK", block)
        out = every_kind.run({"A": kinds, "dataMask": mask}, blank=False)
    silent = np.isin(kinds, [1, 2])
    assert out.silent == np.count_nonzero(silent)
    assert out.unanswered == np.count_nonzero(silent & (mask == 1))
    assert out.surplus == np.count_nonzero(kinds == 3)
    foreign = np.isin(kinds, [4, 5])
    assert sum("not a number" in notice for notice in out.notices) == bool(foreign.any())
    expected = np.select([silent, foreign | (kinds == 7)], [0, np.nan], 1)
    np.testing.assert_array_equal(out["default"][0], expected)


def test_nothing_at_pixels_is_stored_as_0_and_counted_with_and_without_data() -> None:
    scene = {"A": [[1.0, 2.0, 3.0, 4.0]], "dataMask": np.array([[1, 0, 0, 1]])}
    out = run(script("if (sample.A !== 4) return; return [sample.A];", sample_type="FLOAT32"), scene)
    assert out["default"].tolist() == [[[0, 0, 0, 4]]]
    assert out.notices[:2] == (
        "1 pixel with data returns nothing, stored as 0; the service may answer `Script must return an array.`",
        "2 pixels without data return nothing, stored as 0",
    )
    out = run(script("if (sample.dataMask) return [sample.A];"), scene)
    assert (out["default"].tolist(), out.unanswered, out.silent) == ([[[1, 0, 0, 4]]], 0, 2)


def test_surplus_values_are_dropped_with_a_word() -> None:
    out = run(script("return sample.A > 1 ? [1, 2, 3, 4] : [5, 6];", bands=2), {"A": [[1, 2], [3, 1]]})
    assert out["default"].tolist() == [[[5, 1], [1, 5]], [[6, 2], [2, 6]]]
    assert out.notices == (
        "4 values for 2 bands of the output `default`: the last 2 are dropped (at 2 pixels, first at row 0, column 1)",
    )
    out = run(script("return { default: [1, 2, 3] };", bands=2), {"A": [[1]]})
    assert out.notices == ("3 values for 2 bands of the output `default`: the last 1 is dropped (at row 0, column 0)",)


@pytest.mark.parametrize(
    ("value", "words"),
    [("undefined", "undefined"), ("null", "null"), ("'a'", "the string a"), ("[1, 2]", "an array of 2 values")],
)
def test_an_element_that_is_no_number_is_never_passed_over(value: str, words: str) -> None:
    for sample_type, stored in (("FLOAT32", "NaN"), ("AUTO", "0")):
        out = run(script(f"return [1, {value}];", bands=2, sample_type=sample_type), {"A": [[1]]})
        assert out.notices == (
            f"value 2 of the output `default` is {words}, not a number: stored as {stored} (at row 0, column 0); the "
            "service may answer `Script must return an array.`",
        )
    assert not run(script("return [true, NaN];", bands=2), {"A": [[1]]}).notices


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "evaluatePixel returned nothing where setup() declares 1 value"),
        ("return null;", "evaluatePixel returned null where"),
        ("return [1, 2];", "returned an array of 2 values, [1, 2], where setup() declares 1 value"),
        (
            "return { default: [1, 2] };",
            "2 values for 1 in the output `default`, which has 1 band: { default: [1, 2] }",
        ),
        ("return [undefined];", "returned undefined as value 1 of the output `default`: no number"),
    ],
)
def test_strict_refuses_what_is_only_probably_accepted(body: str, message: str) -> None:
    with pytest.raises(PixelError) as caught:
        run(script(body), {"A": [[1]]}, strict=True)
    assert message in str(caught.value)
    assert run(script(body), {"A": [[1]]}).notices
    assert run(script("return [sample.A > 0];"), {"A": [[1]]}, strict=True)["default"].item() == 1


def test_counts_hold_where_results_are_gathered_and_where_many_work(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = {"A": (np.arange(600) % 3).astype(np.uint8).reshape(20, 30)}
    text = script("if (sample.A === 1) return; return sample.A === 2 ? [2, 3] : [7];")
    for fewest in (1, 2**16):
        monkeypatch.setattr("oso_evalscript.runtime.program._PROOF_PAYS", 1)
        monkeypatch.setattr("oso_evalscript.runtime.program._PER_WORKER", 1)
        monkeypatch.setattr("oso_evalscript.runtime.gather.FEWEST_PIXELS", fewest)
        monkeypatch.setattr("oso_evalscript.runtime.blocks.BLOCK", 70)
        with Program(text) as program:
            out = program.run(scene, workers=2)
        assert (out.silent, out.unanswered, out.surplus) == (200, 200, 200)
        assert "(at 200 pixels, first at row 0, column 2)" in out.notices[1]
        np.testing.assert_array_equal(out["default"][0], np.array([7, 0, 2])[scene["A"]])


@pytest.mark.parametrize(
    ("body", "bands", "notice"),
    [
        (
            "return [sample.A, sample.A, sample.A];",
            3,
            "2 pixels have no data and are drawn black; return `dataMask` as",
        ),
        ("return [1 - sample.A, 1, 1];", 3, "2 pixels have no data and are drawn white; return `dataMask` as"),
        ("return [sample.A, 1, sample.A];", 3, "2 pixels have no data and are drawn in the colour (0, 255, 0); return"),
        ("return [sample.A, 1, 1, sample.dataMask];", 4, None),
        ("return [sample.A];", 1, None),
    ],
)
def test_pixels_without_data_are_told_as_they_are_drawn(body: str, bands: int, notice: str | None) -> None:
    scene = {"A": [[1.0, 1.0, 1.0]], "dataMask": [[0, 1, 0]]}
    notices = run(script(body, bands, "AUTO"), scene).notices
    assert [text.startswith(notice or "?") for text in notices] == [True] * (notice is not None)
    assert not run(script(body, bands, "AUTO"), {**scene, "dataMask": [[1, 1, 1]]}).notices
