"""`Service`: a request to the service in, its answer out; no sockets here."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import parse_qsl

from oso_evalscript.linter.engine import lint
from oso_evalscript.linter.report import Report
from oso_evalscript.model.catalog import named_collection
from oso_evalscript.model.cost import Cost
from oso_evalscript.model.errors import OsoError
from oso_evalscript.model.text import Source as Script
from oso_evalscript.service import catalog, tokens
from oso_evalscript.service.errors import (
    EXCEPTION,
    MEDIA_TYPE,
    NOT_ALLOWED,
    NOT_FOUND,
    ServiceError,
    bad_payload,
    not_served,
    service_error,
)
from oso_evalscript.service.node import Node, read_json
from oso_evalscript.service.openapi import description
from oso_evalscript.service.process import Reply, process, read_form
from oso_evalscript.service.programs import NAME, Deadline, Limits, Programs
from oso_evalscript.service.sources import Source
from oso_evalscript.service.statistics import statistics

SPENT = "x-processingunits-spent"
_JSON = "application/json"
_TOKEN_PATHS = ("/oauth/token", "/protocol/openid-connect/token")
_PROCESS = ("/api/v1/process", "/process/v1")
_STATISTICS = ("/api/v1/statistics", "/statistics/v1")
_CATALOG = ("/api/v1/catalog/1.0.0", "/catalog/v1")
_BYOC = ("/api/v1/byoc/collections", "/byoc/v1/collections")
_GUARDED = ("/api/", "/process/", "/statistics/", "/catalog/", "/byoc/")
_OPEN = ("/catalog/1.0.0", "/catalog/v1", "/conformance")  # which clients ask for without a token
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the service.

    Attributes:
        method: such as POST.
        path: without host and query.
        headers: names in lower case → values.
        body: the bytes.
        query: what stands behind the question mark.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    query: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered with.

    Attributes:
        status: the HTTP status.
        headers: names → values.
        body: the bytes.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Handled:
    """A request that was answered, as tests and logs look at it.

    Attributes:
        method: such as POST.
        path: without host and query.
        status: of the answer.
        payload: the JSON of its body, None where it has none.
        units: what it would have cost, in processing units.
        seconds: how long it took.
        warnings: which of its fields were ignored, and what the run had to say.
        error: what was wrong with it, empty where nothing was.
    """

    method: str
    path: str
    status: int
    payload: Any
    units: float
    seconds: float
    warnings: tuple[str, ...] = ()
    error: str = ""

    @property
    def evalscript(self) -> str | None:
        """The script that was sent, None where there was none."""
        if not isinstance(self.payload, Mapping):
            return None
        below = self.payload.get("aggregation")
        found = self.payload.get("evalscript") or (below.get("evalscript") if isinstance(below, Mapping) else None)
        return found if isinstance(found, str) else None

    @cached_property
    def findings(self) -> Report:
        """What the linter says of the script; nothing where there is none."""
        data = self.payload.get("input", {}).get("data") if isinstance(self.payload, Mapping) else None
        types = {item.get("type") for item in data if isinstance(item, Mapping)} if isinstance(data, list) else set()
        collection = next(iter(types)) if len(types) == 1 else None
        known = isinstance(collection, str) and named_collection(collection) is not None
        return _linted(self.evalscript or "//VERSION=3\n", collection if known else None)


class Service:
    """The service on local data; safe to be called from several threads, and to be closed.

    Args:
        source: where scenes come from.
        limits: what one request may take.
        authorize: whether requests need a token.
        strict_requests: whether a field that is ignored is an error.
    """

    def __init__(self, source: Source, limits: Limits | None = None, *, authorize: bool = True) -> None:
        self.source = source
        self.programs = Programs(limits or Limits())
        self.handled: deque[Handled] = deque(maxlen=_REMEMBERED)
        self.units = 0.0
        self._authorize = authorize
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let go of the scripts that are loaded."""
        self.programs.close()

    def answer(self, call: Call, deadline: Deadline | None = None) -> tuple[Answer, Handled]:
        """Return the answer to a request, and what there is to remember of it.

        Args:
            call: the request.
            deadline: when it has to be done, by default as the limits say.
        """
        begun = time.perf_counter()
        body: list[Node] = []
        cost: Cost | None = None
        warnings: tuple[str, ...] = ()
        error = ""
        try:
            reply = self._reply(call, deadline or self.programs.deadline(), body)
            cost, warnings = reply.cost, reply.warnings
            headers = {"content-type": reply.mime}
            answer = Answer(reply.status, headers, reply.body)
        except OsoError as wrong:
            refusal = service_error(wrong, NAME)
            error = str(refusal)
            answer = refuse(refusal)
        except Exception as fault:  # noqa: BLE001  # a fault of ours is an answer too, as at any service
            refusal = ServiceError(500, EXCEPTION, f"a fault in oso-evalscript itself: {type(fault).__name__}: {fault}")
            error = str(refusal)
            answer = refuse(refusal)
        units = cost.units if cost is not None else 0.0
        if cost is not None:
            answer = Answer(answer.status, {**answer.headers, SPENT: repr(units)}, answer.body)
        handled = Handled(
            call.method,
            call.path,
            answer.status,
            body[0].value if body else None,
            units,
            time.perf_counter() - begun,
            warnings,
            error,
        )
        with self._lock:
            self.handled.append(handled)
            self.units += units
        return answer, handled

    def _reply(self, call: Call, deadline: Deadline, body: list[Node]) -> Reply:
        path = call.path.rstrip("/") or "/"
        if path.endswith(_TOKEN_PATHS):
            _check_method(call, "POST")
            form = call.body.decode("latin-1")
            return _json(tokens.issue(form, call.headers.get("authorization", "")))
        if path == "/openapi.json":
            _check_method(call, "GET")
            return _json(description())
        if self._authorize and path.startswith(_GUARDED) and not path.endswith(_OPEN):
            tokens.check(call.headers.get("authorization", ""))
        if path in _PROCESS:
            read = self._body(call, body)
            return process(read, call.headers.get("accept", ""), self.source, self.programs, deadline)
        if path in _STATISTICS:
            return statistics(self._body(call, body), self.source, self.programs, deadline)
        below = next((path.removeprefix(start) for start in _CATALOG if (path + "/").startswith(start + "/")), None)
        if below is not None:
            return self._catalog(call, below, body)
        below = next((path.removeprefix(start) for start in _BYOC if (path + "/").startswith(start + "/")), None)
        if below is not None:
            if call.method != "GET":
                raise not_served(f"{call.method} {path[:200]}")
            return _json(catalog.own_collections(self.source, below.strip("/")))
        if path.startswith(("/api/", "/ogc", "/process/", "/statistics/", "/catalog/", "/byoc/", "/async/", "/batch/")):
            raise not_served(f"{call.method} {path[:200]}")
        raise ServiceError(404, NOT_FOUND, f"There is nothing at {path[:200]}.")

    def _catalog(self, call: Call, path: str, body: list[Node]) -> Reply:
        if path == "/search" and call.method == "POST":
            return _json(*catalog.search(self._body(call, body), self.source))
        _check_method(call, "GET")
        parameters = dict(parse_qsl(call.query, max_num_fields=50))
        return _json(*catalog.describe(path, parameters, self.source))

    def _body(self, call: Call, body: list[Node]) -> Node:
        _check_method(call, "POST")
        kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
        data = call.body
        if kind == "multipart/form-data":
            data = read_form(_parts(call.headers["content-type"], data))
        elif kind not in ("", _JSON, "text/plain"):
            raise ServiceError(415, MEDIA_TYPE, f"HTTP 415 Unsupported Media Type: {kind[:80]}")
        body.append(read_json(data))
        return body[0]


def refuse(error: ServiceError, headers: Mapping[str, str] | None = None) -> Answer:
    """Return the answer that refuses a request."""
    return Answer(error.status, {"content-type": _JSON, **(headers or {})}, json.dumps(error.body()).encode())


@lru_cache(maxsize=256)
def _linted(text: str, collection: str | None) -> Report:
    """What the linter says of a script; of a text that is none, nothing but that it does not parse."""
    return lint(Script(text, NAME), collection=collection)


def _json(value: object, cost: Cost | None = None, warnings: tuple[str, ...] = ()) -> Reply:
    return Reply(json.dumps(value).encode(), _JSON, cost, warnings)


def _check_method(call: Call, method: str) -> None:
    if call.method != method:
        raise ServiceError(405, NOT_ALLOWED, "HTTP 405 Method Not Allowed")


def _parts(content_type: str, data: bytes) -> dict[str, bytes]:
    """The parts of a form by their names."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message: Message = BytesParser(policy=HTTP).parsebytes(head + data)
    if not message.is_multipart():
        raise bad_payload("The form has no parts.")
    parts = {}
    for part in message.get_payload():
        if isinstance(part, Message):
            name = part.get_param("name", header="content-disposition")
            payload = part.get_payload(decode=True)
            if isinstance(name, str) and isinstance(payload, bytes):
                parts[name] = payload
    return parts
