"""Evalscripts in HTML: the text of `<script>`, `<textarea>`, `<pre>` and `<code>`, and scripts that hold some."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser

from oso_evalscript.documents.candidate import has_signs
from oso_evalscript.documents.draft import Draft, Read
from oso_evalscript.documents.literals import newline_of
from oso_evalscript.documents.passage import Change, Passage
from oso_evalscript.documents.spelling import Spelling
from oso_evalscript.model.regex import regex

_HOLDING = ("script", "textarea", "pre")
_REFERENCE = regex(r"&(?:#\d+|#[xX][0-9a-fA-F]+|\w+);|<!--.{0,5000}?-->|<[/a-zA-Z][^<>]*>|\r\n?", re.DOTALL)
_NEWLINES = regex(r"\r\n?")
_TYPES = {"application/json": "json", "application/ld+json": "json", "text/typescript": "ts", "text/babel": "jsx"}


@dataclass(frozen=True, slots=True)
class Element:
    """An element that may hold a script: its tag, its attributes, and where its content begins and ends."""

    tag: str
    attributes: dict[str, str | None]
    start: int
    end: int


class _Elements(HTMLParser):
    """Finds the elements that may hold a script."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._open: tuple[str, dict[str, str | None], int] | None = None
        self.found: list[Element] = []
        self.heading: list[tuple[int, str]] = []
        self.tags: list[tuple[str, object]] = []
        self.feed(text)
        self.close()

    def _place(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))
        if self._open is None and tag in _HOLDING:
            self._open = tag, dict(attrs), self._place() + len(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((tag, None))
        if self._open is not None and self._open[0] == tag:
            self.found.append(Element(*self._open, self._place()))
            self._open = None


def drafts(passage: Passage, read: Read, kind: str) -> Iterator[Draft]:
    """Yield the elements that may be evalscripts, or hold some."""
    text = passage.text
    for element in _Elements(text).found:
        if not has_signs(text[element.start : element.end]):
            continue
        name = element.attributes.get("id") or element.attributes.get("name") or element.attributes.get("title")
        if element.tag == "script":
            found = read(_TYPES.get((element.attributes.get("type") or "").lower(), "js"), _script(passage, element))
        else:
            found = iter(
                (Draft(_marked_up(passage, element), inner=("json", "py", "js"), excerpt=element.tag != "textarea"),)
            )
        for draft in found:
            yield replace(draft, name=draft.name or name)


def skeleton(passage: Passage, kind: str) -> object:
    """Return the tags of a document."""
    return _Elements(passage.text).tags


def _script(passage: Passage, element: Element) -> Passage:
    body = passage[element.start : element.end]
    newlines = (Change(match.start(), match.end(), "\n") for match in _NEWLINES.finditer(body.text))
    return body.reread(newlines, Spelling({"\n": newline_of(passage.text)}))


def _marked_up(passage: Passage, element: Element) -> Passage:
    """The text of an element, in which characters are references and parts may be marked up."""
    start = element.start
    if match := re.compile(r"\r\n?|\n").match(passage.text, start, element.end):
        start = match.end()  # the first line ending of such an element does not count
    body = passage[start : element.end]
    changes, seen = [], set()
    for match in _REFERENCE.finditer(body.text):
        sign = match[0][0]
        if sign == "<" and element.tag == "textarea":
            continue
        new = "" if sign == "<" else "\n" if sign == "\r" else html.unescape(match[0])
        if new != match[0]:
            changes.append(Change(match.start(), match.end(), new))
            seen.add(match[0])
    table = {"&": "&amp;", "<": "&lt;", "\n": newline_of(passage.text)}
    if "&gt;" in seen:
        table[">"] = "&gt;"
    if "&quot;" in seen:
        table['"'] = "&quot;"
    return body.reread(changes, Spelling(table))
