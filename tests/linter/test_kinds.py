"""Recall by kind, on scripts that re-create what public ones have wrong; each share has a floor."""

from __future__ import annotations

from collections import Counter

from oso_evalscript.linter.engine import lint
from tests.conftest import ROOT
from tests.linter.kinds import FAULTS, Fault

TABLE = ROOT / "docs/decisions/0018-recall-by-kind.md"


def is_found(fault: Fault) -> bool:
    return any(item.rule == fault.rule for item in lint(fault.text))


def test_faults_are_found() -> None:
    found = {fault: is_found(fault) for fault in FAULTS}
    for error, floor in ((True, 0.95), (False, 0.9)):
        outcomes = [is_there for fault, is_there in found.items() if fault.error is error]
        assert sum(outcomes) / len(outcomes) >= floor
    kinds = Counter(fault.kind for fault in FAULTS)
    assert min(kinds.values()) >= 5
    right = Counter(fault.kind for fault, is_there in found.items() if is_there)
    for kind, count in kinds.items():  # the table says what is measured
        assert f"| {kind} | {right[kind]} of {count} |" in TABLE.read_text(encoding="utf-8")


def test_one_fault_is_one_finding() -> None:
    """What a fault makes unknown is no second fault; another fault of the same script is."""
    for fault in FAULTS:
        found = [item for item in lint(fault.text) if item.rule not in (fault.rule, "unused-band", "sample-type-range")]
        assert not found, (fault, found)
