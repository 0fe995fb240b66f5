"""The JUnit format, which most servers for continuous integration read: a suite per file, a failed case per finding."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from oso_evalscript.linter.report import Report
from oso_evalscript.model.regex import regex

# What XML 1.0 cannot hold, not even as a reference.
_REFUSED = regex("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_junit(reports: Sequence[Report]) -> str:
    """Return all findings as XML; a file without any is a case that passed."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    total = sum(len(report) for report in reports)
    tests = sum(max(len(report), 1) for report in reports)
    lines.append(f'<testsuites name="oso-evalscript" tests="{tests}" failures="{total}" errors="0">')
    for report in reports:
        lines += _suite(report)
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def _suite(report: Report) -> list[str]:
    name = _attribute(report.source.name)
    count = max(len(report), 1)
    lines = [f'  <testsuite name={name} tests="{count}" failures="{len(report)}" errors="0">']
    for place, _, item in report.shown():
        line = place.rsplit(":", 2)[1]
        lines += [
            f'    <testcase name={_attribute(f"{item.rule} at {place}")} classname={name} file={name} line="{line}">',
            f"      <failure type={_attribute(item.severity)} message={_attribute(item.message)}>"
            f"{escape(_clean(f'{place}: {item.message} [{item.rule}]'))}</failure>",
            "    </testcase>",
        ]
    if not report:
        lines.append(f'    <testcase name="no findings" classname={name} file={name}/>')
    return [*lines, "  </testsuite>"]


def _attribute(text: str) -> str:
    return quoteattr(_clean(text), {"\n": "&#10;", "\t": "&#9;", "\r": "&#13;"})


def _clean(text: str) -> str:
    return _REFUSED.sub("\ufffd", text)
