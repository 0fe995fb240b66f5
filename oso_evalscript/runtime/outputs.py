"""What a program makes of scenes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


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


@dataclass(frozen=True, slots=True)
class Misfit:
    """Values of one band of an output that its sample type cannot hold.

    Attributes:
        output: the output's id.
        band: the number of the band.
        nan: how many values were NaN where that cannot be stored.
        first_nan: the number of the first such pixel, counted along rows, None where there is none.
        clipped: how many values lay outside of the type's range.
        first_clipped: the number of the first such pixel, likewise.
        vanished: whether there were values other than 0, and all of them were stored as 0.
    """

    output: str
    band: int
    nan: int
    first_nan: int | None
    clipped: int
    first_clipped: int | None
    vanished: bool


@dataclass(frozen=True, slots=True, eq=False)
class Outputs(Mapping[str, NDArray[Any]]):
    """Output id → array of shape (band, y, x), of the element type of the output's sample type.

    Attributes:
        arrays: the mapping itself.
        user_data: what the script set as `outputMetadata.userData`, as the service would write it to JSON.
        notices: what was done where the service's documentation is silent or says not to rely on it.
        log: the first hundred lines the script logged; the service has no console.
        misfits: for a run that was checked, the bands whose sample type cannot hold every value.
    """

    arrays: Mapping[str, NDArray[Any]]
    user_data: object = None
    notices: tuple[str, ...] = ()
    log: tuple[LogLine, ...] = ()
    misfits: tuple[Misfit, ...] = ()

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
