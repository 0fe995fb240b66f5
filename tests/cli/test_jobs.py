from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from oso_evalscript import Source
from oso_evalscript.cli import jobs as module
from oso_evalscript.cli import pool
from oso_evalscript.cli.jobs import Job, Settings, Task, run_all, work
from tests.cli.test_lint import GOOD, PAGE
from tests.conftest import ROOT, Command

TEXTS = [GOOD, "return [0ffaaff];\n", "return [1]; // oso: allow malformed-hex\n", PAGE.read_text(), "let x = ;"]


def jobs(count: int, task: Task = Task.LINT) -> list[Job]:
    """Scripts of many lengths."""
    return [
        Job(None, Source(TEXTS[number % len(TEXTS)] + " " * (number * 997 % 5000), f"{number}.js"), Settings(), task)
        for number in range(count)
    ]


@pytest.mark.parametrize("task", Task)
@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_two_processes_say_what_one_says(task: Task, platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)  # only on Linux are jobs inherited, elsewhere they are sent
    many = jobs(40, task)
    assert list(run_all(many, None, 2)) == list(run_all(many, None, 1)) == list(map(work, many))


@pytest.mark.parametrize("task", Task)
def test_two_processes_say_the_same_of_files_with_scripts(task: Task) -> None:
    wrong = GOOD.replace("[", "[0ffaaff, ", 1)
    texts = {
        "a.py": f'X = """\r\n{wrong}"""\r\n',
        "b.md": f"\ufeff# A\n```js\n{wrong}```\n",
        "c.ts": f"const s = `{GOOD}`;\n",
    }
    many = [
        Job(None, Source.decode(text.encode(), name), Settings(kind=name.partition(".")[2]), task)
        for name, text in texts.items()
    ]
    found = list(run_all(many, None, 2))
    assert found == list(run_all(many, None, 1))
    assert [type(item.report.source) for item in found] == [type(work(job).report.source) for job in many]
    assert [bool(item.report) or item.changes > 0 for item in found] == [True, True, False]


def test_processes_end_with_the_last_job() -> None:
    """One that is killed later, while the interpreter exits, can make it show a traceback."""
    before = list(pool._given_up)
    assert len(list(run_all(jobs(9), None, 2))) == 9
    assert pool._given_up == before
    assert not multiprocessing.active_children()


def test_a_fault_of_ours_is_told_and_the_rest_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Job(None, Source("x", "broken.js"), Settings(select=("no-such-rule",)), Task.LINT)
    many = [*jobs(3), broken, *jobs(3)]
    for processes in (1, 2):
        outcomes = list(run_all(many, None, processes))
        assert [outcome.failure is None for outcome in outcomes] == [True] * 3 + [False] + [True] * 3
        assert str(outcomes[3].failure).startswith("broken.js: this is a bug in oso-evalscript: ValueError")
    monkeypatch.setenv("OSO_EVALSCRIPT_DEBUG", "1")
    with pytest.raises(ValueError, match="no-such-rule"):
        list(run_all(many, None, 2))


def test_a_process_that_dies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def die(job: Job) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(module, "_work", die)
    outcomes = list(run_all(jobs(4), None, 2))
    assert [outcome.failure for outcome in outcomes] == [
        f"{number}.js: not linted: a worker process ended (try --jobs 1)" for number in range(4)
    ]


def test_it_is_shared_only_where_that_pays() -> None:
    small = [module._weight(job) for job in jobs(4)]
    assert module._processes(small, None) < 2
    assert module._processes(small, 3) == 3
    assert module._processes(small, 9) == 4
    large = [module._weight(Job(None, Source("x" * 300_000), Settings(), Task.LINT))] * 2
    assert module._processes(large, None) == min(2, len(os.sched_getaffinity(0)))
    assert module._processes([], None) == 0


def test_the_order_is_that_of_the_files(command: Command, tmp_path: Path) -> None:
    for number in range(30):
        text = "return [0ffaaff];\n" if number % 3 else "// é"
        encoding = "utf-8" if number % 3 else "latin-1"
        (tmp_path / f"{number:02}.js").write_bytes((text + "\n" * (number * 700 % 4000)).encode(encoding))
    names = [f"{number:02}.js" for number in range(30)]
    one, two = (command("lint", "--jobs", count, "--format", "concise", *names) for count in ("1", "2"))
    assert one == two
    assert [line.split(":")[0] for line in one.out.splitlines()] == [name for name in names if int(name[:2]) % 3]
    assert [line.split(": ")[1] for line in one.err.splitlines()] == [name for name in names if not int(name[:2]) % 3]


@pytest.mark.parametrize("to_all", [True, False])
def test_an_interrupt_ends_all_processes_at_once(tmp_path: Path, to_all: bool) -> None:
    for number in range(6):
        (tmp_path / f"{number}.js").write_text("evaluatePixel(0ffaaff, 1);\n" * 20_000)
    running = subprocess.Popen(
        [sys.executable, "-m", "oso_evalscript", "lint", "--jobs", "2", tmp_path],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True,
    )  # fmt: skip
    time.sleep(1.2)
    begun = time.monotonic()
    os.killpg(running.pid, signal.SIGINT) if to_all else running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=20)  # what was found until then may have been shown
    assert (running.returncode, err) == (130, "\ninterrupted\n")
    assert time.monotonic() - begun < 5
    assert gone(running.pid)


def gone(group: int) -> bool:
    """Whether nobody of a process group is left, waiting for that for some seconds."""
    for _ in range(50):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False
