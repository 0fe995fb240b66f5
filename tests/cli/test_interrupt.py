"""What ^C leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import ROOT


def test_a_sweep_that_is_interrupted_ends_at_once_and_leaves_no_worker() -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "oso_evalscript", "test", str(ROOT / "evalscripts/oso_confident_palette.js")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert running.stderr is not None
    assert "33,554,432 inputs, about " in running.stderr.readline()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert (running.returncode, out) == (130, "")
    assert err.endswith("interrupted\n")
    for _ in range(50):
        if not _of_session(running.pid):
            return
        time.sleep(0.1)
    raise AssertionError("a process is left")


LOST = """
import _thread, time
import oso_evalscript.cli
from oso_evalscript.__main__ import main

class Callback:
    def __del__(self):
        _thread.interrupt_main()  # ^C: Python drops what is raised here
        time.sleep(0)

def command():
    try:
        Callback()
        time.sleep(30)
    except KeyboardInterrupt:
        print("interrupted")

oso_evalscript.cli.main = command
main()
"""


def test_an_interrupt_in_a_callback_is_not_lost() -> None:
    started = time.monotonic()
    run = subprocess.run([sys.executable, "-c", LOST], capture_output=True, text=True, timeout=60, check=True)
    assert (run.stdout, run.stderr) == ("interrupted\n", "")
    assert time.monotonic() - started < 20


def _of_session(session: int) -> list[str]:
    """The processes of a session that are still there."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            state = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(state[3]) == session and state[0] != "Z" and int(folder.name) != os.getpid():
            found.append(folder.name)
    return found
