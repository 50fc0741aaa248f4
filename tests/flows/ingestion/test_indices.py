"""Indices, boards, industries and megacaps: what is collected is the market's, whoever gives it."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from flows.sandbox import Fault, Kind
from warehouse.readers import followed

MONDAY, TUESDAY = date(2025, 11, 24), date(2025, 11, 25)
EVENING, MORNING = (2025, 11, 25, 19), (2025, 11, 26, 9, 10)
SINA, THS, SHENWAN = "finance.sina.com.cn", "*.10jqka.com.cn", "www.swsresearch.com"
EASTMONEY = "*push2his.eastmoney.com"
GOLDEN_WEEK = (date(2025, 10, 2), date(2025, 10, 8))
FAMILY = ("index_daily", "board_daily", "sector_daily", "hk_stock_daily", "us_stock_daily")


@pytest.fixture(autouse=True)
def one_of_the_mainland(monkeypatch) -> None:
    """Each packed history costs a tenth of a second; one stands for all."""
    for code in ("000001.SH", "399006.SZ"):
        monkeypatch.delitem(followed.MAINLAND_INDICES, code)


@pytest.fixture(autouse=True)
def fresh_akshare() -> None:
    """akshare remembers the lists of boards and indices for as long as a process lives."""
    from akshare.index import index_stock_hk
    from akshare.stock_feature import stock_board_concept_ths, stock_board_industry_ths

    index_stock_hk._symbol_code_dict.cache_clear()
    stock_board_concept_ths._get_stock_board_concept_name_ths.cache_clear()
    stock_board_concept_ths.__dict__["__stock_board_concept_summary_ths"].cache_clear()
    stock_board_industry_ths._get_stock_board_industry_name_ths.cache_clear()


@pytest.mark.parametrize("name", FAMILY)
def test_what_is_collected_is_what_the_market_says(desk, assert_true, name) -> None:
    morning = desk(*MORNING)
    outcomes = morning.collect(name)
    assert [o.shortfall for o in outcomes if o.missing] == []
    rows = morning.core(name)
    assert rows["trade_date"].max() == TUESDAY
    assert rows.height >= 5
    assert_true(morning, name)


@pytest.mark.parametrize(
    ("name", "down", "source"),
    [
        ("board_daily", THS, "Eastmoney"),
        ("hk_stock_daily", SINA, "Eastmoney"),
        ("us_stock_daily", SINA, "Eastmoney"),
    ],
)
def test_the_stand_in_fills_when_the_first_host_is_down(
    desk, assert_true, name, down, source
) -> None:
    morning = desk(*MORNING)
    morning.break_(Fault(Kind.RESET, host=down))
    assert [o.missing for o in morning.collect(name) if o.missing] == []
    assert morning.sources(name, TUESDAY) == {source}
    assert_true(morning, name)


def test_shenwan_s_histories_fill_where_its_tables_are_silent(desk, assert_true) -> None:
    morning = desk(*MORNING)
    morning.break_(Fault(Kind.HTML, endpoint="shenwan_*_level", status=403))
    assert [o.missing for o in morning.collect("sector_daily") if o.missing] == []
    assert morning.sources("sector_daily", TUESDAY) == {"Shenwan history"}
    assert morning.core("sector_daily")["pe"].null_count() == morning.core("sector_daily").height
    assert_true(morning, "sector_daily")


def test_every_index_has_a_stand_in_on_another_host(desk, assert_true) -> None:
    morning = desk(*MORNING)
    for host in (SINA, "proxy.finance.qq.com", "www.csindex.com.cn", "hq.cnindex.com.cn"):
        morning.break_(Fault(Kind.RESET, host=host))
    assert [o.missing for o in morning.collect("index_daily") if o.missing] == []
    rows = morning.core("index_daily").filter(trade_date=TUESDAY)
    assert dict(rows.select("code", "source").rows()) == dict.fromkeys(
        ("000688.SH", "930713.CSI", "970070.SZ", "HSI.HK", "NDX.US"), "Eastmoney"
    )
    assert_true(morning, "index_daily")


@pytest.mark.parametrize("name", FAMILY)
def test_all_hosts_down_stops_the_dataset_with_a_message(desk, name) -> None:
    morning = desk(*MORNING)
    morning.break_(Fault(Kind.RESET))
    outcomes = morning.collect(name)
    assert all(o.missing and o.shortfall for o in outcomes)
    assert morning.core(name).is_empty()
    assert {kind for _, kind in morning.incidents(name)} == {"SourceUnavailable"}


def test_new_york_s_day_is_known_on_shanghai_s_next_morning(desk) -> None:
    evening = desk(*EVENING)
    evening.collect("us_stock_daily", "index_daily")
    shares = evening.core("us_stock_daily")
    assert shares["trade_date"].max() == MONDAY
    friday = shares.filter(trade_date=date(2025, 11, 21))["known_at"].item()
    assert friday == datetime(2025, 11, 21, 22)  # 06:00 on Saturday in Shanghai
    newest = evening.core("index_daily").group_by("code").agg(pl.max("trade_date"))
    days = dict(newest.rows())
    assert (days["NDX.US"], days["HSI.HK"], days["000688.SH"]) == (MONDAY, TUESDAY, TUESDAY)
    nasdaq = evening.core("index_daily").filter(code="NDX.US", trade_date=date(2025, 11, 21))
    assert nasdaq["known_at"].item() == datetime(2025, 11, 21, 22)


def test_hong_kong_is_asked_when_its_close_is_out(desk) -> None:
    early = desk(2025, 11, 25, 16, 15)
    early.collect("index_daily", "hk_stock_daily")
    newest = dict(early.core("index_daily").group_by("code").agg(pl.max("trade_date")).rows())
    assert (newest["HSI.HK"], newest["000688.SH"]) == (MONDAY, TUESDAY)
    assert early.core("hk_stock_daily")["trade_date"].max() == MONDAY


@pytest.mark.parametrize(
    ("name", "sessions"), [("index_daily", 5), ("hk_stock_daily", 4), ("us_stock_daily", 5)]
)
def test_markets_abroad_trade_on_the_mainland_s_holidays(desk, assert_true, name, sessions) -> None:
    """Hong Kong rests on 7 October 2025."""
    later = desk(2025, 10, 15, 19)
    later.collect(name, span=(date(2025, 9, 29), date(2025, 10, 14)))
    rows = later.core(name).filter(pl.col("trade_date").is_between(*GOLDEN_WEEK))
    assert rows["trade_date"].n_unique() == sessions
    assert not set(rows["code"]) & {"000688.SH", "930713.CSI", "970070.SZ"}
    assert_true(later, name)


def test_a_board_s_stand_in_brings_a_series_of_its_own(desk) -> None:
    desk(*EVENING).collect("board_daily")
    later = desk(2025, 11, 26, 19)
    later.break_(Fault(Kind.RESET, host=THS))
    later.collect("board_daily")
    rows = later.core("board_daily").filter(board="商业航天").sort("trade_date")
    theirs = rows.filter(publisher="Eastmoney")
    assert theirs["trade_date"].max() == date(2025, 11, 26)
    assert theirs.height > 40
    levels = rows.filter(trade_date=TUESDAY)["close"]
    assert levels.n_unique() == 2


def test_a_part_of_the_market_is_not_asked_for_twice(desk) -> None:
    morning = desk(*MORNING)
    morning.collect("board_daily", "sector_daily")
    before = morning.asked()
    morning.collect("board_daily", "sector_daily")
    assert morning.asked() == before


def test_requests_of_a_day(desk) -> None:
    """What one more day costs: each board and year once, each level's table and its probe."""
    family = ("board_daily", "sector_daily", "us_stock_daily")
    desk(2025, 11, 25, 9, 10).collect(*family)
    evening = desk(2025, 11, 26, 9, 10)
    evening.collect(*family)
    asked = evening.asked()
    assert asked["d.10jqka.com.cn"] == 4
    assert asked["q.10jqka.com.cn"] == 3  # a page for each concept; the lists are remembered
    assert asked[SHENWAN] == 4
    assert asked[SINA] == 2  # New York's bars and the factors that nobody wants
    assert asked.total() == 13
