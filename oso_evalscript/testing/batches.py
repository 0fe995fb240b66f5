"""Batches: many sampled scenes in one run.

Scenes of one date are placed side by side. For a script whose result depends only on the pixel, neighbours do not
matter; for any other, state would outlive a scene in any case. Values follow the same rules as in `strategies`. What
fails in a batch is then searched for with hypothesis, which shrinks it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.catalog import Collection
from oso_evalscript.model.contract import Input, Mosaicking
from oso_evalscript.runtime.dates import Acquisitions
from oso_evalscript.runtime.program import Program
from oso_evalscript.runtime.scene import Scene
from oso_evalscript.testing.domain import declared_bands
from oso_evalscript.testing.doubt import doubt_of
from oso_evalscript.testing.ranges import (
    CLOUDS,
    FIRST,
    MAX_SCENES,
    Codes,
    Values,
    dates_tried,
    likely,
    limits_of,
    made_scene,
    values_of,
)

_Mask: TypeAlias = NDArray[np.bool_]
_ROUNDS = 20  # runs with different dates, series lengths and cloud coverage, for scripts that may read them
_SPECIAL, _ALIKE, _WITHOUT_DATA, _ALL_WITHOUT = 0.4, 0.1, 0.25, 0.1  # shares of the pixels


def batches(
    program: Program, examples: int, *, pixels: int, codes: Codes, acquisitions: Acquisitions, seed: int
) -> Iterator[Any]:
    """Yield the scenes of each run.

    Args:
        program: the script.
        examples: the number of scenes, over all runs.
        pixels: the number of pixels of each scene.
        codes: the class codes of bands, by name.
        acquisitions: dates and cloud coverage of the scenes.
        seed: the seed of the random numbers.
    """
    chance = np.random.default_rng(seed)
    setup = program.setup
    simple = all(setup.mosaicking_of(index) is Mosaicking.SIMPLE for index in range(len(setup.inputs)))
    rounds = min(_ROUNDS, examples) if doubt_of(program) or not simple else 1  # it may read dates or series
    declared = declared_bands(program.source)
    limits, dates = limits_of((program.source,)), dates_tried(acquisitions, (program.source,))
    clouds = acquisitions.clouds or CLOUDS
    most = acquisitions.dates if isinstance(acquisitions.dates, int) else MAX_SCENES
    for number in range(rounds):
        width = pixels * (examples * (number + 1) // rounds - examples * number // rounds)
        empty = chance.random(width) < _ALL_WITHOUT

        def draw(input: Input, origin: Collection | None, width: int = width, empty: _Mask = empty) -> Scene:
            bands = _drawn(chance, values_of(input, origin, limits, codes, declared), width)
            mask = ~(empty | (chance.random(width) < _WITHOUT_DATA))
            date, cloudy = dates[chance.integers(len(dates))], clouds[chance.integers(len(clouds))]
            return made_scene(bands, mask, date, cloudy, origin)

        yield _arranged(program, draw, lambda: int(chance.integers(0, most, endpoint=True)))


def spread(program: Program, pixels: int, seed: int) -> Any:
    """Return scenes of many pixels, all with data, with values spread evenly over the range of each band."""
    chance = np.random.default_rng(seed)
    declared = declared_bands(program.source)

    def draw(input: Input, origin: Collection | None) -> Scene:
        values = values_of(input, origin, (), {}, declared)
        bands = {name: _evenly(chance, item, pixels) for name, item in values.items()}
        return made_scene(bands, np.ones(pixels), FIRST, 10.0, origin)

    return _arranged(program, draw, lambda: MAX_SCENES)


def _arranged(
    program: Program, draw: Callable[[Input, Collection | None], Scene], length: Callable[[], int]
) -> dict[str, Any] | Any:
    """Scenes in the form that a program takes; `length` returns the number of scenes of a series."""
    setup = program.setup
    made: dict[str, Any] = {}
    for index, (input, origin) in enumerate(zip(setup.inputs, program.origins, strict=True)):
        origin = likely(input, origin)
        if setup.mosaicking_of(index) is Mosaicking.SIMPLE:
            made[setup.key(index)] = draw(input, origin)
        else:
            made[setup.key(index)] = [draw(input, origin) for _ in range(length())]
    return made if setup.fusion else made[setup.key(0)]


def _drawn(chance: np.random.Generator, bands: Mapping[str, Values], width: int) -> dict[str, NDArray[np.float64]]:
    """Values of each band: random ones, special ones, and copies of another band with the same range."""
    drawn: dict[str, NDArray[np.float64]] = {}
    ranges: dict[tuple[float, float, bool], str] = {}
    for name, values in bands.items():
        special = chance.choice(np.array(values.special), width)
        drawn[name] = np.where(chance.random(width) < _SPECIAL, special, _evenly(chance, values, width))
        first = ranges.setdefault((values.low, values.high, values.whole), name)
        drawn[name] = np.where(chance.random(width) < _ALIKE, drawn[first], drawn[name])
    return drawn


def _evenly(chance: np.random.Generator, values: Values, width: int) -> NDArray[np.float64]:
    low, high = values.low, values.high
    if values.whole:
        return chance.integers(math.ceil(low), math.floor(high), width, endpoint=True).astype(np.float64)
    return np.clip(chance.uniform(low, high, width).astype(np.float32).astype(np.float64), low, high)
