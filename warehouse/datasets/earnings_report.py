"""Results of mainland companies, by report period.

Figures are cumulative from the beginning of the year, so the third quarter's report holds nine
months. Eastmoney shows the newest version of a report under the day of its newest notice: a report
that was restated a year later is known from then on. Its growth rates are recomputed as well.
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
from warehouse.contract import Table, day, measure, share_code, text
from warehouse.errors import UnknownFormat
from warehouse.readers.followed import followed_shares
from warehouse.readers.report_periods import a_shares, in_season, period_of
from warehouse.readers.text import KNOWN_CODES, code, number, short_name
from warehouse.readers.text import day as published_day
from warehouse.units import PERCENT, Unit

# Eastmoney lists the third board and B shares as well; its type of security is not passed on.
# From these days on there is a report of the period; a few companies are earlier.
OPENING = {3: (4, 15), 6: (7, 20), 9: (10, 18), 12: (2, 1)}


class EarningsReport(Table):
    """Cumulative results per company and report period, in the newest version known."""

    code = share_code("Code with exchange suffix", key=True)
    period_end = day("Last day of the report period; figures begin on 1 January", key=True)
    name = text("Short name in Chinese", nullable=True)
    notice_date = day("Day of the newest notice about this report", nullable=True)
    revenue_cny = measure(
        "Revenue since 1 January (营业总收入)", Unit.CNY, nullable=True, min=-1e11, max=6e12
    )
    net_profit_cny = measure(
        "Net profit to shareholders since 1 January (归母净利润)", Unit.CNY, min=-2e11, max=6e11
    )
    eps_cny = measure(
        "Earnings per share since 1 January", Unit.CNY_PER_SHARE, nullable=True, min=-200, max=200
    )
    revenue_yoy = measure(
        "Revenue over the same period of the year before, minus one",
        Unit.FRACTION,
        nullable=True,
        min=-1e4,
        max=1e6,
    )
    net_profit_yoy = measure(
        "Net profit over the same period of the year before, minus one",
        Unit.FRACTION,
        nullable=True,
        min=-1e6,
        max=1e6,
    )
    book_value_per_share_cny = measure(
        "Net assets per share", Unit.CNY_PER_SHARE, nullable=True, min=-1000, max=5000
    )
    roe = measure(
        "Return on net assets since 1 January, weighted",
        Unit.FRACTION,
        nullable=True,
        min=-1e4,
        max=1e4,
    )
    operating_cash_per_share_cny = measure("Operating cash flow per share since 1 January",
                                           Unit.CNY_PER_SHARE, nullable=True,
                                           min=-1000, max=1000)  # fmt: skip
    gross_margin = measure(
        "Gross profit over revenue", Unit.FRACTION, nullable=True, min=-1e4, max=5
    )
    industry = text("Industry in Eastmoney's words", nullable=True)

    @dy.rule()
    def revenue_cny_is_plausible(cls) -> pl.Expr:
        """Revenue is nothing or 10,000 yuan at least; between, the unit slipped."""
        return (pl.col("revenue_cny") == 0) | (pl.col("revenue_cny").abs() >= 1e4)

    @dy.rule()
    def eps_cny_is_plausible(cls) -> pl.Expr:
        """Earnings per share are nothing or a thousandth of
        a fen at least; else the unit slipped.
        """
        return (pl.col("eps_cny") == 0) | (pl.col("eps_cny").abs() >= 1e-5)

    @dy.rule()
    def period_end_is_the_end_of_a_quarter(cls) -> pl.Expr:
        """A report period ends with a quarter."""
        end = pl.col("period_end")
        return (end == end.dt.month_end()) & (end.dt.month() % 3 == 0)

    @dy.rule()
    def notice_date_is_after_the_period(cls) -> pl.Expr:
        """Nobody reports about a period before it is over."""
        return pl.col("notice_date") > pl.col("period_end")

    @dy.rule()
    def net_profit_cny_is_of_the_order_of_revenue_cny(cls) -> pl.Expr:
        """Nobody earns or loses a hundred times its revenue; else one of the two slipped."""
        profit, revenue = pl.col("net_profit_cny").abs(), pl.col("revenue_cny").abs()
        return (revenue < 1e6) | (profit < 100 * revenue)

    @dy.rule()
    def net_profit_cny_over_eps_cny_is_a_number_of_shares(cls) -> pl.Expr:
        """Profit over earnings per share is between 10 million and 2 trillion shares; else the unit
        slipped or columns moved.
        """
        shares = pl.col("net_profit_cny") / pl.col("eps_cny")
        clear = pl.col("eps_cny").abs() >= 0.05
        return ~clear | shares.is_between(1e7, 2e12)


def periods(request: Request) -> list[Call]:
    """One call per report period that has news, the newest first."""
    return [
        Call("stock_yjbb_em", {"date": f"{end:%Y%m%d}"}, request.days, label=f"period {end}")
        for end in reversed(in_season(request, OPENING))
    ]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    return a_shares(answer).select(
        code=code("股票代码"),
        period_end=period_of(call),
        name=short_name("股票简称"),
        notice_date=published_day("最新公告日期"),
        revenue_cny=number("营业总收入-营业总收入"),
        net_profit_cny=number("净利润-净利润"),
        eps_cny=number("每股收益"),
        revenue_yoy=number("营业总收入-同比增长", PERCENT),
        net_profit_yoy=number("净利润-同比增长", PERCENT),
        book_value_per_share_cny=number("每股净资产"),
        roe=number("净资产收益率", PERCENT),
        operating_cash_per_share_cny=number("每股经营现金流量"),
        gross_margin=number("销售毛利率", PERCENT),
        industry=pl.col("所处行业").cast(pl.String),
    )


def share_by_share(request: Request) -> list[Call]:
    """The shares followed that are listed in Shanghai: akshare writes «sh» before every code."""
    shanghai = [c for c in followed_shares() if c.endswith(".SH")]
    return [
        Call("stock_financial_abstract", {"symbol": c[:6]}, request.days, label=c) for c in shanghai
    ]


SINA_NAMES = {
    "营业总收入": "revenue_cny",
    "归母净利润": "net_profit_cny",
    "基本每股收益": "eps_cny",
}


def read_sina(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """A row per period, out of a table with a row per figure; its notices are not dated."""
    figures = answer.filter(pl.col("指标").is_in(list(SINA_NAMES))).unique("指标")
    missing = set(SINA_NAMES) - set(figures["指标"])
    if missing:
        raise UnknownFormat(f"指标 has no {', '.join(sorted(missing))}")
    ends = [c for c in answer.columns if c.isdigit()]
    tall = figures.with_columns(pl.col(ends).cast(pl.String)).unpivot(
        ends, index="指标", variable_name="end"
    )
    wide = tall.with_columns(value=number("value")).pivot("指标", index="end", values="value")
    return wide.rename(SINA_NAMES).select(
        code=pl.lit(call.label),
        period_end=pl.col("end").str.to_date("%Y%m%d"),
        revenue_cny="revenue_cny",
        net_profit_cny="net_profit_cny",
        eps_cny="eps_cny",
    )


EASTMONEY = Source(
    "Eastmoney datacenter", "datacenter-web.eastmoney.com",
    frozenset({
        "股票代码", "股票简称", "每股收益", "营业总收入-营业总收入", "营业总收入-同比增长", "净利润-净利润",
        "净利润-同比增长", "每股净资产", "净资产收益率", "每股经营现金流量", "销售毛利率", "所处行业", "最新公告日期",
    }),
    periods, read, plausibility=Plausibility(steady=True), counted=True,
    vocabulary={"股票代码": KNOWN_CODES},
)  # fmt: skip
SINA = Source(
    "Sina", "quotes.sina.cn", frozenset({"指标"}), share_by_share, read_sina, stopgap=True
)

DATASET = Dataset(
    name="earnings_report",
    label="Results, A shares",
    grain="one row per company and report period",
    contract=EarningsReport,
    publication=Publication("period_end", time(9, 0), by="notice_date"),
    # the third quarter's, until February
    cadence=Snapshot(WEEKLY, late_after=timedelta(days=160)),
    chains=(Chain("A", (EASTMONEY, SINA)),),
    figures=(
        Figure("revenue_cny", crowd=10, many=True, typical=(3e7, 3e11)),
        Figure("net_profit_cny", crowd=10, many=True, typical=(2e6, 5e10)),
        Figure("eps_cny", crowd=10, many=True, typical=(0.02, 2)),
        # Shares, which a company does not make thirty of one; either figure may have slipped.
        Figure(
            "net_profit_cny",
            near=30,
            many=True,
            typical=(5e7, 2e11),
            of=pl.col("net_profit_cny") / pl.col("eps_cny"),
            says="profit ÷ earnings per share",
        ),
        Figure("revenue_yoy", crowd=8, many=True, typical=(0.02, 3)),
        Figure("net_profit_yoy", crowd=8, many=True, typical=(0.04, 3)),
        Figure("book_value_per_share_cny", crowd=10, many=True, typical=(0.5, 30)),
        Figure("roe", crowd=10, many=True, typical=(0.004, 0.5)),
        Figure("operating_cash_per_share_cny", crowd=10, many=True, typical=(0.01, 3)),
        Figure("gross_margin", near=None, crowd=3, many=True, typical=(0.05, 0.8)),
    ),
)
