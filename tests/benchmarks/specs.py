"""How long `build` takes for many specs, from a cold shell: all scripts missing, all up to date, all stale."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.measure import Bar, Report, Spread, interleaved
from tests.conftest import ROOT

_SPECS = 500
_MAX_SECONDS = 2.0


def report(rounds: int) -> Report:
    """500 specs, the shipped ones in turn."""
    shipped = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "evalscripts").glob("*.toml"))]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(_SPECS):
            (folder / f"s{number}.toml").write_text(shipped[number % len(shipped)], encoding="utf-8")
        build = f"build of {_SPECS} specs"
        taken = interleaved({build: _anew(folder), f"{build}, unchanged": _build(folder)}, rounds)
    bar = Bar(
        f"`build` of {_SPECS} specs from a cold shell", Spread.of(taken[build]), _MAX_SECONDS, most=True, unit="s"
    )
    return Report("Many specs", taken, (bar,))


def _build(folder: Path) -> Callable[[], object]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    call = [sys.executable, "-m", "oso_evalscript", "build", str(folder)]
    return lambda: subprocess.run(call, env=environment, capture_output=True, check=True)


def _anew(folder: Path) -> Callable[[], object]:
    build = _build(folder)

    def work() -> None:
        for path in folder.glob("*.js"):
            path.unlink()
        build()

    return work
