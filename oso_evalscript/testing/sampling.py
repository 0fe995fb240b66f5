"""Sampling: properties looked at on drawn scenes, where not every input can be tried."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from oso_evalscript.javascript.purity import impurity
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.contract import Mosaicking
from oso_evalscript.model.errors import PixelError
from oso_evalscript.runtime.outputs import Outputs
from oso_evalscript.runtime.program import Program
from oso_evalscript.testing.difference import Difference, stored_at
from oso_evalscript.testing.properties import Block, Counterexample, Outcome, Property, Verdict
from oso_evalscript.testing.strategies import hypothesis, scenes
from oso_evalscript.testing.where import line_named, line_of, without_place

_Failures = Mapping[str, tuple[str, int]]
"""Property → what is wrong, and at which pixel of the row."""


def sample(
    program: Program,
    properties: Sequence[Property] = (),
    *,
    basic: Sequence[str] = ("total", "keeps_contract", "fits_sample_type", "deterministic", "pixelwise"),
    max_examples: int = 200,
    seed: int = 0,
    remember: bool = False,
) -> list[Verdict]:
    """Return a verdict on each of the basic properties asked for and on each further one, in that order.

    Args:
        program: the script.
        properties: those that apply to it and look at one pixel at a time.
        basic: which of the properties that every script should have.
        max_examples: how many scenes are drawn.
        seed: which ones.
        remember: whether those that refute a property are kept in hypothesis's database and tried first next time.
    """
    trial = _Trial(program, properties, basic)
    wanted = (*basic, *(item.name for item in properties))
    verdicts: dict[str, Verdict] = {}
    while left := tuple(name for name in wanted if name not in verdicts):
        found = _find(program, partial(trial.fails_any, left), max_examples, seed, remember)
        if found is None:
            verdicts |= {name: trial.unrefuted(name, max_examples) for name in left}
            break
        name = next(name for name in trial.fails(found) if name in left)
        smallest = _find(program, partial(trial.fails_any, (name,)), max_examples, seed, remember)
        verdicts[name] = trial.refuted(name, found if smallest is None else smallest)
    return [verdicts[name] for name in wanted]


def search_difference(
    one: Program, other: Program, *, tolerance: float = 0, max_examples: int = 500, seed: int = 0
) -> Difference:
    """Return the difference between two scripts as far as drawn scenes show it; both have to read the same bands."""
    reader = one if len(one.setup.bands) >= len(other.setup.bands) else other

    def differs(drawn: Any) -> bool:
        return bool(_apart(one, other, drawn, tolerance).any())

    found = _find(reader, differs, max_examples, seed)
    if found is None:
        return Difference(max_examples, None, 0)
    at = int(np.argmax(_apart(one, other, found, tolerance)))
    inputs = reader.explain(found, 0, at).inputs if _runs(reader, found) else {}
    plain = not reader.setup.fusion and reader.setup.mosaicking_of(0) is Mosaicking.SIMPLE
    outputs = tuple(stored_at(program, inputs) for program in (one, other)) if plain else ()
    lines = tuple(line_of(program.source, inputs) for program in (one, other)) if plain else ()
    return Difference(max_examples, None, 1, inputs, outputs, lines)


class _Trial:
    """Running a program on drawn scenes and looking at the properties."""

    def __init__(self, program: Program, properties: Sequence[Property], basic: Sequence[str]) -> None:
        self._program = program
        self._properties = properties
        self._basic = basic
        self._doubt = impurity(parse(program.source)) if {"deterministic", "pixelwise"} & set(basic) else None

    def fails(self, drawn: Any) -> _Failures:
        """Return what fails on some scenes."""
        try:
            outputs = self._program.run(drawn, check="fits_sample_type" in self._basic)
        except PixelError as error:
            name = "total" if error.thrown else "keeps_contract"
            return {name: (without_place(str(error)), error.column)}
        found: dict[str, tuple[str, int]] = {}
        for misfit in outputs.misfits:
            at = min(i for i in (misfit.first_nan, misfit.first_clipped, 10**9) if i is not None)
            if at < 10**9:
                word = "is NaN, which its type does not have" if misfit.first_nan == at else "lies outside of its type"
                where = f"band {misfit.band} of the output `{misfit.output}`"
                found.setdefault("fits_sample_type", (f"{where} {word}", at))
        if self._doubt is not None:
            found |= self._repeat(drawn, outputs)
        for item in self._properties:
            mask = np.broadcast_to(item.fails(self._block(drawn, outputs)), next(iter(outputs.values())).shape[1:])
            if mask.any():
                found[item.name] = (item.fault, int(np.argmax(mask)))
        return found

    def fails_any(self, names: Sequence[str], drawn: Any) -> bool:
        """Return whether one of some properties fails on some scenes."""
        return bool(set(names) & set(self.fails(drawn)))

    def refuted(self, name: str, drawn: Any) -> Verdict:
        """Return the verdict for a property that fails on some scenes."""
        message, at = self.fails(drawn)[name]
        example = self._example(drawn, at, message)
        return Verdict(name, Outcome.REFUTED, message, 1, 1, example)

    def unrefuted(self, name: str, examples: int) -> Verdict:
        """Return the verdict for a property that failed on none."""
        if name in ("deterministic", "pixelwise") and self._doubt is None:
            return Verdict(name, Outcome.PROVED, "proved from the text: it keeps no state")
        return Verdict(name, Outcome.UNREFUTED, f"no counterexample in {examples} examples", examples)

    def _repeat(self, drawn: Any, outputs: Outputs) -> _Failures:
        found = {}
        if "deterministic" in self._basic:
            mask = _unequal(outputs, self._program.run(drawn))
            if mask.any():
                found["deterministic"] = ("gives something else the second time", int(np.argmax(mask)))
        if "pixelwise" in self._basic:
            columns = next(iter(outputs.values())).shape[2]
            for column in range(columns if columns > 1 else 0):
                with Program(self._program.source) as alone:
                    stored = alone.explain(drawn, 0, column).stored
                if any(stored[id_] != tuple(array[:, 0, column].tolist()) for id_, array in outputs.items()):
                    found["pixelwise"] = ("gives something else when it is alone", column)
                    break
        return found

    def _block(self, drawn: Any, outputs: Outputs) -> Block:
        inputs = {name: np.asarray(drawn.bands[name]).reshape(1, -1) for name in self._program.setup.bands}
        return Block(self._program.setup, inputs, dict(outputs), next(iter(outputs.values())).shape[1:])

    def _example(self, drawn: Any, at: int, message: str) -> Counterexample:
        plain = not self._program.setup.fusion and self._program.setup.mosaicking_of(0) is Mosaicking.SIMPLE
        try:
            explained = self._program.explain(drawn, 0, at)
        except PixelError as error:
            line = line_of(self._program.source, error.inputs) if plain and not error.thrown else line_named(message)
            return Counterexample(error.inputs, line=line)
        line = line_of(self._program.source, explained.inputs) if plain else None
        return Counterexample(explained.inputs, explained.stored, line=line)


def _find(
    program: Program, condition: Callable[[Any], bool], max_examples: int, seed: int, remember: bool = False
) -> Any:
    """The simplest scenes that were found to meet a condition, None where none was."""
    phases = (hypothesis.Phase.reuse, hypothesis.Phase.generate, hypothesis.Phase.shrink)
    limits = hypothesis.settings(
        max_examples=max_examples,
        database=hypothesis.settings().database if remember else None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=phases if remember else phases[1:],
    )
    key = f"oso-evalscript:{program.source.name}".encode() if remember else None
    chance = random.Random(seed)  # noqa: S311  # has to be reproducible
    try:
        return hypothesis.find(scenes(program), condition, settings=limits, random=chance, database_key=key)
    except hypothesis.errors.NoSuchExample:
        return None


def _apart(one: Program, other: Program, drawn: Any, tolerance: float) -> Any:
    results: list[Outputs | None] = []
    for program in (one, other):
        try:
            results.append(program.run(drawn))
        except PixelError:
            results.append(None)
    if results[0] is None or results[1] is None:
        return np.array([(results[0] is None) != (results[1] is None)])
    return _unequal(results[0], results[1], tolerance)


def _runs(program: Program, drawn: Any) -> bool:
    try:
        program.run(drawn)
    except PixelError:
        return False
    return True


def _unequal(outputs: Mapping[str, Any], others: Mapping[str, Any], tolerance: float = 0) -> Any:
    """For each pixel of the row whether two results differ there."""
    masks = []
    for id_, array in outputs.items():
        other = others[id_]
        same = (array == other) | ((array != array) & (other != other))
        if tolerance:
            same |= np.abs(array.astype(np.float64) - other.astype(np.float64)) <= tolerance
        masks.append(~same.all(axis=0).reshape(-1))
    return np.any(masks, axis=0)
