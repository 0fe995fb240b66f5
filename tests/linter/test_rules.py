from __future__ import annotations

import numpy as np
import pytest

from oso_evalscript import Program, Scene
from oso_evalscript.linter.engine import fix, lint
from oso_evalscript.linter.rule import ANY_RULE, Bad, Rule, all_rules
from oso_evalscript.model.diagnostic import Severity
from oso_evalscript.model.errors import ScriptError
from oso_evalscript.model.text import Source
from tests.conftest import ROOT

RULES = all_rules()
GOOD = [pytest.param(rule, text, id=f"{rule.name}-{index}") for rule in RULES for index, text in enumerate(rule.good)]
BAD = [pytest.param(rule, case, id=f"{rule.name}-{index}") for rule in RULES for index, case in enumerate(rule.bad)]


def test_a_rule_is_named_as_its_file() -> None:
    files = {path.stem for path in (ROOT / "oso_evalscript/linter/rules").glob("*.py")} - {"__init__"}
    assert {rule.name.replace("-", "_") for rule in RULES} == files
    assert list(RULES) == sorted(RULES, key=lambda rule: rule.name)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_is_documented_by_cases(rule: Rule) -> None:
    assert rule.summary.endswith(".")
    assert len(rule.documentation.strip().splitlines()) >= 3
    assert len(rule.good) >= 3
    assert len(rule.bad) >= 2


def test_rules_yield_to_rules_that_exist() -> None:
    yielding = {rule.name: set(rule.yields_to) for rule in RULES if rule.yields_to}
    assert set().union(*yielding.values()) <= {ANY_RULE, *(rule.name for rule in RULES)}
    assert all(not names & set(yielding) for names in yielding.values())  # or both findings could go


@pytest.mark.parametrize(("rule", "text"), GOOD)
def test_no_rule_speaks_on_any_good_case(rule: Rule, text: str) -> None:
    assert lint(Source(text)).diagnostics == ()
    assert lint(Source(text), select=[rule.name]).diagnostics == ()


@pytest.mark.parametrize(("rule", "case"), BAD)
def test_a_rule_speaks_once_at_the_place(rule: Rule, case: Bad) -> None:
    source = Source(case.text)
    found = list(lint(source, select=[rule.name]))
    assert [source.slice(item.span) for item in found] == [case.at]
    assert [item.severity for item in found] == [case.severity or rule.severity]
    assert (found[0].fix is not None) == (case.fixed is not None)


@pytest.mark.parametrize(("rule", "case"), BAD)
def test_only_that_rule_speaks_on_its_bad_case(rule: Rule, case: Bad) -> None:
    usual = {item.rule for item in lint(Source(case.text))}
    assert usual == (set() if rule.severity is Severity.INFO else {rule.name})


@pytest.mark.parametrize(("rule", "case"), BAD)
def test_a_fix_gives_the_text_that_is_shown(rule: Rule, case: Bad) -> None:
    fixed = fix(Source(case.text), unsafe=True, select=[rule.name])
    assert fixed.source.text == (case.text if case.fixed is None else case.fixed)
    if case.fixed is not None:
        assert fixed.report.diagnostics == ()


@pytest.mark.parametrize(("rule", "case"), BAD)
def test_a_safe_fix_leaves_the_outputs_of_a_script_that_ran(rule: Rule, case: Bad) -> None:
    fixed = fix(Source(case.text), select=[rule.name]).source.text
    if fixed == case.text:
        return  # what is drawn by chance differs from run to run
    before = outputs(case.text)
    assert before is None or before == outputs(fixed)


def outputs(text: str) -> bytes | None:
    """What a script makes of a few pixels; None where it does not run."""
    try:
        with Program(text) as program:
            names = dict.fromkeys((*program.setup.bands, "A", "B04", "B08", "OCS"))
            bands = {name: np.array([[0.0, 0.25, 1.0, 7.0]]) for name in names}
            scene = Scene(date="2023-06-01", bands={**bands, "dataMask": np.array([[0, 1, 1, 1]])})
            keys = [program.setup.key(index) for index in range(len(program.setup.inputs))]
            out = program.run(dict.fromkeys(keys, scene) if program.setup.fusion else scene)
            return b"".join(array.tobytes() for array in out.values())
    except ScriptError:
        return None


def test_such_scripts_are_among_the_cases() -> None:
    run = [case for rule in RULES for case in rule.bad if case.fixed is not None and outputs(case.text) is not None]
    assert len(run) >= 5


@pytest.mark.parametrize("declared", ["function stretch(x) { return x; }", "const stretch = (x) => x;"])
def test_a_misspelt_function_is_near_one_that_nothing_calls(declared: str) -> None:
    setup = "function setup() { return { input: ['B04'], output: { bands: 1 } }; }"
    text = f"//VERSION=3\n{setup}\n{declared}\nfunction evaluatePixel(s) {{ return [stretc(s.B04)]; }}\n"
    said = [item.message for item in lint(Source(text), select=["undefined-name"])]
    assert said == ["`stretc` is not defined; did you mean `stretch`?"]
