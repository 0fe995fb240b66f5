from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.compiler.importing.rows import (
    MAX_CLASSES,
    code_of,
    color_of,
    label_of,
    ordered,
    plain_nomenclature,
    shown,
    text_of,
)
from oso_evalscript.model.color import Color
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import LARGEST_CODE, LandClass
from tests.strategies import colors, labels

PATH = Path("mine.csv")


def rows(codes: list[int]) -> list[tuple[str, LandClass]]:
    return [(f"place {index}", LandClass(code, "", "", Color(index))) for index, code in enumerate(codes)]


@given(st.integers(0, LARGEST_CODE) | st.integers() | st.text())
def test_a_code_is_read_as_it_is_written_or_refused(value: int | str) -> None:
    if isinstance(value, int) and 0 <= value <= LARGEST_CODE:
        assert code_of(str(value), "here") == value
    else:
        text = f"{value}x" if isinstance(value, str) else str(value)
        with pytest.raises(
            SpecError, match=r"^here: `.* is not a class code: expected a whole number from 0 to 65535$"
        ):
            code_of(text, "here")


@given(colors)
def test_a_colour_is_read_in_one_spelling_alone(color: Color) -> None:
    assert color_of(str(color), "here") == color_of(str(color).upper(), "here") == color
    for text in (color.literal, str(color)[1:], f"{color}f", f" {color}", str(color)[:-1]):
        with pytest.raises(SpecError, match=r"^here: .* is not a colour"):
            color_of(text, "here")


@given(labels, st.text(" \t\n", max_size=3))
def test_a_label_is_a_line_without_the_blanks_around_it(label: str, blanks: str) -> None:
    assert label_of(f"{blanks}{label}{blanks}", "here") == label
    for char in "\n\x00\u2028\ud800":
        with pytest.raises(SpecError, match=r"^here: .* is not a label"):
            label_of(f"a{char}{label}b", "here")


@given(st.lists(st.integers(0, 20), min_size=1, max_size=12))
def test_classes_are_in_order_and_each_code_stands_once(codes: list[int]) -> None:
    if len(set(codes)) == len(codes):
        assert [item.code for item in ordered(rows(codes), PATH, expected="x")] == sorted(codes)
        return
    second = next(index for index, code in enumerate(codes) if code in codes[:index])
    first = codes.index(codes[second])
    with pytest.raises(SpecError) as told:
        ordered(rows(codes), PATH, expected="x")
    assert str(told.value) == f"place {second}: code {codes[first]} is already at place {first}: expected it once"


def test_there_are_some_classes_and_not_too_many() -> None:
    assert len(ordered(rows([*range(MAX_CLASSES)]), PATH, expected="x")) == MAX_CLASSES
    with pytest.raises(SpecError, match=f"^place {MAX_CLASSES}: is one class too many"):
        ordered(rows([*range(MAX_CLASSES + 1)]), PATH, expected="x")
    with pytest.raises(SpecError, match=r"^mine\.csv: has no classes: expected x$"):
        ordered([], PATH, expected="x")


def test_a_file_of_classes_alone_is_named_by_its_name() -> None:
    table = plain_nomenclature(rows([3, 1]), Path("folder/mine.csv"), "mine", expected="x")
    assert (table.id, table.title, table.source, table.codes) == ("mine", "mine", "mine.csv", (1, 3))
    assert (table.licence, table.credit, table.groups) == ("", "", ())


@given(st.text())
def test_what_is_shown_of_a_file_is_short_and_one_line(text: str) -> None:
    quoted = shown(text)
    assert quoted[0] == quoted[-1] == "`"
    assert len(quoted) <= 42
    assert quoted.splitlines() == [quoted]
    if text.isascii() and text.isprintable() and len(text) <= 40:
        assert quoted == f"`{text}`"


def test_bytes_are_text_without_nul() -> None:
    assert text_of("\ufeffé".encode(), PATH) == "é"
    for data, message in ((b"a\x00", "has NUL characters"), (b"\xff", "is not UTF-8")):
        with pytest.raises(SpecError, match=message):
            text_of(data, PATH)
