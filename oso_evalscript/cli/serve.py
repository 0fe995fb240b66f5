"""`oso-evalscript serve`."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import MissingExtra, OsoError

if TYPE_CHECKING:
    from oso_evalscript.service.local import Handled

_EXTRA = ("affine", "pystac", "rasterio", "responses", "starlette", "uvicorn")


@click.command()
@click.option("--data", metavar="FOLDER", help="Rasters, in a folder for each collection; by default made-up scenes.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8080, show_default=True, help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--allow-host", "hosts", multiple=True, metavar="NAME", help="A name that requests may call it by.")
@click.option("--allow-origin", "origins", multiple=True, metavar="URL", help="A page that may send requests.")
@click.option("--rate-limit", type=click.IntRange(1), metavar="N", help="Requests a minute; more get 429.")
@click.option(
    "--faults", type=click.FloatRange(0, 1), default=0.0, metavar="SHARE", help="Let that share fail with 503."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Another made-up world, and other faults.")
@click.option("--timeout", type=click.FloatRange(0.1), default=5.0, show_default=True, help="Seconds for each step.")
@click.option("--workers", type=click.IntRange(1, 64), default=4, show_default=True, help="Requests at once.")
@click.option("--queue", type=click.IntRange(0), default=256, show_default=True, help="How many may wait beside them.")
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

    Clients take its address as that of the service; any credentials get a token. One line is written for each request:
    its status, its cost, how long it took, and what the linter says of its script.

    Exit status: 0 it was stopped, 2 it cannot be served.
    """
    import_serving()
    from oso_evalscript.service.app import App, Settings
    from oso_evalscript.service.local import Service
    from oso_evalscript.service.programs import Limits
    from oso_evalscript.service.sources import open_source

    service = Service(open_source(data, seed=seed), Limits(step=timeout))
    settings = Settings(hosts, origins, workers, queue, rate_limit, faults, seed)
    app = App(service, settings, _write)
    listening = _listen(host, port)
    try:
        shown = f"[{host}]" if ":" in host else host
        click.echo(
            f"http://{shown}:{listening.getsockname()[1]} serves {data or 'made-up scenes'}; ^C ends it", err=True
        )
        if not _is_loopback(listening):
            click.echo("it can be reached from other machines, and runs the scripts that they send", err=True)
        _run(app, listening)
    finally:
        listening.close()
        app.close()


def import_serving() -> None:
    """Load the libraries of the extra `serve`.

    Raises:
        MissingExtra: one of them is not installed.
    """
    try:
        import uvicorn  # noqa: F401

        import oso_evalscript.service.app
        import oso_evalscript.service.sources  # noqa: F401
    except ModuleNotFoundError as error:
        library = (error.name or "").split(".")[0]
        if library not in _EXTRA:
            raise
        raise MissingExtra("serving requests", library, "serve") from None


def line_of(handled: Handled) -> str:
    """Return what is written of a request: status, cost, time, and what the linter says."""
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


_lock = threading.Lock()


def _write(handled: Handled) -> None:
    line = line_of(handled)
    with _lock:
        click.echo(line)
        sys.stdout.flush()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(256)  # who comes before the server has started waits
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OsoError(f"{host}:{port} cannot be listened at ({reason}); --port 0 takes a free port") from None
    return found


def _is_loopback(listening: socket.socket) -> bool:
    address = str(listening.getsockname()[0])
    return address.startswith("127.") or address == "::1"


def _run(app: Any, listening: socket.socket) -> None:
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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # which uvicorn gives it back to, once it has ended
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])
