"""What a command costs: wall time, processor time and memory of its whole tree of processes."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measure import Bar, Report, Spread
from tests.conftest import ROOT

THREADS = 2
_PAUSE = 0.03


@dataclass(frozen=True)
class Cost:
    """What one run of a command cost.

    Attributes:
        wall: seconds until it ended.
        cpu: seconds of all processors, in all processes that it started and waited for.
        memory: the most MiB that its tree of processes held at once; pages that several share count once.
    """

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Command:
    """A command.

    Attributes:
        words: what is run.
        variables: of the environment, beside those of this process.
    """

    words: Sequence[str | Path]
    variables: Mapping[str, str]


def command(*words: str | Path) -> Command:
    """Return a command whose GDAL uses as many threads as ours."""
    return Command(words, {"GDAL_NUM_THREADS": str(THREADS)})


def python(*words: str | Path) -> Command:
    """Return a command of this Python with this package, compiled beforehand as where it is installed."""
    kept = str(Path(tempfile.gettempdir(), "oso-evalscript-benchmarks"))
    variables = {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": kept, "PYTHONDONTWRITEBYTECODE": ""}
    return Command([sys.executable, *words], {"GDAL_NUM_THREADS": str(THREADS), **variables})


def cost_of(command: Command) -> Cost:
    """Run a command and return what it cost.

    Raises:
        RuntimeError: it failed.
    """
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        running = subprocess.Popen(command.words, env={**os.environ, **command.variables}, stdout=said, stderr=said)
        ended = threading.Event()
        peak = [0.0]
        watching = threading.Thread(target=_watch, args=(running.pid, ended, peak))
        watching.start()
        _, status, used = os.wait4(running.pid, 0)
        wall = time.perf_counter() - begun
        running.returncode = os.waitstatus_to_exitcode(status)
        ended.set()
        watching.join()
        if running.returncode:
            said.seek(0)
            raise RuntimeError(f"{command.words} ended with {running.returncode}:\n{said.read().decode()}")
    return Cost(wall, used.ru_utime + used.ru_stime, peak[0])


def costs(
    candidates: Mapping[str, Command], rounds: int, between: Callable[[], None] | None = None
) -> dict[str, list[Cost]]:
    """Return what each candidate cost in each of some rounds; what is compiled once is so beforehand.

    Args:
        candidates: the commands, by their names.
        rounds: how often each is run, at least twice.
        between: is called after the first round, to compare what was written.
    """
    found: dict[str, list[Cost]] = {name: [] for name in candidates}
    for round_ in range(max(rounds, 2)):
        for name, command in candidates.items():
            found[name].append(cost_of(command))
            print(name, found[name][-1], file=sys.stderr, flush=True)
        if between is not None and not round_:
            between()
    return found


def report(title: str, found: Mapping[str, Sequence[Cost]], bars: Sequence[Bar], notices: Sequence[str] = ()) -> Report:
    """Return a report of processor and wall time, with the memory as a notice."""
    taken = {f"{name}: CPU": [cost.cpu for cost in each] for name, each in found.items()}
    taken |= {f"{name}: wall": [cost.wall for cost in each] for name, each in found.items()}
    held = "; ".join(f"{name} {statistics.median(cost.memory for cost in each):.0f}" for name, each in found.items())
    return Report(title, taken, tuple(bars), (f"Memory of the tree of processes, MiB: {held}.", *notices))


def ratio(found: Mapping[str, Sequence[Cost]], what: str, more: str, less: str) -> Spread:
    """Return how many times the time or memory of `less` `more` took; `what` is `cpu`, `wall` or `memory`."""
    one, other = ([float(getattr(cost, what)) for cost in found[name]] for name in (more, less))
    return Spread.of([a / b for a, b in zip(one, other, strict=True)], min(one) / min(other))


def _watch(pid: int, ended: threading.Event, peak: list[float]) -> None:
    while not ended.wait(_PAUSE):
        peak[0] = max(peak[0], sum(map(_held_by, _tree(pid))) / 2**10)


def _tree(pid: int) -> list[int]:
    found = [pid]
    for each in found:
        for children in Path(f"/proc/{each}/task").glob("*/children"):
            found += map(int, _text(children).split())
    return found


def _held_by(pid: int) -> int:
    """KiB of a process, its share of what others map too."""
    lines = _text(Path(f"/proc/{pid}/smaps_rollup")).splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _text(path: Path) -> str:
    """The text of a file, empty where its process has ended."""
    try:
        return path.read_text()
    except OSError:
        return ""
