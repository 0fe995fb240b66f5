from __future__ import annotations

import json
from pathlib import Path

import click
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.cli.madeup import SIZE
from tests.conftest import Command

SERIES = """//VERSION=3
function setup() { return { input: ["B04"], output: { bands: 1, sampleType: "FLOAT32" }, mosaicking: "TILE" }; }
function preProcessScenes(collections) {
  collections.scenes.tiles = collections.scenes.tiles.filter((tile) => DATES);
  return collections;
}
function updateOutputMetadata(scenes, inputMetadata, outputMetadata) {
  outputMetadata.userData = scenes.tiles.map((tile) => [tile.date.slice(0, 10), tile.cloudCoverage]);
}
function evaluatePixel(samples) { return [samples.length]; }
"""


@pytest.fixture
def series(tmp_path: Path) -> Path:
    path = tmp_path / "series.js"
    path.write_text(SERIES.replace("DATES", "true"))
    return path


def used(command: Command, path: Path, *options: str) -> list[list[object]]:
    done = command("run", path, "--size", "2", "--order", "leastRecent", "-o", "data.json", *options)
    assert done.status == 0, done.err
    found: list[list[object]] = json.loads((path.parent / "data.json").read_text())
    return found


def test_dates_are_a_number_a_list_or_a_series(command: Command, series: Path) -> None:
    assert len(used(command, series, "--dates", "6")) == 6
    listed = used(command, series, "--dates", "2024-05-01, 2023-06-11T10:50:31Z", "--cloud-cover", "5,80")
    assert listed == [["2023-06-11", 5], ["2024-05-01", 80]]
    dates = [date for date, _ in used(command, series, "--dates", "2024-01-01/2024-12-31/P10D")]
    assert dates[:2] == ["2024-01-01", "2024-01-11"]
    assert len(dates) == 37
    assert [date for date, _ in used(command, series, "--dates", "2024-01-31/2024-04-30/P1M")][1:3] == ["2024-02-29", "2024-03-31"]  # fmt: skip
    within = used(command, series, "--dates", "9", "--time-range", "2022-02-01/2022-02-28")
    assert len(within) == 9
    assert all(str(date).startswith("2022-02-") for date, _ in within)


@pytest.mark.parametrize(
    "test", ["tile.date >= '2025-03' && tile.date < '2025-04'", "new Date(tile.date).getFullYear() === 2025", "new Date(tile.date) < new Date(2019, 2)", "new Date(tile.date) > new Date('2027-01-01')"],
)  # fmt: skip
def test_a_script_that_looks_for_dates_finds_some(command: Command, series: Path, test: str) -> None:
    series.write_text(SERIES.replace("DATES", test))
    assert used(command, series)
    done = command("run", series, "--size", "2", "--dates", "2001-01-01/2001-01-06/P1D")
    assert done.status == 0
    assert ("preProcessScenes left 0 of 6 scenes" in done.err) is ("<" not in test or "&&" in test)


def test_the_size_is_one_number_or_two(command: Command, series: Path) -> None:
    for words, shape in (("30x20", (20, 30)), ("30,20", (20, 30)), ("7", (7, 7))):
        assert command("run", series, "--size", words, "-o", "a.npy").status == 0
        assert np.load(series.parent / "a.npy").shape[1:] == shape


@given(st.integers(1, 8192), st.integers(1, 8192))
def test_sizes_are_read(width: int, height: int) -> None:
    assert SIZE.convert(f"{width}x{height}", None, None) == (height, width)
    assert SIZE.convert(f"{width}", None, None) == (width, width)
    with pytest.raises(click.BadParameter):
        SIZE.convert(f"{width}x{height}x3", None, None)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        (
            "--dates",
            "2025",
            "2025 is more than the maximum of 1000 scenes; a year is written as in 2025-01-01/2025-12-31/P1M",
        ),
        ("--dates", "2025-01-01/2025-02-01", "expected START/END/STEP"),
        ("--dates", "2025-01-01/2025-02-01/10", "`10` is not an interval of at least a day"),
        ("--dates", "2025-02-01/2025-01-01/P1D", "ends before it begins"),
        ("--dates", "2000-01-01/2025-01-01/P1D", "gives 9,133 scenes, more than the maximum of 1000"),
        ("--dates", "May", "`May` is not a date"),
        ("--time-range", "2025-01-01", "expected START/END"),
        ("--cloud-cover", "5,many", "`many` is not a cloud cover"),
        ("--cloud-cover", "101", "`101` is not a cloud cover"),
        ("--size", "0x5", "both sides must have at least 1 pixel"),
        ("--size", "8193x5", "made-up scenes of 8193x5 pixels are too large: a side must have at most 8192"),
        ("--size", "5*5", "or WIDTHxHEIGHT, as in 512x256"),
    ],
)
@pytest.mark.parametrize("name", ["run"])
def test_words_that_say_nothing_are_refused(
    command: Command, series: Path, name: str, option: str, value: str, message: str
) -> None:
    done = command(name, series, option, value)
    assert (done.status, message in " ".join(done.err.split())) == (2, True), done.err


def test_dates_are_not_given_to_one_s_own_scenes(command: Command, series: Path) -> None:
    np.savez(series.parent / "2024-01-01.npz", B04=np.zeros((2, 2)))
    for option in (("--dates", "3"), ("--cloud-cover", "3")):
        done = command("run", series, "--input", "2024-01-01.npz", *option)
        assert (done.status, "applies to made-up scenes only" in done.err) == (2, True)


def test_drawn_scenes_have_the_dates_too(command: Command, series: Path) -> None:
    series.write_text(
        SERIES.replace("DATES", "true").replace(
            "return [samples.length]", "if (scenes.tiles.some((tile) => tile.date > '2024')) throw 'later'; return [1]"
        ).replace("evaluatePixel(samples)", "evaluatePixel(samples, scenes)")
    )  # fmt: skip
    early, late = ("--dates", "2020-01-01,2021-01-01"), ("--time-range", "2025-01-01/2025-02-01")
    some = ("--property", "total", "--max-examples", "30", "--size", "2x1")
    assert command("test", series, *some, *early).status == 0
    assert "later" in command("test", series, *some, *late).out
    assert "later" in command("test", series, *some).out  # it names 2024
    other = series.with_name("other.js")
    other.write_text(series.read_text().replace("throw 'later'", "return [2]"))
    few = ("--max-examples", "30", "--size", "2")
    assert command("diff", series, other, *few, *early).status == 0
    assert command("diff", series, other, *few, *late).status == 1
