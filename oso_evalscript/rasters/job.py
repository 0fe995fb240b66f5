"""A job: rasters through a script, window by window, into COGs; reading, V8 and compression at the same time."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oso_evalscript import __version__
from oso_evalscript.model.contract import Output
from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters.evaluating import Evaluator, Table, outputs_of
from oso_evalscript.rasters.grid import Grid, Window
from oso_evalscript.rasters.parts import Overviews, Parts, Piece, prepare
from oso_evalscript.rasters.reading import Reader
from oso_evalscript.rasters.tiff import gdal_version, header
from oso_evalscript.rasters.writing import (
    TILE,
    Compression,
    Facts,
    band_names,
    encoding_of,
    learn,
    nodata_of,
    overviews_of,
    target_names,
    template_of,
    write_sidecar,
)
from oso_evalscript.runtime.outputs import LogLine, Outputs
from oso_evalscript.runtime.program import Order

MAX_LOG = 100
_TILES = 4  # side by side in a window: enough for the fixed costs of one to vanish
_INPUT_BYTES = 2**26  # what the inputs of one window may take


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is.

    Attributes:
        done: pixels that are written, those of an interrupted run among them.
        total: pixels of the whole raster.
        fresh: pixels that this run has written.
        seconds: since it began.
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
        """Seconds that are left at this rate, None while that cannot be told."""
        return (self.total - self.done) / self.rate if self.rate else None


@dataclass(frozen=True, slots=True)
class BandStatistics:
    """The least and the largest value of a band, NaN left out; NaN where there is no other."""

    name: str
    least: float
    largest: float


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One raster that was written.

    Attributes:
        output: the id of the output.
        path: the file.
        size: its bytes.
        sample_type: how values are stored.
        bands: what is known of each band.
    """

    output: str
    path: Path
    size: int
    sample_type: str
    bands: tuple[BandStatistics, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What a job has written.

    Attributes:
        files: one for each output.
        rows: of the rasters.
        columns: of the rasters.
        seconds: how long it took.
        notices: what was done where the service's documentation is silent, and what to know of the rasters.
        log: what the script logged, its first hundred lines.
        user_data: what it set as `outputMetadata.userData`.
        resumed: whether an interrupted run was gone on with.
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
    """How a job is done.

    Attributes:
        order: which scene comes first.
        units: the unit that the user says the numbers are in.
        overviews: how overviews are made, None to choose by what the output holds.
        compress: how tiles are compressed.
        level: how hard, None for GDAL's own default.
        resume: whether to go on with the parts of an interrupted run, and to keep those of this one if it fails.
        threads: how many windows may be worked on at once; by default one for each processor.
        output_id: the output to write, None for all.
        tile: rows and columns of a tile.
    """

    order: Order = "mostRecent"
    units: str | None = None
    overviews: Overviews | None = None
    compress: Compression = "deflate"
    level: int | None = None
    resume: bool = False
    threads: int = field(default_factory=lambda: processors())
    output_id: str | None = None
    tile: int = TILE


@dataclass(slots=True)
class _Told:
    """What the runs of all windows said."""

    notices: dict[str, None] = field(default_factory=dict)
    log: list[LogLine] = field(default_factory=list)
    user_data: list[Any] = field(default_factory=list)

    def take(self, outputs: Outputs) -> None:
        self.notices.update(dict.fromkeys(outputs.notices))
        self.log += outputs.log[: MAX_LOG - len(self.log)]
        if outputs.user_data is not None and outputs.user_data not in self.user_data[:2]:
            self.user_data.append(outputs.user_data)


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_Pieces = tuple[list[Piece], Outputs | None]


def write(
    evaluator: Evaluator,
    reader: Reader,
    target: Path,
    settings: Settings,
    progress: Callable[[Progress], None] | None = None,
) -> Written:
    """Run a script over all windows of a reader's grid and write its outputs as COGs.

    Args:
        evaluator: the script.
        reader: the open inputs.
        target: the file; with several outputs one for each, `out_ID.tif` for `out.tif`.
        settings: how it is done.
        progress: is called after each window.

    Raises:
        ScriptError: the script failed.
        RasterError: a raster cannot be read or written.
    """
    begun = time.monotonic()
    grid = reader.grid
    outputs = _outputs(evaluator, reader, settings)
    facts = learn(evaluator.program, __version__)
    targets = target_names(target, outputs)
    signature = _signature(evaluator, reader, outputs, settings)
    parts = [_open_parts(targets[output.id], output, grid, facts, settings, signature) for output in outputs]
    told = _Told()
    finished = keep = False
    try:
        _run_windows(evaluator, reader, outputs, parts, settings, told, progress)
        files = tuple(_finish(part, output, grid, facts) for part, output in zip(parts, outputs, strict=True))
        finished = True
    except KeyboardInterrupt:
        keep = True
        raise
    finally:
        for part in parts:
            if finished or keep or settings.resume:
                part.close()
            else:
                part.remove()
    notices = (*told.notices, *_notices(evaluator, reader, outputs, told))
    data = told.user_data[0] if told.user_data else None
    seconds = time.monotonic() - begun
    resumed = any(part.resumed for part in parts)
    return Written(files, grid.height, grid.width, seconds, notices, tuple(told.log), data, resumed)


def _outputs(evaluator: Evaluator, reader: Reader, settings: Settings) -> tuple[Output, ...]:
    """The outputs that are written, with the numbers of bands that hold for these scenes."""
    first = reader.read_scenes(Window(0, 0, 1, 1)) if "updateOutput" in evaluator.program.hooks else None
    known = outputs_of(evaluator.program, first, units=settings.units, order=settings.order)
    wanted = [output for output in known if settings.output_id in (None, output.id)]
    name = evaluator.program.source.name
    if not wanted:
        there = ", ".join(output.id for output in known)
        raise RasterError(f"{name}: there is no output `{settings.output_id}`; its outputs are {there}")
    images = tuple(output for output in wanted if output.bands > 0)
    if not images:
        raise RasterError(f"{name}: its outputs have no bands, so there is no raster to write")
    return images


def _open_parts(target: Path, output: Output, grid: Grid, facts: Facts, settings: Settings, signature: str) -> Parts:
    if target.is_dir():
        raise RasterError(f"{target}: is a folder; expected the name of a file")
    if not target.parent.is_dir():
        raise RasterError(f"{target}: cannot be written (No such file or directory)")
    return Parts(
        target,
        grid.height,
        grid.width,
        encoding_of(output, settings.compress, settings.tile, settings.level),
        settings.overviews or overviews_of(output, facts),
        nodata_of(output),
        signature=signature,
        resume=settings.resume,
    )


def _run_windows(
    evaluator: Evaluator,
    reader: Reader,
    outputs: Sequence[Output],
    parts: Sequence[Parts],
    settings: Settings,
    told: _Told,
    progress: Callable[[Progress], None] | None,
) -> None:
    grid = reader.grid
    types = reader.plain_codes()
    table = None
    if types is not None:
        units = settings.units or reader.units
        table = evaluator.table(types, units=units, pixels=grid.height * grid.width)
    width = _window_width(reader, settings.tile)
    begun, total, done, fresh = time.monotonic(), grid.height * grid.width, 0, 0

    def work(window: Window) -> _Pieces:
        arrays, said = _evaluate(evaluator, reader, table, window, outputs, settings)
        at = window.row // settings.tile, window.column // settings.tile
        pieces = [
            prepare(array, at, part.encoding, part.overviews, part.nodata)
            for array, part in zip(arrays, parts, strict=True)
        ]
        return pieces, said

    def take(window: Window, pieces: _Pieces) -> None:
        nonlocal done, fresh
        for part, piece in zip(parts, pieces[0], strict=True):
            part.add(piece)
        if pieces[1] is not None:
            told.take(pieces[1])
        done += window.height * window.width
        fresh += window.height * window.width
        if progress is not None:
            progress(Progress(done, total, fresh, time.monotonic() - begun))

    wanted = []
    for window in grid.windows(settings.tile, width):
        if all(_is_there(part, window) for part in parts):
            done += window.height * window.width
        else:
            wanted.append(window)
    _pipeline(wanted, work, take, settings.threads if evaluator.pure else 1)


def _pipeline(
    windows: Sequence[Window], work: Callable[[Window], _Pieces], take: Callable[[Window, _Pieces], None], threads: int
) -> None:
    """Work on several windows at once, and take what comes of them in their order."""
    running: deque[tuple[Window, Future[_Pieces]]] = deque()
    pool = ThreadPoolExecutor(max(threads, 1), thread_name_prefix="oso-evalscript")
    try:
        for window in windows:
            if len(running) > threads:
                first, future = running.popleft()
                take(first, future.result())
            running.append((window, pool.submit(work, window)))
        while running:
            first, future = running.popleft()
            take(first, future.result())
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _evaluate(
    evaluator: Evaluator,
    reader: Reader,
    table: Table | None,
    window: Window,
    outputs: Sequence[Output],
    settings: Settings,
) -> tuple[list[NDArray[Any]], Outputs | None]:
    """The outputs of a window, each of shape (band, y, x), and what the script said."""
    if table is not None:
        found: Mapping[str, NDArray[Any]] = table.look_up(*reader.read_bands(window))
        return [found[output.id] for output in outputs], None
    scenes = reader.read_scenes(window)
    said = evaluator.run(scenes, window, units=settings.units, order=settings.order)
    size = (window.height, window.width)
    kinds = {output.id: encoding_of(output, settings.compress).dtype for output in outputs}
    arrays = [
        said[output.id] if output.id in said else np.zeros((output.bands, *size), kinds[output.id])
        for output in outputs
    ]
    return arrays, said


def _is_there(part: Parts, window: Window) -> bool:
    tile = part.encoding.tile
    down, across = -(-window.height // tile), -(-window.width // tile)
    return part.has(window.row // tile, window.column // tile, down, across)


def _window_width(reader: Reader, tile: int) -> int:
    """Columns of a window, a number of whole tiles, so that its inputs stay small however many scenes there are."""
    planes = max(reader.planes, 1)
    tiles = _INPUT_BYTES // (planes * 8 * tile * tile)
    return tile * min(max(tiles, 1), _TILES)


def _finish(part: Parts, output: Output, grid: Grid, facts: Facts) -> WrittenFile:
    template = template_of(output, grid, part.encoding, facts)
    size = part.assemble(header(template, part.levels()))
    write_sidecar(part.target, output, facts)
    names = band_names(output, facts)
    bands = (BandStatistics(name, *part.limits_of(index)) for index, name in enumerate(names))
    return WrittenFile(output.id, part.target, size, str(output.sample_type), tuple(bands))


def _notices(evaluator: Evaluator, reader: Reader, outputs: Sequence[Output], told: _Told) -> list[str]:
    found = []
    if not evaluator.pure and reader.grid.height * reader.grid.width > _TILES * TILE * TILE:
        found.append(
            "it is not proved that a result depends on its pixel alone: windows were run one after another, each with "
            "its own call of the hooks"
        )
    if len(told.user_data) > 1:
        found.append("user data differ from window to window; those of the first are kept")
    odd = (output for output in outputs if output.nodata is not None and nodata_of(output) is None)
    return found + [
        f"nodataValue {item.nodata:g} of `{item.id}` is not one that {item.sample_type} holds" for item in odd
    ]


def _signature(evaluator: Evaluator, reader: Reader, outputs: Sequence[Output], settings: Settings) -> str:
    """What the pixels depend on, as a digest."""
    grid = reader.grid
    said = [
        __version__,
        gdal_version(),
        evaluator.program.source.text,
        [None if origin is None else origin.id for origin in evaluator.program.origins],
        [grid.crs.to_wkt(), list(grid.transform), grid.width, grid.height],
        [[file.path, *_stamp(file.path)] for file in reader.files],
        reader.plans,
        [[output.id, output.bands, str(output.sample_type), repr(output.nodata)] for output in outputs],
        [settings.order, settings.units, settings.overviews, settings.compress, settings.level, settings.tile],
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _stamp(path: str) -> tuple[int, int]:
    try:
        found = Path(path).stat()
    except OSError:  # not a file of this machine
        return 0, 0
    return found.st_size, found.st_mtime_ns
