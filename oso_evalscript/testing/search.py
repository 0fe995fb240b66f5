"""Search: the simplest drawn scenes that meet a condition. Hypothesis draws and shrinks them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from oso_evalscript.testing.strategies import ExampleDatabase, hypothesis
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

    limits = hypothesis.settings(
        max_examples=max_examples,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
    )
    chance = random.Random(seed)  # noqa: S311  # reproducible, not secret
    try:
        if key:
            return _find_and_keep(drawing, counted, limits, chance.getrandbits(64), key), tried
        return hypothesis.find(drawing, counted, settings=limits, random=chance), tried
    except (hypothesis.errors.NoSuchExample, hypothesis.errors.Flaky):
        return None, tried


def _find_and_keep(
    drawing: st.SearchStrategy[Any], condition: Callable[[Any], bool], limits: hypothesis.settings, seed: int, key: str
) -> Any:
    """As `hypothesis.find`, which keeps nothing where it is handed a seed: by a test that fails."""
    found: list[Any] = []

    def fails_on(drawn: Any) -> None:
        if condition(drawn):
            found.append(drawn)
            raise _Found

    database = hypothesis.settings().database
    remembering = hypothesis.settings(
        limits,
        database=None if database is None else _Part(database, key),
        phases=(hypothesis.Phase.reuse, *limits.phases),
        verbosity=hypothesis.Verbosity.quiet,
    )
    try:
        remembering(hypothesis.seed(seed)(hypothesis.given(drawing)(fails_on)))()
    except _Found:
        return found[-1]  # the simplest one runs last
    raise hypothesis.errors.NoSuchExample(key)


class _Found(Exception):
    """A drawn value is one that is looked for."""


class _Part(ExampleDatabase):
    """The part of a database that belongs to a name."""

    def __init__(self, whole: ExampleDatabase, name: str) -> None:
        super().__init__()
        self._whole = whole
        self._name = f"oso-evalscript:{name}:".encode(errors="surrogateescape")

    def save(self, key: bytes, value: bytes) -> None:
        self._whole.save(self._name + key, value)

    def fetch(self, key: bytes) -> Iterable[bytes]:
        return self._whole.fetch(self._name + key)

    def delete(self, key: bytes, value: bytes) -> None:
        self._whole.delete(self._name + key, value)
