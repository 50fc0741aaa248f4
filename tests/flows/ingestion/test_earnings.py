"""Results, guidance and expectations: what is collected, when it is known, what stands in."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from flows.sandbox import Fault, Kind
from flows.sandbox.market.megacaps import expected
from tests.flows.desk import EVENING, desk_at, held_open
from warehouse.catalog import cutoff
from warehouse.readers.followed import followed_shares

TODAY = date(2025, 11, 25)
SATURDAY = (2025, 11, 22, 9)
APRIL = (2026, 4, 25, 9)
F10, CENTER = "datacenter.eastmoney.com", "datacenter-web.eastmoney.com"
NOVEMBER = {
    "earnings_report",
    "earnings_flash",
    "earnings_guidance",
    "disclosure_date",
    "hk_megacap_earnings",
    "us_megacap_earnings",
    "analyst_eps",
}


@pytest.fixture(scope="module")
def november(market, tmp_path_factory):
    """A desk that has collected everything on an evening in November; not to be written to."""
    home = tmp_path_factory.mktemp("november")
    evening = desk_at(market, home, *EVENING, held=True)
    with held_open(home, evening.ws):
        assert [o.shortfall for o in evening.collect(*NOVEMBER) if o.missing] == []
        yield evening


def test_core_holds_what_the_companies_said(november, assert_true, truth) -> None:
    for name in NOVEMBER:
        rows = november.core(name)
        assert rows.height > 0, name
        assert_true(november, name)
    due = truth("earnings_report").filter(pl.col("notice_date") <= TODAY)
    quarter = due.filter(period_end=date(2025, 9, 30))["code"]
    assert set(november.core("earnings_report")["code"]) == set(quarter)


def test_a_report_is_known_from_its_notice_on(november) -> None:
    rows = november.core("earnings_report")
    early = rows.sort("notice_date").head(1)
    noticed = early["notice_date"].item()
    assert early["known_at"].item() == datetime(noticed.year, noticed.month, noticed.day, 1)


def test_a_booking_is_known_from_the_fetch_and_a_report_from_its_day(desk) -> None:
    winter = desk(2026, 1, 20, 19)
    winter.collect("disclosure_date")
    booked = winter.core("disclosure_date").filter(pl.col("actual_date").is_null())
    assert booked.height > 10
    assert set(booked["known_at"]) == {datetime(2026, 1, 20, 11)}
    spring = desk(2026, 4, 30, 19)
    spring.collect("disclosure_date")
    rows = spring.core("disclosure_date").filter(period_end=date(2025, 12, 31))
    assert rows["actual_date"].null_count() == 0
    old = spring.query("FROM core.disclosure_date_superseded")
    assert set(old["superseded_at"]) == {datetime(2026, 4, 30, 11)}


def test_hong_kong_results_are_known_from_the_deadline_of_the_rules(november) -> None:
    rows = november.core("hk_megacap_earnings")
    tencent = {r["period_end"]: r for r in rows.filter(code="00700.HK").to_dicts()}
    assert tencent[date(2025, 6, 30)]["known_at"] == datetime(2025, 8, 31, 12)
    assert tencent[date(2024, 12, 31)]["known_at"] == datetime(2025, 3, 31, 12)
    fresh = rows.filter(pl.col("period_end") == date(2025, 9, 30))
    assert set(fresh["known_at"]) == {datetime(2025, 11, 25, 11)}  # fetched before the deadline


def test_american_results_are_known_on_the_trading_day_after_the_notice(november) -> None:
    rows = november.core("us_megacap_earnings")
    assert set(rows["ticker"]) == {"AAPL", "MSFT", "NVDA", "GOOGL", "AMZN", "META", "TSLA"}
    late = rows.filter(pl.col("known_at") <= pl.col("filing_date").dt.offset_by("1d"))
    assert late.is_empty()


def test_expectations_are_snapshots_of_the_day_on_which_they_were_fetched(desk, market) -> None:
    first = desk(*SATURDAY)
    first.collect("consensus_eps", "hk_consensus")
    second = desk(2025, 11, 29, 9)
    second.collect("consensus_eps", "hk_consensus")
    for day in (date(2025, 11, 22), date(2025, 11, 29)):
        rows = second.core("consensus_eps").filter(snapshot_date=day)
        truth = market.consensus(day)
        both = rows.join(truth, on=["code", "fiscal_year"], suffix="_true")
        assert both.height == rows.height == truth.height
        assert (both["eps_cny"] == both["eps_cny_true"]).all()
        assert (both["estimate"] == both["estimate_true"]).all()
        abroad = second.core("hk_consensus").filter(snapshot_date=day)
        hope = expected(market.hong_kong_earnings, day)
        both = abroad.join(hope, on=["code", "fiscal_year"])
        assert both.height == hope.height
        assert ((both["net_profit_reported"] / both["profit"] - 1).abs() < 1e-6).all()
    known = second.query(
        f"SELECT count(*) n FROM core.consensus_eps WHERE known_at <= '{cutoff(date(2025, 11, 25))}'"
    )
    assert known["n"].item() == market.consensus(date(2025, 11, 22)).height


def test_the_requests_of_a_week_keep_to_the_budget(desk) -> None:
    """At this size every list has one page: two requests each, as akshare probes first."""
    weekend = desk(*SATURDAY)
    weekend.collect(*NOVEMBER, "consensus_eps", "hk_consensus")
    asked = weekend.asked()
    assert asked["www.etnet.com.hk"] == 7
    assert asked["reportapi.eastmoney.com"] == 2 * len(followed_shares())
    hong_kong_and_new_york = 2 * 7 + 2 * 7
    assert asked[F10] == hong_kong_and_new_york + 2 * 2  # flashes, guidance: one period each
    assert asked[CENTER] == 2 + 2 * 2 + 2  # reports, two lists of booked days, expectations


def test_a_list_is_asked_again_after_a_week(desk) -> None:
    desk(*SATURDAY).collect("earnings_report")
    from flows.ingestion.collection import Collection
    from flows.ingestion.fallback_chain import collect_dataset

    monday = desk(2025, 11, 24, 19)
    assert collect_dataset(Collection(monday.ws), "earnings_report") == []
    saturday = desk(2025, 11, 29, 9)
    assert len(collect_dataset(Collection(saturday.ws), "earnings_report")) == 1


def test_in_april_the_year_and_the_first_quarter_are_asked(desk) -> None:
    spring = desk(*APRIL)
    spring.collect("earnings_report", "earnings_guidance")
    for name in ("earnings_report", "earnings_guidance"):
        assert set(spring.core(name)["period_end"]) == {date(2025, 12, 31), date(2026, 3, 31)}


def test_a_back_fill_asks_for_the_periods_of_its_days(desk, assert_true) -> None:
    evening = desk()
    evening.collect("earnings_report", span=(date(2025, 9, 1), date(2025, 10, 31)))
    periods = set(evening.core("earnings_report")["period_end"])
    assert periods == {date(2025, 9, 30)}
    assert_true(evening, "earnings_report")


def test_cninfo_stands_in_for_the_booked_days(desk, assert_true) -> None:
    evening = desk()
    evening.break_(Fault(Kind.RESET, endpoint="eastmoney_appointments"))
    assert [o.missing for o in evening.collect("disclosure_date") if o.missing] == []
    assert set(evening.core("disclosure_date")["source"]) == {"cninfo"}
    assert_true(evening, "disclosure_date")


@pytest.mark.parametrize(
    ("name", "endpoint", "stopgap"),
    [
        ("earnings_report", "eastmoney_results", "Sina"),
        ("consensus_eps", "eastmoney_expectations", "THS"),
    ],
)
def test_a_stopgap_of_single_shares_fills_some_and_the_rest_stays_missing(
    desk, market, name, endpoint, stopgap
) -> None:
    evening = desk()
    evening.break_(Fault(Kind.RESET, endpoint=endpoint))
    (outcome,) = evening.collect(name)
    assert outcome.state == "partial"
    rows = evening.core(name)
    theme = set(market.companies.filter("theme")["code"])
    assert set(rows["source"]) == {stopgap}
    assert rows.height and set(rows["code"]) <= theme
    if name == "earnings_report":
        both = rows.join(market.earnings, on=["code", "period_end"], suffix="_true")
        assert both.height == rows.height
        assert (both["net_profit_cny"] == both["net_profit_cny_true"]).all()
        assert set(rows["known_at"]) == {datetime(2025, 11, 25, 11)}  # its notices are not dated


@pytest.mark.parametrize("host", [F10, CENTER, "www.etnet.com.hk"])
def test_without_any_source_a_dataset_stops_with_a_message(desk, host) -> None:
    names = {
        F10: ["earnings_flash", "earnings_guidance", "hk_megacap_earnings", "us_megacap_earnings"],
        CENTER: ["earnings_report", "consensus_eps", "disclosure_date"],
        "www.etnet.com.hk": ["hk_consensus"],
    }[host]
    evening = desk()
    evening.break_(Fault(Kind.RESET, host=host), Fault(Kind.RESET, host="*.cninfo.com.cn"))
    evening.break_(Fault(Kind.RESET, host="*.10jqka.com.cn"), Fault(Kind.RESET, host="*.sina.cn"))
    for outcome in evening.collect(*names):
        assert outcome.missing, outcome.dataset
        assert "is the host blocked" in outcome.shortfall
        assert evening.core(outcome.dataset).is_empty()
