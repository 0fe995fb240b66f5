"""Tables in place of choices: where several numbers depend on one chain of conditions, they are looked up by one index.

A ramp of eleven stops asks eleven questions once, and has eight numbers to choose by the answers: the stops around the
value and the colours there. To choose each among twelve takes eleven operations, to look it up takes four.
"""

from __future__ import annotations

from oso_evalscript.kernels.graph import Graph, Node, in_order

_MIN_CONDITIONS = 6
_MIN_NUMBERS = 3

_Chain = tuple[tuple[Node, ...], tuple[float, ...]]
"""Conditions, and the number that the first one that holds stands for; the last one where none does."""


def with_tables(graph: Graph, roots: list[Node]) -> list[Node]:
    """Return the same expressions, with tables where they pay."""
    order = in_order(roots)
    chains: dict[Node, _Chain] = {}
    for node in order:
        if (chain := _chain(node, chains)) is not None:
            chains[node] = chain
    groups: dict[tuple[Node, ...], list[Node]] = {}
    for node in _outer(order, roots, chains):
        conditions = chains[node][0]
        if len(conditions) >= _MIN_CONDITIONS:
            groups.setdefault(conditions, []).append(node)
    looked_up = {node for nodes in groups.values() if len(nodes) >= _MIN_NUMBERS for node in nodes}
    if not looked_up:
        return roots
    made: dict[Node, Node] = {}
    for node in order:
        if node in looked_up:
            conditions, values = chains[node]
            index = graph.node(float(len(conditions)))
            for at in range(len(conditions) - 1, -1, -1):
                index = graph.node(graph.select(made[conditions[at]], float(at), index))
            made[node] = graph.node(graph.table(values, index))
        else:
            made[node] = graph.rebuilt(node, tuple(made[arg] for arg in node.args))
    return [made[root] for root in roots]


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
