"""Whether what a script makes of a pixel depends on that pixel alone: asked of the text as it is loaded.

A simple script is asked as the function that it is wrapped in, so that its variables live as long as one call.
"""

from __future__ import annotations

from oso_evalscript.javascript.purity import Impurity, find_impurity
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.text import Source
from oso_evalscript.runtime.deadline import within


def find_dependence(text: str, lines_before: int, seconds: float) -> Impurity | None:
    """Return why it is not proved that results depend on the pixel alone; None if it is.

    Args:
        text: the script as it is loaded.
        lines_before: how many lines were put before its author's own.
        seconds: the most that the question may take.
    """
    try:
        return within(seconds, lambda: find_impurity(parse(Source(text)), lines_before))
    except TimeoutError:
        return Impurity(f"its text was not read within {seconds:g} s")
