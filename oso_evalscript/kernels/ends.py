"""How statements end on each path: a tree of conditions with endings for leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from oso_evalscript.kernels import graph
from oso_evalscript.kernels.machine import Machine, State
from oso_evalscript.kernels.values import UNDEFINED, Declined, Value


@dataclass(frozen=True, slots=True, eq=False)
class End:
    """How a path through some statements ends.

    Attributes:
        kind: `next`, `return`, `break` or `continue`.
        state: the objects then.
        value: what is returned.
    """

    kind: str
    state: State
    value: Value = UNDEFINED


@dataclass(frozen=True, slots=True, eq=False)
class Fork:
    """Two ways to end."""

    condition: graph.Node
    yes: Ends
    no: Ends


Ends: TypeAlias = "End | Fork"


def followed(m: Machine, ends: Ends, rest: Callable[[], Ends], kind: str = "next") -> Ends:
    """Return how it ends when something follows the paths that end in some way."""
    state = joined(m, ends, kind)
    if state is None:
        return ends
    m.state = state
    if isinstance(ends, End):
        return rest()
    with _assuming_all(m, _leading_to(ends, kind)):
        try:
            found = rest()
        except Declined as reason:
            if all_of(ends, kind):
                raise
            _leave(m, ends, kind, reason)
            return _without(ends, kind)
    return _filled(ends, kind, found, {})


@contextmanager
def _assuming_all(m: Machine, conditions: list[tuple[graph.Node, bool]]) -> Iterator[None]:
    with ExitStack() as assumed:
        for condition, holds in conditions:
            assumed.enter_context(m.assuming(condition, holds))
        yield


def has(ends: Ends, kind: str) -> bool:
    """Return whether some path ends in that way."""
    return ends.kind == kind if isinstance(ends, End) else has(ends.yes, kind) or has(ends.no, kind)


def all_of(ends: Ends, kind: str) -> bool:
    """Return whether all paths end in that way."""
    return ends.kind == kind if isinstance(ends, End) else all_of(ends.yes, kind) and all_of(ends.no, kind)


def _leading_to(ends: Ends, kind: str) -> list[tuple[graph.Node, bool]]:
    """Conditions that hold on all paths that end in some way."""
    found = []
    while isinstance(ends, Fork):
        yes, no = has(ends.yes, kind), has(ends.no, kind)
        if yes and no:
            break
        found.append((ends.condition, yes))
        ends = ends.yes if yes else ends.no
    return found


def _leave(m: Machine, ends: Ends, kind: str, reason: Declined) -> None:
    m.guards.append((m.graph.both(m.here(), _condition(m, ends, kind)), str(reason)))


def _condition(m: Machine, ends: Ends, kind: str) -> graph.Truth:
    """When a path ends in some way."""
    if isinstance(ends, End):
        return ends.kind == kind
    return m.graph.choose(ends.condition, _condition(m, ends.yes, kind), _condition(m, ends.no, kind))


def _without(ends: Ends, kind: str) -> Ends:
    """The other endings alone."""
    if isinstance(ends, End):
        return ends
    if all_of(ends.yes, kind):
        return _without(ends.no, kind)
    if all_of(ends.no, kind):
        return _without(ends.yes, kind)
    return Fork(ends.condition, _without(ends.yes, kind), _without(ends.no, kind))


def joined(m: Machine, ends: Ends, kind: str) -> State | None:
    """Return the state where all paths that end in some way meet; None where there is none."""
    if isinstance(ends, End):
        return ends.state if ends.kind == kind else None
    yes, no = joined(m, ends.yes, kind), joined(m, ends.no, kind)
    if yes is None or no is None:
        return no if yes is None else yes
    return m.merge_states(ends.condition, yes, no)


def _filled(ends: Ends, kind: str, rest: Ends, known: dict[int, Ends]) -> Ends:
    if isinstance(ends, End):
        return rest if ends.kind == kind else ends
    if id(ends) not in known:
        yes, no = _filled(ends.yes, kind, rest, known), _filled(ends.no, kind, rest, known)
        known[id(ends)] = yes if yes is no else Fork(ends.condition, yes, no)
    return known[id(ends)]


def renamed(ends: Ends, kind: str, other: str) -> Ends:
    """Return the same with another word for one way to end."""
    if isinstance(ends, End):
        return End(other, ends.state, ends.value) if ends.kind == kind else ends
    return Fork(ends.condition, renamed(ends.yes, kind, other), renamed(ends.no, kind, other))


def returned(m: Machine, ends: Ends) -> Value:
    """Return what a function returns, and go on from the state where its paths meet."""
    known: dict[int, tuple[State, Value]] = {}

    def result(part: Ends) -> tuple[State, Value]:
        if isinstance(part, End):
            if part.kind not in ("next", "return"):
                raise Declined("jumps out of a function")
            return part.state, part.value
        found = known.get(id(part))
        if found is None:
            (one, a), (other, b) = result(part.yes), result(part.no)
            found = m.merge_states(part.condition, one, other), m.merge(part.condition, a, b)
            known[id(part)] = found
        return found

    m.state, value = result(ends)
    return value


def arms(m: Machine, condition: graph.Node, yes: Callable[[], Ends], no: Callable[[], Ends]) -> Ends:
    """Take both paths of a statement."""

    def meet(one: Ends, _: State, other: Ends) -> Ends:
        if isinstance(one, End) and isinstance(other, End) and one.kind == other.kind == "next":
            return End("next", m.merge_states(condition, one.state, other.state))
        return Fork(condition, one, other)

    return m.fork(condition, yes, no, meet)
