"""How safe a fix is, shown from the text alone: a rule claims that a fix is safe, and what stands here proves it.

A safe fix leaves the outputs of every script that ran before unchanged. There are three ways to show it: the text is no
JavaScript, so that nothing ran it; a name in the place of the edit fails every run; or only comments and blanks change,
and the script has no way to see its own text. What is not shown is unsafe.

While a text is no JavaScript, only fixes of just that may touch it. The others are offered where the text can be read
once those that are safe are made, and are judged on the text as it is then.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from oso_evalscript.javascript.early import early_errors
from oso_evalscript.javascript.lexical import changes_no_token, is_refuted
from oso_evalscript.javascript.syntax import Tree, parse
from oso_evalscript.linter.access import Access
from oso_evalscript.linter.offered import Offered
from oso_evalscript.linter.own_text import OwnText
from oso_evalscript.linter.unbound import Unbound
from oso_evalscript.model.diagnostic import Diagnostic, Fix, Safety
from oso_evalscript.model.text import Edit, Span, apply
from oso_evalscript.semantics.kind import Kind, kind
from oso_evalscript.semantics.script import Script

_MAX_PROOFS = 300
"""The number of fixes of comments beyond which they are proved together; one by one the work grows with its square."""


def offer(script: Script, found: Sequence[Diagnostic], allowed: Collection[Span]) -> Offered:
    """Return what may be offered for some findings.

    Args:
        script: what they were found in.
        found: the findings, with the fixes that the rules claim.
        allowed: the places of the findings that a comment allows; a number that is broken on purpose stops no fix.
    """
    source = script.tree.source
    fixes = {
        number: item.fix
        for number, item in enumerate(found)
        if item.fix is not None and any(source.slice(edit.span) != edit.text for edit in item.fix.edits)
    }
    if not fixes or kind(script.tree) is Kind.NONE:  # nobody wants a tool to change the files of another program
        return Offered(tuple(replace(item, fix=None) if item.fix else item for item in found), ())
    broken = set(script.tree.broken)
    places = tuple(place for place in not_javascript(script.tree) if place not in broken or place not in allowed)
    if places:
        proved = _proved_when_mended(script, fixes, places)
    elif broken:
        proved = fixes if is_refuted(source.text) else _unsafe(fixes)
    else:
        proved = _proved_when_read(script, fixes)
    return Offered(tuple(replace(item, fix=proved.get(number)) for number, item in enumerate(found)), places)


def not_javascript(tree: Tree) -> tuple[Span, ...]:
    """Return the places where a text is no JavaScript, in order; none where it can be read."""
    places = {*tree.broken, *(fault.span for fault in tree.faults)}
    if not tree.faults:
        places |= {fault.span for fault in early_errors(tree)}
    return tuple(sorted(places))


def _unsafe(fixes: Mapping[int, Fix]) -> dict[int, Fix]:
    return {number: replace(fix, safety=Safety.UNSAFE) for number, fix in fixes.items()}


def mends_syntax(fix: Fix, places: Sequence[Span]) -> bool:
    """Return whether a fix is one of the syntax itself: it changes what is no JavaScript, and nothing else."""
    return all(any(edit.span.overlaps(place) for place in _beside(edit.span, places)) for edit in fix.edits)


def _beside(span: Span, places: Sequence[Span]) -> Sequence[Span]:
    """The places that a span may overlap; no more than two of them begin before its end and reach into it."""
    behind = bisect_left(places, Span(span.end, span.end))
    before = bisect_left(places, Span(span.start, span.start))
    return places[max(before - 2, 0) : behind]


def _proved_when_mended(script: Script, fixes: Mapping[int, Fix], places: Sequence[Span]) -> dict[int, Fix]:
    """The fixes for a text that is no JavaScript: those of its syntax, and those that can be made after them."""
    source = script.tree.source
    proved = {number: fix for number, fix in fixes.items() if mends_syntax(fix, places)}
    if proved and not is_refuted(source.text):
        return _unsafe(proved)
    others = {number: fix for number, fix in fixes.items() if number not in proved}
    edits = _apart(edit for fix in proved.values() if fix.safety is Safety.SAFE for edit in fix.edits)
    if not others or not edits:
        return proved
    mended = Script(parse(apply(source, edits)), collection=script.collection, api=script.api)
    if not not_javascript(mended.tree):
        moved = {number: _moved(fix, edits) for number, fix in others.items()}
        safeties = {number: fix.safety for number, fix in _proved_when_read(mended, moved).items()}
        proved |= {number: replace(fix, safety=safeties[number]) for number, fix in others.items()}
    return proved


def _apart(edits: Iterable[Edit]) -> list[Edit]:
    """Edits in the order of the text, without those that overlap one before."""
    found: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: edit.span):
        if not found or found[-1].span.end <= edit.span.start:
            found.append(edit)
    return found


def _moved(fix: Fix, edits: Sequence[Edit]) -> Fix:
    """A fix for a text after other edits of it."""
    ends = [edit.span.end for edit in edits]
    shifts = [0]
    for edit in edits:
        shifts.append(shifts[-1] + len(edit.text) - len(edit.span))

    def place(offset: int) -> int:
        return offset + shifts[bisect_right(ends, offset)]

    moved = (Edit(Span(place(edit.span.start), place(edit.span.end)), edit.text) for edit in fix.edits)
    return replace(fix, edits=tuple(moved))


def _proved_when_read(script: Script, fixes: Mapping[int, Fix]) -> dict[int, Fix]:
    """The fixes for a text that is JavaScript, all of them, unsafe where nothing is shown."""
    claimed = {number: fix for number, fix in fixes.items() if fix.safety is Safety.SAFE}
    if not claimed:
        return dict(fixes)
    access = Access(script)
    safe = _of_comments(script, claimed, access)
    safe |= _of_names(script, {number: fix for number, fix in claimed.items() if number not in safe}, access)
    return {**fixes, **_unsafe({number: claimed[number] for number in claimed.keys() - safe})}


def _of_comments(script: Script, fixes: Mapping[int, Fix], access: Access) -> set[int]:
    """The fixes that change blanks and comments only, where nothing sees that."""
    text = script.text
    if len(fixes) <= _MAX_PROOFS:
        found = {number for number, fix in fixes.items() if changes_no_token(text, fix.edits)}
    else:
        together = _apart(edit for fix in fixes.values() for edit in fix.edits)
        found = set(fixes) if changes_no_token(text, together) else set()
    own_text = OwnText(script, access)
    return {number for number in found if not any(own_text.is_seen(edit.span) for edit in fixes[number].edits)}


def _of_names(script: Script, fixes: Mapping[int, Fix], access: Access) -> set[int]:
    """The fixes each of whose edits replaces a name that fails every run of the script."""
    if not fixes:
        return set()
    unbound = Unbound(script, access)
    names = sorted(script.tree.of_type("Identifier"), key=lambda node: node.range[0])
    starts = [node.range[0] for node in names]

    def fails(edit: Edit) -> bool:
        inside = names[bisect_left(starts, edit.span.start) : bisect_left(starts, edit.span.end)]
        return any(unbound.fails(name) for name in inside)

    return {number for number, fix in fixes.items() if all(map(fails, fix.edits))}
