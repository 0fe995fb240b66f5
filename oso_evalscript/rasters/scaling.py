"""From stored numbers to what a script asks for: scales, offsets and digital numbers.

A script is given digital numbers (DN) or physical values. What a file or its catalogue says decides; whole numbers of
which nothing is known are refused where a script asks for reflectance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.catalog import Band, Collection
from oso_evalscript.model.contract import Input
from oso_evalscript.model.errors import RasterError

DN = "DN"


@dataclass(frozen=True, slots=True)
class Stored:
    """How the values of a band are stored.

    Attributes:
        dtype: the element type, in numpy's words.
        scale: the factor to physical values, None where nobody says it.
        offset: what is added after it.
        digital: whether they are known to be the service's digital numbers, but for `offset`.
        physical: whether they are known to be physical values as they are.
        doubtful: whether they may be digital numbers of Sentinel-2 with an offset that nobody says.
    """

    dtype: str
    scale: float | None = None
    offset: float = 0.0
    digital: bool = False
    physical: bool = False
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Scaling:
    """What is done to the values of a band.

    Attributes:
        factor: what they are multiplied by, None to leave them whole numbers.
        offset: what is added then.
        floor: the least value that may come out, where one is known.
        digital: whether digital numbers come out, which the runtime brings to the script's unit.
    """

    factor: float | None = None
    offset: float = 0.0
    floor: float | None = None
    digital: bool = False

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the values as the script, or the runtime, is to see them."""
        if self.factor is not None:
            scaled: NDArray[Any] = values.astype(np.float64) * self.factor + self.offset
            return scaled if self.floor is None else np.maximum(scaled, self.floor)
        if not self.offset and self.floor is None:
            return values
        steps = -int(self.offset)
        if self.floor == 0 and steps > 0 and values.dtype.kind == "u" and steps <= np.iinfo(values.dtype).max:
            least = values.dtype.type(steps)
            lowered: NDArray[Any] = np.maximum(values, least) - least
            return lowered  # in the type it has, which is several times as fast
        shifted = values.astype(np.int64) - steps
        return shifted if self.floor is None else np.maximum(shifted, int(self.floor))

    def in_unit(self, factor: float) -> Scaling:
        """Return the scaling that gives not digital numbers but these times a factor."""
        return Scaling((self.factor or 1.0) * factor, self.offset * factor, self.floor and self.floor * factor)


def scaling_for(
    path: str, name: str, stored: Stored, input: Input, collection: Collection | None, units: str | None
) -> Scaling:
    """Return what is done to a band so that a script sees what it asks for.

    Args:
        path: the file, for messages.
        name: the band.
        stored: how its values are stored.
        input: what the script asks for.
        collection: where the band comes from, None where that is not known.
        units: the unit that the user says the numbers are in; then they are left alone.

    Raises:
        RasterError: the script asks for reflectance, the numbers are whole, and nobody says what they are.
    """
    if units is not None:
        return Scaling()
    band = None if collection is None else collection.band(name)
    wanted = unit_of(name, input, band)
    if stored.physical and wanted != DN:
        return Scaling()
    physical = stored.scale is not None and (stored.scale, stored.offset) != (1.0, 0.0)
    if wanted is None or wanted == DN:
        return _to_digital(stored, band) if wanted else (_physical(stored) if physical else Scaling())
    if not physical and not stored.digital:
        if wanted == "REFLECTANCE" and np.dtype(stored.dtype).kind in "iu":
            raise RasterError(
                f"{path}: the script asks for {name} in REFLECTANCE, and the file has whole numbers "
                f"({stored.dtype}) without a scale: use --units DN if they are digital numbers"
            )
        return Scaling()
    digital = _to_digital(stored, band)
    return digital if digital.digital else _physical(stored)


def check_offset(offset: float, units: str | None) -> None:
    """Refuse an offset where the numbers are not those of the file, which may say an offset itself.

    Raises:
        RasterError: there is an offset, and the unit is not said to be digital numbers.
    """
    if offset and (units or "").upper() != DN:
        raise RasterError(f"an offset of {offset:g} needs digital numbers as the file has them: use --units DN as well")


def unit_of(name: str, input: Input, band: Band | None) -> str | None:
    """Return the unit that a script asks for a band in, None where none is known."""
    wanted = dict(zip(input.bands, input.units, strict=False)).get(name) or (band.units[0] if band else None)
    return wanted.upper() if wanted else None


def factor_of(name: str, input: Input, collection: Collection | None) -> float:
    """Return the factor from digital numbers to the unit that a script asks for a band in; 1 where none is known."""
    band = None if collection is None else collection.band(name)
    wanted = unit_of(name, input, band)
    return (band.factor(wanted) if band is not None and wanted is not None else None) or 1.0


def _to_digital(stored: Stored, band: Band | None) -> Scaling:
    """To digital numbers where the stored ones are these, but for a whole offset; physical values else."""
    known = None if band is None else next((factor for _, factor in band.scale), None)
    scale = known if stored.scale is None and stored.digital else stored.scale
    if scale is None or ((stored.scale, stored.offset) == (1.0, 0.0) and not stored.physical):
        return Scaling(digital=stored.digital)
    steps = stored.offset / scale
    same = known is None or abs(scale - known) <= 1e-9 * abs(known)
    whole = np.dtype(stored.dtype).kind in "iu" and abs(steps - round(steps)) < 1e-6
    if same and whole and (known is not None or stored.digital):
        return Scaling(offset=float(round(steps)), floor=0.0 if steps else None, digital=True)
    if known is None:
        return _physical(stored)
    return Scaling(scale / known, stored.offset / known, digital=True)


def _physical(stored: Stored) -> Scaling:
    scale = 1.0 if stored.scale is None else stored.scale
    return Scaling(scale, stored.offset)
