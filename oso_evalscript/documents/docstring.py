"""Evalscripts in documentation that is itself a string: its blocks of code, in Markdown or reStructuredText."""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.documents.draft import Draft, Read
from oso_evalscript.documents.passage import Passage
from oso_evalscript.documents.templates import dedented


def drafts(passage: Passage, read: Read, kind: str) -> Iterator[Draft]:
    """Yield the blocks of code that may be evalscripts."""
    text = dedented(passage, clean=True)
    found: set[int] = set()
    if "::" in text.text:
        heads_all = text.text.partition("\n")[0].rstrip().endswith("::")  # so that a block keeps its indentation
        for draft in read("rst", passage if heads_all else text):
            found.add(draft.passage.anchor(0))
            yield draft
    if "```" in text.text or "~~~" in text.text or "::" not in text.text:
        yield from (draft for draft in read("md", text) if draft.passage.anchor(0) not in found)


def skeleton(passage: Passage, kind: str) -> object:
    """Return nothing: such a text is never a host by itself."""
    return None
