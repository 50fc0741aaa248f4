"""Guidance (业绩预告): what companies say of a period before its report, every revision of it.

A notice has a row for each figure that it speaks of; net profit to shareholders is kept. A
company that corrects itself gives another notice: both stay, each with its own day.
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
from warehouse.errors import UnknownFormat
from warehouse.readers.report_periods import a_shares, in_season, period_of
from warehouse.readers.text import KNOWN_CODES, code, number, short_name
from warehouse.readers.text import day as published_day
from warehouse.units import PERCENT, Unit

OPENING = {3: (4, 10), 6: (7, 5), 9: (10, 8), 12: (1, 5)}
NET_PROFIT = "归属于上市公司股东的净利润"
FIGURES = f"^({NET_PROFIT}|扣除非经常性损益后的净利润|营业收入|扣除后营业收入|每股收益)$"
KINDS = "预增|预减|扭亏|首亏|续亏|续盈|略增|略减|减亏|增亏|不确定"


class EarningsGuidance(Table):
    """Guidance on net profit per company, report period and notice."""

    code = share_code("Code with exchange suffix", key=True)
    period_end = day("Last day of the report period; figures begin on 1 January", key=True)
    notice_date = day("Day of the notice", key=True)
    name = text("Short name in Chinese", nullable=True)
    kind = text(
        "What the notice says in a word: 预增 预减 扭亏 首亏 续亏 续盈 略增 略减 不确定",
        nullable=True,
    )
    net_profit_cny = measure(
        "Net profit expected, middle of the range", Unit.CNY, nullable=True, min=-2e11, max=6e11
    )
    net_profit_year_ago_cny = measure(
        "Net profit of the same period of the year before",
        Unit.CNY,
        nullable=True,
        min=-2e11,
        max=6e11,
    )
    net_profit_yoy = measure("Change expected, middle of the range", Unit.FRACTION, nullable=True)
    statement = text("The company's own sentence", nullable=True)

    @dy.rule()
    def net_profit_cny_is_plausible(cls) -> pl.Expr:
        """Profit expected is nothing or 1,000 yuan at least; between, the unit slipped."""
        return (pl.col("net_profit_cny") == 0) | (pl.col("net_profit_cny").abs() >= 1e3)

    @dy.rule()
    def net_profit_year_ago_cny_is_plausible(cls) -> pl.Expr:
        """Profit of the year before is nothing or 1,000
        yuan at least; between, the unit slipped.
        """
        return (pl.col("net_profit_year_ago_cny") == 0) | (
            pl.col("net_profit_year_ago_cny").abs() >= 1e3
        )

    @dy.rule()
    def net_profit_yoy_points_where_net_profit_cny_does(cls) -> pl.Expr:
        """A clear rise over a profit expects more than was earned, a clear fall less."""
        earned, expected = pl.col("net_profit_year_ago_cny"), pl.col("net_profit_cny")
        clear = (earned > 0) & (pl.col("net_profit_yoy").abs() > 0.3)
        return ~clear | ((expected > earned) == (pl.col("net_profit_yoy") > 0))

    @dy.rule()
    def net_profit_cny_is_what_net_profit_yoy_says(cls) -> pl.Expr:
        """Over a profit, expected and reported figure differ as the growth says, within a factor of
        five, since all three are middles of ranges.
        """
        stated, figures = (
            1 + pl.col("net_profit_yoy"),
            pl.col("net_profit_cny") / pl.col("net_profit_year_ago_cny"),
        )
        clear = (pl.col("net_profit_year_ago_cny") > 0) & (stated > 0.1)
        return ~clear | (figures / stated).is_between(0.2, 5)

    @dy.rule()
    def notice_date_is_within_a_year_of_the_period(cls) -> pl.Expr:
        """Guidance comes in the quarters before the report is due, corrections within a year."""
        days = (pl.col("notice_date") - pl.col("period_end")).dt.total_days()
        return days.is_between(-366, 366)


def ask(request: Request) -> list[Call]:
    return [
        Call("stock_yjyg_em", {"date": f"{end:%Y%m%d}"}, request.days, label=f"period {end}")
        for end in reversed(in_season(request, OPENING))
    ]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    rows = a_shares(answer).filter(pl.col("预测指标") == NET_PROFIT)
    if rows.is_empty():
        raise UnknownFormat(f"预测指标 has no {NET_PROFIT}")
    return rows.select(
        code=code("股票代码"),
        period_end=period_of(call),
        notice_date=published_day("公告日期"),
        name=short_name("股票简称"),
        kind=pl.col("预告类型").cast(pl.String),
        net_profit_cny=number("预测数值"),
        net_profit_year_ago_cny=number("上年同期值"),
        net_profit_yoy=number("业绩变动幅度", PERCENT),
        statement=pl.col("业绩变动").cast(pl.String),
    ).unique(maintain_order=True)


EASTMONEY = Source(
    "Eastmoney datacenter", "datacenter.eastmoney.com",
    frozenset({
        "股票代码", "股票简称", "预测指标", "业绩变动", "预测数值", "业绩变动幅度", "预告类型", "上年同期值",
        "公告日期",
    }),
    ask, read, plausibility=Plausibility(steady=True), counted=True,
    vocabulary={"股票代码": KNOWN_CODES, "预测指标": FIGURES, "预告类型": KINDS},
)  # fmt: skip

DATASET = Dataset(
    name="earnings_guidance",
    label="Guidance, A shares",
    grain="one row per company, report period and notice",
    contract=EarningsGuidance,
    publication=Publication("period_end", time(9, 0), by="notice_date"),
    cadence=Snapshot(WEEKLY),
    chains=(Chain("A", (EASTMONEY,)),),
    figures=(
        Figure("net_profit_cny", many=True, typical=(5e6, 5e10)),
        Figure("net_profit_year_ago_cny", many=True, typical=(5e6, 5e10)),
        Figure("net_profit_yoy", many=True, typical=(0.05, 5)),
    ),
)
