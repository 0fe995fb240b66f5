from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters.running import open_scenes
from oso_evalscript.runtime.program import Program
from tests.rasters.layouts import Layout, values_of, write

RECORDED = """//VERSION=3
function setup() { return { input: [{ bands: ["B04", "B08", "dataMask"], units: UNIT }], output: { bands: 3, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) { return [s.B08, s.B04, s.dataMask]; }
"""
WANTED = """//VERSION=3
function setup() { return { input: [{ bands: ["B04", "B08"], units: UNIT }], output: { bands: 2, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) { return [s.B04, s.B08]; }
"""


def record(folder: Path, script: str, unit: str = '"REFLECTANCE"', day: int = 1) -> np.ndarray[Any, Any]:
    folder.mkdir(parents=True)
    values = values_of(Layout(20, 30, dtype="float32", seed=day), 3)
    values[2] = values[2] > 5
    if unit == '"REFLECTANCE"':
        values[:2] /= 32
    write(folder / "response.tiff", Layout(20, 30, dtype="float32"), values)
    data = {"type": "sentinel-2-l2a", "dataFilter": {"timeRange": {"from": f"2023-06-0{day}T00:00:00Z"}}}
    payload = {"evalscript": script.replace("UNIT", unit), "input": {"data": [data]}}
    (folder / "request.json").write_text(json.dumps({"url": "", "payload": payload}))
    found: np.ndarray[Any, Any] = values
    return found


@pytest.mark.parametrize(("recorded", "wanted", "factor"), [("REFLECTANCE", "REFLECTANCE", 1), ("DN", "DN", 1), ("DN", "REFLECTANCE", 0.0001), ("REFLECTANCE", "DN", 10000)])  # fmt: skip
def test_recorded_bands_are_a_scene(tmp_path: Path, recorded: str, wanted: str, factor: float) -> None:
    values = record(tmp_path / "a", RECORDED, f'"{recorded}"')
    with Program(WANTED.replace("UNIT", f'"{wanted}"'), collection="S2L2A") as program:
        found = program.run(open_scenes(program, tmp_path / "a").read())["default"]
    for band, index in ((0, 1), (1, 0)):
        np.testing.assert_allclose(found[band], np.where(values[2] > 0, values[index] * factor, 0), rtol=1e-6)


@pytest.mark.parametrize(("recorded", "wanted", "factor"), [("REFLECTANCE", "REFLECTANCE", 1), ("DN", "DN", 1), ("DN", "REFLECTANCE", 0.0001), ("REFLECTANCE", "DN", 10000), ("DN", None, 0.0001), (None, "DN", 10000)])  # fmt: skip
def test_the_request_says_the_collection(
    tmp_path: Path, recorded: str | None, wanted: str | None, factor: float
) -> None:
    stored = "DN" if recorded == "DN" else "REFLECTANCE"
    asked = [script.replace(", units: UNIT", "") if unit is None else script.replace("UNIT", f'"{unit}"') for script, unit in ((RECORDED, recorded), (WANTED, wanted))]  # fmt: skip
    values = record(tmp_path / "a", asked[0], f'"{stored}"')
    with Program(asked[1]) as program:
        assert program.origins == (None,)
        found = program.run(open_scenes(program, tmp_path / "a").read())["default"]
    for band, index in ((0, 1), (1, 0)):
        np.testing.assert_allclose(found[band], np.where(values[2] > 0, values[index] * factor, 0), rtol=1e-6)


def test_what_units_cannot_be_converted(tmp_path: Path) -> None:
    record(tmp_path / "a", RECORDED, '"DN"')
    request = json.loads((tmp_path / "a/request.json").read_text())
    del request["payload"]["input"]["data"][0]["type"]
    (tmp_path / "a/request.json").write_text(json.dumps(request))
    said = "B04 was recorded in DN, and the script asks for REFLECTANCE, which it cannot be converted to: use --collec"
    with Program(WANTED.replace("UNIT", '"REFLECTANCE"')) as program, pytest.raises(RasterError, match=said):
        open_scenes(program, tmp_path / "a")


def test_reflectance_in_whole_numbers_is_lost(tmp_path: Path) -> None:
    record(tmp_path / "a", RECORDED)
    write(tmp_path / "a/response.tiff", Layout(20, 30, dtype="uint8"), values_of(Layout(20, 30), 3))
    with Program(WANTED.replace("UNIT", '"DN"')) as program, pytest.raises(RasterError, match="in uint8, which rounds"):
        open_scenes(program, tmp_path / "a")


def test_a_request_of_another_collection(tmp_path: Path) -> None:
    record(tmp_path / "a", RECORDED)
    with Program(WANTED.replace("UNIT", '"REFLECTANCE"'), collection="S2L1C") as program:
        notices = open_scenes(program, tmp_path / "a").notices
    assert notices == (f"{tmp_path / 'a'}: was recorded from sentinel-2-l2a, and is read as sentinel-2-l1c",)


def test_a_cache_is_a_series(tmp_path: Path) -> None:
    for day in (1, 2):
        record(tmp_path / f"cache/{day}", RECORDED, day=day)
    with Program(WANTED.replace("UNIT", '"REFLECTANCE"'), collection="S2L2A") as program:
        items = open_scenes(program, tmp_path / "cache").acquisitions[0]
    assert [item.date.day for item in items if item.date] == [1, 2]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (RECORDED.replace("s.B08,", "s.B08 * 2.5,"), "band 1 of what its script returns .* is not one of its input bands as it is"),
        (RECORDED.replace("bands: 3", "bands: 2").replace(", s.dataMask]", "]"), "has 3 bands, and its script returns 2"),
        ("nothing", "the recorded script cannot be run"),
        (RECORDED.replace('"B04", ', "").replace("s.B04", "s.dataMask"), "the band B04 is in none of"),
    ],
)  # fmt: skip
def test_what_was_not_recorded(tmp_path: Path, script: str, said: str) -> None:
    record(tmp_path / "a", script)
    with Program(WANTED.replace("UNIT", '"REFLECTANCE"'), collection="S2L2A") as program, pytest.raises(RasterError, match=said):  # fmt: skip
        open_scenes(program, tmp_path / "a")


def test_what_is_no_request(tmp_path: Path) -> None:
    record(tmp_path / "a", RECORDED)
    (tmp_path / "a/request.json").write_text("[]")
    with Program(WANTED.replace("UNIT", '"DN"'), collection="S2L2A") as program, pytest.raises(RasterError, match="is not a request"):  # fmt: skip
        open_scenes(program, tmp_path / "a")
