"""Comments that allow a finding: `// oso: allow RULE — reason` for a line, `// oso: allow-file RULE` for the file.

A comment behind code speaks of its own line, one on a line of its own of the next line with code. It may stand behind
another comment, as in `// VERSION=3 // oso: allow RULE`, and then speaks of its own line.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from oso_evalscript.javascript.syntax import Tree
from oso_evalscript.model.diagnostic import Diagnostic, Finding, Fix, Safety
from oso_evalscript.model.text import Edit, Source, Span

RULE_NAME = "unused-suppression"
"""The rule under which comments that allow nothing are reported."""

_WORDS = r"oso:[ \t]*allow(-file)?(?![\w-])(?:[ \t]*:)?[ \t]*([\w-]+(?:[ \t]*,[ \t]*[\w-]+)*)?"
_FIRST = re.compile(rf"(?://|/\*)[\s*]*{_WORDS}")
_BEHIND = re.compile(rf"(?<=\s)//[ \t]*{_WORDS}")
_NAME = re.compile(r"[\w-]+")
_LINE_END = re.compile("[\r\n\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Suppression:
    """A comment that allows findings.

    Attributes:
        span: from its marks to the end of the comment.
        names: where the names of the allowed rules stand; none where they were forgotten.
        line: the line it speaks of, counted from 1; None where it speaks of the whole file.
    """

    span: Span
    names: tuple[Span, ...]
    line: int | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What remains of the findings, and what of the comments was of no use."""

    kept: tuple[Diagnostic, ...]
    unused: tuple[Finding, ...]


def read_suppressions(tree: Tree) -> tuple[Suppression, ...]:
    """Return the comments of a source that allow findings, in order."""
    source = tree.source
    if "oso:" not in source.text:
        return ()
    found: list[Suppression] = []
    next_code = following = len(source.text)  # behind the comment at hand, going backward
    for comment in reversed(tree.comments):
        gap = source.text[comment.end : following]
        if gap.strip():
            next_code = comment.end + len(gap) - len(gap.lstrip())
        following = comment.start
        match = _FIRST.match(source.text, comment.start, comment.end)
        if match is None and source.text.startswith("//", comment.start):
            match = _BEHIND.search(source.text, comment.start + 2, comment.end)
        if match is None:
            continue
        line = source.position(comment.start).line
        if not source.text[source.line_span(line).start : match.start()].strip():
            line = source.position(next_code).line
        names = () if match[2] is None else _NAME.finditer(source.text, match.start(2), match.end(2))
        spans = tuple(Span(*name.span()) for name in names)
        found.append(Suppression(Span(match.start(), comment.end), spans, None if match[1] else line))
    return tuple(reversed(found))


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
        for name in item.names:
            found[item.line, tree.source.slice(name)].append(name)
    return found


def _unused(tree: Tree, item: Suppression, used: Collection[Span], ran: Collection[str]) -> Finding | None:
    """What is to be said of one comment: nothing where each of its names is of use, or was not run."""
    texts = {name: tree.source.slice(name) for name in item.names}
    idle = [name for name, text in texts.items() if name not in used and text in ran and text != RULE_NAME]
    if not idle:
        return None
    shown = " and ".join(f"`{texts[name]}`" for name in idle)
    where = "this file" if item.line is None else f"line {item.line}"
    message = f"this comment allows {shown}, but nothing of the kind is found in {where}"
    left = [text for name, text in texts.items() if name not in idle]
    if left:
        edit = Edit(Span(item.names[0].start, item.names[-1].end), ", ".join(left))
    else:
        edit = _removal(tree.source, item.span)
    return Finding(idle[0] if left else item.span, message, Fix((edit,), Safety.SAFE))


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
