from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.model.display import displayed, escaped, width_of


@given(st.text())
def test_nothing_shown_controls_the_terminal(text: str) -> None:
    for char in escaped(text):
        assert unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


@given(st.text())
def test_what_an_encoding_lacks_is_escaped(text: str) -> None:
    assert escaped(text, "ascii").isascii()
    escaped(text, "latin-1").encode("latin-1")


def test_escapes() -> None:
    assert escaped("a\x1b[31m\u202e\tb") == "a\\x1b[31m\\u202e\\tb"
    assert displayed("\t") == "    "
    assert escaped("é", "no-such-encoding") == "\\xe9"


def test_wide_and_combining_characters_are_measured() -> None:
    assert width_of("abc") == 3
    assert width_of("土地") == 4
    assert width_of("e\u0301") == 1
