"""The service over HTTP, for clients on this machine: who may ask, how many at once, and what is written of each."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response

from oso_evalscript.service.errors import (
    BAD_PAYLOAD,
    EXCEPTION,
    FORBIDDEN,
    ServiceError,
    rate_limited,
)
from oso_evalscript.service.local import SPENT, Answer, Call, Handled, Service, refuse
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
    """Who may ask and how often.

    Attributes:
        hosts: names that requests may call this machine by, beside those of the loopback.
        origins: pages that may send requests, beside those of the loopback, such as `https://example.org`.
        workers: how many requests are worked on at once.
        queue: how many may wait beside them; more get 503.
        rate_limit: how many requests a minute may have; None for any number.
        faults: the share of requests that get 503, 0 to 1.
        seed: which of them.
    """

    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    workers: int = 4
    queue: int = 256
    rate_limit: int | None = None
    faults: float = 0.0
    seed: int = 0


class App:
    """The ASGI application; to be closed.

    Args:
        service: what answers.
        settings: who may ask and how often.
        log: called with each request that was answered.
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
        self._chance = random.Random(self.settings.seed)  # noqa: S311  # which requests fail on purpose

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
        """Stop working on requests, and let go of the scripts that are loaded."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self.service.close()

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        headers = Headers(scope=scope)
        try:
            self._check_source(headers)
            if scope["method"] == "OPTIONS":
                return Answer(204, {}, b"")
            body = await asyncio.wait_for(_read(receive), _BODY_SECONDS)
            given = {name.lower(): value for name, value in headers.items()}
            call = Call(scope["method"], scope["path"], given, body, scope["query_string"].decode("latin-1"))
            if not call.path.rstrip("/").endswith("token"):
                self._check_rate()
            return await self._work(call, receive)
        except TimeoutError:
            return refuse(ServiceError(408, BAD_PAYLOAD, "The request's body did not come."))
        except ServiceError as error:
            wait = {"retry-after": str(self._wait())} if error.status == 429 else {}
            self._note(scope, error)
            return refuse(error, wait)

    async def _work(self, call: Call, receive: Receive) -> Answer:
        """The answer of a worker; where nobody waits for it any more, the worker stops."""
        if self._open >= self.settings.workers + self.settings.queue:
            raise ServiceError(503, EXCEPTION, "Too many requests wait for their answers.")
        deadline = Deadline(float("inf"), self.service.programs.limits.request)
        self._open += 1
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
            self._open -= 1
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
        """Refuse requests that a page elsewhere makes a browser send here.

        Raises:
            ServiceError: the host or the origin is not of this machine.
        """
        host, origin = headers.get("host", ""), headers.get("origin")
        if _hostname(f"//{host}") not in (*LOOPBACK, *self.settings.hosts):
            raise ServiceError(403, FORBIDDEN, "Requests have to be sent to this machine by its own name.")
        if origin is not None and not self._may(origin):
            raise ServiceError(403, FORBIDDEN, "Pages of other origins may not ask; see --allow-origin.")

    def _may(self, origin: str) -> bool:
        if origin in self.settings.origins:
            return True
        return origin.startswith(("http://", "https://")) and _hostname(origin) in LOOPBACK

    def _allowed(self, origin: str | None) -> Mapping[str, str]:
        """The headers that let a page read the answer."""
        if origin is None or not self._may(origin):
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
        """Refuse a request that comes too soon, or that is to fail.

        Raises:
            ServiceError: it is refused.
        """
        now, limit = time.monotonic(), self.settings.rate_limit
        while self._recent and now - self._recent[0] > _MINUTE:
            self._recent.popleft()
        if limit is not None and len(self._recent) >= limit:
            raise rate_limited()
        self._recent.append(now)
        if self.settings.faults and self._chance.random() < self.settings.faults:
            raise ServiceError(503, EXCEPTION, "This fails on purpose, as --faults says.")

    def _wait(self) -> int:
        """Milliseconds until the next request is let through."""
        return max(int(1000 * (_MINUTE - (time.monotonic() - self._recent[0]))) + 1, 1) if self._recent else 0

    def _note(self, scope: Scope, error: ServiceError) -> None:
        if self._log is not None:
            path = str(scope["path"])
            self._log(Handled(scope["method"], path, error.status, None, 0.0, 0.0, error=str(error)))


def _hostname(address: str) -> str | None:
    """The name of the host in an address; None where it is not an address."""
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


async def _read(receive: Receive) -> bytes:
    """The body of a request, of a length that can be looked at."""
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
    """Return once the client has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
