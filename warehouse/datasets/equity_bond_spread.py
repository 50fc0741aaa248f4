"""What shares earn over what government bonds yield: CSI 300's earnings yield less ten years'
yield.

Where legulegu fails, the spread is built from its two halves: the index company's trailing P/E and
Eastmoney's yield of the same day.
"""

from __future__ import annotations

from datetime import time, timedelta

import dataframely as dy
import polars as pl

from warehouse.cadence import WEEKLY, Snapshot
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
from warehouse.contract import Table, day, measure
from warehouse.readers.calls import bond_yield_calls
from warehouse.readers.dated_lists import A_WEEK, up_to_date
from warehouse.readers.index_bars import without_copied_start
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number
from warehouse.units import PERCENT, Unit


class EquityBondSpread(Table):
    """Earnings yield of CSI 300 less the yield of ten-year government bonds, per trading day."""

    trade_date = day("Trading day", key=True)
    index_close = measure("Close of CSI 300", Unit.INDEX_POINTS, min=500, max=50_000)
    spread = measure("Earnings yield less bond yield", Unit.FRACTION, min=-0.1, max=0.2)
    spread_average = measure(
        "Mean of the spread, as the publisher draws it",
        Unit.FRACTION,
        nullable=True,
        min=-0.1,
        max=0.2,
    )

    @dy.rule()
    def spread_is_near_its_average(cls) -> pl.Expr:
        """The spread has stayed within eight percentage points of its mean; farther away, a unit
        slipped.
        """
        gap = (pl.col("spread") - pl.col("spread_average")).abs()
        return (gap < 0.08).fill_null(value=True)


def ask(request: Request) -> list[Call]:
    return [Call("stock_ebs_lg", days=request.days)]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    rows = answer.select(
        trade_date=published_day("日期"),
        index_close=number("沪深300指数"),
        spread=number("股债利差"),
        spread_average=number("股债利差均线"),
    )
    return up_to_date(rows, "trade_date", max(call.days) - A_WEEK)


def ask_halves(request: Request) -> list[Call]:
    dates = {"start_date": f"{request.first:%Y%m%d}", "end_date": f"{request.last:%Y%m%d}"}
    shares = Call("stock_zh_index_hist_csindex", {"symbol": "000300", **dates}, request.days)
    return [shares, *bond_yield_calls(request)]


def read_half(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    dated = published_day("日期")
    if call.function == "bond_zh_us_rate":
        rows = answer.select(trade_date=dated, bond=number("中国国债收益率10年", PERCENT))
    else:
        rows = without_copied_start(answer, call).select(
            trade_date=dated, index_close=number("收盘"), earnings=1 / number("滚动市盈率")
        )
    return up_to_date(rows.drop_nulls(), "trade_date", max(call.days) - A_WEEK)


def combine(rows: pl.DataFrame) -> pl.DataFrame:
    """The spread of days of which both halves speak."""
    if not {"bond", "earnings"}.issubset(rows.columns):
        return rows.clear()
    joined = rows.group_by("trade_date", maintain_order=True).agg(pl.all().drop_nulls().first())
    spread = joined.with_columns(spread=pl.col("earnings") - pl.col("bond"))
    return spread.filter(pl.col("spread").is_not_null()).drop("bond", "earnings")


LEGULEGU = Source(
    "legulegu",
    "legulegu.com",
    frozenset({"日期", "沪深300指数", "股债利差", "股债利差均线"}),
    ask,
    read,
    plausibility=Plausibility(level="index_close", steady=True),
)
HALVES = Source(
    "CSI − Eastmoney", "www.csindex.com.cn", frozenset({"日期"}), ask_halves, read_half, combine,
    whole=True, plausibility=Plausibility(level="index_close"),
)  # fmt: skip

DATASET = Dataset(
    name="equity_bond_spread",
    label="Equity–bond spread",
    grain="one row per trading day",
    contract=EquityBondSpread,
    publication=Publication("trade_date", time(18, 0)),
    # a week between two questions, and the longest holiday
    cadence=Snapshot(WEEKLY, late_after=timedelta(days=20)),
    chains=(Chain("CSI 300", (LEGULEGU, HALVES)),),
    trading_day="trade_date",
    figures=(
        Figure("index_close", near=2, typical=(600, 20_000)),
        Figure("spread", typical=(0.005, 0.1)),
        Figure("spread_average", near=10, typical=(0.003, 0.1)),
    ),
)
