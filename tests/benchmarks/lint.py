"""How long linting a whole folder takes, beside ESLint and oxlint on the same files in the same run."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import corpus
from tests.benchmarks.measure import Bar, Report, Spread, interleaved, ratio

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
    own = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))  # ru_maxrss has the starter's, too
    print(max(int(own.split()[1]), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss), file=sys.stderr)
"""
_SIZES = (62_500, 125_000, 250_000, 500_000, 1_000_000)
_MAX_ROUNDS = 5
_ESLINT = "ESLint, recommended rules"
_OXLINT = "oxlint, default rules"
_WARM = "warm cache"


def reports(rounds: int) -> list[Report]:
    """Linting a folder, a series of sizes, and the memory of the largest."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus.write(folder / "scripts")
        return [_folder(folder, min(rounds, _MAX_ROUNDS)), _series(folder, min(rounds, _MAX_ROUNDS))]


def _folder(folder: Path, rounds: int) -> Report:
    cache = ("--cache-dir", str(folder / "cache"))
    candidates = _others(folder)
    candidates["cold, by default"] = _shell(folder, *COMMAND, "--no-cache", "scripts")
    candidates["cold, one process"] = _shell(folder, *COMMAND, "--no-cache", "--jobs", "1", "scripts")
    candidates["cold, two processes"] = _shell(folder, *COMMAND, "--no-cache", "--jobs", "2", "scripts")
    candidates[_WARM] = _shell(folder, *COMMAND, *cache, "scripts")
    taken = interleaved(candidates, rounds)  # its first round fills the cache
    title = f"Linting {corpus.COUNT} scripts, {sum(corpus.sizes(corpus.COUNT)):,} characters"
    warm = Bar("lint with a warm cache", Spread.of(taken[_WARM]), 1, most=True, unit=" s")
    if _ESLINT not in candidates:
        notice = "ESLint and oxlint are not measured: npm is missing or cannot install them."
        return Report(title, taken, (warm,), (notice,))
    cold = Bar("lint, cold, to ESLint", ratio(taken, "cold, by default", _ESLINT), 0.5, most=True)
    return Report(
        title, taken, (cold, warm, Bar("a warm cache, to oxlint", ratio(taken, _WARM, _OXLINT), 1, most=True))
    )


def _series(folder: Path, rounds: int) -> Report:
    """Scripts of the same kind, each twice as long as the one before."""
    candidates = {}
    for size in _SIZES:
        path = folder / f"{size}.js"
        path.write_text(corpus.of_size(size), encoding="utf-8")
        candidates[_characters(size)] = _shell(folder, *COMMAND, "--no-cache", "--jobs", "1", path.name)
    taken = interleaved(candidates, rounds)
    growth = ratio(taken, _characters(_SIZES[-1]), _characters(_SIZES[1]))
    notice = (
        f"Memory: {_memory(folder, f'{_SIZES[-1]}.js'):.0f} MiB for the largest, {_memory(folder, 'scripts'):.0f} MiB "
        "in the largest process for the folder (aim: below 200)."
    )
    bars = (Bar("lint eight times the size", growth, 12, most=True, aim=8),)
    return Report("Linting one script", taken, bars, (notice,))


def _characters(size: int) -> str:
    return f"{size:,} characters"


def _memory(folder: Path, path: str) -> float:
    """The most MiB that one process took for linting a path."""
    done = subprocess.run([sys.executable, "-c", _MEASURED, path], cwd=folder, capture_output=True, text=True)
    return float(done.stderr.split()[-1]) / 1024


def _others(folder: Path) -> dict[str, Callable[[], object]]:
    """What runs other linters on the folder; nothing where they cannot be installed."""
    if shutil.which("npm") is None:
        return {}
    (folder / "package.json").write_text("{}")
    install = ("npm", "install", "--silent", "--no-audit", "--no-fund", "eslint", "@eslint/js", "oxlint")
    if subprocess.run(install, cwd=folder, capture_output=True).returncode:
        return {}
    (folder / "eslint.config.mjs").write_text(_CONFIG)
    return {
        _ESLINT: _shell(folder, "node", str(folder / "node_modules/eslint/bin/eslint.js"), "scripts"),
        _OXLINT: _shell(folder, str(folder / "node_modules/.bin/oxlint"), "scripts"),
    }


def _shell(folder: Path, *words: str) -> Callable[[], object]:
    return lambda: subprocess.run(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
