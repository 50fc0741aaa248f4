"""Valuation, crowding and the economy: what comes in is what the market says, whoever serves it."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from flows.ingestion.collection import Collection
from flows.ingestion.fallback_chain import collect_dataset
from flows.sandbox import Fault, Kind
from warehouse.datasets import index_valuation
from warehouse.readers import statistics_bureau as bureau

MONDAY, TUESDAY = date(2025, 11, 24), date(2025, 11, 25)
OCTOBER = date(2025, 10, 1)
EASTMONEY = ("datacenter-web.eastmoney.com", "datacenter.eastmoney.com")
# Dataset → its newest date on Tuesday evening.
NEWEST = {
    "market_valuation": TUESDAY, "board_valuation": TUESDAY, "equity_bond_spread": TUESDAY,
    "buffett_index": TUESDAY, "market_congestion": TUESDAY, "high_low_count": TUESDAY,
    "market_activity": TUESDAY, "money_supply": OCTOBER, "social_financing": OCTOBER,
    "pmi": OCTOBER, "cpi": OCTOBER, "gdp": date(2025, 7, 1), "lpr": date(2025, 11, 20),
    "fx_rate": TUESDAY, "government_yield": TUESDAY,
}  # fmt: skip
DATED = {
    "gdp": "quarter",
    "lpr": "quoted_on",
    "fx_rate": "rate_date",
    "government_yield": "yield_date",
}
MONTHLY = ("money_supply", "social_financing", "pmi", "cpi")
# What is down → the dataset that another host fills, and that host's name.
STAND_INS = [
    ("market_valuation", ["*legulegu.com"], "Shenwan"),
    ("equity_bond_spread", ["*legulegu.com"], "CSI − Eastmoney"),
    ("buffett_index", ["*legulegu.com"], "SSE + SZSE, Eastmoney"),
    ("money_supply", EASTMONEY, "Sina"),
    ("pmi", EASTMONEY, "National Bureau of Statistics"),
    ("gdp", EASTMONEY, "National Bureau of Statistics"),
    ("cpi", EASTMONEY, "jin10"),
    ("fx_rate", ["biz.finance.sina.com.cn"], "State Administration of Foreign Exchange"),
]
ROUNDED = {"spread": 5e-6, "index_close": 0.006, "market_value_cny": 2e6, "cny_per_unit": 1e-6}


def day_of(name: str) -> str:
    return DATED.get(name, "month" if name in MONTHLY else "trade_date")


@pytest.fixture
def evening(desk):
    """A desk on Tuesday evening with an empty home."""
    return desk()


def test_core_holds_what_the_market_says_within_the_budget(evening, assert_true) -> None:
    """One evening: legulegu two requests each, the economy a page each."""
    weekly = [name for name in NEWEST if name != "board_valuation"]
    assert [o.shortfall for o in evening.collect(*weekly) if o.missing or o.rejected > 1] == []
    asked = evening.asked()
    assert asked["legulegu.com"] + asked["www.legulegu.com"] == 2 * 5 + 1 + 1
    assert (
        asked["datacenter-web.eastmoney.com"] == 5 + 4
    )  # prime rates: three pages, one of them twice
    assert asked["datacenter.eastmoney.com"] == 2
    assert asked["data.mofcom.gov.cn"] == 1
    assert asked["biz.finance.sina.com.cn"] in (6, 7)  # akshare keeps the list of currencies
    evening.collect("board_valuation")
    for name, newest in NEWEST.items():
        assert evening.core(name)[day_of(name)].max() == newest, name
        assert_true(evening, name)


def test_another_host_fills_in(evening, truth) -> None:
    hosts = {host for _, hosts, _ in STAND_INS for host in hosts} - {"datacenter.eastmoney.com"}
    evening.break_(*(Fault(Kind.RESET, host=host) for host in hosts))
    gdp_elsewhere = [name for name, *_ in STAND_INS if name != "buffett_index"]
    assert [o.shortfall for o in evening.collect(*gdp_elsewhere) if o.missing] == []
    evening.exchange.heal()
    evening.break_(Fault(Kind.RESET, host="*legulegu.com"))
    assert [o.shortfall for o in evening.collect("buffett_index") if o.missing] == []
    for name, _, source in STAND_INS:
        assert_filled(evening, truth(name), name, source)


def test_managers_indices_come_from_a_third_host(evening, truth) -> None:
    evening.break_(*(Fault(Kind.RESET, host=host) for host in (*EASTMONEY, bureau.HOST)))
    assert [o.shortfall for o in evening.collect("pmi") if o.missing] == []
    assert_filled(evening, truth("pmi"), "pmi", "jin10")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(Kind.HTML, endpoint="bureau_figures"), "SourceUnavailable"),
        (Fault(Kind.HTML, endpoint="bureau_catalogue"), "SourceUnavailable"),
        (Fault(Kind.DATA_NULL, endpoint="bureau_catalogue"), "SourceChanged"),
        (Fault(Kind.DATA_NULL, endpoint="bureau_figures"), "SourceEmpty"),
        (Fault(Kind.RENAMED_COLUMN, endpoint="bureau_figures", column="i_showname"), "SourceChanged"),
        (Fault(Kind.DASH_VALUES, endpoint="bureau_figures", column="value"), "SourceChanged"),
        (Fault(Kind.UNIT_SLIP, endpoint="bureau_figures", column="value", factor=1e4), "ContractViolated"),
    ],
)  # fmt: skip
def test_what_the_bureau_sends_is_true_or_refused(evening, fault, kind) -> None:
    evening.break_(*(Fault(Kind.RESET, host=host) for host in EASTMONEY), fault)
    (outcome,) = evening.collect("gdp")
    assert outcome.missing
    assert evening.core("gdp").is_empty()
    assert ("National Bureau of Statistics", kind) in evening.incidents("gdp")
    evening.exchange.heal()
    evening.break_(*(Fault(Kind.RESET, host=host) for host in EASTMONEY))
    evening.collect("gdp")  # nothing of the bad answer is kept
    assert set(evening.core("gdp")["source"]) == {"National Bureau of Statistics"}


def assert_filled(evening, facts: pl.DataFrame, name: str, source: str) -> None:
    """The rows are that host's, and what the market says."""
    rows = evening.core(name)
    assert set(rows["source"]) == {source}
    assert rows[day_of(name)].max() == NEWEST[name]
    keys = [c for c in ("currency", day_of(name)) if c in facts.columns]
    both = rows.join(facts, on=keys, suffix="_true")
    assert both.height == rows.height
    compared = 0
    for column in (c for c in rows.columns if f"{c}_true" in both.columns):
        said = both.drop_nulls(column)
        gap = (said[column] - said[f"{column}_true"]).abs()
        allowed = ROUNDED.get(column, 0) + 1e-6 * said[column].abs()
        assert (gap <= allowed).all(), (name, column)
        compared += said.height
    assert compared
    assert {kind for _, kind in evening.incidents(name)} == {"SourceUnavailable"}


def test_yields_come_from_two_more_hosts(evening, assert_true) -> None:
    evening.break_(Fault(Kind.RESET, host="datacenter.eastmoney.com"))
    evening.collect("government_yield")
    for country, source in (("CN", "ChinaBond"), ("US", "Sina")):
        rows = evening.core("government_yield").filter(country=country)
        assert set(rows["source"]) == {source}
        assert rows["yield_date"].max() == MONDAY
    assert_true(evening, "government_yield", ["yield_5y", "yield_10y", "yield_30y"])


def test_china_s_yields_are_at_sina_too(evening, assert_true) -> None:
    for host in ("datacenter.eastmoney.com", "yield.chinabond.com.cn"):
        evening.break_(Fault(Kind.RESET, host=host))
    assert [o.shortfall for o in evening.collect("government_yield") if o.missing] == []
    assert set(evening.core("government_yield")["source"]) == {"Sina"}
    assert_true(evening, "government_yield", ["yield_2y", "yield_5y", "yield_10y", "yield_30y"])


def test_shanghai_says_its_own_price_earnings(evening, assert_true) -> None:
    evening.break_(Fault(Kind.HTML, host="*legulegu.com", status=403))
    outcomes = {o.part: o for o in evening.collect("board_valuation")}
    rows = evening.core("board_valuation")
    assert set(rows["board"]) == {"Shanghai", "STAR"}
    assert set(rows["source"]) == {"SSE"}
    assert_true(evening, "board_valuation")
    assert [part for part, o in outcomes.items() if o.missing] == ["Shenzhen", "ChiNext"]


def test_all_hosts_down_stops_with_messages_and_no_row(evening) -> None:
    evening.break_(Fault(Kind.HANG))
    outcomes = evening.collect(*NEWEST)
    assert {o.dataset for o in outcomes} == set(NEWEST)
    silent = [o for o in outcomes if o.missing and o.incidents and not o.received]
    assert len(silent) == len(outcomes)
    for name in NEWEST:
        assert evening.core(name).is_empty(), name
        assert {kind for _, kind in evening.incidents(name)} == {"SourceUnavailable"}, name


def test_lists_are_not_asked_again_before_their_time(desk) -> None:
    lists = ("market_valuation", "social_financing", "market_activity")
    desk(2025, 11, 18, 19).collect(*lists)
    soon = desk(2025, 11, 19, 9)
    assert [collect_dataset(Collection(soon.ws), name) for name in lists] == [[], [], []]
    assert soon.exchange.log == []
    later = desk(2025, 11, 25, 19)
    new = [outcome.new for name in lists for outcome in collect_dataset(Collection(later.ws), name)]
    assert new == [5, 0, 1]


def test_figures_of_a_month_are_known_when_the_statisticians_publish_them(evening) -> None:
    evening.collect("cpi", "pmi", "gdp", "money_supply")

    def known(name: str, column: str, day: date) -> datetime:
        return evening.core(name).filter(pl.col(column) == day)["known_at"].item()

    assert known("cpi", "month", date(2025, 9, 1)) == datetime(2025, 10, 15, 2)
    assert known("pmi", "month", date(2025, 9, 1)) == datetime(2025, 10, 1, 2)
    assert known("money_supply", "month", date(2025, 9, 1)) == datetime(2025, 10, 15, 10)
    assert known("gdp", "quarter", date(2025, 4, 1)) == datetime(2025, 7, 20, 2)


def test_a_figure_that_comes_early_is_known_from_its_fetch(desk) -> None:
    """Consumer prices come on the 9th; the rule for the past is the latest day, the 15th."""
    morning = desk(2025, 11, 10, 9)
    morning.collect("cpi")
    october = morning.core("cpi").filter(month=OCTOBER)
    assert october["known_at"].item() == datetime(2025, 11, 10, 1)


def test_yields_of_america_are_known_the_next_morning(desk) -> None:
    night = desk(2025, 11, 25, 19)
    night.collect("government_yield")
    rows = night.core("government_yield")
    assert rows.filter(country="US")["yield_date"].max() == MONDAY
    friday = rows.filter(country="US", yield_date=date(2025, 11, 20))["known_at"].item()
    assert friday == datetime(2025, 11, 21, 0)


def test_csi_300_is_valued_by_legulegu_too(evening, monkeypatch) -> None:
    monkeypatch.setitem(index_valuation.FOLLOWED, "000300.SH", date(2005, 4, 8))
    evening.break_(Fault(Kind.RESET, host="www.csindex.com.cn"))
    evening.collect("index_valuation")
    rows = evening.core("index_valuation")
    assert set(rows["code"]) == {"000300.SH"}
    assert (set(rows["source"]), rows["trade_date"].max()) == ({"legulegu"}, TUESDAY)
    facts = evening.exchange.market.indices.select("code", "trade_date", true="pe_ttm")
    both = rows.join(facts, on=["code", "trade_date"])
    assert ((both["pe_ttm"] - both["true"]).abs() < 0.006).all()
