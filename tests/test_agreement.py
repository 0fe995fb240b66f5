"""One contract, three witnesses: what a spec declares, the text shows and the program returns."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oso_evalscript import Program, Setup, compile, lint
from oso_evalscript.compiler.spec import Spec
from oso_evalscript.javascript.literal import literal
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.contract import Mosaicking
from oso_evalscript.model.text import Source
from oso_evalscript.runtime.simple import read_simple
from oso_evalscript.semantics.kind import Kind, read_as
from oso_evalscript.semantics.script import Script
from tests.strategies import setups, specs

PIECES = [
    "//VERSION=3",
    "const { a = B03 } = {};",
    "function gain(x) { return x; }",
    "function setup() { return { input: ['B04'], output: { bands: 1 } }; }",
    "function evaluatePixel(s) { return [s.B04]; }",
    "if (B04 > 0) { [1] } else { [B08] }",
    "return [B04];",
    "[B04, B03]",
    "gain(B04);",
    "module.exports = 1;",
    "'use strict';",
    "{ let B04 = 1; [B04] }",
]


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


SIMPLE = [
    "return [B04];",
    "if (B04 > 0.1) { [1, 1, 1] } else { [0, 0, 0] }",
    "const { a = B03 } = {}; [B04, a]",
    "//VERSION=3\nlet v = 2 * B04;\n[v, v, v]",
    "function gain(x) { return 2 * x; }\nreturn [gain(B04)];",
    'return [typeof B18 !== "undefined" ? B18 : B04];',
    "var text = 'B04 + B03'; return [eval(text)];",
    "return [1, 0, 0];",
]
NOT_SIMPLE = [
    "function setup() { return {}; }\nfunction evaluatePixel() { return [1]; }",
    "function setup() { return {}; }\nreturn [1];",
    "const table = [[1, 0xff0000]];",
    "function gain(x) { return 2 * x; }",
    "const evaluatePixel = (s) => [s.B04];",
    "//VERSION=1\nreturn [B04];",
]


@pytest.mark.parametrize("text", [*SIMPLE, *NOT_SIMPLE])
def test_linter_and_runtime_agree_on_what_is_a_simple_script(text: str) -> None:
    source = Source(text)
    is_simple = read_as(parse(source)) is Kind.SIMPLE
    assert is_simple == (text in SIMPLE)
    assert is_simple == (Script(parse(source)).kind is Kind.SIMPLE) == (read_simple(source, None) is not None)
    if is_simple:
        assert not [item for item in lint(source) if item.rule == "undefined-name"]
        with Program(source) as program:
            assert set(program.setup.bands) <= {"B03", "B04"}


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4))
def test_they_agree_on_any_text(pieces: list[str]) -> None:
    source = Source("\n".join(pieces))
    tree = parse(source)
    if not tree.faults and not tree.broken:
        assert (Script(tree).kind is Kind.SIMPLE) == (read_simple(source, None) is not None)
