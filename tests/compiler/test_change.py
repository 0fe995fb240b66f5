"""Two editions compared: every pair of codes, any order of scenes, missing editions."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oso_evalscript import Program, Scene, compile
from oso_evalscript.compiler.change import ChangeSpec, Scenes
from oso_evalscript.compiler.keys import code_band, find_nomenclature
from oso_evalscript.model.errors import SpecError
from oso_evalscript.testing.meaning import change
from oso_evalscript.testing.strategies import specs

BEFORE, AFTER = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
FULL = np.ones_like(BEFORE)


def stored(spec: ChangeSpec, scenes: list[tuple[dt.date, dict[str, Any]]]) -> Any:
    with Program(compile(spec)) as program:
        return program.run([Scene(bands=bands, date=day) for day, bands in scenes])["default"]


@settings(max_examples=15)
@given(specs("change"), st.permutations([0, 1, 2]), st.integers(2015, 2024), st.randoms(use_true_random=False))
def test_every_pair_of_codes_in_any_order_of_scenes(spec: ChangeSpec, order: list[int], year: int, chance: Any) -> None:
    mask = np.array([[chance.randrange(4) > 0 for _ in range(256)]], np.uint8) | np.zeros_like(FULL)
    band = code_band(spec)
    near = np.resize([*find_nomenclature(spec.nomenclature).codes, *range(256)], 256)
    third = {band: near[BEFORE[::-1]] * mask, "dataMask": mask}
    scenes = [
        (dt.date(2018, 1, 1), {band: near[BEFORE], "dataMask": FULL}),
        (dt.date(2021, 1, 1), {band: near[AFTER], "dataMask": FULL}),
        (dt.date(year, 1, 1) if year not in (2018, 2021) else dt.date(2017, 1, 1), third),
    ]
    shuffled = [scenes[i] for i in order]
    np.testing.assert_array_equal(stored(spec, shuffled), change(spec, shuffled))


@pytest.mark.parametrize("mosaicking", Scenes)
def test_fewer_than_two_editions_are_transparent(mosaicking: Scenes) -> None:
    spec = ChangeSpec(name="c", mosaicking=mosaicking)
    there, gone = np.array([[1, 1]], np.uint8), np.array([[0, 1]], np.uint8)
    one = (dt.date(2018, 1, 1), {"OCS": np.array([[5, 5]], np.uint8), "dataMask": there})
    other = (dt.date(2021, 1, 1), {"OCS": np.array([[0, 6]], np.uint8), "dataMask": gone})
    assert not stored(spec, [one]).any()
    assert stored(spec, [one, other])[:, 0].T.tolist() == [[0, 0, 0, 0], [230, 0, 0, 255]]
    with Program(compile(spec)) as program:
        assert not program.run([], shape=(1, 2))["default"].any()


def test_a_rotation_of_crops_is_no_change_between_groups() -> None:
    scenes = [
        (dt.date(year, 1, 1), {"OCS": np.array([[code, 13]], np.uint8), "dataMask": np.ones((1, 2), np.uint8)})
        for year, code in ((2018, 5), (2021, 6))
    ]
    assert stored(ChangeSpec(name="c"), scenes)[3].tolist() == [[255, 0]]
    assert stored(ChangeSpec(name="c", by="groups"), scenes)[3].tolist() == [[0, 0]]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"before": 2018}, "both `before` and `after`, or neither"),
        ({"before": 2021, "after": 2018}, "a whole number from 2022 to 2200"),
        ({"show": "transitions"}, "pairs with `show = \"transitions\"`, and only then"),
        ({"show": "transitions", "transitions": [[1, 99]]}, "99 is not one of them"),
        ({"show": "transitions", "transitions": [1]}, "a list of pairs of whole numbers"),
        ({"show": "became"}, "groups with `show = \"became\"`, and only then"),
        ({"show": "became", "groups": ["towns"]}, "groups of oso-23, \"built-up\" or"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as caught:
        ChangeSpec(name="c", **values)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("before", "after", "reported"), [(2022, 2023, True), (2021, 2024, True), (None, None, True), (2020, 2022, False), (2023, 2024, False)]
)  # fmt: skip
def test_a_script_says_that_an_edition_between_its_two_was_made_in_another_way(
    before: int | None, after: int | None, reported: bool
) -> None:
    text = " ".join(compile(ChangeSpec(name="c", before=before, after=after)).text.replace("\n//", "").split())
    assert ("The 2023 edition was retrained for grassland and three mountain classes" in text) == reported
