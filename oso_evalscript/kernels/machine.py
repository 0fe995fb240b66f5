"""The machine that traces: what is known on the path it is on, the objects there are, and which pixels it leaves out.

Where a condition depends on the pixel, both ways are gone, each with its own copy of the state, and become one again
where they meet: numbers as a selection, anything else as a `Choice` that is resolved when it is used. A way that is
not understood, or throws, is left: its condition becomes a guard, and pixels that meet it are left to JavaScript.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from oso_evalscript.javascript.nodes import Node as Tree
from oso_evalscript.kernels.graph import Graph, Node, Truth, same
from oso_evalscript.kernels.values import (
    UNDEFINED,
    Choice,
    ClassValue,
    Declined,
    GaveUp,
    Maybe,
    Parts,
    Ref,
    Split,
    Unknown,
    Value,
    is_boolean,
    is_number,
)

if TYPE_CHECKING:
    from oso_evalscript.kernels.library import Library

_Result = TypeVar("_Result")
MAX_STEPS = 60_000
_MAX_FORMS = 6
_MAX_SECONDS = 1.0
MAX_STEPS_OF_LOADING = 400_000


class State:
    """The parts of all objects, at one point of one path.

    Attributes:
        base: those of objects that were there before the pixel, shared by all paths.
        parts: those made or changed since.
    """

    __slots__ = ("_own", "base", "parts")

    def __init__(self, base: dict[Ref, Parts], parts: dict[Ref, Parts]) -> None:
        self.base = base
        self.parts = parts
        self._own: set[Ref] = set()

    def fork(self) -> State:
        """Return a copy for another path; from here on both copy what they change."""
        self._own = set()
        return State(self.base, dict(self.parts))

    def read(self, ref: Ref) -> Parts:
        """Return the parts of an object, which are not to be changed."""
        found = self.parts.get(ref)
        return self.base[ref] if found is None else found

    def add(self, ref: Ref, parts: Parts) -> None:
        """Put a new object in."""
        self.parts[ref] = parts
        self._own.add(ref)

    def own(self, ref: Ref) -> Parts:
        """Return the parts of an object to be changed in place."""
        parts = self.read(ref)
        if ref not in self._own:
            parts = self.parts[ref] = _copied(parts)
            self._own.add(ref)
        return parts

    def variables(self, scope: Ref) -> dict[str, Value]:
        """Return the variables of a scope, which must not be changed."""
        return cast("dict[str, Value]", self.read(scope))  # scopes are merged name by name, never split

    def set_variable(self, scope: Ref, name: str, value: Value) -> None:
        """Set a variable of a scope."""
        cast("dict[str, Value]", self.own(scope))[name] = value


def _copied(parts: Parts) -> Parts:
    if isinstance(parts, Split):
        return Split(parts.condition, _copied(parts.yes), _copied(parts.no))
    return list(parts) if isinstance(parts, list) else dict(parts)


@dataclass
class Machine:
    """What tracing works with.

    Attributes:
        library: the service's own functions.
        evaluate: returns the value of an expression in a scope.
        call: calls a function with a `this` and arguments.
        graph: makes the nodes.
        state: the objects on the path that is gone now.
        known: conditions that hold, or do not, on that path.
        path: the same in the order they were met.
        guards: conditions whose pixels are left to JavaScript, with reasons.
        loading: whether the script is being loaded.
        in_library: whether the service's own code runs.
        depth: how many calls are under way.
        steps: how much has been done.
        deadline: when it is given up, by the processor's time of this thread.
    """

    library: Library
    evaluate: Callable[[Machine, Tree, Ref], Value]
    call: Callable[[Machine, Value, Value, list[Value]], Value]
    graph: Graph = field(default_factory=Graph)
    state: State = field(default_factory=lambda: State({}, {}))
    known: dict[Node, bool] = field(default_factory=dict)
    path: list[tuple[Node, bool]] = field(default_factory=list)
    guards: list[tuple[Truth, str]] = field(default_factory=list)
    loading: bool = True
    in_library: bool = False
    depth: int = 0
    steps: int = 0
    deadline: float = field(default_factory=lambda: time.thread_time() + _MAX_SECONDS)

    def step(self, weight: int = 1) -> None:
        """Count a step.

        Raises:
            GaveUp: there are too many.
        """
        self.steps += weight
        if time.thread_time() > self.deadline:
            raise GaveUp("tracing takes too long")
        if self.steps > (MAX_STEPS_OF_LOADING if self.loading else MAX_STEPS):
            raise GaveUp("too many operations per pixel to unroll")

    def make(self, kind: str, parts: Parts, *, cls: ClassValue | None = None, parent: Ref | None = None) -> Ref:
        """Return a new object."""
        ref = Ref(kind, cls=cls, parent=parent, library=self.in_library, shared=self.loading)
        self.state.add(ref, parts)
        return ref

    def change(self, ref: Ref, change: Callable[[Any], None]) -> None:
        """Change the parts of an object, in each of its forms.

        Raises:
            Declined: it was there before the pixel, and is not the library's own affair; or it is frozen.
        """
        if ref.frozen:
            raise Declined("changes a frozen object")
        if ref.shared and not self.loading and not (ref.library and self.in_library):
            raise Declined("modifies state outside `evaluatePixel`")
        _change(self.state.own(ref), change)

    def settled(self, condition: Truth) -> Truth:
        """Return a condition, or what is known of it on this path."""
        if isinstance(condition, bool) or not self.known:
            return condition
        found = self._known(condition)
        return condition if found is None else found

    def _known(self, condition: Node) -> bool | None:
        """Whether a condition holds on this path; None where that is not known."""
        found = self.known.get(condition)
        if found is not None:
            return found
        if condition.op == "not":
            other = self.known.get(condition.args[0])
            return None if other is None else not other
        if condition.op not in ("and", "or"):
            return None
        negated = self.graph.negate(condition)
        other = self.known.get(negated) if isinstance(negated, Node) else not negated
        if other is not None:
            return not other
        decisive = condition.op == "or"  # what one part alone decides
        parts = [self._known(part) for part in condition.args]
        if decisive in parts:
            return decisive
        return None if None in parts else not decisive

    @contextmanager
    def assuming(self, condition: Truth, holds: bool) -> Iterator[None]:
        """Go on with what holds where a condition does, or does not."""
        self.step()
        before, length = dict(self.known), len(self.path)
        if isinstance(condition, Node):
            self.path.append((condition, holds))
            _learn(self.known, condition, holds)
            for other in [node for node in before if node.op in ("and", "or")]:  # the rest of one may follow now
                _learn(self.known, other, before[other])
        try:
            yield
        finally:
            self.known = before
            del self.path[length:]

    def here(self) -> Truth:
        """Return the condition of being on this path."""
        found: Truth = True
        for condition, holds in self.path:
            found = self.graph.both(found, condition if holds else self.graph.negate(condition))
        return found

    def guard(self, condition: Truth, reason: str, *, anywhere: bool = False) -> None:
        """Leave pixels of this path that meet a condition to JavaScript; `anywhere`: those of other paths too.

        Raises:
            Declined: all of them do.
        """
        condition = self.settled(condition)
        if condition is True:
            raise Declined(reason)
        if condition is not False:
            self.guards.append((condition if anywhere else self.graph.both(self.here(), condition), reason))

    def branch(self, condition: Truth, yes: Callable[[], Value], no: Callable[[], Value]) -> Value:
        """Return one of two values, each found in a state of its own; the states are merged.

        Raises:
            Declined: neither is understood.
        """
        condition = self.settled(condition)
        if isinstance(condition, bool):
            return yes() if condition else no()

        def meet(one: Value, after_one: State, other: Value) -> Value:
            self.state = self.merge_states(condition, after_one, self.state)
            return self.merge(condition, one, other)

        return self.fork(condition, yes, no, meet)

    def fork(
        self,
        condition: Node,
        yes: Callable[[], _Result],
        no: Callable[[], _Result],
        meet: Callable[[_Result, State, _Result], _Result],
    ) -> _Result:
        """Take both paths; return the result of the only one that is understood, or what both meet in.

        Args:
            condition: on which the paths depend.
            yes: the work on the path where it is true.
            no: the work on the other path.
            meet: joins the first result, the state after it, and the second result, after which the machine is.

        Raises:
            Declined: neither path is understood.
        """
        start = self.state
        one = self._arm(condition, True, yes)
        after_one, self.state = self.state, start
        other = self._arm(condition, False, no)
        if isinstance(one, Declined):
            if isinstance(other, Declined):
                raise other
            self._leave(condition, True, one)
            return other
        if isinstance(other, Declined):
            self._leave(condition, False, other)
            self.state = after_one
            return one
        return meet(one, after_one, other)

    def _arm(self, condition: Node, holds: bool, work: Callable[[], _Result]) -> _Result | Declined:
        """What some work gives on one path, or why the path is left, after which the state is of no use."""
        self.state = self.state.fork()
        depth, in_library = self.depth, self.in_library
        with self.assuming(condition, holds):
            try:
                return work()
            except Declined as reason:
                self.depth, self.in_library = depth, in_library
                return reason

    def _leave(self, condition: Node, holds: bool, reason: Declined) -> None:
        left = condition if holds else self.graph.negate(condition)
        self.guards.append((self.graph.both(self.here(), left), str(reason)))

    def each(self, value: Value, work: Callable[[Value], Value]) -> Value:
        """Return what some work gives for a value, which may be a choice."""
        if isinstance(value, Choice):
            return self.branch(value.condition, lambda: self.each(value.yes, work), lambda: self.each(value.no, work))
        if isinstance(value, Unknown):
            raise Declined(value.reason)
        return work(value)

    def merge(self, condition: Truth, yes: Value, no: Value) -> Value:
        """Return one of two values."""
        if isinstance(condition, bool):
            return yes if condition else no
        if same(yes, no):
            return yes
        if is_number(yes) and is_number(no):
            return self.graph.select(condition, yes, no)
        if is_boolean(yes) and is_boolean(no):
            return self.graph.choose(condition, yes, no)
        if isinstance(yes, Choice) and yes.condition is condition:
            yes = yes.yes
        if isinstance(no, Choice) and no.condition is condition:
            no = no.no
        return Choice(condition, yes, no)

    def merge_states(self, condition: Truth, yes: State, no: State) -> State:
        """Return the state where two paths meet."""
        if isinstance(condition, bool) or yes is no:
            return yes if condition else no
        self.step(1 + (len(yes.parts) + len(no.parts)) // 16)
        merged: dict[Ref, Parts] = {}
        for ref, only in {**no.parts, **yes.parts}.items():
            base = yes.base.get(ref)
            one, other = yes.parts.get(ref, base), no.parts.get(ref, base)
            if one is None or other is None:
                merged[ref] = only
            else:
                merged[ref] = one if one is other else self._merge_parts(condition, ref, one, other)
        return State(yes.base, merged)

    def _merge_parts(self, condition: Node, ref: Ref, yes: Parts, no: Parts) -> Parts:
        if isinstance(yes, list) and isinstance(no, list) and (merged := self._merge_lists(condition, yes, no)):
            return merged
        if isinstance(yes, dict) and isinstance(no, dict):
            if ref.kind == "scope":
                names = {**yes, **no}
                return {name: self.merge(condition, yes.get(name, _NOT_YET), no.get(name, _NOT_YET)) for name in names}
            if [*yes] == [*no]:
                return {name: self.merge(condition, yes[name], no[name]) for name in yes}
        if _depth(yes) + _depth(no) > _MAX_FORMS:
            raise Declined("an object with too many possible shapes")
        return Split(condition, yes, no)

    def _merge_lists(self, condition: Node, yes: list[Any], no: list[Any]) -> list[Any] | None:
        """The elements of both, those at the end of the longer one as elements that are there at some pixels."""
        merged: list[Any] = []
        for a, b in zip(yes, no, strict=False):
            if a is b:
                merged.append(a)
            elif isinstance(a, Maybe) or isinstance(b, Maybe):
                if not (isinstance(a, Maybe) and isinstance(b, Maybe) and a.mask is b.mask):
                    return None
                merged.append(Maybe(a.mask, self.merge(condition, a.value, b.value), a.place))
            elif len(yes) == len(no) or same(a, b):
                merged.append(self.merge(condition, a, b))
            else:
                return None
        longer, holds = (yes, condition) if len(yes) > len(no) else (no, self.graph.negate(condition))
        for part in longer[len(merged) :]:
            mask = self.graph.both(holds, part.mask if isinstance(part, Maybe) else True)
            merged.append(Maybe(self.graph.node(mask), part.value if isinstance(part, Maybe) else part))
        return merged or None

    def parts(self, ref: Ref) -> Parts:
        """Return the parts of an object, in the one form it has on this path if that is known."""
        parts = self.state.read(ref)
        while isinstance(parts, Split):
            holds = self.settled(parts.condition)
            if not isinstance(holds, bool):
                break
            parts = parts.yes if holds else parts.no
        if isinstance(parts, list) and any(isinstance(part, Maybe) for part in parts):
            return [part for part in map(self._settled_part, parts) if part is not None]
        return parts

    def _settled_part(self, part: Any) -> Any:
        """An element, without its mask where that holds on this path; None where it is not there."""
        holds = self.settled(part.mask) if isinstance(part, Maybe) else True
        if isinstance(holds, bool):
            return (part.value if isinstance(part, Maybe) else part) if holds else None
        return part

    def with_parts(self, ref: Ref, work: Callable[[Any], Value]) -> Value:
        """Return what some work gives for the parts of an object, which may have several forms."""
        parts = self.parts(ref)
        if isinstance(parts, Split):

            def again() -> Value:  # on a path where the form is known
                return self.with_parts(ref, work)

            return self.branch(parts.condition, again, again)
        return work(parts)


_NOT_YET = Unknown("uses a variable before its declaration")


def _depth(parts: Parts) -> int:
    return 1 + max(_depth(parts.yes), _depth(parts.no)) if isinstance(parts, Split) else 0


def _change(parts: Parts, change: Callable[[Any], None]) -> None:
    if isinstance(parts, Split):
        _change(parts.yes, change)
        _change(parts.no, change)
    else:
        change(parts)


def _learn(known: dict[Node, bool], condition: Node, holds: bool) -> None:
    known[condition] = holds
    if condition.op == "not":
        _learn(known, condition.args[0], not holds)
    elif (condition.op, holds) in (("and", True), ("or", False)):
        for part in condition.args:
            _learn(known, part, holds)
    elif condition.op in ("and", "or"):  # one of two parts decides it, and the other one does not
        one, other = condition.args
        if _is_known(known, one, not holds):
            _learn(known, other, holds)
        elif _is_known(known, other, not holds):
            _learn(known, one, holds)


def _is_known(known: dict[Node, bool], condition: Node, holds: bool) -> bool:
    if condition.op == "not":
        condition, holds = condition.args[0], not holds
    return known.get(condition) is holds


def undefined(value: Any) -> Value:
    """Return a value that was read, which may be nothing."""
    return UNDEFINED if value is None else value
