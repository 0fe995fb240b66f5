from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.compiler.export.style import Entry, LegendItem, Style, legend_items, one_line, style_of
from oso_evalscript.model.color import Color
from oso_evalscript.model.nomenclature import Language, Nomenclature
from tests.strategies import colors, nomenclatures

entries = st.lists(
    st.builds(Entry, st.integers(0, 99), st.sampled_from(["a", "b"]), st.sampled_from([Color(0), Color(1)])),
    max_size=12,
    unique_by=lambda entry: entry.code,
)


@given(entries)
def test_a_swatch_stands_for_all_codes_of_a_label_and_a_colour(drawn: list[Entry]) -> None:
    style = Style("", "", tuple(sorted(drawn, key=lambda entry: entry.code)))
    items = legend_items(style)
    assert {(code, item.label, item.color) for item in items for code in item.codes} == {
        (entry.code, entry.label, entry.color) for entry in drawn
    }
    assert len({(item.label, item.color) for item in items}) == len(items)
    assert [item.codes[0] for item in items] == sorted(item.codes[0] for item in items)


@given(st.sets(st.integers(0, 30), min_size=1))
def test_the_numbers_of_a_swatch_name_each_code_once(codes: set[int]) -> None:
    shown = LegendItem(tuple(sorted(codes)), "", Color(0)).numbers
    named: list[int] = []
    for run in shown.split(", "):
        low, _, high = run.partition("–")
        named += range(int(low), int(high or low) + 1)
    assert named == sorted(codes)
    assert len(shown.split(", ")) == sum(code - 1 not in codes for code in codes)


@given(st.text() | st.text("\ufffe\uffff\x00\x7f\ud800\u2028\n a"))
def test_any_text_becomes_one_line_and_stays_itself_where_it_was_one(text: str) -> None:
    shown = one_line(text)
    assert shown.splitlines() in ([], [shown])
    assert one_line(shown) == shown
    assert not re.search("[\\x00-\\x1f\\x7f\\u2028\\u2029\\ud800-\\udfff\\ufffe\\uffff]", shown)
    shown.encode()
    if text.isprintable():
        assert shown == text


@given(nomenclatures(), st.sampled_from(Language), colors)
def test_a_style_has_the_labels_of_a_language(table: Nomenclature, language: Language, color: Color) -> None:
    style = style_of(table, language)
    assert [entry.code for entry in style.entries] == sorted(table.codes)
    assert [entry.label for entry in style.entries] == [item.label(language) for item in table.classes]
    assert style.title == table.title


@pytest.mark.parametrize(
    ("credit", "licence", "expected"), [("A", "B", "A. B."), ("A.", "B.", "A. B."), ("", "B", "B."), ("", "", "")]
)
def test_credit_and_licence_are_sentences(credit: str, licence: str, expected: str) -> None:
    assert style_of(Nomenclature("n", "n", (), "", licence, credit), Language.ENGLISH).credit == expected
