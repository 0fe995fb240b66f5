"""A made-up folder of evalscripts, as many and as long as real ones are.

Measured on 919 hand-written public scripts: a median of 562 characters, 1914 at the ninth decile, and one of 260 kB, a
decision forest. A log-normal distribution through these two points is drawn from, each script at its quantile.
"""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable
from pathlib import Path

COUNT = 1200
MEDIAN, NINTH_DECILE, LARGEST = 562, 1914, 260_000
_BANDS = ("B02", "B03", "B04", "B05", "B08", "B8A", "B11", "B12")


def write(folder: Path, count: int = COUNT) -> list[Path]:
    """Write the scripts into a folder; the same ones each time."""
    chance = random.Random(4)
    paths = []
    for number, size in enumerate(sizes(count)):
        make = _KINDS[number % len(_KINDS)] if size < LARGEST else forest
        path = folder / f"{number % 20:02}" / f"script_{number:04}.js"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(make(size, chance), encoding="utf-8")
        paths.append(path)
    return paths


def sizes(count: int) -> list[int]:
    """Return how many characters each script has, the largest last."""
    normal = statistics.NormalDist(
        math.log(MEDIAN), math.log(NINTH_DECILE / MEDIAN) / statistics.NormalDist().inv_cdf(0.9)
    )
    drawn = [round(math.exp(normal.inv_cdf((number + 0.5) / count))) for number in range(count - 1)]
    return [*drawn, LARGEST]


def of_size(size: int) -> str:
    """Return a decision forest of about so many characters, with comments, so that it is no denser than usual."""
    lines: list[str] = []
    written = 0
    for number, line in enumerate(forest(size, random.Random(4)).splitlines()):
        lines.append(line if number == 0 else f"{line}  // node {number}, as it was learnt")
        written += len(lines[-1]) + 1
        if written > size * 0.98 and line.startswith("}"):
            break
    return "\n".join(lines) + "\n"


def index(size: int, chance: random.Random) -> str:
    """A normalised difference, coloured by a ramp."""
    first, second = chance.sample(_BANDS, 2)
    head = (
        f'//VERSION=3\nfunction setup() {{\n  return {{\n    input: ["{first}", "{second}", "dataMask"],\n'
        "    output: { bands: 4 }\n  };\n}\n\n"
    )
    tail = (
        "];\n\nconst visualizer = new ColorRampVisualizer(ramp);\n\nfunction evaluatePixel(sample) {\n"
        f"  const value = index(sample.{first}, sample.{second});\n  const color = visualizer.process(value);\n"
        "  return [...color, sample.dataMask];\n}\n"
    )
    return _filled(
        f"{head}const ramp = [\n",
        tail,
        size,
        lambda number: f"  [{number / 500 - 0.5:.3f}, 0x{chance.randrange(2**24):06x}],\n",
    )


def composite(size: int, chance: random.Random) -> str:
    """Gains on three bands, with comments."""
    bands = chance.sample(_BANDS, 3)
    head = (
        "//VERSION=3\n"
        f"function setup() {{\n  return {{\n    input: [{{ bands: {list(bands)!r} }}],\n"
        "    output: { bands: 3, sampleType: 'AUTO' }\n  };\n}\n\n"
    )
    terms = ", ".join(f"gain * s.{band}" for band in bands)
    tail = f"\nconst gain = 2.5;\n\nfunction evaluatePixel(s) {{\n  return [{terms}];\n}}\n"
    return _filled(head, tail, size, lambda number: f"// {number}: brightens the picture where the ground is dark\n")


def series(size: int, chance: random.Random) -> str:
    """A maximum over the samples of a season."""
    band = chance.choice(_BANDS)
    head = (
        f'//VERSION=3\nfunction setup() {{\n  return {{\n    input: [{{ bands: ["{band}", "SCL", "dataMask"] }}],\n'
        '    output: { bands: 1, sampleType: "FLOAT32" },\n    mosaicking: "ORBIT"\n  };\n}\n\n'
        "function isGood(sample) {\n"
    )
    tail = (
        "  return sample.dataMask === 1;\n}\n\nfunction evaluatePixel(samples) {\n  let best = 0;\n"
        "  for (let i = 0; i < samples.length; i++) {\n    if (isGood(samples[i])) {\n"
        f"      best = Math.max(best, samples[i].{band});\n    }}\n  }}\n  return [best];\n}}\n"
    )
    return _filled(
        head, tail, size, lambda number: f"  if (sample.SCL === {number % 12}) {{\n    return false;\n  }}\n"
    )


def forest(size: int, chance: random.Random) -> str:
    """Decision trees, one function each, and their vote."""
    head = (
        f"//VERSION=3\nfunction setup() {{\n  return {{ input: {list(_BANDS)!r}, output: {{ bands: 1, sampleType: 'UINT8' }} }};\n}}\n"
        "function evaluatePixel(s) {\n  return [tree0(s)];\n}\n"
    )

    def tree(number: int) -> str:
        a, b, c = chance.sample(_BANDS, 3)
        return (
            f"function tree{number}(s) {{\n  if (s.{a} < {chance.random():.4f}) {{\n"
            f"    if (s.{b} / s.{c} > {chance.random():.4f} && s.{a} !== 0) {{ return {number % 23}; }} else {{ return 3; }}\n"
            f"  }}\n  return s.{b} > 0.2 ? {number % 7} : 5;\n}}\n"
        )

    return _filled(head, "", size, tree)


def _filled(head: str, tail: str, size: int, piece: Callable[[int], str]) -> str:
    """A script of about `size` characters, with at least one piece."""
    pieces = [piece(0)]
    length = len(head) + len(tail) + len(pieces[0])
    while length + len(pieces[-1]) <= size:
        pieces.append(piece(len(pieces)))
        length += len(pieces[-1])
    return head + "".join(pieces) + tail


_KINDS = (index, composite, series, forest)
