"""`oso-evalscript explain`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from oso_evalscript.cli.terminal import style
from oso_evalscript.linter.engine import choose, lint
from oso_evalscript.linter.rule import Rule
from oso_evalscript.model.diagnostic import Safety
from oso_evalscript.model.display import escaped
from oso_evalscript.model.text import Source


@click.command()
@click.argument("rules", nargs=-1, required=True, metavar="RULE...")
def command(rules: tuple[str, ...]) -> None:
    """Explain rules of the linter: what they find and why it matters, with examples."""
    try:
        chosen = choose(rules)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    shown = style()
    for number, rule in enumerate(chosen):
        for title, body in _page(rule):
            if title:
                _print_title(title, color=shown.color)
            elif number:
                click.echo()
            for line in body.splitlines():
                click.echo(escaped(line, shown.encoding).rstrip())
            click.echo()


def _print_title(title: str, *, color: bool) -> None:
    if not color:
        click.echo(title)
        return
    from rich.console import Console  # on a terminal only
    from rich.text import Text

    Console(file=sys.stdout).print(Text(title, "bold"))


def _page(rule: Rule) -> Iterator[tuple[str, str]]:
    """Yield the parts of what is told of a rule: a title and the text below it."""
    fix = _grades(rule)
    yield f"{rule.name} ({rule.severity}, {rule.group}; {f'fix: {fix}' if fix else 'no fix'})", rule.summary
    body = rule.documentation.partition("\n")[2].strip()
    if body:
        yield "Why", body
    for case in rule.bad:
        place = f"at `{case.at}`" if case.at else "at the start"
        fixed = "" if case.fixed is None else f"\nafter the fix:\n{_indented(case.fixed)}"
        yield "Found", f"{_indented(case.text)}\n{place}{fixed}"
    for text in rule.good:
        yield "Not found", _indented(text)
    yield "Allowing it", _indented(f"// oso: allow {rule.name} — why it is right here")


def _grades(rule: Rule) -> str:
    """Whether the fixes of a rule are safe, read off its own cases."""
    found = [item.fix for case in rule.bad for item in lint(Source(case.text), select=[rule.name])]
    grades = {fix.safety for fix in found if fix is not None}
    return " or ".join(safety for safety in Safety if safety in grades)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in (text or "// an empty file").splitlines())
