"""Rasters of 131,072 columns, as a mosaic of a country has them: time for each pixel and memory, whatever the rows.

`--long` adds four billion pixels.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks import pictures
from tests.benchmarks.measure import Bar, Report, Spread
from tests.benchmarks.rasters import PALETTE, written
from tests.benchmarks.trees import Cost, costs, report

COLUMNS = 131_072
_TILE = 2048
_START = "a raster of 64 x 64"
_MIB = 1024


def reports(rounds: int) -> list[Report]:
    """A quarter of a billion pixels and a billion, with the start of a small raster taken off."""
    heights = (2048, 8192, 32_768) if "--long" in sys.argv else (2048, 8192)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tile = pictures.land_cover(folder / "tile.tif", _TILE)
        candidates = {_START: written(PALETTE, {"": pictures.land_cover(folder / "s.tif", 64)}, folder / "s_.tif")}
        for height in heights:
            mosaic = pictures.repeated(folder / f"{height}.vrt", tile, COLUMNS // _TILE, height // _TILE)
            candidates[_title(height)] = written(PALETTE, {"": mosaic}, folder / "o.tif")
        found = costs(candidates, min(rounds, 2))
    bars = [_steady(found, heights[0], height) for height in heights[1:]]
    bars += [
        Bar(f"palette, {_title(height)}: memory", Spread.of([cost.memory for cost in found[_title(height)]]), _MIB,
            most=True, unit=" MiB")
        for height in heights
    ]  # fmt: skip
    rates = "; ".join(f"{_title(height)}: {_nanoseconds(found, height):.1f}" for height in heights)
    notice = f"Nanoseconds of processor time for each pixel after the start: {rates}."
    return [report(f"oso_palette.js on {COLUMNS:,} columns, to a COG", found, bars, [notice])]


def _title(height: int) -> str:
    return f"{COLUMNS * height / 1e9:.2f} billion pixels"


def _nanoseconds(found: Mapping[str, Sequence[Cost]], height: int) -> float:
    return statistics.median(_per_pixel(found, height))


def _per_pixel(found: Mapping[str, Sequence[Cost]], height: int) -> list[float]:
    pairs = zip(found[_title(height)], found[_START], strict=True)
    return [1e9 * (cost.cpu - start.cpu) / (COLUMNS * height) for cost, start in pairs]


def _steady(found: Mapping[str, Sequence[Cost]], small: int, large: int) -> Bar:
    """How many times as long as in the smallest raster a pixel takes."""
    pairs = zip(_per_pixel(found, large), _per_pixel(found, small), strict=True)
    claim = f"palette, {_title(large)}: CPU time of a pixel, to that of {_title(small)}"
    return Bar(claim, Spread.of([more / less for more, less in pairs]), 1.1, most=True)
