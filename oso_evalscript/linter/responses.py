"""Outputs that a request asks for, although its evalscript does not promise them; part of the rule `output-ids`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from oso_evalscript.documents.embedded import Embedded
from oso_evalscript.documents.requests import Response
from oso_evalscript.linter.host_comments import read_allowances
from oso_evalscript.linter.report import InCell
from oso_evalscript.linter.rule import Rule
from oso_evalscript.model.diagnostic import Diagnostic
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import HostText, Span
from oso_evalscript.semantics.kind import Kind
from oso_evalscript.semantics.script import Script

_RULE = "output-ids"
_ID = regex(r"\bid\b")
_ALWAYS_THERE = frozenset(("userdata",))


def unknown_responses(script: Embedded, rules: Sequence[Rule]) -> Iterator[tuple[Diagnostic, InCell | None]]:
    """Yield what is to be said of the outputs that the requests beside a script ask for."""
    rule = next((rule for rule in rules if rule.name == _RULE), None)
    request = script.document.requests.get(script.number)
    if rule is None or request is None or not request.responses or script.source.unknown:
        return
    wanted = [item for item in request.responses if not _is_there(item.identifier, script.source.text)]
    read = Script(script.tree) if wanted else None
    if read is None or read.kind is not Kind.V3 or not read.outputs:
        return
    ids = [output.id for output in read.outputs]
    for response in wanted:
        if response.identifier not in ids:
            item, cell = _finding(script, response, rule, ids)
            source, place = (script.document.source, item.span) if cell is None else (cell.source, cell.item.span)
            line = source.position(place.start).line
            if not read_allowances(script.document).allow_on(_RULE, response.cell, line):
                yield item, cell


def _is_there(identifier: str, text: str) -> bool:
    """Whether an output is there at first sight; most are, and the script need not be read again."""
    if identifier == "default" and _ID.search(text) is None:
        return True
    return identifier in _ALWAYS_THERE or f'"{identifier}"' in text or f"'{identifier}'" in text


def _finding(script: Embedded, response: Response, rule: Rule, ids: Sequence[str]) -> tuple[Diagnostic, InCell | None]:
    shown = ", ".join(f"`{id_}`" for id_ in ids)
    called = f" `{script.name}`" if script.name else ""
    message = f"the request asks for the output `{response.identifier}`; its evalscript{called} has {shown}"
    name = script.document.name
    item = Diagnostic(name, _RULE, rule.severity, message, response.span)
    if response.cell is None:
        return item, None
    cell = script.document.cell(response.cell)
    start, last = cell.offset(response.span.start), cell.offset(response.span.end - 1)
    span = Span(start or 0, max(start or 0, (last or 0) + 1))
    return item, InCell(response.cell, HostText(cell.text, name), Diagnostic(name, _RULE, rule.severity, message, span))
