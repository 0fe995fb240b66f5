"""Gathering: each distinct combination of inputs is evaluated once, and the results are looked up for every pixel.

Right only where a result depends on the pixel's own inputs alone, which the caller has to know. Pays where the inputs
are whole numbers with few combinations, as in land-cover maps; `combine` finds out from the data, from a part of it
first, and says no where it does not pay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_Result = TypeVar("_Result")

FEWEST_PIXELS = 2**16
"""Below so many pixels there is nothing to be won."""

_MOST_CODES = 2**20  # entries of the tables; with more, they no longer lie in the processor's cache
_FEW_CODES = 2**12  # so many are found faster by counting than by marking
_CHUNK = 2**16  # pixels whose codes lie in the cache
_SHARE = 8  # a combination has to stand for so many pixels on average


@dataclass(frozen=True, slots=True)
class Combinations:
    """The distinct combinations of several planes of whole numbers.

    Attributes:
        planes: the planes, flat and of one length.
        lows: the least value of each.
        strides: how much one step in each plane adds to the code of a pixel.
        size: the number of possible codes.
        codes: those that occur, ascending.
    """

    planes: tuple[NDArray[Any], ...]
    lows: tuple[int, ...]
    strides: tuple[int, ...]
    size: int
    codes: NDArray[np.intp]

    def values(self) -> list[NDArray[Any]]:
        """Return for each plane the values of all combinations, in the plane's own type."""
        sizes = [*self.strides[1:], self.size]
        return [
            (self.codes % size // stride + low).astype(plane.dtype)
            for plane, low, stride, size in zip(self.planes, self.lows, self.strides, sizes, strict=True)
        ]

    def spread(self, results: Sequence[NDArray[Any]], threads: int) -> list[NDArray[Any]]:
        """Return for every pixel the results of its combination.

        Args:
            results: arrays of shape (band, combination).
            threads: how many to use; numpy looks up without holding the interpreter's lock.
        """
        total = len(self.planes[0])
        outputs = [np.empty((len(result), total), result.dtype) for result in results]
        tables = [self._tables(result) for result in results]

        def look_up(part: range) -> None:
            codes = np.empty(_CHUNK, np.intp)
            for start in part:
                at = self._encode(start, codes)
                for output, bands in zip(outputs, tables, strict=True):
                    for row, table in zip(output, bands, strict=True):
                        # `clip` never has to: it only spares numpy a check of each code.
                        table.take(at, out=row[start : start + _CHUNK], mode="clip")

        _in_threads(look_up, total, threads)
        return outputs

    def _tables(self, result: NDArray[Any]) -> NDArray[Any]:
        tables = np.zeros((len(result), self.size), result.dtype)
        tables[:, self.codes] = result
        return tables

    def _encode(self, start: int, codes: NDArray[np.intp]) -> NDArray[np.intp]:
        """The codes of the pixels of a chunk, put into `codes`."""
        return _encode(self.planes, self.lows, self.strides, start, codes)


def combine(planes: Sequence[NDArray[Any]], threads: int) -> Combinations | None:
    """Return the distinct combinations of some planes, None where gathering would not pay.

    Args:
        planes: flat arrays of one length, the inputs of a pixel.
        threads: how many to use.
    """
    total = len(planes[0]) if planes else 0
    if total < FEWEST_PIXELS or any(plane.dtype.kind not in "iu" for plane in planes):
        return None
    lows, strides, size = [], [], 1
    for plane in planes:
        low, high = int(plane.min()), int(plane.max())
        lows.append(low)
        strides.append(size)
        size *= high - low + 1
        if size > min(_MOST_CODES, total // 2):
            return None
    empty = np.empty(_CHUNK, np.intp)
    sample = np.unique(_encode(planes, lows, strides, 0, empty))
    if len(sample) > _CHUNK // _SHARE:
        return None

    def look(part: range) -> NDArray[np.bool_]:
        seen = np.zeros(size, np.bool_)
        codes = np.empty(_CHUNK, np.intp)
        for start in part:
            at = _encode(planes, lows, strides, start, codes)
            if size <= _FEW_CODES:
                seen |= np.bincount(at, minlength=size) > 0
            else:
                seen[at] = True
        return seen

    found = np.flatnonzero(np.any(_in_threads(look, total, threads), axis=0))
    if len(found) * _SHARE > total:
        return None
    return Combinations(tuple(planes), tuple(lows), tuple(strides), size, found)


def _encode(
    planes: Sequence[NDArray[Any]],
    lows: Sequence[int],
    strides: Sequence[int],
    start: int,
    codes: NDArray[np.intp],
) -> NDArray[np.intp]:
    first, *others = planes
    part = first[start : start + _CHUNK]
    at = codes[: len(part)]
    np.subtract(part, lows[0], out=at, casting="unsafe", dtype=np.intp)
    for plane, low, stride in zip(others, lows[1:], strides[1:], strict=True):
        at += (plane[start : start + _CHUNK].astype(np.intp) - low) * stride
    return at


def _in_threads(work: Callable[[range], _Result], total: int, threads: int) -> list[_Result]:
    parts = list(_parts(total, threads))
    if len(parts) == 1:
        return [work(parts[0])]
    with ThreadPoolExecutor(len(parts)) as pool:
        return list(pool.map(work, parts))


def _parts(total: int, threads: int) -> Iterator[range]:
    """The starts of the chunks, shared out between threads."""
    chunks = -(-total // _CHUNK)
    count = max(min(threads, chunks), 1)
    for index in range(count):
        first, last = chunks * index // count, chunks * (index + 1) // count
        yield range(first * _CHUNK, last * _CHUNK, _CHUNK)
