"""Properties: claims about a script that hold for every input, or fail on a smallest one.

A property looks at a `Block`: inputs and what the script made of them. It is the same whether the inputs are a
whole domain (`sweep.py`) or drawn (`sampling.py`); which of the two it was is said by the verdict, never mixed up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.contract import Mosaicking, Output, SampleType, Setup
from oso_evalscript.model.errors import ArrayError
from oso_evalscript.model.nomenclature import Nomenclature
from oso_evalscript.testing.compare import unequal

Array: TypeAlias = NDArray[Any]
Reference: TypeAlias = Callable[[Mapping[str, Array]], Mapping[str, Array]]
"""What a script should make of its inputs: bands that broadcast against each other → output id → (band, …)."""

BASIC = ("total", "keeps_contract", "fits_sample_type", "deterministic", "pixelwise")
"""The properties that every script should have, whatever it means."""

STORES_NOTHING = "it stores nothing for any input"
"""Why nothing can be said of the values of a script."""

_FULL_ALPHA = {SampleType.UINT8: 255, SampleType.UINT16: 65535, SampleType.AUTO: 255}


class Outcome(StrEnum):
    """The outcome of a property."""

    PROVED = "proved"  # on every input there is
    UNREFUTED = "no counterexample"  # in those that were drawn
    REFUTED = "fails"
    NOT_APPLICABLE = "does not apply"
    UNDECIDED = "not decided"


@dataclass(frozen=True, slots=True)
class Counterexample:
    """The smallest input that was found on which a property fails.

    Attributes:
        inputs: `samples` there: band → number, or lists of such.
        outputs: output id → stored values; None where the script failed.
        expected: what they should be, or `color` for that of a picture; None where the property does not say.
        line: the line of the script that gave the value, None where that is not known.
    """

    inputs: Mapping[str, Any]
    outputs: Mapping[str, tuple[float, ...]] | None = None
    expected: Mapping[str, tuple[float, ...]] | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on a property of a script.

    Attributes:
        name: the name of the property.
        outcome: whether it holds.
        message: the outcome as a sentence.
        tried: the number of inputs that were tried.
        failing: the number of inputs on which it fails, as far as counted.
        counterexample: the smallest failing input, if any.
        notes: remarks, such as the share of clamped values.
    """

    name: str
    outcome: Outcome
    message: str
    tried: int = 0
    failing: int = 0
    counterexample: Counterexample | None = None
    notes: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether no counterexample was found."""
        return self.outcome is not Outcome.REFUTED

    def __bool__(self) -> bool:
        """Whether it was looked at, and nothing speaks against it."""
        return self.outcome in (Outcome.PROVED, Outcome.UNREFUTED)

    def __str__(self) -> str:
        lines = [] if self.counterexample is None else described(self.counterexample)
        lines += [f"note      {note}" for note in self.notes]
        return "\n".join([f"{self.name}: {self.message}", *(f"  {line}" for line in lines)])


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some inputs and what a script made of them.

    Attributes:
        setup: the contract.
        inputs: band → values; they broadcast to the common shape.
        outputs: output id → array of shape (band, *common shape).
        shape: the common shape.
    """

    setup: Setup
    inputs: Mapping[str, Array]
    outputs: Mapping[str, Array]
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Property:
    """A claim about single pixels.

    Attributes:
        name: its name on the command line.
        claim: what holds, as it reads after the script's name.
        fault: the message for a pixel that does not have the property.
        obstacle: why it does not apply to a contract or to stored values; empty if it applies.
        fails: for each input of a block whether the claim fails; broadcast to the block's shape.
        expected: the expected outputs, if known; arrays that broadcast to (band, *shape).
        along: the band whose values are compared with each other, and so have to lie in one block.
    """

    name: str
    claim: str
    fault: str
    obstacle: Callable[[Setup], str]
    fails: Callable[[Block], Array]
    expected: Reference | None = None
    along: str = ""


def delivered(setup: Setup, stored: Mapping[str, Array]) -> Setup:
    """Return a contract with the outputs and the numbers of bands that a run stored; hooks may change the latter."""
    outputs = (output for output in setup.outputs if output.id in stored)
    return replace(setup, outputs=tuple(replace(output, bands=len(stored[output.id])) for output in outputs))


def expected_at(item: Property | None, inputs: Mapping[str, Any]) -> Mapping[str, tuple[float, ...]] | None:
    """Return what the outputs should be for one input; None where a property does not say."""
    if item is None or item.expected is None:
        return None
    wanted = item.expected({name: np.asarray([value]) for name, value in inputs.items()})
    arrays = {id_: np.asarray(array) for id_, array in wanted.items()}
    rows = {id_: len(array) if array.ndim > 1 else 1 for id_, array in arrays.items()}  # one may stand for all bands
    return {id_: tuple(array.reshape(rows[id_], -1)[:, 0].tolist()) for id_, array in arrays.items()}


def described(example: Counterexample) -> list[str]:
    """Return a counterexample as a few aligned lines."""
    rows = [("input", f"{band} = {input_word(value)}") for band, value in example.inputs.items()]
    rows += [("stored", f"{id_}: {_words(values)}") for id_, values in (example.outputs or {}).items()]
    rows += [("expected", f"{id_}: {_words(values)}") for id_, values in (example.expected or {}).items()]
    rows += [("line", str(example.line))] if example.line is not None else []
    return [f"{label:<8}  {text}" for label, text in rows]


def input_word(value: Any) -> str:
    """Return an input as it may be typed in again: no digit is left out."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{band}: {input_word(item)}' for band, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(input_word, value))}]"
    return str(int(value)) if math.isfinite(value) and value == int(value) else repr(float(value))


def _words(values: Iterable[float]) -> str:
    return ", ".join(f"{value:.9g}" for value in values)  # as many digits as tell float32 values apart


def masked_is_transparent() -> Property:
    """Where dataMask is 0, the last band of every output of 2 or 4 bands is 0."""
    return Property(
        "masked_is_transparent",
        "is transparent where there is no data",
        "is not transparent although dataMask is 0",
        lambda setup: _needs_mask(setup) or ("" if _pictures(setup) else "it has no output of 2 or 4 bands"),
        lambda block: _no_data(block) & _any(block.outputs[output.id][-1] != 0 for output in _pictures(block.setup)),
    )


def masked_is_nodata(value: float | None = None) -> Property:
    """Where dataMask is 0, every band has the no-data value of the output, or the given one."""

    def marked(setup: Setup) -> list[tuple[Output, float]]:
        found = [(output, output.nodata if value is None else value) for output in setup.outputs]
        return [(output, nodata) for output, nodata in found if nodata is not None and output.bands]

    def fails(block: Block) -> Array:
        wrong = (
            unequal(block.outputs[output.id], np.asarray(nodata)).any(axis=0) for output, nodata in marked(block.setup)
        )
        return np.asarray(_no_data(block) & _any(wrong))

    return Property(
        "masked_is_nodata",
        "has the no-data value where there is no data",
        "does not have the no-data value although dataMask is 0",
        lambda setup: _needs_mask(setup) or ("" if marked(setup) else "no output has a nodataValue"),
        fails,
    )


def palette_exact(nomenclature: Nomenclature, band: str, *, where: Callable[[Block], Array] | None = None) -> Property:
    """Every class has exactly its colour, in the first three bands of the first colour output."""
    table = np.array([*(item.color.rgb for item in nomenclature.classes), (0, 0, 0)], np.int64)

    def expected(inputs: Mapping[str, Array]) -> Mapping[str, Array]:
        return {"color": np.moveaxis(table[_places(nomenclature, inputs[band])], -1, 0)}

    def fails(block: Block) -> Array:
        picture = block.outputs[_colored(block.setup)[0].id][:3]
        asked = (_places(nomenclature, block.inputs[band]) >= 0) & ~_no_data(block)
        if where is not None:
            asked = asked & where(block)
        wanted = np.broadcast_to(expected(block.inputs)["color"], picture.shape)
        mask: Array = asked & (picture != wanted).any(axis=0)
        return mask

    return Property(
        "palette_exact",
        f"gives every class of {nomenclature.id} its colour",
        f"is not the colour of its class in {nomenclature.id}",
        lambda setup: _needs(setup, band) or ("" if _colored(setup) else "it has no output of 3 or 4 bands of 8 bits"),
        fails,
        expected,
    )


def no_foreign_color(nomenclature: Nomenclature, band: str) -> Property:
    """A code outside the nomenclature is transparent, or does not have the colour of a class."""
    packed = np.array(
        [int(item.color.rgb[0]) << 16 | item.color.rgb[1] << 8 | item.color.rgb[2] for item in nomenclature.classes]
    )

    def fails(block: Block) -> Array:
        picture = block.outputs[_colored(block.setup)[0].id]
        colors = picture[0].astype(np.int64) << 16 | picture[1].astype(np.int64) << 8 | picture[2]
        painted = np.isin(colors, packed)
        if len(picture) == 4:
            painted &= picture[3] != 0
        mask: Array = (_places(nomenclature, block.inputs[band]) < 0) & painted
        return mask

    return Property(
        "no_foreign_color",
        f"paints no code outside {nomenclature.id} like one of its classes",
        f"has the colour of a class although its code is not in {nomenclature.id}",
        lambda setup: _needs(setup, band) or ("" if _colored(setup) else "it has no output of 3 or 4 bands of 8 bits"),
        fails,
    )


def _places(nomenclature: Nomenclature, values: Array) -> Array:
    """The place of the class of each value, -1 where its number is the code of none."""
    codes = np.array([*nomenclature.codes, np.nan])  # they ascend; NaN stands behind all numbers, and equals none
    place = np.searchsorted(codes, values)
    return np.where(codes[place] == values, place, -1)


def matches(reference: Reference, *, tolerance: float = 0) -> Property:
    """The script's outputs equal those of a numpy function of the bands; other outputs are ignored."""

    def fails(block: Block) -> Array:
        wanted = reference(block.inputs)
        if not wanted:
            raise ArrayError("the reference gives no output: nothing to compare")
        wrong = (
            unequal(output, _like(output, id_, array), tolerance).any(axis=0)
            for id_, array in wanted.items()
            for output in [_output(block, id_)]
        )
        return _any(wrong)

    return Property(
        "matches",
        "agrees with its reference",
        "differs from the reference",
        lambda setup: _needs_samples(setup) or _needs_values(setup),
        fails,
        reference,
    )


def monotone(band: str, output: str = "default", *, falling: bool = False) -> Property:
    """No band of an output falls or becomes NaN while only `band` rises; needs all inputs."""

    def fails(block: Block) -> Array:
        axis = _axis(block, band)
        array = block.outputs[output]
        below, above = (np.moveaxis(array, axis + 1, -1)[..., part] for part in (slice(None, -1), slice(1, None)))
        kept = (above <= below if falling else above >= below) | ((below != below) & (above != above))
        wrong = np.zeros((*kept.shape[1:-1], kept.shape[-1] + 1), bool)
        wrong[..., 1:] = ~kept.all(axis=0)
        return np.asarray(np.moveaxis(wrong, -1, axis))

    word = "falls" if not falling else "rises"
    return Property(
        "monotone",
        f"never {word} while {band} rises",
        f"{word} from the next smaller {band}",
        lambda setup: _needs(setup, band) or _has_output(setup, output),
        fails,
        along=band,
    )


def constant_in(band: str) -> Property:
    """`band` alone never changes the output; needs all inputs."""

    def fails(block: Block) -> Array:
        axis = _axis(block, band)
        wrong = []
        for array in block.outputs.values():
            first = np.take(array, [0], axis=axis + 1)
            wrong.append(unequal(array, first).any(axis=0))
        return _any(wrong)

    return Property(
        "constant_in",
        f"does not depend on {band}",
        f"depends on {band}",
        lambda setup: _needs(setup, band) or _needs_values(setup),
        fails,
        along=band,
    )


def _axis(block: Block, band: str) -> int:
    return list(block.inputs).index(band)  # each band has an axis of its own


def _output(block: Block, id: str) -> Array:
    """An output that a reference names."""
    if id not in block.outputs:
        raise ArrayError(f"the reference gives an output `{id}`; those of the script are {', '.join(block.outputs)}")
    return block.outputs[id]


def _like(output: Array, id: str, array: Array) -> Array:
    """What a reference gives for an output, in its shape."""
    wanted = np.asarray(array)
    try:
        return np.broadcast_to(wanted, output.shape)
    except ValueError:
        raise ArrayError(
            f"the reference gives `{id}` the shape {wanted.shape}, which does not broadcast to {output.shape}: "
            "bands first, then the axes of the inputs"
        ) from None


def _any(masks: Any) -> Array:
    result: Array = np.asarray(False)
    for mask in masks:
        result = np.asarray(result | mask)
    return result


def _no_data(block: Block) -> Array:
    mask = block.inputs.get("dataMask")
    missing: Array = np.zeros((), bool) if mask is None else mask == 0
    return missing


def _needs_mask(setup: Setup) -> str:
    return _needs(setup, "dataMask")


def _needs_samples(setup: Setup) -> str:
    return "its samples are lists" if setup.fusion or setup.mosaicking_of(0) is not Mosaicking.SIMPLE else ""


def _needs_values(setup: Setup) -> str:
    return "" if any(output.bands for output in setup.outputs) else STORES_NOTHING


def _needs(setup: Setup, band: str) -> str:
    if lists := _needs_samples(setup):
        return lists
    return "" if band in setup.bands else f"it does not read {band}"


def _has_output(setup: Setup, id: str) -> str:
    return "" if any(output.id == id and output.bands for output in setup.outputs) else f"it has no output {id}"


def _pictures(setup: Setup) -> list[Output]:
    return [output for output in setup.outputs if output.bands in (2, 4) and output.sample_type in _FULL_ALPHA]


def _colored(setup: Setup) -> list[Output]:
    eight = (SampleType.AUTO, SampleType.UINT8)
    return [output for output in setup.outputs if output.bands in (3, 4) and output.sample_type in eight]
