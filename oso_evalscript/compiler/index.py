"""The spec of indices: normalised differences of two bands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from oso_evalscript.compiler.keys import (
    BINS,
    NAME,
    TITLE,
    BadValue,
    check_bins,
    key,
    known_collection,
    one_of,
    settle,
)
from oso_evalscript.compiler.steps import Measure, NormalizedDifference, Shade, Step, Steps, bands_read, contract_of
from oso_evalscript.model.contract import Output, SampleType, Setup
from oso_evalscript.model.ramps import RampName, RampWord, named_ramp, stepped

_CLOUDS = (8, 9, 10)  # the codes of SCL that the Copernicus Browser counts as cloud: medium, high, cirrus


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSpec:
    """Normalised difference of two bands of any collection, coloured by a ramp; undefined values are transparent."""

    template: ClassVar[str] = "index"
    name: str = key(NAME)
    title: str = key(TITLE, "")
    collection: str = key("the id of the collection", "sentinel-2-l2a")
    first: str = key("the band a of (a - b) / (a + b)")
    second: str = key("the band b of (a - b) / (a + b)")
    ramp: RampName | RampWord = key("a perceptually uniform ramp, by name", RampName.VIRIDIS)
    low: float = key("the index that gets the first colour of the ramp, as all below it", -1.0)
    high: float = key("the index that gets the last colour of the ramp, as all above it", 1.0)
    bins: int | None = key(BINS, None)
    raw: bool = key(
        "whether the index itself is handed out too, as FLOAT32: the output `index`, NaN without data", False
    )
    browser: bool = key(
        "whether the outputs `eobrowserStats` and `dataMask` are added, of which the Copernicus Browser draws "
        "statistics; with `SCL`, where the collection has it, for clouds",
        False,
    )

    def __post_init__(self) -> None:
        settle(self)
        known = known_collection(self.collection)
        if known.any_bands:
            raise BadValue("collection", self.collection, "a collection whose bands are known")
        allowed = [band.name for band in known.bands if band.name != "dataMask" and not band.meanings]
        for name in ("first", "second"):
            if getattr(self, name) not in allowed:
                raise BadValue(name, getattr(self, name), f"a band of {known.id}: {one_of(allowed)}")
        if self.first == self.second:
            raise BadValue("second", self.second, "another band than `first`")
        if not self.low < self.high:
            raise BadValue("low", self.low, f"less than `high = {self.high:g}`")
        check_bins(self.bins)

    def steps(self) -> tuple[Step, ...]:
        """Return what is done to a pixel."""
        stops = named_ramp(self.ramp, self.low, self.high)
        shade = Steps(stepped(stops, self.bins)) if self.bins else Shade(stops)
        clouded = self.browser and known_collection(self.collection).band("SCL") is not None
        measure = Measure(self.raw, self.browser, "SCL" if clouded else None, _CLOUDS)
        return (NormalizedDifference(self.first, self.second), shade, measure)

    def contract(self) -> Setup:
        """Return what the script asks for and promises."""
        steps = self.steps()
        outputs = [Output(4)]
        if self.raw:
            outputs.append(Output(1, "index", SampleType.FLOAT32))
        if self.browser:
            outputs.append(Output(2 if "SCL" in bands_read(steps) else 1, "eobrowserStats", SampleType.FLOAT32))
            outputs.append(Output(1, "dataMask", SampleType.UINT8))
        return contract_of(steps, *outputs)

    def classes_note(self) -> str:
        """Return nothing: it paints no classes."""
        return ""
