"""The format for people: one finding with the script's line, carets below it, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from oso_evalscript.linter.report import Report
from oso_evalscript.model.diagnostic import Diagnostic, Fix, Safety, Severity
from oso_evalscript.model.display import cells, displayed, escaped, width_of
from oso_evalscript.model.text import Edit, Source

_COLORS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}
_NARROWEST = 24
_INDENT = 8  # of what goes on on a further line
_HELP = f"{'help':>5}"
_MAX_SHOWN = 100  # of one file; nobody reads on


@dataclass(frozen=True, slots=True)
class Style:
    """What the place can show that the text goes to.

    Attributes:
        width: columns.
        color: whether escape sequences are understood.
        encoding: characters it lacks are written as escapes.
        wraps: whether long messages are broken at blanks, as people read them, rather than left whole for `grep`.
    """

    width: int = 100
    color: bool = False
    encoding: str = "utf-8"
    wraps: bool = False


def render_text(reports: Sequence[Report], style: Style = Style()) -> str:  # immutable
    """Return every finding with its code frame, then a line that counts them; ends with a line end."""
    parts = [part for report in reports for part in _findings(report, style)]
    return "".join(f"{part}\n\n" for part in parts) + _summary(reports) + "\n"


def _findings(report: Report, style: Style) -> list[str]:
    parts = [_finding(*row, style) for row in islice(report.shown(), _MAX_SHOWN)]
    if len(report) > _MAX_SHOWN:
        more = _count(len(report) - _MAX_SHOWN, "more finding")
        parts.append(f"{escaped(report.source.name, style.encoding)}: {more}; --format json shows all")
    return parts


def _finding(place: str, source: Source, item: Diagnostic, style: Style) -> str:
    place = escaped(place, style.encoding)
    severity = _paint(f"{item.severity}:", _COLORS[item.severity], style)
    message = escaped(item.message, style.encoding)
    lines = _wrapped(
        [
            (f"{place}:", f"{_paint(place, '1', style)}:"),
            (f"{item.severity}:", severity),
            *((word, word) for word in message.split(" ")),
            (f"[{item.rule}]", _paint(f"[{item.rule}]", "2", style)),
        ],
        style,
    )
    lines += _frame(source, item, style)
    if item.fix is not None:
        lines.append(_advice(source, item, item.fix, style))
    return "\n".join(lines)


def _wrapped(words: list[tuple[str, str]], style: Style) -> list[str]:
    """Words, each as it is and as it is painted, on lines that are as wide as the terminal; all on one elsewhere."""
    if not style.wraps:
        return [" ".join(painted for _, painted in words)]
    lines: list[list[str]] = [[]]
    used = 0
    for word, painted in words:
        width = width_of(word)
        if lines[-1] and used + 1 + width > max(style.width, _NARROWEST):
            lines.append([" " * (_INDENT - 1)])
            used = _INDENT - 1
        used += width + bool(lines[-1])
        lines[-1].append(painted)
    return [" ".join(line) for line in lines]


def _frame(source: Source, item: Diagnostic, style: Style) -> list[str]:
    """The line of the finding's start, cut to the width, and carets below the finding."""
    number = source.position(item.span.start).line
    line = source.line_span(number)
    gutter = f"{number:>5} | "
    room = max(style.width, _NARROWEST) - len(gutter)
    low, high = min(item.span.start, line.end), min(item.span.end, line.end)
    # Of a very long line no more is looked at than can be shown.
    stretches = (max(line.start, low - 2 * room), low), (low, min(high, low + 2 * room)), (high, line.end)
    before, marked, after = (
        cells(source.text, start, min(end, start + 2 * room), style.encoding) for start, end in stretches
    )
    cut = "…" if displayed("…", style.encoding) == "…" else "..."
    left, marked, right = _fit(before, marked, after, room, cut)
    carets = " " * width_of("".join(left)) + _paint(
        "^" * max(width_of("".join(marked)), 1), _COLORS[item.severity], style
    )
    code = "".join((*left, *marked, *right))
    bar = _paint("|", "34", style)
    return [f"{_paint(f'{number:>5}', '34', style)} {bar} {code}".rstrip(), f"{'':>5} {bar} {carets}"]


def _fit(
    before: list[str], marked: list[str], after: list[str], room: int, cut: str
) -> tuple[list[str], list[str], list[str]]:
    """The three parts of a line, shortened around the marked one to `room` columns."""
    if _width(before) + _width(marked) + _width(after) <= room:
        return before, marked, after
    if _width(marked) > room // 2:
        marked = [*_head(marked, room // 2), cut]
    left = max((room - _width(marked)) // 2 - len(cut), 0)
    if _width(before) > left:
        before = [cut, *reversed(_head(before[::-1], left))]
    right = max(room - _width(before) - _width(marked) - len(cut), 0)
    if _width(after) > right:
        after = [*_head(after, right), cut]
    return before, marked, after


def _head(cells: list[str], room: int) -> list[str]:
    """The first cells that fit into `room` columns."""
    used = 0
    for index, cell in enumerate(cells):
        used += width_of(cell)
        if used > room:
            return cells[:index]
    return cells


def _width(cells: list[str]) -> int:
    return sum(map(width_of, cells))


def _advice(source: Source, item: Diagnostic, fix: Fix, style: Style) -> str:
    if len(fix.edits) == 1 and fix.edits[0].span == item.span:
        what = f"write `{escaped(fix.edits[0].text, style.encoding)}`"
    else:
        what = ", ".join(_change(source, edit, style) for edit in fix.edits)
    flag = "--fix" if fix.safety is Safety.SAFE else "--fix --unsafe-fixes"
    words = f"{_HELP}: {what} (fixable with {flag})".split(" ")
    first, *rest = _wrapped([(word, word) for word in words], style)
    return "\n".join([first.replace("help:", _paint("help:", "1;36", style), 1), *rest])


def _change(source: Source, edit: Edit, style: Style) -> str:
    text = edit.text.removesuffix(source.newline)
    verb = "replace by" if len(edit.span) else "insert the line" if text != edit.text else "insert"
    return f"{verb} `{escaped(text, style.encoding)}` on line {source.position(edit.span.start).line}"


def _summary(reports: Sequence[Report]) -> str:
    found = [item for report in reports for item in report]
    files = _count(len(reports), "file")
    if not found:
        return f"No findings in {files}."
    severities = Counter(item.severity for item in found)
    kinds = ", ".join(_count(severities[level], level) for level in Severity if severities[level])
    safe = sum(item.fix is not None and item.fix.safety is Safety.SAFE for item in found)
    unsafe = sum(item.fix is not None and item.fix.safety is Safety.UNSAFE for item in found)
    text = f"{_count(len(found), 'finding')} ({kinds}) in {files}"
    if safe:
        text += f"; {safe} fixable with --fix"
    if unsafe:
        text += f"; {unsafe}{' more' if safe else ''} fixable with --fix --unsafe-fixes"
    return f"{text}."


def _count(number: int, word: str) -> str:
    if word == Severity.INFO:
        return f"{number} info"
    return f"{number} {word}{'s' * (number != 1)}"


def _paint(text: str, code: str, style: Style) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if style.color else text
