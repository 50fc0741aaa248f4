"""Results, guidance and expectations."""

from datetime import date, timedelta

import polars as pl

from flows.sandbox.archive import archived
from flows.sandbox.market.market import Market
from flows.sandbox.market.megacaps import expected
from flows.sandbox.market.research import research
from warehouse.datasets.hk_consensus import CURRENCIES
from warehouse.readers.followed import HONG_KONG_COMPANIES, followed_shares

SNAPSHOTS = 26  # Saturdays before the last day on which expectations were kept


@archived("earnings_report")
def reports(market: Market) -> pl.DataFrame:
    kept = pl.col("notice_date") <= market.days[-1]
    return market.earnings.filter(kept).drop(
        "group", "booked_date", "revenue_year_ago_cny", "net_profit_year_ago_cny"
    )


@archived("earnings_flash")
def flashes(market: Market) -> pl.DataFrame:
    columns = ["code", "period_end", "name", "notice_date", "eps_cny"]
    figures = pl.col("^(revenue|net_profit)_(cny|year_ago_cny|yoy)$")
    kept = pl.col("notice_date") <= market.days[-1]
    return market.flashes.filter(kept).select(*columns, figures)


@archived("earnings_guidance")
def guidance(market: Market) -> pl.DataFrame:
    return market.guidance.filter(pl.col("notice_date") <= market.days[-1]).drop("revenue_cny")


@archived("disclosure_date")
def disclosures(market: Market) -> pl.DataFrame:
    """Of the reports that are out."""
    out = market.earnings.filter(pl.col("notice_date") <= market.days[-1])
    return out.select(
        "code",
        "period_end",
        first_booked_date="booked_date",
        booked_date="notice_date",
        actual_date="notice_date",
    )


@archived("consensus_eps")
def expectations(market: Market) -> pl.DataFrame:
    return pl.concat(
        market.consensus(day).with_columns(snapshot_date=pl.lit(day)).drop("name")
        for day in saturdays(market)
    )


@archived("hk_consensus")
def hong_kong_expectations(market: Market) -> pl.DataFrame:
    return pl.concat(
        expected(market.hong_kong_earnings, day).select(
            "code",
            "fiscal_year",
            snapshot_date=pl.lit(day),
            currency=pl.col("currency").replace_strict(CURRENCIES),
            net_profit_reported="profit",
            net_profit_high_reported="high",
            net_profit_low_reported="low",
            eps_reported="eps",
        )
        for day in saturdays(market)
    )


@archived("hk_megacap_earnings")
def hong_kong_results(market: Market) -> pl.DataFrame:
    kept = market.hong_kong_earnings.filter(pl.col("notice_date") <= market.days[-1])
    deadline = pl.when(pl.col("months") == 12).then(pl.lit("3mo")).otherwise(pl.lit("2mo"))
    return kept.select(
        "code",
        "period_end",
        "revenue_yoy",
        name=pl.col("code").replace_strict(HONG_KONG_COMPANIES),
        period_months="months",
        published_by=pl.col("period_end").dt.offset_by(deadline).dt.month_end(),
        currency_label="currency",
        revenue_reported="revenue",
        net_profit_reported="profit",
        eps_basic_reported="eps",
        net_profit_yoy="profit_yoy",
    )


@archived("us_megacap_earnings")
def american_results(market: Market) -> pl.DataFrame:
    kept = market.new_york_earnings.filter(pl.col("notice_date") <= market.days[-1])
    return kept.select(
        ticker="code",
        quarter_end="month_end",
        period=pl.format("{}/Q{}", "fiscal_year", "fiscal_quarter"),
        filing_date="notice_date",
        revenue_usd="revenue",
        net_income_usd="profit",
        eps_diluted_usd="eps",
    )


def saturdays(market: Market) -> list[date]:
    """The last Saturdays before the market's last day, oldest first."""
    last: date = market.days[-1].item()
    newest = last - timedelta(days=(last.weekday() + 2) % 7)
    return [newest - timedelta(weeks=n) for n in reversed(range(SNAPSHOTS))]


@archived("analyst_eps")
def brokers(market: Market) -> pl.DataFrame:
    """Of the shares followed."""
    seed, last = market.parameters.seed, market.days[-1]
    per_share = [research(market.earnings, code, seed) for code in followed_shares()]
    reports = pl.concat([reports for reports in per_share if reports.height])
    return reports.filter(pl.col("report_date") <= last).drop("name")
