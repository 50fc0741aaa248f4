"""Capitalisation and turnover of Shanghai and Shenzhen by month, since 2008; for the long view.

Eastmoney publishes both exchanges in 亿元 and names a month in words (2025年12月份).
"""

from __future__ import annotations

from datetime import time, timedelta

import dataframely as dy
import polars as pl

from warehouse.cadence import FOUR_WEEKLY, Snapshot
from warehouse.catalog import Call, Chain, Dataset, Figure, Plausibility, Publication, Source
from warehouse.contract import Table, choice, day, measure
from warehouse.readers.calls import always
from warehouse.readers.text import number
from warehouse.units import YI, Unit

SUFFIX = {"SSE": "上海", "SZSE": "深圳"}


class MarketCapMonthly(Table):
    """Market value at the month's end and value traded in it, per exchange."""

    exchange = choice("Exchange", list(SUFFIX), key=True)
    month = day("First day of the month", key=True)
    market_cap_cny = measure("Market value of all shares", Unit.CNY, min=1e11, max=5e14)
    amount_cny = measure("Value of shares traded in the month", Unit.CNY, min=1e9, max=2e14)

    @dy.rule()
    def month_is_its_first_day(cls) -> pl.Expr:
        """A month is written as its first day."""
        return pl.col("month").dt.day() == 1


def read(answer: pl.DataFrame, _call: Call) -> pl.DataFrame:
    month = pl.col("数据日期").str.extract_groups(r"^(\d{4})年(\d{1,2})月")
    first = pl.date(
        month.struct.field("1").cast(pl.Int32, strict=True),
        month.struct.field("2").cast(pl.Int8, strict=True),
        1,
    )
    return pl.concat(
        answer.select(
            exchange=pl.lit(exchange),
            month=first,
            market_cap_cny=number(f"市价总值-{city}", YI),
            amount_cny=number(f"成交金额-{city}", YI),
        ).drop_nulls(["market_cap_cny", "amount_cny"])
        for exchange, city in SUFFIX.items()
    )


EASTMONEY = Source(
    "Eastmoney datacenter", "datacenter-web.eastmoney.com",
    frozenset({"数据日期"} | {f"{c}-{city}" for c in ("市价总值", "成交金额") for city in SUFFIX.values()}),
    always(Call("macro_china_stock_market_cap")), read, plausibility=Plausibility(steady=True), counted=True,
)  # fmt: skip

DATASET = Dataset(
    name="market_cap_monthly",
    label="Market capitalisation by month",
    grain="one row per exchange and month",
    contract=MarketCapMonthly,
    publication=Publication("month", time(18, 0), months_later=1, day_of_month=20),
    # two months, to the 20th, and a month
    cadence=Snapshot(FOUR_WEEKLY, late_after=timedelta(days=110)),
    chains=(Chain("SSE and SZSE", (EASTMONEY,)),),
    figures=(
        Figure("market_cap_cny", near=3, typical=(1e12, 3e14)),
        Figure(
            "amount_cny",
            near=10,
            typical=(0.01, 2),
            of=pl.col("amount_cny") / pl.col("market_cap_cny"),
            says="turnover ÷ market value",
        ),
    ),
)
