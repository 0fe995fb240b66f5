"""The page on what requests cost: the rules from the code, and the cost of the shipped scripts."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from oso_evalscript.model.contract import Mosaicking, SampleType
from oso_evalscript.model.cost import (
    DISCOUNT,
    DISCOUNT_PIXELS,
    LEAST_AREA,
    MAX_SIDE,
    MAXIMUM,
    MINIMUM,
    PAGE,
    UNIT_BANDS,
    UNIT_PIXELS,
    V3_PAGE,
    Api,
    Processing,
    Samples,
    Workload,
    price,
)
from oso_evalscript.model.text import Source
from oso_evalscript.pricing.estimate import cost
from oso_evalscript.pricing.samples import BATCH_ESTIMATE_DAYS, DAYS_BETWEEN
from oso_evalscript.runtime.program import Program

_INTRODUCTION = """# What a request costs

The service charges processing units (PU) for each request. Their number depends on the contract in `setup()` and the
size of the request, so `cost` can calculate it before you send anything:

```console
$ oso-evalscript cost evalscripts/s2_ndvi.js --size 1024x1024
factor   from                         value  known
area     1024 x 1024 pixels               4  documented
bands    3 bands, dataMask is free        1  documented
format   image/tiff, FLOAT32              2  unknown
samples  SIMPLE, one per pixel            1  documented
total    processing units, 1 request      8

Cheaper:
  -50 % FLOAT32 doubles it: UINT16 with a factor of 10000 keeps four digits (INT16 for negative values)

Not known:
  * how responses of different formats are counted; the most expensive is assumed to count for all
```

This script has several outputs; a request for just one of them is cheaper:

```console
$ oso-evalscript cost evalscripts/s2_ndvi.js --output default --format image/png --per km2 --resolution 10
factor   from                         value  known
area     512 x 512 pixels                 1  documented
bands    3 bands, dataMask is free        1  documented
format   image/png, AUTO                  1  documented
samples  SIMPLE, one per pixel            1  documented
total    processing units, 1 request      1
0.03815 processing units per km²
```

* `cost request.json` takes the body of a Process, Statistical or Catalog request, `cost FOLDER` all requests in a cache
  folder of sentinelhub-py, next to what the service charged, if recorded.
* Under ORBIT and TILE, a pixel has a sample for each acquisition. Set their number with `--samples`, or let
  `--time-range` estimate it: the script's `preProcessScenes` then selects from made-up acquisitions, as on the service.
* `--per km2` and `--per month` show the relative cost, `--budget 100` exits with 1 if it is exceeded, and `--json` is
  for programs.
* `run` and `preview` show the cost of the same request; the rule [unused-band](rules/unused-band.md) shows what an
  unread band costs.

```python
import oso_evalscript as oso

source = oso.Source.read("evalscripts/oso_became_built_up.js")
cost = oso.cost(source, width=512, height=512, samples=2, format="image/png")
assert round(cost.units, 3) == 0.667 and cost.requests == 1
assert [factor.name for factor in cost.factors] == ["area", "bands", "format", "samples"]
```

"""


def cost_page(scripts: Path) -> str:
    """The whole page.

    Args:
        scripts: the folder of the shipped scripts.
    """
    sections = {
        "Factors": "The cost is the product of these factors. Source: the service's pages on [processing units]"
        f"({PAGE}) and, for the samples, on [evalscripts]({V3_PAGE}).\n\n{_factors()}",
        "Limits of each API": _limits(),
        "Comparison with the service": _agreement(),
        "What is not documented": _unknowns(),
        "Acquisitions": _acquisitions(),
        "The shipped scripts": _shipped(scripts),
    }
    return _INTRODUCTION + "\n".join(f"## {title}\n\n{text}\n" for title, text in sections.items())


def _factors() -> str:
    side = round(UNIT_PIXELS**0.5)
    rows = [
        (
            "area",
            f"width x height of the box in pixels, divided by {side} x {side}; at least {LEAST_AREA}",
            "documented",
        ),
        ("bands", f"bands in `input`, divided by {UNIT_BANDS}; `dataMask` is free with other bands", "documented"),
        ("format", "2 for FLOAT32 as `image/tiff`, 1.4 for `application/octet-stream`, otherwise 1", "documented"),
        ("samples", "samples of a pixel: 1 under SIMPLE, one for each acquisition under ORBIT and TILE", "documented"),
        ("samples", "in statistics, the samples of all intervals together", "inferred"),
        ("fusion", "for several sources: 1 for each at the same endpoint and 2 for each at another", "documented"),
        ("orthorectification", "2 for Sentinel-1 with `orthorectify`", "documented"),
        (
            "terrain correction",
            "2.5 for Sentinel-1 with `backCoeff` GAMMA0_TERRAIN, instead of orthorectification",
            "documented",
        ),
        ("speckle filter", "2 for Sentinel-1 with a `speckleFilter`", "documented"),
        *(
            (str(api), f"{Fraction(share).limit_denominator(9)} from {DISCOUNT_PIXELS:,} pixels on", "documented")
            for api, share in DISCOUNT.items()
        ),
        (
            "months",
            "for a search in the catalogue: km² divided by a million (at least 0.01), times months begun",
            "documented",
        ),
    ]
    return _table(("factor", "rule", "known"), rows)


def _limits() -> str:
    rows = [
        (
            str(api),
            f"{MINIMUM[api]:g}",
            f"{MAXIMUM[api]:g}" if api in MAXIMUM else "",
            f"{MAX_SIDE[api]:,}" if api in MAX_SIDE else "",
        )
        for api in Api
    ]
    return _table(("API", "minimum", "maximum", "pixels per side"), rows)


def _agreement() -> str:
    radar = {"samples": Samples(2), "processing": (Processing(orthorectified=True),)}
    rows = [
        ("printed: change detection with Sentinel-1", _request(1024, 1024, 4, SampleType.FLOAT32, **radar), "42.667"),
        ("printed: NDVI of a parcel", _request(20, 20, 2, SampleType.UINT16), "0.0067"),
        ("recorded: 545 x 353, two bands, FLOAT32", _request(545, 353, 2, SampleType.FLOAT32), "0.9785207404252105"),
        ("recorded: 1015 x 1184, the same", _request(1015, 1184, 2, SampleType.FLOAT32), "6.112467630082392"),
        ("recorded: 994 x 1189, the same", _request(994, 1189, 2, SampleType.FLOAT32), "6.0112815105303525"),
    ]
    table = _table(("example", "here", "the service"), [(what, f"{here:.6f}", there) for what, here, there in rows])
    return (
        "These are the two examples in the service's documentation, and three responses with "
        "`x-processingunits-spent` from public cache folders of sentinelhub-py. The examples and conversions of the "
        f"service's FAQ agree, too.\n\n{table}"
    )


def _request(width: int, height: int, bands: int, type_: SampleType, **rest: object) -> float:
    asked = tuple(f"B{number}" for number in range(bands))
    fields: dict[str, object] = {
        "width": width,
        "height": height,
        "bands": (asked,),
        "outputs": ((type_, "image/tiff"),),
    }
    return price(Workload(**{**fields, **rest})).units  # type: ignore[arg-type]


def _unknowns() -> str:
    items = [
        "How responses of different formats are counted: the most expensive is assumed to count for all.",
        "Whether FLOAT32, the default of statistics, costs more there, as it doubles the cost of a TIFF: assumed not "
        "to.",
        "How different sources are combined in data fusion: all their bands, the samples of the source with the most "
        "and the processing of any are assumed to be multiplied with the factor for fusion.",
        "Whether days and intervals without an acquisition cost anything in statistics: assumed not to.",
        "How `resx` and `resy` are rounded to pixels: to the nearest, as the examples of the Statistical API allow.",
        "What a script without bands costs: assumed to be the minimum of a request.",
        "Where the collections of the Copernicus Data Space are hosted: all are counted as local there.",
        "The page on asynchronous processing says that it costs as much as the Process API; the page on processing "
        "units says two thirds, which is used here.",
        "Announced but not yet charged, so not counted: 0.5 units for each 100 ms that a script takes beyond 200 ms.",
        "Not counted: 0.03 units for each megabyte delivered to a bucket in another region.",
    ]
    return "\n".join(f"* {item}" for item in items)


def _acquisitions() -> str:
    groups: dict[float, list[str]] = {}
    for id_, days in DAYS_BETWEEN.items():
        groups.setdefault(days, []).append(f"`{id_}`")
    rows = [
        ("none: there is one" if days > 1e5 else f"{days:g}", ", ".join(ids)) for days, ids in sorted(groups.items())
    ]
    rows.append((f"{BATCH_ESTIMATE_DAYS:g}", "all others, as the service's own estimate of batch requests assumes"))
    return (
        "With a time range, acquisitions of a place are assumed to be this many days apart. Away from the equator "
        "there are more, and filters such as `maxCloudCoverage` leave fewer: set the number with `--samples` if you "
        "know it.\n\n" + _table(("days", "collections"), rows)
    )


def _shipped(scripts: Path) -> str:
    rows = []
    for path in sorted(scripts.glob("*.js")):
        source = Source.read(path, path.name)
        with Program(source) as program:
            setup = program.setup
        listed = setup.mosaicking is not Mosaicking.SIMPLE
        samples = 2 if listed else None
        first = [setup.outputs[0].id]
        units = [
            cost(source, width=512, height=512, samples=samples, format=mime, outputs=outputs).units
            for mime, outputs in (("image/png", first), ("image/tiff", None))
        ]
        square_kilometres = 512 * 512 * 10**2 / 1e6
        bands = ", ".join(f"`{band}`" for band in setup.bands)
        mode = f"{setup.mosaicking}, 2 samples" if listed else str(setup.mosaicking)
        shown = (f"{units[0]:.3g}", f"{units[1]:.3g}", f"{units[0] / square_kilometres:.4f}")
        rows.append((f"`{path.name}`", bands, mode, *shown))
    head = ("script", "bands", "mosaicking", "PNG of the first output", "TIFF of all outputs", "PNG per km² at 10 m")
    return f"Processing units of a Process request for 512 x 512 pixels.\n\n{_table(head, rows)}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |".replace("| --- ", "|---").replace("--- |", "---|") for line in lines)
