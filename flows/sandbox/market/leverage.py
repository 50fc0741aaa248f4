"""Who borrows, against what, and how many investors there are."""

from datetime import date

import numpy as np
import polars as pl

ACCOUNTS_END = date(2023, 8, 1)  # the depository published nothing after that month


def accounts(margin: pl.DataFrame, indices: pl.DataFrame) -> pl.DataFrame:
    """Accounts and collateral of margin trading per day, rounded as published, and the totals of
    the market (financing_balance_cny and the like); columns as in the warehouse.
    """
    total = margin.group_by("trade_date").agg(pl.col("^.*_cny$").sum(), pl.col("^.*_shares$").sum())
    close = pl.col("close")
    trend = indices.filter(code="000001.SH").select(
        "trade_date", rise=close / close.ewm_mean(span=120)
    )
    owed, lent = pl.col("financing_balance_cny"), pl.col("securities_lending_balance_cny")
    opened = 4.4e6 + 1.3e-6 * owed.cum_max()
    joined = total.sort("trade_date").join(trend, on="trade_date", maintain_order="left")
    return joined.with_columns(
        individual_investors=(opened / 100).round() * 100,
        institutional_investors=(opened / 156).round(),
        trading_investors=(pl.col("financing_purchases_cny") / 4.6e5).round(),
        indebted_investors=(owed / 1.4e6).round(),
        maintenance_ratio=(2.72 * pl.col("rise").clip(0.7, 1.3)).round(4),
        securities_lending_sold_cny=(lent / 150e6).round() * 1e6,
        securities_firms=pl.lit(94),
        branches=pl.lit(11700),
    ).with_columns(collateral_cny=((owed + lent) * pl.col("maintenance_ratio") / 1e6).round() * 1e6)


def investors(seed: int) -> pl.DataFrame:
    """Investors of the depository per month, April 2015 to its last publication: month,
    new_investors, investors, a_share_investors, b_share_investors, market_value_cny, close.
    """
    months = pl.date_range(date(2015, 4, 1), ACCOUNTS_END, interval="1mo", eager=True)
    rng = np.random.default_rng([seed, 35])
    new = np.rint(1.2e6 * np.exp(0.35 * rng.standard_normal(len(months))) / 100) * 100
    number = 8.3e7 + np.cumsum(new)
    b_shares = np.full(len(months), 2.388e6)
    return pl.DataFrame(
        {
            "month": months,
            "new_investors": new,
            "investors": number,
            "a_share_investors": number - 5.9e5,
            "b_share_investors": b_shares,
            "market_value_cny": np.rint(6e13 * np.exp(0.05 * rng.standard_normal(len(months)))),
            "close": np.round(3200 * np.exp(0.06 * rng.standard_normal(len(months))), 2),
        }
    )
