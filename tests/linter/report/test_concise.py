from __future__ import annotations

from hypothesis import given

from oso_evalscript import Report
from oso_evalscript.linter.report.concise import render_concise
from tests.linter.report.drawn import several


@given(several)
def test_each_finding_is_one_line_whatever_it_says(reports: list[Report]) -> None:
    shown = render_concise(reports)
    lines = shown.splitlines()
    assert shown == "".join(f"{line}\n" for line in lines)
    found = [(report.source.position(item.span.start), item) for report in reports for item in report]
    assert len(lines) == len(found)
    for line, (place, item) in zip(lines, found, strict=True):
        assert f":{place.line}:{place.column}: {item.severity}: " in line
        assert line.endswith(f" [{item.rule}]")


@given(several)
def test_what_an_encoding_lacks_is_escaped(reports: list[Report]) -> None:
    assert render_concise(reports, "ascii").isascii()
