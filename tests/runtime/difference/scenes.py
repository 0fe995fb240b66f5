"""Made-up scenes for the differential test, as a program takes them and as the reference reads them."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.runtime.scene import Scene

DTYPES = (
    "uint8",
    "int8",
    "uint16",
    "int16",
    "uint32",
    "int32",
    "int64",
    "bool",
    "float16",
    "float32",
    "float64",
)
FORMS: tuple[Callable[[dt.datetime], Any], ...] = (
    lambda time: time,
    lambda time: time.replace(tzinfo=None),
    lambda time: time.isoformat(),
    lambda time: time.strftime("%Y-%m-%dT%H:%M:%SZ"),
    lambda time: time.astimezone(dt.timezone(dt.timedelta(hours=-9))),
    lambda time: np.datetime64(time.replace(tzinfo=None)),
)
"""The ways in which a date may be handed over."""

_ODD = (0.5, -0.5, 1.5, 127.5, 254.5, 1e-3, 1e308, 5e-324, -1e12, 2.0**31, 2.0**53, 1 / 3)
_SPECIAL = (np.nan, np.inf, -np.inf, -0.0)


@dataclass(frozen=True, slots=True)
class Picture:
    """A scene: what a program is given, and the same for the reference."""

    scene: Scene
    job: dict[str, Any]


def make_picture(
    rng: Random,
    bands: tuple[str, ...],
    size: tuple[int, int],
    *,
    time: dt.datetime | None,
    values: Callable[[Random, str, tuple[int, int]], NDArray[Any]],
    mask: str,
    units: str | None,
) -> Picture:
    """Return a scene with every field that a script can read.

    Args:
        rng: varies it.
        bands: those the script asks for.
        size: rows and columns.
        time: when it was taken.
        values: makes the array of a band.
        mask: `none`, `full`, `holes` or `empty`.
        units: that of the arrays, where it is said.
    """
    arrays = {name: values(rng, name, size) for name in bands if name != "dataMask"}
    if rng.random() < 0.2:
        arrays["unused"] = np.zeros(size)
    if mask != "none":
        arrays["dataMask"] = _mask(rng, mask, size)
    footprint = {"type": "Polygon", "coordinates": [[[0, 0], [rng.randrange(1, 9), 0], [2, 3.5], [0, 0]]]}
    fields: dict[str, Any] = {
        "cloudCoverage": rng.choice([0.0, 12.5, 99.9, float(rng.randrange(100))]),
        "dataPath": rng.choice([None, f"s3://tiles/{rng.randrange(99)}", 'a "quoted" path']),
        "shId": rng.choice([None, rng.randrange(10**9)]),
        "geometry": rng.choice([None, footprint]),
    }
    scene = Scene(
        bands=arrays,
        date=None if time is None else rng.choice(FORMS)(time),
        units=units,
        cloud_coverage=fields["cloudCoverage"],
        data_path=fields["dataPath"],
        id=fields["shId"],
        geometry=fields["geometry"],
    )
    job = {
        **fields,
        "time": None if time is None else int(time.timestamp() * 1000),
        "date": None if time is None else time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "bands": {name: encode(array) for name, array in arrays.items()},
    }
    return Picture(scene, job)


def make_times(rng: Random, count: int) -> list[dt.datetime]:
    """Return moments on a few days in winter, several on one day and at its very ends, in no order."""
    ends = [dt.time(0, 0, 0), dt.time(23, 59, 59)]
    days = [dt.date(2022, 12, 28) + dt.timedelta(days=rng.randrange(9)) for _ in range(max(count // 2, 1))]
    times: set[dt.datetime] = set()
    while len(times) < count:
        time = rng.choice([*ends, dt.time(rng.randrange(24), rng.randrange(60), rng.randrange(60))])
        day = rng.choice(days) if len(times) < 2 * len(days) else rng.choice(days) + dt.timedelta(days=rng.randrange(9))
        times.add(dt.datetime.combine(day, time, dt.UTC))
    found = sorted(times)
    rng.shuffle(found)
    return found


def any_values(rng: Random, name: str, size: tuple[int, int]) -> NDArray[Any]:
    """Return numbers of any element type: the ends of its range, small ones, and in floats whatever there is."""
    dtype = np.dtype(rng.choice(DTYPES))
    if dtype == np.bool_:
        pool: list[float] = [0, 1]
    elif dtype.kind in "iu":
        info = np.iinfo(dtype)
        low, high = max(info.min, -(2**53)), min(info.max, 2**53)
        pool = [low, high, low + 1, 0, 1, 2, 3, 7, *(rng.randrange(low, high) for _ in range(3))]
        pool += [value for value in (-1, -2, 100, 255, 256) if low <= value <= high]
    else:
        pool = [rng.uniform(-1, 2), rng.uniform(0, 1), rng.uniform(-300, 300), *rng.sample(_ODD, 3), 0.25, 1.0]
        pool += rng.sample(_SPECIAL, 2)
    return _filled(rng, pool, dtype, size)


def class_codes(rng: Random, name: str, size: tuple[int, int]) -> NDArray[Any]:
    """Return codes 0 to 12 in one of the small types."""
    return _filled(rng, [*range(13)], np.dtype(rng.choice(["uint8", "int16", "float32"])), size)


def digital_numbers(rng: Random, name: str, size: tuple[int, int]) -> NDArray[Any]:
    """Return digital numbers of reflectance."""
    pool = [0, 1, 9999, 10000, 65535, *(rng.randrange(12000) for _ in range(12))]
    return _filled(rng, pool, np.dtype(rng.choice(["uint16", "int32", "float64"])), size)


def reflectances(rng: Random, name: str, size: tuple[int, int]) -> NDArray[Any]:
    """Return what digital numbers mean."""
    pool = [0.0, 1.0, *(rng.randrange(12000) / 10000 for _ in range(12))]
    return _filled(rng, pool, np.dtype(rng.choice(["float32", "float64"])), size)


def encode(array: NDArray[Any]) -> str:
    """Return an array as the reference reads it."""
    return base64.b64encode(np.ascontiguousarray(array, "<f8").tobytes()).decode()


def decode(text: str) -> NDArray[np.float64]:
    """Return the numbers that the reference wrote."""
    return np.frombuffer(base64.b64decode(text), "<f8")


def _filled(rng: Random, pool: Sequence[float], dtype: np.dtype[Any], size: tuple[int, int]) -> NDArray[Any]:
    with np.errstate(over="ignore"):
        return np.array([rng.choice(pool) for _ in range(size[0] * size[1])]).astype(dtype).reshape(size)


def _mask(rng: Random, kind: str, size: tuple[int, int]) -> NDArray[Any]:
    pool: list[float] = {"full": [1.0], "empty": [0.0], "holes": [0.0, 1.0, 1.0]}[kind]
    return _filled(rng, pool, np.dtype(rng.choice(["uint8", "bool", "float32", "int16"])), size)
