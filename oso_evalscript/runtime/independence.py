"""Whether a script's result at a pixel depends on that pixel alone, decided from its text as it is loaded.

A simple script is analysed as the function that wraps it, so that its variables live for one call.
"""

from __future__ import annotations

from oso_evalscript.javascript.purity import Impurity, find_impurity
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.text import Source
from oso_evalscript.runtime.deadline import within


def find_dependence(text: str, lines_before: int, seconds: float) -> Impurity | None:
    """Return why results are not proved to depend on the pixel alone; None if they are.

    Args:
        text: the script as it is loaded.
        lines_before: the number of lines inserted before its author's first.
        seconds: the time limit of the analysis.
    """
    try:
        return within(seconds, lambda: find_impurity(parse(Source(text)), lines_before))
    except TimeoutError:
        return Impurity(f"the script could not be analysed within {seconds:g} s")
