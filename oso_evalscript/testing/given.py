"""A decorator that hands a test drawn scenes and the program they are for."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from oso_evalscript.model.text import AnySource
from oso_evalscript.runtime.program import Program
from oso_evalscript.testing.strategies import hypothesis, scenes


def given_scene(
    script: AnySource, *, collection: str | None = None, max_examples: int = 100
) -> Callable[[Any], Callable[[], None]]:
    """Return a decorator that runs a test of `scene` and `program` on generated scenes.

    The program is opened when the test starts, and used for all its scenes.

    Args:
        script: the script, its text, or the path of its file.
        collection: where its bands come from.
        max_examples: the number of generated scenes.
    """

    def decorate(test: Callable[..., None]) -> Callable[[], None]:
        @functools.wraps(test)
        def run() -> None:
            with Program(script, collection=collection) as program:

                @hypothesis.settings(max_examples=max_examples, deadline=None)
                @hypothesis.given(scenes(program))
                def on(scene: Any) -> None:
                    test(scene=scene, program=program)

                on()

        run.__signature__ = inspect.Signature()  # type: ignore[attr-defined]  # pytest is not to look for fixtures
        return run

    return decorate
