"""Sessions of foreign exchanges: which are due, which are gaps, and which never took place."""

from __future__ import annotations

from datetime import date

import polars as pl

from flows.monitoring import doctor
from flows.monitoring.doctor import Mark, closes
from flows.monitoring.freshness import freshness_table, status_table
from flows.sandbox import Fault, Kind
from warehouse import cadence
from warehouse.exchanges import expected_sessions
from warehouse.records import coverage

HOLIDAY, NEXT = date(2025, 10, 29), date(2025, 10, 30)  # Chung Yeung; the mainland trades
SINA, EASTMONEY = "finance.sina.com.cn", "*push2his.eastmoney.com"
NAMES = ("index_daily", "hk_stock_daily")


def missing(outcomes) -> dict[str, list[str]]:
    return {f"{o.dataset} {o.part}": o.missing for o in outcomes if o.missing}


def test_a_holiday_abroad_is_no_gap_and_asks_nobody(desk) -> None:
    desk(2025, 10, 28, 19).collect("hk_stock_daily")
    holiday = desk(2025, 10, 29, 19)
    assert holiday.collect("hk_stock_daily") == []
    assert holiday.asked().total() == 0


def test_a_session_without_bars_is_missing_and_asked_for_again(desk) -> None:
    desk(2025, 10, 27, 19).collect(*NAMES)
    evening = desk(2025, 10, 28, 19)
    evening.break_(Fault(Kind.RESET, host=SINA), Fault(Kind.RESET, host=EASTMONEY))
    failed = missing(evening.collect("hk_stock_daily"))
    assert failed == {"hk_stock_daily HK": ["2025-10-28"]}
    later = desk(2025, 10, 30, 19)
    assert missing(later.collect("hk_stock_daily")) == {}
    assert {date(2025, 10, 28), NEXT} <= set(later.core("hk_stock_daily")["trade_date"])
    assert HOLIDAY not in set(later.core("hk_stock_daily")["trade_date"])


def test_a_part_abroad_that_lags_is_late_beside_a_mainland_that_does_not(desk) -> None:
    desk(2025, 10, 27, 19).collect(*NAMES)
    evening = desk(2025, 10, 28, 19)
    evening.break_(
        Fault(Kind.RESET, endpoint="sina_hong_kong_index_history"),
        Fault(Kind.RESET, host=EASTMONEY),
    )
    evening.collect("index_daily")
    evening.ws.publish()
    rows = {r["dataset"]: r for r in freshness_table(evening.ws, date(2025, 10, 28)).to_dicts()}
    assert rows["index_daily"]["state"] == "fresh"
    late = rows["index_daily (Hong Kong)"]
    assert (late["state"], late["behind"], late["label"]) == ("late", 1, "Index closes, Hong Kong")
    assert late["expected_observation"] == date(2025, 10, 28)
    assert "index_daily (New York)" not in rows
    status = status_table(evening.ws).filter(dataset="index_daily (Hong Kong)")
    assert status["state"].to_list() == ["late"]


def test_a_session_on_which_nobody_traded_is_said_to_be_closed(desk, monkeypatch) -> None:
    """A typhoon: the calendar expects a session, and no name has a bar of it."""

    def expected(market: str, first: date, last: date) -> list[date]:
        extra = {HOLIDAY} if market == "XHKG" and first <= HOLIDAY <= last else set()
        return sorted({*expected_sessions(market, first, last), *extra})

    for module in (cadence, doctor):
        monkeypatch.setattr(module, "expected_sessions", expected)
    monkeypatch.setattr(coverage, "NOBODY", 1)  # these tests follow one name of each dataset
    desk(2025, 10, 28, 19).collect(*NAMES)
    evening = desk(2025, 10, 29, 19)
    assert missing(evening.collect(*NAMES)) == {
        "index_daily Hong Kong": [str(HOLIDAY)],
        "hk_stock_daily HK": [str(HOLIDAY)],
    }
    with evening.ws.reading_writer() as reader:  # its bars may only be late
        assert coverage.unplanned_closes(reader, "XHKG", pl.Series([HOLIDAY])).is_empty()
    next_day = desk(2025, 10, 30, 19)
    assert missing(next_day.collect(*NAMES)) == {}
    next_day.ws.publish()
    (found,) = closes(next_day.ws)
    assert (found.matter, found.mark) == ("XHKG", Mark.WARNING)
    assert "taken as closed on 2025-10-29: nobody has a price" in found.says
    states = dict(freshness_table(next_day.ws, NEXT).select("dataset", "state").iter_rows())
    assert states["hk_stock_daily"] == "fresh"
    assert status_table(next_day.ws).filter(dataset="hk_stock_daily")["gaps"].item() == 0


def test_a_hole_that_no_source_was_asked_about_is_a_gap_and_no_close(desk, monkeypatch) -> None:
    monkeypatch.setattr(coverage, "NOBODY", 1)
    office = desk(2025, 10, 31, 19)
    for day in (date(2025, 10, 27), date(2025, 10, 30)):
        office.collect("hk_stock_daily", span=(day, day))
    with office.ws.reading_writer() as reader:
        hole = pl.Series([date(2025, 10, 28)])
        assert coverage.unplanned_closes(reader, "XHKG", hole).is_empty()
