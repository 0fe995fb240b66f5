"""`Service`: a request to the service in, its answer out; no sockets here."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from functools import cached_property, lru_cache
from typing import Any

from oso_evalscript.linter.engine import lint
from oso_evalscript.linter.report import Report
from oso_evalscript.model.catalog import named_collection
from oso_evalscript.model.cost import Cost
from oso_evalscript.model.errors import OsoError
from oso_evalscript.model.text import Source as Script
from oso_evalscript.pricing.request import SPENT
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
from oso_evalscript.service.node import Node, read_json, read_query
from oso_evalscript.service.openapi import description
from oso_evalscript.service.process import Reply, process, read_form
from oso_evalscript.service.programs import NAME, Deadline, Limits, Programs
from oso_evalscript.service.sources import Source
from oso_evalscript.service.statistics import statistics

_JSON = "application/json"
_TOKEN_PATHS = ("/oauth/token", "/protocol/openid-connect/token")
_PROCESS = ("/api/v1/process", "/process/v1")
_STATISTICS = ("/api/v1/statistics", "/statistics/v1")
_CATALOG = ("/api/v1/catalog/1.0.0", "/catalog/v1")
_BYOC = ("/api/v1/byoc/collections", "/byoc/v1/collections")
_GUARDED = ("/api/", "/process/", "/statistics/", "/catalog/", "/byoc/")
_OPEN = ("/catalog/1.0.0", "/catalog/v1", "/conformance")  # clients read these without a token
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the service.

    Attributes:
        method: such as POST.
        path: without host and query.
        headers: names in lower case → values.
        body: the bytes.
        query: the text after the question mark.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    query: str = ""

    @property
    def is_for_token(self) -> bool:
        """Whether it asks the identity provider for a token."""
        return self.path.rstrip("/").endswith(_TOKEN_PATHS)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request.

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
    """A request that was answered, for tests and logs.

    Attributes:
        method: such as POST.
        path: without host and query.
        status: of the answer.
        payload: the JSON of its body; None without a body.
        units: its cost at the service, in processing units.
        seconds: how long it took.
        warnings: the fields that were ignored, and the warnings of the run.
        error: the message of the answer; empty if it succeeded.
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
        """The script that was sent; None if there was none."""
        if not isinstance(self.payload, Mapping):
            return None
        below = self.payload.get("aggregation")
        found = self.payload.get("evalscript") or (below.get("evalscript") if isinstance(below, Mapping) else None)
        return found if isinstance(found, str) else None

    @cached_property
    def findings(self) -> Report:
        """The findings of the linter in the script; empty without a script."""
        data = self.payload.get("input", {}).get("data") if isinstance(self.payload, Mapping) else None
        types = {item.get("type") for item in data if isinstance(item, Mapping)} if isinstance(data, list) else set()
        collection = next(iter(types)) if len(types) == 1 else None
        known = isinstance(collection, str) and named_collection(collection) is not None
        return _linted(self.evalscript or "//VERSION=3\n", collection if known else None)


class Service:
    """The service on local data; it can be called from several threads, and has to be closed.

    Args:
        source: where scenes come from.
        limits: the limits of one request.
        authorize: whether requests need a token.
    """

    def __init__(self, source: Source, limits: Limits | None = None, *, authorize: bool = True) -> None:
        self.source = source
        self.programs = Programs(limits or Limits())
        self._authorize = authorize

    def close(self) -> None:
        """Close the scripts that are loaded."""
        self.programs.close()

    def answer(self, call: Call, deadline: Deadline | None = None) -> tuple[Answer, Handled]:
        """Return the answer to a request, and its record for tests and logs.

        An unexpected exception is logged with its traceback, and answered with 500.

        Args:
            call: the request.
            deadline: when it has to be done; by default, what the limits allow.
        """
        begun = time.perf_counter()
        body: list[Node] = []
        cost: Cost | None = None
        warnings: tuple[str, ...] = ()
        error = ""
        try:
            reply = self._reply(call, deadline or self.programs.deadline(), body)
            cost, warnings = reply.cost, reply.warnings
            spent = {} if cost is None else {SPENT: repr(cost.units)}
            answer = Answer(200, {"content-type": reply.mime, **spent}, reply.body)
        except OsoError as wrong:
            refusal = service_error(wrong, NAME)
            error, answer = str(refusal), refuse(refusal)
        except Exception as fault:  # one failing request must not end the server
            logger.exception("%s %s failed", call.method, call.path)
            refusal = ServiceError(500, EXCEPTION, f"a fault in oso-evalscript itself: {type(fault).__name__}: {fault}")
            error, answer = str(refusal), refuse(refusal)
        handled = Handled(
            call.method,
            call.path,
            answer.status,
            body[0].value if body else None,
            0.0 if cost is None else cost.units,
            time.perf_counter() - begun,
            warnings,
            error,
        )
        return answer, handled

    def _reply(self, call: Call, deadline: Deadline, body: list[Node]) -> Reply:
        path = call.path.rstrip("/") or "/"
        if call.is_for_token:
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
        below = _below(path, _CATALOG)
        if below is not None:
            return self._catalog(call, below, body, deadline)
        below = _below(path, _BYOC)
        if below is not None:
            if call.method != "GET" or "/" in below.strip("/"):
                raise not_served(f"{call.method} {path[:200]}")
            return _json(catalog.own_collections(self.source, below.strip("/")))
        if path.startswith(("/api/", "/ogc", "/process/", "/statistics/", "/catalog/", "/byoc/", "/async/", "/batch/")):
            raise not_served(f"{call.method} {path[:200]}")
        raise ServiceError(404, NOT_FOUND, f"There is nothing at {path[:200]}.")

    def _catalog(self, call: Call, path: str, body: list[Node], deadline: Deadline) -> Reply:
        if path == "/search" and call.method == "POST":
            return _json(*catalog.search(self._body(call, body), self.source, deadline))
        _check_method(call, "GET")
        return _json(*catalog.describe(path, read_query(call.query), self.source, deadline))

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
    """The findings of the linter in a script."""
    return lint(Script(text, NAME), collection=collection)


def _json(value: object, cost: Cost | None = None, warnings: tuple[str, ...] = ()) -> Reply:
    return Reply(json.dumps(value).encode(), _JSON, cost, warnings)


def _below(path: str, starts: Sequence[str]) -> str | None:
    """The rest of a path at or below one of some others; None if it is elsewhere."""
    return next((path.removeprefix(start) for start in starts if f"{path}/".startswith(f"{start}/")), None)


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
