from __future__ import annotations

import json

import jsonschema

from oso_evalscript.service.local import Call, Service
from oso_evalscript.service.openapi import description
from tests.service.bodies import body
from tests.service.test_statistics import EXAMPLES


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
