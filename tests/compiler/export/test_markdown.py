from __future__ import annotations

import re

from hypothesis import given
from markdown_it import MarkdownIt

from oso_evalscript.compiler.export import export
from oso_evalscript.compiler.export.style import one_line, style_of
from oso_evalscript.model.nomenclature import Nomenclature, shipped_nomenclature
from tests.compiler.export.test_formats import any_labels
from tests.strategies import nomenclatures


def cells(text: str) -> list[list[str]]:
    """The rows of the tables of a document, as a reader of Markdown shows them."""
    rows: list[list[str]] = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows and token.level > 2:
            assert all(child.type in ("text", "code_inline", "text_special") for child in token.children or ())
            rows[-1].append("".join(child.content for child in token.children or ()))
    return rows


@given(nomenclatures(any_labels))
def test_a_reader_of_markdown_shows_every_label_as_it_is(table: Nomenclature) -> None:
    head, *rows = cells(export(table, "markdown"))
    assert head == ["code", "label", "color"]
    entries = style_of(table, "en").entries
    assert rows == [[str(item.code), " ".join(item.label.split()), str(item.color)] for item in entries]


def test_columns_that_are_asked_for_stand_behind() -> None:
    text = export(shipped_nomenclature("oso-23"), "markdown", columns=("french", "group"))
    head, first, *_ = cells(text)
    assert head == ["code", "label", "color", "french", "group"]
    assert first == ["1", "Dense built-up area", "#ff00ff", "Bâtis denses", "built-up"]
    assert re.search(r"^Value-added data processed by CNES", text, re.MULTILINE)
    assert text.startswith("**CNES land cover map of France (OSO), 23 classes**\n\n| code |")


def test_a_text_is_one_line() -> None:
    assert one_line("a\nb") == "a\\nb"
