"""Whose classes a table paints, and which colours it must then have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.color import Color
from oso_evalscript.model.nomenclature import LandClass, available, shipped_nomenclature
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.colors.classes import class_of, classes_of, is_same, official_colors
from oso_evalscript.semantics.script import Script
from tests.strategies import colors

CLASSES = shipped_nomenclature("oso-23").classes


def script_of(rows: list[tuple[int, Color]], comment: str = "") -> Script:
    listed = ", ".join(f"[{code}, {color.literal}]" for code, color in rows)
    return Script(parse(Source(f"{comment}\nconst rows = [{listed}];")))


@given(st.sets(st.sampled_from([item.code for item in CLASSES])))
def test_a_table_follows_a_nomenclature_where_most_codes_have_its_colours(codes: set[int]) -> None:
    listed = [f"[{item.code}, {item.color.literal if item.code in codes else '0x123456'}]" for item in CLASSES]
    script = Script(parse(Source(f"const rows = [{', '.join(listed)}];")))
    found = [classes_of(table, script.directives.nomenclature) for table in script.tables]
    assert [item is not None and item.id == "oso-23" for item in found] == [2 * len(codes) > len(CLASSES)]


@pytest.mark.parametrize(
    ("comment", "follows"),
    [
        ("// oso: nomenclature oso-23", True),
        ("/* oso: nomenclature oso-23 */", True),
        ("// oso: collection cnes-land-cover", False),
        ("// oso: nomenclature cadastre", False),
        ("// oso: collection sentinel-2-l2a", False),
        ("// the nomenclature oso-23", False),
    ],
)
def test_a_comment_tells_the_nomenclature(comment: str, follows: bool) -> None:
    script = Script(parse(Source(f"{comment}\nconst rows = [[1, 0x010203], [2, 0x040506]];")))
    assert [classes_of(table, script.directives.nomenclature) is not None for table in script.tables] == [follows]


@given(st.sampled_from(available()), st.sampled_from(available()), st.integers(0, 20), st.booleans())
def test_whoever_names_a_nomenclature_wants_its_colours(colors_of: str, named: str, lost: int, by_name: bool) -> None:
    table = shipped_nomenclature(colors_of)
    key = "nomenclature" if by_name else "codes"
    kept = table.classes[: max(2, len(table.classes) - lost)]
    script = script_of([(item.code, item.color) for item in kept], f"// oso: {key} {named}")
    found = classes_of(script.tables[0], script.directives.nomenclature)
    codes = shipped_nomenclature(named).codes
    if by_name and 2 * sum(item.code in codes for item in kept) >= len(kept):
        assert found is shipped_nomenclature(named)
    elif colors_of == named:
        assert found is table


@given(st.lists(st.tuples(st.sampled_from(CLASSES), colors), min_size=2, max_size=6))
def test_each_code_has_the_colour_of_its_class(rows: list[tuple[LandClass, Color]]) -> None:
    script = script_of([(item.code, color) for item, color in rows], "// oso: nomenclature oso-23")
    (table,) = script.tables
    official = official_colors(script.tables, script.directives.nomenclature)
    assert [official[id(stop.color_node)] for stop in table.stops] == [item.color for item, _ in rows]
    assert [class_of(shipped_nomenclature("oso-23"), stop) for stop in table.stops] == [item for item, _ in rows]
    assert official_colors(script.tables, None) == {}


def test_a_code_that_no_class_has_wants_no_colour() -> None:
    script = script_of([(1, Color(0)), (2, Color(1)), (99, Color(2))], "// oso: nomenclature oso-23")
    (table,) = script.tables
    assert len(official_colors(script.tables, script.directives.nomenclature)) == 2
    assert class_of(shipped_nomenclature("oso-23"), table.stops[2]) is None


def test_a_comment_may_say_that_the_classes_are_others() -> None:
    rows = [(item.code, item.color) for item in CLASSES]
    for comment, follows in (("", True), ("// oso: nomenclature own", False), ("// oso: nomenclature oso-17", True)):
        script = script_of(rows, comment)
        assert (classes_of(script.tables[0], script.directives.nomenclature) is not None) == follows
    elsewhere = script_of([(item.code + 100, item.color) for item in CLASSES], "// oso: nomenclature oso-23")
    assert classes_of(elsewhere.tables[0], elsewhere.directives.nomenclature) is None


@pytest.mark.parametrize("text", ["new ColorRampVisualizer([{}])", "colorBlend(x, [1, 2], [{}])"])
def test_a_ramp_follows_no_nomenclature(text: str) -> None:
    rows = ", ".join(f"[{item.code}, {item.color.literal}]" for item in CLASSES)
    script = Script(parse(Source(f"// oso: nomenclature oso-23\n{text.format(rows)};")))
    assert [classes_of(table, script.directives.nomenclature) for table in script.tables if table.kind != "list"] == [
        None
    ]


@given(colors, st.tuples(*[st.integers(-2, 2)] * 3))
def test_colours_are_the_same_but_for_one_step_of_rounding(color: Color, steps: tuple[int, int, int]) -> None:
    channels = [max(0, min(255, channel + step)) for channel, step in zip(color.rgb, steps, strict=True)]
    other = Color(int.from_bytes(channels))
    near = all(abs(one - two) <= 1 for one, two in zip(color.rgb, channels, strict=True))
    assert is_same(color, other) == is_same(other, color) == near
