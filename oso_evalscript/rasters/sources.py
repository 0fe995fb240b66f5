"""From what a user names to acquisitions: files, files by band and folders, for each input of a script."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, cast

from oso_evalscript.model.catalog import Collection
from oso_evalscript.model.contract import Input, Setup
from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters.files import SUFFIXES, FileBand, RasterFile, read_file
from oso_evalscript.rasters.grid import Box, Grid, bounds_in, choose_grid, metres_per_unit
from oso_evalscript.rasters.naming import MASK, bands_in_name, match_bands, names_of_bands, words_of
from oso_evalscript.rasters.reading import Acquisition, Layer
from oso_evalscript.rasters.scaling import Stored
from oso_evalscript.runtime.scene import date_in_name

Place: TypeAlias = "str | Path"
Scenes: TypeAlias = "Place | Mapping[str, Place] | Sequence[Place | Mapping[str, Place]]"
"""One or several scenes: each a file or a folder, or a mapping from bands to files."""

Inputs: TypeAlias = "Scenes | Mapping[str, Scenes]"
"""The scenes of a script with one input; for several inputs a mapping from their names to that."""

_RESOLUTION = re.compile(r"^(10|20|60)m$")
_DATE_TAGS = ("ACQUISITION_DATE", "DATE_ACQUIRED", "datetime", "date")


@dataclass(frozen=True, slots=True)
class Request:
    """What is looked for in files, for one input of a script.

    Attributes:
        input: the bands and their units.
        collection: where they come from, None where that is not known.
        said: band → number or description in the file, or key of an asset, as the user says it.
        network: whether files may be read over the network that the user has not named.
    """

    input: Input
    collection: Collection | None
    said: Mapping[str, int | str]
    network: bool = False

    @property
    def wanted(self) -> tuple[str, ...]:
        """The bands, `dataMask` the last."""
        names = [name for name in self.input.bands if name != MASK]
        return (*names, MASK)


@dataclass(frozen=True, slots=True)
class RasterScenes:
    """The acquisitions of every input of a script.

    Attributes:
        acquisitions: for each input its own.
        finest: the grid of the band with the smallest pixels, which holds all acquisitions in its CRS.
    """

    acquisitions: tuple[tuple[Acquisition, ...], ...]
    finest: Grid

    @property
    def files(self) -> tuple[RasterFile, ...]:
        """The files, each once."""
        layers = (layer for items in self.acquisitions for item in items for layer in item.layers.values())
        return tuple({layer.file.path: layer.file for layer in layers}.values())


def split_inputs(setup: Setup, given: Inputs) -> tuple[Scenes, ...]:
    """Return the scenes of each input, however they were handed over.

    Raises:
        RasterError: some are missing, or are of no input.
    """
    if not setup.fusion:
        return (cast("Scenes", given),)
    keys = [setup.key(index) for index in range(len(setup.inputs))]
    if not isinstance(given, Mapping):
        raise RasterError(f"the script has several inputs: pass scenes for each of {', '.join(keys)}")
    stray = next((key for key in given if key not in keys), None)
    if stray is not None:
        raise RasterError(f"the script has no input `{stray}`; its inputs are {', '.join(keys)}")
    missing = next((key for key in keys if key not in given), None)
    if missing is not None:
        raise RasterError(f"the scenes of `{missing}` are missing: expected those of {', '.join(keys)}")
    return tuple(given[key] for key in keys)


def find_acquisitions(given: Scenes, request: Request) -> tuple[Acquisition, ...]:
    """Return the acquisitions that a user names, for one input.

    Raises:
        RasterError: a file is missing or cannot be used, or a band is in none.
    """
    if isinstance(given, Mapping):
        return (_by_band(given, request),)
    if isinstance(given, str | Path):
        return _at(given, request)
    found: list[Acquisition] = []
    for item in given:
        found += [_by_band(item, request)] if isinstance(item, Mapping) else _at(item, request)
    if not found:
        raise RasterError("there is no scene: expected at least one file")
    return tuple(found)


def joint_grid(inputs: Sequence[Sequence[Acquisition]]) -> Grid:
    """Return the grid of the finest band, widened to all others in its CRS and to scenes of its input in other CRSs.

    Other inputs in other CRSs, such as a map of the world in data fusion, do not widen it.

    Args:
        inputs: the acquisitions of each input.
    """
    layers = [layer for items in inputs for item in items for layer in item.layers.values()]
    grids = list({layer.file.path: layer.file.grid for layer in layers}.values())
    if not grids:
        raise RasterError("there is no raster that defines a grid: pass at least one --input")
    finest = min(grids, key=_pixel_area)
    boxes = [grid.bounds for grid in grids if grid.crs == finest.crs]
    for items in inputs:
        scenes = [[layer.file.grid for layer in item.layers.values()] for item in items]
        if any(grid == finest for bands in scenes for grid in bands):
            boxes += [box for bands in scenes for box in _boxes_elsewhere(bands, finest)]
    left, bottom = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, top = max(box[2] for box in boxes), max(box[3] for box in boxes)
    return choose_grid(finest, bbox=(left, bottom, right, top))


def _boxes_elsewhere(bands: Sequence[Grid], finest: Grid) -> Iterator[Box]:
    """The boxes, in the CRS of the finest band, of a scene all of whose bands lie in other CRSs."""
    if any(grid.crs == finest.crs for grid in bands):
        return
    for grid in bands:
        try:
            box = bounds_in(grid, finest.crs)
        except RasterError:  # reported with its file, once it is compared with the grid
            continue
        if all(map(math.isfinite, box)):
            yield box


def _pixel_area(grid: Grid) -> float:
    """The area of a pixel, in square metres roughly, so that degrees and metres compare."""
    width, height = grid.resolution
    unit = metres_per_unit(grid.crs)
    return width * height * unit * unit


def layer_of(file: RasterFile, band: FileBand, **known: Any) -> Layer:
    """Return a band of a file as a layer, with what the file says of its values but for what is known better."""
    scaled = (band.scale, band.offset) != (1.0, 0.0)
    stored = known.get("stored") or Stored(band.dtype, band.scale if scaled else None, band.offset if scaled else 0.0)
    return Layer(file, band, stored, known.get("nodata", band.nodata))


def acquisition_of(files: Sequence[RasterFile], request: Request) -> Acquisition:
    """Return the scene in some files, each of which holds some of the bands.

    Raises:
        RasterError: a band is in none of them.
    """
    layers: dict[str, Layer] = {}
    if len(files) == 1:
        found = match_bands(files[0], request.wanted, request.said, request.collection)
        layers = {name: layer_of(files[0], band) for name, band in found.items()}
        if not layers:
            layers[""] = layer_of(files[0], files[0].bands[0])  # it tells where there is data
    for file in files if len(files) > 1 else ():
        for name, band in _bands_by_name(file, request).items():
            layers.setdefault(name, layer_of(file, band))
    check_complete(layers, request, [file.path for file in files])
    return Acquisition(layers, _date_of(files), data_path=None)


def check_complete(layers: Mapping[str, Layer], request: Request, places: Sequence[str]) -> None:
    """Refuse an acquisition that lacks a band.

    Raises:
        RasterError: it does; the text names the places that were looked at.
    """
    missing = [name for name in request.wanted if name not in layers and name != MASK]
    if missing:
        shown = ", ".join(places[:4]) + (" …" if len(places) > 4 else "")
        raise RasterError(
            f"the band {missing[0]} is in none of {shown}: pass its file, as in --input {missing[0]}=FILE"
        )


def _bands_by_name(file: RasterFile, request: Request) -> dict[str, FileBand]:
    """The bands of one of several files: by their descriptions, or the only one by the name of the file."""
    found = {band.name: band for band in file.bands if band.name in request.wanted}
    if found or len(file.bands) != 1:
        return found
    named = bands_in_name(file.path, names_of_bands(request.wanted, request.collection)) & set(request.wanted)
    return {named.pop(): file.bands[0]} if len(named) == 1 else {}


def _by_band(given: Mapping[str, Place], request: Request) -> Acquisition:
    stray = next((name for name in given if name not in request.wanted), None)
    if stray is not None:
        asked = ", ".join(request.input.bands)
        raise RasterError(f"the script does not ask for the band `{stray}`; its bands are {asked}")
    layers = {}
    files = []
    for name, place in given.items():
        if not isinstance(place, str | Path):
            raise RasterError(f"expected a file for the band {name}, not {type(place).__name__}")
        file = read_file(place)
        files.append(file)
        layers[name] = layer_of(file, match_bands(file, (name,), request.said, request.collection)[name])
    check_complete(layers, request, [file.path for file in files])
    return Acquisition(layers, _date_of(files))


def _at(place: Place, request: Request) -> tuple[Acquisition, ...]:
    """The acquisitions at a path."""
    path = Path(place)
    if path.is_file() and path.suffix.lower() not in (".json", ".geojson"):
        return (acquisition_of([read_file(place)], request),)
    # Each kind of place has a module of its own, which stands on this one.
    from oso_evalscript.rasters import catalogs, products, recorded

    found = products.find_products(path)
    if found:
        return tuple(item for product in found for item in products.read_product(product, request))
    if recorded.is_recorded(path):
        return recorded.read_recorded(path, request)
    if path.exists() and catalogs.looks_like_stac(path):
        return catalogs.read_stac(path, request)
    if path.is_dir():
        return _in_folder(path, request)
    return (acquisition_of([read_file(place)], request),)


def _in_folder(folder: Path, request: Request) -> tuple[Acquisition, ...]:
    """A folder of rasters: files whose names differ by the band alone are one scene, all others one each."""
    paths = sorted(
        path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
    )
    if not paths:
        raise RasterError(f"{folder}: contains no raster ({', '.join(SUFFIXES)})")
    groups: dict[tuple[str, ...], list[RasterFile]] = {}
    for path in paths:
        groups.setdefault(_without_band(path, request), []).append(read_file(path))
    return tuple(acquisition_of(files, request) for files in groups.values())


def _without_band(path: Path, request: Request) -> tuple[str, ...]:
    """The words of a file's name but for the band and its resolution."""
    names = (*names_of_bands(request.wanted, request.collection), MASK)
    text = words_of(path.name)
    for name in bands_in_name(path.name, names):
        text = re.sub(f"_{re.escape(name)}(?=_)", "", text, flags=re.IGNORECASE)
    return tuple(word for word in text.split("_") if word and not _RESOLUTION.match(word))


def _date_of(files: Sequence[RasterFile]) -> dt.datetime | None:
    """The date of a scene: in the tags of a file, in its name, or, as it may be that of the file, in TIFF's own tag."""
    tagged = (_date_in(file.tags.get(tag, "")) for tag in _DATE_TAGS for file in files)
    named = (date_in_name(Path(file.path).stem) for file in files)
    written = (_date_in(file.tags.get("TIFFTAG_DATETIME", "")) for file in files)
    return next((found for source in (tagged, named, written) for found in source if found is not None), None)


def _date_in(text: str) -> dt.datetime | None:
    return date_in_name(re.sub(r"^(\d{4})[:/](\d\d)[:/](\d\d)", r"\1-\2-\3", text)) if text else None
