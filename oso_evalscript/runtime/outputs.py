"""What a program makes of scenes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.contract import Output, SampleType
from oso_evalscript.model.errors import ScriptError
from oso_evalscript.runtime.kernel import ROUNDING
from oso_evalscript.runtime.offered import Offered, told

if TYPE_CHECKING:
    from oso_evalscript.runtime.picture import Picture


@dataclass(frozen=True, slots=True)
class LogLine:
    """What a script logged, cut at 500 characters.

    Attributes:
        text: the values, in words.
        row: index along y of the pixel it was at, None outside the pixels.
        column: index along x of the pixel, likewise.
    """

    text: str
    row: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = "" if self.row is None else f" at row {self.row}, column {self.column}"
        return f"console.log{place}: {self.text}"


_MAX_DEPTH = 500
_NOT_IN_JSON = ("NaN", "Infinity", "-Infinity")


def read_written(written: str, what: str) -> Any:
    """Return the value of JSON that a script had a hand in; numbers that JSON lacks are wrapped in it.

    Args:
        written: the JSON.
        what: the script and what the value is, for messages.

    Raises:
        ScriptError: Python cannot hold it.
    """
    try:
        value = json.loads(written, object_hook=_unwrap)
    except RecursionError:
        raise ScriptError(f"{what} is nested too deeply") from None
    except ValueError:  # of a whole number with thousands of digits, by JSON.rawJSON
        raise ScriptError(f"{what} contains a number with too many digits") from None
    if written.count("[") + written.count("{") > _MAX_DEPTH and _is_deep(value):
        raise ScriptError(f"{what} is nested too deeply")
    return value


def _is_deep(value: Any) -> bool:
    """Whether a value is nested more deeply than all that works on it can follow; some Pythons read more than that."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        inner = [item.values() if isinstance(item, dict) else item for item in level if isinstance(item, dict | list)]
        level = [item for items in inner for item in items]
        if not level:
            return False
    return True


def _unwrap(item: dict[str, Any]) -> Any:
    return float(item["$number"]) if item.get("$number") in _NOT_IN_JSON and len(item) == 1 else item


MAX_DISTINCT = 3
"""So many different numbers of a band are known, and so many different values that they were stored as."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How the values that evaluatePixel returned for one band of an output fit its sample type.

    Pixels are numbered along rows; the first of each kind is None where there is none.

    Attributes:
        output: the output's id.
        band: the number of the band.
        sample_type: how its values are stored.
        pixels: how many values there were.
        numbers: up to three different numbers among them, each with its first pixel, in that order; numbers that
            differ by rounding errors alone are one.
        kept: up to three different values that numbers were stored as.
        nan: how many values were NaN, or no numbers, where that cannot be stored.
        first_nan: the first such pixel.
        below: how many numbers lay below the type's range, and were stored as its least value.
        above: how many lay above it, likewise.
        own: how many of those outside of the range were the pixel's own value of a band of class codes; under AUTO.
        cut: how many of those outside of the range were class codes; under AUTO the pixel's own.
        first_cut: the first such pixel.
        code: the class code there.
        foreign: how many values were no numbers at all, and neither true nor false; they are stored as NaN.
        first_foreign: the first such pixel.
    """

    output: str
    band: int
    sample_type: SampleType
    pixels: int
    numbers: tuple[tuple[float, int], ...] = ()
    kept: tuple[float, ...] = ()
    nan: int = 0
    first_nan: int | None = None
    below: int = 0
    above: int = 0
    own: int = 0
    cut: int = 0
    first_cut: int | None = None
    code: int = 0
    foreign: int = 0
    first_foreign: int | None = None

    @property
    def clipped(self) -> int:
        """How many numbers lay outside of the type's range."""
        return self.below + self.above


def distinct(numbers: Iterable[tuple[float, int]]) -> tuple[tuple[float, int], ...]:
    """Return the first different numbers, each with its pixel; as the kernel tells them apart."""
    found: list[tuple[float, int]] = []
    for number, pixel in numbers:
        if len(found) < MAX_DISTINCT and not any(_alike(number, other) for other, _ in found):
            found.append((number, pixel))
    return tuple(found)


def _alike(one: float, other: float) -> bool:
    return one == other or abs(one - other) <= ROUNDING * min(abs(one), abs(other)) < math.inf


@dataclass(frozen=True, slots=True, eq=False)
class Outputs(Mapping[str, NDArray[Any]]):
    """Output id → array of shape (band, y, x), of the element type of the output's sample type.

    Attributes:
        arrays: the mapping itself.
        user_data: what the script set as `outputMetadata.userData`, as the service would write it to JSON.
        notices: notes about behaviour that the service's documentation does not cover.
        log: the first hundred lines that the script logged; the service has no console.
        fits: for a run that was checked, how the values of each band fit its sample type.
        silent: the number of pixels for which evaluatePixel returned nothing.
        unanswered: the number of those with data.
        surplus: the number of pixels for which it returned more values than an output has bands.
        dropped: which values were too many at the first of those pixels, in words.
        samples: the number of samples per pixel, for each input.
        offered: the scenes of each input, and those that the script kept.
        declared: the contracts of the outputs in this run.
        data: for each pixel whether any sample has data there, of shape (y, x); for a run that was checked, or in which
            evaluatePixel returned nothing for some pixel.
        nothing: for each pixel whether it returned nothing, of shape (y, x); None if it always returned something.
    """

    arrays: Mapping[str, NDArray[Any]]
    user_data: object = None
    notices: tuple[str, ...] = ()
    log: tuple[LogLine, ...] = ()
    fits: tuple[Fit, ...] = ()
    silent: int = 0
    unanswered: int = 0
    surplus: int = 0
    dropped: str = ""
    samples: tuple[int, ...] = ()
    offered: tuple[Offered, ...] = ()
    declared: tuple[Output, ...] = ()
    data: NDArray[np.bool_] | None = None
    nothing: NDArray[np.bool_] | None = None

    def __repr__(self) -> str:
        listed = ", ".join(f"{id} ({array.shape[0]} x {array.dtype})" for id, array in self.arrays.items())
        sizes = {array.shape[:0:-1] for array in self.arrays.values()}
        size = "".join(f", {' x '.join(map(str, shape))}" for shape in sizes)
        return f"<Outputs {listed or 'none'}{size}>"

    @property
    def scenes(self) -> tuple[str, ...]:
        """Sentences about the scenes, their order, and how many the script kept."""
        return told(self.offered)

    def picture(self, id: str | None = None, *, title: str = "") -> Picture:
        """Return a picture of an output, or of all; outputs that are not colour pictures are shown in grey.

        It has no legend of classes; `oso_evalscript.preview` draws one.

        Raises:
            OsoError: there is no such output, or nothing to show.
        """
        from oso_evalscript.runtime.picture import picture_of

        return picture_of(self, id, title)

    def _repr_png_(self) -> bytes | None:
        return self.picture().png() if any(array.size for array in self.arrays.values()) else None

    @property
    def misfits(self) -> tuple[Fit, ...]:
        """Those of `fits` with values that the sample type cannot hold as they are."""
        return tuple(fit for fit in self.fits if fit.nan or fit.clipped or fit.foreign)

    def __getitem__(self, id: str) -> NDArray[Any]:
        return self.arrays[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a script made of one pixel.

    Attributes:
        row: index along y.
        column: index along x.
        inputs: `samples` as the script saw it: band → number, a list of such, or in data fusion lists by source.
        returned: what evaluatePixel returned, in words, before anything was converted.
        stored: output id → the stored values of its bands.
        log: what the script logged.
    """

    row: int
    column: int
    inputs: Mapping[str, Any]
    returned: str
    stored: Mapping[str, tuple[float, ...]]
    log: tuple[LogLine, ...] = ()
