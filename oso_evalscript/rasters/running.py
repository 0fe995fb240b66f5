"""`oso.rasters.run` and `oso.rasters.open_scenes`: an evalscript over rasters in one call."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, TypedDict, Unpack

from oso_evalscript.model.catalog import Collection
from oso_evalscript.model.contract import Mosaicking, Setup
from oso_evalscript.model.errors import MissingExtra, OsoError, RasterError
from oso_evalscript.model.text import AnySource, Source
from oso_evalscript.rasters.evaluating import Evaluator
from oso_evalscript.rasters.files import RasterFile
from oso_evalscript.rasters.grid import Box, Grid, Window, bounds_in, choose_grid, overlap, parse_crs, show_box
from oso_evalscript.rasters.job import Progress, Settings, Written, write
from oso_evalscript.rasters.naming import MASK
from oso_evalscript.rasters.reading import RESAMPLINGS, Acquisition, Layer, Reader
from oso_evalscript.rasters.scaling import DN, check_offset
from oso_evalscript.rasters.sources import Inputs, Request, find_acquisitions, joint_grid, split_inputs
from oso_evalscript.runtime.arguments import Span, check_opened, read_moment, read_span
from oso_evalscript.runtime.program import Program
from oso_evalscript.runtime.worker import start_one

STORE = ".zarr"
MAX_PIXELS = 2**26
"""So many pixels are read at once at most, where a whole scene is asked for."""
MAX_EMPTINESS = 1000
"""By so much a grid may be larger than all scenes together."""


@dataclass(frozen=True, slots=True)
class OpenScenes:
    """Rasters on one grid, ready to run a script on.

    Attributes:
        setup: the contract of the script.
        collections: the collection of each input, None if unknown.
        acquisitions: the scenes of each input, as files.
        grid: the grid of the result.
        units: the unit of the numbers, if the user sets one.
        resampling: the resampling of bands on other grids.
        left_out: sentences on the scenes that are left out.
        offset: what the run adds to digital numbers.
    """

    setup: Setup
    collections: tuple[Collection | None, ...]
    acquisitions: tuple[tuple[Acquisition, ...], ...]
    grid: Grid
    units: str | None = None
    resampling: str = "nearest"
    left_out: tuple[str, ...] = ()
    offset: float = 0

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences on what is not certain about the inputs, or not used of them."""
        return (*self.left_out, *(note for items in self.acquisitions for note in self._notes(items)))

    def _notes(self, items: Sequence[Acquisition]) -> Iterator[str]:
        """What is to be said of the scenes of one input; of each kind the first, with the number of others."""
        layers = [(name, layer) for item in items for name, layer in item.layers.items()]
        unused = [] if self.offset else [note for each in layers for note in _unused(*each, self.units)]
        doubts = [note for each in layers for note in _doubts(*each)] if self.units is None else []
        for notes in ([note for item in items for note in item.notes], unused, doubts):
            if notes:
                others = len(notes) - 1
                yield notes[0] + (f" (and {others:,} more like it)" if others else "")

    def reader(self, *, overview: bool = False) -> Reader:
        """Return a reader of these scenes, to be used as a context manager."""
        return Reader(
            self.grid,
            self.setup,
            self.acquisitions,
            self.collections,
            units=self.units,
            resampling=self.resampling,
            overview=overview,
            notices=self.notices,
        )

    def read(self, window: tuple[int, int, int, int] | None = None, *, overview: bool = False) -> Any:
        """Return scenes as `Program.run` takes them: arrays of shape (y, x), with `dataMask`, in the script's units.

        Args:
            window: row, column, height and width in pixels of the grid; by default everything.
            overview: whether overviews may be read if they are fine enough.

        Raises:
            RasterError: there are too many pixels for memory, or a file cannot be read.
        """
        chosen = Window(0, 0, self.grid.height, self.grid.width) if window is None else Window(*window)
        if chosen.height * chosen.width > MAX_PIXELS:
            raise RasterError(
                f"{chosen.height:,} x {chosen.width:,} pixels are too many to hold in memory: write a .tif, or use "
                "--bbox or --resolution"
            )
        with self.reader(overview=overview) as reader:
            return reader.read_scenes(chosen)

    def around(self, row: int, column: int) -> OpenScenes:
        """Return the scenes at one pixel.

        Raises:
            RasterError: there is no such pixel.
        """
        if not (0 <= row < self.grid.height and 0 <= column < self.grid.width):
            size = f"{self.grid.height} rows and {self.grid.width} columns"
            raise RasterError(f"there is no pixel {row},{column}: the raster has {size}")
        return replace(self, grid=self.grid.part(Window(row, column, 1, 1)))

    def coarser(self, side: int) -> OpenScenes:
        """Return the scenes on a grid of at most that many rows and columns; unchanged if it is small enough."""
        longest = max(self.grid.width, self.grid.height)
        if longest <= side:
            return self
        size = tuple(max(1, round(length * side / longest)) for length in (self.grid.width, self.grid.height))
        return replace(self, grid=choose_grid(self.grid, size=(size[0], size[1])))


class Selection(TypedDict, total=False):
    """The bands and the part of rasters to run a script on; everything is optional.

    Attributes:
        bands: band → its number in the files, counted from 1, or its description there.
        units: the unit of the numbers, such as `DN`; by default as in the files.
        bbox: left, bottom, right, top in units of `crs`; by default the extent of the files.
        crs: the CRS, such as `EPSG:2154`; by default that of the band with the smallest pixels.
        resolution: the pixel size in units of the CRS, or width and height; by default that of the finest band.
        size: columns and rows, instead of a resolution.
        resampling: the resampling of bands on other grids: nearest (the default), bilinear, cubic,
            cubicspline, lanczos, average or mode.
        network: whether assets of STAC items may be read over the network.
        time_range: start and end of the request; scenes of other times are left out. By default all are used.
    """

    bands: Mapping[str, int | str]
    units: str | None
    bbox: Box | None
    crs: str | None
    resolution: float | tuple[float, float] | None
    size: tuple[int, int] | None
    resampling: str
    network: bool
    time_range: Span | None


def open_scenes(program: Program, inputs: Inputs, **selection: Unpack[Selection]) -> OpenScenes:
    """Open rasters as scenes for a program, on one grid; this reads only their metadata.

    Args:
        program: the loaded script, whose contract defines the bands.
        inputs: a file, a folder, a mapping from bands to files, or a list of those, one for each scene; for a script
            with several inputs a mapping from their names to that.
        selection: the bands and the part of the rasters, see `Selection`.

    Raises:
        RasterError: a file is missing or unusable, a band is not found, or nothing overlaps.
    """
    check_opened(program)
    resampling = selection.get("resampling", "nearest")
    if resampling not in RESAMPLINGS:
        raise RasterError(f"`{resampling}` is not a resampling: expected one of {', '.join(RESAMPLINGS)}")
    setup, said = program.setup, dict(selection.get("bands") or {})
    given = split_inputs(setup, inputs)
    stray = next((name for name in said if name not in setup.bands), None)
    if stray is not None:
        raise RasterError(f"the script does not ask for the band `{stray}`; its bands are {', '.join(setup.bands)}")
    found = tuple(
        find_acquisitions(scenes, Request(input, origin, said, selection.get("network", False)))
        for scenes, input, origin in zip(given, setup.inputs, program.origins, strict=True)
    )
    in_time = _in_time(found, selection.get("time_range"))
    grid = _chosen(joint_grid(in_time), selection)
    if selection.get("bbox") is None:
        _check_spread(grid, in_time)
    acquisitions = _on_grid(grid, in_time)
    for index, items in enumerate(acquisitions):
        _check_dates(items, setup.mosaicking_of(index))
    left_out = (
        *_left_out("time range", found, in_time),
        *_left_out(f"box {show_box(grid.bounds)}", in_time, acquisitions),
    )
    return OpenScenes(setup, program.origins, acquisitions, grid, selection.get("units"), resampling, left_out)


def run(
    script: AnySource,
    inputs: Inputs,
    output: str | Path,
    *,
    collection: str | Mapping[str, str] | None = None,
    settings: Settings | None = None,
    timeout: float = 10.0,
    memory: int = 512 * 2**20,
    progress: Callable[[Progress], None] | None = None,
    **selection: Unpack[Selection],
) -> Written:
    """Run an evalscript on rasters of any size and write its outputs as cloud-optimised GeoTIFFs or a Zarr store.

    The result is what `Program.run` makes of the same arrays, pixel by pixel. Files appear whole or not at all.

    Args:
        script: the script, its text or its path.
        inputs: as for `open_scenes`.
        output: the file to write; for several outputs one for each, `out_ID.tif` for `out.tif`. `out.zarr` is a Zarr
            store with a variable for each output and needs the extra `dask`; nothing of it is resumed, and progress
            is not reported.
        collection: where the bands come from, as for `Program`.
        settings: overviews, compression, resuming, threads.
        timeout: as for `Program`.
        memory: as for `Program`.
        progress: called after each window.
        selection: the bands and the part of the rasters, see `Selection`.

    Raises:
        RasterError: a raster cannot be read or written, or does not fit the script.
        ScriptError: the script failed; a `PixelError` names row and column of the whole raster.
    """
    how = _settled(settings or Settings(), selection)
    check_offset(how.offset, how.units)
    with suppress(OsoError, OSError):  # it is started again, and reported, where it is needed
        start_one()  # takes a tenth of a second

    limits: dict[str, Any] = {"timeout": timeout, "memory": memory}
    make = partial(Program, script, collection=collection, strict=how.strict, api=how.api, **limits)
    with Evaluator(make, how.threads) as evaluator:
        scenes = replace(open_scenes(evaluator.program, inputs, **selection), offset=how.offset)
        target = Path(os.path.realpath(output))
        with scenes.reader() as reader:
            if target.suffix != STORE:
                return write(evaluator, reader, target, how, progress)
            stores, clusters = load_dask(f"writing {STORE}")
            task = clusters.Task(Source.of(script), collection, timeout, memory, scenes, how)
            written: Written = stores.write_store(evaluator, reader, target, task)
            return written


def _settled(settings: Settings, selection: Selection) -> Settings:
    """The settings with units and time range of a selection, which takes over those that it lacks."""
    selection.setdefault("units", settings.units)
    selection.setdefault("time_range", settings.time_range)
    return replace(settings, units=selection["units"], time_range=selection["time_range"])


def load_dask(purpose: str) -> tuple[Any, Any]:
    """Return the modules that write stores and use clusters.

    Args:
        purpose: what needs them, for the error.

    Raises:
        MissingExtra: a library of the extra `dask` is missing.
    """
    try:
        from oso_evalscript.rasters import clusters, stores
    except ModuleNotFoundError as error:
        library = (error.name or "").split(".")[0]
        if library not in ("dask", "distributed", "xarray", "zarr"):
            raise
        raise MissingExtra(purpose, library, "dask") from None
    return stores, clusters


def _chosen(finest: Grid, selection: Selection) -> Grid:
    sides, crs = selection.get("resolution"), selection.get("crs")
    return choose_grid(
        finest,
        bbox=selection.get("bbox"),
        crs=None if crs is None else parse_crs(crs),
        resolution=(sides, sides) if isinstance(sides, int | float) else sides,
        size=selection.get("size"),
    )


def _on_grid(grid: Grid, inputs: Sequence[tuple[Acquisition, ...]]) -> tuple[tuple[Acquisition, ...], ...]:
    """The scenes that share ground with the grid, as the service offers no others.

    Raises:
        RasterError: there are none, or bands of one scene lie apart.
    """
    for item in (item for items in inputs for item in items):
        first, *others = _files(item)
        for file in others:
            if not _shares_ground(file, first.grid):
                box = show_box(bounds_in(file.grid, first.grid.crs))
                raise RasterError(
                    f"{file.path}: does not overlap {first.path}, another band of the same scene, which covers "
                    f"{show_box(first.grid.bounds)}: it covers {box} there"
                )
    kept = tuple(
        tuple(item for item in items if any(_shares_ground(file, grid) for file in _files(item))) for items in inputs
    )
    if any(kept):
        return kept
    file = _files(inputs[0][0])[0]
    box = show_box(bounds_in(file.grid, grid.crs))
    raise RasterError(f"{file.path}: does not overlap the box {show_box(grid.bounds)}: it covers {box} there")


def _check_spread(grid: Grid, inputs: Sequence[tuple[Acquisition, ...]]) -> None:
    """Refuse a large grid that is nearly empty because scenes lie far apart, such as a wrong file among others."""
    boxes = [
        (file.path, bounds_in(file.grid, grid.crs)) for items in inputs for item in items for file in _files(item)[:1]
    ]
    covered = sum((right - left) * (top - bottom) for _, (left, bottom, right, top) in boxes)
    left, bottom, right, top = grid.bounds
    if grid.width * grid.height <= MAX_PIXELS or (right - left) * (top - bottom) <= MAX_EMPTINESS * covered:
        return
    x, y = (median((box[side] + box[side + 2]) / 2 for _, box in boxes) for side in (0, 1))
    path, box = max(boxes, key=lambda each: abs(each[1][0] - x) + abs(each[1][1] - y))
    raise RasterError(
        f"the scenes lie far apart: all are in the box {show_box(grid.bounds)}, of which they cover less than 1 in "
        f"{MAX_EMPTINESS:,}, and {path} covers {show_box(box)}: leave a file out, or set --bbox"
    )


def _check_dates(items: Sequence[Acquisition], mosaicking: Mosaicking) -> None:
    """Refuse scenes without a date where it decides which one is which."""
    undated = next((item for item in items if item.date is None), None)
    if undated is None:
        return
    if mosaicking is not Mosaicking.SIMPLE:
        why = f"which scripts can read under {mosaicking}"
    elif any(item.date is not None for item in items):
        why = "while other scenes have one, so that their order is unknown"
    else:
        return
    path = Path(_files(undated)[0].path)
    example = f"{path.stem}_2023-06-01{path.suffix}"
    raise RasterError(f"{path}: has no date, {why}: put one into its name, as in {example}")


def _in_time(inputs: Sequence[tuple[Acquisition, ...]], span: Span | None) -> tuple[tuple[Acquisition, ...], ...]:
    """The scenes of a time range, and those without a date.

    Raises:
        RasterError: there are none.
    """
    if span is None:
        return tuple(inputs)
    begin, end = read_span(span)
    kept = tuple(
        tuple(item for item in items if item.date is None or begin <= read_moment(item.date) <= end) for items in inputs
    )
    if any(kept):
        return kept
    dates = sorted(read_moment(item.date) for items in inputs for item in items if item.date is not None)
    raise RasterError(
        f"no scene lies in the time range {begin:%Y-%m-%d} to {end:%Y-%m-%d}: they are of {dates[0]:%Y-%m-%d} to "
        f"{dates[-1]:%Y-%m-%d}"
    )


def _left_out(
    what: str, found: Sequence[tuple[Acquisition, ...]], kept: Sequence[tuple[Acquisition, ...]]
) -> Iterator[str]:
    """Say which scenes are not used."""
    for items, used in zip(found, kept, strict=True):
        lost = [item for item in items if not any(item is other for other in used)]
        if lost:
            one = len(lost) == 1
            which = f"{len(lost):,} of {len(items):,} scenes {'lies' if one else 'lie'} outside the {what}"
            left = "is left out:" if one else "are left out, such as"
            yield f"{which} and {left} {_files(lost[0])[0].path}"


def _unused(name: str, layer: Layer, units: str | None) -> Iterator[str]:
    """Say which scale and offset are not applied, because the user says the unit; digital numbers need no scale."""
    stored = layer.stored
    if units is None or name in ("", MASK):
        return
    digital = units.upper() == DN
    scaled = not digital and stored.scale not in (None, 1.0)
    if stored.offset or scaled:
        what = f"scale {stored.scale:g} and offset {stored.offset:g}" if scaled else f"offset {stored.offset:g}"
        steps = stored.offset / (stored.scale or 1.0)
        advice = f"; use --offset {steps:g} to apply it" if digital else ""
        verb = "are" if scaled else "is"
        yield f"{layer.file.path}: the {what} of {name} {verb} not applied, as --units is given{advice}"


def _doubts(name: str, layer: Layer) -> Iterator[str]:
    """Say that digital numbers may have an offset which is not subtracted."""
    if layer.stored.doubtful:
        yield (
            f"{layer.file.path}: its item says no offset of {name}, so digital numbers are taken as they are; if they "
            "are 1000 too high, as since processing baseline 04.00, use --units DN --offset -1000"
        )


def _files(item: Acquisition) -> list[RasterFile]:
    return [layer.file for layer in item.layers.values()]


def _shares_ground(file: RasterFile, grid: Grid) -> bool:
    try:
        return overlap(file.grid, grid)
    except RasterError as error:
        raise RasterError(f"{file.path}: {error}") from None
