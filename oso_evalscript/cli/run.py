"""`oso-evalscript run`."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from oso_evalscript.cli.files import write_atomically
from oso_evalscript.cli.scripts import choose_output, make_scene, open_script, report_failure, running_options
from oso_evalscript.model.errors import OsoError, ScriptError

if TYPE_CHECKING:
    from oso_evalscript.runtime.program import Program

_FORMATS = (".png", ".npy", ".npz")


@click.command()
@click.argument("script")
@click.option("-o", "--out", metavar="FILE", help="Where to write: .png and .npy hold one output, .npz holds all.")
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
    """Run an evalscript (a file, or `-`) on a scene and write its output; without -o, only describe it.

    Exit status: 0 done, 1 the script failed, 2 something else did.
    """
    if out is not None and Path(out).suffix not in _FORMATS:
        raise click.UsageError(f"-o {out}: the file ends in one of {', '.join(_FORMATS)}")
    source = open_script(script)
    arrays = make_scene(scene, size, seed)
    from oso_evalscript.runtime.program import Program

    try:
        with Program(source, timeout=timeout, memory=memory * 2**20) as program:
            outputs = program.run(arrays)
            if out is not None:
                write_atomically(out, _encode(program, outputs, output_id, Path(out).suffix))
            _describe(program, outputs)
    except ScriptError as error:
        report_failure(error)


def _encode(program: Program, outputs: dict[str, Any], output_id: str | None, suffix: str) -> bytes:
    import numpy as np

    buffer = io.BytesIO()
    if suffix == ".npz":
        if output_id is not None:
            raise OsoError("--output chooses what .png and .npy hold; .npz holds all outputs")
        np.savez_compressed(buffer, allow_pickle=False, **outputs)
        return buffer.getvalue()
    output = choose_output(program, output_id)
    if suffix == ".npy":
        np.save(buffer, outputs[output.id], allow_pickle=False)
        return buffer.getvalue()
    from oso_evalscript.runtime.picture import to_png

    return to_png(outputs[output.id], output)


def _describe(program: Program, outputs: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from oso_evalscript.model.display import escaped

    table = Table(box=None, pad_edge=False)
    for title in ("output", "bands", "rows", "columns", "sample type", "least", "largest"):
        table.add_column(title)
    for output in program.setup.outputs:
        array = outputs[output.id]
        ends = (f"{array.min():g}", f"{array.max():g}") if array.size else ("", "")
        cells = (escaped(output.id), *map(str, array.shape), str(output.sample_type), *ends)
        table.add_row(*map(Text, cells))
    Console(stderr=True).print(table)
