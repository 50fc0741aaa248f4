"""Volatility and skewness of daily changes: the blow-off is volatile while it rises (H16).

GARCH(1,1) is left out: it is fitted by a search whose end depends on where it starts, and what it
would add, a faster memory of variance, the exponentially weighted volatility of M02 has in closed
form. Implied volatility is licensed.
"""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Percentile, metric
from transforms.formulas.expressions import (
    skewness,
    trailing_return,
    upside_ratio,
    volatility,
)
from transforms.metrics.price import LEADING
from transforms.prepared.series import measured

CLOSE = pl.col("close")
CHANGE = pl.col("level").diff()
VOLATILITY = volatility(CHANGE, 20, year=1) * pl.col("bars_per_year").sqrt()


@metric(
    "volatility_20d",
    unit="fraction",
    reads=("series_bars",),
    window=21,
    label="Volatility, 20 days",
    reading="Standard deviation of a month's daily changes, per year.",
    pitfall="It rises in crashes as in blow-offs; the sign of the move tells them apart.",
    paper="H16",
)
def volatility_20d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """The sd of 20 daily ln changes × √A, A = 243, New York 252."""
    return measured(series_bars, VOLATILITY, 21)


@metric(
    "volatility_20d_rising",
    unit="fraction",
    reads=("series_bars",),
    window=61,
    score=Percentile(),
    direction="heat",
    block="heat/technical",
    entities=LEADING,
    label="Volatility, 20 days, while prices rise",
    reading="Ranked among days on which the index stood above its close of 60 days ago: volatility "
    "that rises with the price is the mark of a blow-off.",
    pitfall="Absent while the index is below its close of 60 days ago; one jump fills a month.",
    paper="H16",
)
def volatility_20d_rising(series_bars: pl.DataFrame) -> pl.DataFrame:
    """The sd of 20 daily ln changes × √A, on days with P(t) > P(t-60) only."""
    rising = trailing_return(CLOSE, bars=60) > 0
    return measured(series_bars, pl.when(rising).then(VOLATILITY), 61)


@metric(
    "skewness_60d",
    unit="ratio",
    reads=("series_bars",),
    window=61,
    score=Percentile(),
    direction="heat",
    label="Skewness of daily changes, 60 days",
    reading="Above 0 the largest moves were rises; +2.8 in Shanghai on 2024-10-08.",
    pitfall="One day makes it: the third power counts little else.",
    paper="H16",
)
def skewness_60d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """Unbiased skewness √(n(n-1)) / (n-2) × m3 / m2^1.5 of 60 daily ln changes."""
    return measured(series_bars, skewness(CHANGE, 60), 61)


@metric(
    "upside_deviation_ratio_60d",
    unit="ratio",
    reads=("series_bars",),
    window=61,
    label="Upside over downside deviation, 60 days",
    reading="Above 1 rises were larger than falls.",
    pitfall="A quarter with hardly a fall makes it very large.",
    paper="H16",
)
def upside_deviation_ratio_60d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """√mean(max(l, 0)²) / √mean(min(l, 0)²) of 60 daily ln changes l."""
    return measured(series_bars, upside_ratio(CHANGE, 60), 61)
