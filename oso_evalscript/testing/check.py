"""Checking a script: every property that can be asked of it, on all inputs where they are few, else on drawn ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import Any

from oso_evalscript.model.errors import LIMITS, OsoError
from oso_evalscript.runtime.arguments import check_opened
from oso_evalscript.runtime.dates import AS_USUAL, Acquisitions
from oso_evalscript.runtime.program import Program
from oso_evalscript.testing.domain import Domain, find_domain
from oso_evalscript.testing.intent import class_codes
from oso_evalscript.testing.properties import BASIC, Outcome, Property, Verdict
from oso_evalscript.testing.sweep import TooSlow, sweep

BROKE_A_LIMIT = "it breaks a limit"
"""Part of every verdict on a script that exceeded its time or memory, or whose process ended."""

_PATIENCE_SECONDS = 60.0
"""The most time that trying every input may take, unless `exhaustive` is `always`."""


class Exhaustive(StrEnum):
    """Whether to try all inputs."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def check(
    program: Program,
    properties: Sequence[Property] = (),
    *,
    basic: Sequence[str] = BASIC,
    codes: Mapping[str, tuple[int, ...]] | None = None,
    exhaustive: Exhaustive = Exhaustive.AUTO,
    max_examples: int = 200,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
    remember: bool = False,
    most_pixels: int = 8,
    acquisitions: Acquisitions = AS_USUAL,
) -> list[Verdict]:
    """Return a verdict on each property of a script, the basic ones first.

    Args:
        program: the script.
        properties: what it should do beside the basic ones.
        basic: which of those.
        codes: the class codes that bands hold, by the name of the band, none of which may be cut off; without it
            those that the script's collection or a comment in it tells.
        exhaustive: whether to try all inputs; `auto` does if they are few and take less than a minute.
        max_examples: how many scenes are drawn otherwise.
        seed: which ones.
        remember: whether scenes that refute a property are kept in hypothesis's database and tried first next time.
        progress: called with the number of inputs done, and of all.
        most_pixels: how many pixels a drawn scene has at most.
        acquisitions: when drawn scenes are taken, and under how many clouds.

    Raises:
        OsoError: all inputs shall be tried, and they are not few; or it is not a program.
        MissingExtra: scenes have to be drawn, and hypothesis is not installed.
    """
    domain, properties = _domain(program, exhaustive), _apart(properties)
    known = class_codes(program) if codes is None else codes
    obstacles = {item.name: _obstacle(item, program, domain) for item in properties}
    asked = [item for item in properties if not obstacles[item.name]]
    draw = partial(
        _sample, program, asked, basic=basic, codes=known, max_examples=max_examples, seed=seed, remember=remember,
        most_pixels=most_pixels, acquisitions=acquisitions,
    )  # fmt: skip
    patience = None if exhaustive is Exhaustive.ALWAYS else _PATIENCE_SECONDS
    try:
        found = None if isinstance(domain, str) else _swept(program, domain, asked, basic, known, progress, patience)
        found = draw() if found is None else found
    except LIMITS as error:
        found = _broken_off(str(error).split("\n")[0], (*basic, *(item.name for item in asked)))
    return _in_order(found, (*basic, *obstacles), obstacles)


def _domain(program: Program, exhaustive: Exhaustive) -> Domain | str:
    """Every input that is to be tried, or why they are not."""
    check_opened(program)
    domain = "exhaustive testing is disabled" if exhaustive is Exhaustive.NEVER else find_domain(program)
    if isinstance(domain, str) and exhaustive is Exhaustive.ALWAYS:
        raise OsoError(f"{program.source.name}: its inputs cannot all be tried: {domain}")
    return domain


def _swept(
    program: Program,
    domain: Domain,
    properties: Sequence[Property],
    basic: Sequence[str],
    codes: Mapping[str, tuple[int, ...]],
    progress: Callable[[int, int], None] | None,
    patience: float | None,
) -> list[Verdict] | None:
    """The verdicts of a sweep; None where it would take too long."""
    try:
        return sweep(program, domain, properties, basic=basic, codes=codes, progress=progress, patience=patience)
    except TooSlow:
        return None


def _sample(*arguments: Any, **options: Any) -> list[Verdict]:
    from oso_evalscript.testing.sampling import sample  # needs hypothesis

    return sample(*arguments, **options)


def _obstacle(item: Property, program: Program, domain: Domain | str) -> str:
    """Why a property cannot be asked of a script; empty where it can."""
    if found := item.obstacle(program.setup):
        return found
    return f"it needs all inputs: {domain}" if item.along and isinstance(domain, str) else ""


def _in_order(found: Sequence[Verdict], names: Sequence[str], obstacles: Mapping[str, str]) -> list[Verdict]:
    verdicts = {verdict.name: verdict for verdict in found}
    verdicts |= {name: _not_applicable(name, reason) for name, reason in obstacles.items() if reason}
    return [verdicts[name] for name in names]


def _not_applicable(name: str, reason: str) -> Verdict:
    return Verdict(name, Outcome.NOT_APPLICABLE, f"does not apply: {reason}")


def _apart(properties: Sequence[Property]) -> tuple[Property, ...]:
    """Properties, those of one name told apart by a number."""
    counts: Counter[str] = Counter()
    named = []
    for item in properties:
        counts[item.name] += 1
        count = counts[item.name]
        named.append(item if count == 1 else replace(item, name=f"{item.name} ({count})"))
    return tuple(named)


def _broken_off(message: str, names: Sequence[str]) -> list[Verdict]:
    """The verdicts on a script that broke a limit: it is not total, and nothing else is known."""
    return [
        Verdict(name, Outcome.REFUTED, message)
        if name == "total"
        else Verdict(name, Outcome.UNDECIDED, f"not decided: {BROKE_A_LIMIT}: {message}")
        for name in names
    ]
