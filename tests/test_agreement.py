"""One contract, three witnesses: what a spec declares, the text shows and the program returns."""

from __future__ import annotations

from hypothesis import given, settings

from oso_evalscript import Program, Setup, compile
from oso_evalscript.compiler.spec import Spec
from oso_evalscript.javascript.literal import literal
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.contract import Mosaicking
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.script import Script
from tests.strategies import setups, specs


def seen(source: Source) -> Setup:
    """The contract as the linter reads it from the text."""
    script = Script(parse(source))
    assert script.inputs is not None
    assert script.outputs is not None
    assert script.mosaicking is not None
    return Setup(script.inputs, script.outputs, script.mosaicking)


@settings(max_examples=60)
@given(specs())
def test_spec_text_and_program_agree(spec: Spec) -> None:
    source = compile(spec)
    with Program(source) as program:
        assert spec.contract() == seen(source) == program.setup


@settings(max_examples=60)
@given(setups())
def test_text_and_program_agree_on_any_contract(setup: Setup) -> None:
    source = Source(
        f"function setup() {{ return {literal(setup.raw())}; }}\nfunction evaluatePixel() {{ return [1]; }}"
    )
    assert seen(source) == setup
    if len(setup.inputs) == 1 and setup.mosaicking is Mosaicking.SIMPLE:
        with Program(source) as program:
            assert program.setup == setup
