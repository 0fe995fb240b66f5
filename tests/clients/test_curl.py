"""curl, with requests as the service's documentation shows them: written anew."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from pathlib import Path

from PIL import Image

from tests.service.bodies import NDVI, TRUE_COLOR, body, response


def curl(*words: str) -> bytes:
    done = subprocess.run(
        ["curl", "-sS", "--fail-with-body", "--noproxy", "*", *words], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def token(address: str) -> str:
    form = "grant_type=client_credentials&client_id=me&client_secret=none"
    answer = curl("--data", form, f"{address}/auth/realms/main/protocol/openid-connect/token")
    return f"Authorization: Bearer {json.loads(answer)['access_token']}"


def test_an_image(address: str) -> None:
    answer = curl("-H", token(address), "-H", "Content-Type: application/json", "--data", json.dumps(body()), f"{address}/api/v1/process")  # fmt: skip
    with Image.open(io.BytesIO(answer)) as image:
        assert image.size == (32, 32)


def test_a_form_and_a_tar(address: str, tmp_path: Path) -> None:
    asked = body(responses=[response(), response("userdata", "application/json")])
    del asked["evalscript"]
    (tmp_path / "script.js").write_text(TRUE_COLOR)
    answer = curl(
        "-H", token(address), "-H", "Accept: application/tar", "-F", f"request={json.dumps(asked)}",
        "-F", f"evalscript=<{tmp_path / 'script.js'}", f"{address}/api/v1/process",
    )  # fmt: skip
    with tarfile.open(fileobj=io.BytesIO(answer)) as archive:
        assert sorted(archive.getnames()) == ["default.tif", "userdata.json"]


def test_statistics_and_a_search(address: str) -> None:
    input_ = body()["input"]
    del input_["data"][0]["dataFilter"]
    aggregation = {
        "timeRange": {"from": "2020-07-01T00:00:00Z", "to": "2020-07-11T00:00:00Z"}, "width": 8, "height": 8,
        "aggregationInterval": {"of": "P5D"}, "evalscript": NDVI,
    }  # fmt: skip
    asked = json.dumps({"input": input_, "aggregation": aggregation})
    head = token(address)
    found = json.loads(curl("-H", head, "-H", "Content-Type: application/json", "-d", asked, f"{address}/api/v1/statistics"))  # fmt: skip
    assert found["status"] == "OK"
    search = json.dumps({"collections": ["sentinel-2-l2a"], "bbox": [5, 45, 5.1, 45.1], "datetime": "2020-06-01T00:00:00Z/2020-06-30T00:00:00Z"})  # fmt: skip
    items = json.loads(curl("-H", head, "-H", "Content-Type: application/json", "-d", search, f"{address}/api/v1/catalog/1.0.0/search"))  # fmt: skip
    assert items["features"]
