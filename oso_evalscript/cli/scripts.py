"""What `run` and `preview` share: their options, and a script run on a scene."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from oso_evalscript.cli.files import Problems, read_script, read_stdin
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import OsoError
from oso_evalscript.model.text import Source

if TYPE_CHECKING:
    from oso_evalscript.model.contract import Output
    from oso_evalscript.runtime.program import Program

_Command = TypeVar("_Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--input",
        "scene",
        metavar="SCENE.npz",
        help="Arrays of shape (y, x), one per band; without it a made-up land-cover scene is used.",
    ),
    click.option(
        "--size",
        type=click.IntRange(1, 8192),
        default=256,
        show_default=True,
        help="Rows and columns of the made-up scene.",
    ),
    click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Varies the made-up scene."),
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


def running_options(command: _Command) -> _Command:
    """Add the options about the scene, the output and the limits."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def open_script(script: str) -> Source:
    """Return the script of that path, `-` for standard input; ends the command where it cannot be read."""
    problems = Problems()
    source = read_stdin("<stdin>", problems) if script == "-" else read_script(Path(script), problems)
    if source is None:
        sys.exit(2)
    return source


def make_scene(scene: str | None, size: int, seed: int) -> dict[str, Any]:
    """Return the user's scene, or the made-up one."""
    from oso_evalscript.runtime.scene import land_cover, read_scene

    return land_cover(size, seed) if scene is None else dict(read_scene(scene))


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
