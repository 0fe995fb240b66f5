"""Reading nomenclatures back from scripts: round trips, every way to write a table, and what cannot be told."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oso_evalscript import Source, compile, fix, load_nomenclature
from oso_evalscript.compiler.choice import Colors
from oso_evalscript.compiler.export import FORMATS, export
from oso_evalscript.compiler.spec import PaletteSpec
from oso_evalscript.compiler.steps import LookUpBy
from oso_evalscript.model.color import Color
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import Nomenclature
from oso_evalscript.semantics.nomenclature import recover
from oso_evalscript.testing.strategies import grouped_nomenclatures
from tests.conftest import ROOT
from tests.strategies import code, colors

OSO = load_nomenclature("oso-23")
ENTRIES = st.dictionaries(st.integers(0, 300), colors, min_size=2, max_size=8)


def recovered(text: str) -> dict[int, Color]:
    return {item.code: item.color for item in recover(Source(text, "mine.js")).classes}


def rows(entries: dict[int, Color], row: str = "[{}, {}]") -> str:
    return ", ".join(row.format(code, color.literal) for code, color in entries.items())


def branches(entries: dict[int, Color], joint: str = " ") -> str:
    return joint.join(
        f"if (s.A === {code}) {{ return [{', '.join(f'{part} / 255' for part in color.rgb)}]; }}"
        for code, color in entries.items()
    )


def cases(entries: dict[int, Color]) -> str:
    return " ".join(f"case {code}: return int2rgb({color.literal});" for code, color in entries.items())


SHAPES = {
    "pairs": lambda entries: f"const v = new ColorMapVisualizer([{rows(entries)}]);",
    "object": lambda entries: f"const c = {{ {rows(entries, '{}: {}')} }};",
    "if": lambda entries: f"function evaluatePixel(s) {{ {branches(entries)} return [0, 0, 0]; }}",
    "if and else": lambda entries: f"function evaluatePixel(s) {{ {branches(entries, ' else ')} }}",
    "switch": lambda entries: f"function evaluatePixel(s) {{ switch (s.A) {{ {cases(entries)} }} }}",
    "twice": lambda entries: f"const a = {{ {rows(entries, '{}: {}')} }}; const b = [{rows(entries)}];",
}


@given(st.sampled_from(sorted(SHAPES)), ENTRIES)
def test_every_way_to_write_a_table_is_read(shape: str, entries: dict[int, Color]) -> None:
    assert recovered(SHAPES[shape](entries)) == entries


@settings(max_examples=30)
@given(grouped_nomenclatures(), st.sampled_from(LookUpBy))
def test_what_is_compiled_is_read_back(table: Nomenclature, by: LookUpBy) -> None:
    found = recover(compile(PaletteSpec(name="p", nomenclature=table, band="B1", lookup=by)))
    assert [(item.code, item.color) for item in found.classes] == [(item.code, item.color) for item in table.classes]
    assert [item.english for item in found.classes] == [item.english for item in table.classes]
    assert (found.id, found.source) == ("p", "p.js")


@pytest.mark.parametrize("to", FORMATS)
def test_the_shipped_palette_exports_like_its_nomenclature(to: str) -> None:
    assert export(recover(Source.read(ROOT / "evalscripts/oso_palette.js")), to) == export(OSO, to)


@pytest.mark.parametrize("name", ["oso_confident_palette", "oso_palette"])
def test_the_shipped_pictures_of_classes_hold_the_nomenclature(name: str) -> None:
    assert recover(Source.read(ROOT / f"evalscripts/{name}.js")) == OSO


def test_the_page_is_the_nomenclature_once_it_is_fixed() -> None:
    page = Source.read(ROOT / "tests/scripts/err/cnes_land_cover_page.js")
    assert recover(fix(page).source) == OSO
    with pytest.raises(SpecError, match=r"page\.js:4: the colour of code 3 cannot be read from the text"):
        recover(page)


def test_a_table_of_other_groups_of_colours_keeps_its_codes() -> None:
    found = recover(compile(PaletteSpec(name="p", colors=Colors.GROUPS)))
    assert {item.code: item.color for item in found.classes} == {
        item.code: item.color for item in OSO.grouped().classes
    }


def test_labels_and_groups_are_those_of_the_nomenclature_that_is_followed() -> None:
    found = recover(
        Source("// oso: nomenclature oso-23\nconst c = { 16: 0x009c01, 23: 0x0000ff, 24: 0x123456 };", "a.js")
    )
    assert [(item.code, str(item.color), item.english, item.group) for item in found.classes] == [
        (16, "#009c01", "Hardwood forest", "forest"),
        (23, "#0000ff", "Water", "water"),
        (24, "#123456", "class 24", None),
    ]
    assert (found.id, found.title, found.credit) == ("a", "a", OSO.credit)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.js: no table of codes and colours found in the text"),
        ("function evaluatePixel(s) { return [s.B04]; }", "a.js: no table of codes and colours found"),
        ("}}}", "a.js: no table of codes and colours found"),
        ("\nnew ColorRampVisualizer([[0, 0x000000], [1, 0xffffff]]);", "a.js:2: gives colours by a ColorRampVisualizer, not class by class"),
        ("const c = [0xff0000, 0x00ff00];", "a.js:1: has colours without codes"),
        ("new ColorMapVisualizer([[0, 0x000000],\n[0.5, 0xffffff]]);", "a.js:2: gives colours to 0.5, which is not a class code"),
        ("new ColorMapVisualizer([[-1, 0x000000], [1, 0xffffff]]);", "a.js:1: gives colours to -1, which is not a class code"),
        ("new ColorMapVisualizer([[1, 0x000000],\n[2, color]]);", "a.js:2: the colour of code 2 cannot be read from the text"),
        ("new ColorMapVisualizer([[1, 0x000000],\n[top, 0xffffff]]);", "a.js:2: the code of `0xffffff` cannot be read"),
        ("new ColorMapVisualizer([[1, 0x000000], [1, 0xffffff]]);", "a.js:1: code 1 has two colours"),
        ("new ColorMapVisualizer([[1, 0x000000], [2, 0xffffff], ...more]);", "a.js:1: some entries of the table"),
        ("const a = { 1: 0xff0000, 2: 0x00ff00 };\n\nconst b = { 1: 0xff0000, 2: 0x0000ff };", "a.js: gives codes different colours in lines 1 and 3: the table"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_said_in_one_sentence(text: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        recover(Source(text, "a.js"))
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@given(code | st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert recover(Source(text, "a.js")).classes
    except SpecError as error:
        assert str(error).startswith("a.js:")
