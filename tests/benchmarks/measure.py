"""Interleaved measuring: each round runs every candidate once, so that a slow moment of the machine hits all."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Timing:
    """Seconds per call: the median, and the quartiles around it."""

    median: float
    low: float
    high: float


def interleaved(candidates: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Timing]:
    """Return the timing of each candidate over `rounds` rounds, after one that does not count."""
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    for round_ in range(rounds + 1):
        for name, work in candidates.items():
            begun = time.perf_counter()
            work()
            if round_:
                taken[name].append(time.perf_counter() - begun)
    timings = {}
    for name, seconds in taken.items():
        low, median, high = statistics.quantiles(seconds, n=4)
        timings[name] = Timing(median, low, high)
    return timings


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


def table(title: str, timings: Mapping[str, Timing], unit: float = 1e3, sign: str = "ms") -> str:
    """Return the timings as Markdown, each with its ratio to the first."""
    first = next(iter(timings.values())).median
    rows = [
        f"| {name} | {item.median * unit:.1f} {sign} | {item.low * unit:.1f} to {item.high * unit:.1f} | {item.median / first:.2f} |"
        for name, item in timings.items()
    ]
    head = "| what | median | quartiles | of the first |\n|---|---|---|---|"
    return "\n".join([f"## {title}", "", head, *rows, ""])
