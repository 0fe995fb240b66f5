"""The stack: scenes arranged in slots, as an input's mosaicking wants them, and read as the script sees them.

A slot is what one element of `samples` comes from: a UTC day under ORBIT (documented: one per orbit, implemented as
one per day), a scene under TILE, everything under SIMPLE. Scenes of one slot are laid over each other, the first with
data winning. The order is that of the request's `mosaickingOrder`, by default the newest first (observed).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from oso_evalscript.model.catalog import Collection, candidates
from oso_evalscript.model.contract import Input, Mosaicking, Setup
from oso_evalscript.model.errors import ArrayError, OsoError
from oso_evalscript.runtime.scene import Scene

Array: TypeAlias = NDArray[Any]

_WORDS = {
    "units='DN'": "--units DN",
    "collection='S2L2A'": "--collection S2L2A",
    "Scene(date=…, bands=…), or a date in the name of the .npz file": "put one into the name of the .npz file",
    "Scene(cloud_coverage=…)": "put a number `cloud_coverage` into the .npz file",
}
"""What arguments are on the command line."""

_SAME_TYPE = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")


_NODATA = {"CLM": 255.0}
"""What stands in a band where there is no data, if not the collection's value (user guide on cloud masks)."""


class MosaickingOrder(StrEnum):
    """Which scene comes first, in the words of the service's requests."""

    MOST_RECENT = "mostRecent"
    LEAST_RECENT = "leastRecent"
    LEAST_CLOUDS = "leastCC"


@dataclass(frozen=True, slots=True)
class Stack:
    """The scenes of one input, in slots.

    Attributes:
        key: the input's name in data fusion.
        input: the input.
        mosaicking: how its scenes combine.
        collection: where its bands come from, None where that is not known.
        slots: the scenes of each slot, the uppermost first.
        order: which scene comes first.
    """

    key: str
    input: Input
    mosaicking: Mosaicking
    collection: Collection | None
    slots: tuple[tuple[Scene, ...], ...]
    order: MosaickingOrder = MosaickingOrder.MOST_RECENT

    def chosen(self, slots: Sequence[int]) -> Stack:
        """Return the stack with the slots of those numbers alone, in that order."""
        return replace(self, slots=tuple(self.slots[index] for index in slots))


def arrange(
    setup: Setup,
    scenes: Sequence[tuple[Scene, ...]],
    collections: Sequence[Collection | None],
    order: str | Mapping[str, str],
) -> tuple[Stack, ...]:
    """Return one stack for each input.

    Args:
        setup: the contract of the script.
        scenes: those of each input.
        collections: where they come from, None where that is not known.
        order: which scene comes first; for several inputs a mapping from their names, where they differ.

    Raises:
        ArrayError: a scene lacks the date or cloud coverage that its order needs.
        OsoError: an order is not one of `MosaickingOrder`.
    """
    stacks = []
    for index, (input, given, collection) in enumerate(zip(setup.inputs, scenes, collections, strict=True)):
        mosaicking = setup.mosaicking_of(index)
        key = setup.key(index)
        own = read_order(order.get(key, MosaickingOrder.MOST_RECENT) if isinstance(order, Mapping) else order)
        slots = _slots(mosaicking, _ordered(given, mosaicking, own)) if given or not setup.fusion else ()
        stacks.append(Stack(key, input, mosaicking, collection, slots, own))
    return tuple(stacks)


def describe(stack: Stack, span: tuple[dt.datetime, dt.datetime] | None) -> dict[str, Any]:
    """Return what the hooks and evaluatePixel learn of a stack's scenes, for the stage.

    Args:
        stack: the scenes.
        span: the time range of the request; by default from the first day of the scenes to the last.
    """
    times = [scene.time for slot in stack.slots for scene in slot if scene.time is not None]
    begin, end = span or ((_day(min(times)), _day_end(max(times))) if times else (None, None))
    bounds = "bounds" in stack.input.metadata
    return {
        "key": stack.key,
        "mosaicking": stack.mosaicking.value,
        "from": _written(begin),
        "to": _written(end),
        "slots": [_described_slot(slot, bounds) for slot in stack.slots],
    }


def read(
    stack: Stack, units: str | None, shape: tuple[int, int], *, blank: bool = True, offset: float = 0
) -> dict[str, list[Array]]:
    """Return the bands of one input as the script sees them.

    Args:
        stack: the input's scenes.
        units: the unit of the arrays of scenes that do not say theirs.
        shape: rows and columns of every scene.
        blank: whether bands hold the no-data value where `dataMask` is 0, as at the service.
        offset: what is added to the digital numbers of scenes that do not say theirs.

    Returns:
        band → one array of that shape per slot, all of one element type that V8 has too.

    Raises:
        ArrayError: a band is missing, or an array is not in the unit the script asks for.
    """
    slots = [_flattened(stack, slot, units, shape, blank=blank, offset=offset) for slot in stack.slots]
    return {name: _one_type([slot[name] for slot in slots]) for name in stack.input.bands}


def doubts(stack: Stack, bands: Mapping[str, Sequence[Array]]) -> tuple[str, ...]:
    """Return a sentence about bands that may be digital numbers, where nothing says what their values mean.

    Args:
        stack: the input's scenes.
        bands: what `read` returned for them.
    """
    if stack.collection is not None or stack.input.units:
        return ()
    whole = {
        name: max(int(array.max(initial=0)) for array in bands[name])
        for name in _of_reflectance(stack.input.bands)
        if bands[name] and bands[name][0].dtype.kind in "iu"
    }
    found = {name: largest for name, largest in whole.items() if largest > 1}
    if not found:
        return ()
    names, holds = ", ".join(found), "holds" if len(found) == 1 else "hold"
    return (
        f"{names} {holds} whole numbers up to {max(found.values())}, taken as they are because the collection is not "
        "known; if they are digital numbers, name the collection and the unit DN",
    )


@cache
def _of_reflectance(bands: tuple[str, ...]) -> tuple[str, ...]:
    """Those bands that are reflectance in every collection that has them all."""
    found = candidates(bands)
    units = {name: {band.units[0] for item in found if (band := item.band(name))} for name in bands}
    return tuple(name for name in bands if units[name] == {"REFLECTANCE"})


def data_mask(stacks: Sequence[Stack], shape: tuple[int, int]) -> Array | None:
    """Return for each pixel whether any scene has data there; None where all have some everywhere.

    Args:
        stacks: the scenes of each input.
        shape: rows and columns of every scene.
    """
    found = np.zeros(shape, np.bool_)
    for scene in (scene for stack in stacks for slot in stack.slots for scene in slot):
        if "dataMask" not in scene.bands:
            return None
        found |= _array("dataMask", scene.bands["dataMask"]) != 0
    return None if found.all() else found


def read_order(given: str) -> MosaickingOrder:
    """Return which scene comes first.

    Raises:
        OsoError: it is no word for that.
    """
    try:
        return MosaickingOrder(given)
    except ValueError:
        raise OsoError(f"order={given!r}: expected one of {', '.join(MosaickingOrder)}") from None


def _ordered(scenes: tuple[Scene, ...], mosaicking: Mosaicking, order: MosaickingOrder) -> list[Scene]:
    undated = next((i for i, scene in enumerate(scenes) if scene.time is None), None)
    if undated is not None and mosaicking is not Mosaicking.SIMPLE:
        raise ArrayError(
            f"scene {undated} has no date, which scripts can read under {mosaicking}: "
            "Scene(date=…, bands=…), or a date in the name of the .npz file",
            options=_WORDS,
        )
    if order is MosaickingOrder.LEAST_CLOUDS:
        missing = next((i for i, scene in enumerate(scenes) if scene.cloud_coverage is None), None)
        if missing is not None:
            raise ArrayError(
                f"scene {missing} has no cloud coverage, and the order is leastCC: Scene(cloud_coverage=…)",
                options=_WORDS,
            )
        return sorted(scenes, key=lambda scene: scene.cloud_coverage or 0.0)
    if undated is None:
        newest_first = order is MosaickingOrder.MOST_RECENT
        return sorted(scenes, key=lambda scene: scene.time or dt.datetime.min, reverse=newest_first)
    if any(scene.time is not None for scene in scenes):
        raise ArrayError(f"scene {undated} has no date while others have one: their order is unknown")
    return list(scenes)  # as handed over, the uppermost first


def _slots(mosaicking: Mosaicking, scenes: list[Scene]) -> tuple[tuple[Scene, ...], ...]:
    if mosaicking is Mosaicking.SIMPLE:
        return (tuple(scenes),)
    if mosaicking is Mosaicking.TILE:
        return tuple((scene,) for scene in scenes)
    days: dict[dt.date | None, list[Scene]] = {}
    for scene in scenes:
        days.setdefault(scene.time.date() if scene.time else None, []).append(scene)
    return tuple(tuple(day) for day in days.values())


def _described_slot(slot: tuple[Scene, ...], bounds: bool) -> dict[str, Any]:
    times = [scene.time for scene in slot if scene.time is not None]
    return {
        "dateFrom": _written(_day(min(times))) if times else None,
        "dateTo": _written(_day_end(max(times))) if times else None,
        "tiles": [_described_scene(scene, bounds) for scene in slot],
    }


def _described_scene(scene: Scene, bounds: bool) -> dict[str, Any]:
    """The documented fields as far as they are known, and those that the scene brings."""
    fields = {
        "date": _written(scene.time),
        "cloudCoverage": scene.cloud_coverage,
        "dataPath": scene.data_path,
        "shId": scene.id,
        "dataGeometry": dict(scene.geometry) if bounds and scene.geometry is not None else None,
        "dataEnvelope": _envelope(scene.geometry) if bounds and scene.geometry is not None else None,
    }
    return {**scene.fields, **{name: value for name, value in fields.items() if value is not None}}


def _envelope(geometry: Mapping[str, Any]) -> dict[str, Any]:
    """The box around a GeoJSON geometry, as a polygon."""
    found = _pairs(geometry.get("coordinates", []))
    if not found or not all(len(pair) == 2 and isinstance(number, int | float) for pair in found for number in pair):
        raise ArrayError("the geometry of a scene has no coordinates: expected a GeoJSON polygon")
    pairs = np.array(found, dtype=float)
    (left, bottom), (right, top) = pairs.min(axis=0).tolist(), pairs.max(axis=0).tolist()
    ring = [[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]]
    return {**geometry, "type": "Polygon", "coordinates": [ring]}


def _pairs(coordinates: Any) -> list[Any]:
    if not isinstance(coordinates, Sequence) or isinstance(coordinates, str) or not coordinates:
        return []
    if not isinstance(coordinates[0], Sequence):
        return [coordinates[:2]]
    return [pair for item in coordinates for pair in _pairs(item)]


def _day(time: dt.datetime) -> dt.datetime:
    return time.replace(hour=0, minute=0, second=0, microsecond=0)


def _day_end(time: dt.datetime) -> dt.datetime:
    return time.replace(hour=23, minute=59, second=59, microsecond=0)


def _written(time: dt.datetime | None) -> str | None:
    """A moment as the service writes it: with fractions of a second where it has some (observed)."""
    if time is None:
        return None
    parts = "seconds" if not time.microsecond else "microseconds" if time.microsecond % 1000 else "milliseconds"
    return f"{time.replace(tzinfo=None).isoformat(timespec=parts)}Z"


def common_shape(stacks: Sequence[Stack]) -> tuple[int, int] | None:
    """Return the shape of the arrays that are asked for, where none is of all that are there; None without any.

    Raises:
        ArrayError: an array has not two axes, or they differ.
    """
    named = [
        (f"{name}{_where(stack, slot)}", name, band, name in stack.input.bands or name == "dataMask")
        for stack in stacks
        for slot in stack.slots
        for scene in slot
        for name, band in scene.bands.items()
    ]
    asked = [entry for entry in named if entry[3]] or named
    wanted = [(label, _array(name, band).shape) for label, name, band, _ in asked]
    for name, shape in wanted:
        if len(shape) != 2:
            raise ArrayError(f"the band {name} has the shape {shape}: expected (y, x)")
    if len({shape for _, shape in wanted}) > 1:
        sizes = ", ".join(f"{name} {shape}" for name, shape in wanted[:8]) + (" …" if len(wanted) > 8 else "")
        raise ArrayError(f"all bands of all scenes must have the same shape, but these differ: {sizes}")
    return wanted[0][1] if wanted else None


def _where(stack: Stack, slot: tuple[Scene, ...]) -> str:
    """Which slot, where there are several."""
    if len(stack.slots) == 1:
        return ""
    time = slot[0].time
    return f" of {time:%Y-%m-%d}" if time else ""


def _flattened(
    stack: Stack, slot: tuple[Scene, ...], units: str | None, size: tuple[int, int], *, blank: bool, offset: float
) -> dict[str, Array]:
    """The bands of one slot: its scenes over each other, no data where none has any."""
    nodata = 0.0 if stack.collection is None else stack.collection.nodata
    if not slot:  # no scene at all: SIMPLE still gives a sample (inferred)
        empty = {name: np.broadcast_to(np.float32(_NODATA.get(name, nodata)), size) for name in stack.input.bands}
        return {**empty, "dataMask": np.broadcast_to(np.uint8(0), size)}
    layers = [_layer(stack, scene, units, size, offset) for scene in slot]
    bands = dict(layers[0])
    mask = bands["dataMask"]
    for layer in layers[1:]:
        fill = (mask == 0) & (layer["dataMask"] != 0)
        if fill.any():
            bands = {name: np.where(fill, layer[name], band) for name, band in bands.items()}
            mask = bands["dataMask"]
    if blank and mask.size and not (mask[:1, :1] if mask.strides == (0, 0) else mask).all():
        bands = {
            name: band if name == "dataMask" else _blanked(band, mask, _NODATA.get(name, nodata))
            for name, band in bands.items()
        }
    return bands


def _layer(stack: Stack, scene: Scene, units: str | None, size: tuple[int, int], offset: float) -> dict[str, Array]:
    """The bands of one scene that are asked for, and its dataMask, in V8's types and the units asked for."""
    missing = [name for name in stack.input.bands if name not in scene.bands and name != "dataMask"]
    if missing:
        there = ", ".join(scene.bands) or "none"
        raise ArrayError(
            f"the script asks for the band {missing[0]}, which the scene does not have; its bands are: {there}"
        )
    wanted = dict.fromkeys([*stack.input.bands, "dataMask"])
    arrays = {name: _array(name, scene.bands[name]) for name in wanted if name in scene.bands}
    own = scene.units or units
    offset = offset if scene.offset is None else scene.offset
    if offset:
        arrays = {name: _harmonised(stack, name, array, own, offset) for name, array in arrays.items()}
    given = {name: _in_unit(stack, name, array, own) for name, array in arrays.items()}
    mask = given.get("dataMask")
    if mask is None:
        given["dataMask"] = np.broadcast_to(np.uint8(1), size)
    elif (stray := _stray(mask)) is not None:
        raise ArrayError(f"dataMask contains {stray:g}: expected 1 where there is data and 0 elsewhere")
    return given


def _array(name: str, band: ArrayLike) -> Array:
    """A band as an array; one with a mask of its own is refused, for the script would see what the mask hides."""
    if hasattr(band, "mask") and np.ma.is_masked(band):  # for other arrays `np.ma`, which takes 10 ms, is not loaded
        raise ArrayError(
            f"the band {name} is a masked array, whose mask scripts cannot see: pass its `.data`, and a band dataMask "
            "that is 0 where it is masked"
        )
    try:
        return np.asarray(band)
    except (TypeError, ValueError) as error:
        raise ArrayError(f"the band {name} is not an array of shape (y, x): {error}") from None


def _stray(mask: Array) -> float | None:
    """A value that is neither 0 nor 1, None where there is none."""
    if not mask.size or (mask.dtype == np.uint8 and mask.max() <= 1):
        return None
    stray = (mask != 0) & (mask != 1)
    return float(mask[stray][0]) if stray.any() else None


def _harmonised(stack: Stack, name: str, array: Array, given: str | None, offset: float) -> Array:
    """Raw digital numbers as the service gives them: with the product's offset, cut off at 0 (documented)."""
    known = None if stack.collection is None else stack.collection.band(name)
    if (given or "").upper() != "DN":
        raise ArrayError("an offset needs digital numbers: pass units='DN' as well", options=_WORDS)
    if stack.collection is None:
        raise ArrayError(
            f"an offset of {offset:g} needs a collection, as in collection='S2L2A'",
            options=_WORDS,
        )
    if known is None or known.factor("REFLECTANCE") is None:  # classes, masks, angles
        return array
    return np.maximum(np.add(array, offset, dtype=np.float64), 0)


def _in_unit(stack: Stack, name: str, array: Array, given: str | None) -> Array:
    """A band in the unit that the script asks for, in an element type of V8."""
    band = element_type(name, array)
    known = None if stack.collection is None else stack.collection.band(name)
    wanted = dict(zip(stack.input.bands, stack.input.units, strict=False)).get(name) or (known and known.units[0])
    if name == "dataMask" or not wanted:
        if given and stack.collection is None and name != "dataMask":
            raise ArrayError(f"units {given} need a collection, as in collection='S2L2A'", options=_WORDS)
        return band
    wanted = wanted.upper()
    if given is None:
        if wanted == "REFLECTANCE" and array.dtype.kind in "iu" and array.size and array.max() > 1:
            raise ArrayError(
                f"the script asks for {name} in REFLECTANCE, and whole numbers ({array.dtype}) up to {array.max()} "
                "are not reflectance: if the arrays are digital numbers, pass units='DN'",
                options=_WORDS,
            )
        return band
    given = given.upper()
    if given == wanted or (known is not None and given != "DN" and known.unit(given) is None):
        return band
    if known is None:
        raise ArrayError(f"units {given} need a collection, as in collection='S2L2A'", options=_WORDS)
    here, there = known.factor(given), known.factor(wanted)
    if here is None or there is None:
        raise ArrayError(f"cannot convert {name} from {given} to {wanted}; pass it in {wanted}")
    digital = band / here if here != 1.0 else band
    # A digital number is a whole one; 0.0797 / 0.0001 is not, by a rounding error.
    return np.rint(digital) if there == 1.0 else np.multiply(digital, there, dtype=np.float64)  # in doubles (observed)


def _blanked(band: Array, mask: Array, nodata: float) -> Array:
    """A band with the no-data value where the mask is 0."""
    if nodata != nodata and band.dtype.kind in "iu":
        band = band.astype(np.float32 if band.dtype.itemsize <= 2 else np.float64)
    outside = band[mask == 0]
    if (np.isnan(outside) if nodata != nodata else outside == nodata).all():
        return band
    return np.where(mask != 0, band, band.dtype.type(nodata))


def _one_type(arrays: list[Array]) -> list[Array]:
    """The slots of one band in one element type, one that V8 has too."""
    if not arrays:
        return arrays
    common = np.result_type(*(array.dtype for array in arrays))
    # Scenes laid over each other may have made a type of their own: int32 and uint32 give int64.
    kind = common if common.name in _SAME_TYPE else np.dtype(np.float64)
    return [array.astype(kind, copy=False) for array in arrays]


def element_type(name: str, band: Array) -> Array:
    """Return a band in an element type that V8 has too.

    Raises:
        ArrayError: it holds something else than numbers that JavaScript can hold.
    """
    kind = band.dtype.newbyteorder("=")
    if kind.name in _SAME_TYPE:
        return band.astype(kind, copy=False)
    if kind == np.bool_:
        return band.astype(np.uint8)
    if kind == np.float16:
        return band.astype(np.float32)
    if kind.kind in "iu":
        if band.size and max(abs(int(band.max())), abs(int(band.min()))) > 2**53:
            raise ArrayError(
                f"the band {name} ({kind}) has whole numbers beyond 2^53, which JavaScript cannot represent"
            )
        return band.astype(np.float64)
    raise ArrayError(f"the band {name} has the element type {kind}: expected whole or floating-point numbers")
