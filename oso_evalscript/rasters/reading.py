"""Reading: the bands of acquisitions as scenes, window by window on one grid, with masks and in the script's units."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from rasterio import Env
from rasterio._err import CPLE_BaseError
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window as FileWindow

from oso_evalscript.model.catalog import Collection
from oso_evalscript.model.contract import Input, Setup
from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters.files import FileBand, RasterFile, environment, first_line, opening
from oso_evalscript.rasters.grid import Box, Grid, Window, crs_name
from oso_evalscript.rasters.naming import MASK
from oso_evalscript.rasters.scaling import DN, Scaling, Stored, factor_of, scaling_for, unit_of
from oso_evalscript.runtime.scene import Scene

RESAMPLINGS = ("nearest", "bilinear", "cubic", "cubicspline", "lanczos", "average", "mode")
"""How a pixel is found in bands of another grid."""

_MARGIN = 1.5  # pixels by which bands of one scene may end differently


@dataclass(frozen=True, slots=True)
class Layer:
    """A band of the script in a file.

    Attributes:
        file: the file.
        band: the band in it.
        stored: how its values are stored.
        nodata: the value that stands for no data, None where there is none.
    """

    file: RasterFile
    band: FileBand
    stored: Stored
    nodata: float | None


@dataclass(frozen=True, slots=True)
class Acquisition:
    """One scene as files.

    Attributes:
        layers: band → layer.
        date: when it was taken, None where that is not known.
        cloud_coverage: percent.
        data_path: where it lies, as scripts read it.
        geometry: GeoJSON of the footprint.
        notes: sentences on what is not certain about it.
    """

    layers: Mapping[str, Layer]
    date: dt.datetime | None = None
    cloud_coverage: float | None = None
    data_path: str | None = None
    geometry: Mapping[str, object] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Plan:
    """How one band of an acquisition is read."""

    name: str
    layer: Layer
    scaling: Scaling


class Reader:
    """Open files, read window by window; safe to use from several threads, and to be closed.

    Args:
        grid: where the windows lie.
        setup: the contract of the script.
        acquisitions: those of each input.
        collections: the collection of each input, None if unknown.
        units: the unit of the numbers, if the user sets one.
        resampling: the resampling of bands on other grids.
        overview: whether bands with smaller pixels than the grid's may be read from their overviews.
        notices: sentences on the inputs, for their reader.

    Raises:
        RasterError: a script asks for reflectance, and the numbers are whole without a scale.
    """

    def __init__(
        self,
        grid: Grid,
        setup: Setup,
        acquisitions: Sequence[tuple[Acquisition, ...]],
        collections: Sequence[Collection | None],
        *,
        units: str | None = None,
        resampling: str = "nearest",
        overview: bool = False,
        notices: tuple[str, ...] = (),
    ) -> None:
        self.grid = grid
        self.notices = notices
        self._setup = setup
        self._acquisitions = acquisitions
        self._resampling = Resampling[resampling.replace("cubicspline", "cubic_spline")]
        self._overview = overview
        self._stack = ExitStack()
        self._handles: dict[tuple[str, str], _Handle] = {}
        self._plans = [
            [_plans(item, input, collection, units) for item in items]
            for items, input, collection in zip(acquisitions, setup.inputs, collections, strict=True)
        ]

    def __enter__(self) -> Self:
        self._stack.enter_context(environment())
        for plans in self._plans:
            for plan, _ in plans:
                for entry in plan:
                    self._handle(entry.layer)  # what cannot be read is told before anything is written
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def paths(self) -> tuple[str, ...]:
        """The files and all that belongs to them, such as the sources of a VRT, each once."""
        return tuple(dict.fromkeys(part for file in self.files for part in (file.path, *file.parts)))

    @property
    def files(self) -> tuple[RasterFile, ...]:
        """The files that are read, each once."""
        found = {each.layer.file.path: each.layer.file for plans in self._plans for plan, _ in plans for each in plan}
        return tuple(found.values())

    @property
    def partial(self) -> tuple[RasterFile, ...]:
        """The files that end before another band of the same scene does, within the grid and by more than a pixel."""
        found: dict[str, RasterFile] = {}
        for plans in self._plans:
            for plan, _ in plans:
                files = [each.layer.file for each in plan if each.layer.file.grid.crs == self.grid.crs]
                if not files:
                    continue
                boxes = [_inside(file.grid.bounds, self.grid.bounds) for file in files]
                whole = [
                    pick(sides) for pick, sides in zip((min, min, max, max), zip(*boxes, strict=True), strict=True)
                ]
                for file, box in zip(files, boxes, strict=True):
                    if any(abs(a - b) > _MARGIN * max(file.grid.resolution) for a, b in zip(box, whole, strict=True)):
                        found[file.path] = file
        return tuple(found.values())

    @property
    def planes(self) -> int:
        """How many bands of scenes are read for one window."""
        return sum(len(plan) for plans in self._plans for plan, _ in plans)

    @property
    def plans(self) -> str:
        """What is read and how, in words that differ where the values do."""
        return repr(
            [
                [
                    (plan.name, plan.layer.file.path, plan.layer.band.index, plan.layer.nodata, plan.scaling)
                    for plan in each
                ]
                for plans in self._plans
                for each, _ in plans
            ]
            + [self._resampling]
        )

    def aligned(self) -> bool:
        """Return whether the pixels of all files are those of the grid."""
        return all(not handle.warped for handle in self._handles.values())

    def plain_codes(self) -> dict[str, np.dtype[Any]] | None:
        """Return the element types of the bands of the one scene, where each is read as it is; None otherwise."""
        if len(self._plans) != 1 or len(self._plans[0]) != 1 or self._setup.fusion:
            return None
        plans, _ = self._plans[0][0]
        if any(plan.scaling not in (Scaling(), Scaling(digital=True)) or plan.name in ("", MASK) for plan in plans):
            return None
        return {plan.name: np.dtype(plan.layer.band.dtype) for plan in plans}

    def void_code(self) -> int | None:
        """Return the code that alone says where the one band of the one scene has no data, None if there is none."""
        plans, _ = self._plans[0][0]
        if len(plans) != 1 or not self._handle(plans[0].layer).only_nodata:
            return None
        nodata = plans[0].layer.nodata
        codes = np.arange(2**8, dtype=np.uint8)
        valid = _valid(codes, nodata) if plans[0].layer.band.dtype == "uint8" else None
        return None if valid is None else int(np.flatnonzero(~valid)[0])

    @property
    def units(self) -> str | None:
        """The unit of the one scene's bands, None where they are in those that the script asks for."""
        return self._plans[0][0][1]

    def read_scenes(self, window: Window) -> Any:
        """Return the scenes of a window, for `Program.run`: a list, or in data fusion lists by input."""
        listed = [
            [self._scene(item, plans, units, window) for item, (plans, units) in zip(items, planned, strict=True)]
            for items, planned in zip(self._acquisitions, self._plans, strict=True)
        ]
        if not self._setup.fusion:
            return listed[0]
        return {self._setup.key(index): scenes for index, scenes in enumerate(listed)}

    def read_bands(self, window: Window) -> tuple[dict[str, NDArray[Any]], NDArray[np.bool_] | None]:
        """Return the bands of the one scene as they are stored, and where all have data; None for everywhere."""
        return self._bands(self._plans[0][0][0], window)

    def _scene(self, item: Acquisition, plans: Sequence[_Plan], units: str | None, window: Window) -> Scene:
        bands, mask = self._bands(plans, window)
        if mask is not None:
            bands[MASK] = mask.view(np.uint8)
        return Scene(
            bands=bands,
            date=item.date,
            units=units,
            cloud_coverage=item.cloud_coverage,
            data_path=item.data_path,
            geometry=item.geometry,
        )

    def _bands(
        self, plans: Sequence[_Plan], window: Window
    ) -> tuple[dict[str, NDArray[Any]], NDArray[np.bool_] | None]:
        bands: dict[str, NDArray[Any]] = {}
        whole: NDArray[np.bool_] | None = None
        for plan in plans:
            with Env():  # in a thread that has none, GDAL prints its warnings
                values, mask = self._handle(plan.layer).read(plan.layer, window)
            if plan.name == MASK:
                given = values != 0
                mask = given if mask is None else mask & given
            elif plan.name:
                bands[plan.name] = plan.scaling.apply(values)
            if mask is not None:
                whole = mask if whole is None else whole & mask
        if not bands:  # dataMask alone is asked for
            bands[MASK] = np.ones((window.height, window.width), np.uint8)
        return bands, whole

    def _handle(self, layer: Layer) -> _Handle:
        key = (layer.file.path, repr(layer.nodata))
        if key not in self._handles:
            dataset = self._stack.enter_context(opening(layer.file.path, **self._smaller(layer.file)))
            handle = _Handle(dataset, layer, self.grid, self._resampling)
            if handle.warped is not None:
                self._stack.callback(handle.warped.close)
            self._handles[key] = handle
        return self._handles[key]

    def _smaller(self, file: RasterFile) -> dict[str, int]:
        """Which overview of a file has pixels that are still as small as those of the grid."""
        if not self._overview or file.grid.crs != self.grid.crs:
            return {}
        ratio = self.grid.resolution[0] / file.grid.resolution[0]
        level = sum(factor <= ratio for factor in file.overviews) - 1
        return {"overview_level": level} if level >= 0 else {}


class _Handle:
    """One open file, as if it lay on the grid."""

    def __init__(self, dataset: Any, layer: Layer, grid: Grid, resampling: Resampling) -> None:
        self._lock = threading.Lock()
        self._dataset = dataset
        self._file = layer.file
        same = (dataset.height, dataset.width) == (layer.file.grid.height, layer.file.grid.width)
        self._shift = grid.shift(layer.file.grid) if layer.file.upright and same else None
        self.warped = None if self._shift is not None else _warp(dataset, layer, grid, resampling)

    @property
    def only_nodata(self) -> bool:
        """Whether nothing but its no-data value says where a band has no data, even beyond the file."""
        return self._file.alpha is None and (self.warped is not None or not self._file.masked)

    def read(self, layer: Layer, window: Window) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
        """Return a band in a window of the grid and where it has data, None for everywhere.

        Raises:
            RasterError: the file ends too early, or cannot be decoded.
        """
        try:
            with self._lock:
                if self.warped is not None:
                    return self._read_warped(self.warped, layer, window)
                return self._read_aligned(layer, window)
        except RasterioError as error:
            raise RasterError(f"{self._file.path}: cannot be read ({first_line(error)})") from None

    def _read_warped(self, warped: Any, layer: Layer, window: Window) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
        part = FileWindow(window.column, window.row, window.width, window.height)
        values = warped.read(layer.band.index, window=part)
        if layer.nodata is not None and self._file.alpha is None:
            return values, _valid(values, layer.nodata)
        masks = [warped.read(self._file.alpha or warped.count, window=part) != 0]
        return values, _all_of([*masks, _valid(values, layer.nodata)])

    def _read_aligned(self, layer: Layer, window: Window) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
        row, column = (start + by for start, by in zip(window[:2], self._shift or (0, 0), strict=True))
        top, left = max(row, 0), max(column, 0)
        bottom = min(row + window.height, self._file.grid.height)
        right = min(column + window.width, self._file.grid.width)
        if top >= bottom or left >= right:
            return _nothing(layer, window)
        part = FileWindow(left, top, right - left, bottom - top)
        values = self._dataset.read(layer.band.index, window=part)
        mask = self._mask(layer, part, values)
        if values.shape == (window.height, window.width):
            return values, mask
        inside = np.s_[top - row : bottom - row, left - column : right - column]
        all_values, all_mask = _nothing(layer, window)
        all_values[inside] = values
        all_mask[inside] = True if mask is None else mask
        return all_values, all_mask

    def _mask(self, layer: Layer, part: FileWindow, values: NDArray[Any]) -> NDArray[np.bool_] | None:
        masks = [_valid(values, layer.nodata)]
        if self._file.alpha is not None:
            masks.append(self._dataset.read(self._file.alpha, window=part) != 0)
        elif self._file.masked:
            masks.append(self._dataset.read_masks(layer.band.index, window=part) != 0)
        return _all_of(masks)


def _inside(one: Box, other: Box) -> Box:
    """What two boxes share."""
    left, bottom = max(one[0], other[0]), max(one[1], other[1])
    return left, bottom, min(one[2], other[2]), min(one[3], other[3])


def _all_of(masks: Sequence[NDArray[np.bool_] | None]) -> NDArray[np.bool_] | None:
    """Where all masks say data; None says that everywhere."""
    given = [mask for mask in masks if mask is not None]
    if len(given) < 2:
        return given[0] if given else None
    both: NDArray[np.bool_] = np.logical_and.reduce(given)
    return both


def _warp(dataset: Any, layer: Layer, grid: Grid, resampling: Resampling) -> Any:
    alpha = layer.nodata is None and layer.file.alpha is None
    try:
        return WarpedVRT(
            dataset,
            crs=grid.crs,
            transform=grid.transform,
            width=grid.width,
            height=grid.height,
            resampling=resampling,
            nodata=layer.nodata,
            src_nodata=layer.nodata,
            add_alpha=alpha,
            warp_mem_limit=64,
            UNIFIED_SRC_NODATA="NO",  # bands have no data each for itself, and where the file's mask says so
        )
    except (RasterioError, CPLE_BaseError):
        raise RasterError(
            f"{layer.file.path}: cannot be reprojected from {crs_name(layer.file.grid.crs)} to {crs_name(grid.crs)}"
        ) from None


def _valid(values: NDArray[Any], nodata: float | None) -> NDArray[np.bool_] | None:
    """Where values are data; None for everywhere, as where the type cannot hold the value for no data."""
    if nodata is None:
        return None
    if nodata != nodata:
        return ~np.isnan(values) if values.dtype.kind == "f" else None
    if values.dtype.kind in "iu":
        limits = np.iinfo(values.dtype)
        if nodata != int(nodata) or not limits.min <= nodata <= limits.max:
            return None
    valid: NDArray[np.bool_] = values != values.dtype.type(nodata)
    return valid


def _nothing(layer: Layer, window: Window) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """What lies beyond a file: its no-data value where its type can hold that, else 0."""
    size = (window.height, window.width)
    values, mask = np.zeros(size, layer.band.dtype), np.zeros(size, np.bool_)
    if layer.nodata is not None and _valid(values[:1, :1], layer.nodata) is not None:
        values.fill(layer.nodata)
    return values, mask


def _plans(
    item: Acquisition, input: Input, collection: Collection | None, units: str | None
) -> tuple[list[_Plan], str | None]:
    """How the bands of an acquisition are read, and the unit that they are then in."""
    found = []
    for name, layer in item.layers.items():
        plain = name in ("", MASK)
        scaling = Scaling() if plain else scaling_for(layer.file.path, name, layer.stored, input, collection, units)
        found.append(_Plan(name, layer, scaling))
    if units is not None:
        return found, None
    digital = [plan for plan in found if plan.scaling.digital]
    if collection is not None and digital and all(_as_digital(plan, input, collection) for plan in found):
        return found, DN
    return [_converted(plan, input, collection) for plan in found], None


def _as_digital(plan: _Plan, input: Input, collection: Collection) -> bool:
    """Whether the runtime, told that all bands are digital numbers, is right about this one."""
    if plan.name in ("", MASK):
        return True
    if not plan.scaling.digital:
        return unit_of(plan.name, input, collection.band(plan.name)) in (None, DN)
    return factor_of(plan.name, input, collection) != 1.0 or unit_of(plan.name, input, collection.band(plan.name)) in (
        None,
        DN,
    )


def _converted(plan: _Plan, input: Input, collection: Collection | None) -> _Plan:
    factor = factor_of(plan.name, input, collection)
    if not plan.scaling.digital or factor == 1.0:
        return plan
    return _Plan(plan.name, plan.layer, plan.scaling.in_unit(factor))
