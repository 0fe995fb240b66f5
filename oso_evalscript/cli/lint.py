"""`oso-evalscript lint`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oso_evalscript.cli.cache import Cache, open_cache
from oso_evalscript.cli.files import Problems, read_script, read_stdin, write_atomically
from oso_evalscript.cli.jobs import Job, JobResult, Settings, Task, run_all, work
from oso_evalscript.cli.patches import show_patch
from oso_evalscript.cli.reports import rendered
from oso_evalscript.cli.terminal import style, write_data
from oso_evalscript.documents.signs import kind_of
from oso_evalscript.linter.report import Report
from oso_evalscript.linter.report.style import Style
from oso_evalscript.model.diagnostic import Severity
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import ConfigError, OsoError
from oso_evalscript.model.text import SCRIPT_ENDINGS, Source
from oso_evalscript.project.config import Config, Configs, parse_options, read_config
from oso_evalscript.project.contents import Contents
from oso_evalscript.project.ignored import Ignored
from oso_evalscript.project.search import (
    NOTHING_THERE,
    Exclusion,
    find_scripts,
    is_folder,
    is_host,
    is_there,
    largest_of,
    looks_like_script,
    other_language,
)

if TYPE_CHECKING:
    from oso_evalscript.linter.baseline import Key
    from oso_evalscript.model.contract import Api

_FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit")
_NO_EVALSCRIPT = (
    "this is not an evalscript, and none was found in it: it does not define `evaluatePixel`, does not "
    "begin with //VERSION=3 and returns no bands"
)
_NONE_INSIDE = "no evalscripts found in this file"
_NO_KEY = "the user's cache folder, where the key is stored, cannot be written or belongs to others"
_SEVERITIES = (Severity.INFO, Severity.WARNING, Severity.ERROR)


@dataclass(frozen=True, slots=True)
class _Options:
    """The options, by their names on the command line."""

    format: str
    fix: bool
    unsafe_fixes: bool
    diff: bool
    add_suppressions: bool
    select: tuple[str, ...]
    extend_select: tuple[str, ...]
    ignore: tuple[str, ...]
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    skip_others: bool
    no_gitignore: bool
    collection: str | None
    api: Api | None
    config: Path | None
    isolated: bool
    statistics: bool
    fail_on: str | None
    exit_zero: bool
    jobs: int | None
    no_cache: bool
    cache_dir: Path | None
    stdin_filename: str
    baseline: Path | None
    write_baseline: Path | None
    output_file: Path | None

    @property
    def task(self) -> Task:
        """What is done with each script."""
        if self.add_suppressions:
            return Task.ADOPT
        if self.fix or self.diff:
            return Task.FIX_ALL if self.unsafe_fixes else Task.FIX
        return Task.LINT


def _rules_option(name: str, text: str) -> Callable[[click.decorators.FC], click.decorators.FC]:
    return click.option(name, multiple=True, metavar="RULES", help=f"{text}, separated by commas.")


_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--format", type=click.Choice(_FORMATS), default="text", show_default=True, help="The format of the report."
)
@click.option("--fix", is_flag=True, help="Apply the safe fixes, and report the remaining findings.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: include fixes that may change results.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, without changing it.")
@click.option("--add-suppressions", is_flag=True, help="Add comments that suppress all current findings.")
@_rules_option("--select", "Run only these rules")
@_rules_option("--extend-select", "Also run these rules")
@_rules_option("--ignore", "Do not run these rules")
@click.option(
    "--include",
    multiple=True,
    metavar="PATTERN",
    help="In folders, search only these files; patterns as in .gitignore.",
)
@click.option(
    "--exclude", multiple=True, metavar="PATTERN", help="Skip these files and folders; patterns as in .gitignore."
)
@click.option("--no-gitignore", is_flag=True, help="In folders, also search files that .gitignore excludes.")
@click.option("--skip-others", is_flag=True, help="Skip files that are not evalscripts, even if named explicitly.")
@click.option("--collection", metavar="NAME", help="Where the bands come from, such as sentinel-2-l2a.")
@click.option(
    "--api",
    type=click.Choice(["process", "statistics"]),
    help="The API that runs the scripts; `statistics` requires a data mask and stores FLOAT32 by default.",
)
@click.option("--config", type=_PATH, metavar="FILE", help="Use this configuration file only.")
@click.option("--isolated", is_flag=True, help="Ignore all configuration files.")
@click.option("--statistics", is_flag=True, help="Show the number of findings per rule.")
@click.option(
    "--fail-on",
    type=click.Choice([str(severity) for severity in reversed(_SEVERITIES)]),
    help="Exit with 1 if a finding of this severity or higher is reported; by default, on any.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings.")
@click.option(
    "--jobs", type=click.IntRange(1), metavar="N", help="The number of processes; by default as many as are useful."
)
@click.option("--no-cache", is_flag=True, help="Do not use the cache.")
@click.option("--cache-dir", type=_PATH, metavar="DIR", help="Cache findings here, not in the user's cache.")
@click.option("--baseline", type=_PATH, metavar="FILE", help="Report only findings that this file does not list.")
@click.option("--write-baseline", type=_PATH, metavar="FILE", help="Record all current findings in this file.")
@click.option("--output-file", type=_PATH, metavar="FILE", help="Write the report to this file.")
@click.option(
    "--stdin-filename", default="<stdin>", metavar="NAME", help="The file name of the script on standard input."
)
def command(paths: tuple[str, ...], **options: object) -> None:
    """Find and fix faults in evalscripts: in files, folders, or `-` for standard input.

    Scripts are also found, and fixed, inside Python, notebooks, Markdown, Quarto, reStructuredText, JavaScript,
    TypeScript, JSON, YAML, TOML and HTML.

    Exit status: 0 without findings, 1 with findings or a diff, 2 if something could not be read or written.
    """
    chosen = _Options(**options)  # type: ignore[arg-type]  # click has checked them
    _check(chosen, paths)
    known = None if chosen.baseline is None else _read_baseline(chosen.baseline)
    problems = Problems()
    exclusion = Exclusion()
    jobs = _jobs(paths, chosen, problems, exclusion)
    cache = _open_cache(chosen) if jobs else None
    reports: list[Report] = []
    reported: set[Path] = set()
    changed = False
    missing: list[Job] = []
    for job, outcome in zip(jobs, run_all(jobs, cache, chosen.jobs), strict=True):
        if outcome.missing and not job.settings.fragments:
            missing.append(job)
        elif outcome.failure is not None:
            _tell_failure(job, outcome.failure, problems)
        elif outcome.is_script:
            reports.append(_carried_out(job, outcome, chosen, problems))
            changed = changed or outcome.changes > 0
        elif job.settings.fragments:
            kind = job.settings.kind
            why = _NO_EVALSCRIPT if kind is None or kind in SCRIPT_ENDINGS else _NONE_INSIDE
            _leave_alone(job.path, job.source, why, chosen, problems)
        if job.path is not None and (outcome.is_script or outcome.missing or job.settings.fragments):
            reported.add(job.path)
    if missing:
        _tell_missing(len(missing), problems if not reports else None)
    _tell_empty_folders(paths, jobs, reported, problems, excluded=exclusion.count > 0)
    if chosen.write_baseline is not None:
        _write_baseline(reports, chosen.write_baseline, problems)
        sys.exit(2 if problems.count else 0)
    if known is not None and chosen.baseline is not None:
        reports = _new_ones(reports, known, chosen.baseline)
    if reports or not problems.count or chosen.format != "text":
        _show(reports, chosen, problems, err=chosen.diff or (chosen.task is not Task.LINT and "-" in paths))
    sys.exit(2 if problems.count else _status(reports, chosen, diff=chosen.diff and changed))


def _check(options: _Options, paths: tuple[str, ...]) -> None:
    if options.fix + options.diff + options.add_suppressions > 1:
        raise click.UsageError("choose one of --fix, --diff and --add-suppressions")
    if options.diff and (options.format != "text" or options.statistics):
        raise click.UsageError("--diff cannot be combined with --format or --statistics")
    if options.statistics and options.format != "text":
        raise click.UsageError("--statistics cannot be combined with --format")
    if options.unsafe_fixes and not (options.fix or options.diff):
        raise click.UsageError("--unsafe-fixes needs --fix or --diff")
    if options.config is not None and options.isolated:
        raise click.UsageError("choose one of --config and --isolated")
    if options.write_baseline is not None and (options.task is not Task.LINT or options.baseline is not None):
        raise click.UsageError(
            "--write-baseline cannot be combined with --baseline, --fix, --diff or --add-suppressions"
        )
    if options.output_file is not None and options.diff:
        raise click.UsageError("--output-file cannot be combined with --diff")
    if options.exit_zero and options.fail_on is not None:
        raise click.UsageError("--exit-zero and --fail-on contradict each other")
    if "-" in paths and len(paths) > 1:
        raise click.UsageError("`-` (standard input) cannot be combined with other paths")
    if options.select and not _names(options.select):
        raise click.UsageError("--select names no rule")


def _jobs(paths: tuple[str, ...], options: _Options, problems: Problems, exclusion: Exclusion) -> list[Job]:
    """What there is to do, with the configuration that holds for each script."""
    said = _said(options)
    configs = Configs(_given(options))

    named = set() if options.skip_others else {Path(name) for name in paths}

    def job(path: Path | None, source: Source) -> Job:
        folder = Path(source.name).parent if path is None else path.parent
        config = configs.of(folder).of_file(Path(source.name) if path is None else path).overridden(said)
        fragments = Path("-" if path is None else path) in named
        kind = kind_of(source.name)
        rules = (config.select, config.extend_select, config.ignore)
        settings = Settings(*rules, config.collection, config.api, fragments, kind)
        return Job(path, source, settings, options.task)

    if paths == ("-",):
        source = read_stdin(options.stdin_filename, problems, largest_of(options.stdin_filename))
        return [] if source is None or _is_other_language(None, source, options, problems) else [job(None, source)]

    def includes(path: Path) -> bool:
        for config in (said, configs.of(path.parent)):
            if (included := config.includes(path)) is not None:
                return included
        return is_host(path)

    exclusion.excludes = _excluding(paths, said, configs, gitignore=not options.no_gitignore)
    contents = Contents()
    found = find_scripts(
        paths, problems.tell, exclusion, skip_others=options.skip_others, includes=includes, contents=contents
    )
    scripts = (
        path
        for path in found
        if not (is_there(path) and _is_other_language(path, Source("", str(path)), options, problems))
    )
    read = ((path, _read(path, problems, contents, is_named=path in named)) for path in scripts)
    return [job(path, source) for path, source in read if source is not None]


def _said(options: _Options) -> Config:
    """What the options say of each script."""
    try:
        return parse_options(
            {
                "select": _names(options.select),
                "extend_select": _names(options.extend_select),
                "ignore": _names(options.ignore),
                "include": list(options.include),
                "exclude": list(options.exclude),
                "collection": options.collection,
                "api": options.api,
            }
        )
    except ConfigError as error:
        raise click.UsageError(str(error)) from None


def _excluding(
    paths: tuple[str, ...], said: Config, configs: Configs, *, gitignore: bool
) -> Callable[[Path, bool], bool]:
    """What is left out: what the patterns say, and in folders what git ignores, unless the folder itself is such."""
    named = {Path(name) for name in paths}
    ignored = Ignored()
    spared = [path for path in named if gitignore and is_folder(path) and ignored(path, folder=True)]

    def excludes(path: Path, folder: bool) -> bool:
        if said.excludes(path, folder=folder) or configs.of(path.parent).excludes(path, folder=folder):
            return True
        if not gitignore or path in named or any(path.is_relative_to(item) for item in spared):
            return False
        return ignored(path, folder=folder)

    return excludes


def _read(path: Path, problems: Problems, contents: Contents, *, is_named: bool) -> Source | None:
    return read_script(path, problems, largest_of(path.name), is_named=is_named, contents=contents)


def _is_other_language(path: Path | None, source: Source, options: _Options, problems: Problems) -> bool:
    """Whether a file is in another language, by its name; says so unless such files are to be skipped."""
    language = other_language(source.name)
    if language is not None:
        why = f"this is {language}, not an evalscript; to lint a script in it, put the script into a .js file"
        _leave_alone(path, source, why, options, problems)
    return language is not None


def _leave_alone(path: Path | None, source: Source, why: str, options: _Options, problems: Problems) -> None:
    """Say why a text is not linted, unless such files are to be skipped, and hand on that of standard input."""
    if not options.skip_others:
        problems.tell(f"{source.name}: {why}")
    if path is None and options.task is not Task.LINT and not options.diff:
        write_data(source.encode())


def _tell_failure(job: Job, failure: str, problems: Problems) -> None:
    """Say why a job was not done; in silence where a file of a folder only seemed to hold scripts."""
    if job.settings.fragments or job.settings.kind in (None, "js") or looks_like_script(job.source.text):
        problems.tell(failure)


def _tell_missing(number: int, problems: Problems | None) -> None:
    """Say once which files of folders were not searched, and what they need; a problem where nothing else was."""
    files = "1 file was" if number == 1 else f"{number} files were"
    text = f"{files} not searched for evalscripts: pip install 'oso-evalscript[embedded]' installs what reads them"
    if problems is None:
        click.echo(f"note: {text}", err=True)
    else:
        problems.tell(text)


def _tell_empty_folders(
    paths: tuple[str, ...], jobs: Sequence[Job], reported: set[Path], problems: Problems, *, excluded: bool
) -> None:
    """Say which folders hold files that look like evalscripts, and none that is one."""
    for name in paths:
        if not is_folder(Path(name)):
            continue
        inside = [job for job in jobs if job.path is not None and job.path.is_relative_to(name)]
        if not inside or any(job.path in reported for job in inside):
            continue
        if any(looks_like_script(job.source.text) for job in inside):
            problems.tell(f"{name}: no evalscripts in this folder, only files that mention them")
        elif not excluded:
            problems.tell(f"{name}: {NOTHING_THERE}")


def _open_cache(options: _Options) -> Cache | None:
    if options.no_cache:
        return None
    cache = open_cache(options.cache_dir)
    if cache is None and options.cache_dir is not None:
        where = escaped(str(options.cache_dir))
        click.echo(f"note: {where} is not used: its entries need a key, and {_NO_KEY}", err=True)
    return cache


def _given(options: _Options) -> Config | None:
    """The configuration that holds for all scripts, None where files are looked for."""
    if options.isolated:
        return Config()
    return None if options.config is None else read_config(options.config, Path.cwd())


def _carried_out(job: Job, outcome: JobResult, options: _Options, problems: Problems) -> Report:
    """Write or show what a job has changed; returns what is found in the script as it is now."""
    source = outcome.report.source
    if options.diff:
        show_patch(source.name, job.source.encode(), source.encode())
    elif options.task is not Task.LINT and job.path is None:
        write_data(source.encode())
    elif job.path is not None and source.text != job.source.text:
        try:
            write_atomically(job.path, source.encode())
        except OsoError as error:
            problems.tell(str(error))
            return work(Job(job.path, job.source, job.settings, Task.LINT)).report
        what = "suppression" if options.add_suppressions else "fix"
        done = "added" if options.add_suppressions else "applied"
        click.echo(f"{escaped(str(job.path))}: {_count(outcome.changes, what)} {done}", err=True)
    return outcome.report


def _show(reports: Sequence[Report], options: _Options, problems: Problems, *, err: bool) -> None:
    """Show what was found, or write it to a file."""
    if options.output_file is None:
        shown = style()
        text = rendered(reports, options.format, shown, statistics=options.statistics, quiet=options.diff)
        if text is not None:
            is_text = options.format == "text" and not options.statistics
            click.echo(text, nl=False, err=err, color=True if is_text else None)
        return
    text = rendered(reports, options.format, Style(), statistics=options.statistics)
    with problems.caught(str(options.output_file)):
        write_atomically(options.output_file, (text or "").encode("utf-8", "surrogateescape"))


def _read_baseline(path: Path) -> Counter[Key]:
    from oso_evalscript.linter.baseline import read_baseline

    try:
        return read_baseline(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        raise ConfigError(f"{path}: this baseline does not exist; --write-baseline creates it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or 'is not UTF-8'})") from None


def _write_baseline(reports: Sequence[Report], path: Path, problems: Problems) -> None:
    from oso_evalscript.linter.baseline import relative_names, write_baseline

    names = relative_names((item.source.name for item in reports), _folder_of(path), Path.cwd())
    with problems.caught(str(path)):
        write_atomically(path, write_baseline(reports, names).encode())
        total = sum(map(len, reports))
        click.echo(f"{escaped(str(path))}: a baseline of {_count(total, 'finding')}", err=True)


def _new_ones(reports: Sequence[Report], known: Counter[Key], path: Path) -> list[Report]:
    """The reports without what a baseline lists; says where some of that is gone."""
    from oso_evalscript.linter.baseline import relative_names, without_known

    names = relative_names((item.source.name for item in reports), _folder_of(path), Path.cwd())
    kept, gone = without_known(reports, known, names)
    if gone:
        what = f"{_count(gone, 'finding')} of the baseline no longer {'occurs' if gone == 1 else 'occur'}"
        click.echo(f"note: {what}; --write-baseline updates it", err=True)
    return kept


def _folder_of(path: Path) -> Path:
    return Path.cwd() / path.parent


def _status(reports: Sequence[Report], options: _Options, *, diff: bool) -> int:
    """1 where what is left reaches `--fail-on`; readers of SARIF expect the findings inside, and a 0."""
    if diff:
        return 1
    if options.exit_zero or (options.format == "sarif" and options.fail_on is None):
        return 0
    least = _SEVERITIES.index(Severity(options.fail_on or Severity.INFO))
    return int(any(_SEVERITIES.index(item.severity) >= least for report in reports for item in report))


def _names(values: tuple[str, ...]) -> list[str]:
    return [name.strip() for value in values for name in value.split(",") if name.strip()]


def _count(number: int, word: str) -> str:
    plural = "es" if word.endswith("x") else "s"
    return f"{number} {word}{plural * (number != 1)}"
