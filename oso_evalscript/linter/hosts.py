"""The evalscripts inside a file, linted and fixed there: every finding and every edit is one of the file.

A fix is offered only if the file can write it; that is tried before. Lines in messages are those of the file, in
notebooks those of the cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from oso_evalscript.documents.embedded import Document, Embedded, Written
from oso_evalscript.documents.requests import Request
from oso_evalscript.javascript.syntax import Tree, parse
from oso_evalscript.linter.adoption import add_suppressions
from oso_evalscript.linter.engine import MAX_PASSES, Usage, compatible, offers
from oso_evalscript.linter.host_comments import Allowance, Allowances, read_allowances
from oso_evalscript.linter.offered import Offered
from oso_evalscript.linter.placing import without_misplaced
from oso_evalscript.linter.report import InCell, Report
from oso_evalscript.linter.responses import unknown_responses
from oso_evalscript.linter.rule import Rule
from oso_evalscript.linter.suppressions import RULE_NAME as UNUSED
from oso_evalscript.linter.unused_comments import unused_comments
from oso_evalscript.model.contract import Api
from oso_evalscript.model.diagnostic import Diagnostic, Fix
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import Edit, Source, Span, apply

_LINE_NUMBER = regex(r"\b((?:on|in) line )(\d+)\b")
_MAX_CHARACTERS_READ_AGAIN = 4_000_000
"""How much is read again at most to find out, one by one, which fixes a file can write."""


@dataclass(frozen=True)
class Checks:
    """What is looked for in scripts.

    Attributes:
        rules: the rules to run.
        usage: where the bands come from, and what runs the scripts.
    """

    rules: tuple[Rule, ...]
    usage: Usage = field(default_factory=Usage)
    _known: dict[tuple[Source, Usage], Offered] = field(default_factory=dict, repr=False, compare=False)

    def of(self, script: Embedded, allowed: Allowances, used: set[tuple[Allowance, str]]) -> Offered:
        """Return what is found in a script but for what its file allows; the comments that do so join `used`."""
        usage = self.usage_of(script)

        def allows(item: Diagnostic) -> bool:
            allowing = allowed.allowing(script, item)
            used.update((comment, item.rule) for comment in allowing)
            return bool(allowing)

        if allowed.all:
            return without_misplaced(script, offers(script.tree, self.rules, usage, allows))
        return without_misplaced(script, self.of_tree(script.source, lambda: script.tree, usage))

    def of_source(self, source: Source, usage: Usage) -> Offered:
        """Return what is found in a text."""
        return self.of_tree(source, lambda: parse(source), usage)

    def of_tree(self, source: Source, read: Callable[[], Tree], usage: Usage) -> Offered:
        """Return what is found in the tree of a text; one that was looked at before is not read again."""
        key = (source, usage)
        if key not in self._known:
            self._known[key] = offers(read(), self.rules, usage)
        return self._known[key]

    def usage_of(self, script: Embedded) -> Usage:
        """Return how a script is used: the request beside it comes first."""
        request = script.document.requests.get(script.number)
        api: Api | None = "statistics" if request is not None and request.statistical else self.usage.api
        return replace(self.usage, collection=_collection_of(request) or self.usage.collection, api=api)


def _collection_of(request: Request | None) -> str | None:
    """The collection that a request names, if it is known."""
    if request is None or request.collection is None:
        return None
    from oso_evalscript.model.catalog import named_collection

    return request.collection if named_collection(request.collection) is not None else None


@dataclass(frozen=True, slots=True)
class FixedDocument:
    """A file after changes of its scripts.

    Attributes:
        document: the file as it is now; the old one where nothing could be changed.
        changes: how many fixes were applied, or comments added.
        report: what the linter still says of it.
    """

    document: Document
    changes: int
    report: Report


_Chosen = Mapping[int, Sequence[tuple[Diagnostic, Fix]]]


def lint_document(document: Document, checks: Checks) -> Report:
    """Return what the rules find in the scripts of a file, in the order of the file.

    Raises:
        SourceError: the file is not what its name says.
        MissingExtra: what reads files of that kind is not installed.
    """
    allowed = read_allowances(document)
    used: set[tuple[Allowance, str]] = set()
    found = [checks.of(script, allowed, used) for script in document.scripts]
    writable = dict(_writable(document, found))
    rows: dict[tuple[object, ...], tuple[Diagnostic, InCell | None]] = {}
    for script, offered in zip(document.scripts, found, strict=True):
        for index, item in enumerate(offered.diagnostics):
            row = _in_host(script, item, writable.get((script.number, index)))
            rows.setdefault((row[0].span, item.rule, row[0].message), row)  # of a constant that several scripts hold
        for row in unknown_responses(script, checks.rules):
            rows.setdefault((row[0].span, row[0].rule, row[0].message), row)
    for row in unused_comments(document, allowed, used, checks.rules):
        rows.setdefault((row[0].span, row[0].rule, row[0].message), row)
    ordered = sorted(rows.values(), key=lambda row: (row[0].span, row[0].rule, row[0].message))
    in_cells = tuple(cell for _, cell in ordered)
    return Report(document.source, tuple(item for item, _ in ordered), in_cells if any(in_cells) else ())


def fix_document(document: Document, checks: Checks, *, unsafe: bool = False) -> FixedDocument:
    """Return a file with every safe fix of its scripts applied, with `unsafe` also the others, until nothing changes.

    Nothing but characters of the scripts is changed, as the file writes them, and every other script stays as it is.

    Raises:
        SourceError: the file is not what its name says.
        MissingExtra: what reads files of that kind is not installed.
    """
    changes = 0
    for _ in range(MAX_PASSES):
        found = _checked(document, checks)
        document, done = _applied(document, dict(_chosen(document, found, unsafe=unsafe)))
        if not done:
            break
        changes += done
    report = lint_document(document, checks)
    tidied, done = _without_comments(document, report)
    if done:
        return FixedDocument(tidied, changes + done, lint_document(tidied, checks))
    return FixedDocument(document, changes, report)


def _without_comments(document: Document, report: Report) -> tuple[Document, int]:
    """A file without the comments beside its scripts that allow nothing, and how many these are."""
    if not any(item.rule == UNUSED for item in report):
        return document, 0
    fixes = [item.fix for item in report if item.rule == UNUSED and item.fix is not None]
    fixes = [fix for fix in fixes if not _touches_script(document, fix)]
    changed = Document.of(apply(document.source, [edit for fix in fixes for edit in fix.edits]), document.kind)
    before, after = ([script.source for script in item.scripts] for item in (document, changed))
    return (changed, len(fixes)) if before == after else (document, 0)


def _touches_script(document: Document, fix: Fix) -> bool:
    return any(
        script.offset(place) is not None
        for script in document.scripts
        for edit in fix.edits
        for place in range(edit.span.start, edit.span.end)
    )


def add_suppressions_in(document: Document, checks: Checks) -> FixedDocument:
    """Return a file with a comment in its scripts for each line in which something is found.

    Raises:
        SourceError: the file is not what its name says.
        MissingExtra: what reads files of that kind is not installed.
    """
    changes = 0
    for number in range(len(document.scripts)):
        script = document.scripts[number]
        usage = checks.usage_of(script)
        before = Report(script.source, checks.of(script, read_allowances(document), set()).diagnostics)

        def lint(source: Source, before: Report = before, usage: Usage = usage) -> Report:
            return before if source == before.source else Report(source, checks.of_source(source, usage).diagnostics)

        adopted = add_suppressions(script.source, lint)
        edits = tuple(_insertions(script.source.text, adopted.source.text))
        written = document.edited({number: edits}) if edits else None
        if written is not None:
            document, changes = written.document, changes + adopted.comments
    return FixedDocument(document, changes, lint_document(document, checks))


def _checked(document: Document, checks: Checks) -> list[Offered]:
    """What is found in each script of a file, but for what a comment beside it allows."""
    allowed = read_allowances(document)
    return [checks.of(script, allowed, set()) for script in document.scripts]


# Fixes


def _chosen(
    document: Document, found: Sequence[Offered], *, unsafe: bool
) -> Iterator[tuple[int, list[tuple[Diagnostic, Fix]]]]:
    """The fixes that may be made in one pass, by the number of the script; none that touches what is computed."""
    for script, offered in zip(document.scripts, found, strict=True):
        taken = compatible(offered, unsafe=unsafe)
        taken = [pair for pair in taken if script.passage.host_edits(pair[1].edits) is not None]
        if taken:
            yield script.number, taken


def _applied(document: Document, chosen: _Chosen) -> tuple[Document, int]:
    """A file after some fixes of its scripts, as many as it can write, and how many these are."""
    if not chosen:
        return document, 0
    written = document.edited({number: _edits(taken) for number, taken in chosen.items()})
    if written is not None:
        return written.document, sum(map(len, chosen.values()))
    done = 0
    left = _tries(document)
    for number, taken in chosen.items():
        part, tried = _largest_part(document, number, taken, left)
        left -= tried
        written = document.edited({number: _edits(part)}) if part else None
        if written is not None:
            document, done = written.document, done + len(part)
    return document, done


def _largest_part(
    document: Document, number: int, taken: Sequence[tuple[Diagnostic, Fix]], tries: int
) -> tuple[Sequence[tuple[Diagnostic, Fix]], int]:
    """Those of the fixes of a script that its file can write together, and how many tries that took."""
    if document.edited({number: _edits(taken)}) is not None:
        return taken, 1
    single = [pair for pair in taken[: max(tries - 2, 0)] if document.edited({number: pair[1].edits}) is not None]
    if len(single) > 1 and document.edited({number: _edits(single)}) is None:
        single = single[:1]
    return single, len(taken) + 2


def _edits(taken: Iterable[tuple[Diagnostic, Fix]]) -> tuple[Edit, ...]:
    return tuple(edit for _, fix in taken for edit in fix.edits)


def _tries(document: Document) -> int:
    """How often a file may be read again to try fixes one by one."""
    return max(4, _MAX_CHARACTERS_READ_AGAIN // (len(document.source.text) + 1000))


def _writable(document: Document, found: Sequence[Offered]) -> Iterator[tuple[tuple[int, int], tuple[Edit, ...]]]:
    """Yield the edits of the file for each fix that it can write, by the numbers of the script and the finding."""
    together: dict[int, tuple[Edit, ...]] = {}
    alone: list[tuple[int, int, Fix]] = []
    joined: list[tuple[int, int, Fix]] = []
    for number, offered in enumerate(found):
        edits: list[Edit] = []
        for index, item in enumerate(offered.diagnostics):
            if item.fix is None or document.scripts[number].passage.host_edits(item.fix.edits) is None:
                continue
            is_apart = not any(new.span.overlaps(old.span) or new == old for new in item.fix.edits for old in edits)
            (joined if is_apart else alone).append((number, index, item.fix))
            edits += item.fix.edits if is_apart else ()
        if edits:
            together[number] = tuple(edits)
    written = document.edited(together) if together else None
    if written is not None:
        yield from _as_written(document, joined, written)
    else:
        alone = sorted([*joined, *alone], key=lambda entry: entry[:2])
    for number, index, fix in alone[: _tries(document)]:
        host_edits = document.scripts[number].host_edits(fix.edits)
        if host_edits is not None:
            yield (number, index), host_edits


def _as_written(
    document: Document, fixes: Iterable[tuple[int, int, Fix]], written: Written
) -> Iterator[tuple[tuple[int, int], tuple[Edit, ...]]]:
    for number, index, fix in fixes:
        edits = document.scripts[number].attempt(fix.edits, written.attempt)
        if edits is not None:
            yield (number, index), edits


def _insertions(old: str, new: str) -> Iterator[Edit]:
    """The edits that make a text of an older one by putting something behind or between its lines."""
    import difflib

    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, low, high, first, last in matcher.get_opcodes():
        if tag != "equal":
            yield from _within_lines(starts[low], "".join(before[low:high]), "".join(after[first:last]))


def _within_lines(start: int, old: str, new: str) -> Iterator[Edit]:
    """The same for a few lines, from the first to the last character that differs."""
    head = next((index for index, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), None)
    head = min(len(old), len(new)) if head is None else head
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    yield Edit(Span(start + head, start + len(old) - tail), new[head : len(new) - tail])


# Places


def _in_host(
    script: Embedded, item: Diagnostic, host_edits: tuple[Edit, ...] | None
) -> tuple[Diagnostic, InCell | None]:
    """A finding of a script as one of its file, and in a notebook as one of its cell."""
    fix = None if item.fix is None or host_edits is None else Fix(host_edits, item.fix.safety)
    message = _with_lines_of_host(script, item.message)
    in_host = replace(item, message=message, span=script.host_span(item.span), fix=fix)
    if script.cell is None:
        return in_host, None
    shown = None
    if fix is not None and item.fix is not None:
        edits = tuple(Edit(script.shown_span(edit.span), edit.text) for edit in item.fix.edits)
        shown = Fix(edits, fix.safety)
    in_cell = replace(item, message=message, span=script.shown_span(item.span), fix=shown)
    return in_host, InCell(script.cell, script.shown, in_cell)


def _with_lines_of_host(script: Embedded, message: str) -> str:
    """A message with the lines of the file in the place of those of the script; what is quoted stays."""

    def of_host(match: re.Match[str]) -> str:
        line = int(match[2])
        if line > len(script.source.line_starts):
            return match[0]
        return f"{match[1]}{script.position(script.source.line_starts[line - 1]).line}"

    parts = message.split("`")
    parts[::2] = (_LINE_NUMBER.sub(of_host, part) for part in parts[::2])
    return "`".join(parts)
