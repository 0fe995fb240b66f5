"""What sentinelhub-py keeps of requests: a folder with `request.json` and `response.tiff`.

A request whose evalscript returned bands as they are is a recorded scene, on which any other script can be run.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from oso_evalscript.model.catalog import Collection
from oso_evalscript.model.contract import Mosaicking
from oso_evalscript.model.errors import OsoError, RasterError
from oso_evalscript.rasters.files import read_file
from oso_evalscript.rasters.naming import MASK
from oso_evalscript.rasters.reading import Acquisition, Layer
from oso_evalscript.rasters.scaling import DN, Stored, unit_of
from oso_evalscript.rasters.sources import Request, check_complete
from oso_evalscript.runtime.program import Program


def is_recorded(path: Path) -> bool:
    """Return whether a folder is one request that was recorded, or holds such folders."""
    return _is_one(path) or (path.is_dir() and any(_is_one(item) for item in path.iterdir() if item.is_dir()))


def read_recorded(path: Path, request: Request) -> tuple[Acquisition, ...]:
    """Return the scenes that were recorded in a folder.

    Raises:
        RasterError: the script of a request returned something else than bands, or a band is missing.
    """
    folders = [path] if _is_one(path) else sorted(item for item in path.iterdir() if _is_one(item))
    return tuple(_scene(folder, request) for folder in folders)


def _is_one(path: Path) -> bool:
    return (path / "request.json").is_file() and any(path.glob("response.tif*"))


def _scene(folder: Path, request: Request) -> Acquisition:
    place = folder / "request.json"
    try:
        payload = json.loads(place.read_text(encoding="utf-8"))["payload"]
        script = payload["evalscript"]
        data = payload["input"]["data"][0]
        text = data.get("dataFilter", {}).get("timeRange", {}).get("from")
        date = None if text is None else dt.datetime.fromisoformat(text)
        collection = data.get("type")
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise RasterError(f"{place}: is not a request recorded by sentinelhub-py ({error})") from None
    file = read_file(next(iter(sorted(folder.glob("response.tif*")))))
    bands, units, origin = _returned_bands(script, collection, place)
    if len(bands) != len(file.bands) + (file.alpha is not None):
        raise RasterError(f"{folder}: the response has {len(file.bands)} bands, and its script returns {len(bands)}")
    layers: dict[str, Layer] = {}
    for name in request.wanted:
        if name not in bands:
            continue
        band = file.band(bands.index(name) + 1)
        if band is not None:
            layers[name] = Layer(
                file, band, _stored(name, band.dtype, units[name], request, origin, place), band.nodata
            )
    check_complete(layers, request, [str(folder)])
    notes = tuple(_other_collection(folder, origin, request.collection))
    return Acquisition(layers, date, data_path=folder.name, notes=notes)


def _other_collection(folder: Path, recorded: Collection | None, read: Collection | None) -> Iterator[str]:
    """Say that bands of one collection are read as those of another; one with its own bands may be any."""
    if recorded is None or read is None or recorded.any_bands or read.any_bands or recorded.id == read.id:
        return
    yield f"{folder}: was recorded from {recorded.id}, and is read as {read.id}"


def _stored(
    name: str, dtype: str, unit: str | None, request: Request, origin: Collection | None, place: Path
) -> Stored:
    """How a band was recorded: as digital numbers, or in the unit that the recorded script asked for."""
    if name == MASK:
        return Stored(dtype)
    if unit == "REFLECTANCE" and np.dtype(dtype).kind != "f":
        raise RasterError(f"{place}: {name} was recorded as {unit} in {dtype}, which rounds it: record FLOAT32")
    if request.collection is None:
        return Stored(dtype, _factor_to_wanted(name, unit, request, origin, place))
    band = request.collection.band(name)
    if unit == DN:
        return Stored(dtype, None if band is None else next((each for _, each in band.scale), None), digital=True)
    return Stored(dtype, 1.0, physical=unit is not None and np.dtype(dtype).kind == "f")


def _factor_to_wanted(name: str, unit: str | None, request: Request, origin: Collection | None, place: Path) -> float:
    """What turns recorded values into those of a script whose collection is not known but for the recorded request."""
    band = None if origin is None else origin.band(name)
    wanted = unit_of(name, request.input, band)
    if unit == wanted:
        return 1.0
    if band is not None and unit is not None and wanted is not None:
        factor = band.factor(wanted if unit == DN else unit) if DN in (unit, wanted) else None
        if factor is not None:
            return factor if unit == DN else 1 / factor
    known = unit or "an unknown unit"
    raise RasterError(
        f"{place}: {name} was recorded in {known}, and the script asks for {wanted or 'an unknown unit'}, which it "
        "cannot be converted to: use --collection"
    )


def _returned_bands(
    script: str, collection: str | None, place: Path
) -> tuple[list[str], dict[str, str | None], Collection | None]:
    """The bands that a script returns as they are, their units and collection; found by running it on test values."""
    try:
        with Program(script, collection=collection) as program:
            setup = program.setup
            if setup.fusion or setup.mosaicking_of(0) is not Mosaicking.SIMPLE or len(setup.outputs) != 1:
                raise RasterError(
                    f"{place}: its script has several samples or outputs, so no single scene was recorded"
                )
            names = list(setup.bands)
            scene: dict[str, Any] = {
                name: np.array([[1.0 if name == MASK else 3.0 * (index + 2)]]) for index, name in enumerate(names)
            }
            plain = program.setup.inputs[0]
            units = dict(zip(plain.bands, plain.units, strict=False))
            found = program.run(scene, workers=1)[setup.outputs[0].id].astype(float)
            kind = setup.outputs[0].sample_type
            origin = program.origins[0]
    except OsoError as error:
        if isinstance(error, RasterError):
            raise
        raise RasterError(f"{place}: the recorded script cannot be run ({error})") from None
    returned = []
    for row in found[:, 0, 0]:
        match = [name for name in names if float(scene[name][0, 0]) == row]
        returned.append(match[0] if len(match) == 1 else "")
    if "" in returned:
        raise RasterError(
            f"{place}: band {returned.index('') + 1} of what its script returns ({kind}) is not one of its input bands "
            f"as it is ({', '.join(names)}), so other scripts cannot be run on it"
        )
    defaults = {name: (band.units[0] if origin and (band := origin.band(name)) else None) for name in names}
    return returned, {name: (units.get(name) or defaults[name] or "").upper() or None for name in names}, origin
