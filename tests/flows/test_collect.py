"""What a collection brings in, when it becomes known, and that it asks for nothing twice."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest
import stamina

from flows.collect import CollectionIncomplete, gather
from flows.ingestion import source_run
from flows.ingestion.results import NetworkDown
from flows.sandbox import Fault, Kind
from warehouse.catalog import dataset
from warehouse.errors import ContractViolated

FRIDAY, MONDAY, TUESDAY = date(2025, 11, 21), date(2025, 11, 24), date(2025, 11, 25)
SATURDAY_MORNING, SUNDAY = (2025, 11, 22, 9), (2025, 11, 23, 19)
COLLECTED = {
    "index_daily": TUESDAY,
    "index_valuation": TUESDAY,
    "stock_daily": TUESDAY,
    "market_turnover": TUESDAY,
    "margin_exchange": MONDAY,
    "margin_market": MONDAY,
}


@pytest.fixture
def after_tuesday(tuesday):
    assert [o.shortfall for o in tuesday.collect(*COLLECTED) if o.missing] == []
    return tuesday


def test_core_holds_what_the_market_says_in_its_own_units(after_tuesday, assert_true) -> None:
    for name, newest in COLLECTED.items():
        assert after_tuesday.core(name)["trade_date"].max() == newest, name
        assert_true(after_tuesday, name)


def test_live_rows_are_known_from_the_fetch_and_earlier_ones_from_their_publication(
    after_tuesday,
) -> None:
    rows = after_tuesday.core("margin_market").sort("trade_date")
    fetched_on_monday = rows.filter(trade_date=FRIDAY)["known_at"].item()
    assert fetched_on_monday == datetime(2025, 11, 24, 11)  # 19:00 in Shanghai, on the day due
    thursday = rows.filter(pl.col("trade_date") == date(2025, 11, 20))["known_at"].item()
    assert thursday == datetime(2025, 11, 21, 1)  # back-filled: 09:00 of the trading day after
    closes = after_tuesday.core("index_daily").filter(code="000001.SH", trade_date=MONDAY)
    assert closes["known_at"].item() == datetime(2025, 11, 24, 11)


def test_twice_is_once(after_tuesday) -> None:
    before = after_tuesday.query("SELECT sum(rows_new) n, sum(rows_revised) r FROM meta.load")
    after_tuesday.collect(*COLLECTED)
    after = after_tuesday.query("SELECT sum(rows_new) n, sum(rows_revised) r FROM meta.load")
    assert after.rows() == before.rows()
    assert after["r"].item() == 0


def test_a_late_margin_comes_next_morning_with_its_own_day(tuesday, desk) -> None:
    tuesday.collect("margin_exchange", "margin_market")
    assert tuesday.core("margin_market")["trade_date"].max() == MONDAY
    assert set(
        tuesday.core("margin_exchange").group_by("exchange").agg(pl.max("trade_date"))["trade_date"]
    ) == {MONDAY}

    morning = desk(2025, 11, 26, 9, 10)
    morning.collect("margin_exchange", "margin_market")
    newest = morning.core("margin_market").filter(trade_date=TUESDAY)
    assert newest["known_at"].item() == datetime(2025, 11, 26, 1, 10)
    assert morning.core("margin_exchange").filter(trade_date=TUESDAY).height == 3


@pytest.mark.parametrize("late", ["szse_margin", "sse_margin", "bse_margin"])
def test_exchanges_of_different_days_are_never_added(tuesday, assert_true, late) -> None:
    tuesday.break_(
        Fault(Kind.RESET, endpoint="eastmoney_margin_accounts"),
        Fault(Kind.STALE_DAY, endpoint=late),
    )
    tuesday.collect("margin_market")
    assert tuesday.core("margin_market")["trade_date"].max() == FRIDAY
    assert_true(tuesday, "margin_market")


@pytest.mark.parametrize("silent", ["jrrzye", "jrrjye"])
def test_a_sum_without_one_exchanges_figure_is_no_sum(tuesday, assert_true, silent) -> None:
    tuesday.break_(
        Fault(Kind.RESET, endpoint="eastmoney_margin_accounts"),
        Fault(Kind.DASH_VALUES, endpoint="szse_margin", column=silent),
    )
    tuesday.collect("margin_market")
    assert_true(tuesday, "margin_market")


def test_a_weekend_asks_for_no_day(desk) -> None:
    friday = desk(2025, 11, 21, 19)
    friday.collect("index_daily", "market_turnover", "stock_daily", "security")
    for moment in (SATURDAY_MORNING, SUNDAY):
        weekend = desk(*moment)
        weekend.collect("index_daily", "market_turnover", "stock_daily")
        assert {e.endpoint for e in weekend.exchange.log} <= {"sina_new_york_history"}
    sunday = desk(*SUNDAY)
    sunday.collect("margin_exchange")
    asked = " ".join(entry.url for entry in sunday.exchange.log)
    assert asked and not {
        d for d in ("20251122", "20251123", "2025-11-22", "2025-11-23") if d in asked
    }


def test_a_first_collection_looks_back_five_days_and_later_ones_no_further(desk) -> None:
    desk(2025, 11, 24, 19).collect("market_turnover")
    second = desk(2025, 11, 25, 19)
    second.collect("market_turnover")
    days = second.core("market_turnover")["trade_date"].unique().sort().to_list()
    assert (days[0], days[-1], len(days)) == (date(2025, 11, 18), TUESDAY, 6)
    assert second.asked() == {"query.sse.com.cn": 1, "www.szse.cn": 1}


def test_a_first_collection_keeps_all_that_an_answer_brings(desk, assert_true) -> None:
    evening = desk()
    evening.collect("margin_market", "index_daily")
    margin = evening.core("margin_market").sort("trade_date")
    assert margin["trade_date"].min() < date(2025, 9, 30)
    assert_true(evening, "margin_market")
    old = margin.filter(trade_date=date(2025, 9, 30))  # before a week of holidays
    assert old["known_at"].item() == datetime(2025, 10, 9, 1)  # 09:00 of the trading day after
    closes = evening.core("index_daily").filter(code="000001.SH")
    assert closes["trade_date"].min() < date(2025, 9, 1)
    themes = evening.core("index_daily").filter(code="930713.CSI")
    assert themes["trade_date"].n_unique() == 5  # asked for by its days, it brings no others


def test_a_later_collection_and_a_back_fill_keep_the_days_that_were_wanted(desk) -> None:
    evening = desk()
    evening.collect("margin_market", span=(date(2025, 11, 20), FRIDAY))
    evening.collect("margin_market")
    days = evening.core("margin_market")["trade_date"].sort().to_list()
    assert days == [date(2025, 11, 20), FRIDAY, MONDAY]


def test_where_a_long_past_cannot_be_believed_the_days_wanted_are_loaded(desk, monkeypatch) -> None:
    evening = desk()
    whole = source_run.load

    def doubting(job, source, answers, complete=()):
        if max(len(a.call.days) for a in answers) > 5:
            raise ContractViolated("1999 cannot be believed")
        whole(job, source, answers, complete)

    monkeypatch.setattr(source_run, "load", doubting)
    (outcome,) = evening.collect("margin_market")
    assert outcome.missing == []
    assert evening.core("margin_market")["trade_date"].n_unique() == 5
    assert evening.incident_kinds("margin_market") == ["ContractViolated"]


def test_without_a_network_a_collection_ends_after_three_hosts_and_says_so_once(desk) -> None:
    evening = desk()
    evening.break_(Fault(Kind.UNRESOLVED))
    with pytest.raises(NetworkDown, match=r"no network: none of \d hosts could be reached"):
        gather(evening.ws)
    assert len(evening.asked()) <= 5
    assert evening.asked().total() <= 8


def test_without_a_network_only_the_first_host_is_given_several_attempts(desk, monkeypatch) -> None:
    """Should it be about to come back. No incident is logged for what is not asked any more."""
    evening = desk()
    evening.break_(Fault(Kind.UNRESOLVED))
    monkeypatch.setattr(type(evening.ws), "attempts", 3)
    with stamina.set_testing(True, attempts=99, cap=True), pytest.raises(NetworkDown):
        gather(evening.ws)
    (first, *others) = evening.asked().values()
    assert first == 3
    assert len(others) >= 2 and set(others) <= {1, 2}, "once for each call"
    assert len(evening.incident_kinds("security")) <= len(others) + 1


def test_where_a_host_was_reached_a_silent_one_is_given_all_attempts(desk, monkeypatch) -> None:
    evening = desk()
    monkeypatch.setattr(type(evening.ws), "attempts", 3)
    evening.break_(Fault(Kind.UNRESOLVED, host="www.csindex*"))
    with stamina.set_testing(True, attempts=99, cap=True):
        evening.collect("margin_market", "index_valuation")
    assert evening.asked()["www.csindex.com.cn"] >= 3


def test_without_a_network_one_dataset_says_so_too(desk) -> None:
    """Of its one host nobody knows whether it is down; nothing else was asked that would tell."""
    evening = desk()
    evening.break_(Fault(Kind.UNRESOLVED))
    with pytest.raises(NetworkDown, match=r"^the network is not reachable, or none of these hosts"):
        gather(evening.ws, ["lpr"])


def test_a_family_of_hosts_that_is_down_is_no_lost_network(desk) -> None:
    evening = desk()
    evening.break_(
        *(Fault(Kind.RESET, host=h) for h in ("datacenter*", "query.sse*", "www.szse*", "www.bse*"))
    )
    evening.collect("margin_market", "margin_exchange", "index_daily")
    assert evening.core("index_daily")["trade_date"].max() == TUESDAY


def test_gaps_are_filled_and_only_gaps_are_asked_for(tuesday, assert_true) -> None:
    tuesday.collect("market_turnover")
    with tuesday.ws.writing() as warehouse:
        gap = "trade_date = DATE '2025-11-20' AND exchange = 'SSE'"
        warehouse.connection.execute(f"DELETE FROM core.market_turnover WHERE {gap}")
    before = tuesday.asked()
    (outcome,) = [o for o in tuesday.collect("market_turnover") if o.part == "SSE"]
    assert outcome.new == 1
    assert tuesday.asked() - before == {"query.sse.com.cn": 1}
    assert_true(tuesday, "market_turnover")


def test_a_machine_that_slept_for_months_catches_up(desk) -> None:
    desk(2025, 9, 5, 19).collect("index_valuation")
    later = desk(2025, 11, 25, 19)
    later.collect("index_valuation")
    days = later.core("index_valuation").filter(code="930713.CSI")["trade_date"]
    span = later.ws.calendar.filter(later.ws.calendar.is_between(date(2025, 9, 1), TUESDAY))
    assert set(span) <= set(days)


def test_one_dataset_down_stops_no_other(tuesday) -> None:
    hosts = {source.host for chain in dataset("index_daily").chains for source in chain.sources}
    tuesday.break_(*(Fault(Kind.RESET, host=host) for host in hosts))
    with pytest.raises(
        CollectionIncomplete, match=r"index_daily \(mainland\) failed: missing 2025-11-25"
    ):
        gather(tuesday.ws, ["index_daily", "margin_market", "margin_exchange"])
    assert tuesday.core("margin_market")["trade_date"].max() == MONDAY
    assert tuesday.core("margin_exchange")["trade_date"].max() == MONDAY


def test_a_silent_host_is_left_alone(desk) -> None:
    """After five requests in a row without an answer, whichever dataset made them."""
    morning = desk(2025, 11, 25, 19)
    morning.break_(Fault(Kind.HANG, host="www.bse.cn"))
    (outcome,) = [o for o in morning.collect("margin_exchange") if o.part == "BSE"]
    assert len(outcome.missing) == 5
    assert morning.asked()["www.bse.cn"] == 5
    morning.collect("margin_market", "margin_exchange")
    assert morning.asked()["www.bse.cn"] == 5
    kinds = morning.query(
        "SELECT DISTINCT kind FROM meta.incident WHERE message LIKE '%circuit open%'"
    )
    assert kinds["kind"].to_list() == ["SourceUnavailable"]


def test_a_fallback_overrules_nobody(tuesday) -> None:
    """One index fails at the first source; the others keep that source's rows."""
    tuesday.exchange.inject(Fault(Kind.RESET, endpoint="sina_index_history", times=1))
    tuesday.collect("index_daily")
    rows = tuesday.core("index_daily").filter(
        trade_date=TUESDAY, known_at=datetime(2025, 11, 25, 11)
    )
    assert dict(rows.select("code", "source").rows()) == {
        "000001.SH": "Tencent",
        "000688.SH": "Sina",
        "399006.SZ": "Sina",
        "930713.CSI": "CSI",
        "970070.SZ": "CNI",
        "HSI.HK": "Sina HK",
    }
    assert tuesday.query("SELECT sum(rows_revised) FROM meta.load").item() == 0


def test_share_prices_are_not_believed_before_something_dates_the_page(desk, assert_true) -> None:
    """On the first day of all a few shares' dated bars tell a page of the day before."""
    first = desk(2025, 11, 25, 19)
    first.break_(Fault(Kind.STALE_DAY, endpoint="sina_stock_snapshot"))
    first.collect("security", "stock_daily")
    assert first.incidents("stock_daily") == {("Sina", "SourceEmpty")}
    assert first.sources("stock_daily", TUESDAY) == {"Eastmoney"}
    assert_true(first, "stock_daily")


def test_without_any_date_a_page_is_not_believed(desk) -> None:
    first = desk(2025, 11, 25, 19)
    first.break_(Fault(Kind.RESET, host="finance.sina.com.cn"))
    (outcome,) = first.collect("stock_daily")
    assert outcome.missing == ["2025-11-25"]
    assert first.core("stock_daily").is_empty()


def test_a_new_hong_kong_share_gets_its_first_close_later(market, desk) -> None:
    listing = market.hong_kong_issues.filter(
        pl.col("listing_date").is_between(date(2025, 10, 1), TUESDAY)
    ).row(-1, named=True)
    day, code = listing["listing_date"], listing["code"]
    before = desk(day.year, day.month, day.day, 9)
    before.collect("hk_security")
    evening = desk(day.year, day.month, day.day, 19)
    for endpoint in ("sina_hong_kong_stock_history", "eastmoney_bars"):
        evening.break_(Fault(Kind.RESET, endpoint=endpoint))
    evening.collect("hk_security", "ipo_hk")
    assert evening.core("ipo_hk").filter(code=code)["first_day_close_hkd"].to_list() == [None]
    evening.exchange.heal()
    evening.collect("ipo_hk")
    close = evening.core("ipo_hk").filter(code=code)["first_day_close_hkd"].item()
    assert close == listing["first_day_close_hkd"]
