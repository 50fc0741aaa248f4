"""akshare's own readers of indices, boards, sectors and megacaps give the market's figures back."""

from datetime import date, datetime

import akshare as ak
import numpy as np
import pandas as pd
import polars as pl
import pytest

from flows.network.frozen_clock import wall_clock
from flows.sandbox import Exchange

BREAK = date(2026, 1, 13)
OHLC = ["open", "high", "low", "close"]
CHINESE = ["开盘", "最高", "最低", "收盘"]


@pytest.fixture(autouse=True)
def evening(exchange: Exchange):
    """akshare lives at the exchange's time and has heard nothing before."""
    from akshare.index import index_stock_hk
    from akshare.stock_feature import stock_board_concept_ths, stock_board_industry_ths

    index_stock_hk._symbol_code_dict.cache_clear()
    stock_board_concept_ths._get_stock_board_concept_name_ths.cache_clear()
    stock_board_concept_ths.__dict__["__stock_board_concept_summary_ths"].cache_clear()
    stock_board_industry_ths._get_stock_board_industry_name_ths.cache_clear()
    with wall_clock(lambda: exchange.now):
        yield


def same(
    answer: pd.DataFrame, names: list[str], truth: pl.DataFrame, columns: list[str], **within
) -> None:
    for name, column in zip(names, columns, strict=True):
        np.testing.assert_allclose(
            answer[name].astype(float), truth[column].cast(pl.Float64), **{"atol": 6e-4, **within}
        )


def days(answer: pd.DataFrame, column: str = "date") -> list[date]:
    return pd.to_datetime(answer[column]).dt.date.tolist()


@pytest.mark.parametrize("symbol", ["sh000688", "sz399006", "csi950180", "sz970070"])
def test_eastmoney_bars_of_mainland_indices(market, symbol) -> None:
    answer = ak.stock_zh_index_daily_em(symbol, "20251201", "20260131")
    exchange = symbol.rstrip("0123456789").upper()
    truth = market.indices.filter(
        pl.col("code") == f"{symbol[-6:]}.{exchange}",
        pl.col("trade_date").is_between(date(2025, 12, 1), BREAK),
    )
    assert list(answer) == ["date", "open", "close", "high", "low", "volume", "amount"]
    assert days(answer) == truth["trade_date"].to_list()
    same(answer, OHLC, truth, OHLC)
    same(answer, ["amount"], truth, ["amount_cny"], rtol=1e-9)
    assert np.allclose(answer["volume"] * 100, truth["volume_shares"], atol=100)


def test_eastmoney_bars_of_hong_kong_indices(market, exchange) -> None:
    answer = ak.stock_hk_index_daily_em("HSTECH")
    truth = market.indices.filter(pl.col("code") == "HSTECH.HK", pl.col("trade_date") < BREAK)
    assert list(answer) == ["date", "open", "high", "low", "latest"]
    assert days(answer)[: truth.height] == truth["trade_date"].to_list()
    same(answer.head(truth.height), ["open", "high", "low", "latest"], truth, OHLC)
    asked = [entry.endpoint for entry in exchange.log]
    assert asked == ["eastmoney_hong_kong_indices"] * 3 + ["eastmoney_bars"]


@pytest.mark.parametrize("source", ["sina", "eastmoney"])
def test_bars_of_the_nasdaq_100(market, source) -> None:
    truth = market.abroad.filter(pl.col("code") == "NDX.US", pl.col("trade_date") < BREAK)
    if source == "sina":
        answer, day, names = ak.index_us_stock_sina(".NDX"), "date", OHLC
        assert list(answer) == ["date", "open", "high", "low", "close", "volume", "amount"]
        assert (answer["amount"] == 0).all()
    else:
        answer, day = ak.index_global_hist_em("纳斯达克"), "日期"
        names = ["今开", "最高", "最低", "最新价"]
        assert set(answer["代码"]) == {"NDX"}
    assert days(answer, day) == truth["trade_date"].to_list()
    same(answer, names, truth, OHLC)


def test_megacaps_of_new_york_as_traded(market, exchange) -> None:
    truth = market.abroad.filter(pl.col("code") == "NVDA.US", pl.col("trade_date") < BREAK)
    sina = ak.stock_us_daily("NVDA", adjust="")
    assert list(sina) == ["date", "open", "high", "low", "close", "volume"]
    assert days(sina) == truth["trade_date"].to_list()
    same(sina, [*OHLC, "volume"], truth, [*OHLC, "volume_shares"], atol=1e-6)
    assert [e.endpoint for e in exchange.log] == ["sina_new_york_history", "sina_new_york_factors"]
    eastmoney = ak.stock_us_hist("105.NVDA", start_date="20240603", end_date="20260131")
    truth = truth.filter(pl.col("trade_date") >= date(2024, 6, 3))
    assert days(eastmoney, "日期") == truth["trade_date"].to_list()
    names = [*CHINESE, "成交量", "成交额"]
    same(eastmoney, names, truth, [*OHLC, "volume_shares", "amount"], atol=1e-6)


def test_megacaps_of_hong_kong_as_traded(market) -> None:
    truth = market.abroad.filter(pl.col("code") == "01211.HK", pl.col("trade_date") <= BREAK)
    sina = ak.stock_hk_daily("01211", adjust="")
    assert list(sina) == ["date", "open", "high", "low", "close", "volume", "amount"]
    assert days(sina) == truth["trade_date"].to_list()[: len(sina)]
    truth = truth.head(len(sina))
    same(sina, [*OHLC, "volume", "amount"], truth, [*OHLC, "volume_shares", "amount"], atol=1e-6)
    eastmoney = ak.stock_hk_hist("01211", start_date="20250601", end_date="20260131")
    truth = truth.filter(pl.col("trade_date") >= date(2025, 6, 1))
    assert days(eastmoney, "日期") == truth["trade_date"].to_list()
    same(eastmoney, CHINESE, truth, OHLC, atol=1e-6)


@pytest.mark.parametrize("industry", [False, True])
def test_boards_of_ths_and_eastmoney(market, industry) -> None:
    name, code = ("半导体", "BK1036") if industry else ("商业航天", "BK0963")
    kind = "industry" if industry else "concept"
    ths = getattr(ak, f"stock_board_{kind}_index_ths")(name, "20251120", "20260113")
    eastmoney = getattr(ak, f"stock_board_{kind}_hist_em")(
        code, start_date="20251120", end_date="20260113"
    )
    truth = market.boards.filter(
        pl.col("board") == name, pl.col("trade_date").is_between(date(2025, 11, 20), BREAK)
    )
    theirs = truth.filter(publisher="THS")
    assert list(ths) == ["日期", "开盘价", "最高价", "最低价", "收盘价", "成交量", "成交额"]
    assert days(ths, "日期") == theirs["trade_date"].to_list()
    same(ths, [f"{c}价" for c in CHINESE], theirs, OHLC)
    same(ths, ["成交量", "成交额"], theirs, ["volume_shares", "amount_cny"])
    other = truth.filter(publisher="Eastmoney")
    assert days(eastmoney, "日期") == other["trade_date"].to_list()
    same(eastmoney, CHINESE, other, OHLC)
    assert np.allclose(eastmoney["成交量"] * 100, other["volume_shares"], atol=100)


def test_ths_shows_its_concepts_on_several_pages(exchange) -> None:
    names = ak.stock_board_concept_name_ths()
    assert {"商业航天", "存储芯片"} <= set(names["name"])
    asked = [entry.endpoint for entry in exchange.log]
    assert asked == ["ths_concept_page"] + ["ths_concept_list"] * 4  # the first of three twice


@pytest.mark.parametrize(("level", "code"), [("一级行业", "801080"), ("二级行业", "801081")])
def test_shenwan_tables_and_histories(market, exchange, level, code) -> None:
    exchange.set_now(datetime(2026, 1, 13, 21))
    table = ak.index_analysis_daily_sw(level, "20260107", "20260113")
    truth = market.sectors.filter(
        pl.col("level") == level, pl.col("trade_date").is_between(date(2026, 1, 7), BREAK)
    )
    assert len(table) == truth.height
    pages = -(-truth.height // 50)
    assert len(exchange.log) == pages + 1
    one = table[table["指数代码"] == code].sort_values("发布日期")
    sector = truth.filter(code=code).sort("trade_date")
    same(one, ["收盘指数", "市盈率", "市净率"], sector, ["close", "pe", "pb"])
    for name, column in (
        ("换手率", "turnover_rate"),
        ("成交额占比", "amount_share"),
        ("股息率", "dividend_yield"),
    ):
        assert np.allclose(one[name] / 100, sector[column])
    history = ak.index_hist_sw(code)
    whole = market.sectors.filter(pl.col("code") == code, pl.col("trade_date") <= BREAK)
    assert days(history, "日期") == whole["trade_date"].to_list()
    same(history, CHINESE, whole, OHLC)


def test_the_industries_of_a_day_share_out_the_market(market) -> None:
    first = market.sectors.filter(pl.col("level") == "一级行业").group_by("trade_date")
    sums = first.agg(pl.col("amount_share").sum())["amount_share"]
    assert abs(sums - 1).max() < 0.002


def test_new_york_and_hong_kong_go_by_calendars_of_their_own(market) -> None:
    def traded(code: str) -> set[date]:
        return set(market.abroad.filter(code=code)["trade_date"])

    golden_week, christmas, thanksgiving = date(2025, 10, 3), date(2025, 12, 25), date(2025, 11, 27)
    mainland = {day.item() for day in market.days}
    assert golden_week in traded("00700.HK") and golden_week not in mainland
    assert christmas in mainland - traded("00700.HK") - traded("NVDA.US")
    assert thanksgiving in mainland & traded("00700.HK") and thanksgiving not in traded("NVDA.US")


@pytest.mark.parametrize(("first", "copied"), [("20151201", True), ("20160104", False)])
def test_csi_copies_the_first_bar_to_the_start_of_a_span_before_it(market, first, copied) -> None:
    answer = ak.stock_zh_index_hist_csindex("000300", first, "20160131")
    rows = answer.drop(columns="日期").head(2)
    assert str(answer["日期"][0]) == f"{first[:4]}-{first[4:6]}-{first[6:]}"
    assert rows.iloc[0].equals(rows.iloc[1]) is copied
