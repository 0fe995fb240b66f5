"""The JSON format, version 1; `docs/guide.md` describes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from oso_evalscript.linter.report import Report
from oso_evalscript.model.diagnostic import Diagnostic, Fix
from oso_evalscript.model.display import to_json
from oso_evalscript.model.text import Source


def render_json(reports: Iterable[Report]) -> str:
    """Return all diagnostics as one JSON document in ASCII, sorted by file and position."""
    rows = [(report.source, item) for report in reports for item in report]
    rows.sort(key=lambda row: (row[1].file, row[1].span))
    document = {"version": 1, "diagnostics": [_diagnostic(source, item) for source, item in rows]}
    return to_json(document)


def _diagnostic(source: Source, item: Diagnostic) -> dict[str, Any]:
    return {
        "file": item.file,
        "rule": item.rule,
        "severity": str(item.severity),
        "message": item.message,
        "start": _place(source, item.span.start),
        "end": _place(source, item.span.end),
        "fix": None if item.fix is None else _fix(item.fix),
        "url": item.url,
    }


def _place(source: Source, offset: int) -> dict[str, int]:
    position = source.position(offset)
    return {"line": position.line, "column": position.column, "offset": offset}


def _fix(fix: Fix) -> dict[str, Any]:
    edits = [{"start": edit.span.start, "end": edit.span.end, "text": edit.text} for edit in fix.edits]
    return {"safety": str(fix.safety), "edits": edits}
