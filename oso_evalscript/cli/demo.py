"""`oso-evalscript demo`."""

from __future__ import annotations

import json
import shlex
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from oso_evalscript.cli.files import Problems, write_atomically
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import OsoError


@click.command()
@click.argument("folder", default="demo", type=click.Path(path_type=Path, file_okay=False))
@click.option("--force", is_flag=True, help="Overwrite files that exist and differ.")
def command(folder: Path, force: bool) -> None:
    """Write example files to try the other commands on.

    FOLDER (default: demo) gets the evalscript from the documentation page of the CNES land-cover map, which does not
    load, a Python file and a notebook with an evalscript inside, a spec to compile, and a note on sources and licences.

    Exit status: 0 for success, 2 if a file exists and differs, or could not be written.
    """
    problems = Problems()
    for name, data in _example().items():
        with problems.caught(name):
            _write(folder / name, data, force=force)
    if problems.count:
        sys.exit(2)
    page = shlex.quote(str(folder / "page.js"))
    click.echo(f"Wrote {len(_example())} files to {escaped(str(folder))}. Next:\n")
    click.echo(escaped(f"  oso-evalscript lint {page}"))
    click.echo(escaped(f"  oso-evalscript preview --fix {page}"))


def _example() -> dict[str, bytes]:
    """The files of the example, by name."""
    shipped = files("oso_evalscript.cli") / "example"
    legend = (shipped / "legend.txt").read_text(encoding="utf-8")
    return {
        "page.js": (shipped / "page.js").read_bytes(),
        "legend.py": legend.encode(),
        "legend.ipynb": _notebook("import numpy as np\n", legend).encode(),
        "palette.toml": (shipped / "palette.toml").read_bytes(),
        "SOURCE.md": (shipped / "SOURCE.md").read_bytes(),
    }


def _notebook(*sources: str) -> str:
    """A notebook with a cell of code for each source."""
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": source.splitlines(keepends=True),
        }
        for source in sources
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}, indent=1) + "\n"


def _write(path: Path, data: bytes, *, force: bool) -> None:
    if path.exists() and path.read_bytes() != data and not force:
        raise OsoError(f"{path}: exists and differs; --force overwrites it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OsoError(f"{path.parent}: cannot be created ({error.strerror or error})") from None
    write_atomically(path, data)
