"""Search: the simplest drawn scenes that meet a condition. Hypothesis draws and shrinks them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from oso_evalscript.testing.strategies import hypothesis
from oso_evalscript.testing.strategies import scenes as scenes
from oso_evalscript.testing.strategies import scenes_for as scenes_for

if TYPE_CHECKING:
    from hypothesis import strategies as st


def find(
    drawing: st.SearchStrategy[Any], condition: Callable[[Any], bool], *, max_examples: int, seed: int, key: str = ""
) -> tuple[Any, int]:
    """Return the simplest scenes found that meet a condition, None if there are none, and how many were drawn.

    Args:
        drawing: the strategy that draws scenes.
        condition: what to look for.
        max_examples: how many scenes to draw.
        seed: which ones.
        key: the name under which hypothesis's database keeps what was found, and tries it first the next time; by
            default nothing is kept.
    """
    tried = 0

    def counted(drawn: Any) -> bool:
        nonlocal tried
        tried += 1
        return condition(drawn)

    phases = (hypothesis.Phase.reuse, hypothesis.Phase.generate, hypothesis.Phase.shrink)
    limits = hypothesis.settings(
        max_examples=max_examples,
        database=hypothesis.settings().database if key else None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=phases if key else phases[1:],
    )
    database_key = f"oso-evalscript:{key}".encode(errors="surrogateescape") if key else None
    chance = random.Random(seed)  # noqa: S311  # reproducible, not secret
    try:
        return hypothesis.find(drawing, counted, settings=limits, random=chance, database_key=database_key), tried
    except (hypothesis.errors.NoSuchExample, hypothesis.errors.Flaky):
        return None, tried
