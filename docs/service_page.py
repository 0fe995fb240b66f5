"""The page on the local service: written text, and the tables of what is served from the code."""

from __future__ import annotations

from collections.abc import Iterable

from oso_evalscript.service.fields import ENDPOINTS, TABLES, Field

_INTRODUCTION = """# The service in tests

Test code that calls Sentinel Hub without an account, a network or costs: your client is unchanged, a local service runs
its scripts as the documentation of Sentinel Hub says, and each response says what it would have cost.

## Test a function

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

The fixture `sentinel_hub` is part of the package. Outside pytest, use `with oso.testing.sentinel_hub() as hub:`. No
server or port is needed: requests of clients that use `requests`, such as sentinelhub-py, are answered in the same
process; pass `transport=hub.transport()` to httpx clients. Requests to other hosts are not affected. Cached tokens of
sentinelhub-py are cleared at the start and at the end.

| of `hub` | meaning |
|---|---|
| `requests` | the answered requests, each with `payload`, `evalscript`, `status`, `units`, `seconds`, `warnings` |
| `requests[-1].findings` | the linter's findings in the script of the last request |
| `units` | the cost of all requests in processing units |
| `budget` | the units that the test may spend; exceeding it raises `OverBudget`, at the request and again at the end |
| `fail_next(503, times=2)` | lets the next two requests fail, to test retries |
| `fail_next(429, retry_after=50)` | the same, with a `Retry-After` header in milliseconds |

A marker sets options: `@pytest.mark.sentinel_hub(data="scenes/", budget=2, seed=1)`.

## Run a local server

For browsers, curl and clients in other languages:

```sh
oso-evalscript serve --port 8080
```

Set `http://localhost:8080` as the address of the service in your client, and
`http://localhost:8080/auth/realms/main/protocol/openid-connect/token` as that of tokens; any credentials get one. The
server logs a line for each request: status, cost, time, the linter's findings in its script, and ignored fields.

* sentinelhub-py: set `config.sh_base_url` and `config.sh_token_url`. For collections with their own address, use
  `DataCollection.SENTINEL2_L2A.define_from("local", service_url="http://localhost:8080")`. oauthlib needs
  `OAUTHLIB_INSECURE_TRANSPORT=1` in the environment for addresses without TLS.
* OpenLayers: set `url` and `auth.tokenUrl` of `ol/source/SentinelHub`. Pages on this machine are allowed; others need
  `--allow-origin https://example.org`.
* To test error handling, `--rate-limit 300` answers more than 300 requests per minute with 429 and `Retry-After` in
  milliseconds, and `--faults 0.1` lets every tenth request fail with 503.

The server listens on 127.0.0.1, rejects requests with another host name or from pages on other sites, runs four
requests at once and lets 256 wait; [SECURITY.md](../SECURITY.md) lists all limits. If the client disconnects, its
script stops at the next step.

`make clients` tests these unmodified clients: sentinelhub-py 3.12.0, eo-learn 1.5.7 (`SentinelHubInputTask` with
masks and angles, scripts with user data, heights), OpenLayers 10.11.0 in Chromium 156 (Playwright 1.65.2) from a page
on another port, curl 7.88.1. `make test` runs sentinelhub-py and the map of OpenLayers. Public notebooks were run as
well; [decision 17](decisions/0017-notebooks-of-others.md) lists the results.

## Replay recorded requests

`oso-evalscript replay FOLDER` lints, prices and reruns each request in a cache folder of sentinelhub-py
(`data_folder`), on made-up scenes or `--data`. It exits with 1 if a request is refused, or its script has errors.

## Scenes

Without `data`, scenes are made up for every collection of the [catalogue](collections.md): a world with coasts,
relief, fields, woods and towns, with seasons, and with clouds that match their masks and cloud cover. The same place
and date always has the same values, so adjacent requests fit together, and the NDVI rises in spring. It is not the
real Earth: tests that depend on real places need real data. Sentinel-2 passes each place every five days, Sentinel-1
every six, Landsat every eight; yearly maps are dated 1 January, and heights have no date. Sentinel-1 is IW with VV
and VH from 60° S to 66° N, EW with HH and HV beyond, in alternating orbit directions. Another `seed` gives another
world. Unknown bands vary within their usual range.

`data="scenes/"` reads rasters like [`run`](rasters.md): a folder with a subfolder for each collection, named after
its type (`sentinel-2-l2a`, `byoc-…`) or mapped by a file `collections.toml` (`S2L2A = "my/folder"`). They hold
rasters, STAC items or `.SAFE` products. A folder without such subfolders has the scenes of every collection.

## Errors

Statuses, codes and messages are those of the service, as far as known: `COMMON_BAD_PAYLOAD` for requests,
`RENDERER_EXCEPTION` for scripts, 401 without a token, 413 for bodies that are too long. More details are in `errors`:
the line of the script, the pixel, and its values. Unsupported requests get 501 and say so. `warnings` lists ignored
fields.

Where the service's pages are silent or disagree, these rules apply: a polygon includes all pixels that it touches;
percentiles are existing values; `stDev` is that of the population; statistics ignore values that are not finite; a
statistic without values is the text `NaN`.

"""


def service_page() -> str:
    """The text of the page."""
    parts = [_INTRODUCTION, "## Endpoints\n\n", _table("endpoint", ENDPOINTS)]
    for title, fields in TABLES.items():
        parts += [f"\n## {title}: fields\n\n", _table("field", fields)]
    return "".join(parts)


def _table(what: str, fields: Iterable[Field]) -> str:
    rows = "".join(f"| `{field.path}` | {field.treatment} | {field.note} |\n" for field in fields)
    return f"| {what} | treatment | note |\n|---|---|---|\n{rows}"
