"""Which `%s` are filled in, and which divide."""

from __future__ import annotations

import pytest

from oso_evalscript.documents.conversions import conversions
from oso_evalscript.documents.passage import HOLE, Passage


def read(text: str) -> str:
    return conversions(Passage.whole(text)).text.replace(HOLE, "?")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("return [s.B04, %s];", "return [s.B04, ?];"),
        ("bands: %d", "bands: ?"),
        ("let a = %.2f; // %s", "let a = ?; // ?"),
        ('let a = %s, b = "%s";', 'let a = ?, b = "?";'),
        ("let a = %s /* of */ %% 2;", "let a = ? /* of */ % 2;"),
        ("return /* x */ %r;", "return /* x */ ?;"),
        ("let a = // of  \n %s;", "let a = // of  \n ?;"),
    ],
)
def test_where_an_operand_is_expected(text: str, found: str) -> None:
    assert read(text) == found


@pytest.mark.parametrize(
    "text", ["a %s", "(a) %d", "b[0] %s;", "let a = b %s, c = '%s';", "b // of  \n %s", "x %% 2", "a % s", "f() %c"]
)
def test_what_divides_stays(text: str) -> None:
    assert read(text) == text
