"""`oso-evalscript rules`."""

from __future__ import annotations

import click

from oso_evalscript.linter.rule import Group, all_rules


@click.command()
def command() -> None:
    """List the rules of the linter: name, severity, whether a fix exists, and what it is about."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for title in ("rule", "severity", "fix", "what it finds"):
        table.add_column(title)
    for group in Group:
        rules = [rule for rule in all_rules() if rule.group is group]
        if rules:
            table.add_row(Text(group, "bold"))
        for rule in rules:
            fixes = "yes" if any(case.fixed is not None for case in rule.bad) else ""
            table.add_row(*(Text(cell) for cell in (f"  {rule.name}", str(rule.severity), fixes, rule.summary)))
    Console().print(table)
