"""An archive of made-up acquisitions: which there are of a collection, and what they show at some places."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.catalog import Collection, typical_range
from oso_evalscript.model.contract import Input
from oso_evalscript.runtime.noise import Places, number
from oso_evalscript.runtime.scene import Scene
from oso_evalscript.runtime.surfaces import band_values
from oso_evalscript.runtime.synthetic import other_fields
from oso_evalscript.runtime.world import CLOUDY, Ground, Moment, cloud_cover

Span: TypeAlias = tuple[dt.datetime, dt.datetime]
Box: TypeAlias = tuple[float, float, float, float]
"""Left, bottom, right and top in degrees."""

MASK = "dataMask"
_YEARLY = ("cnes-land-cover", "esa-worldcover", "corine-land-cover")
_DAILY = ("sentinel-3-olci", "sentinel-3-olci-l2", "sentinel-3-slstr", "sentinel-5p-l2", "modis", "planetscope")
_REVISIT = {"sentinel-1-grd": 6, "hls": 3, "dem": 0}
_USUAL_REVISIT = 5
_PHASE = {"sentinel-1-grd": 4}  # days by which collections do not pass on the same ones
_FIRST = {"sentinel-2-l2a": 2017, "sentinel-2-l1c": 2015, "sentinel-1-grd": 2014, "cnes-land-cover": 2018}
_LANDSAT_REVISIT = 8
_SWATH, _SLANT = 2.5, 0.2  # degrees: the width of a swath, and how far it drifts to the west on each to the north
_LARGE_TILE = 5.0
_SAMPLES = 32  # places along a side of a tile from which its cloud cover is told
_OFFSET_SINCE = dt.datetime(2022, 1, 25, tzinfo=dt.UTC)
_OFFSET = 1000
_MAX_ITEMS = 20_000
_EARLIEST, _LATEST = dt.datetime(1972, 1, 1, tzinfo=dt.UTC), dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


class TooManyItems(ValueError):
    """So many acquisitions are asked for that they cannot be listed."""


@dataclass(frozen=True, slots=True)
class Item:
    """One acquisition of the archive: a tile of a swath.

    Attributes:
        collection: the id of its collection in the catalogue.
        date: when it was taken, in UTC.
        tile: left, bottom, right and top of the tile, in degrees.
        swath: the number of the swath; None for data without any.
        seed: that of the archive.
    """

    collection: str
    date: dt.datetime
    tile: Box
    swath: int | None
    seed: int = 0

    @property
    def id(self) -> str:
        """A name of its own."""
        left, bottom = round(self.tile[0]), round(self.tile[1])
        place = f"{abs(bottom):02}{'N' if bottom >= 0 else 'S'}{abs(left):03}{'E' if left >= 0 else 'W'}"
        return f"made-up-{self.collection}-{self.date:%Y%m%dT%H%M%S}-{place}"

    @property
    def cloud_coverage(self) -> float:
        """The percent of the tile that clouds hide."""
        return _cloud_cover(self)

    @property
    def ring(self) -> tuple[tuple[float, float], ...]:
        """The corners of what it covers, the first again at the end."""
        left, bottom, right, top = self.tile
        corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
        if self.swath is not None:
            corners = _clipped(corners, self.swath * _SWATH, 1)
            corners = _clipped(corners, (self.swath + 1) * _SWATH, -1)
        return (*corners, corners[0]) if corners else ()

    def covers(self, places: Places) -> NDArray[np.bool_]:
        """Return which places it covers, of shape (y, x)."""
        left, bottom, right, top = self.tile
        longitude, latitude = places.longitude, places.latitude
        inside = (longitude >= left) & (longitude < right) & ((latitude >= bottom) & (latitude < top))
        if self.swath is not None:
            inside = inside & (np.floor((longitude + _SLANT * latitude) / _SWATH) == self.swath)
        return np.broadcast_to(inside, places.shape)


def find_items(collection: Collection, box: Box, span: Span | None, *, seed: int = 0) -> tuple[Item, ...]:
    """Return the acquisitions that touch a box within a time range, the newest first.

    Args:
        collection: of which.
        box: in degrees.
        span: from when to when, both ends included; None for the last fourteen days before 2024, or for what has no
            date of its own.
        seed: that of the archive.

    Raises:
        TooManyItems: there are more than anybody can look at.
    """
    found: list[Item] = []
    begin, end = _within_archive(collection, span)
    for swath, left, bottom, side in _tiles(collection, box):
        if len(found) > _MAX_ITEMS:
            raise TooManyItems(f"more than {_MAX_ITEMS:,} acquisitions in this box and time range")
        tile = (left, bottom, left + side, bottom + side)
        for date in _dates(collection, swath, begin, end):
            moment = date + dt.timedelta(seconds=round(-14 * bottom), milliseconds=24)
            moment = moment if date.hour else date
            item = Item(collection.id, moment, tile, swath, seed)
            if begin <= moment <= end and (swath is None or item.ring):
                found.append(item)
            if len(found) > _MAX_ITEMS:
                break
    return tuple(sorted(found, key=lambda item: (item.date, item.tile), reverse=True))


def is_dated(collection: Collection) -> bool:
    """Return whether scenes of a collection have dates; heights have none."""
    return _revisit(collection) > 0


def read_items(
    items: Sequence[Item],
    input: Input,
    collection: Collection,
    ground: Ground,
    *,
    simple: bool = False,
    merged: bool = False,
    harmonized: bool = True,
    progress: Callable[[], None] | None = None,
) -> tuple[Scene, ...]:
    """Return what acquisitions show at some places, as scenes for `Program.run`.

    Args:
        items: the acquisitions, the uppermost first.
        input: the bands and their units.
        collection: where they come from.
        ground: where; what it has worked out once serves all dates.
        simple: whether they are flattened to one, so that those which are hidden everywhere can be left out.
        merged: whether those of one day become one scene, which tells of the first of them alone.
        harmonized: whether digital numbers of Sentinel-2 are those of before 2022, as the service gives them.
        progress: called before each acquisition; it may raise to stop.
    """
    if not items:
        return ()
    places = ground.places
    digital = _is_digital(input, collection)
    days: dict[dt.date, dict[str, NDArray[Any]]] = {}
    scenes: list[Scene] = []
    open_ = np.ones(places.shape, np.bool_)
    for item, *others in _groups(items, merged):
        if progress is not None:
            progress()
        mask = np.logical_or.reduce([each.covers(places) for each in (item, *others)])
        if simple and not (mask & open_).any():
            continue
        open_ = open_ & ~mask
        if item.date.date() not in days:
            days[item.date.date()] = _bands(Moment(ground, item.date), input, collection, digital, harmonized)
        bands = {**days[item.date.date()], MASK: mask.astype(np.uint8)}
        scenes.append(_scene(item, bands, collection, "DN" if digital else None, len(scenes)))
        if simple and not open_.any():
            break
    return tuple(scenes)


def _groups(items: Sequence[Item], merged: bool) -> list[list[Item]]:
    """The acquisitions that become one scene each: those of a day in the order of the first of them, or each alone."""
    if not merged:
        return [[item] for item in items]
    days: dict[dt.date, list[Item]] = {}
    for item in items:
        days.setdefault(item.date.date(), []).append(item)
    return list(days.values())


def _scene(
    item: Item, bands: Mapping[str, NDArray[Any]], collection: Collection, units: str | None, place: int
) -> Scene:
    fields = collection.scene_fields
    clouded = not fields or "cloudCoverage" in fields
    ring = [list(corner) for corner in item.ring]
    return Scene(
        bands=bands,
        date=item.date,
        units=units,
        cloud_coverage=item.cloud_coverage if clouded else None,
        data_path=f"made-up/{item.collection}/{item.id}",
        id=int(number(item.date.toordinal(), round(item.tile[0]), round(item.tile[1])) * 10**8) + place,
        geometry={"type": "Polygon", "coordinates": [ring]},
        fields=other_fields(collection, item.date),
    )


def _bands(
    moment: Moment, input: Input, collection: Collection, digital: bool, harmonized: bool
) -> dict[str, NDArray[Any]]:
    """The bands that an input asks for, in digital numbers or in the units that it asks for."""
    asked = dict(zip(input.bands, input.units, strict=False))
    found: dict[str, NDArray[Any]] = {}
    for name in input.bands:
        if name == MASK:
            continue
        band = collection.band(name)
        values = band_values(moment, collection, band, name)
        unit = asked.get(name) or (band.units[0] if band else "DN")
        factor = None if band is None else band.factor(band.units[0])
        if band is not None and factor not in (None, 1.0):
            numbers = np.rint(values / np.float32(factor)).astype(np.uint16)
            if not harmonized and unit.upper() == "DN" and moment.date >= _OFFSET_SINCE:
                numbers = numbers + np.uint16(_OFFSET)
            values = numbers if digital else numbers * (band.factor(unit) or 1.0)
        elif band is not None and not digital and band.unit(unit) not in (None, band.units[0]):
            values = _in_unit(values, typical_range(band, band.units[0]), typical_range(band, unit))
        found[name] = values
    return found


def _in_unit(values: NDArray[Any], own: tuple[float, float], wanted: tuple[float, float]) -> NDArray[Any]:
    """Values in another unit whose factor is not known: at the same place of its usual range."""
    part = (values.astype(np.float64) - own[0]) / max(own[1] - own[0], 1e-9)
    result: NDArray[Any] = wanted[0] + part * (wanted[1] - wanted[0])
    return result


def _is_digital(input: Input, collection: Collection) -> bool:
    """Whether scenes can be handed over as digital numbers: every band has such, and its factor is known."""
    bands = [collection.band(name) for name in input.bands if name != MASK]
    return bool(bands) and all(
        band is not None and band.unit("DN") is not None and band.factor(band.units[0]) is not None for band in bands
    )


def _revisit(collection: Collection) -> int:
    """Days from one acquisition to the next; 0 for data without dates."""
    if collection.id in _YEARLY:
        return 365
    if collection.id in _DAILY:
        return 1
    return _LANDSAT_REVISIT if collection.id.startswith("landsat") else _REVISIT.get(collection.id, _USUAL_REVISIT)


def _within_archive(collection: Collection, span: Span | None) -> Span:
    if not is_dated(collection):
        return _EARLIEST, _LATEST
    begin, end = span or (dt.datetime(2023, 12, 17, tzinfo=dt.UTC), dt.datetime(2023, 12, 31, 23, 59, tzinfo=dt.UTC))
    first = dt.datetime(_FIRST.get(collection.id, 1972), 1, 1, tzinfo=dt.UTC)
    return max(begin, first), min(end, _LATEST)


def _tiles(collection: Collection, box: Box) -> Iterator[tuple[int | None, float, float, float]]:
    """Swath, left, bottom and side of the tiles that a box touches."""
    revisit = _revisit(collection)
    if revisit in (0, 365):
        yield None, -180.0, -180.0, 360.0
        return
    side = _LARGE_TILE if revisit == 1 else 1.0
    left, bottom, right, top = max(box[0], -180.0), max(box[1], -90.0), min(box[2], 180.0), min(box[3], 90.0)
    columns, rows = _steps(left, right, side), _steps(bottom, top, side)
    if len(columns) * len(rows) > _MAX_ITEMS:
        raise TooManyItems(f"the box covers more than {_MAX_ITEMS:,} tiles")
    for row in rows:
        for column in columns:
            x, y = column * side, row * side
            if revisit == 1:
                yield None, x, y, side
                continue
            touched = max(x, left), max(y, bottom), min(x + side, right), min(y + side, top)
            low, high = touched[0] + _SLANT * touched[1], touched[2] + _SLANT * touched[3]
            for swath in _steps(low, high, _SWATH):
                yield swath, x, y, side


def _steps(low: float, high: float, side: float) -> range:
    """The numbers of the cells of that side that a stretch touches."""
    first = int(np.floor(low / side))
    return range(first, max(int(np.ceil(high / side)), first + 1))


def _dates(collection: Collection, swath: int | None, begin: dt.datetime, end: dt.datetime) -> Iterator[dt.datetime]:
    """Days with an acquisition, in the morning; those of yearly data on the first of January."""
    revisit = _revisit(collection)
    if revisit == 0:
        yield dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
        return
    if revisit == 365:
        yield from (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in range(begin.year, end.year + 1))
        return
    phase = 0 if swath is None else (2 * swath + _PHASE.get(collection.id, 2)) % revisit
    day = begin.toordinal()
    day += (phase - day) % revisit
    while day <= end.toordinal():
        yield dt.datetime.fromordinal(day).replace(hour=10, minute=15, second=31, tzinfo=dt.UTC)
        day += revisit


def _clipped(corners: list[tuple[float, float]], edge: float, side: int) -> list[tuple[float, float]]:
    """The part of a polygon on one side of the edge of a swath."""
    kept: list[tuple[float, float]] = []
    for one, other in zip(corners, corners[1:] + corners[:1], strict=True):
        here, there = (side * (x + _SLANT * y - edge) for x, y in (one, other))
        if here >= 0:
            kept.append(one)
        if (here > 0 > there) or (here < 0 < there):
            part = here / (here - there)
            kept.append((one[0] + (other[0] - one[0]) * part, one[1] + (other[1] - one[1]) * part))
    return kept if len(kept) > 2 else []


_covers: OrderedDict[tuple[int, Box, int | None, int], float] = OrderedDict()
_lock = threading.Lock()
_MAX_COVERS = 50_000


def _cloud_cover(item: Item) -> float:
    """Told from places all over the part of the tile that the swath covers, and remembered."""
    key = (item.date.toordinal(), item.tile, item.swath, item.seed)
    with _lock:
        if key in _covers:
            return _covers[key]
    left, bottom, right, top = item.tile
    steps = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    places = Places((left + (right - left) * steps)[np.newaxis, :], (bottom + (top - bottom) * steps)[:, np.newaxis])
    moment, covered = Moment(Ground(places, item.seed), item.date), item.covers(places)
    hidden = moment.opacity[covered]
    cover = round(float(100 * np.mean(hidden > CLOUDY)), 2) if hidden.size else round(cloud_cover(moment), 2)
    with _lock:
        _covers[key] = cover
        if len(_covers) > _MAX_COVERS:
            _covers.popitem(last=False)
    return cover
