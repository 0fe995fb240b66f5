from __future__ import annotations

from oso_evalscript.linter.rule import all_rules
from tests.conftest import Command


def test_the_table_of_rules_is_grouped(command: Command) -> None:
    lines = command("rules").out.splitlines()
    titles = [line.strip() for line in lines[1:] if line and not line.startswith(" ")]
    assert titles == list(dict.fromkeys(titles))
    assert {rule.group for rule in all_rules()} == set(titles)


def test_each_rule_is_listed_with_its_severity_and_whether_it_has_a_fix(command: Command) -> None:
    done = command("rules", env={"COLUMNS": "400"})
    rows = {words[0]: words[1:] for line in done.out.splitlines() if (words := line.split()) and line.startswith("  ")}
    assert (done.status, done.err) == (0, "")
    assert set(rows) == {rule.name for rule in all_rules()}
    for rule in all_rules():
        has_fix = any(case.fixed is not None for case in rule.bad)
        assert rows[rule.name][0] == rule.severity
        assert " ".join(rows[rule.name][1:]) == ("yes " if has_fix else "") + rule.summary
