"""`oso-evalscript cost`, and what `run` and `preview` say of it."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import oso_evalscript as oso
from tests.conftest import ROOT, Command
from tests.pricing.requests import FUSED, MEAN, NDVI, SERIES, kept, process, search, statistics

PALETTE = ROOT / "evalscripts/oso_palette.js"
RADAR = NDVI.replace('"B04", "B08", "dataMask"', '"VV", "VH"')


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    """The scripts and requests that the commands speak of."""
    scripts = {"ndvi": NDVI, "series": SERIES, "mean": MEAN, "fused": FUSED, "radar": RADAR}
    for name, text in scripts.items():
        (tmp_path / f"{name}.js").write_text(text)
    for name, body in {"process": process(), "statistics": statistics(), "search": search()}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(body))


def test_the_table(command: Command) -> None:
    done = command("cost", "series.js", "--samples", "12", "--collection", "S2L2A")
    assert done.status == 0
    assert done.err == ""
    assert [line.rstrip() for line in done.out.splitlines()] == [
        "factor   from                         value  known",
        "area     512 x 512 pixels                 1  documented",
        "bands    3 bands                          1  documented",
        "format   image/tiff, FLOAT32              2  documented",
        "samples  ORBIT, as given                 12  documented",
        "total    processing units, 1 request     24",
        "",
        "Cheaper:",
        "  -92 % ORBIT has 12 samples per pixel: keep fewer in preProcessScenes (under TILE by cloudCoverage), or use SIMPLE if",
        "        one is enough",
        "  -50 % FLOAT32 doubles it: UINT16 with a factor of 10000 keeps four digits (INT16 for negative values)",
        "  -33 % 1 of 3 bands is never read: B02",
        "  -33 % Asynchronous processing costs two thirds, and at least 10 units per request",
    ]


def units(command: Command, *words: str) -> float:
    done = command("cost", *words, "--json")
    assert done.status == 0, done.err
    return float(json.loads(done.out)["units"])


def test_options_are_those_of_the_function(command: Command) -> None:
    assert units(command, "ndvi.js", "--size", "545x353") == pytest.approx(0.9785207404252105, abs=1e-5)
    assert units(command, "ndvi.js", "--format", "image/png") == pytest.approx(2 / 3)
    assert units(command, "series.js", "--time-range", "2023-01-01/2023-12-31", "--collection", "S2L2A") == 146
    assert units(command, "series.js", "--api", "batch", "--samples", "73", "--size", "2000x2000") > 100
    monthly = ("--api", "statistics", "--time-range", "2023-01-01/2023-12-31", "--interval", "P1M")
    assert units(command, "mean.js", "--collection", "S2L2A", *monthly) == pytest.approx(4)
    treated = ("--processing", "orthorectify=true", "--processing", "speckleFilter=LEE")
    assert units(command, "radar.js", *treated) == pytest.approx(4 * 4 / 3)
    assert units(command, "radar.js", "--processing", "orthorectify=false") == pytest.approx(4 / 3)
    assert units(command, "fused.js", "--remote", "radar") == pytest.approx(2)
    assert units(command, str(ROOT / "evalscripts/s2_ndvi.js"), "--output", "default") == 1


def test_json_says_all(command: Command) -> None:
    found = json.loads(command("cost", "series.js", "--json", "--per", "km2", "--resolution", "10").out)
    assert found["name"] == "series.js"
    assert (found["units"], found["requests"], found["minimum"], found["recorded"]) == (2, 1, 0.005, None)
    assert [factor["name"] for factor in found["factors"]] == ["area", "bands", "format", "samples"]
    assert {"value", "quantity", "evidence", "source"} <= set(found["factors"][0])
    assert found["factors"][3]["evidence"] == "unknown"
    assert "one is assumed" in found["unknowns"][0]
    assert found["savings"][0]["units"] == 1
    assert found["per"] == {"of": "km2", "units": pytest.approx(2 / 26.2144)}


def test_the_cost_of_a_square_kilometre_and_of_a_month(command: Command) -> None:
    found = command("cost", "ndvi.js", "--format", "image/png", "--per", "km2", "--resolution", "10").out
    assert "0.02543 processing units per km²" in found  # 39.3 km² for one unit, as the service's FAQ has it
    year = ("--time-range", "2023-01-01/2023-12-31", "--samples", "60")
    assert "10.01 processing units per month" in command("cost", "series.js", *year, "--per", "month").out
    assert "needs --resolution" in command("cost", "ndvi.js", "--per", "km2").err
    assert "needs --time-range" in command("cost", "ndvi.js", "--per", "month").err
    moment = ("--time-range", "2023-01-01T10:00:00Z/2023-01-01T10:00:00Z")
    assert "more than a moment" in command("cost", "series.js", *moment, "--per", "month").err


def test_the_budget(command: Command) -> None:
    assert command("cost", "series.js", "--samples", "12", "--budget", "24").status == 0
    done = command("cost", "series.js", "--samples", "12", "--budget", "23.9")
    assert done.status == 1
    assert done.err == "oso-evalscript: 24 units exceed the budget of 23.9\n"
    assert "total" in done.out
    per = ("--per", "km2", "--resolution", "10")
    assert command("cost", "series.js", "--samples", "12", *per, "--budget", "1").status == 0


def test_requests(command: Command) -> None:
    assert units(command, "process.json") == pytest.approx(0.9785207404252105, abs=1e-5)
    assert units(command, "statistics.json") == pytest.approx(54 * 60 / 512**2 / 3 * 6)
    assert units(command, "search.json") == pytest.approx(0.12)
    assert "per month" in command("cost", "process.json", "--per", "month").out
    for option in (("--size", "9x9"), ("--format", "image/png"), ("--api", "async"), ("--time-range", "2023/2024")):
        done = command("cost", "process.json", *option)
        assert done.status == 2
        assert done.err == f"oso-evalscript: process.json: a request already defines this: leave out {option[0]}\n"
    assert (
        "needs exactly one request, for an image"
        in command("cost", "search.json", "--per", "km2", "--resolution", "1").err
    )


@pytest.mark.parametrize("body", [NDVI, json.dumps(process()), "\n " + json.dumps(process())])
def test_standard_input(command: Command, body: str) -> None:
    done = command("cost", "-", "--json", stdin=body.encode())
    assert done.status == 0, done.err
    assert json.loads(done.out)["units"] > 0


def test_a_cache_folder(command: Command, tmp_path: Path) -> None:
    for name, body, spent in (("a" * 32, process(), "0.9785207404252105"), ("b" * 32, statistics(), None)):
        (tmp_path / "cache" / name).mkdir(parents=True)
        (tmp_path / "cache" / name / "request.json").write_text(json.dumps(kept(body, spent)))
    done = command("cost", "cache")
    assert done.status == 0
    lines = [line.split() for line in done.out.splitlines()]
    assert lines == [
        ["request", "api", "size", "units", "charged"],
        ["a" * 32, "process", "545x353", "0.978521", "0.978521"],
        ["b" * 32, "statistics", "54x60", "0.0247192", *lines[2][4:]],
        ["total", "2", "requests", "1.00324", "0.978521"],
    ]
    assert max(map(len, done.out.splitlines())) <= 80
    found = json.loads(command("cost", "cache", "--json").out)
    assert found["requests"] == len(found["each"]) == 2
    assert found["each"][0]["recorded"] == 0.9785207404252105
    assert command("cost", "cache", "--budget", "1").status == 1
    single = command("cost", f"cache/{'a' * 32}")
    assert "The service charged 0.978521." in single.out
    (tmp_path / "cache" / ("b" * 32) / "request.json").write_text("{}")
    done = command("cost", "cache")
    assert done.status == 2
    assert f"cache/{'b' * 32}/request.json: is not a request" in done.err
    assert "0.978521" in done.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["ndvi.js", "--size", "0x512"], "the width is 0: expected a positive whole number of pixels"),
        (["ndvi.js", "--size", "512x0"], "the height is 0: expected a positive whole number of pixels"),
        (["ndvi.js", "--size", "big"], "--size big: expected columns and rows, as in 512x512"),
        (["ndvi.js", "--size", "-1x5"], "--size -1x5: expected columns and rows, as in 512x512"),
        (["ndvi.js", "--format", "image/webp"], "`image/webp` is not a format that can be requested"),
        (["ndvi.js", "--format", "tiff"], "`tiff` is not a format that can be requested; did you mean `image/tiff`?"),
        (["ndvi.js", "--samples", "0"], "the number of samples is 0: expected a positive whole number"),
        (["ndvi.js", "--collection", "S2L9"], "the catalogue has no collection `S2L9`"),
        (["ndvi.js", "--time-range", "2023-01-01"], "expected a time range of two dates"),
        (["ndvi.js", "--time-range", "2023-01-01/then"], "`then` is not a date"),
        (["ndvi.js", "--processing", "ortho"], "--processing ortho: expected orthorectify=true"),
        (["ndvi.js", "--processing", "backCoeff=GAMMA"], '`processing.backCoeff` is "GAMMA": expected one of BETA0'),
        (["fails.js"], "fails.js:2: Error: no such band; so its cost cannot be estimated"),
        (["empty.js"], "empty.js: the script has no function `setup`; so its cost cannot be estimated"),
        (["broken.js"], "broken.js:1: SyntaxError"),
        (["contract.js"], "contract.js: what setup() returns is wrong: input: must be a list"),
        (["none.js"], "none.js: No such file or directory"),
        (["none.json"], "none.json: cannot be read (No such file or directory)"),
        (["words.json"], "words.json: is not JSON"),
        (["list.json"], "list.json: is not a request: expected the body of a Process, Statistical or Catalog request"),
        (["package.json"], "package.json: is not a request, because it lacks `input`"),
        (["zero.json"], "zero.json: `output.width` is 0: expected a whole number from 1 to 2500"),
        (["bad-script.json"], "bad-script.json (evalscript):2: Error: no such band"),
        (["nothing"], "nothing: contains no `request.json`"),
    ],
)
def test_what_cannot_be_told_is_said_in_one_sentence(
    command: Command, tmp_path: Path, words: list[str], message: str
) -> None:
    fails = (
        "//VERSION=3\nfunction setup() { throw new Error('no such band'); }\nfunction evaluatePixel() { return [1]; }\n"
    )
    texts = {
        "fails.js": fails,
        "empty.js": "",
        "broken.js": "function setup( {",
        "contract.js": "function setup() { return { output: { bands: 1 } }; }\nfunction evaluatePixel() { return [1]; }",
        "words.json": "evalscript",
        "list.json": "[1, 2]",
        "package.json": '{"name": "a", "version": "1.0.0"}',
        "zero.json": json.dumps(process(width=0)),
        "bad-script.json": json.dumps(process(fails)),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "nothing").mkdir()
    done = command("cost", *words)
    assert done.status == 2
    assert done.out == ""
    assert done.err.startswith(f"oso-evalscript: {message}")
    assert done.err.count("\n") == 1


def test_names_in_a_request_cannot_move_the_cursor(command: Command, tmp_path: Path) -> None:
    body = process(responses=[{"identifier": "\x1b[2Jx\ny", "format": {"type": "image/tiff"}}])
    (tmp_path / "odd.json").write_text(json.dumps(body))
    done = command("cost", "odd.json")
    assert done.status == 2
    assert "\x1b" not in done.err
    assert done.err.count("\n") == 1


def test_run_and_preview_say_what_the_request_costs(command: Command, tmp_path: Path) -> None:
    said = "cost as a request: 0.08333 processing units (256 x 256 pixels, image/png)"
    assert said in command("preview", PALETTE, "-o", "a.png").err
    assert said in command("run", PALETTE, "-o", "a.png").err
    folder = tmp_path / "scenes"
    folder.mkdir()
    for day in (1, 2, 3):
        bands = {name: np.zeros((40, 60)) for name in ("B02", "B04", "B08")}
        np.savez(folder / f"2023-06-0{day}.npz", **bands)  # type: ignore[arg-type]  # numpy 2.1 knows only its option
    done = command("run", "series.js", "--input", "scenes", "-o", "a.npy")
    assert "cost as a request: 0.06 processing units (60 x 40 pixels, image/tiff)" in done.err
    assert "in 2 requests" in command("run", PALETTE, "--size", "3000x20").err


def test_a_band_that_is_never_read_has_its_price(command: Command) -> None:
    done = command("lint", "--format", "concise", "--select", "unused-band", "series.js")
    assert "the band `B02` is requested, but never read; without it a request costs 33 % less" in done.out


@pytest.mark.parametrize("bands", ["'B04'", "'B04', 'dataMask'"])
def test_the_only_band_that_is_paid_for_has_no_price(bands: str) -> None:
    text = (
        f"//VERSION=3\nfunction setup() {{ return {{ input: [{bands}], output: {{ bands: 1 }} }}; }}\n"
        "function evaluatePixel(s) { return [s.B08]; }\n"
    )
    (finding,) = oso.lint(text, select=["unused-band"])
    assert finding.message == "the band `B04` is requested, but never read"


def test_on_a_terminal_of_80_columns(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80", "TERM": "xterm", "PYTHONUTF8": "1"}
    words = [sys.executable, "-m", "oso_evalscript", "cost", "series.js", "--time-range", "2020-01-01/2024-12-31"]
    process = subprocess.Popen(words, stdout=follower, stderr=follower, cwd=tmp_path, env=environment)
    os.close(follower)
    shown = b""
    while True:
        try:
            shown += os.read(leader, 4096)
        except OSError:  # the other end is closed
            break
    os.close(leader)
    assert process.wait() == 0
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown.decode())
    lines = [line.rstrip() for line in plain.splitlines()]
    assert lines[0].split() == ["factor", "from", "value", "known"]
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("  * how many acquisitions there are") for line in lines)
