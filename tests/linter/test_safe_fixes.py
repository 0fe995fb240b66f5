"""No safe fix changes an output: scripts made of hazards are run before and after each of their safe fixes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from esprima.parser import Parser
from hypothesis import Phase, given, settings

from oso_evalscript import Program, fix, lint
from oso_evalscript.javascript import syntax, tokens
from oso_evalscript.linter import safety
from oso_evalscript.linter.offered import Offered
from oso_evalscript.model.diagnostic import Diagnostic, Safety
from oso_evalscript.model.errors import ScriptError
from oso_evalscript.model.text import Source, apply
from oso_evalscript.semantics.script import Script
from tests.linter import hazards
from tests.linter.hazards import Hazard

COUNT = int(os.environ.get("OSO_EVALSCRIPT_PROOF", "100"))
KINDS = {
    "names": hazards.names_made(),
    "own text": hazards.own_readers(),
    "texts": hazards.odd_texts(),
}


def outputs(text: str) -> bytes | None:
    """What a script makes of two pixels; None where it does not run."""
    try:
        with Program(text) as program:
            out = program.run({"A": np.array([[0.25, 7.0]])})
            return b"".join(array.tobytes() for array in out.values())
    except ScriptError:
        return None


def fixed_alone(source: Source) -> list[str]:
    """The texts that each safe fix gives that is offered first, by itself."""
    safe = [item.fix for item in lint(source) if item.fix is not None and item.fix.safety is Safety.SAFE]
    return [apply(source, item.edits).text for item in safe]


def changed_output(hazard: Hazard, seen: Counter[str]) -> str | None:
    """A text that a safe fix gives and that has other outputs than the script had before; None where there is none."""
    source = Source(hazard.text)
    before = outputs(hazard.text)
    texts = {*fixed_alone(source), fix(source).source.text} - {hazard.text}
    seen.update(drawn=1, ran=before is not None, fixed=bool(texts), both=bool(texts) and before is not None)
    if before is None:
        return None
    return next((text for text in sorted(texts) if outputs(text) != before), None)


@pytest.mark.parametrize("kind", KINDS)
def test_no_safe_fix_changes_an_output(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=COUNT)
    @given(KINDS[kind])
    def check(hazard: Hazard) -> None:
        assert changed_output(hazard, seen) is None
        fixed = fix(Source(hazard.text))
        assert fix(fixed.source).applied == ()

    check()
    with capsys.disabled():
        print(
            f"\n{kind}: {seen['drawn']} drawn, {seen['ran']} ran, {seen['fixed']} had safe fixes, {seen['both']} both"
        )
    assert seen["ran"] > seen["drawn"] * 0.5
    assert seen["fixed"] > seen["drawn"] * 0.1


def all_claimed(script: Script, found: Sequence[Diagnostic], allowed: object) -> Offered:
    """What the rules claim, unproved."""
    return Offered(tuple(found), ())


@pytest.mark.parametrize("kind", ["names", "own text"])
def test_without_the_proof_such_a_fix_is_found(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safety, "offer", all_claimed)

    @settings(max_examples=100, phases=[Phase.generate])
    @given(KINDS[kind])
    def check(hazard: Hazard) -> None:
        assert changed_output(hazard, Counter()) is None

    with pytest.raises(AssertionError):
        check()


def test_with_the_scanner_of_the_parser_such_a_fix_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safety, "offer", all_claimed)
    monkeypatch.setattr(
        tokens, "MATCHES_INSTALLED_RELEASE", False
    )  # comments, strings and looking ahead as esprima has them
    monkeypatch.setattr(syntax, "MATCHES_INSTALLED_RELEASE", False)
    monkeypatch.setattr(syntax, "PARSER", Parser)

    @settings(max_examples=500, phases=[Phase.generate])
    @given(KINDS["texts"])
    def check(hazard: Hazard) -> None:
        assert changed_output(hazard, Counter()) is None

    with pytest.raises(AssertionError):
        check()


@settings(max_examples=COUNT)
@given(KINDS["texts"])
def test_with_the_scanner_of_the_parser_nothing_is_called_safe_that_is_not(hazard: Hazard) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tokens, "MATCHES_INSTALLED_RELEASE", False)
        patched.setattr(syntax, "MATCHES_INSTALLED_RELEASE", False)
        patched.setattr(syntax, "PARSER", Parser)
        assert changed_output(hazard, Counter()) is None


HEAD = '//VERSION=3\nfunction setup() { return { input: ["B04"], output: { bands: 3 } }; }\n'
PIXEL = "function evaluatePixel(s) { return int2rgb(Oxff00ff); }"
LATE = f"\n{HEAD}function evaluatePixel(s) {{ return [s.B04, 0, 0]; }}\n"


@pytest.mark.parametrize(
    ("plain", "with_async"),
    [
        (f"{HEAD}{PIXEL}", f"{HEAD}async {PIXEL}"),  # it gives a promise, and fails no run
        (f"function help() {{ }} {LATE}", f"async function help() {{ }} {LATE}"),  # its errors go into a promise
    ],
)
def test_what_becomes_of_errors_of_async_functions_is_not_told(plain: str, with_async: str) -> None:
    safeties = [
        [item.fix.safety for item in lint(Source(text)) if item.fix is not None] for text in (plain, with_async)
    ]
    assert safeties == [[Safety.SAFE], [Safety.UNSAFE]]
