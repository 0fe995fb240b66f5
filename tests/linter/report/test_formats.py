from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import Report, lint
from oso_evalscript.linter.report.concise import render_concise
from oso_evalscript.linter.report.github import render_github
from oso_evalscript.linter.report.json import render_json
from oso_evalscript.linter.report.sarif import render_sarif
from oso_evalscript.linter.report.statistics import render_statistics
from oso_evalscript.linter.report.text import render_text
from oso_evalscript.linter.rule import all_rules
from oso_evalscript.model.diagnostic import Severity
from oso_evalscript.model.text import Source
from tests.strategies import code

BAD = [case.text for rule in all_rules() for case in rule.bad]
ROWS = re.compile(r"^(.+?):(\d+):(\d+): (error|warning|info): .* \[([\w-]+)\]$", re.MULTILINE)
COMMAND = re.compile(
    r"::(error|warning|notice) file=(.*?),line=(\d+),endLine=\d+,(?:col=(\d+),.*?,)?title=([\w-]+)::(.*)"
)

Row = tuple[str, int, int, str, str]


def plain(reports: list[Report]) -> Counter[Row]:
    return Counter(
        (item.file, position.line, position.column, str(item.severity), item.rule)
        for report in reports
        for item in report
        for position in [report.source.position(item.span.start)]
    )


def rows(text: str) -> Counter[Row]:
    return Counter(
        (file, int(line), int(column), level, rule) for file, line, column, level, rule in ROWS.findall(text)
    )


names = st.sampled_from(["a.js", "b/c d.js", "100%.js", "é,:.js", "x::y.js"])
texts = code | st.sampled_from(BAD) | st.lists(st.sampled_from(BAD), max_size=2).map("\n".join)


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # of all cases of all rules
@given(st.lists(st.tuples(names, texts), max_size=3, unique_by=lambda pair: pair[0]))
def test_all_formats_carry_the_same_diagnostics(files: list[tuple[str, str]]) -> None:
    reports = [lint(Source(text, name)) for name, text in files]
    expected = plain(reports)
    assert rows(render_text(reports)) == rows(render_concise(reports)) == expected
    assert (
        Counter(
            (row["file"], row["start"]["line"], row["start"]["column"], row["severity"], row["rule"])
            for row in json.loads(render_json(reports))["diagnostics"]
        )
        == expected
    )
    assert sarif_rows(render_sarif(reports, Path("/work"))) == expected
    lines = render_github(reports).splitlines()
    assert len(lines) == expected.total()
    found: Counter[tuple[str, int, str, str]] = Counter()
    for line in lines:
        level, file, number, _, rule, _ = COMMAND.fullmatch(line).groups()  # type: ignore[union-attr]
        found[unquote(file), int(number), {"notice": "info"}.get(level, level), rule] += 1
    assert found == Counter({(file, line, level, rule): 0 for file, line, _, level, rule in expected}) + Counter(
        (file, line, level, rule) for file, line, _, level, rule in expected.elements()
    )
    assert sum(int(line.split()[0]) for line in render_statistics(reports).splitlines()) == expected.total()


def sarif_rows(text: str) -> Counter[Row]:
    assert text.isascii()
    [run] = json.loads(text)["runs"]
    found: Counter[Row] = Counter()
    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]
        file = place["artifactLocation"]
        assert run["artifacts"][file["index"]]["location"]["uri"] == file["uri"]
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        level = {"note": "info"}.get(result["level"], result["level"])
        region = place["region"]
        found[unquote(file["uri"]), region["startLine"], region["startColumn"], level, result["ruleId"]] += 1
    return found


def test_one_line_for_each_finding() -> None:
    source = Source("\nreturn [0\n  aaaa61];", "a\nb.js")
    assert render_concise([lint(source)]) == (
        "a\\nb.js:2:9: error: `0\\n  aaaa61` is not a number; the colour is written `0xaaaa61` [malformed-hex]\n"
    )
    assert render_concise([lint(Source("return [1];"))]) == ""


def test_workflow_commands_are_escaped() -> None:
    source = Source("\nreturn [0\n  aaaa61];", "100%,a:b.js")
    assert render_github([lint(source)]) == (
        "::error file=100%25%2Ca%3Ab.js,line=2,endLine=3,title=malformed-hex::"
        "`0%0A  aaaa61` is not a number; the colour is written `0xaaaa61`\n"
    )
    [line] = render_github([lint(Source("return [0ffaaff];", "a.js"))]).splitlines()
    assert line.startswith("::error file=a.js,line=1,endLine=1,col=9,endColumn=15,title=malformed-hex::")
    warning = lint(Source("return [1]; // oso: allow malformed-hex"))
    assert [item.severity for item in warning] == [Severity.WARNING]
    assert render_github([warning]).startswith("::warning ")


def test_statistics_begin_with_the_most_frequent() -> None:
    report = lint(Source("[0ffaaff, 0ff00ff]; return normalizeRGB(int2rgb(0550000)); // oso: allow"))
    assert render_statistics([report, report]) == (
        "     4  malformed-hex           error    fixes: 4 safe\n"
        "     2  color-decimal-or-octal  error    fixes: 2 unsafe\n"
        "     2  unused-suppression      warning\n"
    )
    assert render_statistics([]) == ""
