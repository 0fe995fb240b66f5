"""What `run` and `preview` share: their options, and a script run on a scene."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from oso_evalscript.cli.files import Problems, read_script, read_stdin
from oso_evalscript.cli.findings import show_errors
from oso_evalscript.cli.madeup import CLOUDS, DATES, SIDE_OR_SIZE, TIME_RANGE, USUAL_SIDE, acquisitions, made_up_size
from oso_evalscript.cli.rasters import (
    RasterOptions,
    are_rasters,
    open_rasters,
    raster_options,
    refuse_without_rasters,
    take_options,
)
from oso_evalscript.documents.signs import kind_of
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import OsoError, ScriptError
from oso_evalscript.model.text import Source
from oso_evalscript.project.search import Exclusion, find_scripts, is_folder, looks_like_script

if TYPE_CHECKING:
    from oso_evalscript.model.contract import Api, Output
    from oso_evalscript.rasters.running import OpenScenes
    from oso_evalscript.runtime.outputs import LogLine, Outputs
    from oso_evalscript.runtime.program import Order, Program
    from oso_evalscript.runtime.scene import Sources

_WORTH_A_BAR = 0.5  # seconds
_OPTIONS = (
    click.option(
        "--input",
        "scenes",
        multiple=True,
        metavar="[NAME=]PATH",
        help="A scene: a raster (GeoTIFF, VRT, JP2), a STAC item, an .npz file (one array of shape (y, x) per band) or "
        "a folder of dated ones; NAME is a band, or an input where the script has several. May be repeated; "
        "without it, made-up scenes are used.",
    ),
    click.option(
        "--collection",
        "collections",
        multiple=True,
        metavar="[NAME=]ID",
        help="Where the bands come from, such as S2L2A; defines their units and no-data values.",
    ),
    click.option("--units", metavar="UNIT", help="The unit of the arrays, such as DN; needs a known collection."),
    click.option(
        "--offset",
        type=float,
        default=0.0,
        metavar="N",
        help="A number to add to digital numbers: -1000 for Sentinel-2 files since 2022 (baseline 04.00).",
    ),
    click.option(
        "--api",
        type=click.Choice(["process", "statistics"]),
        default="process",
        show_default=True,
        help="The API that runs the script; with `statistics`, outputs are FLOAT32 by default.",
    ),
    click.option("--strict", is_flag=True, help="Reject what the service only tolerates, such as too many values."),
    click.option(
        "--order",
        type=click.Choice(["mostRecent", "leastRecent", "leastCC"]),
        default="mostRecent",
        show_default=True,
        help="The order of scenes.",
    ),
    click.option(
        "--size",
        type=SIDE_OR_SIZE,
        metavar="N|WxH",
        help="Columns and rows; N alone is both sides of made-up scenes (256 by default), or the longest side of "
        "rasters.",
    ),
    DATES,
    TIME_RANGE,
    CLOUDS,
    click.option(
        "--seed", type=click.IntRange(0), default=0, show_default=True, help="The random seed for made-up scenes."
    ),
    click.option(
        "--lint/--no-lint",
        default=True,
        show_default=True,
        help="Whether to show the linter's errors first.",
    ),
    click.option("--output", "output_id", metavar="ID", help="The output to write, if the script has several."),
    click.option(
        "--timeout",
        type=click.FloatRange(0, min_open=True),
        default=10.0,
        show_default=True,
        metavar="SECONDS",
        help="The time limit for loading, and for each step from pixel to pixel; a whole run may take longer.",
    ),
    click.option(
        "--memory",
        type=click.IntRange(64),
        default=512,
        show_default=True,
        metavar="MIB",
        help="The memory limit of the process that runs the script.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningOptions:
    """What the options of a command say about the scenes, the output and the limits."""

    scenes: tuple[str, ...]
    collections: tuple[str, ...]
    units: str | None
    offset: float
    api: Api
    strict: bool
    order: Order
    size: int | tuple[int, int] | None
    dates: int | tuple[dt.datetime, ...] | None
    span: tuple[dt.datetime, dt.datetime] | None
    clouds: tuple[float, ...] | None
    seed: int
    lint: bool
    output_id: str | None
    timeout: float
    memory: int
    rasters: RasterOptions

    @property
    def of_rasters(self) -> bool:
        """Whether the scenes are rasters."""
        return are_rasters(self.scenes)


def running_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options about the scenes, the output and the limits, handed over as `options`."""
    names = [item.name for item in fields(RunningOptions) if item.name != "rasters"]

    @functools.wraps(command)
    def gathered(**words: Any) -> None:
        options = RunningOptions(**{name: words.pop(name) for name in names}, rasters=take_options(words))
        command(options=options, **words)

    with_options: Callable[..., None] = raster_options(gathered)
    for option in reversed(_OPTIONS):
        with_options = option(with_options)
    return with_options


def open_script(script: str) -> Source:
    """Return the script that an argument names; ends the command where it cannot be read.

    An argument is a path, `-` for standard input, or `FILE::NAME`, `FILE:LINE` or `FILE:cell N` for one of the scripts
    inside a file; a file that holds just one may stand alone.
    """
    problems = Problems()
    source = None
    with problems.caught(script):
        source = read_stdin("<stdin>", problems) if script == "-" else _named(script, problems)
    if source is None:
        sys.exit(2)
    return source


def open_scripts(paths: tuple[str, ...], problems: Problems) -> Iterator[Source]:
    """Yield the scripts that some paths name, as `open_script` does, and those in `.js` files of folders, each once."""
    seen: set[str] = set()
    for source in _opened_scripts(paths, problems):
        if source.name not in seen:
            seen.add(source.name)
            yield source


def _opened_scripts(paths: tuple[str, ...], problems: Problems) -> Iterator[Source]:
    for argument in paths:
        if is_folder(Path(argument)):
            files = find_scripts((argument,), problems.tell, Exclusion())
            yield from (source for path in files if (source := read_script(path, problems)) is not None)
            continue
        with problems.caught(argument):
            source = _named(argument, problems)
            if source is not None:
                yield source


def _named(argument: str, problems: Problems) -> Source | None:
    from oso_evalscript.documents.selection import is_whole, read_selection, select, standalone

    selection = read_selection(argument)
    if not is_whole(selection):
        return standalone(select(selection))
    source = read_script(selection.path, problems)
    if source is None or kind_of(selection.path.name) is None or not _holds_others(source):
        return source
    return standalone(select(selection))


def _holds_others(source: Source) -> bool:
    """Return whether JavaScript is not an evalscript itself, but seems to hold some."""
    if not looks_like_script(source.text):
        return False
    from oso_evalscript.javascript.syntax import parse
    from oso_evalscript.semantics.kind import Kind, kind

    return kind(parse(source)) is Kind.NONE


@contextlib.contextmanager
def opened(script: str | Source, options: RunningOptions) -> Iterator[tuple[Program, Sources | OpenScenes]]:
    """Open a script as a program, with the scenes to run it on; show why it fails and end with 1."""
    source = open_script(script) if isinstance(script, str) else script
    explain_beforehand(source, options)
    with failures_shown(), loaded(source, options) as pair:
        yield pair


def explain_beforehand(source: Source, options: RunningOptions) -> None:
    """Show the errors that the linter finds, as they may explain what follows; meanwhile V8 gets ready."""
    with contextlib.suppress(OsoError, OSError):  # it is started again, and reported, where it is needed
        from oso_evalscript.runtime.worker import start_one

        start_one()
    if options.lint:
        said = collection_given(options)
        asked = options.api if options.api == "statistics" else None  # the default says nothing
        show_errors(source, said if isinstance(said, str) else None, asked)


def collection_given(options: RunningOptions) -> str | dict[str, str] | None:
    """Return what `--collection` says."""
    return by_name(options.collections, "--collection")


@contextlib.contextmanager
def failures_shown() -> Iterator[None]:
    """Show why a script failed, after what it had logged, and end the command with status 1."""
    try:
        yield
    except ScriptError as error:
        for line in error.log:
            click.echo(escaped(line), err=True)
        for line in error.scenes:
            click.echo(f"note: {escaped(line)}", err=True)
        report_failure(error)


@contextlib.contextmanager
def loaded(source: Source, options: RunningOptions) -> Iterator[tuple[Program, Sources | OpenScenes]]:
    """Open a script as a program, with the scenes to run it on; what it fails with is raised."""
    from oso_evalscript.runtime.program import Program

    with Program(
        source,
        collection=collection_given(options),
        timeout=options.timeout,
        memory=options.memory * 2**20,
        strict=options.strict,
        api=options.api,
    ) as program:
        yield program, _scenes(program, options)


def run_on(
    program: Program, scenes: Sources, options: RunningOptions, *, workers: int | None = None, check: bool = False
) -> Outputs:
    """Return what a program makes of scenes, with a bar on a terminal where it takes long."""
    with _shown_progress(program) as progress:
        return program.run(
            scenes,
            units=options.units,
            offset=options.offset,
            order=options.order,
            time_range=options.span,
            workers=workers,
            check=check,
            progress=progress,
        )


@contextlib.contextmanager
def _shown_progress(program: Program) -> Iterator[Callable[[int, int], None] | None]:
    """What shows how far a run is on a terminal, once it takes long; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(escape(f"running {escaped(program.source.name)}"), total=None, visible=False)
        start = time.monotonic()

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, visible=time.monotonic() - start > _WORTH_A_BAR)

        yield show


def _scenes(program: Program, options: RunningOptions) -> Sources | OpenScenes:
    """The user's scenes, or made-up ones."""
    if options.of_rasters:
        _refuse_of_made_up(options)
        how = options.units, options.offset, options.size, options.span
        rasters = open_rasters(program, options.scenes, options.rasters, *how)
        show_lines((), rasters.notices)
        return rasters
    refuse_without_rasters(options.rasters)
    named = by_name(options.scenes, "--input")
    if named is None:
        from oso_evalscript.runtime.synthetic import made_up

        _show_unknown_bands(program)
        wanted = acquisitions(options.dates, options.span, options.clouds)
        return made_up(program, size=made_up_size(options.size or USUAL_SIDE), acquisitions=wanted, seed=options.seed)
    _refuse_of_made_up(options)
    return named


def _show_unknown_bands(program: Program) -> None:
    """Say which bands no collection has: they may be misspelt, or of the user's own collection."""
    from oso_evalscript.javascript.syntax import parse
    from oso_evalscript.model.catalog import collections
    from oso_evalscript.semantics.directives import Directives

    declared = Directives(parse(program.source)).bands
    known = {band.name for item in collections() for band in item.bands} | declared.keys()
    pairs = zip(program.origins, program.setup.inputs, strict=True)
    unknown = [name for origin, read in pairs if origin is None for name in read.bands if name not in known]
    if unknown:
        names = ", ".join(f"`{name}`" for name in dict.fromkeys(unknown))
        what = "band" if len(unknown) == 1 else "bands"
        text = f"no collection of the catalogue has the {what} {escaped(names)}; values of any range are made up"
        click.echo(f"note: {text}", err=True)


def _refuse_of_made_up(options: RunningOptions) -> None:
    for option, value in (("--dates", options.dates), ("--cloud-cover", options.clouds)):
        if value is not None:
            raise click.UsageError(f"{option} applies to made-up scenes only: leave out this option or --input")


def by_name(words: tuple[str, ...], option: str) -> str | dict[str, str] | None:
    """Return what an option says: once without a name, or NAME=… for each."""
    if not words:
        return None
    if len(words) == 1 and ("=" not in words[0] or Path(words[0]).exists()):
        return words[0]
    pairs = [word.partition("=") for word in words]
    if any(not sign for _, sign, _ in pairs):
        raise click.UsageError(f"{option} given several times needs names: {option} NAME=…")
    return {name: value for name, _, value in pairs}


def show_reported(outputs: Outputs) -> None:
    """Show what a run noticed and what the script logged."""
    show_lines(outputs.log, (*outputs.scenes, *outputs.notices))


def show_lines(log: Sequence[LogLine], notices: Sequence[str]) -> None:
    """Show what a script logged, and notices."""
    for line in log:
        click.echo(escaped(str(line)), err=True)
    if log:
        click.echo("note: console works here only; the service has none", err=True)
    for notice in notices:
        click.echo(f"note: {escaped(notice)}", err=True)


def choose_output(program: Program, id: str | None) -> Output:
    """Return the output that is meant: the only one, the one called `default`, or the one asked for."""
    outputs = {output.id: output for output in program.setup.outputs}
    if id is None and len(outputs) == 1:
        return next(iter(outputs.values()))
    wanted = id if id is not None else "default"
    if wanted not in outputs:
        which = (
            f"there is no output `{id}`"
            if id is not None
            else "the script has several outputs: choose one with --output"
        )
        raise OsoError(f"{program.source.name}: {which}; its outputs are {', '.join(outputs)}")
    return outputs[wanted]


def report_failure(error: Exception) -> None:
    """Show why a script failed, its lines kept apart, and end the command with status 1."""
    for line in str(error).split("\n"):
        click.echo(escaped(line), err=True)
    sys.exit(1)
