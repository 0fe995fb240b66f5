"""Comments of a file that allow findings which its scripts do not have; part of the rule `unused-suppression`.

Only what is certain is reported: a comment beside a script that could be read as a whole, and that really is a comment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from oso_evalscript.documents.embedded import Document, Embedded
from oso_evalscript.documents.signs import CODE
from oso_evalscript.linter.host_comments import Allowance, Allowances
from oso_evalscript.linter.report import InCell
from oso_evalscript.linter.rule import Rule, all_rules, no_such_rule
from oso_evalscript.linter.suppressions import RULE_NAME
from oso_evalscript.model.diagnostic import Diagnostic, Fix, Safety
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import Edit, Span

_OF_REQUESTS = "output-ids"
_WHOLE = regex(r"(\{/\*|/\*|<!--|//|#|[ \t]*\.\.)[ \t]*oso:")  # a comment that says nothing else
_CLOSING = {"{/*": "*/}", "/*": "*/", "<!--": "-->"}

Used = Collection[tuple[Allowance, str]]
"""The comments that allowed a finding, each with the name of its rule."""


def unused_comments(
    document: Document, allowed: Allowances, used: Used, rules: Sequence[Rule]
) -> Iterator[tuple[Diagnostic, InCell | None]]:
    """Yield a finding for each comment that allows nothing.

    Args:
        document: the file.
        allowed: what its comments allow.
        used: those that did so.
        rules: the rules that were run; a comment that names others is left alone.
    """
    rule = next((rule for rule in rules if rule.name == RULE_NAME), None)
    if rule is None or any(item.lines is None and RULE_NAME in item.names for item in allowed.all):
        return
    ran = {item.name for item in rules}
    known = {item.name for item in all_rules()}
    for item in allowed.all:
        scripts = [script for script in document.scripts if item.speaks_of(script)]
        if RULE_NAME in item.names or not scripts or not _is_comment(document, item):
            continue
        judged = _judged(scripts, ran)
        idle = [(name, span) for name, span in item.places if name in judged and (item, name) not in used]
        if idle:
            yield _row(document, item, rule, _message(item, idle), _place(item, idle), _edit(item, idle))
        for name, span in item.places:
            if name not in known:
                yield _row(document, item, rule, no_such_rule(name), span, None)


def _is_comment(document: Document, item: Allowance) -> bool:
    """Whether it is certain that a comment is one, and not an example or a part of a text."""
    if document.kind not in ("py", "ipynb"):
        return item.lines is not None or document.kind in CODE
    module = document.module(item.cell)
    if module is None:
        return item.lines is not None
    if module.tree is None:
        return False
    return not any(start <= item.comment.start < end for start, end in module.literals)


def _judged(scripts: Sequence[Embedded], ran: Collection[str]) -> Collection[str]:
    """The rules whose findings in some scripts are certain to be known."""
    if any(script.source.unknown or script.tree.root is None or script.tree.faults for script in scripts):
        return ()
    requests = (script.document.requests.get(script.number) for script in scripts)
    asks = any(request is not None and request.responses for request in requests)
    return [name for name in ran if name != _OF_REQUESTS or not asks]


_Idle = Sequence[tuple[str, Span]]


def _message(item: Allowance, idle: _Idle) -> str:
    shown = " and ".join(f"`{name}`" for name, _ in idle)
    where = "the evalscripts of this file" if item.lines is None else "the evalscript beside it"
    return f"unused suppression: no {shown} finding in {where}"


def _place(item: Allowance, idle: _Idle) -> Span:
    """The first name that is of no use; the whole comment where none is of use."""
    return item.comment if len(idle) == len(item.places) else idle[0][1]


def _edit(item: Allowance, idle: _Idle) -> Edit | None:
    """The edit that takes the names away, with the comment where it has no others; None where it says other things."""
    left = [name for name, span in item.places if (name, span) not in idle]
    if left:
        return Edit(Span(item.places[0][1].start, item.places[-1][1].end), ", ".join(left))
    shown = item.beside.shown
    line = shown.position(item.comment.start).line
    whole = shown.line_span(line)
    written = shown.slice(Span(item.comment.start, whole.end))
    mark = _WHOLE.match(written)
    if mark is None or (mark[1] in _CLOSING and not written.rstrip().endswith(_CLOSING[mark[1]])):
        return None
    before = shown.slice(Span(whole.start, item.comment.start))
    if before.strip():
        return Edit(Span(whole.start + len(before.rstrip()), whole.end), "")
    last = line == len(shown.line_starts)
    return Edit(Span(whole.start, whole.end if last else shown.line_starts[line]), "")


def _row(
    document: Document, item: Allowance, rule: Rule, message: str, span: Span, edit: Edit | None
) -> tuple[Diagnostic, InCell | None]:
    """A finding about a comment, as one of the file and in a notebook as one of its cell, too."""
    fix = None if edit is None else Fix((edit,), Safety.SAFE)
    shown = Diagnostic(document.name, RULE_NAME, rule.severity, message, span, fix)
    if item.cell is None:
        return shown, None
    frame = document.cell(item.cell)
    edits = None if edit is None else frame.host_edits((edit,))
    in_file = replace(shown, span=frame.host_span(span), fix=None if edits is None else Fix(edits, Safety.SAFE))
    if edits is None:
        shown = replace(shown, fix=None)
    return in_file, InCell(item.cell, item.beside.shown, shown)
