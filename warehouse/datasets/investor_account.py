"""New and existing investors of the depository, by month: a series that ended with August 2023.

The depository stopped publishing it. The list is still asked for once a month, in case it comes
back; until then no number of new accounts after 2023-08 exists, and none is inferred. What stands
in for it is the number of investors in `margin_account`. Eastmoney gives 万 accounts.
"""

from __future__ import annotations

from datetime import time

import dataframely as dy
import polars as pl

from warehouse.cadence import FOUR_WEEKLY, Snapshot
from warehouse.catalog import Call, Chain, Dataset, Figure, Publication, Request, Source
from warehouse.contract import Table, day, measure
from warehouse.readers.text import day as published_day
from warehouse.readers.text import doubting, number
from warehouse.units import WAN, Unit


class InvestorAccount(Table):
    """Investors of the depository per month; ends with August 2023."""

    month = day("First day of the month", key=True)
    new_investors = measure(
        "Investors who opened their first account that month", Unit.COUNT, min=1e4, max=1e8
    )
    investors = measure("Investors at the end of the month", Unit.COUNT, min=1e6, max=2e9)
    a_share_investors = measure(
        "Of these with an A-share account", Unit.COUNT, nullable=True, min=1e6, max=2e9
    )
    b_share_investors = measure(
        "Of these with a B-share account", Unit.COUNT, nullable=True, min=1e4, max=1e8
    )

    @dy.rule()
    def month_is_its_first_day(cls) -> pl.Expr:
        """A month is written as its first day."""
        return pl.col("month").dt.day() == 1

    @dy.rule()
    def investors_are_more_than_the_new_ones(cls) -> pl.Expr:
        """No month brings more investors than there are, and no kind of account has more."""
        parts = ("new_investors", "a_share_investors", "b_share_investors")
        return pl.max_horizontal(*parts) <= pl.col("investors")


def ask(_request: Request) -> list[Call]:
    return [Call("stock_account_statistics_em")]


def read(answer: pl.DataFrame, _call: Call) -> pl.DataFrame:
    """Columns are named by their place; value per investor tells whether they have moved."""
    per_head = number("沪深总市值") / number("期末投资者-总量")
    moved = ~(per_head / number("沪深户均市值")).is_between(0.95, 1.05)
    what = "沪深总市值 over 期末投资者-总量 is not 沪深户均市值"
    rows = doubting(answer, moved, ("期末投资者-总量",), what)
    return rows.with_columns(month=pl.col("数据日期").cast(pl.String).str.head(7) + "-01").select(
        month=published_day("month"),
        new_investors=number("新增投资者-数量", WAN).round(),
        investors=number("期末投资者-总量", WAN).round(),
        a_share_investors=number("期末投资者-A股账户", WAN).round(),
        b_share_investors=number("期末投资者-B股账户", WAN).round(),
    )


EASTMONEY = Source(
    "Eastmoney datacenter", "datacenter-web.eastmoney.com",
    frozenset({"数据日期", "新增投资者-数量", "期末投资者-总量", "期末投资者-A股账户",
               "期末投资者-B股账户", "沪深总市值", "沪深户均市值"}),
    ask, read, counted=True,
)  # fmt: skip

DATASET = Dataset(
    name="investor_account",
    label="Investor accounts (ended 2023-08)",
    grain="one row per month",
    contract=InvestorAccount,
    publication=Publication("month", time(18, 0), months_later=1, day_of_month=20),
    cadence=Snapshot(FOUR_WEEKLY),
    chains=(Chain("CN", (EASTMONEY,)),),
    figures=(
        Figure("new_investors", near=10, typical=(1e5, 1e7)),
        Figure("investors", near=1.5, typical=(3e7, 6e8)),
        Figure("a_share_investors", near=1.5, typical=(3e7, 6e8)),
        Figure("b_share_investors", near=1.5, typical=(1e6, 1e7)),
    ),
)
