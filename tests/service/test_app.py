from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from oso_evalscript.runtime import worker
from oso_evalscript.service.app import App, Settings
from oso_evalscript.service.local import Handled, Service
from oso_evalscript.service.programs import Limits
from oso_evalscript.service.sources import MadeUp
from tests.service.bodies import TOKEN, body, response, script

PROCESS = "/api/v1/process"
PROOF = bool(os.environ.get("OSO_EVALSCRIPT_PROOF"))


@contextmanager
def served(
    settings: Settings | None = None, limits: Limits | None = None
) -> Iterator[tuple[httpx.Client, list[Handled], App]]:
    """A server on a free port of this machine, for the time of a test."""
    log: list[Handled] = []
    app = App(Service(MadeUp(), limits or Limits(step=1.0, request=10.0)), settings, log.append)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=lambda: server.run(sockets=[listening]), daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        with httpx.Client(base_url=address, headers=TOKEN, trust_env=False, timeout=60) as client:
            yield client, log, app
    finally:
        server.should_exit = True
        thread.join()
        app.close()
        listening.close()


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[httpx.Client, list[Handled], App]]:
    with served() as found:
        yield found


def test_an_image_comes_over_http(server: tuple[httpx.Client, list[Handled], App]) -> None:
    client, log, _ = server
    answer = client.post(PROCESS, json=body())
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert float(answer.headers["x-processingunits-spent"]) > 0
    assert "access-control-allow-origin" not in answer.headers
    assert log[-1].status == 200


@pytest.mark.parametrize("host", ["example.org", "example.org:8080", "127.0.0.1.example.org", "", "localhost.", "[::1"])
def test_a_foreign_host_is_refused(server: tuple[httpx.Client, list[Handled], App], host: str) -> None:
    answer = server[0].post(PROCESS, json=body(), headers={"host": host})
    assert answer.status_code in (400, 403)  # 400 is the HTTP parser's own


@pytest.mark.parametrize("origin", ["https://example.org", "null", "http://localhost.example.org", "file://localhost", "http://[", "http://example.org#localhost"])  # fmt: skip
def test_a_foreign_page_is_refused(server: tuple[httpx.Client, list[Handled], App], origin: str) -> None:
    for method in ("POST", "OPTIONS"):
        answer = server[0].request(method, PROCESS, json=body(), headers={"origin": origin})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
        assert answer.json()["error"]["code"] == "COMMON_INSUFFICIENT_PERMISSIONS"


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1:8080", "http://[::1]:9"])
def test_a_page_of_this_machine_is_answered(server: tuple[httpx.Client, list[Handled], App], origin: str) -> None:
    client = server[0]
    preflight = client.options(PROCESS, headers={"origin": origin, "access-control-request-method": "POST"})
    assert preflight.status_code == 204
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    for answer in (
        preflight,
        client.post(PROCESS, json=body(), headers={"origin": origin}),
        client.post(PROCESS, headers={"origin": origin}),
    ):
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["access-control-allow-credentials"] == "true"


def test_requests_of_allowed_hosts_and_origins_are_answered() -> None:
    with served(Settings(hosts=("Box.local",), origins=("https://Example.org/",))) as (client, _, _):
        answer = client.post(PROCESS, json=body(), headers={"origin": "https://example.org", "host": "box.local:80"})
        assert answer.headers["access-control-allow-origin"] == "https://example.org"
        assert client.post(PROCESS, json=body(), headers={"origin": "https://example.com"}).status_code == 403


def test_too_long_bodies_are_refused(server: tuple[httpx.Client, list[Handled], App]) -> None:
    assert server[0].post(PROCESS, content=b" " * (9 * 2**20)).status_code == 413


def test_requests_beyond_the_rate_limit_are_refused() -> None:
    with served(Settings(rate_limit=2)) as (client, log, _):
        answers = [client.post(PROCESS, json=body(size=(8, 8))) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 0 < int(answers[2].headers["retry-after"]) <= 60_001
        assert answers[2].json()["code"] == "RATE_LIMIT_EXCEEDED"
        assert (
            client.post("/oauth/token", data={"grant_type": "client_credentials", "client_id": "a"}).status_code == 200
        )
        assert [handled.status for handled in log] == [200, 200, 429, 200]


def test_a_share_fails_on_purpose() -> None:
    with served(Settings(faults=0.5, seed=1)) as (client, _, _):
        statuses = [client.get("/api/v1/catalog/1.0.0/").status_code for _ in range(40)]
    assert set(statuses) == {200, 503}
    assert 10 < statuses.count(503) < 30


def test_a_full_queue_is_refused() -> None:
    endless = body(script("B04", "while (true) {}", output="{ bands: 1 }"), size=(8, 8))
    with served(Settings(workers=1, queue=1)) as (client, _, _), ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: client.post(PROCESS, json=endless), range(6)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [400, 400, 503, 503, 503, 503]
    assert all("error" in answer.json() for answer in answers)


def test_a_client_that_hangs_up_frees_its_worker() -> None:
    slow = script("B04", "let n = 0; for (let i = 0; i < 3e5; i++) n += i; return [n];", output="{ bands: 1 }")
    with served(Settings(workers=1), Limits(step=5.0, request=60.0)) as (client, log, app):
        client.post(PROCESS, json=body(size=(8, 8)))
        with pytest.raises(httpx.ReadTimeout):
            client.post(PROCESS, json=body(slow, size=(400, 400)), timeout=0.5)
        begun = time.monotonic()
        assert client.post(PROCESS, json=body(size=(8, 8))).status_code == 200
        assert time.monotonic() - begun < 8  # it would have taken minutes
        assert "client disconnected" in log[1].error
        deadline = time.monotonic() + 5
        while app._open and time.monotonic() < deadline:
            time.sleep(0.05)
        assert app._open == 0


def test_hostile_scripts_do_not_block_other_requests() -> None:
    """Every request gets its answer, and no process is left."""
    count = 200 if PROOF else 24
    hostile: list[Any] = [
        script("B04", "while (true) {}", output="{ bands: 1 }"),
        script("B04", "const a = []; while (true) a.push(new Array(1e6).fill(1));", output="{ bands: 1 }"),
        script("B04", 'throw new Error("x".repeat(1e7));', output="{ bands: 1 }"),
        "function setup() { while (true) {} }",
        script("B04", "return [1];", output="{ bands: 60000 }"),
    ]
    sent = [
        body(hostile[index // 3 % 5], size=(64, 64)) if index % 3 == 0 else body(size=(64, 64))
        for index in range(count)
    ]
    for value in sent:
        value["output"]["responses"] = [response(mime="image/png")]
    limits = Limits(step=2.0, request=10.0, memory=128 * 2**20)
    once = {"connection": "close"}  # of those that stay open, httpx may close one that it has just given a request
    with served(Settings(workers=4, queue=count), limits) as (client, _, _), ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(lambda value: client.post(PROCESS, json=value, timeout=300, headers=once), sent))
    for index, answer in enumerate(answers):
        assert answer.status_code == (400 if index % 3 == 0 else 200), answer.content[:300]
        if answer.status_code == 400:
            assert json.loads(answer.content)["error"]["code"] in ("RENDERER_EXCEPTION", "COMMON_BAD_PAYLOAD")
    deadline = time.monotonic() + 5
    while len(worker._alive) > len(worker._idle) + 20 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(worker._idle) <= 2
