"""Daily bars of the exchange-traded funds through which technology is bought.

Sina gives shares and yuan, Eastmoney's quote host 手 and yuan. Value ÷ volume must be a price of
the day, which tells whether somebody changed the unit. Prices are as traded: after a split of the
fund's shares they are a fraction of what they were.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import time

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
from warehouse.readers.followed import FUNDS
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number, sina_symbol
from warehouse.units import LOT, Unit

PRICE: Bounds = {"min": 0.001, "max": 1e4}


class FundDaily(Table):
    """Daily bars of the technology ETFs followed."""

    code = text("Code with exchange suffix", key=True, pattern=r"^\d{6}\.(SH|SZ)$")
    trade_date = day("Trading day", key=True)
    open = measure("Opening price", Unit.CNY_PER_SHARE, **PRICE)
    high = measure("Highest price", Unit.CNY_PER_SHARE, **PRICE)
    low = measure("Lowest price", Unit.CNY_PER_SHARE, **PRICE)
    close = measure("Closing price", Unit.CNY_PER_SHARE, **PRICE)
    volume_shares = measure("Fund shares traded", Unit.SHARES, min=1, max=1e12)
    amount_cny = measure("Value traded", Unit.CNY, nullable=True, min=1, max=1e12)

    high_is_of_the_size_of_low = of_one_size("high", "low", 3, 0)

    @dy.rule()
    def prices_are_ordered(cls) -> pl.Expr:
        """Low ≤ open, close ≤ high."""
        low, high = pl.col("low") - 1e-6, pl.col("high") + 1e-6
        return pl.all_horizontal(pl.col(c).is_between(low, high) for c in ("open", "close"))

    @dy.rule()
    def amount_cny_is_plausible(cls) -> pl.Expr:
        """Value ÷ volume lies between low and high, give or take a hundredth; outside, a unit
        slipped (手 and shares, 元 and 万元).
        """
        paid = pl.col("amount_cny") / pl.col("volume_shares")
        return paid.is_between(pl.col("low") * 0.99, pl.col("high") * 1.01)


def whole_history(request: Request) -> list[Call]:
    """Sina answers fund by fund with all bars."""
    return [
        Call("fund_etf_hist_sina", {"symbol": sina_symbol(c)}, request.days, c)
        for c in request.codes
    ]


def span(request: Request) -> list[Call]:
    dates = {"start_date": f"{request.first:%Y%m%d}", "end_date": f"{request.last:%Y%m%d}"}
    return [
        Call("fund_etf_hist_em", {"symbol": c[:6], **dates, "adjust": ""}, request.days, c)
        for c in request.codes
    ]


def bars(names: dict[str, str], lot: float) -> Callable[[pl.DataFrame, Call], pl.DataFrame]:
    """Reader of bars, by the upstream's names of trade_date, prices, volume and amount."""

    def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
        rows = answer.select(
            code=pl.lit(call.label),
            trade_date=published_day(names["trade_date"]),
            **{c: number(names[c]) for c in ("open", "high", "low", "close")},
            volume_shares=number(names["volume_shares"], lot),
            amount_cny=number(names["amount_cny"]),
        )
        wanted = pl.col("trade_date").is_in(list(call.days))
        return rows.filter(wanted, pl.col("volume_shares") > 0)

    return read


IN_ENGLISH = {"trade_date": "date", "open": "open", "high": "high", "low": "low", "close": "close",
              "volume_shares": "volume", "amount_cny": "amount"}  # fmt: skip
IN_CHINESE = {"trade_date": "日期", "open": "开盘", "high": "最高", "low": "最低", "close": "收盘",
              "volume_shares": "成交量", "amount_cny": "成交额"}  # fmt: skip
PLAUSIBILITY = Plausibility(level="amount_cny", moves=True)
SINA = Source(
    "Sina",
    "finance.sina.com.cn",
    frozenset(IN_ENGLISH.values()),
    whole_history,
    bars(IN_ENGLISH, 1.0),
    plausibility=PLAUSIBILITY,
)
EASTMONEY = Source(
    "Eastmoney",
    "push2his.eastmoney.com",
    frozenset(IN_CHINESE.values()),
    span,
    bars(IN_CHINESE, LOT),
    plausibility=PLAUSIBILITY,
)

DATASET = Dataset(
    name="fund_daily",
    label="ETF prices",
    grain="one row per fund and trading day",
    contract=FundDaily,
    publication=Publication("trade_date", time(16, 0)),
    cadence=Daily(),
    chains=(Chain("technology", (SINA, EASTMONEY), "code", FUNDS),),
    trading_day="trade_date",
    figures=(
        Figure("close", near=6, many=True, typical=(0.15, 20)),
        Figure("volume_shares", near=50, many=True, typical=(1e6, 5e10)),
        Figure("amount_cny", near=50, many=True, typical=(1e6, 5e10)),
    ),
)
