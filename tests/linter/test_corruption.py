"""Corrupting a colour of a good palette the way the page's were is found, and the fix restores the original."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import compile, fix, lint
from oso_evalscript.compiler.spec import ConfidenceSpec, PaletteSpec, RampSpec, Spec
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.color import Color
from oso_evalscript.model.diagnostic import Safety
from oso_evalscript.model.text import Edit, Source, Span, apply
from tests.strategies import specs

with_colors = specs().filter(lambda spec: isinstance(spec, PaletteSpec | ConfidenceSpec | RampSpec))
ways = st.sampled_from(["lost x", "split by a blank", "split by blanks behind the x"])


def corrupt(literal: str, way: str) -> str:
    digits = literal[2:]
    return {"lost x": f"0{digits}", "split by a blank": f"0 {digits}"}.get(way, f"0x  {digits}")


@given(with_colors, st.data())
def test_every_corrupted_literal_is_found_and_restored(spec: Spec, data: st.DataObject) -> None:
    original = compile(spec)
    literals = [Span(*match.span()) for match in re.finditer(r"0x[0-9a-f]{6}", original.text)]
    chosen = data.draw(st.lists(st.sampled_from(literals), min_size=1, max_size=5, unique=True))
    edits = [Edit(span, corrupt(original.slice(span), data.draw(ways))) for span in chosen]
    broken = apply(original, edits)
    report = lint(broken)
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
