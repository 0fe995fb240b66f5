"""Values, put together: arrays joined, and states that meet."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.javascript.syntax import Node, parse
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.values.domain import MOST, State, Type, Value, all_are, array_of, joined, merge, remade

TREE = parse(Source("x = { a: 1, b: 2, a: 3 };"))
(OBJECT,) = TREE.of_type("ObjectExpression")
NODES: list[Node] = list(TREE.of_type("Literal"))

arrays = st.builds(lambda index, length: array_of(NODES[index], length), st.integers(0, 2), st.integers(0, 3))
values = st.builds(replace, arrays, birth=st.integers(0, 3), sure=st.booleans())
several = st.lists(values, min_size=1, max_size=3, unique=True).map(tuple)
states = st.dictionaries(st.integers(0, 2), several, max_size=3)


@given(st.lists(several, max_size=4))
def test_joined_arrays_have_the_length_and_the_elements_of_all(parts: list[tuple[Value, ...]]) -> None:
    found = joined(OBJECT, list(parts))
    if sum(len(part) > 1 for part in parts) > 1:
        assert found is None
        return
    chosen = list(product(*parts))
    assert found is not None
    assert [value.length for value in found] == [sum(value.length for value in items) for items in chosen]
    assert [value.elements for value in found] == [
        tuple(element for value in items for element in value.elements or ()) for items in chosen
    ]
    assert [value.sure for value in found] == [all(value.sure for value in items) for items in chosen]
    assert all(value.node is OBJECT for value in found)


def test_what_is_not_known_is_not_joined() -> None:
    one = (array_of(OBJECT, 1),)
    assert joined(OBJECT, [one, None]) is None
    assert joined(OBJECT, [tuple(array_of(OBJECT, length) for length in range(MOST + 1)), one]) is None
    (long,) = joined(OBJECT, [(array_of(OBJECT, MOST),), one]) or ()
    assert (long.length, long.elements) == (MOST + 1, None)


@given(several)
def test_the_cause_is_the_one_of_several_that_was_assigned(parts: tuple[Value, ...]) -> None:
    found = joined(OBJECT, [(array_of(NODES[0], 1),), parts]) or ()
    for value, part in zip(found, parts, strict=True):
        assert value.cause is (part.node if len(parts) > 1 and part.birth else OBJECT)


@given(states, st.lists(states, min_size=1, max_size=3))
def test_where_ways_meet_all_that_each_may_bring_is_possible(before: State, ways: list[State]) -> None:
    merged = merge(before, ways)
    assert merged is not None
    for key in range(3):
        brought = [way.get(key) for way in ways]
        if None in brought:
            assert key not in merged
            continue
        lengths = {(value.node.range[0], value.length) for values in brought for value in values or ()}
        assert {(value.node.range[0], value.length) for value in merged[key]} == lengths
        born = {value.birth for value in before.get(key, ())}
        if any(values != brought[0] for values in brought):
            fresh = {value for values in brought for value in values or () if value.birth not in born}
            assert not any(value.sure for value in merged[key] if value.birth in born)
            assert {value for value in merged[key] if value.birth not in born} == fresh
        else:
            assert merged[key] == brought[0]


def test_where_no_way_goes_on_nothing_is_known() -> None:
    assert merge({}, []) is None


@given(several)
def test_remade_arrays_keep_their_lengths(arrays: tuple[Value, ...]) -> None:
    found = remade(OBJECT, arrays)
    assert [(value.node, value.length, value.elements) for value in found or ()] == [
        (OBJECT, value.length, None) for value in arrays
    ]
    assert remade(OBJECT, None) is None
    assert remade(OBJECT, (*arrays, Value(Type.NUMBER, OBJECT))) is None


def test_all_are_of_a_type_where_some_are_known() -> None:
    number, text = Value(Type.NUMBER, OBJECT), Value(Type.STRING, OBJECT)
    assert all_are((number, text), [Type.NUMBER, Type.STRING])
    assert not all_are((number, text), [Type.NUMBER])
    assert not all_are((), [Type.NUMBER])
    assert not all_are(None, [Type.NUMBER])


def test_the_last_entry_of_a_key_counts() -> None:
    assert Value(Type.OBJECT, OBJECT).entry_node("a") is NODES[-1]
    assert Value(Type.OBJECT, OBJECT).entry_node("c") is OBJECT
