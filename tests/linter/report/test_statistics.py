from __future__ import annotations

from collections import Counter

from hypothesis import given

from oso_evalscript import Report
from oso_evalscript.linter.report.statistics import render_statistics
from tests.linter.report.drawn import several


@given(several)
def test_each_rule_is_counted_and_the_most_frequent_comes_first(reports: list[Report]) -> None:
    found = [item for report in reports for item in report]
    rows = [line.split() for line in render_statistics(reports).splitlines()]
    counts = {(row[1], row[2]): int(row[0]) for row in rows}
    assert len(rows) == len(counts)
    assert counts == Counter((item.rule, str(item.severity)) for item in found)
    assert [int(row[0]) for row in rows] == sorted((int(row[0]) for row in rows), reverse=True)


@given(several)
def test_fixes_are_counted_by_rule_and_safety(reports: list[Report]) -> None:
    found = [item for report in reports for item in report]
    for line in render_statistics(reports).splitlines():
        _, rule, _, *rest = line.replace(",", "").split()
        told = dict(zip(rest[2::2], map(int, rest[1::2]), strict=True))
        assert told == Counter(str(item.fix.safety) for item in found if item.rule == rule and item.fix is not None)
