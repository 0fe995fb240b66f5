"""The page on the service on one's own machine: written text, and the tables of what is served from the code."""

from __future__ import annotations

from collections.abc import Iterable

from oso_evalscript.service.fields import ENDPOINTS, TABLES, Field

_INTRODUCTION = """# The service on your own machine

Code that sends requests to Sentinel Hub can be tested without an account, without network and without paying: an
unmodified client is answered on your machine, any script is run as the service documents it, and every answer says what
it would have cost.

## A test of your own function

```sh
pip install 'oso-evalscript[serve,test]' sentinelhub
```

```python
from sentinelhub import CRS, BBox, DataCollection, MimeType, SentinelHubRequest, SHConfig

from oso_evalscript.testing import SentinelHub

SCRIPT = \"\"\"//VERSION=3
function setup() { return { input: ["B04", "B08"], output: { bands: 1, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) { return [index(s.B08, s.B04)]; }\"\"\"


def mean_ndvi(box: BBox, config: SHConfig) -> float:
    data = SentinelHubRequest.input_data(DataCollection.SENTINEL2_L2A, time_interval=("2023-07-01", "2023-07-31"))
    response = SentinelHubRequest.output_response("default", MimeType.TIFF)
    request = SentinelHubRequest(SCRIPT, [data], [response], bbox=box, size=(64, 64), config=config)
    return float(request.get_data()[0].mean())


def test_mean_ndvi(sentinel_hub: SentinelHub) -> None:
    config = SHConfig(sh_client_id="any", sh_client_secret="any")
    assert 0 < mean_ndvi(BBox((5.0, 45.0, 5.05, 45.05), CRS.WGS84), config) < 1
    assert sentinel_hub.units < 0.1
```

The fixture `sentinel_hub` comes with the package. Outside of pytest, `with oso.testing.sentinel_hub() as hub:` does the
same. There is no server and no port: clients that use `requests`, as sentinelhub-py does, are answered in the process;
clients on httpx take `transport=hub.transport()`. Requests to other hosts go where they went before. Tokens that
sentinelhub-py keeps are forgotten on entry and on exit.

| on `hub` | what it is |
|---|---|
| `requests` | those that were answered, each with `payload`, `evalscript`, `status`, `units`, `seconds`, `warnings` |
| `requests[-1].findings` | what the linter says of the script of the last one |
| `units` | what they would have cost, in processing units |
| `budget` | how many units the test may spend; more raise `OverBudget`, at the request and again at the end |
| `fail_next(503, times=2)` | lets the next requests fail, so that retries can be tested |
| `fail_next(429, retry_after=50)` | likewise, and says how many milliseconds to wait |

A marker says more: `@pytest.mark.sentinel_hub(data="scenes/", budget=2, seed=1)`.

## A server on your own machine

For browsers, curl and clients in other languages:

```sh
oso-evalscript serve --port 8080
```

Clients take `http://localhost:8080` as the address of the service and
`http://localhost:8080/auth/realms/main/protocol/openid-connect/token` as that for tokens; any credentials get one. A
line is written for each request: status, cost, time, what the linter says of its script, and what was ignored.

* sentinelhub-py: `config.sh_base_url` and `config.sh_token_url`; collections with an address of their own take
  `DataCollection.SENTINEL2_L2A.define_from("local", service_url="http://localhost:8080")`; oauthlib wants
  `OAUTHLIB_INSECURE_TRANSPORT=1` in the environment for addresses without TLS.
* OpenLayers: `url` and `auth.tokenUrl` of `ol/source/SentinelHub`. Pages on this machine may ask; others need
  `--allow-origin https://example.org`.
* `--rate-limit 300` answers 429 with `Retry-After` in milliseconds beyond so many requests a minute, `--faults 0.1`
  lets every tenth request fail with 503: clients can be tested on them.

It listens at 127.0.0.1 alone, refuses requests that call it by another name or come from pages elsewhere, works on
four requests at once and lets 256 wait; [SECURITY.md](../SECURITY.md) lists all limits. A request whose client hangs
up stops at the next step of its script.

`make clients` runs these, unmodified, against it: sentinelhub-py 3.12.0, eo-learn 1.5.7 (`SentinelHubInputTask` with
masks and angles, scripts with user data, heights), OpenLayers 10.11.0 in Chromium 156 (Playwright 1.65.2) from a page
of another port, curl 7.88.1. `make test` runs sentinelhub-py and the map of OpenLayers. What happened to public
notebooks is in [decision 17](decisions/0017-notebooks-of-others.md).

## Requests that were recorded

`oso-evalscript replay FOLDER` lints, prices and runs again each request in a cache folder of sentinelhub-py
(`data_folder`), on made-up scenes or `--data`. It exits with 1 where one is refused, or its script has errors.

## Where the scenes come from

Without `data` they are made up, for every collection of the [catalogue](collections.md): a world with coasts, relief,
fields, woods and towns, with seasons, and with clouds that agree with their masks and with the cloud cover of the
catalogue. The same place and date always has the same values, so two requests side by side make one picture, and an
NDVI rises in spring. It is not the real Earth: tests that depend on what really lies at a place need real data.
Sentinel-2 passes each place every five days, Sentinel-1 every six, Landsat every eight, yearly maps are of the first
of January, and heights have no date. Sentinel-1 is IW with VV and VH from 60° S to 66° N and EW with HH and HV beyond, in rising
and falling orbits by turns. Another `seed` is another world. Bands about which nothing is known rise and
fall within their usual range.

`data="scenes/"` reads rasters, as [`run`](rasters.md) does: a folder with a folder for each collection, named by its
type (`sentinel-2-l2a`, `byoc-…`), or as a file `collections.toml` in it says (`S2L2A = "my/folder"`). They hold
rasters, STAC items or `.SAFE` products. A folder that holds no such folders has the scenes of every collection.

## When a request is refused

Statuses, codes and messages are those of the service as far as they are known: `COMMON_BAD_PAYLOAD` for requests,
`RENDERER_EXCEPTION` for scripts, 401 without a token, 413 for bodies that are too long. What this package knows
better stands beside it in `errors`: the line of the script, the pixel, and the values there. What is not served
answers 501 and says so. Fields that are ignored are named in `warnings`.

Where the service's pages are silent or disagree, this is what is done: a pixel belongs to a polygon where the polygon
touches it; percentiles are values that occur; `stDev` is that of the population; values that are no finite numbers do
not count in statistics; a statistic of no values at all is the text `NaN`.

"""


def service_page() -> str:
    """The text of the page."""
    parts = [_INTRODUCTION, "## Endpoints\n\n", _table("endpoint", ENDPOINTS)]
    for title, fields in TABLES.items():
        parts += [f"\n## {title}: fields\n\n", _table("field", fields)]
    return "".join(parts)


def _table(what: str, fields: Iterable[Field]) -> str:
    rows = "".join(f"| `{field.path}` | {field.treatment} | {field.note} |\n" for field in fields)
    return f"| {what} | what becomes of it | note |\n|---|---|---|\n{rows}"
