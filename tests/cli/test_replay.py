from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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
