"""Sampling: properties looked at on drawn scenes, where not every input can be tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.catalog import Collection, find_collection
from oso_evalscript.model.contract import Mosaicking, Setup
from oso_evalscript.model.errors import LIMITS, PixelError, ScriptError
from oso_evalscript.runtime.dates import AS_USUAL, Acquisitions
from oso_evalscript.runtime.outputs import Outputs
from oso_evalscript.runtime.program import Program
from oso_evalscript.testing.answers import Answers
from oso_evalscript.testing.batches import batches, spread
from oso_evalscript.testing.compare import Stored, differing, of_one_pixel, stored_by, stores_nothing
from oso_evalscript.testing.difference import Difference, Incomparable, Observed, differ_at_a_pixel, nothing_to_compare
from oso_evalscript.testing.fit import Fits, Loss, Moment, faults, foreign
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
from oso_evalscript.testing.ranges import MAX_PIXELS
from oso_evalscript.testing.where import line_named, line_of, reopened, returned_nothing, without_line, without_place

_ENOUGH = 20  # examples, to say that the numbers of a band do not survive
_SPREAD_SCENES, _SPREAD_PIXELS = 4, 2**12  # that are looked at beside them
_Failures = Mapping[str, tuple[str, int]]
"""Property → what is wrong, and at which pixel of the row."""


def sample(
    program: Program,
    properties: Sequence[Property] = (),
    *,
    basic: Sequence[str] = BASIC,
    codes: Mapping[str, tuple[int, ...]] = MappingProxyType({}),
    max_examples: int = 200,
    seed: int = 0,
    remember: bool = False,
    most_pixels: int = MAX_PIXELS,
    acquisitions: Acquisitions = AS_USUAL,
) -> list[Verdict]:
    """Return a verdict on each of the basic properties asked for and on each further one, in that order.

    Args:
        program: the script.
        properties: those that apply to it and look at one pixel at a time.
        basic: which of the properties that every script should have.
        codes: the class codes that bands hold, by the name of the band.
        max_examples: the number of generated scenes.
        seed: which ones.
        remember: whether those that refute a property are kept in hypothesis's database and tried first next time.
        most_pixels: how many pixels a scene has at most.
        acquisitions: when scenes are taken, and under how many clouds.
    """
    trial = _Trial(program, properties, basic, codes)
    wanted = (*basic, *(item.name for item in properties))
    drawn = batches(program, max_examples, pixels=most_pixels, codes=codes, acquisitions=acquisitions, seed=seed)
    verdicts, failing = trial.look_at_all(drawn, wanted, max_examples)
    left = tuple(name for name in wanted if name not in verdicts)
    if left:
        from oso_evalscript.testing.search import find, scenes  # hypothesis takes time to load

        drawing = scenes(program, codes=codes, most_pixels=most_pixels, acquisitions=acquisitions)
        key = program.source.name if remember else ""
        search = partial(find, drawing, max_examples=max_examples, seed=seed, key=key)
        verdicts |= _searched(trial, left, failing, search)
    return [verdicts[name] for name in wanted]


def _searched(
    trial: _Trial,
    wanted: Sequence[str],
    failing: Mapping[str, Any],
    search: Callable[[Callable[[Any], bool]], tuple[Any, int]],
) -> dict[str, Verdict]:
    """Search for counterexamples to some properties; `failing` has the scenes of batches on which they fail."""
    verdicts: dict[str, Verdict] = {}
    while left := tuple(name for name in wanted if name not in verdicts):
        trial.begin()
        found, tried = search(partial(trial.fails_any, left))
        name = next((name for name in trial.fails(found) if name in left), None) if found is not None else None
        if name is not None:
            smallest, _ = search(partial(trial.fails_any, (name,)))
            verdicts[name] = trial.refuted(name, found if smallest is None else smallest)
        elif (name := next((name for name in left if name in failing), None)) is not None:  # in a batch alone
            verdicts[name] = trial.refuted(name, failing[name])
        elif (once := trial.seen(left)) is not None:  # it failed once, and not again: it keeps state
            verdicts[once.name] = once
        elif not trial.looks_again(left):
            verdicts |= {name: trial.unrefuted(name, tried) for name in left}
    return verdicts


def search_difference(
    one: Program,
    other: Program,
    *,
    tolerance: float = 0,
    max_examples: int = 500,
    seed: int = 0,
    most_pixels: int = MAX_PIXELS,
    acquisitions: Acquisitions = AS_USUAL,
) -> Difference:
    """Return the difference between two scripts as far as drawn scenes show it: scenes with the bands of both.

    Args:
        one: a script.
        other: another one.
        tolerance: by how much stored samples may differ.
        max_examples: the number of generated scenes.
        seed: which ones.
        most_pixels: how many pixels a scene has at most.
        acquisitions: when scenes are taken, and under how many clouds.

    Raises:
        Incomparable: they do not take the same scenes, or neither stores anything for any that is drawn.
    """
    from oso_evalscript.testing.search import find, scenes_for

    setup, origins = _both(one, other)
    anything = False

    def differs(drawn: Any) -> bool:
        nonlocal anything
        mask, stored = _apart(one, other, drawn, tolerance)
        anything |= stored
        return bool(mask.any())

    drawing = scenes_for(
        setup, origins, sources=(one.source, other.source), most_pixels=most_pixels, acquisitions=acquisitions
    )
    found, tried = find(drawing, differs, max_examples=max_examples, seed=seed)
    mask = None if found is None else _apart(one, other, found, tolerance)[0]
    if not anything:
        raise nothing_to_compare(f"in none of {tried:,} examples")
    if mask is None or not mask.any():  # none, or one that keeps state and differs no more
        return Difference(tried, None, 0)
    plain = not setup.fusion and setup.mosaicking_of(0) is Mosaicking.SIMPLE
    return _difference_at(one, other, found, int(np.argmax(mask)), tried, plain=plain)


def _difference_at(one: Program, other: Program, drawn: Any, at: int, tried: int, *, plain: bool) -> Difference:
    """The difference at one pixel of sampled scenes; lines are known only for samples that are one object."""
    seen = [_observed(program, drawn, at, strict=True) for program in (one, other)]
    inputs = {name: value for read, _ in seen for name, value in read.items()}
    lines = tuple(
        line_of(program, read) if plain else None for program, (read, _) in zip((one, other), seen, strict=True)
    )
    return Difference(tried, None, 1, inputs, tuple(stored for _, stored in seen), lines)


def _both(one: Program, other: Program) -> tuple[Setup, tuple[Collection | None, ...]]:
    """A contract that asks for what two scripts ask for together, and where its bands come from."""
    if [one.setup.key(i) for i in range(len(one.setup.inputs))] != [
        other.setup.key(i) for i in range(len(other.setup.inputs))
    ]:
        raise Incomparable("the scripts cannot be compared: their inputs have different names")
    inputs, origins = [], []
    for index, (mine, its) in enumerate(zip(one.setup.inputs, other.setup.inputs, strict=True)):
        units = [dict(zip(item.bands, item.units, strict=False)) for item in (mine, its)]
        odd = [band for band in units[0].keys() & units[1].keys() if units[0][band].upper() != units[1][band].upper()]
        if odd or bool(mine.units) != bool(its.units):
            raise Incomparable(
                f"the scripts cannot be compared: they ask for {odd[0] if odd else mine.bands[0]} in different units"
            )
        bands = tuple(dict.fromkeys((*mine.bands, *its.bands)))
        known = {**units[1], **units[0]}
        inputs.append(replace(mine, bands=bands, units=tuple(known[band] for band in bands) if known else ()))
        reader = one if len(mine.bands) >= len(its.bands) else other
        origins.append(find_collection(bands) or reader.origins[index])
    return replace(one.setup, inputs=tuple(inputs)), tuple(origins)


def _observed(program: Program, drawn: Any, at: int, *, strict: bool | None) -> tuple[Mapping[str, Any], Observed]:
    """What a script sees of a pixel, and what it stores there, or the sentence with which it fails."""
    try:
        explained = program.explain(drawn, 0, at, strict=strict)
    except PixelError as error:
        return error.inputs, without_place(str(error))
    except ScriptError as error:
        return {}, str(error).split("\n")[0]
    return explained.inputs, explained.stored


class _Trial:
    """Running a program on drawn scenes and looking at the properties."""

    def __init__(
        self,
        program: Program,
        properties: Sequence[Property],
        basic: Sequence[str],
        codes: Mapping[str, tuple[int, ...]],
    ) -> None:
        self._program = program
        self._properties = properties
        self._basic = basic
        impurity = program.impurity()
        self._doubt = None if impurity is None else impurity.words
        self._last: dict[str, Verdict] = {}
        self._codes = codes
        self._checks = not {"fits_sample_type", "keeps_contract"}.isdisjoint(basic)
        self._looked_again = False
        self._broken = False  # whether the last example failed before properties were checked
        self._stored = self._silent = False  # whether any example stored something, and whether any returned nothing
        self.begin()

    def begin(self) -> None:
        """Forget what the examples of an earlier search showed of all of them together."""
        self._fits = Fits()
        self._answers = Answers()
        self._moments: dict[Moment, tuple[Any, int]] = {}  # on which scenes, at which pixel, that began to show
        self._asked: set[str] = set()
        self._obstacles: dict[str, str] = {}

    def fails(self, drawn: Any) -> _Failures:
        """Return what fails on some scenes."""
        self._broken = True
        try:
            outputs = self._program.run(drawn, check=self._checks, codes=self._codes)
        except PixelError as error:
            message = without_place(str(error))
            if error.thrown:
                return {"total": (message, error.column)}
            return {"total" if error.silent else "keeps_contract": (without_line(message), error.column)}
        except LIMITS:
            raise
        except ScriptError as error:  # a function that is called before the pixels
            return {"total": (str(error).split("\n")[0], 0)}
        if found := self._silence(outputs, _width(drawn)):
            return found
        self._broken = False
        self._asked.add("total")
        stored: Stored = outputs
        self._moments |= {moment: (drawn, at) for moment, at in self._fits.add(outputs.fits).items()}
        for name, places in (("fits_sample_type", faults(outputs.fits)), ("keeps_contract", foreign(outputs.fits))):
            if places:
                at, words = min(places)
                found.setdefault(name, (words, at))
        if self._doubt is not None and not stores_nothing(stored):
            found |= self._repeat(drawn, stored)
        return found | self._ask(drawn, stored)

    def fails_any(self, names: Sequence[str], drawn: Any) -> bool:
        """Return whether one of some properties fails on some scenes."""
        found = {name: fault for name, fault in self.fails(drawn).items() if name in names}
        self._remember(found)
        return bool(found)

    def _remember(self, found: _Failures) -> None:
        """Keep what fails, for a script that does not fail there again."""
        for name, (message, _) in found.items():
            self._last[name] = Verdict(name, Outcome.REFUTED, f"{message}; not each time", 1, 1)

    def look_at_all(
        self, batches: Iterable[Any], names: Sequence[str], examples: int
    ) -> tuple[dict[str, Verdict], dict[str, Any]]:
        """Run batches; return the verdicts they allow, and the scenes on which the other properties fail."""
        failing: dict[str, Any] = {}
        for drawn in batches:
            found = self.fails(drawn)
            self._remember(found)
            failing = dict.fromkeys(found, drawn) | failing
            if self._broken:
                return {}, failing
        if self.looks_again(names):
            return {}, failing
        verdicts = {name: self.unrefuted(name, examples) for name in names if name not in failing}
        return {name: verdict for name, verdict in verdicts.items() if verdict.holds}, failing

    def seen(self, names: Sequence[str]) -> Verdict | None:
        """Return the verdict on the first of some properties that failed at least once."""
        return next((self._last[name] for name in names if name in self._last), None)

    def looks_again(self, names: Sequence[str]) -> bool:
        """Return, once, whether later examples show that earlier ones failed: those that returned nothing."""
        again = "total" in names and self._stored and self._silent and not self._looked_again
        self._looked_again |= again
        return again

    def _silence(self, outputs: Outputs, pixels: int) -> dict[str, tuple[str, int]]:
        """What is wrong with returning nothing with data, which is right only if no example returns anything."""
        promised = any(output.bands for output in self._program.setup.outputs)
        at = self._answers.add(outputs, pixels)
        stores = not stores_nothing(outputs)
        self._stored |= stores
        if at is not None and promised:
            self._silent = True
            return {"total": (returned_nothing(self._program), at)} if self._stored else {}
        if stores or not (outputs.silent and promised):
            self._asked |= {"keeps_contract"}
        if stores:
            self._asked |= {"fits_sample_type", "deterministic", "pixelwise"}
        return {}

    def _ask(self, drawn: Any, stored: Stored) -> dict[str, tuple[str, int]]:
        """Which of the further properties fail."""
        found = {}
        setup = delivered(self._program.setup, stored)
        for item in self._properties:
            if obstacle := item.obstacle(setup):
                self._obstacles[item.name] = obstacle
                continue
            self._asked.add(item.name)
            inputs = {name: np.asarray(drawn.bands[name]).reshape(1, -1) for name in setup.bands}
            shape = (1, _width(drawn))
            mask = np.broadcast_to(item.fails(Block(setup, inputs, dict(stored), shape)), shape)
            if mask.any():
                found[item.name] = (item.fault, int(np.argmax(mask)))
        return found

    def refuted(self, name: str, drawn: Any) -> Verdict:
        """Return the verdict for a property that fails on some scenes."""
        found = self.fails(drawn)
        if name not in found:  # it keeps state
            return self._last[name]
        message, at = found[name]
        example = self._example(drawn, at, message)
        item = next((item for item in self._properties if item.name == name), None)
        if item is not None:
            inputs = {band: np.asarray(drawn.bands[band]).flat[at] for band in self._program.setup.bands}
            example = replace(example, expected=expected_at(item, inputs))
        return Verdict(name, Outcome.REFUTED, message, 1, 1, example)

    def unrefuted(self, name: str, examples: int) -> Verdict:
        """Return the verdict for a property that failed on none."""
        if name in ("deterministic", "pixelwise") and self._doubt is None:
            return Verdict(name, Outcome.PROVED, "proved from the text: it keeps no state")
        if name not in self._asked:
            return self._unasked(name, examples)
        drawn = f"pixels of {examples} examples"
        notes = self._answers.notes(name, drawn)
        if name == "fits_sample_type":
            notes = self._fits.notes(drawn)
            loss = self._loss(f" in all {examples} examples") if examples >= _ENOUGH else None
            if loss is not None:
                return Verdict(name, Outcome.REFUTED, loss.message, examples, 1, self._lost_in(loss))
        message = f"no counterexample in {examples} examples"
        return Verdict(name, Outcome.UNREFUTED, message, examples, notes=notes)

    def _loss(self, where: str) -> Loss | None:
        """The first loss that all examples together show, and many more pixels, spread all over the ranges of bands."""
        seeds = iter(range(_SPREAD_SCENES))
        while (loss := next(self._fits.losses(where), None)) is not None:
            if (seed := next(seeds, None)) is None:
                return loss
            drawn = spread(self._program, _SPREAD_PIXELS, seed)
            try:
                fits = self._program.run(drawn, check=True, codes=self._codes).fits
            except ScriptError:  # or so many pixels take too long: nothing is known of them
                return None
            self._moments |= {moment: (drawn, at) for moment, at in self._fits.add(fits).items()}
        return None

    def _lost_in(self, loss: Loss) -> Counterexample:
        drawn, at = self._moments[loss.moment]
        return self._example(drawn, at, loss.message)

    def _unasked(self, name: str, examples: int) -> Verdict:
        """The verdict on a property that no example could be asked for."""
        if "total" not in self._asked:
            return Verdict(name, Outcome.UNDECIDED, f"not decided: the script fails in all {examples} examples")
        reason = self._obstacles.get(name, STORES_NOTHING)
        return Verdict(name, Outcome.NOT_APPLICABLE, f"does not apply: {reason}", examples)

    def _repeat(self, drawn: Any, stored: Stored) -> _Failures:
        found = {}
        width = _width(drawn)
        if "deterministic" in self._basic:
            try:
                mask = differing(stored, self._program.run(drawn), width)
            except LIMITS:
                raise
            except ScriptError as error:
                at = error.column if isinstance(error, PixelError) else 0
                return {"deterministic": (f"fails the second time ({self._doubt})", at)}
            if mask.any():
                found["deterministic"] = (f"gives another result the second time ({self._doubt})", int(np.argmax(mask)))
        if "pixelwise" in self._basic and width > 1 and self._differs_backwards(drawn, stored, width):
            found["pixelwise"] = self._alone(drawn, stored, width)
        return found

    def _differs_backwards(self, drawn: Any, stored: Stored, width: int) -> bool:
        """Whether pixels change if the pixels are run in reverse order."""
        try:
            with reopened(self._program) as other:
                backwards = other.run(_backwards(drawn))
        except LIMITS:
            raise
        except ScriptError:
            return True
        turned = {id_: array[:, :, ::-1] for id_, array in backwards.items()}
        return bool(differing(stored, turned, width).any())

    def _alone(self, drawn: Any, stored: Stored, width: int) -> tuple[str, int]:
        """The message and position of the first pixel whose result differs when it is run alone."""
        for column in range(width):
            with reopened(self._program) as alone:
                seen = _observed(alone, drawn, column, strict=None)[1]
            here = {id_: array[:, :, column] for id_, array in stored.items()}
            left_out = {id_: np.zeros_like(bands) for id_, bands in here.items()}
            if isinstance(seen, str) or differing(here, of_one_pixel(seen) or left_out, 1).any():
                return f"gives another result for the pixel alone ({self._doubt})", column
        return f"gives another result after other pixels ({self._doubt})", 0

    def _example(self, drawn: Any, at: int, message: str) -> Counterexample:
        plain = not self._program.setup.fusion and self._program.setup.mosaicking_of(0) is Mosaicking.SIMPLE
        try:
            explained = self._program.explain(drawn, 0, at)
        except PixelError as error:
            line = line_of(self._program, error.inputs) if plain and not error.thrown else line_named(message)
            return Counterexample(error.inputs, line=line)
        except ScriptError:  # before the pixels: what it is given is all there is to show
            return Counterexample(_shown(drawn), line=line_named(message))
        line = line_of(self._program, explained.inputs) if plain else None
        stored = {} if message == returned_nothing(self._program) else explained.stored
        return Counterexample(explained.inputs, stored, line=line)


def _shown(drawn: Any) -> Mapping[str, Any]:
    """Scenes as `samples`, for a script that failed before it saw any."""
    if isinstance(drawn, Mapping):
        return {key: _shown(scenes).get("samples", _shown(scenes)) for key, scenes in drawn.items()}
    if isinstance(drawn, list):
        return {"samples": [_shown(scene) for scene in drawn]}
    return {name: np.asarray(values).flat[0].item() for name, values in drawn.bands.items()}


def _apart(one: Program, other: Program, drawn: Any, tolerance: float) -> tuple[NDArray[np.bool_], bool]:
    """For each pixel of the row whether two scripts differ there, and whether anything is stored."""
    width = _width(drawn)
    try:
        stored, others = (stored_by(program.run(drawn, strict=True), width) for program in (one, other))
    except LIMITS:
        raise
    except ScriptError:
        pass
    else:
        return differing(stored, others, width, tolerance), not (stores_nothing(stored) and stores_nothing(others))
    found = [
        differ_at_a_pixel(
            _observed(one, drawn, column, strict=True)[1], _observed(other, drawn, column, strict=True)[1], tolerance
        )
        for column in range(width)
    ]
    return np.array([differs for differs, _ in found]), any(stored for _, stored in found)


def _backwards(drawn: Any) -> Any:
    """The scenes with their pixels in reverse order."""
    if isinstance(drawn, Mapping):
        return {key: _backwards(scenes) for key, scenes in drawn.items()}
    if isinstance(drawn, list):
        return [_backwards(scene) for scene in drawn]
    return replace(drawn, bands={name: np.asarray(values)[:, ::-1] for name, values in drawn.bands.items()})


def _width(drawn: Any) -> int:
    """The pixels of the row; one where there is no scene."""
    if isinstance(drawn, Mapping):
        return max(map(_width, drawn.values()), default=1)
    if isinstance(drawn, list):
        return max(map(_width, drawn), default=1)
    return np.asarray(drawn.bands["dataMask"]).size
