"""Momentum of the series over a year, plain and per unit of risk (M01 to M03).

Returns are of price indices and nothing is deducted for cash: no funding rate of a year or less is
collected. In yuan it was 1% to 4%, which changes a sign only where momentum is near zero anyway.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Itself, Percentile, metric
from transforms.formulas.expressions import (
    ex_ante_volatility,
    sharpe,
    sortino,
    trailing_return,
)
from transforms.metrics.price import LEADING
from transforms.prepared.series import measured

TARGET_VOLATILITY = 0.40
# A bar 500 days back weighs (60/61)^500 = 0.03% of the newest in the ex-ante volatility.
MEMORY = 500
FEWEST = 120
SKIPPED = 21  # the latest month, which 12-1 momentum leaves out
CLOSE = pl.col("close")
PER_YEAR = pl.col("bars_per_year").sqrt()
CHANGE = pl.col("change")
YEARS_RETURN = trailing_return(CLOSE, bars=252)


@metric(
    "momentum_12_1",
    unit="fraction",
    reads=("series_bars",),
    window=253,
    score=Percentile(),
    direction="momentum",
    block="momentum/trend",
    entities=LEADING,
    label="Momentum, 12 months without the last",
    reading="Change over twelve months that leaves out the latest month, the spurt under debate.",
    pitfall="252 bars are the American year, ten more than the mainland's; read it next to the "
    "change over the 21 days that it leaves out.",
    paper="M01; Jegadeesh and Titman (1993); Asness, Moskowitz and Pedersen (2013)",
)
def momentum_12_1(series_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t-21) / P(t-252) - 1."""
    return measured(series_bars, trailing_return(CLOSE, bars=252, skip=SKIPPED), 253)


@metric(
    "return_21d",
    unit="fraction",
    reads=("series_bars",),
    window=SKIPPED + 1,
    label="Change over 21 days",
    reading="The latest month, the spurt that 12-1 momentum leaves out: the two compound to the "
    "change over 252 days.",
    pitfall="A jump stays in it for a month and only then enters 12-1 momentum.",
    paper="M01",
)
def return_21d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / P(t-21) - 1."""
    return measured(series_bars, trailing_return(CLOSE, bars=SKIPPED), SKIPPED + 1)


@metric(
    "ex_ante_volatility",
    unit="fraction",
    reads=("series_bars",),
    window=MEMORY,
    label="Volatility known the day before",
    reading="Annual volatility by which the time-series momentum strategy sizes its position.",
    pitfall="It lags by a day on purpose; a jump shows in it on the next day only.",
    paper="M02; Moskowitz, Ooi and Pedersen (2012)",
)
def ex_ante_volatility_mop(series_bars: pl.DataFrame) -> pl.DataFrame:
    """Root of σ² = 261 Σ (1-δ) δ^i (r(t-1-i) - r̄)², δ/(1-δ) = 60, r̄ the mean of the same weights."""
    enough = pl.int_range(pl.len()) >= FEWEST
    return measured(series_bars, pl.when(enough).then(ex_ante_volatility(CHANGE)), MEMORY)


@metric(
    "tsmom_strength",
    unit="ratio",
    reads=("series_bars",),
    window=MEMORY,
    score=Percentile(),
    direction="momentum",
    label="Twelve-month return per unit of risk",
    reading="Beyond +2 or -2 the sign of a year's change is hardly chance; near 0 it is a coin.",
    pitfall="It contains the latest month, which 12-1 momentum leaves out.",
    paper="M02; Moskowitz, Ooi and Pedersen (2012)",
)
def tsmom_strength(series_bars: pl.DataFrame) -> pl.DataFrame:
    """(P(t) / P(t-252) - 1) / σ(t-1): about the t of a year's return."""
    return measured(series_bars, YEARS_RETURN / ex_ante_volatility(CHANGE), MEMORY)


@metric(
    "tsmom_position",
    unit="ratio",
    reads=("series_bars",),
    window=MEMORY,
    label="Time-series momentum, position",
    reading="What the strategy holds, as a multiple of capital, for a volatility of 40% a year; "
    "negative is short.",
    pitfall="Only the sign of the year counts: near zero it flips on nothing. Single A-shares "
    "show little momentum; use it for indices and sectors.",
    paper="M02; Moskowitz, Ooi and Pedersen (2012)",
)
def tsmom_position(series_bars: pl.DataFrame) -> pl.DataFrame:
    """sign(P(t) / P(t-252) - 1) × 0.40 / σ(t-1)."""
    size = TARGET_VOLATILITY / ex_ante_volatility(CHANGE)
    return measured(series_bars, YEARS_RETURN.sign() * size, MEMORY)


@metric(
    "tsmom_score",
    unit="score 0-100",
    reads=("series_bars",),
    window=MEMORY,
    score=Itself(),
    direction="momentum",
    block="momentum/trend",
    entities=LEADING,
    label="Time-series momentum, score",
    reading="50 is no change over the year, 100 a rise of twice its volatility, 0 such a fall.",
    pitfall="It needs no history and so does not say what is unusual for this index.",
    paper="M02; Moskowitz, Ooi and Pedersen (2012)",
)
def tsmom_score(series_bars: pl.DataFrame) -> pl.DataFrame:
    """50 + 50 × clip((P(t) / P(t-252) - 1) / (2 σ(t-1)), -1, 1)."""
    strength = YEARS_RETURN / ex_ante_volatility(CHANGE)
    return measured(series_bars, 50 + 50 * (strength / 2).clip(-1, 1), MEMORY)


@metric(
    "risk_adjusted_momentum",
    unit="ratio",
    reads=("series_bars",),
    window=253,
    score=Percentile(),
    direction="momentum",
    block="momentum/trend",
    entities=LEADING,
    label="Momentum per unit of volatility",
    reading="12-1 momentum over the year's volatility: a calm rise ranks above a wild one.",
    pitfall="A quiet year makes a small rise look strong.",
    paper="M03; Barroso and Santa-Clara (2015)",
)
def risk_adjusted_momentum(series_bars: pl.DataFrame) -> pl.DataFrame:
    """(P(t-21) / P(t-252) - 1) / (sd of 252 daily ln changes × √A), A = 243, New York 252."""
    spread = pl.col("level").diff().rolling_std(252) * PER_YEAR
    momentum = trailing_return(CLOSE, bars=252, skip=SKIPPED)
    return measured(series_bars, pl.when(spread > 0).then(momentum / spread), 253)


@metric(
    "sharpe_60d",
    unit="ratio",
    reads=("series_bars",),
    window=61,
    label="Sharpe ratio, 60 days",
    reading="Mean over standard deviation of the daily changes of a quarter, per year.",
    pitfall="Over 60 days its standard error is about 2: only extremes say anything.",
    paper="M03; Sharpe (1994)",
)
def sharpe_60d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """mean(r) / sd(r) × √A over 60 daily changes, A = 243, New York 252."""
    return measured(series_bars, sharpe(CHANGE, 60, year=1) * PER_YEAR, 61)


@metric(
    "sortino_60d",
    unit="ratio",
    reads=("series_bars",),
    window=61,
    label="Sortino ratio, 60 days",
    reading="Like the Sharpe ratio, but only falls count as risk.",
    pitfall="A quarter with few falls makes it very large.",
    paper="M03; Sortino and van der Meer (1991)",
)
def sortino_60d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """mean(r) / √mean(min(r, 0)²) × √A over 60 daily changes, A = 243, New York 252."""
    return measured(series_bars, sortino(CHANGE, 60, year=1) * PER_YEAR, 61)
