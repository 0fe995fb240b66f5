"""Patterns speak of names as git has it; whole trees are compared with git in `test_ignored.py`."""

from __future__ import annotations

import pytest

from oso_evalscript.project.patterns import is_pattern, sound_patterns, spoken_of


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.js", None), ("old/a.js", True), ("old/", True), ("x.min.js", True), ("keep.min.js", False)],
)
def test_the_last_pattern_that_speaks_of_a_name_counts(name: str, expected: bool | None) -> None:
    assert spoken_of(("old/", "*.min.js", "!keep.min.js"), name) is expected


def test_lines_that_are_no_patterns_are_passed_over() -> None:
    assert is_pattern("a/**/b")
    assert not is_pattern("!")
    assert sound_patterns(["a", "!", "# note"]) == ("a", "# note")
