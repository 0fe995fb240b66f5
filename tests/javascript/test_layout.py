from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.javascript.layout import Expression, laid
from oso_evalscript.javascript.literal import literal

values = st.recursive(
    st.integers(-999, 9999) | st.text("ab", max_size=12) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.text("ab-", max_size=9), inner, max_size=5),
    max_leaves=60,
)


@given(values, st.sampled_from([0, 2, 4]), st.integers(0, 40))
def test_a_layout_is_the_literal_but_for_line_ends_and_last_commas(value: Any, indent: int, lead: int) -> None:
    text = laid(value, indent, lead, 100)
    bare = re.sub(r",(?=[\]}])", "", re.sub(r"\s", "", text))
    assert bare == re.sub(r"\s", "", literal(value))
    lines = text.split("\n")
    assert indent + lead + len(lines[0]) <= 100 or len(lines[0]) < 30
    assert all(len(line) <= 100 for line in lines[1:])
    assert all((len(line) - len(line.lstrip())) % 2 == indent % 2 for line in lines[1:])


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ([{"bands": 4}, {"id": "a", "bands": 1}], 1),
        ([{"id": "b", "bands": 4}, {"id": "a", "bands": 1}], 4),
        ([[1, 2]], 1),
        ([[1, 2], [3, 4]], 4),
        ([0] * 20, 1),
        ([0] * 60, 4),
        ([Expression("sample." + "x" * 40)] * 3, 5),
        ({"a": "x" * 60, "b": "y" * 60}, 4),
        ([], 1),
        ({}, 1),
    ],
)
def test_what_stands_on_one_line(value: Any, lines: int) -> None:
    assert len(laid(value, 2, 10, 100).split("\n")) == lines
