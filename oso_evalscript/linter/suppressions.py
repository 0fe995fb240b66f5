"""Comments that allow a finding: `// oso: allow RULE — reason` for a line, `// oso: allow-file RULE` for the file.

A comment behind code speaks of its own line, one on a line of its own of the next line with code. Behind other text of
a comment that has a line of its own, as in `// VERSION=3 // oso: allow RULE`, it speaks of both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from oso_evalscript.javascript.syntax import Tree
from oso_evalscript.model.diagnostic import Diagnostic, Finding, Fix, Safety
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import Edit, Source, Span
from oso_evalscript.semantics.directives import Directive, Directives

RULE_NAME = "unused-suppression"
"""The rule under which comments that allow nothing are reported."""

_LINE_END = regex("[\r\n\u2028\u2029]")


class Suppression(NamedTuple):
    """A comment that allows findings.

    Attributes:
        directive: what it says, and where.
        line: the line it speaks of, counted from 1; None where it speaks of the whole file.
        own_line: the line in which it stands, where it speaks of that too; else None.
    """

    directive: Directive
    line: int | None
    own_line: int | None = None

    @property
    def span(self) -> Span:
        """The comment, or the part of it that belongs to the suppression."""
        return self.directive.span

    @property
    def names(self) -> tuple[Span, ...]:
        """Where the names of the allowed rules stand; none where they were forgotten."""
        return self.directive.values


class Judgement(NamedTuple):
    """What remains of the findings, and what of the comments was of no use."""

    kept: tuple[Diagnostic, ...]
    unused: tuple[Finding, ...]


def read_suppressions(tree: Tree) -> tuple[Suppression, ...]:
    """Return the comments of a source that allow findings, in order."""
    source = tree.source
    allowing = [item for item in Directives(tree).all if item.key in ("allow", "allow-file")]
    following = _code_behind(tree) if allowing else {}
    found: list[Suppression] = []
    for item in allowing:
        comment = item.comment.start
        own = source.position(item.span.start).line
        if item.key == "allow-file":
            found.append(Suppression(item, None))
        elif source.text[source.line_span(source.position(comment).line).start : comment].strip():
            found.append(Suppression(item, own))
        else:
            found.append(Suppression(item, source.position(following[comment]).line, None if item.leads else own))
    return tuple(found)


def _code_behind(tree: Tree) -> dict[int, int]:
    """Where the first code behind each comment begins, by where the comment begins."""
    text = tree.source.text
    found: dict[int, int] = {}
    next_code = following = len(text)  # behind the comment at hand, going backward
    for comment in reversed(tree.comments):
        gap = text[comment.end : following]
        if gap.strip():
            next_code = comment.end + len(gap) - len(gap.lstrip())
        following = comment.start
        found[comment.start] = next_code
    return found


def judge(tree: Tree, found: Iterable[Diagnostic], ran: Collection[str]) -> Judgement:
    """Return the findings that no comment allows, and the comments that allow none of them.

    Args:
        tree: of the source.
        found: all findings, in any order.
        ran: the names of the rules that were run; nothing is said of a comment that names others.
    """
    suppressions = read_suppressions(tree)
    if not suppressions:
        return Judgement(tuple(found), ())
    allowing = _by_line_and_name(tree, suppressions)

    def allowed(rule: str, span: Span) -> list[Span]:
        line = tree.source.position(span.start).line
        return [*allowing.get((line, rule), ()), *allowing.get((None, rule), ())]

    used: set[Span] = set()
    kept: list[Diagnostic] = []
    for diagnostic in found:
        names = allowed(diagnostic.rule, diagnostic.span)
        used.update(names)
        if not names:
            kept.append(diagnostic)
    if RULE_NAME not in ran or tree.root is None or tree.faults:  # what could not be read may hold the finding
        return Judgement(tuple(kept), ())
    unused = (_unused(tree, item, used, ran) for item in suppressions)
    return Judgement(tuple(kept), tuple(item for item in unused if item and not allowed(RULE_NAME, item.span)))


def _by_line_and_name(tree: Tree, suppressions: Iterable[Suppression]) -> dict[tuple[int | None, str], list[Span]]:
    """The names of the comments by the line they speak of and by what they say."""
    found: dict[tuple[int | None, str], list[Span]] = defaultdict(list)
    for item in suppressions:
        for line in (item.line,) if item.own_line is None else (item.line, item.own_line):
            for name in item.names:
                found[line, tree.source.slice(name)].append(name)
    return found


def _unused(tree: Tree, item: Suppression, used: Collection[Span], ran: Collection[str]) -> Finding | None:
    """What is to be said of one comment: nothing where each of its names is of use, or was not run."""
    texts = {name: tree.source.slice(name) for name in item.names}
    idle = [name for name, text in texts.items() if name not in used and text in ran and text != RULE_NAME]
    if not idle:
        return None
    shown = " and ".join(f"`{texts[name]}`" for name in idle)
    where = "this file" if item.line is None else f"line {item.line}"
    message = f"unused suppression: no {shown} finding in {where}"
    left = [text for name, text in texts.items() if name not in idle]
    if left:
        edit = Edit(Span(item.names[0].start, item.names[-1].end), ", ".join(left))
        return Finding(idle[0], message, Fix((edit,), Safety.SAFE))
    if item.directive.leads and not item.directive.fills:
        return Finding(item.span, message)  # what follows in the comment needs its beginning
    return Finding(item.span, message, Fix((_removal(tree.source, item.span),), Safety.SAFE))


def _removal(source: Source, comment: Span) -> Edit:
    """The edit that takes a comment away: with its line where it stands alone, else with the blanks before it."""
    text = source.text
    first, last = (source.position(offset).line for offset in (comment.start, comment.end))
    before = text[source.line_span(first).start : comment.start]
    after = text[comment.end : source.line_span(last).end]
    if not before.strip() and not after.strip():
        end = source.line_starts[last] if last < len(source.line_starts) else len(text)
        return Edit(Span(source.line_span(first).start, end), "")
    start = comment.start - (len(before) - len(before.rstrip()))
    if not after.strip():
        return Edit(Span(start, comment.end + len(after)), "")
    # A block comment parts what stands around it, and is a line end where it holds one.
    return Edit(comment, source.newline if _LINE_END.search(text, comment.start, comment.end) else " ")
