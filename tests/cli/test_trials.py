"""Tests of many scripts: what is remembered, what is not, and who shares the work."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from oso_evalscript import Source
from oso_evalscript.cli import trials as module
from oso_evalscript.cli.cache import Cache
from oso_evalscript.cli.trials import Options, Trial, open_trials, run_trials
from oso_evalscript.runtime.dates import AS_USUAL
from oso_evalscript.testing.check import BROKE_A_LIMIT
from oso_evalscript.testing.properties import Outcome, Verdict
from tests.cli.test_test import SERIES, WRONG
from tests.conftest import ROOT, Command

USUAL = Options(
    chosen=(),
    exhaustive="auto",
    max_examples=20,
    seed=0,
    collection=None,
    nomenclature=None,
    api="process",
    strict=False,
    most_pixels=8,
    acquisitions=AS_USUAL,
)
INDEX = """//VERSION=3
function setup() { return { input: ["B04", "B08"], output: { bands: 1, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) { return [index(s.B08, s.B04)]; }
"""
SOURCES = [Source(text, f"{number}.js") for number, text in enumerate([WRONG, SERIES, INDEX, "let x = ;"])]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    found = open_trials(tmp_path / "cache")
    assert found is not None
    return found


def verdicts_of(cache: Cache | None, sources: Sequence[Source] = SOURCES, options: Options = USUAL) -> list[Trial]:
    return list(run_trials(sources, options, ("total",), cache=cache, processes=1))


def never(task: object) -> Trial:
    raise AssertionError("it was tested again")


def test_what_was_found_is_remembered_word_for_word(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = verdicts_of(cache)
    monkeypatch.setattr(module, "_test", never)
    again = verdicts_of(cache)
    assert [list(map(str, trial.verdicts)) for trial in again] == [list(map(str, trial.verdicts)) for trial in fresh]
    assert [list(map(bool, trial.verdicts)) for trial in again] == [list(map(bool, trial.verdicts)) for trial in fresh]


@pytest.mark.parametrize(
    "changed",
    [
        (replace(USUAL, seed=1), SOURCES[2]),
        (replace(USUAL, chosen=("total",)), SOURCES[2]),
        (replace(USUAL, most_pixels=2), SOURCES[2]),
        (replace(USUAL, api="statistics"), SOURCES[2]),
        (USUAL, SOURCES[2].with_text(INDEX.replace("B04", "B03"))),
        (USUAL, Source(INDEX, "other.js")),
    ],
    ids=["seed", "property", "size", "api", "text", "name"],
)
def test_anything_else_is_verdicts_of(
    cache: Cache, monkeypatch: pytest.MonkeyPatch, changed: tuple[Options, Source]
) -> None:
    verdicts_of(cache, [SOURCES[2]])
    monkeypatch.setattr(module, "_test", never)
    with pytest.raises(AssertionError):
        verdicts_of(cache, [changed[1]], changed[0])


def test_a_script_is_tested_again_when_the_spec_beside_it_changes(
    cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source((ROOT / "evalscripts/s2_ndvi.js").read_text(), str(tmp_path / "index.js"))
    verdicts_of(cache, [source])
    (tmp_path / "index.toml").write_text((ROOT / "evalscripts/s2_ndvi.toml").read_text())
    assert "matches" in [verdict.name for trial in verdicts_of(cache, [source]) for verdict in trial.verdicts]


def test_what_broke_a_limit_is_not_remembered(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Verdict("total", Outcome.UNDECIDED, f"not decided: {BROKE_A_LIMIT}: it did not get through in 10 s")
    monkeypatch.setattr(module, "_verdicts", lambda task: [slow])
    [trial] = verdicts_of(cache, SOURCES[:1])
    assert trial.verdicts == (slow,)
    assert not list(cache.folder.iterdir())


def test_what_is_damaged_is_tested_again(cache: Cache) -> None:
    fresh = verdicts_of(cache, [SOURCES[2]])
    [entry] = cache.folder.iterdir()
    entry.write_bytes(entry.read_bytes()[:-3])
    assert verdicts_of(cache, [SOURCES[2]]) == fresh


def test_two_processes_find_what_one_finds() -> None:
    assert list(run_trials(SOURCES, USUAL, (), cache=None, processes=2)) == verdicts_of(None)


def test_a_process_that_dies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def die(task: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(module, "_verdicts", die)
    trials = list(run_trials(SOURCES[:2], USUAL, (), cache=None, processes=2))
    assert [trial.failure for trial in trials] == [
        f"{number}.js: not tested: a worker process ended (try --jobs 1)" for number in range(2)
    ]


def test_the_command_remembers_and_shares(command: Command, tmp_path: Path) -> None:
    for source in SOURCES:
        (tmp_path / source.name).write_text(source.text)
    first = command("test", ".", "--jobs", "2", "--cache-dir", "cache", "--max-examples", "20")
    assert first.status == 1
    again = command("test", ".", "--cache-dir", "cache", "--max-examples", "20")
    assert (again.status, again.out, again.err) == (first.status, first.out, first.err)
    plain = command("test", ".", "--no-cache", "--jobs", "1", "--max-examples", "20")
    assert (plain.status, plain.out) == (first.status, first.out)
