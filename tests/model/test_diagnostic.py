from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.linter.rule import all_rules
from oso_evalscript.model.diagnostic import Diagnostic, Fix, Safety
from oso_evalscript.model.text import Source, Span, apply
from tests.conftest import ROOT


@given(st.text(max_size=5), st.text(max_size=5), st.text(max_size=5), st.text(max_size=5))
def test_a_replacement_leaves_what_is_around_it(before: str, old: str, after: str, new: str) -> None:
    fix = Fix.replace(Span(len(before), len(before) + len(old)), new, safety=Safety.SAFE)
    assert apply(Source(before + old + after), fix.edits).text == before + new + after


def test_the_page_of_every_rule_is_where_a_diagnostic_says() -> None:
    for rule in all_rules():
        assert (ROOT / Diagnostic("a.js", rule.name, rule.severity, "…", Span(0, 0)).url).is_file()
