"""How long loading and running take."""

from __future__ import annotations

import numpy as np

from oso_evalscript import Program, Source
from tests.benchmarks.measure import interleaved, table
from tests.conftest import ROOT


def report(rounds: int) -> str:
    """The tables of the runtime."""
    source = Source.read(ROOT / "evalscripts/oso_palette.js")
    random = np.random.default_rng(0)
    classes = random.integers(0, 25, (2048, 2048), dtype=np.uint8)
    lut = random.integers(0, 255, (256, 4), dtype=np.uint8)

    def load() -> None:
        Program(source).close()

    with Program(source) as program:
        scene = {"OCS": classes}
        pixels = interleaved(
            {
                "numpy, lut[classes]": lambda: lut[classes],
                "the palette script": lambda: program.run(scene),
            },
            rounds,
        )
        loading = interleaved({"a second program in the process": load}, rounds)
    return table("Land-cover palette on 4 Mpx of uint8", pixels) + "\n" + table("Loading", loading)
