"""Two bands of reflectances, an index of them, four bands of 8 bits: the loop, the workers, and numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from oso_evalscript import Program
from tests.benchmarks.isolate import Isolate, by_hand, replaced
from tests.benchmarks.measure import Bar, Report, interleaved, ratio

SCRIPT = """//VERSION=3
function setup() {
  return { input: ["B04", "B08"], output: { bands: 4, sampleType: "UINT8" } };
}

function evaluatePixel(sample) {
  const index = (sample.B08 - sample.B04) / (sample.B08 + sample.B04);
  return [255 * index, -255 * index, 127.5 * (index + 1), 255];
}
"""


def _stored(value: str) -> str:
    return f"v = {value}; output0[at] = v >= 255 ? 255 : v > 0 ? (v + 0.5) | 0 : 0; at += capacity;"


WRITE = by_hand(
    "",
    "const b04 = input0[i], b08 = input1[i], index = (b08 - b04) / (b08 + b04); let v, at = i; "
    + " ".join(map(_stored, ("255 * index", "-255 * index", "127.5 * (index + 1)", "255"))),
)


def scene(size: int) -> dict[str, NDArray[np.float32]]:
    """Reflectances drawn for each pixel anew, so that no branch can be foretold from the pixel before."""
    random = np.random.default_rng(0)
    shape = (size, size)
    return {
        "B04": 0.02 + 0.2 * random.random(shape, dtype=np.float32),
        "B08": 0.05 + 0.4 * random.random(shape, dtype=np.float32),
    }


def usual(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.uint8]:
    """What one writes in numpy."""
    index = (b - a) / (b + a)
    x = np.stack([index, -index, (index + 1) / 2, np.ones_like(index)])
    return np.clip(np.floor(255 * x + 0.5), 0, 255).astype(np.uint8)


def report(rounds: int) -> Report:
    """The loop against one written by hand, two workers against one, and both against numpy."""
    bands = scene(2048)
    with (
        Program(SCRIPT) as program,
        Program(SCRIPT) as other,
        Isolate(program, bands) as inside,
        Isolate(program, bands, WRITE) as inside_by_hand,
    ):

        def hand_written() -> NDArray[np.generic]:
            with replaced(WRITE):
                return other.run(bands, workers=1)["default"]

        result = program.run(bands, workers=1)["default"]
        assert np.array_equal(result, hand_written())
        assert np.count_nonzero(result != usual(bands["B04"], bands["B08"])) < result.size / 1000  # float32 rounds
        taken = interleaved(
            {
                "the script, one worker": lambda: program.run(bands, workers=1),
                "a loop by hand, one worker": hand_written,
                "the script, two workers": lambda: program.run(bands, workers=2),
                "numpy as one writes it": lambda: usual(bands["B04"], bands["B08"]),
                "the script's loop alone": inside.loop,
                "the loop by hand alone": inside_by_hand.loop,
            },
            rounds,
        )
    one, hand, two, numpy, alone, hand_alone = taken
    bars = (
        Bar("index, one worker: speed of the loop by hand", ratio(taken, hand, one), 0.6, aim=0.9),
        Bar("index, the loops alone: speed of the one by hand", ratio(taken, hand_alone, alone), 0.6, aim=0.9),
        Bar("index: two workers against one", ratio(taken, one, two), 1.6),
        Bar("index, two workers: speed of numpy", ratio(taken, numpy, two), 2),
        Bar("index, one worker: speed of numpy", ratio(taken, numpy, one), 2),
    )
    return Report("An index of two bands: 4 Mpx of float32, four bands of UINT8", taken, bars)
