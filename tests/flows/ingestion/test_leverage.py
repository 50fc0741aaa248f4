"""Leverage and flows: what is collected is true, and late, lost or undated answers do no harm."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from flows.sandbox import Fault, Kind
from flows.sandbox.endpoints import sse_details, szse_details
from flows.sandbox.view import View
from warehouse.readers import followed

FRIDAY, MONDAY, TUESDAY = date(2025, 11, 21), date(2025, 11, 24), date(2025, 11, 25)
EVENING, MORNING_AFTER, NEXT_MORNING = (
    (2025, 11, 25, 19),
    (2025, 11, 26, 9, 10),
    (2025, 11, 27, 9, 10),
)
FAMILY = (
    "margin_account", "margin_exchange", "margin_market", "margin_security", "fund_share",
    "fund_daily", "stock_connect", "market_fund_flow",
)  # fmt: skip
# The newest day of each dataset on Tuesday evening.
NEWEST = dict.fromkeys((*FAMILY[:4], "fund_share"), MONDAY) | dict.fromkeys(
    ("fund_daily", "stock_connect", "market_fund_flow"), TUESDAY
)
LATELY = (date(2025, 10, 20), TUESDAY)  # statistics of a month come out on the 20th of the next
DOWN = {
    "margin_account": ["eastmoney_margin_accounts"],
    "margin_security": ["sse_margin_detail", "szse_margin_detail", "bse_margin_detail"],
    "investor_account": ["eastmoney_investor_accounts"],
    "fund_share": ["sse_fund_shares", "szse_fund_shares", "eastmoney_fund_quotes"],
    "fund_daily": ["sina_fund_history", "eastmoney_bars"],
    "stock_connect": ["eastmoney_stock_connect"],
    "market_fund_flow": ["eastmoney_market_flow"],
}


@pytest.fixture(autouse=True)
def few_funds(monkeypatch) -> None:
    """One fund of each exchange, and the one that is split; each takes a while to unpack."""
    for code in ("588200.SH", "515070.SH", "562500.SH"):
        monkeypatch.delitem(followed.FUNDS, code)


def broken(*endpoints: str, kind: Kind = Kind.RESET) -> list[Fault]:
    return [Fault(kind, endpoint=endpoint) for endpoint in endpoints]


def history(desk, *names: str) -> None:
    """What was collected in time up to Friday's figures, here Friday's alone."""
    desk(2025, 11, 24, 19).collect(*names, span=(FRIDAY, FRIDAY))


def missing(outcomes) -> dict[str, list[str]]:
    return {o.part: o.missing for o in outcomes if o.missing}


def test_core_holds_what_the_market_says(desk, assert_true) -> None:
    evening = desk(*EVENING)
    outcomes = evening.collect(*FAMILY, span=(FRIDAY, TUESDAY))
    assert missing(outcomes) == {}
    for name in FAMILY:
        assert_true(evening, name)
        assert evening.core(name)["trade_date"].max() == NEWEST[name], name
    asked = evening.asked()
    # Two days: each exchange's summaries and details, and the funds of Shanghai day by day.
    assert (asked["query.sse.com.cn"], asked["www.szse.cn"], asked["www.bse.cn"]) == (5, 5, 4)
    # Margin is asked for once for two datasets; a history takes a probe and its pages.
    assert asked["datacenter-web.eastmoney.com"] == 2 + 2 * 4


@pytest.mark.parametrize("name", DOWN)
def test_without_any_source_a_dataset_stops_with_a_message(desk, name) -> None:
    evening = desk(*EVENING)
    evening.break_(*broken(*DOWN[name]))
    outcomes = evening.collect(name, span=LATELY)
    assert outcomes and all(o.missing and o.incidents for o in outcomes)
    assert all("no response" in incident for o in outcomes for incident in o.incidents[:1])
    assert evening.core(name).is_empty()


# A day late


def test_a_day_late_margin_of_t_appears_on_t_plus_1_at_0910_with_its_own_date_and_known_at(
    desk, assert_true
) -> None:
    names = ("margin_account", "margin_exchange", "margin_market", "margin_security")
    desk(*EVENING).collect(*names, span=(MONDAY, MONDAY))
    morning = desk(*MORNING_AFTER)
    morning.collect(*names)
    for name in names:
        newest = morning.core(name).filter(pl.col("trade_date") == pl.col("trade_date").max())
        assert newest["trade_date"].unique().to_list() == [TUESDAY], name
        assert newest["known_at"].unique().to_list() == [datetime(2025, 11, 26, 1, 10)], name
        assert_true(morning, name)


def test_shanghai_and_shenzhen_of_different_dates_are_never_added(desk, assert_true) -> None:
    """Shenzhen has published Tuesday, Shanghai is late
    everywhere, and Eastmoney does not answer.
    """
    desk(*EVENING).collect("margin_exchange", "margin_market", span=(MONDAY, MONDAY))
    morning = desk(*MORNING_AFTER)
    morning.break_(
        *broken("sse_margin", "jin10_margin_shanghai", kind=Kind.STALE_DAY),
        *broken("eastmoney_margin_accounts"),
    )
    outcomes = morning.collect("margin_exchange", "margin_market")
    assert missing(outcomes) == {"SSE": ["2025-11-25"], "CN": ["2025-11-25"]}
    tuesday = morning.core("margin_exchange").filter(trade_date=TUESDAY)
    assert set(tuesday["exchange"]) == {"SZSE", "BSE"}
    assert morning.core("margin_market")["trade_date"].max() == MONDAY

    evening = desk(2025, 11, 26, 19)
    evening.break_(*broken("eastmoney_margin_accounts"))
    evening.collect("margin_exchange", "margin_market")
    summed = evening.core("margin_market").filter(trade_date=TUESDAY)
    assert summed["source"].to_list() == ["SSE + SZSE + BSE"]
    assert summed["known_at"].item() == datetime(2025, 11, 26, 11)
    assert_true(evening, "margin_market")
    assert_true(evening, "margin_exchange")


def test_a_fallback_that_is_fetched_a_day_later_fills_the_day_it_is_about(
    desk, assert_true
) -> None:
    desk(*EVENING).collect("margin_exchange", span=(MONDAY, MONDAY))
    both = ("sse_margin", "jin10_margin_shanghai")
    morning = desk(*MORNING_AFTER)
    morning.break_(*broken(*both))
    assert missing(morning.collect("margin_exchange")) == {"SSE": ["2025-11-25"]}

    later = desk(*NEXT_MORNING)
    later.break_(*broken("sse_margin"))
    assert missing(later.collect("margin_exchange")) == {}
    shanghai = later.core("margin_exchange").filter(exchange="SSE").sort("trade_date")
    assert shanghai["trade_date"].to_list()[-2:] == [TUESDAY, TUESDAY + timedelta(days=1)]
    assert shanghai["source"].to_list()[-2:] == ["jin10", "jin10"]
    # Tuesday's was out since Wednesday 09:00 by rule, Wednesday's is known from this fetch.
    assert shanghai["known_at"].to_list()[-2:] == [
        datetime(2025, 11, 26, 1),
        datetime(2025, 11, 27, 1, 10),
    ]
    assert_true(later, "margin_exchange")


# Beijing's summary, from its detail


def test_beijings_detail_stands_in_once_the_rest_of_the_market_proves_it(desk, assert_true) -> None:
    history(desk, "margin_exchange", "margin_market")
    evening = desk(*EVENING)
    evening.break_(*broken("bse_margin"))
    (outcome,) = [o for o in evening.collect("margin_exchange") if o.part == "BSE"]
    assert outcome.missing == ["2025-11-24"]
    assert "no total for 2025-11-24" in outcome.incidents[-1]
    evening.collect("margin_market")
    assert missing(evening.collect("margin_exchange")) == {}
    beijing = evening.core("margin_exchange").filter(exchange="BSE", trade_date=MONDAY)
    assert beijing["source"].item() == "BSE detail"
    assert_true(evening, "margin_exchange")


def test_beijings_detail_without_a_page_is_not_its_summary(desk) -> None:
    history(desk, "margin_exchange", "margin_market")
    evening = desk(*EVENING)
    evening.collect("margin_market")
    evening.break_(
        *broken("bse_margin"), Fault(Kind.UNIT_SLIP, endpoint="bse_margin_detail", factor=0.93)
    )
    (outcome,) = evening.collect("margin_exchange")[-1:]
    assert outcome.missing == ["2025-11-24"]
    assert "rule: detail = total" in outcome.incidents[-1]


# Margin by security


def test_detail_waits_for_the_summary_that_proves_it(desk, assert_true) -> None:
    evening, monday = desk(*EVENING), (MONDAY, MONDAY)
    parts = {"SSE", "SZSE", "BSE"}
    assert set(missing(evening.collect("margin_security", span=monday))) == parts
    assert evening.core("margin_security").is_empty()
    assert evening.incidents("margin_security") == {(part, "SourceEmpty") for part in parts}
    evening.collect("margin_exchange", span=monday)
    assert missing(evening.collect("margin_security", span=monday)) == {}
    assert_true(evening, "margin_security")


def test_a_detail_of_another_day_is_not_believed(desk, monkeypatch) -> None:
    """Shenzhen's workbook bears no date."""
    evening, monday = desk(*EVENING), (MONDAY, MONDAY)
    evening.collect("margin_exchange", span=monday)
    week = timedelta(days=7)
    monkeypatch.setattr(szse_details, "day_of", lambda text: date.fromisoformat(text) - week)
    assert list(missing(evening.collect("margin_security", span=monday))) == ["SZSE"]
    assert ("SZSE", "ContractViolated") in evening.incidents("margin_security")
    assert set(evening.core("margin_security")["exchange"]) == {"SSE", "BSE"}


def test_one_day_that_does_not_add_up_holds_up_no_other(desk, monkeypatch) -> None:
    evening, span = desk(*EVENING), (FRIDAY, MONDAY)
    evening.collect("margin_exchange", span=span)
    complete = sse_details.detail

    def with_a_gap(market, exchange, day) -> pl.DataFrame:
        rows = complete(market, exchange, day)
        return rows[1:] if day == FRIDAY else rows

    monkeypatch.setattr(sse_details, "detail", with_a_gap)
    assert missing(evening.collect("margin_security", span=span)) == {"SSE": [str(FRIDAY)]}
    assert evening.sources("margin_security", FRIDAY) == {"SZSE", "BSE"}
    assert evening.sources("margin_security", MONDAY) == {"SSE", "SZSE", "BSE"}


# Funds


def test_the_quote_page_fills_the_fund_shares_of_the_close_before(desk, assert_true) -> None:
    history(desk, "fund_share")
    evening = desk(*EVENING)
    evening.break_(*broken("sse_fund_shares", "szse_fund_shares"))
    assert missing(evening.collect("fund_share")) == {}
    assert evening.sources("fund_share", MONDAY) == {"Eastmoney"}
    assert evening.asked()["push2delay.eastmoney.com"] == 1
    assert_true(evening, "fund_share")


def test_before_a_session_the_quote_page_is_not_asked(desk) -> None:
    desk(*EVENING).collect("fund_share", span=(MONDAY, MONDAY))
    morning = desk(*MORNING_AFTER)
    morning.break_(*broken("sse_fund_shares"))
    assert missing(morning.collect("fund_share")) == {"SSE": ["2025-11-25"]}
    assert not morning.asked()["push2delay.eastmoney.com"]


def test_a_quote_page_of_the_day_before_fills_nothing(desk) -> None:
    history(desk, "fund_share")
    evening = desk(*EVENING)
    evening.break_(
        *broken("sse_fund_shares"), *broken("eastmoney_fund_quotes", kind=Kind.STALE_DAY)
    )
    assert missing(evening.collect("fund_share")) == {"SSE": ["2025-11-24"]}


def test_fund_shares_that_have_not_been_updated_are_not_those_of_a_new_day(
    desk, monkeypatch
) -> None:
    """The page shows quotes of the session beside the shares of two days ago."""
    history(desk, "fund_share")
    evening = desk(*EVENING)
    evening.break_(*broken("sse_fund_shares"))
    current = View.fund_shares
    monkeypatch.setattr(
        View, "fund_shares", lambda view, e: current(view, e).filter(pl.col("trade_date") < MONDAY)
    )
    assert "SSE" in missing(evening.collect("fund_share"))
    assert ("Eastmoney", "SourceEmpty") in evening.incidents("fund_share")


def test_half_of_the_funds_are_not_all_of_them(desk) -> None:
    history(desk, "fund_share")
    evening = desk(*EVENING)
    evening.break_(*broken("sse_fund_shares", "eastmoney_fund_quotes", kind=Kind.TRUNCATED))
    assert missing(evening.collect("fund_share")) == {"SSE": ["2025-11-24"]}
    assert ("SSE", "ContractViolated") in evening.incidents("fund_share")


def test_eastmoneys_bars_fill_where_sinas_are_missing(desk, assert_true) -> None:
    evening = desk(*EVENING)
    evening.exchange.inject(Fault(Kind.RESET, endpoint="sina_fund_history", times=1))
    assert missing(evening.collect("fund_daily")) == {}
    rows = evening.core("fund_daily").filter(trade_date=TUESDAY)
    assert set(rows["source"]) == {"Sina", "Eastmoney"}
    assert_true(evening, "fund_daily")


# Across the border


def test_a_day_on_which_hong_kong_rests_has_no_row_and_is_no_failure(desk, assert_true) -> None:
    """Good Friday and Easter Monday are trading days on the mainland."""
    evening = desk(*EVENING)
    easter = (date(2025, 4, 17), date(2025, 4, 22))
    assert missing(evening.collect("stock_connect", span=easter)) == {}
    assert evening.core("stock_connect")["trade_date"].unique().sort().to_list() == list(easter)
    assert date(2025, 4, 18) in evening.ws.calendar
    assert_true(evening, "stock_connect")
