"""`oso-evalscript preview`."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from oso_evalscript.cli.cost import state_cost
from oso_evalscript.cli.files import write_atomically
from oso_evalscript.cli.rasters import small
from oso_evalscript.cli.scripts import (
    RunningOptions,
    loaded,
    open_script,
    opened,
    run_on,
    running_options,
    show_reported,
)
from oso_evalscript.compiler.vision import Vision, appearance
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import OsoError, ScriptError

if TYPE_CHECKING:
    from oso_evalscript.model.text import Source
    from oso_evalscript.rasters.running import OpenScenes
    from oso_evalscript.runtime.outputs import Outputs
    from oso_evalscript.runtime.pictures.page import Panel
    from oso_evalscript.runtime.program import Program
    from oso_evalscript.runtime.scene import Sources

_FORMATS = (".png", ".svg")
_VISIONS = {vision.name.lower(): vision for vision in Vision}


@click.command()
@click.argument("scripts", nargs=-1, required=True, metavar="SCRIPT...")
@click.option(
    "-o", "--out", metavar="FILE", help="The file to write, .png or .svg; by default NAME.png next to the script."
)
@click.option("--title", help="The title; by default the first comment of the script.")
@click.option("--fix", is_flag=True, help="Show the script before and after `lint --fix`.")
@click.option(
    "--vision",
    "visions",
    multiple=True,
    type=click.Choice([*_VISIONS, "all"]),
    help="Simulate a colour vision deficiency; may be repeated. Needs coloraide.",
)
@running_options
def command(
    scripts: tuple[str, ...],
    out: str | None,
    title: str | None,
    fix: bool,
    visions: tuple[str, ...],
    options: RunningOptions,
) -> None:
    """Draw the results of evalscripts (files, or `-`) as a picture with title, legend and credit.

    The legend shows the script's own colours: a row for each class of its table, a bar for numbers. Outputs that are
    not colour pictures are drawn band by band in grey. --output takes one or more outputs, as in a,b, or all; by
    default `default`, or all if there is none. Several scripts and outputs are drawn side by side.

    Exit status: 0 for success, 1 if a script failed, 2 for usage or input errors.
    """
    target = _target(scripts, out, fix)
    from oso_evalscript.runtime.picture import MADE_UP, draw, title_for

    sources = [open_script(script) for script in scripts]
    alone = len(sources) == 1
    shown: list[tuple[tuple[Panel, ...], str]] = (
        _before_and_after(sources[0], options)
        if fix
        else [_panels(source, options, "" if alone else Path(source.name).name) for source in sources]
    )
    sources_of_data = dict.fromkeys(credit for _, credit in shown if credit)
    notes = " ".join([*([] if options.scenes else [MADE_UP]), *sources_of_data])
    if title is None:
        title = title_for(sources[0]) if alone else ""
    picture = draw(_seen([panel for panels, _ in shown for panel in panels], visions), title=title, notes=notes)
    write_atomically(target, picture.encoded(target.suffix))
    click.echo(f"wrote {escaped(str(target))}")


def _seen(panels: list[Panel], visions: tuple[str, ...]) -> list[Panel]:
    """The panels as people with each vision see them, grouped by vision."""
    if not visions:
        return panels
    from oso_evalscript.runtime.pictures.seen import seen

    alone = len(panels) == 1
    wanted = list(Vision) if "all" in visions else [_VISIONS[name] for name in dict.fromkeys(visions)]
    return [
        seen(
            panel,
            functools.cache(functools.partial(appearance, vision=vision)),
            str(vision) if alone else f"{panel.caption}: {vision}",
        )
        for vision in wanted
        for panel in panels
    ]


def _target(scripts: Sequence[str], out: str | None, fix: bool) -> Path:
    """Where to write."""
    if fix and len(scripts) > 1:
        raise click.UsageError("--fix takes one script only")
    if out is None and ("-" in scripts or len(scripts) > 1):
        what = "a script from standard input needs" if "-" in scripts else "several scripts need"
        raise click.UsageError(f"{what} -o FILE.png")
    target = Path(out) if out is not None else Path(scripts[0]).with_suffix(".png")
    if target.suffix not in _FORMATS:
        raise click.UsageError(f"-o {target}: a preview is a .png or .svg file")
    return target


def _panels(source: Source, options: RunningOptions, caption: str) -> tuple[tuple[Panel, ...], str]:
    """The pictures of one script, and the credit of its data."""
    with opened(source, options) as (program, scenes):
        return _drawn(program, scenes, options, caption)


def _drawn(
    program: Program, given: Sources | OpenScenes, options: RunningOptions, caption: str, *, quiet: bool = False
) -> tuple[tuple[Panel, ...], str]:
    from oso_evalscript.runtime.picture import credit_for, panels_of

    scenes: Any = small(given) if options.of_rasters else given
    outputs = run_on(program, scenes, options)
    ids = _ids(program, outputs, options.output_id)
    if not any(id_ in outputs for id_ in ids):
        raise OsoError(f"{program.source.name}: the script returned nothing for any pixel, so there is nothing to draw")
    panels = panels_of(program, outputs, ids, caption)
    if not quiet:
        show_reported(outputs)
        state_cost(program, outputs, "image/png", ids)
    return panels, credit_for(program)


def _ids(program: Program, outputs: Outputs, given: str | None) -> list[str]:
    """The outputs that are meant: those asked for, else `default`, else all."""
    known = [output.id for output in program.setup.outputs]
    if given is None:
        return ["default"] if "default" in outputs else known
    if given in known:
        return [given]
    ids = known if given == "all" else given.split(",")
    for id_ in ids:
        if id_ not in known:
            raise OsoError(f"{program.source.name}: there is no output `{id_}`; its outputs are {', '.join(known)}")
    return ids


def _before_and_after(source: Source, options: RunningOptions) -> list[tuple[tuple[Panel, ...], str]]:
    """The pictures of a script as it is, or why there is none, and of what the linter's safe fixes make of it."""
    from oso_evalscript.linter.engine import fix
    from oso_evalscript.runtime.pictures.page import Panel

    try:
        with loaded(source, options) as (program, scenes):
            before = _drawn(program, scenes, options, "as it is", quiet=True)
    except ScriptError as error:
        message = str(error).split("\n")[0].removeprefix(f"{source.name}:").strip()
        where = "line " if message[:1].isdigit() else ""
        before = (Panel("as it is", None, None, f"It fails: {where}{message}"),), ""
    fixed = fix(source)
    count = len(fixed.applied)
    after = _panels(fixed.source, replace(options, lint=False), f"after lint --fix: {count} fix{'es' * (count != 1)}")
    return [before, after]
