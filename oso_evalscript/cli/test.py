"""`oso-evalscript test`."""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from oso_evalscript.cli.files import Problems
from oso_evalscript.cli.madeup import SIZE, acquisition_options, acquisitions
from oso_evalscript.cli.scripts import open_scripts
from oso_evalscript.cli.terminal import Counter
from oso_evalscript.model.display import escaped, to_json

if TYPE_CHECKING:
    from oso_evalscript.cli.trials import Trial
    from oso_evalscript.model.contract import Api
    from oso_evalscript.testing.properties import Verdict

_PATH = click.Path(path_type=Path)
_NAMES = (
    "total", "keeps_contract", "fits_sample_type", "deterministic", "pixelwise", "matches", "masked_is_transparent",
    "masked_is_nodata", "palette_exact", "no_foreign_color",
)  # fmt: skip


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--property", "chosen", multiple=True, type=click.Choice(_NAMES), help="Test only this property; may be repeated."
)
@click.option(
    "--exhaustive",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Whether to try all inputs; `auto` does so if there are few.",
)
@click.option(
    "--max-examples",
    type=click.IntRange(1),
    default=200,
    show_default=True,
    help="How many scenes to generate otherwise, which needs the extra `test` (hypothesis).",
)
@click.option("--seed", default="0", show_default=True, help="The random seed: a whole number, or `random`.")
@click.option("--size", type=SIZE, metavar="N|WxH", help="Columns and rows of the largest scene; by default 8x1.")
@acquisition_options
@click.option("--collection", metavar="ID", help="Where the bands come from, such as S2L2A.")
@click.option("--nomenclature", metavar="ID", help="The classes whose colours the scripts should show, such as oso-23.")
@click.option(
    "--api",
    type=click.Choice(["process", "statistics"]),
    default="process",
    show_default=True,
    help="The API that runs the scripts; with `statistics`, outputs are FLOAT32 by default.",
)
@click.option("--strict", is_flag=True, help="Fail what the service only tolerates, such as too many values.")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Number of processes; by default one per processor.")
@click.option("--no-cache", is_flag=True, help="Do not use the cache.")
@click.option("--cache-dir", type=_PATH, metavar="DIR", help="Cache verdicts here, not in the user's cache.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="The format of the report.",
)
def command(
    paths: tuple[str, ...],
    chosen: tuple[str, ...],
    exhaustive: str,
    max_examples: int,
    seed: str,
    size: tuple[int, int] | None,
    dates: Any,
    span: Any,
    clouds: Any,
    collection: str | None,
    nomenclature: str | None,
    api: Api,
    strict: bool,
    jobs: int | None,
    no_cache: bool,
    cache_dir: Path | None,
    format_: str,
) -> None:
    """Test what evalscripts (files or folders) do: prove it on every input, or search for a counterexample.

    What a script should show is taken from the spec beside it, a comment `// oso: nomenclature oso-23` in it, or
    --nomenclature.

    Exit status: 0 if nothing fails, 1 if a property fails, 2 if something could not be read or tested.
    """
    from oso_evalscript.cli.trials import Options, open_trials, run_trials

    options = Options(
        chosen=chosen,
        exhaustive=exhaustive,
        max_examples=max_examples,
        seed=_seed(seed),
        collection=collection,
        nomenclature=nomenclature,
        api=api,
        strict=strict,
        most_pixels=8 if size is None else size[0] * size[1],
        acquisitions=acquisitions(dates, span, clouds),
    )
    problems = Problems()
    sources = list(open_scripts(paths, problems))
    cache = None if no_cache or not sources else open_trials(cache_dir)
    trials = run_trials(sources, options, _NAMES, cache=cache, processes=jobs)
    results = _collected(trials, len(sources), problems, shows=format_ == "text")
    if results or format_ != "text" or not problems.count:
        _report(results, format_)
    sys.exit(2 if problems.count else _status(results))


def _report(results: Sequence[tuple[str, Sequence[Verdict]]], format_: str) -> None:
    """Print what is not shown as the verdicts come in."""
    if format_ == "json":
        click.echo(to_json(_finite({"version": 1, "scripts": [_plain(*result) for result in results]})))
    elif format_ == "github":
        _annotate(results)
    else:
        _summarize(results)


def _collected(
    trials: Iterable[Trial], count: int, problems: Problems, *, shows: bool
) -> list[tuple[str, Sequence[Verdict]]]:
    """The verdicts on each script, shown as they come in."""
    results: list[tuple[str, Sequence[Verdict]]] = []
    with Counter("testing", count) as counter:
        for trial in trials:
            with counter.stepped():
                if trial.failure:
                    problems.tell(trial.failure)
                    continue
                results.append((trial.source.name, trial.verdicts))
                if shows:
                    _show(trial.source.name, trial.verdicts)
    return results


def _status(results: Sequence[tuple[str, Sequence[Verdict]]]) -> int:
    from oso_evalscript.testing.properties import Outcome

    outcomes = {verdict.outcome for _, verdicts in results for verdict in verdicts}
    return 1 if Outcome.REFUTED in outcomes else 2 if Outcome.UNDECIDED in outcomes else 0


def _seed(word: str) -> int:
    if word == "random":
        drawn = random.SystemRandom().randrange(2**32)
        click.echo(f"seed {drawn}", err=True)
        return drawn
    if not word.isdecimal():
        raise click.UsageError(f"--seed {word}: expected a whole number or `random`")
    return int(word)


def _show(name: str, verdicts: Sequence[Verdict]) -> None:
    click.echo(escaped(name))
    width = max((len(verdict.name) for verdict in verdicts), default=0)
    for verdict in verdicts:
        message = verdict.message if verdict.holds else f"FAILS: {verdict.message}{_share(verdict)}"
        click.echo(f"  {verdict.name:<{width}}  {escaped(message)}")
        if verdict.counterexample is not None:
            from oso_evalscript.testing.properties import described

            for line in described(verdict.counterexample):
                click.echo(f"  {'':<{width}}    {escaped(line)}")
        for note in verdict.notes:
            click.echo(f"  {'':<{width}}    note      {escaped(note)}")


def _share(verdict: Verdict) -> str:
    least = "at least " if verdict.name == "fits_sample_type" else ""  # each band is counted on its own
    return f" ({least}{verdict.failing:,} of {verdict.tried:,} inputs)" if verdict.tried > verdict.failing > 1 else ""


def _summarize(results: Sequence[tuple[str, Sequence[Verdict]]]) -> None:
    counts: dict[str, int] = {}
    for _, verdicts in results:
        for verdict in verdicts:
            counts[str(verdict.outcome)] = counts.get(str(verdict.outcome), 0) + 1
    told = ", ".join(f"{count} {word}" for word, count in counts.items()) or "nothing to test"
    click.echo(f"{len(results)} script{'s' * (len(results) != 1)}: {told}", err=True)


def _plain(name: str, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    return {
        "file": name,
        "verdicts": [
            {
                "property": verdict.name,
                "outcome": str(verdict.outcome),
                "message": verdict.message,
                "notes": list(verdict.notes),
                "tried": verdict.tried,
                "failing": verdict.failing,
                "counterexample": None
                if verdict.counterexample is None
                else {
                    "inputs": verdict.counterexample.inputs,
                    "outputs": verdict.counterexample.outputs,
                    "expected": verdict.counterexample.expected,
                    "line": verdict.counterexample.line,
                },
            }
            for verdict in verdicts
        ],
    }


def _finite(value: Any) -> Any:
    """A value as JSON has it: what is no finite number becomes text."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


def _annotate(results: Sequence[tuple[str, Sequence[Verdict]]]) -> None:
    from oso_evalscript.linter.report.github import workflow_command
    from oso_evalscript.testing.properties import described
    from oso_evalscript.testing.where import line_named

    for name, verdicts in results:
        for verdict in verdicts:
            if verdict.holds:
                continue
            example = verdict.counterexample
            known = line_named(verdict.message) if example is None else example.line
            line = {} if known is None else {"line": known}
            told = [] if example is None else described(example)
            message = "\n".join([f"{verdict.name}: {verdict.message}", *told])
            click.echo(workflow_command("error", message, file=name, **line))
