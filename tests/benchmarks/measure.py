"""Interleaved measuring: each round runs every candidate once, so that a slow moment of the machine hits all.

Ratios are taken round by round, of two candidates that ran within the same moment; what is told is their median.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Spread:
    """The median of some numbers and the quartiles around it.

    `least` is the least time, or what the least times of two candidates give: on a machine that others use, it comes
    nearest to what an idle one would show.
    """

    median: float
    low: float
    high: float
    least: float

    @classmethod
    def of(cls, numbers: Sequence[float], least: float | None = None) -> Spread:
        low, median, high = statistics.quantiles(numbers, n=4)
        return cls(median, low, high, min(numbers) if least is None else least)


@dataclass(frozen=True)
class Bar:
    """What a number is held to.

    Attributes:
        claim: what is measured, in words.
        found: the number.
        limit: what it has to reach, or, where `most`, must not exceed.
        aim: what would be better still.
        unit: behind the numbers.
    """

    claim: str
    found: Spread
    limit: float
    most: bool = False
    aim: float | None = None
    unit: str = "×"

    @property
    def met(self) -> bool:
        return self.found.median <= self.limit if self.most else self.found.median >= self.limit


@dataclass(frozen=True)
class Report:
    """What one benchmark found: seconds of each candidate in each round, and the bars."""

    title: str
    taken: Mapping[str, Sequence[float]]
    bars: tuple[Bar, ...] = ()
    notices: tuple[str, ...] = ()


def interleaved(candidates: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds each candidate took in each of some rounds, after one that does not count."""
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    for round_ in range(rounds + 1):
        for name, work in candidates.items():
            begun = time.perf_counter()
            work()
            if round_:
                taken[name].append(time.perf_counter() - begun)
    return taken


def ratio(taken: Mapping[str, Sequence[float]], slower: str, faster: str) -> Spread:
    """Return how many times as long as `faster` `slower` took."""
    pairs = zip(taken[slower], taken[faster], strict=True)
    return Spread.of([one / other for one, other in pairs], min(taken[slower]) / min(taken[faster]))


def excess(taken: Mapping[str, Sequence[float]], more: str, less: str) -> Spread:
    """Return by how many percent `more` took longer than `less`."""
    found = ratio(taken, more, less)
    return Spread(*(100 * (value - 1) for value in (found.median, found.low, found.high, found.least)))


def machine() -> str:
    """What this ran on."""
    model = "unknown processor"
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def timings(report: Report) -> str:
    """Return the timings of a report as Markdown."""
    rows = ["| what | median | quartiles | least |", "|---|---:|---:|---:|"]
    for name, seconds in report.taken.items():
        item = Spread.of([1e3 * value for value in seconds])
        rows.append(f"| {name} | {item.median:.1f} ms | {item.low:.1f} to {item.high:.1f} | {item.least:.1f} |")
    return "\n".join([f"### {report.title}", "", *rows, *(f"\n{notice}" for notice in report.notices), ""])


def bars(reports: Sequence[Report]) -> str:
    """Return the bars of some reports as Markdown."""
    rows = ["| what | median | quartiles | of the least | bar | by the median |", "|---|---:|---:|---:|---:|---|"]
    for bar in (bar for report in reports for bar in report.bars):
        found, unit = bar.found, bar.unit
        limit = f"{'at most' if bar.most else 'at least'} {bar.limit:g} {unit}"
        aim = "" if bar.aim is None else f", aim {bar.aim:g} {unit}"
        told = "met" if bar.met else "**missed**"
        rows.append(
            f"| {bar.claim} | {found.median:.2f} {unit} | {found.low:.2f} to {found.high:.2f} | {found.least:.2f} | {limit}{aim} | {told} |"
        )
    return "\n".join(rows) + "\n"
