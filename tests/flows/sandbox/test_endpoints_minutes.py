"""akshare's own readers of minute bars give days back that add up to the market's daily bars."""

from __future__ import annotations

from datetime import date

import akshare as ak
import pandas as pd
import polars as pl
import pytest

from flows.network.frozen_clock import wall_clock
from flows.sandbox import Exchange
from warehouse.datasets.stock_minute import StockMinute

BREAK = date(2026, 1, 13)
THEME, INDEX = "sh600118", "sh000688"
SUMS = {"volume_shares": "volume_shares", "amount_cny": "amount_cny"}


@pytest.fixture(autouse=True)
def evening(exchange: Exchange):
    from akshare.index import index_zh_em

    index_zh_em.index_code_id_map_em.cache_clear()
    with wall_clock(lambda: exchange.now):
        yield


def daily(market, symbol: str) -> pl.DataFrame:
    code = f"{symbol[2:]}.{symbol[:2].upper()}"
    of_index = market.indices.filter(pl.col("code") == code)
    bars = of_index if of_index.height else market.bars_of(market.position[symbol])
    return bars.filter(pl.col("trade_date") <= BREAK).sort("trade_date")


def by_day(bars: pl.DataFrame) -> pl.DataFrame:
    return bars.group_by("trade_date", maintain_order=True).agg(
        pl.col("open").first(), pl.col("high").max(), pl.col("low").min(), pl.col("close").last(),
        pl.col("volume_shares", "amount_cny").sum(),
    )  # fmt: skip


def of_sina(answer: pd.DataFrame) -> pl.DataFrame:
    time = pl.col("day").str.to_datetime()
    return pl.from_pandas(answer).select(
        time.dt.date().alias("trade_date"),
        time.dt.time().alias("time"),
        pl.col("open", "high", "low", "close").cast(pl.Float64),
        volume_shares=pl.col("volume").cast(pl.Float64),
        amount_cny=pl.col("amount").cast(pl.Float64),
    )


@pytest.mark.parametrize("symbol", [THEME, INDEX, "sz399006"])
def test_sinas_minutes_add_up_to_the_daily_bars(market, symbol):
    answer = of_sina(ak.stock_zh_a_minute(symbol, "1", ""))
    assert answer.height == 1970
    whole = answer.filter(pl.len().over("trade_date") == 240)
    found = by_day(whole)
    truth = daily(market, symbol).filter(pl.col("trade_date").is_in(found["trade_date"].implode()))
    assert found.height == 8
    assert found.equals(truth.select(found.columns))


def test_sinas_minutes_are_named_by_their_ends(market):
    answer = of_sina(ak.stock_zh_a_minute(THEME, "1", ""))
    last = answer.filter(pl.col("trade_date") == BREAK)
    times = [f"{t:%H:%M}" for t in last["time"]]
    assert (times[0], times[119], times[120], times[-1]) == ("09:31", "11:30", "13:01", "15:00")


@pytest.mark.parametrize("symbol", [THEME, INDEX])
def test_eastmoneys_minutes_are_in_lots_and_know_opening_prices_of_one_day(market, symbol):
    read = ak.index_zh_a_hist_min_em if symbol == INDEX else ak.stock_zh_a_hist_min_em
    answer = pl.from_pandas(read(symbol=symbol[2:], period="1"))
    assert answer.columns == ["时间", "开盘", "收盘", "最高", "最低", "成交量", "成交额", "均价"]
    day = pl.col("时间").str.slice(0, 10).str.to_date()
    days = answer.group_by(trade_date=day, maintain_order=True).agg(
        high=pl.col("最高").max(), low=pl.col("最低").min(), close=pl.col("收盘").last(),
        amount_cny=pl.col("成交额").sum(), volume_shares=100.0 * pl.col("成交量").sum(),
        bars=pl.len(), opened=(pl.col("开盘") > 0).sum(),
    )  # fmt: skip
    assert days["bars"].to_list() == [241] * 5
    assert days["opened"].to_list() == [0, 0, 0, 0, 241]
    truth = daily(market, symbol).tail(5)
    same = ["trade_date", "high", "low", "close", "amount_cny"]
    assert days.select(same).equals(truth.select(same))
    gap = (days["volume_shares"] - truth["volume_shares"]).abs()
    assert gap.max() <= (0 if symbol == THEME else 241 * 100)


def test_a_symbol_that_nobody_knows_has_no_minutes():
    assert ak.stock_zh_a_minute("sh699999", "1", "").empty
    with pytest.raises(TypeError):
        ak.stock_zh_a_hist_min_em("699999", period="1")


def test_the_minutes_of_every_company_keep_the_contract(market):
    """Also of shares that are sealed at a limit, and of those that hardly trade."""
    from flows.sandbox.view import View
    from tests.flows.sandbox.conftest import EVENING

    view = View(market, EVENING)
    frames = [
        bars.with_columns(code=pl.lit(code))
        for code in (*market.companies["code"], "000001.SH", "399006.SZ")
        for bars in view.minutes(code, 2)
    ]
    rows = pl.concat(frames).with_columns(pl.col("minute").cast(pl.Int64))
    rows = rows.select(StockMinute.column_names())
    failed = StockMinute.filter(rows, cast=True).failure
    assert failed.counts() == {}
