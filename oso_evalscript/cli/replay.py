"""`oso-evalscript replay`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from oso_evalscript.cli.serve import log_faults, require_serving
from oso_evalscript.model.diagnostic import Severity
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import RequestError

if TYPE_CHECKING:
    from oso_evalscript.service.local import Call, Handled, Service


@dataclass(frozen=True, slots=True)
class _Replayed:
    name: str
    handled: Handled
    recorded: float | None


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False))
@click.option("--data", metavar="FOLDER", help="Rasters, with one folder per collection; by default made-up scenes.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the made-up world.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(folder: str, data: str | None, seed: int, as_json: bool) -> None:
    """Lint, price and rerun each request recorded by sentinelhub-py.

    FOLDER is its cache folder, or the folder of one request in it. Nothing is sent to the service.

    Exit status: 0 for success, 1 if a request was refused or its script has errors, 2 if a record cannot be read.
    """
    require_serving()
    log_faults()
    from oso_evalscript.pricing.request import find_requests
    from oso_evalscript.service.local import Service
    from oso_evalscript.service.sources import open_source

    paths = find_requests(Path(folder))
    service = Service(open_source(data, seed=seed), authorize=False)
    replayed, unread = [], 0
    try:
        for path in paths:
            try:
                replayed.append(_replay(path, service))
            except RequestError as error:
                click.echo(f"oso-evalscript: {escaped(str(error))}", err=True)
                unread += 1
    finally:
        service.close()
    (_write_json if as_json else _show)(replayed)
    failed = any(item.handled.status >= 400 or _errors(item.handled) for item in replayed)
    sys.exit(2 if unread else 1 if failed else 0)


def _replay(path: Path, service: Service) -> _Replayed:
    call, recorded = _read(path)
    _, handled = service.answer(call)
    return _Replayed(path.parent.name, handled, recorded)


def _read(path: Path) -> tuple[Call, float | None]:
    """The request in a record, and the cost that the service reported."""
    from oso_evalscript.pricing.request import recorded_units
    from oso_evalscript.service.local import Call

    try:
        record = json.loads(path.read_bytes())
        kept = record.get("request") or record
        address, payload = urlsplit(kept["url"]), kept["payload"]
        headers = {str(name).lower(): str(value) for name, value in (kept.get("headers") or {}).items()}
        body = json.dumps(payload).encode()
        spent = recorded_units(record)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RequestError(f"{path}: not a request recorded by sentinelhub-py ({error})") from None
    return Call(str(kept.get("request_type") or "POST").upper(), address.path, headers, body, address.query), spent


def _errors(handled: Handled) -> bool:
    return handled.evalscript is not None and any(item.severity is Severity.ERROR for item in handled.findings)


def _show(replayed: list[_Replayed]) -> None:
    for item in replayed:
        handled = item.handled
        recorded = "" if item.recorded is None else f" (recorded: {item.recorded:.6g})"
        click.echo(escaped(f"{item.name}: {handled.status}, {handled.units:.6g} PU{recorded}"))
        for finding in handled.findings if handled.evalscript is not None else ():
            click.echo(escaped(f"  {finding.severity}: {finding.rule}: {finding.message}"))
        if handled.error:
            click.echo(escaped(f"  {handled.error.splitlines()[0]}"))
    units = sum(item.handled.units for item in replayed)
    count = f"{len(replayed)} request{'s' * (len(replayed) != 1)}"
    click.echo(f"{count}, {units:.6g} processing units")


def _write_json(replayed: list[_Replayed]) -> None:
    click.echo(json.dumps([_as_json(item) for item in replayed], indent=2))


def _as_json(item: _Replayed) -> Mapping[str, Any]:
    handled = item.handled
    return {
        "name": item.name,
        "path": handled.path,
        "status": handled.status,
        "units": handled.units,
        "recorded": item.recorded,
        "seconds": round(handled.seconds, 4),
        "error": handled.error,
        "warnings": list(handled.warnings),
        "findings": [
            {"rule": finding.rule, "severity": str(finding.severity), "message": finding.message}
            for finding in (handled.findings if handled.evalscript is not None else ())
        ],
    }
