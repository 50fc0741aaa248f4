"""Who comes to the market late: funds' buyers, borrowers, new accounts, money across the border.

Context only: none of these enters an axis. Where a publisher has stopped, the series ends there.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import ROW, Group, prepared
from transforms.formulas.expressions import latest_known, positive, trailing_return

MONTH = 20  # trading days
# No fund's price may fall or rise so much in a day: such a step is a split or a merger of shares.
LARGEST_STEP = 0.25

retail = Group(unit="fraction", paper="H22")


@prepared
def etf_flows(fund_share: pl.DataFrame, fund_daily: pl.DataFrame) -> pl.DataFrame:
    """Money that came in by new shares of each fund and day: entity, observation_date, value.

    Change of the shares outstanding from the row before, at the day's close; none on a day of a
    split, which changes shares without money.
    """
    keys = ["entity", "observation_date"]
    shares = fund_share.select(
        "known_at", "fund_shares", entity="code", observation_date="trade_date"
    )
    prices = fund_daily.select(
        "close", entity="code", observation_date="trade_date", known_price="known_at"
    )
    close, outstanding = pl.col("close").cast(pl.Float64), pl.col("fund_shares").cast(pl.Float64)
    step = (close / close.shift().over("entity") - 1).abs()
    both = shares.filter(positive(pl.col("fund_shares"))).join(
        prices.filter(positive(pl.col("close"))), on=keys
    )
    return (
        both.sort(keys)
        .with_columns(
            value=pl.when(step <= LARGEST_STEP).then(outstanding.diff().over("entity") * close),
            known_at=pl.max_horizontal("known_at", "known_price"),
        )
        .select(ROW)
        .drop_nulls("value")
    )


@retail.metric(unit="CNY", window=21)
def etf_inflow_20d_cny(etf_flows: pl.DataFrame) -> pl.DataFrame:
    """Sum over 20 days of (shares(t) - shares(t-1)) x close(t); "technology" = all funds.

    All funds have a value on the days that have as many of them as the fullest of the 20.
    """
    whole = (
        etf_flows.sort("observation_date", "entity")
        .group_by("observation_date", maintain_order=True)
        .agg(
            pl.col("known_at").max(),
            pl.col("value").sum(),
            entity=pl.lit("technology"),
            n=pl.len().cast(pl.Int64),
        )
    )
    rows = pl.concat([etf_flows.with_columns(n=pl.lit(1, pl.Int64)), whole], how="diagonal")
    sums = rows.with_columns(
        value=pl.col("value").rolling_sum(MONTH).over("entity"),
        known_at=latest_known(MONTH).over("entity"),
        fullest=pl.col("n").rolling_max(MONTH, min_samples=1).over("entity"),
    )
    return sums.filter(pl.col("n") == pl.col("fullest")).drop("fullest")


@prepared
def borrowers(margin_account: pl.DataFrame) -> pl.DataFrame:
    """Figures of margin accounts by day, entity CN."""
    return margin_account.select(
        "known_at",
        pl.col(BORROWERS).cast(pl.Float64),
        entity=pl.lit("CN"),
        observation_date="trade_date",
    ).sort("observation_date")


BORROWERS = ("individual_investors", "trading_investors", "indebted_investors", "maintenance_ratio")


@retail.metric(window=61)
def margin_investors_growth_60d(borrowers: pl.DataFrame) -> pl.DataFrame:
    """Individuals with a margin account(t) / (t-60) - 1."""
    rows = borrowers.filter(positive(pl.col("individual_investors")))
    return rows.with_columns(
        value=trailing_return(pl.col("individual_investors"), bars=60), known_at=latest_known(61)
    )


@retail.metric()
def margin_active_share(borrowers: pl.DataFrame) -> pl.DataFrame:
    """Investors who traded on margin / individuals with a margin account."""
    return borrowers.with_columns(
        value=pl.col("trading_investors") / pl.col("individual_investors")
    )


@retail.metric(unit="ratio")
def margin_maintenance_ratio(borrowers: pl.DataFrame) -> pl.DataFrame:
    """Average of collateral over debt (平均维持担保比例), as published."""
    return borrowers.with_columns(value="maintenance_ratio")


@retail.metric(unit="count")
def new_investors(investor_account: pl.DataFrame) -> pl.DataFrame:
    """Investors who opened their first account in the month, dated on its last day."""
    return investor_account.select(
        "known_at",
        entity=pl.lit("CN"),
        observation_date=pl.col("month").dt.month_end(),
        value=pl.col("new_investors").cast(pl.Float64),
    )


@retail.metric(window=20)
def large_order_share_20d(market_fund_flow: pl.DataFrame) -> pl.DataFrame:
    """Mean over 20 days of the net inflow of large orders / turnover, as published."""
    days = market_fund_flow.sort("trade_date")
    return days.select(
        entity=pl.lit("CN"),
        observation_date="trade_date",
        value=pl.col("main_net_share").rolling_mean(MONTH),
        known_at=latest_known(MONTH),
    )


@retail.metric(unit="HKD", window=20)
def southbound_net_20d_hkd(stock_connect: pl.DataFrame) -> pl.DataFrame:
    """Sum over 20 common trading days of southbound net buying."""
    return _net(stock_connect, "southbound", "net_buy_hkd")


@retail.metric(unit="CNY", window=20)
def northbound_net_20d_cny(stock_connect: pl.DataFrame) -> pl.DataFrame:
    """Sum over 20 common trading days of northbound net buying, until 2024-08-16."""
    return _net(stock_connect, "northbound", "net_buy_cny")


def _net(stock_connect: pl.DataFrame, direction: str, column: str) -> pl.DataFrame:
    """The monthly sum of one direction's published net buying."""
    published = pl.col(column).is_not_null() & (pl.col("direction") == direction)
    return (
        stock_connect.filter(published)
        .sort("trade_date")
        .select(
            entity=pl.lit(direction),
            observation_date="trade_date",
            value=pl.col(column).rolling_sum(MONTH),
            known_at=latest_known(MONTH),
        )
    )
