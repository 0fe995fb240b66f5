"""`oso-evalscript serve`."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import signal
import socket
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING

import click

from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import MissingExtra, OsoError

if TYPE_CHECKING:
    from oso_evalscript.service.app import App
    from oso_evalscript.service.local import Handled

_EXTRA = ("affine", "pystac", "rasterio", "starlette", "uvicorn")
_write_lock = threading.Lock()


@click.command()
@click.option("--data", metavar="FOLDER", help="Rasters, with one folder per collection; by default made-up scenes.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8080, show_default=True, help="0 picks a free port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--allow-host", "hosts", multiple=True, metavar="NAME", help="Accept this host name; repeatable.")
@click.option("--allow-origin", "origins", multiple=True, metavar="URL", help="Accept requests of this page's origin.")
@click.option("--rate-limit", type=click.IntRange(1), metavar="N", help="Requests per minute; more get 429.")
@click.option(
    "--faults", type=click.FloatRange(0, 1), default=0.0, metavar="SHARE", help="Share of requests to fail with 503."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the made-up world and of --faults.")
@click.option("--timeout", type=click.FloatRange(0.1), default=5.0, show_default=True, help="Seconds for each step.")
@click.option("--workers", type=click.IntRange(1, 64), default=4, show_default=True, help="Requests run at once.")
@click.option("--queue", type=click.IntRange(0), default=256, show_default=True, help="Requests that may wait.")
def command(
    data: str | None,
    port: int,
    host: str,
    hosts: tuple[str, ...],
    origins: tuple[str, ...],
    rate_limit: int | None,
    faults: float,
    seed: int,
    timeout: float,
    workers: int,
    queue: int,
) -> None:
    """Serve the Process, Statistical and Catalog APIs on this machine.

    Set its address as that of the service in your client; any credentials get a token. Each request is logged on one
    line: status, cost, duration, and the linter's findings in its script.

    Exit status: 0 if stopped by a signal, 2 if the server cannot start.
    """
    require_serving()
    log_faults()
    from oso_evalscript.service.app import App, Settings
    from oso_evalscript.service.local import Service
    from oso_evalscript.service.programs import Limits
    from oso_evalscript.service.sources import open_source

    service = Service(open_source(data, seed=seed), Limits(step=timeout))
    settings = Settings(hosts, origins, workers, queue, rate_limit, faults, seed)
    listening = _listen(host, port)
    app = App(service, settings, _write)
    try:
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listening.getsockname()[1]}"
        click.echo(escaped(f"{address} serves {data or 'made-up scenes'}; press ^C to stop"), err=True)
        if not _is_loopback(listening):
            click.echo("warning: other machines can reach this address, and their scripts are run here", err=True)
        _run(app, listening)
    finally:
        listening.close()
        app.close()


def require_serving() -> None:
    """Check that the libraries of the extra `serve` are installed.

    Raises:
        MissingExtra: one of them is not.
    """
    missing = next((name for name in _EXTRA if importlib.util.find_spec(name) is None), None)
    if missing is not None:
        raise MissingExtra("serving requests", missing, "serve")


def log_faults() -> None:
    """Write what the service logs, the tracebacks of unexpected exceptions, to standard error."""
    logging.getLogger("oso_evalscript.service").handlers = [_ToStandardError()]


class _ToStandardError(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        for line in self.format(record).split("\n"):
            click.echo(escaped(line), err=True)


def line_of(handled: Handled) -> str:
    """Return the log line of a request: status, cost, duration, and the linter's findings."""
    words = [f"{handled.status} {handled.method} {handled.path[:120]}"]
    if handled.units:
        words.append(f"{handled.units:.4g} PU")
    words.append(f"{1000 * handled.seconds:.0f} ms")
    if handled.evalscript is not None:
        found = Counter(item.rule for item in handled.findings)
        words.append("lint: " + (", ".join(f"{rule} x {n}" if n > 1 else rule for rule, n in found.items()) or "clean"))
    if handled.error:
        words.append(handled.error.splitlines()[0][:200])
    words += [warning[:200] for warning in handled.warnings[:5]]
    return escaped("  ".join(words))


def _write(handled: Handled) -> None:
    line = line_of(handled)
    with _write_lock:
        click.echo(line)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(256)  # connections made before the server has started wait
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OsoError(f"cannot listen on {host}:{port} ({reason}); --port 0 picks a free port") from None
    return found


def _is_loopback(listening: socket.socket) -> bool:
    address = str(listening.getsockname()[0])
    return address.startswith("127.") or address == "::1"


def _run(app: App, listening: socket.socket) -> None:
    import uvicorn

    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        lifespan="on",
        ws="none",
        timeout_keep_alive=5,
        timeout_graceful_shutdown=3,
        limit_concurrency=2000,
        server_header=False,
        proxy_headers=False,
    )
    # Once uvicorn has shut down, it restores the handlers and raises the signal that stopped it again.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])
