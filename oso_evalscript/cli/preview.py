"""`oso-evalscript preview`."""

from __future__ import annotations

from pathlib import Path

import click

from oso_evalscript.cli.files import write_atomically
from oso_evalscript.cli.scripts import choose_output, make_scene, open_script, report_failure, running_options
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import ScriptError


@click.command()
@click.argument("script")
@click.option("-o", "--out", metavar="FILE.png", help="Where to write; without it beside the script, as NAME.png.")
@running_options
def command(
    script: str,
    out: str | None,
    scene: str | None,
    size: int,
    seed: int,
    output_id: str | None,
    timeout: float,
    memory: int,
) -> None:
    """Draw what an evalscript (a file, or `-`) makes of a scene, with the legend where it is an OSO one.

    Outputs of one band are stretched to grey. Exit status: 0 done, 1 the script failed, 2 something else did.
    """
    if out is None and script == "-":
        raise click.UsageError("a script from standard input needs -o FILE.png")
    target = Path(out) if out is not None else Path(script).with_suffix(".png")
    if target.suffix != ".png":
        raise click.UsageError(f"-o {target}: a preview is a .png file")
    source = open_script(script)
    arrays = make_scene(scene, size, seed)
    from oso_evalscript.runtime.picture import preview
    from oso_evalscript.runtime.program import Program

    try:
        with Program(source, timeout=timeout, memory=memory * 2**20) as program:
            output = choose_output(program, output_id)
            note = "A made-up scene, not a map." if scene is None else ""
            write_atomically(target, preview(program, program.run(arrays), output.id, note=note))
    except ScriptError as error:
        report_failure(error)
    click.echo(f"wrote {escaped(str(target))}")
