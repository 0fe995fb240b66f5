from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from oso_evalscript import Program, Scene
from oso_evalscript.model.errors import ScriptError

SCRIPT = """//VERSION=3
function setup() {{ return {{ input: ["A"], output: {{ bands: 1 }}, mosaicking: "{mosaicking}" }}; }}
{hook}
function evaluatePixel(samples) {{ return [{value}]; }}
"""
FILTER = """function preProcessScenes(collections) {{
  collections.scenes.{key} = collections.scenes.{key}.filter((item) => {test});
  return collections;
}}"""


def scenes(*days: int, hours: tuple[int, ...] = (10,)) -> list[Scene]:
    return [
        Scene(date=dt.datetime(2025, 3, day, hour), bands={"A": np.ones((1, 1))}, cloud_coverage=day)
        for day in days
        for hour in hours
    ]


def told(script: str, given: list[Scene], order: str = "mostRecent") -> list[str]:
    with Program(script) as program:
        return list(program.run(given, order=order, shape=(1, 1)).scenes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("order", "words"),
    [("mostRecent", "newest first: 2025-03-09, 2025-03-02"), ("leastRecent", "oldest first: 2025-03-02, 2025-03-09"), ("leastCC", "least cloudy first: 2025-03-02, 2025-03-09")],
)  # fmt: skip
def test_the_order_of_scenes_is_told(order: str, words: str) -> None:
    script = SCRIPT.format(mosaicking="ORBIT", hook="", value="samples.length")
    assert told(script, scenes(2, 9), order) == [f"2 scenes under ORBIT, {words}"]


def test_what_a_hook_left_is_told() -> None:
    hook = FILTER.format(key="tiles", test='item.date < "2025-03-05"')
    script = SCRIPT.format(mosaicking="TILE", hook=hook, value="1")
    assert told(script, scenes(2, 6, 9)) == [
        "3 scenes under TILE, newest first: 2025-03-09, 2025-03-06, 2025-03-02",
        "preProcessScenes left 1 of 3 scenes: 2025-03-02",
    ]
    assert told(script, scenes(2)) == ["1 scene under TILE: 2025-03-02"]
    assert told(script, []) == ["0 scenes under TILE"]


def test_a_script_that_fails_for_want_of_scenes_says_so() -> None:
    script = SCRIPT.format(mosaicking="ORBIT", hook=FILTER.format(key="orbits", test="false"), value="samples[0].A")
    with Program(script) as program, pytest.raises(ScriptError) as caught:
        program.run(scenes(2, 6))
    assert caught.value.scenes[-1] == "preProcessScenes left 0 of 2 scenes"


def test_scenes_of_one_day_are_told_apart_and_many_are_cut() -> None:
    script = SCRIPT.format(mosaicking="TILE", hook="", value="1")
    assert told(script, scenes(2, hours=(10, 11)))[0].endswith("2025-03-02 11:00, 2025-03-02 10:00")
    assert told(script, scenes(*range(1, 29)))[0].endswith("2025-03-20, 2025-03-19, …, 2025-03-01")


def test_of_a_single_scene_there_is_nothing_to_tell() -> None:
    with Program(SCRIPT.format(mosaicking="SIMPLE", hook="", value="samples.A")) as program:
        assert program.run(scenes(1)).scenes == ()
        assert program.run(scenes(1, 2)).scenes == ("2 scenes under SIMPLE, newest first: 2025-03-02, 2025-03-01",)
        assert program.run(scenes(1, 2)).offered[0].kept == (0, 1)
