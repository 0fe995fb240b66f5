"""Rasters on the command line: their options, the scenes they are, and the GeoTIFFs that are written."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import OsoError, RasterError
from oso_evalscript.model.machine import processors

if TYPE_CHECKING:
    from oso_evalscript.model.contract import Api
    from oso_evalscript.model.text import Source
    from oso_evalscript.rasters.job import Progress, Written
    from oso_evalscript.rasters.running import OpenScenes
    from oso_evalscript.rasters.sources import Inputs
    from oso_evalscript.runtime.program import Order, Program

GEOTIFF = (".tif", ".tiff")
STORE = ".zarr"
_RASTERS = (".tif", ".tiff", ".vrt", ".jp2", ".json", ".geojson", ".safe")
_NETWORK = ("http://", "https://", "s3://", "gs://", "az://", "/vsi")
Size: TypeAlias = "int | tuple[int, int] | None"
_SMALL = 1024
"""Rows and columns that a preview reads at most."""


class Numbers(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click alone
    """So many numbers with commas between."""

    def __init__(self, name: str, counts: tuple[int, ...], example: str) -> None:
        self.name = name
        self._counts = counts
        self._example = example

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        """Return the numbers."""
        if isinstance(value, tuple):
            return value
        try:
            numbers = tuple(float(part) for part in re.split(r"\s*,\s*|\s+", value.strip()))
        except ValueError:
            numbers = ()
        if len(numbers) not in self._counts or not all(abs(number) < float("inf") for number in numbers):
            self.fail(f"`{value}` is not valid: expected {self._example}", param, ctx)
        return numbers


_OPTIONS = (
    click.option(
        "--band",
        "bands",
        multiple=True,
        metavar="BAND=N",
        help="The band of the raster for BAND: its number, from 1, or its description.",
    ),
    click.option(
        "--bbox",
        type=Numbers("box", (4,), "left,bottom,right,top, as in 500000,6600000,510000,6610000"),
        metavar="L,B,R,T",
        help="The area to process: left, bottom, right, top, in units of --crs.",
    ),
    click.option(
        "--crs", metavar="CRS", help="The CRS of the output, such as EPSG:2154; by default that of the finest band."
    ),
    click.option(
        "--resolution",
        type=Numbers("resolution", (1, 2), "one number, or width,height of a pixel"),
        metavar="R",
        help="The pixel size in units of the CRS; by default that of the finest band.",
    ),
    click.option(
        "--resampling",
        type=click.Choice(["nearest", "bilinear", "cubic", "cubicspline", "lanczos", "average", "mode"]),
        default="nearest",
        show_default=True,
        help="The resampling of bands on other grids.",
    ),
    click.option("--network", is_flag=True, help="Also read assets of STAC items over the network."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RasterOptions:
    """What the options of a command say about rasters.

    Attributes:
        bands: BAND=N, as written.
        bbox: left, bottom, right, top.
        crs: the coordinate reference system.
        resolution: one or two numbers.
        resampling: how a pixel is found in bands of another grid.
        network: whether assets may be read over the network.
    """

    bands: tuple[str, ...] = ()
    bbox: tuple[float, float, float, float] | None = None
    crs: str | None = None
    resolution: tuple[float, ...] | None = None
    resampling: str = "nearest"
    network: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingOptions:
    """What else the options say where rasters are written."""

    order: Order
    units: str | None
    offset: float
    output_id: str | None
    collection: str | Mapping[str, str] | None
    timeout: float
    memory: int
    workers: int | None
    resume: bool
    scheduler: str | None
    span: tuple[dt.datetime, dt.datetime] | None
    api: Api
    strict: bool


def raster_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options about rasters, which `take_options` gathers."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def take_options(words: dict[str, Any]) -> RasterOptions:
    """Return the options about rasters, taken out of the words of a command."""
    return RasterOptions(**{item.name: words.pop(item.name) for item in fields(RasterOptions)})


def are_rasters(words: Sequence[str]) -> bool:
    """Return whether what `--input` names are rasters, not `.npz` files or folders of them."""
    return any(_is_raster(word) or _is_raster(word.partition("=")[2]) for word in words)


def open_rasters(
    program: Program,
    words: Sequence[str],
    options: RasterOptions,
    units: str | None,
    offset: float,
    size: Size,
    span: tuple[dt.datetime, dt.datetime] | None,
) -> OpenScenes:
    """Return the rasters that `--input` names as scenes of a script.

    Args:
        program: the script.
        words: what `--input` says.
        options: those about rasters.
        units: the unit of the numbers.
        offset: what is added to digital numbers when the script runs.
        size: the longest side in pixels, or rows and columns; None to leave the grid as it is.
        span: the time range of the request.
    """
    from oso_evalscript.rasters import open_scenes
    from oso_evalscript.rasters.scaling import check_offset

    check_offset(offset, units)
    resolution = options.resolution
    if resolution is not None and size is not None:
        raise click.UsageError("choose one of --resolution and --size")
    scenes = open_scenes(
        program,
        read_inputs(words, [input.bands for input in program.setup.inputs], _keys(program)),
        bands=_bands(options.bands),
        units=units,
        bbox=options.bbox,
        crs=options.crs,
        resolution=None if resolution is None else (resolution[0], resolution[-1]),
        size=(size[1], size[0]) if isinstance(size, tuple) else None,
        resampling=options.resampling,
        network=options.network,
        time_range=span,
    )
    scenes = replace(scenes, offset=offset)
    return scenes.coarser(size) if isinstance(size, int) else scenes


def read_inputs(words: Sequence[str], bands: Sequence[Sequence[str]], keys: Sequence[str]) -> Inputs:
    """Return what `--input` names: PATH, BAND=PATH, SOURCE=PATH or SOURCE:BAND=PATH.

    Args:
        words: as written.
        bands: those of each input of the script.
        keys: the names of several inputs; empty where there is one.

    Raises:
        RasterError: a name is missing, or could be a band as well as a source.
        UsageError: a band is given twice for one scene.
    """
    named: dict[str, list[str | dict[str, str]]] = {}
    for word in words:
        name, path = _split(word)
        source, band = _meaning(name, bands, keys, word)
        scenes = named.setdefault(source, [])
        if not band:
            scenes.append(path)
        elif scenes and isinstance(scenes[-1], dict) and not _begins_scene(band, scenes[-1], word):
            scenes[-1][band] = path
        else:
            scenes.append({band: path})
    plain = {source: scenes[0] if len(scenes) == 1 else scenes for source, scenes in named.items()}
    return plain if keys else next(iter(plain.values()))


def _begins_scene(band: str, last: Mapping[str, str], word: str) -> bool:
    """Whether a band is the first of another scene, after one of several bands that began with it, too."""
    if band not in last:
        return False
    if len(last) == 1 or band != next(iter(last)):
        raise click.UsageError(
            f"--input {word}: {band} is given twice, also as {last[band]}: give each band once, several scenes one "
            f"after another, and files of {band} alone without its name"
        )
    return True


def place_of(scenes: OpenScenes, at: tuple[float, ...], crs: str | None) -> tuple[int, int]:
    """Return row and column at some coordinates: longitude and latitude, but for a CRS that says otherwise."""
    from oso_evalscript.rasters.grid import parse_crs

    return scenes.grid.place(at[0], at[1], parse_crs(crs or "EPSG:4326"))


def small(scenes: Any) -> Any:
    """Return the scenes as arrays for a preview: of a large raster its overviews."""
    return scenes.coarser(_SMALL).read(overview=True)


def write_geotiffs(
    source: Source, words: Sequence[str], target: str, options: RasterOptions, others: WritingOptions, size: Size
) -> Written:
    """Run a script over rasters and write GeoTIFFs or Zarr, with progress where a person looks on."""
    from oso_evalscript.rasters import Settings  # of the room itself, which says what to install
    from oso_evalscript.rasters.evaluating import Evaluator
    from oso_evalscript.rasters.job import write
    from oso_evalscript.rasters.running import load_dask
    from oso_evalscript.runtime.program import Program

    threads = others.workers or processors()
    settings = Settings(
        order=others.order,
        units=others.units,
        offset=others.offset,
        resume=others.resume,
        threads=threads,
        output_id=others.output_id,
        time_range=others.span,
        api=others.api,
        strict=others.strict,
    )

    def make() -> Program:
        limits: dict[str, Any] = {"timeout": others.timeout, "memory": others.memory * 2**20}
        return Program(source, collection=others.collection, strict=others.strict, api=others.api, **limits)

    with Evaluator(make, threads) as evaluator, _shown_progress() as progress:
        scenes = open_rasters(evaluator.program, words, options, others.units, others.offset, size, others.span)
        store = target.endswith(STORE)
        with scenes.reader() as reader:
            if others.scheduler is None and not store:
                return write(evaluator, reader, Path(target), settings, progress)
            stores, clusters = load_dask(f"writing {STORE}" if store else "--scheduler")
            limits = (others.timeout, others.memory * 2**20)
            task = clusters.Task(source, others.collection, *limits, scenes, settings)
            if store:
                written: Written = stores.write_store(evaluator, reader, Path(target), task, others.scheduler)
                return written
            return write(evaluator, reader, Path(target), settings, progress, clusters.crew_of(others.scheduler, task))


def write_world_file(target: str | Path, scenes: OpenScenes) -> None:
    """Write beside a picture where its pixels lie, as programs that show maps read it."""
    from oso_evalscript.cli.files import write_atomically

    path = Path(target)
    place = scenes.grid.transform
    centre = (place.c + place.a / 2, place.f + place.e / 2)
    lines = (place.a, 0.0, 0.0, place.e, *centre)
    write_atomically(path.with_suffix(".pgw"), "".join(f"{value:.12g}\n" for value in lines).encode())
    write_atomically(path.with_suffix(".prj"), f"{scenes.grid.crs.to_wkt(version='WKT1_ESRI')}\n".encode())


def report_written(written: Written) -> None:
    """Say on standard error which files were written, and how fast."""
    rate = written.rows * written.columns / max(written.seconds, 1e-9) / 1e6
    sizes: dict[Path, int] = {}
    for file in written.files:
        sizes[file.path] = sizes.get(file.path, 0) + file.size
    for path, size in sizes.items():
        click.echo(f"wrote {escaped(str(path))} ({_bytes(size)})", err=True)
    how = "resumed, " if written.resumed else ""
    click.echo(f"{how}{written.seconds:.1f} s, {rate:.1f} million pixels per second", err=True)


def _bytes(size: int) -> str:
    return f"{size:,} bytes" if size < 10_000 else f"{size / 1e6:,.2f} MB"


def _keys(program: Program) -> list[str]:
    setup = program.setup
    return [setup.key(index) for index in range(len(setup.inputs))] if setup.fusion else []


def _split(word: str) -> tuple[str, str]:
    """Name and path of what `--input` says; a path may hold an equals sign."""
    name, sign, path = word.partition("=")
    return ("", word) if not sign or Path(word).exists() or "/" in name else (name, path)


def _meaning(name: str, bands: Sequence[Sequence[str]], keys: Sequence[str], word: str) -> tuple[str, str]:
    """The source and the band that a name stands for, empty where it names none."""
    source, colon, band = name.partition(":")
    if colon:
        if not keys:
            raise RasterError(f"--input {word}: the script has only one input: use --input {band}=PATH")
        return source, band
    if not name and keys:
        raise RasterError(f"--input {word}: the script has several inputs: use --input NAME=PATH for {', '.join(keys)}")
    if not keys:
        return "", name
    if any(name in names for names in bands):
        if name in keys:
            raise RasterError(
                f"--input {word}: `{name}` is both an input of the script and a band: use --input "
                f"{name}:BAND=PATH, or --input SOURCE:{name}=PATH"
            )
        raise RasterError(f"--input {word}: `{name}` is a band: name its input, as in {keys[0]}:{name}=PATH")
    return name, ""


def _bands(words: Sequence[str]) -> dict[str, int | str]:
    found: dict[str, int | str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name or not value:
            raise click.UsageError(f"--band {word}: expected BAND=N, as in OCS=1")
        if name in found:
            raise click.UsageError(f"--band {word}: {name} is given twice, also as {found[name]}")
        found[name] = int(value) if value.isdigit() else value
    return found


def _is_raster(word: str) -> bool:
    if not word:
        return False
    path = Path(word)
    if word.startswith(_NETWORK) or path.suffix.lower() in _RASTERS:
        return True
    try:
        if path.is_dir():
            return not any(item.suffix == ".npz" for item in path.iterdir()) and any(path.iterdir())
    except OSError:
        return False
    return path.is_file() and path.suffix != ".npz" and path.suffix != ".npy"


@contextlib.contextmanager
def _shown_progress() -> Iterator[Callable[[Progress], None] | None]:
    """What shows a job's progress on a terminal; nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rate]}"), TextColumn("{task.fields[left]}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=1.0, rate="", left="")

        def show(progress: Any) -> None:
            left = "" if progress.left is None else f"{_duration(progress.left)} left"
            rate = f"{progress.rate / 1e6:.1f} million pixels per second"
            bar.update(task, completed=progress.done / progress.total, rate=rate, left=left)

        yield show


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def refuse_without_rasters(options: RasterOptions) -> None:
    """Say which options mean nothing where no raster is given.

    Raises:
        OsoError: one is given.
    """
    given = [f"--{item.name.removesuffix('s') if item.name == 'bands' else item.name}" for item in fields(RasterOptions)
             if getattr(options, item.name) != item.default]  # fmt: skip
    if given:
        raise OsoError(f"{given[0]} needs rasters as --input")


def shifted(explanation: Any, row: int, column: int) -> Any:
    """Return what was explained of one pixel read alone, with its place in the whole raster."""
    return replace(explanation, row=row, column=column)
