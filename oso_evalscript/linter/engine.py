"""Running the rules: `lint` gives a `Report`, `fix` applies fixes until nothing changes any more."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from oso_evalscript.javascript.syntax import Tree, parse
from oso_evalscript.linter.offered import Offered
from oso_evalscript.linter.report import Report
from oso_evalscript.linter.rule import ANY_RULE, Rule, all_rules, no_such_rule
from oso_evalscript.linter.suppressions import RULE_NAME, judge
from oso_evalscript.model.contract import Api, read_api
from oso_evalscript.model.diagnostic import Diagnostic, Finding, Fix, Safety, Severity
from oso_evalscript.model.text import AnySource, Source, Span, apply
from oso_evalscript.semantics.script import Script

MAX_PASSES = 10
"""How often fixes are applied to what earlier ones have left."""


@dataclass(frozen=True, slots=True)
class Usage:
    """How a script is used, as far as a caller says it.

    Attributes:
        collection: where its bands come from.
        api: which of the service's interfaces runs it.
    """

    collection: str | None = None
    api: Api | None = None

    @classmethod
    def of(cls, collection: str | None, api: str | None) -> Usage:
        """Return the same of arguments of a caller.

        Raises:
            OsoError: there is no such collection or interface.
        """
        if collection is not None:
            from oso_evalscript.model.catalog import require_collection  # it takes time to load

            require_collection(collection)
        return cls(collection, None if api is None else read_api(api))


@dataclass(frozen=True, slots=True)
class Fixed:
    """A source after its fixes.

    Attributes:
        source: the new text, or the old one if nothing could be fixed.
        applied: the diagnostics whose fixes were applied, in the order of application.
        report: the remaining findings.
    """

    source: Source
    applied: tuple[Diagnostic, ...]
    report: Report

    def __repr__(self) -> str:
        count, left = len(self.applied), len(self.report)
        fixes, findings = f"{count} fix{'es' * (count != 1)}", f"{left} finding{'s' * (left != 1)}"
        return f"<Fixed {self.source.name}: {fixes} applied, {findings} left>"

    def _repr_html_(self) -> str:
        return self.report._repr_html_()


def lint(
    source: AnySource,
    *,
    select: Iterable[str] | None = None,
    extend_select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    collection: str | None = None,
    api: Api | None = None,
) -> Report:
    """Return the findings of the rules in a script, whatever its text is.

    Args:
        source: the script, its text, or the path of its file.
        select: the rules to run; by default, all that find errors and warnings.
        extend_select: rules to run in addition.
        ignore: rules not to run.
        collection: where the script's bands come from, such as `sentinel-2-l2a`; where it is None, only what is
            certain is inferred.
        api: which of the service's interfaces runs it, `process` or `statistics`; where it is None, only what is
            certain is inferred.

    Raises:
        OsoError: there is no such collection, or `api` is neither.
        ValueError: there is no such rule.
        SourceError: a path is passed as text, or the file is not UTF-8.
        OSError: the file cannot be read.
    """
    rules = choose(select, ignore, extend_select)
    return lint_tree(parse(Source.of(source)), rules, Usage.of(collection, api))


def fix(
    source: AnySource,
    *,
    unsafe: bool = False,
    select: Iterable[str] | None = None,
    extend_select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    collection: str | None = None,
    api: Api | None = None,
) -> Fixed:
    """Return a source with all safe fixes applied, and the others with `unsafe`, until nothing changes.

    A text that is not an evalscript, or a part of one, is not changed.

    The other arguments are those of `lint`.
    """
    rules = choose(select, ignore, extend_select)
    usage = Usage.of(collection, api)
    applied: list[Diagnostic] = []
    source = Source.of(source)
    offered = offers(parse(source), rules, usage)
    for _ in range(MAX_PASSES):
        taken = compatible(offered, unsafe=unsafe)
        if not taken:
            break
        source = apply(source, [edit for _, chosen_fix in taken for edit in chosen_fix.edits])
        offered = offers(parse(source), rules, usage)
        applied += (diagnostic for diagnostic, _ in taken)
    return Fixed(source, tuple(applied), Report(source, offered.diagnostics))


def choose(
    select: Iterable[str] | None = None, ignore: Iterable[str] = (), extend_select: Iterable[str] = ()
) -> tuple[Rule, ...]:
    """Return the rules of those names, where `select` is None all but those of severity info.

    Raises:
        ValueError: there is no such rule.
    """
    rules = {rule.name: rule for rule in all_rules()}
    usual = [rule.name for rule in rules.values() if rule.severity is not Severity.INFO]
    wanted = [*(usual if select is None else select), *extend_select]
    unwanted = set(ignore)
    for name in (*wanted, *unwanted):
        if name not in rules:
            raise ValueError(no_such_rule(name))
    return tuple(rules[name] for name in dict.fromkeys(wanted) if name not in unwanted)


def lint_tree(tree: Tree, rules: Sequence[Rule], usage: Usage) -> Report:
    """Return what some rules find in a text that is parsed already; see `lint`."""
    return Report(tree.source, offers(tree, rules, usage).diagnostics)


def offers(
    tree: Tree, rules: Sequence[Rule], usage: Usage, allows: Callable[[Diagnostic], bool] | None = None
) -> Offered:
    """Return what some rules find in a text, and the fixes that may be made; see `lint`.

    Of a source with unknown parts, only what does not depend on them.

    Args:
        tree: of the text.
        rules: the rules to run.
        usage: where its bands come from, and what runs it.
        allows: whether something else than the comments of the text allows a finding.
    """
    found = _offers(tree, rules, usage, allows)
    if not tree.source.unknown or not found.diagnostics:
        return found
    from oso_evalscript.linter.placeholders import independent  # few scripts have such parts

    return independent(tree, found, lambda other: _offers(other, rules, usage))


def _offers(
    tree: Tree, rules: Sequence[Rule], usage: Usage, allows: Callable[[Diagnostic], bool] | None = None
) -> Offered:
    source = tree.source
    script = Script(tree, collection=usage.collection, api=usage.api)
    found = [_diagnostic(source, rule, finding) for rule in rules for finding in rule.check(script)]
    judgement = judge(tree, found, {rule.name for rule in rules})
    unused = [
        _diagnostic(source, rule, finding) for rule in rules if rule.name == RULE_NAME for finding in judgement.unused
    ]
    allowed = (item for item in judgement.kept if allows is None or not allows(item))
    kept = _without_echoes(rules, found, allowed)
    order = sorted([*kept, *unused], key=lambda item: (item.span, item.rule, item.message))
    if not any(item.fix for item in order):
        return Offered(tuple(order), ())
    from oso_evalscript.linter.safety import offer  # takes time to load, and few scripts have something to fix

    return offer(script, order, {item.span for item in found} - {item.span for item in kept})


def compatible(found: Offered, *, unsafe: bool) -> list[tuple[Diagnostic, Fix]]:
    """Return the fixes that may be made in one pass: none touches another one, and those of the syntax come first."""
    from oso_evalscript.linter.safety import mends_syntax

    taken: list[tuple[Diagnostic, Fix]] = []
    spans: list[Span] = []  # of the edits taken, ascending, none touching another
    for diagnostic in found.diagnostics:
        offered = diagnostic.fix
        if offered is None or (offered.safety is Safety.UNSAFE and not unsafe):
            continue
        if found.places and not mends_syntax(offered, found.places):
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


def _without_echoes(rules: Sequence[Rule], found: Sequence[Diagnostic], kept: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The kept findings without those that give way to another rule's finding."""
    giving_way = {rule.name: rule.yields_to for rule in rules if rule.yields_to}
    explained = {item.span for item in found if ANY_RULE not in giving_way.get(item.rule, ())}
    better = {name for names in giving_way.values() for name in names}
    spans = {name: sorted(item.span for item in found if item.rule == name) for name in better}

    def gives_way(item: Diagnostic) -> bool:
        names = giving_way.get(item.rule, ())
        return (ANY_RULE in names and item.span in explained) or any(_touches(item.span, spans[name]) for name in names)

    return [item for item in kept if not gives_way(item)]


def _diagnostic(source: Source, rule: Rule, finding: Finding) -> Diagnostic:
    severity = finding.severity or rule.severity
    return Diagnostic(source.name, rule.name, severity, finding.message, finding.span, finding.fix)
