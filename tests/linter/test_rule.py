"""How rules are found, and what is said of a name that is none."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.linter.rule import Group, all_rules, no_such_rule

NAMES = [rule.name for rule in all_rules()]


def test_a_name_is_words_without_numbers_that_no_two_rules_share() -> None:
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in NAMES)
    assert len(set(NAMES)) == len(NAMES)


def test_every_group_has_rules() -> None:
    assert {rule.group for rule in all_rules()} == set(Group)


def test_the_summary_is_the_first_line_of_the_file() -> None:
    for rule in all_rules():
        assert rule.documentation.startswith(f"{rule.summary}\n")
        assert "\n" not in rule.summary


@given(st.sampled_from(NAMES), st.data())
def test_a_misspelt_rule_is_told(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 1))
    written = data.draw(st.sampled_from([name[:at] + name[at + 1 :], name.upper(), name.replace("-", "_")]))
    assert no_such_rule(written) == f"`{written}` is not a rule; did you mean `{name}`?"


@pytest.mark.parametrize("name", ["", "q", "zzzzzz"])
def test_what_is_like_no_rule_leads_to_the_list(name: str) -> None:
    assert no_such_rule(name) == f"`{name}` is not a rule; `oso-evalscript rules` lists them"
