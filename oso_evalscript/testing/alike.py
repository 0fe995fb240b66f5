"""Inputs that a script cannot tell apart: where one of them is tried, all of them are.

Of a confidence that is only compared with 60, the text of a script proves that 0 to 59 give one result and 60 to 255
another. V8 runs the script on one input of each kind; a sample of all inputs says whether the proof was right.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.runtime.program import Program
from oso_evalscript.testing.compare import Stored, differing
from oso_evalscript.testing.domain import Axis, Domain

Array = NDArray[Any]

_WORTH = 2**20  # inputs; fewer are tried as fast as the text is read
_SHARE = 4  # each input that is tried has to stand for so many on average
_MAX_INPUTS = 2**20  # inputs tried, times that
_SAMPLE = 2**16


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """The kinds of inputs of a domain.

    Attributes:
        domain: all inputs.
        places: for each axis the number of the kind of each value; kinds are in the order of their first values.
    """

    domain: Domain
    places: Mapping[str, NDArray[np.intp]]

    def first(self) -> Domain:
        """Return the first input of each kind."""
        firsts = [np.unique(self.places[axis.band], return_index=True)[1] for axis in self.domain.axes]
        return Domain(
            tuple(Axis(axis.band, axis.values[at]) for axis, at in zip(self.domain.axes, firsts, strict=True))
        )

    def weights(self) -> Array:
        """Return how many inputs are of each kind, in the order of `first`."""
        counts = [np.bincount(self.places[axis.band]) for axis in self.domain.axes]
        return reduce(np.multiply.outer, counts).reshape(1, -1)

    def sample(self) -> tuple[dict[str, Array], NDArray[np.intp]]:
        """Return some of all inputs, as rows, and the number of the kind of each."""
        drawn = np.random.default_rng(0).integers(0, self.domain.size, _SAMPLE)
        at = np.unravel_index(drawn, [len(axis.values) for axis in self.domain.axes])
        values = list(zip(self.domain.axes, at, strict=True))
        kinds = tuple(self.places[axis.band][index] for axis, index in values)
        return {axis.band: axis.values[index][np.newaxis] for axis, index in values}, np.ravel_multi_index(
            kinds, self._counts()
        )

    def spread(self, stored: Stored, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return what is stored for the inputs of a block, as arrays of shape (band, *shape of the block).

        Args:
            stored: what is stored for the first input of each kind.
            inputs: the block: the values of each band along an axis of its own.
        """
        axes = {axis.band: (number + 1, axis.values) for number, axis in enumerate(self.domain.axes)}
        order = (0, *(axes[band][0] for band in inputs))
        found = {
            id_: np.asarray(array).reshape(len(array), *self._counts()).transpose(order)
            for id_, array in stored.items()
        }
        chosen = {
            number: self.places[band][np.searchsorted(axes[band][1], inputs[band].reshape(-1))]
            for number, band in enumerate(inputs, 1)
        }
        # What is copied last is copied in the longest pieces, but first comes what leaves kinds out.
        counts = (0, *(self._counts()[place - 1] for place in order[1:]))
        for number in sorted(chosen, key=lambda number: (len(chosen[number]) >= counts[number], -number)):
            found = {id_: array.take(chosen[number], axis=number) for id_, array in found.items()}
        return found

    def _counts(self) -> tuple[int, ...]:
        return tuple(int(self.places[axis.band].max()) + 1 for axis in self.domain.axes)


def find_kinds(program: Program, domain: Domain, apart: Collection[str] = ()) -> Kinds | None:
    """Return the kinds of inputs that a script tells apart; None where the text proves nothing that pays.

    Args:
        program: the script.
        domain: its inputs.
        apart: bands whose values are all of different kinds.

    Raises:
        ScriptError: the script fails before the first pixel.
    """
    if domain.size < _WORTH:
        return None
    longest = max(len(axis.values) for axis in domain.axes)
    rows = {axis.band: np.pad(axis.values, (0, longest - len(axis.values)), "edge") for axis in domain.axes}
    firsts = program.first_alike({band: values[np.newaxis] for band, values in rows.items()})
    if firsts is None:
        return None
    each = np.arange(longest)
    places = {
        axis.band: np.unique(
            (each if axis.band in apart else firsts[axis.band])[: len(axis.values)], return_inverse=True
        )[1]
        for axis in domain.axes
    }
    kinds = Kinds(domain, places)
    return kinds if kinds.first().size * _SHARE <= min(domain.size, _MAX_INPUTS) else None


def agrees(program: Program, kinds: Kinds, stored: Stored) -> bool:
    """Return whether the script stores for a sample of all inputs what it stores for the first of their kinds."""
    inputs, numbers = kinds.sample()
    seen = program.run(inputs, blank=False)
    if seen.silent or seen.surplus:
        return False
    claimed = {id_: np.asarray(array).reshape(len(array), -1)[:, numbers] for id_, array in stored.items()}
    return not differing(claimed, seen, len(numbers)).any()
