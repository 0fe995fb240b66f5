"""Part files: a COG while it is being written, in bounded memory, so that an interrupted run can go on.

Tiles are appended to one file per level, and overviews are made on the way. A journal beside them says of each tile
where it stands, with a checksum; what it does not say was never written.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import threading
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters.tiff import Encoding, Level, decode, encode

Overviews: TypeAlias = Literal["nearest", "average", "none"]

_COPIED = 2**24  # bytes at a time
_PUT_ON_DISK = 2**26  # bytes at a time


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole tiles of the raster, encoded, and what its first overview holds of them.

    Attributes:
        row: the row of the first tile, counted in tiles.
        column: its column.
        tiles: the tiles, row by row.
        checks: the checksum of each.
        half: the pixels of the first overview, shape (band, y, x).
    """

    row: int
    column: int
    tiles: Sequence[Sequence[bytes | memoryview]]
    checks: Sequence[Sequence[int]]
    half: NDArray[Any]


@dataclass(slots=True)
class _Pending:
    """A tile of an overview that is not complete."""

    pixels: NDArray[Any]
    missing: int


def prepare(
    pixels: NDArray[Any], at: tuple[int, int], encoding: Encoding, overviews: Overviews, nodata: float | None
) -> Piece:
    """Return pixels as a piece of the raster; may run in any thread.

    Args:
        pixels: shape (band, y, x), beginning at the corner of a tile.
        at: row and column of that tile.
        encoding: how tiles are stored.
        overviews: how a pixel of an overview is made of four.
        nodata: the value that does not count in averages.
    """
    tiles = encode(pixels, encoding)
    checks = [[zlib.crc32(tile) for tile in row] for row in tiles]
    return Piece(*at, tiles, checks, halve(pixels, overviews, nodata))


def halve(pixels: NDArray[Any], overviews: Overviews, nodata: float | None) -> NDArray[Any]:
    """Return pixels at half the resolution, rows and columns rounded up; none without overviews; shape (band, y, x)."""
    if overviews == "none":
        return pixels[:, :0, :0]
    if overviews == "nearest":
        return pixels[:, ::2, ::2].copy(order="K")  # bands that lie together stay so
    _, height, width = pixels.shape
    if height % 2 or width % 2:
        pixels = np.pad(pixels, ((0, 0), (0, height % 2), (0, width % 2)), mode="edge")
    return _means(pixels, nodata, height % 2, width % 2)


def _means(pixels: NDArray[Any], nodata: float | None, below: int, beside: int) -> NDArray[Any]:
    """The means of squares of four, of which the last row or column may be there only to fill them."""
    total: Any = 0.0
    count: Any = 0
    for y in (0, 1):
        for x in (0, 1):
            corner = pixels[:, y::2, x::2].astype(np.float64)
            valid = np.isfinite(corner)
            if nodata is not None and nodata == nodata:
                valid &= corner != nodata
            if y and below:
                valid[:, -1] = False
            if x and beside:
                valid[:, :, -1] = False
            if not valid.all():
                corner[~valid] = 0
            total += corner
            count += valid.view(np.uint8)
    empty = pixels.dtype.type(nodata) if nodata is not None else (np.nan if pixels.dtype.kind == "f" else 0)
    means = np.where(count > 0, total / np.maximum(count, 1), empty)
    return (means if pixels.dtype.kind == "f" else np.rint(means)).astype(pixels.dtype)


class _ToDisk:
    """Puts what is written on the disk while the run goes on, so that its end need not wait for all of it."""

    def __init__(self) -> None:
        self._done = 0
        self._thread: threading.Thread | None = None
        self._error: OSError | None = None

    def put(self, file: BinaryIO, end: int) -> None:
        """Begin to put a file on the disk, where enough of it is new and nothing is being put there.

        Raises:
            OSError: the disk did not take what was put there before.
        """
        if end - self._done < _PUT_ON_DISK or (self._thread is not None and self._thread.is_alive()):
            return
        self.wait()
        self._done = end
        thread = threading.Thread(target=self._put, args=(file.fileno(),), name="oso-evalscript-disk")
        with contextlib.suppress(RuntimeError):  # no more threads are allowed: the end waits for all of it
            thread.start()
            self._thread = thread

    def _put(self, descriptor: int) -> None:
        try:
            os.fsync(descriptor)
        except OSError as error:  # the system says so only once
            self._error = error

    def wait(self) -> None:
        """Wait until it is there.

        Raises:
            OSError: the disk did not take it.
        """
        if self._thread is not None:
            self._thread.join()
        error, self._error = self._error, None
        if error is not None:
            raise error


class Parts:
    """The part files of one raster, in a folder beside it.

    Args:
        target: the file that is to be.
        height: its rows.
        width: its columns.
        encoding: how tiles are stored.
        overviews: how a pixel of an overview is made of four.
        nodata: the value that does not count in averages.
        signature: what the pixels depend on; parts of another signature are not reused.
        resume: whether to go on with parts that are there.
        room: bytes that are kept free before the tiles of a raster without overviews: its part becomes the target.

    Raises:
        RasterError: the folder cannot be written, or another run is writing there.
    """

    def __init__(
        self,
        target: Path,
        height: int,
        width: int,
        encoding: Encoding,
        overviews: Overviews,
        nodata: float | None,
        *,
        signature: str,
        resume: bool,
        room: int = 0,
    ) -> None:
        self.target = target
        self._room = room
        self.folder = target.with_name(f".{target.name}.parts")
        self.encoding = encoding
        self.overviews = overviews
        self.nodata = nodata
        self.sizes = [(height, width)] if overviews == "none" else list(_sizes(height, width, encoding.tile))
        self._index: list[dict[tuple[int, int], tuple[int, int]]] = [{} for _ in self.sizes]
        self._ends = [room, *[0] * (len(self.sizes) - 1)]
        self._pending: dict[tuple[int, int, int], _Pending] = {}
        self._to_disk = _ToDisk()
        self.resumed = False
        with contextlib.ExitStack() as opened:
            try:
                self.folder.mkdir(exist_ok=True)
                self._journal = opened.enter_context(self._open("journal"))
                self._lock()
                levels = range(len(self.sizes))
                self._files = [opened.enter_context(self._open(f"level{level}")) for level in levels]
                self.resumed = resume and self._read_journal(signature)
                if not self.resumed:
                    self._start(signature)
                self._restore()
            except OSError as error:
                raise _failed(target, error) from None
            opened.pop_all()

    def has(self, row: int, column: int, height: int, width: int) -> bool:
        """Return whether all tiles of a rectangle, counted in tiles, are there."""
        there = self._index[0]
        return all((row + y, column + x) in there for y in range(height) for x in range(width))

    def add(self, piece: Piece) -> None:
        """Append the tiles of a piece, and those of overviews that it completes.

        Raises:
            RasterError: the disk is full, or the files cannot be written.
        """
        half = self.encoding.tile // 2
        try:
            for y, tiles in enumerate(piece.tiles):
                for x, tile in enumerate(tiles):
                    row, column = piece.row + y, piece.column + x
                    if (row, column) in self._index[0]:
                        continue
                    self._append(0, row, column, tile, piece.checks[y][x])
                    self._place(0, row, column, piece.half[:, y * half : (y + 1) * half, x * half : (x + 1) * half])
            self._journal.flush()
            if self._room:  # this part becomes the target as it is
                self._to_disk.put(self._files[0], self._ends[0])
        except OSError as error:
            raise _failed(self.target, error) from None

    def levels(self) -> list[Level]:
        """Return where the tiles of each level stand; all must be there."""
        found = []
        for (height, width), index in zip(self.sizes, self._index, strict=True):
            down, across = self._tiles(height, width)
            places = np.array([index[row, column] for row in range(down) for column in range(across)], np.uint64)
            counts = places[:, 1].astype(np.uint32)
            found.append(Level(height, width, places[:, 0].copy(), counts, int(places.sum(axis=1).max())))
        return found

    def assemble(self, header: bytes) -> int:
        """Put the parts together as the target, which appears whole, and return its size in bytes.

        Raises:
            RasterError: the disk is full, or the file cannot be written.
        """
        try:
            size = self._complete(header) if self._room else self._join(header)
        except OSError as error:
            raise _failed(self.target, error) from None
        self.remove()
        return size

    def _complete(self, header: bytes) -> int:
        """Put a header before the tiles of the only level, whose part becomes the target; return its size."""
        (part,) = self._files
        part.seek(0)
        part.write(header)
        self._to_disk.wait()
        return self._appear(part, self.folder / "level0")

    def _join(self, header: bytes) -> int:
        """Copy a header and all levels, the smallest first, to the target; return its size."""
        whole = self.target.with_name(f".{self.target.name}.{os.urandom(6).hex()}")
        try:
            with whole.open("xb") as file:
                file.write(header)
                for part, level in zip(self._files[::-1], self.levels()[::-1], strict=True):
                    part.flush()
                    _copy(part, file, level.size)
                return self._appear(file, whole)
        except BaseException:
            whole.unlink(missing_ok=True)
            raise

    def _appear(self, file: BinaryIO, path: Path) -> int:
        """Let a file appear as the target once all of it is on the disk, and return its size."""
        file.flush()
        os.fsync(file.fileno())
        if self.target.exists():
            shutil.copymode(self.target, path)
        size = path.stat().st_size
        path.replace(self.target)
        return size

    def remove(self) -> None:
        """Remove the part files."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def close(self) -> None:
        """Let go of the files, which stay."""
        with contextlib.suppress(OSError):  # the same as below
            self._to_disk.wait()
        for file in (self._journal, *self._files):
            with contextlib.suppress(OSError):  # what a full disk did not take was never journaled
                file.close()

    def _open(self, name: str) -> BinaryIO:
        path = self.folder / name
        return path.open("r+b" if path.exists() else "w+b")

    def _lock(self) -> None:
        try:
            fcntl.flock(self._journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RasterError(f"{self.target}: another run is writing it") from None

    def _start(self, signature: str) -> None:
        for index in self._index:
            index.clear()
        for file in (self._journal, *self._files):
            file.seek(0)
            file.truncate()
        self._files[0].seek(self._room)
        self._journal.write(f"{signature}\n".encode())
        self._journal.flush()

    def _tiles(self, height: int, width: int) -> tuple[int, int]:
        return -(-height // self.encoding.tile), -(-width // self.encoding.tile)

    def _append(self, level: int, row: int, column: int, tile: bytes | memoryview, check: int) -> None:
        file = self._files[level]
        offset = self._ends[level]
        file.write(tile)
        file.flush()  # before the journal says so
        self._ends[level] += len(tile)
        words = f"{level} {row} {column} {offset} {len(tile)} {check}"
        self._journal.write(f"{words} {zlib.crc32(words.encode())}\n".encode())
        self._index[level][row, column] = offset, len(tile)

    def _place(self, level: int, row: int, column: int, half: NDArray[Any]) -> None:
        """Put the half of a tile into the tile above; append that one when it is complete, and so on."""
        above = level + 1
        if above == len(self.sizes):
            return
        key = (above, row // 2, column // 2)
        height, width = self._size_of(*key)
        pending = self._pending.get(key)
        if pending is None:
            empty = np.moveaxis(np.zeros((height, width, half.shape[0]), half.dtype), -1, 0)
            pending = self._pending[key] = _Pending(empty, height * width)
        side = self.encoding.tile // 2
        top, left = row % 2 * side, column % 2 * side
        pending.pixels[:, top : top + half.shape[1], left : left + half.shape[2]] = half
        pending.missing -= half.shape[1] * half.shape[2]
        if pending.missing == 0:
            del self._pending[key]
            tile = encode(pending.pixels, self.encoding)[0][0]
            self._append(*key, tile, zlib.crc32(tile))
            self._place(*key, halve(pending.pixels, self.overviews, self.nodata))

    def _size_of(self, level: int, row: int, column: int) -> tuple[int, int]:
        height, width = self.sizes[level]
        tile = self.encoding.tile
        return min(tile, height - row * tile), min(tile, width - column * tile)

    def _read_journal(self, signature: str) -> bool:
        """Read what the journal says as far as it is true, and drop the rest; False where it is another run's."""
        self._journal.seek(0)
        head = self._journal.readline()
        if head != f"{signature}\n".encode():
            return False
        good = len(head)
        for line in self._journal:
            record = _record(line)
            if record is None or not self._holds(*record):
                break
            level, row, column, offset, length, _ = record
            self._index[level][row, column] = offset, length
            self._ends[level] = offset + length
            good += len(line)
        for file, end in ((self._journal, good), *zip(self._files, self._ends, strict=True)):
            file.seek(end)
            file.truncate()
        return True

    def _holds(self, level: int, row: int, column: int, offset: int, length: int, check: int) -> bool:
        """Whether a part file holds that tile, which the journal speaks of."""
        if level >= len(self.sizes):
            return False
        file = self._files[level]
        file.seek(offset)
        data = file.read(length)
        return len(data) == length and zlib.crc32(data) == check

    def _restore(self) -> None:
        """Bring back the overviews that were not complete, out of the tiles that they are made of."""
        for level in range(len(self.sizes) - 1):
            for (row, column), (offset, length) in list(self._index[level].items()):
                if (row // 2, column // 2) in self._index[level + 1]:
                    continue
                file = self._files[level]
                file.seek(offset)
                pixels = decode(file.read(length), self.encoding, *self._size_of(level, row, column))
                file.seek(0, os.SEEK_END)
                self._place(level, row, column, halve(pixels, self.overviews, self.nodata))


def _sizes(height: int, width: int, tile: int) -> Iterator[tuple[int, int]]:
    """Rows and columns of each level, until one fits into a tile."""
    yield height, width
    while max(height, width) > tile:
        height, width = (height + 1) // 2, (width + 1) // 2
        yield height, width


def _record(line: bytes) -> tuple[int, int, int, int, int, int] | None:
    """What a line of the journal says, None where it is not whole."""
    words, _, check = line.rstrip(b"\n").rpartition(b" ")
    if not line.endswith(b"\n") or not check.isdigit() or int(check) != zlib.crc32(words):
        return None
    try:
        level, row, column, offset, length, crc = map(int, words.split())
    except ValueError:  # of another version of this program
        return None
    return level, row, column, offset, length, crc


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    """Append the first bytes of a file to another, inside the kernel where that can be."""
    source.seek(0)
    target.flush()
    done = 0
    while done < size:
        try:
            count = os.copy_file_range(source.fileno(), target.fileno(), size - done, done)
        except (AttributeError, OSError):
            break
        if not count:
            break
        done += count
    target.seek(0, os.SEEK_END)
    source.seek(done)
    while done < size:
        data = source.read(min(_COPIED, size - done))
        target.write(data)
        done += len(data)


def _failed(target: Path, error: OSError) -> RasterError:
    return RasterError(f"{target}: cannot be written ({error.strerror or error})")
