"""Blow-offs of the series: rise from a low, convexity of the path, acceleration (H17, H18)."""

from __future__ import annotations

import polars as pl

from transforms.engine.metric import Percentile, metric
from transforms.formulas.expressions import (
    bars_since_as_high,
    convexity,
    convexity_t,
    has_record,
    run_up,
    trailing_return,
)
from transforms.metrics.price import LEADING
from transforms.prepared.series import WHOLE, measured

CLOSE, LEVEL = pl.col("close"), pl.col("level")
SIX_WEEKS = 30
RISE = run_up(CLOSE, SIX_WEEKS)
ONE_YEAR, TWO_YEARS = 243, 486


@metric(
    "series_runup_30d",
    unit="fraction",
    reads=("series_bars",),
    window=SIX_WEEKS + 1,
    score=Percentile(),
    direction="heat",
    block="heat/technical",
    entities=LEADING,
    label="Rise of an index above its 30-day low",
    reading="For an index 20%, 30% and 50% are the rungs of the ladder; for a stock 90%.",
    pitfall="Of 35 rises of Shanghai by 20% in six weeks, 18 ended in a fall of 40% within 500 "
    "days, but 19 of them date from before mid-1997.",
    paper="H17; Greenwood, Shleifer and You (2019)",
)
def series_runup_30d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / lowest close of the last 31 bars - 1."""
    return measured(series_bars, RISE, SIX_WEEKS + 1)


@metric(
    "return_30d",
    unit="fraction",
    reads=("series_bars",),
    window=SIX_WEEKS + 1,
    label="Change over 30 days",
    reading="The rise from 30 days ago, where the run-up counts from the low within them.",
    pitfall="It depends on the one day 30 bars back.",
    paper="H17",
)
def return_30d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """P(t) / P(t-30) - 1."""
    return measured(series_bars, trailing_return(CLOSE, bars=SIX_WEEKS), SIX_WEEKS + 1)


@metric(
    "bars_since_runup_as_large",
    unit="count",
    reads=("series_bars",),
    window=WHOLE,
    version=2,
    label="Trading days since a run-up as large",
    reading="How long ago the rise above the 30-day low was last as large as now.",
    pitfall="Absent on the days of the largest run-up on record.",
    paper="H17; metrics.md 0.9",
)
def bars_since_runup_as_large(series_bars: pl.DataFrame) -> pl.DataFrame:
    """Bars in t - max{s < t: U(s) >= U(t)}, U(t) = P(t) / lowest close of the last 31 bars - 1.

    None in the first 249 bars.
    """
    back = bars_since_as_high(RISE.fill_null(-1.0))
    return measured(series_bars, pl.when(has_record()).then(back), WHOLE)


@metric(
    "convexity_120d",
    unit="ratio",
    reads=("trend_lines",),
    window=120,
    label="Convexity, 120 days",
    reading="Above 0 the path bends upward: 0.134 at Shanghai's top of 2007-10-16, 0.122 at that of "
    "2015-06-12, but 0.007 on 2024-10-08, which was a jump.",
    pitfall="A fall that slows is convex too. The unit hangs on τ from -1 to 1: windows of "
    "different length do not compare.",
    paper="H18; Sornette (2003)",
)
def convexity_120d(trend_lines: pl.DataFrame) -> pl.DataFrame:
    """The c of ln P = a + b τ + c τ² over the last 120 closes, τ from -1 to 1."""
    return measured(trend_lines, pl.col("convexity_120"), 120)


@metric(
    "convexity_120d_rising",
    unit="ratio",
    reads=("trend_lines",),
    window=120,
    score=Percentile(),
    direction="heat",
    block="heat/technical",
    entities=LEADING,
    label="Convexity of the advance, 120 days",
    reading="Convexity ranked among days on which the line through 120 days rises: an advance that "
    "accelerates is the mark of a bubble.",
    pitfall="Absent while the line falls; a rebound from a low is convex too.",
    paper="H18; Sornette (2003)",
)
def convexity_120d_rising(trend_lines: pl.DataFrame) -> pl.DataFrame:
    """The c of ln P = a + b τ + c τ² over the last 120 closes, on days with b > 0 only."""
    advance = pl.when(pl.col("slope_120") > 0).then("convexity_120")
    return measured(trend_lines, advance, 120)


@metric(
    "convexity_120d_t",
    unit="ratio",
    reads=("series_bars",),
    window=120,
    label="Convexity, 120 days, t",
    reading="Beyond +2 the bend is more than chance, as far as one window can tell.",
    pitfall="Paths of prices wander: even Newey and West's error is too small, and a t of 3 is "
    "common in a random walk.",
    paper="H18; Newey and West (1987)",
)
def convexity_120d_t(series_bars: pl.DataFrame) -> pl.DataFrame:
    """That c over its Newey-West standard error, Bartlett weights, 12 lags."""
    return measured(series_bars, convexity_t(LEVEL, 120), 120)


@metric(
    "convexity_60d",
    unit="ratio",
    reads=("series_bars",),
    window=60,
    label="Convexity, 60 days",
    reading="Bend of a quarter's path; compare it with its own past only.",
    pitfall="A rebound from a low is convex too.",
    paper="H18",
)
def convexity_60d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """The c of ln P = a + b τ + c τ² over the last 60 closes, τ from -1 to 1."""
    return measured(series_bars, convexity(LEVEL, 60), 60)


@metric(
    "convexity_250d",
    unit="ratio",
    reads=("series_bars",),
    window=250,
    label="Convexity, 250 days",
    reading="Bend of a year's path; compare it with its own past only.",
    pitfall="A year that begins with a fall looks convex without any blow-off.",
    paper="H18",
)
def convexity_250d(series_bars: pl.DataFrame) -> pl.DataFrame:
    """The c of ln P = a + b τ + c τ² over the last 250 closes, τ from -1 to 1."""
    return measured(series_bars, convexity(LEVEL, 250), 250)


@metric(
    "acceleration_24m",
    unit="fraction",
    reads=("series_bars",),
    window=TWO_YEARS + 1,
    label="Acceleration over two years",
    reading="How much of a two-year run-up came in its second year, the attribute by which "
    "industries that crashed differed from those that did not.",
    pitfall="Two priors disagree: of industries that doubled in two years about half fell by 40%, "
    "of whole markets that doubled in one year 7% halved in the next.",
    paper="H18; Greenwood, Shleifer and You (2019)",
)
def acceleration_24m(series_bars: pl.DataFrame) -> pl.DataFrame:
    """R(24 months) - R(the first 12 of them) = (P(t) - P(t-243)) / P(t-486)."""
    whole = trailing_return(CLOSE, bars=TWO_YEARS)
    first = trailing_return(CLOSE, bars=TWO_YEARS, skip=ONE_YEAR)
    return measured(series_bars, whole - first, TWO_YEARS + 1)
