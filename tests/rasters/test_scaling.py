from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from oso_evalscript.model.catalog import named_collection
from oso_evalscript.model.contract import Input
from oso_evalscript.model.errors import RasterError
from oso_evalscript.rasters.scaling import Scaling, Stored, scaling_for

S2 = named_collection("S2L2A")
REFLECTANCE, NUMBERS = Input(("B04",)), Input(("B04",), ("DN",))


def scaled(stored: Stored, input: Input = REFLECTANCE, units: str | None = None, collection: object = S2) -> Scaling:
    return scaling_for("x.tif", "B04", stored, input, collection, units)  # type: ignore[arg-type]


def test_whole_numbers_of_which_nothing_is_known_are_no_reflectance() -> None:
    with pytest.raises(RasterError) as caught:
        scaled(Stored("uint16"))
    assert str(caught.value) == (
        "x.tif: the script asks for B04 in REFLECTANCE, and the file has whole numbers (uint16) without a scale: use "
        "--units DN if they are digital numbers"
    )
    assert scaled(Stored("float32")) == Scaling()
    assert scaled(Stored("uint16"), units="DN") == Scaling()
    assert scaled(Stored("uint16"), NUMBERS) == Scaling()
    assert scaled(Stored("uint16"), collection=None) == Scaling()


@pytest.mark.parametrize("input", [REFLECTANCE, NUMBERS])
def test_the_offset_of_sentinel_2_is_subtracted_in_whole_numbers(input: Input) -> None:
    for stored in (Stored("uint16", 0.0001, -0.1), Stored("uint16", 0.0001, -0.1, digital=True)):
        scaling = scaled(stored, input)
        assert (scaling.factor, scaling.offset, scaling.floor, scaling.digital) == (None, -1000, 0, True)
    values = np.array([0, 999, 1000, 1001, 65535], np.uint16)
    np.testing.assert_array_equal(scaling.apply(values), [0, 0, 0, 1, 64535])
    assert scaling.apply(values).dtype == np.uint16


@given(
    values=arrays.arrays(st.sampled_from([np.uint8, np.uint16, np.int16, np.int32]), 20), steps=st.integers(-1000, 1000)
)
def test_shifts_do_not_wrap(values: NDArray[np.uint16], steps: int) -> None:
    for floor in (None, 0.0):
        found = Scaling(offset=float(steps), floor=floor, digital=True).apply(values)
        wanted = values.astype(object) + steps
        np.testing.assert_array_equal(found.astype(object), np.maximum(wanted, 0) if floor == 0 else wanted)


def test_other_scales_become_what_is_asked_for() -> None:
    values = np.array([100, 200], np.int16)
    np.testing.assert_allclose(
        scaled(Stored("int16", 0.001, 0.5), collection=None, input=Input(("B04",))).apply(values), [0.6, 0.7]
    )
    other = scaled(
        Stored("int16", 0.001, 0.5)
    )  # another scale than the collection's: digital numbers that are not whole
    np.testing.assert_allclose(other.apply(values) * 0.0001, [0.6, 0.7])
    assert other.digital
    np.testing.assert_allclose(other.in_unit(0.0001).apply(values), [0.6, 0.7])
