"""Statistics of written rasters: counted window by window, and kept beside the parts of a run that may be resumed."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.rasters.grid import Window

_SUMS = {"uint8": "uint16", "int8": "int16", "uint16": "uint32", "int16": "int32", "float32": "float64"}
"""What columns are summed in: the next larger type is several times as fast as the largest."""
_ROWS = 256  # so many values fit into the sum, whatever they are


@dataclass(frozen=True, slots=True)
class BandStatistics:
    """What was stored in a band; NaN where there is nothing to say it of.

    Attributes:
        name: the band.
        least: the least value, without the no-data value and NaN.
        largest: the largest of these values.
        mean: their mean.
        nan: at how many pixels NaN is stored.
        blank: how many pixels have no data in any sample.
    """

    name: str
    least: float
    largest: float
    mean: float = math.nan
    nan: int = 0
    blank: int = 0


def totals_of(
    pixels: NDArray[Any], nodata: float | None, there: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """Return what is known of the pixels with data of each band, but for the no-data value and NaN.

    Args:
        pixels: shape (band, y, x).
        nodata: the value that does not count.
        there: which pixels have data, shape (y, x); None for all.

    Returns:
        Their number, their sum, the least and the largest; how many pixels hold NaN, and how many have no data. Shape
        (6, band).
    """
    nan = np.zeros(len(pixels))
    if pixels.dtype.kind == "f":
        nan[:] = [np.count_nonzero(np.isnan(band)) for band in pixels]
    if there is not None and not there.all():
        counts, sums, ends = _of_some(pixels, nodata, there)
    elif nodata is None and not nan.any():
        size = pixels.shape[1] * pixels.shape[2]
        counts, sums, ends = np.full(len(pixels), float(size)), _sums(pixels), limits_of(pixels)
    else:
        counts, sums, ends = _of_some(pixels, nodata, None)
    blank = 0 if there is None else there.size - np.count_nonzero(there)
    return np.array([counts, sums, *ends, nan, np.full(len(pixels), float(blank))], np.float64)


def totals_of_entries(values: NDArray[Any], counts: NDArray[np.int64], nodata: float | None) -> NDArray[np.float64]:
    """Return the same of pixels whose values are those of a table.

    Args:
        values: of each entry, shape (entry, band): in the first half of pixels with data, in the second of others.
        counts: how many pixels each entry stands for.
        nodata: the value that does not count.
    """
    half = len(values) // 2
    seen = np.flatnonzero(counts)
    found, numbers = values[seen].astype(np.float64), counts[seen, np.newaxis]
    nan = np.isnan(found)
    counted = ~nan & (found != nodata) & (seen < half)[:, np.newaxis]
    weights = np.where(counted, numbers, 0)
    ends = np.where(counted, found, np.nan)
    blank = np.full(values.shape[1], counts[half:].sum())
    return np.array(
        [
            weights.sum(axis=0),
            (np.where(counted, found, 0) * weights).sum(axis=0),
            np.fmin.reduce(ends, axis=0, initial=np.nan),
            np.fmax.reduce(ends, axis=0, initial=np.nan),
            (nan * numbers).sum(axis=0),
            blank,
        ],
        np.float64,
    )


def merged(totals: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the totals of several windows as those of all, added in the order in which they are given."""
    each = np.stack(totals, axis=1)
    found: NDArray[np.float64] = each.sum(axis=1)
    found[2], found[3] = np.fmin.reduce(each[2]), np.fmax.reduce(each[3])
    return found


def statistics_of(names: Sequence[str], totals: NDArray[np.float64]) -> tuple[BandStatistics, ...]:
    """Return the statistics of the bands of a raster.

    Args:
        names: what the bands are called.
        totals: what `merged` makes of all windows.
    """
    found = []
    for name, (count, total, least, largest, nan, blank) in zip(names, totals.T, strict=True):
        mean = float(total / count) if count else math.nan
        found.append(BandStatistics(name, float(least), float(largest), mean, int(nan), int(blank)))
    return tuple(found)


def limits_of(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return the least and the largest value of each band, NaN left out; shape (2, band)."""
    bands = pixels.shape[0]
    interleaved = np.moveaxis(pixels, 0, -1)
    if bands > 1 and interleaved.flags.c_contiguous and interleaved.size % (64 * bands) == 0:
        rows = interleaved.reshape(-1, 64 * bands)  # long rows, which numpy compares many at a time
        ends = (np.fmin, np.fmax)
        return np.stack([end.reduce(end.reduce(rows, axis=0).reshape(64, bands), axis=0) for end in ends])
    flat = pixels.reshape(bands, -1)
    return np.stack([np.fmin.reduce(flat, axis=1), np.fmax.reduce(flat, axis=1)])


def _sums(pixels: NDArray[Any]) -> NDArray[np.float64]:
    """The sum of each band."""
    kind = _SUMS[pixels.dtype.name]
    total = np.zeros(len(pixels))
    for row in range(0, pixels.shape[1], _ROWS):
        columns = np.add.reduce(pixels[:, row : row + _ROWS], axis=1, dtype=kind)
        total += columns.sum(axis=1, dtype=np.float64)
    return total


_Counted: TypeAlias = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]


def _of_some(pixels: NDArray[Any], nodata: float | None, there: NDArray[np.bool_] | None) -> _Counted:
    """Numbers, sums and limits of the values that count."""
    kept = _kept(pixels, there)
    if pixels.dtype.kind != "f" and nodata is None and kept.shape[1]:
        folds = _folded(kept)
        limits = np.stack([limits_of(fold) for fold in folds])
        ends = np.stack([limits[:, 0].min(axis=0), limits[:, 1].max(axis=0)])
        return np.full(len(pixels), float(kept.shape[1])), sum(map(_sums, folds), np.zeros(len(pixels))), ends
    counts, sums, found = [], [], []
    for values in kept:
        if nodata is not None and nodata == nodata:
            values = values[values != nodata]
        total = _sum(values)
        if math.isnan(total):
            values = values[~np.isnan(values)]
            total = _sum(values)
        counts.append(float(values.size))
        sums.append(total)
        found.append((float(values.min()), float(values.max())) if values.size else (math.nan, math.nan))
    return np.array(counts), np.array(sums), np.array(found).T


def _sum(values: NDArray[Any]) -> float:
    return sum(float(_sums(fold)[0]) for fold in _folded(values[np.newaxis]))


def _kept(pixels: NDArray[Any], there: NDArray[np.bool_] | None) -> NDArray[Any]:
    """The values of each band at some pixels, shape (band, pixel); in memory they lie as those of all do."""
    bands, size = len(pixels), len(pixels) * pixels.itemsize
    if there is None:
        return pixels.reshape(bands, -1)
    beside = np.moveaxis(pixels, 0, -1)
    if bands > 1 and beside.flags.c_contiguous and size in (2, 4, 8):
        return beside.view(f"u{size}")[..., 0][there].view(pixels.dtype).reshape(-1, bands).T
    return np.stack([band[there] for band in pixels])


def _folded(values: NDArray[Any]) -> list[NDArray[Any]]:
    """Values of shape (band, pixel) in rows, shape (band, y, x), whose columns are short enough for `_sums`."""
    bands, pixels = values.shape
    whole = pixels - pixels % _ROWS
    found = []
    for part, rows in ((values[:, :whole], _ROWS), (values[:, whole:], 1)):
        if not part.size:
            continue
        if part.T.flags.c_contiguous:
            found.append(np.moveaxis(part.T.reshape(rows, -1, bands), -1, 0))
        else:
            found.append(part.reshape(bands, rows, -1))
    return found


class Ledger:
    """The totals of each window of a job, in a file beside its parts; a context manager.

    Args:
        path: the file.
        resume: whether to go on with what it says.
    """

    def __init__(self, path: Path, *, resume: bool) -> None:
        self._totals: dict[tuple[int, int], list[NDArray[np.float64]]] = {}
        self._file: BinaryIO = path.open("r+b" if resume and path.exists() else "w+b")
        if resume:
            self._read()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):  # what a full disk did not take was reported when it was added
            self._file.close()

    def __contains__(self, window: Window) -> bool:
        return (window.row, window.column) in self._totals

    def add(self, window: Window, totals: Sequence[NDArray[np.float64]]) -> None:
        """Write down the totals of each output in a window, before its pixels."""
        self._totals[window.row, window.column] = list(totals)
        line = json.dumps([window.row, window.column, [each.tolist() for each in totals]])
        self._file.write(f"{line}\n".encode())
        self._file.flush()

    def total(self, index: int) -> NDArray[np.float64]:
        """Return the totals of an output in all windows, in one order, so that they are always the same."""
        return merged([self._totals[at][index] for at in sorted(self._totals)])

    def _read(self) -> None:
        """Read the lines that were written whole, and drop the rest."""
        good = 0
        for line in self._file:
            try:
                row, column, totals = json.loads(line)
            except ValueError:
                break
            self._totals[row, column] = [np.array(each) for each in totals]
            good += len(line)
        self._file.seek(good)
        self._file.truncate()
