"""Time ranges, intervals and months."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript.model.errors import RequestError
from oso_evalscript.pricing.periods import Period, months_begun, read_period, read_time_range, split

moments = st.datetimes(dt.datetime(1980, 1, 1), dt.datetime(2050, 1, 1), timezones=st.just(dt.UTC))
periods = st.builds(
    Period, st.integers(0, 30), st.timedeltas(dt.timedelta(), dt.timedelta(days=400))
).filter(lambda period: period.months or period.rest >= dt.timedelta(days=1))  # fmt: skip


@given(moments, st.timedeltas(dt.timedelta(), dt.timedelta(days=3000)), periods)
def test_intervals_follow_each_other_from_the_begin(begin: dt.datetime, length: dt.timedelta, period: Period) -> None:
    end = begin + length
    full, short, long = (split((begin, end), period, word) for word in ("SKIP", "SHORTEN", "EXTEND"))
    for found in (full, short, long):
        assert all(start < stop for start, stop in found)
        assert [start for start, _ in found[1:]] == [stop for _, stop in found[:-1]]
        assert not found or found[0][0] == begin
    assert short[: len(full)] == long[: len(full)] == full
    assert len(short) == len(long) <= len(full) + 1
    if short:
        assert short[-1][1] >= end
        assert long[-1][1] >= short[-1][1]
    else:
        assert begin == end


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("P1D", Period(0, dt.timedelta(days=1))),
        ("P10D", Period(0, dt.timedelta(days=10))),
        ("P2W", Period(0, dt.timedelta(days=14))),
        ("P1M", Period(1, dt.timedelta())),
        ("P1Y", Period(12, dt.timedelta())),
        ("PT24H", Period(0, dt.timedelta(days=1))),
    ],
)
def test_periods(text: str, period: Period) -> None:
    assert read_period(text) == period


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "1D", "P0D", "PT23H", "P1.5D", "PT1M", "p1d", "P-1D", "month", "P" + "9" * 30 + "D"]
)
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(RequestError, match="interval"):
        read_period(text)


def test_months_are_those_of_the_calendar() -> None:
    begin = dt.datetime(2021, 1, 31, tzinfo=dt.UTC)
    found = split((begin, dt.datetime(2021, 5, 31, tzinfo=dt.UTC)), Period(1, dt.timedelta()))
    assert [stop.strftime("%m-%d") for _, stop in found] == ["02-28", "03-31", "04-30", "05-31"]


def test_a_range_up_to_the_last_second_of_a_day_holds_that_day() -> None:
    span = read_time_range(("2020-06-07T00:00:00Z", "2020-06-13T23:59:59Z"))
    assert len(split(span, read_period("P1D"))) == 7
    assert read_time_range(("2020-06-07", "2020-06-13"))[1].day == 13
    assert len(split(read_time_range(("2020-06-07", "2020-06-13")), read_period("P1D"))) == 7
    assert len(split(read_time_range((dt.date(2020, 6, 7), dt.date(2020, 6, 7))), read_period("P1D"))) == 1


def test_intervals_without_end_are_refused() -> None:
    for span in (("0001-01-01", "9999-12-30"), ("9990-01-01", "9999-12-30")):
        assert split(read_time_range(span), Period(12 * 5000, dt.timedelta()), "EXTEND")
    with pytest.raises(RequestError, match="more than 100,000 intervals"):
        split(read_time_range(("0001-01-01", "9999-12-30")), read_period("P1D"))


@pytest.mark.parametrize("given", [("2020-01-01",), ("2020-01-02", "2020-01-01"), ("a", "b"), (1, 2), None, "a/b"])
def test_what_is_no_time_range(given: object) -> None:
    with pytest.raises(RequestError) as caught:
        read_time_range(given)
    assert "\n" not in str(caught.value)


def test_the_calendar_s_last_day() -> None:
    assert read_time_range(("9999-12-31", "9999-12-31"))[1] == dt.datetime.max.replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("begin", "end", "months"),
    [
        ("2023-01-01T00:00:00Z", "2024-01-01T00:00:00Z", 12),
        ("2023-01-01T00:00:00Z", "2024-01-01T00:00:01Z", 13),
        ("2023-01-01", "2023-01-01", 1),
        ("2023-01-15T00:00:00Z", "2023-02-15T00:00:00Z", 1),
        ("2023-01-31T00:00:00Z", "2023-03-01T00:00:00Z", 2),
        ("2023-01-01T00:00:00Z", "2023-01-01T00:00:00Z", 1),
    ],
)
def test_months_begun(begin: str, end: str, months: int) -> None:
    assert months_begun(read_time_range((begin, end))) == months


@given(moments, st.timedeltas(dt.timedelta(), dt.timedelta(days=3000)))
def test_so_many_months_reach_to_the_end(begin: dt.datetime, length: dt.timedelta) -> None:
    end = begin + length
    months = months_begun((begin, end))
    reached = split((begin, end + dt.timedelta(days=40)), Period(1, dt.timedelta()), "EXTEND")
    assert reached[months - 1][1] >= end
    assert months == 1 or reached[months - 2][1] < end
