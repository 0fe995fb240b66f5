"""How long a command takes from a cold shell, and a further program in a process that has had one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import numpy as np

from oso_evalscript import Program, Source
from oso_evalscript.runtime import worker as workers
from tests.benchmarks.measure import Bar, Report, Spread, interleaved
from tests.conftest import ROOT

PAGE = str(ROOT / "tests/scripts/err/cnes_land_cover_page.js")
PALETTE = ROOT / "evalscripts/oso_palette.js"


def _python(*words: str) -> Callable[[], object]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return lambda: subprocess.run(
        [sys.executable, *words],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _command(*words: str) -> Callable[[], object]:
    return _python("-m", "oso_evalscript", *words)


def reports(rounds: int) -> list[Report]:
    """Commands, and programs within a process."""
    return [_commands(rounds), _programs(rounds)]


def _commands(rounds: int) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder, "large.js")
        large.write_text("return [" + "[1, 0xffaaff], " * 12_000 + "0];\n")
        scene = Path(folder, "scene.npz")
        np.savez(scene, OCS=np.random.default_rng(0).integers(0, 25, (256, 256), dtype=np.uint8))
        picture = str(Path(folder, "out.png"))
        run = "run on 256 x 256"
        taken = interleaved(
            {
                "python -c pass": _python("-c", "pass"),
                "import oso_evalscript": _python("-c", "import oso_evalscript"),
                "lint one file": _command("lint", PAGE),
                "lint a file of 180 kB": _command("lint", str(large)),
                "build --check of one spec": _command("build", "--check", str(PALETTE.with_suffix(".toml"))),
                run: _command("run", str(PALETTE), "--input", str(scene), "-o", picture),
                "run on 256 x 256 made up": _command("run", str(PALETTE), "-o", picture),
            },
            rounds,
        )
    above = [lint - bare for lint, bare in zip(taken["lint one file"], taken["python -c pass"], strict=True)]
    bars = (
        Bar("`run` on 256 x 256 from a cold shell", Spread.of(taken[run]), 0.8, most=True, unit="s"),
        Bar("`lint` of one file, beyond `python -c pass`", Spread.of(above), 0.06, most=True, unit="s"),
    )
    return Report("From a cold shell", taken, bars)


def _programs(rounds: int) -> Report:
    source = Source.read(PALETTE)

    def load() -> None:
        Program(source).close()

    load()
    after = interleaved({"after one that was closed": load}, rounds)

    def load_anew() -> None:
        idle: list[workers.Worker] = []
        with patch.object(workers, "_idle", idle):
            Program(source).close()
        for worker in idle:
            worker.kill()

    beside = interleaved({"where no worker waits": load_anew}, rounds)
    found = Spread.of([1e3 * value for value in next(iter(after.values()))])
    bar = Bar("a second program in the process", found, 30, most=True, unit="ms")
    return Report("A second program in the process", {**after, **beside}, (bar,))
