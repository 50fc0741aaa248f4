"""Extreme movers: how far single stocks have run, and how many of them."""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Group, Percentile, metric
from transforms.formulas.expressions import drawdown, latest_known, run_up
from transforms.formulas.stock_arrays import RUN_UP_WINDOW
from transforms.prepared.stocks import coverage

run_ups = Group(unit="fraction", paper="H17", window=RUN_UP_WINDOW + 1)


@run_ups.metric(paper="H17; Greenwood, Shleifer and You (2019)", direction="heat", version=2)
def runup_30d(followed_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / min(P(t-30), ..., P(t)) - 1, the lowest of 31 closes, for the followed stocks."""
    return _of_members(followed_bars, run_up(pl.col("adjusted"), RUN_UP_WINDOW), RUN_UP_WINDOW + 1)


@run_ups.metric(window=61)
def drawdown_60d(followed_bars: pl.DataFrame) -> pl.DataFrame:
    """P / highest close of the last 61 bars - 1, for the followed stocks."""
    return _of_members(followed_bars, drawdown(pl.col("adjusted"), 60), 61)


def _of_members(bars: pl.DataFrame, value: pl.Expr, window: int) -> pl.DataFrame:
    """The value on the days of membership; the window also sees the bars before them."""
    return bars.with_columns(
        value=value.over("entity"), known_at=latest_known(window).over("entity")
    ).filter("member")


@run_ups.metric(
    unit="count",
    score=Percentile(),
    block="heat/technical",
    weight=20,
    entities=("all",),
    version=2,
)
def runup_30d_ge_90pct_count(market_days: pl.DataFrame) -> pl.DataFrame:
    """Stocks whose close is at least 90% above min(P(t-30), ..., P(t)), the lowest of 31."""
    days = market_days.filter(pl.col("entity") == "all").select(
        "entity",
        "observation_date",
        value=pl.col("ran_up").cast(pl.Float64),
        n="with_run_up",
        coverage=coverage("with_run_up"),
        known_at=latest_known(RUN_UP_WINDOW + 1),
    )
    return days.filter(pl.col("n") > 0)


@metric(unit="CNY", paper="metrics.md 0.2")
def close_cny(followed_bars: pl.DataFrame) -> pl.DataFrame:
    """The close as traded, for the followed stocks."""
    return _of_members(followed_bars, pl.col("close"), 1)
