"""`oso-evalscript preview`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from oso_evalscript.cli.cost import state_cost
from oso_evalscript.cli.files import write_atomically
from oso_evalscript.cli.rasters import small
from oso_evalscript.cli.scripts import RunningOptions, choose_output, opened, running_options, show_told
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import OsoError


@click.command()
@click.argument("script")
@click.option("-o", "--out", metavar="FILE.png", help="Where to write; without it beside the script, as NAME.png.")
@running_options
def command(script: str, out: str | None, options: RunningOptions) -> None:
    """Draw what an evalscript (a file, or `-`) makes of scenes, with the legend where it is an OSO one.

    Outputs of one band are stretched to grey. Exit status: 0 done, 1 the script failed, 2 something else did.
    """
    if out is None and script == "-":
        raise click.UsageError("a script from standard input needs -o FILE.png")
    target = Path(out) if out is not None else Path(script).with_suffix(".png")
    if target.suffix != ".png":
        raise click.UsageError(f"-o {target}: a preview is a .png file")
    with opened(script, options) as (program, given):
        from oso_evalscript.runtime.picture import preview

        scenes: Any = small(given) if options.of_rasters else given

        output = choose_output(program, options.output_id)
        outputs = program.run(scenes, units=options.units, order=options.order)
        show_told(outputs)
        if output.id not in outputs:
            raise OsoError(f"{program.source.name}: it returned nothing at any pixel, so there is nothing to draw")
        note = "" if options.scenes else "A made-up scene, not a map."
        write_atomically(target, preview(program, outputs, output.id, note=note))
        state_cost(program, outputs, "image/png", [output.id])
    click.echo(f"wrote {escaped(str(target))}")
