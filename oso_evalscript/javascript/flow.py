"""Which objects may stand where: inclusion between sets of objects, solved by following every object as far as it goes.

A *cell* is anything that holds a value: a variable, an expression, what a function returns. Its set names the
objects it may hold; an empty set means numbers, strings and the like. An object stands for everything made at one
place of the text, and has one cell for all that lies directly in it. One object, `SHARED`, stands for everything that
was there before the call, however deep.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_

Cell = int | None
"""A cell by its number; None where a value is no object for certain."""

SHARED = 0
"""The cell that holds the object `SHARED`; what lies in that object is `SHARED` again."""

_MAX_OBJECTS = 128
"""How many objects are told apart; those beyond count as one, which errs on the side of taking them for the same."""
_MAX_STEPS = 500_000


class TooTangled(Exception):
    """The script has too many ways from object to object to be followed."""


class Flow:
    """Cells, and the ways values go between them."""

    def __init__(self) -> None:
        self._objects = [1]  # per cell, a bit for each object
        self._inside = [SHARED]  # per object, the cell of what lies in it
        self._copies: list[set[int]] = [set()]
        self._reads: list[list[int]] = [[]]
        self._stores: list[list[int]] = [[]]

    def cell(self) -> int:
        """Return a new cell, empty so far."""
        self._objects.append(0)
        self._copies.append(set())
        self._reads.append([])
        self._stores.append([])
        return len(self._objects) - 1

    def make(self) -> int:
        """Return a new cell that holds a new object, empty so far."""
        cell = self.cell()
        if len(self._inside) < _MAX_OBJECTS:
            self._inside.append(self.cell())
        self._objects[cell] = 1 << (len(self._inside) - 1)
        return cell

    def copy(self, value: Cell, target: Cell) -> None:
        """Let `target` hold whatever `value` holds."""
        if value is not None and target is not None and value != target:
            self._copies[value].add(target)

    def store(self, value: Cell, target: Cell) -> None:
        """Put what `value` holds into the objects that `target` holds."""
        if value is not None and target is not None and target != SHARED:
            self._stores[target].append(value)

    def join(self, *values: Cell) -> Cell:
        """Return a cell that holds what any of the given ones holds."""
        there = {value for value in values if value is not None}
        if len(there) < 2:
            return there.pop() if there else None
        cell = self.cell()
        for value in there:
            self.copy(value, cell)
        return cell

    def inside(self, value: Cell) -> Cell:
        """Return a cell that holds what lies in the objects of `value`."""
        if value is None or value == SHARED:
            return value
        cell = self.cell()
        self._reads[value].append(cell)
        return cell

    def within(self, value: Cell) -> Cell:
        """Return a cell that holds what `value` holds and all that lies in it, however deep."""
        if value is None or value == SHARED:
            return value
        cell = self.cell()
        self.copy(value, cell)
        self._reads[cell].append(cell)
        return cell

    def solve(self) -> None:
        """Let every object go as far as it goes.

        Raises:
            TooTangled: that takes too long.
        """
        done = [0] * len(self._objects)
        waiting = [cell for cell, objects in enumerate(self._objects) if objects]
        steps = 0
        while waiting:
            cell = waiting.pop()
            new = self._objects[cell] & ~done[cell]
            if not new:
                continue
            done[cell] |= new
            for target in self._copies[cell]:
                self._add(target, new, waiting)
            steps += len(self._copies[cell]) + 1
            if self._reads[cell] or self._stores[cell]:
                for inside in self._insides(new):
                    steps += len(self._reads[cell]) + len(self._stores[cell])
                    for target in self._reads[cell]:
                        self._link(inside, target, waiting)
                    for value in self._stores[cell]:
                        self._link(value, inside, waiting)
            if steps > _MAX_STEPS:
                raise TooTangled

    def is_new(self, value: Cell) -> bool:
        """Whether a value is some object made in the call, and can be nothing else; to be asked once all is solved."""
        return value is not None and self._objects[value] > 1 and not self._objects[value] & 1

    def nests(self, *, but: Iterable[int] = ()) -> bool:
        """Whether some object made in the call may lie in itself, however deep; to be asked once all is solved.

        Args:
            but: cells with objects that do not count.
        """
        ignored = reduce(or_, (self._objects[cell] for cell in but), 1)
        within = [self._objects[cell] & ~ignored for cell in self._inside]
        leaves = True
        left = (1 << len(within)) - 1 & ~ignored
        while left and leaves:  # what holds nothing that is left is no part of a circle
            leaves = False
            for number, inside in enumerate(within):
                if left >> number & 1 and not inside & left:
                    left &= ~(1 << number)
                    leaves = True
        return bool(left)

    def _insides(self, objects: int) -> Iterator[int]:
        while objects:
            lowest = objects & -objects
            yield self._inside[lowest.bit_length() - 1]
            objects ^= lowest

    def _link(self, value: int, target: int, waiting: list[int]) -> None:
        if target != value and target != SHARED and target not in self._copies[value]:
            self._copies[value].add(target)
            self._add(target, self._objects[value], waiting)

    def _add(self, target: int, objects: int, waiting: list[int]) -> None:
        if objects & ~self._objects[target]:
            self._objects[target] |= objects
            waiting.append(target)
