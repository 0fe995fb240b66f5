"""The difference in meaning between two scripts: on which inputs they store something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.errors import OsoError, PixelError
from oso_evalscript.runtime.kernel import STORED
from oso_evalscript.runtime.program import Program
from oso_evalscript.testing.domain import LARGEST, Axis, Domain, find_domain, grid_shape
from oso_evalscript.testing.doubt import doubt
from oso_evalscript.testing.where import line_of

Sample = Mapping[str, Any]
"""`samples` at a pixel: band → number, or lists of such."""

_MOST_FAILING = 2**9
"""On how many inputs scripts may fail: each of them is run alone, for some 10 ms."""


class Incomparable(OsoError):
    """Two scripts promise different outputs, or read what cannot be given to both."""


class _Patience:
    """How many more inputs may be run alone because a script fails on them."""

    def __init__(self) -> None:
        self.left = _MOST_FAILING


@dataclass(frozen=True, slots=True)
class Difference:
    """What is known of the difference between two scripts.

    Attributes:
        tried: on how many inputs both were run.
        total: how many inputs there are, None where not all were tried.
        differing: on how many of those tried they are known to differ.
        inputs: the smallest input on which they differ, None where there is none.
        outputs: what each of them stores there, or the sentence with which it fails.
        lines: the line of each script that gives that, where it is known.
        by_code: band → for each of its values with a difference the number of inputs; for bands of codes.
        doubt: why being the same on every input is no proof; empty where it is one, or where nothing was the same.
    """

    tried: int
    total: int | None
    differing: int
    inputs: Sample | None = None
    outputs: tuple[Mapping[str, tuple[float, ...]] | str, ...] = ()
    lines: tuple[int | None, ...] = ()
    by_code: Mapping[str, Mapping[int, int]] | None = None
    doubt: str = ""

    @property
    def same(self) -> bool:
        """Whether no difference was found."""
        return self.differing == 0


def shared_domain(one: Program, other: Program) -> Domain | str:
    """Return every input of two scripts together; in a few words why there are too many where there are.

    Raises:
        Incomparable: they promise different outputs.
    """
    check_comparable(one, other)
    domains = [find_domain(one), find_domain(other)]
    axes: dict[str, Axis] = {}
    for domain in domains:
        if isinstance(domain, str):
            return domain
        for axis in domain.axes:
            known = axes.get(axis.band, axis)
            axes[axis.band] = Axis(axis.band, np.union1d(known.values, axis.values))
    shared = Domain(tuple(sorted(axes.values(), key=lambda axis: axis.band == "dataMask")))
    return shared if shared.size <= LARGEST else f"there are {shared.size:,} of them"


def check_comparable(one: Program, other: Program) -> None:
    """Raise Incomparable, with both contracts, where two scripts promise different outputs."""
    contracts = [
        {output.id: (output.bands, STORED[output.sample_type]) for output in program.setup.outputs}
        for program in (one, other)
    ]
    if contracts[0] != contracts[1]:
        words = " and ".join(f"{program.source.name} promises {_promise(program)}" for program in (one, other))
        raise Incomparable(f"the scripts cannot be compared: {words}")
    shapes = [(program.setup.fusion, program.setup.mosaicking) for program in (one, other)]
    if shapes[0] != shapes[1]:
        raise Incomparable("the scripts cannot be compared: their samples have different shapes (mosaicking, inputs)")


def compare(
    one: Program,
    other: Program,
    domain: Domain,
    *,
    tolerance: float = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Difference:
    """Return the difference between two scripts over a whole domain.

    Args:
        one: a script.
        other: the one to compare it with.
        domain: every input of both; see `shared_domain`.
        tolerance: by how much stored samples may differ.
        progress: told after each block how many inputs of how many are done.

    Raises:
        Incomparable: they fail on too many inputs, without a difference before.
    """
    patience = _Patience()
    tally = _Tally(domain, _coded(one, other))
    for inputs in domain.blocks():
        shape = grid_shape(inputs)
        flat = {name: np.broadcast_to(values, shape).reshape(1, -1) for name, values in inputs.items()}
        tally.add(flat, _differs(one, other, flat, tolerance, patience))
        if progress is not None:
            progress(tally.tried, domain.size)
        if not patience.left:
            break
    if tally.first is not None:
        outputs = tuple(stored_at(program, tally.first) for program in (one, other))
        lines = tuple(line_of(program, _own(program, tally.first)) for program in (one, other))
        total = domain.size if patience.left else None
        return Difference(tally.tried, total, tally.differing, tally.first, outputs, lines, tally.by_code)
    if not patience.left:
        raise Incomparable(
            f"the scripts cannot be compared: within {tally.tried:,} inputs they fail on {_MOST_FAILING:,} and more; "
            "`oso-evalscript test` says on which"
        )
    return Difference(tally.tried, domain.size, 0, doubt=_doubt(one, other))


class _Tally:
    """What has been counted of a difference so far: on which inputs, and on how many for each code."""

    def __init__(self, domain: Domain, coded: set[str]) -> None:
        self.tried = 0
        self.differing = 0
        self.first: Sample | None = None
        self.by_code: dict[str, dict[int, int]] = {axis.band: {} for axis in domain.axes if axis.band in coded}

    def add(self, flat: Mapping[str, NDArray[Any]], mask: NDArray[np.bool_]) -> None:
        """Count the inputs of a block that differ; blocks come in order."""
        self.tried += mask.size
        if not mask.any():
            return
        self.differing += int(np.count_nonzero(mask))
        if self.first is None:
            self.first = {name: values[0, int(np.argmax(mask))].item() for name, values in flat.items()}
        for band, found in self.by_code.items():
            for code, count in zip(*np.unique(flat[band][0, mask], return_counts=True), strict=True):
                found[int(code)] = found.get(int(code), 0) + int(count)


def _coded(one: Program, other: Program) -> set[str]:
    """The bands that hold codes, for which differences are told code by code."""
    origins = (origin for program in (one, other) for origin in program.origins if origin)
    bands = (band for origin in origins for band in origin.bands)
    return {band.name for band in bands if band.nomenclature or band.values} - {"dataMask"}


def stored_at(program: Program, inputs: Sample) -> Mapping[str, tuple[float, ...]] | str:
    """Return what a script stores for one input, or the sentence with which it fails."""
    try:
        outputs = program.run({name: [[value]] for name, value in _own(program, inputs).items()}, blank=False)
    except PixelError as error:
        return str(error).split("\n")[0]
    return {id_: tuple(array[:, 0, 0].tolist()) for id_, array in outputs.items()}


def _differs(
    one: Program, other: Program, flat: Mapping[str, NDArray[Any]], tolerance: float, patience: _Patience
) -> NDArray[np.bool_]:
    """For each input whether the scripts differ; where one of them fails, a pixel at a time."""
    try:
        results = [program.run(flat, blank=False) for program in (one, other)]
    except PixelError:
        return _differs_by_pixel(one, other, flat, tolerance, patience)
    mask = np.zeros(next(iter(flat.values())).size, bool)
    for id_, array in results[0].items():
        mask |= _unequal(array, results[1][id_], tolerance).any(axis=0).reshape(-1)
    return mask


def _differs_by_pixel(
    one: Program, other: Program, flat: Mapping[str, NDArray[Any]], tolerance: float, patience: _Patience
) -> NDArray[np.bool_]:
    """The same in halves, down to single inputs: one on which a script fails differs unless both fail.

    What patience does not reach is not known to differ.
    """
    total = next(iter(flat.values())).size
    if not patience.left:
        return np.zeros(total, bool)
    if total == 1:
        inputs = {name: values[0, 0].item() for name, values in flat.items()}
        first, second = (stored_at(program, inputs) for program in (one, other))
        if isinstance(first, str) or isinstance(second, str):
            patience.left -= 1
            return np.array([isinstance(first, str) != isinstance(second, str)])
        return np.array([any(_unequal(np.array(first[id_]), np.array(second[id_]), tolerance).any() for id_ in first)])
    half = total // 2
    parts = [{name: values[:, part] for name, values in flat.items()} for part in (slice(0, half), slice(half, None))]
    return np.concatenate([_differs(one, other, part, tolerance, patience) for part in parts])


def _doubt(one: Program, other: Program) -> str:
    """Why two scripts may differ though they never did: one of them depends on more than its inputs."""
    doubts = [(program.source.name, doubt(program.source)) for program in (one, other)]
    return "; ".join(f"{name}: {why}" for name, why in doubts if why)


def _unequal(array: NDArray[Any], other: NDArray[Any], tolerance: float) -> NDArray[np.bool_]:
    same = (array == other) | ((array != array) & (other != other))
    if tolerance:
        same |= np.abs(array.astype(np.float64) - other.astype(np.float64)) <= tolerance
    different: NDArray[np.bool_] = ~same
    return different


def _own(program: Program, inputs: Sample) -> dict[str, float]:
    return {name: value for name, value in inputs.items() if name in program.setup.bands}


def _promise(program: Program) -> str:
    parts = [
        f"{output.bands} band{'s' * (output.bands != 1)} of {output.sample_type} as `{output.id}`"
        for output in program.setup.outputs
    ]
    return ", ".join(parts)
