"""A corrupted colour is found, no other is, and the fix restores what was written wherever that can be told."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import compile, fix, lint
from oso_evalscript.compiler.spec import ConfidenceSpec, PaletteSpec, RampSpec, Spec
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.linter.rule import all_rules
from oso_evalscript.model.color import Color
from oso_evalscript.model.diagnostic import Diagnostic, Safety, Severity
from oso_evalscript.model.text import Edit, Source, Span, apply
from tests.linter.palettes import LITERAL, Corruption, Palette, corruptions, official_palette, own_palette
from tests.strategies import specs

COUNT = int(os.environ.get("OSO_EVALSCRIPT_PROOF", "1000"))
RULES = tuple(rule.name for rule in all_rules() if rule.severity is not Severity.INFO or rule.name == "decimal-color")
with_colors = specs().filter(lambda spec: isinstance(spec, PaletteSpec | ConfidenceSpec | RampSpec))
ways = st.sampled_from(["lost x", "split by a blank", "split by blanks behind the x"])


def corrupt(literal: str, way: str) -> str:
    digits = literal[2:]
    return {"lost x": f"0{digits}", "split by a blank": f"0 {digits}"}.get(way, f"0x  {digits}")


@given(with_colors, st.data())
def test_every_corrupted_literal_is_found_and_restored(spec: Spec, data: st.DataObject) -> None:
    original = compile(spec)
    literals = [Span(*match.span()) for match in LITERAL.finditer(original.text)]
    chosen = data.draw(st.lists(st.sampled_from(literals), min_size=1, max_size=5, unique=True))
    edits = [Edit(span, corrupt(original.slice(span), data.draw(ways))) for span in chosen]
    broken = apply(original, edits)
    before = {(item.rule, item.message) for item in lint(original)}  # a table of some classes lacks others
    report = [item for item in lint(broken) if (item.rule, item.message) not in before]
    assert {item.rule for item in report} <= {"malformed-hex", "color-decimal-or-octal"}
    assert len(report) == len(chosen)
    for item in report:
        assert item.fix is not None
        assert (item.fix.safety is Safety.SAFE) == (item.rule == "malformed-hex")
    assert fix(broken, unsafe=True).source == original


@given(st.integers(0, 0xFFFFFF), ways)
def test_any_colour_in_a_table_of_the_page_s_shape(value: int, way: str) -> None:
    literal = Color(value).literal
    text = "//VERSION=3\nreturn new ColorMapVisualizer([[0, 0x000001], [1, {}]]).process(OCS);\n"
    broken = Source(text.format(corrupt(literal, way)))
    assert len(lint(broken)) == 1
    assert fix(broken, unsafe=True).source.text == text.format(literal)
    loads = parse(broken).root is not None and not parse(broken).broken
    assert (fix(broken).source.text == text.format(literal)) == (not loads)


@dataclass(frozen=True)
class Trial:
    """One corruption of one palette."""

    palette: Palette
    span: Span
    corruption: Corruption

    @property
    def broken(self) -> Source:
        return apply(Source(self.palette.text), [Edit(self.span, self.corruption.text)])

    @property
    def place(self) -> Span:
        """Where the corrupted colour stands in the broken script."""
        return Span(self.span.start, self.span.start + len(self.corruption.text))

    @property
    def can_be_told(self) -> bool:
        return self.corruption.reversible or (self.palette.official and self.corruption.known)


def trials(count: int) -> list[Trial]:
    """That many corruptions, the same ones each time, every way of breaking a colour about as often."""
    rng = random.Random(20180101)
    found: list[Trial] = []
    while len(found) < count:
        palette = rng.choice((official_palette, own_palette))(rng)
        span = rng.choice(palette.literals())
        literal = palette.text[span.start : span.end]
        ways = list(corruptions(literal, rng, in_rows=palette.in_rows))
        found += [Trial(palette, span, way) for way in rng.sample(ways, 5)]
    return found[:count]


def is_restored(trial: Trial, found: list[Diagnostic]) -> bool:
    """Whether the fixes, unsafe ones included, give the very text that was corrupted."""
    edits = [edit for item in found if item.fix is not None for edit in item.fix.edits]
    return apply(trial.broken, edits).text == trial.palette.text


def test_random_corruptions_are_found_and_mended_and_nothing_else_is_touched(
    capsys: pytest.CaptureFixture[str],
) -> None:
    missed: list[str] = []
    beside: list[str] = []
    unmended: list[str] = []
    wrongly_safe: list[str] = []
    told = 0
    for trial in trials(COUNT):
        shown = f"{trial.corruption.text!r} for {trial.palette.text[trial.span.start : trial.span.end]}"
        report = list(lint(trial.broken, select=RULES))
        spans = [item.span for item in report]
        if trial.place not in spans:
            missed.append(shown)
        if spans.count(trial.place) > 1 or set(spans) - {trial.place}:
            beside.append(shown)
        if trial.can_be_told:
            told += 1
            if not is_restored(trial, report):
                unmended.append(shown)
        safe = any(item.fix is not None and item.fix.safety is Safety.SAFE for item in report)
        could_not_run = trial.corruption.loads is False
        if trial.corruption.loads is not None and safe != (trial.corruption.reversible and could_not_run):
            wrongly_safe.append(shown)
    with capsys.disabled():
        print(f"\n{COUNT} random corruptions of colours: {1 - len(missed) / COUNT:.2%} found,", end=" ")
        print(f"{1 - len(beside) / COUNT:.2%} without a word on anything else,", end=" ")
        print(f"{1 - len(unmended) / told:.2%} of the {told} that can be told restored to the letter")
    assert (missed[:5], beside[:5], unmended[:5], wrongly_safe[:5]) == ([], [], [], [])
