from __future__ import annotations

import pytest

from oso_evalscript.model.crosswalk import Correspondence, _turned, crosswalk, crosswalks
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import shipped_nomenclature

DIRECTIONS = [("oso-17", "oso-23"), ("oso-23", "oso-17")]


@pytest.mark.parametrize(("origin", "target"), DIRECTIONS)
def test_every_class_has_one_row_and_leads_to_classes(origin: str, target: str) -> None:
    walk = crosswalk(origin, target)
    assert tuple(row.code for row in walk.rows) == shipped_nomenclature(origin).codes
    for row in walk.rows:
        assert row.codes
        assert list(row.codes) == sorted(set(row.codes))
        assert set(row.codes) <= set(shipped_nomenclature(target).codes)


def test_all_crosswalks_are_listed_in_both_directions() -> None:
    corine = [("corine", "corine-raster"), ("corine-raster", "corine")]
    assert sorted((walk.origin, walk.target) for walk in crosswalks()) == sorted([*DIRECTIONS, *corine])


def test_both_directions_hold_the_same_pairs() -> None:
    there, back = (crosswalk(*ends) for ends in DIRECTIONS)
    pairs = {(row.code, code) for row in there.rows for code in row.codes}
    assert pairs == {(code, row.code) for row in back.rows for code in row.codes}


@pytest.mark.parametrize(("origin", "target"), DIRECTIONS)
def test_the_crops_alone_are_not_verified(origin: str, target: str) -> None:
    table = shipped_nomenclature(origin)
    crops = [item.code for item in table.members("crops")]
    assert [row.code for row in crosswalk(origin, target).rows if not row.verified] == crops


@pytest.mark.parametrize(("origin", "target"), DIRECTIONS)
def test_classes_that_correspond_are_of_one_group_and_where_verified_of_one_color(origin: str, target: str) -> None:
    here, there = ({item.code: item for item in shipped_nomenclature(name).classes} for name in (origin, target))
    for row in crosswalk(origin, target).rows:
        for code in row.codes:
            assert here[row.code].group == there[code].group
            assert not row.verified or here[row.code].color == there[code].color


def test_protein_crops_are_either() -> None:
    row = crosswalk("oso-23", "oso-17").row(7)
    assert row is not None
    assert (row.codes, row.verified) == ((11, 12), False)
    assert crosswalk("oso-23", "oso-17").row(24) is None


def test_codes_that_both_have_mean_other_ground() -> None:
    """The trap: 11 and 12 are codes of both."""
    rows = {row.code: row.codes for row in crosswalk("oso-17", "oso-23").rows}
    assert 12 in rows[11]
    assert 12 not in rows[12]


def test_turned_around_a_row_is_verified_only_if_all_it_comes_from_is() -> None:
    rows = (Correspondence(1, (5,), True), Correspondence(2, (5, 6), False), Correspondence(3, (7,), True))
    assert _turned(rows) == (
        Correspondence(5, (1, 2), False),
        Correspondence(6, (2,), False),
        Correspondence(7, (3,), True),
    )


def test_an_unknown_crosswalk_is_answered_with_those_there_are() -> None:
    with pytest.raises(
        SpecError,
        match="no crosswalk from `oso-23` to `corine`: there is one between corine-raster and corine, oso-17 and oso-23",
    ):
        crosswalk("oso-23", "corine")
