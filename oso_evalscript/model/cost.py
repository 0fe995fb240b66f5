"""What a request costs: processing units, from the factors that the service multiplies.

Pure arithmetic: `price` takes a `Workload`, what is known of a request, and returns a `Cost`. Rules and examples are
those of the service's page on processing units (`PAGE`); three recorded answers of the service agree with them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from oso_evalscript.model.contract import SampleType
from oso_evalscript.model.host import Evidence

PAGE = "https://documentation.dataspace.copernicus.eu/APIs/SentinelHub/Overview/ProcessingUnit.html"
"""The page of the service that defines processing units."""
V3_PAGE = "https://documentation.dataspace.copernicus.eu/APIs/SentinelHub/Evalscript/V3.html"
"""The page of the service on evalscripts."""

UNIT_PIXELS = 512 * 512
UNIT_BANDS = 3
LEAST_AREA = 0.01
"""The least factor for the area, in units of 512 x 512 pixels."""
DISCOUNT_PIXELS = 10_000
"""From how many pixels on asynchronous and batch processing are cheaper."""
FORMATS = ("image/tiff", "image/png", "image/jpeg", "application/octet-stream", "application/json")
"""The formats that can be requested; `application/json` is for user data."""


class Api(StrEnum):
    """The API that a request is sent to."""

    PROCESS = "process"
    STATISTICS = "statistics"
    ASYNC = "async"
    BATCH = "batch"
    CATALOG = "catalog"


MINIMUM = {Api.PROCESS: 0.005, Api.STATISTICS: 0.01, Api.ASYNC: 10.0, Api.BATCH: 100.0, Api.CATALOG: 0.01}
"""The least that one request costs, in processing units."""
MAXIMUM = {Api.CATALOG: 1.0}
"""The most that one request costs, where there is such a limit."""
MAX_SIDE = {Api.PROCESS: 2500, Api.STATISTICS: 2500, Api.ASYNC: 10_000}
"""The most pixels that a side of one request may have; larger images take several requests."""
DISCOUNT = {Api.ASYNC: 2 / 3, Api.BATCH: 1 / 3}
"""The factor of the APIs that answer later."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One of the numbers that are multiplied.

    Attributes:
        name: what it stands for, such as `bands`.
        value: the number.
        quantity: what it follows from, in words.
        source: the page that defines it.
        evidence: how well it is known.
    """

    name: str
    value: float
    quantity: str
    source: str = PAGE
    evidence: Evidence = Evidence.DOCUMENTED


@dataclass(frozen=True, slots=True)
class Saving:
    """What would make a request cheaper.

    Attributes:
        text: what to change, in a sentence.
        units: what the request would then cost.
    """

    text: str
    units: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What a request costs.

    Attributes:
        factors: the numbers whose product it is.
        minimum: the least that each request costs, in processing units.
        requests: how many requests it takes.
        maximum: the most that it can cost.
        unknowns: what is not documented, and what was assumed of it.
        savings: what would make it cheaper, the greatest saving first.
    """

    factors: tuple[Factor, ...]
    minimum: float
    requests: int = 1
    maximum: float = math.inf
    unknowns: tuple[str, ...] = ()
    savings: tuple[Saving, ...] = ()

    @property
    def product(self) -> float:
        """The product of all factors."""
        return math.prod(factor.value for factor in self.factors)

    @property
    def units(self) -> float:
        """The cost in processing units."""
        return min(max(self.product, self.minimum * self.requests), self.maximum)

    def __repr__(self) -> str:
        factors = " x ".join(f"{factor.name} {factor.value:.4g}" for factor in self.factors)
        return f"<Cost {self.units:.6g} processing units, {counted(self.requests, 'request')}: {factors}>"


@dataclass(frozen=True, slots=True)
class Processing:
    """What Sentinel-1 data goes through before the script sees it.

    Attributes:
        orthorectified: whether it is orthorectified.
        terrain_corrected: whether it is corrected radiometrically for the terrain, which includes the former.
        speckle_filtered: whether speckle is filtered.
    """

    orthorectified: bool = False
    terrain_corrected: bool = False
    speckle_filtered: bool = False


UNPROCESSED = Processing()


@dataclass(frozen=True, slots=True)
class Samples:
    """How many samples the script is given of each pixel.

    Attributes:
        number: how many; at least one is paid for.
        quantity: what that follows from, in words.
        evidence: how well it is known.
    """

    number: int = 1
    quantity: str = "SIMPLE, one per pixel"
    evidence: Evidence = Evidence.DOCUMENTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What determines the cost of a request.

    Attributes:
        width: columns of the image.
        height: rows of the image.
        bands: the bands that the script asks for, of each source.
        outputs: sample type and format of each response.
        samples: how many samples a pixel has.
        api: where the request is sent to.
        remote: how many of the sources are kept at another endpoint.
        processing: what the Sentinel-1 sources go through.
    """

    width: int
    height: int
    bands: tuple[tuple[str, ...], ...]
    outputs: tuple[tuple[SampleType, str], ...]
    samples: Samples = Samples()
    api: Api = Api.PROCESS
    remote: int = 0
    processing: tuple[Processing, ...] = ()

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"an image has at least one pixel, not {self.width} x {self.height}")
        if not 0 <= self.remote <= len(self.bands):
            raise ValueError(f"{self.remote} of {len(self.bands)} sources cannot be remote")


def price(workload: Workload) -> Cost:
    """Return what a request costs, with what is not known of it."""
    requests = len(_strips(workload.width, workload.api)) * len(_strips(workload.height, workload.api))
    factors = [
        area_factor(workload.width, workload.height, workload.api),
        bands_factor(workload.bands),
        format_factor(workload.outputs, workload.api),
        samples_factor(workload.samples),
        *fusion_factors(len(workload.bands) - workload.remote, workload.remote),
        *processing_factors(workload.processing),
        *discount_factors(workload.api, workload.width * workload.height / requests),
    ]
    return Cost(tuple(factors), MINIMUM[workload.api], requests, unknowns=tuple(_unknowns(workload, requests)))


def search_cost(square_kilometres: float, months: int) -> Cost:
    """Return what a search in the catalogue costs.

    Args:
        square_kilometres: the area of the box that is searched.
        months: the length of the time range, in months begun.
    """
    area = max(square_kilometres / 1e6, LEAST_AREA)
    factors = (
        Factor("area", area, f"{square_kilometres:,.0f} km², 1 is a million"),
        Factor("months", max(months, 1), f"{counted(max(months, 1), 'month')} begun"),
    )
    unknowns = ("what more pages of results cost, which are separate requests; one page is assumed",)
    return Cost(factors, MINIMUM[Api.CATALOG], maximum=MAXIMUM[Api.CATALOG], unknowns=unknowns)


def area_factor(width: int, height: int, api: Api = Api.PROCESS) -> Factor:
    """Return the factor for the size of the image; where it takes several requests, the sum of theirs."""
    columns, rows = _strips(width, api), _strips(height, api)
    value = math.fsum(max(column * row / UNIT_PIXELS, LEAST_AREA) for column in columns for row in rows)
    requests = len(columns) * len(rows)
    quantity = f"{width} x {height} pixels"
    if requests > 1:
        quantity += f" in {requests:,} requests"
    elif value == LEAST_AREA:
        quantity += f", at least {LEAST_AREA}"
    return Factor("area", value, quantity)


def bands_factor(bands: tuple[tuple[str, ...], ...]) -> Factor:
    """Return the factor for the bands that the script asks for, of all sources together."""
    paid = paid_bands(bands)
    free = "dataMask" not in paid and any("dataMask" in source for source in bands)
    return Factor("bands", len(paid) / UNIT_BANDS, counted(len(paid), "band") + (", dataMask is free" if free else ""))


def paid_bands(bands: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """Return the bands that are paid for: all but `dataMask`, which counts only where it is alone."""
    asked = [band for source in bands for band in dict.fromkeys(source)]
    return tuple(band for band in asked if band != "dataMask") or tuple(asked)


def format_factor(outputs: tuple[tuple[SampleType, str], ...], api: Api = Api.PROCESS) -> Factor:
    """Return the factor for the format of the answer; of several responses the most expensive counts."""
    if api is Api.STATISTICS:
        evidence = Evidence.UNKNOWN if _has_floats(outputs) else Evidence.INFERRED
        return Factor("format", 1.0, "statistics, no image", evidence=evidence)
    values = {_format_value(type_, mime): f"{mime}, {type_}" for type_, mime in outputs}
    value = max(values, default=1.0)
    evidence = Evidence.DOCUMENTED if len(values) < 2 else Evidence.UNKNOWN
    return Factor("format", value, values.get(value, "no image"), evidence=evidence)


def samples_factor(samples: Samples) -> Factor:
    """Return the factor for the samples of a pixel."""
    return Factor("samples", max(samples.number, 1), samples.quantity, V3_PAGE, samples.evidence)


def fusion_factors(local: int, remote: int = 0) -> tuple[Factor, ...]:
    """Return the factor for several sources, of which those at another endpoint count twice; nothing for one."""
    if local + remote < 2:
        return ()
    elsewhere = f", {remote} at another endpoint" if remote else ""
    return (Factor("fusion", local + 2 * remote, f"{local + remote} sources{elsewhere}"),)


def processing_factors(processing: tuple[Processing, ...]) -> tuple[Factor, ...]:
    """Return the factors for what Sentinel-1 data goes through."""
    factors = []
    if any(item.terrain_corrected for item in processing):
        factors.append(Factor("terrain correction", 2.5, "backCoeff GAMMA0_TERRAIN"))
    elif any(item.orthorectified for item in processing):
        factors.append(Factor("orthorectification", 2.0, "orthorectify"))
    if any(item.speckle_filtered for item in processing):
        factors.append(Factor("speckle filter", 2.0, "speckleFilter"))
    return tuple(factors)


def discount_factors(api: Api, pixels: float) -> tuple[Factor, ...]:
    """Return the factor of asynchronous and batch processing, for images that are large enough for it."""
    if api not in DISCOUNT or pixels < DISCOUNT_PIXELS:
        return ()
    return (Factor(api, DISCOUNT[api], f"from {DISCOUNT_PIXELS:,} pixels on"),)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun in singular or plural."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _strips(length: int, api: Api) -> list[int]:
    """The lengths of equal parts, none of them longer than a request of that API may be."""
    count = -(-length // MAX_SIDE.get(api, length))
    size, longer = divmod(length, count)
    return [size + 1] * longer + [size] * (count - longer)


def _format_value(sample_type: SampleType, mime: str) -> float:
    if mime == "application/octet-stream":
        return 1.4
    return 2.0 if mime == "image/tiff" and sample_type is SampleType.FLOAT32 else 1.0


def _has_floats(outputs: tuple[tuple[SampleType, str], ...]) -> bool:
    return any(type_ in (SampleType.FLOAT32, SampleType.AUTO) for type_, _ in outputs)  # FLOAT32 is the default there


def _unknowns(workload: Workload, requests: int) -> Iterator[str]:
    """What the service does not document about such a request, and what is assumed."""
    statistics = workload.api is Api.STATISTICS
    if requests > 1:
        side = MAX_SIDE[workload.api]
        yield f"how you divide the image (a request has at most {side:,} pixels per side); equal parts are assumed"
    if statistics and _has_floats(workload.outputs):
        yield "whether FLOAT32 costs more in statistics, as it doubles the cost of a TIFF; assumed not to"
    elif not statistics and len({_format_value(*output) for output in workload.outputs}) > 1:
        yield "how responses of different formats are counted; the most expensive is assumed to count for all"
    if not paid_bands(workload.bands):
        yield "what a script without bands costs; the minimum of a request is assumed"
    if len(workload.bands) > 1:
        yield (
            "how different sources are combined; all their bands, the samples of the source with the most and the "
            "processing of any are assumed to be multiplied with the factor for fusion"
        )
