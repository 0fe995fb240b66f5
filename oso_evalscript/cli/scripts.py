"""What `run` and `preview` share: their options, and a script run on a scene."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from oso_evalscript.cli.files import (
    Exclusion,
    Problems,
    find_scripts,
    is_folder,
    looks_like_script,
    read_script,
    read_stdin,
)
from oso_evalscript.documents.signs import kind_of
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import OsoError, ScriptError
from oso_evalscript.model.text import Source

if TYPE_CHECKING:
    from oso_evalscript.model.contract import Output
    from oso_evalscript.runtime.outputs import Outputs
    from oso_evalscript.runtime.program import Order, Program
    from oso_evalscript.runtime.scene import Sources

_OPTIONS = (
    click.option(
        "--input",
        "scenes",
        multiple=True,
        metavar="[NAME=]PATH",
        help="A scene (.npz, one array of shape (y, x) per band) or a folder of dated ones; where the script has "
        "several inputs, one for each NAME. Without it, made-up scenes are used.",
    ),
    click.option(
        "--collection",
        "collections",
        multiple=True,
        metavar="[NAME=]ID",
        help="Where the bands come from, such as S2L2A; tells their units and what stands where there is no data.",
    ),
    click.option("--units", metavar="UNIT", help="What the arrays are in, such as DN; needs a known collection."),
    click.option(
        "--order",
        type=click.Choice(["mostRecent", "leastRecent", "leastCC"]),
        default="mostRecent",
        show_default=True,
        help="Which scene comes first.",
    ),
    click.option(
        "--size",
        type=click.IntRange(1, 8192),
        default=256,
        show_default=True,
        help="Rows and columns of made-up scenes.",
    ),
    click.option(
        "--dates",
        type=click.IntRange(0, 1000),
        default=4,
        show_default=True,
        help="How many made-up scenes there are under ORBIT and TILE.",
    ),
    click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Varies made-up scenes."),
    click.option("--output", "output_id", metavar="ID", help="The output to write, where the script has several."),
    click.option(
        "--timeout",
        type=click.FloatRange(0, min_open=True),
        default=10.0,
        show_default=True,
        metavar="SECONDS",
        help="For loading, and for each block of 262144 pixels.",
    ),
    click.option(
        "--memory",
        type=click.IntRange(64),
        default=512,
        show_default=True,
        metavar="MIB",
        help="What the process running the script may hold.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningOptions:
    """What the options of a command say about the scenes, the output and the limits."""

    scenes: tuple[str, ...]
    collections: tuple[str, ...]
    units: str | None
    order: Order
    size: int
    dates: int
    seed: int
    output_id: str | None
    timeout: float
    memory: int


def running_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options about the scenes, the output and the limits, handed over as `options`."""
    names = [item.name for item in fields(RunningOptions)]

    @functools.wraps(command)
    def gathered(**words: Any) -> None:
        options = RunningOptions(**{name: words.pop(name) for name in names})
        command(options=options, **words)

    with_options: Callable[..., None] = gathered
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
            files = find_scripts((argument,), problems, Exclusion())
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
def opened(script: str, options: RunningOptions) -> Iterator[tuple[Program, Sources]]:
    """Open the script of that path as a program, with the scenes to run it on; show why it fails and end with 1."""
    source = open_script(script)
    from oso_evalscript.runtime.program import Program

    try:
        with Program(
            source,
            collection=by_name(options.collections, "--collection"),
            timeout=options.timeout,
            memory=options.memory * 2**20,
        ) as program:
            yield program, _scenes(program, options)
    except ScriptError as error:
        for line in error.log:
            click.echo(escaped(line), err=True)
        report_failure(error)


def _scenes(program: Program, options: RunningOptions) -> Sources:
    """The user's scenes, or made-up ones."""
    from oso_evalscript.runtime.classes import class_table
    from oso_evalscript.runtime.synthetic import make_scenes

    named = by_name(options.scenes, "--input")
    if named is not None:
        return named
    tables = (class_table(program.source, collection) for collection in program.origins)
    return make_scenes(
        program.setup,
        program.origins,
        size=options.size,
        dates=options.dates,
        seed=options.seed,
        nomenclature=next((table.id for table in tables if table), "oso-23"),
    )


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


def show_told(outputs: Outputs) -> None:
    """Show what a run noticed and what the script logged."""
    for line in outputs.log:
        click.echo(escaped(str(line)), err=True)
    if outputs.log:
        click.echo("note: console works here alone; the service has none", err=True)
    for notice in outputs.notices:
        click.echo(f"note: {escaped(notice)}", err=True)


def choose_output(program: Program, id: str | None) -> Output:
    """Return the output that is meant: the only one, the one called `default`, or the one asked for."""
    outputs = {output.id: output for output in program.setup.outputs}
    if id is None and len(outputs) == 1:
        return next(iter(outputs.values()))
    wanted = id if id is not None else "default"
    if wanted not in outputs:
        which = (
            f"there is no output `{id}`" if id is not None else "the script has several outputs: choose with --output"
        )
        raise OsoError(f"{program.source.name}: {which}; its outputs are {', '.join(outputs)}")
    return outputs[wanted]


def report_failure(error: Exception) -> None:
    """Show why a script failed, its lines kept apart, and end the command with status 1."""
    for line in str(error).split("\n"):
        click.echo(escaped(line), err=True)
    sys.exit(1)
