"""A job on a cluster gives the same file, with workers and children of V8 that are killed in the middle."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster

from oso_evalscript.model.errors import PixelError, RasterError
from oso_evalscript.model.text import Source
from oso_evalscript.rasters.clusters import Task, crew_of
from oso_evalscript.rasters.evaluating import Evaluator
from oso_evalscript.rasters.job import Progress, Settings, Written, write
from oso_evalscript.rasters.lazy import apply
from oso_evalscript.rasters.running import open_scenes, run
from oso_evalscript.rasters.stores import write_store
from oso_evalscript.runtime.program import Program
from tests.rasters import layouts
from tests.rasters.layouts import Layout, values_of
from tests.rasters.test_job import SUM, job
from tests.rasters.test_lazy import TWO, dataset, wanted
from tests.runtime.test_worker import children_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")  # fmt: skip


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        yield cluster


def on_cluster(cluster: Any, script: str, inputs: Path, target: Path, progress: Any = None) -> Written:
    with Evaluator(lambda: Program(script), 1) as evaluator:
        scenes = open_scenes(evaluator.program, inputs)
        how = Settings(threads=2, tile=16)
        crew = crew_of(cluster.scheduler_address, Task(Source(script), None, 10.0, 2**29, scenes, how))
        with scenes.reader() as reader:
            return write(evaluator, reader, target, how, progress, crew)


@pytest.fixture
def raster(tmp_path: Path) -> Path:
    layout = Layout(150, 200, dtype="int16", mask="nodata")
    layouts.write(tmp_path / "x.tif", layout, values_of(layout), ("A", "B"))
    return tmp_path / "x.tif"


def test_a_cluster_writes_the_same_files(cluster: Any, raster: Path) -> None:
    job(SUM, raster, raster.with_name("one.tif"))
    on_cluster(cluster, SUM, raster, raster.with_name("many.tif"))
    for id in ("sum", "both"):
        assert raster.with_name(f"many_{id}.tif").read_bytes() == raster.with_name(f"one_{id}.tif").read_bytes()


def test_a_cluster_writes_the_same_store(cluster: Any, raster: Path) -> None:
    how = Settings(threads=2, tile=16)
    run(SUM, raster, raster.with_name("one.zarr"), settings=how)
    with Evaluator(lambda: Program(SUM), 1) as evaluator:
        scenes = open_scenes(evaluator.program, raster)
        task = Task(Source(SUM), None, 10.0, 2**29, scenes, how)
        with scenes.reader() as reader:
            write_store(evaluator, reader, raster.with_name("many.zarr"), task, cluster.scheduler_address)
    files = sorted(path.relative_to(raster.with_name("one.zarr")) for path in raster.parent.glob("one.zarr/**/*"))
    for path in (path for path in files if (raster.with_name("one.zarr") / path).is_file()):
        one, many = (raster.with_name(name) / path for name in ("one.zarr", "many.zarr"))
        assert one.read_bytes() == many.read_bytes(), path


@pytest.mark.parametrize("what", ["worker", "child of V8"])
def test_what_is_killed_is_replaced(cluster: Any, raster: Path, what: str) -> None:
    job(SUM, raster, raster.with_name("one.tif"))
    killed: list[int] = []

    def kill(progress: Progress) -> None:
        if killed or progress.done < progress.total // 3:
            return
        with Client(cluster) as client:
            pids = list(client.run(os.getpid).values())
        victims = pids[:1] if what == "worker" else [child for pid in pids for child in children_of(pid)]
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
        killed.extend(victims)

    on_cluster(cluster, SUM, raster, raster.with_name("many.tif"), kill)
    assert killed
    for id in ("sum", "both"):
        assert raster.with_name(f"many_{id}.tif").read_bytes() == raster.with_name(f"one_{id}.tif").read_bytes()


def test_errors_come_back(cluster: Any, raster: Path) -> None:
    failing = SUM.replace("return { sum", "if (s.A === 23) throw new Error('no'); return { sum")
    with pytest.raises(PixelError, match="Error: no, at the pixel in row") as there:
        on_cluster(cluster, failing, raster, raster.with_name("many.tif"))
    with pytest.raises(PixelError) as here:
        job(failing, raster, raster.with_name("one.tif"))
    assert (str(there.value), there.value.inputs) == (str(here.value), here.value.inputs)
    assert [path.name for path in raster.parent.iterdir()] == ["x.tif"]


def test_a_scheduler_that_is_not_there(raster: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oso_evalscript.rasters.clusters.PATIENCE", 0.5)
    with Evaluator(lambda: Program(SUM), 1) as evaluator:
        scenes = open_scenes(evaluator.program, raster)
        task = Task(Source(SUM), None, 10.0, 2**29, scenes, Settings())
        crew = crew_of("tcp://127.0.0.1:1", task)
        with pytest.raises(RasterError, match="`foo` is not the address of a scheduler"), crew_of("foo", task)([]):
            pass
        with pytest.raises(RasterError, match=r"the scheduler tcp://127\.0\.0\.1:1 cannot be reached"), crew([]):
            pass


def test_datasets_on_a_cluster(cluster: Any) -> None:
    given = dataset()
    with Client(cluster):
        computed = apply(TWO, given.chunk({"y": 16, "x": 16})).compute()
    assert (computed["both"].values == wanted(given)["both"]).all()
