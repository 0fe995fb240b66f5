"""Compiled kernels beside the plain one and numpy: an index, a ramp, thresholds, and a median of twelve dates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from oso_evalscript import Program
from oso_evalscript.runtime.compiled import Compiler
from oso_evalscript.runtime.scene import Scene
from tests.benchmarks import index
from tests.benchmarks.measure import Bar, Report, interleaved, ratio

_RAMP = """//VERSION=3
function setup() {
  return { input: [{ bands: ["B04", "B08"], units: "DN" }], output: { bands: 3, sampleType: "AUTO" } };
}
const ramp = new ColorRampVisualizer([
  [-0.2, 0x0c0c0c], [0, 0xeaeaea], [0.1, 0xccc682], [0.2, 0x91bf51], [0.3, 0x70a33f], [0.4, 0x4f892d],
  [0.5, 0x306d1c], [0.6, 0x0f540a], [0.7, 0x004400], [0.8, 0x003300], [1, 0x002200],
]);
function evaluatePixel(sample) {
  return ramp.process((sample.B08 - sample.B04) / (sample.B08 + sample.B04));
}
"""
_THRESHOLDS = """//VERSION=3
function setup() {
  return { input: ["B03", "B04", "B08", "B11"], output: { bands: 4 } };
}
function evaluatePixel(s) {
  const vegetation = (s.B08 - s.B04) / (s.B08 + s.B04);
  const water = (s.B03 - s.B08) / (s.B03 + s.B08);
  if (water > 0.3) return [0, 0.2, 0.8, 1];
  if (s.B11 > 0.4) return [0.9, 0.8, 0.6, 1];
  if (vegetation < 0) return [0.4, 0.4, 0.4, 1];
  if (vegetation < 0.1) return [0.7, 0.6, 0.5, 1];
  if (vegetation < 0.2) return [0.8, 0.8, 0.3, 1];
  if (vegetation < 0.4) return [0.6, 0.8, 0.2, 1];
  if (s.B04 > 0.15) return [0.5, 0.7, 0.2, 1];
  return [0, 0.4, 0, 1];
}
"""
_MEDIAN = """//VERSION=3
function setup() {
  return { input: ["B04", "B08"], output: { bands: 1, sampleType: "FLOAT32" }, mosaicking: "ORBIT" };
}
function evaluatePixel(samples) {
  const values = [];
  for (let i = 0; i < samples.length; i++) {
    values.push((samples[i].B08 - samples[i].B04) / (samples[i].B08 + samples[i].B04));
  }
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  return [values.length % 2 === 0 ? (values[middle - 1] + values[middle]) / 2 : values[middle]];
}
"""
_ROWS = 16  # rows of a scene that numpy works on at a time, so that they stay in the cache


@dataclass(frozen=True)
class Task:
    """A script, its scenes, and the same in numpy.

    Attributes:
        name: what it is.
        script: the evalscript.
        bands: band → array, or one such mapping for each date.
        numpy: the same for some rows.
        bar: how many times today's speed it has to reach.
    """

    name: str
    script: str
    bands: Any
    numpy: Callable[[Any], NDArray[Any]]
    bar: float


def reports(rounds: int) -> list[Report]:
    """Each task on noise and on smooth data."""
    return [report(task, rounds) for smooth in (False, True) for task in tasks(smooth=smooth)]


def report(task: Task, rounds: int) -> Report:
    """A task with both kernels, on one worker and on two, and in numpy."""
    scenes = task.bands if isinstance(task.bands, dict) else dated(task.bands)
    with Program(task.script) as compiled, Program(task.script) as plain:

        def run_plain() -> NDArray[np.generic]:
            with (
                patch.object(Compiler, "pays", lambda *args: False),
                patch.object(Compiler, "ahead", lambda *args: None),
            ):
                return plain.run(scenes, workers=1)["default"]

        def run_compiled(workers: int = 1) -> NDArray[np.generic]:
            return compiled.run(scenes, workers=workers)["default"]

        for _ in range(3):  # the first runs compile it
            with patch.object(Compiler, "pays", lambda *args: True):
                result, two = run_compiled(), run_compiled(2)
        assert np.array_equal(result, run_plain(), equal_nan=True)
        assert np.array_equal(two, result, equal_nan=True)
        assert all(engine.asked_to_compile and not engine.verdicts for engine in compiled._engines)
        taken = interleaved(
            {
                "compiled, one worker": run_compiled,
                "compiled, two workers": lambda: run_compiled(2),
                "JavaScript, one worker": run_plain,
                "numpy in rows": lambda: in_rows(task),
            },
            rounds,
        )
    one, two_, old, numpy = taken
    bars = (
        Bar(f"{task.name}: compiled, speed of JavaScript", ratio(taken, old, one), task.bar),
        Bar(f"{task.name}: compiled, speed of numpy in rows", ratio(taken, numpy, one), 1),
        Bar(f"{task.name}: compiled on two workers, speed of numpy in rows", ratio(taken, numpy, two_), 1.5),
    )
    return Report(f"Compiled: {task.name}", taken, bars)


def dated(dates: list[dict[str, NDArray[Any]]]) -> list[Scene]:
    """The scenes of some dates."""
    return [Scene(bands=bands, date=f"2023-06-{day + 1:02}") for day, bands in enumerate(dates)]


def in_rows(task: Task) -> NDArray[Any]:
    """What numpy makes of a scene, some rows at a time."""
    first = task.bands if isinstance(task.bands, dict) else task.bands[0]
    height = next(iter(first.values())).shape[0]
    parts = []
    for row in range(0, height, _ROWS):
        if isinstance(task.bands, dict):
            parts.append(task.numpy({name: plane[row : row + _ROWS] for name, plane in first.items()}))
        else:
            dates = [{name: plane[row : row + _ROWS] for name, plane in date.items()} for date in task.bands]
            parts.append(task.numpy(dates))
    return np.concatenate(parts, axis=1)


def tasks(*, smooth: bool) -> list[Task]:
    """A to D."""
    kind = "smooth" if smooth else "noise"
    large = {name: band(2048, number, smooth=smooth) for number, name in enumerate(("B03", "B04", "B08", "B11"))}
    digital = {name: (large[name] * 10000).astype(np.uint16) for name in ("B04", "B08")}
    dates = [
        {name: band(512, 2 * day + n, smooth=smooth) for n, name in enumerate(("B04", "B08"))} for day in range(12)
    ]
    return [
        Task(f"A, an index, {kind}", index.SCRIPT, {name: large[name] for name in ("B04", "B08")}, index_in_numpy, 1 if smooth else 2),
        Task(f"B, a ramp, {kind}", _RAMP, digital, ramp_in_numpy, 1 if smooth else 2),
        Task(f"C, thresholds, {kind}", _THRESHOLDS, large, thresholds_in_numpy, 1 if smooth else 2.5),
        Task(f"D, a median of 12, {kind}", _MEDIAN, dates, median_in_numpy, 1 if smooth else 8),
    ]  # fmt: skip


def band(size: int, seed: int, *, smooth: bool) -> NDArray[np.float32]:
    """Reflectances: drawn for each pixel anew, or changing slowly from pixel to pixel."""
    random = np.random.default_rng(seed)
    if not smooth:
        return 0.02 + 0.5 * random.random((size, size), dtype=np.float32)
    x, y = np.meshgrid(np.linspace(0, 6, size, dtype=np.float32), np.linspace(0, 6, size, dtype=np.float32))
    wave = np.sin(x * (1 + seed % 3) + seed) * np.cos(y * (1 + seed % 2) - seed)
    return (0.27 + 0.22 * wave + 0.01 * random.random((size, size), dtype=np.float32)).astype(np.float32)


def index_in_numpy(bands: dict[str, NDArray[Any]]) -> NDArray[Any]:
    """A: four bands of 8 bits."""
    return index.usual(bands["B04"], bands["B08"])


def ramp_in_numpy(bands: dict[str, NDArray[Any]]) -> NDArray[Any]:
    """B: colours between stops."""
    low, high = bands["B04"].astype(np.float32), bands["B08"].astype(np.float32)
    value = (high - low) / (high + low)
    stops = [-0.2, 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1]
    colors = [
        0x0C0C0C,
        0xEAEAEA,
        0xCCC682,
        0x91BF51,
        0x70A33F,
        0x4F892D,
        0x306D1C,
        0x0F540A,
        0x004400,
        0x003300,
        0x002200,
    ]
    channels = [[color >> shift & 255 for color in colors] for shift in (16, 8, 0)]
    return np.stack([np.interp(value, stops, channel) for channel in channels]).astype(np.uint8)


def thresholds_in_numpy(s: dict[str, NDArray[Any]]) -> NDArray[Any]:
    """C: eight classes, painted."""
    vegetation = (s["B08"] - s["B04"]) / (s["B08"] + s["B04"])
    water = (s["B03"] - s["B08"]) / (s["B03"] + s["B08"])
    conditions = [water > 0.3, s["B11"] > 0.4, vegetation < 0, vegetation < 0.1, vegetation < 0.2, vegetation < 0.4]
    classes = np.select([*conditions, s["B04"] > 0.15], range(7), 7)
    colors = [[0, 51, 204, 255], [230, 204, 153, 255], [102, 102, 102, 255], [179, 153, 128, 255], [204, 204, 77, 255]]
    table = np.array([*colors, [153, 204, 51, 255], [128, 179, 51, 255], [0, 102, 0, 255]], np.uint8)
    return np.stack([column.take(classes) for column in table.T])


def median_in_numpy(dates: list[dict[str, NDArray[Any]]]) -> NDArray[Any]:
    """D: the median over the dates."""
    values = np.stack([(date["B08"] - date["B04"]) / (date["B08"] + date["B04"]) for date in dates])
    return np.asarray(np.median(values, axis=0))[np.newaxis]
