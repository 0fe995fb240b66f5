"""The word that may be meant."""

from __future__ import annotations

import pytest

from oso_evalscript.model.nearest import nearest


@pytest.mark.parametrize(
    ("word", "likeness", "expected"),
    [("colour", 0.6, "color"), ("colour", 0.95, None), ("", 0.6, None), ("output", 0.6, "output")],
)
def test_the_most_alike_word_is_meant(word: str, likeness: float, expected: str | None) -> None:
    assert nearest(word, {"color": 1, "output": 2}, likeness) == expected
    assert nearest(word, [], likeness) is None
