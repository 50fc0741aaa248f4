"""How many stocks carry the move: share of risers and of stocks above their own means."""

from __future__ import annotations

import polars as pl

from transforms.expressions import latest_known
from transforms.metric import Anchors, metric

SHARE_ANCHORS = Anchors(((0.0, 0), (0.5, 50), (0.8, 85), (0.95, 100)))
BOTH = ("all", "tech")


def _share(days: pl.DataFrame, part: str, whole: str, window: int) -> pl.DataFrame:
    """Part / whole per day; days without a single stock to count are left out."""
    return days.filter(pl.col(whole) > 0).select(
        "entity",
        "observation_date",
        value=pl.col(part) / pl.col(whole),
        n=pl.col(whole),
        coverage=pl.min_horizontal(1.0, pl.col(whole) / pl.col("fullest")),
        known_at=latest_known(window).over("entity"),
    )


@metric(
    "share_above_ma50",
    unit="fraction",
    reads=("market_days",),
    window=50,
    score=SHARE_ANCHORS,
    direction="momentum",
    block="momentum/breadth",
    entities=BOTH,
    label="Share of stocks above their 50-day mean",
    reading="Above one half, most stocks take part. Stocks with fewer than 50 bars do not count.",
    paper="M05",
)
def share_above_ma50(market_days: pl.DataFrame) -> pl.DataFrame:
    """Share of the stocks that traded, with 50 bars, whose close is above their mean of 50."""
    return _share(market_days, "above_ma50", "with_ma50", 50)


@metric(
    "share_above_ma200",
    unit="fraction",
    reads=("market_days",),
    window=200,
    score=SHARE_ANCHORS,
    direction="momentum",
    block="momentum/breadth",
    entities=BOTH,
    label="Share of stocks above their 200-day mean",
    reading="The slow view of breadth. Stocks with fewer than 200 bars do not count.",
    paper="M05",
)
def share_above_ma200(market_days: pl.DataFrame) -> pl.DataFrame:
    """Share of the stocks that traded, with 200 bars, whose close is above their mean of 200."""
    return _share(market_days, "above_ma200", "with_ma200", 200)


@metric(
    "breadth_up_share",
    unit="fraction",
    reads=("market_days",),
    window=2,
    score=SHARE_ANCHORS,
    direction="momentum",
    label="Share of stocks that rose",
    reading="One day only, so it swings widely. Unchanged stocks count as not risen.",
    paper="M06",
)
def breadth_up_share(market_days: pl.DataFrame) -> pl.DataFrame:
    """Share of the stocks that traded and have an earlier bar which closed higher."""
    return _share(market_days, "rose", "with_return", 2)


@metric(
    "breadth_up_share_5d",
    unit="fraction",
    reads=("market_days",),
    window=6,
    score=SHARE_ANCHORS,
    direction="momentum",
    block="momentum/breadth",
    entities=BOTH,
    label="Share of stocks that rose, mean of 5 days",
    reading="The daily share without its noise; this one enters the composite.",
    paper="M06",
)
def breadth_up_share_5d(market_days: pl.DataFrame) -> pl.DataFrame:
    """Mean of the daily share of risers over five trading days."""
    daily = _share(market_days, "rose", "with_return", 6)
    return daily.with_columns(value=pl.col("value").rolling_mean(5).over("entity"))
