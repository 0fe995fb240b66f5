"""TIFF, as far as a COG written in pieces needs it: GDAL encodes the tiles, and this puts them into one file.

GDAL's own COG driver copies a whole file and cannot be resumed; `odc.geo.cog` holds all compressed tiles in memory, and
`tifffile` writes each directory behind its tiles, which a COG must not (docs/decisions/0012-a-cog-in-pieces.md).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

_TYPES = {1: "B", 2: "B", 3: "H", 4: "I", 5: "II", 11: "f", 12: "d", 16: "Q"}  # codes of TIFF 6.0 and of BigTIFF
_SUBFILE, _WIDTH, _HEIGHT = 254, 256, 257
_STRIP_TAGS = {273, 278, 279}
_TILE_WIDTH, _TILE_HEIGHT, _OFFSETS, _COUNTS = 322, 323, 324, 325
_OF_THE_WHOLE = {33550, 33922, 34264, 34735, 34736, 34737, 42112}  # georeferencing and GDAL's metadata
_LAYOUT = b"LAYOUT=IFDS_BEFORE_DATA\n"
_GHOST = b"GDAL_STRUCTURAL_METADATA_SIZE=%06d bytes\n" % len(_LAYOUT) + _LAYOUT
_CLASSIC_LIMIT = 2**32 - 2**20


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a directory: the code of its type, how many values it has, and their bytes."""

    type: int
    count: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Encoding:
    """How tiles are stored; hashable, and all that GDAL needs to encode one.

    Attributes:
        dtype: the element type, in numpy's words.
        bands: how many values a pixel has.
        tile: rows and columns of a tile.
        compress: `deflate`, `zstd` or `none`.
        predictor: 1 for none, 2 for differences, 3 for those of floating-point numbers.
        level: how hard is tried to compress, None for GDAL's own default.
        photometric: `RGB` or `MINISBLACK`.
    """

    dtype: str
    bands: int
    tile: int
    compress: str
    predictor: int
    level: int | None
    photometric: str

    def profile(self, height: int, width: int) -> dict[str, Any]:
        """Return the arguments with which rasterio writes such tiles."""
        options: dict[str, Any] = {
            "driver": "GTiff",
            "height": height,
            "width": width,
            "count": self.bands,
            "dtype": self.dtype,
            "tiled": True,
            "blockxsize": self.tile,
            "blockysize": self.tile,
            "interleave": "pixel",
            "endianness": "LITTLE",
            "photometric": self.photometric,
            "transform": from_origin(1, 1, 1, 1),  # else rasterio warns that it lies nowhere
        }
        if self.compress != "none":
            options |= {"compress": self.compress, "predictor": self.predictor}
            if self.level is not None:
                options["zlevel" if self.compress == "deflate" else "zstd_level"] = self.level
        return options


def encode(pixels: NDArray[Any], encoding: Encoding) -> list[list[bytes]]:
    """Return the tiles of some pixels, row by row, as they stand in a file.

    Args:
        pixels: shape (band, y, x); fastest where the bands of a pixel lie together in memory.
        encoding: how they are stored.
    """
    _, height, width = pixels.shape
    if encoding.compress == "none":
        return _raw(pixels, encoding)
    if encoding.predictor == 1:
        pixels, encoding, across = _as_one_band(pixels, encoding)
    else:
        across = encoding.tile
    with MemoryFile() as memory:
        profile = {**encoding.profile(height, pixels.shape[2]), "blockxsize": across}
        with memory.open(**profile) as dataset:
            dataset.write(pixels)
        data = bytes(memory.getbuffer())
    entries = directory(data)
    offsets, counts = numbers(entries[_OFFSETS]), numbers(entries[_COUNTS])
    tiles = [data[start : start + count] for start, count in zip(offsets, counts, strict=True)]
    columns = -(-width // encoding.tile)
    return [tiles[start : start + columns] for start in range(0, len(tiles), columns)]


def _as_one_band(pixels: NDArray[Any], encoding: Encoding) -> tuple[NDArray[Any], Encoding, int]:
    """The bytes of some pixels as a band of its own, which gives the same tiles, and the columns of a tile there.

    Without a predictor a tile is compressed as bytes, whatever they mean; GDAL takes much longer for several bands, for
    it copies each by itself.
    """
    _, height, width = pixels.shape
    rows = np.ascontiguousarray(np.moveaxis(pixels, 0, -1).astype(pixels.dtype.newbyteorder("<"), copy=False))
    size = rows.shape[2] * rows.itemsize
    plain = replace(encoding, dtype="uint8", bands=1, photometric="MINISBLACK")
    return rows.view(np.uint8).reshape(1, height, width * size), plain, encoding.tile * size


def _raw(pixels: NDArray[Any], encoding: Encoding) -> list[list[bytes]]:
    """Tiles that are not compressed; beyond the raster they hold zeros."""
    _, height, width = pixels.shape
    side = encoding.tile
    rows = np.moveaxis(pixels, 0, -1).astype(pixels.dtype.newbyteorder("<"), copy=False)
    below, beside = -height % side, -width % side
    if below or beside:
        rows = np.pad(rows, ((0, below), (0, beside), (0, 0)))
    return [[rows[y : y + side, x : x + side].tobytes() for x in range(0, width, side)] for y in range(0, height, side)]


def decode(tile: bytes, encoding: Encoding, height: int, width: int) -> NDArray[Any]:
    """Return the pixels of one tile, shape (band, y, x), of which the first rows and columns count."""
    side = encoding.tile
    template = _template(encoding, side, side)
    entries = {**template, _OFFSETS: Entry(4, 1, b"\0" * 4), _COUNTS: Entry(4, 1, struct.pack("<I", len(tile)))}
    start = len(_written(entries, 8, 0, big=False)) + 8
    entries[_OFFSETS] = Entry(4, 1, struct.pack("<I", start))
    data = struct.pack("<2sHI", b"II", 42, 8) + _written(entries, 8, 0, big=False) + tile
    with MemoryFile(data) as memory, memory.open() as dataset:
        values: NDArray[Any] = dataset.read()
    return values[:, :height, :width]


def _template(encoding: Encoding, height: int, width: int) -> dict[int, Entry]:
    with MemoryFile() as memory:
        with memory.open(**encoding.profile(height, width), SPARSE_OK=True):
            pass
        return directory(bytes(memory.getbuffer()))


def describe(encoding: Encoding, georeference: Mapping[str, Any], dress: Any) -> dict[int, Entry]:
    """Return the entries with which GDAL describes such a raster, taken from a file without pixels.

    Args:
        encoding: how its tiles are stored.
        georeference: the arguments `crs`, `transform` and `nodata` of rasterio.
        dress: is given the open dataset, to set colours, descriptions and tags.
    """
    with MemoryFile() as memory:
        profile = {**encoding.profile(encoding.tile, encoding.tile), **georeference}
        with memory.open(**profile, SPARSE_OK=True) as dataset:
            dress(dataset)
        return directory(bytes(memory.getbuffer()))


def directory(data: bytes) -> dict[int, Entry]:
    """Return the first directory of a small classic TIFF file, tag → entry."""
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    found = {}
    for index in range(count):
        at = start + 2 + 12 * index
        tag, kind, number = struct.unpack_from("<HHI", data, at)
        size = number * struct.calcsize("<" + _TYPES[kind])
        where = at + 8 if size <= 4 else struct.unpack_from("<I", data, at + 8)[0]
        found[tag] = Entry(kind, number, data[where : where + size])
    return found


def numbers(entry: Entry) -> list[int]:
    """Return the values of an entry of whole numbers."""
    return list(struct.unpack(f"<{entry.count}{_TYPES[entry.type]}", entry.data))


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a pyramid: its size, and where its tiles stand in its part file.

    Attributes:
        height: rows of pixels.
        width: columns.
        offsets: from the beginning of the part, tile by tile, row by row.
        counts: the bytes of each tile.
        size: the bytes of the part.
    """

    height: int
    width: int
    offsets: NDArray[np.uint64]
    counts: NDArray[np.uint32]
    size: int


def header(template: Mapping[int, Entry], levels: Sequence[Level]) -> bytes:
    """Return all that stands before the tiles of a COG: the smallest overview's tiles follow, the raster's come last.

    Args:
        template: what GDAL says of the raster, see `describe`.
        levels: the raster, then its overviews, each half of the one before.
    """
    big = sum(level.size for level in levels) > _CLASSIC_LIMIT
    directories = _directories(template, levels, [0] * len(levels), big=big)
    start = len(directories)
    bases = []
    for level in reversed(levels):
        bases.append(start)
        start += level.size
    return _directories(template, levels, bases[::-1], big=big)


def header_in_place(template: Mapping[int, Entry], level: Level) -> bytes:
    """Return what stands before the tiles of a raster without overviews that lie in the file they are to stay in."""
    return _directories(template, [level], [0], big=level.size > _CLASSIC_LIMIT)


def room_for(template: Mapping[int, Entry], tiles: int) -> int:
    """Return how many bytes `header_in_place` takes at most."""
    nowhere = Level(1, 1, np.zeros(tiles, np.uint64), np.zeros(tiles, np.uint32), 0)
    return max(len(_directories(template, [nowhere], [0], big=big)) for big in (False, True))


def _directories(template: Mapping[int, Entry], levels: Sequence[Level], bases: Sequence[int], *, big: bool) -> bytes:
    head = 16 if big else 8
    first = head + len(_GHOST)
    first += -first % 8
    start = struct.pack("<2sHHHQ", b"II", 43, 8, 0, first) if big else struct.pack("<2sHI", b"II", 42, first)
    data = (start + _GHOST).ljust(first, b"\0")
    for index, (level, base) in enumerate(zip(levels, bases, strict=True)):
        entries = _entries(template, level, base, overview=index > 0, big=big)
        size = len(_written(entries, len(data), 0, big=big))
        following = 0 if index + 1 == len(levels) else len(data) + size
        data += _written(entries, len(data), following, big=big)
    return data


def _entries(template: Mapping[int, Entry], level: Level, base: int, *, overview: bool, big: bool) -> dict[int, Entry]:
    """The directory of one level."""
    dropped = _STRIP_TAGS | (_OF_THE_WHOLE if overview else set())
    entries = {tag: entry for tag, entry in template.items() if tag not in dropped}
    offsets = (level.offsets + np.uint64(base)).astype("<u8" if big else "<u4").tobytes()
    entries[_WIDTH] = Entry(4, 1, struct.pack("<I", level.width))
    entries[_HEIGHT] = Entry(4, 1, struct.pack("<I", level.height))
    entries[_OFFSETS] = Entry(16 if big else 4, len(level.offsets), offsets)
    entries[_COUNTS] = Entry(4, len(level.counts), level.counts.astype("<u4").tobytes())
    if overview:
        entries[_SUBFILE] = Entry(4, 1, struct.pack("<I", 1))
    return entries


def _written(entries: Mapping[int, Entry], start: int, following: int, *, big: bool) -> bytes:
    """A directory that begins at `start`, with the values that do not fit into it behind it."""
    room, step = (8, 20) if big else (4, 12)
    behind = start + (8 if big else 2) + step * len(entries) + room
    inside, outside = b"", b""
    for tag, entry in sorted(entries.items()):
        inside += struct.pack("<HHQ" if big else "<HHI", tag, entry.type, entry.count)
        if len(entry.data) <= room:
            inside += entry.data.ljust(room, b"\0")
        else:
            outside += b"\0" * (-(behind + len(outside)) % 8)
            inside += struct.pack("<Q" if big else "<I", behind + len(outside))
            outside += entry.data
    outside += b"\0" * (-(behind + len(outside)) % 8)
    count = struct.pack("<Q" if big else "<H", len(entries))
    return count + inside + struct.pack("<Q" if big else "<I", following) + outside


def gdal_version() -> str:
    """Return the version of GDAL that encodes the tiles."""
    return str(rasterio.__gdal_version__)
