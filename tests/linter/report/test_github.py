from __future__ import annotations

import re

from hypothesis import given

from oso_evalscript import Report
from oso_evalscript.linter.report.github import render_github
from oso_evalscript.model.diagnostic import Severity
from oso_evalscript.model.display import escaped
from tests.linter.report.drawn import several

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def read(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command, as GitHub's runner reads it: its name, its properties and its message."""
    match = re.fullmatch("::([a-z]+) (.*?)::(.*)", line)
    assert match is not None
    properties = dict(item.split("=", 1) for item in match[2].split(","))
    marks = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}
    plain = {
        key: re.sub("%0D|%0A|%3A|%2C|%25", lambda mark: marks[mark[0]], value) for key, value in properties.items()
    }
    return match[1], plain, re.sub("%0D|%0A|%25", lambda mark: marks[mark[0]], match[3])


@given(several)
def test_the_runner_reads_back_what_was_found(reports: list[Report]) -> None:
    commands = [read(line) for line in render_github(reports).splitlines()]
    found = [(report.source, item) for report in reports for item in report]
    assert len(commands) == len(found)
    for (level, properties, message), (source, item) in zip(commands, found, strict=True):
        start, end = source.position(item.span.start), source.position(item.span.end)
        assert (level, properties["title"]) == (LEVELS[item.severity], item.rule)
        assert escaped(properties["file"]) == escaped(item.file)
        assert escaped(message) == escaped(item.message)
        assert (int(properties["line"]), int(properties["endLine"])) == (start.line, end.line)
        if start.line == end.line:
            columns = int(properties["col"]), int(properties["endColumn"])
            assert columns == (start.column, start.column + max(len(item.span), 1) - 1)
        else:
            assert not {"col", "endColumn"} & properties.keys()  # GitHub takes columns on one line only
