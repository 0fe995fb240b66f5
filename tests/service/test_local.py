from __future__ import annotations

import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from oso_evalscript.runtime.scene import Scene
from oso_evalscript.service.local import Call, Service
from oso_evalscript.service.programs import Deadline, Limits
from oso_evalscript.service.sources import MadeUp
from tests.service.bodies import TOKEN, body, error_of, handled, script, send


@pytest.mark.parametrize(
    ("call", "status", "code"),
    [
        (Call("GET", "/api/v1/process", TOKEN), 405, "COMMON_METHOD_NOT_ALLOWED"),
        (Call("POST", "/api/v1/process", {}), 401, "COMMON_UNAUTHORIZED"),
        (Call("POST", "/api/v1/process", TOKEN), 400, "COMMON_BAD_PAYLOAD"),
        (Call("POST", "/api/v1/process", TOKEN, b"{"), 400, "COMMON_BAD_PAYLOAD"),
        (Call("POST", "/api/v1/process", TOKEN, b"[1]"), 400, "COMMON_BAD_PAYLOAD"),
        (Call("POST", "/api/v1/process", TOKEN, b'{"a": NaN}'), 400, "COMMON_BAD_PAYLOAD"),
        (Call("POST", "/api/v1/process", TOKEN, b"[" * 100_000), 400, "COMMON_BAD_PAYLOAD"),
        (Call("POST", "/api/v1/process", TOKEN, b" " * 9_000_000), 413, "COMMON_BAD_PAYLOAD"),
        (Call("POST", "/api/v1/process", {**TOKEN, "content-type": "text/csv"}, b"a"), 415, "COMMON_UNSUPPORTED_MEDIA_TYPE"),
        (Call("POST", "/api/v1/async/process", TOKEN, b"{}"), 501, "NOT_SERVED"),
        (Call("GET", "/api/v2/batch/process", TOKEN), 501, "NOT_SERVED"),
        (Call("POST", "/api/v1/byoc/collections", TOKEN, b"{}"), 501, "NOT_SERVED"),
        (Call("GET", "/api/v1/byoc/collections/0123", TOKEN), 404, "COMMON_NOT_FOUND"),
        (Call("GET", "/api/v1/byoc/collections/0123/tiles", TOKEN), 501, "NOT_SERVED"),
        (Call("GET", "/elsewhere", TOKEN), 404, "COMMON_NOT_FOUND"),
    ],
)  # fmt: skip
def test_statuses(service: Service, call: Call, status: int, code: str) -> None:
    found = error_of(service.answer(call)[0])
    assert (found["status"], found["code"]) == (status, code)


def test_a_request_is_remembered_with_what_it_costs(service: Service) -> None:
    source = script("B04 B08", "return [s.B04];")
    _, call = handled(
        service,
        {
            **body(source),
            "output": {"responses": [{"identifier": "default", "format": {"type": "image/tiff"}}]},
            "extra": 1,
        },
    )
    assert (call.status, call.evalscript) == (200, source)
    assert call.units == pytest.approx(0.25 * 2 / 3 * 2)
    assert call.warnings == ("`extra` is not known and was ignored",)
    assert [finding.rule for finding in call.findings] == ["unused-band"]


def test_ignored_fields_are_told(service: Service) -> None:
    assert handled(service, body(previewMode="PREVIEW"))[1].warnings == (
        "`input->data[0]->dataFilter->previewMode` was ignored",
    )


def test_an_unexpected_exception_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(MadeUp):
        def read(self, *args: object, **kwargs: object) -> tuple[Scene, ...]:
            raise ZeroDivisionError("here")

    service = Service(Broken())
    try:
        with caplog.at_level(logging.ERROR):
            answer, call = handled(service, body())
    finally:
        service.close()
    assert (answer.status, error_of(answer)["code"]) == (500, "COMMON_EXCEPTION")
    assert call.error == "a fault in oso-evalscript itself: ZeroDivisionError: here"
    assert caplog.messages == ["POST /api/v1/process failed"]
    assert "Traceback" in caplog.text


def test_threads_get_their_own_answers(service: Service) -> None:
    boxes = [(5.0 + index * 0.02, 45.0, 5.02 + index * 0.02, 45.02) for index in range(8)]
    alone = [send(service, body(box=box)).body for box in boxes]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda box: send(service, body(box=box)).body, boxes))
    assert together == alone
    assert len(set(alone)) == 8


def test_a_cancelled_request_is_stopped(service: Service) -> None:
    cancelled = threading.Event()
    cancelled.set()
    deadline = Deadline(float("inf"), 1.0, cancelled)
    call = Call("POST", "/api/v1/process", TOKEN, json.dumps(body(box=(6.0, 45.0, 6.1, 45.1))).encode())
    answer, _ = service.answer(call, deadline)
    assert "client disconnected" in error_of(answer)["message"]


def test_a_slow_script_has_a_limit_for_all_of_its_pixels() -> None:
    slow = script("B04", "let n = 0; for (let i = 0; i < 2e6; i++) n += i; return [n];", output="{ bands: 1 }")
    service = Service(MadeUp(), Limits(step=5.0, request=0.5))
    try:
        found = error_of(send(service, body(slow, size=(200, 200))))
        assert "did not finish within 0.5 s" in found["message"]
    finally:
        service.close()
