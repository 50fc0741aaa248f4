"""Daily bars of China's seven megacaps in Hong Kong, as traded.

Sina serves a whole history in one answer, Eastmoney as well. Neither tells of splits; those known
are in `warehouse.readers.foreign_markets`.
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
from warehouse.exchanges import HONG_KONG
from warehouse.readers.foreign_markets import plausible_bars, run_up, weekdays, with_splits
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number
from warehouse.units import Unit

# Tencent, Alibaba, Xiaomi, BYD, SMIC, JD and NetEase, with the first day in Hong Kong.
CHINA_SEVEN = {
    "00700.HK": date(2004, 6, 16),
    "09988.HK": date(2019, 11, 26),
    "01810.HK": date(2018, 7, 9),
    "01211.HK": date(2002, 7, 31),
    "00981.HK": date(2004, 3, 18),
    "09618.HK": date(2020, 6, 18),
    "09999.HK": date(2020, 6, 11),
}
PRICE: Bounds = {"min": 0.1, "max": 1e4}


class HkStockDaily(Table):
    """Daily bars of Hong Kong shares, as traded; dividends and splits are not undone."""

    code = text("Five-digit code with .HK", key=True, pattern=r"^\d{5}\.HK$")
    trade_date = day("Trading day in Hong Kong", key=True)
    open = measure("Opening price", Unit.HKD_PER_SHARE, **PRICE)
    high = measure("Highest price", Unit.HKD_PER_SHARE, **PRICE)
    low = measure("Lowest price", Unit.HKD_PER_SHARE, **PRICE)
    close = measure("Closing price", Unit.HKD_PER_SHARE, **PRICE)
    volume_shares = measure("Shares traded", Unit.SHARES, min=1, max=5e9)
    amount_hkd = measure("Value traded", Unit.HKD, nullable=True, min=1e4, max=5e11)
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
    def amount_hkd_is_plausible(cls) -> pl.Expr:
        """Value ÷ volume is a price of the day, give or take a tenth for block trades."""
        paid = pl.col("amount_hkd") / pl.col("volume_shares")
        return paid.is_between(pl.col("low") * 0.9, pl.col("high") * 1.1)


def sina(request: Request) -> list[Call]:
    days = weekdays(request)
    return [
        Call("stock_hk_daily", {"symbol": code.removesuffix(".HK"), "adjust": ""}, days, code)
        for code in request.codes
    ]


def eastmoney(request: Request) -> list[Call]:
    days = weekdays(request)
    span = {"start_date": f"{run_up(days):%Y%m%d}", "end_date": f"{days[-1]:%Y%m%d}", "adjust": ""}
    return [
        Call("stock_hk_hist", {"symbol": code.removesuffix(".HK"), **span}, days, code)
        for code in request.codes
    ]


def read_sina(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    return spell(answer, call, "date", ("open", "high", "low", "close", "volume", "amount"))


def read_eastmoney(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    return spell(answer, call, "日期", ("开盘", "最高", "最低", "收盘", "成交量", "成交额"))


def spell(
    answer: pl.DataFrame, call: Call, day_column: str, columns: tuple[str, ...]
) -> pl.DataFrame:
    """The bars of the days asked for, in the names and units of the contract."""
    open_, high, low, close, volume, amount = columns
    rows = answer.select(
        code=pl.lit(call.label),
        trade_date=published_day(day_column),
        open=number(open_),
        high=number(high),
        low=number(low),
        close=number(close),
        volume_shares=number(volume),
        amount_hkd=number(amount),
    )
    return plausible_bars(rows, call)


PLAUSIBILITY = Plausibility(level="close", rescaled="split_ratio", moves=True, steady=True)
SINA = Source(
    "Sina HK", "finance.sina.com.cn",
    frozenset({"date", "open", "high", "low", "close", "volume", "amount"}), sina, read_sina,
    plausibility=PLAUSIBILITY,
)  # fmt: skip
EASTMONEY = Source(
    "Eastmoney", "push2his.eastmoney.com",
    frozenset({"日期", "开盘", "收盘", "最高", "最低", "成交量", "成交额"}), eastmoney,
    read_eastmoney, plausibility=PLAUSIBILITY,
)  # fmt: skip

DATASET = Dataset(
    name="hk_stock_daily",
    label="Megacaps in Hong Kong",
    grain="one row per share and trading day of Hong Kong",
    contract=HkStockDaily,
    publication=Publication("trade_date", time(16, 30)),
    cadence=Daily(HONG_KONG),
    chains=(Chain("HK", (SINA, EASTMONEY), "code", CHINA_SEVEN),),
    trading_day="trade_date",
    on_mainland=pl.lit(value=False),
    conform=with_splits,
    figures=(
        Figure("split_ratio", typical=(0.99, 1.01)),
        Figure("close", near=30),
        Figure("volume_shares", near=90),
        Figure("amount_hkd", near=50),
    ),
)
