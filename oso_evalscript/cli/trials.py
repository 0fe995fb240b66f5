"""Testing many scripts: verdicts come from the cache, or from several processes."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from oso_evalscript.cli import own_fault
from oso_evalscript.cli.cache import Cache, fingerprint, open_cache
from oso_evalscript.model.contract import Api
from oso_evalscript.model.errors import MissingExtra, OsoError, ScriptError
from oso_evalscript.model.machine import processors
from oso_evalscript.model.text import Source
from oso_evalscript.runtime.dates import Acquisitions
from oso_evalscript.runtime.program import Program
from oso_evalscript.testing.check import BROKE_A_LIMIT, Exhaustive, check
from oso_evalscript.testing.domain import find_domain
from oso_evalscript.testing.intent import class_codes, intended, spec_beside
from oso_evalscript.testing.properties import BASIC, Counterexample, Outcome, Verdict

_RUN_BY = ("mini-racer", "numpy", "hypothesis", "esprima2")
_FEW = 3  # scripts; testing them takes about as long as starting a second process


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of the command that affect verdicts."""

    chosen: tuple[str, ...]
    exhaustive: str
    max_examples: int
    seed: int
    collection: str | None
    nomenclature: str | None
    api: Api
    strict: bool
    most_pixels: int
    acquisitions: Acquisitions


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of testing one script.

    Attributes:
        source: the script.
        verdicts: the verdicts on its properties.
        failure: why it could not be tested; empty if it could.
    """

    source: Source
    verdicts: tuple[Verdict, ...] = ()
    failure: str = ""


@dataclass(frozen=True, slots=True)
class _Task:
    source: Source
    options: Options
    names: tuple[str, ...]
    shows: bool  # whether to show progress


def run_trials(
    sources: Sequence[Source], options: Options, names: Sequence[str], *, cache: Cache | None, processes: int | None
) -> Iterator[Trial]:
    """Yield the result for each script, in order.

    Args:
        sources: the scripts.
        options: the options of the command.
        names: all properties, to report the chosen ones that do not apply.
        cache: earlier verdicts.
        processes: the number of processes; by default one per processor if there are enough scripts.
    """
    keys = ["" if cache is None else _key(source, options) for source in sources]
    known = [_remembered(source, key, cache) for source, key in zip(sources, keys, strict=True)]
    new = [source for source, trial in zip(sources, known, strict=True) if trial is None]
    count = _processes(len(new), processes)
    fresh = _shared([_Task(source, options, tuple(names), len(sources) == 1) for source in new], count)
    for source, key, trial in zip(sources, keys, known, strict=True):
        if trial is None:
            trial = next(fresh)
            _remember(trial, key, cache)
        yield Trial(source, trial.verdicts, trial.failure)
    next(fresh, None)  # there is no other: the processes end
    if cache is not None and new:
        cache.prune()


def open_trials(given: Path | None) -> Cache | None:
    """Return the cache of verdicts, in the given folder or the user's; None if the user cannot have one.

    Raises:
        OsoError: the given folder cannot be created.
    """
    versions = " ".join(f"{name} {_version(name)}" for name in _RUN_BY)
    stamp = hashlib.blake2b(f"{fingerprint(whole=True)} {versions}".encode(), digest_size=10).hexdigest()
    return open_cache(given, inside="tests", stamp=stamp)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _processes(count: int, wanted: int | None) -> int:
    if os.environ.get("OSO_EVALSCRIPT_DEBUG"):
        return 1  # to show tracebacks, which would be lost in another process
    if wanted is None:
        wanted = processors() if count > _FEW else 1
    return min(wanted, count)


def _shared(tasks: Sequence[_Task], count: int) -> Iterator[Trial]:
    """Yield the result of each task, in order, computed by `count` processes."""
    if count < 2:
        yield from map(_test, tasks)
        return
    from oso_evalscript.cli.pool import Pool, ProcessEnded

    with Pool(_test, tasks, count) as pool:
        for number, task in enumerate(tasks):
            try:
                yield pool.result(number)
            except ProcessEnded:
                text = "not tested: a worker process ended (try --jobs 1)"
                yield Trial(task.source, failure=f"{task.source.name}: {text}")


def _test(task: _Task) -> Trial:
    """Test one script; internal errors become one sentence, or a traceback if `OSO_EVALSCRIPT_DEBUG` is set."""
    try:
        return Trial(task.source, tuple(_verdicts(task)))
    except MissingExtra as error:
        return Trial(task.source, failure=f"{task.source.name}: {error}")
    except OsoError as error:
        return Trial(task.source, failure=str(error))
    except Exception as error:
        if os.environ.get("OSO_EVALSCRIPT_DEBUG"):
            raise
        return Trial(task.source, failure=f"{task.source.name}: {own_fault(error)}")


def _verdicts(task: _Task) -> Iterator[Verdict]:
    from oso_evalscript.cli.terminal import progress
    from oso_evalscript.model.display import escaped

    source, options = task.source, task.options
    spec = spec_beside(source)
    properties = intended(source, spec, options.nomenclature)
    basic: Sequence[str] = BASIC
    if options.chosen:
        basic = tuple(name for name in BASIC if name in options.chosen)
        properties = tuple(item for item in properties if item.name in options.chosen)
    try:
        with Program(source, collection=options.collection, api=options.api, strict=options.strict) as program:
            domain = find_domain(program)
            drawn = isinstance(domain, str) or options.exhaustive == "never" or not task.shows
            size = 0 if drawn or isinstance(domain, str) else domain.size
            with progress(f"testing {escaped(source.name)}", size) as show:
                verdicts = check(
                    program,
                    properties,
                    basic=basic,
                    codes=class_codes(program, spec, options.nomenclature),
                    exhaustive=Exhaustive(options.exhaustive),
                    max_examples=options.max_examples,
                    seed=options.seed,
                    progress=show,
                    most_pixels=options.most_pixels,
                    acquisitions=options.acquisitions,
                )
        yield from verdicts
        yield from _unasked(options.chosen, verdicts, task.names)
    except ScriptError as error:  # it does not load
        yield Verdict("loads", Outcome.REFUTED, str(error).split("\n")[0])


def _unasked(chosen: Sequence[str], verdicts: Sequence[Verdict], names: Sequence[str]) -> Iterator[Verdict]:
    """Verdicts on chosen properties that the script is not meant to have."""
    reason = "does not apply: no spec, comment or option declares it"
    known = {verdict.name for verdict in verdicts}
    for name in names:
        if name in chosen and name not in known:
            yield Verdict(name, Outcome.NOT_APPLICABLE, reason)


def _key(source: Source, options: Options) -> str:
    """A digest of the script, its spec and the options; empty if the spec cannot be read."""
    try:
        spec = spec_beside(source)
    except OsoError:  # reported when the script is tested
        return ""
    known = (source.text, source.name, spec, sorted(asdict(options).items()))
    return hashlib.blake2b(pickle.dumps(known), digest_size=20).hexdigest()


def _remembered(source: Source, key: str, cache: Cache | None) -> Trial | None:
    body = cache.read(key) if cache is not None and key else None
    try:
        return None if body is None else Trial(source, tuple(map(_verdict, json.loads(body))))
    except (ValueError, TypeError, LookupError):
        return None


def _remember(trial: Trial, key: str, cache: Cache | None) -> None:
    """Cache the verdicts, unless a limit affected them or they do not survive JSON unchanged."""
    if cache is None or not key or trial.failure or any(BROKE_A_LIMIT in item.message for item in trial.verdicts):
        return
    try:
        body = json.dumps([asdict(item) for item in trial.verdicts]).encode()
    except (TypeError, ValueError):  # a value that JSON cannot represent
        return
    if list(map(str, map(_verdict, json.loads(body)))) == list(map(str, trial.verdicts)):
        cache.write(key, body)


def _verdict(row: dict[str, Any]) -> Verdict:
    example = row["counterexample"]
    if example is not None:
        stored = {
            key: None if example[key] is None else {id_: tuple(values) for id_, values in example[key].items()}
            for key in ("outputs", "expected")
        }
        example = Counterexample(example["inputs"], **stored, line=example["line"])
    return Verdict(
        row["name"],
        Outcome(row["outcome"]),
        row["message"],
        row["tried"],
        row["failing"],
        example,
        tuple(row["notes"]),
    )
