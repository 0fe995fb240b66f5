"""The format for editors and `grep`: one line per finding."""

from __future__ import annotations

from collections.abc import Iterable

from oso_evalscript.linter.report import Report
from oso_evalscript.model.display import escaped


def render_concise(reports: Iterable[Report], encoding: str = "utf-8") -> str:
    """Return `path:line:column: severity: message [rule]` for every finding; characters not in `encoding` escaped."""
    lines = []
    for report in reports:
        for place, _, item in report.shown():
            lines.append(escaped(f"{place}: {item.severity}: {item.message} [{item.rule}]", encoding) + "\n")
    return "".join(lines)
