"""The Code Quality format of GitLab: a list of findings, each with a fingerprint that survives moved lines.

See "Code Quality report format" in GitLab's documentation.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePath

from oso_evalscript.linter.report import Report
from oso_evalscript.model.diagnostic import Severity
from oso_evalscript.model.display import to_json

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}


def render_gitlab(reports: Sequence[Report], root: Path) -> str:
    """Return all findings as a Code Quality report; paths are relative to `root`, where they lie below it."""
    rows = []
    seen: Counter[tuple[str, str, str]] = Counter()
    for report in reports:
        path = _path(report.source.name, root)
        for item in report:
            source = report.source
            start, end = source.position(item.span.start), source.position(item.span.end)
            key = (path, item.rule, source.slice(source.line_span(start.line)).strip())
            seen[key] += 1
            marked = "\0".join((*key, str(seen[key]))).encode("utf-8", "surrogatepass")
            rows.append(
                {
                    "description": item.message,
                    "check_name": item.rule,
                    "fingerprint": hashlib.sha256(marked).hexdigest(),
                    "severity": _SEVERITIES[item.severity],
                    "location": {
                        "path": path,
                        "positions": {
                            "begin": {"line": start.line, "column": start.column},
                            "end": {"line": end.line, "column": end.column},
                        },
                    },
                }
            )
    return to_json(rows)


def _path(name: str, root: Path) -> str:
    path = PurePath(name)
    if path.is_absolute() and path.is_relative_to(root):
        path = path.relative_to(root)
    return path.as_posix()
