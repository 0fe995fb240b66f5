"""Which values of an input a script cannot tell apart: exchanged for each other, they never change a result.

An expression that reads one input alone is worked out for every value of it. Where all such expressions that the rest
of the graph makes use of are equal for two values, so is everything that is made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.kernels.graph import Node, entries, in_order
from oso_evalscript.kernels.trace import Traced

Array = NDArray[Any]

_MAX_WORK = 2**23  # values that are worked out for all expressions of one input


def first_alike(traced: Traced, planes: Sequence[Array]) -> list[NDArray[np.intp]] | None:
    """Return for each value of each input the place of the first value that the script takes for the same.

    Args:
        traced: what the script makes of a pixel.
        planes: the values that each input may have, each on its own.

    Returns:
        None if some pixels are left to JavaScript, so that the graph does not say what becomes of them.
    """
    if traced.guard is not False:
        return None
    roots = [traced.graph.node(number) for bands in traced.outputs for number in bands]
    order = in_order(roots)
    read = _read(order)
    found = []
    for plane, values in enumerate(planes):
        own = [node for node in order if read[node] == {plane}]
        if len(own) * len(values) > _MAX_WORK:
            found.append(np.arange(len(values)))
            continue
        known = _known(own, values)
        used = {*roots, *(arg for node in order if node not in known for arg in node.args)}
        found.append(_firsts([result for node, result in known.items() if node in used], len(values)))
    return found


def _read(order: Sequence[Node]) -> dict[Node, frozenset[int]]:
    """The inputs that each node depends on."""
    read: dict[Node, frozenset[int]] = {}
    for node in order:
        if node.op == "load":
            read[node] = frozenset((cast("tuple[int, int]", node.data)[0],))
        else:
            read[node] = frozenset[int]().union(*(read[arg] for arg in node.args))
    return read


def _known(own: Sequence[Node], values: Array) -> dict[Node, Array]:
    """What nodes that depend on one input are for each of its values, as far as that is worked out."""
    known: dict[Node, Array] = {}
    with np.errstate(all="ignore"):
        for node in own:
            result = _result(node, known, values)
            if result is not None:
                known[node] = result
    return known


def _firsts(results: Sequence[Array], length: int) -> NDArray[np.intp]:
    """The first place where all results are as they are in each place."""
    labels = np.zeros(length, np.intp)
    for result in results:
        labels = _split(labels, result)
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return first[inverse]


def _split(labels: NDArray[np.intp], result: Array) -> NDArray[np.intp]:
    """Tell apart by a result what has been the same so far; numbers by their bits."""
    kinds = result.view(np.int64) if result.dtype == np.float64 else result
    _, other = np.unique(kinds, return_inverse=True)
    _, found = np.unique(labels * (int(other.max()) + 1) + other, return_inverse=True)
    return found


def _result(node: Node, known: dict[Node, Array], values: Array) -> Array | None:
    """What a node is for each value of the input; None if that is not worked out."""
    if node.op == "load":
        return values.astype(np.float64)
    args = []
    for arg in node.args:
        value = known.get(arg)
        if value is None:
            value = _constant(arg)
        if value is None:
            return None
        args.append(value)
    if node.op == "table":
        table = np.array(entries(node))
        return np.asarray(table[np.clip(np.nan_to_num(args[0]), 0, len(table) - 1).astype(np.intp)])
    work = _DO.get(node.op)
    return None if work is None else np.broadcast_to(work(*args), values.shape)


def _constant(node: Node) -> Array | None:
    if node.op in ("number", "truth"):
        return np.asarray(node.data)
    if node.op == "int" and node.args[0].constant is not None:
        return _int(np.asarray(node.args[0].data))
    return None


def _int(a: Array) -> Array:
    return np.asarray(np.trunc(np.clip(np.nan_to_num(a), -(2.0**31), 2.0**31 - 1)).astype(np.int64))


def _signed(a: Array) -> Array:
    """The lower 32 bits, with a sign."""
    return np.asarray(((a & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000)


def _least(a: Array, b: Array) -> Array:
    zero = np.where(np.signbit(a), a, b)  # -0 is less than 0
    return np.where((a == 0) & (b == 0), zero, np.minimum(a, b))


_DO: dict[str, Callable[..., Array]] = {
    **{op: getattr(np, op) for op in ("abs", "sqrt", "floor", "ceil", "trunc")},
    "neg": np.negative,
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "min": _least,
    "max": lambda a, b: -_least(-a, -b),
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
    "select": np.where,
    "int": _int,
    "iand": np.bitwise_and,
    "ior": np.bitwise_or,
    "ixor": np.bitwise_xor,
    "shl": lambda a, b: _signed(a << b),
    "shr": lambda a, b: a >> b,
    "ushr": lambda a, b: _signed((a & 0xFFFFFFFF) >> b),
    "signed": lambda a: a.astype(np.float64),
    "unsigned": lambda a: (a & 0xFFFFFFFF).astype(np.float64),
}
"""How operations work on arrays of doubles, truths, or whole numbers of 32 bits; all of them are exact."""
