"""The format for people: one finding with the script's lines, carets below it, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice

from oso_evalscript.linter.report import Report
from oso_evalscript.linter.report.pages import page
from oso_evalscript.linter.report.patch import patch
from oso_evalscript.linter.report.style import MIN_WIDTH, PLAIN, Style, fit, gutter
from oso_evalscript.model.diagnostic import Diagnostic, Fix, Safety, Severity
from oso_evalscript.model.display import cells, escaped, width_of
from oso_evalscript.model.text import Source

_COLORS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}
_INDENT = 8  # of what goes on on a further line
_HELP, _NOTE = f"{'help':>5}", f"{'note':>5}"
_MAX_SHOWN = 100  # of one file; nobody reads on


def render_text(reports: Sequence[Report], style: Style = PLAIN) -> str:
    """Return every finding with its code frame, then a line that counts them; ends with a line end."""
    parts = [part for report in reports for part in _findings(report, style)]
    return "".join(f"{part}\n\n" for part in parts) + "\n".join(_wrapped(_plain(_summary(reports)), style)) + "\n"


def _findings(report: Report, style: Style) -> list[str]:
    parts = [_finding(*row, style) for row in islice(report.shown(), _MAX_SHOWN)]
    if len(report) > _MAX_SHOWN:
        more = _count(len(report) - _MAX_SHOWN, "more finding")
        parts.append(f"{escaped(report.source.name, style.encoding)}: {more}; --format json shows all")
    return parts


def _finding(place: str, source: Source, item: Diagnostic, style: Style) -> str:
    place = escaped(place, style.encoding)
    severity = style.paint(f"{item.severity}:", _COLORS[item.severity])
    message = escaped(item.message, style.encoding)
    rule = style.linked(style.paint(f"[{item.rule}]", "2"), page(item.rule))
    lines = _wrapped(
        [
            (f"{place}:", f"{style.paint(place, '1')}:"),
            (f"{item.severity}:", severity),
            *_plain(message),
            (f"[{item.rule}]", rule),
        ],
        style,
    )
    lines += _frame(source, item, style)
    if item.fix is not None:
        lines += _advice(source, item.fix, style)
    return "\n".join(lines)


def _plain(text: str) -> list[tuple[str, str]]:
    return [(word, word) for word in text.split(" ")]


def _wrapped(words: list[tuple[str, str]], style: Style) -> list[str]:
    """Words, each as it is and as it is painted, on lines that are as wide as the terminal; all on one elsewhere."""
    if not style.wraps:
        return [" ".join(painted for _, painted in words)]
    lines: list[list[str]] = [[]]
    used = 0
    for word, painted in words:
        width = width_of(word)
        if lines[-1] and used + 1 + width > max(style.width, MIN_WIDTH):
            lines.append([" " * (_INDENT - 1)])
            used = _INDENT - 1
        used += width + bool(lines[-1])
        lines[-1].append(painted)
    return [" ".join(line) for line in lines]


def _frame(source: Source, item: Diagnostic, style: Style) -> list[str]:
    """The line of the finding's start between its neighbours, cut to the width, and carets below the finding."""
    number = source.position(item.span.start).line
    line = source.line_span(number)
    low, high = min(item.span.start, line.end), min(item.span.end, line.end)
    # Of a very long line no more is looked at than can be shown.
    far = 2 * style.room
    stretches = (max(line.start, low - far), low), (low, min(high, low + far)), (high, line.end)
    before, marked, after = (
        cells(source.text, start, min(end, start + far), style.encoding) for start, end in stretches
    )
    left, marked, right = fit(before, marked, after, style.room, style.cut)
    carets = " " * width_of("".join(left)) + style.paint(
        "^" * max(width_of("".join(marked)), 1), _COLORS[item.severity]
    )
    return [
        *_neighbour(source, number - 1, style),
        _numbered(number, "".join((*left, *marked, *right)), style),
        _numbered(None, carets, style),
        *_neighbour(source, number + 1, style),
    ]


def _neighbour(source: Source, number: int, style: Style) -> list[str]:
    """The line before or after that of a finding; nothing where there is none, or nothing on it."""
    if not 1 <= number <= len(source.line_starts):
        return []
    line = source.line_span(number)
    shown = style.line(source.text, line.start, line.end)
    return [_numbered(number, shown, style)] if shown.strip() else []


def _numbered(number: int | None, code: str, style: Style) -> str:
    return f"{style.paint(gutter(number).rstrip(), '34')} {code}".rstrip()


def _advice(source: Source, fix: Fix, style: Style) -> list[str]:
    """What a fix changes, and how it is applied."""
    is_safe = fix.safety is Safety.SAFE
    help_ = f"{style.paint(_HELP, '1;36')}: fixable with {'--fix' if is_safe else '--fix --unsafe-fixes'}"
    note = f"{style.paint(_NOTE, '1;36')}: this fix is unsafe: it may change what the script returns"
    return [help_, *patch(source, fix, style), *(() if is_safe else (note,))]


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
