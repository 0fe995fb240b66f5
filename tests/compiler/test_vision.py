from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.compiler.vision import Vision, appearance, nearest_pairs
from oso_evalscript.model.color import Color
from oso_evalscript.model.errors import MissingExtra
from oso_evalscript.model.nomenclature import available, shipped_nomenclature
from tests.strategies import colors

coloraide = pytest.importorskip("coloraide", reason="no coloraide here: pip install 'oso-evalscript[palette]'")
OSO = shipped_nomenclature("oso-23")
GREYS = [Color(value * 0x010101) for value in (0, 60, 128, 200, 255)]


def lab(code: int, vision: Vision) -> coloraide.Color:  # type: ignore[name-defined]
    return coloraide.Color(str(appearance(OSO.classes[code - 1].color, vision)))


@pytest.mark.parametrize(
    ("first", "second", "vision", "distance"),
    [
        # Distances in CIE76, computed without this library: the facts on the nomenclature this table came with.
        (6, 18, Vision.NORMAL, 14.5),
        (9, 21, Vision.DEUTERANOPIA, 2.4),
        (10, 13, Vision.DEUTERANOPIA, 3.9),
        (15, 17, Vision.DEUTERANOPIA, 4.7),
        (6, 18, Vision.PROTANOPIA, 1.9),
        (7, 9, Vision.PROTANOPIA, 2.6),
        (5, 6, Vision.PROTANOPIA, 3.0),
    ],
)
def test_distances_known_from_elsewhere(first: int, second: int, vision: Vision, distance: float) -> None:
    assert lab(first, vision).delta_e(lab(second, vision), method="76") == pytest.approx(distance, abs=0.5)


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        # Sharma, Wu and Dalal (2005), table 1, pairs 1 and 25: L*, a*, b* under D65, and CIEDE2000.
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ],
)
def test_the_librarys_ciede2000_is_the_published_one(
    one: tuple[float, ...], other: tuple[float, ...], distance: float
) -> None:
    first, second = (coloraide.Color("lab-d65", coordinates) for coordinates in (one, other))
    assert first.delta_e(second, method="2000") == pytest.approx(distance, abs=1e-4)


def test_the_nearest_pairs_of_the_official_palette() -> None:
    worst = {vision: nearest_pairs([item.color for item in OSO.classes], vision, 1)[0] for vision in Vision}
    codes = {vision: (OSO.codes[pair.first], OSO.codes[pair.second]) for vision, pair in worst.items()}
    assert codes == {
        Vision.NORMAL: (6, 18),
        Vision.DEUTERANOPIA: (9, 21),
        Vision.PROTANOPIA: (6, 18),
        Vision.TRITANOPIA: (8, 21),
    }
    assert worst[Vision.NORMAL].distance > 5 > worst[Vision.TRITANOPIA].distance


@pytest.mark.parametrize("vision", Vision)
@pytest.mark.parametrize("id", available())
def test_no_two_groups_of_a_level_lie_less_than_10_apart(id: str, vision: Vision) -> None:
    table = shipped_nomenclature(id)
    for level in range(1, table.levels + 1):
        (nearest,) = nearest_pairs([group.color for group in table.at_level(level).groups], vision, 1)
        assert nearest.distance >= 10


@pytest.mark.parametrize("vision", Vision)
@pytest.mark.parametrize("id", available())
def test_safe_colours_are_told_apart_by_everyone(id: str, vision: Vision) -> None:
    (nearest,) = nearest_pairs([item.color for item in shipped_nomenclature(id).safe().classes], vision, 1)
    assert nearest.distance >= (10 if vision is Vision.NORMAL else 6)


@given(st.lists(colors, max_size=6), st.sampled_from(Vision), st.integers(1, 20))
def test_pairs_are_the_nearest_and_in_order(listed: list[Color], vision: Vision, count: int) -> None:
    pairs, everything = (nearest_pairs(listed, vision, most) for most in (count, 100))
    assert pairs == everything[:count]
    assert len(everything) == len(listed) * (len(listed) - 1) // 2
    assert [pair.distance for pair in everything] == sorted(pair.distance for pair in everything)
    assert all(pair.first < pair.second for pair in everything)


@pytest.mark.parametrize("vision", Vision)
@pytest.mark.parametrize("grey", GREYS)
def test_greys_look_the_same_to_all(grey: Color, vision: Vision) -> None:
    assert all(abs(one - other) <= 2 for one, other in zip(grey.rgb, appearance(grey, vision).rgb, strict=True))


def test_without_coloraide_a_sentence_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "coloraide", None)
    with pytest.raises(
        MissingExtra, match=r"comparing colours needs coloraide: pip install 'oso-evalscript\[palette\]'"
    ):
        nearest_pairs(GREYS, Vision.NORMAL, 1)
    with pytest.raises(ImportError):
        appearance(GREYS[0], Vision.TRITANOPIA)
