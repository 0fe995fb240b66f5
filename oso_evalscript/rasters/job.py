"""A job: rasters through a script, window by window, into COGs; reading, V8 and compression at the same time."""

from __future__ import annotations

import hashlib
import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from oso_evalscript import __version__
from oso_evalscript.model.contract import Api, Output
from oso_evalscript.model.errors import RasterError
from oso_evalscript.model.machine import processors
from oso_evalscript.rasters.evaluating import Evaluator, RunOptions, outputs_of
from oso_evalscript.rasters.grid import Grid, Window
from oso_evalscript.rasters.notices import Reported, notices_of
from oso_evalscript.rasters.parts import Overviews, Parts
from oso_evalscript.rasters.reading import Reader
from oso_evalscript.rasters.statistics import BandStatistics, Ledger, statistics_of
from oso_evalscript.rasters.tiff import gdal_version, header, header_in_place, room_for
from oso_evalscript.rasters.windows import Layout, Result, WindowRunner
from oso_evalscript.rasters.writing import (
    TILE,
    Compression,
    Facts,
    band_names,
    check_room,
    encoding_of,
    learn,
    nodata_of,
    overviews_of,
    target_names,
    template_of,
    write_sidecar,
)
from oso_evalscript.runtime.arguments import Span
from oso_evalscript.runtime.outputs import LogLine
from oso_evalscript.runtime.program import Order


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a job.

    Attributes:
        done: written pixels, including those of an interrupted run.
        total: all pixels of the raster.
        fresh: pixels written by this run.
        seconds: time since the start.
    """

    done: int
    total: int
    fresh: int
    seconds: float

    @property
    def rate(self) -> float:
        """Pixels per second."""
        return self.fresh / self.seconds if self.seconds > 0 else 0.0

    @property
    def left(self) -> float | None:
        """The estimated remaining seconds, None if unknown."""
        return (self.total - self.done) / self.rate if self.rate else None


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One written raster.

    Attributes:
        output: the id of the output.
        path: the file.
        size: its size in bytes.
        sample_type: how values are stored.
        bands: the statistics of each band.
    """

    output: str
    path: Path
    size: int
    sample_type: str
    bands: tuple[BandStatistics, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """The result of a job.

    Attributes:
        files: one for each output.
        rows: rows of the rasters.
        columns: columns of the rasters.
        seconds: the duration.
        notices: notes about undocumented behaviour and about the rasters.
        log: the first hundred lines that the script logged.
        user_data: the script's `outputMetadata.userData`.
        resumed: whether an interrupted run was continued.
    """

    files: tuple[WrittenFile, ...]
    rows: int
    columns: int
    seconds: float
    notices: tuple[str, ...] = ()
    log: tuple[LogLine, ...] = ()
    user_data: object = None
    resumed: bool = False

    @property
    def path(self) -> Path:
        """The file of the first output."""
        return self.files[0].path

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a job.

    Attributes:
        order: which scene comes first.
        units: the unit of the numbers, if the user sets one.
        offset: a number to add to digital numbers, -1000 for Sentinel-2 files since baseline 04.00 (2022).
        overviews: the resampling of overviews, `none` for a plain tiled GeoTIFF; by default chosen by the content.
        compress: the compression of tiles.
        level: the level of compression; by default 4 with DEFLATE (1 for FLOAT32), and GDAL's own default with ZSTD.
        resume: whether to continue an interrupted run, and to keep the parts of this run if it fails.
        threads: the number of windows to process at once; by default one per processor.
        output_id: the output to write, None for all.
        tile: rows and columns of a tile.
        time_range: start and end of the request, if the user sets them.
        api: the API that runs the script, as for `Program`.
        strict: as for `Program`.
    """

    order: Order = "mostRecent"
    units: str | None = None
    offset: float = 0
    overviews: Overviews | None = None
    compress: Compression = "deflate"
    level: int | None = None
    resume: bool = False
    threads: int = field(default_factory=processors)
    output_id: str | None = None
    tile: int = TILE
    time_range: Span | None = None
    api: Api = "process"
    strict: bool = False

    @property
    def run_options(self) -> RunOptions:
        """Those of the settings that a script is run with."""
        return RunOptions(self.units, self.offset, self.order, self.time_range)


class Pending(Protocol):
    """A window that is worked on."""

    def result(self) -> Result:
        """Wait for what comes of it."""


@dataclass(frozen=True, slots=True)
class Crew:
    """What works on windows.

    Attributes:
        size: how many windows are worked on at once.
        submit: begins a window.
    """

    size: int
    submit: Callable[[Window], Pending]


def write(
    evaluator: Evaluator,
    reader: Reader,
    target: Path,
    settings: Settings,
    progress: Callable[[Progress], None] | None = None,
    crew: Callable[[Sequence[Layout]], AbstractContextManager[Crew]] | None = None,
) -> Written:
    """Run a script over all windows of a reader's grid and write its outputs as COGs.

    Args:
        evaluator: the script.
        reader: the open inputs.
        target: the file; with several outputs one for each, `out_ID.tif` for `out.tif`.
        settings: how it is done.
        progress: called after each window.
        crew: opens what works on windows elsewhere, given how outputs are stored; threads of this process by default.

    Raises:
        ScriptError, RasterError: the script failed, or a raster cannot be read or written.
    """
    begun = time.monotonic()
    facts = learn(evaluator.program, __version__)
    layouts = layouts_of(evaluator, reader, settings, facts)
    paths = _targets(target, layouts, reader)
    runner = WindowRunner(evaluator, reader, layouts, settings.run_options, settings.tile)
    signature = _signature(evaluator, reader, layouts, settings)
    reported, keep = Reported(), settings.resume
    with ExitStack() as opened:
        parts: list[Parts] = []
        opened.callback(lambda: _let_go(parts, keep=keep))
        for path, layout in zip(paths, layouts, strict=True):
            parts.append(_open_parts(path, layout, reader.grid, settings, facts, signature))
        ledger = opened.enter_context(_open_ledger(parts))
        try:
            threads = settings.threads if evaluator.pure else 1
            workers = opened.enter_context(_threads(runner, threads) if crew is None else crew(layouts))
            _run_windows(runner.windows(), parts, ledger, workers, _Meter(reader.grid, progress), reported)
        except KeyboardInterrupt:
            keep = True
            raise
        files = _finish(parts, layouts, reader.grid, facts, ledger)
    seconds, resumed = time.monotonic() - begun, any(part.resumed for part in parts)
    options = settings.run_options
    return written_of(files, evaluator, reader, layouts, reported, options, seconds=seconds, resumed=resumed)


def written_of(
    files: tuple[WrittenFile, ...],
    evaluator: Evaluator,
    reader: Reader,
    layouts: Sequence[Layout],
    reported: Reported,
    options: RunOptions,
    *,
    seconds: float,
    resumed: bool = False,
) -> Written:
    """Return what a job has written, with all that the script and this package have to say of it."""
    constant = any(band.least == band.largest for file in files for band in file.bands)
    own = notices_of(evaluator, reader, layouts, reported, options, constant=constant)
    notices = (*reported.summed_up(), *own)
    data = reported.user_data[0] if reported.user_data else None
    grid = reader.grid
    return Written(files, grid.height, grid.width, seconds, notices, tuple(reported.log), data, resumed)


def layouts_of(evaluator: Evaluator, reader: Reader, settings: Settings, facts: Facts) -> list[Layout]:
    """Return how each output is stored that has bands and is asked for.

    Raises:
        RasterError: there is none.
    """
    return [_layout(output, facts, settings) for output in _outputs(evaluator, reader, settings)]


def _outputs(evaluator: Evaluator, reader: Reader, settings: Settings) -> tuple[Output, ...]:
    """The outputs that are written, with the numbers of bands that hold for these scenes."""
    first = reader.read_scenes(Window(0, 0, 1, 1)) if "updateOutput" in evaluator.program.hooks else None
    known = outputs_of(evaluator.program, first, settings.run_options)
    wanted = [output for output in known if settings.output_id in (None, output.id)]
    name = evaluator.program.source.name
    if not wanted:
        there = ", ".join(output.id for output in known)
        raise RasterError(f"{name}: there is no output `{settings.output_id}`; its outputs are {there}")
    images = tuple(output for output in wanted if output.bands > 0)
    if not images:
        raise RasterError(f"{name}: its outputs have no bands, so there is no raster to write")
    return images


def _layout(output: Output, facts: Facts, settings: Settings) -> Layout:
    encoding = encoding_of(output, settings.compress, settings.tile, settings.level)
    return Layout(output, encoding, settings.overviews or overviews_of(output, facts), nodata_of(output))


def _let_go(parts: Sequence[Parts], *, keep: bool) -> None:
    for part in parts:
        if keep:
            part.close()
        else:
            part.remove()


def refuse_inputs(paths: Iterable[Path], reader: Reader) -> None:
    """Refuse to replace what is read, however it is spelt.

    Raises:
        RasterError: a path is an input, or a folder that holds one.
    """
    read = [part for part in map(Path, reader.paths) if part.exists()]
    for path in paths:
        if path.exists() and any(_holds(path, part) for part in read):
            raise RasterError(f"{path}: is read as an input and would be replaced: write to another file")


def _holds(path: Path, part: Path) -> bool:
    return path.samefile(part) or (path.is_dir() and part.resolve().is_relative_to(path.resolve()))


def _targets(target: Path, layouts: Sequence[Layout], reader: Reader) -> list[Path]:
    """The file of each output, where files can be written."""
    paths = list(target_names(target, [layout.output for layout in layouts]).values())
    folder = next((path for path in paths if path.is_dir()), None)
    if folder is not None:
        raise RasterError(f"{folder}: is a folder; expected a file name")
    if not target.parent.is_dir():
        raise RasterError(f"{target}: cannot be written (No such file or directory)")
    refuse_inputs(paths, reader)
    check_room(target, reader.grid, [layout.encoding for layout in layouts])
    return paths


def _open_parts(path: Path, layout: Layout, grid: Grid, settings: Settings, facts: Facts, signature: str) -> Parts:
    room, tile = 0, layout.encoding.tile
    if layout.overviews == "none":
        tiles = -(-grid.height // tile) * -(-grid.width // tile)
        room = room_for(template_of(layout.output, grid, layout.encoding, facts), tiles)
    return Parts(
        path,
        grid.height,
        grid.width,
        layout.encoding,
        layout.overviews,
        layout.nodata,
        signature=signature,
        resume=settings.resume,
        room=room,
    )


def _open_ledger(parts: Sequence[Parts]) -> Ledger:
    """The statistics of windows; of those whose parts are reused, as they were written down with them."""
    path = parts[0].folder / "statistics"
    try:
        return Ledger(path, resume=all(part.resumed for part in parts))
    except OSError as error:
        raise RasterError(f"{parts[0].target}: cannot be written ({error.strerror or error})") from None


class _Meter:
    """Reports the progress of a job."""

    def __init__(self, grid: Grid, progress: Callable[[Progress], None] | None) -> None:
        self._total = grid.height * grid.width
        self._progress = progress
        self._begun = time.monotonic()
        self._done = self._fresh = 0

    def count(self, window: Window, *, fresh: bool) -> None:
        """Count the pixels of a window that is written; tell it where this run has written it."""
        self._done += window.height * window.width
        if not fresh:
            return
        self._fresh += window.height * window.width
        if self._progress is not None:
            self._progress(Progress(self._done, self._total, self._fresh, time.monotonic() - self._begun))


def _run_windows(
    windows: Iterable[Window],
    parts: Sequence[Parts],
    ledger: Ledger,
    crew: Crew,
    meter: _Meter,
    reported: Reported,
) -> None:
    """Have a crew work on several windows at once, and take what comes of them in their order."""
    running: deque[tuple[Window, Pending]] = deque()

    def take() -> None:
        window, pending = running.popleft()
        result = pending.result()
        try:
            ledger.add(window, result.totals)
        except OSError as error:
            raise RasterError(f"{parts[0].target}: cannot be written ({error.strerror or error})") from None
        for part, piece in zip(parts, result.pieces, strict=True):
            part.add(piece)
        if result.said is not None:
            reported.take(result.said)
        meter.count(window, fresh=True)

    for window in windows:
        if window in ledger and all(_is_there(part, window) for part in parts):
            meter.count(window, fresh=False)
            continue
        if len(running) > crew.size:
            take()
        running.append((window, crew.submit(window)))
    while running:
        take()


@contextmanager
def _threads(runner: WindowRunner, count: int) -> Iterator[Crew]:
    """Threads of this process as a crew."""
    pool = ThreadPoolExecutor(count, thread_name_prefix="oso-evalscript")
    try:
        yield Crew(count, lambda window: pool.submit(runner.run, window))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _is_there(part: Parts, window: Window) -> bool:
    tile = part.encoding.tile
    down, across = -(-window.height // tile), -(-window.width // tile)
    return part.has(window.row // tile, window.column // tile, down, across)


def _finish(
    parts: Sequence[Parts], layouts: Sequence[Layout], grid: Grid, facts: Facts, ledger: Ledger
) -> tuple[WrittenFile, ...]:
    """Put the parts of each output together."""
    files = []
    for index, (part, layout) in enumerate(zip(parts, layouts, strict=True)):
        output = layout.output
        template = template_of(output, grid, part.encoding, facts)
        levels = part.levels()
        whole = header_in_place(template, *levels) if layout.overviews == "none" else header(template, levels)
        size = part.assemble(whole)
        write_sidecar(part.target, output, facts)
        bands = statistics_of(band_names(output, facts), ledger.total(index))
        files.append(WrittenFile(output.id, part.target, size, str(output.sample_type), bands))
    return tuple(files)


def _signature(evaluator: Evaluator, reader: Reader, layouts: Sequence[Layout], settings: Settings) -> str:
    """What the pixels depend on, as a digest."""
    grid = reader.grid
    said = [
        __version__,
        gdal_version(),
        evaluator.program.source.text,
        [None if origin is None else origin.id for origin in evaluator.program.origins],
        [grid.crs.to_wkt(), list(grid.transform), grid.width, grid.height],
        [[path, *_stamp(path)] for path in reader.paths],
        reader.plans,
        [repr(layout) for layout in layouts],
        [repr(settings.run_options), settings.api, settings.strict],
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _stamp(path: str) -> tuple[int, int]:
    try:
        found = Path(path).stat()
    except OSError:  # not a file of this machine
        return 0, 0
    return found.st_size, found.st_mtime_ns
