"""Scenes: what a script is run on, from arrays or from files."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral, Real
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from oso_evalscript.model.errors import ArrayError
from oso_evalscript.model.text import is_text, shortened
from oso_evalscript.runtime.arguments import read_moment, read_unit

Bands: TypeAlias = Mapping[str, ArrayLike]
"""Band name → array of shape (y, x)."""

Scenes: TypeAlias = "Scene | Bands | str | Path | Sequence[Scene | Bands | str | Path]"
"""The scenes of one source: one or several, each a `Scene`, plain bands or an `.npz` file; or a folder of those."""

Sources: TypeAlias = "Scenes | Mapping[str, Scenes]"
"""The scenes of one source, or in data fusion those of each source by its `datasource`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One acquisition.

    Attributes:
        bands: band name → array of shape (y, x). A `dataMask` that is not given is 1 everywhere; where it is 0 the
            script sees the collection's no-data value (0, or NaN for Landsat).
        date: the acquisition time, in UTC by default; text such as `2023-06-01` or `2023-06-01T10:50:31Z`.
            Required under ORBIT and TILE, where it orders the scenes.
        units: the unit of the arrays, such as `DN`, if it may differ from the one that the script asks for; bands that
            do not have the unit are not converted.
        cloud_coverage: in percent; scripts read it from `cloudCoverage`.
        data_path: the location of the data, which scripts read from `dataPath`.
        id: the service's number of the scene, which scripts read from `shId`.
        geometry: GeoJSON of the footprint, which scripts read from `dataGeometry` with `metadata: ["bounds"]`.
        fields: other metadata that scripts can read, by JavaScript name, such as `productId`.
        offset: a number to add to digital numbers, -1000 for Sentinel-2 files since baseline 04.00 (2022); by default
            they are taken as harmonised, as the service delivers them.

    Raises:
        ArrayError: a field is invalid.
    """

    bands: Bands
    date: dt.datetime | dt.date | str | None = None
    units: str | None = None
    cloud_coverage: float | None = None
    data_path: str | None = None
    id: int | None = None
    geometry: Mapping[str, object] | None = None
    fields: Mapping[str, object] = field(default_factory=dict)
    offset: float | None = None

    def __repr__(self) -> str:
        sizes = {np.shape(values)[-2:] for values in self.bands.values()}
        size = " x ".join(map(str, reversed(next(iter(sizes))))) if len(sizes) == 1 else "various sizes"
        day = "" if self.date is None else f" of {str(self.date)[:10]}"
        return f"<Scene{day}: {', '.join(self.bands) or 'no bands'}, {size}>"

    def __post_init__(self) -> None:
        if not isinstance(self.bands, Mapping):
            raise ArrayError(f"the bands of a scene must be a mapping, name → array, not {type(self.bands).__name__}")
        for name in self.bands:
            if not isinstance(name, str):
                raise ArrayError(f"the name of a band must be text, not {name!r}")
        read_unit(self.units)
        covered = _read("cloud_coverage", self.cloud_coverage, "a number", Real)
        number = _read("id", self.id, "a whole number", Integral)
        offset = _read("offset", self.offset, "a number", Real)
        path = _read("data_path", self.data_path, "text", str, Path)
        # Numbers of numpy are none that JSON knows.
        checked = {
            "date": None if self.date is None else _moment(self.date),
            "cloud_coverage": None if covered is None else float(covered),
            "id": None if number is None else int(number),
            "offset": None if offset is None else float(offset),
            "data_path": None if path is None else str(path),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        if not isinstance(self.geometry, Mapping | None):
            raise ArrayError(f"the geometry of a scene must be GeoJSON, a mapping, not {type(self.geometry).__name__}")
        if not isinstance(self.fields, Mapping) or not all(isinstance(name, str) for name in self.fields):
            raise ArrayError(f"the fields of a scene must be a mapping, name → value, not {self.fields!r}")
        for what, given in (
            ("geometry of a scene must be GeoJSON, with", self.geometry),
            ("fields of a scene must be", self.fields),
        ):
            try:
                json.dumps(dict(given or {}), allow_nan=False)
            except (TypeError, ValueError) as error:
                raise ArrayError(f"the {what} lists, text and numbers ({error})") from None

    @property
    def time(self) -> dt.datetime | None:
        """The date and time in UTC."""
        return self.date if isinstance(self.date, dt.datetime) else None


def read_scene(path: str | Path) -> Scene:
    """Return the scene in an `.npz` file: one array of shape (y, x) per band.

    Its date is the one in the file's name, as in `2023-06-01.npz` or `S2A_20230601T105031.npz`. Entries without axes
    that are named like a field of `Scene` (`date`, `cloud_coverage`, `units`, `data_path`, `id`, `offset`) are that
    field.

    Raises:
        ArrayError: the file is missing or not of that format.
    """
    if is_text(path):
        raise ArrayError(
            f"expected scenes (a mapping of bands to arrays, a Scene or a path), not the text {shortened(path)}"
        )
    try:
        with Path(path).open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise ArrayError(f"{path}: contains one array without a name; save it with numpy.savez(path, OCS=…)")
            with archive:
                entries = {name: archive[name] for name in archive.files}
    except OSError as error:
        raise ArrayError(f"{path}: cannot be read ({error.strerror or error})") from None
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        why = "" if "pickle" in str(error) else f" ({error})"  # numpy advises to load it all the same, which is unsafe
        raise ArrayError(
            f"{path}: is not an .npz file of plain arrays{why}; expected one array of shape (y, x) for each "
            "band, as in numpy.savez(path, B04=…, B08=…)"
        ) from None
    fields: dict[str, Any] = {name: entry[()] for name, entry in entries.items() if entry.ndim == 0 and name in _FIELDS}
    bands = {name: entry for name, entry in entries.items() if name not in fields}
    try:
        return Scene(bands=bands, **{"date": date_in_name(Path(path).stem), **fields})
    except ArrayError as error:
        raise ArrayError(f"{path}: {error}") from None


def read_folder(path: str | Path) -> tuple[Scene, ...]:
    """Return the scenes of all `.npz` files in a folder, in the order of their names.

    Raises:
        ArrayError: there is none, or one cannot be read.
    """
    try:
        files = sorted(item for item in Path(path).iterdir() if item.suffix == ".npz" and not item.name.startswith("."))
    except OSError as error:
        raise ArrayError(f"{path}: cannot be read ({error.strerror or error})") from None
    if not files:
        raise ArrayError(f"{path}: contains no .npz file")
    return tuple(read_scene(item) for item in files)


def gather_scenes(given: Sources, keys: Sequence[str]) -> tuple[tuple[Scene, ...], ...]:
    """Return the scenes of each source, however they were handed over.

    Args:
        given: what a user passed to `run`.
        keys: the name of each source in data fusion; empty where there is but one source, without a name.

    Raises:
        ArrayError: something is missing, or is no scene.
    """
    if not keys:
        if isinstance(given, Mapping) and given and all(_is_listing(item) for item in given.values()):
            raise ArrayError(
                f"the script has one input: pass its scenes, not a mapping with {_listed(given)}",
                options={"pass its scenes, not a mapping with": "use --input PATH without the name"},
            )
        return (_scenes(given),)
    if not isinstance(given, Mapping):
        raise ArrayError(
            f"the script has several inputs: pass a mapping with the scenes of {', '.join(keys)}",
            options={"pass a mapping with": "use --input NAME=PATH for each of"},
        )
    missing = [key for key in keys if key not in given]
    if missing:
        there = _listed(given) or "nothing"
        raise ArrayError(f"the scenes of `{missing[0]}` are missing: expected {', '.join(keys)}, there is {there}")
    unknown = [key for key in given if key not in keys]
    if unknown:
        raise ArrayError(f"the script has no input `{unknown[0]}`; its inputs are {', '.join(keys)}")
    return tuple(_scenes(given[key]) for key in keys)


_FIELDS = ("date", "units", "cloud_coverage", "data_path", "id", "offset")
_DATE = re.compile(r"(?<!\d)(\d{4})-?(\d\d)-?(\d\d)(?:[T_ ]?(\d\d)[:-]?(\d\d)[:-]?(\d\d))?(?!\d)")


def _scenes(given: object) -> tuple[Scene, ...]:
    if isinstance(given, str | Path):
        return read_folder(given) if Path(given).is_dir() else (read_scene(given),)
    if isinstance(given, Sequence) and not isinstance(given, bytes):
        return tuple(_scene(item) for item in given)
    return (_scene(given),)


def _scene(given: object) -> Scene:
    if isinstance(given, Scene):
        return given
    if isinstance(given, Mapping):
        return Scene(bands=given)
    if isinstance(given, str | Path):
        return read_scene(given)
    raise ArrayError(
        "expected a scene (a mapping of bands to arrays, a Scene or the path of an .npz file), "
        f"not {type(given).__name__}"
    )


def _is_listing(value: object) -> bool:
    """Whether a value can only be scenes, not the array of a band."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return bool(value) and all(isinstance(item, Scene | Mapping) for item in value)
    return isinstance(value, Scene | Mapping)


def _listed(mapping: Mapping[Any, Any]) -> str:
    return ", ".join(str(key) for key in mapping)


def _moment(date: object) -> dt.datetime:
    if isinstance(date, np.datetime64):
        date = date.astype("datetime64[us]").item()
    return read_moment(date)


def _read(name: str, value: object, expected: str, *kinds: type) -> Any:
    """A field of a scene as it is, None where it is not given."""
    if value is None or (isinstance(value, kinds) and value == value and value not in (math.inf, -math.inf)):
        return value
    raise ArrayError(f"the {name} of a scene must be {expected}, not {value!r}")


def date_in_name(name: str) -> dt.datetime | None:
    """Return the date in a file's name, None where there is none."""
    for match in _DATE.finditer(name):
        try:
            year, month, day, hour, minute, second = (int(part) for part in match.groups(default="0"))
            return dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC)
        except ValueError:  # digits that are no date
            continue
    return None
