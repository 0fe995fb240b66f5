"""The values of keys: turned into their types, or refused in one sentence."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.compiler.keys import (
    BadValue,
    check_bins,
    check_within,
    class_band,
    find_nomenclature,
    key,
    known_collection,
    named_band,
    one_of,
    settle,
    toml_value,
)
from oso_evalscript.model.catalog import collections, find_class_band
from oso_evalscript.model.color import Color
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import Nomenclature, available, shipped_nomenclature
from tests.strategies import colors

OSO = shipped_nomenclature("oso-23")
GROUPS = [group.id for group in OSO.groups]


class Fruit(StrEnum):
    APPLE = "apple"
    PEAR = "pear"


@dataclass(frozen=True, kw_only=True)
class Basket:
    """One field of each type that specs have."""

    name: str = key("", "a")
    count: int = key("", 1)
    weight: float = key("", 1.0)
    ripe: bool = key("", False)
    fruit: Fruit = key("", Fruit.APPLE)
    color: Color = key("", Color(0))
    sizes: tuple[int, ...] = key("", ())
    labels: tuple[str, ...] = key("", ())
    pairs: tuple[tuple[int, int], ...] = key("", ())
    more: int | None = key("", None)
    table: str | Nomenclature = key("", "oso-23")

    def __post_init__(self) -> None:
        settle(self)


# For each field, what TOML may hold there, and the value that it becomes.
FITTING: dict[str, st.SearchStrategy[tuple[Any, Any]]] = {
    "name": st.text(max_size=5).map(lambda value: (value, value)),
    "count": st.integers().map(lambda value: (value, value)),
    "weight": (st.integers(-9, 9) | st.floats(-9, 9)).map(lambda value: (value, float(value))),
    "ripe": st.booleans().map(lambda value: (value, value)),
    "fruit": st.sampled_from(Fruit).map(lambda value: (str(value), value)),
    "color": colors.map(lambda value: (str(value), value)) | colors.map(lambda value: (value, value)),
    "sizes": st.lists(st.integers(), max_size=3).map(lambda value: (value, tuple(value))),
    "labels": st.lists(st.text(max_size=3), max_size=3).map(lambda value: (value, tuple(value))),
    "pairs": st.lists(st.lists(st.integers(), min_size=2, max_size=2), max_size=3).map(
        lambda value: (value, tuple(map(tuple, value)))
    ),
    "more": st.none().map(lambda value: (value, value)) | st.integers().map(lambda value: (value, value)),
    "table": st.sampled_from(available()).flatmap(
        lambda id: st.sampled_from([(id, id), (shipped_nomenclature(id), id)])
    ),
}
anything = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just("pear"), st.lists(st.integers() | st.text(max_size=2) | st.booleans(), max_size=2), st.just([[1, 2], [3]]), st.just({"a": 1}))  # fmt: skip


@given(st.sampled_from(sorted(FITTING)), st.data())
def test_a_value_that_fits_gets_the_type_of_its_field(name: str, data: st.DataObject) -> None:
    given_value, expected = data.draw(FITTING[name])
    value = getattr(Basket(**{name: given_value}), name)
    assert value == expected
    assert type(value) is type(expected)


@given(st.sampled_from(sorted(FITTING)), anything)
def test_any_other_value_is_refused_with_key_and_value(name: str, value: Any) -> None:
    try:
        found = getattr(Basket(**{name: value}), name)
    except BadValue as error:
        assert str(error).startswith(f"`{name} = {toml_value(value)}` is not allowed: expected ")
    else:
        assert type(found) is type(getattr(Basket(), name)) or name == "more"
        assert getattr(Basket(**{name: found}), name) == found  # what is settled stays as it is


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("count", True, "a whole number"),
        ("count", 1.0, "a whole number"),
        ("weight", "1", "a number"),
        ("weight", float("nan"), "a number"),
        ("weight", 1e15, "a number"),
        ("ripe", 1, "`true` or `false`"),
        ("name", 1, "a string"),
        ("fruit", "plum", '"apple" or "pear"'),
        ("color", "red", 'a colour such as "#ff00aa"'),
        ("sizes", [1, True], "a list of whole numbers"),
        ("labels", "a", "a list of strings"),
        ("pairs", [[1]], "a list of pairs of whole numbers"),
        ("count", None, "a whole number"),
    ],
)
def test_what_is_expected(name: str, value: Any, allowed: str) -> None:
    with pytest.raises(BadValue, match=re.escape(f"is not allowed: expected {allowed}") + "$"):
        Basket(**{name: value})


@given(st.recursive(st.booleans() | st.integers(-999, 999) | st.sampled_from([0.5, -1.5]) | st.text("abc é", max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=4))  # fmt: skip
def test_a_short_value_is_spelt_as_in_toml(value: Any) -> None:
    assert tomllib.loads(f"x = {toml_value(value)}") == {"x": value}


@given(st.integers() | st.text() | st.lists(st.integers(), max_size=60) | st.just({"a": 1}) | st.just(2**5000))
def test_no_value_makes_a_long_sentence(value: Any) -> None:
    assert len(toml_value(value)) <= 60


@given(st.integers(-9, 9), st.none() | st.integers(-5, 0), st.none() | st.integers(0, 5))
def test_limits_are_included(value: int, low: int | None, high: int | None) -> None:
    fits = (low is None or low <= value) and (high is None or value <= high)
    if fits:
        check_within("x", value, low, high)
    elif low is not None:
        with pytest.raises(BadValue, match=f"a whole number from {low} (to {high}|on)$"):
            check_within("x", value, low, high)


@pytest.mark.parametrize(("bins", "fits"), [(None, True), (1, False), (2, True), (64, True), (65, False)])
def test_a_ramp_has_2_to_64_steps(bins: int | None, fits: bool) -> None:
    if fits:
        check_bins(bins)
    else:
        with pytest.raises(BadValue, match="from 2 to 64"):
            check_bins(bins)


def test_what_the_catalogue_has_is_found_and_the_rest_refused() -> None:
    assert [known_collection(item.id) for item in collections()] == list(collections())
    with pytest.raises(BadValue, match=re.escape(one_of([collections()[0].id]))):
        known_collection("S2L2A")
    assert named_band("OCS_Confidence").name == "OCS_Confidence"
    with pytest.raises(SpecError, match="the catalogue has no band B99"):
        named_band("B99")
    assert all(find_class_band(id) in (None, class_band(id)) for id in available() if find_class_band(id))
    with pytest.raises(SpecError, match="no band of the catalogue has codes of the nomenclature dynamic-world"):
        class_band("dynamic-world")
    with pytest.raises(SpecError, match=r'^`to = "cadastre"` is not allowed: .*(?<!returns)$'):
        find_nomenclature("cadastre", "to")
    with pytest.raises(SpecError, match="the nomenclature mine has no class"):
        find_nomenclature(Nomenclature("mine", "", (), "", "", ""))
