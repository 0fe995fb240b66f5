"""Which classes of a nomenclature are meant, and in whose colours."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.compiler.choice import chosen_codes, codes_of, painted, plain
from oso_evalscript.compiler.keys import BadValue
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import available, shipped_nomenclature

OSO = shipped_nomenclature("oso-23")
GROUPS = [group.id for group in OSO.groups]
CORINE = shipped_nomenclature("corine")

choices = st.none() | st.lists(st.sampled_from(OSO.codes), min_size=1, max_size=4, unique=True).map(tuple)
group_choices = st.none() | st.lists(st.sampled_from(GROUPS), min_size=1, max_size=3, unique=True).map(tuple)


@given(choices, group_choices)
def test_codes_are_chosen_by_code_and_by_group(classes: tuple[int, ...] | None, groups: tuple[str, ...] | None) -> None:
    found = chosen_codes(OSO, classes, groups)
    by_group = {item.code for item in OSO.classes if item.group in (groups or ())}
    assert found == (set(OSO.codes) if classes is None and groups is None else {*(classes or ()), *by_group})


@pytest.mark.parametrize(
    ("classes", "groups", "message"),
    [
        ((24,), None, "`classes = [24]` is not allowed: expected codes of oso-23, 1 to 23; 24 is not one of them"),
        ((), None, "`classes = []` is not allowed: expected codes of oso-23, 1 to 23, at least one"),
        ((1, 1), None, "`classes = [1, 1]` is not allowed: expected codes of oso-23, 1 to 23, each once; `1` and `1` both name class 1"),
        (None, ("moss",), '`groups = ["moss"]` is not allowed: expected groups of oso-23, "built-up" or '),
        (None, (), "`groups = []` is not allowed: expected groups of oso-23, at least one and each once"),
        (None, (GROUPS[0],) * 2, "at least one and each once"),
    ],
)  # fmt: skip
def test_codes_and_groups_that_are_none_are_refused(
    classes: tuple[int, ...] | None, groups: tuple[str, ...] | None, message: str
) -> None:
    with pytest.raises(BadValue, match=re.escape(message)):
        chosen_codes(OSO, classes, groups)


def test_codes_with_gaps_are_listed() -> None:
    table = shipped_nomenclature("oso-17")
    listed = ", ".join(map(str, table.codes))
    with pytest.raises(BadValue, match=re.escape(f"expected codes of oso-17, {listed}; 1 is not one of them")):
        codes_of("classes", table, (1,))


@pytest.mark.parametrize("id", available())
def test_each_label_and_group_names_its_classes(id: str) -> None:
    table = shipped_nomenclature(id)
    for entry in table.classes:
        for label in (entry.english, entry.french.upper(), f" {plain(entry.french)} "):
            assert entry.code in codes_of("classes", table, (label,))
    for group in table.groups:
        members = {entry.code for entry in table.members(group.id)}
        assert chosen_codes(table, None, (group.id,)) == chosen_codes(table, None, (group.french,)) == members


def test_labels_and_codes_go_together() -> None:
    assert codes_of("classes", OSO, ("Eau", 5, "forest", "cereales a pailles")) == (23, 5, 16, 17, 6)
    assert chosen_codes(CORINE, ("Surfaces en eau",), ("arable",)) == {211, 212, 213, 511, 512, 521, 522, 523}


@pytest.mark.parametrize(
    ("classes", "groups", "message"),
    [
        (("Forets de feuilus",), None, "codes, labels or groups of oso-23; `Forets de feuilus` is not one of them; did you mean `Forêts de feuillus`?"),
        (("moss",), None, "`classes = [\"moss\"]` is not allowed: expected codes, labels or groups of oso-23; `moss` is not one of them"),
        ((23, "Water"), None, "each once; `23` and `Water` both name class 23"),
        (("Eau", "forest", "Forêts de feuillus"), None, "each once; `forest` and `Forêts de feuillus` both name class 16"),
        (None, ("forets",), ""),
        (None, ("forst",), "did you mean `forest`?"),
    ],
)  # fmt: skip
def test_labels_that_are_none_are_answered_with_the_nearest(
    classes: tuple[int | str, ...] | None, groups: tuple[str, ...] | None, message: str
) -> None:
    if not message:
        assert chosen_codes(OSO, classes, groups) == {16, 17}
        return
    with pytest.raises(BadValue, match=re.escape(message)):
        chosen_codes(OSO, classes, groups)


def test_colours_of_the_classes_of_groups_of_a_level_and_safe_ones() -> None:
    assert painted(OSO, "classes", None) is OSO
    assert painted(OSO, "safe", None) == OSO.safe()
    assert painted(CORINE, "groups", None).classes == CORINE.grouped().classes == painted(CORINE, "groups", 2).classes
    assert {entry.english for entry in painted(CORINE, "groups", 1).classes} == {
        "Artificial surfaces", "Agricultural areas", "Forest and semi natural areas", "Wetlands", "Water bodies",
    }  # fmt: skip
    with pytest.raises(BadValue, match="from 1 to 2, the levels of groups of corine"):
        painted(CORINE, "groups", 3)
    with pytest.raises(BadValue, match="a level only together with groups"):
        painted(CORINE, "classes", 1)
    with pytest.raises(SpecError, match="class 111 of the nomenclature corine has no safe colour"):
        painted(CORINE.safe(), "safe", None)
