"""Who borrows to buy shares: accounts, investors and collateral of margin trading, whole market.

From the same report of China Securities Finance as `margin_market`, which Eastmoney republishes in
亿, 万 and per cent; a run asks for it once and both read it. The number of investors also stands in
for new accounts, which are no longer published (see `investor_account`). No other host has it.
"""

from __future__ import annotations

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
from warehouse.contract import Table, day, measure, nothing_or
from warehouse.readers.text import day as published_day
from warehouse.readers.text import doubting, number
from warehouse.units import PERCENT, WAN, YI, Unit


class MarginAccount(Table):
    """Accounts, investors and collateral of margin trading per trading day."""

    trade_date = day("Trading day", key=True)
    individual_investors = measure(
        "Individuals with a margin account", Unit.COUNT, nullable=True, min=1e5, max=1e8
    )
    institutional_investors = measure(
        "Institutions with a margin account", Unit.COUNT, nullable=True, min=1e2, max=1e7
    )
    trading_investors = measure(
        "Investors who traded on margin that day", Unit.COUNT, nullable=True, min=1e3, max=2e7
    )
    indebted_investors = measure(
        "Investors who owe money or shares", Unit.COUNT, nullable=True, min=1e3, max=2e7
    )
    collateral_cny = measure(
        "Value of all collateral (担保物总价值)", Unit.CNY, nullable=True, min=1e10, max=1e14
    )
    maintenance_ratio = measure(
        "Collateral over debt, average of the accounts (平均维持担保比例)",
        Unit.FRACTION,
        nullable=True,
        min=1,
        max=15,
    )
    securities_lending_sold_cny = measure(
        "Borrowed shares sold that day (融券卖出额)", Unit.CNY, nullable=True, min=0, max=2e12
    )
    securities_firms = measure(
        "Securities firms that lend", Unit.COUNT, nullable=True, min=1, max=1e3
    )
    branches = measure("Their branches", Unit.COUNT, nullable=True, min=1, max=1e5)

    securities_lending_sold_cny_is_plausible = nothing_or("securities_lending_sold_cny", 1e4)

    @dy.rule()
    def collateral_cny_is_complete(cls) -> pl.Expr:
        """Since 2016 investors, debtors, collateral and
        ratio are all published, or the day is not.
        """
        figures = (
            "individual_investors",
            "indebted_investors",
            "collateral_cny",
            "maintenance_ratio",
        )
        complete = pl.all_horizontal(pl.col(c).is_not_null() for c in figures)
        return (pl.col("trade_date") < pl.date(2016, 1, 1)) | complete


def ask(request: Request) -> list[Call]:
    return [Call("stock_margin_account_info", days=request.days, shared=True)]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    rows = covered(answer).select(
        trade_date=published_day("日期"),
        individual_investors=number("个人投资者数量", WAN).round(),
        institutional_investors=number("机构投资者数量"),
        trading_investors=number("参与交易的投资者数量"),
        indebted_investors=number("有融资融券负债的投资者数量"),
        collateral_cny=number("担保物总价值", YI),
        maintenance_ratio=number("平均维持担保比例", PERCENT),
        securities_lending_sold_cny=number("融券卖出额", YI),
        securities_firms=number("证券公司数量"),
        branches=number("营业部数量"),
    )
    return rows.filter(pl.col("trade_date").is_in(list(call.days)))


def covered(answer: pl.DataFrame) -> pl.DataFrame:
    """The answer, if collateral over debt is near the ratio that it states: the units fit. Both are
    doubted on a stray day on which it is not.
    """
    debt = number("融资余额") + number("融券余额")
    stated = number("平均维持担保比例", PERCENT)
    return doubting(
        answer,
        ~(number("担保物总价值") / debt / stated).is_between(0.5, 2),
        ("担保物总价值", "平均维持担保比例"),
        "担保物总价值 over 融资余额 + 融券余额 is not 平均维持担保比例",
    )


EASTMONEY = Source(
    "Eastmoney datacenter", "datacenter-web.eastmoney.com",
    frozenset({"日期", "融资余额", "融券余额", "融券卖出额", "证券公司数量", "营业部数量",
               "个人投资者数量", "机构投资者数量", "参与交易的投资者数量",
               "有融资融券负债的投资者数量", "担保物总价值", "平均维持担保比例"}),
    ask, read, plausibility=Plausibility(level="collateral_cny", moves=True), counted=True,
)  # fmt: skip

DATASET = Dataset(
    name="margin_account",
    label="Margin accounts",
    grain="one row per trading day",
    contract=MarginAccount,
    publication=Publication("trade_date", time(9, 0), trading_days_later=1),
    cadence=Daily(),
    chains=(Chain("CN", (EASTMONEY,)),),
    trading_day="trade_date",
    figures=(
        Figure("individual_investors", near=2, typical=(1e6, 3e7)),
        Figure("institutional_investors", near=2, typical=(3e3, 5e5)),
        Figure(
            "trading_investors",
            near=10,
            typical=(0.01, 3),
            of=pl.col("trading_investors") / pl.col("indebted_investors"),
            says="investors who traded ÷ investors in debt",
        ),
        Figure("indebted_investors", near=3, typical=(1e5, 1e7)),
        Figure("collateral_cny", near=3, typical=(3e11, 5e13)),
        Figure("maintenance_ratio", near=2, typical=(1.3, 8)),
        Figure("securities_lending_sold_cny", near=10, typical=(1e6, 1e11)),
        Figure("securities_firms", near=1.5, typical=(20, 200)),
        Figure("branches", near=1.5, typical=(1e3, 5e4)),
    ),
)
