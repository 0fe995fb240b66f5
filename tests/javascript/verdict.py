"""What is found wrong with a text, as the rule `syntax-error` and its neighbours find it."""

from __future__ import annotations

from oso_evalscript.javascript.early import early_errors
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.text import Source

FAILS_WHEN_REACHED = (
    "the left side of an assignment",
    "the left side of `for … in`",
    "the left side of `for … of`",
)
"""What V8 reads for the sake of old pages, and fails at whenever it comes there: `f() = 1`, `for (f() of x) {}`."""


def found_wrong(text: str, *, as_script: bool = False) -> list[str]:
    """What is wrong with a text, in words."""
    tree = parse(Source(text))
    if tree.faults or tree.broken:
        numbers = [f"`{tree.source.slice(span)}` is not a number" for span in tree.broken]
        return numbers + [fault.message for fault in tree.faults]
    return [fault.message for fault in early_errors(tree, as_script=as_script)]


def only_fails_when_reached(messages: list[str]) -> bool:
    """Whether all that is wrong is what V8 reads."""
    return bool(messages) and all(message.startswith(FAILS_WHEN_REACHED) for message in messages)
