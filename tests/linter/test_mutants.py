"""Whatever a text holds, `lint` answers in time and `fix` comes to an end, having touched only what it may."""

from __future__ import annotations

import os
import random
import time
from collections import Counter

import pytest

from oso_evalscript import fix, lint
from oso_evalscript.linter.report.style import Style
from oso_evalscript.linter.report.text import render_text
from oso_evalscript.model.diagnostic import Safety
from oso_evalscript.model.text import Source, apply
from tests import v8
from tests.linter.mutants import mutant

COUNT = int(os.environ.get("OSO_EVALSCRIPT_PROOF", "400"))
BATCH = 200
SECONDS = 5.0  # of the processor, for one script
OF_SYNTAX = {"color-not-a-number", "malformed-hex", "typographic-character"}


@pytest.mark.parametrize("batch", range(max(COUNT // BATCH, 1)))
def test_mutated_scripts(batch: int, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(batch)
    texts = [mutant(chance) for _ in range(min(COUNT, BATCH))]
    seen: Counter[str] = Counter()
    slowest = 0.0
    fixed: list[tuple[str, str]] = []  # before and after, of those that V8 reads
    for text, refused in zip(texts, v8.refused(texts), strict=True):
        begun = time.process_time()
        report = lint(Source(text))
        slowest = max(slowest, time.process_time() - begun)
        render_text([report], Style(width=80, encoding="utf-8")).encode()
        fixable = [item for item in report if item.fix is not None]
        assert all(apply(report.source, item.fix.edits).text != text for item in fixable if item.fix is not None)
        ends = {ended(text, unsafe=False), ended(text, unsafe=True)} - {text}
        fixed += [(text, end) for end in ends if not refused]
        safe = any(item.fix is not None and item.fix.safety is Safety.SAFE for item in fixable)
        seen.update(refused=refused, fixable=bool(fixable), safe=safe)
    assert slowest < SECONDS
    broken = v8.refused([end for _, end in fixed])
    assert not [pair for pair, is_broken in zip(fixed, broken, strict=True) if is_broken]
    if batch == 0:
        with capsys.disabled():
            print(f"\n{len(texts)} mutants, {seen['refused']} refused by V8, {seen['fixable']} with fixes,", end=" ")
            print(f"{seen['safe']} with safe ones; at most {slowest:.2f} s")
        assert min(seen["fixable"], seen["refused"], len(texts) - seen["refused"]) > len(texts) // 20


def ended(text: str, *, unsafe: bool) -> str:
    """The text that fixes come to, and leave alone; one that is no JavaScript even then had only its syntax mended."""
    fixed = fix(Source(text), unsafe=unsafe)
    again = fix(fixed.source, unsafe=unsafe)
    assert (again.source, again.applied) == (fixed.source, ())
    offered = [item for item in fixed.report if item.fix is not None and (unsafe or item.fix.safety is Safety.SAFE)]
    assert not offered, "a fix that is offered and never made"
    if any(item.rule == "syntax-error" for item in fixed.report):
        assert {item.rule for item in fixed.applied} <= OF_SYNTAX
    return fixed.source.text
