"""Borrowed money: the financing balance of all mainland exchanges and its growth.

Financing only (融资余额), without securities lending. The figure of day T is published on the
next trading day; its known_at says so.
"""

from __future__ import annotations

import polars as pl

from transforms.expressions import latest_known, trailing_return
from transforms.metric import Percentile, metric, prepared


@prepared("margin_days", reads=("margin_market",))
def margin_days(margin_market: pl.DataFrame) -> pl.DataFrame:
    """The financing balance by day, entity CN, days without a figure left out."""
    return (
        margin_market.filter(pl.col("financing_balance_cny") > 0)
        .select(
            "known_at",
            entity=pl.lit("CN"),
            observation_date="trade_date",
            value=pl.col("financing_balance_cny").cast(pl.Float64),
        )
        .sort("observation_date")
    )


@metric(
    "margin_financing_balance_cny",
    unit="CNY",
    reads=("margin_days",),
    label="Margin financing balance",
    reading="Loans outstanding to buy shares, all mainland exchanges. Compare changes, not yuan.",
    paper="H02",
)
def margin_financing_balance_cny(margin_days: pl.DataFrame) -> pl.DataFrame:
    """The balance as published."""
    return margin_days


@metric(
    "margin_financing_change_1d",
    unit="fraction",
    reads=("margin_days",),
    optional=("sessions",),
    window=2,
    score=Percentile(),
    direction="heat",
    block="heat/leverage",
    weight=1.0,
    entities=("CN",),
    label="Margin financing, change on the day",
    reading="A jump after a holiday holds several days of demand.",
    paper="H02",
)
def margin_financing_change_1d(
    margin_days: pl.DataFrame, sessions: pl.DataFrame | None
) -> pl.DataFrame:
    """Change from the trading day before; a day after a hole in the series has none."""
    change = margin_days.with_columns(
        value=trailing_return(pl.col("value"), bars=1), known_at=latest_known(2)
    )
    if sessions is None:
        return change
    return change.join(_after_a_hole(change, sessions), on="observation_date", how="anti")


@metric(
    "margin_financing_change_20d",
    unit="fraction",
    reads=("margin_days",),
    window=21,
    score=Percentile(),
    direction="heat",
    block="heat/leverage",
    weight=2.0,
    entities=("CN",),
    label="Margin financing, change over 20 days",
    reading="The pace at which borrowed money enters: a month of it, free of single days.",
    paper="H02",
)
def margin_financing_change_20d(margin_days: pl.DataFrame) -> pl.DataFrame:
    """Change over the last 20 published days."""
    return margin_days.with_columns(
        value=trailing_return(pl.col("value"), bars=20), known_at=latest_known(21)
    )


def _after_a_hole(days: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """The days whose trading day before is missing, so that their change spans more than a day."""
    numbered = days.select("observation_date").join(sessions, on="observation_date").sort("session")
    return numbered.filter(pl.col("session").cast(pl.Int64).diff() > 1).select("observation_date")
