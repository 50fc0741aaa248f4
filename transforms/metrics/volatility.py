"""Volatility and skewness of daily changes: the blow-off is volatile while it rises (H16).

GARCH(1,1) is left out: it is fitted by a search whose end depends on where it starts, and what it
would add, a faster memory of variance, the exponentially weighted volatility of M02 has in closed
form. Implied volatility is licensed.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Group, Percentile
from transforms.formulas.expressions import (
    skewness,
    trailing_return,
    upside_ratio,
    volatility,
)
from transforms.prepared.indices import LEADING
from transforms.prepared.series import measured

CLOSE = pl.col("close")
CHANGE = pl.col("level").diff()
VOLATILITY = volatility(CHANGE, 20, year=1) * pl.col("bars_per_year").sqrt()

volatilities = Group(unit="fraction", paper="H16")


@volatilities.metric(window=21)
def volatility_20d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """The sd of 20 daily ln changes × √A, A = 243, New York 252."""
    return measured(series_bars, VOLATILITY, 21)


@volatilities.metric(
    window=61, score=Percentile(), block="heat/technical", weight=20, entities=LEADING
)
def volatility_20d_rising(series_bars: pl.DataFrame) -> pl.DataFrame:
    """The sd of 20 daily ln changes × √A, on days with P(t) > P(t-60) only."""
    rising = trailing_return(CLOSE, bars=60) > 0
    return measured(series_bars, pl.when(rising).then(VOLATILITY), 61)


@volatilities.metric(unit="ratio", window=61, score=Percentile(), direction="heat")
def skewness_60d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """Unbiased skewness √(n(n-1)) / (n-2) × m3 / m2^1.5 of 60 daily ln changes."""
    return measured(series_bars, skewness(CHANGE, 60), 61)


@volatilities.metric(unit="ratio", window=61)
def upside_deviation_ratio_60d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """√mean(max(l, 0)²) / √mean(min(l, 0)²) of 60 daily ln changes l."""
    return measured(series_bars, upside_ratio(CHANGE, 60), 61)
