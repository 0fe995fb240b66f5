"""Where gathering does not pay, trying it must not cost; small scenes and long series must not fall off."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from oso_evalscript import Program
from oso_evalscript.runtime import gather
from tests.benchmarks.measure import Bar, Report, Spread, excess, interleaved
from tests.benchmarks.orbit import scenes

_SCRIPT = """//VERSION=3
function setup() {
  return { input: ["A", "B", "C", "D"], output: { bands: 1, sampleType: "FLOAT32" } };
}
function evaluatePixel(sample) { return [sample.A + sample.B + sample.C + sample.D]; }
"""
_LONG = """//VERSION=3
function setup() {
  return { input: ["A", "B", "C", "D", "E"], output: { bands: 1, sampleType: "FLOAT32" }, mosaicking: "ORBIT" };
}
function evaluatePixel(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample.A + sample.B + sample.C + sample.D + sample.E;
  return [sum];
}
"""


def reports(rounds: int) -> list[Report]:
    """Data that gathering has to turn down, small scenes, and many dates."""
    return [*(_turned_down(*item, rounds) for item in _data()), _small(rounds), _long(rounds)]


def _data() -> list[tuple[str, dict[str, NDArray[Any]]]]:
    random = np.random.default_rng(0)
    shape = (2048, 2048)
    bytes_ = {band: random.integers(0, 256, shape, dtype=np.uint8) for band in "ABCD"}
    return [
        ("uint16 of noise", {band: random.integers(0, 65536, shape, dtype=np.uint16) for band in "ABCD"}),
        ("float32", {band: random.random(shape, dtype=np.float32) for band in "ABCD"}),
        ("four bands of uint8 of noise", bytes_),
        # 2^20 codes are tried; each occurs, but stands for four pixels only.
        ("four bands of 5 bits of noise", {band: values >> np.uint8(3) for band, values in bytes_.items()}),
    ]


def _turned_down(name: str, scene: dict[str, NDArray[Any]], rounds: int) -> Report:
    with Program(_SCRIPT) as program:

        def plain() -> object:
            with patch.object(gather, "combine", return_value=None):
                return program.run(scene)

        taken = interleaved({"trying to gather": lambda: program.run(scene), "not trying": plain}, rounds)
    found = excess(taken, *taken)
    bar = Bar(f"what trying to gather costs: {name}", found, 5, most=True, unit="%")
    return Report(f"Gathering does not pay: {name}, 4 Mpx", taken, (bar,))


def _small(rounds: int) -> Report:
    random = np.random.default_rng(0)
    small = {size: {band: random.random((size, size), dtype=np.float32) for band in "ABCD"} for size in (1, 16, 256)}
    with Program(_SCRIPT) as program:
        taken = interleaved(
            {f"{size} x {size}": lambda scene=scene: program.run(scene) for size, scene in small.items()},  # type: ignore[misc]
            rounds,
        )
    return Report("Small scenes, one after another in one program", taken)


def _long(rounds: int) -> Report:
    series, few = scenes(512, 60, tuple("ABCDE")), scenes(512, 6, tuple("ABCDE"))
    with Program(_LONG) as program:
        taken = interleaved(
            {
                "60 dates": lambda: program.run(series, workers=1),
                "6 dates": lambda: program.run(few, workers=1),
            },
            rounds,
        )
    many, less = taken.values()
    found = Spread.of([a / b / 10 for a, b in zip(many, less, strict=True)], min(many) / min(less) / 10)
    bar = Bar("60 dates of 5 bands: time of a date, against 6 dates", found, 1.5, most=True)
    return Report("Many dates: 512 x 512, five bands of float32, one worker", taken, (bar,))
