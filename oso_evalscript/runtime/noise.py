"""Noise over the globe: a value for each place that does not depend on which pixels are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Words: TypeAlias = NDArray[np.uint32]

_GRAIN = 2.0**24  # parts of a degree that places are rounded to, so that rounding errors of requests do not matter
_MAX_LATTICE = 2**20  # points that are worked out beforehand; beyond it, for each pixel


@dataclass(frozen=True, slots=True)
class Places:
    """Where pixels lie on the globe.

    Attributes:
        longitude: degrees of the centre of each pixel, of shape (y, x); or (1, x) where it does not depend on y.
        latitude: likewise, of shape (y, x) or (y, 1).
    """

    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("longitude", "latitude"):
            object.__setattr__(self, name, np.rint(getattr(self, name) * _GRAIN) / _GRAIN)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.latitude.shape[0], self.longitude.shape[1]

    def moved(self, east: float, north: float) -> Places:
        """Return places that lie some degrees away."""
        return Places(self.longitude + east, self.latitude + north)


def smooth(places: Places, wavelength: float, seed: int) -> Floats:
    """Return noise from -1 to 1 that varies over that many degrees; of shape (y, x)."""
    column, along = _split(places.longitude, wavelength)
    row, down = _split(places.latitude, wavelength)
    left, bottom = int(column.min()), int(row.min())
    width, height = int(column.max()) - left + 2, int(row.max()) - bottom + 2
    if width * height <= _MAX_LATTICE:
        xs, ys = np.arange(left, left + width), np.arange(bottom, bottom + height)
        lattice = _signed(_mixed(xs[np.newaxis, :], ys[:, np.newaxis], seed))
        column, row = column - left, row - bottom
        if column.shape[0] == 1 and row.shape[1] == 1:  # rows and columns apart: many times faster, the same numbers
            first = _between(lattice[:, column[0]], lattice[:, column[0] + 1], along)
            return _between(first[row[:, 0]], first[row[:, 0] + 1], down)
        lower = _between(lattice[row, column], lattice[row, column + 1], along)
        upper = _between(lattice[row + 1, column], lattice[row + 1, column + 1], along)
        return _between(lower, upper, down)
    corners = [_signed(_mixed(column + x, row + y, seed)) for y in (0, 1) for x in (0, 1)]
    return _between(_between(corners[0], corners[1], along), _between(corners[2], corners[3], along), down)


def layered(places: Places, wavelength: float, layers: int, seed: int) -> Floats:
    """Return noise whose details are half as wide and half as strong, layer by layer; rarely beyond -1 and 1."""
    total = np.zeros(places.shape, np.float32)
    for layer in range(layers):
        total += np.float32(0.5**layer) * smooth(places, wavelength / 2**layer, seed * 31 + layer)
    return total


def cells(places: Places, width: float, height: float, seed: int) -> Words:
    """Return for each pixel a random 32-bit number that is the same all over a cell of so many degrees."""
    column, _ = _split(places.longitude, width)
    row, _ = _split(places.latitude, height)
    return np.broadcast_to(_mixed(column, row, seed), places.shape)


def share(words: Words) -> Floats:
    """Return random numbers of 32 bits as numbers from 0 to below 1."""
    return (words >> np.uint32(8)).astype(np.float32) / np.float32(2**24)


def number(*keys: int) -> float:
    """Return a number from 0 to below 1 that hangs on some whole numbers alone."""
    word = np.uint32(0)
    for key in keys:
        word = _mixed(np.array([[key]], np.int64), np.array([[int(word)]], np.int64), 7)[0, 0]
    return float(int(word) / 2**32)


def _split(degrees: NDArray[np.float64], wavelength: float) -> tuple[NDArray[np.int64], Floats]:
    """The number of the cell that a place is in, and how far into it, eased at both ends."""
    scaled = degrees / wavelength
    whole = np.floor(scaled)
    part = (scaled - whole).astype(np.float32)
    return whole.astype(np.int64), part * part * (3 - 2 * part)


def _between(one: Floats, other: Floats, part: Floats) -> Floats:
    result: Floats = one + (other - one) * part
    return result


def _mixed(x: NDArray[np.int64], y: NDArray[np.int64], seed: int) -> Words:
    """A hash of whole numbers, by multiplying and shifting."""
    word: NDArray[Any] = x.astype(np.uint32) * np.uint32(0x9E3779B1) ^ y.astype(np.uint32) * np.uint32(0x85EBCA77)
    word = word ^ np.uint32((seed * 0xC2B2AE3D + 0x27D4EB2F) % 2**32)
    for shift, factor in ((15, 0x2C1B3C6D), (12, 0x297A2D39)):
        word ^= word >> np.uint32(shift)
        word *= np.uint32(factor)
    return word ^ word >> np.uint32(15)


def _signed(words: Words) -> Floats:
    return share(words) * np.float32(2) - np.float32(1)
