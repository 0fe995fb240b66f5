"""`oso-evalscript build`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from oso_evalscript.cli.files import Problems, is_folder, is_there, write_atomically
from oso_evalscript.cli.patches import show_patch
from oso_evalscript.compiler.render import compile
from oso_evalscript.compiler.spec import load_spec
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import OsoError


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH...]")
@click.option("--check", is_flag=True, help="Write nothing; show a diff and exit with 1 where a script is stale.")
def command(paths: tuple[str, ...], check: bool) -> None:
    """Compile specs (TOML files, or folders of them) to the evalscripts beside them.

    Without PATH: evalscripts/*.toml.
    """
    problems = Problems()
    counts = {"built": 0, "stale": 0, "unchanged": 0}
    for path in _specs(paths or ("evalscripts",), problems):
        with problems.caught(str(path)):
            outcome = _build(path, check=check)
            counts[outcome] += 1
            if outcome != "unchanged":
                click.echo(f"{outcome} {escaped(str(path.with_suffix('.js')))}")
    total = sum(counts.values())
    told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count) or "nothing to do"
    click.echo(f"{total} spec{'s' * (total != 1)}: {told}", err=True)
    sys.exit(2 if problems.count else 1 if counts["stale"] else 0)


def _specs(paths: tuple[str, ...], problems: Problems) -> list[Path]:
    found: list[Path] = []
    for name in paths:
        path = Path(name)
        inside = sorted(path.glob("*.toml")) if is_folder(path) else [path]
        if not inside:
            problems.tell(f"{name}: no specs (*.toml) in this folder")
        found += inside
    return list(dict.fromkeys(found))


def _build(path: Path, *, check: bool) -> str:
    if path.suffix != ".toml" and is_there(path):
        raise OsoError(f"{path}: a spec is a .toml file, and the script is written beside it")
    new = compile(load_spec(path)).encode()
    target = path.with_suffix(".js")
    try:
        old = target.read_bytes() if target.exists() else None
    except OSError as error:
        raise OsoError(f"{target}: cannot be read ({error.strerror or error})") from None
    # A checkout may have turned line ends into CR LF; that is no difference in meaning.
    if old is not None and old.replace(b"\r\n", b"\n") == new:
        return "unchanged"
    if check:
        show_patch(str(target), old or b"", new)
        return "stale"
    write_atomically(target, new)
    return "built"
