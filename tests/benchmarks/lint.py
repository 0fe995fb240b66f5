"""How long linting a whole folder takes, beside ESLint on the same files in the same run."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import corpus
from tests.benchmarks.measure import interleaved, table

COMMAND = (sys.executable, "-m", "oso_evalscript", "lint", "--format", "concise")
_CONFIG = (
    'import js from "@eslint/js";\n'
    'export default [js.configs.recommended, { languageOptions: { sourceType: "script" } }];\n'
)
_MEASURED = """
import resource, sys
sys.argv[1:1] = ["lint", "--no-cache"]
from oso_evalscript.cli import main
try:
    main()
except SystemExit:
    most = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(max(most), file=sys.stderr)
"""
_SIZES = (62_500, 125_000, 250_000, 500_000, 1_000_000)
_MOST_ROUNDS = 5


def report(rounds: int) -> str:
    """The tables of linting: a folder, a series of sizes, and the memory of the largest."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus.write(folder / "scripts")
        return f"{_folder(folder, min(rounds, _MOST_ROUNDS))}\n{_series(folder, min(rounds, _MOST_ROUNDS))}"


def _folder(folder: Path, rounds: int) -> str:
    cache = ("--cache-dir", str(folder / "cache"))
    eslint = _eslint(folder)
    candidates: dict[str, Callable[[], object]] = {} if eslint is None else {"ESLint, recommended rules": eslint}
    candidates["cold, by default"] = _shell(folder, *COMMAND, "--no-cache", "scripts")
    candidates["cold, one process"] = _shell(folder, *COMMAND, "--no-cache", "--jobs", "1", "scripts")
    candidates["cold, two processes"] = _shell(folder, *COMMAND, "--no-cache", "--jobs", "2", "scripts")
    candidates["warm cache"] = _shell(folder, *COMMAND, *cache, "scripts")
    timings = interleaved(candidates, rounds)  # its first round fills the cache
    shown = table(f"{corpus.COUNT} scripts, {sum(corpus.sizes(corpus.COUNT)):,} characters", timings, 1, "s")
    if eslint is None:
        return f"{shown}\nESLint is not measured: npm is missing or cannot install it.\n"
    most = timings["cold, by default"].median / timings["ESLint, recommended rules"].median
    warm = timings["warm cache"].median
    return (
        f"{shown}\nCold by default takes {most:.2f} of ESLint's time (aim: at most 0.5): {_word(most <= 0.5)}. "
        f"Warm takes {warm:.2f} s (aim: at most 1): {_word(warm <= 1)}.\n"
    )


def _series(folder: Path, rounds: int) -> str:
    """Scripts of the same kind, each twice as long as the one before."""
    candidates = {}
    for size in _SIZES:
        path = folder / f"{size}.js"
        path.write_text(corpus.of_size(size), encoding="utf-8")
        candidates[f"{size:,} characters"] = _shell(folder, *COMMAND, "--no-cache", "--jobs", "1", path.name)
    timings = interleaved(candidates, rounds)
    first, last = (timings[f"{size:,} characters"].median for size in (_SIZES[1], _SIZES[-1]))
    growth = (last / first) / (_SIZES[-1] / _SIZES[1])
    return (
        f"{table('One script', timings, 1, 's')}\nEight times the size takes {growth:.2f} times eight times as long. "
        f"Memory: {_memory(folder, f'{_SIZES[-1]}.js'):.0f} MiB for the largest, {_memory(folder, 'scripts'):.0f} MiB "
        "in the largest process for the folder (aim: below 200).\n"
    )


def _memory(folder: Path, path: str) -> float:
    """The most MiB that one process took for linting a path."""
    done = subprocess.run([sys.executable, "-c", _MEASURED, path], cwd=folder, capture_output=True, text=True)
    return float(done.stderr.split()[-1]) / 1024


def _eslint(folder: Path) -> Callable[[], object] | None:
    """What runs ESLint on the folder, None where it cannot be installed."""
    if shutil.which("npm") is None:
        return None
    (folder / "package.json").write_text("{}")
    install = ("npm", "install", "--silent", "--no-audit", "--no-fund", "eslint", "@eslint/js")
    if subprocess.run(install, cwd=folder, capture_output=True).returncode:
        return None
    (folder / "eslint.config.mjs").write_text(_CONFIG)
    return _shell(folder, "node", str(folder / "node_modules/eslint/bin/eslint.js"), "scripts")


def _shell(folder: Path, *words: str) -> Callable[[], object]:
    return lambda: subprocess.run(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _word(holds: bool) -> str:
    return "reached" if holds else "missed"
