"""The Code Quality format: the keys that GitLab documents, and fingerprints that tell findings apart and stay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from oso_evalscript.linter.engine import lint
from oso_evalscript.linter.report.gitlab import render_gitlab
from oso_evalscript.linter.rule import all_rules
from oso_evalscript.model.text import Source

TEXT = "const square = (x) => x ^ 2;\n"


def rows(text: str, name: str = "a/b.js") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(render_gitlab([lint(Source(text, name))], Path("/root")))
    return found


def test_every_rule_gives_what_gitlab_asks_for() -> None:
    for rule in all_rules():
        for row in rows(rule.bad[0].text, "/root/a/b.js"):
            assert row.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
            assert row["severity"] in ("info", "minor", "major", "critical", "blocker")
            assert row["location"]["path"] == "a/b.js"
            begin, end = row["location"]["positions"]["begin"], row["location"]["positions"]["end"]
            assert 1 <= begin["line"] <= end["line"]


def test_a_fingerprint_survives_moved_lines() -> None:
    (before,), (after,) = rows(TEXT), rows(f"// more\n\n{TEXT}")
    assert before["fingerprint"] == after["fingerprint"]
    assert before["fingerprint"] != rows(TEXT, "c.js")[0]["fingerprint"]


def test_fingerprints_of_equal_lines_differ() -> None:
    found = rows(f"{{ {TEXT.strip()} }}\n{{ {TEXT.strip()} }}\n")
    assert len({row["fingerprint"] for row in found}) == len(found) == 2


def test_nothing_found_is_an_empty_list() -> None:
    assert render_gitlab([], Path("/root")) == "[]"
