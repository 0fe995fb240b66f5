"""Which scenes a script was offered and which of them it kept, for the sentences that tell it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from oso_evalscript.model.contract import Mosaicking
from oso_evalscript.runtime.stack import MosaickingOrder, Stack

_HOOKS = ("preProcessScenes", "filterScenes")
_MAX_SHOWN = 12
_ORDERS = {
    "mostRecent": "newest first",
    "leastRecent": "oldest first",
    "leastCC": "least cloudy first",
}


@dataclass(frozen=True, slots=True)
class Offered:
    """The scenes of one input, in the order in which they are given.

    Attributes:
        key: the input's name.
        mosaicking: how they combine.
        order: which scene comes first, in the words of requests.
        dates: the date of each sample, None where it is not known; under SIMPLE of each scene.
        clouds: the percent of clouds, likewise.
        kept: which of them the script kept, by number and in its order; all of them under SIMPLE.
        hook: the function that chose among them, None where the script has none.
    """

    key: str
    mosaicking: Mosaicking
    order: str
    dates: tuple[dt.datetime | None, ...]
    clouds: tuple[float | None, ...]
    kept: tuple[int, ...]
    hook: str | None = None

    @property
    def used(self) -> tuple[dt.datetime | None, ...]:
        """The dates of those that were kept."""
        return tuple(self.dates[number] for number in self.kept)


def offered(stacks: Sequence[Stack], kept: Sequence[Sequence[int]], hooks: Collection[str]) -> tuple[Offered, ...]:
    """Return what a script was offered, of each input.

    Args:
        stacks: all scenes of each input.
        kept: for each input the numbers of the slots that the script kept.
        hooks: the optional functions that the script has.
    """
    hook = next((name for name in _HOOKS if name in hooks), None)
    return tuple(_offered(stack, slots, hook) for stack, slots in zip(stacks, kept, strict=True))


def _offered(stack: Stack, kept: Sequence[int], hook: str | None) -> Offered:
    single = stack.mosaicking is Mosaicking.SIMPLE
    scenes = [scene for slot in stack.slots for scene in (slot if single else slot[:1])]
    return Offered(
        stack.key,
        stack.mosaicking,
        stack.order,
        tuple(scene.time for scene in scenes),
        tuple(scene.cloud_coverage for scene in scenes),
        tuple(range(len(scenes))) if single else tuple(kept),
        hook,
    )


def told(inputs: Sequence[Offered]) -> tuple[str, ...]:
    """Return the sentences about the scenes of a run: which there were, in what order, and how many a hook left.

    Of a single scene there is nothing to tell.
    """
    lines = []
    for item in inputs:
        if item.mosaicking is Mosaicking.SIMPLE and len(item.dates) < 2:
            continue
        whose = f"{item.key}: " if len(inputs) > 1 else ""
        count = len(item.dates)
        scenes = f"{count} scene{'s' * (count != 1)}"
        order = f", {_ORDERS[item.order]}" if count > 1 else ""
        dates = f": {_listed(item.dates)}" if count else ""
        if not any(item.dates) and item.order != MosaickingOrder.LEAST_CLOUDS:  # as they are given
            order, dates = ", the first on top" if count > 1 else "", ""
        lines.append(f"{whose}{scenes} under {item.mosaicking}{order}{dates}")
        if item.hook is not None and item.kept != tuple(range(count)):
            left = f": {_listed(item.used)}" if item.kept else ""
            lines.append(f"{whose}{item.hook} left {len(item.kept)} of {scenes}{left}")
    return tuple(lines)


def _listed(dates: Sequence[dt.datetime | None]) -> str:
    days = [None if date is None else date.date() for date in dates]
    shared = any(one is not None and one == other for one, other in pairwise(days))
    words = [
        "no date" if date is None else f"{date:%Y-%m-%d %H:%M}" if shared else f"{date:%Y-%m-%d}" for date in dates
    ]
    if len(words) > _MAX_SHOWN:
        words = [*words[: _MAX_SHOWN - 2], "…", words[-1]]
    return ", ".join(words)
