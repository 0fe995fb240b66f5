"""What is certain of a script of which some parts are not known: what is found however they are read.

A script with placeholders is read twice, once with a name in the place of each and once with something there that may
do anything; see `documents/second_reading.py`. What is found both times does not depend on them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from oso_evalscript.documents.second_reading import second_reading
from oso_evalscript.javascript.syntax import Tree, parse
from oso_evalscript.linter.offered import Offered
from oso_evalscript.model.diagnostic import Fix, Safety
from oso_evalscript.model.text import Span


def independent(tree: Tree, found: Offered, again: Callable[[Tree], Offered]) -> Offered:
    """Return what of some findings does not depend on the parts of the source that are unknown.

    Args:
        tree: the source with names in the place of what is unknown.
        found: what is found in it.
        again: what finds it.
    """
    source = tree.source
    reading = second_reading(source)
    if reading is None:  # what is missing may be what lets it be read; numbers that are none stay so
        broken = set(tree.broken)
        kept = tuple(item for item in found.diagnostics if item.span in broken and item.rule != "syntax-error")
        return Offered(tuple(replace(item, fix=_apart(item.fix, source.unknown)) for item in kept), found.places)
    others = {
        (item.rule, item.message, span): item
        for item in again(parse(reading.source)).diagnostics
        if (span := reading.original(item.span)) is not None
    }
    pairs = ((item, others.get((item.rule, item.message, item.span))) for item in found.diagnostics)
    kept = tuple(
        replace(item, fix=_apart(_least_safe(item.fix, other.fix), source.unknown))
        for item, other in pairs
        if other is not None and not any(_within(item.span, unknown) for unknown in source.unknown)
    )
    return Offered(kept, found.places)


def _within(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _least_safe(one: Fix | None, other: Fix | None) -> Fix | None:
    """A fix as safe as it is both ways; None where one of them has none."""
    if one is None or other is None:
        return None
    return one if other.safety is Safety.SAFE else replace(one, safety=Safety.UNSAFE)


def _apart(fix: Fix | None, unknown: Sequence[Span]) -> Fix | None:
    """A fix that leaves alone what is unknown, None for others."""
    if fix is None or any(edit.span.overlaps(part) for edit in fix.edits for part in unknown):
        return None
    return fix
