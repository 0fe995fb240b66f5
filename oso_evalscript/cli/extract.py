"""`oso-evalscript extract`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from oso_evalscript.cli.files import Problems, write_atomically
from oso_evalscript.documents.embedded import Embedded, find_scripts
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import OsoError
from oso_evalscript.model.regex import regex
from oso_evalscript.project.search import is_folder

_WORD = regex(r"\w+")
_MAX_NAME = 60


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    "folder",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="FOLDER",
    help="Where to write the scripts; by default the current folder.",
)
@click.option("--force", is_flag=True, help="Overwrite files that exist and differ.")
def command(files: tuple[Path, ...], folder: Path, force: bool) -> None:
    """Extract evalscripts from other files to .js files.

    FILE is Python, a notebook, Markdown, Quarto, reStructuredText, JavaScript, TypeScript, JSON, YAML, TOML or HTML. A
    script takes the name of its variable, key or heading, as in ndvi.js. Values that the program fills in become
    placeholders, such as __BAND__.

    Exit status: 0 for success, 2 if a file has no evalscript, or could not be read or written.
    """
    problems = Problems()
    taken: set[str] = set()
    for file in files:
        with problems.caught(str(file)):
            found = _found(file)
            if not found:
                problems.tell(f"{file}: no evalscripts found in this file")
            for script in found:
                name = _file_name(script, file, taken)
                with problems.caught(name):
                    _write(script, folder / name, force=force)
    sys.exit(2 if problems.count else 0)


def _found(file: Path) -> tuple[Embedded, ...]:
    if is_folder(file):
        raise OsoError(f"{file}: is a folder; pass the files in it")
    try:
        return find_scripts(file)
    except OSError as error:
        raise OsoError(f"{file}: {error.strerror or error}") from None
    except OsoError:
        raise
    except ValueError as error:
        raise OsoError(f"{file}: {error}") from None


def _file_name(script: Embedded, file: Path, taken: set[str]) -> str:
    """A name that no other script has got, whatever the case of its letters."""
    words = "_".join(_WORD.findall(script.name or "")) or f"{file.stem}_{script.line}"
    stem = words[:_MAX_NAME]
    name, number = f"{stem}.js", 1
    while name.lower() in taken:
        number += 1
        name = f"{stem}_{number}.js"
    taken.add(name.lower())
    return name


def _write(script: Embedded, path: Path, *, force: bool) -> None:
    data = script.source.encode()
    where = script.place
    if path.exists() and path.read_bytes() != data and not force:
        raise OsoError(f"{path}: exists and differs from the script at {where}; --force overwrites it")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, data)
    click.echo(f"wrote {escaped(str(path))} from {escaped(where)}", err=True)
    marks = dict.fromkeys(script.source.slice(span).strip(".;, ") for span in script.source.unknown)
    if marks:
        what = "is a placeholder" if len(marks) == 1 else "are placeholders"
        click.echo(f"note: {escaped(', '.join(marks))} {what} for what the program fills in", err=True)
