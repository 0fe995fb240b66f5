"""Fences that are read without a parser are those that the parser finds."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import event, given, settings
from hypothesis import strategies as st

from oso_evalscript.documents import html
from oso_evalscript.documents.blocks import host_lines
from oso_evalscript.documents.draft import Draft
from oso_evalscript.documents.fences import plain_fences
from oso_evalscript.documents.markdown import _parsed_drafts, drafts
from oso_evalscript.documents.passage import Passage

SIGN = "function evaluatePixel(s) { return [s.B04]; }"
CALM = [
    "", "", "text", "# one", "## two ##", "#no", "### ", "# #", "# a \\#", "- item", "1. item", "> quote", "\u00a0", "a\u2028b", "[a]: b",
    "| a |", "***", "   ", SIGN, "<br> a", "<div>", "</div>", "`a`", "    text", "---", "  <div>", "-", f"<td>`{SIGN}`</td>",
    f"```js\n{SIGN}\n```", f"~~~\n{SIGN}\n ~~~~ ", f"````\n```\n  {SIGN}\n````", "```\n# no\n\n\t<pre>\n```",
]  # fmt: skip
OTHERS = [
    "```", "```js", "~~~", "``` `a`", "===", "---", "<pre>", "</pre>", "<!-- a", "-->", "  ```", "- ```", "> ```", f"    {SIGN}",
    f"-     {SIGN}", f"> {SIGN}", f"  {SIGN}", "<SCRIPT>", "<a", "> # a", "\t", "  <b>", "- <b>", f"<td><Pre>{SIGN}</Pre></td>",
]  # fmt: skip
LINES = st.one_of(st.lists(st.sampled_from(CALM), max_size=9), st.lists(st.sampled_from(CALM + OTHERS), max_size=12))


def seen(found: Iterator[Draft]) -> list[tuple[str | None, str, list[int]]]:
    return [
        (draft.name, draft.passage.text, list(map(draft.passage.anchor, range(len(draft.passage))))) for draft in found
    ]


def unread(kind: str, passage: Passage) -> Iterator[Draft]:
    """Of HTML what may be a script in it, of other kinds all."""
    if kind == "html":
        yield from html.drafts(passage, unread, kind)
    else:
        yield Draft(passage, kind)


@settings(max_examples=150)
@given(LINES)
def test_the_parser_finds_the_same(lines: list[str]) -> None:
    passage = Passage.whole("\n".join(lines))
    plain = plain_fences(passage.text)
    event("plain" if plain else "none" if plain is not None else "parsed")
    parsed = seen(_parsed_drafts(passage, host_lines(passage.text), unread))
    assert seen(drafts(passage, unread, "md")) == parsed
    if plain == []:
        assert parsed == []


def test_plain_documents_need_no_parser() -> None:
    text = f"# A\n\nText, `a`:\n- b\n\n```js\n{SIGN}\n```\n## C\n~~~~ {{.json}}\n```\n~~~~\n"
    found = plain_fences(text)
    assert found is not None
    assert [(item.heading, item.info, item.first, item.lines) for item in found] == [
        ("A", "js", 6, [SIGN]),
        ("C", " {.json}", 10, ["```"]),
    ]
    for other in (
        f"> {SIGN}\n\n    {SIGN}",
        "  ```\n  ```",
        "<pre>\n```\n```",
        "A\n===\n",
        "```js\nopen",
        f"<p><pre>\n{SIGN}",
        f"<p>\n\n    {SIGN}",
    ):
        assert plain_fences(other) is None


def test_prose_in_html_needs_no_parser() -> None:
    assert plain_fences(f"<table>\n<td>{SIGN}</td>\n</table>") == []
