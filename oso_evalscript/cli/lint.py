"""`oso-evalscript lint`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from oso_evalscript.cli.files import Problems, find_scripts, read_script, read_stdin, write_atomically
from oso_evalscript.cli.patches import show_patch
from oso_evalscript.cli.terminal import style
from oso_evalscript.linter.engine import Report, choose, fix, lint
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import OsoError
from oso_evalscript.model.text import Source


@dataclass(frozen=True, slots=True)
class _Options:
    fix: bool
    unsafe: bool
    diff: bool
    select: tuple[str, ...] | None
    ignore: tuple[str, ...]


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How findings are shown.",
)
@click.option("--fix", "fix_", is_flag=True, help="Apply the safe fixes, and report what is left.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: also fixes that may change results.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option("--select", multiple=True, metavar="RULES", help="Run only these rules, separated by commas.")
@click.option("--ignore", multiple=True, metavar="RULES", help="Do not run these rules, separated by commas.")
@click.option("--stdin-filename", default="<stdin>", metavar="NAME", help="What to call the script on standard input.")
def command(
    paths: tuple[str, ...],
    format_: str,
    fix_: bool,
    unsafe_fixes: bool,
    diff: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    stdin_filename: str,
) -> None:
    """Find faults in evalscripts: files, folders, or `-` for standard input.

    Exit status: 0 no findings (left), 1 findings or a diff, 2 something could not be read or written.
    """
    options = _Options(fix_, unsafe_fixes, diff, _names(select) if select else None, _names(ignore))
    _check(options, format_, paths)
    problems = Problems()
    reports: list[Report] = []
    changed = False
    for path, source in _sources(paths, stdin_filename, problems):
        with problems.caught(source.name):
            report, edited = _work(path, source, options, problems)
            reports.append(report)
            changed = changed or edited
    _show(reports, format_, options, err=options.diff or (options.fix and "-" in paths))
    left = any(reports) or (diff and changed)
    sys.exit(2 if problems.count else 1 if left else 0)


def _check(options: _Options, format_: str, paths: tuple[str, ...]) -> None:
    if options.fix and options.diff:
        raise click.UsageError("--fix changes the files, --diff only shows what would change: choose one of them")
    if options.diff and format_ != "text":
        raise click.UsageError("--diff has a format of its own: leave out --format")
    if options.unsafe and not (options.fix or options.diff):
        raise click.UsageError("--unsafe-fixes goes with --fix or --diff")
    if "-" in paths and len(paths) > 1:
        raise click.UsageError("`-` is standard input, and stands alone")
    if options.select is not None and not options.select:
        raise click.UsageError("--select names no rule")
    try:
        choose(options.select, options.ignore)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _sources(paths: tuple[str, ...], stdin_name: str, problems: Problems) -> Iterator[tuple[Path | None, Source]]:
    if paths == ("-",):
        source = read_stdin(stdin_name, problems)
        if source is not None:
            yield None, source
        return
    for path in find_scripts(paths, problems):
        source = read_script(path, problems)
        if source is not None:
            yield path, source


def _work(path: Path | None, source: Source, options: _Options, problems: Problems) -> tuple[Report, bool]:
    """Lint one script, and fix it if asked; returns what is left and whether fixes change anything."""
    if not (options.fix or options.diff):
        return lint(source, select=options.select, ignore=options.ignore), False
    fixed = fix(source, unsafe=options.unsafe, select=options.select, ignore=options.ignore)
    changed = fixed.source.text != source.text
    if options.diff:
        show_patch(source.name, source.encode(), fixed.source.encode())
    elif path is None:
        sys.stdout.buffer.write(fixed.source.encode())
        sys.stdout.buffer.flush()
    elif changed:
        try:
            write_atomically(path, fixed.source.encode())
        except OsoError as error:
            problems.tell(str(error))
            return lint(source, select=options.select, ignore=options.ignore), False
        click.echo(f"{escaped(str(path))}: {_fixes(len(fixed.applied))} applied", err=True)
    return fixed.report, changed


def _show(reports: list[Report], format_: str, options: _Options, *, err: bool) -> None:
    if format_ == "json":
        from oso_evalscript.linter.report.json import render_json

        click.echo(render_json(reports), err=err)
        return
    from oso_evalscript.linter.report.text import render_text

    if reports and (any(reports) or not options.diff):
        click.echo(render_text(reports, style()), nl=False, err=err, color=True)


def _names(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


def _fixes(count: int) -> str:
    return f"{count} fix{'es' * (count != 1)}"
