from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given

from oso_evalscript.compiler.export import export
from oso_evalscript.compiler.export.style import style_of
from oso_evalscript.model.nomenclature import Nomenclature, available, shipped_nomenclature
from tests.compiler.export.test_formats import any_labels
from tests.strategies import nomenclatures

EMPTY = ("meta",)


class Page(HTMLParser):
    """The elements of a page, each with its attributes and its text; they must be closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[int] = []
        self.found: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), ""))
        if tag not in EMPTY:
            self.open.append(len(self.found) - 1)

    def handle_endtag(self, tag: str) -> None:
        assert self.found[self.open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        for place in self.open:
            tag, attributes, text = self.found[place]
            self.found[place] = (tag, attributes, text + data)

    def texts(self, tag: str) -> list[str]:
        return [text for name, _, text in self.found if name == tag]


@given(nomenclatures(any_labels))
def test_every_class_is_a_row_with_code_label_and_colour(table: Nomenclature) -> None:
    page = Page(export(table, "html"))
    entries = style_of(table, "en").entries
    heads = [(attributes.get("scope"), text) for tag, attributes, text in page.found if tag == "th"]
    assert heads == [
        ("col", "Code"),
        ("col", "Class"),
        ("col", "Colour"),
        *(("row", str(item.code)) for item in entries),
    ]
    assert page.texts("td")[::2] == [item.label for item in entries]
    assert page.texts("code") == [str(item.color) for item in entries]
    swatches = [attributes for tag, attributes, _ in page.found if tag == "span"]
    assert [item["style"] for item in swatches] == [f"background-color: {item.color}" for item in entries]
    assert all(item["aria-hidden"] == "true" for item in swatches)


@pytest.mark.parametrize("id", available())
def test_the_page_says_what_it_is_in_its_language(id: str) -> None:
    table = shipped_nomenclature(id)
    page = Page(export(table, "html", language="fr"))
    assert next(attributes for tag, attributes, _ in page.found if tag == "html")["lang"] == "fr"
    assert page.texts("title") == [table.title]
    assert page.texts("caption") == [table.title]
    assert "Couleur" in page.texts("th")
    assert table.credit.rstrip(".") in page.texts("p")[0]
