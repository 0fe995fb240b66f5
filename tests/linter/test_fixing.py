"""Fixes together: they come to an end, no two of them fight, and the safe ones leave what a script draws as it is."""

from __future__ import annotations

import random
import re
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import compile, evaluate, fix, lint
from oso_evalscript.compiler.spec import ConfidenceSpec, MaskSpec, PaletteSpec, RampSpec
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.linter.rule import Bad, all_rules
from oso_evalscript.model.diagnostic import Safety
from oso_evalscript.model.errors import ScriptError
from oso_evalscript.model.text import Source
from tests.strategies import code

FIXED = [(rule.name, case) for rule in all_rules() for case in rule.bad if case.fixed is not None]
FIRST = list(dict(reversed(FIXED)).values())
TEXTS = [text for rule in all_rules() for text in (*rule.good, *(case.text for case in rule.bad))]
SPECS = (
    PaletteSpec(name="a"),
    MaskSpec(name="b", classes=(5, 6)),
    ConfidenceSpec(name="c", threshold=80),
    RampSpec(name="d", band="OCS_Validity"),
)
BANDS = ("A", "B04", "B08", "OCS", "OCS_Confidence", "OCS_Validity", "dataMask")


def assert_settled(text: str, *, unsafe: bool) -> None:
    """Fixes reach a text that they leave alone, and where all could be read before, they bring in no other faults."""
    before = lint(Source(text))
    once = fix(Source(text), unsafe=unsafe)
    again = fix(once.source, unsafe=unsafe)
    assert again.source == once.source
    assert again.applied == ()
    assert again.report == once.report
    tree = parse(Source(text))
    older = "legacy-version" in {item.rule for item in before}  # nobody looks at its contract before it is of version 3
    if tree.root is not None and not tree.broken and not tree.faults and not older:
        assert {item.rule for item in once.report} <= {item.rule for item in before}


@pytest.mark.parametrize("unsafe", [False, True])
def test_no_pair_of_rules_fights(unsafe: bool) -> None:
    for first, second in combinations(FIRST, 2):
        assert_settled(f"{first.text}\n{second.text}", unsafe=unsafe)
        assert_settled(f"{{\n{second.text}\n}}\n{first.text}", unsafe=unsafe)


@given(st.lists(st.sampled_from(TEXTS) | code, min_size=1, max_size=3).map("\n".join), st.randoms(), st.booleans())
def test_fixes_of_mutated_scripts_come_to_an_end(text: str, chance: random.Random, unsafe: bool) -> None:
    for _ in range(chance.randrange(4)):
        start, end = sorted(chance.randrange(len(text) + 1) for _ in range(2))
        start = max(start, end - 12)
        text = (
            text[:start] + chance.choice(["", text[start:end] * 2, "0", " ", "\n", ";", "0ffaaff", "//"]) + text[end:]
        )
    once = fix(Source(text), unsafe=unsafe)
    again = fix(once.source, unsafe=unsafe)
    assert (again.source, again.applied) == (once.source, ())


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{name}-{index}") for index, (name, case) in enumerate(FIXED)])
def test_what_a_fix_does_not_name_stays(case: Bad) -> None:
    text = f"{case.text}\n\n\t// spaced   out  \n  let   spaced =  [ 1,2 ,3 ]  ;\r\n"
    fixed = fix(Source(text), unsafe=True).source.text
    assert fixed.endswith("\n\n\t// spaced   out  \n  let   spaced =  [ 1,2 ,3 ]  ;\r\n")


def test_fixes_of_the_syntax_are_made_before_all_others() -> None:
    text = "return [0ffaaff]; // oso: allow syntax-error, version-header, output-length, missing-function"
    fixed = fix(Source(text))
    assert fixed.source.text == "return [0xffaaff];"
    assert [item.rule for item in fixed.applied] == ["malformed-hex", "unused-suppression"]


def test_a_text_that_stays_broken_is_left_alone_but_for_its_syntax() -> None:
    text = "// VERSION=3\nlet a = 1; // oso: allow xor-as-power\nlet c = [[0, 0ffaaff]];\nlet b = ;\n"
    fixed = fix(Source(text), unsafe=True)
    assert fixed.source.text == text.replace("0ffaaff", "0xffaaff")
    assert {item.rule for item in fixed.report if item.fix is not None} == set()


def test_overlapping_fixes_are_made_one_after_the_other() -> None:
    text = "const table = [[0, 10] [1, (2, 3)]];"
    fixed = fix(Source(text), unsafe=True)
    assert fixed.source.text == "const table = [[0, 10], [1, 2, 3]];"
    assert [item.rule for item in fixed.applied] == ["comma-in-brackets", "comma-in-brackets"]


def corrupted(text: str, chance: random.Random) -> str:
    """A script with faults that leave it able to run, mostly."""
    header = chance.choice(["// VERSION=3", "//version=3", "//VERSION = 3", "", "// made by hand\n//VERSION=3"])
    text = text.replace("//VERSION=3", header, 1)
    comment = chance.choice(
        ["// oso: allow output-length", "/* oso: allow malformed-hex */", "// oso: allow-file syntax-error"]
    )
    places = [match.end() for match in re.finditer(r"[;{]$", text, re.MULTILINE)]
    place = chance.choice(places)
    text = f"{text[:place]} {comment}{text[place:]}"
    numbers = list(re.finditer(r"\b(?:0x[0-9a-f]{6}|\d+)\b", text))
    for match in chance.sample(numbers, min(2, len(numbers))):
        new = chance.choice([match[0], "0x00ff00", "010", "7", "1"])
        if len(new) == len(match[0]):
            text = text[: match.start()] + new + text[match.end() :]
    return text


def outputs(source: Source) -> bytes | None:
    """What a script makes of a few pixels; None where it does not run."""
    values = np.array([[0.0, 1.0, 7.0, 23.0, 90.0, 255.0]])
    scene = {name: np.minimum(values, 1) if name == "dataMask" else values for name in BANDS}
    try:
        return b"".join(array.tobytes() for array in evaluate(source, scene).values())
    except ScriptError:
        return None


def test_safe_fixes_leave_the_outputs_of_generated_scripts() -> None:
    compared = 0
    for seed in range(24):
        chance = random.Random(seed)
        source = Source(corrupted(compile(SPECS[seed % len(SPECS)]).text, chance))
        fixed = fix(source)
        assert all(item.fix is not None and item.fix.safety is Safety.SAFE for item in fixed.applied)
        if fixed.source != source and (before := outputs(source)) is not None:
            assert outputs(fixed.source) == before
            compared += 1
    assert compared >= 12
