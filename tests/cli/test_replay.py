from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

from oso_evalscript.testing import sentinel_hub
from tests.conftest import Command
from tests.service.bodies import NDVI, TRUE_COLOR, body, script
from tests.service.test_statistics import asked


def record(folder: Path, name: str, payload: Any, *, path: str = "process", spent: str | None = None) -> None:
    """A request as sentinelhub-py keeps it."""
    kept: dict[str, Any] = {
        "request": {"url": f"https://services.sentinel-hub.com/api/v1/{path}", "headers": {"accept": "image/png"}, "payload": payload},
        "response": {"headers": {} if spent is None else {"X-ProcessingUnits-Spent": spent}},
    }  # fmt: skip
    (folder / name).mkdir(parents=True)
    (folder / name / "request.json").write_text(json.dumps(kept))


def test_recorded_requests_are_run_again(command: Command, tmp_path: Path) -> None:
    record(tmp_path / "cache", "one", body(TRUE_COLOR, size=(512, 512)), spent="1.0")
    record(tmp_path / "cache", "two", asked(NDVI), path="statistics")
    done = command("replay", tmp_path / "cache")
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines() == [
        "one: 200, 1 PU (recorded: 1)",
        "two: 200, 0.0133333 PU",
        "2 requests, 1.01333 processing units",
    ]


def test_requests_that_sentinelhub_py_keeps_are_run_again(command: Command, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentinelhub import CRS, BBox, DataCollection, MimeType, SentinelHubRequest, SHConfig

    config = SHConfig(use_defaults=True)
    config.sh_client_id, config.sh_client_secret = "me", "none"
    with sentinel_hub() as hub:
        SentinelHubRequest(
            TRUE_COLOR,
            [SentinelHubRequest.input_data(DataCollection.SENTINEL2_L2A, time_interval=("2020-06-01", "2020-06-30"))],
            [SentinelHubRequest.output_response("default", MimeType.PNG)],
            bbox=BBox((5.0, 45.0, 5.05, 45.05), CRS.WGS84),
            size=(512, 512),
            config=config,
            data_folder=str(tmp_path),
        ).save_data()
        assert hub.units == 1
    done = command("replay", tmp_path)
    assert (done.status, done.err) == (0, "")
    first, last = done.out.splitlines()
    assert first.endswith(": 200, 1 PU (recorded: 1)")
    assert last == "1 request, 1 processing units"


def test_what_is_wrong_with_them_is_told(command: Command, tmp_path: Path) -> None:
    record(tmp_path / "cache", "one", body(script("B99", "return [1];")))
    done = command("replay", tmp_path / "cache")
    assert done.status == 1
    assert "error: unknown-band: sentinel-2-l2a has no band `B99`" in done.out
    assert "Collection 'S2L2A' has no band 'B99'." in done.out
    (found,) = json.loads(command("replay", tmp_path / "cache", "--json").out)
    assert (found["name"], found["status"], found["recorded"]) == ("one", 400, None)
    assert [item["rule"] for item in found["findings"]] == ["unknown-band"]


def test_what_is_not_a_record_is_told(command: Command, tmp_path: Path) -> None:
    (tmp_path / "cache/one").mkdir(parents=True)
    assert command("replay", tmp_path / "cache").status == 2
    (tmp_path / "cache/one/request.json").write_text('{"url": 3}')
    done = command("replay", tmp_path / "cache")
    assert done.status == 2
    assert "not a request recorded by sentinelhub-py" in done.err
