"""What is told while something takes long."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

from oso_evalscript.cli.terminal import has_links, progress
from tests.conftest import ROOT

ENOUGH = 2**22


def test_size_and_time_are_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("sweeping", ENOUGH) as told:
        assert told is not None
        for done in range(8):
            told((done + 1) * ENOUGH // 8, ENOUGH)
    out, err = capsys.readouterr()
    assert (out, err) == ("", "sweeping: 4,194,304 inputs, about 1 s\n")


def test_the_time_is_measured(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 101.0, 102.0, 103.0])  # after a slow first step
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    with progress("sweeping", ENOUGH) as told:
        assert told is not None
        for done in range(64):
            told((done + 1) * ENOUGH // 64, ENOUGH)
    assert capsys.readouterr().err.endswith("about 64 s\n")


def test_what_is_soon_done_is_not_told_of() -> None:
    with progress("sweeping", ENOUGH - 1) as told:
        assert told is None


def test_a_terminal_shows_a_bar_and_leaves_none_behind() -> None:
    code = (
        "import time; from oso_evalscript.cli.terminal import has_links, progress\n"
        f"with progress('testing [bold]', {ENOUGH}) as told:\n"
        f"    for done in range(8): time.sleep(0.1); told((done + 1) * {ENOUGH // 8}, {ENOUGH})\n"
    )
    ours, theirs = pty.openpty()
    try:
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
        running = subprocess.Popen([sys.executable, "-c", code], stderr=theirs, cwd=ROOT, env=environment)
        os.close(theirs)
        shown = b""
        while True:
            try:
                shown += os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
        assert running.wait(20) == 0
    finally:
        os.close(ours)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    assert re.search(r"testing \[bold\] .*\b(25|38|50|62|75|88)%", text)
    assert len(re.findall(r"testing \[bold\]: 4,194,304 inputs, about 1 s", text)) == 1
    assert shown.decode().rstrip().endswith("\x1b[2K")  # the bar is wiped


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM_PROGRAM": "vscode"}, True),
        ({"TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"VTE_VERSION": "7200"}, True),
        ({"VTE_VERSION": "4205"}, False),
        ({"VTE_VERSION": "4205", "FORCE_HYPERLINK": "1"}, True),
        ({"WT_SESSION": "x", "FORCE_HYPERLINK": "0"}, False),
    ],
)
def test_links_are_for_terminals_that_are_known_to_show_them(environment: dict[str, str], *, expected: bool) -> None:
    assert has_links(environment) is expected
