"""Which `%s` are filled in, and which divide."""

from __future__ import annotations

import pytest

from oso_evalscript.documents.conversions import conversions
from oso_evalscript.documents.embedded import find_scripts
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
        ("let %s = 1;", "let ? = 1;"),
        ("let a = '%s', b = c %% 2;", "let a = '?', b = c % 2;"),
    ],
)
def test_where_an_operand_is_expected(text: str, found: str) -> None:
    assert read(text) == found


@pytest.mark.parametrize(
    "text", ["a %s", "(a) %d", "b[0] %s;", "let a = b %s, c = '%s';", "b // of  \n %s", "x %% 2", "a % s", "f() %c"]
)
def test_what_divides_stays(text: str) -> None:
    assert read(text) == text


def test_all_that_may_be_filled_in() -> None:
    assert conversions(Passage.whole("let m_%s = a %s;"), everywhere=True).text.replace(HOLE, "?") == "let m_? = a ?;"
    assert conversions(Passage.whole("a %% 2"), everywhere=True).text == "a %% 2"


@pytest.mark.parametrize(
    ("code", "unknown"),
    [
        ('let m = "%s", k = s.B04 %% 2;', ["__0__"]),
        ("let m_%s = 1;", ["__0__"]),
        ("let %s = 1;", ["__0__"]),
        ('let m = "50 % of %s";', []),  # a text as it stands
        ("let m = `${s.B04}%s`, k = 3 %% 2;", ["__0__"]),
        ("let d = 3, m = 5 %d;", []),
    ],
)
def test_texts_that_another_file_fills_in_are_no_syntax_errors(code: str, unknown: list[str]) -> None:
    setup = 'function setup() { return { input: ["B04"], output: { bands: 1 } }; }'
    text = f'S = """//VERSION=3\n{setup}\nfunction evaluatePixel(s) {{ {code} return [s.B04]; }}\n"""\n'
    (found,) = find_scripts(text=text, kind="py")
    assert found.tree.root is not None
    assert not found.tree.faults
    assert [found.source.slice(span) for span in found.source.unknown] == unknown
