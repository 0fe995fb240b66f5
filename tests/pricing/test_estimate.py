"""`oso.cost`: what a script costs, with the contract that `setup()` returns."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oso_evalscript as oso
from oso_evalscript.model.contract import Mosaicking, SampleType, Setup
from oso_evalscript.model.cost import FORMATS, UNPROCESSED, Api, Cost, Samples, Workload, price
from oso_evalscript.model.errors import OsoError, RequestError, ScriptError
from oso_evalscript.model.host import Evidence
from oso_evalscript.pricing.estimate import cost_of_request, cost_of_run
from oso_evalscript.pricing.request import read_request
from oso_evalscript.runtime.program import Program
from tests.conftest import ROOT
from tests.pricing.requests import FUSED, MEAN, NDVI, SERIES, fused, kept, process, search, statistics
from tests.strategies import setups

YEAR = ("2023-01-01", "2023-12-31")
RADAR = """//VERSION=3
function setup() {
  return {
    input: ["VV", "VH", "localIncidenceAngle", "shadowMask"],
    output: { bands: 1, sampleType: "FLOAT32" },
    mosaicking: "ORBIT",
  };
}
function evaluatePixel(s) { return [s[0].VV - s[1].VV]; }
"""
FILTERED = (
    SERIES
    + """
function preProcessScenes(collections) {
  collections.scenes.orbits = collections.scenes.orbits.filter((orbit) => new Date(orbit.dateFrom).getMonth() === 6);
  return collections;
}
"""
)
CLEAR = (
    SERIES.replace("ORBIT", "TILE")
    + """
function preProcessScenes(collections) {
  collections.scenes.tiles = collections.scenes.tiles.filter((tile) => tile.cloudCoverage < 30);
  return collections;
}
"""
)


def factors(cost: Cost) -> dict[str, float]:
    return {factor.name: factor.value for factor in cost.factors}


def of(body: dict[str, Any], samples: int | None = None) -> Cost:
    return cost_of_request(read_request(json.dumps(body).encode(), "a.json"), samples)


def test_the_documented_example_of_change_detection() -> None:
    cost = oso.cost(RADAR, width=1024, height=1024, samples=2, processing={"orthorectify": True})
    assert cost.units == pytest.approx(128 / 3, abs=1e-5)
    assert cost.requests == 1
    assert factors(cost) == {
        "area": 4, "bands": pytest.approx(4 / 3), "format": 2, "samples": 2, "orthorectification": 2,
    }  # fmt: skip


def test_the_documented_example_of_a_parcel() -> None:
    script = NDVI.replace("FLOAT32", "INT16")
    assert oso.cost(script, width=20, height=20).units == pytest.approx(0.0066667, abs=1e-5)


@pytest.mark.parametrize(
    ("width", "height", "units"),
    [(545, 353, 0.9785207404252105), (1015, 1184, 6.112467630082392), (994, 1189, 6.0112815105303525)],
)
def test_what_the_service_charged(width: int, height: int, units: float) -> None:
    assert oso.cost(NDVI, width=width, height=height).units == pytest.approx(units, abs=1e-5)
    assert of(kept(process(width=width, height=height))).units == pytest.approx(units, abs=1e-5)


@settings(max_examples=40)
@given(setups(), st.integers(1, 3000), st.integers(1, 3000), st.sampled_from(FORMATS), st.integers(1, 50))
def test_the_cost_is_that_of_the_contract(setup: Setup, width: int, height: int, mime: str, samples: int) -> None:
    if len({setup.key(index) for index in range(len(setup.inputs))}) < len(setup.inputs):
        return  # refused by `Program`: two inputs with one name
    text = f"//VERSION=3\nfunction setup() {{ return {json.dumps(setup.raw())}; }}\nfunction evaluatePixel() {{}}"
    found = oso.cost(text, width=width, height=height, format=mime, samples=samples)
    listed = any(setup.mosaicking_of(index) is not Mosaicking.SIMPLE for index in range(len(setup.inputs)))
    expected = price(
        Workload(
            width=width,
            height=height,
            bands=tuple(input.bands for input in setup.inputs),
            outputs=tuple((output.sample_type, mime) for output in setup.outputs),
            samples=Samples(samples if listed else 1),
            processing=(UNPROCESSED,),
        )
    )
    assert found.units == expected.units
    assert factors(found) == factors(expected)


@pytest.mark.parametrize(
    ("time_range", "number"), [(YEAR, 73), (("2023-01-01", "2023-01-30"), 6), (("2023-01-01",) * 2, 1)]
)
def test_a_time_range_tells_the_samples(time_range: tuple[str, str], number: int) -> None:
    cost = oso.cost(SERIES, width=512, height=512, collection="S2L2A", time_range=time_range)
    assert factors(cost)["samples"] == number
    assert cost.factors[3].evidence is Evidence.INFERRED
    assert cost.unknowns == ("how many acquisitions there are of sentinel-2-l2a; one every 5 days is assumed",)


def test_where_nothing_tells_one_sample_is_assumed_and_that_is_said() -> None:
    cost = oso.cost(SERIES, width=512, height=512)
    assert factors(cost)["samples"] == 1
    assert cost.factors[3].evidence is Evidence.UNKNOWN
    assert "one is assumed" in cost.unknowns[0]


def test_under_simple_a_pixel_has_one_sample_whatever_is_told() -> None:
    cost = oso.cost(NDVI, width=512, height=512, samples=12, time_range=YEAR)
    assert factors(cost)["samples"] == 1
    assert cost.factors[3].quantity == "SIMPLE has one per pixel, not 12"
    assert oso.cost(NDVI, width=512, height=512, samples=1, time_range=YEAR).factors[3].quantity == Samples().quantity


@pytest.mark.parametrize(("script", "words"), [(FILTERED, "keeps 6 of 73"), (CLEAR, "keeps 22 of 73")])
def test_scenes_that_the_script_leaves_out_cost_nothing(script: str, words: str) -> None:
    cost = oso.cost(script, width=512, height=512, collection="S2L2A", time_range=YEAR)
    assert words in cost.factors[3].quantity
    assert factors(cost)["samples"] == int(words.split()[1])
    assert "made-up" in cost.unknowns[1]


def test_only_a_hook_that_is_there_is_named() -> None:
    of_year: dict[str, Any] = {"width": 9, "height": 9, "collection": "S2L2A", "time_range": YEAR}
    assert oso.cost(SERIES + "// preProcessScenes", **of_year).factors[3].quantity == "ORBIT, 73 acquisitions"
    older = SERIES + "function filterScenes(scenes, metadata) { return scenes.slice(0, 4); }"
    assert oso.cost(older, **of_year).factors[3].quantity == "ORBIT, filterScenes keeps 4 of 73"


@settings(max_examples=20)
@given(st.integers(0, 700), st.integers(0, 700))
def test_a_longer_time_range_never_has_fewer_samples(days: int, more: int) -> None:
    begin = dt.datetime(2022, 3, 1, tzinfo=dt.UTC)
    with Program(SERIES, collection="S2L2A") as program:
        from oso_evalscript.pricing.samples import count_samples

        short, long = (
            count_samples(program, program.origins, [(begin, begin + dt.timedelta(days=length))]).samples.number
            for length in (days, days + more)
        )
    assert 1 <= short <= long
    assert short == days // 5 + 1


def test_statistics_add_up_over_their_intervals() -> None:
    def samples(script: str, **rest: Any) -> float:
        cost = oso.cost(script, width=512, height=512, collection="S2L2A", api="statistics", **rest)
        return factors(cost)["samples"]

    assert samples(MEAN, time_range=YEAR, interval="P1M") == 12
    assert samples(MEAN, time_range=YEAR, interval="P1D") == 73  # days without an acquisition have no sample
    assert samples(MEAN, time_range=YEAR) == 1
    assert samples(MEAN, samples=7) == 7
    assert samples(MEAN) == 1
    assert samples(SERIES, time_range=YEAR, interval="P1M") == 73
    assert samples(SERIES, time_range=("2023-01-01", "2023-12-30"), interval="P1M") == 67  # December is not full
    assert samples(FILTERED, time_range=YEAR, interval="P1M") == 6
    assert oso.cost(MEAN, width=9, height=9, api="statistics").units == 0.01


def test_statistics_of_a_request() -> None:
    cost = of(statistics())
    assert factors(cost) == {
        "area": pytest.approx(0.01236, abs=1e-4),
        "bands": pytest.approx(1 / 3),
        "format": 1,
        "samples": 6,
    }
    assert any("FLOAT32" in unknown for unknown in cost.unknowns)
    assert factors(of(statistics(), samples=3))["samples"] == 3


def test_outputs_that_are_not_asked_for_do_not_count() -> None:
    script = NDVI.replace("output: {", 'output: [{ id: "view", bands: 3 }, { id: "index",').replace(
        '"FLOAT32" }', '"FLOAT32" }]'
    )
    every = oso.cost(script, width=512, height=512)
    assert factors(every)["format"] == 2
    assert any("different formats" in unknown for unknown in every.unknowns)
    assert factors(oso.cost(script, width=512, height=512, outputs=["view"]))["format"] == 1
    body = process(script, responses=[{"identifier": "view", "format": {"type": "image/tiff"}}])
    assert factors(of(body))["format"] == 1


def test_data_fusion() -> None:
    cost = oso.cost(FUSED, width=512, height=512, processing={"orthorectify": True})
    assert factors(cost)["fusion"] == 2
    assert factors(cost)["bands"] == pytest.approx(2 / 3)
    assert any("different sources" in unknown for unknown in cost.unknowns)
    assert factors(oso.cost(FUSED, width=512, height=512, remote=["radar"]))["fusion"] == 3
    assert of(fused()).product == pytest.approx(545 * 353 / 512**2 * 2 / 3 * 2 * 2)


def test_fusion_with_a_collection_of_another_endpoint() -> None:
    body = fused()
    body["input"]["data"].append({"type": "landsat-ot-l1", "id": "third"})
    addresses = {
        "https://services.sentinel-hub.com/api/v1/process": 4,  # the example of the page: 1 + 1 + 2
        "https://services-uswest2.sentinel-hub.com/api/v1/process": 5,
        "https://sh.dataspace.copernicus.eu/api/v1/process": 3,  # where collections are kept is not known there
    }
    for address, value in addresses.items():
        assert factors(of(kept(body, address=address)))["fusion"] == value


def test_processing_counts_for_radar_alone() -> None:
    terrain = {"orthorectify": True, "backCoeff": "GAMMA0_TERRAIN", "speckleFilter": {"type": "LEE"}}
    found = factors(oso.cost(RADAR, width=512, height=512, processing=terrain))
    assert (found["terrain correction"], found["speckle filter"]) == (2.5, 2)
    assert "orthorectification" not in found
    optics = oso.cost(NDVI, width=512, height=512, processing=terrain, collection="S2L2A")
    assert len(optics.factors) == 4


def test_large_images_take_several_requests() -> None:
    cost = oso.cost(NDVI, width=5000, height=2500)
    assert cost.requests == 2
    assert cost.units == pytest.approx(2 * oso.cost(NDVI, width=2500, height=2500).units)
    assert oso.cost(NDVI, width=5000, height=2500, api="async").requests == 1
    assert oso.cost(NDVI, width=50_000, height=2500, api="batch").requests == 1


def test_a_simple_script() -> None:
    cost = oso.cost("return [B04 * 2.5, B03, B02];", width=512, height=512, collection="S2L2A", format="image/png")
    assert cost.units == 1


def test_savings_are_the_request_with_one_thing_changed() -> None:
    cost = oso.cost(SERIES, width=1024, height=1024, samples=10)
    assert cost.units == pytest.approx(80)
    assert {saving.text.partition(" ")[0]: saving.units for saving in cost.savings} == {
        "ORBIT": pytest.approx(8),
        "FLOAT32": pytest.approx(40),
        "1": pytest.approx(80 * 2 / 3),
        "Asynchronous": pytest.approx(80 * 2 / 3),
    }
    assert "1 of 3 bands is never read: B02" in [saving.text for saving in cost.savings]
    assert [saving.units for saving in cost.savings] == sorted(saving.units for saving in cost.savings)
    assert oso.cost(SERIES, width=1, height=1, api="batch").savings == ()  # the minimum counts, whatever is saved


def test_asynchronous_and_batch_are_only_named_where_they_are_cheaper() -> None:
    def named(side: int, samples: int) -> set[str]:
        texts = (saving.text for saving in oso.cost(SERIES, width=side, height=side, samples=samples).savings)
        return {text.partition(" ")[0] for text in texts} & {"Asynchronous", "Batch"}

    assert named(512, 1) == set()
    assert named(1024, 2) == {"Asynchronous"}
    assert named(2048, 10) == {"Asynchronous", "Batch"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"width": 0}, "the width is 0: expected a positive whole number of pixels"),
        ({"height": -3}, "the height is -3"),
        ({"width": 2.5}, "the width is 2.5"),
        ({"width": True}, "the width is True"),
        ({"height": "12"}, "the height is '12'"),
        ({"width": 10**10}, "the width is 10000000000"),
        ({"samples": 0}, "the number of samples is 0"),
        ({"samples": 1.5}, "the number of samples is 1.5"),
        ({"format": "image/bmp"}, "`image/bmp` is not a format that can be requested"),
        ({"format": "png"}, "did you mean `image/png`?"),
        ({"format": "tif"}, "did you mean `image/tiff`?"),
        ({"format": ["image/png"]}, "is not a format"),
        ({"api": "ogc"}, "expected one of process, statistics, async, batch"),
        ({"api": "catalog"}, "expected one of process"),
        ({"collection": "S2L3"}, "no collection `S2L3`"),
        ({"time_range": ("2023-01-02", "2023-01-01")}, "ends before it begins"),
        ({"time_range": ("then", "now")}, "`then` is not a date"),
        ({"interval": "P1D"}, "an interval is only for the API statistics"),
        ({"interval": "daily", "api": "statistics", "time_range": YEAR}, "`daily` is not an interval"),
        ({"processing": {"orthorectify": "yes"}}, '`processing.orthorectify` is "yes": expected true or false'),
        ({"processing": {"speckleFilter": "LEE"}}, '`processing.speckleFilter` is "LEE": expected an object'),
        ({"processing": ["orthorectify"]}, "expected an object"),
        ({"remote": ["other"]}, "the script has no input `other`; it has 0"),
        ({"outputs": ["other"]}, "the script has no output `other`; it has default"),
    ],
)
def test_a_wrong_argument_is_said_in_one_sentence(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(OsoError) as caught:
        oso.cost(NDVI, **{"width": 512, "height": 512, **arguments})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "script",
    [
        "",
        "function setup() { throw new Error('no'); }\nfunction evaluatePixel() {}",
        NDVI.replace("output", "outputs"),
        "while (true) {",
    ],
)
def test_a_script_without_a_contract_has_no_cost(script: str) -> None:
    with pytest.raises(ScriptError):
        oso.cost(script, width=512, height=512)


def test_a_hook_that_fails() -> None:
    script = SERIES + "\nfunction preProcessScenes(collections) { return collections.none.orbits; }"
    with pytest.raises(ScriptError, match="TypeError"):
        oso.cost(script, width=512, height=512, time_range=YEAR)
    assert oso.cost(script, width=512, height=512, samples=3).units  # who knows the number need not run it


def test_more_acquisitions_than_can_be_counted() -> None:
    with pytest.raises(RequestError, match="at most 20,000 are counted"):
        oso.cost(SERIES, width=512, height=512, time_range=("0001-01-01", "9999-12-31"))


def test_requests_that_do_not_fit_their_script() -> None:
    body = fused()
    del body["input"]["data"][1]
    with pytest.raises(RequestError, match=r"the script reads `radar`, which is not an id in `input.data`"):
        of(body)
    for item in (body := fused())["input"]["data"]:
        item["type"] = "sentinel-2-l2a"
    body["evalscript"] = FUSED.replace('datasource: "radar", ', "").replace('datasource: "optics", ', "")
    del body["input"]["data"][1]
    with pytest.raises(RequestError, match=r"the script has 2 inputs and `input.data` 1"):
        of(body)
    with pytest.raises(RequestError, match=r"Output other requested but missing from function setup\(\)"):
        of(process(responses=[{"identifier": "other", "format": {"type": "image/tiff"}}]))


def test_user_data_costs_nothing_more() -> None:
    responses = [
        {"identifier": "default", "format": {"type": "image/png"}},
        {"identifier": "userdata", "format": {"type": "application/json"}},
    ]
    assert of(process(responses=responses)).units == of(process(responses=responses[:1])).units


def test_a_simple_script_in_a_request() -> None:
    assert factors(of(process("return [B04, B03, B02];")))["bands"] == 1


def test_a_search_of_the_catalogue() -> None:
    assert of(search()).units == pytest.approx(0.12)
    assert of(search(bbox=[-180, -90, 180, 90])).units == 1


@pytest.mark.parametrize("path", sorted((ROOT / "evalscripts").glob("*.js")), ids=lambda path: path.stem)
def test_the_shipped_scripts_ask_for_no_band_in_vain(path: Any) -> None:
    cost = oso.cost(oso.Source.read(path), width=512, height=512, format="image/png")
    assert not any("never read" in saving.text for saving in cost.savings)
    assert 0 < cost.units <= 2


def test_a_run_costs_what_its_request_does() -> None:
    scenes = [
        oso.Scene(
            bands={"B04": np.ones((40, 60)), "B08": np.ones((40, 60)), "B02": np.ones((40, 60))}, date=f"2023-06-0{day}"
        )
        for day in (1, 2, 3)
    ]
    with Program(SERIES) as program:
        cost, words = cost_of_run(program, program.run(scenes), "image/png")
        kept_by_hook = program.run(scenes)
    assert cost.units == oso.cost(SERIES, width=60, height=40, samples=3).units
    assert words == "60 x 40 pixels, image/tiff"  # a PNG has no numbers of 32 bits
    assert kept_by_hook.samples == (3,)
    with Program(FILTERED) as program:
        assert program.run(scenes).samples == (0,)
        assert program.count_samples(scenes) == (0,)


def test_formats_of_a_run() -> None:
    with Program(NDVI.replace("FLOAT32", "UINT8")) as program:
        outputs = program.run({"B04": np.ones((4, 6)), "B08": np.ones((4, 6))})
        assert cost_of_run(program, outputs, "image/png")[1] == "6 x 4 pixels, image/png"
    assert {SampleType.UINT8} == {output.sample_type for output in program.setup.outputs}
    assert Api("process") is Api.PROCESS
