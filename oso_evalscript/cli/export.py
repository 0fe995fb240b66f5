"""`oso-evalscript export`."""

from __future__ import annotations

import click

from oso_evalscript.cli.files import write_atomically
from oso_evalscript.cli.nomenclatures import find_nomenclature, nomenclature_options
from oso_evalscript.cli.terminal import write_data
from oso_evalscript.compiler.export import FORMATS, export
from oso_evalscript.model.display import escaped
from oso_evalscript.model.nomenclature import Language

_HELP = """Write a nomenclature as a style file or legend of another program.

NOMENCLATURE is an id, such as oso-23, or a file: .toml, .csv, .clr, .txt or .qml; SCRIPT is an evalscript, .js, whose
codes and colours are read from its text.

\b
"""  # click's own mark: keep the lines of the next paragraph


@click.command(help=_HELP + "\n".join(f"{item.name:<9}  {item.summary}" for item in FORMATS.values()))
@nomenclature_options
@click.option("--to", "target", type=click.Choice(list(FORMATS)), required=True, help="The format.")
@click.option("-o", "--out", metavar="FILE", help="Where to write; without it, standard output.")
def command(nomenclature: str, language: Language, groups: bool, target: str, out: str | None) -> None:
    """Write a nomenclature as a style file or legend of another program."""
    data = export(find_nomenclature(nomenclature), target, language=language, groups=groups).encode()
    if out is None:
        write_data(data)  # these formats are UTF-8, whatever the terminal is
        return
    write_atomically(out, data)
    click.echo(f"wrote {escaped(out)}", err=True)
