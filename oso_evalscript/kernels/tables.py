"""Tables in place of choices: where several numbers depend on one chain of conditions, they are looked up by one index.

A ramp of eleven stops asks eleven questions once, and has eight numbers to choose by the answers: the stops around the
value and the colours there. To choose each among twelve takes eleven operations, to look it up takes two.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from oso_evalscript.kernels.doubles import BINARY
from oso_evalscript.kernels.graph import Graph, Node, entries, in_order
from oso_evalscript.kernels.ranges import implies

_MIN_CONDITIONS = 6
_MIN_NUMBERS = 3

_Conditions = tuple[Node, ...]
_Chain = tuple[_Conditions, tuple[float, ...]]
"""Conditions, and the number for the first one that is true; the last number is for where none is."""


def with_tables(graph: Graph, roots: list[Node]) -> list[Node]:
    """Return the same expressions, with tables where they pay."""
    order = in_order(roots)
    chains: dict[Node, _Chain] = {}
    for node in order:
        if (chain := _chain(node, chains)) is not None:
            chains[node] = chain
    whole = _whole_chains([chains[node][0] for node in _outer(order, roots, chains)])
    groups: dict[_Conditions, list[Node]] = {}
    for node in _outer(order, roots, chains):
        groups.setdefault(whole[chains[node][0]], []).append(node)
    looked_up = {
        node: conditions
        for conditions, nodes in groups.items()
        if len(conditions) >= _MIN_CONDITIONS and len(nodes) >= _MIN_NUMBERS
        for node in nodes
    }
    if not looked_up:
        return roots
    made: dict[Node, Node] = {}
    for node in in_order([*(condition for conditions in looked_up.values() for condition in conditions), *roots]):
        if node in looked_up:
            own, values = chains[node]
            conditions = looked_up[node] if all(condition in made for condition in looked_up[node]) else own
            index = _first_true(graph, tuple(made[condition] for condition in conditions))
            values += values[-1:] * (len(conditions) + 1 - len(values))
            made[node] = graph.node(graph.table(values, index))
        else:
            args = tuple(made[arg] for arg in node.args)
            made[node] = _of_tables(graph, node.op, args) or graph.rebuilt(node, args)
    return [made[root] for root in roots]


def _whole_chains(found: list[_Conditions]) -> Mapping[_Conditions, _Conditions]:
    """For each chain the longest one that begins with its conditions."""
    whole: dict[_Conditions, _Conditions] = {}
    for conditions in sorted(set(found), key=len, reverse=True):
        whole.setdefault(conditions, conditions)
        for length in range(1, len(conditions)):
            whole.setdefault(conditions[:length], conditions)
    return whole


def _first_true(graph: Graph, conditions: _Conditions) -> Node:
    """Which of some conditions is the first that is true: how many are false, where each implies those behind it."""
    if all(implies(one, other) for one, other in pairwise(conditions)):
        return graph.count_false(conditions)
    index = graph.node(float(len(conditions)))
    for at in range(len(conditions) - 1, -1, -1):
        index = graph.node(graph.select(conditions[at], float(at), index))
    return index


def _of_tables(graph: Graph, op: str, args: tuple[Node, ...]) -> Node | None:
    """The table of the results of an operation on two tables with one counted index; else None."""
    if op not in BINARY or {arg.op for arg in args} != {"table"} or len({arg.args[0] for arg in args}) > 1:
        return None
    index = args[0].args[0]
    if index.op != "count_false":  # tables of the script's own may be large
        return None
    one, other = map(entries, args)
    return graph.node(graph.table(tuple(BINARY[op](a, b) for a, b in zip(one, other, strict=True)), index))


def _chain(node: Node, chains: dict[Node, _Chain]) -> _Chain | None:
    """The chain that a node is the beginning of; of what it depends on they are known."""
    if node.op != "select" or (first := node.args[1].constant) is None:
        return None
    condition, rest = node.args[0], node.args[2]
    if (last := rest.constant) is not None:
        return (condition,), (first, last)
    if rest not in chains:
        return None
    conditions, values = chains[rest]
    return (condition, *conditions), (first, *values)


def _outer(order: list[Node], roots: list[Node], chains: dict[Node, _Chain]) -> list[Node]:
    """The chains that are not only the rest of another one."""
    used = {*roots}
    for node in order:
        for at, arg in enumerate(node.args):
            if not (node in chains and at == 2):
                used.add(arg)
    return [node for node in order if node in chains and node in used]
