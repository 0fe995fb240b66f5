"""The work on many scripts: what was found before is taken from the cache, the rest is shared among processes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from oso_evalscript.cli import own_fault
from oso_evalscript.cli.cache import Cache, Entry
from oso_evalscript.documents.signs import CODE
from oso_evalscript.linter.report import Report
from oso_evalscript.model.diagnostic import Diagnostic, Safety
from oso_evalscript.model.errors import MissingExtra, OsoError
from oso_evalscript.model.machine import processors
from oso_evalscript.model.text import SCRIPT_ENDINGS, HostText, Source

if TYPE_CHECKING:
    from oso_evalscript.model.contract import Api

# Two processes take some 60 ms to begin; one reads and checks these characters in about 150 ms.
_CHARACTERS_PER_PROCESS = 50_000
_CHARACTERS_AT_ONCE = 5_000
_CHARACTERS_OF_SCRIPT = 2_000  # inside of another file
_CHARACTERS_SKIMMED = 400  # while one of a script is checked


class Task(StrEnum):
    """What is done with each script."""

    LINT = "lint"
    FIX = "fix"
    FIX_ALL = "fix, unsafe fixes too"
    ADOPT = "add suppressions"


@dataclass(frozen=True, slots=True)
class Settings:
    """What is looked for in a script.

    Attributes:
        select: as for `lint`.
        extend_select: as for `lint`.
        ignore: as for `lint`.
        collection: as for `lint`.
        api: as for `lint`.
        fragments: whether parts of a script count as well, for files that are named.
        kind: how scripts are looked for in the file, None where it can only be one as a whole.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    collection: str | None = None
    api: Api | None = None
    fragments: bool = True
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A script, or a file that may hold some, and what is to be done with it; no `path`: it is standard input."""

    path: Path | None
    source: Source
    settings: Settings
    task: Task


@dataclass(frozen=True, slots=True)
class JobResult:
    """What came of a job.

    Attributes:
        report: on the text as it is now.
        changes: how many fixes were applied or comments added.
        failure: a sentence where the work could not be done.
        is_script: whether the text is an evalscript or holds one; on any other nothing is reported, and nothing is
            done to it.
        missing: what is to be installed to read such files; the failure says the same.
    """

    report: Report
    changes: int = 0
    failure: str | None = None
    is_script: bool = True
    missing: bool = False

    def of(self, source: Source) -> JobResult:
        """Return the same with that source."""
        return replace(self, report=replace(self.report, source=source))


def run_all(jobs: Sequence[Job], cache: Cache | None, processes: int | None) -> Iterator[JobResult]:
    """Yield what comes of each job, in order.

    Args:
        jobs: what there is to do.
        cache: what was found before.
        processes: how many share the work, None for as many as pay.
    """
    known = [_remembered(job, cache) for job in jobs]
    left = [job for job, outcome in zip(jobs, known, strict=True) if outcome is None]
    if left:
        import oso_evalscript.linter.engine  # noqa: F401  # here it fails once, if it does, and is there to be forked
    weights = [_weight(job) for job in left] if len(left) > 1 else [0]
    count = _processes(weights, processes)
    fresh = map(work, left) if count < 2 else _shared(left, weights, count)
    for job, outcome in zip(jobs, known, strict=True):
        if outcome is None:
            outcome = next(fresh)
            if cache is not None and outcome.failure is None:
                entry = Entry(outcome.report.diagnostics, outcome.is_script, outcome.report.in_cells)
                cache.put(outcome.report.source, str(job.settings), entry)
        yield outcome
    next(fresh, None)  # there is no other: the processes end
    if cache is not None and left:
        cache.prune()


def work(job: Job) -> JobResult:
    """Do one job; a fault of this program becomes a sentence, on request a traceback."""
    try:
        return _work(job)
    except MissingExtra as error:
        return JobResult(Report(job.source), failure=str(error), missing=True)
    except OsoError as error:
        return JobResult(Report(job.source), failure=str(error))
    except Exception as error:
        if os.environ.get("OSO_EVALSCRIPT_DEBUG"):
            raise
        return JobResult(Report(job.source), failure=f"{job.source.name}: {own_fault(error)}")


def _work(job: Job) -> JobResult:
    kind = job.settings.kind
    if kind in SCRIPT_ENDINGS or kind is None:
        outcome = _as_script(job)
        if outcome is not None or kind is None:
            return outcome or JobResult(Report(job.source), is_script=False)
    may_be_fragment = kind in SCRIPT_ENDINGS and job.settings.fragments
    try:
        inside = _as_host(job, kind)
    except MissingExtra:
        fragment = _as_script(job, fragment=True) if may_be_fragment else None
        if fragment is None:
            raise
        return fragment
    if inside.is_script or not may_be_fragment:
        return inside
    return _as_script(job, fragment=True) or inside


def _as_script(job: Job, *, fragment: bool = False) -> JobResult | None:
    """What comes of a job where the file is a script as a whole, None where it is not; with `fragment` also a part."""
    from oso_evalscript.javascript.syntax import parse  # not before something is to be read
    from oso_evalscript.linter.engine import Usage, choose, fix, lint, lint_tree
    from oso_evalscript.semantics.kind import Kind, kind

    options = job.settings
    tree = parse(job.source)
    found = kind(tree)
    fragment = fragment or (options.fragments and options.kind is None)
    if not (found.is_evalscript or (fragment and found is Kind.FRAGMENT)):
        return None
    if job.task is Task.LINT:
        rules = choose(options.select, options.ignore, options.extend_select)
        return JobResult(lint_tree(tree, rules, Usage(options.collection, options.api)))
    if job.task is Task.ADOPT:
        from oso_evalscript.linter.adoption import add_suppressions

        chosen = partial(
            lint,
            select=options.select,
            extend_select=options.extend_select,
            ignore=options.ignore,
            collection=options.collection,
            api=options.api,
        )
        adopted = add_suppressions(job.source, chosen)
        return JobResult(adopted.report, adopted.comments)
    fixed = fix(
        job.source,
        unsafe=job.task is Task.FIX_ALL,
        select=options.select,
        extend_select=options.extend_select,
        ignore=options.ignore,
        collection=options.collection,
        api=options.api,
    )
    return JobResult(fixed.report, len(fixed.applied))


def _as_host(job: Job, kind: str) -> JobResult:
    """What comes of a job on a file that may hold scripts."""
    from oso_evalscript.documents.embedded import Document
    from oso_evalscript.linter.engine import Usage, choose
    from oso_evalscript.linter.hosts import Checks, add_suppressions_in, fix_document, lint_document

    options = job.settings
    document = Document.of(job.source, kind)
    if not document.scripts:
        return JobResult(Report(job.source), is_script=False)
    rules = choose(options.select, options.ignore, options.extend_select)
    checks = Checks(rules, Usage(options.collection, options.api))
    if job.task is Task.LINT:
        return JobResult(lint_document(document, checks))
    if job.task is Task.ADOPT:
        changed = add_suppressions_in(document, checks)
    else:
        changed = fix_document(document, checks, unsafe=job.task is Task.FIX_ALL)
    return JobResult(changed.report, changed.changes)


def _remembered(job: Job, cache: Cache | None) -> JobResult | None:
    """What comes of a job as far as the cache tells; None where there is something to do."""
    found = None if cache is None else cache.get(job.source, str(job.settings))
    if found is None or not _is_done(job.task, found.diagnostics):
        return None
    return JobResult(Report(_unchanged(job), found.diagnostics, found.in_cells), is_script=found.is_script)


def _unchanged(job: Job) -> Source:
    """The text of a job as reports show it."""
    source = job.source
    if job.settings.kind is None or job.settings.kind in CODE:
        return source
    return HostText.like(source)


def _is_done(task: Task, found: tuple[Diagnostic, ...]) -> bool:
    """Whether a task leaves a script with these findings as it is."""
    if task is Task.LINT:
        return True
    offered = [item.fix.safety for item in found if item.fix is not None]
    return not (found if task is Task.ADOPT else offered if task is Task.FIX_ALL else Safety.SAFE in offered)


def _processes(weights: Sequence[int], wanted: int | None) -> int:
    """How many processes share the work of jobs with these weights."""
    if os.environ.get("OSO_EVALSCRIPT_DEBUG"):
        return 1  # a traceback is wanted, and would stay in the other process
    if wanted is None:
        wanted = min(processors(), sum(weights) // _CHARACTERS_PER_PROCESS)
    return min(wanted, len(weights))


def _weight(job: Job) -> int:
    """About how many characters of scripts there are to be checked."""
    text = job.source.text
    if job.settings.kind in (None, "js"):
        return len(text)
    return min(len(text), len(text) // _CHARACTERS_SKIMMED + _CHARACTERS_OF_SCRIPT * text.count("evaluatePixel"))


def _shared(jobs: Sequence[Job], weights: Sequence[int], count: int) -> Iterator[JobResult]:
    """Yield what comes of each job, in order, from `count` processes; the longest begin."""
    from oso_evalscript.cli.pool import Pool, ProcessEnded  # it takes time to load

    parcels = list(_parcels(weights))
    where = {index: (number, place) for number, parcel in enumerate(parcels) for place, index in enumerate(parcel)}
    with Pool(_work_all, [[jobs[index] for index in parcel] for parcel in parcels], count) as pool:
        for index, job in enumerate(jobs):
            number, place = where[index]
            try:
                outcome, is_changed = pool.result(number)[place]
                yield outcome if is_changed else outcome.of(_unchanged(job))
            except ProcessEnded:
                text = "not linted: a worker process ended (try --jobs 1)"
                yield JobResult(Report(job.source), failure=f"{job.source.name}: {text}")


def _parcels(weights: Sequence[int]) -> Iterator[list[int]]:
    """Divide jobs of these weights into parcels of some work each, the largest first."""
    parcel: list[int] = []
    size = 0
    for index in sorted(range(len(weights)), key=lambda index: -weights[index]):
        parcel.append(index)
        size += weights[index]
        if size >= _CHARACTERS_AT_ONCE:
            yield parcel
            parcel, size = [], 0
    if parcel:
        yield parcel


def _work_all(jobs: Sequence[Job]) -> list[tuple[JobResult, bool]]:
    """Do jobs in another process; a text that has not changed, which may be megabytes, is not sent back."""
    answers = []
    for job in jobs:
        outcome = work(job)
        is_changed = outcome.report.source.text != job.source.text
        answers.append((outcome if is_changed else outcome.of(Source("")), is_changed))
    return answers
