"""The JSON format, version 1; `docs/guide.md` describes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from oso_evalscript.linter.report import InCell, Report
from oso_evalscript.model.diagnostic import Diagnostic, Fix
from oso_evalscript.model.display import to_json
from oso_evalscript.model.text import Source


def render_json(reports: Iterable[Report]) -> str:
    """Return all diagnostics as one JSON document in ASCII, sorted by file and position."""
    rows = [
        (report.source, item, cell)
        for report in reports
        for item, cell in zip(report.diagnostics, report.in_cells or (None,) * len(report), strict=True)
    ]
    rows.sort(key=lambda row: (row[1].file, row[1].span))
    document = {"version": 1, "diagnostics": [_diagnostic(*row) for row in rows]}
    return to_json(document)


def _diagnostic(source: Source, item: Diagnostic, cell: InCell | None) -> dict[str, Any]:
    start, end = (_place(source, offset) for offset in (item.span.start, item.span.end))
    if cell is not None:  # offsets are those of the file, as everywhere
        start |= _line_and_column(cell.source, cell.item.span.start)
        end |= _line_and_column(cell.source, cell.item.span.end)
    return {
        "file": item.file,
        **({} if cell is None else {"cell": cell.number}),
        "rule": item.rule,
        "severity": str(item.severity),
        "message": item.message,
        "start": start,
        "end": end,
        "fix": None if item.fix is None else _fix(item.fix),
        "url": item.url,
    }


def _place(source: Source, offset: int) -> dict[str, int]:
    return {**_line_and_column(source, offset), "offset": offset}


def _line_and_column(source: Source, offset: int) -> dict[str, int]:
    position = source.position(offset)
    return {"line": position.line, "column": position.column}


def _fix(fix: Fix) -> dict[str, Any]:
    edits = [{"start": edit.span.start, "end": edit.span.end, "text": edit.text} for edit in fix.edits]
    return {"safety": str(fix.safety), "edits": edits}
