from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import Source
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.semantics.dates import named_periods

DAYS = st.dates(dt.date(1972, 1, 1), dt.date(2099, 12, 31))


def periods(script: str) -> list[tuple[str, str]]:
    return [(f"{period.begin:%Y-%m-%d}", f"{period.end:%Y-%m-%d}") for period in named_periods(parse(Source(script)))]


@given(DAYS, st.sampled_from(["x > new Date('{0}')", 'x = "{0}T10:50:31.024Z"', "`a/${{b}}/{0}`", "new Date({1}, {2}, {3})", "Date.UTC({1}, {2}, {3}, 10)", "['{1}{0:%m%d}']"]))  # fmt: skip
def test_a_day_is_read_however_it_is_written(day: dt.date, script: str) -> None:
    written = script.format(day, day.year, day.month - 1, day.day)
    assert periods(written) == [(str(day), str(day))]


@given(DAYS)
def test_parts_of_dates_are_months_and_years(day: dt.date) -> None:
    year, month = day.year, day.month
    ((begin, end),) = periods(f"d >= new Date({year}, {month - 1})")
    assert (begin, end) == periods(f'd.startsWith("{year}-{month:02}")')[0]
    assert begin == f"{year}-{month:02}-01"
    assert begin <= str(day) <= end
    assert (dt.date.fromisoformat(end) + dt.timedelta(days=1)).day == 1
    for words in (f"d.getFullYear() === {year}", f'"{year}"', f"const targetYear = {year}", f"[{year}].includes(d.getUTCFullYear())",
                  f"const y1 = {year}; d.getFullYear() == y1", f"const y1 = {year}; const year = d.y; y1 > year"):  # fmt: skip
        assert periods(words) == [(f"{year}-01-01", f"{year}-12-31")]


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("d.getMonth() >= 5 && 7 >= d.getMonth()", ["2023-06-01", "2023-08-01"]),
        ("d.getMonth() + 1 === 5", ["2023-05-01"]),
        ("d.getFullYear() == 2025 && d.getMonth() == 2", ["2025-01-01"]),
        ("new Date(1700000000000)", ["2023-11-14"]),
        ("{ year: 2019, years: [2020, 2021] }".join("()"), ["2019-01-01", "2020-01-01", "2021-01-01"]),
        ("const y = 2020, n = B04 > 2025; new Date(s.date)", []),
        ("new Date(); new Date(2025, 13, 1); Date.UTC(2025, 1, 30); '2025-02-30'; '1970-01-01'; '9999-12-31'", []),
        ("'S2A 12-12-12', 'v2.5', 0x2025, 'B2023'", []),
    ],
)
def test_what_names_a_date_and_what_does_not(script: str, found: list[str]) -> None:
    assert [begin for begin, _ in periods(script)] == found
