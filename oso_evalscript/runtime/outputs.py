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
        foreign: how many values were no numbers at all, and neither true nor false; they are stored as NaN.
        first_foreign: the number of the first such pixel, likewise.
    """

    output: str
    band: int
    nan: int
    first_nan: int | None
    clipped: int
    first_clipped: int | None
    vanished: bool
    foreign: int
    first_foreign: int | None

    @property
    def unfit(self) -> list[tuple[int, str]]:
        """The first pixels that the type cannot hold, by number, with what is wrong there."""
        found = [(self.first_nan, f"{self._where} is NaN, which its type does not have")] if self._has_nan else []
        found.append((self.first_clipped, f"{self._where} lies outside of its type"))
        return [(at, what) for at, what in found if at is not None]

    @property
    def unlike(self) -> list[tuple[int, str]]:
        """The first pixel without a number, with what is wrong there."""
        return [] if self.first_foreign is None else [(self.first_foreign, f"{self._where} is given no number")]

    @property
    def unfit_count(self) -> int:
        """How many numbers the type cannot hold."""
        return max(self.nan - self.foreign, 0) + self.clipped

    @property
    def _has_nan(self) -> bool:
        return self.nan > self.foreign  # the others are what is no number

    @property
    def _where(self) -> str:
        return f"band {self.band} of the output `{self.output}`"


@dataclass(frozen=True, slots=True, eq=False)
class Outputs(Mapping[str, NDArray[Any]]):
    """Output id → array of shape (band, y, x), of the element type of the output's sample type.

    Attributes:
        arrays: the mapping itself.
        user_data: what the script set as `outputMetadata.userData`, as the service would write it to JSON.
        notices: what was done where the service's documentation is silent or says not to rely on it.
        log: the first hundred lines the script logged; the service has no console.
        misfits: for a run that was checked, the bands whose sample type cannot hold every value.
        samples: how many samples each pixel had, of each input.
    """

    arrays: Mapping[str, NDArray[Any]]
    user_data: object = None
    notices: tuple[str, ...] = ()
    log: tuple[LogLine, ...] = ()
    misfits: tuple[Misfit, ...] = ()
    samples: tuple[int, ...] = ()

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
