"""Fixes as small diffs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.linter.report.patch import _first_difference, patch
from oso_evalscript.linter.report.style import PLAIN, Style
from oso_evalscript.model.diagnostic import Fix, Safety
from oso_evalscript.model.display import width_of
from oso_evalscript.model.text import Edit, Source, Span, apply


def of(text: str, *edits: tuple[int, int, str], style: Style = PLAIN) -> list[str]:
    fix = Fix(tuple(Edit(Span(start, end), new) for start, end, new in edits), Safety.SAFE)
    return patch(Source(text), fix, style)


def test_changed_lines_with_the_numbers_they_get() -> None:
    assert of("a\nb\nc\nd\n", (0, 0, "x\n"), (4, 5, "C")) == ["    1 + x", "      - c", "    4 + C"]
    assert of("a\nb\nc", (2, 4, "")) == ["      - b"]
    assert of("a\r\nb", (0, 1, "q")) == ["      - a", "    1 + q"]
    assert of("ab", (1, 1, "\n")) == ["      - ab", "    1 + a", "    2 + b"]


def test_edits_of_one_line_are_one_change() -> None:
    assert of("one two three", (0, 3, "1"), (8, 13, "3")) == ["      - one two three", "    1 + 1 two 3"]


def test_a_long_line_is_cut_around_what_changes() -> None:
    text = "x" * 500 + "old" + "y" * 500
    lines = of(text, (500, 503, "new"), style=Style(width=60))
    assert ["old" in lines[0], "new" in lines[1]] == [True, True]
    assert max(map(width_of, lines)) <= 60


def test_of_a_large_fix_the_beginning_is_shown() -> None:
    text = "\n".join("a" * 20)
    lines = of(text, *((2 * line, 2 * line + 1, "b") for line in range(20)))
    assert lines[:2] == ["      - a", "    1 + b"]
    assert len(lines) == 7
    assert lines[-1].endswith("…")


@given(st.text("ab\n", max_size=30), st.data())
def test_a_diff_holds_what_changes(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 4)))
    new = data.draw(st.text("ab\n", max_size=3))
    after = apply(Source(text), [Edit(Span(start, end), new)]).text.split("\n")
    lines = of(text, (start, end, new))
    assert (lines == []) == (text[start:end] == new)
    for line in lines:
        if line[6] == "+":
            assert after[int(line[:5]) - 1] == line[8:]


@given(st.text("ab", max_size=9), st.text("ab", max_size=9))
def test_the_first_difference_is_the_end_of_the_common_beginning(one: str, other: str) -> None:
    common = _first_difference(one, other)
    assert one[:common] == other[:common]
    assert one[common : common + 1] != other[common : common + 1] or one == other
