from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import fix, lint
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.javascript.typography import meant
from oso_evalscript.model.text import Source
from tests.conftest import ROOT

PAIRS = st.sampled_from(["“”", "„“", "„”", "””", "‘’", "‚‘", "′′", "«»", "″″"])
WORDS = st.from_regex(r"[A-Za-z0-9_ .,:(\[]{0,12}", fullmatch=True)
SCRIPT = (ROOT / "tests/scripts/ok/orbit_mean.js").read_text(encoding="utf-8")


@given(st.lists(st.tuples(PAIRS, WORDS), min_size=1, max_size=6))
def test_strings_in_any_quotes_are_each_found_and_mended(strings: list[tuple[str, str]]) -> None:
    plain = ["'" if pair[0] in "‘‚′" else '"' for pair, _ in strings]
    broken = Source("const a = [" + ", ".join(f"{pair[0]}{word}{pair[1]}" for pair, word in strings) + "];")
    straight = (
        "const a = [" + ", ".join(f"{mark}{word}{mark}" for mark, (_, word) in zip(plain, strings, strict=True)) + "];"
    )
    assert [item.rule for item in lint(broken)] == ["typographic-character"] * len(strings)
    assert fix(broken).source.text == straight


@given(st.data())
def test_signs_that_a_word_processor_changed_are_restored(data: st.DataObject) -> None:
    signs = {"-": "–−", "*": "×∗", "/": "÷∕", "<=": "≤", ">=": "≥"}
    sign = data.draw(st.sampled_from(sorted(signs)))
    typographic = data.draw(st.sampled_from(signs[sign]))
    blanks = data.draw(st.sampled_from(["", " ", "\n"]))
    text = f"let a = 1;\nlet b = (a){blanks}{sign}{blanks}a;"
    changed = text.replace(f"{blanks}{sign}{blanks}a", f"{blanks}{typographic}{blanks}a")
    assert fix(Source(changed)).source.text == text


def test_the_rest_of_the_script_is_still_read() -> None:
    changed = Source(SCRIPT.replace('"DN"', "“DN”").replace(" > 0 ?", " ≥ 0 ?"))
    tree = parse(changed)
    assert [changed.slice(fault.span) for fault in tree.faults] == ["“DN”", "≥"]
    assert len(tree.nodes) == len(parse(Source(SCRIPT)).nodes)


@pytest.mark.parametrize(
    ("text", "expected", "certain"),
    [
        ("i–;", "--", True),
        ("(i—)", "--", True),
        ("i — 1", "-", True),
        ("= —1", "-", False),
        ("a ≠ b", "!=", False),
        ("a\u200bb", None, True),
        ("a \u200b", "", True),
        ("（", "(", True),
    ],
)
def test_what_was_meant(text: str, expected: str | None, certain: bool) -> None:
    at = next(index for index, char in enumerate(text) if not char.isascii())
    found = meant(text, at, at + 1)
    assert found is not None
    assert found == (expected, certain)


@pytest.mark.parametrize("text", ["0×ffaaff", "é", "²", "😀"])
def test_what_is_no_matter_of_typography(text: str) -> None:
    at = next(index for index, char in enumerate(text) if not char.isascii())
    assert meant(text, at, at + 1) is None
