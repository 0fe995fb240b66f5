from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from oso_evalscript.javascript.lookalikes import plain
from oso_evalscript.model.color import Color
from oso_evalscript.semantics.colors.spelling import decimal_readings, may_be, readings
from tests.strategies import colors


@given(st.text())
def test_a_reading_is_a_colour(text: str) -> None:
    for reading in (*readings(text), *decimal_readings(0, text)):
        assert reading.startswith("0x")
        assert Color(int(reading, 16)).literal == reading.lower()


@given(colors)
def test_a_colour_reads_as_itself(color: Color) -> None:
    assert readings(color.literal) == (color.literal,)
    assert readings(str(color)) == (color.literal,)
    assert may_be(color.literal, color)
    assert may_be(str(color.value), color)


@given(colors, st.integers(0, 5))
def test_a_lost_digit_has_no_reading_but_may_be_the_colour(color: Color, at: int) -> None:
    kept = color.literal[: 2 + at] + color.literal[3 + at :]
    assert readings(kept) == ()
    assert may_be(kept, color)


@given(colors, colors)
def test_another_colour_is_not_the_colour(one: Color, other: Color) -> None:
    assume(one != other)
    assert not may_be(one.literal, other)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("16 711 935", ("0xff00ff",)),
        ("16.711.935", ("0xff00ff",)),
        ("711 935", ("0x711935", "0x0adcff")),
        ("255 170 255", ()),
        ("0 123456", ("0x123456",)),
        ("0xFfAaFf", ("0xFfAaFf",)),
        ("0x0x0xffaaff", ("0xffaaff",)),
        ("0xffaaOl", ("0xffaa01",)),
        ("Oxffaaff", ("0xffaaff",)),
        ("red", ()),
        ("0xffaag0", ()),
        ("0x", ()),
        ("", ()),
    ],
)
def test_readings(written: str, expected: tuple[str, ...]) -> None:
    assert readings(written) == expected


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_is_plain(text: str) -> None:
    assert plain(text) == text


@given(colors)
def test_full_width_forms_are_read(color: Color) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in color.literal)
    assert plain(wide) == color.literal
    assert plain(color.literal.replace("x", "\u0445")) == plain(color.literal.replace("x", "\u200b×")) == color.literal
