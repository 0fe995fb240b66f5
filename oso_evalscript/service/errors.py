"""What the service says when it refuses: status, code and message, and which failure gets which."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from oso_evalscript.model.errors import (
    EngineError,
    OsoError,
    PixelError,
    RasterError,
    RequestError,
    ScriptError,
)

BAD_PAYLOAD = "COMMON_BAD_PAYLOAD"
EXCEPTION = "COMMON_EXCEPTION"
RENDERER = "RENDERER_EXCEPTION"
NOT_FOUND = "COMMON_NOT_FOUND"
NOT_ALLOWED = "COMMON_METHOD_NOT_ALLOWED"
MEDIA_TYPE = "COMMON_UNSUPPORTED_MEDIA_TYPE"
UNAUTHORIZED = "COMMON_UNAUTHORIZED"
FORBIDDEN = "COMMON_INSUFFICIENT_PERMISSIONS"
NO_POLARIZATION = "RENDERER_S1_MISSING_POLARIZATION"
RATE_LIMIT = "RATE_LIMIT_EXCEEDED"
NOT_SERVED = "NOT_SERVED"
"""Our own code, which the service does not have: the local one lacks what was asked for."""

_SHAPE = "Script must return an array."
_ORIGIN = re.compile(r"(Collection '.*' has no band '.*'\.|Invalid script! Band .*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong with a request.

    Attributes:
        parameter: where, as the service writes paths: `output->resx`.
        violation: what.
    """

    parameter: str
    violation: str


class ServiceError(OsoError):
    """A request is refused, in the words of the service.

    Args:
        status: the HTTP status.
        code: the service's name of the fault.
        message: the sentence.
        violations: what exactly is wrong, and where.

    Attributes:
        status: the HTTP status.
        code: the service's name of the fault.
        violations: what exactly is wrong, and where.
    """

    def __init__(self, status: int, code: str, message: str, violations: tuple[Violation, ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.violations = violations

    def body(self) -> dict[str, Any]:
        """Return the JSON of the answer."""
        error: dict[str, Any] = {
            "status": self.status,
            "reason": HTTPStatus(self.status).phrase,
            "message": str(self),
            "code": self.code,
        }
        if self.code == RATE_LIMIT:  # which the service does not wrap, as its page on rate limits shows
            return error
        if self.violations:
            error["errors"] = [{"parameter": each.parameter, "violation": each.violation} for each in self.violations]
        return {"error": error}


def bad_payload(message: str, parameter: str = "") -> ServiceError:
    """Return the refusal of a request whose JSON says something it must not.

    Args:
        message: what is wrong.
        parameter: where, as in `output->resx`; the message then is repeated as what is wrong there.
    """
    violations = (Violation(parameter, message),) if parameter else ()
    return ServiceError(400, BAD_PAYLOAD, message, violations)


def rate_limited() -> ServiceError:
    """Return the refusal of a request that came too soon after others."""
    return ServiceError(429, RATE_LIMIT, "You have exceeded your rate limit")


def not_served(what: str) -> ServiceError:
    """Return the answer to what the service has, and this one has not."""
    return ServiceError(501, NOT_SERVED, f"{what}: not served on this machine, see docs/service.md")


def script_error(error: OsoError, name: str = "") -> ServiceError:
    """Return how the service refuses a script that fails; what this package knows of it stands in `errors`.

    Args:
        error: what the script raised when it was loaded or run.
        name: the script's name, which begins messages and is left out.
    """
    text = str(error).removeprefix(f"{name}: ")
    whole = error.whole if isinstance(error, ScriptError) else ""
    origin = _ORIGIN.search(text)
    if origin is not None:
        return ServiceError(400, BAD_PAYLOAD, origin[1])
    misshapen = (isinstance(error, PixelError) and not error.thrown) or _SHAPE in text
    message = _SHAPE if misshapen else f"Failed to evaluate script!\n{whole.removeprefix(f'{name}: ') or text}"
    return ServiceError(400, RENDERER, message, (Violation("evalscript", text),))


def service_error(error: OsoError, name: str = "") -> ServiceError:
    """Return how the service would refuse what this package refuses."""
    if isinstance(error, ServiceError):
        return error
    if isinstance(error, ScriptError):
        return script_error(error, name)
    if isinstance(error, EngineError):
        return ServiceError(500, EXCEPTION, str(error))
    if isinstance(error, RequestError | RasterError):
        return ServiceError(400, BAD_PAYLOAD, str(error))
    return ServiceError(400, EXCEPTION, str(error))
