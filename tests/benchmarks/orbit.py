"""The median of an index over twelve dates: what building the lists of samples costs."""

from __future__ import annotations

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from oso_evalscript import Program
from oso_evalscript.runtime.scene import Scene
from tests.benchmarks.isolate import Isolate, by_hand, replaced
from tests.benchmarks.measure import Bar, Report, interleaved, ratio

DATES = 12
_SCRIPT = """//VERSION=3
function setup() {{
  return {{
    input: ["B04", "B08"],
    output: {{ bands: 1, sampleType: "FLOAT32" }},
    mosaicking: "ORBIT",
  }};
}}

function evaluatePixel(samples) {{
  const values = [];
  for (const sample of samples) values.push((sample.B08 - sample.B04) / (sample.B08 + sample.B04));
  {sort}
  return [(values[5] + values[6]) / 2];
}}
"""
_SORT = "values.sort((a, b) => a - b);"
_INSERT = """for (let i = 1; i < values.length; i++) {
    const value = values[i];
    let j = i - 1;
    for (; j >= 0 && values[j] > value; j--) values[j + 1] = values[j];
    values[j + 1] = value;
  }"""
_READ = f"for (let s = 0, at = i; s < {DATES}; s++, at += capacity) {{ const b04 = input0[at], b08 = input1[at]; "
_INDEX = "(b08 - b04) / (b08 + b04)"
_MEDIAN = "output0[i] = (values[5] + values[6]) / 2;"

TYPED = by_hand(
    f"const values = new Float64Array({DATES});",
    f"{_READ} const value = {_INDEX}; let j = s - 1; for (; j >= 0 && values[j] > value; j--) "
    f"values[j + 1] = values[j]; values[j + 1] = value; }} {_MEDIAN}",
)
"""Another algorithm than the scripts': one typed array for all pixels, kept sorted while it is filled."""

WAYS = {
    "sort()": (
        _SCRIPT.format(sort=_SORT),
        by_hand("", f"const values = []; {_READ} values.push({_INDEX}); }} {_SORT} {_MEDIAN}"),
    ),
    "an insertion sort": (
        _SCRIPT.format(sort=_INSERT),
        by_hand("", f"const values = []; {_READ} values.push({_INDEX}); }} {_INSERT} {_MEDIAN}"),
    ),
}


def scenes(size: int, dates: int, bands: tuple[str, ...]) -> list[Scene]:
    """Scenes of noise, five days apart."""
    random = np.random.default_rng(0)
    first = dt.datetime(2023, 1, 1, tzinfo=dt.UTC)
    return [
        Scene(
            bands={band: 0.02 + 0.4 * random.random((size, size), dtype=np.float32) for band in bands},
            date=first + number * dt.timedelta(days=5),
        )
        for number in range(dates)
    ]


def reports(rounds: int) -> list[Report]:
    """The script against a loop by hand that takes the same steps on the planes themselves."""
    return [_report(way, rounds) for way in WAYS]


def _report(way: str, rounds: int) -> Report:
    text, write = WAYS[way]
    series = scenes(512, DATES, ("B04", "B08"))
    with (
        Program(text) as program,
        Program(text) as other,
        Isolate(program, series) as inside,
        Isolate(program, series, write) as inside_by_hand,
        Isolate(program, series, TYPED) as inside_typed,
    ):

        def hand_written() -> NDArray[np.generic]:
            with replaced(write):
                return other.run(series, workers=1)["default"]

        assert np.array_equal(program.run(series, workers=1)["default"], hand_written())
        taken = interleaved(
            {
                "the script": lambda: program.run(series, workers=1),
                "a loop by hand": hand_written,
                "the script's loop alone": inside.loop,
                "the loop by hand alone": inside_by_hand.loop,
                "another loop alone, with one typed array for all pixels": inside_typed.loop,
            },
            rounds,
        )
    ours, hand, alone, hand_alone, _ = taken
    bars = (
        Bar(f"ORBIT median with {way}: speed of the loop by hand", ratio(taken, hand, ours), 0.7),
        Bar(f"ORBIT median with {way}, the loops alone", ratio(taken, hand_alone, alone), 0.7),
    )
    return Report(f"ORBIT, the median of NDVI by {way}: {DATES} scenes of 512 x 512, two bands", taken, bars)
