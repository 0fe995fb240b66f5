"""Rasters to Zarr: one store with a variable for each output, made lazily, chunk by chunk, by dask."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import dask
import dask.array as da
import numpy as np
import xarray as xr
import zarr
from dask.base import compute
from dask.delayed import delayed
from numpy.typing import NDArray

from oso_evalscript import __version__
from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters.clusters import Task, connected, evaluate_window
from oso_evalscript.rasters.evaluating import Evaluator
from oso_evalscript.rasters.grid import Grid, Window
from oso_evalscript.rasters.job import (
    Written,
    WrittenFile,
    layouts_of,
    refuse_inputs,
    written_of,
)
from oso_evalscript.rasters.notices import Reported
from oso_evalscript.rasters.reading import Reader
from oso_evalscript.rasters.statistics import BandStatistics, merged, statistics_of
from oso_evalscript.rasters.windows import Evaluated, Layout, WindowRunner
from oso_evalscript.rasters.writing import Facts, band_names, check_room, learn, tags_of
from oso_evalscript.runtime.outputs import Outputs

_Evaluate: TypeAlias = Callable[[Window], Evaluated]
_Known: TypeAlias = tuple[tuple[NDArray[np.float64], ...], Outputs | None]
"""What is kept of a window: the totals of each output, and what the script said."""

_FORMAT: dict[str, Any] = {"zarr_format": 2} if int(zarr.__version__.partition(".")[0]) > 2 else {}
_MARKS = (".zgroup", "zarr.json")
_CRS = "spatial_ref"
_CHECKS = 10


def write_store(
    evaluator: Evaluator, reader: Reader, target: Path, task: Task, scheduler: str | None = None
) -> Written:
    """Run a script over all windows of a reader's grid and write its outputs as one Zarr store, which appears whole.

    Args:
        evaluator: the script.
        reader: the open inputs.
        target: the folder of the store; an older store is replaced.
        task: the job, as the workers of a scheduler see it.
        scheduler: where windows are worked on, as for `crew_of`; by default in threads of this process.

    Raises:
        ScriptError, RasterError: the script failed, or a raster cannot be read or written.
    """
    begun = time.monotonic()
    _check_target(target)
    refuse_inputs([target], reader)
    facts = learn(evaluator.program, __version__)
    layouts = layouts_of(evaluator, reader, task.settings, facts)
    _check_names(layouts)
    check_room(target, reader.grid, [layout.encoding for layout in layouts])
    whole = target.with_name(f".{target.name}.{os.urandom(6).hex()}")
    try:
        with _evaluating(evaluator, reader, replace(task, layouts=tuple(layouts)), scheduler) as (windows, evaluate):
            grid, tile = reader.grid, task.settings.tile
            known = _store(windows, evaluate, _Store(whole, grid, layouts, facts, tile), ordered=not evaluator.pure)
        sizes = [_size(whole / layout.output.id) for layout in layouts]
        _replace(target, whole)
    except OSError as error:
        raise RasterError(f"{target}: cannot be written ({error.strerror or error})") from None
    finally:
        _remove(whole)
    reported = Reported()
    for _, said in known:
        if said is not None:
            reported.take(said)
    files = tuple(
        WrittenFile(layout.output.id, target, size, str(layout.output.sample_type), bands)
        for layout, size, bands in zip(layouts, sizes, _statistics(known, layouts, facts), strict=True)
    )
    options = task.settings.run_options
    return written_of(files, evaluator, reader, layouts, reported, options, seconds=time.monotonic() - begun)


def _check_target(target: Path) -> None:
    if not target.parent.is_dir():
        raise RasterError(f"{target}: cannot be written (No such file or directory)")
    if target.exists() and not any((target / mark).exists() for mark in _MARKS):
        raise RasterError(f"{target}: is there already, and not a Zarr store: remove it, or choose another name")


def _check_names(layouts: Sequence[Layout]) -> None:
    names = [layout.output.id for layout in layouts]
    odd = next(
        (
            name
            for name in names
            if name in ("x", "y", "band", _CRS) or set(name) & set("/\\\0") or not name.strip(". ")
        ),
        None,
    )
    if odd is not None:
        raise RasterError(
            f"the output `{odd}` cannot be the name of a variable in a store: choose another with --output"
        )


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _remove(folder: Path) -> None:
    """Remove a folder, again where zarr, whose tasks outlive one that has failed, brings it back."""
    for _ in range(_CHECKS if folder.exists() else 0):
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.1)
    shutil.rmtree(folder, ignore_errors=True)


def _replace(target: Path, whole: Path) -> None:
    """Put a store in the place of an older one."""
    old = whole.with_name(f"{whole.name}.old")
    if target.exists():
        target.replace(old)
    try:
        whole.replace(target)
    except OSError:
        if old.exists():
            old.replace(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def _evaluating(
    evaluator: Evaluator, reader: Reader, task: Task, scheduler: str | None
) -> Iterator[tuple[list[Window], _Evaluate]]:
    """The windows, and what evaluates one, while dask uses the scheduler that is asked for."""
    how = task.settings
    runner = WindowRunner(evaluator, reader, task.layouts, how.run_options, how.tile)
    if scheduler is None or not evaluator.pure:
        with (
            ThreadPoolExecutor(how.threads if evaluator.pure else 1) as pool,
            dask.config.set(pool=pool, scheduler="threads"),
        ):
            yield list(runner.windows()), runner.evaluate
        return
    with connected(scheduler, how.threads):
        yield list(runner.windows()), functools.partial(evaluate_window, task)


class _Store:
    """A Zarr store that is to be.

    Args:
        path: its folder.
        grid: where its pixels lie.
        layouts: its variables.
        facts: what is known of the script.
        tile: rows and columns of a chunk.
    """

    def __init__(self, path: Path, grid: Grid, layouts: Sequence[Layout], facts: Facts, tile: int) -> None:
        self.layouts = layouts
        self._path = path
        self._grid = grid
        self._facts = facts
        self._tile = tile

    def writing(self, arrays: Sequence[Any]) -> Any:
        """Return what writes dask arrays, one for each variable, once it is computed."""
        pairs = zip(arrays, self.layouts, strict=True)
        variables = {layout.output.id: self._variable(array, layout) for array, layout in pairs}
        chunks = {
            layout.output.id: {"chunks": (layout.output.bands, self._tile, self._tile)} for layout in self.layouts
        }
        dataset = xr.Dataset(variables, coords=self._coordinates())
        return dataset.to_zarr(self._path, mode="w-", compute=False, encoding=chunks, **_FORMAT)

    def _variable(self, array: Any, layout: Layout) -> xr.DataArray:
        output = layout.output
        alike = len({each.output.bands for each in self.layouts}) < 2  # a dimension has one length in a dataset
        said: dict[str, Any] = {**tags_of(output, self._facts), "sample_type": str(output.sample_type)}
        said |= {"long_name": list(band_names(output, self._facts)), "grid_mapping": _CRS}
        said["_CRS"] = {"wkt": self._grid.crs.to_wkt()}  # where GDAL looks
        if layout.nodata is not None:
            said["_FillValue"] = layout.nodata
        return xr.DataArray(array, dims=("band" if alike else f"band_{output.id}", "y", "x"), attrs=said)

    def _coordinates(self) -> dict[str, Any]:
        place = self._grid.transform
        x = place.c + (np.arange(self._grid.width) + 0.5) * place.a
        y = place.f + (np.arange(self._grid.height) + 0.5) * place.e
        said = {"crs_wkt": self._grid.crs.to_wkt(), "GeoTransform": " ".join(map(repr, place.to_gdal()))}
        return {"y": ("y", y), "x": ("x", x), _CRS: xr.DataArray(0, attrs=said)}


def _store(windows: Sequence[Window], evaluate: _Evaluate, store: _Store, *, ordered: bool) -> list[_Known]:
    """Write all windows and return what is known of each; `ordered` has them evaluated one after another."""
    rows: list[list[list[Any]]] = []
    known: list[Any] = []
    for window in windows:
        after = known[-1] if ordered and known else None
        found = delayed(_evaluated, pure=False)(evaluate, tuple(window), after)
        if not window.column:
            rows.append([])
        size = (window.height, window.width)
        rows[-1].append(
            [
                da.from_delayed(found[0][index], (layout.output.bands, *size), dtype=layout.encoding.dtype)
                for index, layout in enumerate(store.layouts)
            ]
        )
        known.append(found[1])
    arrays = [da.block([[parts[index] for parts in row] for row in rows]) for index in range(len(store.layouts))]
    results: list[_Known] = list(compute(store.writing(arrays), *known)[1:])
    return results


def _evaluated(
    evaluate: _Evaluate, window: tuple[int, int, int, int], _after: object
) -> tuple[list[NDArray[Any]], _Known]:
    """The outputs of a window, and what is kept of it; runs on a worker."""
    arrays, said, totals = evaluate(Window(*window))
    return arrays, (totals, None if said is None else replace(said, arrays={}))


def _statistics(
    known: Sequence[_Known], layouts: Sequence[Layout], facts: Facts
) -> Iterator[tuple[BandStatistics, ...]]:
    for index, layout in enumerate(layouts):
        totals = merged([each[index] for each, _ in known])
        yield statistics_of(band_names(layout.output, facts), totals)
