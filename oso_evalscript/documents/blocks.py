"""Blocks of whole lines: code that is indented or quoted in a text, without what is before it on each line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oso_evalscript.documents.literals import newline_of
from oso_evalscript.documents.passage import Passage
from oso_evalscript.documents.spelling import Spelling
from oso_evalscript.model.regex import regex

_LINE_END = regex(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the host, its line ending left out, and what of it belongs to the block."""

    start: int
    end: int
    wanted: str


def host_lines(text: str) -> list[tuple[int, int]]:
    """Return where each line of a text begins and ends, its line ending left out."""
    starts, ends = [0], []
    for match in _LINE_END.finditer(text):
        ends.append(match.start())
        starts.append(match.end())
    return list(zip(starts, [*ends, len(text)], strict=True))


def read_block(outer: Passage, lines: Sequence[Line], prefix: str) -> Passage:
    """Return the text of some lines that follow each other, with the ending of the last one if it has one.

    Args:
        outer: the text around them.
        lines: the lines.
        prefix: what a new line begins with.
    """
    passage = Passage(())
    for number, line in enumerate(lines):
        begin = _begin(outer, line)
        blanks = line.wanted[: len(line.wanted) - (line.end - begin)]
        if blanks:  # of a tab that reaches into the block
            place = outer.hull(line.start, begin, "")
            passage += Passage.fixed(blanks, place.start, place.end)
        passage += outer[begin : line.end]
        following = lines[number + 1] if number + 1 < len(lines) else None
        if following is not None:
            low = _begin(outer, following)
            margin = "" if following.wanted else prefix.removeprefix(outer.text[following.start : low])
            passage += Passage((outer.hull(line.end, low, "\n").with_margin(margin),))
        elif match := _LINE_END.match(outer.text, line.end):
            passage += Passage((outer.hull(line.end, match.end(), "\n").with_margin(prefix),))
    return passage.within(Spelling({"\n": newline_of(outer.text) + prefix}))


def _begin(outer: Passage, line: Line) -> int:
    """Where the part of a line that belongs to the block begins."""
    if outer.text.endswith(line.wanted, line.start, line.end):
        return line.end - len(line.wanted)
    return line.end - len(line.wanted.lstrip())
