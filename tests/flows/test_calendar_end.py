"""The trading calendar ends with the year; near its end nothing is guessed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from flows.collect import gather
from flows.sandbox import Fault, Kind
from warehouse.datasets.trade_calendar import STOP, WARN, ends_soon, insist_on_days_ahead
from warehouse.errors import CalendarEnds

YEAR_END = date(2026, 12, 31)
TURNOVER = ["trade_calendar", "market_turnover"]


def test_a_month_before_its_end_the_calendar_warns_and_a_week_before_it_stops() -> None:
    assert ends_soon(YEAR_END, YEAR_END - WARN) is None
    warning = ends_soon(YEAR_END, YEAR_END - WARN + timedelta(days=1))
    assert warning is not None
    assert "ends on 2026-12-31, 29 days from 2026-12-02" in warning
    assert "--dataset trade_calendar" in warning
    insist_on_days_ahead(YEAR_END, YEAR_END - STOP)
    with pytest.raises(CalendarEnds, match="nothing is collected"):
        insist_on_days_ahead(YEAR_END, YEAR_END - STOP + timedelta(days=1))


def test_the_packaged_calendar_ends_with_2026_and_collection_stops_closed(desk) -> None:
    """The offline exchange, like Sina, has no days of a year that is not announced."""
    late = desk(2026, 12, 29, 19)
    with pytest.raises(CalendarEnds, match="2026-12-31"):
        gather(late.ws, TURNOVER)
    assert late.asked() == {"finance.sina.com.cn": 1}  # only the calendar itself was asked for
    assert late.core("market_turnover").is_empty()


def test_days_fetched_in_this_run_count(desk) -> None:
    late = desk(2026, 12, 29, 19)
    with late.ws.writing() as warehouse:
        warehouse.connection.execute(
            "INSERT INTO core.trade_calendar BY NAME SELECT DATE '2027-01-04' AS trade_date, "
            "TIMESTAMP '2026-12-28' AS known_at, 'Sina' AS source, 'x' AS load_id "
            "UNION ALL SELECT DATE '2027-12-31', TIMESTAMP '2026-12-28', 'Sina', 'x'"
        )
    late.collect("market_turnover")
    assert "query.sse.com.cn" in late.asked()


def test_a_blocked_calendar_leaves_the_packaged_days(desk) -> None:
    """Behind a block page akshare raises IndexError; the file that it ships still reaches."""
    office = desk()
    office.break_(Fault(Kind.HTML, endpoint="sina_trading_days"))
    (outcome,) = office.collect("trade_calendar")
    assert outcome.missing == []
    assert office.core("trade_calendar")["trade_date"].max() == YEAR_END


def test_a_back_fill_of_the_past_is_not_stopped_by_the_end_of_the_calendar(desk) -> None:
    late = desk(2026, 12, 29, 19)
    late.collect("market_turnover", span=(date(2025, 11, 24), date(2025, 11, 25)))
    assert late.core("market_turnover").height == 4
