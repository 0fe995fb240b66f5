"""Made-up scenes, the same for the same seed: a land-cover map, and scenes for the contract of any script."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.catalog import Band, Collection, candidates, typical_range
from oso_evalscript.model.contract import Input, Mosaicking, Setup
from oso_evalscript.model.nomenclature import Nomenclature, shipped_nomenclature
from oso_evalscript.runtime.classes import class_table, find_classes
from oso_evalscript.runtime.dates import AS_USUAL, Acquisitions
from oso_evalscript.runtime.pictures.scale import own_range
from oso_evalscript.runtime.program import Program
from oso_evalscript.runtime.scene import Scene
from oso_evalscript.semantics.colors.tables import Table
from oso_evalscript.semantics.dates import Period, named_periods
from oso_evalscript.semantics.directives import DeclaredBand, Directives
from oso_evalscript.semantics.script import Script

_OWN_FIELDS = ("date", "shId", "cloudCoverage", "dataPath")  # which a scene has as attributes
_MAX_CODES = 64  # whole numbers that are all made up, in patches
_DN_LIMIT = 255.0  # for bands the catalogue does not know


def make_scenes(
    setup: Setup,
    collections: tuple[Collection | None, ...] = (),
    *,
    size: int | tuple[int, int] = 256,
    acquisitions: Acquisitions = AS_USUAL,
    named: Sequence[Period] = (),
    seed: int = 0,
    nomenclature: str | Nomenclature = "oso-23",
    codes: Mapping[str, tuple[int, ...]] = MappingProxyType({}),
    tables: Sequence[Table] = (),
    declared: Mapping[str, DeclaredBand] = MappingProxyType({}),
) -> tuple[Scene, ...] | dict[str, tuple[Scene, ...]]:
    """Return made-up scenes for a contract, for several inputs by their names: each band, within its typical range.

    Values rise and fall smoothly with some noise; codes (classes, flags) come in patches; a round hole, at another
    place in each scene, has no data.

    Args:
        setup: the contract.
        collections: that of each input; where it is None the first one that has the bands stands in, and bands that
            none has hold 0 to 255.
        size: rows and columns, or one number for both.
        acquisitions: when the scenes are taken, and under how many clouds. Under SIMPLE there is one, the last of
            them, unless each date is given.
        named: the days, months and years that the script names; dates that are left to it are taken from them.
        seed: varies everything.
        nomenclature: the edition's classes, for land cover.
        codes: class codes of bands about which the catalogue knows none, by the name of the band.
        tables: the scales of the script; a single band has the numbers of the one that lies within its range.
        declared: the bands whose type and limits the script declares.
    """
    known = collections or (None,) * len(setup.inputs)
    shape, moments = (size, size) if isinstance(size, int) else size, acquisitions.moments(named)
    made = {}
    for index, (input, collection) in enumerate(zip(setup.inputs, known, strict=True)):
        single = setup.mosaicking_of(index) is Mosaicking.SIMPLE and not acquisitions.listed
        likely = collection or next(iter(candidates(input.bands)), None)
        made[setup.key(index)] = tuple(
            _scene(
                _bands(input, likely, shape, [seed, index, number], nomenclature, codes, tables, declared),
                likely,
                date,
                number,
                acquisitions,
            )
            for number, date in enumerate(moments[-1:] if single else moments)
        )
    return made if setup.fusion else made[setup.key(0)]


def _scene(
    bands: Mapping[str, NDArray[Any]],
    collection: Collection | None,
    date: dt.datetime,
    number: int,
    acquisitions: Acquisitions,
) -> Scene:
    """A scene with the fields that its collection is known to have."""
    fields = () if collection is None else collection.scene_fields
    clouded = bool(acquisitions.clouds) or not fields or "cloudCoverage" in fields
    return Scene(
        bands=bands,
        date=date,
        cloud_coverage=acquisitions.cloud_coverage(number) if clouded else None,
        data_path=made_up_path(collection, date),
        id=number + 1,
        fields={} if collection is None else other_fields(collection, date),
    )


def made_up_path(collection: Collection | None, date: dt.datetime) -> str:
    """Return the `dataPath` of a scene that does not exist."""
    return f"made-up/{'scene' if collection is None else collection.id}/{date:%Y%m%dT%H%M%S}"


def other_fields(collection: Collection, date: dt.datetime) -> dict[str, object]:
    """Return the fields that scenes of a collection have in addition to the common ones."""
    return {name: f"made-up-{date:%Y%m%dT%H%M%S}" for name in collection.scene_fields if name not in _OWN_FIELDS}


def made_up(
    program: Program,
    *,
    size: int | tuple[int, int] = 256,
    acquisitions: Acquisitions = AS_USUAL,
    seed: int = 0,
) -> tuple[Scene, ...] | dict[str, tuple[Scene, ...]]:
    """Return made-up scenes for a script, with the classes that it is about and the dates that it names.

    Args:
        program: the script.
        size: rows and columns, or one number for both.
        acquisitions: when the scenes are taken, and under how many clouds.
        seed: varies everything.
    """
    tree = parse(program.source)
    classes = find_classes(program.source, program.setup, program.origins)
    tables = (class_table(program.source, collection) for collection in program.origins)
    table = next((table for table in tables if table), None) or (classes and classes.table)
    return make_scenes(
        program.setup,
        program.origins,
        size=size,
        acquisitions=acquisitions,
        named=named_periods(tree),
        seed=seed,
        nomenclature=table or "oso-23",
        codes={} if classes is None else {classes.band: classes.codes},
        tables=Script(tree).tables,
        declared=Directives(tree).bands,
    )


def land_cover(
    size: int | tuple[int, int] = 256, seed: int = 0, nomenclature: str | Nomenclature = "oso-23"
) -> dict[str, NDArray[np.uint8]]:
    """Return a made-up land-cover scene of that size (rows and columns, or both in one), the same for the same seed.

    Patches of every class of an OSO nomenclature (each at least four times, as far as the pixels
    reach), a confidence that rises from left to right, a validity that rises downward, and a round hole without
    data, where every band is 0 as the service delivers it.
    """
    random = np.random.default_rng(seed)
    table = shipped_nomenclature(nomenclature) if isinstance(nomenclature, str) else nomenclature
    shape = (size, size) if isinstance(size, int) else size
    codes = np.tile(np.array(table.codes, dtype=np.uint8 if max(table.codes, default=0) < 256 else np.uint16), 4)
    random.shuffle(codes)
    nearest = _patches(random, len(codes), shape)
    right, down = (np.linspace(0, 1, max(length, 1)) for length in reversed(shape))
    noise = random.normal(0, 6, shape)
    mask = _hole(random, shape)
    bands = {
        "OCS": codes[nearest],
        "OCS_Confidence": np.clip(1 + 99 * right[np.newaxis, :] + noise, 1, 100).astype(np.uint8),
        "OCS_Validity": np.clip(1 + 44 * down[:, np.newaxis] + noise / 3, 1, 60).astype(np.uint8),
    }
    return {**{name: band * mask for name, band in bands.items()}, "dataMask": mask}


def _bands(
    input: Input,
    collection: Collection | None,
    shape: tuple[int, int],
    seed: list[int],
    nomenclature: str | Nomenclature,
    codes: Mapping[str, tuple[int, ...]],
    tables: Sequence[Table],
    declared: Mapping[str, DeclaredBand],
) -> dict[str, NDArray[Any]]:
    random = np.random.default_rng(seed)
    names, units = input.bands, dict(zip(input.bands, input.units, strict=False))
    if collection is not None and collection.nomenclature == "oso-23":
        return {
            name: band for name, band in land_cover(shape, seed[0] + seed[2], nomenclature).items() if name in names
        }
    scales = tables if len([name for name in names if name != "dataMask"]) == 1 else ()
    mask = _hole(random, shape)
    nodata = 0.0 if collection is None else collection.nodata
    bands: dict[str, NDArray[Any]] = {}
    for name in names:
        band = None if collection is None else collection.band(name)
        if name in declared and name not in codes:
            values = _of_declared(random, declared[name], shape)
        else:
            values = _values(random, band, units.get(name), shape, codes.get(name, ()), scales)
        bands[name] = mask if name == "dataMask" else np.where(mask, values, nodata).astype(np.float32)
    return bands


def _values(
    random: np.random.Generator,
    band: Band | None,
    unit: str | None,
    shape: tuple[int, int],
    codes: tuple[int, ...],
    scales: Sequence[Table],
) -> NDArray[Any]:
    if codes := codes or (tuple(code for code, _ in band.meanings) if band is not None else ()):
        return _in_patches(random, codes, shape)
    known = None if band is None else band.unit(unit or band.units[0]) or band.units[0]
    low, high = (0.0, _DN_LIMIT) if band is None or known is None else typical_range(band, known)
    if scales:
        low, high = own_range(scales, low, high)
    values = low + (high - low) * _waves(random, shape)
    return np.rint(values) if known in (None, "DN") else values


def _of_declared(random: np.random.Generator, band: DeclaredBand, shape: tuple[int, int]) -> NDArray[Any]:
    """Every value of a band of few whole numbers, else some between its limits."""
    if band.whole and band.largest - band.least < _MAX_CODES:
        return _in_patches(random, range(int(band.least), int(band.largest) + 1), shape)
    values = band.least + (band.largest - band.least) * _waves(random, shape)
    return np.rint(values) if band.whole else values


def _in_patches(random: np.random.Generator, codes: Sequence[int], shape: tuple[int, int]) -> NDArray[Any]:
    """Each code in four patches."""
    return random.permutation(np.tile(np.array(codes), 4))[_patches(random, 4 * len(codes), shape)]


def _waves(random: np.random.Generator, shape: tuple[int, int]) -> NDArray[Any]:
    """Shares between 0 and 1 that rise and fall smoothly, with some noise."""
    y, x = _places(shape)
    turns = random.uniform(0.5, 2.5, 2) * 2 * np.pi
    wave = 0.5 + 0.25 * np.sin(turns[0] * x + random.uniform(0, 6)) + 0.25 * np.sin(turns[1] * y + random.uniform(0, 6))
    share: NDArray[Any] = np.clip(wave + random.normal(0, 0.03, wave.shape), 0, 1)
    return share


def _patches(random: np.random.Generator, count: int, shape: tuple[int, int]) -> NDArray[np.intp]:
    """For each pixel the number of the nearest of `count` random points."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    nearest = np.zeros(shape, dtype=np.intp)
    least = np.full(shape, np.inf)
    for index, (row, column) in enumerate(random.uniform(0, 1, (count, 2)) * shape):
        distance = (y - row) ** 2 + (x - column) ** 2
        closer = distance < least
        nearest[closer] = index
        least[closer] = distance[closer]
    return nearest


def _places(shape: tuple[int, int]) -> NDArray[Any]:
    """Down and to the right, each from 0 to 1."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    return np.stack([y / max(shape[0], 1), x / max(shape[1], 1)])


def _hole(random: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """1 everywhere but in a disc."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    row, column = random.uniform(0.25, 0.75, 2) * shape
    mask: NDArray[np.uint8] = ((y - row) ** 2 + (x - column) ** 2 > (min(shape) / 9) ** 2).astype(np.uint8)
    return mask
