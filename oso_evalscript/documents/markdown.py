"""Evalscripts in Markdown and Quarto: the blocks of code, whatever their info string says, and HTML between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from oso_evalscript.documents.blocks import Line, host_lines, read_block
from oso_evalscript.documents.candidate import has_signs
from oso_evalscript.documents.draft import Draft, Read
from oso_evalscript.documents.fences import plain_fences
from oso_evalscript.documents.passage import Passage
from oso_evalscript.model.errors import MissingExtra
from oso_evalscript.model.regex import regex

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_MAY_HOLD_CODE = regex(r"```|~~~| {4}|\t|<")
_LANGUAGE = regex(r"\s*\{?\s*[.=#]?([\w+-]+)")
KINDS = {
    "python": "py", "python3": "py", "py": "py", "ipython": "py", "ipython3": "py", "pycon": "", "json": "json",
    "yaml": "yaml", "yml": "yaml", "toml": "toml", "html": "html", "typescript": "ts", "ts": "ts", "tsx": "tsx",
    "md": "md", "markdown": "md", "rst": "rst", "bash": "", "sh": "", "shell": "", "console": "", "r": "", "java": "",
}  # fmt: skip
"""How the code of a language is read, by the words that name it; not at all where that is empty; else as JavaScript."""


def drafts(passage: Passage, read: Read, kind: str) -> Iterator[Draft]:
    """Yield the blocks of code that may be evalscripts."""
    text = passage.text
    if not _MAY_HOLD_CODE.search(text):
        return
    lines = host_lines(text)
    plain = plain_fences(text)
    for fence in plain or ():
        if has_signs("\n".join(fence.lines)):
            block = _block(passage, lines, fence.first, fence.lines)
            for draft in code_drafts(block, _language(fence.info), read):
                yield replace(draft, name=draft.name or fence.heading)
    if plain is None:
        yield from _parsed_drafts(passage, lines, read)


def _parsed_drafts(passage: Passage, lines: list[tuple[int, int]], read: Read) -> Iterator[Draft]:
    text = passage.text
    heading: str | None = None
    tokens = _tokens(text)
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            heading = tokens[number + 1].content.strip() or None
        elif token.type in ("fence", "code_block") and token.map is not None and has_signs(token.content):
            contents = token.content.split("\n")
            if contents and not contents[-1]:
                contents.pop()
            block = _block(passage, lines, token.map[0] + (token.type == "fence"), contents)
            for draft in code_drafts(block, _language(token.info), read):
                yield replace(draft, name=draft.name or heading)
        elif token.type == "html_block" and token.map is not None and has_signs(token.content):
            start, end = lines[token.map[0]][0], lines[token.map[1] - 1][1]
            for draft in read("html", passage[start:end]):
                yield replace(draft, name=draft.name or heading)


def code_drafts(block: Passage, language: str, read: Read) -> Iterator[Draft]:
    """Yield what may be an evalscript in a block of code of some language."""
    kind = KINDS.get(language, "js")
    if kind == "js":
        yield Draft(block, inner=("js", "json"), excerpt=True)
    elif kind:
        yield from read(kind, block)


def skeleton(passage: Passage, kind: str) -> object:
    """Return what a document consists of but for the text in it."""
    return [(token.type, token.tag, token.info, token.nesting, token.level) for token in _tokens(passage.text)]


def _tokens(text: str) -> Sequence[Token]:
    try:
        from markdown_it import MarkdownIt
    except ImportError:
        raise MissingExtra("reading Markdown", "markdown-it-py", "embedded") from None
    return _parser(MarkdownIt).parse(text)


@lru_cache(1)
def _parser(kind: type[MarkdownIt]) -> MarkdownIt:
    parser = kind("commonmark")
    parser.disable("inline")
    return parser


def _language(info: str) -> str:
    match = _LANGUAGE.match(info)
    return match[1].lower() if match else ""


def _block(passage: Passage, lines: list[tuple[int, int]], first: int, contents: Sequence[str]) -> Passage:
    """The text of a block of code, without what its list or quote puts before each line."""
    found = [Line(*lines[first + number], wanted) for number, wanted in enumerate(contents)]

    def read() -> Passage:
        return read_block(passage, found, _prefix(passage.text, found, lines[first - 1]))

    if not found or any("\ufffd" in line for line in contents):  # which stands for NUL as well
        return read()
    text = "\n".join(contents)
    return Passage.later(f"{text}\n" if first + len(found) < len(lines) else text, read)


def _prefix(text: str, found: list[Line], fence: tuple[int, int]) -> str:
    """What the lines of a block begin with."""
    for line in found:
        if line.wanted.strip() and text.endswith(line.wanted, line.start, line.end):
            return text[line.start : line.end - len(line.wanted)]
    opening = text[fence[0] : fence[1]]
    return re.sub(r"[^\s>]", " ", opening[: len(opening) - len(opening.lstrip(" \t>0123456789.)*+-"))])
