"""What the linter says before a script is run: its errors, in one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from oso_evalscript.model.diagnostic import Severity
from oso_evalscript.model.display import escaped
from oso_evalscript.model.text import Source

if TYPE_CHECKING:
    from oso_evalscript.model.contract import Api

_MAX_SHOWN = 5


def show_errors(source: Source, collection: str | None, api: Api | None = None) -> None:
    """Show on standard error the errors that the linter finds, which may explain what a run comes to.

    Args:
        source: the script.
        collection: where its bands come from, None where that is not said.
        api: which of the service's interfaces runs it, likewise.
    """
    from oso_evalscript.linter.engine import lint
    from oso_evalscript.model.catalog import named_collection

    if collection is not None and named_collection(collection) is None:
        collection = None  # what runs the script says what is wrong with it
    report = lint(source, collection=collection, api=api)
    errors = [item for item in report if item.severity is Severity.ERROR]
    for item in errors[:_MAX_SHOWN]:
        position = source.position(item.span.start)
        place = f"{item.file}:{position.line}:{position.column}"
        click.echo(escaped(f"{place}: {item.severity}: {item.message} [{item.rule}]"), err=True)
    if len(errors) > _MAX_SHOWN:
        click.echo(f"and {len(errors) - _MAX_SHOWN} more errors: `oso-evalscript lint` shows all", err=True)
