"""`make bench`: measure, and print or write the tables.

    python -m tests.benchmarks [ROUNDS] [NAME …] [--write] [--long]

`--write` puts them into docs/benchmarks.md, above the line from which on that page is written by hand. `--long` adds what
takes many minutes.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable

from tests.benchmarks import (
    cliffs,
    clusters,
    compiled,
    crossing,
    index,
    lint,
    mosaics,
    node,
    orbit,
    palette,
    proof,
    rasters,
    series,
    service,
    specs,
    startup,
)
from tests.benchmarks.measure import Report, bars, machine, timings
from tests.conftest import ROOT

_PAGE = ROOT / "docs/benchmarks.md"
_BY_HAND = "<!-- What follows is written by hand. -->"
_ROUNDS = 11

BENCHMARKS: dict[str, Callable[[int], list[Report]]] = {
    "index": lambda rounds: [index.report(rounds)],
    "palette": lambda rounds: [palette.report(rounds)],
    "orbit": orbit.reports,
    "crossing": lambda rounds: [crossing.report(rounds)],
    "startup": startup.reports,
    "specs": lambda rounds: [specs.report(rounds)],
    "compiled": compiled.reports,
    "cliffs": cliffs.reports,
    "node": node.reports,
    "lint": lint.reports,
    "proof": proof.reports,
    "rasters": rasters.reports,
    "indices": rasters.indices,
    "mosaics": mosaics.reports,
    "series": series.reports,
    "clusters": clusters.reports,
    "service": service.reports,
}


def main() -> None:
    """Run the benchmarks that are named, or all."""
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    rounds = next((int(word) for word in words if word.isdigit()), _ROUNDS)
    names = [word for word in words if not word.isdigit()] or list(BENCHMARKS)
    before = os.getloadavg()[0]
    reports = [report for name in names for report in BENCHMARKS[name](rounds)]
    load = f"load average {before:.1f} before, {os.getloadavg()[0]:.1f} after"
    text = _page(reports, rounds, load)
    if "--write" not in sys.argv:
        print(text)
        return
    _, line, rest = (_PAGE.read_text(encoding="utf-8") if _PAGE.exists() else _BY_HAND).partition(_BY_HAND)
    _PAGE.write_text(f"{text}\n{line}{rest}", encoding="utf-8")


def _page(reports: list[Report], rounds: int, load: str) -> str:
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
    head = (
        f"{machine()}; {dt.datetime.now(dt.UTC):%Y-%m-%d}, commit {commit}; {rounds} interleaved rounds; {load}. "
        "Ratios are medians over the rounds; a bar is met if the median meets it. On a shared machine, "
        "two workers do not have two processors, and other numbers are less reliable, too."
    )
    return "\n".join(
        ["# Benchmarks", "", "`make bench` prints these tables.", "", head, "", "## Targets", ""]
        + [bars(reports), "## Timings", ""]
        + [timings(report) for report in reports]
    )


if __name__ == "__main__":
    main()
