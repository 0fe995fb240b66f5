"""Scenes: band name → array of shape (y, x), and what a program makes of them."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from oso_evalscript.model.errors import ArrayError
from oso_evalscript.model.nomenclature import load_nomenclature

Scene: TypeAlias = Mapping[str, ArrayLike]
"""Band name → array of shape (y, x)."""

Outputs: TypeAlias = dict[str, NDArray[Any]]
"""Output id → array of shape (band, y, x), of the element type of the output's sample type."""


def read_scene(path: str | Path) -> dict[str, NDArray[Any]]:
    """Return the scene in an `.npz` file: one array of shape (y, x) per band.

    Raises:
        ArrayError: the file is missing or not of that format.
    """
    try:
        with Path(path).open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise ArrayError(f"{path}: holds one array without a name; save it with numpy.savez(path, OCS=…)")
            with archive:
                return {name: archive[name] for name in archive.files}
    except OSError as error:
        raise ArrayError(f"{path}: cannot be read ({error.strerror or error})") from None
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ArrayError(f"{path}: is not an .npz file of plain arrays ({error})") from None


def land_cover(size: int = 256, seed: int = 0) -> dict[str, NDArray[np.uint8]]:
    """Return a made-up land-cover scene of `size` by `size` pixels, the same for the same seed.

    Patches of every class of the 23-class OSO nomenclature (each at least four times, as far as the pixels
    reach), a confidence that rises from left to right, a validity that rises downward, and a round hole without
    data, where every band is 0 as the service delivers it.
    """
    random = np.random.default_rng(seed)
    codes = np.tile(np.array(load_nomenclature("oso-23").codes, dtype=np.uint8), 4)
    random.shuffle(codes)
    y, x = np.mgrid[:size, :size]
    centers = random.uniform(0, size, (len(codes), 2))
    nearest = np.zeros((size, size), dtype=np.intp)
    least = np.full((size, size), np.inf)
    for index, (row, column) in enumerate(centers):
        distance = (y - row) ** 2 + (x - column) ** 2
        closer = distance < least
        nearest[closer] = index
        least[closer] = distance[closer]
    rise = np.linspace(0, 1, max(size, 1))
    noise = random.normal(0, 6, (size, size))
    row, column = random.uniform(0.25, 0.75, 2) * size
    mask = ((y - row) ** 2 + (x - column) ** 2 > (size / 9) ** 2).astype(np.uint8)
    bands = {
        "OCS": codes[nearest],
        "OCS_Confidence": np.clip(1 + 99 * rise[np.newaxis, :] + noise, 1, 100).astype(np.uint8),
        "OCS_Validity": np.clip(1 + 44 * rise[:, np.newaxis] + noise / 3, 1, 60).astype(np.uint8),
    }
    return {**{name: band * mask for name, band in bands.items()}, "dataMask": mask}
