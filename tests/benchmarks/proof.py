"""Proof: every input of a land-cover script, and `test` from a cold shell."""

from __future__ import annotations

import os
import subprocess
import sys

from oso_evalscript import Program, Source, load_spec
from oso_evalscript.testing.domain import Domain, find_domain
from oso_evalscript.testing.intent import intended
from oso_evalscript.testing.sweep import sweep
from tests.benchmarks.measure import Bar, Report, Spread, interleaved
from tests.conftest import ROOT

SWEPT = ROOT / "evalscripts/oso_confident_palette.js"
SMALL = ROOT / "evalscripts/oso_palette.js"


def reports(rounds: int) -> list[Report]:
    """The sweep of class, confidence, validity and mask, and a small script from a cold shell."""
    return [_sweep(rounds), _command(rounds)]


def _sweep(rounds: int) -> Report:
    source = Source.read(SWEPT)
    properties = intended(source, load_spec(SWEPT.with_suffix(".toml")))
    with Program(source) as program:
        domain = find_domain(program)
        assert isinstance(domain, Domain)
        taken = interleaved({"all inputs, all properties": lambda: sweep(program, domain, properties)}, min(rounds, 5))
    seconds = next(iter(taken.values()))
    bars = (
        Bar("the sweep of OSO, 33.5 million inputs", Spread.of(seconds), 5, most=True, unit="s"),
        Bar("inputs swept per second", Spread.of([domain.size / 1e6 / one for one in seconds]), 6.7, unit="million"),
    )
    return Report(f"{SWEPT.name} on all of its {domain.size:,} inputs", taken, bars)


def _command(rounds: int) -> Report:
    words = [sys.executable, "-m", "oso_evalscript", "test", str(SMALL)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def run() -> None:
        subprocess.run(words, env=environment, cwd=ROOT, capture_output=True, check=True)

    taken = interleaved({"test of one script": run}, rounds)
    bar = Bar("`test` of one script from a cold shell", Spread.of(taken["test of one script"]), 3, most=True, unit="s")
    return Report("`test` from a cold shell", taken, (bar,))
