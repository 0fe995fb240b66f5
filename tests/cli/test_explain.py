from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from oso_evalscript.linter.rule import Rule, all_rules
from oso_evalscript.model.display import escaped
from tests.conftest import ROOT, Command


def test_a_rule_is_told_with_its_cases(command: Command) -> None:
    done = command("explain", "malformed-hex")
    assert done.status == 0
    assert done.out.startswith(
        "malformed-hex (error, Text; fix: safe or unsafe)\nA hexadecimal colour without its `0x`"
    )
    assert done.out.endswith("    // oso: allow malformed-hex — why it is right here\n\n")
    assert "\x1b" not in done.out


def test_every_rule_can_be_told(command: Command) -> None:
    done = command("explain", *(rule.name for rule in all_rules()))
    assert done.status == 0
    for rule in all_rules():
        assert f"{rule.name} ({rule.severity}, {rule.group}; " in done.out
        assert all(line in done.out for line in shown(rule))


def shown(rule: Rule) -> list[str]:
    """The lines of all cases as they are to be seen."""
    texts = [*rule.good, *(case.text for case in rule.bad), *(case.fixed or "" for case in rule.bad)]
    return [f"    {escaped(line)}".rstrip() for text in texts for line in text.splitlines() if line.strip()]


def test_a_name_that_is_no_rule_s(command: Command) -> None:
    done = command("explain", "malformed_hex")
    assert done.status == 2
    assert "`malformed_hex` is not a rule; did you mean `malformed-hex`?" in done.err
    assert command("explain").status == 2


@pytest.mark.parametrize("plain", [True, False])
def test_titles_stand_out_on_a_terminal(tmp_path: Path, plain: bool) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "NO_COLOR": "1" if plain else ""}
    call = f"{sys.executable} -m oso_evalscript explain version-header"
    done = subprocess.run(["script", "-qec", call, "/dev/null"], capture_output=True, cwd=tmp_path, env=environment)
    text = done.stdout.decode()
    assert ("\x1b[1m" in text) != plain
    assert "version-header (warning, Text; fix: safe or unsafe)" in re.sub(r"\x1b\[[\d;]*m", "", text)
