"""Remarks: what a run is told of its pixels beside their values, counted, where the service may see it otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.contract import Output, SampleType
from oso_evalscript.runtime.blocks import Notes
from oso_evalscript.runtime.kernel import MARKS
from oso_evalscript.runtime.run import Run
from oso_evalscript.runtime.stack import Array

_PICTURES = (SampleType.AUTO, SampleType.UINT8)
_COLORS = {(0, 0, 0): "black", (255, 255, 255): "white"}


@dataclass(frozen=True, slots=True)
class Remarks:
    """What there is to say of a run.

    Attributes:
        notices: sentences.
        unanswered: at how many pixels with data evaluatePixel returned nothing.
        dropped: which values were too many at the first pixel with such, in words; empty if there is none.
    """

    notices: tuple[str, ...] = ()
    unanswered: int = 0
    dropped: str = ""


def count(notes: Notes | None, mark: str) -> int:
    """Return how many pixels have a mark.

    Args:
        notes: what the kernels noted.
        mark: a name of `kernel.MARKS`.
    """
    return 0 if notes is None else int(np.count_nonzero(having(notes, mark)))


def having(notes: Notes, mark: str) -> NDArray[np.bool_]:
    """Return for each pixel whether it has a mark.

    Args:
        notes: what the kernels noted.
        mark: a name of `kernel.MARKS`.
    """
    marked: NDArray[np.bool_] = (notes.marks & MARKS[mark]) != 0
    return marked


def first(notes: Notes | None, mark: str) -> int:
    """Return the first pixel that has a mark; 0 where none has."""
    return 0 if notes is None else int(np.argmax(having(notes, mark)))


def remarks(run: Run, notes: Notes | None, arrays: Mapping[str, Array]) -> Remarks:
    """Return the remarks on a run.

    Args:
        run: what was run.
        notes: what the kernels noted.
        arrays: the results; none where user data alone is wanted.
    """
    pictures = [output for output in run.shape.outputs if output.id in arrays and _is_picture(output)]
    if notes is None and not pictures:
        return Remarks()
    data = run.data()
    notices: list[str] = []
    unanswered, dropped = 0, ""
    if notes is not None:
        if arrays:
            unanswered = int(np.count_nonzero(having(notes, "nothing") & data))
            notices += _silence(notes, unanswered)
        if dropped := _dropped(run, notes):
            notices.append(f"{dropped} ({_at(run, notes, 'surplus', count(notes, 'surplus'))})")
        notices += _foreign(run, notes)
    if pictures and not data.all():
        notices += [_look(arrays[output.id].reshape(output.bands, -1), ~data) for output in pictures]
    return Remarks(tuple(filter(None, notices)), unanswered, dropped)


def _silence(notes: Notes, unanswered: int) -> list[str]:
    found = []
    without = count(notes, "nothing") - unanswered
    if unanswered:
        found.append(
            f"{_pixels(unanswered)} with data {_verb(unanswered, 'returns', 'return')} nothing, stored as 0; the "
            "service may answer `Script must return an array.`"
        )
    if without:
        found.append(f"{_pixels(without)} without data {_verb(without, 'returns', 'return')} nothing, stored as 0")
    return found


def _dropped(run: Run, notes: Notes) -> str:
    if not count(notes, "surplus"):
        return ""
    index, length = notes.surplus
    output = run.shape.outputs[index]
    more = length - output.bands
    which = f"{more} are" if more > 1 else "1 is"
    return f"{length} values for {_bands(output.bands)} of the output `{output.id}`: the last {which} dropped"


def _foreign(run: Run, notes: Notes) -> list[str]:
    pixels = count(notes, "foreign")
    if not pixels:
        return []
    index, band, what = notes.foreign
    output = run.shape.outputs[index]
    what = "undefined" if what == "nothing" else what
    stored = "NaN" if output.sample_type is SampleType.FLOAT32 else "0"
    return [
        f"value {band + 1} of the output `{output.id}` is {what}, not a number: stored as {stored} "
        f"({_at(run, notes, 'foreign', pixels)}); the service may answer `Script must return an array.`"
    ]


def _is_picture(output: Output) -> bool:
    """Whether an output is a picture without alpha."""
    return output.bands == 3 and output.sample_type in _PICTURES


def _look(bands: Array, empty: NDArray[np.bool_]) -> str:
    """What pixels without data look like in a picture that has no alpha, where they all look alike."""
    pixels = int(np.count_nonzero(empty))
    colors = bands[:, empty]
    if (colors != colors[:, :1]).any():
        return ""
    color = tuple(colors[:, 0].tolist())
    drawn = _COLORS.get(color, f"in the colour {color}")
    have = _verb(pixels, "has no data and is", "have no data and are")
    return f"{_pixels(pixels)} {have} drawn {drawn}; return `dataMask` as alpha, in a fourth band, to leave them out"


def _at(run: Run, notes: Notes, mark: str, pixels: int) -> str:
    row, column = run.place(first(notes, mark))
    place = f"row {row}, column {column}"
    return f"at {place}" if pixels == 1 else f"at {_pixels(pixels)}, first at {place}"


def _pixels(count: int) -> str:
    return f"{count} pixel{'s' * (count != 1)}"


def _bands(count: int) -> str:
    return f"{count} band{'s' * (count != 1)}"


def _verb(count: int, one: str, many: str) -> str:
    return one if count == 1 else many
