"""Quarterly results of the seven large American technology companies.

A row is a single quarter, dated by the end of the calendar month in which it ended or nearly so:
the companies' own labels for fiscal quarters contradict each other, and their quarters end on
last Saturdays. It is known from the trading day after the notice, which comes after New York's
close. Compare net income: earnings per share are as reported and not adjusted for later splits.
"""

from __future__ import annotations

from datetime import date, time, timedelta

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
from warehouse.contract import Table, choice, day, measure, nothing_or, text
from warehouse.errors import UnknownFormat
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number
from warehouse.units import Unit

FOLLOWED = ("AAPL", "MSFT", "NVDA", "GOOGL", "AMZN", "META", "TSLA")
JANUARY_YEAR = ["NVDA"]  # its quarters end with January, April, July, October; others' with March …
WEEK = "7d"  # a quarter that ends on a last Saturday may end some days into the next month
FILED_WITHIN = -7, 120  # days after the end of the quarter
DOLLARS = "^(USD|美元)$"


class UsMegacapEarnings(Table):
    """Results per company and quarter, single quarters, in dollars."""

    ticker = choice("Ticker", list(FOLLOWED), key=True)
    quarter_end = day("End of the month with which the quarter ended", key=True, optional=True)
    period = text("The publisher's name of the quarter; not to be relied on", optional=True)
    filing_date = day("Day of the notice or filing; null: known from the fetch", nullable=True)
    revenue_usd = measure("Revenue of the quarter", Unit.USD, nullable=True, min=1e6, max=1e12)
    net_income_usd = measure("Net income to shareholders", Unit.USD, min=-1e11, max=3e11)
    eps_diluted_usd = measure(
        "Diluted earnings per share as reported then, before later splits",
        Unit.USD_PER_SHARE,
        optional=True,
        min=-100,
        max=200,
    )
    eps_actual_usd = measure(
        "Earnings per share in the analysts' definition, split-adjusted",
        Unit.USD_PER_SHARE,
        optional=True,
        min=-100,
        max=200,
    )
    eps_estimate_usd = measure(
        "What analysts had expected, split-adjusted",
        Unit.USD_PER_SHARE,
        optional=True,
        min=-100,
        max=200,
    )

    @dy.rule()
    def filing_date_is_within_four_months_of_quarter_end(cls) -> pl.Expr:
        """Quarters are reported two to eight weeks after their end."""
        days = (pl.col("filing_date") - pl.col("quarter_end")).dt.total_days()
        return days.is_between(*FILED_WITHIN)

    @dy.rule()
    def net_income_usd_is_less_than_revenue_usd(cls) -> pl.Expr:
        """Nobody earns more than half again its revenue or loses ten times as much; else columns
        moved.
        """
        ratio = pl.col("net_income_usd") / pl.col("revenue_usd")
        return ratio.is_between(-10, 1.5)

    net_income_usd_is_plausible = nothing_or("net_income_usd", 1e5)
    eps_diluted_usd_is_plausible = nothing_or("eps_diluted_usd", 1e-4)
    eps_actual_usd_is_plausible = nothing_or("eps_actual_usd", 1e-4)
    eps_estimate_usd_is_plausible = nothing_or("eps_estimate_usd", 1e-4)

    @dy.rule()
    def net_income_usd_over_eps_is_a_number_of_shares(cls) -> pl.Expr:
        """Income over earnings per share is between 50 million and 200 billion shares; else a unit
        slipped.
        """
        shares = [
            (pl.col(eps).abs() < 0.05)
            | (pl.col("net_income_usd") / pl.col(eps)).abs().is_between(5e7, 2e11)
            for eps in ("eps_diluted_usd", "eps_actual_usd", "eps_estimate_usd")
        ]
        return pl.all_horizontal(one.fill_null(value=True) for one in shares)


def conform(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows without the quarter get the last one that had ended on the day of the filing."""
    begin = pl.when(pl.col("ticker").is_in(JANUARY_YEAR)).then(2).otherwise(1)
    month = pl.col("filing_date").dt.month()
    into = (month - begin) % 3  # months since the running quarter began
    last = pl.col("filing_date").dt.month_start().dt.offset_by(pl.format("-{}mo", into + 1))
    return rows.with_columns(quarter_end=pl.coalesce("quarter_end", last.dt.month_end()))


def ask(request: Request) -> list[Call]:
    """Two requests per company: its code with the exchange, and its quarters."""
    wanted = [c for c in FOLLOWED if not request.codes or c in request.codes]
    return [
        Call(
            "stock_financial_us_analysis_indicator_em",
            {"symbol": c, "indicator": "单季报"},
            request.days,
            label=c,
        )
        for c in wanted
    ]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """Quarters with the day of their notice.

    Eastmoney moves the notice of a quarter to the filing of the next year, in which the quarter is
    the comparison. The contract sees that it cannot be the quarter's own: then the day is null, and
    the row is known from its first fetch. A quarter in another currency has no row, since the
    columns are in dollars.
    """
    in_dollars = answer.filter(pl.col("CURRENCY").cast(pl.String).str.contains(DOLLARS))
    if in_dollars.is_empty():
        raise UnknownFormat(f"CURRENCY has no dollars, but {answer['CURRENCY'][0]}")
    return in_dollars.select(
        ticker=pl.lit(call.label),
        quarter_end=published_day("REPORT_DATE").dt.offset_by(f"-{WEEK}").dt.month_end(),
        period=pl.col("REPORT_TYPE").cast(pl.String),
        filing_date=published_day("NOTICE_DATE"),
        revenue_usd=number("OPERATE_INCOME"),
        net_income_usd=number("PARENT_HOLDER_NETPROFIT"),
        eps_diluted_usd=number("DILUTED_EPS"),
    ).unique(maintain_order=True)


EASTMONEY = Source(
    "Eastmoney F10", "datacenter.eastmoney.com",
    frozenset({
        "REPORT_DATE", "REPORT_TYPE", "NOTICE_DATE", "CURRENCY", "OPERATE_INCOME",
        "PARENT_HOLDER_NETPROFIT", "DILUTED_EPS",
    }),
    ask, read, plausibility=Plausibility(steady=True), vocabulary={"CURRENCY": DOLLARS},
)  # fmt: skip

DATASET = Dataset(
    name="us_megacap_earnings",
    label="Results of the Magnificent 7",
    grain="one row per company and quarter",
    contract=UsMegacapEarnings,
    publication=Publication(
        "quarter_end", time(9, 0), trading_days_later=1, by="filing_date", moved=True
    ),
    # a quarter and the time for an annual filing
    cadence=Snapshot(WEEKLY, late_after=timedelta(days=150)),
    chains=(Chain("US", (EASTMONEY,), "ticker", dict.fromkeys(FOLLOWED, date(2009, 1, 1))),),
    conform=conform,
    figures=(
        Figure("revenue_usd", near=30, many=True, typical=(1e9, 5e11)),
        Figure("net_income_usd", many=True, typical=(2e8, 1e11)),
        Figure("eps_diluted_usd", near=30, many=True, typical=(0.1, 40)),
        Figure("eps_actual_usd", near=30, many=True, typical=(0.1, 40)),
        Figure("eps_estimate_usd", near=30, many=True, typical=(0.1, 40)),
    ),
)
