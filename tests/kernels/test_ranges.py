"""Comparisons with constants: what they say of each other is true for every number, NaN included."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.kernels.doubles import COMPARED
from oso_evalscript.kernels.graph import Graph, Node
from oso_evalscript.kernels.ranges import cover, excludes, implies

_NUMBERS = [-math.inf, -1.0, -0.0, 0.0, 0.5, 1.0, 1.5, math.inf]
_TRIED = [*_NUMBERS, -0.5, 0.25, 1.25, 2.0, math.nan]
_COMPARISONS = st.tuples(st.sampled_from(sorted(COMPARED)), st.sampled_from(_NUMBERS), st.booleans(), st.booleans())
_Comparison = tuple[str, float, bool, bool]


def node_of(graph: Graph, comparison: _Comparison) -> Node | bool:
    op, limit, mirrored, negated = comparison
    x = graph.load(0, 0, "float64")
    made = graph.compare(op, limit, x) if mirrored else graph.compare(op, x, limit)
    return graph.negate(made) if negated else made


def holds(comparison: _Comparison, x: float) -> bool:
    op, limit, mirrored, negated = comparison
    return (COMPARED[op](limit, x) if mirrored else COMPARED[op](x, limit)) != negated


@given(_COMPARISONS, _COMPARISONS)
def test_what_is_said_is_true_for_every_number(one: _Comparison, other: _Comparison) -> None:
    graph = Graph()
    a, b = node_of(graph, one), node_of(graph, other)
    truths = [(holds(one, x), holds(other, x)) for x in _TRIED]
    if isinstance(a, Node) and isinstance(b, Node):
        assert not implies(a, b) or all(q for p, q in truths if p)
        assert not excludes(a, b) or not any(p and q for p, q in truths)
        assert not cover(a, b) or all(p or q for p, q in truths)
    for joined, expected in (
        (graph.both(a, b), [p and q for p, q in truths]),
        (graph.either(a, b), [p or q for p, q in truths]),
    ):
        assert [value_of(joined, x) for x in _TRIED] == expected


def value_of(condition: Node | bool, x: float) -> bool:
    if isinstance(condition, bool):
        return condition
    match condition.op:
        case "not":
            return not value_of(condition.args[0], x)
        case "and":
            return all(value_of(arg, x) for arg in condition.args)
        case "or":
            return any(value_of(arg, x) for arg in condition.args)
    a, b = (x if arg.constant is None else arg.constant for arg in condition.args)
    return COMPARED[condition.op](a, b)


@given(st.lists(_COMPARISONS, min_size=2, max_size=6), st.lists(st.booleans(), min_size=5, max_size=5))
def test_joined_conditions_keep_their_meaning(comparisons: list[_Comparison], ways: list[bool]) -> None:
    graph = Graph()
    joined = node_of(graph, comparisons[0])
    expected = [holds(comparisons[0], x) for x in _TRIED]
    for comparison, all_of in zip(comparisons[1:], ways, strict=False):
        joined = (graph.both if all_of else graph.either)(joined, node_of(graph, comparison))
        more = [holds(comparison, x) for x in _TRIED]
        expected = [p and q if all_of else p or q for p, q in zip(expected, more, strict=True)]
    assert [value_of(joined, x) for x in _TRIED] == expected


def test_thresholds_of_one_number_collapse() -> None:
    graph = Graph()
    x, y = graph.load(0, 0, "float32"), graph.load(1, 0, "float32")
    low, high = (graph.compare("le", x, limit) for limit in (0.0, 1.0))
    other = graph.compare("le", y, 1.0)
    assert graph.both(low, high) is low
    assert graph.either(low, high) is high
    assert graph.both(graph.negate(low), graph.negate(high)) is graph.negate(high)
    assert graph.both(graph.both(high, other), low) is graph.both(other, low)
    assert graph.both(graph.compare("eq", x, 3.0), graph.compare("eq", x, 4.0)) is False
    assert graph.both(graph.compare("gt", x, 1.0), high) is False
    assert graph.either(graph.negate(low), high) is True
    assert graph.either(graph.compare("gt", x, 0.0), high) is not True  # NaN
    assert isinstance(graph.both(low, other), Node)
