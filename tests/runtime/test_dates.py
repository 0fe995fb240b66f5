from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.model.errors import ArrayError
from oso_evalscript.runtime.dates import USUAL_COUNT, Acquisitions
from oso_evalscript.semantics.dates import Period

MOMENTS = st.datetimes(dt.datetime(1975, 1, 1), dt.datetime(2095, 1, 1), timezones=st.just(dt.UTC))
LENGTHS = st.sampled_from([1, 30, 365]).map(lambda days: dt.timedelta(days=days, seconds=-1))
PERIODS = st.lists(
    st.builds(lambda begin, length: Period(begin, begin + length), MOMENTS, LENGTHS), min_size=1, max_size=9
).map(lambda found: sorted(set(found)))


@given(PERIODS, st.none() | st.integers(0, 20))
def test_each_period_that_a_script_names_has_a_scene(named: list[Period], count: int | None) -> None:
    dates = Acquisitions(dates=count).moments(named)
    assert list(dates) == sorted(set(dates))
    wanted = max(USUAL_COUNT, len(named)) if count is None else count
    anchors = len({period.middle.date() for period in named})
    assert len(dates) == wanted or (anchors > 1 and len(dates) < wanted)
    if wanted >= len(named):
        for period in named:
            assert any(period.begin <= date <= period.end for date in dates)


@given(MOMENTS, st.integers(1, 400), st.integers(1, 50), PERIODS | st.just([]))
def test_scenes_lie_in_the_time_range(begin: dt.datetime, days: int, count: int, named: list[Period]) -> None:
    span = (begin, begin + dt.timedelta(days=days))
    dates = Acquisitions(dates=count, span=span).moments(named)
    assert len(dates) == count
    assert list(dates) == sorted(dates)
    assert all(span[0] <= date <= span[1] for date in dates)


@pytest.mark.parametrize("operator", ["__lt__", "__gt__"])
def test_a_threshold_has_scenes_on_both_sides(operator: str) -> None:
    day = dt.datetime(2025, 3, 1, tzinfo=dt.UTC)
    dates = Acquisitions().moments([Period(day, day + dt.timedelta(days=1, seconds=-1))])
    assert any(getattr(date, operator)(day) for date in dates)


def test_given_dates_stay_as_they_are() -> None:
    one, other = (dt.datetime(2024, month, 1, tzinfo=dt.UTC) for month in (5, 2))
    assert Acquisitions(dates=(one, other, one)).moments([Period(one, one)]) == (other, one)
    with pytest.raises(ArrayError, match="no scene of 2024-02-01 in a time range from 2024-03-01 to 2024-06-01: pass"):
        Acquisitions(dates=(one, other), span=(other.replace(month=3), other.replace(month=6))).moments()


def test_clouds_go_round() -> None:
    assert [Acquisitions(clouds=(5, 80)).cloud_coverage(number) for number in range(3)] == [5, 80, 5]
    assert len({Acquisitions().cloud_coverage(number) for number in range(9)}) == 9
