"""What comparisons of one number with constants say of each other: `x < 1` implies `x <= 2` and excludes `x > 3`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from oso_evalscript.kernels.graph import Node

_Cut = tuple[float, int]
"""A place between two neighbouring numbers: before a number (0) or behind it (1)."""


class _Range(NamedTuple):
    """Where a condition is true.

    Attributes:
        of: the number that is compared.
        side: whether it has to lie below the cut, above it, or directly behind it (`==`).
        cut: where.
        nan: whether it is true of NaN.
    """

    of: Node
    side: Literal["below", "above", "at"]
    cut: _Cut
    nan: bool


def implies(one: Node, other: Node) -> bool:
    """Return whether a condition is true wherever another one is; False if that is not certain."""
    a, b = _range(one), _range(other)
    if a is None or b is None or a.of is not b.of or (a.nan and not b.nan):
        return False
    if a.side == "at":
        return (b.side == "below" and _behind(a.cut) <= b.cut) or (b.side == "above" and a.cut >= b.cut)
    if a.side != b.side:
        return False
    return a.cut <= b.cut if a.side == "below" else a.cut >= b.cut


def excludes(one: Node, other: Node) -> bool:
    """Return whether two conditions are never true together; False if that is not certain."""
    a, b = _range(one), _range(other)
    if a is None or b is None or a.of is not b.of or (a.nan and b.nan):
        return False
    if a.side == b.side:
        return a.side == "at" and a.cut != b.cut
    if "at" in (a.side, b.side):
        point, half = (a, b) if a.side == "at" else (b, a)
        return point.cut >= half.cut if half.side == "below" else _behind(point.cut) <= half.cut
    below, above = (a, b) if a.side == "below" else (b, a)
    return below.cut <= above.cut


def cover(one: Node, other: Node) -> bool:
    """Return whether of two conditions one is always true; False if that is not certain."""
    a, b = _range(one), _range(other)
    if a is None or b is None or a.of is not b.of or not (a.nan or b.nan) or {a.side, b.side} != {"below", "above"}:
        return False
    below, above = (a, b) if a.side == "below" else (b, a)
    return above.cut <= below.cut


def _range(condition: Node) -> _Range | None:
    """Where a condition is true; None if it is not a comparison with a constant."""
    if condition.op == "not":
        inner = _range(condition.args[0])
        if inner is None or inner.side == "at":
            return None
        return _Range(inner.of, "above" if inner.side == "below" else "below", inner.cut, not inner.nan)
    if condition.op not in _SIDES:
        return None
    first, second = condition.args
    side, inclusive = _SIDES[condition.op]
    limit = second.constant
    if limit is None:
        first, limit = second, first.constant
        side = _MIRRORED[side]
    if limit is None or first.constant is not None:
        return None
    behind = side != "at" and inclusive == (side == "below")
    return _Range(first, side, (limit, int(behind)), nan=False)


def _behind(cut: _Cut) -> _Cut:
    return cut[0], 1


_Side = Literal["below", "above", "at"]
_SIDES: dict[str, tuple[_Side, bool]] = {
    "lt": ("below", False),
    "le": ("below", True),
    "gt": ("above", False),
    "ge": ("above", True),
    "eq": ("at", True),
}
_MIRRORED: dict[_Side, _Side] = {"below": "above", "above": "below", "at": "at"}
