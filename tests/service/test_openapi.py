from __future__ import annotations

import json
import os
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from oso_evalscript.service.app import App, Settings
from oso_evalscript.service.local import Call, Service
from oso_evalscript.service.openapi import description
from tests.service.bodies import body
from tests.service.test_statistics import EXAMPLES

PROOF = bool(os.environ.get("OSO_EVALSCRIPT_PROOF"))


def test_it_is_published(service: Service) -> None:
    answer, _ = service.answer(Call("GET", "/openapi.json"))
    assert json.loads(answer.body) == description()


def test_requests_that_are_answered_fit_it() -> None:
    found = description()
    schema = {"components": found["components"]}
    jsonschema.validate(body(), {**schema, "$ref": "#/components/schemas/ProcessRequest"})
    for example in EXAMPLES:
        asked = json.loads(json.dumps(example["request"]))
        asked["aggregation"]["evalscript"] = "x"
        jsonschema.validate(asked, {**schema, "$ref": "#/components/schemas/StatisticsRequest"})


def test_each_path_is_answered(service: Service) -> None:
    for path, methods in description()["paths"].items():
        for method in methods:
            answer, _ = service.answer(Call(method.upper(), path, {"authorization": "Bearer x"}))
            assert answer.status in (200, 400, 404), path


@pytest.mark.skipif(not PROOF, reason="it takes minutes")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_schemathesis_draws_is_answered_as_described(service: Service) -> None:
    """Statuses, content types and bodies are those that the description lists, whatever is sent."""
    import schemathesis
    from schemathesis.specs.openapi import checks

    app = App(service, Settings(hosts=("testserver",)))
    api = schemathesis.openapi.from_asgi("/openapi.json", app)
    kept = [checks.status_code_conformance, checks.content_type_conformance, checks.response_schema_conformance]
    for operation in api.get_all_operations():
        found: Any = operation.ok()  # type: ignore[union-attr]  # it is, or the test fails

        @settings(max_examples=100)
        @given(case=found.as_strategy())
        def answered(case: Any) -> None:
            answer = case.call(headers={"Authorization": "Bearer x"})
            case.validate_response(answer, checks=kept)
            assert answer.status_code < 500 or answer.status_code == 501

        answered()
