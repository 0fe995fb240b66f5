"""`oso-evalscript export`."""

from __future__ import annotations

import click

from oso_evalscript.cli.files import write_atomically
from oso_evalscript.cli.nomenclatures import Shown, find_nomenclature, nomenclature_options
from oso_evalscript.cli.terminal import write_data
from oso_evalscript.compiler.export import FORMATS, export
from oso_evalscript.compiler.export.style import COLUMNS
from oso_evalscript.model.display import escaped

_HELP = """Write a nomenclature as a style or legend for another program.

NOMENCLATURE is an id, such as oso-23, or a file: .toml, .csv, .clr, .txt or .qml; SCRIPT is an evalscript, .js, whose
codes and colours are read from its text.

\b
"""  # click's own mark: keep the lines of the next paragraph


@click.command(help=_HELP + "\n".join(f"{item.name:<12}  {item.summary}" for item in FORMATS.values()))
@nomenclature_options
@click.option("--to", "target", type=click.Choice(list(FORMATS)), required=True, help="The format.")
@click.option(
    "--columns", metavar="NAMES", help=f"More columns for csv and markdown, separated by commas: {', '.join(COLUMNS)}."
)
@click.option("-o", "--out", metavar="FILE", help="The file to write; by default standard output.")
def command(nomenclature: str, shown: Shown, target: str, columns: str | None, out: str | None) -> None:
    """Write a nomenclature as a style or legend for another program."""
    named = [] if columns is None else [name.strip() for name in columns.split(",")]
    table = shown.of(find_nomenclature(nomenclature))
    data = export(table, target, language=shown.language, columns=named).encode()
    if out is None:
        write_data(data)  # these formats are UTF-8, whatever the terminal is
        return
    write_atomically(out, data)
    click.echo(f"wrote {escaped(out)}", err=True)
