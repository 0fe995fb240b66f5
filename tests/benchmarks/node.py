"""Scripts that are heavy in ways that public ones are, against a plain loop over the same pixels in node.

Both are measured in processor time, of all their processes, on the first run of a script: what its author waits for.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from oso_evalscript import Program
from oso_evalscript.model.host import library
from oso_evalscript.runtime.compiled import Compiler
from oso_evalscript.runtime.kernel import STORED
from oso_evalscript.runtime.scene import Scene
from tests.benchmarks.measure import Bar, Report, Spread

SIDE = 512
_LOOP = Path(__file__).with_name("node_loop.js")

_STOPS = ", ".join(f"[{-1 + 0.2 * n:.1f}, 0x{n * 23:02x}{255 - n * 23:02x}{n * 11:02x}]" for n in range(11))
_HEIGHTS = ", ".join(f"[{-500 + 250 * n}, [{n / 20:.2f}, {1 - n / 20:.2f}, 0.5]]" for n in range(21))


def _script(bands: str, count: int, pixel: str, *, top: str = "", more: str = "", samples: str = "s") -> str:
    return (
        f"//VERSION=3\nfunction setup() {{ return {{ input: {bands}, output: {{ bands: {count} }}{more} }}; }}\n"
        f"{top}\nfunction evaluatePixel({samples}) {{\n{pixel}\n}}\n"
    )


_TWO = '["B04", "B08", "dataMask"]'
_DEM = '["DEM"]'
_BOTH = '[{ datasource: "one", bands: ["DEM"] }, { datasource: "other", bands: ["DEM"] }]'

SCRIPTS: dict[str, str] = {
    "a ramp of 11 stops, built for each pixel": _script(
        _TWO,
        4,
        f"  const viz = new ColorRampVisualizer([{_STOPS}]);\n"
        "  return [...viz.process(index(s.B08, s.B04)), s.dataMask];",
    ),
    "a ramp of 11 stops, at the top": _script(
        _TWO,
        4,
        "  return [...viz.process(index(s.B08, s.B04)), s.dataMask];",
        top=f"const viz = new ColorRampVisualizer([{_STOPS}]);",
    ),
    "a colour map of 11 pairs, built for each pixel": _script(
        _TWO,
        3,
        f"  const viz = new ColorMapVisualizer([{_STOPS}]);\n  return viz.process(index(s.B08, s.B04));",
    ),
    "a gradient with limits, built for each pixel": _script(
        _TWO,
        3,
        f"  const viz = new ColorGradientVisualizer([{_STOPS}], -0.5, 0.9);\n"
        "  return viz.process(index(s.B08, s.B04));",
    ),
    "a highlight compressor, built for each pixel": _script(
        _TWO,
        3,
        "  const viz = new HighlightCompressVisualizer(0, 0.6);\n"
        "  return [s.B08, s.B04, s.B04].map((v) => viz.process(v)[0]);",
    ),
    "colorBlend with lists of 11, for each pixel": _script(
        _TWO,
        3,
        "  return colorBlend(index(s.B08, s.B04), [-1, -0.8, -0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6, 0.8, 1],\n"
        f"    [{', '.join(f'[{n / 10}, {1 - n / 10:.1f}, 0.5]' for n in range(11))}]);",
    ),
    "heights: a map that is stretched and made a ramp for each pixel": _script(
        _DEM,
        3,
        "  stretch(-500, 4500);\n  return new ColorRampVisualizer(colors).process(s.DEM);",
        top=f"const colors = [{_HEIGHTS}];\n"
        "function stretch(low, high) {\n"
        "  const step = (high - low) / (colors.length - 1);\n"
        "  for (let n = 0; n < colors.length; n++) colors[n][0] = low + n * step;\n}",
    ),
    "heights: the same with a copy of the map": _script(
        _DEM,
        3,
        "  const found = stretched(-500, 4500);\n  return new ColorRampVisualizer(found).process(s.DEM);",
        top=f"const colors = [{_HEIGHTS}];\n"
        "function stretched(low, high) {\n"
        "  return colors.map(([, color], n) => [low + (n * (high - low)) / (colors.length - 1), color]);\n}",
    ),
    "heights: difference of two models, coloured for each pixel": _script(
        _BOTH,
        3,
        "  const difference = s.one[0].DEM - s.other[0].DEM;\n"
        f"  const viz = new ColorRampVisualizer([{_HEIGHTS}]);\n"
        "  return viz.process(10 * difference);",
    ),
    "heights: difference of the highest and the lowest of six tiles": _script(
        _DEM,
        3,
        "  const heights = samples.map((one) => one.DEM).filter((value) => value > -400);\n"
        "  if (!heights.length) return [0, 0, 0];\n"
        "  const difference = Math.max(...heights) - Math.min(...heights);\n"
        "  return valueInterpolate(difference, [0, 10, 100, 1000, 4000],\n"
        "    [[0, 0, 0.5], [0, 0.6, 1], [0.9, 0.9, 0.5], [0.6, 0.3, 0], [1, 1, 1]]);",
        more=', mosaicking: "TILE"',
        samples="samples",
    ),
    "heights: the same with sort and reduce": _script(
        _DEM,
        1,
        "  const sorted = samples.map((one) => one.DEM).sort((a, b) => a - b);\n"
        "  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;\n"
        "  return [(sorted[sorted.length - 1] - sorted[0]) / (Math.abs(mean) + 1)];",
        more=', mosaicking: "TILE"',
        samples="samples",
    ),
    "heights: the same in a loop": _script(
        _DEM,
        1,
        "  let low = Infinity, high = -Infinity;\n"
        "  for (let n = 0; n < samples.length; n++) {\n"
        "    const height = samples[n].DEM;\n"
        "    if (height < low) low = height;\n    if (height > high) high = height;\n  }\n"
        "  return [(high - low) / 1000];",
        more=', mosaicking: "TILE"',
        samples="samples",
    ),
    "heights: contour lines, a loop over 200 levels": _script(
        _DEM,
        3,
        "  for (let level = 0; level < 5000; level += 25) {\n"
        "    if (Math.abs(s.DEM - level) < 2) return [0.2, 0.1, 0];\n  }\n"
        "  return [1 - s.DEM / 5000, 1, s.DEM / 5000];",
    ),
    "heavy but finite: 500 sines for each pixel": _script(
        _TWO,
        1,
        "  let sum = 0;\n  for (let n = 1; n <= 500; n++) sum += Math.sin(n * s.B04) / n;\n  return [sum / 3];",
    ),
    "an index": _script(_TWO, 3, "  const v = index(s.B08, s.B04);\n  return [v, 1 - v, s.dataMask];"),
}
"""What each is called, and its text; all of our own, after kinds that people publish."""


def reports(rounds: int) -> list[Report]:
    """Each script on 512 x 512 pixels: processor time in node, and here with compiled kernels and without."""
    node = shutil.which("node")
    if node is None:
        return []  # not installed: nothing to hold them against
    found = []
    with tempfile.TemporaryDirectory() as name:
        for title, text in SCRIPTS.items():
            found.append(_report(title, text, node, Path(name), rounds))
    return found


def _report(title: str, text: str, node: str, folder: Path, rounds: int) -> Report:
    scenes = _scenes(text)
    job = _job(text, scenes, folder)
    ways: dict[str, Callable[[], float]] = {
        "a plain loop in node": lambda: _of_node(node, job),
        "here": lambda: _here(text, scenes),
        "here, without compiled kernels": lambda: _plain(text, scenes),
    }
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(max(rounds, 3)):
        for way, measure in ways.items():
            taken[way].append(measure())
    theirs, *both = taken.values()
    bars = []
    for way, ours in zip([*ways][1:], both, strict=True):
        ratios = [there / here for there, here in zip(theirs, ours, strict=True)]
        bars.append(Bar(f"{title}, {way}: speed of node", Spread.of(ratios, min(theirs) / min(ours)), 1))
    return Report(f"{title}: {SIDE} x {SIDE} pixels, processor time", taken, tuple(bars))


def _scenes(text: str) -> Any:
    random = np.random.default_rng(0)
    shape = (SIDE, SIDE)

    def heights() -> NDArray[Any]:
        return (random.random(shape) * 4500 - 200).astype("float32")

    if "datasource" in text:
        return {name: Scene(bands={"DEM": heights()}, date="2024-01-01") for name in ("one", "other")}
    if "TILE" in text:
        return [Scene(bands={"DEM": heights()}, date=f"2024-01-{day:02}") for day in range(1, 7)]
    if "DEM" in text:
        return Scene(bands={"DEM": heights()}, date="2024-01-01")
    bands = {name: random.random(shape, dtype=np.float32) for name in ("B04", "B08")}
    return Scene(bands={**bands, "dataMask": (random.random(shape) > 0.1).astype("uint8")}, date="2024-01-01")


def _job(text: str, scenes: Any, folder: Path) -> Path:
    """The same for the loop in node, as files; scenes go from the latest to the earliest."""
    of_source: Mapping[str, Any] = scenes if isinstance(scenes, dict) else {"samples": scenes}
    planes = []
    for source, given in of_source.items():
        for slot, scene in enumerate(reversed(given) if isinstance(given, list) else [given]):
            for band, values in scene.bands.items():
                path = folder / f"{source}-{slot}-{band}"
                path.write_bytes(values.tobytes())
                planes.append(
                    {"source": source, "slot": slot, "band": band, "type": values.dtype.name, "path": str(path)}
                )
    job = folder / "job.json"
    job.write_text(
        json.dumps({"library": library(), "script": text, "planes": planes, "stored": STORED, "pixels": SIDE * SIDE})
    )
    return job


def _of_node(node: str, job: Path) -> float:
    done = subprocess.run([node, str(_LOOP), str(job)], capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout)["seconds"])


def _here(text: str, scenes: Any) -> float:
    with Program(text) as program:
        worker = program._engines[0]._worker
        assert worker is not None
        pid = worker._process.pid
        before = _used(pid) + _own()
        program.run(scenes, workers=1)
        return _used(pid) + _own() - before


def _plain(text: str, scenes: Any) -> float:
    with patch.object(Compiler, "pays", return_value=False):
        return _here(text, scenes)


def _own() -> float:
    times = os.times()
    return times.user + times.system


def _used(pid: int) -> float:
    """The processor time that a process has used."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9
