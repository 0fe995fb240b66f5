"""Where scenes come from: made-up ones for every collection, or rasters in folders."""

from __future__ import annotations

import datetime as dt
import math
import threading
import tomllib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np

from oso_evalscript.model.catalog import Collection, collections, named_collection
from oso_evalscript.model.contract import Input, Mosaicking, Output, Setup
from oso_evalscript.model.errors import ConfigError
from oso_evalscript.model.text import is_text, shortened
from oso_evalscript.rasters.grid import Grid, Window, overlap
from oso_evalscript.rasters.placing import geographic, geographic_box
from oso_evalscript.rasters.reading import Acquisition, Reader
from oso_evalscript.rasters.sources import Request as RasterRequest
from oso_evalscript.rasters.sources import find_acquisitions
from oso_evalscript.runtime.archive import Item, TooManyItems, find_items, is_dated, read_items
from oso_evalscript.runtime.noise import Places
from oso_evalscript.runtime.radar import COLLECTION as RADAR
from oso_evalscript.runtime.radar import missing_band, mode_at, radar_of
from oso_evalscript.runtime.scene import Scene
from oso_evalscript.runtime.world import Ground
from oso_evalscript.service.errors import EXCEPTION, NO_POLARIZATION, ServiceError, bad_payload
from oso_evalscript.service.node import Span
from oso_evalscript.service.programs import Deadline
from oso_evalscript.service.request import Data, has_clouds

_Key: TypeAlias = tuple[object, ...]
DegreeBox: TypeAlias = tuple[float, float, float, float]

MAX_VALUES = 2**28
"""So many values of bands are read for one request at most."""
_MAX_GROUND, _MAX_GROUNDS = 2**19, 8  # pixels of grids whose ground is kept for other dates, and how many of them
_MAX_KEPT = 128 * 2**20  # bytes of scenes that are kept for the next request that asks for the same


@dataclass(frozen=True, slots=True)
class Entry:
    """An acquisition as the catalogue lists it.

    Attributes:
        id: its name.
        date: when it was taken, None where that is not known.
        ring: the corners of its outline in degrees, the first again at the end.
        cover: returns the percent of it under clouds, None where that is not known; it may take a while.
        radar: how the radar took it, by the names of `dataFilter`; empty for all but made-up Sentinel-1.
    """

    id: str
    date: dt.datetime | None
    ring: tuple[tuple[float, float], ...]
    cover: Callable[[], float | None]
    radar: Mapping[str, str] = field(default_factory=dict)


class Source(Protocol):
    """Where scenes come from."""

    def read(
        self, data: Data, input: Input, grid: Grid, deadline: Deadline, mosaicking: Mosaicking
    ) -> tuple[Scene, ...]:
        """Return the scenes that a source of a request asks for, on a grid, the uppermost first."""

    def entries(self, collection: Collection, type_: str, box: DegreeBox, span: Span | None) -> tuple[Entry, ...]:
        """Return the acquisitions that touch a box in degrees, the newest first."""

    def types(self) -> tuple[str, ...]:
        """Return the types of the collections that there are scenes of."""

    def warn(self, data: Data, grid: Grid) -> tuple[str, ...]:
        """Return sentences about filters that do nothing here, or let nothing through."""


@dataclass(frozen=True, slots=True)
class MadeUp:
    """Scenes of a made-up world, the same for the same place and date.

    Attributes:
        seed: another seed is another world.
    """

    seed: int = 0
    _kept: OrderedDict[tuple[object, ...], tuple[Scene, ...]] = field(
        default_factory=OrderedDict, repr=False, compare=False
    )
    _grounds: OrderedDict[_Key, Ground] = field(default_factory=OrderedDict, repr=False, compare=False)
    _sizes: dict[_Key, int] = field(default_factory=dict, repr=False, compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def read(
        self, data: Data, input: Input, grid: Grid, deadline: Deadline, mosaicking: Mosaicking
    ) -> tuple[Scene, ...]:
        """Return the scenes that a source of a request asks for, on a grid, the uppermost first."""
        place = _place(grid)
        wanted = (data.collection.id, data.span, data.order, data.max_cloud_coverage, data.harmonized, data.radar)
        key = (*wanted, input.bands, input.units, place, mosaicking)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        scenes = self._made(data, input, grid, deadline, mosaicking)
        with self._lock:
            self._kept[key] = scenes
            self._sizes[key] = _bytes(scenes)
            while len(self._kept) > 1 and sum(self._sizes.values()) > _MAX_KEPT:
                del self._sizes[self._kept.popitem(last=False)[0]]
        return scenes

    def _ground(self, grid: Grid) -> Ground:
        """What lies below the pixels of a grid, kept for other dates where it is small."""
        key = _place(grid)
        with self._lock:
            if key in self._grounds:
                self._grounds.move_to_end(key)
                return self._grounds[key]
        ground = Ground(Places(*geographic(grid)), self.seed)
        if grid.width * grid.height <= _MAX_GROUND:
            with self._lock:
                self._grounds[key] = ground
                while len(self._grounds) > _MAX_GROUNDS:
                    self._grounds.popitem(last=False)
        return ground

    def _made(
        self, data: Data, input: Input, grid: Grid, deadline: Deadline, mosaicking: Mosaicking
    ) -> tuple[Scene, ...]:
        try:
            items = list(find_items(data.collection, geographic_box(grid.crs, grid.bounds), data.span, seed=self.seed))
        except TooManyItems as error:
            raise ServiceError(400, EXCEPTION, f"{error}.") from None
        if data.max_cloud_coverage < 100 and has_clouds(data.collection):
            items = [item for item in items if item.cloud_coverage <= data.max_cloud_coverage]
        if data.collection.id == RADAR:
            items = _taken_so(items, data, input)
        if data.order == "leastRecent":
            items.reverse()
        elif data.order == "leastCC":
            items.sort(key=lambda item: item.cloud_coverage)
        simple, merged = mosaicking is Mosaicking.SIMPLE, False
        if not simple:
            merged = mosaicking is Mosaicking.ORBIT and _amount(grid, input, len(items)) > MAX_VALUES
            check_amount(grid, input, len({item.date.date() for item in items}) if merged else len(items))
        ground = self._ground(grid)
        return read_items(
            items,
            input,
            data.collection,
            ground,
            simple=simple,
            merged=merged,
            harmonized=data.harmonized,
            progress=deadline,
        )

    def entries(self, collection: Collection, type_: str, box: DegreeBox, span: Span | None) -> tuple[Entry, ...]:
        """Return the acquisitions that touch a box in degrees, the newest first."""
        if not is_dated(collection):
            return ()
        try:
            items = find_items(collection, box, span, seed=self.seed)
        except TooManyItems as error:
            raise ServiceError(400, EXCEPTION, f"{error}.") from None
        clouded = has_clouds(collection)
        radar = radar_of if collection.id == RADAR else lambda item: {}
        return tuple(
            Entry(item.id, item.date, item.ring, partial(_cover, item if clouded else None), radar(item))
            for item in items
        )

    def types(self) -> tuple[str, ...]:
        """Return the types of the collections that there are scenes of."""
        return tuple(dict.fromkeys(item.type for item in collections() if "<" not in item.type))

    def warn(self, data: Data, grid: Grid) -> tuple[str, ...]:
        """Return sentences about filters that do nothing here, or let nothing through."""
        if data.collection.id != RADAR:
            return _unheeded(data)
        _, bottom, _, top = geographic_box(grid.crs, grid.bounds)
        modes = [mode_at(latitude) for latitude in range(math.floor(bottom), math.ceil(top))]
        if any(all(mode.get(name, word) == word for name, word in data.radar) for mode in modes):
            return ()
        asked = ", ".join(f"{name} {word}" for name, word in data.radar)
        land, polar = ("/".join(mode_at(latitude).values()) for latitude in (0, 90))
        return (f"no scene has {asked}: made-up Sentinel-1 is {land} from 60° S to 66° N, and {polar} beyond",)


@dataclass(frozen=True, slots=True)
class Folders:
    """Rasters in folders, one for each collection.

    Attributes:
        folders: type of a collection → the folder with its files.
        anything: a folder that holds the scenes of every collection that is asked for; None where there is none.
    """

    folders: Mapping[str, Path]
    anything: Path | None = None

    def read(
        self, data: Data, input: Input, grid: Grid, deadline: Deadline, mosaicking: Mosaicking
    ) -> tuple[Scene, ...]:
        """Return the scenes that a source of a request asks for, on a grid, the uppermost first."""
        folder = self._folder(data.type, data.collection)
        found = [
            item
            for item in find_acquisitions(folder, RasterRequest(input, data.collection, {}))
            if _is_within(item, data.span) and _is_clear(item, data.max_cloud_coverage) and _touches(item, grid)
        ]
        if not found:
            return ()
        check_amount(grid, input, len(found))
        setup = Setup((replace(input, datasource=None),), (Output(1),), Mosaicking.SIMPLE)
        with Reader(
            grid, setup, (tuple(found),), (data.collection,), resampling=data.resampling, overview=True
        ) as reader:
            scenes: list[Scene] = reader.read_scenes(Window(0, 0, grid.height, grid.width))
        return tuple(scenes)

    def entries(self, collection: Collection, type_: str, box: DegreeBox, span: Span | None) -> tuple[Entry, ...]:
        """Return the acquisitions that touch a box in degrees, the newest first."""
        folder = self._folder(type_, collection)
        found = []
        for item in find_acquisitions(folder, RasterRequest(Input(("dataMask",)), collection, {})):
            layer = next(iter(item.layers.values()))
            left, bottom, right, top = geographic_box(layer.file.grid.crs, layer.file.grid.bounds)
            ring = ((left, bottom), (right, bottom), (right, top), (left, top), (left, bottom))
            if _is_within(item, span) and left <= box[2] and right >= box[0] and bottom <= box[3] and top >= box[1]:
                found.append(
                    Entry(item.data_path or Path(layer.file.path).stem, item.date, ring, partial(_cover, item))
                )
        begin = dt.datetime.min.replace(tzinfo=dt.UTC)
        return tuple(sorted(found, key=lambda entry: entry.date or begin, reverse=True))

    def types(self) -> tuple[str, ...]:
        """Return the types of the collections that there are scenes of."""
        return tuple(self.folders)

    def warn(self, data: Data, grid: Grid) -> tuple[str, ...]:
        """Return sentences about filters that do nothing here, or let nothing through."""
        return _unheeded(data)

    def _folder(self, type_: str, collection: Collection) -> Path:
        found = self.folders.get(type_) or self.folders.get(collection.type) or self.anything
        if found is None:
            there = ", ".join(self.folders)
            raise bad_payload(f"There are no data of the collection {type_[:80]}; there are those of {there}.")
        return found


def open_source(data: str | Path | Mapping[str, str | Path] | None, *, seed: int = 0) -> Source:
    """Return where scenes come from.

    Args:
        data: a folder with a folder for each collection, named by its type or as `collections.toml` in it says; or a
            folder with scenes, which are then those of every collection; or a mapping from types to folders. None for
            made-up scenes.
        seed: that of made-up scenes.

    Raises:
        ConfigError: there is no such folder, or a collection that nobody knows.
    """
    if data is None:
        return MadeUp(seed)
    if isinstance(data, Mapping):
        return Folders({_type_of(name): _checked(Path(path)) for name, path in data.items()})
    root = _checked(Path(data))
    if not root.is_dir():
        raise ConfigError(f"{root}: not a folder")
    listing = root / "collections.toml"
    if listing.is_file():
        return Folders({_type_of(name): _checked(root / path) for name, path in _read_listing(listing).items()})
    named = {
        _type_of(path.name): path for path in sorted(root.iterdir()) if path.is_dir() and named_collection(path.name)
    }
    return Folders(named, None if named else root)


def check_amount(grid: Grid, input: Input, scenes: int) -> None:
    """Refuse to read more than this machine should hold at once.

    Raises:
        ServiceError: there are too many values.
    """
    values = _amount(grid, input, scenes)
    if values > MAX_VALUES:
        raise ServiceError(
            400,
            EXCEPTION,
            f"The request reads {values:,} values ({scenes:,} scenes of {grid.width} x {grid.height} pixels), more "
            f"than {MAX_VALUES:,}, the limit on this machine: ask for a smaller image or a shorter time range.",
        )


def _cover(item: Item | Acquisition | None) -> float | None:
    return None if item is None else item.cloud_coverage


def _taken_so(items: Sequence[Item], data: Data, input: Input) -> list[Item]:
    """The acquisitions of Sentinel-1 that were taken as a filter asks.

    Raises:
        ServiceError: one of them lacks a band.
    """
    kept = [item for item in items if all(radar_of(item)[name] == word for name, word in data.radar)]
    for item in kept:
        missing = missing_band(item, input.bands)
        if missing is not None:
            text = f"Requested band '{missing}' is not present in Sentinel 1 tile '{item.id}' returned by criteria"
            raise ServiceError(400, NO_POLARIZATION, f"{text} specified in `dataFilter` parameter.")
    return kept


def _unheeded(data: Data) -> tuple[str, ...]:
    return tuple(f"`dataFilter->{name}` of {data.type[:80]} was ignored" for name, _ in data.radar)


def _amount(grid: Grid, input: Input, scenes: int) -> int:
    return grid.width * grid.height * max(len(input.bands), 1) * scenes


def _place(grid: Grid) -> _Key:
    return grid.crs.to_wkt(), tuple(grid.transform), grid.width, grid.height


def _bytes(scenes: Sequence[Scene]) -> int:
    arrays = {id(band): np.asarray(band).nbytes for scene in scenes for band in scene.bands.values()}
    return sum(arrays.values())


def _is_within(item: Acquisition, span: Span | None) -> bool:
    return span is None or item.date is None or span[0] <= item.date <= span[1]


def _is_clear(item: Acquisition, most: float) -> bool:
    return item.cloud_coverage is None or item.cloud_coverage <= most


def _touches(item: Acquisition, grid: Grid) -> bool:
    return any(overlap(layer.file.grid, grid) for layer in item.layers.values())


def _type_of(name: str) -> str:
    known = named_collection(name)
    if known is None:
        raise ConfigError(f"`{name}` is not a collection: expected a type such as sentinel-2-l2a, or byoc-…")
    return known.type if "<" not in known.type else name


def _checked(path: Path) -> Path:
    if is_text(path):
        raise ConfigError(f"expected a folder of scenes, not the text {shortened(path)}")
    if not path.exists():
        raise ConfigError(f"{path}: No such file or directory")
    return path


def _read_listing(path: Path) -> dict[str, str]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from None
    stray = next((name for name, value in found.items() if not isinstance(value, str)), None)
    if stray is not None:
        raise ConfigError(f"{path}: `{stray}` has to be the name of a folder")
    return {name: str(value) for name, value in found.items()}
