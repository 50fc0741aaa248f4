"""Money raised by shares on the mainland in a month: first issues, further issues, rights issues.

THS shows the finished months in 亿元. First issues of a month can be held against the sum of
`ipo_a`.
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
from warehouse.readers.text import day as published_day
from warehouse.readers.text import doubting, number
from warehouse.units import YI, Unit

TOTAL = "募集资金"
PARTS = {
    "ipo_cny": "首发募集资金",
    "follow_on_cny": "增发募集资金",
    "rights_cny": "配股募集资金",
}
ROUNDING = 0.05 * YI  # three parts with two digits of 亿元


class IpoProceedsMonthly(Table):
    """Money raised by shares on the mainland exchanges per month."""

    month = day("First day of the month", key=True)
    total_cny = measure("All money raised by shares", Unit.CNY, min=1e6, max=5e12)
    ipo_cny = measure(
        "By first issues; null in a month without any", Unit.CNY, nullable=True, min=1e6, max=2e12
    )
    follow_on_cny = measure("By further issues", Unit.CNY, nullable=True, min=1e6, max=5e12)
    rights_cny = measure(
        "By rights issues; null in most months", Unit.CNY, nullable=True, min=1e6, max=1e12
    )

    @dy.rule()
    def month_is_its_first_day(cls) -> pl.Expr:
        """A month is dated by its first day."""
        return pl.col("month").dt.day() == 1

    @dy.rule()
    def total_cny_holds_its_parts(cls) -> pl.Expr:
        """First issues, further issues and rights are parts of the total; else a unit slipped."""
        parts = pl.sum_horizontal(*PARTS)
        return parts <= 1.01 * pl.col("total_cny") + ROUNDING


def ask(request: Request) -> list[Call]:
    """What is out before the day by which it is always out counts too."""
    return [Call("macro_stock_finance", days=(request.now.date(),))]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The finished months; akshare makes null of whatever it cannot read, so the parts must add up.
    A stray month in which they do not has no total.
    """
    gap = (pl.sum_horizontal(number(c, YI) for c in PARTS.values()) - number(TOTAL, YI)).abs()
    wrong = (gap > ROUNDING).fill_null(value=True)
    rows = doubting(answer, wrong, (TOTAL,), f"{TOTAL} is not the sum of its parts")
    return (
        rows.with_columns(month=pl.col("月份").cast(pl.String).str.strip_chars() + "-01")
        .select(
            month=published_day("month"),
            total_cny=number(TOTAL, YI),
            **{ours: number(theirs, YI) for ours, theirs in PARTS.items()},
        )
        .with_columns(pl.when(pl.col(c) != 0).then(c).alias(c) for c in PARTS)
        .filter(pl.col("month").dt.offset_by("1mo") <= call.days[-1])
    )


THS = Source(
    "THS", "data.10jqka.com.cn",
    frozenset({"月份", "募集资金", "首发募集资金", "增发募集资金", "配股募集资金"}), ask, read,
    plausibility=Plausibility(steady=True),
)  # fmt: skip

DATASET = Dataset(
    name="ipo_proceeds_monthly",
    label="Money raised by shares",
    grain="one row per month",
    contract=IpoProceedsMonthly,
    publication=Publication("month", time(18, 0), months_later=1, day_of_month=20),
    # two months, to the 20th, and the Saturday after a holiday
    cadence=Snapshot(WEEKLY, late_after=timedelta(days=95)),
    chains=(Chain("A", (THS,)),),
    figures=(
        Figure("total_cny", typical=(3e9, 5e11)),
        Figure("ipo_cny", typical=(1e8, 1e11)),
        Figure("follow_on_cny", typical=(3e9, 5e11)),
        Figure("rights_cny", typical=(1e8, 1e11)),
    ),
)
