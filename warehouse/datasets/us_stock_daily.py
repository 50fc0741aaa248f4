"""Daily bars of the Magnificent Seven, as traded; New York's day is known on Shanghai's next
morning.

Sina's adjusted prices subtract dividends, so that early ones are negative: only unadjusted prices
are asked for (akshare fetches the file of factors all the same), and splits are undone by the table
in `warehouse.readers.foreign_markets`. Sina's value traded is dropped by akshare; Eastmoney has it.
"""

from __future__ import annotations

from datetime import date, time

import dataframely as dy
import polars as pl

from warehouse.cadence import Daily
from warehouse.catalog import (
    Call,
    Chain,
    Dataset,
    Figure,
    Plausibility,
    Publication,
    Request,
    Source,
)
from warehouse.contract import Bounds, Table, day, measure, of_one_size, text
from warehouse.exchanges import NEW_YORK
from warehouse.readers.foreign_markets import plausible_bars, run_up, weekdays, with_splits
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number
from warehouse.units import Unit

MAGNIFICENT_SEVEN = {
    "AAPL.US": date(1980, 12, 12),
    "MSFT.US": date(1986, 3, 13),
    "NVDA.US": date(1999, 1, 22),
    "GOOGL.US": date(2004, 8, 19),
    "AMZN.US": date(1997, 5, 15),
    "META.US": date(2012, 5, 18),
    "TSLA.US": date(2010, 6, 29),
}
NASDAQ = "105"  # Eastmoney's number of the exchange on which all seven trade
PRICE: Bounds = {"min": 0.1, "max": 1e4}
MONEY = (1e7, 2.5e11)  # USD a day; the busiest ever was 150 bn (Tesla, December 2020)


class UsStockDaily(Table):
    """Daily bars of shares in New York, as traded; dividends and splits are not undone."""

    code = text("Ticker with .US", key=True, pattern=r"^[A-Z]+\.US$")
    trade_date = day("Trading day in New York", key=True)
    open = measure("Opening price", Unit.USD_PER_SHARE, **PRICE)
    high = measure("Highest price", Unit.USD_PER_SHARE, **PRICE)
    low = measure("Lowest price", Unit.USD_PER_SHARE, **PRICE)
    close = measure("Closing price", Unit.USD_PER_SHARE, **PRICE)
    volume_shares = measure("Shares traded", Unit.SHARES, min=1e4, max=5e9)
    amount_usd = measure(
        "Value traded, where published", Unit.USD, nullable=True, optional=True, min=1e7, max=2.5e11
    )
    split_ratio = measure(
        "Shares that became of one on this day; 1 on all others. Close × split_ratio ÷ the close "
        "before is the day's return",
        Unit.RATIO,
        optional=True,
        min=0.001,
        max=1000,
    )

    high_is_of_the_size_of_low = of_one_size("high", "low", 5, 0)

    @dy.rule()
    def prices_are_ordered(cls) -> pl.Expr:
        """Low ≤ open, close ≤ high."""
        low, high = pl.col("low") - 0.011, pl.col("high") + 0.011
        return pl.all_horizontal(pl.col(c).is_between(low, high) for c in ("open", "close"))

    @dy.rule()
    def volume_shares_are_plausible(cls) -> pl.Expr:
        """Shares × price is what a megacap trades, since 2010 between 10 million and 250 billion
        dollars a day; outside, the unit of the volume slipped.
        """
        modern = pl.col("trade_date") >= pl.date(2010, 1, 1)
        traded = pl.col("volume_shares") * pl.col("close")
        return ~modern | traded.is_between(*MONEY)

    @dy.rule()
    def amount_usd_is_plausible(cls) -> pl.Expr:
        """Value ÷ volume is a price of the day, give or take a tenth for block trades."""
        paid = pl.col("amount_usd") / pl.col("volume_shares")
        return paid.is_between(pl.col("low") * 0.9, pl.col("high") * 1.1).fill_null(value=True)


def ticker(code: str) -> str:
    return code.removesuffix(".US")


def sina(request: Request) -> list[Call]:
    days = weekdays(request)
    return [
        Call("stock_us_daily", {"symbol": ticker(code), "adjust": ""}, days, code)
        for code in request.codes
    ]


def eastmoney(request: Request) -> list[Call]:
    days = weekdays(request)
    span = {"start_date": f"{run_up(days):%Y%m%d}", "end_date": f"{days[-1]:%Y%m%d}", "adjust": ""}
    return [
        Call("stock_us_hist", {"symbol": f"{NASDAQ}.{ticker(code)}", **span}, days, code)
        for code in request.codes
    ]


def read_sina(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    columns = {c: number(c) for c in ("open", "high", "low", "close")}
    return plausible_bars(
        answer.select(
            code=pl.lit(call.label),
            trade_date=published_day("date"),
            **columns,
            volume_shares=number("volume"),
        ),
        call,
    )


def read_eastmoney(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    return plausible_bars(
        answer.select(
            code=pl.lit(call.label),
            trade_date=published_day("日期"),
            open=number("开盘"),
            high=number("最高"),
            low=number("最低"),
            close=number("收盘"),
            volume_shares=number("成交量"),
            amount_usd=number("成交额"),
        ),
        call,
    )


PLAUSIBILITY = Plausibility(level="close", rescaled="split_ratio", moves=True, steady=True)
SINA = Source(
    "Sina US",
    "finance.sina.com.cn",
    frozenset({"date", "open", "high", "low", "close", "volume"}),
    sina,
    read_sina,
    plausibility=PLAUSIBILITY,
)
EASTMONEY = Source(
    "Eastmoney", "push2his.eastmoney.com",
    frozenset({"日期", "开盘", "收盘", "最高", "最低", "成交量", "成交额"}), eastmoney,
    read_eastmoney, plausibility=PLAUSIBILITY,
)  # fmt: skip

DATASET = Dataset(
    name="us_stock_daily",
    label="Magnificent Seven",
    grain="one row per share and trading day of New York",
    contract=UsStockDaily,
    publication=Publication("trade_date", time(6, 0), days_later=1),
    cadence=Daily(NEW_YORK),
    chains=(Chain("US", (SINA, EASTMONEY), "code", MAGNIFICENT_SEVEN),),
    trading_day="trade_date",
    on_mainland=pl.lit(value=False),
    conform=with_splits,
    figures=(
        Figure("split_ratio", typical=(0.99, 1.01)),
        Figure("close", near=50),
        Figure("amount_usd", near=50),
    ),
)
