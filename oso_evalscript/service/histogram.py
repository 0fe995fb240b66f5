"""Statistics, percentiles and histograms of one band, as the Statistical API words them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.service.errors import bad_payload
from oso_evalscript.service.node import Node

Number: TypeAlias = "int | float"
MAX_BINS = 10_000
_KINDS = ("bins", "binWidth", "nBins")


@dataclass(frozen=True, slots=True)
class Histogram:
    """A histogram that is asked for; exactly one of the first three is given.

    Attributes:
        bins: the edges of the bins.
        width: the width of each.
        count: how many there are.
        low: where the first begins; None for the least value.
        high: where the last ends; None for the largest value.
    """

    bins: tuple[Number, ...] = ()
    width: Number | None = None
    count: int | None = None
    low: Number | None = None
    high: Number | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for of one band beside the usual statistics.

    Attributes:
        percentiles: from 0 to 100.
        histogram: the histogram, None where none is asked for.
    """

    percentiles: tuple[float, ...] = ()
    histogram: Histogram | None = None


@dataclass(frozen=True, slots=True)
class Calculations:
    """What is asked for of one output.

    Attributes:
        percentiles: band → percentiles; `default` for all others.
        histograms: band → histogram, likewise.
    """

    percentiles: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    histograms: Mapping[str, Histogram] = field(default_factory=dict)

    def of(self, band: str) -> Wanted:
        """Return what is asked for of a band."""
        ranks = self.percentiles.get(band, self.percentiles.get("default", ()))
        return Wanted(ranks, self.histograms.get(band, self.histograms.get("default")))


def read_calculations(node: Node) -> dict[str, Calculations]:
    """Return what the part `calculations` of a request asks for, by output.

    Raises:
        ServiceError: it says something it must not.
    """
    found = {}
    for output in node.mapping():
        item = node.need(output)
        statistics, histograms = item.get("statistics"), item.get("histograms")
        ranks = (
            {} if statistics is None else {band: _read_ranks(statistics.need(band)) for band in statistics.mapping()}
        )
        bins = {} if histograms is None else {band: _read_bins(histograms.need(band)) for band in histograms.mapping()}
        found[output] = Calculations(ranks, bins)
    return found


def describe(values: NDArray[Any], valid: NDArray[np.bool_] | None, wanted: Wanted) -> dict[str, Any]:
    """Return the statistics of a band, as the answer writes them.

    Args:
        values: of shape (y, x).
        valid: which of them count; None for all. Values that are no finite numbers never count.
        wanted: what is asked for beside the usual.
    """
    numbers = values.astype(np.float64)
    counts = np.isfinite(numbers) if valid is None else valid & np.isfinite(numbers)
    kept = np.sort(numbers[counts])
    empty = kept.size == 0
    stats: dict[str, Any] = {
        "min": "NaN" if empty else float(kept[0]),
        "max": "NaN" if empty else float(kept[-1]),
        "mean": "NaN" if empty else float(kept.mean()),
        "stDev": "NaN" if empty else float(kept.std()),
        "sampleCount": int(numbers.size),
        "noDataCount": int(numbers.size - kept.size),
    }
    if wanted.percentiles:
        stats["percentiles"] = {
            str(float(rank)): "NaN" if empty else float(kept[max(math.ceil(rank / 100 * kept.size), 1) - 1])
            for rank in wanted.percentiles
        }
    if wanted.histogram is None:
        return {"stats": stats}
    return {"stats": stats, "histogram": _counted(kept, wanted.histogram)}


def _counted(kept: NDArray[np.float64], histogram: Histogram) -> dict[str, Any]:
    """How many values lie in each bin; the last one holds its upper edge too."""
    edges = _edges(kept, histogram)
    places = np.searchsorted(kept, edges, side="left")
    ends = [*places[1:-1], np.searchsorted(kept, edges[-1], side="right")]
    bins = [
        {"lowEdge": low, "highEdge": high, "count": int(end - begin)}
        for (low, high), begin, end in zip(itertools.pairwise(edges), places[:-1], ends, strict=True)
    ]
    return {"bins": bins, "overflowCount": int(kept.size - ends[-1]), "underflowCount": int(places[0])}


def _edges(kept: NDArray[np.float64], histogram: Histogram) -> list[Number]:
    if histogram.bins:
        return list(histogram.bins)
    least, most = (float(kept[0]), float(kept[-1])) if kept.size else (0.0, 0.0)
    low: Number = least if histogram.low is None else histogram.low
    high: Number = most if histogram.high is None else histogram.high
    if histogram.count is not None:
        width = (high - low) / histogram.count
        return [*(low + index * width for index in range(histogram.count)), high]
    step = histogram.width or 1
    count = max(math.ceil((high - low) / step - 1e-9), 1)
    if count > MAX_BINS:
        raise bad_payload(f"The histogram has {count:,} bins, more than {MAX_BINS:,}.", "calculations")
    return [low + index * step for index in range(count + 1)]


def _read_ranks(node: Node) -> tuple[float, ...]:
    percentiles = node.get("percentiles")
    ranks = () if percentiles is None else tuple(item.number(0, 100) for item in percentiles.need("k").items())
    if len(ranks) > MAX_BINS:
        raise bad_payload(f"`{node.path}->percentiles->k` has more than {MAX_BINS:,} entries.", node.path)
    return ranks


def _read_bins(node: Node) -> Histogram:
    given = [name for name in _KINDS if node.has(name)]
    if len(given) != 1:
        raise bad_payload(f"`{node.path}` needs exactly one of bins, binWidth and nBins.", node.path)
    bins, width, count = (node.get(name) for name in _KINDS)
    low, high = node.get("lowEdge"), node.get("highEdge")
    edges = () if bins is None else tuple(_number(item) for item in bins.items())
    if len(edges) > MAX_BINS + 1:
        raise bad_payload(f"`{node.path}->bins` has more than {MAX_BINS:,} bins.", node.path)
    if bins is not None and (len(edges) < 2 or any(a >= b for a, b in itertools.pairwise(edges))):
        raise bins.wrong("at least two numbers that rise")
    if width is not None and width.number() <= 0:
        raise width.wrong("a number above 0")
    ends = None if low is None else _number(low), None if high is None else _number(high)
    if ends[0] is not None and ends[1] is not None and ends[0] >= ends[1]:
        raise bad_payload(f"`{node.path}->lowEdge` is not below `highEdge`.", node.path)
    return Histogram(
        edges,
        None if width is None else _number(width),
        None if count is None else count.whole(1, MAX_BINS),
        *ends,
    )


def _number(node: Node) -> Number:
    """A number as it was written: whole ones stay whole."""
    value = node.number()
    return node.value if isinstance(node.value, int) else value
