"""Shares at their price limits: the clearest sign of speculation on the mainland.

The limits are worked out from the exchange's ex-rights previous close
(transforms.formulas.price_limits). A bar without it has no known limit, and a day on which that is
so of more than half of the stocks has no value: prices adjusted for dividends, and bars imported
without that close, never give one.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.engine.metric import Group, Percentile
from transforms.formulas.expressions import latest_known
from transforms.formulas.price_limits import REGISTRATION
from transforms.formulas.stock_arrays import Mark
from transforms.prepared.stocks import coverage

# ChiNext's limit went from 10 % to 20 % on this day: counts before it are not comparable.
COMPARABLE_FROM = REGISTRATION["ChiNext"]
FEWEST = 0.5  # share of the stocks that traded whose limit must be known


def _comparable(market_days: pl.DataFrame) -> pl.DataFrame:
    """The days on which the limits of most stocks are known, since limits are what they are now."""
    enough = pl.col("with_limit") >= FEWEST * pl.col("traded")
    return market_days.filter(enough, pl.col("observation_date") >= COMPARABLE_FROM)


def _of_limits(days: pl.DataFrame, value: pl.Expr, n: str = "with_limit") -> pl.DataFrame:
    return days.select(
        "entity",
        "observation_date",
        known_at=latest_known(2).over("entity"),  # a limit may follow from the close before
        value=value,
        n=pl.col(n).cast(pl.Int64),
        coverage=coverage("with_limit"),
    )


limits = Group(unit="fraction", paper="H11", score=Percentile(), direction="heat")


@limits.metric(window=2, block="heat/activity", weight=14, entities=("all",), traded=True)
def limit_up_share(market_days: pl.DataFrame) -> pl.DataFrame:
    """Stocks with P = round half up(previous close (1 + limit),
    0.01) / stocks with a known limit.
    """
    return _of_limits(_comparable(market_days), pl.col("limit_up") / pl.col("with_limit"))


@limits.metric(window=2, traded=True)
def limit_up_ratio(market_days: pl.DataFrame) -> pl.DataFrame:
    """LU / (LU + LD); days without either say nothing."""
    days = _comparable(market_days).with_columns(hit=pl.col("limit_up") + pl.col("limit_down"))
    ratio = pl.when(pl.col("hit") > 0).then(pl.col("limit_up") / pl.col("hit"))
    return _of_limits(days, ratio, n="hit")


@limits.metric(unit="count", window=30, traded=True)
def limit_streak_longest(market_days: pl.DataFrame, stock_bars: pl.DataFrame) -> pl.DataFrame:
    """Max over stocks of the number of bars in a row that closed at the upper limit, this one
    included; 0 where none did.
    """
    rows = np.flatnonzero(stock_bars["marks"].to_numpy() & Mark.LIMIT_UP)
    runs = stock_bars[rows].select("observation_date").with_columns(streak=pl.Series(streaks(rows)))
    longest = runs.group_by("observation_date").agg(pl.col("streak").max())
    days = _comparable(market_days.filter(pl.col("entity") == "all"))
    joined = days.join(longest, on="observation_date", how="left", maintain_order="left")
    return _of_limits(joined, pl.col("streak").fill_null(0).cast(pl.Float64)).with_columns(
        known_at=latest_known(30)
    )


def streaks(rows: np.ndarray) -> np.ndarray:
    """How many numbers in a row lead up to each: 3, 4, 7, 8, 9 → 1, 2, 1, 2, 3.

    A stock's first bar has no limit, so that a run never goes from one stock into the next.
    """
    place = np.arange(len(rows))
    begins = np.diff(rows, prepend=rows[:1]) != 1
    return place - np.maximum.accumulate(np.where(begins, place, 0)) + 1


@limits.metric()
def limit_sealed_rate(limit_pool: pl.DataFrame) -> pl.DataFrame:
    """Closed at the upper limit / (closed at it + touched it and fell off)."""
    sealed, broken = pl.col("pool") == "up", pl.col("pool") == "broken"
    days = limit_pool.group_by(observation_date="trade_date").agg(
        pl.col("known_at").max(), sealed=sealed.sum(), broken=broken.sum()
    )
    both = days.filter((pl.col("sealed") > 0) & (pl.col("broken") > 0)).with_columns(
        touched=pl.col("sealed") + pl.col("broken")
    )
    return both.select(
        "observation_date",
        "known_at",
        entity=pl.lit("all"),
        value=pl.col("sealed") / pl.col("touched"),
        n=pl.col("touched").cast(pl.Int64),
    )
