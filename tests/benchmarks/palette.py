"""The land-cover palette: gathering against the plain kernel, numpy and rio-tiler."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from unittest.mock import patch

import numpy as np

from oso_evalscript import Program, Source
from oso_evalscript.runtime import gather
from tests.benchmarks.measure import Bar, Report, interleaved, ratio
from tests.conftest import ROOT


def report(rounds: int) -> Report:
    """The shipped script on 16 Mpx, each class drawn anew for each pixel."""
    classes = np.random.default_rng(0).integers(0, 25, (4096, 4096), dtype=np.uint8)
    with Program(Source.read(ROOT / "evalscripts/oso_palette.js")) as program:
        codes = np.arange(256, dtype=np.uint8).reshape(1, -1)
        colors = program.run({"OCS": codes})["default"][:, 0].T.copy()

        def plain() -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
            with patch.object(gather, "combine", return_value=None):
                return program.run({"OCS": classes})["default"]

        gathered = program.run({"OCS": classes})["default"]
        assert np.array_equal(gathered, plain())
        assert np.array_equal(gathered, np.moveaxis(colors[classes], -1, 0))
        candidates: dict[str, Callable[[], object]] = {
            "the script": lambda: program.run({"OCS": classes}),
            "without gathering": plain,
            "numpy, lut[classes]": lambda: colors[classes],
        }
        notices = []
        try:
            apply_cmap = importlib.import_module("rio_tiler.colormap").apply_cmap
        except ImportError:
            notices.append("rio-tiler is not installed: not measured against it.")
        else:
            map_ = {code: tuple(map(int, color)) for code, color in enumerate(colors)}
            candidates["rio-tiler, apply_cmap"] = lambda: apply_cmap(classes[np.newaxis], map_)
        taken = interleaved(candidates, rounds)
    ours, *others = taken
    bars = [
        Bar(f"palette: speed of {name}", ratio(taken, name, ours), limit)
        for name, limit in zip(others, (3, 2, 2), strict=False)
    ]
    return Report("oso_palette.js on 16 Mpx of uint8", taken, tuple(bars), tuple(notices))
