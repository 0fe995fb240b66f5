from __future__ import annotations

import numpy as np
import pytest

from oso_evalscript.runtime.noise import Places, cells, layered, number, share, smooth


def places(left: float, top: float, side: float, count: int = 40) -> Places:
    steps = (np.arange(count) + 0.5) * side / count
    return Places((left + steps)[np.newaxis, :], (top - steps)[:, np.newaxis])


def apart(given: Places) -> Places:
    """The same places, each with its own coordinates."""
    return Places(*(np.array(np.broadcast_to(each, given.shape)) for each in (given.longitude, given.latitude)))


@pytest.mark.parametrize("side", [0.01, 1.0, 150.0])
@pytest.mark.parametrize("wavelength", [0.001, 0.3, 40.0])
def test_the_way_it_is_worked_out_changes_nothing(side: float, wavelength: float) -> None:
    given = places(-3.0, 40.0, side)
    np.testing.assert_array_equal(smooth(given, wavelength, 5), smooth(apart(given), wavelength, 5))
    np.testing.assert_array_equal(
        cells(given, wavelength, wavelength, 5), cells(apart(given), wavelength, wavelength, 5)
    )


def test_a_place_has_its_value_whatever_is_asked_for_with_it() -> None:
    whole = layered(places(5.0, 45.0, 0.5, 64), 0.3, 5, 1)
    part = layered(places(5.25, 44.75, 0.25, 32), 0.3, 5, 1)
    np.testing.assert_allclose(part, whole[32:, 32:], atol=1e-5)


def test_noise_is_even_and_differs_by_seed() -> None:
    given = places(-50.0, 50.0, 100.0, 300)
    one, other = smooth(given, 0.5, 1), smooth(given, 0.5, 2)
    assert abs(one.mean()) < 0.05
    assert -1 <= one.min() < -0.8
    assert 0.8 < one.max() <= 1
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.05


def test_neighbours_are_alike() -> None:
    field = smooth(places(5.0, 45.0, 0.1, 200), 0.05, 3)
    assert np.abs(np.diff(field, axis=0)).max() < 0.05


def test_random_numbers_fill_their_range() -> None:
    drawn = share(cells(places(-50.0, 50.0, 100.0, 100), 0.3, 0.3, 1))
    assert 0 <= drawn.min() < 0.01
    assert 0.99 < drawn.max() < 1
    assert {round(number(key, 7), 6) for key in range(50)} == {round(number(key, 7), 6) for key in range(50)}
    assert len({number(key, 7) for key in range(50)}) == 50
