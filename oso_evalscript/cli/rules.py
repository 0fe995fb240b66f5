"""`oso-evalscript rules`."""

from __future__ import annotations

import click

from oso_evalscript.linter.rule import Group, Rule, all_rules


@click.command()
@click.option(
    "--format",
    "name",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="The format of the list.",
)
def command(name: str) -> None:
    """List the rules of the linter: name, severity, whether there is a fix, and what they find."""
    if name == "json":
        from oso_evalscript.model.display import to_json

        click.echo(to_json({"version": 1, "rules": [_row(rule) for rule in all_rules()]}))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for title in ("rule", "severity", "fix", "what it finds"):
        table.add_column(title, no_wrap=title != "what it finds", overflow="fold")
    for group in Group:
        rules = [rule for rule in all_rules() if rule.group is group]
        if rules:
            table.add_row(Text(group, "bold"))
        for rule in rules:
            fixes = "yes" if _is_fixable(rule) else ""
            table.add_row(*(Text(cell) for cell in (f"  {rule.name}", str(rule.severity), fixes, rule.summary)))
    widest = max(len(rule.name) for rule in all_rules()) + _BESIDE
    console = Console()
    Console(width=max(console.width, widest)).print(table)


_BESIDE = 50  # columns beside the names, so that these are never cut


def _row(rule: Rule) -> dict[str, object]:
    return {
        "name": rule.name,
        "severity": rule.severity,
        "group": rule.group,
        "fix": _is_fixable(rule),
        "default": rule.severity != "info",
        "summary": rule.summary,
        "documentation": rule.documentation,
    }


def _is_fixable(rule: Rule) -> bool:
    return any(case.fixed is not None for case in rule.bad)
