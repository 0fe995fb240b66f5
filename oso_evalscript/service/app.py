"""The service over HTTP, for clients on this machine: allowed hosts and origins, concurrency, and the request log."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import numpy as np
from starlette.datastructures import Headers
from starlette.responses import Response

from oso_evalscript.pricing.request import SPENT
from oso_evalscript.service.errors import (
    BAD_PAYLOAD,
    EXCEPTION,
    FORBIDDEN,
    ServiceError,
    rate_limited,
)
from oso_evalscript.service.local import Answer, Call, Handled, Service, refuse
from oso_evalscript.service.node import MAX_BODY
from oso_evalscript.service.programs import Deadline

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_BODY_SECONDS = 30.0
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Allowed hosts and origins, concurrency and rate.

    Attributes:
        hosts: host names accepted in requests, besides those of the loopback interface.
        origins: origins of pages that may send requests, besides the loopback's, such as `https://example.org`.
        workers: how many requests run at once.
        queue: how many more may wait; the rest get 503.
        rate_limit: the limit of requests per minute; None for no limit.
        faults: the share of requests that get 503, 0 to 1.
        seed: selects those requests.
    """

    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    workers: int = 4
    queue: int = 256
    rate_limit: int | None = None
    faults: float = 0.0
    seed: int = 0


class App:
    """The ASGI application; it has to be closed.

    Args:
        service: answers the requests.
        settings: allowed hosts and origins, concurrency and rate.
        log: called with each answered request.
    """

    def __init__(
        self, service: Service, settings: Settings | None = None, log: Callable[[Handled], None] | None = None
    ) -> None:
        self.service = service
        self.settings = settings or Settings()
        self._log = log
        self._pool = ThreadPoolExecutor(self.settings.workers, thread_name_prefix="request")
        self._open = 0
        self._recent: deque[float] = deque()
        self._chance = np.random.default_rng(self.settings.seed)
        self._hosts = {*LOOPBACK, *(name.lower() for name in self.settings.hosts)}
        self._origins = {origin.lower().rstrip("/") for origin in self.settings.origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            answer = await self._answer(scope, receive)
            allowed = self._allowed(Headers(scope=scope).get("origin"))
            response = Response(answer.body, answer.status, {**answer.headers, **allowed})
            await response(scope, receive, send)

    def close(self) -> None:
        """Stop the workers, and close the scripts that are loaded."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.service.close()

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        headers = Headers(scope=scope)
        try:
            self._check_source(headers)
            if scope["method"] == "OPTIONS":
                return Answer(204, {}, b"")
            if self._open >= self.settings.workers + self.settings.queue:
                raise ServiceError(503, EXCEPTION, "Too many requests are waiting.")
            self._open += 1
            try:
                return await self._read_and_work(scope, receive)
            finally:
                self._open -= 1
        except TimeoutError:
            error = ServiceError(408, BAD_PAYLOAD, f"The request's body did not arrive within {_BODY_SECONDS:g} s.")
        except ServiceError as refusal:
            error = refusal
        self._note(scope, error)
        return refuse(error, {"retry-after": str(self._wait())} if error.status == 429 else {})

    async def _read_and_work(self, scope: Scope, receive: Receive) -> Answer:
        body = await asyncio.wait_for(_read(receive), _BODY_SECONDS)
        given = {name.lower(): value for name, value in Headers(scope=scope).items()}
        call = Call(scope["method"], scope["path"], given, body, scope["query_string"].decode("latin-1"))
        if not call.is_for_token:
            self._check_rate()
        return await self._work(call, receive)

    async def _work(self, call: Call, receive: Receive) -> Answer:
        """The answer of a worker, which stops if the client disconnects."""
        deadline = Deadline(float("inf"), self.service.programs.limits.request)
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._pool, self._handle, call, deadline)
        gone = asyncio.ensure_future(_gone(receive))
        try:
            either: tuple[asyncio.Future[Any], ...] = (work, gone)
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                deadline.cancelled.set()
                work.cancel()
                return Answer(499, {}, b"")
            return work.result()
        finally:
            gone.cancel()

    def _handle(self, call: Call, deadline: Deadline) -> Answer:
        deadline.moment = time.monotonic() + deadline.seconds  # the time in the queue does not count
        if deadline.cancelled.is_set():
            return Answer(499, {}, b"")
        answer, handled = self.service.answer(call, deadline)
        if self._log is not None:
            self._log(handled)
        return answer

    def _check_source(self, headers: Headers) -> None:
        """Refuse requests that a page on another host makes a browser send.

        Raises:
            ServiceError: the host or the origin is not allowed.
        """
        host, origin = headers.get("host", ""), headers.get("origin")
        if _hostname(f"//{host}") not in self._hosts:
            raise ServiceError(403, FORBIDDEN, f"The host {host[:80]!r} is not allowed; see --allow-host.")
        if origin is not None and not self._is_allowed(origin):
            raise ServiceError(403, FORBIDDEN, f"The origin {origin[:80]!r} is not allowed; see --allow-origin.")

    def _is_allowed(self, origin: str) -> bool:
        if origin.lower() in self._origins:
            return True
        return origin.startswith(("http://", "https://")) and _hostname(origin) in LOOPBACK

    def _allowed(self, origin: str | None) -> Mapping[str, str]:
        """The headers that let a page read the answer."""
        if origin is None or not self._is_allowed(origin):
            return {}
        return {
            "access-control-allow-origin": origin,
            "access-control-allow-credentials": "true",
            "access-control-allow-methods": "GET, POST, OPTIONS",
            "access-control-allow-headers": "authorization, content-type, accept",
            "access-control-expose-headers": f"retry-after, {SPENT}",
            "access-control-max-age": "600",
            "vary": "origin",
        }

    def _check_rate(self) -> None:
        """Refuse a request beyond the rate limit, or one that should fail.

        Raises:
            ServiceError: it is refused.
        """
        limit = self.settings.rate_limit
        if limit is not None:
            now = time.monotonic()
            while self._recent and now - self._recent[0] > _MINUTE:
                self._recent.popleft()
            if len(self._recent) >= limit:
                raise rate_limited()
            self._recent.append(now)
        if self._chance.random() < self.settings.faults:
            raise ServiceError(503, EXCEPTION, "This fails on purpose, because of --faults.")

    def _wait(self) -> int:
        """Milliseconds until the oldest request within the rate limit is a minute old."""
        return max(int(1000 * (_MINUTE - (time.monotonic() - self._recent[0]))) + 1, 1)

    def _note(self, scope: Scope, error: ServiceError) -> None:
        if self._log is not None:
            path = str(scope["path"])
            self._log(Handled(scope["method"], path, error.status, None, 0.0, 0.0, error=str(error)))


def _hostname(address: str) -> str | None:
    """The host name in an address; None if it is not an address."""
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


async def _read(receive: Receive) -> bytes:
    """The body of a request, up to `MAX_BODY` bytes."""
    found = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(found)
        found += message.get("body", b"")
        if len(found) > MAX_BODY:
            raise ServiceError(413, BAD_PAYLOAD, f"The request is larger than {MAX_BODY:,} bytes.")
        if not message.get("more_body", False):
            return bytes(found)


async def _gone(receive: Receive) -> None:
    """Return when the client has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
