"""Sweeps: properties looked at on every input there is."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.errors import LIMITS, PixelError, ScriptError
from oso_evalscript.runtime.outputs import Outputs
from oso_evalscript.runtime.program import Program
from oso_evalscript.testing.answers import Answers, filled
from oso_evalscript.testing.compare import Stored, differing, stores_nothing
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
from oso_evalscript.testing.where import (
    is_silent,
    line_named,
    line_of,
    reopened,
    returned_nothing,
    without_line,
    without_place,
)

Progress = Callable[[int, int], None]
"""Observed how many inputs of how many are done."""

_TRIAL_SECONDS = 2.0  # of a sweep, before its rate says how long the whole will take


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
        failure = ""
        start = time.monotonic()

        def look_at_the_clock(done: int, _: int) -> None:
            passed = time.monotonic() - start
            share = (self._tried + done) / self._domain.size
            if patience is not None and passed > _TRIAL_SECONDS and passed > patience * share:
                raise TooSlow

        for inputs in self._domain.blocks():
            shape = grid_shape(inputs)
            flat = {name: np.broadcast_to(values, shape).reshape(1, -1) for name, values in inputs.items()}
            try:
                outputs = self._program.run(
                    flat,
                    blank=False,
                    check=self._checks,
                    codes=self._codes,
                    progress=look_at_the_clock,
                )
            except LIMITS:
                raise
            except ScriptError as error:
                failure = self._fail(error)
                break
            pixels = int(np.prod(shape))
            self._tried += pixels
            if failure := self._silence(flat, outputs, pixels):
                break
            stored = filled(outputs)
            self._look(inputs, flat, shape, outputs, stored)
            if progress is not None:
                progress(self._tried, self._domain.size)
        if not failure:
            self._note_loss()
        return {name: self._verdict(name, finding, failure) for name, finding in self._found.items()}

    def _fail(self, error: ScriptError) -> str:
        """Note that the script failed, mostly at a pixel; returns which property that is against."""
        thrown = not isinstance(error, PixelError) or error.thrown
        silent = isinstance(error, PixelError) and is_silent(self._program, error)
        name = "total" if thrown or silent else "keeps_contract"
        if name in self._found:
            finding = self._found[name]
            finding.failing = 1
            message, inputs = without_place(str(error)), _inputs_of(error)
            line = line_named(message) if thrown else line_of(self._program, inputs)
            finding.message = message if thrown else without_line(message)
            finding.counterexample = Counterexample(inputs, line=line)
        return name

    def _silence(self, flat: Mapping[str, NDArray[Any]], outputs: Outputs, pixels: int) -> str:
        """Note that the script returned nothing for some inputs with data, and something for others; against what."""
        self._stored |= not stores_nothing(outputs)
        at = self._answers.add(outputs, pixels)
        if not any(output.bands for output in self._program.setup.outputs):
            return ""
        self._quiet |= outputs.silent > 0
        if at is not None and self._silent is None:
            self._silent = self._inputs(at, flat)
        if self._silent is None or not self._stored:
            return ""
        if "total" in self._found:
            finding = self._found["total"]
            finding.failing, finding.message = 1, returned_nothing(self._program)
            finding.counterexample = Counterexample(self._silent, {}, line=line_of(self._program, self._silent))
        return "total"

    def _look(
        self,
        inputs: Mapping[str, NDArray[Any]],
        flat: Mapping[str, NDArray[Any]],
        shape: tuple[int, ...],
        outputs: Outputs,
        stored: Stored,
    ) -> None:
        arrays = {id_: array.reshape(len(array), *shape) for id_, array in stored.items()}
        block = Block(delivered(self._program.setup, stored), inputs, arrays, shape)
        if "keeps_contract" in self._basic:
            worst = max((fit.foreign for fit in outputs.fits), default=0)
            self._note_places("keeps_contract", foreign(outputs.fits), worst, flat, stored)
        if "fits_sample_type" in self._basic:
            self._note_places("fits_sample_type", faults(outputs.fits), fault_count(outputs.fits), flat, stored)
            for moment, at in self._fits.add(outputs.fits).items():
                self._moments[moment] = self._seen_at(at, flat, stored)
        for item in self._properties:
            if obstacle := item.obstacle(block.setup):
                self._obstacles[item.name] = obstacle
                continue
            self._asked.add(item.name)
            mask = np.broadcast_to(item.fails(block), shape)
            self._note(item.name, item.fault, mask.reshape(-1), flat, stored, block, item)
        if self._state is not None and not stores_nothing(stored):
            self._repeat(flat, stored)

    def _repeat(self, flat: Mapping[str, NDArray[Any]], stored: Stored) -> None:
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
                self._note("deterministic", f"gives another result the second time {why}", mask, flat, stored)
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
                self._note("pixelwise", f"depends on the pixels before it {why}", mask, flat, stored)

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
        flat: Mapping[str, NDArray[Any]],
        outputs: Mapping[str, NDArray[Any]],
    ) -> None:
        """Note the first of some pixels, each with what is wrong there, of so many."""
        if not places:
            return
        finding = self._found[name]
        finding.failing += count
        if finding.counterexample is None:
            at, finding.message = min(places)
            finding.counterexample = self._example(at, flat, outputs)

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
        flat: Mapping[str, NDArray[Any]],
        outputs: Stored,
        block: Block | None = None,
        item: Property | None = None,
    ) -> None:
        count = int(np.count_nonzero(mask))
        if not count:
            return
        finding = self._found[name]
        finding.failing += count
        at = self._smallest(mask, flat, block)
        inputs = self._inputs(at, flat)
        if finding.counterexample is None or tuple(inputs.values()) < _key(finding.counterexample, inputs):
            finding.message = fault
            finding.counterexample = self._example(at, flat, outputs, item)

    def _inputs(self, at: int, flat: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
        """One of the inputs of a block."""
        return {name: flat[name][0, at].item() for name in self._program.setup.bands if name in flat}

    def _smallest(self, mask: NDArray[np.bool_], flat: Mapping[str, NDArray[Any]], block: Block | None) -> int:
        """The number of the smallest input that fails, in the order in which the script asks for bands."""
        order = [name for name in self._program.setup.bands if name in flat]
        if block is None or list(block.inputs) == order:
            return int(np.argmax(mask))
        axes = [list(block.inputs).index(name) for name in order]
        numbers = np.arange(mask.size).reshape(block.shape).transpose(axes).reshape(-1)
        return int(numbers[int(np.argmax(mask.reshape(block.shape).transpose(axes).reshape(-1)))])

    def _example(
        self,
        at: int,
        flat: Mapping[str, NDArray[Any]],
        outputs: Mapping[str, NDArray[Any]],
        item: Property | None = None,
    ) -> Counterexample:
        seen = self._seen_at(at, flat, outputs)
        return replace(seen, expected=expected_at(item, seen.inputs), line=line_of(self._program, seen.inputs))

    def _seen_at(
        self, at: int, flat: Mapping[str, NDArray[Any]], outputs: Mapping[str, NDArray[Any]]
    ) -> Counterexample:
        """One of the inputs of a block with what is stored there."""
        return Counterexample(
            self._inputs(at, flat), {id_: tuple(array[:, 0, at].tolist()) for id_, array in outputs.items()}
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


def _inputs_of(error: ScriptError) -> Mapping[str, Any]:
    """The input on which a script failed; nothing where a hook did, before or after the pixels."""
    return error.inputs if isinstance(error, PixelError) else {}


def _key(example: Counterexample, inputs: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(example.inputs[name] for name in inputs)
