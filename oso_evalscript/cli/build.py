"""`oso-evalscript build`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import click

from oso_evalscript.cli.files import Problems, write_atomically
from oso_evalscript.cli.patches import show_patch
from oso_evalscript.cli.terminal import write_data
from oso_evalscript.compiler.custom import CustomSpec, load_custom
from oso_evalscript.compiler.render import compile, compile_custom
from oso_evalscript.compiler.seal import is_intact
from oso_evalscript.compiler.spec import is_nomenclature, load_spec
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import ConfigError, OsoError, SpecError
from oso_evalscript.project.config import Configs
from oso_evalscript.project.search import is_folder, is_there

_WRITERS = 8


@dataclass(frozen=True, slots=True)
class _How:
    """What is to become of the scripts."""

    check: bool
    force: bool
    to_stdout: bool
    templates: Mapping[Path, Path | None]  # by the folder of the spec


@dataclass(frozen=True, slots=True)
class _Script:
    """A compiled script: what becomes of its file, and template, bands and outputs for the summary."""

    outcome: str
    target: Path
    new: bytes
    about: tuple[str, ...]


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH...]")
@click.option("--check", is_flag=True, help="Write nothing; show a diff and exit with 1 if a script is out of date.")
@click.option("--force", is_flag=True, help="Overwrite scripts that were edited, or not written by build.")
@click.option("--stdout", "to_stdout", is_flag=True, help="Write the scripts to standard output, not to files.")
@click.option("--summary", is_flag=True, help="Show a table of all scripts: template, bands, outputs.")
@click.option(
    "--templates",
    type=click.Path(path_type=Path),
    help="The folder of your own templates, NAME.js.j2; overrides `templates` in the configuration.",
)
def command(
    paths: tuple[str, ...], check: bool, force: bool, to_stdout: bool, summary: bool, templates: Path | None
) -> None:
    """Compile specs (TOML files, or folders of them) to evalscripts beside them.

    Without PATH: evalscripts/*.toml. A script that was edited since it was built is left alone.
    """
    if to_stdout and (check or summary):
        raise click.UsageError("--stdout cannot be combined with --check or --summary")
    if templates is not None and not is_folder(templates):
        raise click.UsageError(f"--templates {templates}: there is no such folder")
    problems = Problems()
    specs = _specs(paths or ("evalscripts",), problems)
    how = _How(check, force, to_stdout, _templates(specs, templates))
    counts = {"built": 0, "stale": 0, "unchanged": 0, "shown": 0}
    rows: list[tuple[str, ...]] = []
    # Waiting until a file is on the disk takes longer than compiling it, so files are written side by side.
    with ThreadPoolExecutor(_WRITERS) as writers:
        begun: list[tuple[Path, _Script, Future[None] | None]] = []
        for path in specs:
            with problems.caught(str(path)):
                script = _build(path, how, named=str(path) in paths)
                if script is None:
                    continue
                writing = script.outcome == "built"
                begun.append(
                    (path, script, writers.submit(write_atomically, script.target, script.new) if writing else None)
                )
        for path, script, written in begun:
            with problems.caught(str(path)):
                if written is not None:
                    written.result()
                counts[script.outcome] += 1
                rows.append((script.outcome, str(script.target), *script.about))
                if script.outcome in ("built", "stale") and not summary:
                    click.echo(f"{script.outcome} {escaped(str(script.target))}")
    if summary and rows:
        _show(rows)
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


def _templates(specs: Iterable[Path], given: Path | None) -> dict[Path, Path | None]:
    """The folder of the user's own templates for each folder of specs: what is given wins over the configuration."""
    folders = {path.parent for path in specs}
    if given is not None:
        return dict.fromkeys(folders, given)
    configs = Configs()
    found = {folder: configs.of(folder) for folder in sorted(folders)}
    for config in found.values():
        if config.templates_folder is not None and not is_folder(config.templates_folder):
            raise ConfigError(f"{config.path}: `templates`: there is no folder {config.templates_folder}")
    return {folder: config.templates_folder for folder, config in found.items()}


def _build(path: Path, how: _How, *, named: bool) -> _Script | None:
    """Compile one spec and find out what is to become of its script; None where the file is a nomenclature."""
    if path.suffix != ".toml" and is_there(path):
        raise OsoError(f"{path}: expected a spec, which is a .toml file")
    try:
        new, about = _compile(path, how.templates[path.parent])
    except SpecError:
        if not named and is_nomenclature(path):  # in the folder of the specs that name it
            return None
        raise
    target = path.with_suffix(".js")
    if how.to_stdout:
        write_data(new)
        return _Script("shown", target, new, about)
    try:
        old = target.read_bytes() if target.exists() else None
    except OSError as error:
        raise OsoError(f"{target}: cannot be read ({error.strerror or error})") from None
    # A checkout may have turned line ends into CR LF; that is no difference in meaning.
    if old is not None and old.replace(b"\r\n", b"\n") == new:
        return _Script("unchanged", target, new, about)
    if how.check:
        show_patch(str(target), old or b"", new)
        return _Script("stale", target, new, about)
    if old is not None and not how.force and not is_intact(old):
        raise OsoError(
            f"{target}: was edited since it was built, or build has not written it; "
            f"move what you need to {path.name}, or overwrite it with --force"
        )
    return _Script("built", target, new, about)


def _compile(path: Path, templates: Path | None) -> tuple[bytes, tuple[str, ...]]:
    custom = None if templates is None else load_custom(path, templates)
    if isinstance(custom, CustomSpec):
        return compile_custom(custom, origin=path.name).encode(), (custom.template, "", "")
    spec = load_spec(path)
    setup = spec.contract()
    outputs = ", ".join(f"{output.id} {output.bands} {output.sample_type}" for output in setup.outputs)
    return compile(spec, origin=path.name).encode(), (spec.template, ", ".join(setup.bands), outputs)


def _show(rows: list[tuple[str, ...]]) -> None:
    table = [("", "script", "template", "bands", "outputs"), *(tuple(map(escaped, row)) for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(5)]
    for row in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
