"""How far apart stocks move on a day: together under one worry, apart when single stories rule."""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Anchors, Group, Percentile
from transforms.formulas.expressions import latest_known, observations
from transforms.prepared.series import WHOLE
from transforms.prepared.stocks import coverage

MONTH = 21
FEWEST = 250  # days of dispersion before it is said to be unusual
FEWEST_WEIGHED = 0.8  # share of the stocks that traded whose tradable value must be known
FLAT = 1e-12  # a variance under this part of the mean square is rounding
EXTREME = Anchors(((0.0, 0), (1.0, 50), (2.0, 85), (3.0, 100)))


def spread() -> pl.Expr:
    """Standard deviation of the day's returns with n - 1; null under two stocks."""
    n, total = pl.col("with_return"), pl.col("returns")
    variance = _beyond_rounding(pl.col("squares") - total * total / n, pl.col("squares")) / (n - 1)
    return pl.when(n > 1).then(variance.sqrt())


def weighed_spread() -> pl.Expr:
    """sqrt(sum w (r - sum w r)²), weights adding up to 1; null where too few weights are known."""
    mean = pl.col("weight_returns") / pl.col("weight")
    squares = pl.col("weight_squares") / pl.col("weight")
    variance = _beyond_rounding(squares - mean * mean, squares)
    enough = pl.col("with_weight") >= FEWEST_WEIGHED * pl.col("with_return")
    known = enough & (pl.col("with_weight") > 1)
    return pl.when(known).then(variance.sqrt())


def _beyond_rounding(difference: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """A difference of sums, 0 where it is no more than their rounding."""
    return pl.when(difference > FLAT * whole).then(difference).otherwise(0.0)


def _monthly(days: pl.DataFrame, daily: pl.Expr, n: str, window: int) -> pl.DataFrame:
    """Mean of 21 days of the daily value, with the time at which the window was known."""
    return days.select(
        "entity",
        "observation_date",
        n=pl.col(n).cast(pl.Int64),
        value=daily.rolling_mean(MONTH).over("entity"),
        coverage=coverage(n),
        known_at=latest_known(window).over("entity"),
    )


dispersions = Group(unit="fraction", paper="H10; S&P Dow Jones Indices (2013)")


@dispersions.metric(window=MONTH + 1, score=Percentile())
def dispersion_21d(market_days: pl.DataFrame) -> pl.DataFrame:
    """Mean over 21 days of sqrt(sum (r_i - mean r)² / (n - 1)), every stock counting the same."""
    return _monthly(market_days, spread(), "with_return", MONTH + 1)


@dispersions.metric(window=MONTH + 2, score=Percentile())
def dispersion_weighted_21d(market_days: pl.DataFrame) -> pl.DataFrame:
    """Mean over 21 days of sqrt(sum w_i (r_i - r_w)²), w: tradable value of the day before."""
    return _monthly(market_days, weighed_spread(), "with_weight", MONTH + 2)


@dispersions.metric(
    unit="ratio",
    window=WHOLE,
    score=EXTREME,
    block="heat/concentration",
    weight=12,
    entities=("all",),
)
def dispersion_abs_z(market_days: pl.DataFrame) -> pl.DataFrame:
    """|x - mean(x so far)| / sd(x so far), x: 21-day dispersion, from 250 values on."""
    days = _monthly(market_days, spread(), "with_return", MONTH + 1).drop_nulls("value")
    x = pl.col("value")
    count = observations()
    mean = x.cum_sum() / count
    variance = ((x * x).cum_sum() - count * mean * mean) / (count - 1)
    known = (count >= FEWEST) & (variance > FLAT * mean * mean)
    distance = pl.when(known).then((x - mean).abs() / variance.sqrt())
    return days.with_columns(
        value=distance.over("entity"), known_at=pl.col("known_at").cum_max().over("entity")
    )
