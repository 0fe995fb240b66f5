"""Running the rules: `lint` gives a `Report`, `fix` applies fixes until nothing changes any more."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from oso_evalscript.javascript.syntax import Tree, parse
from oso_evalscript.linter.rule import Rule, all_rules
from oso_evalscript.linter.script import Script
from oso_evalscript.model.diagnostic import Diagnostic, Fix, Safety, Severity
from oso_evalscript.model.text import Source, Span, apply

_MOST_PASSES = 10
_ECHOES = ("syntax-error", "undefined-name")
_OF_SEVERAL_WORDS = "color-not-a-number"
_ALLOW = re.compile(r"oso:\s*allow(-file)?\s+([\w-]+(?:\s*,\s*[\w-]+)*)")


@dataclass(frozen=True, slots=True)
class Report:
    """What the linter says of one source; falsy where it says nothing, iterates over the diagnostics.

    Attributes:
        source: the text that the positions belong to.
        diagnostics: in the order of the text.
    """

    source: Source
    diagnostics: tuple[Diagnostic, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.diagnostics)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.diagnostics)

    def __len__(self) -> int:
        return len(self.diagnostics)


@dataclass(frozen=True, slots=True)
class Fixed:
    """A source after its fixes.

    Attributes:
        source: the new text; the old one where nothing could be fixed.
        applied: the diagnostics whose fixes were applied, in the order of application.
        report: what the linter still says of the new text.
    """

    source: Source
    applied: tuple[Diagnostic, ...]
    report: Report


def lint(source: Source, *, select: Iterable[str] | None = None, ignore: Iterable[str] = ()) -> Report:
    """Return what the rules find in a source; never raises, whatever the text.

    Args:
        source: the script.
        select: names of the rules to run; where it is None, all that find errors and warnings.
        ignore: names of rules not to run.

    Raises:
        ValueError: a name is not that of a rule.
    """
    rules = choose(select, ignore)
    tree = parse(source)
    script = Script(tree)
    found = [
        Diagnostic(source.name, rule.name, rule.severity, finding.message, finding.span, finding.fix)
        for rule in rules
        for finding in rule.check(script)
    ]
    kept = _without_suppressed(tree, _without_echoes(found))
    order = sorted(kept, key=lambda item: (item.span, item.rule, item.message))
    return Report(source, tuple(order))


def fix(
    source: Source,
    *,
    unsafe: bool = False,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
) -> Fixed:
    """Return a source with every safe fix applied, with `unsafe` also the others, until nothing changes."""
    chosen = [rule.name for rule in choose(select, ignore)]
    applied: list[Diagnostic] = []
    report = lint(source, select=chosen)
    for _ in range(_MOST_PASSES):
        taken = _compatible(report, unsafe=unsafe)
        if not taken:
            break
        edits = [edit for _, chosen_fix in taken for edit in chosen_fix.edits]
        report = lint(apply(report.source, edits), select=chosen)
        applied += (diagnostic for diagnostic, _ in taken)
    return Fixed(report.source, tuple(applied), report)


def choose(select: Iterable[str] | None, ignore: Iterable[str]) -> tuple[Rule, ...]:
    """Return the rules of those names, without names all but those of severity info.

    Raises:
        ValueError: a name is not that of a rule.
    """
    rules = {rule.name: rule for rule in all_rules()}
    usual = [rule.name for rule in rules.values() if rule.severity is not Severity.INFO]
    wanted = usual if select is None else list(select)
    unwanted = set(ignore)
    for name in (*wanted, *unwanted):
        if name not in rules:
            raise ValueError(f"there is no rule `{name}`; the rules are {', '.join(rules)}")
    return tuple(rules[name] for name in dict.fromkeys(wanted) if name not in unwanted)


def _compatible(report: Report, *, unsafe: bool) -> list[tuple[Diagnostic, Fix]]:
    """The fixes that may be applied in one pass: no two of them touch the same characters."""
    taken: list[tuple[Diagnostic, Fix]] = []
    spans: list[Span] = []  # of the edits taken, ascending, none touching another
    for diagnostic in report:
        offered = diagnostic.fix
        if offered is None or (offered.safety is Safety.UNSAFE and not unsafe):
            continue
        if not any(_touches(edit.span, spans) for edit in offered.edits):
            taken.append((diagnostic, offered))
            for edit in offered.edits:
                insort(spans, edit.span)
    return taken


def _touches(new: Span, spans: list[Span]) -> bool:
    """Whether a span overlaps or begins with one of `spans`; only its neighbours in the order can."""
    at = bisect_left(spans, new)
    return any(new.overlaps(old) or new.start == old.start for old in spans[max(at - 1, 0) : at + 1])


def _without_echoes(found: list[Diagnostic]) -> list[Diagnostic]:
    """Drop each syntax error and unknown name on characters that another rule explains."""
    explained = {item.span for item in found if item.rule not in _ECHOES}
    wide = sorted(item.span for item in found if item.rule == _OF_SEVERAL_WORDS)
    return [
        item for item in found if item.rule not in _ECHOES or not (item.span in explained or _touches(item.span, wide))
    ]


def _without_suppressed(tree: Tree, found: list[Diagnostic]) -> list[Diagnostic]:
    if not found or "oso:" not in tree.source.text:
        return found
    everywhere, by_line = _suppressions(tree)
    return [
        item
        for item in found
        if item.rule not in everywhere and item.rule not in by_line.get(tree.source.position(item.span.start).line, ())
    ]


def _suppressions(tree: Tree) -> tuple[set[str], dict[int, set[str]]]:
    """The rules allowed in the whole file, and on each line, by comments `// oso: allow RULE — reason`.

    A comment behind code speaks of its own line, one on a line of its own of the next line with code.
    """
    source = tree.source
    everywhere: set[str] = set()
    by_line: dict[int, set[str]] = {}
    next_code = len(source.text)  # behind the comment at hand, going backward
    following = len(source.text)
    for comment in reversed(tree.comments):
        if source.text[comment.end : following].strip():
            gap = source.text[comment.end : following]
            next_code = comment.end + len(gap) - len(gap.lstrip())
        following = comment.start
        match = _ALLOW.search(source.text, comment.start, comment.end)
        if match is None:
            continue
        names = set(re.split(r"\s*,\s*", match[2]))
        if match[1]:
            everywhere |= names
            continue
        line = source.position(comment.start).line
        if not source.text[source.line_span(line).start : comment.start].strip():
            line = source.position(next_code).line
        by_line.setdefault(line, set()).update(names)
    return everywhere, by_line
