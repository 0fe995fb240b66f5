from __future__ import annotations

from collections import Counter

import pytest

from oso_evalscript.linter.groups import GROUPS, group_of
from oso_evalscript.linter.rule import all_rules


def test_every_rule_is_in_one_group() -> None:
    assert [rule.name for rule in all_rules() if group_of(rule.name) not in GROUPS] == []
    counts = Counter(name for names in GROUPS.values() for name in names)
    assert set(counts.values()) == {1}


def test_names_are_in_order() -> None:
    for names in GROUPS.values():
        assert list(names) == sorted(names)


def test_what_is_no_rule_is_in_no_group() -> None:
    with pytest.raises(LookupError, match="`malformed` is in no group"):
        group_of("malformed")
