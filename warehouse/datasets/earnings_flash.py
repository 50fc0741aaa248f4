"""Preliminary results (业绩快报) of mainland companies, between guidance and the report.

Cumulative from the beginning of the year and unaudited. As with reports, the newest version is
shown under the day of its newest notice.
"""

from __future__ import annotations

from datetime import time

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
from warehouse.contract import Table, day, measure, share_code, text
from warehouse.readers.report_periods import a_shares, in_season, period_of
from warehouse.readers.text import KNOWN_CODES, code, number, short_name
from warehouse.readers.text import day as published_day
from warehouse.units import PERCENT, Unit

OPENING = {3: (4, 20), 6: (7, 20), 9: (10, 22), 12: (1, 25)}


class EarningsFlash(Table):
    """Unaudited cumulative results per company and report period."""

    code = share_code("Code with exchange suffix", key=True)
    period_end = day("Last day of the report period; figures begin on 1 January", key=True)
    name = text("Short name in Chinese", nullable=True)
    notice_date = day("Day of the newest notice", nullable=True)
    revenue_cny = measure("Revenue since 1 January", Unit.CNY, nullable=True, min=-1e11, max=6e12)
    revenue_year_ago_cny = measure(
        "The same a year before", Unit.CNY, nullable=True, min=-1e11, max=6e12
    )
    net_profit_cny = measure(
        "Net profit to shareholders since 1 January", Unit.CNY, min=-2e11, max=6e11
    )
    net_profit_year_ago_cny = measure(
        "The same a year before", Unit.CNY, nullable=True, min=-2e11, max=6e11
    )
    eps_cny = measure(
        "Earnings per share since 1 January", Unit.CNY_PER_SHARE, nullable=True, min=-200, max=200
    )
    revenue_yoy = measure("Revenue over the year before, minus one", Unit.FRACTION, nullable=True)
    net_profit_yoy = measure(
        "Net profit over the year before, minus one", Unit.FRACTION, nullable=True
    )

    @dy.rule()
    def revenue_cny_is_plausible(cls) -> pl.Expr:
        """Revenue is nothing or 10,000 yuan at least; between, the unit slipped."""
        return (pl.col("revenue_cny") == 0) | (pl.col("revenue_cny").abs() >= 1e4)

    @dy.rule()
    def revenue_year_ago_cny_is_plausible(cls) -> pl.Expr:
        """Revenue of the year before is nothing or 10,000
        yuan at least; between, the unit slipped.
        """
        return (pl.col("revenue_year_ago_cny") == 0) | (pl.col("revenue_year_ago_cny").abs() >= 1e4)

    @dy.rule()
    def eps_cny_is_plausible(cls) -> pl.Expr:
        """Earnings per share are nothing or a thousandth of
        a fen at least; else the unit slipped.
        """
        return (pl.col("eps_cny") == 0) | (pl.col("eps_cny").abs() >= 1e-5)

    @dy.rule()
    def notice_date_is_after_the_period(cls) -> pl.Expr:
        """Nobody has results of a period before it is over."""
        return pl.col("notice_date") > pl.col("period_end")

    @dy.rule()
    def revenue_yoy_is_what_the_two_revenues_say(cls) -> pl.Expr:
        """Growth agrees with the two figures it is made of; else columns moved."""
        grown = pl.col("revenue_cny") / pl.col("revenue_year_ago_cny") - 1
        plain = pl.col("revenue_year_ago_cny") > 0
        return ~plain | ((pl.col("revenue_yoy") - grown).abs() < 0.01 + 0.01 * grown.abs())

    @dy.rule()
    def net_profit_yoy_is_what_the_two_profits_say(cls) -> pl.Expr:
        """Growth of a profit agrees with the two figures it is made of; else columns moved."""
        before = pl.col("net_profit_year_ago_cny")
        grown = pl.col("net_profit_cny") / before - 1
        near = (pl.col("net_profit_yoy") - grown).abs() < 0.02 + 0.02 * grown.abs()
        return (before <= 0) | near

    @dy.rule()
    def net_profit_cny_is_of_the_order_of_revenue_cny(cls) -> pl.Expr:
        """Nobody earns or loses a hundred times its revenue; else one of the two slipped."""
        profit, revenue = pl.col("net_profit_cny").abs(), pl.col("revenue_cny").abs()
        return (revenue < 1e6) | (profit < 100 * revenue)

    @dy.rule()
    def net_profit_cny_over_eps_cny_is_a_number_of_shares(cls) -> pl.Expr:
        """Profit over earnings per share is between 10 million and 2 trillion shares."""
        shares = pl.col("net_profit_cny") / pl.col("eps_cny")
        return (pl.col("eps_cny").abs() < 0.05) | shares.is_between(1e7, 2e12)


def ask(request: Request) -> list[Call]:
    return [
        Call("stock_yjkb_em", {"date": f"{end:%Y%m%d}"}, request.days, label=f"period {end}")
        for end in reversed(in_season(request, OPENING))
    ]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    return a_shares(answer).select(
        code=code("股票代码"),
        period_end=period_of(call),
        name=short_name("股票简称"),
        notice_date=published_day("公告日期"),
        revenue_cny=number("营业收入-营业收入"),
        revenue_year_ago_cny=number("营业收入-去年同期"),
        net_profit_cny=number("净利润-净利润"),
        net_profit_year_ago_cny=number("净利润-去年同期"),
        eps_cny=number("每股收益"),
        revenue_yoy=number("营业收入-同比增长", PERCENT),
        net_profit_yoy=number("净利润-同比增长", PERCENT),
    )


EASTMONEY = Source(
    "Eastmoney datacenter", "datacenter.eastmoney.com",
    frozenset({
        "股票代码", "股票简称", "每股收益", "营业收入-营业收入", "营业收入-去年同期", "营业收入-同比增长",
        "净利润-净利润", "净利润-去年同期", "净利润-同比增长", "公告日期",
    }),
    ask, read, plausibility=Plausibility(steady=True), counted=True,
    vocabulary={"股票代码": KNOWN_CODES},
)  # fmt: skip

DATASET = Dataset(
    name="earnings_flash",
    label="Preliminary results, A shares",
    grain="one row per company and report period",
    contract=EarningsFlash,
    publication=Publication("period_end", time(9, 0), by="notice_date"),
    cadence=Snapshot(WEEKLY),
    chains=(Chain("A", (EASTMONEY,)),),
    figures=(
        Figure("revenue_cny", many=True, typical=(3e7, 3e11)),
        Figure("revenue_year_ago_cny", many=True, typical=(3e7, 3e11)),
        Figure("net_profit_cny", many=True, typical=(2e6, 5e10)),
        Figure("net_profit_year_ago_cny", many=True, typical=(2e6, 5e10)),
        Figure("eps_cny", many=True, typical=(0.02, 3)),
        Figure("revenue_yoy", many=True, typical=(0.02, 3)),
        Figure("net_profit_yoy", many=True, typical=(0.04, 3)),
    ),
)
