"""A job on files gives what the program gives on their arrays; it can be killed at any moment, and fails in a sentence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import oso_evalscript
from oso_evalscript.model.errors import PixelError, RasterError
from oso_evalscript.model.text import Source
from oso_evalscript.rasters import run, tiff
from oso_evalscript.rasters.evaluating import Evaluator
from oso_evalscript.rasters.job import Progress, Settings, Written, _signature, write
from oso_evalscript.rasters.running import open_scenes
from oso_evalscript.runtime.program import Program
from tests.conftest import ROOT
from tests.rasters import layouts as rasters
from tests.rasters.layouts import Layout, layouts, values_of
from tests.runtime.test_worker import children_of

PALETTE = Source.read(ROOT / "evalscripts/oso_palette.js")
SUM = """//VERSION=3
function setup() { return { input: ["A", "B", "dataMask"], output: [{ id: "sum", bands: 1, sampleType: "FLOAT32", nodataValue: -1 }, { id: "both", bands: 3 }] }; }
function evaluatePixel(s) { return { sum: [s.dataMask ? s.A + s.B : -1], both: [s.A / 24, s.B / 24, s.dataMask] }; }
"""
COUNT = """//VERSION=3
let count = 0;
function setup() { return { input: ["A"], output: { bands: 1, sampleType: "FLOAT32" } }; }
function evaluatePixel(s) { return [count++]; }
"""
_quick = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


def job(
    script: Source | str, inputs: Any, target: Path, *, tile: int = 16, resume: bool = False, overviews: Any = None,
    progress: Any = None, **words: Any,
) -> Written:  # fmt: skip
    """A job of small tiles, so that a small raster has many windows and several overviews."""
    settings = Settings(threads=2, tile=tile, resume=resume, overviews=overviews)
    with Evaluator(lambda: Program(script), 2) as evaluator:
        scenes = open_scenes(evaluator.program, inputs, **words)
        with scenes.reader() as reader:
            return write(evaluator, reader, target, settings, progress)


def read(path: Path) -> Any:
    with rasterio.open(path) as dataset:
        return dataset.read()


@pytest.fixture(scope="module")
def program() -> Program:
    return Program(SUM)


@_quick
@given(layout=layouts())
def test_files_give_what_arrays_give(
    program: Program, tmp_path_factory: pytest.TempPathFactory, layout: Layout
) -> None:
    folder = tmp_path_factory.mktemp("job")
    values = values_of(layout)
    valid = rasters.write(folder / "x.tif", layout, values, ("A", "B"))
    written = job(SUM, folder / "x.tif", folder / "out.tif")
    wanted = program.run({"A": values[0], "B": values[1], "dataMask": valid.astype(np.uint8)})
    assert [file.path.name for file in written.files] == ["out_sum.tif", "out_both.tif"]
    for file in written.files:
        np.testing.assert_array_equal(read(file.path), wanted[file.output])
        found = [(band.least, band.largest) for band in file.bands]
        nodata = next(output.nodata for output in program.setup.outputs if output.id == file.output)
        there = [band[valid] for band in wanted[file.output]]
        kept = [band[band != nodata] if nodata is not None else band for band in there]
        for limits, band in zip(found, kept, strict=True):
            assert limits == (band.min(), band.max()) if band.size else np.isnan(limits).all()
    assert sorted(path.name for path in folder.iterdir() if not path.name.endswith((".msk", ".xml"))) == [
        "out_both.tif",
        "out_sum.tif",
        "x.tif",
    ]


@_quick
@given(one=layouts(), other=layouts(), row=st.integers(-30, 30), column=st.integers(-40, 40))
def test_files_that_overlap_in_part(
    program: Program, tmp_path_factory: pytest.TempPathFactory, one: Layout, other: Layout, row: int, column: int
) -> None:
    folder = tmp_path_factory.mktemp("job")
    other = replace(other, crs=one.crs, row=row, column=column)
    top, left = min(0, row), min(0, column)
    shape = max(one.height, row + other.height) - top, max(one.width, column + other.width) - left
    bands, mask = {}, np.ones(shape, np.bool_)
    for name, layout in (("A", one), ("B", other)):
        values = values_of(layout, 1)
        inside = np.s_[
            layout.row - top : layout.row - top + layout.height,
            layout.column - left : layout.column - left + layout.width,
        ]
        valid, bands[name] = np.zeros(shape, np.bool_), np.zeros(shape, values.dtype)
        valid[inside] = rasters.write(folder / f"{name}.tif", layout, values)
        bands[name][inside] = values[0]
        mask &= valid
    files = {name: folder / f"{name}.tif" for name in bands}
    if not (-other.height < row < one.height and -other.width < column < one.width):
        with pytest.raises(RasterError, match="does not overlap"):
            job(SUM, files, folder / "out.tif")
        return
    job(SUM, files, folder / "out.tif")
    wanted = program.run({**bands, "dataMask": mask.astype(np.uint8)})
    for id, array in wanted.items():
        np.testing.assert_array_equal(read(folder / f"out_{id}.tif"), array)


@_quick
@given(layout=layouts(dtypes=("uint8",)), tile=st.sampled_from([16, 64]))
def test_palettes_give_the_same_by_table(tmp_path_factory: pytest.TempPathFactory, layout: Layout, tile: int) -> None:
    folder = tmp_path_factory.mktemp("job")
    values = values_of(layout, 1)
    valid = rasters.write(folder / "x.tif", layout, values)
    job(PALETTE, folder / "x.tif", folder / "out.tif", tile=tile)
    with Program(PALETTE) as palette:
        wanted = palette.run({"OCS": values[0], "dataMask": valid.astype(np.uint8)})["default"]
    np.testing.assert_array_equal(read(folder / "out.tif"), wanted)


def test_a_table_is_used_where_it_pays(tmp_path: Path) -> None:
    layout = Layout(200, 300)
    rasters.write(tmp_path / "x.tif", layout, values_of(layout, 1))
    with Evaluator(lambda: Program(PALETTE), 1) as evaluator, open_scenes(evaluator.program, tmp_path / "x.tif").reader() as reader:  # fmt: skip
        types = reader.plain_codes()
        assert types is not None
        assert evaluator.table(types, pixels=200 * 300) is not None
        assert evaluator.table(types, pixels=2000) is None
    with Evaluator(lambda: Program(COUNT), 1) as evaluator:
        assert evaluator.table({"A": np.dtype("u1")}, pixels=10**9) is None


def test_windows_of_a_script_that_counts_come_one_after_another(tmp_path: Path) -> None:
    layout = Layout(32, 64)
    rasters.write(tmp_path / "x.tif", layout, values_of(layout, 1))
    job(COUNT, tmp_path / "x.tif", tmp_path / "out.tif")
    assert sorted(read(tmp_path / "out.tif").ravel()) == list(range(32 * 64))


def test_several_scenes_and_series(tmp_path: Path) -> None:
    script = """//VERSION=3
function setup() { return { input: ["A", "dataMask"], mosaicking: "TILE", output: { bands: 2, sampleType: "FLOAT32" } }; }
function evaluatePixel(samples, scenes) { return [samples.filter((s) => s.dataMask).reduce((sum, s) => sum + s.A, 0), scenes.tiles.length]; }
"""
    layout = Layout(50, 70, mask="nodata")
    (tmp_path / "scenes").mkdir()
    stack = []
    for day in (1, 2, 3):
        each = Layout(50, 70, mask="nodata", seed=day)
        values = values_of(each, 1)
        valid = rasters.write(tmp_path / f"scenes/x_2023-06-0{day}.tif", each, values)
        stack.append(np.where(valid, values[0], 0).astype(float))
    job(script, tmp_path / "scenes", tmp_path / "out.tif")
    np.testing.assert_array_equal(read(tmp_path / "out.tif"), [sum(stack), np.full((layout.height, layout.width), 3)])


def test_a_failing_pixel_is_told_by_its_place_in_the_whole_raster(tmp_path: Path) -> None:
    layout = Layout(100, 100)
    values = np.zeros((1, 100, 100), np.uint8)
    values[0, 71, 83] = 9
    rasters.write(tmp_path / "x.tif", layout, values)
    (tmp_path / "out.tif").write_bytes(b"old")
    script = COUNT.replace("return [count++]", "if (s.A === 9) throw new Error('no'); return [1]")
    with pytest.raises(PixelError, match="Error: no, at the pixel in row 71, column 83") as caught:
        job(script, tmp_path / "x.tif", tmp_path / "out.tif")
    assert (caught.value.row, caught.value.column) == (71, 83)
    assert (tmp_path / "out.tif").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.tif", "x.tif"]


def test_a_pixel_may_return_nothing(tmp_path: Path) -> None:
    layout = Layout(40, 40)
    values = np.zeros((1, 40, 40), np.uint8)
    values[0, :20] = 1
    rasters.write(tmp_path / "x.tif", layout, values)
    script = COUNT.replace("return [count++]", "if (s.A) return [7]")
    try:
        job(script, tmp_path / "x.tif", tmp_path / "out.tif")
    except oso_evalscript.OsoError as error:  # the same error that arrays give
        with Program(script) as program, pytest.raises(type(error)):
            program.run({"A": values[0]})
    else:
        np.testing.assert_array_equal(read(tmp_path / "out.tif")[0], values[0] * 7)


def test_progress_is_told(tmp_path: Path) -> None:
    layout = Layout(600, 600)
    rasters.write(tmp_path / "x.tif", layout, values_of(layout, 1))
    seen: list[Progress] = []
    written = run(PALETTE, tmp_path / "x.tif", tmp_path / "out.tif", progress=seen.append)
    assert [progress.done for progress in seen] == [512 * 600, 600 * 600]
    assert seen[-1].left == 0
    assert written.path == tmp_path / "out.tif"
    assert written.size == written.path.stat().st_size
    assert (written.rows, written.columns) == (600, 600)


def test_bands_that_end_at_different_places(tmp_path: Path) -> None:
    for name, layout in [("a", Layout(40, 50)), ("part", Layout(40, 30)), ("coarse", Layout(40, 50)), ("far", Layout(40, 50, row=900))]:  # fmt: skip
        rasters.write(tmp_path / f"{name}.tif", layout, values_of(layout, 1))
    whole = job(SUM, {"A": tmp_path / "a.tif", "B": tmp_path / "coarse.tif"}, tmp_path / "out.tif")
    assert not [notice for notice in whole.notices if "ends before" in notice]
    written = job(SUM, {"A": tmp_path / "a.tif", "B": tmp_path / "part.tif"}, tmp_path / "out.tif")
    assert f"{tmp_path}/part.tif: covers less than the other bands; `dataMask` is 0 beyond it" in written.notices
    old = (tmp_path / "out_sum.tif").read_bytes()
    with pytest.raises(RasterError, match=r"far\.tif: does not overlap .*a\.tif, another band of the same scene"):
        job(SUM, {"A": tmp_path / "a.tif", "B": tmp_path / "far.tif"}, tmp_path / "out.tif")
    local = 'LOCAL_CS["my field",UNIT["metre",1],AXIS["Easting",EAST],AXIS["Northing",NORTH]]'
    with rasterio.open(tmp_path / "a.tif", "r+") as dataset:
        dataset.crs = local
    with pytest.raises(
        RasterError, match=r"\.tif: coordinates cannot be converted from .* to .*my field|from my field to"
    ):
        job(SUM, {"A": tmp_path / "a.tif", "B": tmp_path / "part.tif"}, tmp_path / "out.tif")
    assert (tmp_path / "out_sum.tif").read_bytes() == old


def test_a_local_reference_system_is_kept_and_named(tmp_path: Path) -> None:
    layout = Layout(20, 20)
    rasters.write(tmp_path / "x.tif", layout, values_of(layout, 1))
    assert not [item for item in run(PALETTE, tmp_path / "x.tif", tmp_path / "out.tif").notices if "local" in item]
    with rasterio.open(tmp_path / "x.tif", "r+") as dataset:
        dataset.crs = 'LOCAL_CS["my field",UNIT["metre",1],AXIS["Easting",EAST],AXIS["Northing",NORTH]]'
    written = run(PALETTE, tmp_path / "x.tif", tmp_path / "out.tif")
    said = "`my field` is a local coordinate reference system, or one that GDAL does not know; it is kept"
    assert said in written.notices
    with rasterio.open(tmp_path / "out.tif") as dataset:
        assert "my field" in dataset.crs.to_wkt()


def test_gdal_prints_nothing_beside_our_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    layout = Layout(64, 64)
    rasters.write(tmp_path / "a.tif", layout, values_of(layout, 1))
    with rasterio.open(tmp_path / "a.tif") as dataset:  # again in one strip, of which GDAL warns
        kept = ("driver", "dtype", "count", "width", "height", "crs", "transform")
        profile, values = {key: dataset.profile[key] for key in kept}, dataset.read()
    with rasterio.open(tmp_path / "b.tif", "w", **profile) as dataset:
        dataset.write(values)
    data = (tmp_path / "b.tif").read_bytes()
    (tmp_path / "b.tif").write_bytes(data[: len(data) // 2])
    (tmp_path / "out_sum.tif").write_text("old")
    with pytest.raises(RasterError, match=r"b\.tif: cannot be read"):
        job(SUM, {"A": tmp_path / "a.tif", "B": tmp_path / "b.tif"}, tmp_path / "out.tif")
    assert capfd.readouterr() == ("", "")
    assert (tmp_path / "out_sum.tif").read_text() == "old"


TWO = """//VERSION=3
function setup() { return { input: ["A"], output: [{ id: "p", bands: 1 }, { id: "q", bands: 1 }] }; }
function evaluatePixel(s) { return { p: [s.A], q: [s.A] }; }
"""


def test_no_input_is_replaced(tmp_path: Path) -> None:
    layout = Layout(20, 30)
    rasters.write(tmp_path / "x_q.tif", layout, values_of(layout, 1), ("A",))
    (tmp_path / "link.tif").symlink_to("x_q.tif")
    rasterio.shutil.copy(tmp_path / "x_q.tif", tmp_path / "v.vrt", driver="VRT")
    before = (tmp_path / "x_q.tif").read_bytes()
    for read in ("x_q.tif", "link.tif", "v.vrt"):
        with pytest.raises(RasterError, match=r"x_q\.tif: is read as an input and would be replaced: write to another"):
            run(TWO, tmp_path / read, tmp_path / "x.tif")
    with pytest.raises(RasterError, match="is read as an input"):
        run(TWO, tmp_path / "v.vrt", tmp_path / "link.tif", settings=Settings(output_id="p"))
    assert (tmp_path / "x_q.tif").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"x_q.tif", "link.tif", "v.vrt"}


def test_output_that_cannot_be_written(tmp_path: Path) -> None:
    layout = Layout(20, 20)
    rasters.write(tmp_path / "x.tif", layout, values_of(layout, 1))
    (tmp_path / "folder").mkdir()
    for name, said in [("none/out.tif", "No such file or directory"), ("folder", "is a folder")]:
        with pytest.raises(RasterError, match=said):
            run(PALETTE, tmp_path / "x.tif", tmp_path / name)
    with pytest.raises(RasterError, match="there is no output `b`; its outputs are default"):
        run(PALETTE, tmp_path / "x.tif", tmp_path / "out.tif", settings=Settings(output_id="b"))


LIMITED = """
import resource, sys
from pathlib import Path
import oso_evalscript as oso
import oso_evalscript.rasters
program = oso.Source.read(Path(sys.argv[1]))
from tests.rasters.test_job import job
from oso_evalscript.rasters.evaluating import Evaluator
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
try:
    job(program, Path(sys.argv[2]), Path(sys.argv[3]))
except oso.OsoError as error:
    print(error)
"""


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    """A limit of the size of files stands in for a full disk: both end a write with an error of the system."""
    layout = Layout(300, 300, seed=1)
    rasters.write(tmp_path / "x.tif", layout, values_of(layout, 1))
    (tmp_path / "out.tif").write_bytes(b"old")
    words: list[str | Path] = [
        sys.executable,
        "-c",
        LIMITED,
        ROOT / "evalscripts/oso_palette.js",
        tmp_path / "x.tif",
        tmp_path / "out.tif",
    ]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.stdout == f"{tmp_path}/out.tif: cannot be written (File too large)\n", done.stderr
    assert (tmp_path / "out.tif").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.tif", "x.tif"]


SAYING = """
import sys
from pathlib import Path
import oso_evalscript.rasters.parts as parts
from tests.rasters.test_job import job, SUM
append = parts.Parts._append
def saying(self, *words):
    print("tile", flush=True)
    append(self, *words)
parts.Parts._append = saying
job(SUM, Path(sys.argv[1]), Path(sys.argv[2]), resume=True)
print("done", flush=True)
"""


def test_a_job_killed_at_any_moment_goes_on(tmp_path: Path) -> None:
    layout = Layout(90, 200, dtype="int16", mask="nodata", seed=4)
    rasters.write(tmp_path / "x.tif", layout, values_of(layout), ("A", "B"))
    job(SUM, tmp_path / "x.tif", tmp_path / "whole.tif")
    wanted = {id: (tmp_path / f"whole_{id}.tif").read_bytes() for id in ("sum", "both")}
    random = np.random.default_rng(5)
    interrupted = 0
    for _ in range(int(os.environ.get("OSO_EVALSCRIPT_KILLS", "2"))):
        (tmp_path / "out_sum.tif").write_bytes(b"old")
        running = subprocess.Popen([sys.executable, "-c", SAYING, tmp_path / "x.tif", tmp_path / "out.tif"], cwd=ROOT, stdout=subprocess.PIPE)  # fmt: skip
        assert running.stdout is not None
        for _ in range(random.integers(1, 60)):
            running.stdout.readline()
        time.sleep(random.random() / 100)
        running.send_signal(signal.SIGKILL)
        finished = running.communicate()[0].endswith(b"done\n")
        interrupted += (tmp_path / ".out_sum.tif.parts/journal").exists()
        assert (tmp_path / "out_sum.tif").read_bytes() in ([wanted["sum"]] if finished else [b"old", wanted["sum"]])
    assert interrupted
    job(SUM, tmp_path / "x.tif", tmp_path / "out.tif", resume=True)
    assert {id: (tmp_path / f"out_{id}.tif").read_bytes() for id in wanted} == wanted
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("limit", [2**32, 100], ids=["classic", "BigTIFF"])
def test_without_overviews_the_part_becomes_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:  # fmt: skip
    monkeypatch.setattr(tiff, "_CLASSIC_LIMIT", limit)
    layout = Layout(50, 150, seed=3)
    rasters.write(tmp_path / "x.tif", layout, values_of(layout), ("A", "B"))
    job(SUM, tmp_path / "x.tif", tmp_path / "cog.tif")
    job(SUM, tmp_path / "x.tif", tmp_path / "whole.tif", overviews="none")

    def stop(progress: Progress) -> None:
        if progress.done > 16 * 150:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        job(SUM, tmp_path / "x.tif", tmp_path / "out.tif", overviews="none", progress=stop)
    assert job(SUM, tmp_path / "x.tif", tmp_path / "out.tif", overviews="none", resume=True).resumed
    for id in ("sum", "both"):
        found = (tmp_path / f"out_{id}.tif").read_bytes()
        assert found == (tmp_path / f"whole_{id}.tif").read_bytes()
        assert found[:4] == (b"II+\0" if limit == 100 else b"II*\0")
        np.testing.assert_array_equal(read(tmp_path / f"out_{id}.tif"), read(tmp_path / f"cog_{id}.tif"))
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_parts_of_other_inputs_are_not_gone_on_with(tmp_path: Path) -> None:
    layout = Layout(40, 40)
    rasters.write(tmp_path / "x.tif", layout, values_of(layout), ("A", "B"))
    failing = SUM.replace("return {", "if (s.A === 23) throw new Error('no'); return {", 2).replace("if (s.A === 23) throw new Error('no'); return { input", "return { input")  # fmt: skip
    with pytest.raises(PixelError):
        job(failing, tmp_path / "x.tif", tmp_path / "out.tif", resume=True)
    assert (tmp_path / ".out_sum.tif.parts").is_dir()
    assert not job(SUM, tmp_path / "x.tif", tmp_path / "out.tif", resume=True).resumed


def test_all_files_behind_a_raster_decide_whether_a_job_goes_on(tmp_path: Path) -> None:
    layout = Layout(40, 40)
    rasters.write(tmp_path / "x.tif", layout, values_of(layout), ("A", "B"))
    rasterio.shutil.copy(str(tmp_path / "x.tif"), str(tmp_path / "x.vrt"), driver="VRT")
    signatures = []
    for seed in (0, 1):
        with Evaluator(lambda: Program(SUM), 1) as evaluator, open_scenes(evaluator.program, tmp_path / "x.vrt").reader() as reader:  # fmt: skip
            signatures.append(_signature(evaluator, reader, (), Settings()))
            assert str(tmp_path / "x.tif") in reader.files[0].parts
        rasters.write(tmp_path / "x.tif", Layout(40, 40, seed=seed + 5), values_of(Layout(40, 40, seed=seed + 5)), ("A", "B"))  # fmt: skip
    assert signatures[0] != signatures[1]


def test_a_killed_child_is_replaced(tmp_path: Path) -> None:
    layout = Layout(64, 64)
    values = values_of(layout)
    rasters.write(tmp_path / "x.tif", layout, values, ("A", "B"))
    with Evaluator(lambda: Program(SUM), 1) as evaluator, open_scenes(evaluator.program, tmp_path / "x.tif").reader() as reader:  # fmt: skip
        killed: list[Progress] = []

        def kill(progress: Progress) -> None:
            if not killed:
                for child in children_of(os.getpid()):
                    os.kill(child, signal.SIGKILL)
                killed.append(progress)

        write(evaluator, reader, tmp_path / "out.tif", Settings(tile=16), kill)
    assert killed
    np.testing.assert_array_equal(read(tmp_path / "out_sum.tif")[0], values[0].astype(float) + values[1])
