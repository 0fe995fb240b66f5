"""Processing units: what the service printed and recorded, and what holds of every factor."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from oso_evalscript.model.contract import SampleType
from oso_evalscript.model.cost import (
    DISCOUNT,
    DISCOUNT_PIXELS,
    FORMATS,
    LEAST_AREA,
    MAX_SIDE,
    MINIMUM,
    PAGE,
    Api,
    Cost,
    Processing,
    Samples,
    Workload,
    area_factor,
    bands_factor,
    discount_factors,
    fusion_factors,
    price,
    processing_factors,
    samples_factor,
    search_cost,
)
from oso_evalscript.model.host import Evidence

IMAGES = tuple(api for api in Api if api is not Api.CATALOG)
NAMES = ("B02", "B03", "B04", "B08", "B11", "VV", "VH", "dataMask")

sides = st.integers(1, 30_000)
bands = st.lists(st.sampled_from(NAMES), max_size=8).map(tuple)
processing = st.builds(Processing, st.booleans(), st.booleans(), st.booleans())
responses = st.tuples(st.sampled_from(SampleType), st.sampled_from(FORMATS))


@st.composite
def workloads(draw: st.DrawFn) -> Workload:
    sources = draw(st.lists(bands, min_size=1, max_size=4))
    return Workload(
        width=draw(sides),
        height=draw(sides),
        bands=tuple(sources),
        outputs=tuple(draw(st.lists(responses, max_size=4))),
        samples=Samples(draw(st.integers(0, 500))),
        api=draw(st.sampled_from(IMAGES)),
        remote=draw(st.integers(0, len(sources))),
        processing=tuple(draw(st.lists(processing, max_size=2))),
    )


def simple(width: int, height: int, count: int, type_: SampleType = SampleType.UINT16, **rest: object) -> Cost:
    """The cost of a request for so many bands of one source, as TIFF."""
    asked = tuple(f"B{number}" for number in range(count))
    workload = Workload(width=width, height=height, bands=(asked,), outputs=((type_, "image/tiff"),))
    return price(replace(workload, **rest))  # type: ignore[arg-type]


RECORDED = [
    # x-processingunits-spent of answers in public cache folders of sentinelhub-py
    (545, 353, 0.9785207404252105),
    (1015, 1184, 6.112467630082392),
    (994, 1189, 6.0112815105303525),
]


@pytest.mark.parametrize(("width", "height", "units"), RECORDED)
def test_what_the_service_charged(width: int, height: int, units: float) -> None:
    assert simple(width, height, 2, SampleType.FLOAT32).units == pytest.approx(units, abs=1e-5)


def test_the_examples_of_the_page() -> None:
    # Sentinel-1 change detection: 4 x 4/3 x 2 x 2 x 2
    twice = {"samples": Samples(2), "processing": (Processing(orthorectified=True),)}
    assert simple(1024, 1024, 4, SampleType.FLOAT32, **twice).units == pytest.approx(128 / 3, abs=1e-5)
    # NDVI of a parcel: 0.01 x 2/3 x 1 x 1 x 1
    assert simple(20, 20, 2).units == pytest.approx(0.02 / 3, abs=1e-5)
    # data fusion of two local collections and a remote one: 1 + 1 + 2
    assert [factor.value for factor in fusion_factors(2, 1)] == [4]


@pytest.mark.parametrize(
    ("width", "height", "samples", "api", "units"),
    [
        (2000, 2000, 1, Api.PROCESS, 20.34),
        (500, 500, 1, Api.PROCESS, 1.27),
        (2000, 2000, 500, Api.PROCESS, 10_172),
        (400_000, 400_000, 1, Api.BATCH, 271_267),
    ],
)
def test_the_examples_of_the_service_s_faq(width: int, height: int, samples: int, api: Api, units: float) -> None:
    """Two bands of Sentinel-1 at 16 bits, orthorectified."""
    found = simple(width, height, 2, samples=Samples(samples), api=api, processing=(Processing(True),)).units
    assert found == pytest.approx(units, rel=2e-3)  # printed with two decimals, some cut off


@pytest.mark.parametrize(
    ("metres", "count", "processing", "square_kilometres"),
    [
        (10, 3, Processing(), 26.2),
        (10, 2, Processing(), 39.3),
        (10, 13, Processing(), 6.0),
        (20, 1, Processing(True), 157.3),
        (300, 3, Processing(), 23_593.0),
        (300, 2, Processing(), 35_389.4),
    ],
)
def test_the_square_kilometres_of_one_unit(
    metres: float, count: int, processing: Processing, square_kilometres: float
) -> None:
    """The table of conversions in the service's FAQ."""
    units = simple(512, 512, count, processing=(processing,)).units
    assert 512 * 512 * metres**2 / 1e6 / units == pytest.approx(square_kilometres, rel=0.01)


@given(workloads())
def test_units_are_the_product_and_never_below_the_minimum(workload: Workload) -> None:
    cost = price(workload)
    assert cost.units == max(math.prod(factor.value for factor in cost.factors), MINIMUM[workload.api] * cost.requests)
    assert cost.units >= MINIMUM[workload.api] > 0
    assert cost.requests >= 1


@given(workloads())
def test_every_factor_says_what_it_follows_from(workload: Workload) -> None:
    cost = price(workload)
    names = [factor.name for factor in cost.factors]
    assert names[:4] == ["area", "bands", "format", "samples"]
    assert len(set(names)) == len(names)
    assert all(factor.quantity and factor.source.startswith("https://") for factor in cost.factors)
    unknown = [factor for factor in cost.factors if factor.evidence is Evidence.UNKNOWN]
    assert bool(cost.unknowns) >= bool(unknown)


@given(workloads(), st.data())
def test_more_never_costs_less(workload: Workload, data: st.DataObject) -> None:
    """Larger, more bands, more samples, more processing and more sources: each alone."""
    now = price(workload).units
    samples = Samples(workload.samples.number + data.draw(st.integers(0, 100)))
    more = [
        replace(workload, samples=samples),
        replace(workload, bands=(*workload.bands, ("B99",))),
        replace(workload, remote=len(workload.bands)),
        replace(workload, processing=(*workload.processing, Processing(True, True, True))),
        replace(workload, outputs=(*workload.outputs, (SampleType.FLOAT32, "image/tiff"))),
    ]
    if any(band != "dataMask" for source in workload.bands for band in source):
        more.append(replace(workload, bands=((*workload.bands[0], "B99"), *workload.bands[1:])))
    if workload.api not in DISCOUNT:  # those are cheaper from 10 000 pixels on
        more.append(replace(workload, width=workload.width + data.draw(sides)))
    for larger in more:
        assert price(larger).units >= now * (1 - 1e-12)


@given(workloads())
def test_samples_multiply(workload: Workload) -> None:
    number = max(workload.samples.number, 1)
    once = price(replace(workload, samples=Samples(1)))
    assert price(workload).product == pytest.approx(number * once.product)
    assert samples_factor(Samples(0)).value == 1


@given(sides, sides, st.sampled_from(IMAGES))
def test_the_area_is_that_of_all_requests(width: int, height: int, api: Api) -> None:
    factor = area_factor(width, height, api)
    area = width * height / 512**2
    assert factor.value >= max(area * (1 - 1e-12), LEAST_AREA)
    if min(width, height) >= 512:
        assert factor.value == pytest.approx(area)
    most = MAX_SIDE.get(api)
    requests = price(Workload(width=width, height=height, bands=(("B1",),), outputs=(), api=api)).requests
    assert requests == (1 if most is None else math.ceil(width / most) * math.ceil(height / most))


def test_small_areas_cost_the_same() -> None:
    assert {area_factor(side, side).value for side in (1, 20, 51)} == {LEAST_AREA}
    assert area_factor(52, 52).value > LEAST_AREA


@given(st.lists(bands, min_size=1, max_size=3).map(tuple))
def test_data_mask_is_free_beside_other_bands(sources: tuple[tuple[str, ...], ...]) -> None:
    others = tuple(tuple(band for band in source if band != "dataMask") for source in sources)
    assume(any(others))
    assert bands_factor(sources).value == bands_factor(others).value
    assert bands_factor(sources).value == pytest.approx(sum(len(set(source)) for source in others) / 3)


def test_data_mask_alone_counts() -> None:
    assert bands_factor((("dataMask",),)).value == pytest.approx(1 / 3)
    assert bands_factor((("B04", "dataMask"),)).quantity == "1 band, dataMask is free"
    assert price(Workload(width=9, height=9, bands=((),), outputs=())).unknowns


@pytest.mark.parametrize(
    ("type_", "mime", "value"),
    [
        *((type_, "image/tiff", 2 if type_ is SampleType.FLOAT32 else 1) for type_ in SampleType),
        *((type_, "application/octet-stream", 1.4) for type_ in SampleType),
        *((type_, mime, 1) for type_ in SampleType for mime in ("image/png", "image/jpeg", "application/json")),
    ],
)
def test_formats(type_: SampleType, mime: str, value: float) -> None:
    cost = price(Workload(width=512, height=512, bands=(("B1", "B2", "B3"),), outputs=((type_, mime),)))
    assert cost.units == pytest.approx(value)
    assert cost.unknowns == ()


@given(st.lists(responses, min_size=1, max_size=4))
def test_of_several_responses_the_dearest_counts_and_that_is_said(outputs: list[tuple[SampleType, str]]) -> None:
    def of(*some: tuple[SampleType, str]) -> Cost:
        return price(Workload(width=512, height=512, bands=(("B1", "B2", "B3"),), outputs=some))

    each = [of(output).units for output in outputs]
    together = of(*outputs)
    assert together.units == max(each)
    assert bool(together.unknowns) == (len(set(each)) > 1)


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
def test_fusion_is_additive_over_its_sources(local: int, remote: int, more_local: int, more_remote: int) -> None:
    assume(local + remote > 1 and more_local + more_remote > 1)
    parts = fusion_factors(local, remote)[0].value + fusion_factors(more_local, more_remote)[0].value
    assert fusion_factors(local + more_local, remote + more_remote)[0].value == parts


def test_one_source_is_no_fusion() -> None:
    assert fusion_factors(1) == fusion_factors(0, 1) == ()


def test_terrain_correction_includes_orthorectification() -> None:
    def value(*given: Processing) -> float:
        return math.prod(factor.value for factor in processing_factors(given))

    assert value() == value(Processing()) == 1
    assert value(Processing(orthorectified=True)) == 2
    assert value(Processing(terrain_corrected=True)) == value(Processing(True, True)) == 2.5
    assert value(Processing(speckle_filtered=True)) == 2
    assert value(Processing(True, False, True)) == value(Processing(True), Processing(False, False, True)) == 4


@given(sides, sides)
def test_later_answers_are_cheaper_from_ten_thousand_pixels_on(width: int, height: int) -> None:
    for api, share in DISCOUNT.items():
        expected = share if width * height >= DISCOUNT_PIXELS else 1
        assert math.prod(factor.value for factor in discount_factors(api, width * height)) == expected
    assert discount_factors(Api.PROCESS, width * height) == discount_factors(Api.STATISTICS, width * height) == ()


def test_the_minimum_of_each_api() -> None:
    least = {api: simple(1, 1, 1, api=api).units for api in IMAGES}
    assert least == {Api.PROCESS: 0.005, Api.STATISTICS: 0.01, Api.ASYNC: 10, Api.BATCH: 100}


def test_whether_floats_double_statistics_is_not_known() -> None:
    statistics = simple(512, 512, 3, SampleType.FLOAT32, api=Api.STATISTICS)
    assert statistics.units == 1
    assert "FLOAT32" in statistics.unknowns[0]
    assert simple(512, 512, 3, SampleType.UINT16, api=Api.STATISTICS).unknowns == ()


@given(st.floats(0, 6e8), st.integers(0, 500))
def test_a_search_costs_between_a_hundredth_and_one(square_kilometres: float, months: int) -> None:
    cost = search_cost(square_kilometres, months)
    assert 0.01 <= cost.units <= 1
    assert cost.units == pytest.approx(min(max(square_kilometres / 1e6, 0.01) * max(months, 1), 1))
    assert search_cost(square_kilometres, months + 1).units >= cost.units
    assert {factor.source for factor in cost.factors} == {PAGE}


def test_repr_is_one_line() -> None:
    assert repr(simple(512, 512, 2)) == (
        "<Cost 0.666667 processing units, 1 request: area 1 x bands 0.6667 x format 1 x samples 1>"
    )


@pytest.mark.parametrize(("width", "height", "remote"), [(0, 1, 0), (1, 0, 0), (1, 1, 2), (1, 1, -1)])
def test_impossible_requests_are_refused(width: int, height: int, remote: int) -> None:
    with pytest.raises(ValueError, match=r"pixel|remote"):
        Workload(width=width, height=height, bands=(("B1",),), outputs=(), remote=remote)
