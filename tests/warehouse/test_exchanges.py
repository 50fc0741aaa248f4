"""What the calendars of Hong Kong and New York let expect."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime

import polars as pl
import pytest

from warehouse.cadence import Daily
from warehouse.errors import CalendarEnds
from warehouse.exchanges import (
    HONG_KONG,
    LAST,
    NEW_YORK,
    UNFORESEEN,
    UNPLANNED,
    expected_sessions,
    half_days,
    planned_closures,
)


def days(market: str, first: str, last: str) -> list[str]:
    found = expected_sessions(market, date.fromisoformat(first), date.fromisoformat(last))
    return [str(day) for day in found]


def test_holidays_are_no_sessions_and_half_days_are() -> None:
    christmas = days(HONG_KONG, "2025-12-24", "2025-12-31")  # the 24th and the 31st are half days
    assert christmas == ["2025-12-24", "2025-12-29", "2025-12-30", "2025-12-31"]
    assert days(HONG_KONG, "2026-02-16", "2026-02-20") == ["2026-02-16", "2026-02-20"]
    assert days(NEW_YORK, "2025-11-26", "2025-11-28") == ["2025-11-26", "2025-11-28"]


def test_each_exchange_goes_by_its_own_calendar() -> None:
    """The mainland rests from 1 to 8 October 2025."""
    assert days(HONG_KONG, "2025-10-01", "2025-10-08") == [
        "2025-10-02",
        "2025-10-03",
        "2025-10-06",
        "2025-10-08",
    ]
    assert len(days(NEW_YORK, "2025-10-01", "2025-10-08")) == 6


def test_closes_for_weather_and_mourning_are_no_sessions() -> None:
    """Some the library knows (a typhoon, President Carter), others are in UNPLANNED."""
    assert days(HONG_KONG, "2023-07-14", "2023-07-18") == ["2023-07-14", "2023-07-18"]
    assert days(NEW_YORK, "2025-01-08", "2025-01-10") == ["2025-01-08", "2025-01-10"]
    for market, closes in UNPLANNED.items():
        for day in closes:
            assert expected_sessions(market, day, day) == []


def test_an_unplanned_close_in_the_list_is_one_that_the_library_does_not_know(monkeypatch) -> None:
    """Else a newer release has learned of it, and the line can go."""
    from warehouse import exchanges

    known = {market: list(closes) for market, closes in UNPLANNED.items()}
    exchanges._sessions.cache_clear()
    monkeypatch.setattr(exchanges, "UNPLANNED", {HONG_KONG: {}, NEW_YORK: {}})
    try:
        for market, closes in known.items():
            assert [d for d in closes if not expected_sessions(market, d, d)] == []
    finally:
        exchanges._sessions.cache_clear()


def test_beyond_its_end_a_calendar_says_so() -> None:
    with pytest.raises(CalendarEnds, match="the calendar of XHKG ends on 2049-12-31"):
        expected_sessions(HONG_KONG, date(2050, 1, 3), date(2050, 1, 4))
    assert expected_sessions(NEW_YORK, LAST, LAST) == [LAST]


def test_the_sessions_follow_from_no_clock_and_the_library_is_loaded_when_it_is_needed() -> None:
    """The library's own bounds are twenty years before today and one after it."""
    assert days(NEW_YORK, "1990-01-01", "1990-01-03") == ["1990-01-02", "1990-01-03"]
    code = (
        "import sys; from warehouse.catalog import catalogue; catalogue(); "
        "assert 'exchange_calendars' not in sys.modules and 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_part_is_due_on_the_sessions_of_its_exchange() -> None:
    mainland = pl.Series([date(2025, 9, 30), date(2025, 10, 9)])
    assert Daily().days(mainland, date(2025, 10, 8)) == [date(2025, 9, 30)]
    due = Daily(HONG_KONG).days(mainland, date(2025, 10, 8))
    assert [str(day) for day in due] == days(HONG_KONG, "2025-09-30", "2025-10-08")


def test_planned_closures_are_the_weekdays_of_rest() -> None:
    closed = planned_closures(NEW_YORK, date(2026, 1, 17), date(2026, 2, 16))
    assert closed == [date(2026, 1, 19), date(2026, 2, 16)]
    lunar = planned_closures(HONG_KONG, date(2026, 2, 16), date(2026, 2, 20))
    assert lunar == [date(2026, 2, 17), date(2026, 2, 18), date(2026, 2, 19)]


@pytest.mark.parametrize("market", [HONG_KONG, NEW_YORK])
def test_nobody_plans_a_typhoon(market: str) -> None:
    for day in [*UNFORESEEN[market], *UNPLANNED[market]]:
        assert expected_sessions(market, day, day) == []
        assert planned_closures(market, day, day) == []


def test_half_days_have_their_close_in_utc() -> None:
    """Noon in Hong Kong; one o'clock in New York, in winter."""
    hong_kong = half_days(HONG_KONG, date(2026, 2, 1), date(2026, 12, 24))
    assert hong_kong == [
        (date(2026, 2, 16), datetime(2026, 2, 16, 4)),
        (date(2026, 12, 24), datetime(2026, 12, 24, 4)),
    ]
    assert half_days(NEW_YORK, date(2026, 11, 27), date(2026, 12, 23)) == [
        (date(2026, 11, 27), datetime(2026, 11, 27, 18))
    ]
    with pytest.raises(CalendarEnds):
        half_days(NEW_YORK, LAST, date(2050, 1, 1))
