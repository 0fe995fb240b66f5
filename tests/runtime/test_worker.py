"""The life of worker processes: whatever is killed, nothing stays behind."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from oso_evalscript import Program
from oso_evalscript.model.errors import EngineError, ScriptCrashed, ScriptError
from oso_evalscript.runtime import worker as workers
from tests.conftest import ROOT

SCRIPT = (
    'function setup() { return { input: ["A"], output: { bands: 1 } }; } function evaluatePixel(s) { return [s.A]; }'
)
ENDLESS = SCRIPT.replace("return [s.A]", "for (;;)")
SCENE = {"A": np.ones((1, 2))}


def children_of(pid: int) -> list[int]:
    """The worker processes of a process."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if int(stat[1]) == pid and stat[0] != "Z" and b"child.py" in command:
            found.append(int(folder.name))
    return found


def alive(pid: int) -> bool:
    try:
        return "Z" not in (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[:1]
    except OSError:
        return False


def computed(pid: int) -> float:
    """The seconds of processor time that a process has used."""
    stat = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def kill(pids: list[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def until(condition: Callable[[], object], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return bool(condition())


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Starts a Python process that runs a piece of code; it has `Program`, `SCRIPT`, `ENDLESS` and `SCENE`."""
    started = []

    def start(code: str) -> subprocess.Popen[str]:
        head = (
            f"import sys, os, signal, time; sys.path.insert(0, {str(ROOT)!r})\n"
            # Under nohup the tests ignore SIGHUP, and would hand that on.
            "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
            f"from oso_evalscript import Program\nSCRIPT, ENDLESS = {SCRIPT!r}, {ENDLESS!r}\nSCENE = {{'A': [[1, 2]]}}\n"
        )
        path = tmp_path / "parent.py"
        path.write_text(head + code)
        running = subprocess.Popen(
            [sys.executable, str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(running)
        return running

    yield start
    for running in started:
        running.kill()
        running.communicate()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_worker_ends_with_its_parent_even_in_an_endless_loop(
    parent: Callable[[str], subprocess.Popen[str]], how: signal.Signals
) -> None:
    running = parent("print('go', flush=True); Program(ENDLESS, timeout=60).run(SCENE)")
    assert running.stdout is not None
    assert running.stdout.readline() == "go\n"
    assert until(lambda: children_of(running.pid))
    (worker,) = children_of(running.pid)
    assert until(lambda: computed(worker) > 0.6)  # into the loop: starting takes a third of that
    assert running.poll() is None
    running.send_signal(how)
    assert running.wait(10) == -how
    assert until(lambda: not alive(worker), 5)


def test_an_idle_worker_ends_with_its_parent(parent: Callable[[str], subprocess.Popen[str]]) -> None:
    running = parent("Program(SCRIPT).close(); print('go', flush=True); time.sleep(60)")
    assert running.stdout is not None
    assert running.stdout.readline() == "go\n"
    workers = children_of(running.pid)
    assert len(workers) == 1
    running.kill()
    running.wait(10)
    assert until(lambda: not alive(workers[0]), 5)


def test_a_worker_ends_although_a_fork_of_its_parent_lives_on(
    parent: Callable[[str], subprocess.Popen[str]],
) -> None:
    running = parent(
        "program = Program(SCRIPT)\n"
        "if os.fork() == 0:\n    os.close(1); os.close(2); time.sleep(8); os._exit(0)\n"
        "print('go', flush=True); time.sleep(60)"
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "go\n"
    workers = children_of(running.pid)
    running.kill()
    running.wait(10)
    assert until(lambda: not any(map(alive, workers)), 5)


@pytest.mark.parametrize(
    "code",
    [
        "program = Program(SCRIPT); print('done')",
        "with Program(SCRIPT) as program: print('done')",
        "print('done'); program = Program(SCRIPT); raise SystemExit",
        "import threading\nthreading.Thread(target=lambda: print('done', Program(SCRIPT).run(SCENE)['default'].shape)).start()",
        "try: Program('while (1);', timeout=0.2)\nexcept TimeoutError: print('done')",
    ],
)
def test_the_interpreter_exits_cleanly(parent: Callable[[str], subprocess.Popen[str]], code: str) -> None:
    running = parent(code)
    out, err = running.communicate(timeout=20)
    assert out.startswith("done")
    assert err == ""
    assert running.returncode == 0


def test_a_script_without_a_main_guard_and_a_pool(parent: Callable[[str], subprocess.Popen[str]]) -> None:
    running = parent(
        "import multiprocessing\n"
        "def work(n):\n    with Program(SCRIPT) as program: return int(program.run({'A': [[n]]})['default'][0, 0, 0])\n"
        "mine = Program(SCRIPT)\n"
        "with multiprocessing.get_context('fork').Pool(2) as pool: print(pool.map(work, [0, 1, 2]))\n"
        "print(mine.run(SCENE)['default'].max())"
    )
    out, err = running.communicate(timeout=30)
    assert out == "[0, 255, 255]\n255\n", err
    assert running.returncode == 0


def test_killing_the_worker_is_an_error_and_the_next_run_starts_another() -> None:
    with Program(ENDLESS, timeout=30) as program:
        workers = children_of(os.getpid())
        threading.Timer(0.3, lambda: kill(workers)).start()
        with pytest.raises(ScriptCrashed, match=r"<script>: the process that runs it ended \(signal 9\)"):
            program.run(SCENE)
    with Program(SCRIPT) as program:
        kill(children_of(os.getpid()))
        with pytest.raises(ScriptCrashed):
            program.run(SCENE)
        assert program.run(SCENE)["default"].min() == 255


def test_an_interrupt_in_a_run_ends_the_worker_and_the_program_goes_on() -> None:
    with Program(SCRIPT.replace("return [s.A]", "if (s.A === 7) for (;;); return [s.A]"), timeout=30) as program:
        workers = set(children_of(os.getpid()))
        threading.Timer(0.3, lambda: signal.raise_signal(signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            program.run({"A": [[7]]})
        assert program.run(SCENE)["default"].min() == 255
        assert not workers & set(children_of(os.getpid())) or len(workers) > 1


def test_nothing_leaks() -> None:
    def held() -> tuple[int, int]:
        gc.collect()
        maps = Path("/proc/self/maps").read_text().count("oso-evalscript")
        return len(list(Path("/proc/self/fd").iterdir())), maps

    def work() -> None:
        for size in (1, 100, 600):
            with Program(SCRIPT) as program:
                program.run({"A": np.ones((size, size))})
        with pytest.raises(ScriptError):
            Program("throw 1")
        Program(SCRIPT)  # forgotten, not closed
        gc.collect()

    work()
    before = held()
    for _ in range(5):
        work()
    assert held() == before
    for worker in list(workers._alive):
        worker.kill()
    workers._idle.clear()
    assert held()[1] == 0
    assert children_of(os.getpid()) == []


def test_workers_are_used_again() -> None:
    with Program(SCRIPT):
        first = set(children_of(os.getpid()))
    for _ in range(3):
        with Program(SCRIPT):
            assert set(children_of(os.getpid())) == first


def test_a_worker_that_is_started_beforehand_is_the_next_one() -> None:
    for worker in [workers._idle.pop() for _ in list(workers._idle)]:
        worker.kill()
    workers.start_one()
    workers.start_one()  # one is waiting
    (waiting,) = workers._idle
    taken = workers.acquire()
    assert taken is waiting
    assert not workers._idle
    workers.release(taken)
    assert workers.acquire() is taken
    taken.kill()


def test_a_worker_that_fails_beforehand_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    for worker in [workers._idle.pop() for _ in list(workers._idle)]:
        worker.kill()
    with monkeypatch.context() as patch:
        patch.setattr(workers, "_interpreter", lambda: "/bin/false")
        workers.start_one()
    workers.acquire().kill()
    with monkeypatch.context() as patch:
        patch.setattr(workers, "_interpreter", lambda: "/bin/false")
        workers.start_one()
        with pytest.raises(EngineError, match=r"V8 cannot start here"):
            workers.acquire()


def test_memory_that_could_not_be_shared_leaves_a_worker_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = workers.acquire()
    worker.share(4096)[:3] = b"abc"
    with monkeypatch.context() as patch:
        patch.setattr("os.ftruncate", lambda *_: (_ for _ in ()).throw(OSError(27, "File too large")))
        with pytest.raises(EngineError):
            worker.share(1 << 20)
    worker.share(4096)[:3] = b"xyz"
    worker.kill()


def test_many_programs_at_once() -> None:
    programs = [Program(SCRIPT.replace("s.A", f"s.A * {index} / 255")) for index in range(5)]
    for index, program in enumerate(programs):
        assert program.run(SCENE)["default"].max() == index
        program.close()
    assert len(workers._idle) <= 2


def test_threads_share_a_program() -> None:
    results = []
    with Program(SCRIPT) as program:

        def work(value: int) -> None:
            results.append(program.run({"A": np.full((50, 50), value / 255)})["default"].max() == value)

        threads = [threading.Thread(target=work, args=(value,)) for value in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == [True] * 8


def test_the_old_distribution_of_mini_racer_is_refused_in_one_sentence(
    parent: Callable[[str], subprocess.Popen[str]], tmp_path: Path
) -> None:
    package = tmp_path / "py_mini_racer"
    package.mkdir()
    (package / "__init__.py").write_text("from .py_mini_racer import MiniRacer\n")
    (package / "py_mini_racer.py").write_text("class MiniRacer: ...\n")
    running = parent(
        f"sys.path.insert(0, {str(tmp_path)!r})\ntry: Program(SCRIPT)\nexcept ImportError as error: print(error)"
    )
    out, err = running.communicate(timeout=20)
    assert out.strip().endswith("run: pip uninstall -y py-mini-racer mini-racer && pip install mini-racer"), err
    assert err == ""


def test_under_multiprocessing_spawn() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_run_elsewhere) == 255


def _run_elsewhere() -> int:
    with Program(SCRIPT) as program:
        return int(program.run(SCENE)["default"].max())
