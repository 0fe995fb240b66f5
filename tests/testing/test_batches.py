"""Batches of drawn scenes: what they hold, and that what they alone show is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from oso_evalscript import Program, Source
from oso_evalscript.runtime.dates import AS_USUAL
from oso_evalscript.testing import sampling, search
from oso_evalscript.testing.batches import batches, spread
from oso_evalscript.testing.properties import Outcome

SETUP = """//VERSION=3
function setup() {{ return {{ input: [{{ bands: ["B04", "B08", "SCL", "dataMask"] }}], mosaicking: "{}",
  output: {{ bands: 1, sampleType: "FLOAT32" }} }}; }}
"""


def drawn(body: str, mosaicking: str = "SIMPLE") -> list[Any]:
    with Program(Source(SETUP.format(mosaicking) + body), collection="sentinel-2-l2a") as program:
        return list(
            batches(program, 100, pixels=8, codes={}, acquisitions=AS_USUAL, seed=1),
        )


PIXEL = "function evaluatePixel(s) { return [s.B04 > 0.375 ? s.SCL : s.B08]; }"
SERIES = "function evaluatePixel(s) { return [s.length]; }"


def test_scenes_that_differ_in_their_samples_alone_are_one_run() -> None:
    [scene] = drawn(PIXEL)
    assert {values.shape for values in scene.bands.values()} == {(1, 800)}
    with_data = scene.bands["dataMask"] == 1
    assert 0 < with_data.mean() < 1
    red, near, classes = (scene.bands[name][with_data] for name in ("B04", "B08", "SCL"))
    assert red.min() >= 0
    assert 0.375 in red  # what the script compares with
    assert (red == near).any()
    assert {0, 7, 11} <= set(classes)
    assert (scene.bands["B04"][~with_data] == 0).all()


def test_series_have_all_lengths_and_scenes_various_dates() -> None:
    series = drawn(SERIES, "ORBIT")
    assert {len(scenes) for scenes in series} == {0, 1, 2, 3, 4}
    assert len({scene.date for scenes in series for scene in scenes}) > 5
    assert len({run.date for run in drawn("function evaluatePixel(s, scenes) { return [scenes.length]; }")}) > 5


def test_a_spread_has_data_everywhere() -> None:
    with Program(Source(SETUP.format("SIMPLE") + PIXEL), collection="sentinel-2-l2a") as program:
        scene = spread(program, 1000, 0)
    assert np.ptp(scene.bands["B04"]) > 0.9
    assert scene.bands["dataMask"].all()


def test_what_a_batch_alone_shows_is_refuted_with_an_example(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "find", lambda *_, **options: (None, options["max_examples"]))
    body = "function evaluatePixel(s) { if (s.SCL === 7 && s.B04 > 0.9) throw new Error('odd'); return [0.5]; }"
    with Program(Source(SETUP.format("SIMPLE") + body, "odd.js"), collection="sentinel-2-l2a") as program:
        (total,) = sampling.sample(program, basic=("total",), max_examples=100)
    assert total.outcome is Outcome.REFUTED
    assert total.counterexample is not None
    assert total.counterexample.inputs["SCL"] == 7


def test_scenes_have_the_fields_that_scripts_may_read() -> None:
    body = (
        "function evaluatePixel(s, scenes) { return [scenes.tiles[0].dataPath && scenes.tiles[0].productId ? 1 : 0]; }"
    )
    for scenes in drawn(body, "TILE"):
        for scene in scenes:
            assert str(scene.data_path).startswith("made-up/sentinel-2-l2a/")
            assert set(scene.fields) == {"productId", "sentinel2ProductId", "tileOriginalId"}


def test_hypothesis_is_not_needed_while_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "find", lambda *_, **__: pytest.fail("nothing is to be searched for"))
    kept = "let last;\nfunction evaluatePixel(s) { last = s.B04; return [last]; }"
    with Program(Source(SETUP.format("SIMPLE") + kept), collection="sentinel-2-l2a") as program:
        assert program.impurity() is not None
        found = sampling.sample(program, max_examples=60)
    assert {verdict.outcome for verdict in found} == {Outcome.UNREFUTED}
    assert {verdict.message for verdict in found} == {"no counterexample in 60 examples"}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("let n = 0;\nfunction evaluatePixel() { n++; return [n % 7]; }", "deterministic"),
        ("let seen = 0;\nfunction evaluatePixel(s) { if (s.SCL === 7) seen = 1; return [seen]; }", "pixelwise"),
    ],
)
def test_state_that_a_batch_shows_is_refuted(body: str, name: str) -> None:
    with Program(Source(SETUP.format("SIMPLE") + body), collection="sentinel-2-l2a") as program:
        (verdict,) = sampling.sample(program, basic=(name,), max_examples=20)
    assert verdict.outcome is Outcome.REFUTED
