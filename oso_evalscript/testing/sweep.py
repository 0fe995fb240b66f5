"""Sweeps: properties looked at on every input there is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.errors import LIMITS, PixelError, ScriptError
from oso_evalscript.runtime.outputs import Fit, Outputs
from oso_evalscript.runtime.program import Program
from oso_evalscript.testing.alike import Kinds, agrees, find_kinds
from oso_evalscript.testing.answers import Answers, filled
from oso_evalscript.testing.compare import Array, Stored, differing, stores_nothing
from oso_evalscript.testing.domain import Domain, grid_shape
from oso_evalscript.testing.doubt import doubt_of
from oso_evalscript.testing.fit import Fits, Moment, fault_count, faults, foreign
from oso_evalscript.testing.properties import (
    BASIC,
    STORES_NOTHING,
    Block,
    Counterexample,
    Outcome,
    Property,
    Verdict,
    delivered,
    expected_at,
)
from oso_evalscript.testing.where import line_named, line_of, reopened, returned_nothing, without_line, without_place

Progress = Callable[[int, int], None]
"""Observed how many inputs of how many are done."""

_TRIAL_SECONDS = 2.0  # of a sweep, before its rate says how long the whole will take

_AT_ONCE = 2**18  # inputs whose results are looked at together; more would not stay in the cache


_WITHOUT_VALUES = ("total", "deterministic", "pixelwise")
"""What can be said of a script that never stores a value."""


class TooSlow(Exception):  # `check` catches it and samples instead
    """A sweep would take longer than allowed."""


def sweep(
    program: Program,
    domain: Domain,
    properties: Sequence[Property] = (),
    *,
    basic: Sequence[str] = BASIC,
    codes: Mapping[str, tuple[int, ...]] = MappingProxyType({}),
    progress: Progress | None = None,
    patience: float | None = None,
) -> list[Verdict]:
    """Return a verdict on each of the basic properties asked for and on each further one, in that order.

    Nothing is called proved unless the text shows that results depend on the pixel alone: of a script that may keep
    state, each input was seen in one order of all the possible ones; of one that reads scenes or metadata, with one
    set of them.

    Args:
        program: the script; its samples are one object.
        domain: every input that it can be given.
        properties: those that apply to it.
        basic: which of the properties that every script should have.
        codes: the class codes that bands hold, by the name of the band.
        progress: called after each block with the number of inputs done, and of all.
        patience: the most seconds that a pass may take, estimated from the first ones; by default there is no limit.

    Raises:
        TooSlow: it would take longer.
    """
    usual = [item for item in properties if not item.along]
    verdicts = _Pass(program, domain, usual, basic, codes).run(progress, patience)
    for item in properties:
        if item.along:
            verdicts.update(_Pass(program, domain.with_last(item.along), [item], (), codes).run(None, patience))
    return [verdicts[name] for name in (*basic, *(item.name for item in properties))]


@dataclass
class _Finding:
    """What a pass has seen of one property so far."""

    failing: int = 0
    message: str = ""
    counterexample: Counterexample | None = None


class _Pass:
    """One walk over a domain."""

    def __init__(
        self,
        program: Program,
        domain: Domain,
        properties: Sequence[Property],
        basic: Sequence[str],
        codes: Mapping[str, tuple[int, ...]],
    ) -> None:
        self._program = program
        self._domain = domain
        self._properties = properties
        self._basic = basic
        self._codes = codes
        self._found = {name: _Finding() for name in (*basic, *(item.name for item in properties))}
        impurity = program.impurity()
        self._state = None if impurity is None else impurity.words
        self._doubt = doubt_of(program)
        self._checks = not {"fits_sample_type", "keeps_contract"}.isdisjoint(basic)
        self._tried = 0
        self._asked: set[str] = set()
        self._obstacles: dict[str, str] = {}
        self._answers = Answers()
        self._quiet = False  # whether nothing was returned for any input
        self._silent: Mapping[str, Any] | None = None  # the first such input with data
        self._stored = False  # whether anything was stored for any input
        self._fits = Fits()
        self._moments: dict[Moment, Counterexample] = {}  # where that began to show which all inputs together decide

    def run(self, progress: Progress | None, patience: float | None = None) -> dict[str, Verdict]:
        by_kind = self._by_kind()
        failure = self._walk(progress, patience) if by_kind is None else self._spread(*by_kind, progress)
        if not failure:
            self._note_loss()
        return {name: self._verdict(name, finding, failure) for name, finding in self._found.items()}

    def _by_kind(self) -> tuple[Kinds, Stored] | None:
        """Try one input of each kind that the script tells apart; None where each input has to be tried.

        That is so where something is wrong with one of them, too: which inputs are, only trying them shows.
        """
        if self._state is not None:
            return None
        try:
            kinds = find_kinds(self._program, self._domain, self._codes)
            if kinds is None:
                return None
            first = kinds.first()
            inputs = dict(zip(self._domain.bands, np.ix_(*(axis.values for axis in first.axes)), strict=True))
            outputs = self._outputs(_flat(inputs), weights=kinds.weights())
            stored = filled(outputs)
            if (
                outputs.silent
                or outputs.surplus
                or foreign(outputs.fits)
                or faults(outputs.fits)
                or not agrees(self._program, kinds, stored)
            ):
                return None
        except LIMITS:
            raise
        except ScriptError:
            return None
        self._stored = not stores_nothing(stored)
        self._add_fits(outputs.fits, inputs, stored)
        return kinds, stored

    def _spread(self, kinds: Kinds, stored: Stored, progress: Progress | None) -> str:
        """Look at all inputs, whose results are those of the first of their kind."""
        along = any(item.along for item in self._properties)
        for inputs in (self._domain if along else self._domain.with_long_rows()).blocks(_AT_ONCE):
            shape = grid_shape(inputs)
            found = kinds.spread(stored, inputs)
            self._tried += math.prod(shape)
            self._look(inputs, {id_: array.reshape(len(array), 1, -1) for id_, array in found.items()})
            if progress is not None:
                progress(self._tried, self._domain.size)
        return ""

    def _walk(self, progress: Progress | None, patience: float | None) -> str:
        """Try all inputs, block by block; returns against which property it is where the script fails."""
        start = time.monotonic()

        def look_at_the_clock(done: int, _: int) -> None:
            passed = time.monotonic() - start
            share = (self._tried + done) / self._domain.size
            if patience is not None and passed > _TRIAL_SECONDS and passed > patience * share:
                raise TooSlow

        for inputs in self._domain.blocks():
            size = math.prod(grid_shape(inputs))
            flat = _flat(inputs)
            try:
                outputs = self._outputs(flat, progress=look_at_the_clock)
            except LIMITS:
                raise
            except ScriptError as error:
                return self._fail(error)
            self._tried += size
            if failure := self._silence(inputs, outputs, size):
                return failure
            stored = filled(outputs)
            if "keeps_contract" in self._basic:
                worst = max((fit.foreign for fit in outputs.fits), default=0)
                self._note_places("keeps_contract", foreign(outputs.fits), worst, inputs, stored)
            if "fits_sample_type" in self._basic:
                self._note_places("fits_sample_type", faults(outputs.fits), fault_count(outputs.fits), inputs, stored)
            self._add_fits(outputs.fits, inputs, stored)
            self._look(inputs, stored)
            if self._state is not None and not stores_nothing(stored):
                self._repeat(inputs, flat, stored)
            if progress is not None:
                progress(self._tried, self._domain.size)
        return ""

    def _outputs(
        self, flat: Mapping[str, Array], *, weights: Array | None = None, progress: Progress | None = None
    ) -> Outputs:
        return self._program.run(
            flat, blank=False, check=self._checks, codes=self._codes, weights=weights, progress=progress
        )

    def _fail(self, error: ScriptError) -> str:
        """Note that the script failed, mostly at a pixel; returns which property that is against."""
        thrown = not isinstance(error, PixelError) or error.thrown
        silent = isinstance(error, PixelError) and error.silent
        name = "total" if thrown or silent else "keeps_contract"
        if name in self._found:
            finding = self._found[name]
            finding.failing = 1
            message, inputs = without_place(str(error)), _inputs_of(error)
            line = line_named(message) if thrown else line_of(self._program, inputs)
            finding.message = message if thrown else without_line(message)
            finding.counterexample = Counterexample(inputs, line=line)
        return name

    def _silence(self, grid: Mapping[str, Array], outputs: Outputs, pixels: int) -> str:
        """Note that the script returned nothing for some inputs with data, and something for others; against what."""
        self._stored |= not stores_nothing(outputs)
        at = self._answers.add(outputs, pixels)
        if not any(output.bands for output in self._program.setup.outputs):
            return ""
        self._quiet |= outputs.silent > 0
        if at is not None and self._silent is None:
            self._silent = self._inputs(at, grid)
        if self._silent is None or not self._stored:
            return ""
        if "total" in self._found:
            finding = self._found["total"]
            finding.failing, finding.message = 1, returned_nothing(self._program)
            finding.counterexample = Counterexample(self._silent, {}, line=line_of(self._program, self._silent))
        return "total"

    def _look(self, inputs: Mapping[str, Array], stored: Stored) -> None:
        """Look at the properties of what is stored for the inputs of a block."""
        shape = grid_shape(inputs)
        arrays = {id_: array.reshape(len(array), *shape) for id_, array in stored.items()}
        block = Block(delivered(self._program.setup, stored), inputs, arrays, shape)
        for item in self._properties:
            if obstacle := item.obstacle(block.setup):
                self._obstacles[item.name] = obstacle
                continue
            self._asked.add(item.name)
            mask = np.broadcast_to(item.fails(block), shape)
            self._note(item.name, item.fault, mask.reshape(-1), inputs, stored, item)

    def _add_fits(self, fits: Sequence[Fit], inputs: Mapping[str, Array], stored: Stored) -> None:
        if "fits_sample_type" in self._basic:
            for moment, at in self._fits.add(fits).items():
                self._moments[moment] = self._seen_at(at, inputs, stored)

    def _repeat(self, inputs: Mapping[str, Array], flat: Mapping[str, Array], stored: Stored) -> None:
        """Run the same inputs again, and backwards, where the text does not tell that this changes nothing."""
        why = f"({self._state})"
        pixels = next(iter(flat.values())).size
        if "deterministic" in self._found:
            try:
                again = filled(self._program.run(flat, blank=False))
            except LIMITS:
                raise
            except ScriptError as error:
                self._refute("deterministic", f"fails the second time {why}", error)
            else:
                mask = differing(stored, again, pixels)
                self._note("deterministic", f"gives another result the second time {why}", mask, inputs, stored)
        if "pixelwise" in self._found:
            try:
                with reopened(self._program) as other:
                    backwards = other.run({name: values[:, ::-1] for name, values in flat.items()}, blank=False)
            except LIMITS:
                raise
            except ScriptError as error:
                self._refute("pixelwise", f"fails after other pixels {why}", error)
            else:
                turned = {id_: array[:, :, ::-1] for id_, array in filled(backwards).items()}
                mask = differing(stored, turned, pixels)
                self._note("pixelwise", f"depends on the pixels before it {why}", mask, inputs, stored)

    def _refute(self, name: str, message: str, error: ScriptError) -> None:
        finding = self._found[name]
        if finding.counterexample is None:
            finding.failing, finding.message = 1, message
            finding.counterexample = Counterexample(_inputs_of(error), line=line_named(str(error)))

    def _note_places(
        self,
        name: str,
        places: list[tuple[int, str]],
        count: int,
        grid: Mapping[str, Array],
        outputs: Stored,
    ) -> None:
        """Note the first of some pixels, each with what is wrong there, of so many."""
        if not places:
            return
        finding = self._found[name]
        finding.failing += count
        if finding.counterexample is None:
            at, finding.message = min(places)
            finding.counterexample = self._example(at, grid, outputs)

    def _note_loss(self) -> None:
        """Say which band loses the meaning of its numbers, once all inputs have been seen."""
        finding = self._found.get("fits_sample_type")
        loss = next(self._fits.losses(), None)
        if finding is not None and finding.counterexample is None and loss is not None:
            example = self._moments[loss.moment]
            finding.failing, finding.message = 1, loss.message
            finding.counterexample = replace(example, line=line_of(self._program, example.inputs))

    def _note(
        self,
        name: str,
        fault: str,
        mask: NDArray[np.bool_],
        grid: Mapping[str, Array],
        outputs: Stored,
        item: Property | None = None,
    ) -> None:
        count = int(np.count_nonzero(mask))
        if not count:
            return
        finding = self._found[name]
        finding.failing += count
        at = self._smallest(mask, grid)
        inputs = self._inputs(at, grid)
        if finding.counterexample is None or tuple(inputs.values()) < _key(finding.counterexample, inputs):
            finding.message = fault
            finding.counterexample = self._example(at, grid, outputs, item)

    def _inputs(self, at: int, grid: Mapping[str, Array]) -> dict[str, Any]:
        """One of the inputs of a block."""
        shape = grid_shape(grid)
        index = np.unravel_index(at, shape)
        return {name: np.broadcast_to(grid[name], shape)[index].item() for name in self._order(grid)}

    def _order(self, grid: Mapping[str, Array]) -> list[str]:
        """The bands of a block in the order in which the script asks for them."""
        return [name for name in self._program.setup.bands if name in grid]

    def _smallest(self, mask: NDArray[np.bool_], grid: Mapping[str, Array]) -> int:
        """The number of the smallest input that fails, in the order in which the script asks for bands."""
        order = self._order(grid)
        if list(grid) == order:
            return int(np.argmax(mask))
        axes = [list(grid).index(name) for name in order]
        shape = grid_shape(grid)
        numbers = np.arange(mask.size).reshape(shape).transpose(axes).reshape(-1)
        return int(numbers[int(np.argmax(mask.reshape(shape).transpose(axes).reshape(-1)))])

    def _example(
        self,
        at: int,
        grid: Mapping[str, Array],
        outputs: Stored,
        item: Property | None = None,
    ) -> Counterexample:
        seen = self._seen_at(at, grid, outputs)
        return replace(seen, expected=expected_at(item, seen.inputs), line=line_of(self._program, seen.inputs))

    def _seen_at(self, at: int, grid: Mapping[str, Array], outputs: Stored) -> Counterexample:
        """One of the inputs of a block with what is stored there."""
        return Counterexample(
            self._inputs(at, grid), {id_: tuple(array[:, 0, at].tolist()) for id_, array in outputs.items()}
        )

    def _verdict(self, name: str, finding: _Finding, failure: str) -> Verdict:
        total = self._domain.size
        never = self._quiet and not (self._stored or failure) and name not in _WITHOUT_VALUES
        if (finding.counterexample is not None or finding.failing) and not never:
            return Verdict(name, Outcome.REFUTED, finding.message, self._tried, finding.failing, finding.counterexample)
        if name in ("deterministic", "pixelwise") and self._state is None:
            return Verdict(name, Outcome.PROVED, "proved from the text: it keeps no state", self._tried)
        if failure and name != failure:
            # A failure of the other kind may stand behind the first one.
            message = "not decided: the script fails first"
            return Verdict(name, Outcome.UNDECIDED, message, self._tried)
        if (reason := self._unseen(name)) is not None:
            return Verdict(name, Outcome.NOT_APPLICABLE, f"does not apply: {reason}", self._tried)
        tried = f"{self._tried:,} inputs"
        notes = self._fits.notes(tried) if name == "fits_sample_type" else self._answers.notes(name, tried)
        if self._doubt:
            message = f"no counterexample on {self._tried:,} of {total:,} inputs; {self._doubt}"
            return Verdict(name, Outcome.UNREFUTED, message, self._tried, notes=notes)
        message = f"proved on {self._tried:,} of {total:,} inputs"
        return Verdict(name, Outcome.PROVED, message, self._tried, notes=notes)

    def _unseen(self, name: str) -> str | None:
        """Why nothing was seen of a property though the script never failed; None where something was."""
        if name == "total" or (name == "keeps_contract" and not self._quiet):
            return None
        if not self._stored and (self._quiet or name in self._basic):
            return STORES_NOTHING
        if name in self._basic:
            return None
        return None if name in self._asked else self._obstacles.get(name, STORES_NOTHING)


def _flat(inputs: Mapping[str, Array]) -> dict[str, Array]:
    """The inputs of a block as rows."""
    shape = grid_shape(inputs)
    return {name: np.broadcast_to(values, shape).reshape(1, -1) for name, values in inputs.items()}


def _inputs_of(error: ScriptError) -> Mapping[str, Any]:
    """The input on which a script failed; nothing where a hook did, before or after the pixels."""
    return error.inputs if isinstance(error, PixelError) else {}


def _key(example: Counterexample, inputs: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(example.inputs[name] for name in inputs)
