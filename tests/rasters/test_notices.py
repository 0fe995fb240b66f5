"""What is said of a job, once and in few words."""

from __future__ import annotations

from pathlib import Path

import pytest

from oso_evalscript.rasters import run
from oso_evalscript.rasters.notices import Reported
from oso_evalscript.runtime.outputs import Outputs
from tests.rasters.layouts import Layout, values_of, write


def test_notices_that_differ_in_numbers_alone_are_given_once() -> None:
    reported = Reported()
    for notices in (("1,234 pixels have no data",), ("7 pixels have no data", "band 2"), ("band 2",)):
        reported.take(Outputs({}, notices=notices))
    assert list(reported.summed_up()) == ["1,234 pixels have no data (in the first of several windows)", "band 2"]


@pytest.mark.parametrize("suffix", ["tif", "zarr"])
@pytest.mark.parametrize(("side", "where"), [(200, ""), (300, "in 256 x 256 pixels in the middle: ")])
def test_values_that_a_type_cannot_store_are_named(tmp_path: Path, suffix: str, side: int, where: str) -> None:
    layout = Layout(side, side)
    write(tmp_path / "x.tif", layout, values_of(layout, 1))
    script = """//VERSION=3
function setup() { return { input: ["A"], output: { bands: 1, sampleType: "UINT8" } }; }
function evaluatePixel(s) { return [KEPT]; }
"""
    lost = run(script.replace("KEPT", "s.A / 24"), tmp_path / "x.tif", tmp_path / f"out.{suffix}")
    (said,) = (notice for notice in lost.notices if "left of numbers" in notice)
    assert said.startswith(f"{where}in band 1 only 0 and 1 are left of numbers such as 0.")
    kept = run(script.replace("KEPT", "s.A"), tmp_path / "x.tif", tmp_path / f"out.{suffix}")
    assert not [notice for notice in kept.notices if "band 1" in notice]


def test_a_script_that_counts_is_not_run_once_more(tmp_path: Path) -> None:
    write(tmp_path / "x.tif", Layout(9, 9), values_of(Layout(9, 9), 1))
    script = """//VERSION=3
let count = 0;
function setup() { return { input: ["A"], output: { bands: 1, sampleType: "UINT8" } }; }
function evaluatePixel(s) { return [count++ / 1000]; }
"""
    assert not [notice for notice in run(script, tmp_path / "x.tif", tmp_path / "o.tif").notices if "left of" in notice]


def test_what_holds_in_the_middle_alone_is_not_said_of_all(tmp_path: Path) -> None:
    layout = Layout(300, 300)
    values = values_of(layout, 1)
    script = """//VERSION=3
function setup() { return { input: ["A"], output: { bands: 1 } }; }
function evaluatePixel(s) { return [s.A]; }
"""
    said = (
        "in 256 x 256 pixels in the middle: band 1 is 255 in all pixels with data: its numbers are larger (such as 7)"
    )
    for corner, found in ((0, False), (7, True)):
        values[:] = 7
        values[0, 0, 0] = corner
        write(tmp_path / "x.tif", layout, values)
        notices = run(script, tmp_path / "x.tif", tmp_path / "o.tif").notices
        assert any(notice.startswith(said) for notice in notices) is found
