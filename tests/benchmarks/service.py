"""The service: a true colour of 512 x 512 as PNG inside the process and over HTTP, beside a plain endpoint of rio-tiler."""

from __future__ import annotations

import http.client
import json
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import uvicorn
from rasterio.transform import from_origin
from rio_tiler.io import Reader
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from oso_evalscript.service.app import App
from oso_evalscript.service.local import Call, Service
from oso_evalscript.service.sources import MadeUp
from oso_evalscript.testing.hub import sentinel_hub
from tests.benchmarks.measure import Bar, Report, Spread, interleaved
from tests.service.bodies import TOKEN, TRUE_COLOR, body

_PATH = "/api/v1/process"
_REQUESTS = 60
_BODY = body(size=(512, 512), box=(5.0, 45.0, 5.06, 45.06))


def reports(rounds: int) -> list[Report]:
    """Inside the process, and over HTTP."""
    return [_inside(rounds), _over_http(rounds)]


def _inside(rounds: int) -> Report:
    import requests

    session = requests.Session()
    address = f"https://services.sentinel-hub.com{_PATH}"
    number = iter(range(10**6))
    with sentinel_hub() as hub:

        def ask(script: str = TRUE_COLOR) -> None:
            answer = session.post(address, json={**_BODY, "evalscript": script}, headers={"Authorization": "Bearer x"})
            assert answer.status_code == 200

        data = json.dumps(_BODY).encode()
        call = Call("POST", _PATH, {**TOKEN, "content-type": "application/json"}, data)
        candidates: dict[str, Callable[[], object]] = {
            "the fixture, script and scene warm": ask,
            "without the client": lambda: hub.service.answer(call),
            "the first use of a script, scene warm": lambda: ask(f"{TRUE_COLOR}// {next(number)}"),
        }
        taken = interleaved(candidates, rounds)
    warm, _, first = ([1e3 * value for value in seconds] for seconds in taken.values())
    found = (
        Bar("the fixture: 512 x 512 true colour, warm", Spread.of(warm), 60, most=True, unit=" ms"),
        Bar("the fixture: the first use of a script", Spread.of(first), 400, most=True, unit=" ms"),
    )
    return Report("A true colour of 512 x 512 as PNG, inside the process", taken, found)


def _over_http(rounds: int) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        path = _raster(Path(folder))
        service = Service(MadeUp())

        def draw() -> bytes:
            """What a plain endpoint of rio-tiler does: read three bands of a COG, scale, encode."""
            with Reader(path) as reader:
                image = reader.preview(width=512, height=512, max_size=None)
            image.rescale(in_range=((0, 4000),))
            rendered: bytes = image.render(img_format="PNG", ZLEVEL=1)
            return rendered

        async def tile(scope: Any, receive: Any, send: Any) -> None:
            await Response(await run_in_threadpool(draw), media_type="image/png")(scope, receive, send)

        with _served(App(service)) as ours, _served(tile) as theirs:
            data = json.dumps(_BODY).encode()
            candidates: dict[str, Callable[[], object]] = {
                f"serve, {_REQUESTS} requests of 4 clients": lambda: _ask_all(ours, data),
                f"rio-tiler, {_REQUESTS} requests of 4 clients": lambda: _ask_all(theirs, data),
            }
            taken = interleaved(candidates, max(rounds // 2, 3))
        service.close()
    rates = [_REQUESTS / value for value in next(iter(taken.values()))]
    spread = Spread(statistics.median(rates), min(rates), max(rates), max(rates))
    return Report(
        "The same over HTTP, on two cores",
        taken,
        (Bar("serve: requests a second, four clients", spread, 20, unit=""),),
    )


def _ask_all(port: int, data: bytes) -> None:
    headers = {"Authorization": "Bearer x", "Content-Type": "application/json"}

    def ask(_: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("POST", _PATH, data, headers)
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.read()[:4] == b"\x89PNG"
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(_REQUESTS)))


@contextmanager
def _served(app: Any) -> Iterator[int]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=lambda: server.run(sockets=[listening]), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield int(listening.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def _raster(folder: Path) -> str:
    """A COG of three bands of smooth numbers."""
    path = folder / "scene.tif"
    y, x = np.mgrid[:1024, :1024] / 1024
    bands = np.stack([2000 + 1500 * np.sin(6 * x + k) * np.cos(5 * y - k) for k in range(3)]).astype("uint16")
    profile: dict[str, Any] = {"driver": "COG", "count": 3, "height": 1024, "width": 1024, "dtype": "uint16"}
    with rasterio.open(path, "w", crs="EPSG:32631", transform=from_origin(6e5, 5e6, 10, 10), **profile) as dataset:
        dataset.write(bands)
    return str(path)
