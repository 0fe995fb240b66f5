from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oso_evalscript.service.local import Service
from oso_evalscript.service.programs import Limits
from oso_evalscript.service.sources import MadeUp
from tests.service.bodies import NDVI, body, error_of, script, send

EXAMPLES = json.loads(Path(__file__).with_name("statistics_examples.json").read_text(encoding="utf-8"))["examples"]
PATH = "/api/v1/statistics"


def asked(
    evalscript: str = NDVI,
    *,
    dates: tuple[str, str] = ("2020-07-01T00:00:00Z", "2020-07-15T00:00:00Z"),
    of: str = "P5D",
    size: tuple[int, int] = (16, 16),
    **more: Any,
) -> dict[str, Any]:
    """The body of a request for statistics."""
    input_ = body()["input"]
    del input_["data"][0]["dataFilter"]["timeRange"]
    aggregation = {
        "timeRange": {"from": dates[0], "to": dates[1]},
        "aggregationInterval": {"of": of},
        "width": size[0],
        "height": size[1],
        "evalscript": evalscript,
    }
    return {"input": input_, "aggregation": aggregation, **more}


def answered(service: Service, value: dict[str, Any]) -> dict[str, Any]:
    answer = send(service, value, path=PATH)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = json.loads(answer.body)
    return found


def of_example(example: dict[str, Any]) -> str:
    """A script with the outputs of an example, and some values for them."""
    outputs = []
    values = []
    for output in example["declared_outputs"]:
        kind = "" if output["sampleType"] is None else f', sampleType: "{output["sampleType"]}"'
        outputs.append(f'{{ id: "{output["id"]}", bands: {json.dumps(output["bands"])}{kind} }}')
        count = len(output["bands"]) if isinstance(output["bands"], list) else output["bands"]
        given = "s.dataMask" if output["id"] == "dataMask" else "8" if output["id"] == "output_scl" else "s.A"
        values.append(f"{output['id']}: [{', '.join([given] * count)}]")
    band = "VV" if "VV" in json.dumps(example["declared_outputs"]) else "B04"
    return (
        f'//VERSION=3\nfunction setup() {{ return {{ input: ["{band}", "dataMask"], output: [{", ".join(outputs)}] }}; }}\n'
        f"function evaluatePixel(s) {{ return {{ {', '.join(values)} }}; }}\n".replace("s.A", f"s.{band}")
    )


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_the_examples_of_the_service_have_answers_of_the_same_shape(service: Service, number: int) -> None:
    example = EXAMPLES[number]
    request = json.loads(json.dumps(example["request"]))
    request["aggregation"]["evalscript"] = of_example(example)
    found, printed = answered(service, request), example["answer"]
    assert found["status"] == printed.get("status", "OK")
    assert [row["interval"] for row in found["data"]] == [row["interval"] for row in printed["data"]]
    for row, model in zip(found["data"], printed["data"], strict=True):
        assert set(row["outputs"]) == set(model["outputs"])
        for id_, output in model["outputs"].items():
            assert list(row["outputs"][id_]["bands"]) == list(output["bands"])
            for name, band in output["bands"].items():
                compare(row["outputs"][id_]["bands"][name], band)


def compare(found: dict[str, Any], printed: dict[str, Any]) -> None:
    """Whether two bands have the same fields, and counts that add up."""
    assert list(found) == list(printed)
    stats, model = found["stats"], printed["stats"]
    assert list(stats) == list(model)
    assert stats["sampleCount"] == model["sampleCount"]
    if model["noDataCount"] in (0, 1192):  # of masks by clouds and water, the made-up ones differ
        assert abs(stats["noDataCount"] - model["noDataCount"]) <= 5  # pixels that the polygon hardly touches
    assert list(stats.get("percentiles", {})) == list(model.get("percentiles", {}))
    if "histogram" in printed:
        assert list(found["histogram"]) == list(printed["histogram"])
        bins = found["histogram"]["bins"]
        edges = [(each["lowEdge"], each["highEdge"]) for each in bins]
        expected = [(each["lowEdge"], each["highEdge"]) for each in printed["histogram"]["bins"]]
        shared = min(len(edges), len(expected))
        assert edges[:shared] == expected[:shared]
        counted = sum(each["count"] for each in bins)
        counted += found["histogram"]["overflowCount"] + found["histogram"]["underflowCount"]
        assert counted == stats["sampleCount"] - stats["noDataCount"]


def test_statistics_are_those_of_the_image(service: Service) -> None:
    from tests.service.test_process import tiff

    source = script(
        "B04",
        "return { default: [s.B04], dataMask: [1] };",
        output='[{ id: "default", bands: 1, sampleType: "FLOAT32" }, { id: "dataMask", bands: 1 }]',
    )
    image = body(
        source,
        dates=("2020-07-01", "2020-07-05"),
        size=(16, 16),
        responses=[{"identifier": "default", "format": {"type": "image/tiff"}}],
    )
    values = tiff(send(service, image))[0].astype(np.float64)
    found = answered(service, asked(source, dates=("2020-07-01T00:00:00Z", "2020-07-06T00:00:00Z")))
    stats = found["data"][0]["outputs"]["default"]["bands"]["B0"]["stats"]
    expected = {"min": values.min(), "max": values.max(), "mean": values.mean(), "stDev": values.std()}
    assert {name: stats[name] for name in expected} == pytest.approx(expected)
    assert (stats["sampleCount"], stats["noDataCount"]) == (256, 0)


def test_an_ndvi_has_a_season(service: Service) -> None:
    found = answered(service, asked(dates=("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"), of="P1M"))
    means = [row["outputs"]["ndvi"]["bands"]["B0"]["stats"]["mean"] for row in found["data"]]
    assert len(means) == 12
    assert max(means[4:9]) > max(means[0], means[11]) + 0.2


def test_a_failing_interval_is_told_and_the_others_stand(service: Service) -> None:
    source = NDVI.replace(
        "return { ndvi", 'if (sample.B04 === undefined || FAIL) throw new Error("no"); return { ndvi'
    ).replace("function evaluatePixel(sample)", "function evaluatePixel(sample, scenes, meta)")
    source = source.replace("return { input", 'return { mosaicking: "ORBIT", input')
    source = source.replace("sample.B04 === undefined || FAIL", 'scenes.orbits[0].dateFrom.slice(8, 10) === "06"')
    source = source.replace("sample.", "sample[0].")
    found = answered(service, asked(source, dates=("2020-07-01T00:00:00Z", "2020-07-16T00:00:00Z")))
    assert found["status"] == "PARTIAL"
    assert [("error" in row, "outputs" in row) for row in found["data"]] == [
        (False, True),
        (True, False),
        (False, True),
    ]
    assert found["data"][1]["error"]["type"] == "EXECUTION_ERROR"


def test_intervals_beyond_the_time_of_a_request_fail(service: Service) -> None:
    slow = Service(MadeUp(), Limits(request=0.0))
    try:
        found = answered(slow, asked())
    finally:
        slow.close()
    assert found["status"] == "FAILED"
    assert [row["error"]["type"] for row in found["data"]] == ["TIMEOUT", "TIMEOUT"]


def test_an_answer_has_a_limit(service: Service) -> None:
    histogram = {"default": {"histograms": {"default": {"nBins": 10_000, "lowEdge": 0, "highEdge": 1}}}}
    many = NDVI.replace('id: "ndvi", bands: 1', 'id: "ndvi", bands: 40').replace("[index(sample.B08, sample.B04)]", "new Array(40).fill(0)")  # fmt: skip
    found = error_of(
        send(
            service,
            asked(many, dates=("2020-07-01T00:00:00Z", "2020-07-21T00:00:00Z"), size=(8, 8), calculations=histogram),
            path=PATH,
        )
    )
    assert (
        found["message"] == "The statistics have more than 1,048,576 bins and percentiles, the limit on this machine."
    )


def test_masks_by_output_count_apart(service: Service) -> None:
    source = script(
        "B04 dataMask",
        "return { a: [s.B04], b: [s.B04], c: [s.B04], dataMask: [1, 0] };",
        output='[{ id: "a", bands: 1 }, { id: "b", bands: 1 }, { id: "c", bands: 1 }, { id: "dataMask", bands: ["a", "b"] }]',
    )
    row = answered(service, asked(source))["data"][0]["outputs"]
    assert [row[id_]["bands"]["B0"]["stats"]["noDataCount"] for id_ in "abc"] == [0, 256, 0]
    assert row["b"]["bands"]["B0"]["stats"]["mean"] == "NaN"


def test_globals_start_anew_in_each_interval(service: Service) -> None:
    source = NDVI.replace(
        "return { ndvi: [index(sample.B08, sample.B04)]", "count += 1; return { ndvi: [count]"
    ).replace("function evaluate", "var count = 0;\nfunction evaluate")
    rows = answered(service, asked(source, size=(8, 8)))["data"]
    assert [row["outputs"]["ndvi"]["bands"]["B0"]["stats"]["max"] for row in rows] == [64.0] * len(rows)


@pytest.mark.parametrize(
    ("last", "ends"),
    [("SKIP", ["2020-07-06", "2020-07-11"]), ("SHORTEN", ["2020-07-06", "2020-07-11", "2020-07-15"]), ("EXTEND", ["2020-07-06", "2020-07-11", "2020-07-16"])],
)  # fmt: skip
def test_the_last_interval(service: Service, last: str, ends: list[str]) -> None:
    request = asked()
    request["aggregation"]["aggregationInterval"]["lastIntervalBehavior"] = last
    assert [row["interval"]["to"][:10] for row in answered(service, request)["data"]] == ends


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"aggregationInterval": {"of": "PT1H"}}, "`PT1H` is not an interval"),
        ({"evalscript": script("B04", "return [1];")}, "Output dataMask requested but missing from function setup()"),
        ({"timeRange": {"from": "2020-07-01", "to": "2020-07-02"}}, "`aggregation->timeRange->from` is"),
        ({"aggregationInterval": {"of": "P1D"}, "timeRange": {"from": "2000-07-01T00:00:00Z", "to": "2020-07-02T00:00:00Z"}}, "The time range has 7,306 intervals"),
    ],
)  # fmt: skip
def test_refusals(service: Service, change: dict[str, Any], message: str) -> None:
    request = asked()
    request["aggregation"] |= change
    assert error_of(send(service, request, path=PATH))["message"].startswith(message)
