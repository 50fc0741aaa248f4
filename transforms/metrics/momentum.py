"""Momentum of the series over a year, plain and per unit of risk (M01 to M03).

Returns are of price indices and nothing is deducted for cash: no funding rate of a year or less is
collected. In yuan it was 1% to 4%, which changes a sign only where momentum is near zero anyway.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Group, Itself, Percentile, metric
from transforms.formulas import expressions
from transforms.formulas.expressions import SESSIONS_A_YEAR_US, sharpe, sortino, trailing_return
from transforms.prepared.indices import BROAD, LEADING
from transforms.prepared.series import measured

TARGET_VOLATILITY = 0.40
# A bar 500 days back weighs (60/61)^500 = 0.03% of the newest in the ex-ante volatility.
MEMORY = 500
FEWEST = 120
YEAR_OF_BARS = SESSIONS_A_YEAR_US  # of 12-1 momentum, also on the mainland
SKIPPED = 21  # the latest month, which 12-1 momentum leaves out
CLOSE = pl.col("close")
PER_YEAR = pl.col("bars_per_year").sqrt()
CHANGE = pl.col("change")
YEARS_RETURN = trailing_return(CLOSE, bars=YEAR_OF_BARS)
VOLATILITY = expressions.ex_ante_volatility(CHANGE)

time_series = Group(unit="ratio", paper="M02; Moskowitz, Ooi and Pedersen (2012)", window=MEMORY)


@metric(
    unit="fraction",
    paper="M01; Jegadeesh and Titman (1993); Asness, Moskowitz and Pedersen (2013)",
    window=YEAR_OF_BARS + 1,
    score=Percentile(),
    block="momentum/trend",
    weight=20,
    core=20,
    core_entities=BROAD,
    entities=LEADING,
)
def momentum_12_1(series_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t-21) / P(t-252) - 1."""
    return measured(
        series_bars, trailing_return(CLOSE, bars=YEAR_OF_BARS, skip=SKIPPED), YEAR_OF_BARS + 1
    )


@metric(unit="fraction", paper="M01", window=SKIPPED + 1)
def return_21d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / P(t-21) - 1."""
    return measured(series_bars, trailing_return(CLOSE, bars=SKIPPED), SKIPPED + 1)


@time_series.metric(unit="fraction")
def ex_ante_volatility(series_bars: pl.DataFrame) -> pl.DataFrame:
    """Root of σ² = 261 Σ (1-δ) δ^i (r(t-1-i) - r̄)², δ/(1-δ) =
    60, r̄ the mean of the same weights.
    """
    enough = pl.int_range(pl.len()) >= FEWEST
    return measured(series_bars, pl.when(enough).then(VOLATILITY), MEMORY)


@time_series.metric(score=Percentile(), direction="momentum")
def tsmom_strength(series_bars: pl.DataFrame) -> pl.DataFrame:
    """(P(t) / P(t-252) - 1) / σ(t-1): about the t of a year's return."""
    return measured(series_bars, YEARS_RETURN / VOLATILITY, MEMORY)


@time_series.metric()
def tsmom_position(series_bars: pl.DataFrame) -> pl.DataFrame:
    """sign(P(t) / P(t-252) - 1) × 0.40 / σ(t-1)."""
    size = TARGET_VOLATILITY / VOLATILITY
    return measured(series_bars, YEARS_RETURN.sign() * size, MEMORY)


@time_series.metric(
    unit="score 0-100",
    score=Itself(),
    block="momentum/trend",
    weight=20,
    core=20,
    core_entities=BROAD,
    entities=LEADING,
)
def tsmom_score(series_bars: pl.DataFrame) -> pl.DataFrame:
    """50 + 50 × clip((P(t) / P(t-252) - 1) / (2 σ(t-1)), -1, 1)."""
    strength = YEARS_RETURN / VOLATILITY
    return measured(series_bars, 50 + 50 * (strength / 2).clip(-1, 1), MEMORY)


@metric(
    unit="ratio",
    paper="M03; Barroso and Santa-Clara (2015)",
    window=YEAR_OF_BARS + 1,
    score=Percentile(),
    block="momentum/trend",
    weight=20,
    core=20,
    core_entities=BROAD,
    entities=LEADING,
)
def risk_adjusted_momentum(series_bars: pl.DataFrame) -> pl.DataFrame:
    """(P(t-21) / P(t-252) - 1) / (sd of 252 daily ln changes × √A), A = 243, New York 252."""
    spread = pl.col("level").diff().rolling_std(YEAR_OF_BARS) * PER_YEAR
    momentum = trailing_return(CLOSE, bars=YEAR_OF_BARS, skip=SKIPPED)
    return measured(series_bars, pl.when(spread > 0).then(momentum / spread), YEAR_OF_BARS + 1)


@metric(unit="ratio", paper="M03; Sharpe (1994)", window=61)
def sharpe_60d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """mean(r) / sd(r) × √A over 60 daily changes, A = 243, New York 252."""
    return measured(series_bars, sharpe(CHANGE, 60, year=1) * PER_YEAR, 61)


@metric(unit="ratio", paper="M03; Sortino and van der Meer (1991)", window=61)
def sortino_60d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """mean(r) / √mean(min(r, 0)²) × √A over 60 daily changes, A = 243, New York 252."""
    return measured(series_bars, sortino(CHANGE, 60, year=1) * PER_YEAR, 61)
