"""Words and lines as a place can show them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.linter.report.style import PLAIN, Style
from oso_evalscript.model.display import width_of


def test_only_terminals_get_colours_and_links() -> None:
    assert PLAIN.paint("x", "31") == PLAIN.linked("x", "rules/x") == "x"
    assert Style(color=True).paint("x", "31") == "\x1b[31mx\x1b[0m"
    assert Style(pages="https://a").linked("x", "rules/x") == "\x1b]8;;https://a/rules/x\x1b\\x\x1b]8;;\x1b\\"


@given(st.text("ab\t土", max_size=300), st.data())
def test_a_line_is_cut_around_a_place(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    style = Style(width=data.draw(st.integers(30, 60)))
    shown = style.line(text, 0, len(text), at)
    assert width_of(shown) <= style.room
    if at < len(text) and text[at] != "\t":
        assert text[at] in shown
