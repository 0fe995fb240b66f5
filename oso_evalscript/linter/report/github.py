"""The format of GitHub workflows: commands that mark the findings in the changed files.

See "Workflow commands for GitHub Actions" in GitHub's documentation.
"""

from __future__ import annotations

from collections.abc import Iterable

from oso_evalscript.linter.report import Report
from oso_evalscript.model.diagnostic import Diagnostic, Severity
from oso_evalscript.model.display import escaped
from oso_evalscript.model.text import Source

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render_github(reports: Iterable[Report]) -> str:
    """Return one workflow command per finding."""
    return "".join(f"{_command(report.source, item)}\n" for report in reports for item in report)


def workflow_command(kind: str, message: str, **properties: str | int) -> str:
    """Return the line that lets a workflow mark a place: `kind` is error, warning or notice."""
    shown = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{kind} {shown}::{_data(message)}"


def _command(source: Source, item: Diagnostic) -> str:
    start, end = source.position(item.span.start), source.position(item.span.end)
    places = {"line": start.line, "endLine": end.line}
    if start.line == end.line:  # columns count only then
        places |= {"col": start.column, "endColumn": max(end.column - 1, start.column)}  # the last one included
    return workflow_command(_COMMANDS[item.severity], item.message, file=item.file, **places, title=item.rule)


def _data(text: str) -> str:
    """A text as a command's message: the runner reads `%25`, `%0D` and `%0A` back."""
    marked = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return escaped(marked, first=False)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
