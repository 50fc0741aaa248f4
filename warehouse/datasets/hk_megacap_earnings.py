"""Results of China's large technology companies in Hong Kong, nine report periods of each.

Figures run from the beginning of the fiscal year (a third-quarter row holds nine months) and are in
the currency the company reports in. Eastmoney's currency label is not to be trusted: it has called
renminbi Hong Kong dollars. So growth may be compared between companies, levels may not.
The upstream gives the end of a period and no day of publication. Hong Kong's rules do: annual
results within three months, interim results within two; voluntary quarters keep to the latter. A
period is known from that deadline, or from the fetch if that came first. No other host serves this.
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
from warehouse.contract import Table, count, day, measure, text
from warehouse.readers.followed import HONG_KONG_COMPANIES
from warehouse.readers.text import day as published_day
from warehouse.readers.text import number
from warehouse.units import PERCENT, Unit

MONTHS = {"001": 12, "002": 6, "003": 3, "004": 9}  # months a row of this type accumulates
ANNUAL_MONTHS, OTHER_MONTHS = "3mo", "2mo"  # Hong Kong's Listing Rules 13.49


class HkMegacapEarnings(Table):
    """Cumulative results per company and report period, in the company's reporting currency."""

    code = text("Five-digit code with .HK", key=True, pattern=r"^\d{5}\.HK$")
    period_end = day("Last day of the report period", key=True)
    name = text("Company")
    period_months = count("Months accumulated: 3, 6, 9 or 12 of the fiscal year", min=3, max=12)
    published_by = day("Day by which the exchange's rules make the company publish")
    currency_label = text("Currency as the upstream labels it; known to be wrong", nullable=True)
    revenue_reported = measure(
        "Revenue of these months", Unit.REPORTED, nullable=True, min=1e6, max=1e13
    )
    net_profit_reported = measure(
        "Net profit to shareholders of these months", Unit.REPORTED, min=-1e12, max=1e12
    )
    eps_basic_reported = measure(
        "Basic earnings per share of these months",
        Unit.REPORTED_PER_SHARE,
        nullable=True,
        min=-1e3,
        max=1e3,
    )
    revenue_yoy = measure("Revenue over the year before, minus one", Unit.FRACTION, nullable=True)
    net_profit_yoy = measure(
        "Net profit over the year before, minus one", Unit.FRACTION, nullable=True
    )

    @dy.rule()
    def period_end_is_the_end_of_a_month(cls) -> pl.Expr:
        """These companies' periods end with a month."""
        return pl.col("period_end") == pl.col("period_end").dt.month_end()

    @dy.rule()
    def period_months_are_whole_quarters(cls) -> pl.Expr:
        """Interim figures accumulate quarters of the fiscal year."""
        return pl.col("period_months").is_in([3, 6, 9, 12])

    @dy.rule()
    def net_profit_reported_is_less_than_revenue_reported(cls) -> pl.Expr:
        """Nobody earns several times its revenue; else columns moved."""
        profit, revenue = pl.col("net_profit_reported"), pl.col("revenue_reported")
        return profit.abs() < 3 * revenue

    @dy.rule()
    def net_profit_reported_over_eps_basic_reported_is_a_number_of_shares(cls) -> pl.Expr:
        """Profit over earnings per share is between 100 million and 500 billion shares; else a unit
        slipped.
        """
        shares = (pl.col("net_profit_reported") / pl.col("eps_basic_reported")).abs()
        return (pl.col("eps_basic_reported").abs() < 0.01) | shares.is_between(1e8, 5e11)


def ask(request: Request) -> list[Call]:
    """Two requests per company: the figures, and a list of its reports for their currency."""
    wanted = [c for c in HONG_KONG_COMPANIES if not request.codes or c in request.codes]
    return [
        Call(
            "stock_financial_hk_analysis_indicator_em",
            {"symbol": c[:5], "indicator": "报告期"},
            request.days,
            label=c,
        )
        for c in wanted
    ]


def read(answer: pl.DataFrame, call: Call) -> pl.DataFrame:
    """The periods; of one whose type is new its two days tell how long it is."""
    start, end = published_day("START_DATE"), published_day("REPORT_DATE")
    spanned = 12 * (end.dt.year() - start.dt.year()) + end.dt.month() - start.dt.month() + 1
    kind = pl.col("DATE_TYPE_CODE").cast(pl.String)
    months = pl.coalesce(kind.replace_strict(MONTHS, default=None), spanned)
    rows = answer.with_columns(period_end=end, months=months.cast(pl.Int64))
    by_rule = (
        pl.when(pl.col("months") == 12).then(pl.lit(ANNUAL_MONTHS)).otherwise(pl.lit(OTHER_MONTHS))
    )
    return rows.select(
        code=pl.lit(call.label),
        period_end="period_end",
        name=pl.lit(HONG_KONG_COMPANIES[call.label]),
        period_months="months",
        published_by=pl.col("period_end").dt.offset_by(by_rule).dt.month_end(),
        currency_label=pl.col("CURRENCY").cast(pl.String),
        revenue_reported=number("OPERATE_INCOME"),
        net_profit_reported=number("HOLDER_PROFIT"),
        eps_basic_reported=number("BASIC_EPS"),
        revenue_yoy=number("OPERATE_INCOME_YOY", PERCENT),
        net_profit_yoy=number("HOLDER_PROFIT_YOY", PERCENT),
    )


EASTMONEY = Source(
    "Eastmoney F10", "datacenter.eastmoney.com",
    frozenset({
        "START_DATE", "REPORT_DATE", "DATE_TYPE_CODE", "CURRENCY", "OPERATE_INCOME", "HOLDER_PROFIT", "BASIC_EPS",
        "OPERATE_INCOME_YOY", "HOLDER_PROFIT_YOY",
    }),
    ask, read, plausibility=Plausibility(steady=True), vocabulary={"DATE_TYPE_CODE": f"^({'|'.join(MONTHS)})$"},
)  # fmt: skip

DATASET = Dataset(
    name="hk_megacap_earnings",
    label="Results of China's technology companies in Hong Kong",
    grain="one row per company and report period",
    contract=HkMegacapEarnings,
    # what is due in three months may be out today
    publication=Publication("period_end", time(20, 0), by="published_by", ahead=timedelta(days=95)),
    # a quarter and the three months for an annual report
    cadence=Snapshot(WEEKLY, late_after=timedelta(days=195)),
    chains=(
        Chain("HK", (EASTMONEY,), "code", dict.fromkeys(HONG_KONG_COMPANIES, date(2015, 1, 1))),
    ),
    figures=(
        Figure("revenue_reported", near=30, many=True, typical=(3e9, 3e12)),
        Figure(
            "eps_basic_reported",
            many=True,
            typical=(1e8, 5e11),
            of=pl.col("net_profit_reported") / pl.col("eps_basic_reported"),
            near=10,
            says="profit ÷ earnings per share",
        ),
        Figure("net_profit_reported", many=True, typical=(2e8, 3e11)),
        Figure("revenue_yoy", many=True, typical=(0.02, 3)),
        Figure("net_profit_yoy", many=True, typical=(0.04, 3)),
    ),
)
