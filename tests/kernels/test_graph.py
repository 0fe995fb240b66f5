"""Nodes: equal expressions are one, constants are folded exactly, and bounds hold."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.kernels.doubles import round_half_up, to_int32
from oso_evalscript.kernels.graph import Graph, Node, in_order, same

NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=64)


@pytest.fixture
def graph() -> Graph:
    return Graph()


def test_equal_expressions_are_one_node(graph: Graph) -> None:
    x = graph.load(0, 0, "float32")
    assert graph.load(0, 0, "float32") is x
    assert graph.binary("add", x, 1.0) is graph.binary("add", x, 1.0)
    assert graph.binary("add", x, 0.0) is not graph.binary("add", x, -0.0)


def test_nothing_is_folded_that_is_not_exact(graph: Graph) -> None:
    x = graph.load(0, 0, "float64")
    assert graph.binary("add", x, 0.0) is not x  # -0 + 0 is 0
    assert graph.binary("sub", x, 0.0) is x
    assert graph.binary("mul", x, 1.0) is x
    assert isinstance(graph.call("log", 2.0), Node)
    assert graph.compare("eq", x, x) is not True  # NaN


def test_a_choice_among_constants_is_worked_on_leaf_by_leaf(graph: Graph) -> None:
    x = graph.load(0, 0, "uint8")
    small = graph.compare("lt", x, 5.0)
    choice = graph.select(small, 1.0, graph.select(graph.compare("lt", x, 9.0), 2.0, 3.0))
    assert isinstance(choice, Node)
    assert choice.leaves == 3
    assert graph.compare("eq", choice, 1.0) is small
    assert graph.compare("lt", choice, 4.0) is True
    raised = graph.binary("mul", choice, 10.0)
    assert isinstance(raised, Node)
    assert raised.op == "select"
    assert raised.bounds.low == 10
    assert raised.bounds.high == 30


def test_bounds_decide_comparisons(graph: Graph) -> None:
    byte, real = graph.load(0, 0, "uint8"), graph.load(1, 0, "float32")
    assert graph.compare("ge", byte, 0.0) is True
    assert graph.compare("eq", byte, 256.0) is False
    assert graph.compare("ne", byte, byte) is False
    assert isinstance(graph.compare("ge", real, -math.inf), Node)  # false for NaN
    assert graph.compare("lt", real, -math.inf) is False


def test_truths_are_simplified(graph: Graph) -> None:
    x = graph.load(0, 0, "float32")
    p, q = graph.compare("lt", x, 1.0), graph.compare("gt", x, 0.0)
    assert graph.both(p, graph.negate(p)) is False
    assert graph.either(p, graph.negate(p)) is True
    assert graph.choose(p, q, q) is q
    assert graph.negate(graph.negate(p)) is p
    assert graph.either(graph.both(p, q), graph.both(graph.negate(p), q)) is q


def test_order_puts_what_is_needed_first(graph: Graph) -> None:
    x = graph.load(0, 0, "float32")
    total = graph.node(graph.binary("add", x, graph.binary("mul", x, 2.0)))
    order = in_order([total])
    assert order.index(x) < order.index(total)
    assert len(order) == len(set(order))


@given(NUMBERS, NUMBERS)
def test_folding_is_that_of_doubles(a: float, b: float) -> None:
    graph = Graph()
    assert same(graph.binary("min", a, b), graph.binary("min", b, a))
    quotient = graph.binary("div", a, b)
    assert isinstance(quotient, float)
    if b != 0 and math.isfinite(a) and math.isfinite(b):
        assert struct.pack("d", quotient) == struct.pack("d", a / b)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (0.5, 1.0),
        (-0.5, -0.0),
        (-0.2, -0.0),
        (2.5, 3.0),
        (0.49999999999999994, 0.0),
        (-2.5, -2.0),
        (math.inf, math.inf),
    ],
)
def test_half_up(value: float, rounded: float) -> None:
    assert same(round_half_up(value), rounded)


@pytest.mark.parametrize(
    ("value", "bits"), [(3.9, 3), (-3.9, -3), (2.0**31, -(2**31)), (2.0**32 + 5, 5), (math.nan, 0), (-math.inf, 0)]
)
def test_32_bits(value: float, bits: int) -> None:
    assert to_int32(value) == bits
