"""A fix as a small diff: the lines that it takes away and puts there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from oso_evalscript.linter.report.style import Style, gutter
from oso_evalscript.model.diagnostic import Fix
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import Edit, Source, Span

_ENDS = "\n\r"
_LINE_ENDS = regex(rf"\r\n|[{_ENDS}]")
_MAX_LINES = 6  # of one fix; `--diff` shows all


@dataclass(frozen=True, slots=True)
class _Hunk:
    """Neighbouring lines that some edits change: the number of the first, those before, and those after."""

    first: int
    old: list[str]
    new: list[str]


def patch(source: Source, fix: Fix, style: Style) -> list[str]:
    """Return the lines of a diff, as wide as the place, with the numbers that the new lines get."""
    lines = list(islice(_lines(source, fix, style), _MAX_LINES + 1))
    return lines if len(lines) <= _MAX_LINES else [*lines[:_MAX_LINES], f"{gutter(None, ' ')}{style.cut}"]


def _lines(source: Source, fix: Fix, style: Style) -> Iterator[str]:
    shift = 0
    for hunk in _hunks(source, fix.edits):
        head, old, new = _trimmed(hunk.old, hunk.new)
        pairs = len(old) == len(new)
        for index, line in enumerate(old):
            at = _first_difference(line, new[index]) if pairs else 0
            yield style.paint((gutter(None, "-") + style.line(line, 0, len(line), at)).rstrip(), "31")
        for index, line in enumerate(new):
            at = _first_difference(line, old[index]) if pairs else 0
            number = hunk.first + shift + head + index
            yield style.paint((gutter(number, "+") + style.line(line, 0, len(line), at)).rstrip(), "32")
        shift += len(new) - len(old)


def _hunks(source: Source, edits: Sequence[Edit]) -> Iterator[_Hunk]:
    """The changed lines, those together that touch one another."""
    group: list[Edit] = []
    first = last = 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        low, high = source.position(edit.span.start).line, source.position(edit.span.end).line
        if group and low > last:
            yield _hunk(source, group, first, last)
            group = []
        if not group:
            first, last = low, high
        last = max(last, high)
        group.append(edit)
    if group:
        yield _hunk(source, group, first, last)


def _hunk(source: Source, edits: Sequence[Edit], first: int, last: int) -> _Hunk:
    start, end = source.line_span(first).start, source.line_span(last).end
    parts: list[str] = []
    done = start
    for edit in edits:
        parts += source.slice(Span(done, edit.span.start)), edit.text
        done = edit.span.end
    new = "".join((*parts, source.slice(Span(done, end))))
    return _Hunk(first, _split(source.slice(Span(start, end))), _split(new))


def _split(text: str) -> list[str]:
    return _LINE_ENDS.split(text) if any(end in text for end in _ENDS) else [text]


def _trimmed(old: list[str], new: list[str]) -> tuple[int, list[str], list[str]]:
    """How many lines are the same at the beginning, and those that are not, before and after."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return head, old[head : len(old) - tail], new[head : len(new) - tail]


def _first_difference(one: str, other: str) -> int:
    """How many characters two lines have in common at the beginning; lines of JSON may have millions."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
