"""Rasters on the command line: `run`, `preview`, `--explain-pixel` and `--at`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import pytest
import rasterio
from PIL import Image

from oso_evalscript.cli.rasters import read_inputs
from oso_evalscript.model.errors import RasterError
from tests.conftest import ROOT, Command
from tests.rasters.layouts import Layout, values_of, write

PALETTE = ROOT / "evalscripts/oso_palette.js"


@pytest.fixture
def land_cover(tmp_path: Path) -> Path:
    layout = Layout(60, 80, mask="nodata")
    write(tmp_path / "x.tif", layout, values_of(layout, 1))
    return tmp_path / "x.tif"


def test_a_geotiff_goes_in_and_a_cog_comes_out(command: Command, land_cover: Path, tmp_path: Path) -> None:
    done = command("run", PALETTE, "--input", "x.tif", "-o", "out.tif", "-o", "out.png")
    assert done.status == 0, done.err
    assert [line.split()[:3] for line in done.out.splitlines()[1:]] == [
        ["default", f"{number}", name] for number, name in enumerate(("red", "green", "blue", "alpha"), 1)
    ]
    assert "wrote out.tif (" in done.err
    two = command("run", PALETTE, "--input", "x.tif", "-o", "a.tif", "-o", "b.tif", "--format", "json")
    assert [(item["path"], item["bytes"]) for item in json.loads(two.out)["outputs"]] == [
        (name, (tmp_path / name).stat().st_size) for name in ("a.tif", "b.tif")
    ]
    with rasterio.open(tmp_path / "out.tif") as dataset, Image.open(tmp_path / "out.png") as image:
        assert dataset.crs.to_epsg() == 2154
        np.testing.assert_array_equal(dataset.read(), np.moveaxis(np.asarray(image), -1, 0))
    assert (tmp_path / "out.pgw").read_text().split() == ["10", "0", "0", "-10", "500005", "6699995"]
    assert "Lambert" in (tmp_path / "out.prj").read_text()
    part = command("run", PALETTE, "--input", "OCS=x.tif", "--bbox", "500100,6699500,500400,6699800", "-o", "p.tif")
    assert part.status == 0, part.err
    with rasterio.open(tmp_path / "p.tif") as dataset:
        assert dataset.shape == (30, 30)
    small = command(
        "run", PALETTE, "--input", "x.tif", "--band", "OCS=1", "--size", "40", "--crs", "EPSG:4326", "-o", "s.tif"
    )
    assert small.status == 0, small.err
    with rasterio.open(tmp_path / "s.tif") as dataset:
        assert max(dataset.shape) == 40


def test_options_of_running_hold_for_written_rasters(command: Command, land_cover: Path, tmp_path: Path) -> None:
    script = "//VERSION=3\nfunction setup() { return { input: ['A'], output: { bands: 1 } }; }\nfunction evaluatePixel(s) { return [s.A, 1]; }"
    (tmp_path / "a.js").write_text(script)
    (tmp_path / "x.tif").rename(tmp_path / "x_2023-06-01.tif")
    common = ("run", "a.js", "--no-lint", "--input", "x_2023-06-01.tif", "-o", "o.tif")
    done = command(*common, "--api", "statistics")
    assert (done.status, "FLOAT32" in done.out) == (0, True), done.err
    assert command(*common, "--strict").status == 1
    late = command(*common, "--time-range", "2024-01-01/2024-12-31")
    assert late.err == (
        "oso-evalscript: no scene lies in the time range 2024-01-01 to 2024-12-31: they are of 2023-06-01 to 2023-06-01\n"
    )


@pytest.mark.parametrize("size", ["30x25", "30,25"])
def test_the_size_of_the_output(command: Command, land_cover: Path, tmp_path: Path, size: str) -> None:
    box = ("--bbox", "500100,6699600,500400,6699850")
    done = command("run", PALETTE, "--input", "x.tif", *box, "--size", size, "-o", "p.tif", "-o", "p.png")
    assert done.status == 0, done.err
    with rasterio.open(tmp_path / "p.tif") as dataset, Image.open(tmp_path / "p.png") as image:
        assert (dataset.shape, image.size) == ((25, 30), (30, 25))
        assert tuple(dataset.bounds) == (500100, 6699600, 500400, 6699850)
        np.testing.assert_array_equal(dataset.read(), np.moveaxis(np.asarray(image), -1, 0))
    assert command("preview", PALETTE, "--input", "x.tif", "--size", size, "-o", "v.png").status == 0
    both = command("run", PALETTE, "--input", "x.tif", "--size", size, "--resolution", "5", "-o", "p.tif")
    assert (both.status, "choose one of --resolution and --size" in both.err) == (2, True), both.err


def test_a_local_cluster_writes_the_same(command: Command, land_cover: Path, tmp_path: Path) -> None:
    one = command("run", PALETTE, "--input", "x.tif", "-o", "one.tif")
    many = command("run", PALETTE, "--input", "x.tif", "-o", "many.tif", "--scheduler", "local", "--workers", "1")
    assert (one.status, many.status) == (0, 0), many.err
    assert (tmp_path / "one.tif").read_bytes() == (tmp_path / "many.tif").read_bytes()


def test_pixels_by_place(command: Command, land_cover: Path) -> None:
    done = command("run", PALETTE, "--input", "x.tif", "--explain-pixel", "7,9")
    value = values_of(Layout(60, 80), 1)[0, 7, 9]
    assert done.out.splitlines()[:2] == ["pixel     row 7, column 9", f"input     OCS = {value}"], done.err
    at = command("run", PALETTE, "--input", "x.tif", "--at", "500095,6699925", "--crs", "EPSG:2154")
    assert at.out == done.out, at.err
    degrees = command("run", PALETTE, "--input", "x.tif", "--at", "0.35,47.37")
    assert degrees.status == 0, degrees.err
    assert degrees.out.startswith("pixel     row ")


def test_a_preview_of_a_raster(command: Command, land_cover: Path, tmp_path: Path) -> None:
    done = command("preview", PALETTE, "--input", "x.tif", "-o", "p.png")
    assert (done.status, done.out) == (0, "wrote p.png\n"), done.err
    with Image.open(tmp_path / "p.png") as image:
        assert image.width > 500


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--input", "x.tif", "-o", "none/out.tif"), "none/out.tif: cannot be written (No such file or directory)"),
        (("--input", "none.tif", "-o", "out.tif"), "none.tif: No such file or directory"),
        (("-o", "out.tif"), "a GeoTIFF or Zarr store needs georeferenced rasters"),
        (("--at", "1,2"), "--at needs georeferenced rasters"),
        (("--input", "x.tif", "--at", "1,2,3"), "`1,2,3` is not valid: expected two numbers, as in 1.4442,43.6045"),
        (("--input", "x.tif", "--at", "1,2"), "there is no pixel at 1,2: the rasters cover 0.3"),
        (("--input", "x.tif", "--explain-pixel", "60,0"), "there is no pixel 60,0: the raster has 60 rows and 80 columns"),
        (("--input", "x.tif", "--explain-pixel", "0,0", "--at", "1,2"), "choose one of --explain-pixel and --at"),
        (("--input", "x.tif", "--crs", "paris", "-o", "o.tif"), "`paris` is not a coordinate reference system"),
        (("--input", "x.tif", "--band", "OCS", "-o", "o.tif"), "--band OCS: expected BAND=N, as in OCS=1"),
        (("--input", "x.tif", "--band", "B04=1", "-o", "o.tif"), "the script does not ask for the band `B04`"),
        (("--input", "x.tif", "--bbox", "1,2", "-o", "o.tif"), "left,bottom,right,top, as in"),
        (("--bbox", "1,2,3,4"), "--bbox needs rasters as --input"),
        (("--input", "x.tif", "--resolution", "10", "--size", "40"), "choose one of --resolution and --size"),
        (("--input", "OCS=x.tif", "--input", "OCS=x.tif"), "--input OCS=x.tif: OCS is given twice, also as x.tif: give each band once"),
        (("--input", "x.tif", "--band", "OCS=1", "--band", "OCS=2"), "--band OCS=2: OCS is given twice, also as 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_in_a_sentence(
    command: Command, land_cover: Path, words: tuple[str, ...], said: str
) -> None:
    done = command("run", PALETTE, *words)
    assert (done.status, said in done.err) == (2, True), done.err
    assert {path.name for path in land_cover.parent.iterdir()} == {"x.tif"}


@pytest.mark.parametrize("target", ["x.tif", "../{}/x.tif", "link.tif", "hard.tif"])
def test_no_input_is_replaced(command: Command, land_cover: Path, target: str) -> None:
    (land_cover.parent / "link.tif").symlink_to("x.tif")
    os.link(land_cover, land_cover.parent / "hard.tif")
    before = land_cover.read_bytes()
    for named in ("x.tif", "OCS=x.tif"):
        done = command("run", PALETTE, "--input", named, "-o", target.format(land_cover.parent.name))
        assert (done.status, "is read as an input and would be replaced" in done.err) == (2, True), done.err
    done = command("run", PALETTE, "--input", ".", "-o", "x.tif")
    assert (done.status, "is read as an input" in done.err) == (2, True), done.err
    assert land_cover.read_bytes() == before
    assert {path.name for path in land_cover.parent.iterdir()} == {"x.tif", "link.tif", "hard.tif"}


RAW = """//VERSION=3
function setup() { return { input: [{ bands: ["B04", "B08"], units: "DN" }], output: { bands: 2, sampleType: "UINT16" } }; }
function evaluatePixel(s) { return [s.B04, s.B08]; }
"""


def test_an_offset_is_added_to_digital_numbers(command: Command, tmp_path: Path) -> None:
    layout = Layout(20, 30, dtype="uint16")
    values = values_of(layout, 2) * 100
    write(tmp_path / "x.tif", layout, values, ("B04", "B08"))
    (tmp_path / "raw.js").write_text(RAW)
    words = ("run", "raw.js", "--input", "x.tif", "--collection", "S2L2A", "--offset", "-1000", "-o", "out.tif")
    done = command(*words, "--units", "DN")
    assert done.status == 0, done.err
    with rasterio.open(tmp_path / "out.tif") as dataset:
        np.testing.assert_array_equal(dataset.read(), np.maximum(values.astype(int) - 1000, 0))
    refused = command(*words)
    assert (refused.status, "needs digital numbers as the file has them: use --units DN" in refused.err) == (2, True)


@pytest.mark.parametrize("words", [("-o", "out.tif"), ("-o", "out.png"), ("--explain-pixel", "0,0")])
def test_without_rasterio_it_says_what_to_install(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "x.tif").write_bytes(b"")
    hidden = "import sys; sys.modules['rasterio'] = None; from oso_evalscript.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", hidden, "run", PALETTE, "--input", "x.tif", *words], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stderr == "oso-evalscript: working on rasters needs rasterio: pip install 'oso-evalscript[raster]'\n"
    assert done.returncode == 2


def test_what_inputs_mean(tmp_path: Path) -> None:
    bands = [("B04", "B08"), ("Q",)]
    assert read_inputs(["x.tif"], bands[:1], []) == "x.tif"
    assert read_inputs(["a.tif", "b.tif"], bands[:1], []) == ["a.tif", "b.tif"]
    assert read_inputs(["B04=a.tif", "B08=b.tif"], bands[:1], []) == {"B04": "a.tif", "B08": "b.tif"}
    assert read_inputs(["B04=a.tif", "B08=b.tif", "B04=c.tif", "B08=d.tif"], bands[:1], []) == [
        {"B04": "a.tif", "B08": "b.tif"},
        {"B04": "c.tif", "B08": "d.tif"},
    ]
    assert read_inputs(["S2:B04=a.tif", "x=b.tif", "S2:B08=c=d.tif"], bands, ["S2", "x"]) == {
        "S2": {"B04": "a.tif", "B08": "c=d.tif"},
        "x": "b.tif",
    }
    for words, keys, said in [
        (["B04=a.tif"], ["S2", "x"], "`B04` is a band: name its input, as in S2:B04=PATH"),
        (["Q=a.tif"], ["S2", "Q"], "`Q` is both an input of the script and a band"),
        (["a.tif"], ["S2", "x"], "the script has several inputs: use --input NAME=PATH for S2, x"),
        (["S2:B04=a.tif"], [], "the script has only one input: use --input B04=PATH"),
        (["B04=a.tif", "B08=b.tif", "B08=c.tif"], [], "B08=c.tif: B08 is given twice, also as b.tif"),
        (["B04=a.tif", "B04=b.tif", "B08=c.tif"], [], "B04=b.tif: B04 is given twice, also as a.tif"),
    ]:
        with pytest.raises((RasterError, click.UsageError), match=said):
            read_inputs(words, bands, keys)
