"""What the child process costs against the same kernel in this process."""

from __future__ import annotations

import numpy as np

from oso_evalscript import Program
from tests.benchmarks import index
from tests.benchmarks.isolate import Isolate
from tests.benchmarks.measure import Bar, Report, excess, interleaved

LEAST_ROUNDS = 11


def report(rounds: int) -> Report:
    """The index on 16 Mpx: one worker, and an isolate in this process."""
    bands = index.scene(4096)
    with Program(index.SCRIPT) as program, Isolate(program, bands) as inside:
        result = program.run(bands, workers=1)["default"]
        assert np.array_equal(result.reshape(4, -1), inside.evaluate()[0])
        del result
        taken = interleaved(
            {"in a child": lambda: program.run(bands, workers=1), "in this process": inside.evaluate},
            max(rounds, LEAST_ROUNDS),
        )
    found = excess(taken, *taken)
    return Report(
        "The child process: the index on 16 Mpx, one worker",
        taken,
        (Bar("what the child process costs", found, 15, most=True, unit="%"),),
    )
