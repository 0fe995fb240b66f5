"""The places where a colour number is expected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.color import Color
from oso_evalscript.model.diagnostic import Safety
from oso_evalscript.model.nomenclature import LandClass, shipped_nomenclature
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.colors.positions import Place
from oso_evalscript.semantics.colors.spelling import readings
from oso_evalscript.semantics.script import Script
from tests.strategies import colors

CLASSES = shipped_nomenclature("oso-23").classes


def places(text: str) -> tuple[Place, ...]:
    return Script(parse(Source(text))).color_places


# What may become of a colour: how it is written then.
FAULTS = ("{hex}", "0{digits}", "0 {digits}", "{digits}", "'{digits}'", "0x{short}", "0x0{digits}")


def misspelt(color: Color, fault: str) -> str:
    digits = f"{color.value:06x}"
    return fault.format(hex=color.literal, digits=digits, short=digits[1:])


@given(st.lists(st.tuples(colors, st.sampled_from(FAULTS)), min_size=1, max_size=5))
def test_every_colour_of_a_table_has_a_place(rows: list[tuple[Color, str]]) -> None:
    written = [misspelt(color, fault) for color, fault in rows]
    listed = ", ".join(f"[{index}, {text}]" for index, text in enumerate(written))
    text = f"new ColorMapVisualizer([[90, 0x010203], {listed}, [91, 0x040506]]);"
    found = places(text)
    assert [text[place.span.start : place.span.end] for place in found] == [place.written for place in found]
    assert [place.written for place in found] == ["0x010203", *written, "0x040506"]
    assert all(place.is_certain and place.official is None for place in found)


@given(st.lists(st.tuples(st.sampled_from(CLASSES), st.sampled_from(FAULTS)), min_size=2, max_size=6))
def test_a_declared_nomenclature_tells_the_colour_of_each_place(rows: list[tuple[LandClass, str]]) -> None:
    listed = ", ".join(f"[{item.code}, {misspelt(item.color, fault)}]" for item, fault in rows)
    found = places(f"// oso: nomenclature oso-23\nnew ColorMapVisualizer([{listed}]);")
    assert [place.official for place in found] == [item.color for item, _ in rows]
    for place, (item, _) in zip(found, rows, strict=True):
        fix = place.fix(readings(place.written), safety=Safety.SAFE)
        assert fix is not None
        assert [edit.span for edit in fix.edits] == [place.span]
        assert [int(edit.text, 16) for edit in fix.edits] == [item.color.value]


def test_a_fix_to_the_colour_of_a_nomenclature_is_unsafe_and_must_be_likely() -> None:
    (place,) = places("// oso: nomenclature oso-23\nnew ColorMapVisualizer([[1, 0xff0f]]);")
    fix = place.fix((), safety=Safety.SAFE)
    assert fix is not None
    assert (fix.safety, fix.edits[0].text) == (Safety.UNSAFE, "0xff00ff")
    assert place.fix(("0x000001", "0x000002"), safety=Safety.SAFE) == fix
    only = place.fix(("0x000001",), safety=Safety.SAFE)
    assert only is not None
    assert (only.safety, only.edits[0].text) == (Safety.SAFE, "0x000001")
    (place,) = places("// oso: nomenclature oso-23\nnew ColorMapVisualizer([[1, 0x1234]]);")
    assert place.fix((), safety=Safety.SAFE) is None


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("int2rgb(0ffaaff);", ["0ffaaff"]),
        ("const C = 0xff00ff; int2rgb(C);", ["0xff00ff"]),
        ("const C = 0x00ff00; new ColorMapVisualizer([[1, C], [2, C]]);", ["0x00ff00"]),  # each place once
        ("new ColorMapVisualizer([[1, 16 711 935], [2, 0x000000]]);", ["16 711 935", "0x000000"]),
        ("new ColorMapVisualizer([[1, 255, 170, 255], [2, 0x000000]]);", ["255, 170, 255", "0x000000"]),
        ("new ColorMapVisualizer([[1, [1, 0, 0]], [2, [0, 1, 0]]]);", []),  # lists of channels
        ("const masks = [0x1, 0x2];", []),
        ("const int2rgb = (x) => x; int2rgb(0xff00ff);", []),
        ("int2rgb();", []),
    ],
)
def test_what_stands_in_the_places(text: str, written: list[str]) -> None:
    assert [place.written for place in places(text)] == written


def test_in_a_list_a_place_is_not_certain() -> None:
    in_list, in_call = places("const rows = [[1, 0xff00ff], [2, 0x00ff00]]; int2rgb(255);")[::2]
    assert (in_list.is_certain, in_list.beside_hex) == (False, True)
    assert (in_call.is_certain, in_call.beside_hex) == (True, False)
