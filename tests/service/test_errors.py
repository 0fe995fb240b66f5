from __future__ import annotations

import pytest

from oso_evalscript.model.errors import (
    EngineError,
    OsoError,
    PixelError,
    RequestError,
    ScriptError,
    ScriptTimeout,
)
from oso_evalscript.service.errors import ServiceError, bad_payload, not_served, script_error, service_error


def test_a_refusal_has_the_form_of_the_service() -> None:
    assert bad_payload("No.", "output->width").body() == {
        "error": {
            "status": 400,
            "reason": "Bad Request",
            "message": "No.",
            "code": "COMMON_BAD_PAYLOAD",
            "errors": [{"parameter": "output->width", "violation": "No."}],
        }
    }
    assert "errors" not in bad_payload("No.").body()["error"]
    assert not_served("GET /x").status == 501


@pytest.mark.parametrize(
    ("error", "status", "code", "message"),
    [
        (ScriptError("e: Collection 'S2L1C' has no band 'SCL'."), 400, "COMMON_BAD_PAYLOAD", "Collection 'S2L1C' has no band 'SCL'."),
        (ScriptError("e: SyntaxError: x"), 400, "RENDERER_EXCEPTION", "Failed to evaluate script!\nSyntaxError: x"),
        (PixelError("e: wrong", row=0, column=0, inputs={}, thrown=False), 400, "RENDERER_EXCEPTION", "Script must return an array."),
        (PixelError("e: thrown", row=0, column=0, inputs={}, thrown=True), 400, "RENDERER_EXCEPTION", "Failed to evaluate script!\nthrown"),
        (ScriptTimeout("e: slow"), 400, "RENDERER_EXCEPTION", "Failed to evaluate script!\nslow"),
        (EngineError("no V8"), 500, "COMMON_EXCEPTION", "no V8"),
        (RequestError("no"), 400, "COMMON_BAD_PAYLOAD", "no"),
        (OsoError("other"), 400, "COMMON_EXCEPTION", "other"),
    ],
)  # fmt: skip
def test_each_failure_has_its_words(error: OsoError, status: int, code: str, message: str) -> None:
    found = service_error(error, "e")
    assert (found.status, found.code, str(found)) == (status, code, message)


def test_what_this_package_knows_stands_beside_the_words_of_the_service() -> None:
    found = script_error(ScriptError("e: Script must return an array. It returned 5"), "e")
    assert str(found) == "Script must return an array."
    assert found.violations[0].violation == "Script must return an array. It returned 5"
    refusal = ServiceError(429, "RATE_LIMIT_EXCEEDED", "x")
    assert service_error(refusal) is refusal
