"""Comments for all that is found today, so that a folder of old scripts can be linted from now on.

A comment goes behind the line of the finding; where none can stand there (in a template, before a line end that is
escaped) on a line of its own above; where that is not possible either, it speaks of the whole file, from its end.
What is proposed is tried: other comments are the only change of the script, and the findings are gone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from oso_evalscript.javascript.syntax import Tree, children, parse
from oso_evalscript.javascript.tokens import Comment
from oso_evalscript.linter.report import Report
from oso_evalscript.linter.suppressions import RULE_NAME, read_suppressions
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import Edit, Source, Span, apply
from oso_evalscript.semantics.script import Script

_INDENT = regex(r"[ \t]*")


@dataclass(frozen=True, slots=True)
class Adopted:
    """A source with its new comments.

    Attributes:
        source: the new text; the old one where nothing was found.
        comments: how many there are.
        report: what is found still: comments that are of no use, and what no comment can allow.
    """

    source: Source
    comments: int
    report: Report


def add_suppressions(source: Source, lint: Callable[[Source], Report]) -> Adopted:
    """Return a source with a comment for each line in which something is found, and the same code."""
    best = Adopted(source, 0, lint(source))
    for propose in (_beside_each, _for_the_file):
        rules: dict[int, set[str]] = defaultdict(set)
        for item in best.report:
            if item.rule != RULE_NAME:
                rules[best.source.position(item.span.start).line].add(item.rule)
        tree = parse(best.source)
        edits = tuple(propose(tree, rules))
        if not edits:
            continue
        changed = apply(best.source, edits)
        if _code(tree) == _code(parse(changed)) and len(report := lint(changed)) < len(best.report):
            best = Adopted(changed, best.comments + len(edits), report)
    return best


def _code(tree: Tree) -> object:
    """What of a text is no comment; where it could be read also as it was understood."""
    tokens = [(token.kind, tree.source.text[token.start : token.end]) for token in tree.tokens]
    nodes = [(node.type, "" if children(node) else tree.text(node)) for node in tree.nodes]
    return tokens, nodes


def _beside_each(tree: Tree, rules: Mapping[int, Collection[str]]) -> Iterator[Edit]:
    """Propose a comment for each line, behind it or above it."""
    places = _Places(tree)
    for line, names in sorted(rules.items()):
        edit = places.behind(line, sorted(names)) or places.above(line, sorted(names))
        if edit is not None:
            yield edit


def _for_the_file(tree: Tree, rules: Mapping[int, Collection[str]]) -> Iterator[Edit]:
    """Propose one comment at the end of the text."""
    names = sorted({name for of_line in rules.values() for name in of_line})
    if names:
        source = tree.source
        end = Span(len(source.text), len(source.text))
        alone = source.line_span(len(source.line_starts)) == end
        comment = f"// oso: allow-file {', '.join(names)}"
        yield Edit(end, f"{comment}{source.newline}" if alone else f"{source.newline}{comment}")


class _Places:
    """Where in a text comments can stand."""

    def __init__(self, tree: Tree) -> None:
        self._source = tree.source
        self._tokens = tree.tokens
        self._comments = tree.comments
        self._token_starts = [token.start for token in self._tokens]
        self._comment_starts = [comment.start for comment in self._comments]
        self._by_line = {item.line: item for item in read_suppressions(tree) if item.line is not None and item.names}
        header = Script(tree).header
        self._first = 0 if header is None else header.span.end

    def behind(self, line: int, names: list[str]) -> Edit | None:
        """The edit that puts a comment behind a line, or adds to the comment that speaks of it already."""
        listed = ", ".join(names)
        if (old := self._by_line.get(line)) is not None:
            last = old.names[-1].end
            return Edit(Span(last, last), f", {listed}")
        span = self._source.line_span(line)
        if self._inside_token(span.end, refused_too=True):
            return None
        comment = self._comment_around(span.end)
        if comment is not None and not self._source.text.startswith("//", comment.start):
            return None
        blank = "" if not self._source.slice(span)[-1:].strip() else " "
        return Edit(Span(span.end, span.end), f"{blank}// oso: allow {listed}")

    def above(self, line: int, names: list[str]) -> Edit | None:
        """The edit that puts a comment on a line of its own; never above the header."""
        span = self._source.line_span(line)
        if span.start < self._first or line == 1 or self._inside_token(span.start, refused_too=False):
            return None
        if (comment := self._comment_around(span.start - 1)) is not None and comment.end > span.start:
            return None
        indent = _INDENT.match(self._source.text, span.start, span.end)
        text = f"{indent[0] if indent else ''}// oso: allow {', '.join(names)}{self._source.newline}"
        return Edit(Span(span.start, span.start), text)

    def _inside_token(self, offset: int, *, refused_too: bool) -> bool:
        """Whether a token begins before a place and ends behind it; one that is refused also where it ends there."""
        index = bisect_left(self._token_starts, offset) - 1
        if index < 0:
            return False
        token = self._tokens[index]
        return offset < token.end or (refused_too and token.kind == "Refused" and offset == token.end)

    def _comment_around(self, offset: int) -> Comment | None:
        """The comment that begins before a place, and ends there (where it is of one line) or behind it."""
        index = bisect_left(self._comment_starts, offset) - 1
        if index < 0:
            return None
        comment = self._comments[index]
        of_one_line = not self._source.text.startswith("/*", comment.start)
        return comment if offset < comment.end + of_one_line else None
