"""Comments of a file that allow findings in the scripts inside it: `# oso: allow RULE`, `<!-- oso: allow RULE -->`.

Behind code, such a comment speaks of the findings of its own line, and of every script that begins or ends there; on a
line of its own, of the next line with code in the same way. `allow-file` speaks of all scripts of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from oso_evalscript.documents.embedded import Document, Embedded
from oso_evalscript.model.diagnostic import Diagnostic
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import HostText, Span

_HASH = r"#"
_SLASHES = r"//|/\*|\{/\*"
_TAG = r"<!--"
_MARKS = {
    **dict.fromkeys(("py", "yaml", "yml", "toml"), _HASH),
    "ipynb": f"{_HASH}|{_SLASHES}|{_TAG}",
    "rst": r"^[ \t]*\.\.[ \t]",
    **dict.fromkeys(("md", "markdown", "qmd"), f"{_TAG}|{_HASH}"),
    **dict.fromkeys(("html", "htm"), f"{_TAG}|{_SLASHES}"),
    "json": r"//|/\*",  # as some readers of JSON take them
}
_DIRECTIVE = (
    r"(?P<mark>{marks})[^\r\n]*?\boso:[ \t]*(?P<key>allow(?:-file)?)(?:[ \t]*:)?[ \t]+"
    r"(?P<names>[\w-]+(?:[ \t]*,[ \t]*[\w-]+)*)"
)
_NAME = regex(r"[\w-]+")
_OPENS = regex(r"(?:[(\[{,=:]|[|>][-+0-9]*|(?:`{3}|~{3}|<pre|<script|<textarea)[^\r\n]*)[ \t]*\Z")


@dataclass(frozen=True, slots=True)
class Allowance:
    """A comment that allows findings.

    Attributes:
        names: of the rules.
        cell: of the notebook, None elsewhere.
        lines: those that it speaks of; None for the whole file.
        ends: whether it speaks also of scripts that end there.
        comment: where it is written, from its mark on, in the text that `beside` is shown in.
        places: its names, and where they are.
        beside: the first script of that text.
    """

    names: frozenset[str]
    cell: int | None
    lines: range | None
    ends: bool
    comment: Span = field(compare=False)
    places: tuple[tuple[str, Span], ...] = field(compare=False)
    beside: Embedded = field(compare=False, repr=False)

    def speaks_of(self, script: Embedded) -> bool:
        """Return whether it is beside a script, or speaks of all of the file."""
        if self.lines is None:
            return True
        lines = script.lines if script.cell == self.cell else range(0)
        first = self.lines.start
        return first in lines or lines.start in self.lines or (self.ends and lines.stop - 1 == first)

    def holds_for(self, script: Embedded, item: Diagnostic) -> bool:
        """Return whether it allows a finding."""
        if self.lines is None or script.cell != self.cell:
            return self.lines is None and item.rule in self.names
        lines = script.lines
        first = self.lines.start
        return item.rule in self.names and (
            script.position(item.span.start).line == first
            or lines.start in self.lines
            or (self.ends and lines.stop - 1 == first)
        )

    def holds_on(self, rule: str, cell: int | None, line: int) -> bool:
        """Return whether it allows a finding of a rule on a line of the file, outside of scripts."""
        return rule in self.names and (self.lines is None or (cell == self.cell and line == self.lines.start))


@dataclass(frozen=True, slots=True)
class Allowances:
    """What the comments of a file allow."""

    all: tuple[Allowance, ...] = ()

    def allowing(self, script: Embedded, item: Diagnostic) -> list[Allowance]:
        """Return the comments that allow a finding in a script, with its place there."""
        return [allowance for allowance in self.all if allowance.holds_for(script, item)]

    def allow_on(self, rule: str, cell: int | None, line: int) -> bool:
        """Return whether a finding of a rule on a line of the file, outside of scripts, is allowed."""
        return any(allowance.holds_on(rule, cell, line) for allowance in self.all)


def read_allowances(document: Document) -> Allowances:
    """Return what the comments of a file allow in its scripts."""
    if "oso:" not in document.text:
        return Allowances()
    marks = _MARKS.get(document.kind, _SLASHES)
    pattern = re.compile(_DIRECTIVE.format(marks=marks), re.MULTILINE)
    shown = {script.cell: script for script in document.scripts}
    return Allowances(tuple(item for script in shown.values() for item in _of_text(document, script, pattern)))


def _of_text(document: Document, beside: Embedded, pattern: re.Pattern[str]) -> Iterator[Allowance]:
    """The comments in the file, or in the cell of a script, that are not in a script themselves."""
    text = beside.shown.text
    shown = HostText(text)
    lines = [shown.slice(shown.line_span(number)) for number in range(1, len(shown.line_starts) + 1)]
    for match in pattern.finditer(text):
        place = beside.shown_place(match.start("key"))
        if any(script.offset(place) is not None for script in document.scripts):
            continue
        start = match.start("names")
        places = tuple(
            (name[0], Span(start + name.start(), start + name.end())) for name in _NAME.finditer(match["names"])
        )
        said = (Span(*match.span()), places, beside)
        names = frozenset(name for name, _ in places)
        if match["key"] == "allow-file":
            yield Allowance(names, beside.cell, None, False, *said)
            continue
        line = shown.position(match.start("key")).line
        before = text[shown.line_starts[line - 1] : match.start("mark")]
        alone = not before.strip()
        if alone:
            line = _next_line(lines, line, pattern)
        code = lines[line - 1] if alone else before
        yield Allowance(names, beside.cell, range(line, line + 1 + bool(_OPENS.search(code))), not alone, *said)


def _next_line(lines: list[str], line: int, pattern: re.Pattern[str]) -> int:
    """The number of the next line behind a comment that is neither blank nor such a comment."""
    for number in range(line + 1, len(lines) + 1):
        if lines[number - 1].strip() and not pattern.search(lines[number - 1]):
            return number
    return line
