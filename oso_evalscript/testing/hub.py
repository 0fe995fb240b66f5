"""The service inside a test: every request of a Python client to the service is answered in the process.

No server, no port, no network, no account. Clients on `requests` (such as sentinelhub-py) are answered through the
library `responses`, clients on httpx by `hub.transport()`; requests to all other hosts go where they went before.
"""

from __future__ import annotations

import contextlib
import re
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import responses

from oso_evalscript.model.errors import OsoError
from oso_evalscript.service.errors import (
    BAD_PAYLOAD,
    EXCEPTION,
    FORBIDDEN,
    NOT_FOUND,
    RENDERER,
    UNAUTHORIZED,
    ServiceError,
    rate_limited,
)
from oso_evalscript.service.local import Answer, Call, Handled, Service, refuse
from oso_evalscript.service.programs import Limits
from oso_evalscript.service.sources import open_source

if TYPE_CHECKING:
    from requests import PreparedRequest

HOSTS = (
    "services.sentinel-hub.com",
    "services-uswest2.sentinel-hub.com",
    "creodias.sentinel-hub.com",
    "sh.dataspace.copernicus.eu",
    "identity.dataspace.copernicus.eu",
)
"""The hosts of the service; requests to them are answered here."""

_REQUEST_SECONDS = 600.0  # a test may ask for the statistics of years
_CODES = {400: BAD_PAYLOAD, 401: UNAUTHORIZED, 403: FORBIDDEN, 404: NOT_FOUND, 500: RENDERER}


class OverBudget(AssertionError):
    """The requests of a test cost more processing units than its budget."""


class SentinelHub:
    """The local service in a test; created by `sentinel_hub()`.

    Attributes:
        service: the local service.
        budget: the processing units that the test may spend, None for no limit.
    """

    def __init__(self, service: Service, budget: float | None = None) -> None:
        self.service = service
        self.budget = budget
        self._faults: deque[Answer] = deque()
        self._requests: list[Handled] = []
        self._tokens = 0
        self._lock = threading.Lock()

    @property
    def requests(self) -> tuple[Handled, ...]:
        """The answered requests, except those for tokens, in the order of their answers."""
        with self._lock:
            return tuple(self._requests)

    @property
    def units(self) -> float:
        """The processing units that the requests would have cost."""
        return sum(item.units for item in self.requests)

    @property
    def tokens(self) -> int:
        """The number of requests for tokens."""
        return self._tokens

    def fail_next(
        self, status: int = 500, *, times: int = 1, message: str = "", retry_after: int | None = None
    ) -> None:
        """Let the next requests fail, except those for tokens.

        Args:
            status: the HTTP status, such as 429 or 503.
            times: how many of them.
            message: the error message.
            retry_after: the `Retry-After` header, in milliseconds as on the service; by default 0 for 429.
        """
        headers = {}
        if retry_after is not None or status == 429:
            headers["retry-after"] = str(retry_after or 0)
        code = _CODES.get(status, EXCEPTION)
        plain = rate_limited() if status == 429 else ServiceError(status, code, "This fails on purpose.")
        error = ServiceError(status, plain.code, message) if message else plain
        with self._lock:
            self._faults.extend([refuse(error, headers)] * times)

    def answer(self, call: Call) -> Answer:
        """Answer a request and record it.

        Raises:
            OverBudget: with this request, the test has exceeded its budget.
        """
        if call.is_for_token:
            with self._lock:
                self._tokens += 1
            return self.service.answer(call)[0]
        with self._lock:
            fault = self._faults.popleft() if self._faults else None
        if fault is not None:
            handled = Handled(call.method, call.path, fault.status, None, 0.0, 0.0, error="made to fail by the test")
            with self._lock:
                self._requests.append(handled)
            return fault
        answer, handled = self.service.answer(call)
        with self._lock:
            self._requests.append(handled)
        self.check_budget()
        return answer

    def check_budget(self) -> None:
        """Raise `OverBudget` if the test has exceeded its budget."""
        if self.budget is not None and self.units > self.budget:
            dearest = max(self.requests, key=lambda item: item.units)
            raise OverBudget(
                f"the test's {len(self.requests)} requests would have cost {self.units:.4g} processing units, more "
                f"than its budget of {self.budget:g}; the most expensive is {dearest.method} {dearest.path} with "
                f"{dearest.units:.4g}"
            )

    def transport(self) -> Any:
        """Return a transport for clients on httpx: `httpx.Client(transport=hub.transport())`.

        Requests to other hosts are sent over the network.
        """
        import httpx

        hub, network = self, httpx.HTTPTransport()

        class Transport(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                if request.url.host not in HOSTS:
                    return network.handle_request(request)
                headers = {name.lower(): value for name, value in request.headers.items()}
                query = request.url.query.decode()
                call = Call(request.method, request.url.path, headers, request.read(), query)
                answer = hub.answer(call)
                return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body)

        return Transport()


@contextlib.contextmanager
def sentinel_hub(
    data: str | Path | Mapping[str, str | Path] | None = None,
    *,
    seed: int = 0,
    budget: float | None = None,
    timeout: float = 10.0,
) -> Iterator[SentinelHub]:
    """Answer all requests to the service in this process, inside a `with` block.

    Args:
        data: a folder with a subfolder of rasters per collection, or a mapping from collections to folders; None for
            made-up scenes, which are the same for the same place and date.
        seed: the random seed of the made-up world.
        budget: the allowed processing units; exceeding them raises `OverBudget`, at the request and again at
            the end of the block.
        timeout: seconds for each step of a script.

    Raises:
        ConfigError: there is no such folder.
    """
    service = Service(open_source(data, seed=seed), Limits(step=timeout, request=_REQUEST_SECONDS))
    hub = SentinelHub(service, budget)
    mock = responses.RequestsMock(assert_all_requests_are_fired=False)
    hosts = "|".join(re.escape(host) for host in HOSTS)
    address = re.compile(rf"https?://(?:{hosts})(?::\d+)?/.*")

    def answering(request: PreparedRequest) -> tuple[int, Mapping[str, str], bytes]:
        answer = hub.answer(_call_of(request))
        mock.calls.reset()  # it would keep every body
        return answer.status, answer.headers, answer.body

    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"):
        mock.add_callback(method, address, callback=answering, content_type=None)
    mock.add_passthru(re.compile(rf"https?://(?!(?:{hosts})(?::\d+)?/).*"))
    _forget_tokens()
    try:
        with mock:
            yield hub
        hub.check_budget()
    finally:
        _forget_tokens()
        service.close()


def _call_of(request: PreparedRequest) -> Call:
    address = urlsplit(request.url or "")
    body = request.body
    if body is None:
        data = b""
    elif isinstance(body, str):
        data = body.encode()
    elif isinstance(body, bytes):
        data = body
    else:
        raise OsoError("requests with a streamed body are not supported in tests; pass bytes")
    headers = {
        name.lower(): value if isinstance(value, str) else value.decode() for name, value in request.headers.items()
    }
    return Call(request.method or "GET", address.path, headers, data, address.query)


def _forget_tokens() -> None:
    """Let sentinelhub-py forget the tokens that it keeps for all of its clients."""
    module = sys.modules.get("sentinelhub.download.sentinelhub_client")
    if module is not None:
        module.SentinelHubDownloadClient.clear_cache()


__all__ = ["HOSTS", "OverBudget", "SentinelHub", "sentinel_hub"]
