"""Evalscripts in reStructuredText: the blocks of code and the literal blocks.

`docutils` knows the line of a block but not the characters in it, so that blocks are found by their indentation here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from oso_evalscript.documents.blocks import Line, host_lines, read_block
from oso_evalscript.documents.candidate import has_signs
from oso_evalscript.documents.draft import Draft, Read
from oso_evalscript.documents.markdown import code_drafts
from oso_evalscript.documents.passage import Passage
from oso_evalscript.model.regex import regex

_DIRECTIVE = regex(r"\s*\.\.\s+(?:code-block|code|sourcecode|parsed-literal|highlight)::\s*([\w+-]*)\s*$")
_LITERAL = regex(r".*::\s*$")
_OPTION = regex(r"\s*:[\w-]+:")
_RULE = regex(r"([=\-`:.'\"~^_*+#<>])\1+\s*$")


def drafts(passage: Passage, read: Read, kind: str) -> Iterator[Draft]:
    """Yield the blocks of code that may be evalscripts."""
    text = passage.text
    lines = host_lines(text)
    heading: str | None = None
    number = 0
    while number < len(lines):
        line = text[slice(*lines[number])]
        if _RULE.match(line) and number and text[slice(*lines[number - 1])].strip():
            heading = text[slice(*lines[number - 1])].strip()
        directive = _DIRECTIVE.match(line)
        if directive is None and (not _LITERAL.match(line) or line.lstrip().startswith("..")):
            number += 1
            continue
        block, number = _indented(text, lines, number, options=directive is not None)
        if block is None:
            continue
        found = read_block(passage, block[0], block[1])
        if has_signs(found.text):
            for draft in code_drafts(found, directive[1].lower() if directive else "", read):
                yield replace(draft, name=draft.name or heading)


def skeleton(passage: Passage, kind: str) -> object:
    """Return how many blocks of code a document has, and of what languages."""
    lines = [passage.text[start:end] for start, end in host_lines(passage.text)]
    return [match[1] for line in lines if (match := _DIRECTIVE.match(line))]


def _indented(
    text: str, lines: list[tuple[int, int]], opening: int, *, options: bool
) -> tuple[tuple[list[Line], str] | None, int]:
    """The block that belongs to a line, what its lines begin with, and the number of the line behind it."""
    outside = _indent(text[slice(*lines[opening])])
    number = opening + 1
    while options and number < len(lines) and _OPTION.match(text[slice(*lines[number])]):
        number += 1
    first = number
    while number < len(lines):
        line = text[slice(*lines[number])]
        if line.strip() and len(_indent(line)) <= len(outside):
            break
        number += 1
    rows = lines[first:number]
    while rows and not text[slice(*rows[0])].strip():
        rows = rows[1:]
    while rows and not text[slice(*rows[-1])].strip():
        rows = rows[:-1]
    if not rows:
        return None, max(number, opening + 1)
    prefix = min((_indent(text[slice(*row)]) for row in rows if text[slice(*row)].strip()), key=len)
    found = [Line(start, end, text[start:end].removeprefix(prefix).rstrip("\n")) for start, end in rows]
    return ([replace(line, wanted=line.wanted if line.wanted.strip() else "") for line in found], prefix), number


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
