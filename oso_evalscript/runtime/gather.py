"""Gathering: each distinct combination of inputs is evaluated once, and the results are looked up for every pixel.

Right only where a result depends on the pixel's own inputs alone, which the caller has to know. Pays where the inputs
are whole numbers with few combinations, as in land-cover maps; `combine` finds out from the data, from a part of it
first, and says no where it does not pay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_Result = TypeVar("_Result")

FEWEST_PIXELS = 2**16
"""Below so many pixels there is nothing to be won."""

_MAX_CODES = 2**20  # entries of the tables; with more, they no longer lie in the processor's cache
_FEW_CODES = 2**12  # so many are found faster by counting than by marking
_CHUNK = 2**16  # pixels whose codes lie in the cache
_LONG_CHUNK = 2**20  # pixels that are counted at a time where there are many codes
_SAMPLE = 2**14  # pixels that tell whether to go on: no more than half of them may be new combinations
_SHARE = 8  # a combination has to stand for so many pixels on average


@dataclass(frozen=True, slots=True)
class Combinations:
    """The distinct combinations of several planes of whole numbers.

    Attributes:
        planes: the planes, flat and of one length.
        lows: the least value of each.
        strides: how much one step in each plane adds to the code of a pixel.
        size: the number of possible codes.
        codes: those that occur.
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
        pairs = _pairs(self.planes, self.strides, self.size)
        if pairs is not None and len(self.codes) ** 2 * _SHARE <= total:
            return self._spread_pairs(pairs, results, threads)
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

    def _spread_pairs(
        self, pairs: tuple[int, NDArray[np.uint16]], results: Sequence[NDArray[Any]], threads: int
    ) -> list[NDArray[Any]]:
        """Look up two pixels at a time, which finds the results of both."""
        index, plane = pairs
        values = self.values()[index]
        first, second = np.indices((len(values), len(values))).reshape(2, -1)
        codes = np.stack([values[first], values[second]], axis=-1).view(np.uint16)[:, 0].astype(np.intp)
        wide = [
            np.stack([result[:, first], result[:, second]], axis=-1).view(f"u{2 * result.itemsize}")[..., 0]
            for result in results
        ]
        outputs = Combinations((plane,), (0,), (1,), 2**16, codes).spread(wide, threads)
        return [output.view(result.dtype) for output, result in zip(outputs, results, strict=True)]

    def in_order(self, threads: int) -> tuple[Combinations, NDArray[np.intp], NDArray[np.intp]]:
        """Return the same in the order of their first pixels, how many pixels each has, and its first one."""
        total = len(self.planes[0])
        length = _CHUNK if self.size <= _CHUNK else _LONG_CHUNK

        def look(part: range) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
            counts, firsts = np.zeros(self.size, np.intp), np.full(self.size, total, np.intp)
            codes = np.empty(length, np.intp)
            for start in part:
                at = self._encode(start, codes)
                new = np.flatnonzero(counts[at] == 0)[::-1]
                firsts[at[new]] = start + new  # of those of one code the last assignment holds
                counts += np.bincount(at, minlength=self.size)
            return counts, firsts

        found = _in_threads(look, total, threads, length)
        counts = reduce(np.add, [counts for counts, _ in found])[self.codes]
        firsts = reduce(np.minimum, [firsts for _, firsts in found])[self.codes]
        order = np.argsort(firsts)
        return replace(self, codes=self.codes[order]), counts[order], firsts[order]

    def _tables(self, result: NDArray[Any]) -> NDArray[Any]:
        tables = np.zeros((len(result), self.size), result.dtype)
        tables[:, self.codes] = result
        return tables

    def _encode(self, start: int, codes: NDArray[np.intp]) -> NDArray[np.intp]:
        """The codes of the pixels of a chunk, put into `codes`."""
        return _encode(self.planes, self.lows, self.strides, self.size, start, codes)


def combine(planes: Sequence[NDArray[Any]], threads: int) -> Combinations | None:
    """Return the distinct combinations of some planes, None where gathering would not pay.

    Args:
        planes: flat arrays of one length, the inputs of a pixel.
        threads: how many to use.
    """
    total = len(planes[0]) if planes else 0
    if total < FEWEST_PIXELS or any(plane.dtype.kind not in "iu" for plane in planes):
        return None
    most = min(_MAX_CODES, total // 2)
    parts = [plane[:_SAMPLE] for plane in planes]
    sample = _numbered(parts, most)
    if sample is None or len(_codes_of(parts, *sample, threads=1)) > _SAMPLE // 2:
        return None
    numbered = _numbered(planes, most)
    if numbered is None:
        return None
    lows, strides, size = numbered
    pairs = _pairs(planes, strides, size)
    if pairs is not None:
        found = _bytes_of(pairs[1], planes[pairs[0]].dtype, threads) - lows[pairs[0]]
    else:
        found = _codes_of(planes, lows, strides, size, threads)
    if len(found) * _SHARE > total:
        return None
    return Combinations(tuple(planes), tuple(lows), tuple(strides), size, found)


def _numbered(planes: Sequence[NDArray[Any]], most: int) -> tuple[list[int], list[int], int] | None:
    """Lows, strides and size of the codes of some planes; None where there would be more than `most`."""
    lows, strides, size = [], [], 1
    for plane in planes:
        part = plane[:1] if plane.strides == (0,) else plane  # one value stands for all pixels
        low, high = int(part.min()), int(part.max())
        lows.append(low)
        strides.append(size)
        size *= high - low + 1
        if size > most:
            return None
    return lows, strides, size


def _pairs(planes: Sequence[NDArray[Any]], strides: Sequence[int], size: int) -> tuple[int, NDArray[np.uint16]] | None:
    """Which plane is the only one that varies, and that plane as pairs of pixels, where its pixels are bytes."""
    varying = [index for index, (below, above) in enumerate(pairwise([*strides, size])) if above > below]
    if len(varying) != 1:
        return None
    plane = planes[varying[0]]
    if plane.itemsize != 1 or len(plane) % 2 or not plane.flags.c_contiguous:
        return None
    return varying[0], plane.view(np.uint16)


def _bytes_of(pairs: NDArray[np.uint16], kind: np.dtype[Any], threads: int) -> NDArray[np.intp]:
    """The distinct bytes in a plane of pairs, as numbers of that element type."""
    found = _codes_of([pairs], [0], [1], 2**16, threads)
    return np.unique(found.astype(np.uint16).view(kind)).astype(np.intp)


def _codes_of(
    planes: Sequence[NDArray[Any]], lows: Sequence[int], strides: Sequence[int], size: int, threads: int
) -> NDArray[np.intp]:
    """The distinct codes of all pixels."""

    def look(part: range) -> NDArray[np.bool_]:
        seen = np.zeros(size, np.bool_)
        codes = np.empty(_CHUNK, np.intp)
        for start in part:
            at = _encode(planes, lows, strides, size, start, codes)
            if size <= _FEW_CODES:
                seen |= np.bincount(at, minlength=size) > 0
            else:
                seen[at] = True
        return seen

    return np.flatnonzero(reduce(np.logical_or, _in_threads(look, len(planes[0]), threads)))


def _encode(
    planes: Sequence[NDArray[Any]],
    lows: Sequence[int],
    strides: Sequence[int],
    size: int,
    start: int,
    codes: NDArray[np.intp],
) -> NDArray[np.intp]:
    at = codes[: len(planes[0]) - start]
    first = True
    for plane, low, stride, above in zip(planes, lows, strides, [*strides[1:], size], strict=True):
        if above == stride:  # its value is the same everywhere
            continue
        part = plane[start : start + len(codes)]
        if not first:
            at += (part.astype(np.intp) - low) * stride
            continue
        first = False
        np.copyto(at, part)
        if low:
            at -= low
    if first:
        at.fill(0)
    return at


def _in_threads(work: Callable[[range], _Result], total: int, threads: int, chunk: int = 0) -> list[_Result]:
    parts = list(_parts(total, threads, chunk or _CHUNK))
    if len(parts) == 1:
        return [work(parts[0])]
    with ThreadPoolExecutor(len(parts)) as pool:
        return list(pool.map(work, parts))


def _parts(total: int, threads: int, chunk: int) -> Iterator[range]:
    """The starts of the chunks, shared out between threads."""
    chunks = -(-total // chunk)
    count = max(min(threads, chunks), 1)
    for index in range(count):
        first, last = chunks * index // count, chunks * (index + 1) // count
        yield range(first * chunk, last * chunk, chunk)
