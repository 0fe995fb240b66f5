"""`Program.run` works wherever it is called from, and whatever is killed in the middle, nothing stays behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oso_evalscript import Program
from oso_evalscript.model.errors import ScriptCrashed, ScriptTimeout
from oso_evalscript.runtime import blocks
from oso_evalscript.runtime import worker as workers
from oso_evalscript.runtime.engine import Engine
from tests.conftest import ROOT
from tests.runtime.test_worker import alive, children_of, kill, until

SCRIPT = (
    'function setup() { return { input: ["A"], output: { bands: 1, sampleType: "FLOAT32" } }; }\n'
    "function evaluatePixel(s) { return [s.A * 2]; }"
)
ENDLESS = SCRIPT.replace("return [", "for (;;); return [")
ENDLESS_AT_7 = SCRIPT.replace("return [", "if (s.A === 7) for (;;); return [")
SCENE = {"A": np.array([[1.0, 2.0]])}

Start = Callable[..., "subprocess.Popen[str]"]


def total(script: str = SCRIPT) -> float:
    """What a script makes of the scene, as one number; for other processes as well."""
    with Program(script) as program:
        return float(program.run(SCENE)["default"].sum())


def own_children() -> set[int]:
    return set(children_of(os.getpid()))


def own_worker(program: Program, number: int = 0) -> workers.Worker:
    worker = program._engines[number]._worker
    assert worker is not None
    return worker


def pid_of(program: Program, number: int = 0) -> int:
    return own_worker(program, number)._process.pid


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a Python process with a piece of code that has `Program`, `SCRIPT`, `ENDLESS` and `SCENE`."""
    started = []

    def begin(code: str, *options: str, env: dict[str, str] | None = None, **more: Any) -> subprocess.Popen[str]:
        head = (
            f"import sys, os, signal, time; sys.path.insert(0, {str(ROOT)!r})\n"
            "import numpy as np\n"
            f"from oso_evalscript import Program\nSCRIPT, ENDLESS = {SCRIPT!r}, {ENDLESS!r}\nSCENE = {{'A': [[1., 2.]]}}\n"
        )
        path = tmp_path / "caller.py"
        path.write_text(head + code)
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        running = subprocess.Popen(
            [sys.executable, *options, str(path)], text=True, start_new_session=True, env=env, **streams
        )
        started.append(running)
        return running

    yield begin
    for running in started:
        running.kill()
        running.communicate()


def finished(running: subprocess.Popen[str]) -> str:
    """What a process printed that ended well, without a word on standard error."""
    out, err = running.communicate(timeout=60)
    assert err == ""
    assert running.returncode == 0
    return out.strip()


RUN = "with Program(SCRIPT) as program: print(program.run(SCENE)['default'].sum())\n"

# --- Where it is called from -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [(), ("-I",), ("-O",), ("-OO",), ("-W", "error"), ("-X", "dev", "-W", "error"), ("-B", "-s", "-u")],
    ids=" ".join,
)
def test_whatever_the_interpreter_is_told(start: Start, options: tuple[str, ...]) -> None:
    assert finished(start(RUN, *options)) == "6.0"


@pytest.mark.parametrize(
    "change",
    [
        {"PATH": ""},
        {"HOME": None},
        {"LANG": "C", "LC_ALL": "C"},
        {"LC_ALL": "tr_TR.ISO-8859-9", "PYTHONIOENCODING": "latin-1"},
        {"TZ": "Asia/Tokyo"},
        {"PYTHONSTARTUP": "/nowhere", "PYTHONINSPECT": "", "PYTHONHASHSEED": "1"},
        {"PYTHONWARNINGS": "error", "PYTHONDEVMODE": "1"},
        {"NODE_OPTIONS": "--inspect", "V8_OPTIONS": "--help"},
        None,
    ],
    ids=str,
)
def test_whatever_the_environment_says(start: Start, change: dict[str, str | None] | None) -> None:
    changed = {} if change is None else {**os.environ, **change}
    code = RUN.replace("SCRIPT", "SCRIPT.replace('s.A * 2', 'new Date(2020, 0, 1).getTimezoneOffset() + s.A * 2')")
    env = {name: value for name, value in changed.items() if value is not None}
    assert finished(start(code, env=env)) == "6.0"


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1), (0, 1, 2)], ids=str)
def test_with_closed_standard_streams(start: Start, tmp_path: Path, closed: tuple[int, ...]) -> None:
    result = tmp_path / "result"
    code = RUN.replace("print(", f"from pathlib import Path; Path({str(result)!r}).write_text(str(").replace(
        ".sum())", ".sum()))"
    )
    before = f"for n in {closed!r}: os.close(n)\n"
    running = start(
        before
        + code.replace("with Program", "with Program", 1).replace("SCRIPT) as program: ", "SCRIPT) as program:\n    ")
    )
    running.wait(30)
    assert result.read_text() == "6.0"


def test_in_a_folder_that_is_gone(start: Start) -> None:
    code = "import tempfile\nwith tempfile.TemporaryDirectory() as folder: os.chdir(folder)\n"
    assert finished(start(code + RUN)) == "6.0"


def test_with_more_than_1024_open_files(start: Start) -> None:
    code = (
        "import resource; hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096) if hard > 0 else 4096, hard))\n"
        "held = [os.open('/dev/null', os.O_RDONLY) for _ in range(1200)]\n"
    )
    assert finished(start(code + RUN)) == "6.0"


def test_from_several_threads_each_with_its_own_program() -> None:
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda _: total(), range(8))) == [6.0] * 8


def test_from_several_threads_with_one_program() -> None:
    with Program(SCRIPT) as program, ThreadPoolExecutor(4) as threads:
        scenes = [{"A": np.full((20, 20), value)} for value in range(16)]
        results = list(threads.map(lambda scene: program.run(scene)["default"].max(), scenes))
    assert results == [value * 2 for value in range(16)]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_in_daemonic_processes_of_a_pool(start: Start, method: str) -> None:
    code = (
        "import multiprocessing\n"
        "def work(number):\n"
        "    with Program(SCRIPT) as program: return float(program.run({'A': [[number]]})['default'].sum())\n"
        "if __name__ == '__main__':\n"
        "    mine = Program(SCRIPT)\n"
        f"    with multiprocessing.get_context({method!r}).Pool(2) as pool: print(pool.map(work, range(4)))\n"
        "    print(mine.run(SCENE)['default'].sum())\n"
    )
    assert finished(start(code)) == "[0.0, 2.0, 4.0, 6.0]\n6.0"


def test_in_a_fork_while_the_parent_is_in_the_middle_of_a_run(start: Start) -> None:
    code = (
        "import threading, warnings\n"
        "warnings.filterwarnings('ignore', '.*multi-threaded', DeprecationWarning)\n"  # Python 3.12's, of just this
        "idle = Program(SCRIPT); busy = Program(SCRIPT.replace('return', 'for (let i = 0; i < 1e8; i++); return'))\n"
        "running = threading.Thread(target=lambda: print(busy.run(SCENE)['default'].sum(), flush=True)); running.start()\n"
        "time.sleep(0.1)\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    print(idle.run(SCENE)['default'].sum() + busy.run(SCENE)['default'].sum(), flush=True)\n"
        "    idle.close(); busy.close(); Program(SCRIPT).close(); os._exit(0)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
        "running.join(); print(idle.run(SCENE)['default'].sum())\n"
    )
    out = finished(start(code)).split()
    assert sorted(out) == ["12.0", "6.0", "6.0"]


def test_a_fork_that_ends_does_not_end_the_parents_workers(start: Start) -> None:
    code = (
        "program = Program(SCRIPT)\n"
        "for _ in range(3):\n"
        "    if os.fork() == 0: sys.exit()\n"
        "    os.wait(); print(program.run(SCENE)['default'].sum(), flush=True)\n"  # or a child would print it, too
    )
    assert finished(start(code, "-W", "error")) == "6.0\n6.0\n6.0"


def test_in_an_event_loop() -> None:
    async def several() -> list[float]:
        return await asyncio.gather(*(asyncio.to_thread(total) for _ in range(4)))

    assert asyncio.run(several()) == [6.0] * 4


def test_from_a_coroutine() -> None:
    async def one() -> float:
        return total()

    assert asyncio.run(one()) == 6.0


def test_under_pytest_xdist(tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    (tmp_path / "test_it.py").write_text(
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\nimport pytest\nfrom tests.runtime.test_contexts import total\n"
        "@pytest.mark.parametrize('n', range(4))\ndef test_it(n):\n    assert total() == 6\n"
    )
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    assert "4 passed" in told.stdout, told.stdout + told.stderr


def test_in_a_process_of_dask(start: Start) -> None:
    pytest.importorskip("distributed", reason="dask is not installed: pip install 'dask[array]' distributed")
    code = (
        "import dask.array as da\n"
        "from distributed import Client, LocalCluster\n"
        "def work(block):\n"
        "    with Program(SCRIPT) as program: return program.run({'A': block})['default'][0]\n"
        "if __name__ == '__main__':\n"
        "    with LocalCluster(n_workers=2, threads_per_worker=2, processes=True, dashboard_address=':0') as cluster:\n"
        "        with Client(cluster):\n"
        "            image = da.ones((80, 80), chunks=(20, 20))\n"
        "            print(image.map_blocks(work, dtype='float32', meta=np.empty((0, 0), 'float32')).sum().compute())\n"
    )
    out, err = start(code).communicate(timeout=120)
    assert out.strip() == "12800.0", err


# --- What is killed ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("count", [1, 2])
def test_workers_end_with_a_parent_killed_in_the_middle_of_a_block(
    start: Start, how: signal.Signals, count: int
) -> None:
    running = start(
        f"first = [Program(ENDLESS, timeout=60) for _ in range({count})]\n"
        "import threading\n"
        "for program in first[1:]: threading.Thread(target=program.run, args=(SCENE,), daemon=True).start()\n"
        "print('go', flush=True); first[0].run(SCENE)"
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "go\n"
    there = children_of(running.pid)
    assert len(there) == count
    time.sleep(0.2)  # into the block
    running.send_signal(how)
    running.wait(10)
    assert until(lambda: not any(map(alive, there)), 2)


def test_a_stopped_worker_ends_with_its_parent(start: Start) -> None:
    running = start("program = Program(SCRIPT); print('go', flush=True); time.sleep(60)")
    assert running.stdout is not None
    assert running.stdout.readline() == "go\n"
    (pid,) = children_of(running.pid)
    os.kill(pid, signal.SIGSTOP)
    assert until(lambda: ") T" in (Path("/proc") / str(pid) / "stat").read_text())
    running.kill()  # the kernel wakes what is stopped and has lost its session's parent, and hangs up on it
    running.wait(10)
    assert until(lambda: not alive(pid), 3)


def test_a_stopped_worker_is_out_of_time_and_killed() -> None:
    with Program(ENDLESS, timeout=0.3) as program:
        pid = pid_of(program)
        os.kill(pid, signal.SIGSTOP)
        begin = time.monotonic()
        with pytest.raises(ScriptTimeout):
            program.run(SCENE)
        assert time.monotonic() - begin < 2.5
        assert not alive(pid)
    assert total() == 6


def test_a_stopped_worker_that_is_sent_more_than_a_pipe_holds() -> None:
    with Program(SCRIPT, timeout=0.3) as program:
        pid = pid_of(program)
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(ScriptTimeout, match=r"it did not read its instructions within 0\.3 s"):
            program._engines[0]._send({"do": "load", "script": "x" * 2**20})
        assert not alive(pid)


def test_a_stopped_worker_in_the_pool_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_WAKE_SECONDS", 0.2)
    total()
    stopped = {worker._process.pid for worker in workers._idle}
    assert stopped
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    assert total() == 6
    assert not any(map(alive, stopped))


def test_a_worker_killed_between_runs() -> None:
    with Program(SCRIPT) as program:
        for _ in range(3):
            program.run(SCENE)
            kill([pid_of(program)])
            with pytest.raises(ScriptCrashed, match=r"ended \(signal 9\)"):
                program.run(SCENE)
            assert program.run(SCENE)["default"].sum() == 6


@pytest.mark.parametrize("delay", [0.0, 0.01, 0.05, 0.2])
def test_a_worker_killed_during_a_run(delay: float) -> None:
    with Program(ENDLESS_AT_7, timeout=30) as program:
        pid = pid_of(program)
        threading.Timer(delay, kill, [[pid]]).start()
        with pytest.raises(ScriptCrashed):
            program.run({"A": np.array([[7.0]])})
        assert program.run(SCENE)["default"].sum() == 6


def large(value: float = 1.0) -> dict[str, np.ndarray[Any, Any]]:
    """Enough pixels for the proof that pays, and for several blocks for each of two workers."""
    return {"A": np.full((1024, 1536), value, np.float32)}


def proven() -> Program:
    """A program that has used its two workers."""
    program = Program(SCRIPT, timeout=30)
    assert program.run(large(), workers=2)["default"].min() == 2
    assert len(program._engines) == 2
    return program


@pytest.mark.parametrize("number", [0, 1])
def test_one_of_two_workers_killed_while_blocks_are_copied(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with proven() as program:
        fill = blocks._fill
        calls: list[None] = []

        def filled(*arguments: Any) -> None:
            calls.append(None)
            if len(calls) == 4:
                kill([pid_of(program, number)])
            fill(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr(blocks, "_fill", filled)
            with pytest.raises(ScriptCrashed):
                program.run(large(), workers=2)
        assert len(calls) >= 4
        assert program.run(large(3.0), workers=2)["default"].min() == 6


def interrupt(delay: float) -> None:
    main = threading.main_thread().ident
    assert main is not None
    threading.Timer(delay, signal.pthread_kill, [main, signal.SIGINT]).start()


@pytest.mark.parametrize("delay", [0.05, 0.3])
def test_an_interrupt_with_one_worker(delay: float) -> None:
    with Program(ENDLESS_AT_7, timeout=30) as program:
        pid = pid_of(program)
        interrupt(delay)
        with pytest.raises(KeyboardInterrupt):
            program.run({"A": np.array([[7.0]])})
        assert not alive(pid)
        assert program.run(SCENE)["default"].sum() == 6


def test_an_interrupt_with_two_workers() -> None:
    slow = SCRIPT.replace("return [", "let x = 0; for (let i = 0; i < 3000; i++) x += i % 7; return [x * 0 + ")
    others = set(threading.enumerate())  # such as those of dask, when its tests ran before
    with Program(slow, timeout=60) as program:
        program._pixels = 2**30  # as if it had run for long enough to be proved
        interrupt(0.8)
        begin = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            program.run(large(), workers=2)
        assert time.monotonic() - begin < 4
        assert len(program._engines) == 2
        left = set(threading.enumerate()) - others
        assert not [thread for thread in left if thread.name.startswith("ThreadPoolExecutor")]
        assert [e for e in program._engines if e._worker and e._worker.usable and e._worker.busy] == []
        assert program.run(SCENE)["default"].sum() == 6


def test_an_interrupt_between_a_question_and_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with Program(SCRIPT) as program:
        with monkeypatch.context() as patch:

            def interrupted(self: Engine, doing: str) -> dict[str, Any]:
                raise KeyboardInterrupt

            patch.setattr(Engine, "_receive", interrupted)
            with pytest.raises(KeyboardInterrupt):
                program.run(SCENE)
        for value in (1.0, 2.0, 3.0):
            assert program.run({"A": np.array([[value]])})["default"].item() == value * 2


def test_an_interrupt_while_a_worker_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: workers.Worker, *arguments: object) -> None:
        raise KeyboardInterrupt

    for worker in [workers._idle.pop() for _ in list(workers._idle)]:
        worker.kill()
    before, there = len(list(Path("/proc/self/fd").iterdir())), own_children()
    with monkeypatch.context() as patch:
        patch.setattr(workers.Worker, "_receive", interrupted)
        with pytest.raises(KeyboardInterrupt):
            workers.acquire()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert own_children() == there


def test_a_finalizer_in_the_middle_of_the_pools_lock() -> None:
    program = Program(SCRIPT)
    with workers._lock:
        program.close()  # what the garbage collector may do at any moment
    assert total() == 6
