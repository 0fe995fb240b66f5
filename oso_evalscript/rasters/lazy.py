"""`oso.rasters.apply`: an evalscript on xarray datasets, lazily where their arrays are dask's."""

from __future__ import annotations

import os
import threading
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from oso_evalscript.model.contract import Output
from oso_evalscript.model.errors import ArrayError, OsoError, PixelError, ScriptCrashed
from oso_evalscript.model.text import AnySource, Source
from oso_evalscript.rasters.evaluating import moved
from oso_evalscript.rasters.grid import Window
from oso_evalscript.rasters.scaling import DN
from oso_evalscript.rasters.writing import dtype_of
from oso_evalscript.runtime.program import Order, Program
from oso_evalscript.runtime.scene import Scene

_MASK = "dataMask"
_FILL = ("_FillValue", "nodata", "missing_value")

Datasets: TypeAlias = "xr.Dataset | Mapping[str, xr.Dataset]"
"""The bands of one input; for a script with several inputs a mapping from their names to that."""


@dataclass(frozen=True, slots=True)
class _Recipe:
    """All that a worker process needs to run a script; can be sent there.

    Attributes:
        source: the script.
        collection: where the bands come from.
        timeout: seconds for each block.
        memory: bytes for the process.
        units: the unit of the numbers.
        order: which scene comes first.
        offset: what is added to digital numbers.
    """

    source: Source
    collection: str | tuple[tuple[str, str], ...] | None
    timeout: float
    memory: int
    units: str | None
    order: Order
    offset: float

    def load(self) -> Program:
        """Return the script as a program of its own."""
        collection = dict(self.collection) if isinstance(self.collection, tuple) else self.collection
        return Program(self.source, collection=collection, timeout=self.timeout, memory=self.memory)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all bands share.

    Attributes:
        dims: the names of the two axes, y and x.
        shape: rows and columns.
        times: the moments of each input's scenes; empty where it has one scene without a date.
        fills: the no-data value of each band of each input, where it has one.
    """

    dims: tuple[Hashable, Hashable]
    shape: tuple[int, int]
    times: tuple[tuple[Any, ...], ...]
    fills: tuple[tuple[tuple[str, float], ...], ...]


def apply(
    script: AnySource,
    dataset: Datasets,
    *,
    collection: str | Mapping[str, str] | None = None,
    units: str | None = None,
    order: Order = "mostRecent",
    offset: float = 0,
    timeout: float = 10.0,
    memory: int = 512 * 2**20,
) -> xr.Dataset:
    """Run a script on a dataset; with dask arrays the result is lazy.

    Args:
        script: the script, its text or its path.
        dataset: one variable per band, of dimensions `(y, x)`, or `(time, y, x)` for a series; for several inputs a
            mapping from their names to that. A variable `dataMask` is 1 where there is data; no data is also where a
            band holds its `_FillValue`.
        collection: as for `Program`, as are `timeout` and `memory`.
        units: as for `Program.run`, as are `order` and `offset`.
        order: see there.
        offset: see there.
        timeout: see above.
        memory: see above.

    Returns:
        One variable per output, named by its id, of dimensions `(band, y, x)` and the element type of its sample
        type; the first is called `band_ID` where outputs have different numbers of bands. Coordinates, the CRS among
        them, are those of the dataset.

    Raises:
        ArrayError: a band is missing, the arrays do not fit together, or there is an offset without the unit DN.
        ScriptError: the script does not load; where it fails at a pixel, that is raised when the result is computed.
    """
    if offset and (units or "").upper() != DN:
        raise ArrayError("an offset needs digital numbers: pass units='DN' as well")
    source = Source.of(script)
    where = tuple(collection.items()) if isinstance(collection, Mapping) else collection
    recipe = _Recipe(source, where, timeout, memory, units, order, offset)
    with recipe.load() as program:
        setup, lengthened = program.setup, "updateOutput" in program.hooks
    given = _datasets(dataset, [setup.key(index) for index in range(len(setup.inputs))], fusion=setup.fusion)
    parts = [_bands(each, input.bands) for each, input in zip(given, setup.inputs, strict=True)]
    frame = _frame(given, parts)
    if any(array.chunks is not None for bands in parts for array in bands.values()):
        arrays = _later(recipe, parts, frame, None if lengthened else setup.outputs)
    else:
        plain = [{name: array.values for name, array in bands.items()} for bands in parts]
        arrays = evaluate_chunk(recipe, plain, frame, (0, 0))
    return _dressed(arrays, given[0], frame, setup.outputs)


def evaluate_chunk(
    recipe: Any, bands: Sequence[Mapping[str, NDArray[Any]]], frame: Any, corner: tuple[int, int]
) -> dict[str, NDArray[Any]]:
    """Return the outputs of one chunk, output id → array of shape (band, y, x); runs in any process.

    Args:
        recipe: the script.
        bands: of each input the bands, of shape (y, x) or (time, y, x).
        frame: what the bands share.
        corner: row and column of the chunk in the whole raster.
    """
    program = _program(recipe)
    scenes = _scenes(program, bands, frame)
    height, width = next(iter(bands[0].values())).shape[-2:]

    def attempt() -> dict[str, NDArray[Any]]:
        found = program.run(
            scenes, units=recipe.units, offset=recipe.offset, order=recipe.order, workers=1, shape=(height, width)
        )
        empty = {
            output.id: np.zeros((output.bands, height, width), dtype_of(output)) for output in program.setup.outputs
        }
        return {**empty, **found.arrays}

    try:
        try:
            return attempt()
        except ScriptCrashed:  # its process was killed; the next run starts another
            return attempt()
    except PixelError as error:
        raise moved(error, Window(*corner, height, width)) from None


_programs: dict[tuple[int, _Recipe], Program] = {}
_guard = threading.Lock()
_MAX_PROGRAMS = 4


def _program(recipe: _Recipe) -> Program:
    """The program of a script in this process, loaded once; a fork must not speak to its parent's engine."""
    key = (os.getpid(), recipe)
    with _guard:
        if key not in _programs:
            while len(_programs) >= _MAX_PROGRAMS:
                _programs.pop(next(iter(_programs)))  # it is closed once nobody runs it
            _programs[key] = recipe.load()
        return _programs[key]


os.register_at_fork(after_in_child=lambda: globals().update(_guard=threading.Lock()))


def _datasets(given: Datasets, keys: Sequence[str], *, fusion: bool) -> list[xr.Dataset]:
    if not fusion:
        if not isinstance(given, xr.Dataset):
            raise ArrayError(f"the script has one input: expected an xarray.Dataset, not {type(given).__name__}")
        return [given]
    if isinstance(given, xr.Dataset) or not isinstance(given, Mapping):
        raise ArrayError(f"the script has several inputs: expected a mapping with the datasets of {', '.join(keys)}")
    missing = next((key for key in keys if key not in given), None)
    if missing is not None:
        raise ArrayError(f"the dataset of `{missing}` is missing: expected those of {', '.join(keys)}")
    found = [cast("xr.Dataset", given[key]) for key in keys]
    for key, dataset in zip(keys[1:], found[1:], strict=True):
        for axis in ("y", "x"):
            if _lie_apart(found[0], dataset, axis):
                raise ArrayError(
                    f"the datasets of `{keys[0]}` and `{key}` do not have the same `{axis}`: align them first, for "
                    "example with `one.reindex_like(other, method='nearest')`"
                )
    return found


def _lie_apart(one: xr.Dataset, other: xr.Dataset, axis: str) -> bool:
    """Whether two datasets of one size have coordinates that differ by more than a hundredth of a pixel."""
    if axis not in one.coords or axis not in other.coords or one.sizes.get(axis) != other.sizes.get(axis):
        return False
    here, there = (np.asarray(dataset[axis], np.float64) for dataset in (one, other))
    step = float(np.abs(np.diff(here)).min()) if here.size > 1 else 1.0
    return not np.allclose(here, there, rtol=0, atol=step / 100)


def _bands(dataset: xr.Dataset, wanted: Sequence[str]) -> dict[str, xr.DataArray]:
    """The variables that a script asks for, `time` before the last two axes."""
    names = [name for name in dict.fromkeys([*wanted, _MASK]) if name in dataset.data_vars]
    missing = next((name for name in wanted if name not in names and name != _MASK), None)
    if missing is not None:
        there = ", ".join(map(str, dataset.data_vars)) or "none"
        raise ArrayError(
            f"the script asks for the band {missing}, which the dataset does not have; its variables are: {there}"
        )
    if not names:
        raise ArrayError("the dataset has no variable for a band of the script")
    found = {name: dataset[name] for name in names}
    for name, array in found.items():
        if array.ndim not in (2, 3) or (array.ndim == 3 and "time" not in array.dims):
            raise ArrayError(f"the variable {name} has the dimensions {array.dims}: expected (y, x) or (time, y, x)")
    return {name: array.transpose("time", ...) if "time" in array.dims else array for name, array in found.items()}


def _frame(given: Sequence[xr.Dataset], parts: Sequence[Mapping[str, xr.DataArray]]) -> _Frame:
    first = next(iter(parts[0].values()))
    dims = (first.dims[-2], first.dims[-1])
    for bands in parts:
        for name, array in bands.items():
            if array.dims[-2:] != dims or array.shape[-2:] != first.shape[-2:]:
                own, others = (dict(zip(each.dims[-2:], each.shape[-2:], strict=True)) for each in (array, first))
                raise ArrayError(
                    f"the variable {name} has the axes {own}, others have {others}: align them to one grid"
                )
    times = tuple(
        tuple(dataset["time"].values) if any("time" in array.dims for array in bands.values()) else ()
        for dataset, bands in zip(given, parts, strict=True)
    )
    fills = tuple(tuple((name, fill) for name, array in bands.items() if (fill := _fill(array)) is not None)
                  for bands in parts)  # fmt: skip
    return _Frame(dims, (first.shape[-2], first.shape[-1]), times, fills)


def _fill(array: xr.DataArray) -> float | None:
    """The no-data value of a variable; NaN where xarray has put that in its place."""
    if array.name == _MASK:
        return None
    for key in _FILL:
        if key in array.attrs:
            return float(array.attrs[key])
    masked = array.encoding.get("_FillValue") is not None and array.dtype.kind == "f"
    return float("nan") if masked else None


def _scenes(program: Program, bands: Sequence[Mapping[str, NDArray[Any]]], frame: _Frame) -> Any:
    listed = []
    for each, times, fills in zip(bands, frame.times, frame.fills, strict=True):
        moments = times or (None,)
        listed.append([_scene(each, dict(fills), index, moment) for index, moment in enumerate(moments)])
    if not program.setup.fusion:
        return listed[0]
    return {program.setup.key(index): scenes for index, scenes in enumerate(listed)}


def _scene(bands: Mapping[str, NDArray[Any]], fills: Mapping[str, float], index: int, moment: Any) -> Scene:
    arrays = {name: array[index] if array.ndim == 3 else array for name, array in bands.items()}
    masks = [] if _MASK not in arrays else [arrays[_MASK] != 0]
    for name, fill in fills.items():
        values = arrays[name]
        masks.append(~np.isnan(values) if fill != fill else values != fill)
    if masks:
        arrays[_MASK] = np.logical_and.reduce(masks).astype(np.uint8)
    return Scene(bands=arrays, date=moment)


def _later(
    recipe: _Recipe, parts: Sequence[Mapping[str, xr.DataArray]], frame: _Frame, outputs: Sequence[Output] | None
) -> dict[str, Any]:
    """The outputs, if they are known, as dask arrays: one task for each chunk, which makes all outputs of it."""
    import dask.array as da
    from dask.delayed import delayed

    if outputs is None:
        why = "updateOutput() sets the number of bands, which lazy arrays must know in advance: load them"
        raise OsoError(f"{recipe.source.name}: {why}")
    rows, columns = _chunks(parts)
    blocks = [
        {name: _blocks(array, rows, columns) for name, array in bands.items()} for bands in parts
    ]  # fmt: skip
    grids: dict[str, list[list[Any]]] = {output.id: [] for output in outputs}
    run = delayed(evaluate_chunk, pure=True)
    for y, height in enumerate(rows):
        for output in outputs:
            grids[output.id].append([])
        for x, width in enumerate(columns):
            corner = sum(rows[:y]), sum(columns[:x])
            task = run(recipe, [{name: each[y][x] for name, each in bands.items()} for bands in blocks], frame, corner)
            for output in outputs:
                shape = (output.bands, height, width)
                grids[output.id][-1].append(da.from_delayed(task[output.id], shape, dtype=dtype_of(output)))
    return {id: da.block(grid) for id, grid in grids.items()}


def _chunks(parts: Sequence[Mapping[str, xr.DataArray]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Heights of the rows and widths of the columns of chunks: those of the first band that has any."""
    first = next(array for bands in parts for array in bands.values() if array.chunks is not None)
    chunks = first.chunks or ()
    return chunks[-2], chunks[-1]


def _blocks(array: xr.DataArray, rows: tuple[int, ...], columns: tuple[int, ...]) -> list[list[Any]]:
    """The chunks of a band as delayed arrays; all moments of a series lie in one."""
    import dask.array as da

    data = array.data if array.chunks is not None else da.from_array(array.values)
    series = (array.sizes["time"],) if array.ndim == 3 else ()
    tasks = data.rechunk((*([series] if series else []), rows, columns)).to_delayed()
    plain = tasks[0] if series else tasks
    return [list(row) for row in plain]


def _dressed(arrays: Mapping[str, Any], first: xr.Dataset, frame: _Frame, outputs: Sequence[Output]) -> xr.Dataset:
    """The outputs as a dataset on the coordinates of the first input."""
    kept = {name: value for name, value in first.coords.items() if "time" not in value.dims and name != "time"}
    said = (each.get("grid_mapping") for array in first.data_vars.values() for each in (array.attrs, array.encoding))
    mapping = next((name for name in said if name), None)
    images = [output for output in outputs if output.bands]
    alike = len({arrays[output.id].shape[0] for output in images}) < 2  # a dimension has one length in a dataset
    variables = {}
    for output in images:
        attributes: dict[str, Any] = {"sample_type": str(output.sample_type)}
        attributes |= {} if output.nodata is None else {"_FillValue": output.nodata}
        attributes |= {} if mapping is None else {"grid_mapping": mapping}
        dims = ("band" if alike else f"band_{output.id}", *frame.dims)
        variables[output.id] = xr.DataArray(arrays[output.id], dims=dims, attrs=attributes)
    return xr.Dataset(variables, coords=kept, attrs=dict(first.attrs))
