"""Made-up scenes, the same for the same seed: a land-cover map, and scenes for the contract of any script."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.catalog import Band, Collection, candidates, typical_range
from oso_evalscript.model.contract import Mosaicking, Setup
from oso_evalscript.model.nomenclature import load_nomenclature
from oso_evalscript.runtime.scene import Scene

_FIRST = dt.datetime(2023, 6, 1, 10, 50, tzinfo=dt.UTC)
_STEP = dt.timedelta(days=5)  # as often as the two Sentinel-2 satellites pass
_DN_LIMIT = 255.0  # for bands the catalogue does not know


def make_scenes(
    setup: Setup,
    collections: tuple[Collection | None, ...] = (),
    *,
    size: int = 256,
    dates: int = 4,
    seed: int = 0,
    nomenclature: str = "oso-23",
) -> tuple[Scene, ...] | dict[str, tuple[Scene, ...]]:
    """Return made-up scenes for a contract: every band it asks for, within the range that is typical for it.

    Values rise and fall smoothly with some noise; codes (classes, flags) come in patches; a round hole, at another
    place in each scene, has no data.

    Args:
        setup: the contract.
        collections: that of each input; where it is None the first one that has the bands stands in, and bands that
            none has hold 0 to 255.
        size: rows and columns.
        dates: how many scenes an input has whose samples come as a list.
        seed: varies everything.
        nomenclature: the edition's classes, for land cover.

    Returns:
        the scenes of the only input, or those of each input by its name.
    """
    known = collections or (None,) * len(setup.inputs)
    made = {}
    for index, (input, collection) in enumerate(zip(setup.inputs, known, strict=True)):
        count = 1 if setup.mosaicking_of(index) is Mosaicking.SIMPLE else dates
        units = dict(zip(input.bands, input.units, strict=True)) if input.units else {}
        likely = collection or next(iter(candidates(input.bands)), None)
        made[setup.key(index)] = tuple(
            Scene(
                bands=_bands(input.bands, units, likely, size, [seed, index, number], nomenclature),
                date=_FIRST + number * _STEP,
                cloud_coverage=float((37 * number) % 100),
            )
            for number in range(count)
        )
    return made if setup.fusion else made[setup.key(0)]


def land_cover(size: int = 256, seed: int = 0, nomenclature: str = "oso-23") -> dict[str, NDArray[np.uint8]]:
    """Return a made-up land-cover scene of `size` by `size` pixels, the same for the same seed.

    Patches of every class of an OSO nomenclature (each at least four times, as far as the pixels
    reach), a confidence that rises from left to right, a validity that rises downward, and a round hole without
    data, where every band is 0 as the service delivers it.
    """
    random = np.random.default_rng(seed)
    codes = np.tile(np.array(load_nomenclature(nomenclature).codes, dtype=np.uint8), 4)
    random.shuffle(codes)
    nearest = _patches(random, len(codes), size)
    rise = np.linspace(0, 1, max(size, 1))
    noise = random.normal(0, 6, (size, size))
    mask = _hole(random, size)
    bands = {
        "OCS": codes[nearest],
        "OCS_Confidence": np.clip(1 + 99 * rise[np.newaxis, :] + noise, 1, 100).astype(np.uint8),
        "OCS_Validity": np.clip(1 + 44 * rise[:, np.newaxis] + noise / 3, 1, 60).astype(np.uint8),
    }
    return {**{name: band * mask for name, band in bands.items()}, "dataMask": mask}


def _bands(
    names: tuple[str, ...],
    units: Mapping[str, str],
    collection: Collection | None,
    size: int,
    seed: list[int],
    nomenclature: str,
) -> dict[str, NDArray[Any]]:
    random = np.random.default_rng(seed)
    if collection is not None and collection.nomenclature == "oso-23":
        return {name: band for name, band in land_cover(size, seed[0] + seed[2], nomenclature).items() if name in names}
    mask = _hole(random, size)
    nodata = 0.0 if collection is None else collection.nodata
    bands: dict[str, NDArray[Any]] = {}
    for name in names:
        band = None if collection is None else collection.band(name)
        values = _values(random, band, units.get(name), size)
        bands[name] = mask if name == "dataMask" else np.where(mask, values, nodata).astype(np.float32)
    return bands


def _values(random: np.random.Generator, band: Band | None, unit: str | None, size: int) -> NDArray[Any]:
    if band is not None and band.values:
        codes = np.array([code for code, _ in band.values])
        return random.permutation(np.tile(codes, 4))[_patches(random, 4 * len(codes), size)]
    known = None if band is None else band.unit(unit or band.units[0]) or band.units[0]
    low, high = (0.0, _DN_LIMIT) if band is None or known is None else typical_range(band, known)
    y, x = np.mgrid[:size, :size] / max(size, 1)
    turns = random.uniform(0.5, 2.5, 2) * 2 * np.pi
    wave = 0.5 + 0.25 * np.sin(turns[0] * x + random.uniform(0, 6)) + 0.25 * np.sin(turns[1] * y + random.uniform(0, 6))
    share: NDArray[Any] = np.clip(wave + random.normal(0, 0.03, wave.shape), 0, 1)
    whole = known in (None, "DN")
    values: NDArray[Any] = low + (high - low) * share
    return np.rint(values) if whole else values


def _patches(random: np.random.Generator, count: int, size: int) -> NDArray[np.intp]:
    """For each pixel the number of the nearest of `count` random points."""
    y, x = np.mgrid[:size, :size]
    nearest = np.zeros((size, size), dtype=np.intp)
    least = np.full((size, size), np.inf)
    for index, (row, column) in enumerate(random.uniform(0, size, (count, 2))):
        distance = (y - row) ** 2 + (x - column) ** 2
        closer = distance < least
        nearest[closer] = index
        least[closer] = distance[closer]
    return nearest


def _hole(random: np.random.Generator, size: int) -> NDArray[np.uint8]:
    """1 everywhere but in a disc."""
    y, x = np.mgrid[:size, :size]
    row, column = random.uniform(0.25, 0.75, 2) * size
    mask: NDArray[np.uint8] = ((y - row) ** 2 + (x - column) ** 2 > (size / 9) ** 2).astype(np.uint8)
    return mask
