from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import Source
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.semantics.colors.labels import labels_of, listed_labels
from oso_evalscript.semantics.nomenclature import recover
from oso_evalscript.semantics.script import Script

WORDS = st.from_regex(r"[A-Z][a-zé]{1,8}( [a-z]{1,6}){0,2}", fullmatch=True)


def labels(table: str) -> list[str | None]:
    script = Script(parse(Source(f"const TABLE = {table};\nconst viz = new ColorMapVisualizer(TABLE);")))
    (found,) = script.tables
    by_place = labels_of(script.tree, found)
    return [by_place.get(place) for place in range(len(found.stops))]


@given(st.lists(WORDS, min_size=1, max_size=5), st.sampled_from(["// {1}", "/* {1} */", "// {0}: {1}", "//{0} - {1}", "// {0}={1}", "// was -> {1}"]))  # fmt: skip
def test_labels_stand_in_comments_beside_entries(words: list[str], comment: str) -> None:
    rows = "".join(f"  [{code}, 0xff00{code:02x}], {comment.format(code, word)}\n" for code, word in enumerate(words))
    assert labels(f"[\n{rows}]") == words
    source = Source(f"const T = [\n{rows}];\nconst viz = new ColorMapVisualizer(T);")
    assert [item.english for item in recover(source).classes] == words


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ('[[1, 0xff0000, "Water"], [2, 0x00ff00, "Wood"]]', ["Water", "Wood"]),
        ("[[1, 0xff0000], [2, 0x00ff00]] // what it is", [None, None]),
        ("[\n[1, 0xff0000], [2, 0x00ff00], // Wood\n]", [None, None]),
        ("[[1, 0xff0000] /* Water */, [2, 0x00ff00] /* Wood */]", ["Water", "Wood"]),
        ("[\n[1, 0xff0000],\n// Wood\n[2, 0x00ff00]\n]", [None, None]),
        ("[\n[1, 0xff0000], // 2018\n[2, 0x00ff00] /* two\nlines */\n]", ["2018", None]),
    ],
)
def test_which_comment_is_a_label(table: str, found: list[str | None]) -> None:
    assert labels(table) == found


def test_rows_that_are_objects_have_labels_of_their_own() -> None:
    rows = '{ code: 1, color: 0xff0000, label: "Water" }, { code: 2, color: 0x00ff00, name: "2. Wood" }'
    script = Script(parse(Source(f"const TABLE = [{rows}];")))
    (table,) = script.tables
    assert labels_of(script.tree, table) == {0: "Water", 1: "Wood"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("const C = [\n  3, // Wood\n  40000, // Eau\n];", {3: "Wood", 40000: "Eau"}),
        ("const a = [1, 2];\nconst C = {\n  3: 0, // Wood\n  4: 1, // Eau\n};", {3: "Wood", 4: "Eau"}),
        ("const C = [\n  3, // Wood\n  4,\n];", {}),
        ("const C = [\n  3, // Wood\n];", {}),
        ("const C = {\n  a: 0, // Wood\n  [b]: 1, // Eau\n};", {}),
    ],
)
def test_codes_are_listed_with_a_comment_beside_each(text: str, found: dict[int, str]) -> None:
    assert listed_labels(parse(Source(text))) == found
