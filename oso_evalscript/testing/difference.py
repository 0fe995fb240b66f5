"""The difference in meaning between two scripts: on which inputs they store something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.errors import LIMITS, OsoError, ScriptError
from oso_evalscript.runtime.arguments import check_opened
from oso_evalscript.runtime.kernel import STORED
from oso_evalscript.runtime.program import Program
from oso_evalscript.testing.compare import differing, of_one_pixel, stored_by, stores_nothing
from oso_evalscript.testing.domain import LARGEST, Axis, Domain, find_domain, grid_shape
from oso_evalscript.testing.doubt import doubt_of
from oso_evalscript.testing.where import line_of

Sample = Mapping[str, Any]
"""`samples` at a pixel: band → number, or lists of such."""

Observed: TypeAlias = Mapping[str, tuple[float, ...]] | str
"""What a script stores at a pixel, output id → the values of its bands, or the sentence with which it fails."""

_MAX_FAILING = 2**9
"""On how many inputs scripts may fail or return nothing: each of them is run alone, for some 10 ms."""


class Incomparable(OsoError):
    """Two scripts promise different outputs, read what cannot be given to both, or store nothing to compare."""


class _Patience:
    """How many more inputs may be run alone because a script fails or returns nothing on them."""

    def __init__(self) -> None:
        self.left = _MAX_FAILING


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
    outputs: tuple[Observed, ...] = ()
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
    check_opened(one, other)
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
        progress: called after each block with the number of inputs done, and of all.

    Raises:
        Incomparable: neither stores anything for any input, or they fail on too many, without a difference before.
    """
    patience = _Patience()
    tally = _Tally(domain, _coded(one, other))
    for inputs in domain.blocks():
        shape = grid_shape(inputs)
        flat = {name: np.broadcast_to(values, shape).reshape(1, -1) for name, values in inputs.items()}
        tally.add(flat, *_differs(one, other, flat, tolerance, patience))
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
            f"the scripts cannot be compared: within {tally.tried:,} inputs they fail on {_MAX_FAILING:,} and more; "
            "`oso-evalscript test` says on which"
        )
    if not tally.stored:
        raise nothing_to_compare(f"on none of {tally.tried:,} inputs")
    return Difference(tally.tried, domain.size, 0, doubt=_doubt(one, other))


def nothing_to_compare(where: str) -> Incomparable:
    """Return the error for two scripts that never store anything; `where` says on what they were tried."""
    return Incomparable(
        f"the scripts cannot be compared: {where} does either of them store anything (pixels are compared, not user "
        "data); `oso-evalscript test` says whether they fail"
    )


class _Tally:
    """What has been counted of a difference so far: on which inputs, and on how many for each code."""

    def __init__(self, domain: Domain, coded: set[str]) -> None:
        self.tried = 0
        self.differing = 0
        self.stored = False
        self.first: Sample | None = None
        self.by_code: dict[str, dict[int, int]] = {axis.band: {} for axis in domain.axes if axis.band in coded}

    def add(self, flat: Mapping[str, NDArray[Any]], mask: NDArray[np.bool_], stored: bool) -> None:
        """Count the inputs of a block that differ; blocks come in order. `stored`: whether anything was stored."""
        self.tried += mask.size
        self.stored |= stored
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
    return {band.name for band in bands if band.meanings} - {"dataMask"}


def stored_at(program: Program, inputs: Sample) -> Observed:
    """Return what a script stores for one input, or the sentence with which it fails."""
    try:
        outputs = program.run(
            {name: [[value]] for name, value in _own(program, inputs).items()}, blank=False, strict=True
        )
    except LIMITS:
        raise
    except ScriptError as error:
        return str(error).split("\n")[0]
    return {id_: tuple(array[:, 0, 0].tolist()) for id_, array in stored_by(outputs, 1).items()}


def differ_at_a_pixel(first: Observed, second: Observed, tolerance: float) -> tuple[bool, bool]:
    """Return whether two scripts differ at a pixel, and whether either of them stores anything there.

    One that fails stores nothing, like one that returns nothing.
    """
    stored, other = ({} if isinstance(one, str) else of_one_pixel(one) for one in (first, second))
    return bool(differing(stored, other, 1, tolerance).any()), not (stores_nothing(stored) and stores_nothing(other))


def _differs(
    one: Program, other: Program, flat: Mapping[str, NDArray[Any]], tolerance: float, patience: _Patience
) -> tuple[NDArray[np.bool_], bool]:
    """For each input whether the scripts differ, and whether anything is stored; a pixel at a time where one fails."""
    total = next(iter(flat.values())).size
    try:
        stored, others = (stored_by(program.run(flat, blank=False, strict=True), total) for program in (one, other))
    except LIMITS:
        raise
    except ScriptError:
        return _differs_by_pixel(one, other, flat, tolerance, patience)
    return differing(stored, others, total, tolerance), not (stores_nothing(stored) and stores_nothing(others))


def _differs_by_pixel(
    one: Program, other: Program, flat: Mapping[str, NDArray[Any]], tolerance: float, patience: _Patience
) -> tuple[NDArray[np.bool_], bool]:
    """The same in halves, down to single inputs: one on which a script fails differs if the other stores something.

    What patience does not reach is not known to differ.
    """
    total = next(iter(flat.values())).size
    if not patience.left:
        return np.zeros(total, bool), False
    if total == 1:
        inputs = {name: values[0, 0].item() for name, values in flat.items()}
        mine, its = (stored_at(program, inputs) for program in (one, other))
        patience.left -= any(isinstance(seen, str) or not seen for seen in (mine, its))
        differs, stored = differ_at_a_pixel(mine, its, tolerance)
        return np.array([differs]), stored
    half = total // 2
    parts = [{name: values[:, part] for name, values in flat.items()} for part in (slice(0, half), slice(half, None))]
    found = [_differs(one, other, part, tolerance, patience) for part in parts]
    return np.concatenate([mask for mask, _ in found]), any(stored for _, stored in found)


def _doubt(one: Program, other: Program) -> str:
    """Why two scripts may differ though they never did: one of them depends on more than its inputs."""
    doubts = [(program.source.name, doubt_of(program)) for program in (one, other)]
    return "; ".join(f"{name}: {why}" for name, why in doubts if why)


def _own(program: Program, inputs: Sample) -> dict[str, float]:
    return {name: value for name, value in inputs.items() if name in program.setup.bands}


def _promise(program: Program) -> str:
    parts = [
        f"{output.bands} band{'s' * (output.bands != 1)} of {output.sample_type} as `{output.id}`"
        for output in program.setup.outputs
    ]
    return ", ".join(parts)
