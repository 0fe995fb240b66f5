from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.model.color import Color


@given(st.integers(0, 0xFFFFFF))
def test_every_colour_survives_its_spelling(value: int) -> None:
    color = Color(value)
    assert Color.parse(str(color)) == Color.parse(str(color).upper()) == color
    assert int(color.literal, 16) == value
    red, green, blue = color.rgb
    assert red << 16 | green << 8 | blue == value


@pytest.mark.parametrize("text", ["#12345", "#1234567", "ff00ff", "#ff00fg", "", "#ff00ff ", "0xff00ff", "#ff00ff\n"])
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="six hexadecimal digits"):
        Color.parse(text)


@pytest.mark.parametrize("value", [-1, 0x1000000])
def test_other_numbers_are_refused(value: int) -> None:
    with pytest.raises(ValueError, match="0x000000"):
        Color(value)
